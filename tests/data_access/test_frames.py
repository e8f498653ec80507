"""What is written is what is read, in the models' types, on both databases."""

import datetime as dt

import polars as pl
import pytest
import sqlalchemy as sa

from data_access.database import writing
from data_access.frames import rows
from data_access.models import Case, Measurement
from data_access.tables import schema

CASES, MEASUREMENTS = Case.metadata.tables["cases"], Measurement.metadata.tables["measurements"]
IMPORTS = Case.metadata.tables["imports"]
EVERYTHING = "known_to IS NULL"


@pytest.fixture
def taken_in(engine: sa.Engine) -> sa.Engine:
    """A database with one import, so that rows have somewhere to come from."""
    day = dt.date(2025, 3, 31)
    with writing(engine) as connection:
        moment = dt.datetime(2025, 3, 31, 6, tzinfo=dt.UTC)
        about = {"delivery": "x", "source": "contract", "imported_at": moment, "demo": False}
        connection.execute(sa.insert(IMPORTS).values(id=1, extract_date=day, known_on=day, **about))
    return engine


@pytest.mark.parametrize(
    "text", ["Ærø Å/S", 'siger "nej"', "a;b,c\td", "'; DROP TABLE cases; --", "12", "ja", "{}", "\\N"]
)
def test_a_text_comes_back_as_it_was(taken_in: sa.Engine, text: str) -> None:
    day = dt.date(2024, 2, 29)
    case = {"case_id": "007", "person": "p", "first_enquiry_on": day, "center": text, "known_from": 1}
    with writing(taken_in) as connection:
        connection.execute(sa.insert(CASES), [case | {"team": None, "stu": stu} for stu in (True, False, None)])
        found = rows(connection, "cases", schema(Case), EVERYTHING)
    assert found.schema == schema(Case)
    assert found["id"].to_list() == sorted(found["id"].to_list())
    assert found.select("case_id", "center", "team", "first_enquiry_on", "closed_on").unique().rows() == [
        ("007", text, None, day, None)
    ]
    assert found["stu"].to_list() == [True, False, None]


@pytest.mark.parametrize("value", [0.0, -1.5, 44.1, 0.1 + 0.2, 1e-9, 123456789012345.6])
def test_a_number_keeps_all_its_digits(taken_in: sa.Engine, value: float) -> None:
    measured = {"case_id": "S1", "instrument": "who5", "measured_on": dt.date(2025, 1, 1), "value": value}
    with writing(taken_in) as connection:
        connection.execute(sa.insert(MEASUREMENTS).values(known_from=1, **measured))
        assert rows(connection, "measurements", schema(Measurement), EVERYTHING)["value"].to_list() == [value]


def test_an_empty_table_has_its_types(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        assert rows(connection, "cases", schema(Case), EVERYTHING).equals(schema(Case).to_frame())


def test_a_column_of_blanks_alone_keeps_its_rows(taken_in: sa.Engine) -> None:
    case = {"person": "p", "first_enquiry_on": dt.date(2025, 1, 1), "center": "Nord", "known_from": 1}
    with writing(taken_in) as connection:
        connection.execute(sa.insert(CASES), [case | {"case_id": "S1"}, case | {"case_id": "S2"}])
        found = rows(connection, "cases", pl.Schema({"team": pl.String()}), EVERYTHING)
    assert found["team"].to_list() == [None, None]

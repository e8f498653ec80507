"""A source's own files, headers, codes and dates become the contract; a mapping that cannot be used says why."""

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa

from data_access.importing import import_delivery
from data_access.mapping import FOLDER, MappingError, contract_columns, load
from data_access.models import DELIVERED, Case, Interview, Offer, Visitation
from tests.data_access.delivering import counts, table

SAMPLES = Path(__file__).parent / "samples"


def test_an_invented_jobcenter_system_is_read_by_its_mapping_alone(engine: sa.Engine) -> None:
    report = import_delivery(engine, SAMPLES / "jobfokus-2026-10-31", source="jobfokus")
    assert report.extract_date == dt.date(2026, 10, 31)
    assert report.rejections == ()
    assert {name: new for name, (new, *_) in counts(report).items()} == {
        "sager": 3,
        "visitationer": 3,
        "samtaler": 3,
        "tilbud": 2,
    }
    assert table(engine, Case, "case_id", "born_on", "center", "closed_on", "closure", "protected") == [
        ("JF-000101", dt.date(2003, 2, 1), "Jobcenter Østby", None, None, False),
        ("JF-000102", dt.date(2004, 7, 2), "Jobcenter Østby", dt.date(2026, 9, 1), "uddannelse", False),
        ("JF-000103", dt.date(2005, 1, 3), "Børn og familie", dt.date(2026, 8, 15), "andet", True),
    ]
    assert table(engine, Visitation, "step", "category", "perspective") == [
        ("foerste", "uddannelsesparat", False),
        ("endelig", "aktivitetsparat", True),
        ("foerste", "aabenlyst_uddannelsesparat", None),
    ]
    assert table(engine, Interview, "form", "held_on")[1] == ("video", dt.date(2026, 4, 20))
    assert table(engine, Offer, "kind", "until") == [("mentor", None), ("virksomhedspraktik", dt.date(2027, 1, 1))]


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.toml")))
def test_every_mapping_that_is_shipped_can_be_used(name: str) -> None:
    assert load(name).tables


def test_the_contract_maps_every_table_to_itself() -> None:
    mapping = load("contract")
    assert [(t.file, t.model) for t in mapping.tables] == [(model.extract, model) for model in DELIVERED]
    assert all(list(t.columns) == list(contract_columns(t.model)) for t in mapping.tables)


TABLE = '[[table]]\nfile = "a"\n'
COLUMNS = 'table = "vejledninger"\n[table.columns]\nsagsnummer = "s"\ndato = "d"\n'


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[[table]", "er ikke gyldig TOML. Se linje 1."),
        ("", "mindst ét afsnit [[table]]"),
        ("table = 3", "mindst ét afsnit [[table]]"),
        ("date_format = 3\n" + TABLE, "date_format skal være en tekst"),
        ('sprog = "da"\n' + TABLE, "sprog, som ikke findes i formatet"),
        (TABLE + 'table = "personer"', "table skal være en af kontraktens tabeller: sager"),
        ('[[table]]\ntable = "sager"', "mangler file"),
        (TABLE + COLUMNS, "tabellen vejledninger mangler emne"),
        (TABLE + COLUMNS + 'emne = "e"\nfarve = "f"', "farve, som ikke er i kontrakten"),
        (TABLE + COLUMNS + "emne = 3", 'kolonne = "tekst"'),
        (TABLE + COLUMNS + 'emne = "e"\n[table.constants]\nemne = "sanktion"', "både kolonne og fast værdi for emne"),
        (TABLE + COLUMNS + 'emne = "e"\n[table.codes]\nemne = "x"', "emne i tabellen vejledninger skal bestå af"),
        (TABLE + COLUMNS + 'emne = "e"\n[table.codes.farve]\nx = "y"', "farve, som ikke er i kontrakten"),
        (TABLE + 'table = "aftaler"\n' + TABLE + 'table = "aftaler"', "tabellen aftaler står to gange"),
        (
            TABLE + 'table = "sager"\n[table.columns]\nsagsnummer = "s"\nhenvendelse = "h"\ncenter = "c"',
            "mangler cpr eller borgernoegle",
        ),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(tmp_path: Path, toml: str, message: str) -> None:
    (tmp_path / "kilde.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(MappingError) as error:
        load("kilde", tmp_path)
    assert message in str(error.value)
    assert "kilde.toml" in str(error.value)


def test_an_unknown_mapping_names_those_there_are() -> None:
    with pytest.raises(MappingError, match="Vælg en af: contract, jobfokus, wabo"):
        load("ukendt")

"""How a value may be written: every accepted form, and what is never guessed at."""

import datetime as dt

import polars as pl
import pytest

from data_access.models import GROUNDS, Source
from data_access.parsing import clean, parse
from data_access.persons import birth_date, ten_digits

D = dt.date
UNREADABLE = object()


def read(text: str | None, source: Source, date_format: str | None = None) -> object:
    values, unreadable = parse(pl.Series([text], dtype=pl.String), source, date_format)
    return UNREADABLE if unreadable.item() else values.item()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("31-12-2024", D(2024, 12, 31)),
        ("31.12.2024", D(2024, 12, 31)),
        ("31/12/2024", D(2024, 12, 31)),
        ("1/2/2024", D(2024, 2, 1)),  # Danish order, always
        ("31-12-24", D(2024, 12, 31)),
        ("31-12-68", D(2068, 12, 31)),
        ("31-12-69", D(1969, 12, 31)),
        ("2024-12-31", D(2024, 12, 31)),
        ("2024/12/31", D(2024, 12, 31)),
        ("31-12-2024 23:59", D(2024, 12, 31)),
        ("31-12-2024 23.59.59", D(2024, 12, 31)),
        ("2024-12-31T23:59:59.999", D(2024, 12, 31)),
        ("31-12-2024 24:00", D(2024, 12, 31)),  # the end of that day
        ("2024-12-31T24:00:00", D(2024, 12, 31)),
        ("31.12.2024 24.00.00,000", D(2024, 12, 31)),
        ("2024-12-31T23:30:00Z", D(2025, 1, 1)),  # half past midnight in Copenhagen
        ("2024-06-30 22:30:00+00:00", D(2024, 7, 1)),  # summer time
        ("2024-06-30 21:30:00+0000", D(2024, 6, 30)),
        ("2024-06-30 22:30:00+00", D(2024, 7, 1)),  # as PostgreSQL writes it
        ("2024-12-31T21:30:00-02", D(2025, 1, 1)),
        ("2011-12-06 00:00:00+01:00", D(2011, 12, 6)),
        ("2011-12-06 00:00:00.123456+01:00", D(2011, 12, 6)),
        ("2024-03-31 00:30:00+01:00", D(2024, 3, 31)),  # the clock changes that night
        ("2024-10-27 00:30:00+02:00", D(2024, 10, 27)),
        ("2026-03-28T23:00:00Z", D(2026, 3, 29)),  # 29 March 2026 has 23 hours
        ("2026-03-29T01:30:00+01:00", D(2026, 3, 29)),
        ("2026-03-29T21:59:59Z", D(2026, 3, 29)),
        ("2026-03-29T22:00:00Z", D(2026, 3, 30)),
        ("2026-10-24T22:00:00Z", D(2026, 10, 25)),  # and 25 October 25
        ("2026-10-25T02:30:00+02:00", D(2026, 10, 25)),
        ("2026-10-25T02:30:00+01:00", D(2026, 10, 25)),
        ("2026-10-25T22:59:59Z", D(2026, 10, 25)),
        ("2026-10-25T23:00:00Z", D(2026, 10, 26)),
        ("2020-12-31T23:00:00Z", D(2021, 1, 1)),
        ("45657", D(2024, 12, 31)),  # as Excel counts
        ("45657,75", D(2024, 12, 31)),
        ("29-02-2024", D(2024, 2, 29)),
        ("01-01-1901", D(1901, 1, 1)),
        ("31-12-2100", D(2100, 12, 31)),
        ("31-12-9999", None),
        ("9999-12-31 00:00:00", None),
        ("01-01-1900", None),
        ("1900-01-01", None),
        ("00-00-0000", None),
        (None, None),
        ("29-02-2023", UNREADABLE),
        ("31-02-2024", UNREADABLE),
        ("12/31/2024", UNREADABLE),
        ("01-01-0202", UNREADABLE),
        ("01-01-2101", UNREADABLE),
        ("31-12-1899", UNREADABLE),
        ("20241231", UNREADABLE),
        ("2024", UNREADABLE),
        ("december 2024", UNREADABLE),
        ("snarest", UNREADABLE),
        ("31-12-2024 og senere", UNREADABLE),
        ("31-12-2024 24:01", UNREADABLE),
        ("31-12-2024 24:00:01", UNREADABLE),
        ("2024-12-31T24:00:00Z", UNREADABLE),
        ("#FEJL!", UNREADABLE),
    ],
)
def test_dates(text: str | None, expected: object) -> None:
    assert read(text, Source("dato", "date")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("20241231", D(2024, 12, 31)), ("31-12-2024", D(2024, 12, 31)), ("99991231", None), ("20241331", UNREADABLE)],
)
def test_a_source_may_have_a_date_format_of_its_own(text: str, expected: object) -> None:
    assert read(text, Source("dato", "date"), "%Y%m%d") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((yes, True) for yes in ("ja", "JA", "j", "1", "sand", "Sandt"[:4], "TRUE", "x", "X")),
        *((no, False) for no in ("nej", "Nej", "n", "0", "FALSK", "false")),
        (None, None),
        *((text, UNREADABLE) for text in ("måske", "2", "yes", "-", "#FEJL!")),
    ],
)
def test_yes_and_no(text: str | None, expected: object) -> None:
    assert read(text, Source("stu", "flag")) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12.0),
        ("12,5", 12.5),
        ("-0,5", -0.5),
        ("1.234", 1234.0),
        ("1.234,5", 1234.5),
        ("1.234.567", 1234567.0),
        ("1 234,5", 1234.5),
        ("12.5", 12.5),
        (None, None),
        ("1,2,3", UNREADABLE),
        ("NaN", UNREADABLE),
        ("inf", UNREADABLE),
        ("1,0E+09", UNREADABLE),
        ("tolv", UNREADABLE),
    ],
)
def test_numbers(text: str | None, expected: object) -> None:
    assert read(text, Source("vaerdi", "number")) == expected


def test_codes() -> None:
    trin = Source("trin", "code", codes={"1": "Trin 1", "skaerpet": "Skærpet"})
    assert [read(text, trin) for text in ("1", "Skaerpet", None, "2")] == ["1", "skaerpet", None, UNREADABLE]
    grounds = Source("grundlag", "codes", codes=GROUNDS)
    assert [read(text, grounds) for text in ("test + Laege", "test", None)] == ["test+laege", "test", None]
    assert [read(text, grounds) for text in ("test+rygte", "test+", "test;laege")] == [UNREADABLE] * 3


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("  S1 ", "S1"),
        ("\u00a0S1\u00a0", "S1"),
        ("Jobcenter\u00a0Øst", "Jobcenter Øst"),
        ("Jobcenter \r\n Øst", "Jobcenter Øst"),
        ('"S1"', "S1"),
        ("'0101", "0101"),
        ("0007", "0007"),
        ("", None),
        (" \u00a0\t", None),
        ('""', None),
        (None, None),
    ],
)
def test_what_stands_around_a_value_is_removed(cell: str | None, expected: str | None) -> None:
    assert pl.select(clean(pl.lit(cell, pl.String))).item() == expected


@pytest.mark.parametrize(
    ("cpr", "born"),
    [
        ("610190-1234", D(1990, 1, 1)),  # a replacement number: day + 60
        ("6101901234", D(1990, 1, 1)),
        ("610190 1234", D(1990, 1, 1)),
        ("101901234", D(1990, 1, 1)),  # Excel took the leading zero
        ("9112990000", D(1999, 12, 31)),
        # century by the seventh digit and the year
        ("6101363999", D(1936, 1, 1)),
        ("6101364000", D(2036, 1, 1)),
        ("6101374000", D(1937, 1, 1)),
        ("6101369000", D(2036, 1, 1)),
        ("6101379000", D(1937, 1, 1)),
        ("6101575000", D(2057, 1, 1)),
        ("6101578999", D(2057, 1, 1)),
        ("6101585000", D(1858, 1, 1)),
        ("8902005000", D(2000, 2, 29)),
        ("8902004000", D(2000, 2, 29)),
        ("8902013000", None),  # 29 February 1901
        ("9202004000", None),
        ("6113904000", None),
        ("0000000000", None),
        ("61019012", None),
        ("61019012345", None),
        ("61O1901234", None),
        ("6,101E+09", None),
    ],
)
def test_the_birth_date_in_a_cpr_number(cpr: str, born: dt.date | None) -> None:
    assert pl.select(birth_date(ten_digits(pl.lit(cpr)))).item() == born

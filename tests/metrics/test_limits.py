"""Deadlines: month ends, three whole calendar months, the version in force on the trigger day, and rules that end."""

import datetime as dt

import polars as pl
import pytest

from metrics import limits
from metrics.limits import ALWAYS, Life, Limit, Version
from tests.policy import table, value

CHANGED = Limit(
    (
        Version(7, "days", "den gamle lov"),
        Version(1, "months", "den nye lov", valid_from=dt.date(2025, 7, 1)),
        Version(14, "days", "den nyeste lov", valid_from=dt.date(2025, 9, 1), checked=False),
    )
)
LATER = Limit((Version(7, "days", "den første lov", valid_from=dt.date(2025, 6, 1)),))
"""Before June no version is in force."""

DUE = table("""
    limit            | trigger    | due
    FIRST_INTERVIEW  | 2025-03-24 | 2025-03-31
    FIRST_INTERVIEW  | 2024-02-26 | 2024-03-04
    FIRST_INTERVIEW  | 2026-06-30 | 2026-07-07
    FIRST_INTERVIEW  | 2026-07-01 | 2026-07-08
    TEST             | 2025-01-10 | 2025-02-10
    TEST             | 2025-01-28 | 2025-02-28
    TEST             | 2025-01-29 | 2025-02-28
    TEST             | 2025-01-31 | 2025-02-28
    TEST             | 2024-01-31 | 2024-02-29
    TEST             | 2025-02-28 | 2025-03-28
    TEST             | 2025-12-31 | 2026-01-31
    FINAL_VISITATION | 2024-11-30 | 2025-02-28
    FINAL_VISITATION | 2023-11-30 | 2024-02-29
    FINAL_VISITATION | 2025-01-31 | 2025-04-30
    FINAL_VISITATION | 2024-10-15 | 2025-01-15
    GUIDANCE_225     | 2016-04-01 | 2016-04-01
    CONTACT_COURSE   | 2024-08-31 | 2025-02-28
    FIRST_OFFER      | 2026-06-30 | 2026-07-30
    FIRST_OFFER      | 2026-07-01 | 2027-01-01
    CV_AVAILABLE     | 2025-02-01 | 2025-02-22
    EFFECTUATION     | 2025-01-01 | 2025-04-30
    EFFECTUATION     | 2025-01-31 | 2025-04-30
    EFFECTUATION     | 2024-11-30 | 2025-02-28
    EFFECTUATION     | 2023-11-01 | 2024-02-29
    EFFECTUATION     | 2025-10-15 | 2026-01-31
    ORDER_DEADLINE   | 2025-01-01 | 2025-04-01
    GOAL_DEADLINE    | 2025-01-01 | 2025-04-01
    CHANGED          | 2025-05-31 | 2025-06-07
    CHANGED          | 2025-06-30 | 2025-07-07
    CHANGED          | 2025-07-01 | 2025-08-01
    CHANGED          | 2025-08-31 | 2025-09-30
    CHANGED          | 2025-09-01 | 2025-09-15
    CHANGED          |            |
    LATER            | 2025-05-31 |
    LATER            | 2025-06-01 | 2025-06-08
""")

IN_WORDS = table("""
    length | unit         | words
    1      | days         | 1 dag
    7      | days         | 7 dage
    0      | days         | 0 dage
    1      | months       | 1 måned
    3      | months       | 3 måneder
    1      | whole_months | 1 hel kalendermåned
    3      | whole_months | 3 hele kalendermåneder
""")


@pytest.mark.parametrize("row", DUE, ids=lambda row: f"{row['limit']}-{row['trigger']}")
def test_last_day_in_time(row: dict[str, str]) -> None:
    limit = {"CHANGED": CHANGED, "LATER": LATER}.get(row["limit"]) or getattr(limits, row["limit"])
    triggers = pl.DataFrame({"trigger": [value(row["trigger"])]}, schema={"trigger": pl.Date})
    assert triggers.select(limit.due(pl.col("trigger"))).item() == value(row["due"])


@pytest.mark.parametrize("row", IN_WORDS, ids=lambda row: row["words"])
def test_length_in_words(row: dict[str, str]) -> None:
    assert Version(int(row["length"]), row["unit"], "lov").words() == row["words"]  # type: ignore[arg-type]


def test_a_chart_breaks_where_a_new_version_begins() -> None:
    assert CHANGED.changes() == [dt.date(2025, 7, 1), dt.date(2025, 9, 1)]
    assert limits.FIRST_INTERVIEW.changes() == [dt.date(2026, 7, 1)]
    assert limits.TEST.changes() == []


ALL = {name: limit for name, limit in vars(limits).items() if isinstance(limit, Limit)}


@pytest.mark.parametrize("limit", ALL.values(), ids=ALL.keys())
def test_versions_are_in_order(limit: Limit) -> None:
    starts = [version.valid_from for version in limit.versions]
    assert all(start is not None for start in starts[1:])
    assert starts[1:] == sorted(starts[1:])  # type: ignore[type-var]
    assert all(version.legal_basis for version in limit.versions)


IN_FORCE = table("""
    life                | day        | covered
    ALWAYS              | 1990-01-01 | ja
    ALWAYS              | 2040-01-01 | ja
    ALWAYS              |            | nej
    GUIDANCE_225_LIFE   | 2016-03-31 | nej
    GUIDANCE_225_LIFE   | 2016-04-01 | ja
    GUIDANCE_225_LIFE   | 2025-06-30 | ja
    GUIDANCE_225_LIFE   | 2025-07-01 | nej
    CONTACT_COURSE_LIFE | 2019-12-31 | nej
    CONTACT_COURSE_LIFE | 2020-01-01 | ja
    CONTACT_COURSE_LIFE | 2026-06-30 | ja
    CONTACT_COURSE_LIFE | 2026-07-01 | nej
    UNTIL_2027          | 1990-01-01 | ja
    UNTIL_2027          | 2026-12-31 | ja
    UNTIL_2027          | 2027-01-01 | nej
    UNTIL_2027          |            | nej
""")


@pytest.mark.parametrize("row", IN_FORCE, ids=lambda row: f"{row['life']}-{row['day']}")
def test_a_rule_covers_both_its_first_and_its_last_day(row: dict[str, str]) -> None:
    days = pl.DataFrame({"day": [value(row["day"])]}, schema={"day": pl.Date})
    life: Life = getattr(limits, row["life"])
    assert bool(days.select(life.covers(pl.col("day"))).item()) is value(row["covered"])


def test_the_first_day_without_a_rule() -> None:
    assert (ALWAYS.gone_on, limits.UNTIL_2027.gone_on) == (None, dt.date(2027, 1, 1))


LIVES = {name: life for name, life in vars(limits).items() if isinstance(life, Life) and life is not ALWAYS}


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES.keys())
def test_what_ends_a_rule_is_said(life: Life) -> None:
    assert life.valid_to is not None
    assert (life.valid_from or dt.date.min) < life.valid_to
    assert life.legal_basis

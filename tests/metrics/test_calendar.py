"""Days that programs get wrong, by hand: clock changes, 29 February, month ends, week 53 and Danish holidays.

A deadline is counted in calendar days and months and ends on whatever day that is: no holiday moves it (`semantics.md`
of the design, §3: no silent pauses). The last day counts as in time, and the day after it is overdue.
"""

import datetime as dt

import polars as pl
import pytest

from metrics import limits
from metrics.assess import Cut
from tests.policy import Policy, expected, found, table, value
from ui import filters

FIRST_INTERVIEW = Policy(
    of="interviews",
    rows="""
        first_enquiry_on | held_on    | V          | outcome
        2025-03-29       | 2025-04-05 | 2025-04-06 | met
        2025-03-29       | 2025-04-06 | 2025-04-07 | late
        2026-03-22       | 2026-03-29 | 2026-03-30 | met
        2026-03-22       |            | 2026-03-29 | pending
        2026-03-22       |            | 2026-03-30 | overdue
        2026-03-28       | 2026-04-04 | 2026-04-05 | met
        2026-03-28       |            | 2026-04-05 | overdue
        2026-10-18       | 2026-10-25 | 2026-10-26 | met
        2026-10-18       |            | 2026-10-25 | pending
        2026-10-18       |            | 2026-10-26 | overdue
        2026-10-24       | 2026-10-31 | 2026-11-01 | met
        2026-10-24       | 2026-11-01 | 2026-11-02 | late
        2024-02-22       | 2024-02-29 | 2024-03-01 | met
        2024-02-22       | 2024-03-01 | 2024-03-02 | late
        2024-02-29       | 2024-03-07 | 2024-03-08 | met
        2023-02-22       | 2023-03-01 | 2023-03-02 | met
        2023-02-22       | 2023-03-02 | 2023-03-03 | late
        2020-12-24       | 2020-12-31 | 2021-01-01 | met
        2020-12-28       | 2021-01-04 | 2021-01-05 | met
        2020-12-28       |            | 2021-01-05 | overdue
        2026-12-27       | 2027-01-03 | 2027-01-04 | met
        2026-12-27       | 2027-01-04 | 2027-01-05 | late
        2026-03-26       |            | 2026-04-02 | pending
        2026-03-26       |            | 2026-04-03 | overdue
        2026-03-27       |            | 2026-04-04 | overdue
        2026-03-30       |            | 2026-04-07 | overdue
        2026-05-07       |            | 2026-05-15 | overdue
        2026-05-18       |            | 2026-05-26 | overdue
        2026-05-29       |            | 2026-06-06 | overdue
        2025-12-17       |            | 2025-12-25 | overdue
        2025-12-18       |            | 2025-12-26 | overdue
        2025-12-25       | 2026-01-01 | 2026-01-02 | met
        2025-12-25       | 2026-01-02 | 2026-01-03 | late
    """,
)
"""Both clock changes; 29 February with and without; the week 53 of 2020 and of 2026; then Maundy Thursday, Good Friday,
Easter Monday, Ascension Day, Whit Monday, Constitution Day, Christmas Eve, Christmas Day, and New Year's Day twice."""


def test_a_deadline_ends_on_its_day_whatever_day_it_is() -> None:
    assert found("first_interview", FIRST_INTERVIEW) == expected(FIRST_INTERVIEW)


DUE = table("""
    limit            | trigger    | due
    TEST             | 2024-01-29 | 2024-02-29
    TEST             | 2024-01-30 | 2024-02-29
    TEST             | 2024-02-29 | 2024-03-29
    TEST             | 2023-01-29 | 2023-02-28
    TEST             | 2026-03-31 | 2026-04-30
    TEST             | 2026-02-28 | 2026-03-28
    TEST             | 2026-09-25 | 2026-10-25
    TEST             | 2025-11-30 | 2025-12-30
    TEST             | 2025-11-25 | 2025-12-25
    FINAL_VISITATION | 2023-11-29 | 2024-02-29
    FINAL_VISITATION | 2025-11-29 | 2026-02-28
    FINAL_VISITATION | 2025-12-29 | 2026-03-29
    EFFECTUATION     | 2025-12-31 | 2026-03-31
    EFFECTUATION     | 2026-07-25 | 2026-10-31
    EFFECTUATION     | 2023-11-30 | 2024-02-29
    CV_AVAILABLE     | 2026-03-08 | 2026-03-29
    CV_AVAILABLE     | 2026-10-04 | 2026-10-25
    CV_AVAILABLE     | 2024-02-08 | 2024-02-29
    CV_AVAILABLE     | 2026-12-13 | 2027-01-03
    DECISION         | 2026-03-20 | 2026-04-03
    K_MEETING        | 2026-12-24 | 2027-01-07
""")


@pytest.mark.parametrize("row", DUE, ids=lambda row: f"{row['limit']}-{row['trigger']}")
def test_the_last_day_in_time(row: dict[str, str]) -> None:
    triggers = pl.DataFrame({"trigger": [value(row["trigger"])]})
    assert triggers.select(getattr(limits, row["limit"]).due(pl.col("trigger"))).item() == value(row["due"])


PERIODS = table("""
    period             | view date  | first      | last
    Seneste 12 måneder | 2024-02-29 | 2023-03-01 | 2024-02-29
    Seneste 12 måneder | 2025-02-28 | 2024-02-29 | 2025-02-28
    Seneste 12 måneder | 2026-03-29 | 2025-03-30 | 2026-03-29
    Seneste 12 måneder | 2026-10-25 | 2025-10-26 | 2026-10-25
    Seneste 12 måneder | 2026-12-31 | 2026-01-01 | 2026-12-31
    I år               | 2027-01-01 | 2027-01-01 | 2027-01-01
    I år               | 2024-02-29 | 2024-01-01 | 2024-02-29
""")


@pytest.mark.parametrize("row", PERIODS, ids=lambda row: f"{row['period']}-{row['view date']}")
def test_a_period_has_both_its_ends(row: dict[str, str]) -> None:
    chosen = Cut(*filters.PERIODS[row["period"]](dt.date.fromisoformat(row["view date"])))
    assert (chosen.date_from, chosen.date_to) == (value(row["first"]), value(row["last"]))

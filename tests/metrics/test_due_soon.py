"""Forfalder snart: exactly the pending deadlines that somebody must still do something about, and no settled one."""

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.assess import Assessed, Cut, assess
from metrics.due_soon import FORTNIGHT, counted, due_soon
from tests import oracle
from tests.policy import merged, outcomes, rows_of
from tests.strategies import Municipality, frames, municipalities

V = dt.date(2025, 4, 1)
ANY = Cut(V, V)
"""Of a period in which nothing falls due: it does not matter."""

FRAME = """
measure         | unit_id | case_id | center | category | age | outcome | settled | on         | due        | days_left
first_interview | 1       | A       | Nord   | ÅU       | 17  | pending | nej     | 2025-04-01 | 2025-04-01 | 0
decided         | 2       | A       | Nord   | ÅU       | 17  | pending | nej     | 2025-04-02 | 2025-04-02 | 1
first_interview | 3       | B       | Syd    | UP       | 20  | pending | nej     | 2025-04-08 | 2025-04-08 | 7
first_interview | 4       | C       | Syd    | UP       | 20  | pending | nej     | 2025-04-09 | 2025-04-09 | 8
first_interview | 5       | D       |        | ?        |     | pending | nej     | 2025-04-15 | 2025-04-15 | 14
course_offered  | 6       | D       |        | ?        |     | pending | nej     | 2025-03-20 | 2025-04-14 | 13
guide_assessed  | 7       | A       | Nord   | ÅU       | 17  | pending | nej     | 2025-04-01 | 2025-04-05 | 4
guide_assessed  | 7       | A       | Nord   | ÅU       | 17  | pending | nej     | 2025-03-31 | 2025-04-05 |
first_interview | 8       | A       | Nord   | ÅU       | 17  | pending | nej     | 2025-04-16 | 2025-04-16 |
first_interview | 9       | A       | Nord   | ÅU       | 17  | pending | ja      | 2025-04-03 | 2025-04-03 |
first_interview | 10      | E       | Nord   | ÅU       | 17  | pending | nej     | 2025-04-03 | 2025-04-03 |
first_interview | 11      | A       | Nord   | ÅU       | 17  | overdue | nej     | 2025-03-31 | 2025-03-31 |
first_interview | 12      | A       | Nord   | ÅU       | 17  | unknown | nej     | 2025-03-31 | 2025-03-31 |
"""
"""A stock measure also stands on another day; 8 falls due later, 9 is settled, and E is closed."""


def frame() -> Assessed:
    rows = rows_of(FRAME)
    for row in rows:
        row["age"] = int(row["age"]) if row["age"] else None
        row.pop("days_left")
    judged = outcomes(rows)
    closed = pl.when(pl.col("case_id") == "E").then(pl.lit(V))
    team = pl.col("case_id").replace_strict({"A": "Team 1", "B": "Team 2"}, default=None, return_dtype=pl.String)
    cases = judged.select("case_id").unique().with_columns(team=team, protected=False, held=True, closed_on=closed)
    return Assessed(V, judged, pl.DataFrame(), cases)


def left() -> dict[str, int]:
    """Unit -> days left, of those that fall due soon."""
    return {row["unit_id"]: int(row["days_left"]) for row in rows_of(FRAME) if row["days_left"]}


def test_what_falls_due_and_can_still_be_done_is_listed_the_first_first() -> None:
    rows = due_soon(frame(), ANY)
    assert dict(rows.select("unit_id", "days_left").iter_rows()) == left()
    assert rows["due"].is_sorted()
    assert dict(rows.select("case_id", "team").iter_rows()) == {"A": "Team 1", "B": "Team 2", "C": None, "D": None}


@pytest.mark.parametrize(
    ("cut", "units"),
    [
        (Cut(dt.date(2010, 1, 1), dt.date(2010, 1, 2)), "1 2 7 3 4 6 5"),
        (Cut(V, V, centers=("Syd",)), "3 4"),
        (Cut(V, V, categories=(None,)), "6 5"),
        (Cut(V, V, ages=((13, 17),)), "1 2 7"),
        (Cut(V, V, centers=("Vest",)), ""),
    ],
)
def test_it_is_cut_by_who_and_never_by_the_period(cut: Cut, units: str) -> None:
    assert " ".join(due_soon(frame(), cut)["unit_id"]) == units


@pytest.mark.parametrize(("days", "units"), [(0, "1"), (1, "1 2"), (7, "1 2 7 3"), (14, "1 2 7 3 4 6 5")])
def test_the_last_day_counts(days: int, units: str) -> None:
    assert " ".join(due_soon(frame(), ANY, days)["unit_id"]) == units


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (("center",), [("Nord", 3, 3), ("Syd", 1, 2), (None, 0, 2)]),
        (("team",), [("Team 1", 3, 3), ("Team 2", 1, 1), (None, 0, 3)]),
        (
            ("measure",),
            [("first_interview", 2, 4), ("decided", 1, 1), ("guide_assessed", 1, 1), ("course_offered", 0, 1)],
        ),
        (
            ("center", "team"),
            [("Nord", "Team 1", 3, 3), ("Syd", "Team 2", 1, 1), (None, None, 0, 2), ("Syd", None, 0, 1)],
        ),
    ],
)
def test_they_are_counted_the_most_urgent_group_first(by: tuple[str, ...], expected: list[tuple[Any, ...]]) -> None:
    assert counted(due_soon(frame(), ANY), *by).rows() == expected


SETTLED: dict[str, dict[str, Any]] = {
    "not done": {},
    "done early": {"completed_on": dt.date(2025, 3, 20)},
    "exempted": {"exempted_on": dt.date(2025, 3, 20), "exemption": "sygdom"},
    "closed": {"closed_on": dt.date(2025, 3, 31)},
    "closed on the day": {"closed_on": V},
}
"""What has happened in a case that must be tested by 3 April."""


@pytest.mark.parametrize("story", SETTLED)
def test_nobody_is_reminded_of_what_is_settled(story: str) -> None:
    told = SETTLED[story]
    closed = {"closed_on": told.get("closed_on")}
    case = {"case_id": "S", "person": "P", "center": "Nord", "first_enquiry_on": dt.date(2025, 3, 3), **closed}
    test = {"case_id": "S", "needed": True, "assessed_on": dt.date(2025, 3, 4)}
    test |= {name: cell for name, cell in told.items() if name != "closed_on"}
    assessed = assess(frames(merged([{"cases": [case], "literacy_tests": [test]}])), V)
    assert assessed.outcomes.filter(measure="literacy_test")["outcome"].to_list() == ["pending"]
    assert ("literacy_test" in due_soon(assessed, ANY)["measure"]) == (story == "not done")


@given(municipalities(), st.integers(0, FORTNIGHT))
@settings(max_examples=60, deadline=None)
def test_it_is_exactly_what_is_pending_and_not_settled(municipality: Municipality, days: int) -> None:
    """Against the oracle, which judges one unit at a time in plain Python."""
    view = municipality.view_date
    closed = {row["case_id"] for row in municipality.tables["cases"] if row["closed_on"] and row["closed_on"] <= view}
    expected = {
        (row["measure"], row["unit_id"])
        for row in oracle.outcomes(municipality.tables, view, [view])
        if row["outcome"] == "pending" and not row["settled"] and row["case_id"] not in closed
        if view <= row["due"] <= view + dt.timedelta(days=days)
    }
    assessed = assess(frames(municipality.tables), view, [view - dt.timedelta(days=1), view])
    found = due_soon(assessed, Cut(view, view), days)
    assert set(found.select(pl.col("measure").cast(pl.String), "unit_id").iter_rows()) == expected
    assert found.height == len(expected)
    by_center = counted(found, "center")
    assert by_center["fortnight"].sum() == found.height

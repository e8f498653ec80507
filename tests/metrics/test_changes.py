"""What has become of the deviations since the delivery before: new, carried over, repeated, gone and why."""

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings

from metrics.assess import Assessed, Cut, assess, deviations, within
from metrics.changes import AGES, GONE, UNDATED, aged, carried_over, compared, deviating, gone, standing_still
from metrics.measure import DEVIATIONS
from metrics.summary import whenever
from tests.policy import outcomes, rows_of
from tests.strategies import Municipality, frames, municipalities

V0, V1 = dt.date(2025, 3, 1), dt.date(2025, 4, 1)
CUT = Cut(dt.date(2024, 4, 2), V1)
NOBODY = pl.DataFrame(schema={"case_id": pl.String, "measure": pl.String})

TWO = """
measure         | unit | case | center | then    | now     | since   | gone
first_interview | A    | A    | Nord   | overdue | overdue | carried |
first_interview | B    | B    | Nord   | overdue | late    | carried |
first_interview | C    | C    | Syd    | pending | overdue | new     |
first_interview | D    | D    | Syd    |         | overdue | new     |
first_interview | E    | E    | Nord   | overdue | met     |         | met
first_interview | F    | F    | Nord   | overdue | excused |         | excused
first_interview | G    | G    | Nord   | overdue | unknown |         | unknown
first_interview | H    | H    | Nord   | overdue |         |         | not_covered
coordination    | I    | I    | Nord   | missing | missing | carried |
coordination    | J    | J    | Syd    | met     | missing | new     |
coordination    | K    | K    | Nord   | missing | met     |         | met
coordination    | L    | L    | Nord   | missing |         |         | closed
coordination    | M    | M    | Nord   | missing |         |         | moved
first_interview | N    | N    | Nord   | overdue |         |         | withdrawn
decided         | a1   | A    | Nord   | overdue | overdue | carried |
decided         | a2   | A    | Nord   |         | overdue | new     |
"""
"""A unit's outcome at the delivery before and now. L is closed since, M another centre's, N out of the source."""


def frame(which: str, view: dt.date) -> Assessed:
    rows = []
    for row in rows_of(TWO):
        if row[which]:
            stock = row["measure"] == "coordination"
            on = view if stock else dt.date(2025, 2, 1)
            told = {"measure": row["measure"], "unit_id": row["unit"], "case_id": row["case"], "center": row["center"]}
            rows.append(told | {"outcome": row[which], "on": on, "due": None if stock else on})
    judged = outcomes(rows)
    ids = sorted({row["case"] for row in rows_of(TWO) if row["case"] != "N" or which == "then"})
    closed = [dt.date(2025, 3, 20) if case == "L" and which == "now" else None for case in ids]
    cases = pl.DataFrame(
        {"case_id": ids, "closed_on": closed, "held": [c != "M" or which == "then" for c in ids]},
        schema={"case_id": pl.String, "closed_on": pl.Date, "held": pl.Boolean},
    )
    return Assessed(view, judged, pl.DataFrame(), cases)


THEN, NOW = frame("then", V0), frame("now", V1)


def test_a_deviation_is_new_or_carried_over() -> None:
    rows = compared(deviations(NOW, CUT), NOW, THEN, CUT, NOBODY)
    expected = {(row["measure"], row["unit"]): row["since"] for row in rows_of(TWO) if row["since"]}
    found = rows.select(pl.col("measure").cast(pl.String), "unit_id", "since").iter_rows()
    assert {(measure, unit): since for measure, unit, since in found} == expected


def test_what_is_gone_says_why_where_the_frame_tells() -> None:
    expected = {(row["measure"], row["unit"]): row["gone"] for row in rows_of(TWO) if row["gone"]}
    found = gone(NOW, THEN, CUT).select(pl.col("measure").cast(pl.String), "unit_id", "why").iter_rows()
    assert {(measure, unit): why for measure, unit, why in found} == expected
    assert set(expected.values()) <= set(GONE)


@pytest.mark.parametrize(
    ("cut", "units"),
    [
        (replace(CUT, centers=("Syd",)), ""),
        (Cut(dt.date(2025, 2, 2), V1), "K L M"),  # of a period, the stock of its last day and its own events
        (whenever(Cut(V1, V1), V1), "E F G H K L M N"),
    ],
)
def test_what_is_gone_is_cut_as_the_list_was(cut: Cut, units: str) -> None:
    assert " ".join(sorted(gone(NOW, THEN, cut)["unit_id"])) == units


def test_stock_is_compared_on_the_last_day_of_each() -> None:
    """The last day of the period, where both know it; else each one's own view date."""
    past = Cut(dt.date(2024, 1, 1), dt.date(2025, 2, 15))
    assert deviating(THEN, past).filter(measure="coordination").is_empty()
    assert deviating(THEN, CUT).filter(measure="coordination")["on"].unique().to_list() == [V0]
    assert deviating(NOW, CUT).filter(measure="coordination")["on"].unique().to_list() == [V1]


@pytest.mark.parametrize(
    ("handled", "repeated"),
    [
        ("", "a1 a2"),
        ("J coordination", "J a1 a2"),
        ("C first_interview", "C a1 a2"),
        ("C decided", "a1 a2"),
        ("A first_interview", "a1 a2"),  # carried over, not anew
        ("C findes_ikke", "a1 a2"),
    ],
)
def test_what_deviates_again_is_repeated(handled: str, repeated: str) -> None:
    marks = pl.DataFrame([handled.split()] if handled else [], schema=NOBODY.schema, orient="row")
    rows = compared(deviations(NOW, CUT), NOW, THEN, CUT, marks)
    assert " ".join(sorted(rows.filter("repeated")["unit_id"])) == repeated


def test_without_a_delivery_before_nothing_is_new_and_nothing_gone() -> None:
    rows = compared(deviations(NOW, CUT), NOW, None, CUT, NOBODY)
    assert rows["since"].null_count() == rows.height
    assert sorted(rows.filter("repeated")["unit_id"]) == ["a1", "a2"]
    assert gone(NOW, None, CUT).is_empty()


def test_a_case_under_a_number_that_is_nobody_s_is_neither_new_nor_gone() -> None:
    def hidden(assessed: Assessed) -> Assessed:
        masked = pl.when(pl.col("case_id").is_in(["C", "E"])).then(pl.lit("Beskyttet 1")).otherwise("case_id")
        judged = assessed.outcomes.with_columns(case_id=masked, unit_id=pl.concat_str("unit_id", "on"))
        return replace(assessed, outcomes=judged, cases=assessed.cases.with_columns(case_id=masked).unique("case_id"))

    now, then = hidden(NOW), hidden(THEN)
    rows = compared(deviations(now, CUT), now, then, CUT, NOBODY)
    assert rows.filter(pl.col("case_id") == "Beskyttet 1")["since"].to_list() == [None]
    assert "Beskyttet 1" not in gone(now, then, CUT)["case_id"]


def test_ages_are_counted_from_the_deadline_and_a_day_has_none() -> None:
    told: list[dict[str, Any]] = [
        {"measure": "first_interview", "on": V1, "due": V1 - dt.timedelta(days=days), "outcome": "overdue"}
        for days in (0, 30, 31, 90, 91)
    ]
    told.append({"measure": "perspective", "on": V1 - dt.timedelta(days=31), "outcome": "missing"})
    told.append({"measure": "coordination", "on": V1, "outcome": "missing"})
    rows = aged(outcomes(told), NOW)
    assert rows["age_band"].to_list() == ["0-30", "0-30", "31-90", "31-90", "91-", "31-90", UNDATED]
    assert rows["breach"].to_list() == [0, 30, 31, 90, 91, 31, None]


def test_carry_over_is_counted_per_centre_in_the_order_given() -> None:
    rows = aged(compared(deviations(NOW, CUT), NOW, THEN, CUT, NOBODY), NOW)
    rows = rows.with_columns(center=pl.when(pl.col("unit_id") == "D").then(None).otherwise("center"))
    table = carried_over(rows, ("Syd", "Nord", "Vest"))
    assert table.select("center", "deviations", "new", "carried", "repeated").rows() == [
        ("Syd", 2, 2, 0, 0),
        ("Nord", 5, 1, 4, 2),
        ("Vest", 0, 0, 0, 0),
        (None, 1, 1, 0, 0),
    ]
    bands = table.select(*AGES, UNDATED).sum_horizontal().to_list()
    assert bands == table["deviations"].to_list()


@given(municipalities())
@settings(max_examples=25, deadline=None)
def test_new_carried_over_and_gone_add_up(municipality: Municipality) -> None:
    """What was, less what is gone, is what is carried over; and that with what is new is what there is."""
    view = municipality.view_date
    earlier = view - dt.timedelta(days=60)
    now, then = (assess(frames(municipality.tables), day, [day]) for day in (view, earlier))
    cut = Cut(dt.date.min, view)
    rows = compared(deviations(now, cut), now, then, cut, NOBODY)
    since = dict(rows.group_by("since").len().iter_rows())
    was, lost = deviating(then, cut).height, gone(now, then, cut).height
    assert since.get("carried", 0) == was - lost
    assert sum(since.values()) == rows.height == deviating(now, cut).height
    assert gone(now, now, cut).is_empty()
    assert set(gone(now, then, cut)["why"]) <= set(GONE)
    assert not set(gone(now, then, cut)["why"]) & set(DEVIATIONS)


@given(municipalities())
@settings(max_examples=10, deadline=None)
def test_a_head_s_part_has_only_own_rows(municipality: Municipality) -> None:
    view = municipality.view_date
    now, then = (assess(frames(municipality.tables), day, [day]) for day in (view, view - dt.timedelta(days=60)))
    cut, own = Cut(dt.date.min, view), ("Nord",)
    part = gone(within(now, own), within(then, own), cut)
    whole = gone(now, then, cut)
    assert set(part["center"]) <= {"Nord"}
    lost = {"moved", "withdrawn", "not_covered"}
    kept = part.filter(~pl.col("why").is_in(lost))
    assert set(kept.select("measure", "unit_id").iter_rows()) <= set(whole.select("measure", "unit_id").iter_rows())


MARKED = """
measure         | unit | saved      | stands
first_interview | A    | 2025-02-10 | ja
first_interview | C    | 2025-02-10 | nej
first_interview | C    | 2025-04-01 | ja
coordination    | I    | 2025-02-10 | ja
coordination    | J    | 2025-02-10 | nej
coordination    | J    | 2025-04-01 | ja
coordination    | K    | 2025-03-31 | nej
"""
"""C and J are new since the delivery before; K is in order now."""


@pytest.mark.parametrize("row", rows_of(MARKED), ids=lambda row: f"{row['unit']}-{row['saved']}")
def test_a_mark_does_not_outlive_what_it_was_about(row: dict[str, Any]) -> None:
    rows = compared(deviations(NOW, CUT), NOW, THEN, CUT, NOBODY)
    at = dt.datetime.combine(row["saved"], dt.time(12), dt.UTC)
    said = pl.DataFrame({"measure": [row["measure"]], "unit_id": [row["unit"]], "saved_at": [at]})
    assert (len(standing_still(said, rows, NOW)) == 1) is row["stands"]


def test_a_mark_lapses_where_the_unit_was_in_order_in_between() -> None:
    told = {"measure": "coordination", "unit_id": "A", "case_id": "A", "center": "Nord"}
    days = {dt.date(2025, 1, 31): "missing", dt.date(2025, 2, 28): "met", V0: "missing", V1: "missing"}
    frame = replace(NOW, outcomes=outcomes([told | {"on": day, "outcome": outcome} for day, outcome in days.items()]))
    rows = compared(deviations(frame, CUT), frame, frame, CUT, NOBODY)
    for saved, stands in ((dt.date(2025, 2, 10), False), (V0, True)):
        at = dt.datetime.combine(saved, dt.time(12), dt.UTC)
        said = pl.DataFrame({"measure": ["coordination"], "unit_id": ["A"], "saved_at": [at]})
        assert (len(standing_still(said, rows, frame)) == 1) is stands

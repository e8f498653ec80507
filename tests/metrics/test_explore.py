"""Exploring: every cell is the figure of its part, cells add up to totals, and every list is what its cell counts."""

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics import assess, explore
from metrics.assess import BY_KEY, COUNTS, STOCK, Assessed, Cut
from metrics.explore import CATEGORY, CENTER, COUNTED, DIMENSIONS, MONTH, START, Cell, Question
from tests.metrics.test_assess import read, readings
from tests.policy import outcomes, table, value
from tests.strategies import Municipality

V = dt.date(2025, 12, 31)
AUTUMN = Cut(dt.date(2025, 9, 1), V)
ALL_TIME = Cut(dt.date(1990, 1, 1), dt.date(2050, 12, 31))
MEASURE = "first_interview"


def judged(text: str, view: dt.date = V, **cases: str) -> Assessed:
    """A frame of one line a unit: on, outcome …; `cases`: case -> day of the first enquiry."""
    rows = [{"measure": MEASURE} | {c: value(cell) for c, cell in line.items()} for line in table(text)]
    rows = [row | {"age": int(row["age"])} if row.get("age") else row for row in rows]
    known = pl.DataFrame(
        [(case, "Team A" if case == "S0" else None, dt.date.fromisoformat(day)) for case, day in cases.items()],
        schema={"case_id": pl.String, "team": pl.String, "first_enquiry_on": pl.Date},
        orient="row",
    )
    return Assessed(view, outcomes(rows), pl.DataFrame(), known)


def cells(frame: pl.DataFrame, count: str) -> dict[tuple[str, str], Any]:
    """(row, column) -> a count; `I alt` and `–` (in no group) as they are read."""
    said = {
        name: pl.when(f"every_{name}").then(pl.lit("I alt")).otherwise(pl.col(name).fill_null("–"))
        for name in ("row", "column")
    }
    shown = frame.with_columns(**said)
    return {(row, column): number for row, column, number in shown.select("row", "column", count).iter_rows()}


TOWN = judged(
    """
    on         | outcome | center | category | age
    2025-09-30 | met     | Nord   | AP       | 17
    2025-10-01 | late    | Nord   | UP       | 18
    2025-10-31 | overdue | Syd    | AP       | 24
    2025-12-31 | pending | Syd    |          | 12
    2026-01-15 | pending | Nord   | AP       | 20
    2025-08-31 | met     | Nord   | AP       | 20
    """,
    S0="2025-09-23",
    S1="2025-09-24",
    S2="2025-10-24",
    S3="2025-12-24",
    S4="2025-12-08",
    S5="2025-08-24",
)


@pytest.mark.parametrize(
    ("rows", "columns", "said"),
    [
        ("center", None, {("Nord", "I alt"): 2, ("Syd", "I alt"): 2, ("Vest", "I alt"): 0, ("I alt", "I alt"): 4}),
        ("age", None, {("13", "I alt"): 1, ("18", "I alt"): 2, ("–", "I alt"): 1, ("I alt", "I alt"): 4}),
        (
            "month",
            None,
            {
                ("2025-09-01", "I alt"): 1,
                ("2025-10-01", "I alt"): 2,
                ("2025-11-01", "I alt"): 0,
                ("2025-12-01", "I alt"): 1,
                ("I alt", "I alt"): 4,
            },
        ),
        ("team", None, {("Team A", "I alt"): 1, ("–", "I alt"): 3, ("I alt", "I alt"): 4}),
        ("handed_over", None, {("false", "I alt"): 4, ("I alt", "I alt"): 4}),
        (
            "center",
            "category",
            {
                ("Nord", "aktivitetsparat"): 1,
                ("Nord", "uddannelsesparat"): 1,
                ("Nord", "–"): 0,
                ("Nord", "I alt"): 2,
                ("Syd", "aktivitetsparat"): 1,
                ("Syd", "uddannelsesparat"): 0,
                ("Syd", "–"): 1,
                ("Syd", "I alt"): 2,
                ("Vest", "aktivitetsparat"): 0,
                ("Vest", "uddannelsesparat"): 0,
                ("Vest", "–"): 0,
                ("Vest", "I alt"): 0,
                ("I alt", "aktivitetsparat"): 2,
                ("I alt", "uddannelsesparat"): 1,
                ("I alt", "–"): 1,
                ("I alt", "I alt"): 4,
            },
        ),
    ],
)
def test_every_unit_of_the_period_is_in_its_cell(rows: str, columns: str | None, said: dict[Any, int]) -> None:
    found = explore.cross(TOWN, AUTUMN, Question(MEASURE, rows, columns), {CENTER: ("Nord", "Syd", "Vest")})
    assert cells(found, "units") == said
    assert list(cells(found, "units")) == list(said)


@pytest.mark.parametrize(
    ("start", "met", "late", "overdue", "pending", "rate"),
    [
        ("2025-09-01", 1, 1, 0, 0, 0.5),
        ("2025-10-01", 0, 0, 1, 0, 0.0),
        ("2025-11-01", 0, 0, 0, 0, None),
        ("2025-12-01", 0, 0, 0, 2, None),
        ("I alt", 1, 1, 1, 2, 1 / 3),
    ],
)
def test_a_cohort_is_of_the_cases_that_began_in_the_period_whenever_they_are_due(
    start: str, met: int, late: int, overdue: int, pending: int, rate: float | None
) -> None:
    found = explore.cross(TOWN, AUTUMN, Question(MEASURE, START), {})
    counted = {name: cells(found, name)[start, "I alt"] for name in ("met", "late", "overdue", "pending", "rate")}
    assert counted == {"met": met, "late": late, "overdue": overdue, "pending": pending, "rate": rate}


def test_a_cohort_has_the_months_that_its_units_count_in() -> None:
    found = explore.cross(TOWN, AUTUMN, Question(MEASURE, START, MONTH), {})
    assert found["column"].unique(maintain_order=True).drop_nulls().to_list() == [
        f"{month}-01" for month in ("2025-09", "2025-10", "2025-11", "2025-12", "2026-01")
    ]


def test_a_stock_measure_stands_once_a_month_and_its_total_is_the_last_day() -> None:
    stock = judged(
        """
        measure | on         | outcome | center | unit_id
        mentor  | 2025-10-31 | met     | Nord   | 1
        mentor  | 2025-11-30 | met     | Nord   | 1
        mentor  | 2025-11-30 | unmet   | Syd    | 2
        mentor  | 2025-12-31 | unmet   | Syd    | 2
        """
    )
    found = explore.cross(stock, AUTUMN, Question("mentor", MONTH, CENTER), {})
    counts = cells(found, "units")
    months = ("2025-09-01", "2025-10-01", "2025-11-01", "2025-12-01", "I alt")
    assert [counts[month, "I alt"] for month in months] == [0, 1, 2, 1, 1]
    assert [counts["I alt", center] for center in ("Nord", "Syd", "I alt")] == [0, 1, 1]
    listed = explore.behind(stock, AUTUMN, Question("mentor", MONTH, CENTER), Cell(every_row=True, every_column=True))
    assert listed["unit_id"].to_list() == ["2"]


def test_the_list_begins_with_what_is_still_not_done_the_oldest_first() -> None:
    mixed = judged("""
        on         | outcome  | unit_id
        2025-10-01 | met      | a
        2025-12-01 | late     | b
        2025-12-01 | overdue  | c
        2025-11-01 | overdue  | d
        2025-10-01 | pending  | e
        2025-10-01 | unknown  | f
    """)
    listed = explore.behind(mixed, AUTUMN, Question(MEASURE, CENTER), Cell(every_column=True))
    assert listed["unit_id"].to_list() == ["d", "c", "b", "a", "e", "f"]


def test_the_chosen_centres_are_the_rows() -> None:
    cut = replace(AUTUMN, centers=("Syd", "Vest"))
    found = explore.cross(TOWN, cut, Question(MEASURE, CENTER), {CENTER: ("Vest", "Syd", "Nord")})
    assert list(cells(found, "units")) == [("Vest", "I alt"), ("Syd", "I alt"), ("I alt", "I alt")]


# --- on any municipality --------------------------------------------------------------------------------

QUESTIONS = st.tuples(st.sampled_from(DIMENSIONS), st.sampled_from((None, *DIMENSIONS))).filter(lambda d: d[0] != d[1])


def whole(assessed: Assessed, cut: Cut, question: Question) -> dict[str, Any]:
    """The figure as every other page has it; of a cohort that of its cases, whatever the day."""
    if question.cohort:
        began = assessed.cases.filter(pl.col("first_enquiry_on").is_between(cut.date_from, cut.date_to))["case_id"]
        theirs = assessed.outcomes.filter(pl.col("case_id").is_in(began.implode()))
        assessed, cut = replace(assessed, outcomes=theirs), replace(cut, date_from=dt.date.min, date_to=dt.date.max)
    [row] = assess.figures(assessed, cut).filter(pl.col("measure") == question.key).to_dicts()
    return row


@settings(max_examples=15, deadline=None)
@given(readings(), QUESTIONS)
def test_totals_are_the_figures_and_cells_add_up_to_them(
    reading: tuple[Municipality, Cut, str | None], dimensions: tuple[str, str | None]
) -> None:
    municipality, cut, _ = reading
    assessed = read(municipality, cut, "month")
    for key in BY_KEY:
        question = Question(key, *dimensions)
        found = explore.cross(assessed, cut, question, {})
        total = found.filter("every_row", "every_column").row(0, named=True)
        expected = whole(assessed, cut, question)
        assert {name: total[name] for name in expected if name in total} == {
            name: expected[name] for name in expected if name in total
        }, key
        assert total["units"] == sum(total[code] for code in COUNTS)
        for side, other, dimension in (("row", "column", question.rows), ("column", "row", question.columns)):
            if dimension is None or (dimension == MONTH and question.stock):
                continue  # the months of a stock measure do not add up
            by = [other, f"every_{other}"]
            parts = found.filter(~pl.col(f"every_{side}")).group_by(by).agg(pl.col("units").sum())
            sums = {(*of, count): count for *of, count in parts.iter_rows()}
            totals = found.filter(f"every_{side}").select(*by, "units")
            assert {(*of, count): count for *of, count in totals.iter_rows() if count or (*of, 0) in sums} == sums, key


@settings(max_examples=15, deadline=None)
@given(readings(), st.sampled_from(("center", "category", "month")))
def test_one_dimension_is_the_figures_by_it(reading: tuple[Municipality, Cut, str | None], by: str) -> None:
    municipality, cut, _ = reading
    assessed = read(municipality, cut, "month")
    figures = assess.figures(assessed, cut, by).with_columns(pl.col(by).cast(pl.String))
    for key in BY_KEY:
        found = explore.cross(assessed, cut, Question(key, by), {}).filter(~pl.col("every_row"))
        expected = figures.filter(pl.col("measure") == key, pl.sum_horizontal(COUNTS) > 0).rename({by: "row"})
        kept = found.filter(pl.col("units") > 0).select("row", *COUNTS, "rate")
        assert kept.sort("row").rows() == expected.select(kept.columns).sort("row").rows(), key


@settings(max_examples=8, deadline=None)
@given(readings(), QUESTIONS)
def test_every_list_is_what_its_cell_counts(
    reading: tuple[Municipality, Cut, str | None], dimensions: tuple[str, str | None]
) -> None:
    municipality, cut, _ = reading
    assessed = read(municipality, cut, "month")
    for key in BY_KEY:
        question = Question(key, *dimensions)
        for cell in explore.cross(assessed, cut, question, {}).iter_rows(named=True):
            listed = explore.behind(assessed, cut, question, Cell(**{name: cell[name] for name in explore.KEY}))
            assert Counter(listed["outcome"]) == +Counter({code: cell[code] for code in COUNTS}), (key, cell)


@settings(max_examples=15, deadline=None)
@given(readings(), st.sampled_from(DIMENSIONS[:-1]))
def test_counts_by_value_are_those_of_every_page_and_each_list_is_as_long(
    reading: tuple[Municipality, Cut, str | None], rows: str
) -> None:
    municipality, cut, _ = reading
    assessed = read(municipality, cut, "month")
    for key, figure in COUNTED.items():
        question = Question(key, rows)
        found = explore.cross_values(assessed, cut, question, {})
        totals = found.filter("every_row", ~pl.col("every_column")).select("column", "count")
        if not question.cohort:
            expected = assess.count_values(assessed, cut, figure).select("value", "count")
            assert totals.rows() == expected.rows(), key
        for cell in found.iter_rows(named=True):
            listed = explore.behind(assessed, cut, question, Cell(**{name: cell[name] for name in explore.KEY}))
            assert listed.height == listed["unit_id"].n_unique() == cell["count"], (key, cell)


def test_only_stock_measures_are_no_cohort() -> None:
    assert {key for key in (*BY_KEY, *COUNTED) if not Question(key, START).cohort} == set(STOCK)
    assert not Question(MEASURE, MONTH, CATEGORY).cohort

"""The assessed frame and its readings: the ten worked cases, sums that must add up, and filters that must filter."""

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_access.tables import empty
from metrics import assess, limits
from metrics.assess import BY_KEY, COUNTS, SCHEMA, Assessed, Cut
from metrics.measure import BASE, DEVIATIONS, Counts, Holds, Measure, Within
from metrics.measures import DISTRIBUTIONS
from metrics.measures.screening import FIRST_INTERVIEW
from metrics.summary import summarise
from tests.policy import merged, outcomes, rows_of, table, value
from tests.strategies import DAY, Municipality, frames, municipalities

V = dt.date(2025, 3, 31)
MARCH = Cut(dt.date(2025, 3, 1), dt.date(2025, 3, 31))
ALL_TIME = Cut(dt.date(1990, 1, 1), dt.date(2050, 12, 31))
EVENTS = [key for key in BY_KEY if key not in assess.STOCK]


def assessed_from(view: dt.date, *stock_days: dt.date, **tables: str) -> Assessed:
    """What the engine says of a municipality whose tables are written out."""
    written = merged([{name: rows_of(text) for name, text in tables.items()}])
    return assess.assess(frames(written), view, stock_days)


def figure(assessed: Assessed, measure: str, cut: Cut) -> dict[str, Any]:
    [row] = assess.figures(assessed, cut).filter(pl.col("measure") == measure).to_dicts()
    return row


# The ten worked cases

ANY_DUTY = Measure(
    key="first_interview",
    title="En pligt med undtagelse",
    of="cases",
    must=Within(
        "first_interview_on",
        trigger="first_enquiry_on",
        limit=limits.FIRST_INTERVIEW,
        excused_on="valid_ground_on",
        needs=pl.col("earlier_spell").is_not_null(),
    ),
    rule="Den første samtale er holdt, eller en gyldig grund er dokumenteret.",
    base="Sager.",
    why="De ti gennemregnede eksempler har undtagelser og manglende data, som den første samtale ikke har.",
    legal_basis="ingen",
)
"""A duty with a ground and with a value that may be blank: the first interview has neither."""

WORKED = table("""
    case | person | start      | held       | registered | excused    | closed     | known | V          | K          | due        | outcome
    1    | P1     | 2025-03-26 |            |            |            |            | ja    | 2025-03-31 | 2025-03-31 | 2025-04-02 | pending
    2    | P2     | 2025-03-24 |            |            |            |            | ja    | 2025-03-31 | 2025-03-31 | 2025-03-31 | pending
    2    | P2     | 2025-03-24 |            |            |            |            | ja    | 2025-04-01 | 2025-04-01 | 2025-03-31 | overdue
    3    | P3     | 2025-03-03 | 2025-03-10 | 2025-04-04 |            |            | ja    | 2025-03-31 | 2025-03-31 | 2025-03-10 | overdue
    3    | P3     | 2025-03-03 | 2025-03-10 | 2025-04-04 |            |            | ja    | 2025-03-31 | 2025-04-05 | 2025-03-10 | met
    4    | P4     | 2025-02-24 | 2025-03-05 |            |            |            | ja    | 2025-03-31 | 2025-03-31 | 2025-03-03 | late
    5    | P5     | 2025-02-28 | 2025-03-20 |            | 2025-03-05 |            | ja    | 2025-03-31 | 2025-03-31 | 2025-03-07 | excused
    6    | P6     | 2025-02-28 | 2025-03-06 |            | 2025-03-05 |            | ja    | 2025-03-31 | 2025-03-31 | 2025-03-07 | met
    7a   | P7     | 2025-03-01 |            |            |            | 2025-03-05 | ja    | 2025-03-31 | 2025-03-31 | 2025-03-08 | lapsed
    7b   | P7     | 2025-03-01 |            |            |            | 2025-03-12 | ja    | 2025-03-31 | 2025-03-31 | 2025-03-08 | overdue
    8a   | P8     | 2025-01-10 | 2025-01-15 |            |            |            | ja    | 2025-03-31 | 2025-03-31 | 2025-01-17 | met
    8b   | P8     | 2025-03-03 | 2025-03-12 |            |            |            | ja    | 2025-03-31 | 2025-03-31 | 2025-03-10 | late
    9    | P9     | 2025-03-03 |            |            |            |            |       | 2025-03-31 | 2025-03-31 | 2025-03-10 | unknown
    10   | P10    | 2025-03-20 | 2025-04-02 | 2025-03-21 |            |            | ja    | 2025-03-31 | 2025-03-31 | 2025-03-27 | overdue
""")  # noqa: E501


def worked(rows: list[dict[str, str]], view: dt.date, known_at: dt.date, measure: Measure = ANY_DUTY) -> Assessed:
    """Worked cases as one municipality, as they were known on a day."""
    cells = [{header: value(cell) for header, cell in row.items()} for row in rows]
    held = [row for row in cells if row["held"] and (row["registered"] or dt.date.min) <= known_at]
    tables = {
        "cases": [
            {
                "case_id": row["case"],
                "person": row["person"],
                "center": "A",
                "first_enquiry_on": row["start"],
                "closed_on": row["closed"],
                "earlier_spell": row["known"],
            }
            for row in cells
        ],
        "interviews": [{"case_id": row["case"], "interview_id": row["case"], "held_on": row["held"]} for row in held],
        "literacy_tests": [
            {"case_id": row["case"], "exemption": "sygdom", "exempted_on": row["excused"]}
            for row in cells
            if row["excused"]
        ],
        "center_periods": rows_of("""
            case_id | center | from_on    | until
            4       | A      | 2025-02-24 | 2025-02-26
            4       | B      | 2025-02-27 |
        """),
    }
    return assess.assess(frames(merged([tables])), view, measures=[measure])


@pytest.mark.parametrize("row", WORKED, ids=lambda row: f"{row['case']}-{row['outcome']}")
def test_worked_case(row: dict[str, str]) -> None:
    view, known_at, due = (value(row[name]) for name in ("V", "K", "due"))
    plain = FIRST_INTERVIEW if not row["excused"] and row["known"] else ANY_DUTY
    for measure in (ANY_DUTY, plain):
        [found] = worked([row], view, known_at, measure).outcomes.to_dicts()
        assert (found["outcome"], found["due"], found["on"]) == (row["outcome"], due, due)


LIVED = table("""
    must   | first_enquiry_on | held_on    | covered
    Within | 2025-01-31       | 2025-03-10 | nej
    Within | 2025-02-01       | 2025-03-10 | ja
    Within | 2025-02-28       | 2025-03-10 | ja
    Within | 2025-03-01       | 2025-03-01 | nej
    Holds  | 2025-01-01       | 2025-01-31 | nej
    Holds  | 2025-01-31       | 2025-02-01 | ja
    Holds  | 2025-01-31       | 2025-02-28 | ja
    Holds  | 2025-02-28       | 2025-03-01 | nej
    Counts | 2025-01-31       | 2025-02-28 | ja
    Counts | 2025-02-28       | 2025-03-01 | nej
""")
"""A rule of February: a deadline is covered by its trigger, everything else by the day it counts on."""


@pytest.mark.parametrize("row", LIVED, ids=lambda row: f"{row['must']}-{row['first_enquiry_on']}-{row['held_on']}")
def test_a_rule_covers_what_begins_in_its_time(row: dict[str, str]) -> None:
    musts = {
        "Within": FIRST_INTERVIEW.must,
        "Holds": Holds(pl.lit(True), on="first_interview_on"),
        "Counts": Counts(pl.lit(True), on="first_interview_on"),
    }
    life = limits.Life(dt.date(2025, 2, 1), dt.date(2025, 2, 28), "en lov")
    cells = {name: value(row[name]) for name in ("first_enquiry_on", "held_on")}
    tables = {
        "cases": [{"case_id": "S", "person": "P", "center": "A", "first_enquiry_on": cells["first_enquiry_on"]}],
        "interviews": [{"case_id": "S", "interview_id": "1", "held_on": cells["held_on"]}],
    }
    of_february = replace(FIRST_INTERVIEW, must=musts[row["must"]], life=life)
    found = assess.assess(frames(merged([tables])), V, measures=[of_february]).outcomes
    assert found.is_empty() is not value(row["covered"])


@pytest.mark.parametrize(
    ("known_at", "met", "missed"),
    [
        (dt.date(2025, 3, 31), ["6"], ["10", "3", "4", "7b", "8b"]),
        (dt.date(2025, 4, 5), ["3", "6"], ["10", "4", "7b", "8b"]),
    ],
)
def test_the_worked_cases_together_are_the_march_of_the_report(
    known_at: dt.date, met: list[str], missed: list[str]
) -> None:
    once = list({row["case"]: row for row in WORKED}.values())
    assessed = worked(once, V, known_at)
    in_march = assess.select(assessed.outcomes, MARCH, V)
    assert sorted(in_march.filter(pl.col("outcome") == "met")["case_id"]) == met
    assert sorted(assess.deviations(assessed, MARCH)["case_id"]) == missed
    march = figure(assessed, "first_interview", MARCH)
    assert (march["base"], march["met"], march["rate"]) == (6, len(met), len(met) / 6)
    assert [march[o] for o in ("excused", "lapsed", "unknown", "pending")] == [1, 1, 1, 1]
    assert march["audit_rate"] == len(met) / 7
    units = march["base"] + march["unknown"]
    bounds = (march["met"] / units, (march["met"] + march["unknown"]) / units)
    assert bounds == pytest.approx((len(met) / 7, (len(met) + 1) / 7))


def test_worked_case_4_counts_once_at_the_centre_of_the_deadline() -> None:
    assessed = worked([row for row in WORKED if row["case"] == "4"], V, V)
    [found] = assessed.outcomes.to_dicts()
    assert (found["center"], found["handed_over"], found["days"]) == ("B", True, 2)
    per_center = assess.figures(assessed, MARCH, "center").filter(pl.col("measure") == "first_interview")
    assert per_center.select("center", "base").rows() == [("B", 1)]


def test_worked_case_8_is_two_duties_of_one_person() -> None:
    assessed = worked([row for row in WORKED if row["case"] in ("8a", "8b")], V, V)
    assert figure(assessed, "first_interview", ALL_TIME)["base"] == 2
    assert assessed.cases.select("case_id", "person").rows() == [("8a", "P8"), ("8b", "P8")]


# What is selected

PEOPLE = """
    case_id | person | center | first_enquiry_on | born_on
    S1      | P1     | Nord   | 2025-02-24       | 2007-03-04
    S2      | P2     | Nord   | 2025-02-24       | 2007-03-03
    S3      | P3     | Syd    | 2025-02-24       | 2000-03-04
    S4      | P4     | Syd    | 2025-03-24       |
    S5      | P5     |        | 2025-02-22       | 2000-03-01
    S6      | P6     | Øst    | 2025-02-21       | 2000-03-01
"""
PLACED = """
    case_id | visited_on | step    | category
    S1      | 2025-02-25 | foerste | UP
    S2      | 2025-02-25 | foerste | AP
    S3      | 2025-03-04 | foerste | AP
"""
"""The deadline of S1, S2 and S3 is 3 March, of S4 31 March, of S5 1 March and of S6 28 February."""


@pytest.mark.parametrize(
    ("cut", "cases"),
    [
        (Cut(dt.date(2025, 3, 1), dt.date(2025, 3, 31)), "S1 S2 S3 S4 S5"),
        (Cut(dt.date(2025, 2, 28), dt.date(2025, 3, 1)), "S5 S6"),
        (Cut(dt.date(2025, 3, 2), dt.date(2025, 3, 30)), "S1 S2 S3"),
        (Cut(dt.date(2025, 3, 3), dt.date(2025, 3, 3)), "S1 S2 S3"),
        (Cut(dt.date(2025, 3, 4), dt.date(2025, 3, 30)), ""),
        (Cut(MARCH.date_from, V, centers=("Nord",)), "S1 S2"),
        (Cut(MARCH.date_from, V, centers=("Nord", "Syd")), "S1 S2 S3 S4"),
        (Cut(MARCH.date_from, V, centers=()), ""),
        (Cut(MARCH.date_from, V, categories=("aktivitetsparat",)), "S2"),
        (Cut(MARCH.date_from, V, categories=("aktivitetsparat", "uddannelsesparat")), "S1 S2"),
        (Cut(MARCH.date_from, V, categories=()), ""),
        (Cut(MARCH.date_from, V, ages=((15, 17),)), "S1"),
        (Cut(MARCH.date_from, V, ages=((18, 24),)), "S2 S3"),
        (Cut(MARCH.date_from, V, ages=((17, 18),)), "S1 S2"),
        (Cut(MARCH.date_from, V, ages=((15, 17), (25, 29))), "S1 S5"),
        (Cut(MARCH.date_from, V, ages=()), ""),
        (Cut(MARCH.date_from, V, centers=("Nord",), categories=("aktivitetsparat",), ages=((15, 17),)), ""),
        (Cut(MARCH.date_from, V, centers=("Nord",), categories=("aktivitetsparat",), ages=((18, 24),)), "S2"),
    ],
)
def test_a_cut_takes_its_period_centres_categories_and_ages(cut: Cut, cases: str) -> None:
    """On the day of the deadline: S1 is still 17 on 3 March, S2 has turned 18, and S3 is not yet AP."""
    assessed = assessed_from(dt.date(2025, 4, 1), cases=PEOPLE, visitations=PLACED)
    chosen = assess.select(assessed.outcomes, cut, assessed.view_date).filter(pl.col("measure") == "first_interview")
    assert sorted(chosen["case_id"]) == cases.split()
    assert figure(assessed, "first_interview", cut)["overdue"] == len(cases.split())
    assert (assess.deviations(assessed, cut)["measure"] == "first_interview").sum() == len(cases.split())


def test_centres_and_those_without_a_centre_add_up_to_the_whole() -> None:
    assessed = assessed_from(dt.date(2025, 4, 1), cases=PEOPLE, visitations=PLACED)
    per_center = assess.figures(assessed, ALL_TIME, "center").filter(pl.col("measure") == "first_interview")
    assert per_center.select("center", "overdue").rows() == [("Nord", 2), ("Syd", 2), ("Øst", 1), (None, 1)]
    assert figure(assessed, "first_interview", ALL_TIME)["overdue"] == 6


def test_chosen_groups_are_the_groups_shown() -> None:
    assessed = assessed_from(dt.date(2025, 4, 1), cases=PEOPLE, visitations=PLACED)
    cut = Cut(MARCH.date_from, V, centers=("Syd",), categories=("aktivitetsparat",))
    assert assess.figures(assessed, cut, "center")["center"].unique().to_list() == ["Syd"]
    assert assess.figures(assessed, cut, "category")["category"].unique().to_list() == ["aktivitetsparat"]


def test_ages_are_grouped_in_bands_and_those_outside_them_together() -> None:
    births = ("1995-03-20", "1994-01-01", "2000-03-31", "2007-03-30", "2007-04-02", "2012-01-01", "2012-06-01")
    cases = "case_id | person | born_on | first_enquiry_on" + "".join(
        f"\nS{n} | P{n} | {born} | 2025-03-20" for n, born in enumerate(births)
    )
    rows = assess.figures(assessed_from(V, cases=cases), MARCH, "age").filter(pl.col("measure") == "first_interview")
    # on the day after the deadline: 30, 31, 24, 17 (18 on the 30th), 17, 13 and 12 years
    assert dict(rows.select("age", "overdue").iter_rows()) == {13: 3, 18: 1, 25: 1, None: 2}


def test_an_empty_base_gives_no_rate() -> None:
    assessed = assessed_from(V, cases=PEOPLE)
    for cut in (Cut(dt.date(2020, 1, 1), dt.date(2020, 12, 31)), MARCH):
        row = figure(assessed, "long_deadline", cut)
        assert [row[name] for name in ("rate", "audit_rate", "low", "high")] == [None] * 4
        assert [row[name] for name in ("base", *COUNTS)] == [0] * 10


def test_only_excused_units_give_an_audit_rate_of_none_met_and_no_rate() -> None:
    assessed = worked([row for row in WORKED if row["case"] == "5"], V, V)
    row = figure(assessed, "first_interview", MARCH)
    assert (row["base"], row["excused"], row["rate"], row["audit_rate"]) == (0, 1, None, 0.0)


def test_no_municipality_gives_every_measure_a_row_of_zeros() -> None:
    assessed = assess.assess(empty(), V)
    assert assessed.outcomes.schema == SCHEMA
    for by, groups in ((None, 1), ("month", 1), ("center", 0), ("category", 0), ("age", 4)):
        rows = assess.figures(assessed, MARCH, by)
        assert len(rows) == groups * len(BY_KEY)
        assert rows["base"].sum() == 0
        assert assess.deviations(assessed, MARCH, by).is_empty()


# Stock measures

STOCK = """
    case_id | person | center | first_enquiry_on | closed_on
    S1      | P1     | Nord   | 2025-01-15       |
    S2      | P2     | Nord   | 2025-01-31       | 2025-02-28
    S3      | P3     | Syd    | 2025-02-28       | 2025-03-31
    S4      | P4     | Syd    | 2025-03-16       |
    S5      | P5     | Syd    | 2025-04-01       |
"""


@pytest.mark.parametrize(
    ("date_from", "date_to", "last", "open_cases"),
    [
        (dt.date(2025, 1, 1), dt.date(2025, 1, 30), dt.date(2025, 1, 30), 1),
        (dt.date(2025, 1, 1), dt.date(2025, 1, 31), dt.date(2025, 1, 31), 2),
        (dt.date(2025, 1, 1), dt.date(2025, 2, 28), dt.date(2025, 2, 28), 2),
        (dt.date(2025, 3, 1), dt.date(2025, 3, 15), dt.date(2025, 3, 15), 2),
        (dt.date(2025, 3, 1), dt.date(2025, 3, 31), dt.date(2025, 3, 31), 2),
        (dt.date(2025, 3, 1), dt.date(2025, 12, 31), dt.date(2025, 3, 31), 2),
        (dt.date(2024, 1, 1), dt.date(2024, 12, 31), dt.date(2024, 12, 31), 0),
    ],
)
def test_stock_measures_are_read_on_the_last_day_of_the_period(
    date_from: dt.date, date_to: dt.date, last: dt.date, open_cases: int
) -> None:
    cut = Cut(date_from, date_to)
    assert (cut.last_day(V), assess.stock_days(cut, V)) == (last, (last,))
    assessed = assessed_from(V, *assess.stock_days(cut, V), cases=STOCK)
    assert figure(assessed, "mentor", cut)["unmet"] == open_cases


def test_by_month_stock_measures_are_read_on_every_month_end() -> None:
    cut = Cut(dt.date(2024, 12, 10), dt.date(2025, 3, 15))
    days = assess.stock_days(cut, V, "month")
    assert days == (dt.date(2024, 12, 31), dt.date(2025, 1, 31), dt.date(2025, 2, 28), dt.date(2025, 3, 15))
    months = assess.figures(assessed_from(V, *days, cases=STOCK), cut, "month").filter(pl.col("measure") == "mentor")
    assert months.select("month", "from", "to", "unmet").rows() == [
        (dt.date(2024, 12, 1), dt.date(2024, 12, 10), dt.date(2024, 12, 31), 0),
        (dt.date(2025, 1, 1), dt.date(2025, 1, 1), dt.date(2025, 1, 31), 2),
        (dt.date(2025, 2, 1), dt.date(2025, 2, 1), dt.date(2025, 2, 28), 2),
        (dt.date(2025, 3, 1), dt.date(2025, 3, 1), dt.date(2025, 3, 15), 2),
    ]


@pytest.mark.parametrize(
    ("cut", "by", "days"),
    [
        (Cut(dt.date(2025, 3, 5), dt.date(2025, 3, 20)), "month", [dt.date(2025, 3, 20)]),
        (Cut(dt.date(2025, 2, 5), dt.date(2025, 5, 20)), "month", [dt.date(2025, 2, 28), V]),
        (Cut(dt.date(2025, 4, 1), dt.date(2025, 5, 20)), "month", []),
        (Cut(dt.date(2025, 4, 1), dt.date(2025, 5, 20)), None, [V]),
        (Cut(dt.date(2025, 2, 5), dt.date(2025, 5, 20)), "center", [V]),
        (Cut(dt.date(2024, 2, 1), dt.date(2024, 2, 29)), "month", [dt.date(2024, 2, 29)]),
    ],
)
def test_stock_days_of_a_cut(cut: Cut, by: str | None, days: list[dt.date]) -> None:
    assert list(assess.stock_days(cut, V, by)) == days


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (dt.date(2025, 3, 31), dt.date(2024, 4, 1)),
        (dt.date(2025, 4, 1), dt.date(2024, 4, 2)),
        (dt.date(2025, 2, 28), dt.date(2024, 2, 29)),
        (dt.date(2024, 2, 29), dt.date(2023, 3, 1)),
        (dt.date(2025, 12, 31), dt.date(2025, 1, 1)),
    ],
)
def test_first_day_of_the_year_up_to_a_day(day: dt.date, first: dt.date) -> None:
    assert assess.year_before(day) == first


@pytest.mark.parametrize(
    ("view", "months", "ends"),
    [
        (dt.date(2025, 3, 31), 2, [dt.date(2025, 1, 31), dt.date(2025, 2, 28), dt.date(2025, 3, 31)]),
        (dt.date(2025, 3, 1), 1, [dt.date(2025, 2, 28), dt.date(2025, 3, 1)]),
        (dt.date(2024, 3, 15), 1, [dt.date(2024, 2, 29), dt.date(2024, 3, 15)]),
        (dt.date(2025, 1, 1), 1, [dt.date(2024, 12, 31), dt.date(2025, 1, 1)]),
        (dt.date(2025, 3, 31), 0, [dt.date(2025, 3, 31)]),
    ],
)
def test_month_ends_before_the_view_date(view: dt.date, months: int, ends: list[dt.date]) -> None:
    assert list(assess.month_ends(view, months)) == ends


# Deviations


def test_deviations_come_overdue_first_then_the_oldest_with_days_over_to_done_or_to_v() -> None:
    assessed = assessed_from(
        dt.date(2025, 4, 1),
        cases="""
            case_id | person | center | first_enquiry_on
            S1      | P1     | Nord   | 2025-03-03
            S2      | P2     | Nord   | 2025-02-03
            S3      | P3     | Nord   | 2025-03-10
            S4      | P4     | Nord   | 2025-02-10
            S5      | P5     | Nord   | 2025-03-17
            S6      | P6     | Nord   | 2025-03-25
        """,
        interviews="""
            case_id | held_on
            S2      | 2025-02-11
            S3      | 2025-04-01
            S5      | 2025-03-20
        """,
    )
    rows = assess.deviations(assessed, ALL_TIME).filter(pl.col("measure") == "first_interview")
    assert rows.select("case_id", "outcome", "due", "days").rows() == [
        ("S4", "overdue", dt.date(2025, 2, 17), 43),
        ("S1", "overdue", dt.date(2025, 3, 10), 22),
        ("S2", "late", dt.date(2025, 2, 10), 1),
        ("S3", "late", dt.date(2025, 3, 17), 15),
    ]


def test_a_missing_duty_is_over_by_the_days_since_its_grace() -> None:
    assessed = assessed_from(
        dt.date(2025, 4, 1),
        cases="""
            case_id | person | center | first_enquiry_on
            S1      | P1     | Nord   | 2025-01-01
        """,
        visitations="""
            case_id | visited_on | step    | category | reasoned
            S1      | 2025-02-20 | endelig | AP       | nej
        """,
    )
    rows = assess.deviations(assessed, ALL_TIME).select("measure", "due", "days").rows()
    assert ("guidance_coordinator", dt.date(2025, 3, 22), 10) in rows
    assert ("reasoned", None, None) in rows


def test_by_month_the_deviations_of_a_stock_measure_are_those_of_every_month_end() -> None:
    cut = Cut(dt.date(2025, 1, 1), dt.date(2025, 3, 15))
    written = {
        "cases": """
            case_id | person | center | first_enquiry_on
            S1      | P1     | Nord   | 2024-06-01
        """,
        "visitations": """
            case_id | visited_on | step    | category
            S1      | 2025-02-10 | foerste | AP
        """,
    }
    listed = {}
    for by in (None, "month"):
        assessed = assessed_from(V, *assess.stock_days(cut, V, by), **written)
        rows = assess.deviations(assessed, cut, by).filter(pl.col("measure") == "coordination")
        counted = assess.figures(assessed, cut, by).filter(pl.col("measure") == "coordination")
        assert counted["missing"].sum() == len(rows)
        listed[by] = rows["on"].to_list()
    assert listed == {None: [cut.date_to], "month": [dt.date(2025, 2, 28), cut.date_to]}


# What holds for every municipality and every cut

CENTERS = ("Nord", "Syd", "Øst")
CATEGORIES = ("aabenlyst_uddannelsesparat", "uddannelsesparat", "aktivitetsparat")


@st.composite
def cuts(draw: st.DrawFn, view: dt.date) -> Cut:
    """Periods around V, also empty and future ones, and any choice of who."""
    days = st.integers(-420, 60).map(lambda number: view + number * DAY)
    first, last = sorted((draw(days), draw(days)))
    bands = st.sampled_from([(15, 17), (18, 20), (21, 24), (25, 30)])

    def some(of: tuple[str, ...]) -> tuple[str, ...] | None:
        return draw(st.none() | st.lists(st.sampled_from(of), unique=True).map(tuple))

    ages = draw(st.none() | st.lists(bands, unique=True).map(tuple))
    return Cut(first, last, some(CENTERS), some(CATEGORIES), ages)


@st.composite
def readings(draw: st.DrawFn) -> tuple[Municipality, Cut, str | None]:
    municipality = draw(municipalities())
    return (
        municipality,
        draw(cuts(municipality.view_date)),
        draw(st.sampled_from([None, "month", "center", "category", "age"])),
    )


def read(municipality: Municipality, cut: Cut, by: str | None) -> Assessed:
    view = municipality.view_date
    return assess.assess(frames(municipality.tables), view, assess.stock_days(cut, view, by))


def per_measure(rows: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Measure -> outcome -> units, summed over the groups."""
    sums = rows.group_by("measure").agg(pl.col("base", *COUNTS).sum())
    return {row.pop("measure"): row for row in sums.to_dicts()}


@settings(max_examples=80, deadline=None)
@given(readings())
def test_the_deviations_are_as_many_as_the_figures_say(reading: tuple[Municipality, Cut, str | None]) -> None:
    municipality, cut, by = reading
    assessed = read(municipality, cut, by)
    listed = Counter(assess.deviations(assessed, cut, by)["measure"])
    counted = {
        key: sum(row[o] for o in DEVIATIONS) for key, row in per_measure(assess.figures(assessed, cut, by)).items()
    }
    assert {key: listed[key] for key in counted} == counted


@settings(max_examples=60, deadline=None)
@given(readings())
def test_all_outcomes_together_are_all_units(reading: tuple[Municipality, Cut, str | None]) -> None:
    municipality, cut, _ = reading
    assessed = read(municipality, cut, None)
    rows = assess.select(assessed.outcomes, cut, assessed.view_date)
    assert not rows.select("measure", "unit_id").is_duplicated().any()
    units = Counter(rows["measure"])
    for key, row in per_measure(assess.figures(assessed, cut)).items():
        assert sum(row[outcome] for outcome in COUNTS) == units[key], key
        assert row["base"] == sum(row[outcome] for outcome in BASE), key


@settings(max_examples=60, deadline=None)
@given(readings(), st.sampled_from(["month", "center", "category", "age"]))
def test_the_groups_add_up_to_the_whole(reading: tuple[Municipality, Cut, str | None], by: str) -> None:
    municipality, cut, _ = reading
    assessed = read(municipality, cut, None)
    whole, parts = (per_measure(assess.figures(assessed, cut, how)) for how in (None, by))
    # a stock is counted anew on every month end: only its other groups add up
    for key in EVENTS if by == "month" else BY_KEY:
        assert parts.get(key, dict.fromkeys(("base", *COUNTS), 0)) == whole[key], key


@settings(max_examples=30, deadline=None)
@given(municipalities(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(municipality: Municipality, random: Any) -> None:
    tables = frames(municipality.tables)
    shuffled = {}
    for name, frame in tables.items():
        rows = frame.collect()
        order = random.sample(range(len(rows)), len(rows))
        shuffled[name] = rows[order].lazy()
    one, other = (assess.assess(t, municipality.view_date, municipality.stock_days) for t in (tables, shuffled))
    assert one.outcomes.equals(other.outcomes)
    assert one.distributions.equals(other.distributions)
    assert one.cases.equals(other.cases)
    assert one.outcomes.equals(one.outcomes.sort("measure", "on", "unit_id"))


SEVERAL = ("k_meetings", "offers_begun", "intervention_group", "target_flow")
"""Distributions in which a unit may stand under several values: meetings or offers of two kinds, in a group and under
18 there, in and out on one day."""


@settings(max_examples=60, deadline=None)
@given(readings())
def test_distributions_count_every_unit_once_and_know_every_value(
    reading: tuple[Municipality, Cut, str | None],
) -> None:
    municipality, cut, _ = reading
    assessed = read(municipality, cut, None)
    rows = assess.select(assessed.distributions, cut, assessed.view_date)
    for figure in DISTRIBUTIONS:
        counts = assess.count_values(assessed, cut, figure)
        assert counts["value"].to_list() == list(figure.labels)
        units = rows.filter(pl.col("measure") == figure.key)
        per_value = dict(units.group_by("value").agg(pl.col("unit_id").n_unique()).rows())
        assert dict(counts.select("value", "count").rows()) == dict.fromkeys(figure.labels, 0) | per_value, figure.key
        if figure.key == "chain":
            assert per_value.get("udeblivelse", 0) == units["unit_id"].n_unique()
        elif figure.key not in SEVERAL:
            assert counts["count"].sum() == units["unit_id"].n_unique(), figure.key


WITHIN = st.lists(st.sampled_from(CENTERS), min_size=1, unique=True).map(tuple)


@settings(max_examples=60, deadline=None)
@given(readings(), WITHIN)
def test_what_some_centres_see_is_the_cut_of_them(
    reading: tuple[Municipality, Cut, str | None], centers: tuple[str, ...]
) -> None:
    municipality, cut, by = reading
    whole = read(municipality, cut, by)
    theirs = tuple(center for center in centers if cut.centers is None or center in cut.centers)
    seen = assess.within(whole, centers)
    here, there = (
        {key: row for key, row in per_measure(assess.figures(frame, which, by)).items() if any(row.values())}
        for frame, which in ((seen, cut), (whole, replace(cut, centers=theirs)))
    )
    assert here == there
    plain = [summarise(frame, which, centers) for frame, which in ((seen, cut), (whole, replace(cut, centers=theirs)))]
    numbers = [(s.youths, s.open_now, s.deviations, s.latest, s.deviating, s.actionable) for s in plain]
    assert numbers[0] == numbers[1]


@settings(max_examples=60, deadline=None)
@given(municipalities(), WITHIN)
def test_some_centres_see_no_row_and_no_case_of_another(municipality: Municipality, centers: tuple[str, ...]) -> None:
    whole = assess.assess(frames(municipality.tables), municipality.view_date)
    seen = assess.within(whole, centers)
    assert set(seen.outcomes["center"]) | set(seen.distributions["center"]) <= set(centers)
    held = set(whole.cases.filter(pl.col("center").is_in(centers))["case_id"])
    assert set(seen.cases.filter("held")["case_id"]) == held
    elsewhere = seen.cases.filter(~pl.col("held"))
    assert elsewhere.select(pl.col("center", "category", "age").is_null().all()).row(0) == (True, True, True)
    hidden = set(whole.cases.filter("protected")["case_id"]) - held
    for frame in (seen.outcomes, seen.distributions, seen.cases):
        assert not hidden & set(frame["case_id"])
        assert set(frame["case_id"]) <= set(seen.cases["case_id"])
    shown = " ".join([*seen.outcomes["unit_id"], *seen.distributions["unit_id"]])
    assert not [case for case in hidden if case in shown]


PROTECTED = """
case_id | unit_id | center | measure         | on         | due        | outcome
A       | A       | Nord   | first_interview | 2025-01-08 | 2025-01-08 | late
A       | A       | Syd    | coordination    | 2025-04-01 | 2025-04-01 | missing
B       | B       | Nord   | first_interview | 2025-01-08 | 2025-01-08 | late
"""


def test_a_protected_case_that_moved_stands_under_a_number_that_says_nothing() -> None:
    cases = pl.DataFrame(
        {"case_id": ["A", "B"], "person": ["1", "2"], "center": ["Syd", "Nord"], "protected": [True, True]}
    ).with_columns(category=pl.lit(None, pl.String), team=pl.lit(None, pl.String), age=pl.lit(20), held=pl.lit(True))
    rows = outcomes(rows_of(PROTECTED))
    frame = Assessed(dt.date(2025, 4, 1), rows, rows.clear(), cases)
    north, south = assess.within(frame, ["Nord"]), assess.within(frame, ["Syd"])
    assert north.outcomes["case_id"].to_list() == ["Beskyttet 1", "B"]
    assert north.outcomes["unit_id"][0].startswith("Beskyttet 1 ")
    assert north.cases.select("case_id", "center", "held").rows() == [("Beskyttet 1", None, False), ("B", "Nord", True)]
    assert south.outcomes["case_id"].to_list() == ["A"]


@pytest.mark.parametrize("name", ["candidates", "agreements"])
def test_of_a_protected_case_that_moved_no_number_of_the_youth_or_the_source_is_left(name: str) -> None:
    cases = pl.DataFrame({"case_id": ["A", "B"], "center": ["Syd", "Nord"], "protected": [True, True]}).with_columns(
        category=pl.lit(None, pl.String), team=pl.lit(None, pl.String), age=pl.lit(20), held=pl.lit(True)
    )
    rows = pl.DataFrame(
        {"case_id": ["A", "B"], "unit_id": ["P1", "P2"], "meeting_id": ["M1", "M2"], "center": ["Nord", "Nord"]}
    )
    parts = {"candidates": rows.drop("meeting_id"), "agreements": rows}
    none = outcomes([])
    seen = getattr(assess.within(Assessed(V, none, none, cases, **{name: parts[name]}), ["Nord"]), name)
    hidden, own = seen.sort("center", "case_id", descending=[False, True]).rows(named=True)
    assert not {"A", "P1", "M1"} & set(hidden.values())
    assert all(cell.startswith("Beskyttet 1") for column, cell in hidden.items() if column != "center")
    assert own == parts[name].row(1, named=True)


def test_meetings_count_the_cases_and_not_the_meetings() -> None:
    assessed = assessed_from(
        V,
        cases="""
            case_id | person | center | first_enquiry_on
            S1      | P1     | Nord   | 2024-01-01
            S2      | P1     | Nord   | 2024-01-01
        """,
        meetings="""
            case_id | meeting_id | kind           | held_on
            S1      | M1         | k_moede        | 2025-03-05
            S1      | M2         | k_moede        | 2025-03-19
            S2      | M3         | k_moede        | 2025-03-19
            S2      | M4         | ungekonference | 2025-03-19
            S2      | M5         | ungekonference | 2025-02-28
        """,
    )
    [figure] = [figure for figure in DISTRIBUTIONS if figure.key == "k_meetings"]
    counted = {value: count for value, _, count in assess.count_values(assessed, MARCH, figure).rows() if count}
    assert counted == {"k_moede": 2, "ungekonference": 1}


def test_guide_statuses_sum_to_the_youths_of_the_target_group() -> None:
    numbers = range(1, 7)
    assessed = assessed_from(
        V,
        cases="case_id | person | center | first_enquiry_on\n"
        + "\n".join(f"S{n} | P{n} | Nord | 2024-01-01" for n in numbers),
        groups="case_id | kind | from_on\n" + "\n".join(f"S{n} | maalgruppe | 2024-06-01" for n in numbers),
        guide_statuses="""
            case_id | status_on  | status
            S1      | 2025-01-01 | tildelt
            S2      | 2025-01-01 | tildelt
            S3      | 2025-01-01 | takket_nej
            S4      | 2025-01-01 | ikke_relevant
            S5      | 2025-01-01 | afsluttet
        """,
    )
    [guide_status] = [figure for figure in DISTRIBUTIONS if figure.key == "guide_status"]
    rows = assess.count_values(assessed, MARCH, guide_status)
    assert rows.select("value", "count").rows() == [
        ("tildelt", 2),
        ("takket_nej", 1),
        ("ikke_relevant", 1),
        ("afsluttet", 1),
        ("ikke_vurderet", 1),
    ]
    assert rows["count"].sum() == len(numbers) == figure(assessed, "guide_assessed", MARCH)["base"]


def test_a_made_up_duty_with_grace_is_pending_until_the_day_after() -> None:
    """`due >= V` is pending, whatever has happened; an event measure may have its own grace."""
    duty = Measure(
        key="reasoned",
        title="En pligt med en uges frist",
        of="visitations",
        must=Holds(pl.col("reasoned"), on="visited_on", grace=limits.FIRST_INTERVIEW),
        rule="Visitationen er begrundet.",
        base="Visitationer.",
        why="Prøver en frist på 7 dage.",
        legal_basis="ingen",
    )
    tables = merged(
        [
            {
                "cases": rows_of("""
                    case_id | person | center | first_enquiry_on
                    S1      | P1     | Nord   | 2025-01-01
                """),
                "visitations": rows_of("""
                    case_id | visited_on | step    | category | reasoned
                    S1      | 2025-03-23 | foerste | UP       | ja
                    S1      | 2025-03-24 | aendring | UP      | ja
                    S1      | 2025-03-22 | endelig | UP       | nej
                """),
            }
        ]
    )
    outcomes = assess.assess(frames(tables), V, measures=[duty]).outcomes
    assert outcomes.select("on", "due", "outcome").rows() == [
        (dt.date(2025, 3, 22), dt.date(2025, 3, 29), "missing"),
        (dt.date(2025, 3, 23), dt.date(2025, 3, 30), "met"),
        (dt.date(2025, 3, 24), dt.date(2025, 3, 31), "pending"),
    ]

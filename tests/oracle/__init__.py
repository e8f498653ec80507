"""The outcomes of every measure once more, computed the slow, obvious way: the second opinion on the engine.

Plain Python over lists of rows, straight from the catalogue of measures and the rules of outcomes. It shares
no code with `metrics`, and is never optimised: whoever doubts a figure can read its rule here, theme by theme.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence

from tests.oracle import (
    contact,
    coordination,
    education_orders,
    progression,
    sanctions,
    screening,
    support,
    visitation,
)
from tests.oracle.judging import BASE, OUTCOMES, deadline_outcome
from tests.oracle.seen import Row, Seen, Tables, end_of_month, plus_months, years_between

__all__ = ["BASE", "OUTCOMES", "Row", "Tables", "deadline_outcome", "end_of_month", "plus_months", "years_between"]

Measure = Callable[[Seen], Iterator[Row]]

EVENTS: tuple[Measure, ...] = (
    *screening.EVENTS,
    *visitation.EVENTS,
    *sanctions.EVENTS,
    *education_orders.EVENTS,
    *contact.EVENTS,
    *coordination.EVENTS,
    *progression.EVENTS,
)
"""Measures that count on a due date or on the day of an event: read once, on V."""
STOCKS: tuple[Measure, ...] = (
    *screening.STOCKS,
    *visitation.STOCKS,
    *sanctions.STOCKS,
    *education_orders.STOCKS,
    *contact.STOCKS,
    *support.STOCKS,
    *coordination.STOCKS,
    *progression.STOCKS,
)
"""Measures that count what is there on a day: read on every stock day, as it looked then."""
KEYS = tuple(measure.__name__ for measure in EVENTS + STOCKS)
EVENT_COUNTS: tuple[Measure, ...] = (*contact.EVENT_COUNTS, *coordination.EVENT_COUNTS, *progression.EVENT_COUNTS)
STOCK_COUNTS: tuple[Measure, ...] = (*coordination.STOCK_COUNTS, *progression.STOCK_COUNTS)
"""Distributions of the newest themes, told apart in the same way."""
COUNT_KEYS = tuple(count.__name__ for count in EVENT_COUNTS + STOCK_COUNTS)

EXPECTED_END = dt.date(2026, 12, 31)
ENDS = (
    "test_need_assessed",
    "literacy_test",
    "test_exemption_documented",
    "course_offered",
    "final_visitation",
    "perspective",
    "reasoned",
    "ap_at_first",
    "ap_own_word",
    "unchanged",
    "order_at_first",
    "order_followed_up",
    "order_fulfilled",
    "long_deadline",
    "duty_assessed",
    "handed_over",
    "order_in_plan",
    "job_discussed",
    "registered_jobseeker",
    "joblog",
    "cv_available",
)
"""What covers no unit that begins after the expected end of its rule: by the trigger, else by the day it counts on."""


def outcomes(tables: Tables, view_date: dt.date, stock_days: Sequence[dt.date]) -> list[Row]:
    """One row per measure and unit (and stock day): what the assessed frame has to say.

    `tables`: table name -> rows with the model's columns. A stock day is at most V.
    """
    rows = _read(EVENTS, STOCKS, tables, view_date, stock_days)
    return [row for row in rows if row["measure"] not in ENDS or (row["trigger"] or row["on"]) <= EXPECTED_END]


def values(tables: Tables, view_date: dt.date, stock_days: Sequence[dt.date]) -> list[Row]:
    """One row per distribution of the newest themes, unit and value (and stock day)."""
    return _read(EVENT_COUNTS, STOCK_COUNTS, tables, view_date, stock_days)


def _read(
    events: Sequence[Measure], stocks: Sequence[Measure], tables: Tables, view_date: dt.date, days: Sequence[dt.date]
) -> list[Row]:
    at_view = Seen(tables, view_date)
    rows = [row | {"measure": event.__name__} for event in events for row in event(at_view)]
    for day in days:
        seen = Seen(tables, day)
        rows += [row | {"measure": stock.__name__} for stock in stocks for row in stock(seen)]
    return rows


def candidates(tables: Tables, view_date: dt.date) -> list[Row]:
    """Who should come to a K-møde on V: rule, unit_id (the person), case_id, since, planned_on, fields."""
    return list(coordination.candidates(tables, Seen(tables, view_date)))


def agreements(tables: Tables, view_date: dt.date) -> list[Row]:
    """What was agreed at meetings held by V."""
    return list(coordination.agreements(Seen(tables, view_date)))


def readings(tables: Tables, view_date: dt.date) -> list[Row]:
    """What was measured by V."""
    return list(progression.readings(Seen(tables, view_date)))


def figures(rows: Iterable[Row], view_date: dt.date, date_from: dt.date, date_to: dt.date) -> dict[str, dict[str, int]]:
    """Measure -> outcome -> units that count in the period, and their base. Stocks: on min(date_to, V)."""
    stocks = {measure.__name__ for measure in STOCKS}
    counts = {key: dict.fromkeys(OUTCOMES, 0) for key in KEYS}
    for row in rows:
        if row["measure"] in stocks:
            counted = row["on"] == min(date_to, view_date)
        else:
            counted = date_from <= row["on"] <= date_to
        if counted:
            counts[row["measure"]][row["outcome"]] += 1
    return {key: count | {"base": sum(count[outcome] for outcome in BASE)} for key, count in counts.items()}

"""From tables to facts: one row per thing that is judged, with what had happened to it by the view date.

Every frame carries `unit_id` and `case_id`; frames whose rows are judged on a stock day also carry `day`.
Cases and persons are Enums (`coded`) until `as_text`.
A fact dated after the view date (in stock frames: after the day) is unseen. An odd rule of the catalogue is a
named column here, with its own test, never an exception further on.
"""

import datetime as dt
from collections.abc import Sequence

import polars as pl

from metrics.facts import cases, coordination, open_cases, progression, youths
from metrics.facts.seen import (
    ACTIVITY_READY,
    DATED_BY,
    HAPPENS,
    OBVIOUSLY_READY,
    READ,
    Tables,
    age,
    as_of,
    as_text,
    categories,
    centers_on,
    coded,
    mask,
    of_case,
)

__all__ = [
    "ACTIVITY_READY",
    "DATED_BY",
    "HAPPENS",
    "OBVIOUSLY_READY",
    "READ",
    "Facts",
    "Tables",
    "age",
    "as_of",
    "as_text",
    "build",
    "categories",
    "centers_on",
    "coded",
    "mask",
]

Facts = dict[str, pl.DataFrame]


def build(tables: Tables, view_date: dt.date, stock_days: Sequence[dt.date]) -> Facts:
    """All frames of facts as of `view_date`; the stock frames once for each of `stock_days` (none after V)."""
    seen = coded(mask(tables, view_date))
    every = cases.cases(seen)
    days = pl.DataFrame({"day": sorted({min(day, view_date) for day in stock_days})}, schema={"day": pl.Date})
    held = every.select("case_id", "person", "unit_closed_on", "first_enquiry_on", "support_guided_on").rename(
        {"unit_closed_on": "closed_on"}
    )
    return {
        "cases": every.rename({"unit_closed_on": "closed_on"}),
        "visitations": cases.visitations(seen, held),
        "education_orders": of_case(seen["education_orders"], "order_id", held),
        "transitions": of_case(seen["transitions"], "transition_id", held).with_columns(
            transition_trigger_on=pl.coalesce("admitted_on", "study_start_due")
        ),
        "no_shows": cases.no_shows(seen, held),
        "case_offers": of_case(seen["offers"], "case_id", held),
        "open_cases": open_cases.open_cases(seen, every, days),
        "no_show_cases": cases.no_show_cases(seen, held, days),
        "youths": youths.youths(seen, every, days),
        "guides": youths.guides(seen, every, days),
        **coordination.frames(tables, seen, every, held, days, view_date),
        **progression.frames(seen, every, held, days, view_date),
    }

"""Random small municipalities for Hypothesis, with dates crowded around the days where an outcome changes."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from hypothesis import strategies as st

from data_access import models
from data_access.models import DELIVERED, identity
from data_access.tables import schema
from tests.oracle import end_of_month, plus_months

Row = dict[str, Any]
Tables = dict[str, list[Row]]

DAY = dt.timedelta(days=1)
MODELS = {str(model.__tablename__): model for model in DELIVERED}
VIEW_DATES = (
    dt.date(2025, 3, 31),
    dt.date(2025, 4, 1),
    dt.date(2024, 2, 29),
    dt.date(2024, 3, 1),
    dt.date(2025, 2, 28),
    dt.date(2025, 7, 1),
    dt.date(2025, 7, 2),
    dt.date(2022, 4, 15),
    dt.date(2016, 4, 30),
    dt.date(2020, 6, 30),
    dt.date(2026, 6, 30),
    dt.date(2026, 7, 1),
    dt.date(2026, 12, 31),
    dt.date(2027, 1, 1),
    dt.date(2027, 3, 31),
)
RULE_CHANGES = (
    dt.date(2025, 6, 30),
    dt.date(2022, 3, 31),
    dt.date(2016, 3, 31),
    dt.date(2019, 12, 31),
    dt.date(2026, 6, 30),
    dt.date(2026, 12, 31),
)
"""The last day of a rule; the day after is another world."""
BORN = (None, dt.date(2001, 3, 31), dt.date(2004, 2, 29), dt.date(1999, 7, 1))
TURNING = (15 * 12 + 6, 16 * 12 + 6, 17 * 12 + 6, 18 * 12)
"""Ages in months at which a youth becomes another in some rule."""


@dataclass(frozen=True)
class Municipality:
    """What the engine and the oracle are both asked about."""

    tables: Tables
    view_date: dt.date
    stock_days: tuple[dt.date, ...]


def table_rows(table: str, rows: list[Row]) -> list[Row]:
    """The rows as the reader hands them out: every column there, numbered in their order."""
    blank: Row = dict.fromkeys(schema(MODELS[table]))
    return [blank | row | {"id": number} for number, row in enumerate(rows, 1)]


def frames(tables: Mapping[str, list[Row]]) -> dict[str, pl.LazyFrame]:
    """The same tables as typed lazy frames, all nineteen of them."""
    return {
        table: pl.LazyFrame(table_rows(table, tables.get(table, [])), schema=schema(model), orient="row")
        for table, model in MODELS.items()
    }


def _codes(codes: Mapping[str, str]) -> st.SearchStrategy[str]:
    return st.sampled_from(tuple(codes))


FLAG = st.sampled_from((None, True, False))
CENTER = st.sampled_from(("Nord", "Syd", "Øst"))
ALWAYS, MAYBE = "always", "maybe"
"""A date of the case that is always there, and one that may be blank."""

CHILDREN: dict[str, tuple[int, dict[str, Any]]] = {
    "visitations": (
        4,
        {
            "visited_on": ALWAYS,
            "step": _codes(models.VISITATION_STEPS),
            "category": st.sampled_from(("aktivitetsparat", *models.CATEGORIES)),
            "reasoned": FLAG,
            "perspective": FLAG,
            "grounds": st.sampled_from((None, "egen_oplysning", "egen_oplysning+test", "laege")),
        },
    ),
    "interviews": (
        6,
        {
            "held_on": ALWAYS,
            "order_followed_up": FLAG,
            "education_focus": FLAG,
            "resources_discussed": FLAG,
            "job_discussed": FLAG,
        },
    ),
    "guidance": (3, {"guided_on": ALWAYS, "topic": _codes(models.GUIDANCE_TOPICS)}),
    "literacy_tests": (
        1,
        {
            "assessed_on": MAYBE,
            "needed": st.sampled_from((None, True, True, False)),
            "completed_on": MAYBE,
            "exemption": st.sampled_from((None, "sygdom")),
            "exempted_on": MAYBE,
            "course_needed": FLAG,
            "course_offered_on": MAYBE,
        },
    ),
    "education_orders": (
        3,
        {
            "step": st.sampled_from(("1", "2")),
            "issued_on": ALWAYS,
            "fulfilment_due": MAYBE,
            "original_due": MAYBE,
            "deadline_reasoned": FLAG,
            "fulfilled_on": MAYBE,
            "until": MAYBE,
        },
    ),
    "plans": (
        4,
        {
            "kind": st.sampled_from(("jobplan", "min_plan", "faelles_plan", "langsigtet_plan", "uddannelsesplan")),
            "made_on": ALWAYS,
            "until": MAYBE,
            "has_agreements": FLAG,
            "has_education_goal": FLAG,
            "holds_order": FLAG,
            "goal_due": MAYBE,
            "goal_due_reasoned": FLAG,
            "quality_assured_on": MAYBE,
        },
    ),
    "job_search": (4, {"kind": _codes(models.JOB_SEARCH_KINDS), "registered_at_jobnet_on": ALWAYS}),
    "offers": (
        5,
        {
            "kind": st.sampled_from(
                ("mentor", "nytteindsats", "helbredsmestring", "social_sundhed", "loentilskud", "andet")
            ),
            "start_on": MAYBE,
            "until": MAYBE,
            "individually_assessed": FLAG,
            "purpose_stated": FLAG,
        },
    ),
    "no_shows": (
        3,
        {
            "missed_on": ALWAYS,
            "missed": st.sampled_from(("tilbud", "tilbud", "samtale")),
            "cause_documented": FLAG,
            "reasonable_cause": FLAG,
            "contacted_on": MAYBE,
            "heard_on": MAYBE,
            "decided_on": MAYBE,
            "sanction": st.sampled_from((None, "ingen", "punkt", "fradrag")),
            "effectuated_on": MAYBE,
        },
    ),
    "transitions": (
        2,
        {
            "admitted_on": MAYBE,
            "study_start_due": ALWAYS,
            "duty_assessed_on": MAYBE,
            "ordered": FLAG,
            "handed_over_on": MAYBE,
            "dropout_warned_on": MAYBE,
            "contacted_after_warning_on": MAYBE,
            "broken_off_on": MAYBE,
            "break_reasonable": FLAG,
            "sanction_assessed_on": MAYBE,
        },
    ),
    "assignments": (
        4,
        {
            "role": st.sampled_from(("sagsbehandler", *models.ROLES)),
            "initials": st.sampled_from(("AB", "CD")),
            "from_on": ALWAYS,
            "until": MAYBE,
        },
    ),
    "guide_statuses": (3, {"status_on": ALWAYS, "status": _codes(models.GUIDE_STATUSES)}),
    "groups": (
        4,
        {"kind": _codes(models.GROUP_KINDS), "from_on": ALWAYS, "until": MAYBE},
    ),
    "meetings": (
        3,
        {
            "kind": st.sampled_from(("k_moede", *models.MEETING_KINDS)),
            "proposed_on": MAYBE,
            "held_on": MAYBE,
            "coordinator_named": FLAG,
            "guide_named": FLAG,
            "fields": st.sampled_from((None, "job", "job+skole", "job+skole+social")),
        },
    ),
    "measurements": (
        4,
        {
            "instrument": st.sampled_from(("who5", "bip", "WHO5", "Bip", "andet")),
            "measured_on": ALWAYS,
            "indicator": st.sampled_from((None, "mestring")),
            "value": st.sampled_from((0.0, 36.0, 52.0, 100.0)),
        },
    ),
    "benefits": (
        3,
        {
            "kind": st.sampled_from(("uddannelseshjaelp", "kontanthjaelp", *models.BENEFIT_KINDS)),
            "from_on": ALWAYS,
            "until": MAYBE,
        },
    ),
    "center_periods": (3, {"center": CENTER, "from_on": ALWAYS, "until": MAYBE}),
}
"""Table -> the most rows that a case has in it, and where their columns come from."""
AGREEMENT: dict[str, Any] = {"responsible_center": CENTER, "agreed_due": MAYBE, "done_on": MAYBE}


def _same_day(day: dt.date) -> dt.date:
    return day


FOLLOWS: dict[str, tuple[tuple[str, str, Callable[[dt.date], dt.date]], ...]] = {
    "guidance": (("guided_on", "first_enquiry_on", lambda day: day + 30 * DAY),),
    "literacy_tests": (
        ("completed_on", "first_enquiry_on", lambda day: plus_months(day, 1)),
        ("exempted_on", "first_enquiry_on", lambda day: plus_months(day, 1)),
        ("course_offered_on", "completed_on", lambda day: day + 30 * DAY),
    ),
    "education_orders": (
        ("fulfilment_due", "issued_on", lambda day: day + 90 * DAY),
        ("original_due", "fulfilment_due", _same_day),
        ("fulfilled_on", "fulfilment_due", _same_day),
        ("until", "fulfilment_due", _same_day),
    ),
    "offers": (("until", "start_on", _same_day),),
    "no_shows": (
        ("decided_on", "missed_on", lambda day: day + 14 * DAY),
        ("contacted_on", "decided_on", _same_day),
        ("heard_on", "decided_on", _same_day),
        ("effectuated_on", "missed_on", lambda day: end_of_month(plus_months(day, 3))),
    ),
    "transitions": (
        ("duty_assessed_on", "study_start_due", _same_day),
        ("handed_over_on", "study_start_due", _same_day),
        ("contacted_after_warning_on", "dropout_warned_on", lambda day: day + 14 * DAY),
        ("sanction_assessed_on", "broken_off_on", lambda day: day + 30 * DAY),
    ),
    "groups": (("until", "from_on", _same_day),),
    "plans": (
        ("goal_due", "made_on", lambda day: day + 90 * DAY),
        ("until", "made_on", _same_day),
    ),
    "job_search": (("registered_at_jobnet_on", "first_enquiry_on", lambda day: day + 21 * DAY),),
    "meetings": (("held_on", "proposed_on", lambda day: day + 14 * DAY),),
    "agreements": (("agreed_due", "held_on", lambda day: day + 14 * DAY), ("done_on", "agreed_due", _same_day)),
    "benefits": (("until", "from_on", _same_day),),
}
"""Table -> (column, the column it follows, when it is due): often the date falls on that day or beside it.

A column that the table does not have is the case's, or for an agreement the meeting's."""


@st.composite
def municipalities(draw: st.DrawFn) -> Municipality:
    """Three centres and up to five cases, some of one person, with rows in every table of a delivery.

    Shrinks towards no cases, few rows, blanks, and the first of the dates.
    """
    view = draw(st.sampled_from(VIEW_DATES))
    earlier = draw(st.sampled_from([(), (view - DAY,), (view.replace(day=1) - DAY, plus_months(view, -3))]))
    tables: Tables = {table: [] for table in MODELS}
    turning = [plus_months(view, -months) for months in TURNING]
    born = [draw(st.sampled_from(BORN) | _near(turning)) for _ in range(3)]
    for number in range(draw(st.integers(0, 5))):
        _add_case(draw, tables, f"S{number}", view, born)
    numbered = {table: table_rows(table, _told_apart(table, rows)) for table, rows in tables.items()}
    return Municipality(numbered, view, (view, *earlier))


def _add_case(draw: st.DrawFn, tables: Tables, case_id: str, view: dt.date, born: list[dt.date | None]) -> None:
    """Add a case with its rows: crowded around the deadlines of the view date, or around a change of rules.

    It has few distinct days: ties, and collisions with deadlines, are the point.
    """
    rule_changes = [day for day in RULE_CHANGES if day <= view]
    if rule_changes and draw(st.integers(0, 3)) == 3:
        around = [draw(st.sampled_from(rule_changes))]
    else:
        around = [view - number * DAY for number in (7, 30, 0, 14, 60)]
        around += [plus_months(view, -number) for number in (12, 1, 3, 4)]
    enquiry = draw(_near(around))
    around += [enquiry + 7 * DAY, plus_months(enquiry, 1), plus_months(enquiry, 3), view]
    days = [enquiry, *draw(st.lists(_near(around), min_size=1, max_size=5))]

    for table, (most, columns) in CHILDREN.items():
        for _ in range(draw(st.integers(0, most))):
            row = {"case_id": case_id} | _row(draw, table, columns, days, {"first_enquiry_on": enquiry})
            tables[table].append(row)
            for _ in range(draw(st.integers(0, 2)) if table == "meetings" else 0):
                of = {"meeting_id": f"meetings-{len(tables[table])}"}
                tables["agreements"].append(of | _row(draw, "agreements", AGREEMENT, days, row))

    if draw(st.integers(0, 9)) == 9:
        return  # a case that was withdrawn leaves its rows behind
    person = draw(st.integers(0, len(born) - 1))
    case = {"case_id": case_id, "person": f"P{person}", "born_on": born[person], "first_enquiry_on": enquiry}
    case |= {"center": draw(CENTER)}
    case |= {flag: draw(FLAG) for flag in ("has_youth_education", "special_class", "stu", "social_case")}
    case["closed_on"] = _date(draw, days, MAYBE) if draw(st.booleans()) else None
    tables["cases"].append(case)


def _row(draw: st.DrawFn, table: str, columns: dict[str, Any], days: list[dt.date], of: Row) -> Row:
    """A row `of` a case or a meeting; a date that may follow another adds a day to the case."""
    row = {"registered_on": _date(draw, days, MAYBE)} | {
        column: _date(draw, days, source) if isinstance(source, str) else draw(source)
        for column, source in columns.items()
    }
    for column, followed, due in FOLLOWS.get(table, ()):
        trigger = row[followed] if followed in row else of[followed]
        if trigger is not None and draw(st.booleans()):
            days.append(due(trigger))
            row[column] = draw(_near(days[-1:]))
    return row


def _near(days: list[dt.date]) -> st.SearchStrategy[dt.date]:
    """One of the days, the day before or the day after."""
    return st.sampled_from([day + beside * DAY for beside in (0, 0, 1, -1) for day in days])


def _date(draw: st.DrawFn, days: list[dt.date], source: str) -> dt.date | None:
    """One of the days of the case or a day beside it; if it may be blank, it is so every other time."""
    if source == MAYBE and not draw(st.booleans()):
        return None
    return draw(_near(days))


def _told_apart(table: str, rows: list[Row]) -> list[Row]:
    """What the importer lets in: no two rows of one identity, no period that stops before it starts."""
    model, kept = MODELS[table], {}
    for number, row in enumerate(rows, 1):
        row = {column: f"{table}-{number}" for column in identity(model) if column.endswith("_id")} | row
        for start, stop in model.periods:
            if row.get(start) is not None and row.get(stop) is not None:
                row[stop] = max(row[start], row[stop])
        kept.setdefault(tuple(row[column] for column in identity(model)), row)
    return list(kept.values())

"""What becomes of a unit, and where it counts. Said slowly."""

import datetime as dt

from tests.oracle.seen import Row, Seen, years_between

OUTCOMES = ("met", "excused", "lapsed", "late", "overdue", "missing", "pending", "unknown", "unmet")
BASE = ("met", "late", "overdue", "missing", "unmet")


def deadline_outcome(
    view: dt.date,
    due: dt.date,
    done: dt.date | None = None,
    excused_on: dt.date | None = None,
    ended_on: dt.date | None = None,
    known: bool = True,
) -> str:
    """The outcome of a duty with a deadline: the first rule that applies. What is dated after V is unseen."""
    done, excused_on, ended_on = (
        None if day is not None and day > view else day for day in (done, excused_on, ended_on)
    )
    if due >= view:
        return "pending"
    if not known:
        return "unknown"
    if done is not None and done <= due:
        return "met"
    if excused_on is not None and excused_on <= due:
        return "excused"
    if ended_on is not None and ended_on <= due:
        return "lapsed"
    return "overdue" if done is None else "late"


def holds(answer: bool | None, otherwise: str = "missing") -> str:
    """The outcome of a duty (or, with `otherwise="unmet"`, a share) without a deadline."""
    if answer is None:
        return "unknown"
    return "met" if answer else otherwise


def unit(seen: Seen, unit_id: str, case: Row, day: dt.date, **values: object) -> Row:
    """One row: a unit, placed at the centre, category and age of its case on a day."""
    return {
        "measure": "",
        "unit_id": unit_id,
        "case_id": case["case_id"],
        "center": seen.center_on(case, day),
        "category": seen.category_on(case, day),
        "age": years_between(case["born_on"], day),
        "trigger": None,
        "on": day,
        "due": None,
        "done": None,
        "outcome": "",
        "handed_over": False,
        "settled": False,
    } | values


def deadline(
    seen: Seen,
    unit_id: str,
    case: Row,
    trigger: dt.date,
    due: dt.date,
    done: dt.date | None,
    *,
    known: bool = True,
    excused_on: dt.date | None = None,
    ended_on: dt.date | None = None,
) -> Row:
    """A unit with a deadline counts on its due date, at the centre of min(done, due, V)."""
    ended = min((day for day in (case["closed_on"], ended_on) if day is not None), default=None)
    row = unit(seen, unit_id, case, min(day for day in (done, due, seen.day) if day is not None))
    return row | {
        "trigger": trigger,
        "on": due,
        "due": due,
        "done": done,
        "outcome": deadline_outcome(seen.day, due, done, excused_on, ended, known),
        "handed_over": row["center"] != seen.center_on(case, trigger),
        "settled": any(day is not None and day <= due for day in (done, excused_on, ended)),
    }


def event(seen: Seen, unit_id: str, case: Row, on: dt.date, outcome: str) -> Row:
    """A unit that counts on the day of its event."""
    return unit(seen, unit_id, case, on, outcome=outcome, settled=outcome == "met")


def event_with_grace(seen: Seen, unit_id: str, case: Row, on: dt.date, due: dt.date, outcome: str) -> Row:
    """The same, but nothing is judged before the days of grace are over."""
    row = event(seen, unit_id, case, on, outcome)
    return row | {"due": due, "outcome": "pending" if due >= seen.day else outcome}


def stock(seen: Seen, case: Row, outcome: str) -> Row:
    """A case that counts on the day of the stock."""
    return event(seen, case["case_id"], case, seen.day, outcome)


def value(seen: Seen, unit_id: str, case: Row, on: dt.date, said: str) -> Row:
    """A unit of a distribution, counted under what is said of it."""
    row = unit(seen, unit_id, case, on)
    return {column: row[column] for column in ("unit_id", "case_id", "center", "category", "age", "on")} | {
        "value": said
    }

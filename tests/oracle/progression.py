"""Well-being, progression and results, said slowly."""

import datetime as dt
from collections.abc import Callable, Iterator

from tests.oracle.judging import deadline, event, holds, stock, value
from tests.oracle.seen import Row, Seen, covers, days, end_of_month, latest, plus_months, years_between

DAY = days(1)
ANCHORS = ("start_with", "start_without", "k_meeting", "guide")
MONTHS = (3, 6, 12)
LIVES_ON = {"uddannelse": "uddannelse", "job": "job", "fleksjob": "job", "ingen": "selvforsoergelse"}


def who5_coverage(seen: Seen) -> Iterator[Row]:
    """Whole calendar month in the intervention group: WHO-5 is measured in it."""
    yield from _covered(seen, "who5", 1)


def bip_coverage(seen: Seen) -> Iterator[Row]:
    """Whole calendar quarter in the intervention group: BIP is measured in it."""
    yield from _covered(seen, "bip", 3)


def _covered(seen: Seen, instrument: str, months: int) -> Iterator[Row]:
    """Months are counted in threes from January for the quarters."""
    for person in seen.persons():
        periods = seen.rows_of(person, "groups", kind="indsatsgruppe")
        measured = _measured(seen, person, instrument)
        first = min((p["from_on"] for p in periods), default=seen.day).replace(month=1, day=1)
        while first <= seen.day:
            last = end_of_month(plus_months(first, months - 1))
            whole = [p for p in periods if p["from_on"] <= first and covers(p["from_on"], p["until"], last)]
            if whole:
                case = seen.case(max(whole, key=lambda p: (p["from_on"], p["id"])))
                done = min((day for day in measured if first <= day <= last), default=None)
                yield deadline(seen, f"{person}|{first}", case, first, last, done)
            first = last + DAY


def _measured(seen: Seen, person: str, instrument: str) -> list[dt.date]:
    return [m["measured_on"] for m in seen.rows_of(person, "measurements") if m["instrument"].lower() == instrument]


def long_plan(seen: Seen) -> Iterator[Row]:
    """Youth in the intervention group: has a live long-term plan."""
    for person, _, case in seen.members("indsatsgruppe"):
        yield event(seen, person, case, seen.day, holds(_has_long_plan(seen, person)))


def _has_long_plan(seen: Seen, person: str) -> bool:
    return bool(seen.live(seen.rows_of(person, "plans", kind="langsigtet_plan"), "made_on"))


def field_coverage(seen: Seen) -> Iterator[Row]:
    """Youth in the intervention group and field that somebody fills by hand: it is filled."""
    for person, _, case in seen.members("indsatsgruppe"):
        contacts = [
            a for role in ("kontaktperson", "ungeguide") for a in seen.rows_of(person, "assignments", role=role)
        ]
        three_months_ago = plus_months(seen.day, -3)
        filled = {
            "kontaktperson": bool(seen.live(contacts)),
            "langsigtet_plan": _has_long_plan(seen, person),
            "who5": any(day > seen.day - days(31) for day in _measured(seen, person, "who5")),
            "bip": any(day > three_months_ago for day in _measured(seen, person, "bip")),
            "moede": any(seen.in_year(m["held_on"]) for m in seen.rows_of(person, "meetings")),
            "forsoergelse": bool(seen.live(seen.rows_of(person, "benefits"))),
        }
        for field, is_filled in filled.items():
            yield event(seen, f"{person}|{field}", case, seen.day, holds(is_filled, "unmet"))


def duration(seen: Seen) -> Iterator[Row]:
    """Open case: older than 12 months."""
    for case in seen.open_cases():
        yield stock(seen, case, holds(case["first_enquiry_on"] <= seen.year_ago, "unmet"))


EVENTS = (who5_coverage, bip_coverage)
STOCKS = (long_plan, field_coverage, duration)


# Distributions


def intervention_group(seen: Seen) -> Iterator[Row]:
    """Youths in the target group and in the intervention group, and those of them under 18."""
    for kind in ("maalgruppe", "indsatsgruppe"):
        for person, _, case in seen.members(kind):
            yield value(seen, person, case, seen.day, kind)
            age = years_between(case["born_on"], seen.day)
            if age is not None and age < 18:
                yield value(seen, person, case, seen.day, f"{kind}_under_18")


def stu(seen: Seen) -> Iterator[Row]:
    """Open cases of youths on STU."""
    for case in seen.open_cases():
        if case["stu"] is True:
            yield value(seen, case["case_id"], case, seen.day, "stu")


def _after(anchor: str, months: int) -> Callable[[Seen], Iterator[Row]]:
    """What youths live on so many months after an anchor day."""

    def after(seen: Seen) -> Iterator[Row]:
        for unit_id, case, day in _anchored(seen, anchor):
            on = plus_months(day, months)
            if on <= seen.day and (
                not anchor.startswith("start") or _helped(seen, case, on) == (anchor == "start_with")
            ):
                yield value(seen, unit_id, case, on, _lives_on(seen, case["person"], on))

    after.__name__ = f"after_{anchor}_{months}"
    return after


def _anchored(seen: Seen, anchor: str) -> Iterator[tuple[str, Row, dt.date]]:
    """unit, case and anchor day."""
    if anchor.startswith("start"):
        yield from ((case["case_id"], case, case["first_enquiry_on"]) for case in seen.cases)
        return
    for person in seen.persons():
        if anchor == "k_meeting":
            column = "held_on"
            rows = [m for m in seen.rows_of(person, "meetings", kind="k_moede") if m["held_on"] is not None]
        else:
            column = "status_on"
            rows = seen.rows_of(person, "guide_statuses", status="tildelt")
        if rows:
            first = min(rows, key=lambda row: (row[column], row["id"]))
            yield person, seen.case(first), first[column]


def _helped(seen: Seen, case: Row, on: dt.date) -> bool:
    """Had a K-møde, or was assigned a guide, by a day."""
    person = case["person"]
    met = (m["held_on"] for m in seen.rows_of(person, "meetings", kind="k_moede") if m["held_on"] is not None)
    assigned = (s["status_on"] for s in seen.rows_of(person, "guide_statuses", status="tildelt"))
    return any(day <= on for day in (*met, *assigned))


def _lives_on(seen: Seen, person: str, on: dt.date) -> str:
    live = [b for b in seen.rows_of(person, "benefits") if covers(b["from_on"], b["until"], on)]
    return LIVES_ON.get(latest(live, "from_on")["kind"], "ydelse") if live else "ukendt"


EVENT_COUNTS = tuple(_after(anchor, months) for anchor in ANCHORS for months in MONTHS)
STOCK_COUNTS = (intervention_group, stu)


# What was measured


def readings(seen: Seen) -> Iterator[Row]:
    """Every measurement, of any instrument."""
    for case in seen.cases:
        for row in seen.rows("measurements", case):
            yield {
                "instrument": row["instrument"],
                "indicator": row["indicator"],
                "unit_id": case["person"],
                "case_id": case["case_id"],
                "on": row["measured_on"],
                "value": row["value"],
            }

"""Meetings across fields, agreements, joint plans and who should come to a K-møde, said slowly."""

import datetime as dt
from collections.abc import Iterator

from tests.oracle.judging import deadline, event, holds, value
from tests.oracle.seen import Row, Seen, Tables, all_of, any_of, covers, days, latest, plus_months, years_between

CONFERENCES = ("k_moede", "ungekonference")
HELP = ("uddannelseshjaelp", "kontanthjaelp")
DAY = days(1)


def k_wait(seen: Seen) -> Iterator[Row]:
    """K-møde that was proposed: held <= 14 days after."""
    for case in seen.cases:
        for meeting in seen.rows("meetings", case, kind="k_moede"):
            proposed = meeting["proposed_on"]
            if proposed is not None:
                due = proposed + days(14)
                yield deadline(seen, meeting["meeting_id"], case, proposed, due, meeting["held_on"])


def k_named(seen: Seen) -> Iterator[Row]:
    """K-møde that was held: a coordinator was named, and a guide unless the youth declined or needs none."""
    for case, meeting in _held_k_meetings(seen):
        no_guide = seen.guide_status(case["person"], meeting["held_on"]) in ("takket_nej", "ikke_relevant")
        named = all_of((meeting["coordinator_named"], any_of((meeting["guide_named"], no_guide))))
        yield event(seen, meeting["meeting_id"], case, meeting["held_on"], holds(named))


def agreements_kept(seen: Seen) -> Iterator[Row]:
    """Agreement of a K-møde with a deadline: done no later."""
    for case, meeting in _held_k_meetings(seen):
        for agreement in seen.agreements(meeting):
            due = agreement["agreed_due"]
            if due is not None:
                held, done = meeting["held_on"], agreement["done_on"]
                yield deadline(seen, agreement["agreement_id"], case, held, due, done, known=due >= held)


def _held_k_meetings(seen: Seen) -> Iterator[tuple[Row, Row]]:
    for case in seen.cases:
        for meeting in seen.rows("meetings", case, kind="k_moede"):
            if meeting["held_on"] is not None:
                yield case, meeting


def joint_plan(seen: Seen) -> Iterator[Row]:
    """Youth in the target group with open cases in two centres or more: exactly one live joint plan."""
    for person, _, case in seen.members("maalgruppe"):
        if len(seen.open_centers(person)) >= 2:
            live = seen.live(seen.rows_of(person, "plans", kind="faelles_plan"), "made_on")
            yield event(seen, person, case, seen.day, holds(len(live) == 1))


def plan_quality(seen: Seen) -> Iterator[Row]:
    """Live joint plan of an open case: quality assured in the last 12 months."""
    for case in seen.open_cases():
        for plan in seen.live(seen.rows("plans", case, kind="faelles_plan"), "made_on"):
            assured = seen.in_year(plan["quality_assured_on"])
            yield event(seen, plan["plan_id"], case, seen.day, holds(assured))


EVENTS = (k_wait, k_named, agreements_kept)
STOCKS = (joint_plan, plan_quality)


# Distributions


def target_group(seen: Seen) -> Iterator[Row]:
    """Youths in the target group by their age."""
    for person, _, case in seen.members("maalgruppe"):
        yield value(seen, person, case, seen.day, _band(years_between(case["born_on"], seen.day)))


def _band(age: int | None) -> str:
    if age is None:
        return "unknown"
    if age < 15:
        return "under_15"
    return "15_24" if age <= 24 else "25_30" if age <= 30 else "over_30"


def target_centers(seen: Seen) -> Iterator[Row]:
    """Youths in the target group by the number of centres with an open case."""
    for person, _, case in seen.members("maalgruppe"):
        yield value(seen, person, case, seen.day, str(min(len(seen.open_centers(person)), 3)))


def need_levels(seen: Seen) -> Iterator[Row]:
    """Youths in the target group by how much help they need."""
    for person, _, case in seen.members("maalgruppe"):
        centers = len(seen.open_centers(person))
        if centers >= 2:
            assigned = seen.guide_status(person, seen.day) == "tildelt"
            level = "flere_med_guide" if assigned else "flere_centre"
        else:
            level = "et_center" if centers else "egen_vej"
        yield value(seen, person, case, seen.day, level)


def target_flow(seen: Seen) -> Iterator[Row]:
    """Who joined the target group and was not in it the day before; who left it and was not in it the day after.

    Of memberships from one day the first is the one that counts.
    """
    for person in seen.persons():
        memberships = sorted(seen.rows_of(person, "groups", kind="maalgruppe"), key=lambda m: m["id"], reverse=True)
        began = {m["from_on"]: seen.case(m) for m in memberships}
        ended = {m["until"]: seen.case(m) for m in memberships if m["until"] is not None and m["until"] <= seen.day}
        for days_of, beside, said in ((began, -DAY, "ny"), (ended, DAY, "udgået")):
            for day, case in days_of.items():
                if not any(covers(m["from_on"], m["until"], day + beside) for m in memberships):
                    yield value(seen, f"{person}|{day}", case, day, said)


def k_meetings(seen: Seen) -> Iterator[Row]:
    """Meetings held, by kind; the unit is the case."""
    for case in seen.cases:
        for meeting in seen.rows("meetings", case):
            if meeting["held_on"] is not None:
                yield value(seen, case["case_id"], case, meeting["held_on"], meeting["kind"])


EVENT_COUNTS = (target_flow, k_meetings)
STOCK_COUNTS = (target_group, target_centers, need_levels)


# Who should come to a K-møde


def candidates(tables: Tables, seen: Seen) -> Iterator[Row]:
    """rule, person, case, since, planned_on and fields: everybody a rule asks for, once for each open case."""
    for case in seen.open_cases():
        person = case["person"]
        held = [m["held_on"] for m in seen.rows_of(person, "meetings") if m["kind"] in CONFERENCES and m["held_on"]]
        found = [(rule, since) for rule, since in _asked_for(seen, case) if not any(day >= since for day in held)]
        on_help = _on_help_since(seen, person)
        if on_help is not None and not any(seen.in_year(day) for day in held):
            found.append(("K5", plus_months(on_help, 12)))
        waits = [m for m in seen.rows("meetings", case) if m["kind"] in CONFERENCES and m["held_on"] is None]
        proposed = [m["proposed_on"] for m in waits if m["proposed_on"] is not None]
        if proposed:
            found.append(("K6", min(proposed)))
        for rule, since in found:
            yield {
                "rule": rule,
                "unit_id": person,
                "case_id": case["case_id"],
                "since": since,
                "planned_on": _planned(tables, seen, person),
                "fields": _fields(seen, person),
            }


def _asked_for(seen: Seen, case: Row) -> Iterator[tuple[str, dt.date]]:
    """The rules that ask for a meeting since a day."""
    enquiry, born = case["first_enquiry_on"], case["born_on"]
    anniversaries = [plus_months(enquiry, 12 * years) for years in range(1, 100)]
    passed = [day for day in anniversaries if day <= seen.day]
    if passed:
        yield "K1", passed[-1]
    if case["special_class"] is True and case["stu"] is not True:
        yield "K2", enquiry
    if born is not None:
        if case["social_case"] is True and plus_months(born, 17 * 12 + 6) <= seen.day < plus_months(born, 18 * 12):
            yield "K3", plus_months(born, 17 * 12 + 6)
        about_16 = plus_months(born, 15 * 12 + 6) <= seen.day < plus_months(born, 16 * 12 + 6)
        if about_16 and not seen.live(seen.rows_of(case["person"], "plans"), "made_on"):
            yield "K4", plus_months(born, 15 * 12 + 6)


def _on_help_since(seen: Seen, person: str) -> dt.date | None:
    """When the unbroken time on help that covers the day began, if it has lasted 12 months."""
    periods = [b for kind in HELP for b in seen.rows_of(person, "benefits", kind=kind)]
    began = min((b["from_on"] for b in seen.live(periods)), default=None)
    while began is not None:
        earlier = [
            b["from_on"] for b in periods if b["from_on"] < began and (b["until"] is None or b["until"] + DAY >= began)
        ]
        if not earlier:
            break
        began = min(earlier)
    return began if began is not None and began <= seen.year_ago else None


def _planned(tables: Tables, seen: Seen, person: str) -> dt.date | None:
    """The first day that a meeting of a person is planned for: the only thing read from after the view date."""
    planned = (m for m in seen.rows_of(person, "meetings") if m["kind"] in CONFERENCES and m["held_on"] is None)
    days = (next(m["held_on"] for m in tables["meetings"] if m["meeting_id"] == p["meeting_id"]) for p in planned)
    return min((day for day in days if day is not None), default=None)


def _fields(seen: Seen, person: str) -> int:
    """How many fields a youth's life touches, as far as the registrations say."""
    meetings = [
        m | {"day": max((day for day in (m["proposed_on"], m["held_on"]) if day is not None), default=None)}
        for m in seen.rows_of(person, "meetings")
    ]
    dated = [m for m in meetings if m["day"] is not None]
    named = latest(dated, "day")["fields"] if dated else None
    social = any(case["social_case"] is True for case in seen.open_cases() if case["person"] == person)
    return max(len(seen.open_centers(person)), len(named.split("+")) if named else 0, 1 + social)


# What was agreed


def agreements(seen: Seen) -> Iterator[Row]:
    """Every agreement of a meeting held, of any kind."""
    for case in seen.cases:
        for meeting in seen.rows("meetings", case):
            for agreement in seen.agreements(meeting) if meeting["held_on"] is not None else ():
                yield {
                    "unit_id": agreement["agreement_id"],
                    "case_id": case["case_id"],
                    "meeting_id": meeting["meeting_id"],
                    "kind": meeting["kind"],
                    "held_on": meeting["held_on"],
                    "responsible_center": agreement["responsible_center"],
                    "due": agreement["agreed_due"],
                    "done": agreement["done_on"],
                    "closed_on": case["closed_on"],
                }

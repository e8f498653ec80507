"""Interviews, offers and Min Plan, said slowly."""

import datetime as dt
from collections.abc import Iterator

from tests.oracle.judging import deadline, holds, stock, value
from tests.oracle.seen import AAU, Row, Seen, any_of, covers, days, latest, plus_months


def contact_course(seen: Seen) -> Iterator[Row]:
    """The 4th interview from the first enquiry on is held <= 6 months after it; enquiries of 2020 to June 2026."""
    for case in seen.cases:
        enquiry = case["first_enquiry_on"]
        if dt.date(2020, 1, 1) <= enquiry <= dt.date(2026, 6, 30):
            held = sorted(i["held_on"] for i in seen.rows("interviews", case) if i["held_on"] >= enquiry)
            done = held[3] if len(held) >= 4 else None
            yield deadline(seen, case["case_id"], case, enquiry, plus_months(enquiry, 6), done)


def four_a_year(seen: Seen) -> Iterator[Row]:
    """Open case older than 12 months: at least 4 interviews in them."""
    for case in seen.open_cases():
        if case["first_enquiry_on"] <= seen.year_ago:
            held = [i for i in seen.rows("interviews", case) if seen.in_year(i["held_on"])]
            yield stock(seen, case, holds(len(held) >= 4))


def job_discussed(seen: Seen) -> Iterator[Row]:
    """Open ÅU case: a job was discussed in the latest interview (no interview: not discussed)."""
    for case in _openly_ready(seen):
        interviews = seen.rows("interviews", case)
        yield stock(seen, case, holds(latest(interviews, "held_on")["job_discussed"] if interviews else False))


def first_offer(seen: Seen) -> Iterator[Row]:
    """The first offer is begun <= 1 month after the first enquiry; from July 2026 <= 6 months."""
    for case in seen.cases:
        enquiry = case["first_enquiry_on"]
        begun = [o["start_on"] for o in seen.rows("offers", case) if o["start_on"] and o["start_on"] >= enquiry]
        months = 1 if enquiry <= dt.date(2026, 6, 30) else 6
        yield deadline(seen, case["case_id"], case, enquiry, plus_months(enquiry, months), min(begun, default=None))


def offer_assessed(seen: Seen) -> Iterator[Row]:
    """Open case with an offer begun: the latest one was individually assessed."""
    yield from _latest_offer(seen, "individually_assessed")


def offer_purpose(seen: Seen) -> Iterator[Row]:
    """Open case with an offer begun: the purpose of the latest one is stated."""
    yield from _latest_offer(seen, "purpose_stated")


def _latest_offer(seen: Seen, column: str) -> Iterator[Row]:
    for case in seen.open_cases():
        begun = [o for o in seen.rows("offers", case) if o["start_on"] is not None]
        if begun:
            yield stock(seen, case, holds(latest(begun, "start_on")[column]))


def plan_agreements(seen: Seen) -> Iterator[Row]:
    """Open case: the live plan holds agreements (no plan: it does not)."""
    for case in seen.open_cases():
        yield stock(seen, case, holds(_of_plan(seen, case, "has_agreements")))


def plan_goal(seen: Seen) -> Iterator[Row]:
    """Open case: the live plan holds a goal of education (no plan: it does not)."""
    for case in seen.open_cases():
        yield stock(seen, case, holds(_of_plan(seen, case, "has_education_goal")))


def plan_deadline(seen: Seen) -> Iterator[Row]:
    """Open case whose live plan has a deadline for its goal: <= 90 days after the plan was made, or reasoned."""
    for case in seen.open_cases():
        plan = _plan(seen, case)
        if plan is not None and plan["goal_due"] is not None:
            short = plan["goal_due"] <= plan["made_on"] + days(90)
            yield stock(seen, case, holds(any_of((short, plan["goal_due_reasoned"]))))


def order_in_plan(seen: Seen) -> Iterator[Row]:
    """Open case with a live education order: the live plan holds it (no plan: it does not)."""
    for case in seen.open_cases():
        if any(covers(o["issued_on"], o["until"], seen.day) for o in seen.rows("education_orders", case)):
            yield stock(seen, case, holds(_of_plan(seen, case, "holds_order")))


def _plan(seen: Seen, case: Row) -> Row | None:
    """The newest live Min Plan or jobplan of a case."""
    plans = [p for kind in ("min_plan", "jobplan") for p in seen.rows("plans", case, kind=kind)]
    live = seen.live(plans, "made_on")
    return latest(live, "made_on") if live else None


def _of_plan(seen: Seen, case: Row, column: str) -> bool | None:
    plan = _plan(seen, case)
    return False if plan is None else plan[column]


def registered_jobseeker(seen: Seen) -> Iterator[Row]:
    """Open ÅU case: registered as a jobseeker."""
    for case in _openly_ready(seen):
        yield stock(seen, case, holds(bool(seen.rows("job_search", case, kind="tilmeldt"))))


def joblog(seen: Seen) -> Iterator[Row]:
    """Open ÅU case: an entry in the job log in the last 30 days."""
    for case in _openly_ready(seen):
        written = [j["registered_at_jobnet_on"] for j in seen.rows("job_search", case, kind="joblog")]
        yield stock(seen, case, holds(any(day > seen.day - days(30) for day in written)))


def _openly_ready(seen: Seen) -> list[Row]:
    return [case for case in seen.open_cases() if seen.category_on(case, seen.day) == AAU]


def cv_available(seen: Seen) -> Iterator[Row]:
    """Case whose first visitation is ÅU: a CV is available <= 21 days after the first enquiry."""
    for case in seen.cases:
        first = seen.first_visitation(case, "foerste")
        if first is not None and first["category"] == AAU:
            made = [j["registered_at_jobnet_on"] for j in seen.rows("job_search", case, kind="cv_tilgaengeligt")]
            enquiry = case["first_enquiry_on"]
            yield deadline(seen, case["case_id"], case, enquiry, enquiry + days(21), min(made, default=None))


EVENTS = (contact_course, first_offer, cv_available)
STOCKS = (
    four_a_year,
    job_discussed,
    offer_assessed,
    offer_purpose,
    plan_agreements,
    plan_goal,
    plan_deadline,
    order_in_plan,
    registered_jobseeker,
    joblog,
)


def offers_begun(seen: Seen) -> Iterator[Row]:
    """Offers that have begun, by kind; the unit is the case."""
    for case in seen.cases:
        for offer in seen.rows("offers", case):
            if offer["start_on"] is not None:
                yield value(seen, case["case_id"], case, offer["start_on"], offer["kind"])


EVENT_COUNTS = (offers_begun,)

"""Education orders and the transition to an education, said slowly."""

import datetime as dt
from collections.abc import Iterator

from tests.oracle.judging import deadline, event, holds, stock
from tests.oracle.seen import Row, Seen, any_of, covers, days, latest


def order_at_first(seen: Seen) -> Iterator[Row]:
    """First interview (from 2022-04-01 not where a jobplan is live): an order of step 1 on that day."""
    for case in seen.cases:
        first = seen.first_interview(case)
        if first is None:
            continue
        jobplans = seen.rows("plans", case, kind="jobplan")
        if first >= dt.date(2022, 4, 1) and any(covers(p["made_on"], p["until"], first) for p in jobplans):
            continue
        ordered = bool(seen.rows("education_orders", case, step="1", issued_on=first))
        yield event(seen, case["case_id"], case, first, holds(ordered))


def order_followed_up(seen: Seen) -> Iterator[Row]:
    """Open case with a live order and an interview after it: the latest interview followed the order up."""
    for case in seen.open_cases():
        interviews = seen.rows("interviews", case)
        live = [o for o in seen.rows("education_orders", case) if covers(o["issued_on"], o["until"], seen.day)]
        if interviews:
            newest = latest(interviews, "held_on")
            if any(order["issued_on"] < newest["held_on"] for order in live):
                yield stock(seen, case, holds(newest["order_followed_up"]))


def order_fulfilled(seen: Seen) -> Iterator[Row]:
    """Order with a deadline: fulfilled no later than the deadline."""
    for case in seen.cases:
        for order in seen.rows("education_orders", case):
            issued, due = order["issued_on"], order["fulfilment_due"]
            if due is not None:
                yield deadline(
                    seen,
                    order["order_id"],
                    case,
                    issued,
                    due,
                    order["fulfilled_on"],
                    known=due >= issued,
                    ended_on=order["until"],
                )


def long_deadline(seen: Seen) -> Iterator[Row]:
    """Order: its deadline is at most 90 days away and has not been moved, or it is reasoned."""
    for case in seen.cases:
        for order in seen.rows("education_orders", case):
            due, original, met = order["fulfilment_due"], order["original_due"], order["deadline_reasoned"]
            if met is not True and due is None:
                met = None
            elif met is not True and due <= order["issued_on"] + days(90) and original in (None, due):
                met = True
            yield event(seen, order["order_id"], case, order["issued_on"], holds(met))


def education_focus(seen: Seen) -> Iterator[Row]:
    """Open case with an interview in 12 months: at least one of them with education in focus."""
    yield from _discussed(seen, "education_focus")


def resources(seen: Seen) -> Iterator[Row]:
    """Open case with an interview in 12 months: at least one of them on the youth's resources."""
    yield from _discussed(seen, "resources_discussed")


def _discussed(seen: Seen, column: str) -> Iterator[Row]:
    for case in seen.open_cases():
        interviews = [i for i in seen.rows("interviews", case) if seen.in_year(i["held_on"])]
        if interviews:
            yield stock(seen, case, holds(any_of(i[column] for i in interviews)))


def duty_assessed(seen: Seen) -> Iterator[Row]:
    """Transition: the duty to take an education is assessed no later than the study start."""
    for case, transition in _transitions(seen):
        yield _by_study_start(seen, case, transition, transition["duty_assessed_on"])


def handed_over(seen: Seen) -> Iterator[Row]:
    """Transition under an order: information handed over to the institution no later than the study start."""
    for case, transition in _transitions(seen):
        if transition["ordered"] is not False:
            known = transition["ordered"] is not None
            yield _by_study_start(seen, case, transition, transition["handed_over_on"], known=known)


def support_guidance(seen: Seen) -> Iterator[Row]:
    """Transition: guided on support, and on the sanction for breaking off, no later than the study start."""
    for case, transition in _transitions(seen):
        guided = seen.first_guidance(case, "stoette_og_sanktion")
        yield _by_study_start(seen, case, transition, guided)


def dropout_contact(seen: Seen) -> Iterator[Row]:
    """Transition with a warning of dropout: the youth is contacted <= 14 days after it."""
    for case, transition in _transitions(seen):
        warned = transition["dropout_warned_on"]
        if warned is not None:
            done = transition["contacted_after_warning_on"]
            yield deadline(seen, transition["transition_id"], case, warned, warned + days(14), done)


def break_assessed(seen: Seen) -> Iterator[Row]:
    """Transition broken off without a reasonable cause: a sanction is assessed <= 30 days after."""
    for case, transition in _transitions(seen):
        broken = transition["broken_off_on"]
        if broken is not None and transition["break_reasonable"] is not True:
            known, done = transition["break_reasonable"] is not None, transition["sanction_assessed_on"]
            yield deadline(seen, transition["transition_id"], case, broken, broken + days(30), done, known=known)


def _transitions(seen: Seen) -> Iterator[tuple[Row, Row]]:
    for case in seen.cases:
        for transition in seen.rows("transitions", case):
            yield case, transition


def _by_study_start(seen: Seen, case: Row, transition: Row, done: dt.date | None, *, known: bool = True) -> Row:
    start = transition["study_start_due"]
    trigger = transition["admitted_on"] or start
    return deadline(seen, transition["transition_id"], case, trigger, start, done, known=known)


EVENTS = (
    order_at_first,
    order_fulfilled,
    long_deadline,
    duty_assessed,
    handed_over,
    support_guidance,
    dropout_contact,
    break_assessed,
)
STOCKS = (order_followed_up, education_focus, resources)

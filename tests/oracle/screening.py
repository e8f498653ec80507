"""Screening, said slowly: the first interview, the test and the guidance."""

import datetime as dt
from collections.abc import Iterator

from tests.oracle.judging import deadline, event_with_grace, holds, stock
from tests.oracle.seen import AP, Row, Seen, days, plus_months


def first_interview(seen: Seen) -> Iterator[Row]:
    """First interview held <= 7 days after the first enquiry."""
    for case in seen.cases:
        enquiry = case["first_enquiry_on"]
        yield deadline(seen, case["case_id"], case, enquiry, enquiry + days(7), seen.first_interview(case))


def test_need_assessed(seen: Seen) -> Iterator[Row]:
    """Case without a youth education: the need for a test is assessed <= 1 month after the first enquiry."""
    for case in seen.cases:
        if case["has_youth_education"] is True:
            continue
        assessed = min((t["assessed_on"] for t in seen.rows("literacy_tests", case) if t["assessed_on"]), default=None)
        enquiry, known = case["first_enquiry_on"], case["has_youth_education"] is not None
        yield deadline(seen, case["case_id"], case, enquiry, plus_months(enquiry, 1), assessed, known=known)


def literacy_test(seen: Seen) -> Iterator[Row]:
    """Case that needs the test: completed <= 1 month after the enquiry; excused by a ground dated in time."""
    for case in seen.cases:
        for test in seen.rows("literacy_tests", case):
            if test["needed"] is False:
                continue
            enquiry, completed = case["first_enquiry_on"], test["completed_on"]
            due = plus_months(enquiry, 1)
            in_time = completed is not None and completed <= due
            undated = test["exemption"] is not None and test["exempted_on"] is None
            yield deadline(
                seen,
                case["case_id"],
                case,
                enquiry,
                due,
                completed,
                known=test["needed"] is not None and (in_time or not undated),
                excused_on=test["exempted_on"] if test["exemption"] is not None else None,
            )


def test_exemption_documented(seen: Seen) -> Iterator[Row]:
    """Open case that needs the test, the deadline passed, not tested: a valid ground is present."""
    for case in seen.open_cases():
        for test in seen.rows("literacy_tests", case):
            passed = plus_months(case["first_enquiry_on"], 1) < seen.day
            if test["needed"] is False or not passed or test["completed_on"] is not None:
                continue
            yield stock(seen, case, holds(None if test["needed"] is None else test["exemption"] is not None))


def course_offered(seen: Seen) -> Iterator[Row]:
    """Tested with a need for a course: a course is offered (30 days' grace from the test)."""
    for case in seen.cases:
        for test in seen.rows("literacy_tests", case):
            on = test["completed_on"]
            if on is None or test["course_needed"] is False:
                continue
            offered = None if test["course_needed"] is None else test["course_offered_on"] is not None
            yield event_with_grace(seen, case["case_id"], case, on, on + days(30), holds(offered))


def guidance_225(seen: Seen) -> Iterator[Row]:
    """Guided on the 225-hour rule on or before the first interview day, while the rule was in force."""
    for case in seen.cases:
        first = seen.first_interview(case)
        if first is not None and dt.date(2016, 4, 1) <= first <= dt.date(2025, 6, 30):
            yield deadline(seen, case["case_id"], case, first, first, seen.first_guidance(case, "225_timer"))


def guidance_coordinator(seen: Seen) -> Iterator[Row]:
    """Case visited AP: guided on the coordinating caseworker no later than 30 days after the first time."""
    for case in seen.cases:
        on = min((v["visited_on"] for v in seen.rows("visitations", case, category=AP)), default=None)
        if on is None:
            continue
        guided = seen.first_guidance(case, "koordinerende_sagsbehandler")
        in_time = guided is not None and guided <= on + days(30)
        yield event_with_grace(seen, case["case_id"], case, on, on + days(30), holds(in_time))


EVENTS = (first_interview, test_need_assessed, literacy_test, course_offered, guidance_225, guidance_coordinator)
STOCKS = (test_exemption_documented,)

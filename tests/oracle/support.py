"""Mentor, contact person and youth guide, said slowly."""

from collections.abc import Iterator

from tests.oracle.judging import event_with_grace, holds, stock
from tests.oracle.seen import AP, EMPLOYMENT_OFFERS, Row, Seen, covers, days, overlap


def mentor(seen: Seen) -> Iterator[Row]:
    """Open case: a mentor offer begun and not ended before the 12 months."""
    for case in seen.open_cases():
        yield stock(seen, case, holds(_has_mentor_offer(seen, case), "unmet"))


def mentor_unregistered(seen: Seen) -> Iterator[Row]:
    """Open case: a mentor among the people around the youth in the 12 months, but no mentor offer."""
    for case in seen.open_cases():
        mentors = seen.rows("assignments", case, role="mentor")
        mentored = any(seen.touches_year(a["from_on"], a["until"]) for a in mentors)
        yield stock(seen, case, holds(mentored and not _has_mentor_offer(seen, case), "unmet"))


def _has_mentor_offer(seen: Seen, case: Row) -> bool:
    return any(seen.touches_year(o["start_on"], o["until"]) for o in seen.rows("offers", case, kind="mentor"))


def health_parallel(seen: Seen) -> Iterator[Row]:
    """Open case with an employment offer in 12 months: a health offer that overlaps it in time."""
    yield from _parallel(seen, "helbredsmestring")


def social_parallel(seen: Seen) -> Iterator[Row]:
    """Open case with an employment offer in 12 months: a social or health offer that overlaps it in time."""
    yield from _parallel(seen, "social_sundhed")


def _parallel(seen: Seen, kind: str) -> Iterator[Row]:
    for case in seen.open_cases():
        begun = [o for o in seen.rows("offers", case) if o["start_on"] is not None]
        employment = [
            o for o in begun if o["kind"] in EMPLOYMENT_OFFERS and seen.touches_year(o["start_on"], o["until"])
        ]
        if employment:
            met = any(overlap(one, other) for one in begun if one["kind"] == kind for other in employment)
            yield stock(seen, case, holds(met, "unmet"))


def fixed_contact(seen: Seen) -> Iterator[Row]:
    """Open case older than 12 months: exactly one person as caseworker in them (none: not known)."""
    for case in seen.open_cases():
        if case["first_enquiry_on"] <= seen.year_ago:
            people = {
                a["initials"]
                for a in seen.rows("assignments", case, role="sagsbehandler")
                if seen.touches_year(a["from_on"], a["until"])
            }
            yield stock(seen, case, holds(len(people) == 1 if people else None, "unmet"))


def coordinator_assigned(seen: Seen) -> Iterator[Row]:
    """Open AP case: a coordinating caseworker is assigned."""
    for case in seen.open_cases():
        if seen.category_on(case, seen.day) == AP:
            coordinators = seen.rows("assignments", case, role="koordinerende_sagsbehandler")
            assigned = any(covers(a["from_on"], a["until"], seen.day) for a in coordinators)
            yield stock(seen, case, holds(assigned))


def guide_assessed(seen: Seen) -> Iterator[Row]:
    """Youth in the target group: has a guide status (60 days' grace from joining the group)."""
    for person, group, case in seen.members("maalgruppe"):
        outcome = holds(bool(seen.rows_of(person, "guide_statuses")))
        yield event_with_grace(seen, person, case, seen.day, group["from_on"] + days(60), outcome)


STOCKS = (
    mentor,
    mentor_unregistered,
    health_parallel,
    social_parallel,
    fixed_contact,
    coordinator_assigned,
    guide_assessed,
)

"""Visitation, said slowly."""

from collections.abc import Iterator

from tests.oracle.judging import deadline, event, holds, stock
from tests.oracle.seen import AAU, AP, UP, Row, Seen, plus_months


def visitation_id(visitation: Row) -> str:
    return f"{visitation['case_id']}|{visitation['visited_on']:%Y-%m-%d}|{visitation['step']}"


def final_visitation(seen: Seen) -> Iterator[Row]:
    """Case that was not ÅU at first: the final visitation is made <= 3 months after the first enquiry."""
    for case in seen.cases:
        first, final = seen.first_visitation(case, "foerste"), seen.first_visitation(case, "endelig")
        if first is not None and first["category"] == AAU:
            continue
        enquiry, done = case["first_enquiry_on"], final["visited_on"] if final else None
        yield deadline(seen, case["case_id"], case, enquiry, plus_months(enquiry, 3), done)


def perspective(seen: Seen) -> Iterator[Row]:
    """Final visitation to UP or AP: the youth's own perspective is in it."""
    for case in seen.cases:
        for final in seen.rows("visitations", case, step="endelig"):
            if final["category"] in (UP, AP):
                yield event(seen, visitation_id(final), case, final["visited_on"], holds(final["perspective"]))


def reasoned(seen: Seen) -> Iterator[Row]:
    """Final visitation: it is reasoned."""
    for case in seen.cases:
        for final in seen.rows("visitations", case, step="endelig"):
            yield event(seen, visitation_id(final), case, final["visited_on"], holds(final["reasoned"]))


def ap_at_first(seen: Seen) -> Iterator[Row]:
    """Case with a first visitation: its category is AP."""
    for case in seen.cases:
        first = seen.first_visitation(case, "foerste")
        if first is not None:
            outcome = holds(first["category"] == AP, "unmet")
            yield event(seen, case["case_id"], case, first["visited_on"], outcome)


def ap_own_word(seen: Seen) -> Iterator[Row]:
    """First or final visitation to AP: it rests on more than the youth's own word."""
    for case in seen.cases:
        for visitation in seen.rows("visitations", case, category=AP):
            if visitation["step"] not in ("foerste", "endelig"):
                continue
            grounds = visitation["grounds"]
            more = None if grounds is None else any(g != "egen_oplysning" for g in grounds.split("+"))
            yield event(seen, visitation_id(visitation), case, visitation["visited_on"], holds(more))


def unchanged(seen: Seen) -> Iterator[Row]:
    """Case with a first and a final visitation: the same category in both."""
    for case in seen.cases:
        first, final = seen.first_visitation(case, "foerste"), seen.first_visitation(case, "endelig")
        if first is not None and final is not None:
            outcome = holds(first["category"] == final["category"], "unmet")
            yield event(seen, case["case_id"], case, final["visited_on"], outcome)


def coordination(seen: Seen) -> Iterator[Row]:
    """Open AP case: a meeting across fields or a K-møde, or a coordinating caseworker, in 12 months."""
    for case in seen.open_cases():
        if seen.category_on(case, seen.day) == AP:
            met = any(
                m["kind"] in ("tvaerfagligt", "k_moede") and seen.in_year(m["held_on"])
                for m in seen.rows("meetings", case)
            ) or any(
                seen.touches_year(a["from_on"], a["until"])
                for a in seen.rows("assignments", case, role="koordinerende_sagsbehandler")
            )
            yield stock(seen, case, holds(met))


EVENTS = (final_visitation, perspective, reasoned, ap_at_first, ap_own_word, unchanged)
STOCKS = (coordination,)

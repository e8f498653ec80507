"""No-shows and sanctions, said slowly."""

from collections.abc import Iterator

from tests.oracle.judging import deadline, event, holds, stock
from tests.oracle.seen import AP, Row, Seen, any_of, days, end_of_month, plus_months


def undocumented(seen: Seen) -> Iterator[Row]:
    """Case with a no-show from an offer in the 12 months: one of them without a documented cause."""
    for case, missed in _missed_offers(seen):
        yield stock(seen, case, holds(_is_undocumented(missed), "unmet"))


def sanctioned_of_undocumented(seen: Seen) -> Iterator[Row]:
    """Case with an undocumented no-show from an offer: one of its no-shows was sanctioned."""
    for case, missed in _missed_offers(seen):
        if _is_undocumented(missed):
            yield stock(seen, case, holds(any_of(_was_sanctioned(m) for m in missed), "unmet"))


def sanctioned_of_all(seen: Seen) -> Iterator[Row]:
    """Case with a no-show from an offer in the 12 months: one of its no-shows was sanctioned."""
    for case, missed in _missed_offers(seen):
        yield stock(seen, case, holds(any_of(_was_sanctioned(m) for m in missed), "unmet"))


def _missed_offers(seen: Seen) -> Iterator[tuple[Row, list[Row]]]:
    for case in seen.cases:
        missed = [n for n in seen.rows("no_shows", case, missed="tilbud") if seen.in_year(n["missed_on"])]
        if missed:
            yield case, missed


def _is_undocumented(missed: list[Row]) -> bool:
    return any(no_show["cause_documented"] is not True for no_show in missed)


def _was_sanctioned(no_show: Row) -> bool | None:
    """Not known when a decision says nothing of the sanction, or a sanction nothing of the decision's day."""
    if no_show["decided_on"] is None:
        return False if no_show["sanction"] in (None, "ingen") else None
    return None if no_show["sanction"] is None else no_show["sanction"] != "ingen"


def decided(seen: Seen) -> Iterator[Row]:
    """No-show without a reasonable cause: a decision is made <= 14 days after, be it for no sanction."""
    for case in seen.cases:
        for no_show in seen.rows("no_shows", case):
            if no_show["reasonable_cause"] is not True:
                missed, done = no_show["missed_on"], no_show["decided_on"]
                known = done is not None or no_show["sanction"] is None
                yield deadline(seen, no_show["no_show_id"], case, missed, missed + days(14), done, known=known)


def heard(seen: Seen) -> Iterator[Row]:
    """Decided no-show with a sanction: the youth was heard on or before the day of the decision."""
    for case, no_show in _sanctions(seen):
        on = no_show["decided_on"]
        yield event(seen, no_show["no_show_id"], case, on, _before_decision(no_show, "heard_on"))


def ap_contacted(seen: Seen) -> Iterator[Row]:
    """Sanction of a youth in AP: personal contact on or before the day of the decision."""
    for case, no_show in _sanctions(seen):
        on = no_show["decided_on"]
        if seen.category_on(case, on) == AP:
            yield event(seen, no_show["no_show_id"], case, on, _before_decision(no_show, "contacted_on"))


def effectuated(seen: Seen) -> Iterator[Row]:
    """Sanction: effectuated by the end of the third calendar month after the no-show."""
    for case, no_show in _sanctions(seen):
        missed, known = no_show["missed_on"], no_show["sanction"] is not None
        due = end_of_month(plus_months(missed, 3))
        yield deadline(seen, no_show["no_show_id"], case, missed, due, no_show["effectuated_on"], known=known)


def _sanctions(seen: Seen) -> Iterator[tuple[Row, Row]]:
    """Decided no-shows with a sanction, and those where the decision says nothing of the sanction."""
    for case in seen.cases:
        for no_show in seen.rows("no_shows", case):
            if no_show["decided_on"] is not None and no_show["sanction"] != "ingen":
                yield case, no_show


def _before_decision(no_show: Row, column: str) -> str:
    if no_show["sanction"] is None:
        return "unknown"
    return holds(no_show[column] is not None and no_show[column] <= no_show["decided_on"])


EVENTS = (decided, heard, ap_contacted, effectuated)
STOCKS = (undocumented, sanctioned_of_undocumented, sanctioned_of_all)

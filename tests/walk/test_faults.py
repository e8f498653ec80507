"""The walk sees what it is there to see: with one protection undone, the test that guards it fails, and says so."""

from collections.abc import Callable

import pytest

from tests.walk import planted, test_tampered, test_walk
from tests.walk.conftest import Place
from tests.walk.serving import Server, serving
from tests.walk.town import Town
from tests.walk.walking import Walked, every_way_out, walk

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

Check = Callable[[Server, Place], None]


def leaks(who: str, page: str, query: Callable[[Town], str] = lambda _: "", after: str = "") -> Check:
    """The walk of one identity to one page; another may have been there just before."""

    def check(server: Server, place: Place) -> None:
        if after:
            walk(server, place.town, after, [page])
        walked = Walked(who, place.town)
        with server.visitor(place.town.identities[who]) as visitor:
            for answer in every_way_out(visitor, walked, page, query(place.town)):
                walked.take(visitor.at, answer)
        assert walked.leaks() == [], "\n".join(walked.leaks())

    return check


def tampered(who: str, many: int) -> Check:
    """Some tampered addresses to one identity."""
    return lambda server, place: test_tampered.try_addresses(server, place, who, many)


def of_the_walk(test: Callable[..., None], *given: str) -> Check:
    """One of the walk's own tests."""
    return lambda server, place: test(server, place, *given)


FAULTS: dict[str, tuple[Check, str]] = {
    "everything_within": (leaks("head", "afvigelser"), "head saw case of vest on /afvigelser"),
    "guard_lets_all_in": (leaks("steering", "adgang"), "steering saw grant of nobody on /adgang"),
    "looks_are_not_logged": (of_the_walk(test_walk.test_each_look_leaves_exactly_its_entries), "not enough values"),
    "files_are_not_logged": (of_the_walk(test_walk.test_each_look_leaves_exactly_its_entries), "not enough values"),
    "looks_go_on_without_the_log": (
        of_the_walk(test_walk.test_what_cannot_be_logged_is_not_shown, "head", "afvigelser", ""),
        "kqcase",
    ),
    "logged_at_every_run": (of_the_walk(test_walk.test_each_look_leaves_exactly_its_entries), "list_cases"),
    "cache_without_scope": (leaks("head", "uddannelsespaalaeg", after="coordinator"), "head saw base of vest"),
    "case_without_scope": (
        leaks("head", "sag", lambda town: f"sag={town.case('vest/case')}"),
        "head saw institution of vest on /sag",
    ),
    "protected_is_open": (of_the_walk(test_walk.test_each_look_leaves_exactly_its_entries), "look_case"),
    "moved_keep_their_number": (leaks("head", "afvigelser"), "head saw movedprotected of syd"),
    "every_center_in_the_filters": (leaks("head", "afvigelser"), "head saw center of vest"),
    "roles_read_once": (
        of_the_walk(test_walk.test_who_is_revoked_gets_nothing_at_the_next_click, "head", "unfold"),
        "center",
    ),
    "any_cookie": (leaks("forged", "afvigelser"), "forged saw center of vest"),
    "sign_ins_never_end": (leaks("expired", "afvigelser"), "expired saw center of vest"),
    "missing_is_told_apart": (
        of_the_walk(test_walk.test_not_yours_and_not_there_look_the_same, "head"),
        "andet center",
    ),
    "addresses_must_be_plain": (tampered("head", 25), "head: failed"),
    "files_are_anybodys": (of_the_walk(test_walk.test_somebody_elses_file_is_not_there, "nobody"), "200"),
    "files_ask_nobody_anew": (
        of_the_walk(test_walk.test_who_is_revoked_gets_nothing_at_the_next_click, "head", "download"),
        "media",
    ),
    "published_numbers_are_not_hidden": (
        of_the_walk(test_walk.test_only_published_numbers_stand_on_the_page_of_what_is_published, "steering", 6),
        r"\(3, 1",
    ),
}
"""Fault -> the check that must find it, and what it must say."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(place: Place, fault: str) -> None:
    check, says = FAULTS[fault]
    with serving(place.url, place.folder, fault) as faulty, pytest.raises((AssertionError, ValueError), match=says):
        check(faulty, place)


def test_every_fault_that_can_be_planted_is() -> None:
    assert set(FAULTS) == set(planted.FAULTS)

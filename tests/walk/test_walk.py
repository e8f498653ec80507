"""Every page, every role and nobody, every way out: what the policy lets out comes over the wire, and no more."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from urllib.parse import quote_plus

import pytest

from data_access import sign_ins
from data_access.tables import PERMISSIONS
from tests.walk.client import Answer, Identity
from tests.walk.conftest import Place
from tests.walk.serving import Server, serving
from tests.walk.town import CENTERS_OF, LEFT_OUT, LET_IN, NAMES, ROLES, Town, signed_in
from tests.walk.walking import (
    Walked,
    broken_log,
    entries,
    every_way_out,
    give_reason,
    logged,
    may_see,
    statement,
    table,
    walk,
)
from ui.navigation import PLACES

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PAGES = tuple(place.url for place in PLACES)
EVERYBODY = (*LET_IN, *LEFT_OUT)
OWNERS, PAIRS = ("head", "head of two"), 200


@pytest.fixture(scope="module")
def walks(server: Server, place: Place) -> dict[str, Walked]:
    """Identity -> what it was given on its walk through all pages, and what was written in the server's log."""
    return {who: walk(server, place.town, who, PAGES) for who in EVERYBODY}


# --- what gets out ------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", EVERYBODY)
def test_nothing_gets_out_that_the_policy_does_not_let_out(walks: dict[str, Walked], who: str) -> None:
    assert walks[who].leaks() == [], "\n".join(walks[who].leaks())


@pytest.mark.parametrize("who", LET_IN)
def test_what_is_ones_own_is_shown(walks: dict[str, Walked], who: str) -> None:
    assert walks[who].missed() == []


@pytest.mark.parametrize("who", EVERYBODY)
def test_no_page_fails_and_the_servers_log_holds_nothing(walks: dict[str, Walked], who: str) -> None:
    assert walks[who].failed == []
    assert walks[who].written() == []


@pytest.mark.parametrize("who", LET_IN)
def test_each_case_that_was_sent_is_in_the_log(walks: dict[str, Walked], place: Place, who: str) -> None:
    user = place.town.user_of(place.town.identities[who])
    assert sorted(walks[who].cases() - logged(place.engine, user)) == []


@pytest.mark.parametrize("who", LET_IN)
def test_the_menu_holds_ones_own_pages(server: Server, place: Place, who: str) -> None:
    mine = set().union(*(PERMISSIONS[role] for role, _ in ROLES[who]))
    own = {page.url for page in PLACES if page.listed and (not page.permissions or mine & {*page.permissions})}
    with server.visitor(place.town.identities[who]) as visitor:
        assert set(visitor.open("om-tallene").menu) == own


def test_no_page_gives_a_table_that_can_be_edited_or_a_part_that_runs_alone(walks: dict[str, Walked]) -> None:
    """Both can be asked past the guard: what needs one gets a walk of its own first."""
    assert {who: walked.loose for who, walked in walks.items() if walked.loose} == {}


# --- not yours, or not there --------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["head", "head of two"])
def test_not_yours_and_not_there_look_the_same(server: Server, place: Place, who: str) -> None:
    """Each in a session of its own, so that the one cannot be told by what the other left behind."""
    town = place.town
    foreign = [
        case
        for which, cases in town.cases.items()
        for case in cases[:1]
        if not CENTERS_OF[who] & town.marks[case.lower()].centers
    ]
    assert len(foreign) > 5
    nobodys = "Kqcase99999q"
    with server.visitor(town.identities[who]) as visitor:
        missing = _said(visitor.open("sag", f"sag={nobodys}"), nobodys)
    assert "findes ikke, eller du har ikke adgang" in missing
    for case in foreign:
        with server.visitor(town.identities[who]) as visitor:
            assert _said(visitor.open("sag", f"sag={case}"), case) == missing


@pytest.mark.parametrize(("who", "page"), [("steering", "afvigelser"), ("administrator", "sag"), ("head", "loggen")])
def test_a_page_that_is_not_yours_says_the_same_whatever_is_asked_of_it(
    server: Server, place: Place, who: str, page: str
) -> None:
    case = place.town.case("nord/case")
    with server.visitor(place.town.identities[who]) as visitor:
        bare = visitor.open(page).page
        assert "findes ikke, eller du har ikke adgang" in bare
        assert visitor.open(page, f"sag={case}&regel=first_interview").page == bare


def _said(answer: Answer, case: str) -> str:
    """All that was drawn, with the number that was asked for taken out."""
    return answer.page.replace(case, "…").replace(case.lower(), "…")


# --- a cold server ------------------------------------------------------------------------------------

COLD = [(page, "nobody") for page in PAGES]
COLD += [(page, ("head", "steering")[place % 2]) for place, page in enumerate(PAGES)]
COLD += [(page, who) for page in ("afvigelser", "sag") for who in ("head", "steering") if (page, who) not in COLD]
"""What the first request to a server asks for, and who asks."""


def test_the_first_request_to_a_cold_server_gives_no_more(place: Place) -> None:
    with ThreadPoolExecutor(2) as two:
        assert [line for lines in two.map(lambda asked: _cold(place, *asked), COLD) for line in lines] == []


def _cold(place: Place, page: str, who: str) -> Iterator[str]:
    query = f"sag={place.town.case('syd/case')}" if page == "sag" else ""
    walked = Walked(who, place.town)
    with serving(place.url, place.folder) as cold, cold.visitor(place.town.identities[who]) as visitor:
        answer = visitor.open(page, query)
        walked.take(visitor.at, answer)
        walked.log = cold.said()
    return [*walked.leaks(), *(f"failed: {who} {page}" for _ in walked.failed), *walked.written()]


# --- the log ------------------------------------------------------------------------------------------


def test_each_look_leaves_exactly_its_entries(server: Server, place: Place) -> None:
    town = place.town
    anna = signed_in(town, "head", {"roles": town.identities["head"].claims["roles"]})  # type: ignore[index]
    user = town.user_of(anna)
    own, protected = town.case("nord/case"), town.case("nord/protected")
    foreign = town.case("vest/case")

    counted = 0

    def new() -> list[tuple[str, int, frozenset[str]]]:
        nonlocal counted
        found = entries(place.engine, user)[counted:]
        counted += len(found)
        return found

    with server.visitor(anna) as visitor:
        asked = visitor.open("afvigelser")
        assert new() == [("sign_in", 0, frozenset())]
        listed = give_reason(visitor, asked, town, "head")
        assert listed is not None
        shown = _cases(listed, town)
        [(action, rows, cases)] = new()
        assert (action, {case.lower() for case in cases}) == ("list_cases", shown)
        assert rows >= len(cases) > 5
        for button in listed.all("download_button"):
            _, file = visitor.download(button)
            assert _cases(file, town) == shown
            [(action, taken, about)] = new()
            assert (action, about) == ("export", cases)
            assert taken >= rows  # also those that stand without a number
        visitor.again()
        visitor.open("afvigelser")
        visitor.pick_row(listed.all("dataframe")[0], 2)
        assert new() == []
        visitor.open("afvigelser", "regel=first_interview")
        [(action, rows, cases)] = new()
        assert action == "list_cases"
        visitor.open("sag", f"sag={own}")
        visitor.again()
        assert new() == [("look_case", 1, frozenset({own}))]
        closed = visitor.open("sag", f"sag={protected}")
        assert new() == []
        assert may_see("head", "sag", town.marks[protected.lower()])
        assert "institution" not in {what.kind for what in town.found(closed.everything).values()}
        give_reason(visitor, closed, town, "head")
        visitor.again()
        assert new() == [("open_protected", 1, frozenset({protected}))]
        visitor.open("sag", f"sag={foreign}")
        visitor.again()
        assert new() == [("refused", 0, frozenset({foreign}))]
        visitor.open("loggen")
        visitor.again()
        assert new() == [("refused", 0, frozenset())]


def _cases(answer: Answer, town: Town) -> set[str]:
    walked = Walked("head", town)
    walked.take("", answer)
    return walked.cases()


@pytest.mark.parametrize("who", ["head", "coordinator"])
@pytest.mark.parametrize(
    ("page", "query"), [("afvigelser", ""), ("sag", "sag={case}"), ("screening", ""), ("visitation", "")]
)
def test_what_cannot_be_logged_is_not_shown(server: Server, place: Place, who: str, page: str, query: str) -> None:
    """Why is said first, on a list that is logged; then the log stops."""
    town, walked = place.town, Walked(who, place.town)
    anew = signed_in(town, who, {"roles": town.identities[who].claims["roles"]})  # type: ignore[index]
    with server.visitor(anew) as visitor:
        give_reason(visitor, visitor.open("afvigelser", "udfald=late"), town, who)
        visitor.open()
        with broken_log(place.engine):
            for answer in every_way_out(visitor, walked, page, query.format(case=town.case("nord/case", 1))):
                walked.take(page, answer)
    asked_for = {town.case("nord/case", 1).lower()}
    assert sorted(walked.cases() - asked_for - logged(place.engine, town.user_of(anew))) == []
    assert "institution" not in {what.kind for what in walked.seen[page].values()}
    assert not any(walked.files)


# --- revoked ------------------------------------------------------------------------------------------

REVOKED = """
how      | table    | set                                                   | back
grant    | grants   | revoked_at = '2026-11-22 08:00:00', revoked_by = 'x'  | revoked_at = NULL, revoked_by = NULL
blocked  | grants   | role = 'blocked', center = NULL                       | role = 'head', center = '{center}'
no more  | grants   | value = upper(value)                                  | value = '{value}'
ended    | sign_ins | ended_at = seen_at                                    | ended_at = NULL
idle     | sign_ins | seen_at = datetime(seen_at, '-31 minutes')            | seen_at = datetime('now')
too long | sign_ins | began_at = datetime(began_at, '-9 hours')             | began_at = datetime(seen_at)
"""
"""Ways to lose access while a tab is open, and how they are undone."""


@contextmanager
def revoked(place: Place, who: Identity, how: str = "grant") -> Iterator[None]:
    """Without access, until it is left."""
    assert who.claims is not None
    way = next(row for row in table(REVOKED) if row["how"] == how)
    where = (
        f"value LIKE '{who.claims['roles'][0]}%'"
        if way["table"] == "grants"
        else f"id = '{sign_ins.key_of({'is_logged_in': True, **who.claims})}'"
    )
    back = way["back"].format(center=place.town.centers[0], value=who.claims["roles"][0])
    update = "UPDATE {} SET {} WHERE {}"
    with statement(
        place.engine, update.format(way["table"], way["set"], where), update.format(way["table"], back, where)
    ):
        yield


@pytest.mark.parametrize("who", ["head", "coordinator"])
@pytest.mark.parametrize("way", ["again", "unfold", "row", "filter", "hash", "download"])
def test_who_is_revoked_gets_nothing_at_the_next_click(server: Server, place: Place, who: str, way: str) -> None:
    town, page = place.town, "screening" if way in ("unfold", "filter") else "afvigelser"
    with server.visitor(town.identities[who]) as visitor:
        before = visitor.open(page)
        before = give_reason(visitor, before, town, who) or before
        with revoked(place, town.identities[who]):
            if way == "download":
                assert before.all("download_button"), "Afvigelser has nothing to take out"
                for button in before.all("download_button"):
                    assert visitor.download(button)[0] == ""
                answer = visitor.again()
            elif way == "unfold":
                for box in before.all("expandable"):
                    visitor.put(box, True)
                answer = visitor.again()
            elif way == "row":
                answer = visitor.pick_row(before.all("dataframe")[0], 1)
            elif way == "filter":
                answer = visitor.put(before.find("selectbox", begins="periode"), "Sidste år").again()
            elif way == "hash":
                answer = visitor.open(hash=before.pages[page])
            else:
                answer = visitor.again()
        assert {what.kind for what in town.found(answer.everything).values()} <= {"user"}
        again = visitor.open(page)  # given back: there was something to lose
        assert {what.kind for what in town.found(again.everything).values()} > {"user"}


@pytest.mark.parametrize("how", [row["how"] for row in table(REVOKED)])
def test_every_way_to_lose_access_counts_at_the_next_click(server: Server, place: Place, how: str) -> None:
    town, who = place.town, place.town.identities["head"]
    with server.visitor(who) as visitor:
        before = visitor.open("afvigelser")
        before = give_reason(visitor, before, town, "head") or before
        with revoked(place, who, how):
            answers = [visitor.pick_row(before.all("dataframe")[0], 1), visitor.again(), visitor.open("sag")]
        for answer in answers:
            assert {what.kind for what in town.found(answer.everything).values()} <= {"user"}
        assert {what.kind for what in town.found(visitor.open("afvigelser").everything).values()} > {"user"}


def test_who_gets_another_centre_sees_nothing_more_of_the_old_one(server: Server, place: Place) -> None:
    """In an open tab that remembers a filter, a reason and a row of the old one."""
    town, who = place.town, place.town.identities["head"]
    old, other = town.centers[0], town.centers[3]
    move = "UPDATE grants SET center = '{}' WHERE value = '{}'"
    value = who.claims["roles"][0]  # type: ignore[index]
    with server.visitor(who) as visitor:
        before = visitor.open("afvigelser", f"center={quote_plus(old)}")
        before = give_reason(visitor, before, town, "head") or before
        visitor.pick_row(before.all("dataframe")[0], 1)
        with statement(place.engine, move.format(other, value), move.format(old, value)):
            after = visitor.again()
            asked = give_reason(visitor, after, town, "head")
            assert asked is not None  # the reason was given for others' eyes
            shown = Walked("head", town)
            for answer in (after, asked):
                shown.take("afvigelser", answer)
    seen = [what for what in shown.seen["afvigelser"].values() if what.kind not in ("user", "note")]
    assert seen
    assert [what for what in seen if "vest" not in what.centers] == []


# --- other people's sessions and files ----------------------------------------------------------------


@pytest.mark.parametrize("thief", ["nobody", "forged", "steering", "head of two"])
def test_somebody_elses_session_gives_nothing(server: Server, place: Place, thief: str) -> None:
    town = place.town
    with server.visitor(town.identities["head"]) as owner:
        answer = owner.open("afvigelser")
        answer = give_reason(owner, answer, town, "head") or answer
        assert _cases(answer, town)
        with server.visitor(town.identities[thief], session=owner.session) as visitor:
            walked = Walked(thief, town)
            walked.take("afvigelser", visitor.open("afvigelser"))
            walked.take("afvigelser", visitor.again())
    assert walked.leaks() == []


@pytest.mark.parametrize("thief", ["nobody", "forged", "steering", "head of two", "coordinator"])
def test_somebody_elses_file_is_not_there(server: Server, place: Place, thief: str) -> None:
    """Neither the file that was made, nor the one that waits to be made."""
    town = place.town
    with server.visitor(town.identities["head"]) as owner, server.visitor(town.identities[thief]) as visitor:
        answer = owner.open("afvigelser")
        answer = give_reason(owner, answer, town, "head") or answer
        visitor.open()
        buttons = answer.all("download_button")
        assert buttons, "Afvigelser has nothing to take out"
        for button in buttons:
            url, file = owner.download(button)
            assert {"nord"} <= set().union(*(what.centers for what in town.found(file.everything).values()))
            assert visitor.fetch(url)[0] == 404
            stolen, file = visitor.download(button)
            walked = Walked(thief, town)
            walked.take("afvigelser", file)
            assert walked.leaks() == [], stolen


def test_of_two_hundred_that_are_fetched_at_once_none_is_somebody_elses(server: Server, place: Place) -> None:
    """The same list under the same name, by two who see other centres in it, two hundred times each."""
    town, together = place.town, Barrier(2, timeout=60)

    def fetch(who: str) -> list[set[str]]:
        with server.visitor(town.identities[who]) as owner:
            answer = owner.open("afvigelser")
            answer = give_reason(owner, answer, town, who) or answer
            [button] = [one for one in answer.all("download_button") if one.id.endswith("csv")]
            files = []
            for _ in range(PAIRS):
                together.wait()
                files.append(town.found(owner.download(button)[1].text))
        return [set().union(*(one.centers for one in file.values() if one.kind == "case")) for file in files]

    with ThreadPoolExecutor(2) as both:
        fetched = dict(zip(OWNERS, both.map(fetch, OWNERS), strict=True))
    assert {who: {frozenset(one) for one in files} for who, files in fetched.items()} == {
        who: {CENTERS_OF[who]} for who in OWNERS
    }


# --- what is published --------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "least"), [("steering", 6), ("head", 1), ("coordinator", 6)])
def test_only_published_numbers_stand_on_the_page_of_what_is_published(
    server: Server, place: Place, who: str, least: int
) -> None:
    visible = {(met, base) for met, base, hidden in place.town.published if not hidden}
    hidden = sum(hidden for _, _, hidden in place.town.published)
    assert hidden >= 5, "nothing was hidden: the test could not fail"
    with server.visitor(place.town.identities[who]) as visitor:
        answer = visitor.open("maanedens-tal")
        files = [visitor.download(button)[1].text for button in answer.all("download_button")]
    shown = {(int(met), int(base)) for met, base in re.findall(r"(\d+)\saf\s(\d+)\b(?!\.)", answer.text)}
    assert len(shown) >= least, answer.text[-1000:]
    assert shown <= visible
    csv, workbook, *_ = files
    assert csv.count("skjult") >= hidden
    assert "skjult" in workbook


assert set(NAMES) == set().union(*CENTERS_OF.values())

"""Two thousand addresses that somebody has tampered with, over all roles: none gives what is not theirs, none fails.

They are made from a fixed seed, so that the same ones come every time.
"""

import json
import random
from collections.abc import Iterator
from itertools import islice
from urllib.parse import parse_qs, quote_plus, unquote_plus
from urllib.request import urlopen

import pytest

from data_access.tables import PERMISSIONS
from metrics.measures import MEASURES
from tests.walk.client import Answer, Visitor
from tests.walk.conftest import Place
from tests.walk.serving import Server
from tests.walk.town import CENTERS_OF, NAMES, Town
from tests.walk.walking import Walked, give_reason, table
from ui.navigation import PLACES

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SEED = 20261122
MANY = 2000
WHO = {"head": 4, "head of two": 2, "coordinator": 1, "steering": 4, "administrator": 4, "protection": 3, "nobody": 2}
"""Identity -> its share of the addresses."""

KEYS = [
    "sag",
    "center",
    "periode",
    "fra_til",
    "kategori",
    "alder",
    "regel",
    "udfald",
    "brud",
    "sagsstatus",
    "haandtering",
    "siden",
    "inden",
    "frist",
    "team",
    "tid",
    "rolle",
    "maaned",
    "tema",
    "soeg",
    "bruger",
    "handling",
    "scope",
    "user",
    "role",
    "id",
    "page_script_hash",
    "embed",
    "embed_options",
    "st_",
    "__proto__",
    "_stcore",
]
NASTY = (
    "' OR 1=1 --",
    "'; DROP TABLE access_log; --",
    '" UNION SELECT case_id FROM cases --',
    "%' OR case_id LIKE '%",
    "../../../../etc/passwd",
    "..\\..\\secrets.toml",
    "file:///etc/passwd",
    "/media/../.streamlit/secrets.toml",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![](http://127.0.0.1:9/)",
    "{{7*7}} ${7*7} %s %n {0.__class__}",
    "=HYPERLINK(A1)",
    "javascript:alert(1)",
    "\0",
    "a\r\nSet-Cookie: x=y",
    "\N{RIGHT-TO-LEFT OVERRIDE}gas",
    "æøåÆØÅ\N{COMBINING RING ABOVE}",
    "\N{GRINNING FACE}" * 50,
    "\ud800",
    "None",
    "null",
    "true",
    "NaN",
    "-1",
    "0",
    "9" * 400,
    "1e999",
    " ",
    "",
    "*",
    "%",
    "_",
    "[]",
    '{"a": [1, 2]}',
)
DATES = [
    "0001-01-01",
    "1900-02-29",
    "2026-02-30",
    "9999-12-31",
    "10000-01-01",
    "22-11-2026",
    "2026-11-23",
    "2031-01-01",
    "i%20dag",
    "0",
    "2009-12-31",
]


def addresses(town: Town, pages: tuple[str, ...], who: str) -> Iterator[tuple[str, str]]:
    """(page, query string) without end: each key with whatever may be asked of it, alone, repeated and together."""
    chance = random.Random(f"{SEED} {who}")
    cases = [case for numbers in town.cases.values() for case in numbers]
    roles = [*PERMISSIONS, "Ungekoordinator", "Styregruppe", "Administrator", *(f"Afdelingsleder, {c}" for c in NAMES)]
    measures = [measure.key for measure in MEASURES]
    likely = {
        "sag": cases,
        "center": [*town.centers, "Alle centre", "Mine centre"],
        "regel": measures,
        "udfald": ["overdue", "late", "missing", "met", "unknown"],
        "rolle": roles,
        "fra_til": DATES,
        "periode": ["Vælg selv", "Sidste år", "I år", "I morgen"],
        "maaned": ["2026-10", "2026-10-01", "2025-01", "2026-13", "9999-12", *DATES],
        "sagsstatus": ["open", "closed"],
        "tid": ["alle"],
        "alder": ["18-24 år", "0-200"],
        "kategori": ["Aktivitetsparat", "Uden kategori"],
    }

    def value(key: str) -> str:
        source = chance.choice((likely.get(key, NASTY), likely.get(key, NASTY), NASTY, cases, town.centers, roles))
        made = chance.choice(source)
        return made + chance.choice(NASTY) if chance.random() < 0.1 else made

    while True:
        keys = [chance.choice(KEYS) for _ in range(chance.choice((1, 1, 2, 3, 6)))]
        if chance.random() < 0.2:
            keys += [keys[0]] * chance.choice((1, 2, 30))
        pairs = [f"{quote_plus(key, errors='replace')}={quote_plus(value(key), errors='replace')}" for key in keys]
        if chance.random() < 0.05:
            pairs.append(chance.choice(("%", "%ZZ", "=", "&&&", "a=b=c", "?sag=x", "%00", "#", ";", "%ff%fe", "+")))
        page = chance.choice(pages)
        if chance.random() < 0.05:
            page = chance.choice(("pages/cases/case.py", "Sag", "sag/", "SAG", "../sag", "app", "%73ag", "_stcore"))
        yield page, "&".join(pairs)


def huge(town: Town) -> Iterator[tuple[str, str]]:
    """Query strings of a megabyte."""
    case = town.case("vest/case")
    yield "sag", "sag=" + "A" * 1_000_000
    yield "afvigelser", "regel=" + "%00" * 333_333
    yield "afvigelser", "&".join([f"regel={case}"] * 40_000)
    yield "", "&".join(f"k{i}={i}" for i in range(80_000))


@pytest.mark.parametrize("who", WHO)
def test_no_address_gives_what_is_not_yours_or_fails(server: Server, place: Place, who: str) -> None:
    try_addresses(server, place, who, MANY * WHO[who] // sum(WHO.values()))


def try_addresses(server: Server, place: Place, who: str, many: int) -> None:
    """Ask for so many addresses in one session, and see what comes and what is written."""
    town, pages = place.town, tuple(each.url for each in PLACES)
    before, found, searched, walked = server.said(), [], "", Walked(who, town)
    with server.visitor(town.identities[who]) as visitor:
        give_reason(visitor, visitor.open("afvigelser"), town, who)
        for page, query in islice(addresses(town, pages, who), many):
            walked.seen.clear()
            answer = visitor.open(page, query)
            walked.take(visitor.at, answer)
            # what one writes oneself comes back to oneself, a search also later: only more than that is told
            searched = " ".join([searched, *parse_qs(query).get("soeg", [])])
            asked = town.found(f"{unquote_plus(query)} {searched}")
            found += [line for line in walked.leaks() if line.rsplit(": ")[-1] not in asked]
            found += [f"{who}: failed: {page}?{query[:200]}" for _ in walked.failed]
            walked.failed.clear()
    walked.log = server.said().removeprefix(before)
    found += [f"{who}: in the log: {line}" for line in walked.written()]
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("who", ["head", "steering", "nobody"])
def test_an_address_of_a_megabyte_does_no_harm(server: Server, place: Place, who: str) -> None:
    town, walked = place.town, Walked(who, place.town)
    with server.visitor(town.identities[who]) as visitor:
        for page, query in huge(town):
            answer = visitor.open(page, query)
            answer.raw = [raw for raw in answer.raw if len(raw) < 500_000]  # the address itself, given back
            walked.take(visitor.at, answer)
    own = {town.case("vest/case").lower()}
    assert [line for line in walked.leaks() if line.split(": ")[-1] not in own] == []
    assert walked.failed == []
    assert urlopen(f"{server.address}/_stcore/health", timeout=5).status == 200


FORGED = """
page       | kind       | begins     | value
afvigelser | selectbox  | center     | {center}
afvigelser | selectbox  | periode    | ' OR 1=1 --
afvigelser | selectbox  | kategori   | {case}
afvigelser | selectbox  | formaal    | Snageri
screening  | selectbox  | center     | {center}
visitation | selectbox  | alder      | 0-200
afvigelser | text_input | formaal    | {case}
"""
"""Fields filled in with what they do not offer."""


@pytest.mark.parametrize("row", table(FORGED), ids=lambda row: f"{row['page']}-{row['begins']}")
def test_a_field_takes_nothing_that_it_does_not_offer(server: Server, place: Place, row: dict[str, str]) -> None:
    town, walked = place.town, Walked("head", place.town)
    value = row["value"].format(center=town.centers[3], case=town.case("vest/case"))
    with server.visitor(town.identities["head"]) as visitor:
        answer = visitor.open(row["page"])
        if (field := answer.find(row["kind"], begins=row["begins"])) is None:
            answer = visitor.open(row["page"], "udfald=late")
            field = answer.find(row["kind"], begins=row["begins"])
        walked.take(row["page"], visitor.put(field, value).again())
        walked.take(row["page"], visitor.again())
    asked = town.found(value)
    assert [line for line in walked.leaks() if line.rsplit(": ")[-1] not in asked] == []
    assert walked.failed == []


@pytest.mark.parametrize("rows", [[10**6], [-1], [0, 1, 2], ["x"], [None], {}])
def test_a_row_that_is_not_there_cannot_be_picked(server: Server, place: Place, rows: object) -> None:
    town, walked = place.town, Walked("head", place.town)
    with server.visitor(town.identities["head"]) as visitor:
        answer = visitor.open("afvigelser")
        answer = give_reason(visitor, answer, town, "head") or answer
        picked = json.dumps({"selection": {"rows": rows, "columns": [], "cells": []}})
        walked.take("afvigelser", visitor.put(answer.all("dataframe")[0], picked).again())
    assert walked.leaks() == []
    assert walked.failed == []


OWNERS = {"maal": "administrator", "adgang": "administrator", "maanedens-tal": "coordinator", "loggen": "protection"}
"""Page -> somebody who may press its buttons."""


@pytest.mark.parametrize("who", ["head", "steering", "protection", "nobody", "forged", "ungranted"])
def test_somebody_elses_buttons_do_nothing(server: Server, place: Place, who: str) -> None:
    """The ids of fields and buttons are the same for all: what an administrator can press, others can send."""
    town = place.town
    sent = Walked(who, town)
    counts = "SELECT (SELECT count(*) FROM grants), (SELECT count(*) FROM targets), (SELECT count(*) FROM events \
        WHERE withdrawn_at IS NULL), (SELECT count(*) FROM grants WHERE revoked_at IS NULL), \
        (SELECT count(*) FROM publications)"
    with place.engine.connect() as connection:
        before = connection.exec_driver_sql(counts).one()
    for page, whose in OWNERS.items():
        if whose == who:
            continue
        with server.visitor(town.identities[whose]) as owner, server.visitor(town.identities[who]) as visitor:
            shown = owner.open(page)
            visitor.open(page)
            for button in (one for one in shown.all("button") if one.label != "Log ud"):
                for field in shown.all("selectbox"):
                    visitor.put(field, field.options[0] if field.options else "")
                for field in shown.all("text_input") + shown.all("text_area"):
                    visitor.put(field, "roles")
                sent.take(page, visitor.press(button))
            sent.take(page, visitor.open(hash=shown.pages[page]))
    with place.engine.connect() as connection:
        assert connection.exec_driver_sql(counts).one() == before
    assert sent.leaks() == []
    assert sent.failed == []


def opened(visitor: Visitor, town: Town, who: str, row: int) -> Answer:
    """The list with one row picked and its handling chosen, and so the form with its button."""
    answer = visitor.open("afvigelser")
    answer = give_reason(visitor, answer, town, who) or answer
    answer = visitor.pick_row(answer.all("dataframe")[0], row)
    return visitor.put(answer.find("selectbox", begins="haandter_"), "Accepteret").again()


def handled(place: Place) -> list[tuple[str, str]]:
    """(user, case) of everything that was said of a deviation."""
    with place.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT saved_by, case_id FROM handlings ORDER BY id")]


@pytest.mark.parametrize("who", ["head", "steering", "administrator", "nobody"])
def test_nobody_handles_another_centre_s_case_whatever_they_send(server: Server, place: Place, who: str) -> None:
    """The ids of a form's fields are the same for all who pick the same rows: what one may send, others can."""
    town, sent = place.town, Walked(who, place.town)
    before = handled(place)
    with (
        server.visitor(town.identities["coordinator"]) as owner,
        server.visitor(town.identities[who]) as visitor,
    ):
        shown = opened(owner, town, "coordinator", 1)
        button = next(one for one in shown.all("button") if one.label == "Gem")
        answer = visitor.open("afvigelser")
        give_reason(visitor, answer, town, who)
        visitor.put(shown.find("selectbox", begins="haandter_"), "Accepteret")
        for table in (one for one in shown.all("dataframe") if one.id):
            visitor.put(table, json.dumps({"selection": {"rows": [1], "columns": [], "cells": []}}))
        sent.take("afvigelser", visitor.press(button))
        sent.take("afvigelser", visitor.open(hash=shown.pages.get("afvigelser", "")))
    assert handled(place) == before
    assert sent.leaks() == []
    assert sent.failed == []


def test_a_head_handles_own_cases(server: Server, place: Place) -> None:
    """The test above can fail: the same, with one's own form, is saved."""
    town = place.town
    with server.visitor(town.identities["head"]) as visitor:
        answer = opened(visitor, town, "head", 0)
        said = visitor.press(next(one for one in answer.all("button") if one.label == "Gem"))
    assert "Gemt " in said.text
    user, case = handled(place)[-1]
    assert user == town.user_of(town.identities["head"])
    assert CENTERS_OF["head"] & town.marks[case.lower()].centers
    with place.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM handlings")


@pytest.mark.parametrize("page", [place.url for place in PLACES])
def test_the_page_that_a_browser_loads_first_says_nothing(server: Server, place: Place, page: str) -> None:
    """Before the conversation there is only an empty shell, the same for all."""
    with urlopen(f"{server.address}/{page}?sag={place.town.case('nord/case')}", timeout=10) as shell:
        assert place.town.found(shell.read().decode()) == {}


assert set(CENTERS_OF) > set(WHO)

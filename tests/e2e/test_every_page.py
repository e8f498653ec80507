"""Every page, opened once in a real browser: Danish, for everybody to use, and nothing asked of or told to others."""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, WebSocket, expect

from data_access import tables
from data_access.database import connect
from tests import town
from tests.commanding import pointed_at, told
from tests.e2e.axe import in_every_width
from tests.e2e.conftest import Visit, opened, pick_first_row, serving
from ui.access import demo_roles
from ui.navigation import PLACES, Place

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

CENTER = "Center Børn og Unge"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the town's delivery and database lie."""
    return tmp_path_factory.mktemp("every_page")


@pytest.fixture(scope="module")
def url(sqlite_template: Path, folder: Path) -> str:
    """A small demo municipality with a published month."""
    address = town.delivered(sqlite_template, folder, cases=120)
    with pointed_at(address):
        told("publish", "--month", "2026-09")
    return address


@pytest.fixture(scope="module")
def sent() -> list[bytes]:
    """All that the server has sent to the window's pages."""
    return []


@pytest.fixture(scope="module")
def window(browser: Browser, url: str, sent: list[bytes]) -> Iterator[Visit]:
    """One window for all pages."""

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda data: sent.append(data if isinstance(data, bytes) else data.encode()))

    with serving(url) as address:
        visitor = opened(browser, address)
        visitor.page.on("websocket", listen)
        yield visitor
        visitor.page.context.close()


@dataclass
class Looked:
    """What one page was like."""

    wrong: dict[int, list[str]]
    """By width."""
    title: str
    language: tuple[str, str]
    """The document's, and what the browser is made to say it is."""
    first_headings: list[str]
    pictures: list[str | None]
    tables: list[str | None]
    widest: int
    """Pixels, on a screen of 320."""
    tools: list[str]
    """Those in a table's or picture's bar that are English or show what is not for reading."""
    failed: bool


@pytest.fixture(scope="module")
def look(window: Visit) -> Callable[[Place], Looked]:
    """Look at a page, once, as the first role that may see it."""

    @cache
    def looked(place: Place) -> Looked:
        role = next(name for name, scope in demo_roles([CENTER]).items() if place.open_to(scope))
        window.page.set_viewport_size({"width": 1440, "height": 900})
        window.open(f"/{place.url}?rolle={role}")
        page = window.drawn()
        words = {
            what: page.locator(f"[data-testid={what}]").evaluate_all("all => all.map(e => e.ariaLabel)")
            for what in ("stVegaLiteChart", "stDataFrameResizable")
        }
        tools = page.locator("[data-testid=stElementToolbarButton]").filter(visible=True).get_by_role("button")
        names = tools.evaluate_all("all => all.map(e => e.ariaLabel)")
        wrong = in_every_width(page)
        page.set_viewport_size({"width": 320, "height": 900})  # 1280 pixels at 400 %
        page.wait_for_timeout(300)
        return Looked(
            wrong,
            page.title(),
            page.evaluate("[document.documentElement.lang, navigator.language]"),
            page.locator("h1").all_inner_texts(),
            words["stVegaLiteChart"],
            words["stDataFrameResizable"],
            page.evaluate("document.documentElement.scrollWidth"),
            [name for name in names if re.match("Show|Search|Full|Download|Vis data", name)],
            page.get_by_text("Siden kunne ikke vises").count() > 0,
        )

    return looked


every_page = pytest.mark.parametrize("place", PLACES, ids=lambda place: place.url or "forside")


@every_page
def test_axe_finds_nothing_wrong_in_any_width(place: Place, look: Callable[[Place], Looked]) -> None:
    assert look(place).wrong == {}


@every_page
def test_a_page_says_in_danish_what_it_is_and_shows(place: Place, look: Callable[[Place], Looked]) -> None:
    page = look(place)
    assert not page.failed
    assert page.title == f"{place.title} · Ungeoverblik"
    assert page.language == ["da", "da-DK"]
    assert len(page.first_headings) == 1
    assert [words for words in page.pictures if not (words and re.search(r"\d|[Ii]ngen|intet", words))] == []
    assert [words for words in page.tables if not words] == []
    assert page.tools == []


@every_page
def test_a_page_four_times_as_large_is_read_without_scrolling_sideways(
    place: Place, look: Callable[[Place], Looked]
) -> None:
    assert look(place).widest <= 320


def test_there_was_something_to_look_at(look: Callable[[Place], Looked]) -> None:
    looks = [look(place) for place in PLACES]
    assert sum(len(page.pictures) for page in looks) > 20
    assert sum(len(page.tables) for page in looks) >= 5


CPR = re.compile(rb"(?<![\w.-])(\d{2})(\d{2})\d{2}-?\d{4}(?![\w.-])")


def cpr_like(message: bytes) -> list[bytes]:
    """Ten digits that begin with a day (of anybody, or invented: + 60) and a month."""
    return [
        found.group() for found in CPR.finditer(message) if 1 <= int(found[1]) % 60 <= 31 and 1 <= int(found[2]) <= 12
    ]


def secrets(folder: Path, url: str) -> set[bytes]:
    """What no browser may be sent: CPR numbers, pseudonyms, birth dates, caseworkers, and their columns."""
    with next(folder.glob(f"leverance-{town.TODAY}/sager.csv")).open(encoding="utf-8-sig") as file:
        numbers = {row["cpr"] for row in csv.DictReader(file, delimiter=";")}
    engine = connect(url)
    cases = tables.read(engine, tables.FULL_SCOPE)["cases"].collect()
    engine.dispose()
    born = [day for day in cases["born_on"].drop_nulls().unique() if day.year < 2012]
    words = {f"{day:%d-%m-%Y}" for day in born} | {day.isoformat() for day in born} | set(cases["person"])
    words |= numbers | {number.replace("-", "") for number in numbers} | {"born_on", "foedselsdato", "initials"}
    return {word.encode() for word in words if word}


def test_nothing_about_who_it_is_reaches_the_browser_and_nobody_else_is_asked(
    window: Visit, look: Callable[[Place], Looked], url: str, folder: Path, sent: list[bytes]
) -> None:
    for place in PLACES:
        look(place)
    window.page.set_viewport_size({"width": 1440, "height": 900})
    window.open("/afvigelser?rolle=Ungekoordinator")
    page = window.say_why()
    pick_first_row(page)
    page.get_by_role("link", name="Åbn sagsforløbet").click()
    page.wait_for_url(lambda url: "/sag?" in url)
    expect(page.get_by_role("heading", name="Hændelser")).to_be_visible()
    window.settle()

    everything = b"\n".join(sent)
    assert CENTER.encode() in everything  # we do read what is sent
    assert [word for word in secrets(folder, url) if word in everything] == []
    assert cpr_like(everything) == []
    assert not window.external
    assert not window.errors


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (b"sag 610199-1234.", [b"610199-1234"]),
        (b"7101991234", [b"7101991234"]),
        (b"0101" + b"991234", [b"0101" + b"991234"]),
        (b"25-10058 22-11-2026", []),
        (b"1763769600", []),
        (b"0.6101991234", []),
    ],
)
def test_a_cpr_number_would_be_seen(message: bytes, found: list[bytes]) -> None:
    assert cpr_like(message.rstrip(b".") + b" ") == found

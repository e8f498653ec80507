"""Handling a deviation in a real browser: marked, read back, and still there for a colleague and after a reload."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from data_access import handling
from data_access.database import connect
from data_access.tables import FULL_SCOPE
from tests.case_database import fill
from tests.e2e.conftest import Visit, serving

pytestmark = pytest.mark.e2e

Visitor = Callable[..., Visit]


@pytest.fixture(scope="module")
def own_database(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small database that nobody else reads: here it is written to."""
    path = tmp_path_factory.mktemp("handling") / "ungeoverblik.db"
    shutil.copy(sqlite_template, path)
    engine = connect(f"sqlite:///{path}")
    fill(engine)
    engine.dispose()
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def own_server(own_database: str) -> Iterator[str]:
    with serving(own_database) as address:
        yield address


def alert(page: Page, words: str) -> None:
    expect(page.locator("[data-testid=stAlert]").filter(has_text=re.compile(words))).to_be_visible(timeout=30_000)


def choose(visit: Visit, label: str, option: str) -> None:
    """Pick one of a field's options; a list that opens while the page is being drawn closes again."""
    found = visit.page.get_by_role("option", name=option, exact=True)
    while not found.is_visible():
        visit.page.get_by_role("combobox", name=label).last.click()
        visit.page.wait_for_timeout(500)
    found.click()
    visit.settle()


def test_a_mark_is_read_back_and_still_there(visit: Visitor, own_server: str, own_database: str) -> None:
    mine = visit(own_server)
    mine.open("/afvigelser?regel=first_interview")
    page = mine.say_why()
    grid = page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    assert grid
    page.mouse.click(grid["x"] + 18, grid["y"] + 35 + 17)
    mine.settle()
    choose(mine, "Håndtering", "Sat i gang")
    page.get_by_role("button", name="Gem", exact=True).click()
    alert(page, "Skriv, hvem der gør det")
    choose(mine, "Håndtering", "Forklaret")
    choose(mine, "Grund", "Den unge kunne ikke nås")
    page.get_by_role("textbox", name="Note").fill("Flyttet <b>uden</b> adresse")
    page.get_by_role("button", name="Gem", exact=True).dblclick()
    alert(page, r"Gemt .* af prøve: sag 26-10\d\d, .*Forklaret: Den unge kunne ikke nås\. Note: Flyttet <b>uden</b>")
    mine.settle()
    engine = connect(own_database)
    [saved] = handling.standing(engine, FULL_SCOPE).rows(named=True)
    assert handling.history(engine, FULL_SCOPE, saved["case_id"]).height == 1  # two quick clicks are one save
    engine.dispose()

    page.reload()
    mine.say_why()
    expect(page.get_by_role("button", name=re.compile(r"Forklaret \(1\)"))).to_be_visible()
    theirs = visit(own_server, width=390)
    theirs.open(f"/sag?sag={saved['case_id']}")
    page = theirs.say_why()
    expect(page.get_by_role("heading", name="Håndtering til nu")).to_be_visible()
    cells = page.locator("[data-testid^=glide-cell]")
    expect(cells.filter(has_text="Forklaret: Den unge kunne ikke nås").first).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for visitor in (mine, theirs):
        assert not visitor.external
        assert not visitor.errors

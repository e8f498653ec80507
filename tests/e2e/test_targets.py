"""Mål og hændelser in a real browser: what is saved is there for a colleague, and what is wrong is said in the form."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from data_access import annotations
from data_access.database import connect
from data_access.tables import FULL_SCOPE
from tests.case_database import fill
from tests.e2e.conftest import Visit, serving

pytestmark = pytest.mark.e2e

Visitor = Callable[..., Visit]


@pytest.fixture(scope="module")
def own_database(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small database that nobody else reads: here it is written to."""
    path = tmp_path_factory.mktemp("targets") / "ungeoverblik.db"
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
    expect(page.locator("[data-testid=stAlert]").filter(has_text=re.compile(words))).to_be_visible()


def test_a_target_and_an_event_are_there_for_a_colleague(visit: Visitor, own_server: str, own_database: str) -> None:
    mine = visit(own_server)
    page = mine.open("/maal")
    page.get_by_label("Mål i procent").fill("halvfems")
    page.get_by_role("button", name="Gem målet").click()
    alert(page, "Skriv målet som et tal mellem 0 og 100")
    expect(page.get_by_label("Mål i procent")).to_have_value("halvfems")

    page.get_by_label("Mål i procent").fill("92,5")
    page.get_by_role("button", name="Gem målet").dblclick()
    alert(page, r"Gemt: mål 92,5\s% for Første samtale inden 1 uge fra 01-12-2026\.")
    mine.settle()

    page.get_by_role("textbox", name="Overskrift").fill("Ny leder <b>i Nord</b>")
    page.get_by_role("button", name="Gem hændelsen").click()
    alert(page, "Vælg hændelsens art")
    page.get_by_role("combobox", name="Art").click()
    page.get_by_role("option", name="Ledig lederstilling").click()
    page.get_by_role("button", name="Gem hændelsen").dblclick()
    alert(page, "Gemt: Ny leder <b>i Nord</b>, 22-11-2026")
    mine.settle()

    theirs = visit(own_server, width=390)
    page = theirs.open("/maal")
    expect(page.locator("[data-testid=glide-cell-1-0]").first).to_have_text("92,5\u00a0%")
    expect(page.get_by_text("Ny leder <b>i Nord</b>", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Træk tilbage").click()
    page.get_by_role("button", name="Ja, træk tilbage").click()
    alert(page, "Hændelsen er trukket tilbage")
    expect(page.get_by_text("Ny leder <b>i Nord</b>", exact=True)).to_have_count(0)

    engine = connect(own_database)
    assert len(annotations.target_history(engine, FULL_SCOPE)) == 1  # two quick clicks are one save
    assert annotations.events(engine, FULL_SCOPE) == ()
    engine.dispose()
    for visitor in (mine, theirs):
        assert not visitor.external
        assert not visitor.errors


def test_no_english_word_can_be_seen(visit: Visitor, own_server: str) -> None:
    page = visit(own_server).open("/maal")
    for field in ("Overskrift", "Begrundelse"):
        page.get_by_role("textbox", name=field).fill("Et ord")
        said = page.evaluate("document.body.innerText")
        assert re.findall(r"\b(?:Press|Enter to|Select|Choose|Submit|Clear|Required)\b", said) == []

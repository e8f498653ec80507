"""The way a leader goes: from the figure to the case, and with the link to a colleague."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests import town
from tests.e2e.conftest import Visit, serving

pytestmark = pytest.mark.e2e

Visitor = Callable[..., Visit]
CENTER = "Center Arbejdsmarked og Borgerservice"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("journey")


@pytest.fixture(scope="module")
def town_url(sqlite_template: Path, folder: Path) -> str:
    return town.delivered(sqlite_template, folder)


@pytest.fixture(scope="module")
def town_server(town_url: str) -> Iterator[str]:
    with serving(town_url) as address:
        yield address


def select_row(page: Page, row: int) -> None:
    """Tick a row of the list: the table is drawn on a canvas, with rows of 35 pixels."""
    table = page.locator("[data-testid=stDataFrame]").first
    grid = table.locator(".dvn-scroller")
    grid.scroll_into_view_if_needed()
    expect(table.locator(f"[data-testid=glide-cell-1-{row}]")).to_be_attached()
    grid.click(position={"x": 18, "y": 35 * (row + 1) + 17})


def deviations_said(page: Page) -> int:
    said = page.get_by_text(re.compile(r"^[\d.]+\safvigelser?: ")).inner_text()
    return int(said.split("\u00a0")[0].replace(".", ""))


def test_from_the_figure_to_the_case_and_on_to_a_colleague(visit: Visitor, town_server: str) -> None:
    mine = visit(town_server)
    page = mine.open()
    page.get_by_role("combobox", name="Center").click()
    page.get_by_role("option", name=CENTER).click()
    page.wait_for_url(lambda url: "center=" in url)
    mine.settle()

    tile = page.locator("[class*=st-key-kort_] a").filter(has_text=re.compile(r"^\D*\d+\safvigelse")).first
    number = int(re.search(r"(\d+)\safvigelse", tile.inner_text())[1])  # type: ignore[index]
    tile.click()
    page.wait_for_url(lambda url: "/afvigelser" in url and "regel=" in url and "center=" in url)
    expect(page.get_by_role("heading", name="Afvigelser")).to_be_visible()
    mine.settle()
    assert deviations_said(page) == number

    mine.say_why()
    select_row(page, 0)
    panel = page.locator(".st-key-sagspanel")
    expect(panel.get_by_text(CENTER)).to_be_visible()
    case = panel.locator(".st-key-sagsnummer").inner_text().strip()
    list_address = page.url

    panel.get_by_role("link", name="Åbn sagsforløbet").click()
    page.wait_for_url(lambda url: "/sag?" in url)
    expect(page.locator(".st-key-sagshoved").get_by_text(case, exact=True)).to_be_visible()
    mine.settle()
    expect(
        page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg").first
    ).to_be_visible()
    case_address = page.url
    assert parse_qs(urlsplit(case_address).query)["sag"] == [case]

    theirs = visit(town_server)
    page = theirs.open(list_address.removeprefix(town_server))
    expect(page.get_by_role("combobox", name="Center")).to_have_value(CENTER)
    assert deviations_said(page) == number
    page = theirs.open(case_address.removeprefix(town_server))
    theirs.say_why()
    expect(page.locator(".st-key-sagshoved").get_by_text(case, exact=True)).to_be_visible()
    for visitor in (mine, theirs):
        assert not visitor.external
        assert not visitor.errors


def test_picking_rules_changes_list_and_address_and_closes_the_case(visit: Visitor, town_server: str) -> None:
    visitor = visit(town_server)
    visitor.open("/afvigelser")
    page = visitor.say_why()
    select_row(page, 2)
    expect(page.locator(".st-key-sagspanel")).to_be_visible()
    page.get_by_text("Regler: alle").click()
    pill = page.get_by_role("button", name=re.compile(r"^Ikke taget stilling til udeblivelse i tide \("))
    number = int(re.search(r"\(([\d.]+)\)", pill.inner_text())[1].replace(".", ""))  # type: ignore[index]
    pill.click()
    page.wait_for_url(lambda url: "regel=decided" in url)
    expect(page.get_by_text(re.compile(rf"^{number}\safvigelse"))).to_be_visible()
    expect(page.locator(".st-key-sagspanel")).to_have_count(0)
    page.get_by_role("button", name=re.compile(r"^Pålæggets frist ikke overholdt \(")).click()  # the rules stay open
    page.wait_for_url(lambda url: "regel=decided" in url and "regel=order_fulfilled" in url)


def test_the_way_back_from_a_case_keeps_the_list(visit: Visitor, town_server: str) -> None:
    visitor = visit(town_server)
    visitor.open("/afvigelser?regel=decided")
    page = visitor.say_why()
    number = deviations_said(page)
    select_row(page, 0)
    page.get_by_role("link", name="Åbn sagsforløbet").click()
    page.wait_for_url(lambda url: "/sag?" in url)
    page.get_by_role("link", name="Tilbage til afvigelser").click()
    page.wait_for_url(lambda url: "/afvigelser" in url and "regel=decided" in url)
    visitor.settle()
    expect(page.get_by_text(re.compile(rf"^{number}\safvigelse"))).to_be_visible()

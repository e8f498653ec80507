"""Everybody can use it: axe finds nothing in any state of a page, and nothing takes a mouse."""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pypdf import PdfReader

from tests import town
from tests.commanding import pointed_at, told
from tests.e2e.axe import in_every_width, violations
from tests.e2e.conftest import Visit, opened, pick_first_row, serving

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on a small demo municipality with a published month and another that can be."""
    url = town.delivered(sqlite_template, tmp_path_factory.mktemp("accessibility"), cases=120)
    with pointed_at(url):
        told("publish", "--month", "2026-09")
    with serving(url) as server:
        yield server


@pytest.fixture(scope="module")
def window(browser: Browser, address: str) -> Iterator[Visit]:
    """One window for all states of pages."""
    visitor = opened(browser, address)
    yield visitor
    visitor.page.context.close()


@pytest.fixture
def desk(browser: Browser, address: str) -> Iterator[Visit]:
    """A window of one's own, for who has a keyboard only."""
    visitor = opened(browser, address)
    yield visitor
    visitor.page.context.close()


# --- states of a page ---------------------------------------------------------------------------------


def with_cases(visitor: Visit) -> Page:
    """Say why the cases are looked at."""
    visitor.say_why()
    return visitor.drawn()


def a_case_picked(visitor: Visit) -> None:
    page = with_cases(visitor)
    pick_first_row(page)
    page.locator(".st-key-sagspanel").wait_for(timeout=60_000)


def a_case_opened(visitor: Visit) -> None:
    a_case_picked(visitor)
    visitor.page.get_by_role("link", name="Åbn sagsforløbet").click()
    visitor.page.wait_for_url(lambda url: "/sag?" in url)


def a_popover_open(visitor: Visit) -> None:
    visitor.page.get_by_role("button", name="Del visning").click()
    visitor.page.get_by_text("Linket viser samme side").wait_for()


def a_menu_open(visitor: Visit) -> None:
    visitor.page.locator("header").get_by_text("Nøgletal", exact=True).click()
    visitor.page.get_by_role("menuitem", name="Mentor og ungeguide").wait_for()


def a_round_asked_for(visitor: Visit) -> None:
    visitor.page.get_by_text("Ny runde", exact=True).click()
    visitor.page.get_by_role("button", name=re.compile("^Udtræk")).wait_for(timeout=60_000)


def a_month_about_to_be_published(visitor: Visit) -> None:
    visitor.page.get_by_role("button", name="Offentliggør oktober 2026").click()
    visitor.page.get_by_role("button", name="Ja, offentliggør oktober 2026").wait_for(timeout=60_000)


def nothing_more(visitor: Visit) -> None:
    """The page as it is opened."""


@pytest.mark.parametrize(
    ("path", "bring_about"),
    [
        ("/", a_popover_open),
        ("/", a_menu_open),
        ("/?periode=Vælg+selv", nothing_more),
        ("/?periode=Vælg+selv&fra_til=2012-01-01&fra_til=2012-01-02", nothing_more),
        ("/afvigelser", nothing_more),
        ("/afvigelser", a_case_picked),
        ("/afvigelser", a_case_opened),
        ("/forfalder-snart", with_cases),
        ("/ledelsestilsyn", a_round_asked_for),
        ("/maanedens-tal", a_month_about_to_be_published),
        ("/adgang?rolle=Styregruppe", nothing_more),
        ("/sag?sag=findes-ikke", nothing_more),
    ],
)
def test_axe_finds_nothing_wrong_in_a_state(window: Visit, path: str, bring_about: Callable[[Visit], object]) -> None:
    window.page.goto("about:blank")  # another session: nothing is kept from the former
    if "rolle" not in path:
        path += f"{'&' if '?' in path else '?'}rolle=Ungekoordinator"
    window.open(path)
    window.drawn()
    bring_about(window)
    window.drawn()
    assert in_every_width(window.page) == {}


def test_axe_finds_nothing_wrong_in_the_menu_of_a_telephone(desk: Visit) -> None:
    desk.page.set_viewport_size({"width": 390, "height": 844})
    page = desk.open()
    page.get_by_role("button", name="Åbn menuen").click()
    page.get_by_role("link", name="Mentor og ungeguide").wait_for()
    assert violations(page) == []


# --- the keyboard alone -------------------------------------------------------------------------------


FOCUS = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect(), bar = document.querySelector("header");
  const look = () => {
    const seen = [];
    for (let node = at, up = 0; up < 4 && node && node !== document.body; up++, node = node.parentElement) {
      const is = getComputedStyle(node);
      seen.push(is.outlineStyle, is.outlineWidth, is.boxShadow, is.borderColor, is.backgroundColor, is.transform);
    }
    return seen.join();
  };
  const focused = look();
  at.blur();
  const blurred = look();
  at.focus();
  const name = at.ariaLabel || at.innerText || at.placeholder || at.tagName;
  const above = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const hidden = !bar.contains(at) && bar.contains(above);
  return {name: name.trim().slice(0, 40), tag: at.tagName, seen: focused !== blurred, hidden};
}"""


def tab_to(page: Page, wanted: Locator, key: str = "Tab", most: int = 150) -> None:
    """Press the key until the focus is in what is wanted."""
    for _ in range(most):
        page.keyboard.press(key)
        if wanted.first.evaluate("e => e.contains(document.activeElement)"):
            return
    pytest.fail(f"{wanted} nås ikke med {key}")


def choose(visitor: Visit, label: str, downs: int) -> None:
    """Open a field with an arrow key, go so many options down, and take it."""
    page = visitor.page
    field = page.get_by_role("combobox", name=label).last
    tab_to(page, field)
    page.keyboard.press("ArrowDown")
    page.get_by_role("option").first.wait_for()
    for _ in range(downs):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    visitor.settle()
    assert field.evaluate("e => e.contains(document.activeElement)"), f"{label}: fokus er tabt"


def test_the_first_key_leads_past_the_menu(desk: Visit) -> None:
    page = desk.drawn() if desk.open() else desk.page
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Gå til indholdet")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_the_menu_is_opened_and_a_page_chosen(desk: Visit) -> None:
    page = desk.open()
    desk.drawn()
    tab_to(page, page.locator("header").get_by_role("button", name="Nøgletal"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Screening")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Visitation og ventetid")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/visitation" in url)


@pytest.mark.parametrize("path", ["/", "/screening", "/beslutninger"])
def test_the_focus_is_seen_at_every_stop_and_there_is_a_way_out(desk: Visit, path: str) -> None:
    desk.open(path)
    page = desk.drawn()
    for key in ("Tab", "Shift+Tab"):
        unseen, hidden, stops = [], [], 0
        while stops < 400:
            page.keyboard.press(key)
            at = page.evaluate(FOCUS)
            if at["tag"] == "BODY":
                break
            stops += 1
            unseen += [at["name"]] if not at["seen"] else []
            hidden += [at["name"]] if at["hidden"] else []
        assert 20 < stops < 400
        assert unseen == []
        assert hidden == []


def test_from_the_figure_to_a_handled_case(desk: Visit) -> None:
    page = desk.open()
    desk.drawn()
    choose(desk, "Center", 1)
    page.wait_for_url(lambda url: "center=" in url)
    choose(desk, "Periode", 1)
    page.wait_for_url(lambda url: "periode=" in url)
    tab_to(page, page.locator("[class*=st-key-kort_] a").filter(has_text=re.compile(r"\d\safvigelse")))
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/afvigelser" in url and "regel=" in url)
    desk.drawn()

    choose(desk, "Formål", 0)
    tab_to(page, page.get_by_role("textbox", name="Anledning"))
    page.keyboard.type("Ledermøde")
    tab_to(page, page.get_by_role("button", name="Vis sagerne"))
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Skift formål").wait_for(timeout=60_000)
    desk.drawn()

    table = page.locator("[data-testid=stDataFrame] canvas").first
    tab_to(page, table)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    panel = page.locator(".st-key-sagspanel")
    panel.wait_for(timeout=60_000)
    desk.settle()
    assert table.evaluate("e => e.contains(document.activeElement)")

    choose(desk, "Håndtering", 0)
    tab_to(page, panel.get_by_role("combobox", name="Grund"))
    page.keyboard.press("ArrowDown")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Enter")
    tab_to(page, panel.get_by_role("button", name="Gem", exact=True))
    page.keyboard.press("Enter")
    expect(page.locator("[data-testid=stAlert]").filter(has_text="Gemt")).to_be_visible(timeout=60_000)


def test_a_date_out_of_reach_is_said_in_danish(desk: Visit) -> None:
    page = desk.open("/?periode=Vælg+selv")
    desk.drawn()
    tab_to(page, page.get_by_role("spinbutton", name="dag, Fra og til, første dag"))
    page.keyboard.type("01012005")
    page.keyboard.press("Tab")
    expect(page.get_by_role("alert")).to_have_text(
        "Fejl: Datoen kan ikke vælges. Vælg en dato fra og med 01-01-2010.", timeout=30_000
    )


def test_a_file_is_fetched(desk: Visit) -> None:
    page = desk.open("/maanedens-tal")
    desk.drawn()
    tab_to(page, page.get_by_role("button", name="Hent som fil"))
    page.keyboard.press("Enter")
    file = page.get_by_role("button", name="CSV")
    file.wait_for()
    tab_to(page, file)
    with page.expect_download(timeout=60_000) as fetched:
        page.keyboard.press("Enter")
    assert fetched.value.suggested_filename.endswith(".csv")
    page.keyboard.press("Escape")
    expect(file).to_be_hidden()


def test_a_decision_is_written(desk: Visit) -> None:
    page = desk.open("/beslutninger")
    desk.drawn()
    for label, words in (("Hvad", "Ring dagen før"), ("Hvorfor", "Mange kommer ikke"), ("Hvem", "afdelingslederen")):
        tab_to(page, page.get_by_role("textbox", name=label, exact=True))
        page.keyboard.type(words)
    tab_to(page, page.locator(".st-key-beslutning_senest [data-testid=stDateInput]"))
    page.keyboard.type("31122026")
    tab_to(page, page.get_by_role("button", name="Gem beslutningen"))
    page.keyboard.press("Enter")
    expect(page.locator("[data-testid=stAlert]").filter(has_text="Ring dagen før")).to_be_visible(timeout=60_000)


def test_the_cases_behind_a_cell_are_found(desk: Visit) -> None:
    page = desk.open("/udforsk")
    desk.drawn()
    tab_to(page, page.locator("[data-testid=stDataFrame] canvas"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("^Listen bag"))).to_be_visible(timeout=60_000)


def test_a_month_is_published(desk: Visit) -> None:
    page = desk.open("/maanedens-tal")
    desk.drawn()
    tab_to(page, page.get_by_role("button", name="Offentliggør oktober 2026"))
    page.keyboard.press("Enter")
    yes = page.get_by_role("button", name="Ja, offentliggør oktober 2026")
    yes.wait_for(timeout=60_000)
    desk.settle()
    tab_to(page, yes)
    page.keyboard.press("Enter")
    said = page.locator("[data-testid=stAlert]").filter(has_text="oktober 2026 er offentliggjort")
    expect(said).to_be_visible(timeout=60_000)


# --- on paper -----------------------------------------------------------------------------------------


def test_on_paper_stands_what_is_shown_and_of_what_but_nothing_to_click(window: Visit) -> None:
    window.page.goto("about:blank")
    window.open("/screening?rolle=Ungekoordinator")
    page = window.drawn()
    page.emulate_media(media="print")
    try:
        expect(page.get_by_role("heading", name="Screening")).to_be_visible()
        for words in ("Opgjort pr.", "Demodata"):
            expect(page.get_by_text(words).first).to_be_visible()
        for name, value in (("Center", "Alle centre"), ("Periode", "Seneste 12 måneder")):
            field = page.get_by_role("combobox", name=name)
            expect(field).to_be_visible()
            expect(field).to_have_value(value)
        for gone in ("header", "button", ".st-key-demo", "summary"):
            assert page.locator(gone).filter(visible=True).count() == 0, gone
        paper = PdfReader(io.BytesIO(page.pdf(format="A4", print_background=False)))
        bar = page.locator(".soejler .soejle span").first
        assert bar.evaluate("e => getComputedStyle(e).printColorAdjust") == "exact"
    finally:
        page.emulate_media(media="screen", reduced_motion="reduce")
    said = " ".join(sheet.extract_text() for sheet in paper.pages)
    assert "Opgjort pr." in said
    assert "Prøv demoen" not in said

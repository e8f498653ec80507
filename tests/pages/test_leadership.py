"""The leaders' pages show the figures that the assessed frame gives, and follow the filters."""

import re
from collections.abc import Iterator

import pyarrow as pa
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from data_access.database import connect
from data_access.tables import FULL_SCOPE, centers, read
from metrics.assess import BY_KEY, Assessed, Cut, assess, count_values, figures, month_ends, waiting
from metrics.measure import Theme
from metrics.measures import THEMES, WAITS
from tests.pages.conftest import Open
from tests.town import TODAY
from ui import counts, overview, texts
from ui.figures import before
from ui.filters import PERIODS, YEAR

YEAR_CUT = Cut(*PERIODS[YEAR](TODAY))
URLS = {
    "screening": "screening",
    "visitation": "visitation",
    "sanctions": "sanktioner",
    "education_orders": "uddannelsespaalaeg",
    "support": "mentor",
}
NOBODY = {"periode": "Vælg selv", "fra_til": ["2011-01-01", "2011-01-31"]}


@pytest.fixture(scope="session")
def assessed(town_url: str) -> Assessed:
    """The municipality as the engine judges it, without the dashboard."""
    engine = connect(town_url)
    days = (*month_ends(TODAY, 24), before(YEAR_CUT).date_to)
    judged = assess(read(engine, FULL_SCOPE), TODAY, days)
    engine.dispose()
    return judged


@pytest.fixture(scope="session")
def names(town_url: str) -> list[str]:
    engine = connect(town_url)
    found = centers(engine)
    engine.dispose()
    return found


def words(app: AppTest) -> str:
    """All that the page's HTML says, tags left out."""
    bodies = " ".join(block.proto.body for block in app.get("html"))
    return re.sub(r"[ \n]+", " ", re.sub("<[^>]+>", " ", bodies))


def links(app: AppTest) -> list[tuple[str, str]]:
    """Words of each page link, and what it adds to the address."""
    return [(link.proto.label, link.proto.query_string) for link in app.get("page_link")]


def sent(block: Block) -> Iterator[str]:
    """All that a page sends to the browser."""
    for part in block.children.values():
        if isinstance(part, Block):
            yield from sent(part)
        else:
            yield str(part.proto)


def said(assessed: Assessed, cut: Cut, key: str) -> str:
    (row,) = figures(assessed, cut).filter(measure=key).to_dicts()
    return texts.rate_with_base(row["met"], row["base"])


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.key)
def test_a_theme_page_shows_every_measure_of_its_theme(open_page: Open, assessed: Assessed, theme: Theme) -> None:
    app = open_page(URLS[theme.key])
    assert not app.exception
    headings = [header.value for header in app.header]
    shown = words(app)
    for measure in theme.measures:
        assert measure.title in headings
        assert f"{measure.title} {said(assessed, YEAR_CUT, measure.key)}" in shown
        assert measure.rule in shown
        assert measure.why in shown


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.key)
def test_a_theme_page_shows_every_count_of_its_theme(open_page: Open, assessed: Assessed, theme: Theme) -> None:
    app = open_page(URLS[theme.key])
    shown = words(app)
    for figure in theme.distributions:
        rows = count_values(assessed, YEAR_CUT, figure)
        assert figure.title in [header.value for header in app.header]
        if rows["count"].sum() and figure.key != counts.FLOW:
            for label, count in rows.select("label", "count").iter_rows():
                assert f"{label} {texts.number(count)}" in shown
    for wait in theme.waits:
        found = waiting(assessed, YEAR_CUT, wait)
        assert f"Venter nu {found.waiting} " in shown
        assert texts.days(found.oldest) in shown if found.oldest is not None else True


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.key)
def test_the_filters_change_the_figures(open_page: Open, assessed: Assessed, names: list[str], theme: Theme) -> None:
    app = open_page(URLS[theme.key])
    app.selectbox(key="center").select(names[0]).run()
    app.selectbox(key="periode").select("Sidste år").run()
    assert not app.exception
    cut = Cut(*PERIODS["Sidste år"](TODAY), centers=(names[0],))
    shown = words(app)
    changed = [said(assessed, cut, measure.key) != said(assessed, YEAR_CUT, measure.key) for measure in theme.measures]
    assert any(changed)
    for measure in theme.measures:
        assert f"{measure.title} {said(assessed, cut, measure.key)}" in shown


@pytest.mark.parametrize("url", ["", *URLS.values()])
def test_an_empty_selection_says_so_and_offers_a_way_back(open_page: Open, url: str) -> None:
    app = open_page(url, **NOBODY)
    assert not app.exception
    assert "Ingen sager i udsnittet" in app.info[0].value
    assert not app.header
    app.button(key="nulstil_tomt_udsnit").click().run()
    assert not app.info
    assert app.header
    assert app.selectbox(key="periode").value == YEAR


def test_the_front_page_has_a_tile_for_every_key_measure(open_page: Open, assessed: Assessed) -> None:
    app = open_page("")
    assert not app.exception
    assert [h.value for h in app.header if h.value in {t.title for t in THEMES}] == [t.title for t in THEMES]
    shown, to = words(app), links(app)
    rows = {row["measure"]: row for row in figures(assessed, YEAR_CUT).to_dicts()}
    for theme in THEMES:
        for key in overview.KEY_MEASURES[theme.key]:
            row = rows[key]
            assert f"{BY_KEY[key].title} {texts.rate_value(row['met'], row['base'])} " in shown
            if wrong := row["late"] + row["overdue"] + row["missing"]:
                assert (texts.counts(wrong, "afvigelse", "afvigelser"), f"regel={key}") in to


def test_the_strip_counts_what_the_measures_count(open_page: Open, assessed: Assessed) -> None:
    shown = words(open_page(""))
    totals = figures(assessed, YEAR_CUT)
    wrong = int(totals.select("late", "overdue", "missing").sum().sum_horizontal()[0])
    assert f"Afvigelser {texts.number(wrong)} heraf " in shown
    open_now = assessed.cases.filter(
        (assessed.cases["closed_on"].is_null() | (assessed.cases["closed_on"] > TODAY))
        & (assessed.cases["first_enquiry_on"] <= TODAY)
    )["person"].n_unique()
    assert f"{texts.number(open_now)} har en åben sag nu" in shown


def test_centres_on_the_front_page_keep_their_order(open_page: Open, names: list[str]) -> None:
    app = open_page("")
    table = next(b.proto.body for b in app.get("html") if "Rækkefølgen er organisationens" in b.proto.body)
    assert re.findall(r'<th scope="row">([^<]+)</th>', table)[: len(names)] == names


def test_the_tables_and_the_cases_are_one_click_away(open_page: Open, assessed: Assessed) -> None:
    app = open_page("screening")
    assert not app.table
    key = "first_interview"
    app.session_state[f"tabel_{key}"] = True
    app.session_state[f"afvigelser_{key}"] = True
    app.run()
    assert not app.exception
    months, by_center = (table.value for table in app.table)
    assert months["Måned"].to_list()[-1] == texts.month(TODAY)
    assert len(months) == 12
    total = figures(assessed, YEAR_CUT).filter(measure=key).to_dicts()[0]
    assert sum(int(cell) for cell in by_center["Overholdt"]) == total["met"]
    wrong = total["late"] + total["overdue"]
    cases = [link for link in app.get("page_link") if link.proto.query_string.startswith("sag=")]
    assert len(cases) == min(wrong, 10) > 0


@pytest.mark.parametrize("url", ["", *URLS.values()])
def test_nothing_of_a_person_is_sent_to_the_browser(open_page: Open, assessed: Assessed, url: str) -> None:
    app = open_page(url)
    closed = [f"{box}_{key}" for box in ("tabel", "afvigelser") for key in BY_KEY]
    for key in [*closed, *(f"laengst_{wait.key}" for wait in WAITS)]:
        app.session_state[key] = True
    app.run()
    assert not app.exception
    everything = "".join(sent(app.main))
    cases = assessed.cases.select("case_id", "person").rows()
    assert any(case in everything for case, _ in cases) == (url != "")  # the opened lists are really there
    assert not [person for _, person in cases if person in everything]
    for chart in app.get("vega_lite_chart"):
        columns = pa.ipc.open_stream(chart.proto.data.data).schema.names
        assert set(columns) <= {"month", "rate", "kind", "said", "n", "rule", "first", "final", "count", "dark"}


@pytest.fixture(autouse=True)
def let_go() -> None:
    """What one test keeps is not the next one's."""
    st.cache_resource.clear()

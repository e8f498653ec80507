"""The leaders' pages show the figures that the assessed frame gives, and follow the filters."""

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from data_access import tables
from data_access.annotations import set_target
from data_access.database import DATABASE_URL, connect, writing
from data_access.tables import FULL_SCOPE, Scope, centers, read
from metrics import trend
from metrics.assess import BY_KEY, Assessed, Cut, assess, count_values, figures, month_ends, stock_days
from metrics.due_soon import due_soon
from metrics.measure import Theme
from metrics.measures import THEMES, progression, visitation
from metrics.trend import SHOWN
from metrics.waiting import follow, still_waiting
from tests.pages.conftest import Open
from tests.town import TODAY
from ui import counts, overview, texts
from ui.figures import before
from ui.filters import PERIODS, YEAR
from ui.waits import LONGEST

YEAR_CUT = Cut(*PERIODS[YEAR](TODAY))
URLS = {
    "screening": "screening",
    "visitation": "visitation",
    "sanctions": "sanktioner",
    "education_orders": "uddannelsespaalaeg",
    "support": "mentor",
    "progression": "progression",
    "contact": "samtaler",
    "coordination": "tvaergaaende",
}
WAITS = visitation.THEME.waits
KEYS_IN_ORDER = ("undocumented", "education_focus", "resources", "plan_goal")
"""The measures that a bad year shows in, as in the catalogue, and one that it was good for last."""
DRAWN = {
    *(
        "month",
        "when",
        "from",
        "to",
        "segment",
        "rate",
        "level",
        "low",
        "high",
        "target",
        "kind",
        "said",
        "expected",
        "remark",
    ),
    *("n", "close", "goal"),  # a trend
    *("day", "had", "sure", "until"),  # a curve of waiting times
    *("waiting", "overdue"),  # a queue
    *("first", "final", "count", "dark"),  # from category to category
}
"""The columns of the pictures."""
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


def bodies(app: AppTest) -> list[str]:
    return [block.proto.body for block in app.get("html")]


def words(app: AppTest) -> str:
    """All that the page's HTML says, tags left out."""
    return re.sub(r"[ \n]+", " ", re.sub("<[^>]+>", " ", " ".join(bodies(app))))


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


@pytest.mark.parametrize(
    "theme", [theme for theme in THEMES if theme is not progression.THEME], ids=lambda theme: theme.key
)
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
        found = follow(assessed, YEAR_CUT, wait).wait
        assert f"Venter nu {found.waiting} " in shown
        assert texts.days(found.oldest) in shown if found.oldest is not None else True


def charts(app: AppTest, *told: str) -> list[str]:
    """The words for those who do not see a picture, of the pictures that tell of this."""
    words = [chart.proto.alt for chart in app.get("vega_lite_chart")]
    return [alt for alt in words if any(what in alt for what in told)]


def test_a_wait_is_a_curve_a_queue_and_a_row_for_each_centre(
    open_page: Open, assessed: Assessed, names: list[str]
) -> None:
    app = open_page("visitation")
    shown = charts(app, *(wait.title for wait in WAITS))
    assert len(shown) == 2 * len(WAITS)
    for wait, curve, through in zip(WAITS, shown[::2], shown[1::2], strict=True):
        found = follow(assessed, YEAR_CUT, wait).wait
        assert curve.startswith(f"{wait.title}: {texts.counts(found.units, 'ventetid', 'ventetider')} i perioden.")
        assert f"Halvdelen har ventet højst {texts.days(found.median or 0)} (" in curve
        now = f"{found.waiting} ventede {texts.date(TODAY)}, heraf {found.overdue} over fristen."
        assert through.startswith(f"{wait.title}: {now}")
    assert [table.value["Center"].to_list() for table in app.table] == [names] * len(WAITS)
    assert "aldrig nået" in " ".join(caption.value for caption in app.caption)
    app.session_state[f"tabel_{WAITS[0].key}"] = True
    app.run()
    _, days, months, *_ = (table.value for table in app.table)
    assert days["Inden for"].to_list()[0] == texts.days(7)
    assert (months["Måned"].to_list()[-1], len(months)) == (texts.month(TODAY), trend.SHOWN)


def test_all_centres_stand_beside_the_chosen_one(open_page: Open, names: list[str]) -> None:
    app = open_page("visitation", center=names[1])
    listed = [table.value["Center"].to_list() for table in app.table]
    assert listed == [[names[0], f"**{names[1]}**", *names[2:]]] * len(WAITS)


def test_few_waits_are_listed_and_not_drawn(open_page: Open, assessed: Assessed) -> None:
    month = Cut(*PERIODS["Seneste måned"](TODAY))
    app = open_page("visitation", periode="Seneste måned")
    assert len(charts(app, "i perioden. ")) == 0
    listed = [label for label, query in links(app) if query.startswith("sag=")]
    units = [follow(assessed, month, wait).wait.units for wait in WAITS]
    assert len(listed) == sum(units) > 0
    assert all(" · tog " in label or " · har ventet " in label or " · sagen sluttede " in label for label in listed)
    assert f"kun {texts.counts(units[0], 'forløb', 'forløb')}" in words(app)


def test_nobody_who_began_in_the_period_is_said_so(open_page: Open) -> None:
    day = TODAY.isoformat()
    app = open_page("visitation", periode="Vælg selv", fra_til=[day, day])
    said = [part.value for part in app.markdown]
    assert said.count("**Hvor længe ventede de?**") == len(WAITS)
    assert said[said.index("**Hvor længe ventede de?**") + 1] == "Ingen i udsnittet."
    assert "ingen ventetider i perioden" in words(app)
    assert len(charts(app, " ventede ")) == len(WAITS)  # the queue does not ask for the period


def test_those_who_wait_are_one_click_away_longest_first(open_page: Open, assessed: Assessed) -> None:
    app = open_page("visitation")
    assert sum(len(still_waiting(assessed, YEAR_CUT, wait)) for wait in WAITS) > 0
    for wait in WAITS:
        rows = still_waiting(assessed, YEAR_CUT, wait)
        assert len(rows) <= LONGEST
        app.session_state[f"laengst_{wait.key}"] = True
        app.run()
        listed = [query.removeprefix("sag=") for _, query in links(app) if query.startswith("sag=")]
        assert listed == rows["case_id"].to_list()
        if overdue := follow(assessed, YEAR_CUT, wait).wait.overdue:
            query = f"regel={wait.measure}&udfald=overdue&sagsstatus=open&tid=alle"
            assert (texts.all_overdue(overdue), query) in links(app)
        app.session_state[f"laengst_{wait.key}"] = False


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
    assert f"Afvigelser {texts.number(wrong)} hos " in shown
    assert " nye siden sidste leverance" in shown
    week = due_soon(assessed, YEAR_CUT, 7).height
    assert f"Forfalder inden 7 dage {texts.number(week)} " in shown
    open_now = assessed.cases.filter(
        (assessed.cases["closed_on"].is_null() | (assessed.cases["closed_on"] > TODAY))
        & (assessed.cases["first_enquiry_on"] <= TODAY)
    )["person"].n_unique()
    assert f"{texts.number(open_now)} har en åben sag nu" in shown


def test_the_front_page_says_where_to_look_first(open_page: Open, assessed: Assessed) -> None:
    app = open_page("")
    headers = [header.value for header in app.header]
    assert headers[:4] == ["Kan stadig gøres", "Forfalder snart", "Uventet udvikling", "Længst efter landet"]
    said = [part.value for part in app.markdown]
    assert any(line.startswith("Ingen af de ") and line.endswith("falder uden for det forventede.") for line in said)
    assert "eget mål" not in words(app) + " ".join(part.value for part in app.caption)


@pytest.fixture
def worse_url(town_url: str, tmp_path: Path) -> str:
    """The same municipality after a year in which less was written down; it has set itself two targets."""
    path = tmp_path / "worse.db"
    shutil.copy(town_url.removeprefix("sqlite:///"), path)
    engine = connect(f"sqlite:///{path}")
    with writing(engine) as connection:
        for change in (
            "UPDATE interviews SET education_focus = 0, resources_discussed = 0 WHERE held_on > '2025-10-01'",
            "UPDATE no_shows SET cause_documented = 0 WHERE missed_on > '2025-10-01'",
            "UPDATE plans SET has_education_goal = 1",
            "UPDATE plans SET has_education_goal = 0 WHERE until < '2025-10-01'",
        ):
            connection.execute(sa.text(change))
    for key, first, rate in (
        ("education_focus", "2024-01-01", 0.9),
        ("education_focus", "2027-01-01", 0.1),  # not yet in force
        ("mentor", "2026-01-01", 0.005),
    ):
        first_day = dt.date.fromisoformat(first)
        set_target(engine, Scope("anna", ("coordinator",), None), measure=key, valid_from=first_day, rate=rate, note="")
    engine.dispose()
    return f"sqlite:///{path}"


def test_what_moves_unexpectedly_and_what_misses_its_target_is_told_first(
    open_page: Open, worse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_URL, worse_url)
    app = open_page("")
    assert not app.exception
    headers = [header.value for header in app.header]
    assert headers[:4] == ["Kan stadig gøres", "Forfalder snart", "Uventet udvikling", "Længst fra mål og land"]

    engine = connect(worse_url)
    since = dt.date(TODAY.year - 2, tables.first_extract(engine).month, 1)  # type: ignore[union-attr]
    days = stock_days(trend.span(YEAR_CUT, TODAY, since), TODAY, "month")
    found = trend.follow(assess(read(engine, FULL_SCOPE), TODAY, sorted(days)), YEAR_CUT, since).signals
    engine.dispose()
    newest = {row["measure"]: row for row in found.filter("current").to_dicts()}
    told = [label for label, _ in links(app) if "end forventet i" in label]
    assert len(told) == len(newest) == 4
    for row, label in zip(
        sorted(newest.values(), key=lambda row: KEYS_IN_ORDER.index(row["measure"])), told, strict=True
    ):
        assert f"{BY_KEY[row['measure']].title}** " in label
        assert label.endswith(f" i {texts.month(row['to'])}: {texts.counted(row['met'], row['base'])}")
    assert [label.startswith("**:red[!] ") for label in told] == [True, True, True, False]
    assert "1\xa0nøgletal mere" in [box.label for box in app.expander]  # three are shown, the fourth is folded

    shown = words(app)
    assert "Tydeligt dårligere end eget mål 1 af 2 nøgletal med et mål" in shown
    assert "! Tydeligt under mål 90\xa0% · landet 71\xa0%" in shown
    assert "✓ Tydeligt over mål 0,5\xa0% · landet 46\xa0%" in shown
    focus = next(body for body in bodies(app) if "Uddannelsesfokus det seneste år" in body)
    assert "! Lavere end forventet i okt. 2026" in re.sub("<[^>]+>", "", focus)
    assert "Lavere end forventet i oktober 2026: 0 af " in focus
    assert "kommunens eget mål" in " ".join(part.value for part in app.caption)
    first_behind = next(label for label, _ in links(app) if ", mål " in label)
    assert first_behind.startswith("**Uddannelsesfokus det seneste år** 0\xa0% (0 af ")
    assert first_behind.endswith(", mål 90\xa0%")


@pytest.mark.parametrize(
    ("period", "counted"), [("Seneste 12 måneder", "af 2"), ("Sidste år", "af 1")], ids=["this year", "last year"]
)
def test_a_target_counts_at_the_end_of_the_period(
    open_page: Open, worse_url: str, monkeypatch: pytest.MonkeyPatch, period: str, counted: str
) -> None:
    monkeypatch.setenv(DATABASE_URL, worse_url)
    app = open_page("")
    app.selectbox(key="periode").select(period).run()
    assert re.search(rf"Tydeligt dårligere end eget mål \d {counted} ", words(app))


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
    *_, months, by_center = (table.value for table in app.table)
    assert months["Måned"].to_list()[-1] == texts.month(TODAY)
    assert len(months) == SHOWN
    total = figures(assessed, YEAR_CUT).filter(measure=key).to_dicts()[0]
    assert sum(int(cell) for cell in by_center["Overholdt"]) == total["met"]
    wrong = total["late"] + total["overdue"]
    cases = [link for link in app.get("page_link") if link.proto.query_string.startswith("sag=")]
    assert len(cases) == min(wrong, 10) > 0


@pytest.mark.parametrize("url", ["", *URLS.values()])
def test_nothing_of_a_person_is_sent_to_the_browser(open_page: Open, assessed: Assessed, url: str) -> None:
    app = open_page(url)
    closed = [f"{box}_{key}" for box in ("tabel", "afvigelser") for key in BY_KEY]
    for key in [*closed, *(f"{box}_{wait.key}" for box in ("tabel", "laengst") for wait in WAITS)]:
        app.session_state[key] = True
    app.run()
    assert not app.exception
    everything = "".join(sent(app.main))
    cases = assessed.cases.select("case_id", "person").rows()
    assert any(case in everything for case, _ in cases) == (url != "")  # the opened lists are really there
    assert not [person for _, person in cases if person in everything]
    for chart in app.get("vega_lite_chart"):
        columns = pa.ipc.open_stream(chart.proto.data.data).schema.names
        assert set(columns) <= DRAWN


@pytest.fixture(autouse=True)
def let_go() -> None:
    """What one test keeps is not the next one's."""
    st.cache_resource.clear()


AFTER = dt.date(2027, 3, 31)
GONE = (
    ("uddannelsespaalaeg", "order_followed_up", True),
    ("samtaler", "job_discussed", True),
    ("samtaler", "plan_goal", False),
)
"""A page, a measure on it, and whether the rule of it has ended by then."""


@pytest.fixture
def next_year_url(untouched_town: Path, tmp_path: Path) -> str:
    """The same municipality, looked at when the rules that are expected to end have done so."""
    path = tmp_path / "next_year.db"
    shutil.copy(untouched_town, path)
    engine = connect(f"sqlite:///{path}")
    with writing(engine) as connection:
        newest = "UPDATE imports SET extract_date = :day, known_on = :day WHERE id = (SELECT max(id) FROM imports)"
        connection.execute(sa.text(newest), {"day": AFTER.isoformat()})
    engine.dispose()
    return f"sqlite:///{path}"


@pytest.mark.parametrize(("url", "key", "gone"), GONE)
def test_of_a_rule_that_is_gone_the_history_stays(
    open_page: Open, next_year_url: str, monkeypatch: pytest.MonkeyPatch, url: str, key: str, gone: bool
) -> None:
    monkeypatch.setenv(DATABASE_URL, next_year_url)
    app = open_page(url)
    assert not app.exception
    measure = BY_KEY[key]
    [drawn] = charts(app, f"{measure.title}: ", f"{measure.title}. ")
    assert " 2026: " in drawn if gone else " 2027: " in drawn  # the newest whole month
    assert (f"{measure.title} {texts.NO_BASE}" in words(app)) is gone
    block = next(body for body in bodies(app) if measure.rule in body)
    assert ("Reglen ventes ophævet 31-12-2026 (afventer bekræftelse): politisk aftale" in block) is gone
    if gone:
        assert "Reglen ventes ophævet 31-12-2026 (afventer bekræftelse)." in words(app)

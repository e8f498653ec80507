"""One measure on its page: what users have written about it, and what is one click away."""

import datetime as dt
import shutil
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from data_access.annotations import add_event, set_target
from data_access.database import DATABASE_URL, connect
from data_access.tables import FULL_SCOPE, read
from metrics import compare
from metrics.assess import AGE_BANDS, BY_KEY, Assessed, Cut, assess, figures
from tests.pages.conftest import Open
from tests.pages.test_leadership import YEAR_CUT, links, words
from tests.town import TODAY
from ui import comparison, texts
from ui.figures import UNKNOWN_SHARE
from ui.filters import months_before

SUMMER, AUTUMN = dt.date(2026, 5, 1), dt.date(2026, 9, 1)
STOCK, DEADLINE = "mentor", "decided"


@pytest.fixture
def open_noted(open_page: Open, town_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """`open_page` on the same municipality, whose users have written targets and events."""
    url = f"sqlite:///{shutil.copy(town_url.removeprefix('sqlite:///'), tmp_path / 'noted.db')}"
    engine = connect(url)
    set_target(engine, FULL_SCOPE, measure=DEADLINE, valid_from=dt.date(2026, 1, 1), rate=0.995, note="")
    set_target(engine, FULL_SCOPE, measure=DEADLINE, valid_from=TODAY + dt.timedelta(days=1), rate=0.5, note="")
    add_event(engine, FULL_SCOPE, on=SUMMER, kind="organisation", title="Ny organisering")
    add_event(engine, FULL_SCOPE, on=AUTUMN, kind="other", title="Nyt fagsystem", measure=STOCK)
    engine.dispose()
    monkeypatch.setenv(DATABASE_URL, url)
    return open_page


def judged(town_url: str, *days: dt.date) -> Assessed:
    """The municipality as the engine judges it, with stock measures on these days."""
    engine = connect(town_url)
    frame = assess(read(engine, FULL_SCOPE), TODAY, days)
    engine.dispose()
    return frame


def opened(app: AppTest, what: str) -> AppTest:
    """Click on what is one click away."""
    app.session_state[what] = True
    app.run()
    assert not app.exception
    return app


def trend(app: AppTest, title: str) -> pa.Table:
    """The drawn rows of a measure's trend."""
    (chart,) = (each for each in app.get("vega_lite_chart") if each.proto.alt.startswith(f"{title}. "))
    return pa.ipc.open_stream(chart.proto.data.data).read_all()


def test_the_target_is_judged_first_and_drawn_from_its_day(open_noted: Open) -> None:
    app = open_noted("sanktioner")
    assert f"Tydeligt under Mål 99,5{texts.SPACE}%" in words(app)
    rows = trend(app, BY_KEY[DEADLINE].title)
    drawn = list(zip(rows["month"].to_pylist(), rows["target"].to_pylist(), strict=True))
    assert {target for first, target in drawn if first >= dt.date(2026, 1, 1)} == {0.995}
    assert {target for first, target in drawn if first < dt.date(2025, 10, 1)} == {None}


def test_events_are_numbered_below_the_measures_they_concern(open_noted: Open) -> None:
    deadline, stock = words(open_noted("sanktioner")), words(open_noted("mentor"))
    assert "1. 01-05-2026 Ny organisering (Organisation)." in deadline
    assert "Nyt fagsystem" not in deadline
    assert stock.count("2. 01-09-2026 Nyt fagsystem (Anden hændelse).") == 1


def test_the_rate_by_category_and_age_is_one_click_away(open_page: Open, town_url: str) -> None:
    app = open_page("sanktioner")
    assert "Pr. kategori" not in words(app)
    shown = words(opened(app, f"grupper_{DEADLINE}"))
    bands = dict(AGE_BANDS)
    for by in ("category", "age"):
        groups = figures(judged(town_url), YEAR_CUT, by).filter(measure=DEADLINE).to_dicts()
        for row in (row for row in groups if row["base"]):
            low = row["age"]
            name = texts.category(row["category"]) if by == "category" else texts.ages(low and (low, bands[low]))
            assert f"{name} {texts.rate_with_base(row['met'], row['base'])}" in shown
        assert sum(row["base"] for row in groups) > 0
    assert "Centrene og deres unge" in shown
    mix = compare.case_mix(judged(town_url), YEAR_CUT, DEADLINE)
    alike = mix.filter(
        (pl.col("matched") >= texts.UNCERTAIN) & (pl.col("matched") >= comparison.MATCHED * pl.col("base"))
    )
    bases = figures(judged(town_url), YEAR_CUT, "category").filter(measure=DEADLINE)
    unplaced, base = (int(rows["base"].sum()) for rows in (bases.filter(pl.col("category").is_null()), bases))
    told_why = texts.unplaced(unplaced, base) in shown
    assert told_why is (unplaced > UNKNOWN_SHARE * base)
    assert shown.count("lignende unge") == (0 if told_why else len(alike))


def test_the_date_begins_at_what_happened_last(open_noted: Open, town_url: str) -> None:
    app = opened(open_noted("sanktioner"), f"foer_efter_{DEADLINE}")
    assert app.date_input(key=f"dato_{DEADLINE}").value == SUMMER
    change = compare.before_after(judged(town_url), YEAR_CUT, DEADLINE, SUMMER)
    assert spoken(change) in words(app)


def test_without_anything_to_begin_at_the_date_is_a_year_back(open_page: Open) -> None:
    app = opened(open_page("sanktioner"), f"foer_efter_{DEADLINE}")
    field = app.date_input(key=f"dato_{DEADLINE}")
    assert field.value == months_before(TODAY, 12)
    assert (field.min, field.max) == comparison.bounds(TODAY)


def test_a_stock_measure_is_read_on_the_days_of_any_date(open_noted: Open, town_url: str) -> None:
    app = opened(open_noted("mentor"), f"foer_efter_{STOCK}")
    assert app.date_input(key=f"dato_{STOCK}").value == AUTUMN
    (earlier,) = (button for button in app.button if "Ny organisering" in button.label)
    earlier.click().run()
    assert app.date_input(key=f"dato_{STOCK}").value == SUMMER
    for day in (SUMMER, dt.date(2026, 2, 11)):
        app.date_input(key=f"dato_{STOCK}").set_value(day).run()
        assert not app.exception
        days = [side.date_to for side in compare.sides(YEAR_CUT, day, TODAY)]
        change = compare.before_after(judged(town_url, *days), YEAR_CUT, STOCK, day)
        assert change.before.base > 0
        shown = words(app)
        assert spoken(change) in shown
        assert f"{texts.date(days[0])} {texts.rate_with_base(change.before.met, change.before.base)}" in shown


def test_the_centre_that_is_chosen_is_the_one_that_moves(open_page: Open, town_url: str) -> None:
    first = "Center Arbejdsmarked og Borgerservice"
    app = opened(open_page("sanktioner", center=first), f"foer_efter_{DEADLINE}")
    day = months_before(TODAY, 12)
    cut = Cut(YEAR_CUT.date_from, YEAR_CUT.date_to, (first,))
    assert spoken(compare.before_after(judged(town_url), cut, DEADLINE, day)) in words(app)


def test_a_date_that_is_taken_away_comes_back(open_page: Open) -> None:
    app = opened(open_page("sanktioner"), f"foer_efter_{DEADLINE}")
    app.date_input(key=f"dato_{DEADLINE}").set_value(None).run()
    assert not app.exception
    assert "Fra " in words(app)


def test_the_first_interview_leads_to_its_waiting_time(open_page: Open) -> None:
    there = ("Se ventetid til første samtale", "")
    assert there in links(open_page("screening"))
    assert there not in links(open_page("visitation"))


def spoken(change: compare.Change) -> str:
    before, after = ((side.met, side.base) for side in (change.before, change.after))
    return texts.change_between(before, after, change.difference, change.low, change.high)

"""Beslutninger: what is urgent first with what has happened since, and only who may decide writes."""

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_access import published
from data_access.database import DATABASE_URL, writing
from data_access.decisions import comment_history, comments, decide, decisions, set_comment, step
from data_access.published import CELLS, last_day
from data_access.tables import FULL_SCOPE, Scope
from metrics.assess import BY_KEY
from tests.case_database import CENTERS, VIEW_DATE, fill
from tests.pages.test_access import HEAD
from ui import access, exports, texts

APP = Path(__file__).parents[2] / "app.py"
ANNA = Scope("anna", ("coordinator",), None)
SEPTEMBER, OCTOBER = dt.date(2026, 9, 1), dt.date(2026, 10, 1)
READERS = ("Styregruppe", HEAD.replace("Center Børn og Unge", CENTERS[1]))
KEY, TITLE = "first_interview", "Første samtale inden 1 uge"
Counts = tuple[int | None, int | None]


@pytest.fixture
def engine(sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """The small municipality's database with two published months, which the page reads and writes."""
    fill(sqlite_engine)
    publish(sqlite_engine, SEPTEMBER, {KEY: (36, 125), "decided": (None, None)})
    publish(sqlite_engine, OCTOBER, {KEY: (52, 127), "decided": (60, 90)})
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{str(sqlite_engine.url.database).removeprefix('file:')}")
    yield sqlite_engine
    st.cache_resource.clear()  # lets go of the connections before the database goes


def publish(engine: sa.Engine, month: dt.date, numbers: Mapping[str, Counts]) -> None:
    """A month as it would have been protected: `KEY` is divided on the centres, the others are not."""
    first, last = month.replace(year=month.year - 1), last_day(month)
    parts = [(center, False, 10, 40) for center in CENTERS]
    rows = [
        (key, first, last, center, whole, met, base, met is None, None)
        for key, counts in numbers.items()
        for center, whole, met, base in [*(parts if key == KEY else []), (None, True, *counts)]
    ]
    published.publish(
        engine,
        FULL_SCOPE,
        month=month,
        view_date=last,
        threshold=5,
        cells=pl.DataFrame(rows, CELLS, orient="row"),
        moves=pl.DataFrame(schema=published.MOVES),
        counts=pl.DataFrame(schema=published.COUNTS),
        rules={},
        code="",
    )


def made(engine: sa.Engine, **other: Any) -> int:
    said: dict[str, Any] = {
        "decided_on": dt.date(2026, 10, 5),
        "title": "Ring *samme* dag",
        "why": "Ventetiden",
        "responsible": "Teamleder",
        "do_by": dt.date(2026, 11, 1),
        "measure": KEY,
        "by_points": 0.1,
    }
    return decide(engine, ANNA, **{**said, **other}).number


def opened(role: str = "Ungekoordinator", page: str = "pages/meetings/decisions.py", **query: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.session_state[access.ROLE] = role
    app.run().switch_page(page)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def press(app: AppTest, label: str) -> AppTest:
    [button] = [button for button in app.button if button.label == label]
    return button.click().run()


def said(elements: Any) -> list[str]:
    """What is said, without the marks that keep Markdown from reading it."""
    return [element.value.replace("\\", "").replace(texts.SPACE, " ") for element in elements]


def titles(app: AppTest) -> list[str]:
    """The decisions in the order they stand."""
    return [words.partition("** ")[0].strip("*") for words in said(app.markdown) if "-badge[" in words]


# --- what stands there --------------------------------------------------------------------------------


def test_without_decisions_it_says_so_and_lets_one_write(engine: sa.Engine) -> None:
    app = opened()
    assert not app.exception
    assert said(app.info) == ["Der er ikke skrevet beslutninger endnu."]
    assert "Skriv en beslutning" in [header.value for header in app.header]
    assert not opened("Styregruppe").subheader


@pytest.mark.parametrize("role", ["Ungekoordinator", *READERS])
def test_everybody_reads_the_same_what_is_urgent_first(engine: sa.Engine, role: str) -> None:
    made(engine, title="Senere", do_by=dt.date(2027, 6, 1), measure="decided")
    made(engine, title="Snart", do_by=dt.date(2026, 12, 1), measure=None, by_points=None)
    done = made(engine, title="Gjort")
    step(engine, ANNA, done, state="done", note="På plads")
    made(engine)
    app = opened(role)
    assert not app.exception
    assert titles(app) == ["Ring *samme* dag", "Snart", "Senere", "Gjort"]
    shown = said(app.markdown)
    assert "**3 åbne beslutninger. 1 skulle være gjort, 1 skal være gjort inden 31 dage.**" in shown
    assert f"Skal flytte »{TITLE}« med +10 procentpoint (fra 29 % til 39 %)." in shown
    assert (
        "**Siden september 2026: 29 % (36 af 125) → 41 % (52 af 127), tydeligt op. Nået: +12,1 af +10 procentpoint.**"
        in shown
    )
    undivided = "skjult" if role == READERS[1] else "67 % (60 af 90)"  # a head could take own number from it
    assert f"**Siden september 2026: skjult → {undivided}, kan ikke sammenlignes.**" in shown
    about = "Besluttet 05-10-2026 · Teamleder · Skulle være gjort senest 01-11-2026: 21 dage over · Hele kommunen"
    assert about in said(app.caption)
    assert r"**Ring \*samme\* dag**" in next(text.value for text in app.markdown if "samme" in text.value)
    assert "**Senest sagt:** På plads" in shown
    assert [box.label for box in app.expander] == ["Gennemført eller opgivet (1)"]


@pytest.mark.parametrize("role", READERS)
def test_who_may_not_decide_is_given_no_field(engine: sa.Engine, role: str) -> None:
    made(engine)
    for view in ("beslutninger", "bemaerkninger"):
        app = opened(role, vis=view)
        assert not app.exception
        assert [*app.text_area, *app.text_input, *app.date_input] == []
        assert not [button for button in app.button if button.label.startswith("Gem")]


def test_the_address_picks_the_measure(engine: sa.Engine) -> None:
    made(engine)
    made(engine, title="Anden", measure="decided")
    assert titles(opened(noegletal=KEY)) == ["Ring *samme* dag"]
    assert titles(opened(noegletal="heard")) == []
    assert titles(opened(noegletal="vrøvl")) == ["Ring *samme* dag", "Anden"]


# --- writing ------------------------------------------------------------------------------------------


def fill_in(app: AppTest, **other: Any) -> AppTest:
    app.text_input(key="beslutning_hvad").set_value(other.get("title", "Ring samme dag"))
    app.text_area(key="beslutning_hvorfor").set_value("Ventetiden")
    app.text_input(key="beslutning_hvem").set_value("Teamleder")
    app.date_input(key="beslutning_senest").set_value(other.get("do_by", dt.date(2027, 1, 31)))
    app.selectbox(key="beslutning_noegletal").select(other.get("measure", KEY))
    app.text_input(key="beslutning_point").set_value(other.get("by", "10"))
    app.selectbox(key="beslutning_center").select(other.get("center", ""))
    return press(app, "Gem beslutningen")


def test_a_decision_is_said_listed_and_kept(engine: sa.Engine) -> None:
    app = fill_in(opened(), center=CENTERS[1], by="2,5")
    assert said(app.success) == [f"Gemt: Ring samme dag (Teamleder, senest 31-01-2027; {TITLE}; {CENTERS[1]})."]
    [kept] = decisions(engine, ANNA)
    assert (kept.decided_on, kept.do_by, kept.measure, kept.by_points) == (VIEW_DATE, dt.date(2027, 1, 31), KEY, 0.025)
    assert (kept.center, kept.saved_by) == (CENTERS[1], access.TRYING)
    for page in (app, opened("Styregruppe")):
        assert titles(page) == ["Ring samme dag"]
    assert any("en ung kan genkendes på" in words for words in said(app.warning))


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"title": " "}, "Skriv, hvad der er besluttet."),
        ({"do_by": None}, "Vælg en dato."),
        ({"do_by": VIEW_DATE - dt.timedelta(days=1)}, "Vælg, hvornår det skal være gjort"),
        ({"measure": ""}, "Vælg det nøgletal"),
        ({"by": "ti"}, "Skriv procentpoint som et tal"),
        ({"by": "100"}, "Skriv, hvor mange procentpoint"),
        ({"by": "-10"}, "For dette nøgletal er højt bedst: skriv fx +10."),
        ({"by": "10", "measure": "undocumented"}, "For dette nøgletal er lavt bedst: skriv fx −10."),
    ],
)
def test_what_cannot_be_decided_stays_in_the_form(engine: sa.Engine, other: dict[str, Any], error: str) -> None:
    app = fill_in(opened(), **other)
    assert [error in message for message in said(app.error)] == [True]
    assert app.text_area(key="beslutning_hvorfor").value == "Ventetiden"
    assert decisions(engine, ANNA) == ()


def test_how_far_it_is_is_saved_and_its_history_shown(engine: sa.Engine) -> None:
    number = made(engine)
    app = opened()
    app.selectbox(key=f"status_{number}_0").select("under_way")
    app.text_area(key=f"note_{number}_0").set_value("Vagtplan lagt")
    press(app, "Gem status")
    assert said(app.success) == ["Gemt: Ring *samme* dag: I gang."]
    assert "**Senest sagt:** Vagtplan lagt" in said(app.markdown)
    assert any(f"I gang, {access.TRYING}: Vagtplan lagt" in words for words in said(app.markdown))
    assert app.text_area(key=f"note_{number}_1").value == ""
    assert [one.state for one in decisions(engine, ANNA)[0].steps] == ["under_way"]
    app.selectbox(key=f"status_{number}_1").select("dropped")
    press(app, "Gem status")
    assert said(app.error) == ["Skriv i noten, hvorfor beslutningen er opgivet."]
    assert not app.run().error


def test_a_click_of_who_may_no_longer_decide_saves_nothing(engine: sa.Engine) -> None:
    number = made(engine)
    app = opened()
    app.text_area(key=f"note_{number}_0").set_value("Vagtplan lagt")
    app.session_state[access.ROLE] = "Styregruppe"
    press(app, "Gem status")
    assert decisions(engine, ANNA)[0].steps == ()
    assert not app.success
    assert not app.error


def test_while_a_delivery_is_taken_in_the_page_stands_and_says_it(engine: sa.Engine) -> None:
    app = opened()
    with writing(engine):
        fill_in(app)
    assert [message.startswith("Det blev ikke gemt") for message in said(app.error)] == [True]
    assert app.text_input(key="beslutning_hvad").value == "Ring samme dag"


# --- comments -----------------------------------------------------------------------------------------


def fields(app: AppTest) -> dict[str, Any]:
    """Key of the measure -> its field."""
    return {
        key: area for area in app.text_area for key in BY_KEY if str(area.key).startswith(f"bemaerkning_{key}_2026")
    }


def test_a_comment_is_saved_beside_its_number_and_read_by_all(engine: sa.Engine) -> None:
    app = opened(vis="bemaerkninger")
    shown = fields(app)
    assert f"**{TITLE}** 41 % (52 af 127)" in [
        area.label.replace("\\", "").replace(texts.SPACE, " ") for area in shown.values()
    ]
    assert shown["literacy_test"].label.endswith("offentliggøres ikke")
    shown[KEY].set_value("To *vikarer*")
    press(app, "Gem bemærkningerne")
    assert said(app.success) == [f"Gemt: {TITLE}, oktober 2026: To *vikarer*"]
    assert [(each.measure, each.month) for each in comments(engine, ANNA)] == [(KEY, OCTOBER)]
    assert fields(app.run())[KEY].value == "To *vikarer*"
    press(app, "Gem bemærkningerne")
    assert said(app.info) == ["Der er intet nyt at gemme."]
    assert len(comment_history(engine, ANNA)) == 1
    for role in READERS:
        words = said(opened(role, vis="bemaerkninger").markdown)
        assert "To *vikarer*" in words
        assert f"**{TITLE}** 41 % (52 af 127)" in words


def test_what_a_colleague_saved_meanwhile_is_not_overwritten(engine: sa.Engine) -> None:
    app = opened(vis="bemaerkninger")
    fields(app)["literacy_test"].set_value("Nyt hold")
    set_comment(engine, ANNA, measure=KEY, month=OCTOBER, text="Fra Anna")
    press(app, "Gem bemærkningerne")
    assert {each.measure: each.text for each in comments(engine, ANNA)} == {
        "literacy_test": "Nyt hold",
        KEY: "Fra Anna",
    }


@pytest.mark.parametrize("again", ["Fra Anna, rettet", ""])
def test_what_was_typed_while_a_colleague_wrote_stays_and_is_told(engine: sa.Engine, again: str) -> None:
    set_comment(engine, ANNA, measure=KEY, month=OCTOBER, text="Fra Anna")
    app = opened(vis="bemaerkninger")
    fields(app)[KEY].set_value("Min tekst")
    fields(app)["literacy_test"].set_value("Nyt hold")
    set_comment(engine, ANNA, measure=KEY, month=OCTOBER, text=again)
    press(app, "Gem bemærkningerne")
    assert not app.exception
    what = f"har skrevet imens: »{again}«" if again else "har slettet bemærkningen imens"
    told = f"{TITLE}: En kollega {what}. Din tekst er ikke gemt, men står i feltet. Gem igen, hvis den skal gælde."
    assert told in said(app.warning)
    assert said(app.success) == ["Gemt: Læse-, skrive- og regnetest inden 1 måned, oktober 2026: Nyt hold"]
    assert fields(app)[KEY].value == "Min tekst"
    assert [each.text for each in comments(engine, ANNA) if each.measure == KEY] == ([again] if again else [])
    assert fields(app.run())[KEY].value == "Min tekst"
    press(app, "Gem bemærkningerne")
    assert said(app.success) == [f"Gemt: {TITLE}, oktober 2026: Min tekst"]
    assert fields(app)[KEY].value == "Min tekst"


def test_what_was_saved_on_one_line_is_not_taken_for_a_colleague_s(engine: sa.Engine) -> None:
    app = opened(vis="bemaerkninger")
    fields(app)[KEY].set_value(" To\nvikarer ")
    set_comment(engine, ANNA, measure=KEY, month=OCTOBER, text=" To\nvikarer ")  # as the first of two clicks
    press(app, "Gem bemærkningerne")
    assert said(app.info) == ["Der er intet nyt at gemme."]
    assert fields(app)[KEY].value == "To vikarer"


def test_a_comment_that_cannot_be_saved_stays_and_the_others_are_saved(engine: sa.Engine) -> None:
    app = opened(vis="bemaerkninger", maaned="september 2026")
    fields(app)[KEY].set_value("Se " + "610190" + "-1234")
    fields(app)["literacy_test"].set_value("Nyt hold")
    press(app, "Gem bemærkningerne")
    assert [message.startswith("Bemærkningen indeholder") for message in said(app.error)] == [True]
    assert [(each.measure, each.month) for each in comments(engine, ANNA)] == [("literacy_test", SEPTEMBER)]
    assert fields(app)[KEY].value.startswith("Se 61")


def test_a_theme_without_comments_says_where_there_are_some(engine: sa.Engine) -> None:
    set_comment(engine, ANNA, measure="decided", month=OCTOBER, text="Ord")
    app = opened("Styregruppe", vis="bemaerkninger")
    assert said(app.info) == [
        "Der er ingen bemærkninger til temaet i den måned. Der er bemærkninger under Udeblivelser og sanktioner."
    ]
    assert "Alle bemærkninger, der har været gemt til oktober 2026" in [box.label for box in app.expander]


def test_without_a_published_month_there_is_nothing_to_comment(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "months", lambda *_: ())
    app = opened(vis="bemaerkninger")
    assert said(app.info) == ["Der er ikke offentliggjort tal endnu, så der er intet at skrive bemærkninger til."]


# --- files, and beside the trend ----------------------------------------------------------------------


@pytest.mark.parametrize("view", ["beslutninger", "bemaerkninger"])
def test_what_is_shown_can_be_taken_out(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, view: str) -> None:
    made(engine)
    set_comment(engine, ANNA, measure=KEY, month=OCTOBER, text="To vikarer")
    files: dict[str, pl.DataFrame] = {}
    monkeypatch.setattr(exports, "offer", lambda _scope, frame, *, name, **_: files.setdefault(name, frame()))
    opened("Styregruppe", vis=view)
    [(name, frame)] = files.items()
    assert name == view
    assert frame["Nøgletal"].to_list() == [TITLE]
    words = " ".join(map(str, frame.row(0))).replace(texts.SPACE, " ")
    assert ("41 % (52 af 127)" in words, "To vikarer" in words) == (True, view == "bemaerkninger")


@pytest.mark.parametrize("role", ["Ungekoordinator", READERS[1]])
def test_a_decision_and_the_comment_stand_beside_the_trend(engine: sa.Engine, role: str) -> None:
    made(engine)
    made(engine, title="Kun et andet centers", center=CENTERS[2])
    set_comment(engine, ANNA, measure=KEY, month=OCTOBER, text="To <vikarer>")
    set_comment(engine, ANNA, measure=KEY, month=SEPTEMBER, text="Ældre")
    app = opened(role, page="pages/leadership/screening.py")
    assert not app.exception
    body = " ".join(block.proto.body for block in app.get("html")).replace(texts.SPACE, " ")
    since = "Siden september 2026: 29 % (36 af 125) →"
    assert f"1. 05-10-2026 Beslutning: Ring *samme* dag (Ikke begyndt · Hele kommunen). {since}" in body
    assert "Bemærkning til oktober 2026, hele kommunen" in body
    assert "To &lt;vikarer&gt;" in body
    assert "Ældre" not in body
    assert "Kun et andet centers" not in body  # as an event: when its centre is chosen
    charts = [chart.proto.alt for chart in app.get("vega_lite_chart")]
    assert any("Beslutning: 05-10-2026 Ring *samme* dag." in alt for alt in charts)

"""Mål og hændelser: what is saved is said as it was read back, and what cannot be saved stays in its form."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_access.annotations import Event, InvalidAnnotation, Target, add_event, events, set_target, target_history
from data_access.database import DATABASE_URL, writing
from data_access.tables import FULL_SCOPE, Scope
from metrics.assess import BY_KEY
from metrics.measures import MEASURES
from tests.case_database import CENTERS, VIEW_DATE, fill
from ui import access, targets, texts

APP = Path(__file__).parents[2] / "app.py"
BO = Scope("bo", ("administrator",))
FIRST, DECEMBER = "first_interview", dt.date(2026, 12, 1)
WHEN = dt.datetime(2026, 11, 22, 13, 5, tzinfo=dt.UTC)


@pytest.fixture
def engine(sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """The small municipality's database, which the page reads and writes."""
    fill(sqlite_engine)
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{str(sqlite_engine.url.database).removeprefix('file:')}")
    yield sqlite_engine
    st.cache_resource.clear()  # lets go of the connections before the database goes


@pytest.fixture
def app(engine: sa.Engine) -> AppTest:
    return opened()


def opened() -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    return app.run().switch_page("pages/data/targets.py").run()


def press(app: AppTest, label: str) -> AppTest:
    [button] = [button for button in app.button if button.label == label]
    return button.click().run()


def said(elements: Any) -> list[str]:
    """What is said, without the marks that keep Markdown from reading it."""
    return [element.value.replace("\\", "").replace(texts.SPACE, " ") for element in elements]


def save_target(app: AppTest, rate: str, day: dt.date | None = DECEMBER, note: str = "") -> AppTest:
    app.text_input(key=f"procent_{FIRST}").set_value(rate)
    app.date_input(key=f"fra_{FIRST}").set_value(day)
    app.text_input(key=f"note_{FIRST}").set_value(note)
    return press(app, "Gem målet")


def write_event(app: AppTest, kind: str = "organisation", title: str = "Ny leder") -> AppTest:
    app.selectbox(key="haendelse_art").select(kind)
    app.text_input(key="haendelse_overskrift").set_value(title)
    return press(app, "Gem hændelsen")


# --- targets ------------------------------------------------------------------------------------------


def test_an_empty_municipality_is_told_where_to_begin(app: AppTest) -> None:
    assert not app.exception
    assert [info.value.split(".")[0] for info in app.info] == [
        "Der er ikke sat mål endnu",
        "Der er ikke skrevet hændelser endnu",
    ]
    assert not app.dataframe


def test_a_saved_target_is_said_listed_and_kept(app: AppTest, engine: sa.Engine) -> None:
    save_target(app, "92,5", note="Udvalget, *juni*")
    assert said(app.success) == ["Gemt: mål 92,5 % for Første samtale inden 1 uge fra 01-12-2026."]
    assert not app.error
    for page in (app, opened()):
        listed, history = (table.value for table in page.dataframe)
        assert listed.iloc[0].tolist()[:2] == ["Første samtale inden 1 uge", f"92,5{texts.SPACE}%"]
        assert (listed["state"][0], listed["note"][0]) == (targets.LATER, "Udvalget, *juni*")
        assert (len(listed), len(history)) == (1, 1)
    [kept] = target_history(engine, FULL_SCOPE)
    assert (kept.rate, kept.valid_from, kept.saved_by) == (0.925, DECEMBER, access.TRYING)


def test_a_target_holds_from_next_month_if_nothing_else_is_chosen(app: AppTest) -> None:
    assert app.date_input(key=f"fra_{FIRST}").value == DECEMBER


@pytest.mark.parametrize(
    ("rate", "day", "error"),
    [
        ("", DECEMBER, "Skriv målet som et tal"),
        ("halvfems", DECEMBER, "Skriv målet som et tal"),
        ("101", DECEMBER, "Målet skal ligge mellem 0 og 100 %"),
        ("95", None, "Vælg en dato."),
    ],
)
def test_a_target_that_cannot_be_saved_stays_in_the_form(
    app: AppTest, engine: sa.Engine, rate: str, day: dt.date | None, error: str
) -> None:
    save_target(app, rate, day)
    assert [error in message for message in said(app.error)] == [True]
    assert not app.success
    assert app.text_input(key=f"procent_{FIRST}").value == rate
    assert target_history(engine, FULL_SCOPE) == ()


def test_what_was_typed_for_one_measure_is_not_there_for_another(app: AppTest) -> None:
    save_target(app, "95")
    app.selectbox(key="maal_noegletal").select("decided").run()
    assert app.text_input(key="procent_decided").value == ""
    assert not app.success


def test_the_rule_the_country_and_the_present_target_stand_beside_the_form(app: AppTest, engine: sa.Engine) -> None:
    set_target(engine, BO, measure=FIRST, valid_from=VIEW_DATE, rate=0.95, note="")
    beside = next(text for text in said(app.run().markdown) if text.startswith("- **Regel**"))
    assert "- **Landet**: 92 % (fokusrevisionen, december 2021)" in beside
    assert "- **Mål i dag**: 95 %" in beside


def test_a_target_can_be_removed_from_a_day_where_there_is_one(app: AppTest, engine: sa.Engine) -> None:
    press(app, "Fjern målet")
    assert [message.startswith("Nøgletallet har intet mål på den dato") for message in said(app.error)] == [True]
    set_target(engine, BO, measure=FIRST, valid_from=VIEW_DATE, rate=0.95, note="")
    press(app, "Fjern målet")
    assert said(app.success) == ["Gemt: intet mål for Første samtale inden 1 uge fra 01-12-2026."]
    assert [entry.rate for entry in target_history(engine, FULL_SCOPE)] == [None, 0.95]


def test_while_a_delivery_is_taken_in_the_page_stands_and_says_it(app: AppTest, engine: sa.Engine) -> None:
    with writing(engine):
        save_target(app, "95")
    assert [message.startswith("Det blev ikke gemt") for message in said(app.error)] == [True]
    assert app.text_input(key=f"procent_{FIRST}").value == "95"


# --- events -------------------------------------------------------------------------------------------


def test_a_saved_event_is_said_listed_and_kept(app: AppTest, engine: sa.Engine) -> None:
    app.date_input(key="haendelse_dato").set_value(dt.date(2026, 3, 1))
    app.selectbox(key="haendelse_noegletal").select(FIRST)
    app.selectbox(key="haendelse_center").select(CENTERS[1])
    app.text_area(key="haendelse_begrundelse").set_value("Hun begyndte den 1.")
    app.checkbox(key="haendelse_nyt_niveau").check()
    write_event(app, title="Ny *leder*")
    concerns = f"Organisation · Screening · Første samtale inden 1 uge · {CENTERS[1]}"
    assert said(app.success) == [
        f"Gemt: Ny *leder*, 01-03-2026 ({concerns}). Det forventede niveau bliver talt forfra fra den måned."
    ]
    [kept] = events(engine, FULL_SCOPE)
    assert (kept.on, kept.kind, kept.measure, kept.center) == (
        dt.date(2026, 3, 1), "organisation", FIRST, CENTERS[1],
    )  # fmt: skip
    assert (kept.rebase, kept.reason, kept.saved_by) == (True, "Hun begyndte den 1.", access.TRYING)
    for page in (app, opened()):
        shown = said(page.markdown)
        assert r"**Ny \*leder\***" in [text.value for text in page.markdown]  # as it was written, not as Markdown
        assert "Hun begyndte den 1." in shown
        assert concerns in said(page.caption)
        assert any("Nyt forventet niveau" in text for text in shown)


def test_an_event_concerns_everything_unless_one_says_otherwise(app: AppTest, engine: sa.Engine) -> None:
    write_event(app)
    [kept] = events(engine, FULL_SCOPE)
    assert (kept.on, kept.measure, kept.center, kept.rebase) == (VIEW_DATE, None, None, False)
    assert "Organisation · Alle nøgletal · Hele kommunen" in said(app.caption)


def test_the_newest_event_stands_first(app: AppTest, engine: sa.Engine) -> None:
    for day in (dt.date(2026, 1, 1), dt.date(2025, 1, 1), dt.date(2026, 6, 1)):
        add_event(engine, BO, on=day, kind="other", title=f"Hændelse {day.year}-{day.month}")
    titles = [text.strip("*") for text in said(app.run().markdown) if text.startswith("**Hændelse")]
    assert titles == ["Hændelse 2026-6", "Hændelse 2026-1", "Hændelse 2025-1"]


@pytest.mark.parametrize(
    ("kind", "title", "rebase", "error"),
    [
        ("", "Ny leder", False, "Vælg hændelsens art på listen."),
        ("law", " ", False, "Skriv en overskrift, der siger, hvad der skete."),
        ("law", "Ny leder", True, "Skriv en begrundelse: et nyt forventet niveau skal kunne forklares."),
    ],
)
def test_an_event_that_cannot_be_saved_stays_in_the_form(
    app: AppTest, engine: sa.Engine, kind: str, title: str, rebase: bool, error: str
) -> None:
    app.checkbox(key="haendelse_nyt_niveau").set_value(rebase)
    write_event(app, kind, title)
    assert said(app.error) == [error]
    assert app.text_input(key="haendelse_overskrift").value == title
    assert app.checkbox(key="haendelse_nyt_niveau").value is rebase
    assert events(engine, FULL_SCOPE) == ()


def test_an_event_is_withdrawn_when_one_says_yes(app: AppTest, engine: sa.Engine) -> None:
    gone, stays = (add_event(engine, BO, on=VIEW_DATE, kind="covid", title=title) for title in ("Luk", "Åbn"))
    app.run()
    assert events(engine, FULL_SCOPE) == (gone, stays)
    app.button(key=f"ja_{gone.id}").click().run()
    assert said(app.success) == ["Hændelsen er trukket tilbage."]
    assert events(engine, FULL_SCOPE) == (stays,)
    assert "**Luk**" not in said(app.markdown)
    assert not app.run().success


def test_what_a_colleague_has_withdrawn_is_not_withdrawn_again(app: AppTest, engine: sa.Engine) -> None:
    event = add_event(engine, BO, on=VIEW_DATE, kind="covid", title="Luk")
    app.run()
    with writing(engine) as connection:
        connection.execute(sa.text("UPDATE events SET withdrawn_at = saved_at, withdrawn_by = 'bo'"))
    app.button(key=f"ja_{event.id}").click().run()
    assert [message.startswith("Hændelsen er allerede trukket tilbage") for message in said(app.error)] == [True]


def test_a_database_that_is_not_upgraded_is_said_in_danish(app: AppTest, engine: sa.Engine) -> None:
    with writing(engine) as connection:
        connection.execute(sa.text("DROP TABLE targets"))
        connection.execute(sa.text("DROP TABLE events"))
    app.run()
    assert not app.exception
    assert "Ingen forbindelse til databasen" in [title.value for title in app.title]


# --- in words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "fraction"),
    [("95", 0.95), ("92,5", 0.925), ("92.5", 0.925), (" 80 % ", 0.8), ("0", 0.0), ("100,0%", 1.0), ("33,3", 0.333)],
)
def test_a_percentage_is_read_as_people_type_it(typed: str, fraction: float) -> None:
    assert targets.fraction(typed) == fraction


@pytest.mark.parametrize("typed", [None, "", "%", "-5", "92,55", "1e2", "0,95.", "95 procent", "1000"])
def test_what_is_no_percentage_is_refused(typed: str | None) -> None:
    with pytest.raises(InvalidAnnotation, match="højst én decimal"):
        targets.fraction(typed)


@pytest.mark.parametrize(("share", "words"), [(0.95, "95 %"), (0.925, "92,5 %"), (0.0, "0 %"), (None, "intet mål")])
def test_a_target_is_said_with_a_decimal_where_it_has_one(share: float | None, words: str) -> None:
    assert targets.rate(share).replace(texts.SPACE, " ") == words


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (dt.date(2026, 11, 22), dt.date(2026, 12, 1)),
        (dt.date(2026, 12, 31), dt.date(2027, 1, 1)),
        (dt.date(2026, 1, 1), dt.date(2026, 2, 1)),
    ],
)
def test_the_first_of_the_month_after(day: dt.date, first: dt.date) -> None:
    assert targets.next_month(day) == first


def entry(measure: str, day: str, rate: float | None) -> Target:
    return Target(measure, dt.date.fromisoformat(day), rate, "", WHEN, "bo")


def test_only_what_holds_now_or_is_to_come_is_listed_by_theme() -> None:
    written = [
        entry("decided", "2026-01-01", 0.7),
        entry("decided", "2026-06-01", None),
        entry("final_visitation", "2025-01-01", 0.9),
        entry("final_visitation", "2026-01-01", 0.95),
        entry("final_visitation", "2027-01-01", None),
        entry(FIRST, "2027-01-01", 0.98),
        entry("a_measure_that_is_gone", "2026-01-01", 0.5),
    ]
    listed = targets.standing(written, VIEW_DATE).select("title", "target", "state").rows()
    assert [(title, target.replace(texts.SPACE, " "), state) for title, target, state in listed] == [
        ("Første samtale inden 1 uge", "98 %", targets.LATER),
        ("Endelig visitation inden 3 måneder", "95 %", targets.NOW),
        ("Endelig visitation inden 3 måneder", "intet mål", targets.LATER),
    ]


def test_the_history_keeps_what_the_catalogue_has_forgotten() -> None:
    history = targets.history([entry("a_measure_that_is_gone", "2026-01-01", 0.5)])
    assert history.row(0)[:2] == ("22-11-2026 kl. 14.05", "a_measure_that_is_gone")
    event = Event(1, VIEW_DATE, "law", "Lov", "", "a_measure_that_is_gone", None, False, WHEN, "bo")
    assert targets.concerns(event) == "Lov · a_measure_that_is_gone · Hele kommunen"


def test_every_measure_may_have_a_target_and_says_what_to_know_first() -> None:
    assert set(targets.TITLES) == {measure.key for measure in MEASURES}
    for measure in MEASURES:
        about = dict(targets.about(measure, (), VIEW_DATE))
        assert about["Regel"] == measure.rule
        assert about["Mål i dag"] == "intet mål"
        national = [each for each in measure.benchmarks if each.area == "hele landet"]
        assert ("intet landstal" in about["Landet"]) is not bool(national)
        assert all((each.not_comparable or "") in about["Landet"] for each in national)
        assert ("Lav er bedst" in about) is measure.lower_is_better
    assert BY_KEY["undocumented"].lower_is_better

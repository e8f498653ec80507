"""Månedens tal: what is published is shown to who may see it, and only who may publish can publish."""

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_access import published as stored
from data_access.database import DATABASE_URL, connect
from data_access.tables import FULL_SCOPE, centers
from ui import access, texts

APP = Path(__file__).parents[2] / "app.py"
SEPTEMBER, OCTOBER = dt.date(2026, 9, 1), dt.date(2026, 10, 1)


@pytest.fixture
def engine(untouched_town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """A municipality's database of its own, which the page reads and writes."""
    path = tmp_path / "town.db"
    shutil.copy(untouched_town, path)
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{path}")
    engine = connect(f"sqlite:///{path}")
    yield engine
    engine.dispose()
    st.cache_resource.clear()  # lets go of the connections before the database goes


def opened(role: str = "Ungekoordinator") -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.session_state[access.ROLE] = role
    return app.run().switch_page("pages/leadership/published.py").run()


def said(elements: Any) -> list[str]:
    """What is said, without the marks that keep Markdown from reading it."""
    return [element.value.replace("\\", "").replace(texts.SPACE, " ") for element in elements]


def tables(app: AppTest) -> str:
    """All the tables of the page."""
    bodies = [element.proto.body for element in app.get("html")]
    return "".join(body for body in bodies if body.startswith('<div class="maaned">'))


def look(app: AppTest, month: dt.date) -> AppTest:
    """Open the preview of a month."""
    app.session_state[f"forhaandsvis_{month}"] = True
    return app.run()


def publish(app: AppTest, month: dt.date) -> AppTest:
    return look(app, month).button(key=f"ja_{month}").click().run()


def test_nothing_published_is_said(engine: sa.Engine) -> None:
    app = opened("Styregruppe")
    assert not app.exception
    assert said(app.info)[0].startswith("Der er ikke offentliggjort tal endnu.")
    assert not app.get("popover")[1:]
    assert not tables(app)


def test_a_month_is_looked_at_before_it_is_published(engine: sa.Engine) -> None:
    app = look(opened(), OCTOBER)
    assert not app.exception
    [words] = [each for each in said(app.markdown) if "andele bliver skjult" in each]
    assert "bliver ikke lavet om" in words
    assert ">skjult<" in tables(app)
    assert stored.months(engine, FULL_SCOPE) == ()


def test_a_month_that_is_published_is_shown_to_the_steering_group(engine: sa.Engine) -> None:
    app = publish(opened(), OCTOBER)
    assert not app.exception
    assert said(app.success) == ["Tallene for oktober 2026 er offentliggjort."]
    [kept] = stored.months(engine, FULL_SCOPE)
    assert (kept.month, kept.published_by) == (OCTOBER, access.TRYING)
    seen = opened("Styregruppe")
    assert not seen.exception
    assert tables(seen) == tables(app)
    assert ">skjult<" in tables(seen)
    assert not [button for button in seen.button if "ffentliggør" in button.label]
    assert app.run().success == []  # a click publishes once


@pytest.fixture
def two_months(engine: sa.Engine) -> sa.Engine:
    app = publish(opened(), SEPTEMBER)
    publish(app, OCTOBER)
    assert len(stored.months(engine, FULL_SCOPE)) == 2
    return engine


def test_the_newest_month_is_shown_and_another_can_be_chosen(two_months: sa.Engine) -> None:
    app = opened("Styregruppe")
    assert app.selectbox(key="maaned").options == ["oktober 2026", "september 2026"]
    assert app.selectbox(key="maaned").value == "oktober 2026"
    newest = tables(app)
    app.selectbox(key="maaned").select("september 2026").run()
    assert not app.exception
    assert any("(01-10-2025 til 30-09-2026)" in words for words in said(app.caption))
    assert tables(app) != newest


def test_when_all_is_published_the_next_is_named(two_months: sa.Engine) -> None:
    [words] = [each for each in said(opened().caption) if each.startswith("Alle hele måneder")]
    assert "November 2026 kan offentliggøres" in words


@pytest.mark.parametrize("role", ["Administrator", "Databeskyttelse"])
def test_others_do_not_see_the_page(engine: sa.Engine, role: str) -> None:
    app = opened(role)
    assert access.REFUSED in said(app.warning)
    assert not tables(app)


@pytest.mark.parametrize("role", ["Styregruppe", "Afdelingsleder"])
def test_a_forged_click_of_who_may_not_publish_does_nothing(engine: sa.Engine, role: str) -> None:
    full = next(name for name in access.demo_roles(centers(engine)) if name.startswith(role))
    app = opened(full)
    app.session_state["offentliggoer"] = OCTOBER
    app.run()
    assert not app.exception
    assert stored.months(engine, FULL_SCOPE) == ()


def test_two_who_publish_the_same_month_are_told(engine: sa.Engine) -> None:
    first, second = look(opened(), OCTOBER), look(opened(), OCTOBER)
    first.button(key=f"ja_{OCTOBER}").click().run()
    second.button(key=f"ja_{OCTOBER}").click().run()
    assert not second.exception
    assert said(second.error) == ["Månedens tal er allerede offentliggjort, og de bliver ikke lavet om."]


def test_a_wrong_setting_is_said_where_it_matters(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNGEOVERBLIK_DISCLOSURE_THRESHOLD", "2")
    app = look(opened(), OCTOBER)
    assert not app.exception
    assert said(app.error) == [
        "UNGEOVERBLIK_DISCLOSURE_THRESHOLD skal være et helt tal fra 3 til 20. Ret indstillingen."
    ]


def test_the_file_is_offered_to_who_may_take_it_out(two_months: sa.Engine) -> None:
    assert [each for each in opened("Styregruppe").get("popover") if each.proto.popover.label == "Hent som fil"]

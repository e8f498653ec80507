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
from data_access.database import DATABASE_URL, connect, writing
from data_access.tables import FULL_SCOPE, centers
from ui import access, texts

APP = Path(__file__).parents[2] / "app.py"
SEPTEMBER, OCTOBER = dt.date(2026, 9, 1), dt.date(2026, 10, 1)
GREEN = "Tallene kan genskabes: genregnet nu med samme resultat."


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
    return "".join(body for body in bodies if body.startswith('<div class="maaned'))


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
    assert said(app.success) == ["Tallene for oktober 2026 er offentliggjort.", GREEN]
    [kept] = stored.months(engine, FULL_SCOPE)
    assert (kept.month, kept.published_by) == (OCTOBER, access.TRYING)
    seen = opened("Styregruppe")
    assert not seen.exception
    assert tables(seen) == tables(app)
    assert ">skjult<" in tables(seen)
    assert not [button for button in seen.button if "ffentliggør" in button.label]
    assert said(app.run().success) == [GREEN]  # a click publishes once


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
    app.session_state["offentliggoer"] = (OCTOBER, "")
    app.run()
    assert not app.exception
    assert stored.months(engine, FULL_SCOPE) == ()


def test_two_who_publish_the_same_month_are_told(engine: sa.Engine) -> None:
    first, second = look(opened(), OCTOBER), look(opened(), OCTOBER)
    first.button(key=f"ja_{OCTOBER}").click().run()
    second.button(key=f"ja_{OCTOBER}").click().run()
    assert not second.exception
    [refused] = said(second.error)
    assert refused.startswith("Månedens tal er allerede offentliggjort, og de bliver ikke lavet om.")


def test_a_wrong_setting_is_said_where_it_matters(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNGEOVERBLIK_DISCLOSURE_THRESHOLD", "2")
    app = look(opened(), OCTOBER)
    assert not app.exception
    assert said(app.error) == [
        "UNGEOVERBLIK_DISCLOSURE_THRESHOLD skal være et helt tal fra 3 til 20. Ret indstillingen."
    ]


def test_the_file_is_offered_to_who_may_take_it_out(two_months: sa.Engine) -> None:
    assert [each for each in opened("Styregruppe").get("popover") if each.proto.popover.label == "Hent som fil"]


def registered_late(engine: sa.Engine) -> None:
    """A delivery in which interviews have come that were held before."""
    with writing(engine) as connection:
        connection.exec_driver_sql(
            "INSERT INTO imports (id, delivery, source, imported_at, extract_date, known_on, demo) "
            "SELECT max(id) + 1, 'sen', 'contract', imported_at, max(extract_date), max(known_on), demo FROM imports"
        )
        connection.exec_driver_sql(
            "INSERT INTO interviews (known_from, case_id, interview_id, held_on, form) "
            "SELECT (SELECT max(id) FROM imports), case_id, 'sen-' || case_id, first_enquiry_on, 'fremmoede' "
            "FROM cases WHERE known_to IS NULL AND first_enquiry_on BETWEEN '2026-01-01' AND '2026-09-30'"
        )
    with writing(engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM interviews WHERE known_from > 2").scalar() > 9


def corrected(app: AppTest, reason: str) -> AppTest:
    """Open the correction of the month on the page, give a reason and say yes."""
    app.session_state["ret_tallene"] = True
    app.run()
    app.text_input(key=f"begrundelse_{OCTOBER}").input(reason).run()
    return app.button(key=f"ret_{OCTOBER}").click().run()


def test_what_is_published_is_checked_for_who_may_publish(two_months: sa.Engine) -> None:
    app = opened()
    assert said(app.success) == [GREEN]
    assert said(app.error) == []
    for role in ("Styregruppe", next(r for r in access.demo_roles(centers(two_months)) if r.startswith("Afdeling"))):
        seen = opened(role)
        assert not seen.exception
        assert (said(seen.success), said(seen.error)) == ([], [])


def test_a_number_that_is_no_longer_as_it_was_is_told_in_red(two_months: sa.Engine) -> None:
    with writing(two_months) as connection:
        connection.exec_driver_sql("DROP TRIGGER published_cells_is_not_changed")
        connection.exec_driver_sql(
            "UPDATE published_cells SET base = base + 1 WHERE publication_id = 2 AND whole AND measure = 'mentor'"
        )
    app = opened()
    assert not app.exception
    broken, differs = said(app.error)
    assert broken.startswith("Tallene for 10-2026, version 1, er ikke, som de blev offentliggjort")
    assert differs.startswith("Tallene kan ikke genskabes: 1 tal er anderledes")
    assert said(app.success) == []
    assert "Kan ikke forklares." in "".join(element.proto.body for element in app.get("html"))
    assert said(opened("Styregruppe").error) == []


def test_a_correction_stands_beside_what_it_corrects(two_months: sa.Engine) -> None:
    before = tables(opened("Styregruppe"))
    registered_late(two_months)
    app = corrected(opened(), "Samtaler er registreret for sent")
    assert not app.exception
    assert said(app.success) == ["Tallene for oktober 2026 er rettet: version 2 er offentliggjort.", GREEN]
    first, second = stored.versions(two_months, FULL_SCOPE, OCTOBER)
    assert (second.delivery, second.reason) == (first.delivery + 1, "Samtaler er registreret for sent")
    seen = opened("Styregruppe")
    assert said(seen.info) == ["Rettet: Samtaler er registreret for sent"]
    assert seen.selectbox(key="version").options == ["2", "1"]
    assert tables(seen) != before
    seen.selectbox(key="version").select("1").run()
    assert not seen.exception
    [words] = said(seen.warning)
    assert words.startswith("Version 1 er erstattet af version 2 (")
    assert words.endswith("): Samtaler er registreret for sent")
    assert tables(seen) == before
    seen.selectbox(key="maaned").select("september 2026").run()
    seen.selectbox(key="maaned").select("oktober 2026").run()
    assert seen.selectbox(key="version").value == "2"


def test_what_has_not_changed_cannot_be_corrected(two_months: sa.Engine) -> None:
    app = opened()
    app.session_state["ret_tallene"] = True
    app.run()
    assert any("Der er intet at rette." in words for words in said(app.markdown))
    assert not [button for button in app.button if button.label.startswith("Ja, offentliggør")]


def test_a_correction_without_a_reason_is_refused(two_months: sa.Engine) -> None:
    registered_late(two_months)
    app = opened()
    app.session_state["ret_tallene"] = True
    app.run()
    assert app.button(key=f"ret_{OCTOBER}").disabled
    app.session_state["offentliggoer"] = (OCTOBER, "")
    app.run()
    assert said(app.error)[0].startswith("Månedens tal er allerede offentliggjort")
    assert len(stored.versions(two_months, FULL_SCOPE)) == 2


@pytest.mark.parametrize("role", ["Styregruppe", "Afdelingsleder"])
def test_who_may_not_publish_cannot_correct(two_months: sa.Engine, role: str) -> None:
    registered_late(two_months)
    app = opened(next(name for name in access.demo_roles(centers(two_months)) if name.startswith(role)))
    assert not [each for each in app.get("popover") if each.proto.popover.label == "Ret tallene"]
    app.session_state["offentliggoer"] = (OCTOBER, "Rettet")
    app.run()
    assert not app.exception
    assert len(stored.versions(two_months, FULL_SCOPE)) == 2


def test_how_many_youths_is_shown_to_who_cannot_subtract_their_own(two_months: sa.Engine) -> None:
    assert "Antal unge, 31-10-2026" in tables(opened("Styregruppe"))
    head = next(name for name in access.demo_roles(centers(two_months)) if name.startswith("Afdelingsleder"))
    assert "Antal unge" not in tables(opened(head))


def test_the_material_of_a_month_can_be_taken_out_by_who_may(engine: sa.Engine) -> None:
    app = opened()
    publish(app, OCTOBER)
    app = opened("Styregruppe")
    labels = [button.label for button in app.get("download_button")]
    assert [label for label in labels if label in ("PDF", "PowerPoint")] == ["PDF", "PowerPoint"]
    [what] = [radio for radio in app.radio if radio.label == "Hvad"]
    assert what.options == ["Månedens materiale", "Året ved siden af fokusrevisionen"]

"""Adgang: an administrator gives, takes back and blocks, sees that it is kept, and nobody else comes in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_access.database import DATABASE_URL, reading, writing
from data_access.grants import grant, history, revoke, standing
from data_access.models import ACCESS_ROLES
from data_access.tables import FULL_SCOPE
from tests.case_database import CENTERS, fill
from ui import access, texts

APP = Path(__file__).parents[2] / "app.py"
FIRST = {"claim": "roles", "value": "ung-admin", "role": "administrator"}


@pytest.fixture
def engine(sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """The small municipality's database, which the page reads and writes."""
    fill(sqlite_engine)
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{str(sqlite_engine.url.database).removeprefix('file:')}")
    yield sqlite_engine
    st.cache_resource.clear()  # lets go of the connections before the database goes


def opened(role: str = "Administrator") -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.run().switch_page("pages/data/users.py").run()
    return app.selectbox(key=access.ROLE).select(role).run()


def press(app: AppTest, label: str) -> AppTest:
    [button] = [button for button in app.button if button.label == label]
    return button.click().run()


def said(elements: Any) -> list[str]:
    """What is said, without the marks that keep Markdown from reading it."""
    return [element.value.replace("\\", "").replace(texts.SPACE, " ") for element in elements]


def give(app: AppTest, role: str = "steering", value: str = "styregruppe", **other: str) -> AppTest:
    """Fill the form in: `known_by`, `claim`, `center`."""
    known_by = other.get("known_by", "roles")
    app.selectbox(key="adgang_kendes").select(known_by)
    app.selectbox(key="adgang_rolle").select(role).run()
    if "claim" in other:
        app.text_input(key="adgang_claim").set_value(other["claim"])
    if "center" in other:
        app.selectbox(key="adgang_center").select(other["center"])
    app.text_input(key=f"adgang_vaerdi_{known_by}").set_value(value)
    return press(app, "Spær" if role == "blocked" else "Giv adgang")


def logged(engine: sa.Engine) -> list[str]:
    with reading(engine) as connection:
        notes = connection.exec_driver_sql("SELECT note FROM access_log WHERE action = 'grant' ORDER BY id")
        return list(notes.scalars())


def test_a_role_that_is_given_is_said_listed_kept_and_logged(engine: sa.Engine) -> None:
    app = give(opened(), "head", "leder-*nord*", center=CENTERS[1])
    assert not app.exception
    named = f"Afdelingsleder, {CENTERS[1]} · roles = leder-*nord*"
    assert said(app.success) == [f"Gemt: {named}. Det gælder fra næste klik hos dem, det angår."]
    for page in (app, opened()):
        listed, changes = (table.value for table in page.dataframe)
        assert listed.iloc[0].tolist()[:4] == ["Afdelingsleder", "leder-*nord*", "roles", CENTERS[1]]
        assert (len(listed), changes["change"].tolist(), changes["by"].tolist()) == (1, ["Givet"], [access.TRYING])
    [kept] = standing(engine, FULL_SCOPE)
    assert (kept.role, kept.center, kept.granted_by) == ("head", CENTERS[1], access.TRYING)
    assert logged(engine) == [f"Gav rollen Afdelingsleder ({CENTERS[1]}) til roles = leder-*nord*"]


def test_one_person_is_blocked_by_their_address(engine: sa.Engine) -> None:
    app = give(opened(), "blocked", "Bo@kommune.dk", known_by="email")
    assert said(app.success)[0].startswith("Gemt: Spærret · email = bo@\u2060kommune.dk.")
    [kept] = standing(engine, FULL_SCOPE)
    assert (kept.claim, kept.value, kept.role) == ("email", "bo@kommune.dk", "blocked")


def test_any_other_claim_can_be_written(engine: sa.Engine) -> None:
    give(opened(), "protection", "dpo", known_by="", claim="extension_rolle")
    [kept] = standing(engine, FULL_SCOPE)
    assert (kept.claim, kept.value, kept.role) == ("extension_rolle", "dpo", "protection")


def test_only_a_head_of_department_is_asked_for_a_centre(engine: sa.Engine) -> None:
    app = opened()
    for role in ACCESS_ROLES:
        app.selectbox(key="adgang_rolle").select(role).run()
        assert [box.options for box in app.selectbox if box.key == "adgang_center"] == (
            [list(CENTERS)] if role == "head" else []
        )


@pytest.mark.parametrize(
    ("role", "value", "says"),
    [("head", "leder", "Vælg afdelingslederens center"), ("steering", " ", "Skriv både"), (None, "x", "Vælg rollen")],
)
def test_what_cannot_be_given_stays_in_the_form(engine: sa.Engine, role: Any, value: str, says: str) -> None:
    app = give(opened(), role, value)
    assert [says in message for message in said(app.error)] == [True]
    assert not app.success
    assert app.text_input(key="adgang_vaerdi_roles").value == value
    assert (history(engine, FULL_SCOPE), logged(engine)) == ((), [])


def test_a_role_is_taken_back_when_one_says_yes(engine: sa.Engine) -> None:
    gone, stays = (grant(engine, FULL_SCOPE, claim="groups", value=value, role="steering") for value in ("a", "b"))
    app = opened()
    assert not [button for button in app.button if button.label == "Ja, fjern den"]
    app.selectbox(key="adgang_fjernes").select(gone.number).run()
    assert standing(engine, FULL_SCOPE) == (gone, stays)
    press(app, "Ja, fjern den")
    assert not app.exception
    assert said(app.success)[0].startswith("Fjernet: Styregruppe · groups = a.")
    assert standing(engine, FULL_SCOPE) == (stays,)
    listed, changes = (table.value for table in app.dataframe)
    assert (listed["value"].tolist(), changes["change"].tolist()) == (["b"], ["Fjernet", "Givet", "Givet"])
    assert app.selectbox(key="adgang_fjernes").value is None
    assert not app.run().success


def test_what_a_colleague_has_taken_back_is_not_taken_back_again(engine: sa.Engine) -> None:
    one = grant(engine, FULL_SCOPE, claim="groups", value="a", role="steering")
    app = opened()
    app.selectbox(key="adgang_fjernes").select(one.number).run()
    revoke(engine, FULL_SCOPE, one.number)
    press(app, "Ja, fjern den")
    assert not app.exception
    assert ["allerede fjernet" in message for message in said(app.error)] == [True]
    assert len(logged(engine)) == 2


def test_the_last_administrator_stays(engine: sa.Engine) -> None:
    only = grant(engine, FULL_SCOPE, **FIRST)
    app = opened()
    app.selectbox(key="adgang_fjernes").select(only.number).run()
    press(app, "Ja, fjern den")
    assert ["ingen administrator tilbage" in message for message in said(app.error)] == [True]
    assert standing(engine, FULL_SCOPE) == (only,)
    give(app, "blocked", "ung-admin")
    assert ["ingen administrator tilbage" in message for message in said(app.error)] == [True]


def test_the_page_says_that_every_change_is_seen(engine: sa.Engine) -> None:
    assert any("også når en administrator giver sig selv en rolle" in info for info in said(opened().info))


def test_while_a_delivery_is_taken_in_the_page_stands_and_says_it(engine: sa.Engine) -> None:
    app = opened()
    with writing(engine):
        give(app)
    assert not app.exception
    assert ["Ændringen blev ikke gemt" in message for message in said(app.error)] == [True]
    assert app.text_input(key="adgang_vaerdi_roles").value == "styregruppe"


@pytest.mark.parametrize("role", ["Ungekoordinator", f"Afdelingsleder, {CENTERS[0]}", "Styregruppe", "Databeskyttelse"])
def test_nobody_else_comes_in(engine: sa.Engine, role: str) -> None:
    grant(engine, FULL_SCOPE, **FIRST)
    app = opened(role)
    assert access.REFUSED in said(app.warning)
    assert not app.dataframe
    assert not [box for box in app.selectbox if box.key and box.key.startswith("adgang")]
    assert not any("ung-admin" in text for text in said(app.markdown))

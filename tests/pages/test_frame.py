"""The frame around every page: it says what the figures rest on, and what to do when there are none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_access.database import DATABASE_URL
from tests.case_database import CENTERS, fill
from ui import access
from ui.navigation import PLACES, Place

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture(autouse=True)
def nothing_kept(sqlite_engine: sa.Engine) -> Iterator[None]:
    yield
    st.cache_resource.clear()  # lets go of the connections before the database goes


@pytest.fixture
def filled(sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(sqlite_engine)
    point_to(sqlite_engine, monkeypatch)


def point_to(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{str(engine.url.database).removeprefix('file:')}")


def opened(role: str = "Ungekoordinator", **address: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.session_state[access.ROLE] = role
    for key, value in address.items():
        app.query_params[key] = value
    return app.run()


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.url or "forside")
def test_every_page_stands_in_the_frame(place: Place) -> None:
    roles = access.demo_roles(list(CENTERS))
    app = opened(next(name for name, scope in roles.items() if place.open_to(scope)))
    if place.url:
        app.switch_page(place.file).run()
    assert not app.exception
    assert not app.error
    assert "Opgjort pr. 22. november 2026" in app.caption[1].value
    assert "Demodata" in app.caption[1].value
    assert [title.value for title in app.title][:1] == [place.title] or not place.listed
    assert bool([box for box in app.selectbox if box.label == "Periode"]) == place.filtered


@pytest.mark.usefixtures("filled")
def test_the_filters_offer_the_centres_in_their_order() -> None:
    app = opened()
    assert app.selectbox(key="center").options == ["Alle centre", *CENTERS]


@pytest.mark.usefixtures("filled")
def test_a_choice_follows_to_the_next_page() -> None:
    app = opened()
    app.selectbox(key="center").select(CENTERS[1]).run()
    app.switch_page("pages/leadership/screening.py").run()
    assert app.selectbox(key="center").value == CENTERS[1]
    app.button(key="nulstil").click().run()
    assert app.selectbox(key="center").value == "Alle centre"
    assert not app.exception


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "address",
    [
        {"center": "Et center, der ikke findes"},
        {"periode": "evigheden", "kategori": "'; drop table cases", "alder": "-1"},
        {"periode": "Vælg selv", "fra_til": "2026-99-99"},
        {"periode": "Vælg selv", "fra_til": "3026-01-01"},
    ],
)
def test_an_address_that_makes_no_sense_shows_the_default(address: dict[str, str]) -> None:
    app = opened(**address)
    assert not app.exception
    assert app.selectbox(key="center").value == "Alle centre"


def test_without_a_database_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{tmp_path}/findes-ikke.db")
    app = opened()
    assert not app.exception
    assert app.title[0].value == "Der er ingen database endnu"
    assert "ungeoverblik import" in app.markdown[-1].value


def test_without_a_delivery_it_says_what_to_do(sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    point_to(sqlite_engine, monkeypatch)
    app = opened()
    assert not app.exception
    assert app.title[0].value == "Der er ikke indlæst en leverance endnu"


def test_without_a_schema_it_says_that_there_is_no_connection(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "tom.db").touch()
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{tmp_path}/tom.db")
    app = opened()
    assert not app.exception
    assert app.title[0].value == "Ingen forbindelse til databasen"


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.url or "forside")
def test_a_page_without_the_frame_shows_nothing(place: Place) -> None:
    app = AppTest.from_file(str(APP.parent / place.file), default_timeout=30).run()
    assert not app.exception
    assert "Siden kan ikke vises alene" in app.error[0].value
    assert not app.title
    assert not app.dataframe

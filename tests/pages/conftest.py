"""Opening a page without a browser, on a municipality that was delivered and imported."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_access import tables
from data_access.database import DATABASE_URL, connect
from tests import town
from ui import access, looks
from ui.navigation import PLACES

APP = Path(__file__).parents[2] / "app.py"

Open = Callable[..., AppTest]


@pytest.fixture(scope="session")
def untouched_town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The municipality's database as it was imported: only to copy from."""
    url = town.delivered(sqlite_template, tmp_path_factory.mktemp("town"))
    return Path(url.removeprefix("sqlite:///"))


@pytest.fixture(scope="session")
def town_url(untouched_town: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the municipality's database; tests only look at it, and so write in its log."""
    path = tmp_path_factory.mktemp("looked-at") / "town.db"
    shutil.copy(untouched_town, path)
    return f"sqlite:///{path}"


@pytest.fixture
def open_page(town_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """`open_page("afvigelser", regel=["decided"])`: the page at an address, run in the frame of a demo.

    `role` as the demo calls it, and `purpose`: why the cases are looked at has been said.
    """
    monkeypatch.setenv(DATABASE_URL, town_url)
    files = {place.url: place.file for place in PLACES}

    def opened(url: str, *, role: str = "Ungekoordinator", purpose: bool = True, **query: str | list[str]) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=60)
        app.session_state[access.ROLE] = role
        if purpose:
            engine = connect(town_url)
            scope = access.demo_roles(tables.centers(engine))[role]
            engine.dispose()
            app.session_state[looks.WHY] = (scope, looks.Why("management_review", "prøve"))
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        return app.switch_page(files[url]).run()

    yield opened
    st.cache_resource.clear()  # lets go of the connections before the database goes


@pytest.fixture
def own(open_page: Open, untouched_town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """A copy of the municipality that a test may change, with an empty log."""
    path = tmp_path / "own.db"
    shutil.copy(untouched_town, path)
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{path}")
    engine = connect(f"sqlite:///{path}")
    yield engine
    engine.dispose()
    st.cache_resource.clear()

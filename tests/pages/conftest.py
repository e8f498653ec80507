"""Opening a page without a browser, on a municipality that was delivered and imported."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_access.database import DATABASE_URL
from tests import town
from ui.navigation import PLACES

APP = Path(__file__).parents[2] / "app.py"

Open = Callable[..., AppTest]


@pytest.fixture(scope="session")
def town_url(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the municipality's database; tests only read it."""
    return town.delivered(sqlite_template, tmp_path_factory.mktemp("town"))


@pytest.fixture
def open_page(town_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """`open_page("afvigelser", regel=["decided"])`: the page at an address, run in the frame."""
    monkeypatch.setenv(DATABASE_URL, town_url)
    files = {place.url: place.file for place in PLACES}

    def opened(url: str, **query: str | list[str]) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        return app.switch_page(files[url]).run()

    yield opened
    st.cache_resource.clear()  # lets go of the connections before the database goes

"""What the walk's tests share: one municipality, and one warm server on it."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest
import sqlalchemy as sa

from data_access.database import connect
from tests.conftest import PERSON_KEY
from tests.walk.serving import Server, serving
from tests.walk.town import Town, build


@dataclass(frozen=True)
class Place:
    """A municipality, its database, and what is in it."""

    town: Town
    engine: sa.Engine
    url: str
    folder: Path


@pytest.fixture(scope="session")
def place(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The municipality; it is real data, so that nobody gets in without signing in."""
    folder = tmp_path_factory.mktemp("walk")
    path = folder / "ungeoverblik.db"
    shutil.copy(sqlite_template, path)
    engine = connect(f"sqlite:///{path}")
    with mock.patch.dict(os.environ, UNGEOVERBLIK_PERSON_KEY=PERSON_KEY):
        yield Place(build(engine), engine, f"sqlite:///{path}", folder)
    engine.dispose()


@pytest.fixture(scope="session")
def server(place: Place) -> Iterator[Server]:
    """A server that has been asked before."""
    with serving(place.url, place.folder) as running:
        yield running

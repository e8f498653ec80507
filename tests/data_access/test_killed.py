"""`kill -9` at any moment: what was acknowledged is there, what was begun is not, and the next one can go on.

The bar's numbers are those of SQLite; PostgreSQL, which keeps its files itself, is killed fewer times.
"""

import datetime as dt
import random
import time
from itertools import count
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from data_access import audit
from data_access.database import check_schema, connect, data_version, upgrade, writing
from data_access.handling import Unit, handle
from data_access.importing import DeliveryRefused, import_delivery
from data_access.published import CELLS, COUNTS, MOVES, Rule, broken, publish
from data_access.tables import FULL_SCOPE, Scope
from tests.case_database import fill
from tests.data_access.breaking import address, killed_after, take_back
from tests.data_access.delivering import deliver
from tests.data_access.test_database import schema

ANNA = Scope("anna", ("coordinator",), None)
DAY = dt.date(2024, 6, 30)
ROWS = 60
PATIENCE = 5.0
"""Seconds: so soon the next one is let in, also where PostgreSQL must first see that somebody is gone."""


def whole(engine: sa.Engine) -> None:
    """What the database says of itself, and that a program can start on it in time."""
    start = time.monotonic()
    again = connect(address(engine))
    check_schema(again)
    data_version(again)
    if again.dialect.name == "sqlite":
        with again.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    again.dispose()
    assert time.monotonic() - start < 3


def counted(engine: sa.Engine, query: str) -> tuple[int, ...]:
    with engine.connect() as connection:
        return tuple(connection.exec_driver_sql(query).one())


@pytest.fixture
def times(engine: sa.Engine, request: pytest.FixtureRequest) -> int:
    """How often to kill: the bar's number on SQLite, a tenth of it on PostgreSQL, but ten at least."""
    number: int = request.param
    return number if engine.dialect.name == "sqlite" else max(number // 10, 10)


REACH = 0.1
"""Seconds within which the first is killed."""


def reaching(reach: float, *, done: bool) -> float:
    """Seconds within which the next is killed: about a fifth get something done, whatever the machine."""
    return reach / 4 if done else min(1.5 * reach, PATIENCE)


# --- import -------------------------------------------------------------------------------------------


def import_in_turns(engine: sa.Engine, folders: tuple[str, str], first: int) -> None:
    for number in count(first):
        patience = time.monotonic() + PATIENCE
        while True:
            try:
                done = import_delivery(engine, folders[number % 2], extract_date=DAY)
                break
            except DeliveryRefused:  # the one that was killed is not seen to be gone yet
                assert time.monotonic() < patience
        print(done.number, flush=True)


def delivery(folder: Path, center: str, form: str) -> str:
    """A delivery in which every row says which of the two it is."""
    cases = "".join(f"S{i};{61 + i % 3}0190-1234;01-03-2024;{center}\n" for i in range(ROWS))
    interviews = "".join(f"S{i};T{i};05-03-2024;{form}\n" for i in range(ROWS))
    sager, samtaler = "sagsnummer;cpr;henvendelse;center\n" + cases, "sagsnummer;samtale_id;dato;form\n" + interviews
    return str(deliver(folder, sager=sager.encode(), samtaler=samtaler.encode()))


@pytest.mark.parametrize("times", [200], indirect=True)
def test_of_an_import_there_is_all_or_nothing(engine: sa.Engine, tmp_path: Path, times: int) -> None:
    """Every import changes every row: so many versions there are of each, and the present ones are of one delivery."""
    folders = delivery(tmp_path / "a", "Nord", "telefon"), delivery(tmp_path / "b", "Syd", "video")
    chance, reach, done, inside = random.Random(11), REACH, 0, 0
    present = "SELECT count(DISTINCT center), count(DISTINCT known_from), min(known_from), count(*) FROM cases"
    for _ in range(times):
        ended = killed_after(
            engine, chance.uniform(0, reach), import_in_turns, folders, done, writing=chance.random() < 0.8
        )
        assert ended.killed
        reach = reaching(reach, done=bool(ended.said))
        (imports,) = counted(engine, "SELECT count(*) FROM imports")
        acknowledged = len(ended.said)
        assert done + acknowledged <= imports <= done + acknowledged + 1
        inside += ended.writing
        done = imports
        for table in ("cases", "interviews"):
            assert counted(engine, f"SELECT count(*) FROM {table}") == (done * ROWS,)
        if done:
            assert counted(engine, f"{present} WHERE known_to IS NULL") == (1, 1, done, ROWS)
            assert counted(engine, "SELECT count(*) FROM import_tables") == (2 * done,)
        whole(engine)
    assert done >= max(times / 20, 3)
    assert inside >= max(times / 20, 3)


# --- saving -------------------------------------------------------------------------------------------


def handle_again_and_again(engine: sa.Engine, first: int) -> None:
    for number in count(first):
        note = f"nr. {number}"
        handle(engine, ANNA, [Unit("first_interview", case, case) for case in CASES], state="accepted", note=note)
        print(note, flush=True)


CASES = ("26-1000", "26-1001")


@pytest.mark.parametrize("times", [200], indirect=True)
def test_what_was_said_to_be_saved_is_and_in_the_log(engine: sa.Engine, times: int) -> None:
    fill(engine)
    chance, reach, done, inside = random.Random(12), REACH, 0, 0
    for _ in range(times):
        ended = killed_after(engine, chance.uniform(0, reach), handle_again_and_again, done, writing=True)
        assert ended.killed
        reach = reaching(reach, done=bool(ended.said))
        with engine.connect() as connection:
            saved = connection.exec_driver_sql("SELECT note FROM handlings ORDER BY id").scalars().all()
            logged = connection.exec_driver_sql("SELECT count(*) FROM access_log").scalar_one()
            about = connection.exec_driver_sql("SELECT count(*) FROM access_log_cases").scalar_one()
        assert saved == [f"nr. {number}" for number in range(logged) for _ in CASES]
        assert about == len(saved)
        assert done + len(ended.said) <= logged <= done + len(ended.said) + 1
        done = logged
        inside += ended.writing
        whole(engine)
    assert done >= max(times / 20, 3)
    assert inside >= max(times / 20, 3)
    assert audit.verify(engine) == []


# --- migration ----------------------------------------------------------------------------------------

BEFORE = "0002"


def gone(engine: sa.Engine) -> None:
    """Wait until the server has seen that the one who was killed is gone."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    engine.dispose()
    patience = time.monotonic() + PATIENCE
    while engine.dialect.name == "postgresql" and counted(engine, others) != (0,):
        assert time.monotonic() < patience
        time.sleep(0.01)


@pytest.mark.parametrize("times", [50], indirect=True)
def test_of_an_upgrade_there_is_all_or_nothing(engine: sa.Engine, times: int) -> None:
    """What was cut short is the earlier program's schema, whole, and the next attempt begins from it."""
    fill(engine)
    chance, reach, inside, new = random.Random(13), REACH, 0, schema(engine)
    take_back(engine, BEFORE)
    old = schema(engine)
    for _ in range(times):
        if schema(engine) == new:
            take_back(engine, BEFORE)
        engine.dispose()
        ended = killed_after(engine, chance.uniform(0, reach), upgrade, writing=chance.random() < 0.8)
        reach = reaching(reach, done=not ended.killed)
        gone(engine)
        (revision,) = counted(engine, "SELECT version_num FROM alembic_version")
        assert schema(engine) == (old if str(revision) == BEFORE else new)
        inside += ended.writing
        if engine.dialect.name == "sqlite":
            assert counted(engine, "PRAGMA integrity_check") == ("ok",)
    upgrade(engine)
    assert schema(engine) == new
    assert counted(engine, "SELECT count(*) FROM cases") == (12,)
    whole(engine)
    assert inside >= max(times / 20, 3)


# --- publishing ---------------------------------------------------------------------------------------

MEASURES = [f"m{number}" for number in range(12)]
WHERE = ("Nord", "Syd", "Øst", None)


def publish_month_by_month(engine: sa.Engine, first: int) -> None:
    for number in count(first):
        month = dt.date(1900 + number // 12, 1 + number % 12, 1)
        rows = [(m, month, month, center, center is None, 20, 99, False, 20 / 99) for m in MEASURES for center in WHERE]
        done = publish(
            engine,
            ANNA,
            month=month,
            view_date=dt.date(2026, 11, 22),
            threshold=5,
            cells=pl.DataFrame(rows, schema=CELLS, orient="row"),
            moves=pl.DataFrame([("m0", "late", 7, 6, -1)], schema=MOVES, orient="row"),
            counts=pl.DataFrame(schema=COUNTS),
            rules={m: Rule(m, "", "", "", "") for m in MEASURES},
            code="",
        )
        print(done.number, flush=True)


@pytest.mark.parametrize("times", [50], indirect=True)
def test_of_a_published_month_there_is_all_or_nothing(engine: sa.Engine, times: int) -> None:
    fill(engine)
    chance, reach, done, inside = random.Random(14), REACH, 0, 0
    for _ in range(times):
        ended = killed_after(engine, chance.uniform(0, reach), publish_month_by_month, done, writing=True)
        assert ended.killed
        reach = reaching(reach, done=bool(ended.said))
        (published,) = counted(engine, "SELECT count(*) FROM publications")
        assert done + len(ended.said) <= published <= done + len(ended.said) + 1
        done = published
        inside += ended.writing
        assert counted(engine, "SELECT count(*) FROM published_cells") == (done * len(MEASURES) * len(WHERE),)
        assert counted(engine, "SELECT count(*) FROM published_moves") == (done,)
        assert broken(engine, FULL_SCOPE) == ()
        whole(engine)
    assert done >= max(times / 20, 3)
    assert inside >= max(times / 20, 3)


# --- whoever comes next -------------------------------------------------------------------------------


def test_writing_is_not_kept_from_those_who_come_after(sqlite_engine: sa.Engine) -> None:
    """A lock dies with its process: the next one writes at once."""
    fill(sqlite_engine)
    assert killed_after(sqlite_engine, 0, handle_again_and_again, 0, writing=True).killed
    start = time.monotonic()
    with writing(sqlite_engine):
        pass
    assert time.monotonic() - start < 3

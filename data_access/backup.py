"""A copy of the whole database, and a database of a copy: whole, counted against its source, or not there at all.

A copy is of one moment, also while others write. It holds cases and pseudonyms: keep it encrypted and away from the
key. On PostgreSQL it takes `pg_dump` and `pg_restore`, of the server's version or a later one, and the role that owns
the tables.
"""

import os
import re
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryFile

import sqlalchemy as sa
from sqlmodel import SQLModel

from data_access import models
from data_access.database import CENTERS, DatabaseUnavailable, check_revision, connect, reading, upgrade
from data_access.tables import FULL_SCOPE

TABLES = tuple(sorted(SQLModel.metadata.tables))
Counts = Mapping[str, int]
"""Table -> its rows."""

_IMPORTS = str(models.Import.__tablename__)


class BackupRefused(Exception):
    """Nothing was copied or restored; the message is Danish and says what to do."""


def backup(engine: sa.Engine, url: sa.URL, target: Path) -> Counts:
    """Copy the database at `url`, which `engine` is connected to, to a new file; only its owner may read it.

    The copy is read back and counted: a table with fewer or more rows than the database had then is no copy.

    Raises:
        BackupRefused: there is a file already, nothing to copy, or the copy is not whole; then there is none.
        DatabaseUnavailable: no connection.
    """
    target = target.absolute()
    if target.exists():
        raise BackupRefused(_THERE.format(target.name))
    partial = target.with_name(f"{target.name}.del")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        copy = _copy_sqlite if engine.dialect.name == "sqlite" else _copy_postgresql
        counts, copied = copy(engine, url, partial)
        _compare(counts, copied)
        _keep(partial, target)
    except (OSError, sqlite3.Error) as error:
        raise BackupRefused(f"Kopien kunne ikke skrives ({_words(error)}). Se efter rettigheder og plads.") from error
    finally:
        partial.unlink(missing_ok=True)
    return counts


def restore(url: sa.URL, source: Path) -> Counts:
    """Make a database of a copy, at a place where there is none, and bring it up to this program's schema.

    SQLite: the file must not be there. PostgreSQL: the database must be there, empty, and owned by who asks; afterwards
    the server's role must be let in anew (`roles.allow`).

    Raises:
        BackupRefused: something is there already, or the file is no whole copy of such a database; nothing is changed,
            or the message says what to take away.
        WrongSchema: the copy is of a newer program; nothing is changed.
        DatabaseUnavailable: no connection.
    """
    try:
        with source.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        raise BackupRefused(f"{source.name} kan ikke læses ({_words(error)}).") from error
    kinds = {"sqlite": (b"SQLite format 3\0", _restore_sqlite), "postgresql": (b"PGDMP", _restore_postgresql)}
    mark, put_back = kinds[url.get_backend_name()]
    if not start.startswith(mark):
        raise BackupRefused(
            f"{source.name} er ikke en kopi af den slags database, som adressen peger på. Er den stadig krypteret?"
        )
    return put_back(url, source)


def _compare(counts: Counts, copied: Counts) -> None:
    if not counts.get(_IMPORTS):
        raise BackupRefused("Databasen er tom: der er ikke indlæst en leverance, og så er der intet at kopiere.")
    if wrong := sorted(table for table in counts if counts[table] != copied.get(table)):
        raise BackupRefused(
            f"Kopien er ikke hel: {', '.join(wrong)} har ikke lige så mange rækker som i databasen. Der er ingen kopi. "
            "I PostgreSQL skal den tages af den rolle, der ejer databasen."
        )


_THERE = "{} findes i forvejen. Vælg et nyt navn: en kopi skrives ikke oven i en anden."


def _keep(partial: Path, target: Path) -> None:
    """Give a whole file its name; never that of a file that has come there meanwhile."""
    _to_disk(partial)
    try:
        target.touch(0o600, exist_ok=False)  # a link would do it in one step, but many a disk for copies has none
    except FileExistsError as error:
        raise BackupRefused(_THERE.format(target.name)) from error
    try:
        partial.replace(target)
    except OSError:
        target.unlink()
        raise
    _to_disk(target.parent)


def _upgrade(url: sa.URL) -> None:
    engine = connect(url)
    try:
        upgrade(engine)
    finally:
        engine.dispose()


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


# --- SQLite -------------------------------------------------------------------------------------------


def _copy_sqlite(engine: sa.Engine, url: sa.URL, target: Path) -> tuple[Counts, Counts]:
    """One read transaction sees one moment, and the copy is made within it; who writes is not held up."""
    with reading(engine) as connection:
        held: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
        held.execute("BEGIN").close()
        try:
            counts = _counted(held)
            with closing(sqlite3.connect(target)) as copy:
                held.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE").close()  # one file, without a log beside it
        finally:
            held.execute("ROLLBACK").close()
    return counts, _whole(target)


def _restore_sqlite(url: sa.URL, source: Path) -> Counts:
    target = Path(url.database or "").absolute()
    if there := [path.name for path in (target, _beside(target, "-wal"), _beside(target, "-shm")) if path.exists()]:
        raise BackupRefused(
            f"{' og '.join(there)} findes i forvejen. Stop serveren, flyt filerne et andet sted hen, og prøv igen: "
            "intet bliver overskrevet."
        )
    partial = _beside(target, ".del")
    try:
        counts = _whole(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear(partial)
        with closing(_read_only(source)) as copy, closing(sqlite3.connect(partial)) as restored:
            if counts.get(_IMPORTS):
                check_revision(copy.execute("SELECT coalesce(max(version_num), '') FROM alembic_version").fetchone()[0])
            copy.backup(restored)
        _compare(counts, _whole(partial))
        _upgrade(url.set(database=str(partial)))
        _keep(partial, target)
    except (OSError, sqlite3.Error) as error:
        raise BackupRefused(f"Kopien kunne ikke genskabes ({_words(error)}).") from error
    finally:
        _clear(partial)
    return counts


def _clear(database: Path) -> None:
    for file in (database, _beside(database, "-wal"), _beside(database, "-shm")):
        file.unlink(missing_ok=True)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


def _whole(file: Path) -> Counts:
    """The rows of a file that SQLite finds nothing wrong with."""
    with closing(_read_only(file)) as copy:
        said = [line for (line,) in copy.execute("PRAGMA integrity_check(5)")]
        broken = copy.execute("PRAGMA foreign_key_check").fetchone()
        if said != ["ok"] or broken:
            raise BackupRefused(
                f"{file.name.removesuffix('.del')} er beskadiget og kan ikke bruges. Tag en anden kopi."
            )
        return _counted(copy)


def _counted(connection: sqlite3.Connection) -> Counts:
    """Table -> rows, of the tables that there are: a copy may be of an earlier program."""
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return {
        table: connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in TABLES if table in there
    }


# --- PostgreSQL ---------------------------------------------------------------------------------------


def _copy_postgresql(engine: sa.Engine, url: sa.URL, target: Path) -> tuple[Counts, Counts]:
    """`pg_dump` reads the snapshot that the rows are counted in."""
    isolated = engine.execution_options(isolation_level="REPEATABLE READ")
    with reading(isolated, FULL_SCOPE) as connection:
        there = set(sa.inspect(connection).get_table_names())
        count = "SELECT count(*) FROM {}"
        counts = {
            table: int(connection.execute(sa.text(count.format(table))).scalar_one())
            for table in TABLES
            if table in there
        }
        snapshot = connection.execute(sa.text("SELECT pg_export_snapshot()")).scalar_one()
        # without the setting row-level security shows `pg_dump` no case, and it says nothing of it
        _run(
            url,
            "pg_dump",
            "--enable-row-security",
            "--format=custom",
            f"--snapshot={snapshot}",
            f"--file={target}",
            PGOPTIONS=f"-c {CENTERS}=*",
        )
    return counts, _rows_in(url, target)


def _restore_postgresql(url: sa.URL, source: Path) -> Counts:
    counts = _rows_in(url, source)
    if counts.get(_IMPORTS):
        check_revision(_revision_in(url, source))
    engine = connect(url)
    try:
        with reading(engine) as connection:
            if tables := sa.inspect(connection).get_table_names():
                raise BackupRefused(
                    f"Databasen er ikke tom: den har {len(tables)} tabeller. Genskab i en ny, tom database, som ejeren "
                    "ejer: intet bliver overskrevet."
                )
        _run(
            url,
            "pg_restore",
            f"--dbname={url.database}",
            "--no-owner",
            "--no-privileges",
            "--single-transaction",
            str(source),
        )
        try:
            with reading(engine, FULL_SCOPE) as connection:
                there = {
                    table: int(connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())
                    for table in counts
                }
            _compare(counts, there)
            _upgrade(url)
        except Exception as error:
            why = str(error) if isinstance(error, BackupRefused | DatabaseUnavailable) else type(error).__name__
            raise BackupRefused(
                f"Kopien er lagt i databasen, men den kan ikke bruges: {why} Slet databasen, og prøv igen i en ny, tom."
            ) from error
    finally:
        engine.dispose()
    return counts


_COPY = re.compile(rb"COPY (?:\w+\.)?\"?(\w+)\"? ")


def _rows_in(url: sa.URL, dump: Path) -> Counts:
    """The rows of each of our tables in a dump, read from its first byte to its last."""
    counts: dict[str, int] = {}
    table = ""
    with _running(url, "pg_restore", "--data-only", "--file=-", str(dump)) as lines:
        for line in lines:
            if table:
                if line == b"\\.\n":
                    table = ""
                else:
                    counts[table] += 1
            elif found := _COPY.match(line):
                table = found[1].decode()
                counts[table] = 0
    return {name: rows for name, rows in counts.items() if name in TABLES}


def _revision_in(url: sa.URL, dump: Path) -> str:
    """The number of a dump's schema; empty: it has none."""
    with _running(url, "pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(dump)) as lines:
        said = list(lines)
    after = (row for before, row in pairwise(said) if _COPY.match(before))
    return next(after, b"").decode().strip()


def _run(url: sa.URL, program: str, *arguments: str, **more: str) -> None:
    with _running(url, program, *arguments, **more) as lines:
        for _ in lines:
            pass


@contextmanager
def _running(url: sa.URL, program: str, *arguments: str, **more: str) -> Iterator[Iterator[bytes]]:
    """The lines a program writes. Where the database is and the password stand in its environment, for nobody to see.

    Raises:
        BackupRefused: it is not installed, or it says that something is wrong.
    """
    host = url.host or url.query.get("host")
    where = {
        "PGHOST": host,
        "PGPORT": url.port,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": url.query.get("sslmode"),
    }
    given = {name: str(value) for name, value in where.items() if value}
    with TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(
                [program, "--no-password", *arguments],
                env={**os.environ, **given, **more},
                stdout=subprocess.PIPE,
                stderr=complaints,
            )
        except OSError as error:
            raise BackupRefused(
                f"{program} findes ikke. Installér PostgreSQL's klientprogrammer i serverens version eller en nyere."
            ) from error
        with process:
            assert process.stdout
            yield iter(process.stdout)
        if process.returncode:
            complaints.seek(0)
            said = complaints.read().decode("utf-8", "replace")
            raise BackupRefused(f"{program} gik ikke godt: {_first_error(said)}")


def _first_error(complaint: str) -> str:
    """What went wrong in one line: never rows, which follow in the next."""
    lines = [line for line in complaint.splitlines() if "error:" in line.lower()]
    return (lines or complaint.splitlines() or ["ukendt fejl"])[0][:300]

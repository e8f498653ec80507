"""The door to the case database: where it is, how it is opened safely, and which version of the data it holds.

SQLite (embedded default) runs with WAL, `synchronous=FULL`, foreign keys on and five seconds' patience; a
writing transaction takes the write lock at its start (BEGIN IMMEDIATE), so no update is lost. PostgreSQL is
reached through psycopg 3, and there row-level security is the second line: a transaction sees the cases of the
centres that it says it reads for, and none without (`CENTERS`).
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

if TYPE_CHECKING:
    from data_access.tables import Scope

HERE = Path(__file__).parent
DEFAULT_URL = "sqlite:///var/ungeoverblik.db"
DATABASE_URL = "UNGEOVERBLIK_DATABASE_URL"
PATIENCE = "5s"
"""How long PostgreSQL waits for somebody else's lock; SQLite's `busy_timeout` is the same."""
ALIVE = {
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""A server that can no longer be reached is given up after 25 seconds, not when the operating system tires of it."""
CENTERS = "ungeoverblik.centers"
"""The setting that PostgreSQL's row-level security goes by: `*`, or a JSON list of centres. Without it: no cases."""


class DatabaseUnavailable(Exception):
    """The database is missing or cannot be reached; the message is Danish and says what to do."""


class WrongSchema(DatabaseUnavailable):
    """The database is of an earlier or a later program."""


class ReadOnly(DatabaseUnavailable):
    """The database answers and takes nothing: what somebody looks at cannot be logged, and so is not shown."""


class DatabaseMissing(DatabaseUnavailable):
    """There is no database yet."""


def database_url() -> sa.URL:
    """The configured database, from `UNGEOVERBLIK_DATABASE_URL` or the embedded default."""
    try:
        url = sa.make_url(os.environ.get(DATABASE_URL) or DEFAULT_URL)
    except sa.exc.ArgumentError as error:
        raise DatabaseUnavailable(
            f"Databasens adresse i {DATABASE_URL} kan ikke læses. "
            "Skriv den som postgresql://bruger@server/database eller sqlite:///sti/til/fil.db."
        ) from error
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "sqlite" or not url.database:
        raise DatabaseUnavailable(f"{DATABASE_URL} skal pege på PostgreSQL eller en SQLite-fil.")
    return url.set(database=str(Path(url.database).absolute()))


def connect(url: sa.URL | str | None = None, *, create: bool = False) -> sa.Engine:
    """An engine for the database. With `create`, a missing SQLite file is made; else it is an error.

    Raises:
        DatabaseMissing: there is no SQLite file at the place and `create` is off.
    """
    url = sa.make_url(url) if url is not None else database_url()
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, create=create)
    return sa.create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=ALIVE)


def _sqlite(url: sa.URL, *, create: bool) -> sa.Engine:
    path = Path(url.database or "")
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
    elif not path.is_file():
        raise DatabaseMissing(
            f"Der er ingen database på {path.name}. Indlæs en leverance med `ungeoverblik import MAPPE`, "
            "eller lav en demokommune med `ungeoverblik demo`."
        )
    mode = "rwc" if create else "rw"
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=f"file:{quote(str(path.absolute()))}", query={"mode": mode, "uri": "true"}),
        hide_parameters=True,
        connect_args={"timeout": 5},
    )

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=5000",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def file_of(engine: sa.Engine) -> Path | None:
    """The file of an SQLite database; None: it has none."""
    if engine.dialect.name != "sqlite":
        return None
    return Path(unquote(str(engine.url.database).removeprefix("file:")))


NEWER = (
    "Databasen hører til en nyere version af Ungeoverblik. Brug den version, eller genskab sikkerhedskopien fra før "
    "opgraderingen."
)

NOT_THE_OWNER = (
    "Databasen skal opgraderes, og det kan kun den rolle, der ejer den. Kør `ungeoverblik database allow ROLLE` som "
    "ejeren: det opgraderer også."
)


@contextmanager
def writing(engine: sa.Engine, scope: "Scope | None" = None) -> Iterator[sa.Connection]:
    """One transaction that writes: all of it or nothing. On PostgreSQL it meets only the cases of the scope."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if scope is not None:
            _show(connection, scope.centers)
        yield connection


@contextmanager
def in_turn(engine: sa.Engine, lock: int, refusal: str, scope: "Scope | None" = None) -> Iterator[sa.Connection]:
    """One transaction that writes (as `writing`) while nobody else holds `lock`, a number of the caller's own choice.

    Raises:
        DatabaseUnavailable: nothing was written; the message is `refusal`.
    """
    try:
        with writing(engine, scope) as connection:
            if connection.dialect.name == "postgresql":  # SQLite lets one write at a time anyway
                connection.execute(sa.select(sa.func.set_config("lock_timeout", PATIENCE, True)))
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
            yield connection
    except (sa.exc.SQLAlchemyError, psycopg.Error, sqlite3.Error) as error:
        raise DatabaseUnavailable(refusal) from error


def _show(connection: sa.Connection, centers: Sequence[str] | None) -> None:
    """Let row-level security show the cases of some centres (None: of all) until the transaction ends.

    Only so long: the connection goes back to the pool, and its next user is somebody else.
    """
    if connection.dialect.name == "postgresql":
        seen = "*" if centers is None else json.dumps(centers)
        connection.execute(sa.select(sa.func.set_config(CENTERS, seen, True)))


@contextmanager
def _reached() -> Iterator[None]:
    """Turn a database that does not answer into a message somebody can act on."""
    try:
        yield
    except (sa.exc.SQLAlchemyError, psycopg.Error, sqlite3.Error) as error:
        raise DatabaseUnavailable(
            "Der er ingen forbindelse til databasen, eller den er ikke sat op. "
            "Prøv igen om lidt; varer det ved, så kør `ungeoverblik import` eller tal med driften."
        ) from error


@contextmanager
def reading(engine: sa.Engine, scope: "Scope | None" = None) -> Iterator[sa.Connection]:
    """One connection to read through, and so one snapshot. On PostgreSQL it meets only the cases of the scope.

    Raises:
        DatabaseUnavailable: no connection, or it was lost on the way.
    """
    with _reached(), engine.connect() as connection:
        if scope is not None:
            _show(connection, scope.centers)
        yield connection


def check_schema(engine: sa.Engine) -> None:
    """See that the database is of this program's schema.

    Raises:
        DatabaseUnavailable: no connection, or (`WrongSchema`) another program's schema.
    """
    with _reached(), engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found is None:
        return  # not set up yet: whoever reads says so
    check_revision(found)
    if found != _revisions(HERE / "migrations")[0]:
        raise WrongSchema(
            "Databasen er fra en tidligere udgave af Ungeoverblik end programmet. Tag en sikkerhedskopi, og kør "
            "`ungeoverblik import` med næste leverance, eller `ungeoverblik start`: så bliver den opgraderet."
        )


def check_writable(engine: sa.Engine) -> None:
    """See that the database can be written in: it is no standby, and its disk has not been set to be read only.

    Raises:
        ReadOnly: it cannot.
        DatabaseUnavailable: no connection.
    """
    if file := file_of(engine):
        only = not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK))
    else:
        with _reached(), engine.connect() as connection:
            only = connection.execute(sa.text("SHOW transaction_read_only")).scalar_one() == "on"
    if only:
        raise ReadOnly("Databasen kan kun læses: intet opslag kan skrives i loggen, og så vises intet.")


def check_revision(found: str) -> None:
    """See that a schema's number is one this program knows.

    Raises:
        WrongSchema: it is of a later program.
    """
    if found not in _revisions(HERE / "migrations"):
        raise WrongSchema(NEWER)


@cache
def _revisions(folder: Path) -> tuple[str, ...]:
    """Every schema that this program knows, the newest first. Read once: the health check asks every few seconds."""
    config = Config()
    config.set_main_option("script_location", str(folder))
    return tuple(each.revision for each in ScriptDirectory.from_config(config).walk_revisions())


def upgrade(engine: sa.Engine) -> None:
    """Bring the schema to the newest migration. The only way that a table comes into being.

    A schema that is up to date is only looked at, so this waits for nobody while a delivery is taken in.

    Raises:
        DatabaseUnavailable: no connection, or the schema is of a newer program than this one.
    """
    config = _configuration()
    with _reached():
        with engine.connect() as connection:
            if (
                MigrationContext.configure(connection).get_current_revision()
                == ScriptDirectory.from_config(config).get_current_head()
            ):
                return
        with writing(engine) as connection:
            _show(connection, None)  # a step may have to change rows
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                raise WrongSchema(NEWER) from error
            except sa.exc.ProgrammingError as error:
                if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
                    raise WrongSchema(NOT_THE_OWNER) from error
                raise


def _configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE / "migrations"))
    return config


def data_version(engine: sa.Engine) -> int:
    """Changes when, and only when, the figures may change; 0 = nothing yet. A key of what is kept, no import's number.

    It is how many times cases came or went: the deliveries taken in and the deletions since.

    Raises:
        DatabaseUnavailable: no connection, or no schema yet.
    """
    changes = "SELECT (SELECT coalesce(max(id), 0) FROM imports) + (SELECT count(*) FROM purges)"
    with reading(engine) as connection:
        return int(connection.execute(sa.text(changes)).scalar_one())

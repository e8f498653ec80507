"""Deleting cases for good: those closed longer ago than a limit, or all of one person's on request.

Every version of every row of a case, and what leaders wrote of it, goes in one transaction, which the access log tells
of without naming a case; the keyed mark of its number stays, so that the next delivery does not bring
it back. Then the files are written anew and what is kept beside them goes, so that no byte of it is left.
Source: databeskyttelsesforordningen art. 5, stk. 1, litra e (storage limitation), and art. 17 (erasure).
"""

import datetime as dt
import os
import sqlite3
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import psycopg
import sqlalchemy as sa
from sqlmodel import SQLModel

from data_access import audit, kept, models, storing
from data_access.database import PATIENCE, DatabaseUnavailable, reading
from data_access.models import DELIVERED, Case, Meeting, sources
from data_access.persons import NoPersonKey, case_marks, person_key
from data_access.tables import Scope, require

REASONS: Mapping[str, str] = MappingProxyType(models.PURGE_REASONS)
"""Code -> Danish label."""
CASE_MONTHS = "UNGEOVERBLIK_CASE_MONTHS"
MOST_MONTHS = 1200

_CHUNK = 10_000
"""Case numbers in one statement: both databases take at least three times as many values."""

WRITTEN: tuple[type[SQLModel], ...] = (
    models.Handling,
    models.ReviewCase,
    models.ReviewAnswer,
    models.ReviewFollowUp,
)
"""What is written here about a single case: each has its `case_id`."""

_cases, _meetings, _imports, _purges, _purged = (
    model.metadata.tables[str(model.__tablename__)]
    for model in (Case, Meeting, models.Import, models.Purge, models.PurgedCase)
)
_written = tuple(model.metadata.tables[str(model.__tablename__)] for model in WRITTEN)


class PurgeRefused(Exception):
    """Not deleted, or not to the last byte; the message is Danish and says which, and what to do."""


@dataclass(frozen=True)
class Due:
    """The cases that a limit or a request asks to delete, as they were found."""

    reason: str
    """Key of `REASONS`."""
    about: dt.date | str = field(repr=False)
    """By rule: those that ended before this day. On request: the person's pseudonym."""
    cases: tuple[tuple[str, dt.date | None], ...] = field(repr=False)
    """Case number and the day it ended, in the order of the case numbers."""

    def years(self) -> dict[int | None, int]:
        """Year in which they ended -> how many, the oldest first; None: still open, last."""
        counted = Counter(ended.year if ended else None for _, ended in self.cases)
        return dict(sorted(counted.items(), key=lambda each: (each[0] is None, each[0] or 0)))


def kept_months() -> int | None:
    """How many months a case is kept after it was closed, from `UNGEOVERBLIK_CASE_MONTHS`; None: no limit is set.

    Raises:
        PurgeRefused: the setting is not a whole number from 1 to `MOST_MONTHS`.
    """
    setting = os.environ.get(CASE_MONTHS)
    if not setting:
        return None
    if not (setting.isascii() and setting.isdecimal() and 1 <= int(setting) <= MOST_MONTHS):
        raise PurgeRefused(f"{CASE_MONTHS} skal være et helt antal måneder fra 1 til {MOST_MONTHS}. Ret indstillingen.")
    return int(setting)


def past_limit(engine: sa.Engine, scope: Scope | None, months: int, today: dt.date | None = None) -> Due:
    """The cases that ended more than `months` months before `today` (default: today in Denmark).

    A case ends on the day its newest version was closed. One that the source has withdrawn without closing it ended
    on the day from which that was known; one that is open, however old, has not.

    Raises:
        NoScope: `scope` may not delete: only the command line may.
        DatabaseUnavailable: no connection.
    """
    require(scope, "sletning", "purge")
    day = today or dt.datetime.now(ZoneInfo("Europe/Copenhagen")).date()
    cutoff: dt.date = pl.Series([day]).dt.offset_by(f"-{months}mo").item()
    with reading(engine, scope) as connection:
        return _due(connection, "rule", cutoff)


def of_person(engine: sa.Engine, scope: Scope | None, case_id: str) -> Due:
    """All cases of the person whom the newest version of a case names; none when the case is deleted already.

    Raises:
        PurgeRefused: there is no such case and never was one that was deleted, or the key of the marks is missing.
        NoScope, DatabaseUnavailable: as `past_limit`.
    """
    require(scope, "sletning", "purge")
    newest = sa.select(_cases.c.person).where(_cases.c.case_id == case_id).order_by(_cases.c.id.desc()).limit(1)
    with reading(engine, scope) as connection:
        person = connection.execute(newest).scalar_one_or_none()
        if person is not None:
            return _due(connection, "request", person)
        marks = storing.purged_marks(connection)
    if marks.is_empty() or case_marks(pl.Series([case_id]), _key(engine)).item() not in set(marks):
        raise PurgeRefused("Sagen findes ikke i databasen. Skriv sagsnummeret helt, som det står i leverancen.")
    return Due("request", "", ())


def purge(engine: sa.Engine, scope: Scope | None, due: Due) -> None:
    """Delete the cases that were found, and then every byte of what was ever deleted. All of them or none.

    What is kept: the history of deliveries, what users wrote of no single case, what was published, and the access log,
    which holds case numbers until its own limit. With no cases only the bytes are seen to, as after an attempt that was
    cut off.

    Raises:
        PurgeRefused: nothing was deleted, or (it says so) the cases are gone and their bytes are not yet.
        NoScope: as `past_limit`.
    """
    require(scope, "sletning", "purge")
    if due.cases:
        _delete(engine, scope, due)
    try:
        _write_anew(engine)
    finally:
        _let_go(engine)


def _due(connection: sa.Connection, reason: str, about: dt.date | str) -> Due:
    """By the newest version of each case: what was corrected since does not count."""
    newest = sa.select(sa.func.max(_cases.c.id)).group_by(_cases.c.case_id)
    ended = sa.func.coalesce(_cases.c.closed_on, _imports.c.known_on, type_=sa.Date)
    found = (
        sa.select(_cases.c.case_id, ended)
        .join_from(_cases, _imports, _imports.c.id == _cases.c.known_to, isouter=True)
        .where(_cases.c.id.in_(newest), _cases.c.person == about if isinstance(about, str) else ended < about)
    )
    return Due(reason, about, tuple(sorted((case, day) for case, day in connection.execute(found))))


def _key(engine: sa.Engine) -> bytes:
    try:
        key = person_key(engine, has_persons=True)
        with reading(engine) as connection:
            storing.check_key(connection, key)
        return key
    except NoPersonKey as error:
        raise PurgeRefused(str(error)) from error


# --- the rows -----------------------------------------------------------------------------------------


def _delete(engine: sa.Engine, scope: Scope | None, due: Due) -> None:
    key = _key(engine)
    numbers = [case for case, _ in due.cases]
    try:
        with audit.looking(
            engine, scope, action="purge", purpose="", rows=len(numbers), note=REASONS[due.reason]
        ) as connection:
            storing.take_lock(connection)
            if _due(connection, due.reason, due.about) != due:
                raise PurgeRefused("Der er kommet en leverance imens. Intet er slettet; kør kommandoen igen.")
            _delete_rows(connection, numbers)
            if isinstance(due.about, str):  # versions of others' cases that named this person by mistake
                connection.execute(sa.delete(_cases).where(_cases.c.person == due.about))
            _remember(connection, scope, due, case_marks(pl.Series(numbers), key))
    except (storing.ImportRunning, DatabaseUnavailable) as error:
        raise PurgeRefused(
            "Intet er slettet. Databasen svarer ikke, er fuld, eller en leverance er ved at blive læst ind. "
            "Prøv igen om lidt; varer det ved, så tal med driften."
        ) from error


def _delete_rows(connection: sa.Connection, numbers: Sequence[str]) -> None:
    """Every version of every row of the cases and what was said of them. The agreements of their meetings go first: a
    meeting says whose it is.
    """
    newest = sa.select(sa.func.max(_meetings.c.id)).group_by(_meetings.c.meeting_id)
    theirs = sa.select(_meetings.c.meeting_id).where(_meetings.c.id.in_(newest))
    for some in _chunks(numbers):
        meetings = connection.execute(theirs.where(_meetings.c.case_id.in_(some))).scalars().all()
        for held in _chunks(meetings):
            _delete_where(connection, "meeting_id", held, without="case_id")
    for some in _chunks(numbers):
        _delete_where(connection, "case_id", some)
        for table in _written:
            connection.execute(sa.delete(table).where(table.c.case_id.in_(some)))


def _delete_where(connection: sa.Connection, column: str, values: Collection[str], without: str = "") -> None:
    for model in DELIVERED:
        if column in sources(model) and without not in sources(model):
            table = model.metadata.tables[str(model.__tablename__)]
            connection.execute(sa.delete(table).where(table.c[column].in_(values)))


def _chunks(values: Sequence[str]) -> list[Sequence[str]]:
    return [values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK)]


def _remember(connection: sa.Connection, scope: Scope | None, due: Due, marks: pl.Series) -> None:
    assert scope is not None
    connection.execute(
        sa.insert(_purges).values(
            purged_at=dt.datetime.now(dt.UTC), purged_by=scope.user, reason=due.reason, cases=len(due.cases)
        )
    )
    if fresh := set(marks).difference(storing.purged_marks(connection)):
        connection.execute(sa.insert(_purged), [{"mark": mark} for mark in sorted(fresh)])


# --- the bytes ----------------------------------------------------------------------------------------


def _let_go(engine: sa.Engine) -> None:
    """Delete the kept frame, which holds the cases as they were judged; the next visitor's is made without them."""
    try:
        kept.remove(engine)
    except NotADirectoryError as error:
        raise PurgeRefused(
            f"Sagerne er slettet, men de gemte tal er ikke nået: mappen {kept.folder(engine)} findes ikke her. Ret "
            f"{kept.KEPT}, eller gør mappen tilgængelig her, og kør kommandoen igen."
        ) from error
    except OSError as error:
        raise PurgeRefused(
            f"Sagerne er slettet, men de gemte tal i mappen {kept.folder(engine)} er der endnu: serveren er ved at "
            "regne dem, eller mappen må ikke ændres herfra. Kør kommandoen igen om lidt; varer det ved, så slet mappen."
        ) from error


def _write_anew(engine: sa.Engine) -> None:
    """Leave no byte of a deleted row in the database's files, or say that some are left.

    On PostgreSQL that is the files of the tables and the statistics on them (samples of real values); its own
    write-ahead log and archive are the operation's to see to.
    """
    try:
        whole = _sqlite_anew(engine) if engine.dialect.name == "sqlite" else _postgresql_anew(engine)
    except (sa.exc.SQLAlchemyError, psycopg.Error, sqlite3.Error):
        whole = False
    if not whole:
        raise PurgeRefused(
            "Sagerne er slettet, men databasens filer er ikke skrevet om, og der kan stå spor af dem endnu: "
            "databasen er i brug, eller disken er fuld. Kør kommandoen igen, når serveren er stille."
        )


def _sqlite_anew(engine: sa.Engine) -> bool:
    pooled = engine.raw_connection()  # of itself begins no transaction, and VACUUM may be in none
    try:
        driver: Any = pooled.driver_connection
        driver.execute("VACUUM").close()
        (busy, _, _) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        pooled.close()
    return not busy


def _postgresql_anew(engine: sa.Engine) -> bool:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()  # closed afterwards: the patience below is for nobody else
        connection.exec_driver_sql(f"SET lock_timeout = '{PATIENCE}'")
        for model in (*DELIVERED, *WRITTEN):
            connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {model.__tablename__}")
        connection.exec_driver_sql("VACUUM (FULL) pg_catalog.pg_statistic")
    return True

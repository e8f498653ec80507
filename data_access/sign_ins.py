"""How long a sign-in lasts: the browser's cookie outlives it by weeks, so what counts is kept here.

A sign-in ends after 8 hours, after 30 minutes without use, when the provider says so (`exp`), and at sign-out: from
then on its cookie is dead. One that is not known is only taken as new while it is: after a database has been restored
everybody signs in again.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa

from data_access import audit, models
from data_access.database import DatabaseUnavailable, reading, writing
from data_access.tables import Scope

HOURS = 8
"""How long a sign-in lasts at most."""
IDLE_MINUTES = 30
"""How long it lasts without use, and how young it must be to be taken as new."""

_MOST, _IDLE = dt.timedelta(hours=HOURS), dt.timedelta(minutes=IDLE_MINUTES)
_SKEW = dt.timedelta(minutes=2)
"""How far the provider's clock may be from ours."""
_NOTED = dt.timedelta(minutes=1)
"""So often at most is it written that a sign-in is used."""
_KEPT = dt.timedelta(days=30)
"""As long as the cookie lives."""
_PATIENCE = 200
"""Milliseconds that a page waits in SQLite to write that it was used."""
_TOLD_APART_BY = ("iss", "sub", "aud", "iat", "nonce", "sid", "jti")

_sign_in, _log = (model.metadata.tables[str(model.__tablename__)] for model in (models.SignIn, models.LogEntry))


class SignInEnded(Exception):
    """The sign-in does not count any more; the message is Danish and says why."""


class _KnownAlready(Exception):
    """Another tab of the same sign-in was first: nothing is saved, and nothing is logged."""


def key_of(claims: Mapping[str, object]) -> str:
    """What tells a sign-in from all others: SHA-256, hexadecimal; the provider's own values are not kept."""
    values = [claims.get(claim) for claim in _TOLD_APART_BY]
    return hashlib.sha256(json.dumps(values, default=repr).encode()).hexdigest()


def seen(
    engine: sa.Engine,
    key: str,
    user: str,
    *,
    issued_at: dt.datetime,
    expires_at: dt.datetime | None,
    now: dt.datetime | None = None,
) -> bool:
    """See that a sign-in still counts, and note that it is used. The first time it is recorded, and logged.

    True this one time, where nobody has signed in as `user` before, as far back as the log goes.

    `key` as `key_of` gives it; `issued_at` and `expires_at` are the provider's `iat` and `exp`. `now` is the time,
    if it is not the clock's. All with a time zone.

    Raises:
        SignInEnded: it does not count any more, or it is not known and too old to be new.
        DatabaseUnavailable: no connection, or a new sign-in could not be recorded.
    """
    now = now or dt.datetime.now(dt.UTC)
    if expires_at is not None and now - _SKEW > expires_at:
        raise SignInEnded("Dit login er udløbet. Log ind igen.")
    known, first_ever = _known(engine, key), False
    if known is None:
        first_ever = _begin(engine, key, user, issued_at, now)
        known = _known(engine, key)
    if known is None or known.ended_at is not None:
        raise SignInEnded("Du er logget ud. Log ind igen.")
    if now - known.began_at > _MOST:
        raise SignInEnded(f"Dit login er udløbet: det gælder i højst {HOURS} timer. Log ind igen.")
    if now - known.seen_at > _IDLE:
        raise SignInEnded(f"Du er logget ud efter {IDLE_MINUTES} minutter uden brug. Log ind igen.")
    if now - known.seen_at >= _NOTED:
        _note(engine, key, now)
    return first_ever


def end(engine: sa.Engine, key: str) -> None:
    """Sign out: the cookie of this sign-in never counts again, also if it has not been seen yet.

    Raises:
        DatabaseUnavailable: it was not saved.
    """
    now = dt.datetime.now(dt.UTC)
    ended = sa.update(_sign_in).where(_sign_in.c.id == key, _sign_in.c.ended_at.is_(None)).values(ended_at=now)
    unseen = {"id": key, "user": "", "began_at": now, "seen_at": now, "ended_at": now}
    try:
        with writing(engine) as connection:
            if connection.execute(sa.select(_sign_in.c.id).where(_sign_in.c.id == key)).first() is None:
                connection.execute(sa.insert(_sign_in).values(unseen))
            connection.execute(ended)
    except sa.exc.IntegrityError:  # it was seen in the same moment
        end(engine, key)
    except sa.exc.SQLAlchemyError as error:
        raise DatabaseUnavailable(
            "Du er ikke logget ud: databasen svarer ikke, eller en leverance er ved at blive læst ind. "
            "Prøv igen om lidt, eller luk browseren helt."
        ) from error


def _known(engine: sa.Engine, key: str) -> Any:
    with reading(engine) as connection:
        return connection.execute(sa.select(_sign_in).where(_sign_in.c.id == key)).first()


def _begin(engine: sa.Engine, key: str, user: str, issued_at: dt.datetime, now: dt.datetime) -> bool:
    """Record a new sign-in, and sweep those whose cookies have died by themselves; says if it is the user's first."""
    if issued_at > now + _SKEW:
        raise SignInEnded(
            "Dit login er dateret ud i fremtiden og kan ikke bruges. Log ind igen; varer det ved, så bed driften om "
            "at se serverens ur efter."
        )
    if now - issued_at >= _IDLE:
        raise SignInEnded("Dit login er udløbet. Log ind igen.")
    new = {"id": key, "user": user, "began_at": min(issued_at, now), "seen_at": now}
    first_ever = False
    try:
        with (
            suppress(_KnownAlready),
            audit.looking(engine, Scope(user), action="sign_in", purpose="", rows=0) as connection,
        ):
            if connection.execute(sa.select(_sign_in.c.id).where(_sign_in.c.id == key)).first() is not None:
                raise _KnownAlready
            connection.execute(sa.delete(_sign_in).where(_sign_in.c.began_at < now - _KEPT))
            connection.execute(sa.insert(_sign_in).values(new))
            first_ever = len(connection.execute(_first_two(user)).all()) == 1
    except DatabaseUnavailable as error:
        raise DatabaseUnavailable(
            "Du kan ikke logges ind lige nu: databasen svarer ikke, eller en leverance er ved at blive læst ind. "
            "Prøv igen om lidt; varer det ved, så tal med driften."
        ) from error
    return first_ever


def _first_two(user: str) -> sa.Select[Any]:
    """The oldest sign-ins of a user in the log, which remembers longer than the cookies live."""
    return sa.select(_log.c.id).where(_log.c.user == user, _log.c.action == "sign_in").order_by(_log.c.id).limit(2)


def _note(engine: sa.Engine, key: str, now: dt.datetime) -> None:
    """Write when a sign-in was last used. A page never waits for it: what is not written only ends it sooner."""
    used = sa.update(_sign_in).where(_sign_in.c.id == key).values(seen_at=now)
    with (
        suppress(sa.exc.OperationalError),
        engine.connect().execution_options(writes=True) as connection,
        _impatient(connection),
        connection.begin(),
    ):
        connection.execute(used)


@contextmanager
def _impatient(connection: sa.Connection) -> Iterator[None]:
    """SQLite's patience with who else writes, as a delivery that is taken in, is short for a while."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    (patience,) = driver.execute("PRAGMA busy_timeout").fetchone()
    driver.execute(f"PRAGMA busy_timeout = {_PATIENCE}")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA busy_timeout = {patience}")

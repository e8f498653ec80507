"""Who may what: which roles somebody who signs in has, by what the provider says of them.

A grant gives a role to everybody whose sign-in says its value in its claim; `blocked` takes every role away. It is
read anew on each run, so what is revoked is gone at the next click. Nothing is overwritten: a grant that is revoked
is kept, and each change is in the access log, in the same transaction.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from data_access import audit, models
from data_access.database import DatabaseUnavailable, reading
from data_access.free_text import one_line
from data_access.tables import EVERYTHING, FULL_SCOPE, Scope, require

ROLES: Mapping[str, str] = MappingProxyType(models.ACCESS_ROLES)
"""Code -> Danish label."""
LONGEST_CLAIM, LONGEST_VALUE = 80, 200
"""Characters."""
COMMAND_LINE = FULL_SCOPE.user
"""Stands as the one who granted what was granted by the command line."""
EMAIL = "email"
"""The claim that is compared without regard to case, and that the provider may leave unverified."""

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_grant, _center = (model.metadata.tables[str(model.__tablename__)] for model in (models.Grant, models.Center))
_stands = _grant.c.revoked_at.is_(None)
_STANDING = (
    sa.select(_grant.c.claim, _grant.c.value, _grant.c.role, _grant.c.center, _center.c.position)
    .join_from(_grant, _center, _grant.c.center == _center.c.name, isouter=True)
    .where(_stands)
    .order_by(_center.c.position)
)


class InvalidGrant(Exception):
    """What was asked for cannot be saved as it is; the message is Danish and says what to do."""


@dataclass(frozen=True)
class Granted:
    """One grant, as it was saved."""

    number: int
    claim: str
    """What the provider calls it: `roles`, `groups`, `email` …"""
    value: str
    role: str
    """Key of `ROLES`."""
    center: str | None
    """A head of department's; None for the other roles."""
    granted_at: dt.datetime
    """UTC."""
    granted_by: str
    revoked_at: dt.datetime | None
    """UTC; None: it stands."""
    revoked_by: str | None


_AS_GRANTED = sa.select(*_grant.c)


def scope_of(engine: sa.Engine, user: str, claims: Mapping[str, object]) -> Scope:
    """Whose eyes somebody who has signed in sees with; no role if nothing is granted, or if they are blocked.

    A claim is a string or a list of strings, compared whole and exactly (an e-mail address without regard to case);
    whatever else the provider sends matches nothing. An e-mail address that is said to be unverified gives nothing,
    and is blocked all the same. A centre that is no more gives nothing.

    Raises:
        DatabaseUnavailable: no connection, or a schema from before there were grants.
    """
    with reading(engine) as connection:
        standing = connection.execute(_STANDING).all()
    said = {claim: _said(claims, claim) for claim in {grant.claim for grant in standing}}
    held = [grant for grant in standing if _comparable(grant.claim, grant.value) in said[grant.claim]]
    if any(grant.role == "blocked" for grant in held):
        return Scope(user)
    verified = claims.get("email_verified", True) in (True, "true")
    given = [
        grant
        for grant in held
        if (verified or grant.claim != EMAIL) and (grant.center is None or grant.position is not None)
    ]
    roles = tuple(sorted({grant.role for grant in given}))
    centers = tuple(dict.fromkeys(grant.center for grant in given if grant.center is not None))
    return Scope(user, roles, None if "coordinator" in roles else centers)


def _said(claims: Mapping[str, object], claim: str) -> frozenset[str]:
    """The strings that a claim holds."""
    said = claims.get(claim)
    values = said if isinstance(said, list | tuple) else (said,)
    return frozenset(_comparable(claim, value) for value in values if isinstance(value, str))


def _comparable(claim: str, value: str) -> str:
    """A value as it is compared. Case is disregarded in ASCII only: other letters have look-alikes, as the Kelvin K."""
    return value.lower() if claim == EMAIL and value.isascii() else value


def any_granted(engine: sa.Engine) -> bool:
    """Whether anybody at all has a role.

    Raises:
        DatabaseUnavailable: no connection, or a schema from before there were grants.
    """
    with reading(engine) as connection:
        return bool(connection.execute(sa.select(sa.exists().where(_stands, _grant.c.role != "blocked"))).scalar())


def standing(engine: sa.Engine, scope: Scope | None) -> tuple[Granted, ...]:
    """The grants that have not been revoked, the oldest first.

    Raises:
        NoScope: `scope` is not a `Scope`, or may not see who has access.
        DatabaseUnavailable: no connection, or a schema from before there were grants.
    """
    return _read(engine, scope, _AS_GRANTED.where(_stands).order_by(_grant.c.id))


def history(engine: sa.Engine, scope: Scope | None) -> tuple[Granted, ...]:
    """Every grant ever saved, the newest first. Raises as `standing`."""
    return _read(engine, scope, _AS_GRANTED.order_by(_grant.c.id.desc()))


def grant(
    engine: sa.Engine, scope: Scope | None, *, claim: str, value: str, role: str, center: str | None = None
) -> Granted:
    """Save a grant, and give it as read back. One that stands already is not saved once more: a click may come twice.

    Raises:
        InvalidGrant: claim, value or role is missing, too long or unknown; a head of department without one of the
            municipality's centres; nobody who signs in would be administrator any more.
        NoScope: `scope` is not a `Scope`, or may not change who has access.
        DatabaseUnavailable: it was not saved, or could not be read back.
    """
    asking = require(scope, "adgange", "users")
    claim = one_line(claim, "Oplysningens navn", LONGEST_CLAIM, InvalidGrant)
    value = value.strip() if _GUID.fullmatch(value.strip()) else one_line(value, "Værdien", LONGEST_VALUE, InvalidGrant)
    if not claim or not value:
        raise InvalidGrant("Skriv både oplysningens navn og dens værdi, som de står i login.")
    if role not in ROLES:
        raise InvalidGrant("Vælg rollen på listen.")
    value = _comparable(claim, value)
    if role == "blocked" and _comparable(EMAIL, value) == _comparable(EMAIL, asking.user):
        raise InvalidGrant("Du kan ikke spærre dig selv. Bed en anden administrator om det.")
    written = {"claim": claim, "value": value, "role": role, "center": center}
    same = sa.select(_grant.c.id).where(
        _stands, *(_grant.c[name].is_not_distinct_from(v) for name, v in written.items())
    )
    granting = written | {"granted_at": dt.datetime.now(dt.UTC), "granted_by": asking.user}
    try:
        with _changing(engine, asking, f"Gav {_in_words(claim, value, role, center)}") as connection:
            if (number := connection.execute(same).scalar()) is not None:
                raise _Stands(number)
            _must_be(connection, role, center)
            inserted: Any = connection.execute(sa.insert(_grant).values(granting))
            number = int(inserted.inserted_primary_key[0])
    except _Stands as stands:
        number = stands.number
    [granted] = _read(engine, scope, _AS_GRANTED.where(_grant.c.id == number))
    return granted


def revoke(engine: sa.Engine, scope: Scope | None, number: int) -> None:
    """Take a grant back. It is kept, with who revoked it and when.

    Raises:
        InvalidGrant: there is no such grant, it has been revoked already, or nobody who signs in would be
            administrator any more.
        NoScope: `scope` is not a `Scope`, or may not change who has access.
        DatabaseUnavailable: it was not saved.
    """
    asking = require(scope, "adgange", "users")
    gone = InvalidGrant("Adgangen findes ikke eller er allerede fjernet. Genindlæs siden for at se, hvad der står.")
    found = _read(engine, asking, _AS_GRANTED.where(_grant.c.id == number, _stands))
    if not found:
        raise gone
    [old] = found
    note = f"Fjernede {_in_words(old.claim, old.value, old.role, old.center)}"
    revocation = {"revoked_at": dt.datetime.now(dt.UTC), "revoked_by": asking.user}
    with _changing(engine, asking, note) as connection:
        if not connection.execute(sa.update(_grant).where(_grant.c.id == number, _stands).values(revocation)).rowcount:
            raise gone


class _Stands(Exception):
    """The grant is there already: nothing is saved, and nothing is logged."""

    def __init__(self, number: int) -> None:
        self.number = number


@contextmanager
def _changing(engine: sa.Engine, scope: Scope, note: str) -> Iterator[sa.Connection]:
    """The one transaction of a change and of its entry in the log; it may not take the last administrator away."""
    try:
        kept = note[: audit.LONGEST_NOTE]
        with audit.looking(engine, scope, action="grant", purpose="", rows=0, note=kept) as connection:
            before = _administered(connection)
            yield connection
            if before and EVERYTHING not in scope.roles and not _administered(connection):
                raise InvalidGrant(
                    "Så er der ingen administrator tilbage. Giv først en anden rollen, eller brug kommandolinjen."
                )
    except DatabaseUnavailable as error:
        raise DatabaseUnavailable(
            "Ændringen blev ikke gemt: databasen svarer ikke, eller en leverance er ved at blive læst ind. "
            "Prøv igen om lidt; varer det ved, så tal med driften."
        ) from error


def _administered(connection: sa.Connection) -> bool:
    """Whether somebody is administrator by a grant whose claim and value are not blocked as well."""
    query = sa.select(_grant.c.role, _grant.c.claim, _grant.c.value).where(_stands)
    who: dict[str, set[tuple[str, str]]] = {"administrator": set(), "blocked": set()}
    for role, claim, value in connection.execute(query.where(_grant.c.role.in_(list(who)))):
        who[role].add((claim, value))
    return bool(who["administrator"] - who["blocked"])


def _must_be(connection: sa.Connection, role: str, center: str | None) -> None:
    """A head of department has one of the centres there are; nobody else has one."""
    if role != "head":
        if center is not None:
            raise InvalidGrant("Kun en afdelingsleder hører til et center. Lad feltet stå tomt.")
    elif center not in connection.execute(sa.select(_center.c.name)).scalars().all():
        raise InvalidGrant("Vælg afdelingslederens center på listen.")


def _in_words(claim: str, value: str, role: str, center: str | None) -> str:
    """A grant in the log's note: `rollen Afdelingsleder (Nord) til groups = ungeteam`."""
    shown = f"{value[:8]} …" if _GUID.fullmatch(value) else value  # its digits may look like a CPR number
    return f"rollen {ROLES[role]}{f' ({center})' if center else ''} til {claim} = {shown}"


def _read(engine: sa.Engine, scope: Scope | None, query: sa.Select[Any]) -> tuple[Granted, ...]:
    require(scope, "adgange", "users")
    with reading(engine) as connection:
        return tuple(Granted(*row) for row in connection.execute(query))

"""What users write: the municipality's own targets, and the dated events that explain a change in the figures.

Nothing is overwritten. A target is a row more in its history, and of the same measure and day the newest counts; an
event that is withdrawn is kept with who did it and when. What is given back after a save has been read back from the
database, in a transaction of its own.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from data_access import models
from data_access.database import DatabaseUnavailable, reading, writing
from data_access.free_text import one_line
from data_access.tables import Scope, require

EVENT_KINDS: Mapping[str, str] = MappingProxyType(models.EVENT_KINDS)
"""Code -> Danish label."""
LONGEST_TITLE, LONGEST_NOTE = 80, 500
"""Characters."""

_target, _event = (model.metadata.tables[str(model.__tablename__)] for model in (models.Target, models.Event))


class InvalidAnnotation(Exception):
    """What was written cannot be saved as it is; the message is Danish and says what to do."""


@dataclass(frozen=True)
class Target:
    """One entry in the history of a measure's target."""

    measure: str
    valid_from: dt.date
    rate: float | None
    """A fraction; None: no target from that day on."""
    note: str
    saved_at: dt.datetime
    """UTC."""
    saved_by: str


@dataclass(frozen=True)
class Event:
    """Something that happened on a day and may explain a change in the figures."""

    id: int
    on: dt.date
    kind: str
    """Key of `EVENT_KINDS`."""
    title: str
    reason: str
    measure: str | None
    """None: all measures."""
    center: str | None
    """None: the whole municipality."""
    rebase: bool
    """A decision: from this day the expected level is counted anew."""
    saved_at: dt.datetime
    """UTC."""
    saved_by: str


_TARGET = ("measure", "valid_from", "rate", "note", "saved_at", "saved_by")
_EVENT = ("id", "event_on", "kind", "title", "reason", "measure", "center", "rebase", "saved_at", "saved_by")
_AS_TARGET, _AS_EVENT = sa.select(*(_target.c[c] for c in _TARGET)), sa.select(*(_event.c[c] for c in _EVENT))


def targets(engine: sa.Engine, scope: Scope | None) -> tuple[Target, ...]:
    """What stands: the newest entry of each measure and day, by measure and day.

    Raises:
        NoScope: `scope` is not a `Scope`.
        DatabaseUnavailable: no connection, or a schema from before there were targets.
    """
    newest = sa.select(sa.func.max(_target.c.id)).group_by(_target.c.measure, _target.c.valid_from)
    query = _AS_TARGET.where(_target.c.id.in_(newest)).order_by(_target.c.measure, _target.c.valid_from)
    return tuple(Target(*row) for row in _read(engine, scope, query))


def target_history(engine: sa.Engine, scope: Scope | None) -> tuple[Target, ...]:
    """Every entry ever saved, the newest first. Raises as `targets`."""
    return tuple(Target(*row) for row in _read(engine, scope, _AS_TARGET.order_by(_target.c.id.desc())))


def set_target(
    engine: sa.Engine, scope: Scope, *, measure: str, valid_from: dt.date, rate: float | None, note: str
) -> Target:
    """Save a measure's target from a day on (a fraction; None: no target from then), and give it as read back.

    What the same user has just saved is not saved once more: a click may come twice.

    Raises:
        InvalidAnnotation: the rate is outside 0–1, the note is too long or may hold a CPR number.
        NoScope: `scope` is not a `Scope`, or may not write them.
        DatabaseUnavailable: it was not saved, or could not be read back.
    """
    require(scope, "mål", "targets")
    if rate is not None and not 0 <= rate <= 1:
        raise InvalidAnnotation("Målet skal ligge mellem 0 og 100 %. Ret tallet, og gem igen.")
    written = {"rate": rate, "note": one_line(note, "Noten", LONGEST_NOTE, InvalidAnnotation), "saved_by": scope.user}
    of = {"measure": measure, "valid_from": valid_from}
    entries = sa.select(_target).filter_by(**of).order_by(_target.c.id.desc())
    with _saving(engine) as connection:
        newest = dict(connection.execute(entries.limit(1)).mappings().first() or {})
        number = newest["id"] if written.items() <= newest.items() else _insert(connection, _target, of | written)
    [row] = _read(engine, scope, _AS_TARGET.where(_target.c.id == number))
    return Target(*row)


def in_force(targets: Sequence[Target], measure: str, day: dt.date) -> float | None:
    """A measure's target on a day, as a fraction; None when it has none. `targets` as `targets()` gives them."""
    so_far = [target for target in targets if target.measure == measure and target.valid_from <= day]
    return max(so_far, key=lambda target: (target.valid_from, target.saved_at)).rate if so_far else None


def events(engine: sa.Engine, scope: Scope | None) -> tuple[Event, ...]:
    """The events that have not been withdrawn, by day.

    Raises:
        NoScope: `scope` is not a `Scope`.
        DatabaseUnavailable: no connection, or a schema from before there were events.
    """
    query = _AS_EVENT.where(_event.c.withdrawn_at.is_(None)).order_by(_event.c.event_on, _event.c.id)
    return tuple(Event(*row) for row in _read(engine, scope, query))


def add_event(
    engine: sa.Engine,
    scope: Scope,
    *,
    on: dt.date,
    kind: str,
    title: str,
    reason: str = "",
    measure: str | None = None,
    center: str | None = None,
    rebase: bool = False,
) -> Event:
    """Save an event and give it as read back.

    One that stands already, from the same user and in the same words, is not saved once more: a click may come twice.

    Raises:
        InvalidAnnotation: no title, an unknown kind, a rebase without a reason, or a text that is too long or may
            hold a CPR number.
        NoScope: `scope` is not a `Scope`, or may not write them.
        DatabaseUnavailable: it was not saved, or could not be read back.
    """
    require(scope, "hændelser", "targets")
    if kind not in EVENT_KINDS:
        raise InvalidAnnotation("Vælg hændelsens art på listen.")
    title = one_line(title, "Overskriften", LONGEST_TITLE, InvalidAnnotation)
    reason = one_line(reason, "Begrundelsen", LONGEST_NOTE, InvalidAnnotation)
    if not title:
        raise InvalidAnnotation("Skriv en overskrift, der siger, hvad der skete.")
    if rebase and not reason:
        raise InvalidAnnotation("Skriv en begrundelse: et nyt forventet niveau skal kunne forklares.")
    written = {
        "event_on": on,
        "kind": kind,
        "title": title,
        "reason": reason,
        "measure": measure,
        "center": center,
        "rebase": rebase,
        "saved_by": scope.user,
    }
    same = (_event.c[name].is_not_distinct_from(value) for name, value in written.items())
    standing = sa.select(_event.c.id).where(*same, _event.c.withdrawn_at.is_(None))
    with _saving(engine) as connection:
        number = connection.execute(standing).scalar() or _insert(connection, _event, written)
    [row] = _read(engine, scope, _AS_EVENT.where(_event.c.id == number))
    return Event(*row)


def withdraw_event(engine: sa.Engine, scope: Scope, event_id: int) -> None:
    """Take an event out of the figures. It is kept, with who withdrew it and when.

    Raises:
        InvalidAnnotation: there is no such event, or it has been withdrawn already.
        NoScope: `scope` is not a `Scope`, or may not write them.
        DatabaseUnavailable: it was not saved.
    """
    require(scope, "hændelser", "targets")
    withdrawal = (
        sa.update(_event)
        .where(_event.c.id == event_id, _event.c.withdrawn_at.is_(None))
        .values(withdrawn_at=dt.datetime.now(dt.UTC), withdrawn_by=scope.user)
    )
    with _saving(engine) as connection:
        withdrawn = connection.execute(withdrawal).rowcount
    if not withdrawn:
        raise InvalidAnnotation("Hændelsen er allerede trukket tilbage. Genindlæs siden for at se, hvad der står.")


def _insert(connection: sa.Connection, table: sa.Table, written: Mapping[str, object]) -> int:
    inserted: Any = connection.execute(sa.insert(table).values(saved_at=dt.datetime.now(dt.UTC), **written))
    return int(inserted.inserted_primary_key[0])


def _read(engine: sa.Engine, scope: Scope | None, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
    require(scope, "mål og hændelser")
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(query)]


@contextmanager
def _saving(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction that writes; a database that does not let it is said in Danish."""
    try:
        with writing(engine) as connection:
            yield connection
    except sa.exc.SQLAlchemyError as error:
        raise DatabaseUnavailable(
            "Det blev ikke gemt: databasen svarer ikke, eller en leverance er ved at blive læst ind. "
            "Prøv igen om lidt; varer det ved, så tal med driften."
        ) from error

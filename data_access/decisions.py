"""What the steering group says of a measure in a month, what it decides, and how far each decision is.

Nothing is overwritten. Of the comments to a measure and a month the newest stands; a decision is what it was when it
was made, and how far it is stands in its steps: a slip is given up with a note, and decided anew. What is given back
after a save has been read back from the database, in a transaction of its own.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import groupby
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from data_access import models
from data_access.database import in_turn, reading
from data_access.free_text import one_line
from data_access.tables import Scope, require

STATES: Mapping[str, str] = MappingProxyType(models.DECISION_STATES)
"""Code -> Danish label."""
BEGINS, DROPPED = "planned", "dropped"
"""How far a decision is before anybody has said, and when it was given up."""
OPEN = (BEGINS, "under_way")
"""The states in which something is still to be done."""
LONGEST_TITLE, LONGEST_NAME, LONGEST_WORDS = 120, 80, 500
"""Characters: of what is to be done, of who does it, and of why, a note or a comment."""

_comment, _decision, _step, _publication = (
    model.metadata.tables[str(model.__tablename__)]
    for model in (models.Comment, models.Decision, models.DecisionStep, models.Publication)
)
_ONE_AT_A_TIME = 20_261_205
"""Any number that no other lock has."""
NOT_SAVED = (
    "Det blev ikke gemt: databasen svarer ikke, eller en leverance er ved at blive læst ind. Prøv igen om lidt; varer "
    "det ved, så tal med driften."
)


class InvalidDecision(Exception):
    """What was written cannot be saved as it is; the message is Danish and says what to do."""


@dataclass(frozen=True)
class Comment:
    """One entry in the history of what is said about a measure in a month."""

    measure: str
    month: dt.date
    """Its first day."""
    text: str
    """Empty: nothing is said any more."""
    saved_at: dt.datetime
    """UTC."""
    saved_by: str


@dataclass(frozen=True)
class Step:
    """One entry in the history of how far a decision is."""

    state: str
    """Key of `STATES`."""
    note: str
    saved_at: dt.datetime
    """UTC."""
    saved_by: str


@dataclass(frozen=True)
class Decision:
    """What was decided, and how far it is."""

    number: int
    decided_on: dt.date
    title: str
    """What is to be done."""
    why: str
    responsible: str
    """A person's function or initials."""
    do_by: dt.date
    measure: str | None
    """What it should move; None: nothing that is measured."""
    by_points: float | None
    """By how much: a fraction, 0.10 = ten percentage points up. None: it is not said."""
    center: str | None
    """None: the whole municipality."""
    saved_at: dt.datetime
    """UTC."""
    saved_by: str
    steps: tuple[Step, ...] = ()
    """The oldest first."""

    @property
    def state(self) -> str:
        """How far it is: key of `STATES`."""
        return self.steps[-1].state if self.steps else BEGINS

    @property
    def open(self) -> bool:
        """Whether something is still to be done."""
        return self.state in OPEN


_COMMENT = ("measure", "month", "text", "saved_at", "saved_by")
_STEP = ("state", "note", "saved_at", "saved_by")
_DECISION = (
    "id",
    "decided_on",
    "title",
    "why",
    "responsible",
    "do_by",
    "measure",
    "by_points",
    "center",
    "saved_at",
    "saved_by",
)
_AS_COMMENT = sa.select(*(_comment.c[name] for name in _COMMENT))


def comments(engine: sa.Engine, scope: Scope | None, month: dt.date | None = None) -> tuple[Comment, ...]:
    """What stands of each measure in a month (any day of it), or in every month: by month and measure.

    Raises:
        NoScope: `scope` is not a `Scope`, or may not see what is published.
        DatabaseUnavailable: no connection, or a schema from before there were comments.
    """
    newest = sa.select(sa.func.max(_comment.c.id)).group_by(_comment.c.measure, _comment.c.month)
    query = _AS_COMMENT.where(_comment.c.id.in_(newest), _comment.c.text != "", *_in(month))
    return tuple(Comment(*row) for row in _read(engine, scope, query.order_by(_comment.c.month, _comment.c.measure)))


def comment_history(engine: sa.Engine, scope: Scope | None, month: dt.date | None = None) -> tuple[Comment, ...]:
    """Every comment ever saved to a month (any day of it), or to any, the newest first. Raises as `comments`."""
    query = _AS_COMMENT.where(*_in(month)).order_by(_comment.c.id.desc())
    return tuple(Comment(*row) for row in _read(engine, scope, query))


def set_comment(engine: sa.Engine, scope: Scope, *, measure: str, month: dt.date, text: str) -> Comment:
    """Say something about a measure in a published month (any day of it), and give it as read back; empty: nothing any
    more.

    What stands already is not saved once more: a click may come twice.

    Raises:
        InvalidDecision: the text is too long or may hold a CPR number, or the month is not published.
        NoScope: `scope` is not a `Scope`, or may not write comments.
        DatabaseUnavailable: it was not saved, or could not be read back.
    """
    require(scope, "bemærkninger", "decide")
    of = {"measure": measure, "month": month.replace(day=1)}
    said = one_line(text, "Bemærkningen", LONGEST_WORDS, InvalidDecision)
    entries = sa.select(_comment.c.id, _comment.c.text).filter_by(**of).order_by(_comment.c.id.desc()).limit(1)
    published = sa.select(sa.exists().where(_publication.c.month == of["month"]))
    with _saving(engine) as connection:
        if not connection.execute(published).scalar_one():
            raise InvalidDecision(
                "Månedens tal er ikke offentliggjort, så der er intet at skrive bemærkninger til. Vælg en måned på "
                "listen."
            )
        number, standing = connection.execute(entries).first() or (None, "")
        if said != standing:
            number = _insert(connection, _comment, of | {"text": said, "saved_by": scope.user})
    if number is None:
        raise InvalidDecision("Skriv en bemærkning: der står ikke nogen, som kan slettes.")
    [row] = _read(engine, scope, _AS_COMMENT.where(_comment.c.id == number))
    return Comment(*row)


def decisions(engine: sa.Engine, scope: Scope | None) -> tuple[Decision, ...]:
    """Every decision with its steps, by the day it was decided.

    Raises:
        NoScope: `scope` is not a `Scope`, or may not see what is published.
        DatabaseUnavailable: no connection, or a schema from before there were decisions.
    """
    require(scope, "beslutninger", "published", "decide")
    decided = sa.select(*(_decision.c[name] for name in _DECISION)).order_by(_decision.c.decided_on, _decision.c.id)
    stepped = sa.select(_step.c.decision_id, *(_step.c[name] for name in _STEP)).order_by(
        _step.c.decision_id, _step.c.id
    )
    with reading(engine) as connection:
        found, steps = connection.execute(decided).all(), connection.execute(stepped).all()
    taken = {number: tuple(Step(*row[1:]) for row in rows) for number, rows in groupby(steps, lambda row: row[0])}
    return tuple(replace(Decision(*row), steps=taken.get(row[0], ())) for row in found)


def decide(
    engine: sa.Engine,
    scope: Scope,
    *,
    decided_on: dt.date,
    title: str,
    why: str,
    responsible: str,
    do_by: dt.date,
    measure: str | None = None,
    by_points: float | None = None,
    center: str | None = None,
) -> Decision:
    """Save a decision and give it as read back. `measure` is a key that the caller knows.

    One that stands already, from the same user and in the same words, is not saved once more: a click may come twice.

    Raises:
        InvalidDecision: something is missing, a text is too long or may hold a CPR number, the days are in the wrong
            order, the aim is no aim, or there is no such centre.
        NoScope: `scope` is not a `Scope`, or may not decide.
        DatabaseUnavailable: it was not saved, or could not be read back.
    """
    require(scope, "beslutninger", "decide")
    written = {
        "decided_on": decided_on,
        "title": _said(title, "Feltet Hvad", LONGEST_TITLE, "Skriv, hvad der er besluttet."),
        "why": _said(why, "Feltet Hvorfor", LONGEST_WORDS, "Skriv, hvorfor det er besluttet."),
        "responsible": _said(
            responsible, "Feltet Hvem", LONGEST_NAME, "Skriv, hvem der gør det: en funktion eller initialer."
        ),
        "do_by": do_by,
        "measure": measure,
        "by_points": by_points,
        "center": center,
        "saved_by": scope.user,
    }
    if do_by < decided_on:
        raise InvalidDecision("Vælg, hvornår det skal være gjort: dagen for beslutningen eller senere.")
    if by_points is not None and measure is None:
        raise InvalidDecision("Vælg det nøgletal, som beslutningen skal flytte, eller slet tallet.")
    if by_points is not None and not 0 < abs(by_points) < 1:
        raise InvalidDecision("Skriv, hvor mange procentpoint nøgletallet skal flyttes: under 100, og ikke 0.")
    same = (_decision.c[name].is_not_distinct_from(value) for name, value in written.items())
    newest = sa.select(sa.func.max(_step.c.id)).group_by(_step.c.decision_id)
    given_up = sa.select(_step.c.decision_id).where(_step.c.id.in_(newest), _step.c.state == DROPPED)
    standing = sa.select(_decision.c.id).where(*same, _decision.c.id.not_in(given_up))
    with _saving(engine) as connection:
        centers = connection.execute(sa.text("SELECT name FROM centers")).scalars()
        if center is not None and center not in set(centers):
            raise InvalidDecision("Vælg et center på listen, eller hele kommunen.")
        number = connection.execute(standing).scalar() or _insert(connection, _decision, written)
    return _one(engine, scope, number)


def step(engine: sa.Engine, scope: Scope, number: int, *, state: str, note: str) -> Decision:
    """Say how far a decision is, and give it as read back. `number` is that of the decision.

    What the same user has just said is not saved once more: a click may come twice.

    Raises:
        InvalidDecision: an unknown state, nothing new in it, it is given up without a word why, the note is too long or
            may hold a CPR number, or there is no such decision.
        NoScope: `scope` is not a `Scope`, or may not decide.
        DatabaseUnavailable: it was not saved, or could not be read back.
    """
    require(scope, "beslutninger", "decide")
    if state not in STATES:
        raise InvalidDecision("Vælg på listen, hvor langt beslutningen er.")
    words = one_line(note, "Noten", LONGEST_WORDS, InvalidDecision)
    if state == DROPPED and not words:
        raise InvalidDecision("Skriv i noten, hvorfor beslutningen er opgivet.")
    taken = sa.select(_step.c.state, _step.c.note, _step.c.saved_by).where(_step.c.decision_id == number)
    with _saving(engine) as connection:
        if connection.execute(sa.select(_decision.c.id).where(_decision.c.id == number)).first() is None:
            raise InvalidDecision("Beslutningen findes ikke. Genindlæs siden, og vælg igen.")
        before = connection.execute(taken.order_by(_step.c.id.desc()).limit(1)).first()
        if before is None or tuple(before) != (state, words, scope.user):
            if state == (before[0] if before else BEGINS) and not words:
                raise InvalidDecision("Beslutningen er allerede så langt. Vælg en anden status, eller skriv en note.")
            said = {"decision_id": number, "state": state, "note": words, "saved_by": scope.user}
            _insert(connection, _step, said)
    return _one(engine, scope, number)


def _said(written: str, what: str, longest: int, missing: str) -> str:
    if words := one_line(written, what, longest, InvalidDecision):
        return words
    raise InvalidDecision(missing)


def _in(month: dt.date | None) -> Sequence[sa.ColumnElement[bool]]:
    return () if month is None else (_comment.c.month == month.replace(day=1),)


def _one(engine: sa.Engine, scope: Scope, number: int) -> Decision:
    return next(each for each in decisions(engine, scope) if each.number == number)


def _insert(connection: sa.Connection, table: sa.Table, written: Mapping[str, object]) -> int:
    inserted: Any = connection.execute(sa.insert(table).values(saved_at=dt.datetime.now(dt.UTC), **written))
    return int(inserted.inserted_primary_key[0])


def _read(engine: sa.Engine, scope: Scope | None, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
    require(scope, "bemærkninger", "published", "decide")
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(query)]


def _saving(engine: sa.Engine) -> AbstractContextManager[sa.Connection]:
    """One transaction that writes, while nobody else decides; a database that does not let it is said in Danish."""
    return in_turn(engine, _ONE_AT_A_TIME, NOT_SAVED)

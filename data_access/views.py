"""Questions that users have saved, their own and those that others share: every version is kept, the newest stands.

What is asked is kept as JSON with the number of the form it is written in; what it means is for the page to say. What
is given back after a save has been read back from the database, in a transaction of its own.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from data_access import models
from data_access.database import in_turn, reading
from data_access.free_text import one_line
from data_access.tables import Scope, require

LONGEST_NAME, LONGEST_ASKED = 80, 4000
"""Characters."""
_LOCK = 7_163_239
"""Of the turns that savers take: any number that no other lock has."""
NOT_SAVED = (
    "Det blev ikke gemt: databasen svarer ikke, eller en leverance er ved at blive læst ind. Prøv igen om lidt; varer "
    "det ved, så tal med driften."
)

_view = models.SavedView.metadata.tables[str(models.SavedView.__tablename__)]


class InvalidView(Exception):
    """A view cannot be saved as it is; the message is Danish and says what to do."""


@dataclass(frozen=True)
class View:
    """One version of a saved question."""

    id: int
    owner: str
    name: str
    version: int
    """1, 2, 3 …: a new one each time the question is another than before."""
    shared: bool
    """Others may open it; each sees their own cases in it."""
    removed: bool
    form: int
    """Number of the form that `asked` is written in."""
    asked: Mapping[str, Any]
    saved_at: dt.datetime
    """UTC."""


def views(engine: sa.Engine, scope: Scope | None) -> tuple[View, ...]:
    """What stands: one's own by name, then what others share by owner and name.

    Raises:
        NoScope: `scope` is not a `Scope`, or may see no figures.
        DatabaseUnavailable: no connection, or a schema from before there were views.
    """
    asking = require(scope, "gemte visninger", "figures")
    standing = [entries[-1] for entries in _read(engine) if not entries[-1].removed]
    seen = [view for view in standing if view.shared or view.owner == asking.user]
    return tuple(sorted(seen, key=lambda view: (view.owner != asking.user, view.owner, view.name.casefold())))


def versions(engine: sa.Engine, scope: Scope | None, owner: str, name: str) -> tuple[View, ...]:
    """Every version of one's own view, oldest first; of one that another shares now, those saved as shared.

    The last of several entries with the same question stands for it. Raises as `views`.
    """
    asking = require(scope, "gemte visninger", "figures")
    for entries in _read(engine):
        newest = entries[-1]
        if (newest.owner, newest.name) == (owner, name) and (newest.shared or owner == asking.user):
            seen = [entry for entry in entries if not entry.removed and (entry.shared or owner == asking.user)]
            last = {entry.version: entry for entry in seen}
            return tuple(last.values()) if not newest.removed else ()
    return ()


def save(
    engine: sa.Engine, scope: Scope, *, name: str, form: int, asked: Mapping[str, Any], shared: bool = False
) -> View:
    """Save a question under a name, as a new version where the name is one's own already, and give it as read back.

    What stands already is not saved once more: a click may come twice.

    Raises:
        InvalidView: no name, or one that is too long or may hold a CPR number; a question that is too long.
        NoScope: `scope` is not a `Scope`, or may see no figures.
        DatabaseUnavailable: it was not saved, or could not be read back.
    """
    require(scope, "gemte visninger", "figures")
    written = json.dumps(asked, ensure_ascii=False, sort_keys=True)
    if len(written) > LONGEST_ASKED:
        raise InvalidView("Visningen er for lang til at blive gemt. Vælg færre ting, og gem igen.")
    name = one_line(name, "Navnet", LONGEST_NAME, InvalidView)
    if not name:
        raise InvalidView("Giv visningen et navn.")
    return _append(engine, scope, name, form=form, asked=written, shared=shared, removed=False)


def share(engine: sa.Engine, scope: Scope, name: str, *, shared: bool) -> View:
    """Let others open one's own view, or no longer, and give it as read back; the question is the same.

    Raises:
        InvalidView: one has no view of that name.
        NoScope, DatabaseUnavailable: as `save`.
    """
    return _append(engine, scope, name, shared=shared)


def remove(engine: sa.Engine, scope: Scope, name: str) -> View:
    """Take one's own view away, for oneself and for others; its versions are kept. Raises as `share`."""
    return _append(engine, scope, name, removed=True)


def _append(engine: sa.Engine, scope: Scope, name: str, **change: Any) -> View:
    """A row more in the history of one's view, unless it would say what stands; its turn comes after all others'."""
    require(scope, "gemte visninger", "figures")
    mine = sa.select(_view).where(_view.c.owner == scope.user, _view.c.name == name).order_by(_view.c.id.desc())
    with in_turn(engine, _LOCK, NOT_SAVED) as connection:
        stands = dict(connection.execute(mine.limit(1)).mappings().first() or {})
        if "asked" not in change and (not stands or stands["removed"]):
            raise InvalidView("Visningen findes ikke mere. Genindlæs siden.")
        if not change.items() <= stands.items():
            kept = {key: stands[key] for key in ("shared", "removed", "form", "asked") if key in stands}
            saved = {**kept, **change, "owner": scope.user, "name": name, "saved_at": dt.datetime.now(dt.UTC)}
            connection.execute(sa.insert(_view), [saved])
    [entries] = [found for found in _read(engine) if (found[-1].owner, found[-1].name) == (scope.user, name)]
    return entries[-1]


def _read(engine: sa.Engine) -> list[Sequence[View]]:
    """Every entry there is, those of one owner and name together, oldest first."""
    query = sa.select(_view).order_by(_view.c.owner, _view.c.name, _view.c.id)
    with reading(engine) as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    return [_numbered(list(entries)) for _, entries in groupby(rows, key=lambda row: (row["owner"], row["name"]))]


def _numbered(rows: Sequence[Mapping[str, Any]]) -> Sequence[View]:
    entries: list[View] = []
    version, before = 0, None
    for row in rows:
        question = (row["form"], row["asked"])
        version, before = version + (question != before), question
        entries.append(View(**{**row, "asked": json.loads(row["asked"]), "version": version}))
    return entries

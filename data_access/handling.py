"""What a leader says of a deviation: explained, misregistered, under way, accepted. It never changes a figure.

Nothing is overwritten: each handling is a row more in the history, and of the same measure and unit the newest stands.
It is written in the transaction that tells of it in the access log, and what is given back has been read back from the
database in a transaction of its own.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import sqlalchemy as sa

from data_access import audit, models
from data_access.database import DatabaseUnavailable, reading
from data_access.free_text import one_line
from data_access.holders import holders
from data_access.tables import FULL_SCOPE, Scope, require

STATES: Mapping[str, str] = MappingProxyType(models.HANDLINGS)
"""Code -> Danish label."""
GROUNDS: Mapping[str, str] = MappingProxyType(models.HANDLING_GROUNDS)
"""Code -> Danish label."""
UNMARKED = "unmarked"
"""The mark was taken off: the deviation is unhandled again."""
LONGEST_NAME, LONGEST_NOTE = 80, 500
"""Characters."""
MOST = 1000
"""So many deviations are handled at once: as many as a list shows."""

HANDLED = pl.Schema(
    {
        "id": pl.Int64(),
        "measure": pl.String(),
        "unit_id": pl.String(),
        "case_id": pl.String(),
        "state": pl.String(),
        "ground": pl.String(),
        "responsible": pl.String(),
        "do_by": pl.Date(),
        "note": pl.String(),
        "delivery": pl.Int64(),
        "saved_at": pl.Datetime("us", "UTC"),
        "saved_by": pl.String(),
    }
)
"""One row an entry: `state` is a key of `STATES`, `ground` of `GROUNDS`; `delivery` = the newest import at the time."""

_handling = models.Handling.metadata.tables[str(models.Handling.__tablename__)]
NOT_SAVED = (
    "Det blev ikke gemt: databasen svarer ikke, eller en leverance er ved at blive læst ind. Prøv igen om lidt; varer "
    "det ved, så tal med driften."
)


class InvalidHandling(Exception):
    """What was said of a deviation cannot be saved as it is; the message is Danish and says what to do."""


class NotHeld(InvalidHandling):
    """One of the cases is another centre's, or is none."""


@dataclass(frozen=True)
class Unit:
    """One deviation, as in the assessed frame."""

    measure: str
    unit_id: str
    case_id: str


def handle(
    engine: sa.Engine,
    scope: Scope,
    units: Sequence[Unit],
    *,
    state: str,
    ground: str | None = None,
    responsible: str = "",
    do_by: dt.date | None = None,
    note: str = "",
    today: dt.date | None = None,
) -> pl.DataFrame:
    """Say how some deviations are handled, all of them or none, and give what stands of them now as `HANDLED`.

    `ground` is asked for when they are explained, `responsible` and `do_by` (`today` or later; default: today in
    Denmark) when something is under way; what is not asked for is not kept. What the same user has just said is not
    saved once more: a click may come twice.

    Raises:
        InvalidHandling: nothing chosen, something is missing, a text is too long or may hold a CPR number, or the
            scope's centres do not hold one of the cases, or there is none such.
        NoScope: `scope` is not a `Scope`, or may not handle deviations.
        DatabaseUnavailable: nothing was saved, or it could not be read back.
    """
    require(scope, "håndtering af afvigelser", "handle")
    said = _checked(state, ground, responsible, do_by, note, today) | {"saved_by": scope.user}
    asked = list(dict.fromkeys(units))
    if not 0 < len(asked) <= MOST:
        raise InvalidHandling(f"Vælg mellem 1 og {MOST} afvigelser i listen.")
    cases = tuple(sorted({unit.case_id for unit in asked}))
    try:
        _save(engine, scope, asked, cases, said)
    except DatabaseUnavailable as error:
        raise DatabaseUnavailable(NOT_SAVED) from error
    except NotHeld:
        with suppress(DatabaseUnavailable):  # nothing was written anyway
            audit.write(engine, scope, action="refused", purpose="", rows=0, cases=cases, note="Håndtering uden adgang")
        raise
    wanted = pl.DataFrame([(u.measure, u.unit_id) for u in asked], ["measure", "unit_id"], orient="row")
    return _newest(_read(engine, scope, cases)).join(wanted, on=["measure", "unit_id"], how="semi")


def standing(engine: sa.Engine, scope: Scope | None) -> pl.DataFrame:
    """What stands of each deviation that was handled, as `HANDLED`: of the cases that the scope's centres hold now; for
    who sees all centres also of those that are withdrawn.

    Raises:
        NoScope: `scope` is not a `Scope`, or may see no cases.
        DatabaseUnavailable: no connection, or a schema from before there were handlings.
    """
    return _newest(_read(engine, scope)).filter(pl.col("state") != UNMARKED)


def standing_at(engine: sa.Engine, scope: Scope | None, delivery: int) -> pl.DataFrame:
    """What stood of every deviation when a delivery was the newest, as `HANDLED`, and of the cases that the scope's
    centres hold now what stands: what a centre has said of a case it has got since is for nobody else.

    Of all cases: for who keeps those that were the scope's by that delivery. Raises as `standing`.
    """
    own = _read(engine, scope)["id"].implode()
    then = (pl.col("delivery") <= delivery) | pl.col("id").is_in(own)
    return _newest(_read(engine, FULL_SCOPE).filter(then)).filter(pl.col("state") != UNMARKED)


def written(engine: sa.Engine, scope: Scope | None) -> tuple[int, int]:
    """A key of what stands, of all centres: at one version of the data it changes when, and only when, somebody saves.
    Raises as `standing`.

    How many entries there are, and the newest one's number: nothing is overwritten.
    """
    require(scope, "håndtering af afvigelser", "cases")
    with reading(engine, FULL_SCOPE) as connection:
        count, newest = connection.execute(sa.select(sa.func.count(), sa.func.max(_handling.c.id))).one()
    return count, newest or 0


def history(engine: sa.Engine, scope: Scope | None, case_id: str) -> pl.DataFrame:
    """Every entry about a case, the newest first, as `HANDLED`; none for a case that is another's, or is none.

    Raises as `standing`.
    """
    return _read(engine, scope, (case_id,)).sort("id", descending=True)


def _checked(
    state: str, ground: str | None, responsible: str, do_by: dt.date | None, note: str, today: dt.date | None
) -> dict[str, Any]:
    """What is kept of what was said; nothing that the state does not ask for."""
    if state not in STATES:
        raise InvalidHandling("Vælg på listen, hvordan afvigelsen håndteres.")
    said: dict[str, Any] = {"state": state, "ground": None, "responsible": None, "do_by": None}
    if state == "explained":
        if ground not in GROUNDS:
            raise InvalidHandling("Vælg den grund, der forklarer afvigelsen.")
        said["ground"] = ground
    if state == "under_way":
        said["responsible"] = one_line(responsible, "Feltet Hvem", LONGEST_NAME, InvalidHandling)
        if not said["responsible"]:
            raise InvalidHandling("Skriv, hvem der gør det: initialer eller en funktion, ikke den unge.")
        if do_by is None or do_by < (today or dt.datetime.now(ZoneInfo("Europe/Copenhagen")).date()):
            raise InvalidHandling("Vælg, hvornår det skal være gjort: i dag eller senere.")
        said["do_by"] = do_by
    return {**said, "note": one_line(note, "Noten", LONGEST_NOTE, InvalidHandling)}


def _save(
    engine: sa.Engine, scope: Scope, units: Sequence[Unit], cases: Sequence[str], said: Mapping[str, Any]
) -> None:
    """What is new of it, in the transaction of its entry in the log; until that ends nobody else writes here."""
    about: dict[str, Any] = {"action": "handle", "purpose": "follow_up", "rows": len(units), "cases": cases}
    with audit.looking(engine, scope, **about) as connection:
        if set(connection.execute(_held(scope, cases)).scalars()) != set(cases):
            raise NotHeld("Sagen findes ikke, eller du har ikke adgang til den. Genindlæs siden, og vælg igen.")
        written = _rows(connection, scope, cases).rows(named=True)  # of the same deviation the newest comes last
        kept: dict[tuple[str, str], Mapping[str, Any]] = {(row["measure"], row["unit_id"]): row for row in written}
        before = {unit: kept.get((unit.measure, unit.unit_id), {"state": UNMARKED}) for unit in units}
        bare = said["state"] == UNMARKED  # what is bare already has nothing to take off
        fresh = [
            unit
            for unit, last in before.items()
            if not said.items() <= last.items() and not (bare and last["state"] == UNMARKED)
        ]
        if fresh:
            number = connection.execute(sa.text("SELECT coalesce(max(id), 0) FROM imports")).scalar_one()
            saved = {**said, "delivery": number, "saved_at": dt.datetime.now(dt.UTC)}
            connection.execute(sa.insert(_handling), [asdict(unit) | saved for unit in fresh])


def _newest(entries: pl.DataFrame) -> pl.DataFrame:
    """The newest entry of each deviation, in the order of the measures and units."""
    newest = entries.sort("id").unique(["measure", "unit_id"], keep="last", maintain_order=True)
    return newest.sort("measure", "unit_id")


def _read(engine: sa.Engine, scope: Scope | None, cases: Sequence[str] | None = None) -> pl.DataFrame:
    asking = require(scope, "håndtering af afvigelser", "cases")
    with reading(engine, asking) as connection:
        return _rows(connection, asking, cases)


def _rows(connection: sa.Connection, scope: Scope, cases: Sequence[str] | None) -> pl.DataFrame:
    query = sa.select(*(_handling.c[name] for name in HANDLED))
    if scope.centers is not None or cases is not None:
        query = query.where(_handling.c.case_id.in_(_held(scope, cases)))
    found = [tuple(row) for row in connection.execute(query.order_by(_handling.c.id))]
    return pl.DataFrame(found, schema=HANDLED, orient="row")


def _held(scope: Scope, cases: Sequence[str] | None) -> sa.Select[Any]:
    """The numbers of the cases, some of them or all, that the scope's centres hold now."""
    held = holders()
    query = sa.select(held.c.case_id)
    if cases is not None:
        query = query.where(held.c.case_id.in_(cases))
    return query if scope.centers is None else query.where(held.c.center.in_(scope.centers))

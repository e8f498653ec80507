"""The one way to case data: typed lazy frames of what was known on a day, handed out only for a scope."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

from data_access.database import reading
from data_access.frames import rows
from data_access.models import DELIVERED, Row

EVERYTHING = "system"
"""The role of the command line and of the demo: nobody who signs in has it."""


PERMISSIONS: Mapping[str, frozenset[str]] = {
    "head": frozenset({"figures", "cases", "handle", "review", "published", "export"}),
    "steering": frozenset({"published", "export"}),
    "coordinator": frozenset(
        {
            "figures",
            "cases",
            "handle",
            "review",
            "published",
            "publish",
            "decide",
            "export",
            "targets",
            "deliveries",
        }
    ),
    "administrator": frozenset({"deliveries", "targets", "users"}),
    "protection": frozenset({"log"}),
}
"""Role -> what it may; a role that is not here gives nothing.

figures: every figure of its own centres · cases: the single cases behind them · handle: write what is done about their
deviations · review: answer the questions of a sampled case review · published: what was published of all centres, with
comments and decisions · publish: publish a month · decide: write comments and decisions, and define a review · export:
take out as a file what it sees · targets: write targets and events · deliveries: what was delivered and rejected ·
users: who has which role · log: the access log.
"""


@dataclass(frozen=True)
class Scope:
    """Whose eyes the rows are for, in which roles, and of which centres. Without one there are no rows."""

    user: str
    roles: tuple[str, ...] = ()
    centers: tuple[str, ...] | None = ()
    """Whose figures and cases; None: all of them."""

    def may(self, permission: str) -> bool:
        """Whether one of the roles gives a permission. Default deny: an unknown role or permission gives nothing."""
        return EVERYTHING in self.roles or any(permission in PERMISSIONS.get(role, ()) for role in self.roles)

    def holds(self, center: str | None) -> bool:
        """Whether a centre's single cases may be seen; None: those that no centre holds."""
        return self.centers is None or center in self.centers

    def within(self, centers: Sequence[str]) -> tuple[str, ...]:
        """Those of the centres that may be seen, in their order."""
        return tuple(center for center in centers if self.holds(center))


FULL_SCOPE = Scope("indbygget", (EVERYTHING,), None)
"""The command line's, and that of building what all share. No page may use it."""


class NoScope(Exception):
    """Somebody asked for data without saying whose eyes it is for, or for eyes that may not see it."""


def require(scope: object, asked_for: str = "sagsdata", *permissions: str) -> Scope:
    """The one check that whoever asks for data says whose eyes it is for, and may. Gives the scope.

    With several `permissions` one of them is enough; with none anybody who has signed in may.

    Raises:
        NoScope: `scope` is not a `Scope`, or gives none of the permissions.
    """
    if not isinstance(scope, Scope):
        raise NoScope(f"Der blev bedt om {asked_for} uden at sige til hvem.")
    if permissions and not any(map(scope.may, permissions)):
        raise NoScope(f"Der blev bedt om {asked_for} af en, der ikke må se det.")
    return scope


Tables = Mapping[str, pl.LazyFrame]

_TYPES: dict[type, pl.DataType] = {
    sa.Integer: pl.Int64(),
    sa.Float: pl.Float64(),
    sa.Boolean: pl.Boolean(),
    sa.Date: pl.Date(),
}


def schema(model: type[Row]) -> pl.Schema:
    """Column name -> polars type of a table, from its model (the import numbers left out)."""
    columns = model.metadata.tables[str(model.__tablename__)].columns
    return pl.Schema(
        {c.name: _TYPES.get(type(c.type), pl.String()) for c in columns if c.name not in ("known_from", "known_to")}
    )


def empty() -> dict[str, pl.LazyFrame]:
    """Every table without a row: the shape that measures are resolved against."""
    return {str(m.__tablename__): pl.LazyFrame(schema=schema(m)) for m in DELIVERED}


def read(engine: sa.Engine, scope: Scope | None, known_at: dt.date | int | None = None) -> dict[str, pl.LazyFrame]:
    """All delivered tables as they were known at the end of `known_at` (default: everything known now).

    A number is that of an import: as they were known when it was the newest.

    Returns table name -> lazy frame with the model's columns, sorted by `id`. All tables are of the same
    import number, also while another delivery is being taken in. Everything or nothing: who sees some centres only
    is given a part of what was judged from it, never a part of the tables.

    Raises:
        NoScope: `scope` is not a `Scope`, or not one that sees all cases.
    """
    if require(scope, "sagsdata", "cases").centers is not None:
        raise NoScope("Der blev bedt om alle centres sagsdata af en, der kun må se nogle af dem.")
    number = known_at if isinstance(known_at, int) else import_number(engine, known_at)
    with reading(engine, scope) as connection:
        return {str(model.__tablename__): _known(connection, model, number).lazy() for model in DELIVERED}


def import_number(engine: sa.Engine, known_at: dt.date | None) -> int:
    """The newest import known on a day; 0 when there was none."""
    statement, parameters = "SELECT coalesce(max(id), 0) FROM imports", {}
    if known_at is not None:
        statement, parameters = statement + " WHERE known_on <= :known_at", {"known_at": known_at}
    with reading(engine) as connection:
        return int(connection.execute(sa.text(statement), parameters).scalar_one())


def newest_extract(engine: sa.Engine) -> dt.date | None:
    """The newest extract date of all deliveries: the default view date. None before the first delivery."""
    return _extract(engine, "max(extract_date)")


def first_extract(engine: sa.Engine) -> dt.date | None:
    """The oldest extract date of all deliveries: since when the municipality has delivered. None before the first."""
    return _extract(engine, "min(extract_date)")


def _extract(engine: sa.Engine, which: str) -> dt.date | None:
    with reading(engine) as connection:
        day = connection.execute(sa.text(f"SELECT {which} FROM imports")).scalar()
    return dt.date.fromisoformat(day) if isinstance(day, str) else day


def centers(engine: sa.Engine) -> list[str]:
    """The centres in organisational order."""
    with reading(engine) as connection:
        return list(connection.execute(sa.text("SELECT name FROM centers ORDER BY position")).scalars())


def _known(connection: sa.Connection, model: type[Row], number: int) -> pl.DataFrame:
    known = f"known_from <= {int(number)} AND (known_to IS NULL OR known_to > {int(number)})"
    return rows(connection, str(model.__tablename__), schema(model), known)

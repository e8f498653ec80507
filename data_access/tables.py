"""The one way to case data: typed lazy frames of what was known on a day, handed out only for a scope."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

from data_access.database import reading
from data_access.frames import rows
from data_access.models import DELIVERED, Row

EVERYTHING = "system"
"""The role of the command line and of the demo: nobody who signs in has it."""


PERMISSIONS: Mapping[str, frozenset[str]] = {"protection": frozenset({"log"})}
"""Role -> what it may. The other roles come with sign-in; until then only the built-in scope sees anything."""


@dataclass(frozen=True)
class Scope:
    """Whose eyes the rows are for, and in which roles. Without one there are no rows."""

    user: str
    roles: tuple[str, ...] = ()

    def may(self, permission: str) -> bool:
        """Whether one of the roles gives a permission. Default deny: an unknown role or permission gives nothing."""
        return EVERYTHING in self.roles or any(permission in PERMISSIONS.get(role, ()) for role in self.roles)


FULL_SCOPE = Scope("indbygget", (EVERYTHING,))
"""The one scope there is until sign-in: the demo and the command line see everything."""


class NoScope(Exception):
    """Somebody asked for case data without saying whose eyes it is for."""


def require(scope: object, asked_for: str = "sagsdata") -> None:
    """The one check that whoever asks for data says whose eyes it is for.

    Raises:
        NoScope: `scope` is not a `Scope`.
    """
    if not isinstance(scope, Scope):
        raise NoScope(f"Der blev bedt om {asked_for} uden at sige til hvem.")


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


def read(engine: sa.Engine, scope: Scope | None, known_at: dt.date | None = None) -> dict[str, pl.LazyFrame]:
    """All delivered tables as they were known at the end of `known_at` (default: everything known now).

    Returns table name -> lazy frame with the model's columns, sorted by `id`. All tables are of the same
    import number, also while another delivery is being taken in.

    Raises:
        NoScope: `scope` is not a `Scope`.
    """
    require(scope)
    number = import_number(engine, known_at)
    with reading(engine) as connection:
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

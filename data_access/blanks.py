"""Which fields of the open cases stand blank: what a measure then cannot judge, counted where it can be mended."""

import polars as pl
import sqlalchemy as sa

from data_access.database import reading
from data_access.holders import holders
from data_access.models import DELIVERED, Row, sources
from data_access.tables import Scope, require

BLANKS = pl.Schema(
    {"extract": pl.String(), "column": pl.String(), "center": pl.String(), "rows": pl.Int64(), "blank": pl.Int64()}
)
"""Danish table and column name, the centre that holds the case, the rows there are and how many of them are blank."""


def blank_fields(engine: sa.Engine, scope: Scope | None) -> pl.DataFrame:
    """Every field answered ja or nej (or with several codes) in the rows of open cases, per centre, as `BLANKS`.

    Counts the rows known now, at the centre that holds the case now: there they can be mended. Each is told of
    the centres they see.

    Raises:
        NoScope: `scope` is not a `Scope`, or may see no figures.
    """
    asking = require(scope, "blanke felter", "figures")
    with reading(engine, asking) as connection:
        found = [_of(connection, model, asking) for model in DELIVERED if _asked(model)]
    return pl.concat([BLANKS.to_frame(), *found])


def _asked(model: type[Row]) -> dict[str, str]:
    """The model's column -> its Danish name, for the fields where a blank means "not known"."""
    found = {name: source.name for name, source in sources(model).items() if source.kind in ("flag", "codes")}
    return found if "case_id" in sources(model) else {}


def _of(connection: sa.Connection, model: type[Row], scope: Scope) -> pl.DataFrame:
    held = holders()
    table = model.metadata.tables[str(model.__tablename__)]
    asked = _asked(model)
    blanks = [sa.func.sum(sa.case((table.c[name].is_(None), 1), else_=0)) for name in asked]
    query = (
        sa.select(held.c.center, sa.func.count(), *blanks)
        .join_from(table, held, held.c.case_id == table.c.case_id)
        .where(table.c.known_to.is_(None), held.c.closed_on.is_(None))
        .group_by(held.c.center)
        .order_by(held.c.center)
    )
    rows = [
        (model.extract, column, center, count, blank)
        for center, count, *counts in connection.execute(query)
        if scope.holds(center)
        for column, blank in zip(asked.values(), counts, strict=True)
    ]
    return pl.DataFrame(rows, schema=BLANKS, orient="row")

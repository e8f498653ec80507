"""Which fields of the open cases stand blank: what a measure then cannot judge, counted where it can be mended."""

import polars as pl
import sqlalchemy as sa

from data_access.database import reading
from data_access.models import DELIVERED, Case, Row, sources
from data_access.tables import Scope, require

BLANKS = pl.Schema(
    {"extract": pl.String(), "column": pl.String(), "center": pl.String(), "rows": pl.Int64(), "blank": pl.Int64()}
)
"""Danish table and column name, the case's centre, the rows there are and how many of them are blank."""


def blank_fields(engine: sa.Engine, scope: Scope | None) -> pl.DataFrame:
    """Every field answered ja or nej (or with several codes) in the rows of open cases, per centre, as `BLANKS`.

    Counts the rows known now. The centre is the one the case itself names.

    Raises:
        NoScope: `scope` is not a `Scope`.
    """
    require(scope)
    with reading(engine) as connection:
        return pl.concat([BLANKS.to_frame(), *(_of(connection, model) for model in DELIVERED if _asked(model))])


def _asked(model: type[Row]) -> dict[str, str]:
    """The model's column -> its Danish name, for the fields where a blank means "not known"."""
    found = {name: source.name for name, source in sources(model).items() if source.kind in ("flag", "codes")}
    return found if "case_id" in sources(model) else {}


def _of(connection: sa.Connection, model: type[Row]) -> pl.DataFrame:
    cases = Case.metadata.tables[str(Case.__tablename__)].alias("held")
    table = model.metadata.tables[str(model.__tablename__)]
    asked = _asked(model)
    blanks = [sa.func.sum(sa.case((table.c[name].is_(None), 1), else_=0)) for name in asked]
    query = (
        sa.select(cases.c.center, sa.func.count(), *blanks)
        .join_from(table, cases, cases.c.case_id == table.c.case_id)
        .where(table.c.known_to.is_(None), cases.c.known_to.is_(None), cases.c.closed_on.is_(None))
        .group_by(cases.c.center)
        .order_by(cases.c.center)
    )
    rows = [
        (model.extract, column, center, count, blank)
        for center, count, *counts in connection.execute(query)
        for column, blank in zip(asked.values(), counts, strict=True)
    ]
    return pl.DataFrame(rows, schema=BLANKS, orient="row")

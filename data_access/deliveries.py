"""What was delivered, when, and what could not be taken in: the facts behind trust in the figures.

Holds no case content: numbers of rows, dates, and of a rejected row where it stands and why.
"""

import datetime as dt

import polars as pl
import sqlalchemy as sa

from data_access.database import reading
from data_access.models import DELIVERED, Import, ImportTable, Rejection
from data_access.tables import Scope, require

COUNTS = ("new", "changed", "withdrawn", "unchanged", "rejected")

_import, _table, _rejection = (
    model.metadata.tables[str(model.__tablename__)] for model in (Import, ImportTable, Rejection)
)

IMPORTS = pl.Schema(
    {
        "import_id": pl.Int64(),
        "delivery": pl.String(),
        "source": pl.String(),
        "imported_at": pl.Datetime("us", "UTC"),
        "extract_date": pl.Date(),
        "known_on": pl.Date(),
        "demo": pl.Boolean(),
    }
)
"""One row per delivery; `imported_at` in UTC."""
NEWEST = pl.Schema(
    {
        "table": pl.String(),
        "import_id": pl.Int64(),
        "imported_at": pl.Datetime("us", "UTC"),
        "extract_date": pl.Date(),
        "file": pl.String(),
        **dict.fromkeys(COUNTS, pl.Int64()),
    }
)
"""One row per table: its newest delivery; null where the table was never delivered."""
REJECTIONS = pl.Schema(
    {
        "import_id": pl.Int64(),
        "table": pl.String(),
        "file": pl.String(),
        "row": pl.Int64(),
        "column": pl.String(),
        "reason": pl.String(),
        "advice": pl.String(),
    }
)
"""One row per problem (a rejected row may have several); `row` as Excel counts it: the header is row 1."""


def imports(engine: sa.Engine, scope: Scope | None) -> pl.DataFrame:
    """Every delivery taken in, the newest first, as `IMPORTS`.

    Raises:
        NoScope: `scope` is not a `Scope`, or may see neither deliveries nor figures.
    """
    columns = [_import.c[name] for name in ("delivery", "source", "imported_at", "extract_date", "known_on", "demo")]
    return _read(engine, scope, sa.select(_import.c.id, *columns).order_by(_import.c.id.desc()), IMPORTS)


def previous(engine: sa.Engine, scope: Scope | None) -> tuple[dt.date, dt.date] | None:
    """(V, K) of what was delivered before the day of the newest delivery; None: nothing was. Raises as `imports`."""
    delivered = imports(engine, scope)
    earlier = delivered.filter(pl.col("known_on") < pl.col("known_on").max())
    if earlier.is_empty():
        return None
    return earlier.select(pl.col("extract_date", "known_on").max()).row(0)


def all_invented(engine: sa.Engine) -> bool:
    """Whether something was delivered, and all of it by the demo: nobody in it is real."""
    with reading(engine) as connection:
        kinds = set(connection.execute(sa.select(_import.c.demo).distinct()).scalars())
    return kinds == {True}


def newest_per_table(engine: sa.Engine, scope: Scope | None) -> pl.DataFrame:
    """The newest delivery of each of the nineteen tables, in the contract's order.

    As `NEWEST`, with `extract`: the table's Danish name.

    Raises:
        NoScope: `scope` is not a `Scope`, or may see neither deliveries nor figures.
    """
    other = _table.alias("other")
    newest = sa.select(sa.func.max(other.c.import_id)).where(other.c.table_name == _table.c.table_name)
    query = (
        sa.select(
            _table.c.table_name,
            _table.c.import_id,
            _import.c.imported_at,
            _import.c.extract_date,
            _table.c.file,
            *(_table.c[count] for count in COUNTS),
        )
        .join(_import, _import.c.id == _table.c.import_id)
        .where(_table.c.import_id == newest.scalar_subquery())
    )
    delivered = _read(engine, scope, query, NEWEST)
    tables = pl.DataFrame(
        {"table": [str(m.__tablename__) for m in DELIVERED], "extract": [m.extract for m in DELIVERED]}
    )
    return tables.join(delivered, on="table", how="left", maintain_order="left")


def rejections(engine: sa.Engine, scope: Scope | None, import_id: int) -> pl.DataFrame:
    """What was wrong with the rows of one delivery that were not taken in, by file and row, as `REJECTIONS`.

    Raises:
        NoScope: `scope` is not a `Scope`, or may see neither deliveries nor figures.
    """
    c = _rejection.c
    query = (
        sa.select(c.import_id, c.table_name, c.file, c.row, c.column, c.reason, c.advice)
        .where(c.import_id == import_id)
        .order_by(c.file, c.row, c.id)
    )
    return _read(engine, scope, query, REJECTIONS)


def _read(
    engine: sa.Engine, scope: Scope | None, query: sa.Select[tuple[object, ...]], want: pl.Schema
) -> pl.DataFrame:
    require(scope, "leverancer", "deliveries", "figures")
    with reading(engine) as connection:
        rows = [tuple(row) for row in connection.execute(query)]
    return pl.DataFrame(rows, schema=want, orient="row")

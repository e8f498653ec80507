"""The rows of a query as a polars frame, read through an open connection and so inside its transaction.

Only the driver that also writes may touch a live SQLite file: a reader with an SQLite library of its own
(connectorx, ADBC) does not see this process's locks, and removes the write-ahead log under it.
"""

import io
from typing import Any

import polars as pl
import sqlalchemy as sa

CHUNK_ROWS = 50_000

_STORED = {pl.Date: pl.String, pl.Boolean: pl.Int64}
"""How SQLite keeps the types it does not have."""


def query(connection: sa.Connection, statement: str, want: pl.Schema) -> pl.DataFrame:
    """The rows of a SELECT whose columns come in the order of `want`, in exactly these types."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        return _copied(driver, statement, want)
    return _fetched(driver, statement, want)


def _fetched(driver: Any, statement: str, want: pl.Schema) -> pl.DataFrame:
    stored = pl.Schema({name: _STORED.get(dtype.base_type(), dtype) for name, dtype in want.items()})
    cursor = driver.execute(statement)
    chunks = [stored.to_frame()]
    while rows := cursor.fetchmany(CHUNK_ROWS):
        columns = zip(stored.items(), zip(*rows, strict=True), strict=True)
        chunks.append(pl.DataFrame([pl.Series(name, values, dtype) for (name, dtype), values in columns]))
    return pl.concat(chunks).with_columns(
        pl.col(name).str.to_date("%Y-%m-%d") if dtype == pl.Date else pl.col(name).cast(dtype)
        for name, dtype in want.items()
    )


def _copied(driver: Any, statement: str, want: pl.Schema) -> pl.DataFrame:
    text = io.BytesIO()
    with driver.cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv)") as copy:
        for block in copy:
            text.write(block)
    if not text.tell():
        return want.to_frame()
    stored = [pl.String if dtype == pl.Boolean else dtype for dtype in want.dtypes()]
    frame = pl.read_csv(text.getvalue(), has_header=False, new_columns=want.names(), schema_overrides=stored)
    return frame.with_columns(pl.col(name) == "t" for name, dtype in want.items() if dtype == pl.Boolean)

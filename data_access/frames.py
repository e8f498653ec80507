"""The rows of a table as a polars frame, read through an open connection and so inside its transaction.

Only the driver that also writes may touch a live SQLite file: a reader with an SQLite library of its own
(connectorx, ADBC) does not see this process's locks, and removes the write-ahead log under it. So both databases
are asked to write the rows as text, which polars reads: no Python object a cell.
"""

import io
from typing import Any

import polars as pl
import sqlalchemy as sa

BETWEEN = "\x1f"
"""Stands between the columns of a row. The importer lets no control character into a text."""


def rows(connection: sa.Connection, table: str, want: pl.Schema, where: str) -> pl.DataFrame:
    """The rows of `table` that meet a condition, by `id`: the columns of `want` in exactly these types."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        return _copied(driver, f"SELECT {', '.join(want)} FROM {table} WHERE {where} ORDER BY id", want)
    return _lines(driver, table, want, where)


def _lines(driver: Any, table: str, want: pl.Schema, where: str) -> pl.DataFrame:
    """All rows as one text: a line begins with a mark, so that a row of blanks is one too."""
    # one printf a row, in which NULL is nothing: joining cell by cell would copy the line for each of them
    cells = ", ".join(map(_cell, want, want.dtypes()))
    line = f"SELECT printf('|{f'{BETWEEN}%s' * len(want)}', {cells}) AS line FROM {table} WHERE {where} ORDER BY id"
    (text,) = driver.execute(f"SELECT CAST(group_concat(line, char(10)) AS BLOB) FROM ({line})").fetchone()
    if text is None:
        return want.to_frame()
    stored = [pl.String(), *(pl.Int8() if dtype == pl.Boolean else dtype for dtype in want.dtypes())]
    frame = pl.read_csv(
        text,
        has_header=False,
        separator=BETWEEN,
        quote_char=None,
        new_columns=["mark", *want.names()],
        schema_overrides=stored,
    )
    return frame.select(pl.col(name).cast(dtype) for name, dtype in want.items())


def _cell(name: str, dtype: pl.DataType) -> str:
    if dtype == pl.Float64:  # all the digits of a number, not SQLite's fifteen
        return f"CASE WHEN {name} IS NULL THEN '' ELSE printf('%!.17g', {name}) END"
    return name


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

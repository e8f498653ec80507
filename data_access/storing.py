"""What a delivery changes in the case database: compared with the standing rows, and written inside one transaction."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlmodel import SQLModel

from data_access.checking import Checked
from data_access.database import reading
from data_access.frames import rows
from data_access.models import Case, Row, identity
from data_access.persons import OTHER_KEY, OTHER_NUMBERS, NoPersonKey, key_mark
from data_access.tables import FULL_SCOPE, schema

IMPORTS = SQLModel.metadata.tables["imports"]
IMPORT_TABLES = SQLModel.metadata.tables["import_tables"]
REJECTIONS = SQLModel.metadata.tables["rejections"]

CHUNK_ROWS = 50_000
IMPORT_LOCK = 7_163_224
"""Key of PostgreSQL's advisory lock: one import at a time."""
TELLING = 5
"""So many cases that are delivered again, none about the same person, tell that the key is another."""


class ImportRunning(Exception):
    """Another import holds the lock."""


@dataclass(frozen=True)
class Changes:
    """What one delivered table does to the standing rows."""

    insert: pl.DataFrame
    """New rows and new versions of changed rows: the model's delivered columns."""
    end: pl.Series
    """`id` of the standing rows that are changed or withdrawn."""
    new: int
    changed: int
    withdrawn: int
    unchanged: int
    standing: int


def take_lock(connection: sa.Connection) -> None:
    """Makes this the only import until the transaction ends. On SQLite the write lock does it already.

    Raises:
        ImportRunning: another import has the lock.
    """
    if connection.dialect.name == "postgresql":
        lock = sa.text("SELECT pg_try_advisory_xact_lock(:key)")
        if not connection.execute(lock, {"key": IMPORT_LOCK}).scalar_one():
            raise ImportRunning


def standing(connection: sa.Connection, model: type[Row], columns: Sequence[str] = ()) -> pl.DataFrame:
    """The present version of every row of a table, with `id`; all delivered columns unless some are named."""
    want = schema(model)
    chosen = pl.Schema({name: want[name] for name in columns or want})
    return rows(connection, str(model.__tablename__), chosen, "known_to IS NULL")


def compare(connection: sa.Connection, model: type[Row], delivered: pl.DataFrame, held_back: pl.DataFrame) -> Changes:
    """Delivered against standing rows, by identity and content; those held back stay as they are."""
    keys = identity(model)
    content = [name for name in delivered.columns if name not in (*keys, "row")]
    before = standing(connection, model)
    kept = before.join(held_back, on=keys, how="semi", nulls_equal=True)["id"]
    both = delivered.join(before, on=keys, how="left", nulls_equal=True, suffix="_before", maintain_order="left")
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_before")) for name in content)
    both = both.with_columns(
        is_new=pl.col("id").is_null(),
        is_changed=pl.col("id").is_not_null() & (differs if content else pl.lit(False)),
    )
    changed = both.filter("is_changed")["id"]
    gone = before.filter(~pl.col("id").is_in(both["id"].implode()) & ~pl.col("id").is_in(kept.implode()))["id"]
    return Changes(
        insert=both.filter(pl.col("is_new") | pl.col("is_changed")).select(*keys, *content),
        end=pl.concat([changed, gone]),
        new=int(both["is_new"].sum()),
        changed=len(changed),
        withdrawn=len(gone),
        unchanged=both.height - int(both["is_new"].sum()) - len(changed),
        standing=before.height,
    )


def write(connection: sa.Connection, model: type[Row], changes: Changes, number: int) -> None:
    """Ends the old versions and adds the new ones, as of one import."""
    name = str(model.__tablename__)
    table = model.metadata.tables[name]
    if len(changes.end):
        ending = sa.update(table).where(table.c.id == sa.bindparam("row_id")).values(known_to=number)
        connection.execute(ending, [{"row_id": row_id} for row_id in changes.end])
    rows = changes.insert.with_columns(known_from=pl.lit(number, pl.Int64))
    for chunk in rows.iter_slices(CHUNK_ROWS):
        if connection.dialect.name == "postgresql":
            _copy(connection, name, chunk)
        else:
            _insert(connection, name, chunk)


def _copy(connection: sa.Connection, table: str, rows: pl.DataFrame) -> None:
    """By way of a table of this transaction's own: PostgreSQL copies nothing into one with row-level security."""
    driver: Any = connection.connection.driver_connection
    columns = ", ".join(rows.columns)
    with driver.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE arriving ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA")
        with cursor.copy("COPY arriving FROM STDIN (FORMAT csv)") as copy:
            copy.write(rows.write_csv(include_header=False))
        cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM arriving")
        cursor.execute("DROP TABLE arriving")


def _insert(connection: sa.Connection, table: str, rows: pl.DataFrame) -> None:
    places = ", ".join("?" * rows.width)
    dates = rows.with_columns(pl.col(pl.Date).dt.to_string("iso"))
    connection.exec_driver_sql(f"INSERT INTO {table} ({', '.join(rows.columns)}) VALUES ({places})", dates.rows())


def has_persons(engine: sa.Engine) -> bool:
    """Whether any case has been taken in yet, be it deleted since."""
    known = sa.text("SELECT 1 FROM cases UNION ALL SELECT 1 FROM purged_cases LIMIT 1")
    with reading(engine, FULL_SCOPE) as connection:
        return connection.execute(known).first() is not None


def check_key(connection: sa.Connection, key: bytes, delivered: pl.DataFrame | None = None) -> None:
    """See that the key is the one that the persons of the database were made with.

    A database of an earlier program has no mark of it: there the delivered cases (with `case_id` and `person`) tell,
    and those made of another kind of number look as with another key.

    Raises:
        NoPersonKey: it is another.
    """
    marked = sa.select(IMPORTS.c.key_mark).where(IMPORTS.c.key_mark.is_not(None)).order_by(IMPORTS.c.id.desc()).limit(1)
    if mark := connection.execute(marked).scalar_one_or_none():
        if mark != key_mark(key):
            raise NoPersonKey(OTHER_KEY)
    elif delivered is not None:
        again = delivered.join(standing(connection, Case, ["case_id", "person"]), on="case_id", suffix="_before")
        same = again["person"] == again["person_before"]
        if same.len() - same.null_count() >= TELLING and not same.any():
            raise NoPersonKey(f"{OTHER_KEY} {OTHER_NUMBERS}")


def purged_marks(connection: sa.Connection) -> pl.Series:
    """The marks of the cases that were deleted and must not come back."""
    return pl.Series(connection.execute(sa.text("SELECT mark FROM purged_cases")).scalars().all(), dtype=pl.String)


def demo_so_far(connection: sa.Connection) -> bool | None:
    """Whether the deliveries taken in are a demo's; None before the first."""
    return connection.execute(sa.select(IMPORTS.c.demo).limit(1)).scalar_one_or_none()


def newest_deliveries(connection: sa.Connection) -> dict[str, dt.date]:
    """Table name -> extract date of its newest delivery."""
    newest = sa.func.max(IMPORTS.c.extract_date)
    delivered = (
        sa.select(IMPORT_TABLES.c.table_name, sa.type_coerce(newest, sa.Date))
        .join(IMPORTS, IMPORTS.c.id == IMPORT_TABLES.c.import_id)
        .group_by(IMPORT_TABLES.c.table_name)
    )
    return {row[0]: row[1] for row in connection.execute(delivered)}


def add_import(
    connection: sa.Connection, delivery: str, source: str, extract_date: dt.date, *, demo: bool, key: bytes = b""
) -> int:
    """Records an import and gives its number: the next one, read under the lock. `key`: of its persons, if any."""
    last = connection.execute(
        sa.select(IMPORTS.c.id, IMPORTS.c.known_on).order_by(IMPORTS.c.id.desc()).limit(1)
    ).first()
    number, known_on = (last.id + 1, max(last.known_on, extract_date)) if last else (1, extract_date)
    connection.execute(
        sa.insert(IMPORTS).values(
            id=number,
            delivery=delivery,
            source=source,
            imported_at=dt.datetime.now(dt.UTC),
            extract_date=extract_date,
            known_on=known_on,
            demo=demo,
            key_mark=key_mark(key) if key else None,
        )
    )
    return number


def add_counts(connection: sa.Connection, number: int, table: Checked, changes: Changes) -> None:
    """Records what an import did to a table, and the rows it rejected."""
    name = str(table.model.__tablename__)
    connection.execute(
        sa.insert(IMPORT_TABLES).values(
            import_id=number,
            table_name=name,
            file=table.file,
            sha256=table.sha256,
            new=changes.new,
            changed=changes.changed,
            withdrawn=changes.withdrawn,
            unchanged=changes.unchanged,
            rejected=table.rejected(),
        )
    )
    about = {"import_id": number, "table_name": name, "file": table.file}
    if rejected := table.problems.sort("row", maintain_order=True).to_dicts():
        connection.execute(sa.insert(REJECTIONS), [about | row for row in rejected])


def add_centers(connection: sa.Connection, names: Iterable[str]) -> None:
    """Appends the centres that are not known yet, in the order given."""
    known = list(connection.execute(sa.text("SELECT name FROM centers ORDER BY position")).scalars())
    fresh = [name for name in dict.fromkeys(names) if name not in known]
    if fresh:
        connection.execute(
            sa.text("INSERT INTO centers (name, position) VALUES (:name, :position)"),
            [{"name": name, "position": position} for position, name in enumerate(fresh, start=len(known) + 1)],
        )

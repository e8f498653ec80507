"""Deliveries written out as they would arrive, and the database looked at as it stands: for the importer's tests."""

import datetime as dt
import textwrap
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data_access.importing import Report, import_delivery
from data_access.models import DELIVERED, Row

SAGER = """
    sagsnummer;cpr;henvendelse;center;afsluttet
    S1;610190-1234;01-03-2024;Jobcenter;
    S2;620291-2345;15-03-2024;Familie;01-06-2024
    S3;630392-3456;02-04-2024;Jobcenter;
"""
SAMTALER = """
    sagsnummer;samtale_id;dato;form
    S1;T1;05-03-2024;fremmoede
    S1;T2;05-06-2024;telefon
    S2;T3;20-03-2024;video
"""
DAY = dt.date(2024, 6, 30)


def deliver(folder: Path, **tables: str | bytes) -> Path:
    """A delivery folder with one CSV file per table: texts as they are read here, bytes as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in tables.items():
        data = content if isinstance(content, bytes) else textwrap.dedent(content).lstrip("\n").encode()
        (folder / f"{name}.csv").write_bytes(data)
    return folder


def take_in(engine: sa.Engine, folder: Path, day: dt.date = DAY, **options: Any) -> Report:
    """Imports a folder drawn on a day."""
    return import_delivery(engine, folder, extract_date=day, **options)


def table(engine: sa.Engine, model: type[Row], *columns: str) -> list[tuple[Any, ...]]:
    """The present rows of a table, in the order they were stored."""
    source = model.metadata.tables[str(model.__tablename__)]
    query = sa.select(*(source.c[name] for name in columns)).where(source.c.known_to.is_(None)).order_by(source.c.id)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def everything(engine: sa.Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, delivered or kept about deliveries."""
    with engine.connect() as connection:
        names = DELIVERED[0].metadata.tables
        return {
            name: sorted((tuple(row) for row in connection.execute(sa.select(source))), key=repr)
            for name, source in names.items()
        }


def counts(report: Report) -> dict[str, tuple[int, int, int, int, int]]:
    """Table -> (new, changed, withdrawn, unchanged, rejected)."""
    return {t.table: (t.new, t.changed, t.withdrawn, t.unchanged, t.rejected) for t in report.tables}

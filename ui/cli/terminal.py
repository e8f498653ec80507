"""What every command shares: where its words go, how it reads a date, and how it ends when something is wrong.

Figures go to standard output and nothing else does; what a person should read goes to standard error.
"""

import datetime as dt
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

import polars as pl
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from data_access import audit, backup, database, demo, grants, retention, roles, rounds
from data_access import published as publications
from data_access.importing import DeliveryRefused
from ui import server_log
from ui.report.pack import NoReport

SHOWN = 50
"""Lines of a list that a person should read."""


EMPTY = "Databasen er tom. Indlæs en leverance med `ungeoverblik import MAPPE`."


aside = Console(stderr=True)


Format = Literal["json", "csv"]


def date_option(flag: str, meaning: str) -> Any:
    """An option that takes a date, in ISO or in Danish order."""
    return typer.Option(flag, help=meaning, formats=["%Y-%m-%d", "%d-%m-%Y"], metavar="DATO")


Day = dt.datetime | None


As = Annotated[Format, typer.Option("--format", help="json eller csv.")]


def complain(message: str) -> None:
    aside.print(message, style="red", markup=False, highlight=False, soft_wrap=True)


def tell(message: str) -> None:
    aside.print(message, markup=False, highlight=False, soft_wrap=True)


def write(frame: pl.DataFrame, format: Format) -> None:
    if format == "csv":
        sys.stdout.write(frame.write_csv())
    else:
        write_json(frame.to_dicts())


def write_json(values: Any) -> None:
    sys.stdout.write(json.dumps(values, ensure_ascii=False, default=str) + "\n")


def local(column: str) -> pl.Expr:
    """A moment in UTC as Danish time in ISO."""
    return pl.col(column).dt.convert_time_zone("Europe/Copenhagen").dt.strftime("%Y-%m-%dT%H:%M:%S%:z")


def date_of(moment: dt.datetime | None) -> dt.date | None:
    return moment.date() if moment else None


def unforeseen(error: BaseException) -> str:
    """What may be said of an error that nobody foresaw: its text may quote a case."""
    return f"Der skete en uventet fejl ({type(error).__name__}). Fejlnummer: {server_log.failed(error)}."


@contextmanager
def opened_database(*, create: bool = False) -> Iterator[Any]:
    """The configured database with the newest schema, closed afterwards."""
    engine = database.connect(create=create)
    try:
        database.upgrade(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def progress_bar() -> Iterator[Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), console=aside, transient=True) as bar:
        task = bar.add_task("", total=None)

        def report(done: int, total: int, label: str) -> None:
            bar.update(task, completed=done, total=total, description=label)

        yield report


@contextmanager
def in_danish() -> Iterator[None]:
    """Turn what a user can do something about into one Danish message and exit status 1."""
    try:
        yield
    except (
        database.DatabaseUnavailable,
        DeliveryRefused,
        demo.DemoRefused,
        audit.LogRefused,
        backup.BackupRefused,
        roles.RoleRefused,
        grants.InvalidGrant,
        retention.PurgeRefused,
        publications.PublicationRefused,
        rounds.RoundRefused,
        NoReport,
    ) as error:
        complain(str(error))
        raise typer.Exit(1) from None

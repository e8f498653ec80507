"""Taking in a delivery: a municipality's extract, checked whole and stored in one transaction, or not at all."""

import datetime as dt
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import psycopg
import sqlalchemy as sa

from data_access import storing
from data_access.checking import Checked, check
from data_access.database import DatabaseUnavailable, writing
from data_access.mapping import Mapping, MappingError, TableMapping, load
from data_access.models import DELIVERED, Case, CenterPeriod, Meeting, Row, sources
from data_access.persons import NoPersonKey, case_marks, person_key
from data_access.reading import DEMO_MARK, Part, Unreadable, numbered, parts, spoken
from data_access.tables import FULL_SCOPE

MOST_REJECTED = 0.10
MOST_WITHDRAWN = 0.20
SHOWN_PROBLEMS = 50

UNCHANGED = "Intet i databasen er ændret."

Progress = Callable[[int, int, str], None]
"""progress(done, total, label): called before each step and once at the end."""


class DeliveryRefused(Exception):
    """A delivery that was not taken in; nothing in the database has changed.

    `problems` holds every reason, in Danish; `rejections` the bad rows found on the way.
    """

    def __init__(self, problems: Sequence[str], rejections: Sequence["RejectedRow"] = ()) -> None:
        self.problems = tuple(problems)
        self.rejections = tuple(rejections)
        more = len(self.problems) - SHOWN_PROBLEMS
        lines = [*self.problems[:SHOWN_PROBLEMS], *([f"… og {more} fejl mere."] if more > 0 else []), UNCHANGED]
        super().__init__("\n".join(lines))


@dataclass(frozen=True)
class RejectedRow:
    """One problem of one row that was not taken in. Holds nothing from the file but the column's header."""

    table: str
    """The table's Danish name."""
    file: str
    row: int
    column: str
    reason: str
    advice: str


@dataclass(frozen=True)
class TableReport:
    """What happened to the rows of one table; `rejected` counts rows, a row may have several problems."""

    table: str
    file: str
    new: int
    changed: int
    withdrawn: int
    unchanged: int
    rejected: int


@dataclass(frozen=True)
class Report:
    """What one import did."""

    number: int
    delivery: str
    source: str
    extract_date: dt.date
    tables: tuple[TableReport, ...]
    rejections: tuple[RejectedRow, ...]
    notes: tuple[str, ...]
    """What was passed over: files, sheets and columns that the mapping does not know."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; the extract date in ISO form."""
        return asdict(self) | {"extract_date": self.extract_date.isoformat()}


def import_delivery(
    engine: sa.Engine,
    path: Path | str,
    *,
    source: str = "contract",
    extract_date: dt.date | None = None,
    allow_rejections: bool = False,
    allow_withdrawals: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Takes in a folder of CSV and XLSX files, or one workbook, read through a source's mapping.

    The extract date is the one given, else a date like 2024-12-31 in the name of the folder or file, else today.
    The database must have been brought up to date with `upgrade`.

    Raises:
        DeliveryRefused: the delivery cannot be taken in as it is, or the database cannot take it; nothing changed.
    """
    path = Path(os.path.abspath(path))
    tell = progress or (lambda done, total, label: None)
    drawn = extract_date or date_in(path.name) or dt.datetime.now(ZoneInfo("Europe/Copenhagen")).date()
    with _refusing():
        mapping = load(source)
        chosen, notes = _chosen(path, mapping)
        steps = 2 * len(chosen)
        key = b""
        if any(table.model is Case for _, table in chosen):
            key = person_key(engine, has_persons=storing.has_persons(engine))
        tables = _checked(chosen, mapping, drawn, key, lambda done, file: tell(done, steps, f"Læser {file}"))
        notes += _unknown_columns(tables)
        if not extract_date and not date_in(path.name):
            notes.append(f"Der er ingen dato i navnet: udtrækket er taget for at være fra i dag, {drawn:%d-%m-%Y}.")
        with writing(engine, FULL_SCOPE) as connection:
            storing.take_lock(connection)
            for table in tables:
                if table.model is Case:
                    storing.check_key(connection, key, table.rows)
            tables, passed_over = _unpurged(connection, tables)
            notes += passed_over
            tables = _referring(connection, tables)
            rejections = tuple(row for table in tables for row in _rejected_rows(table))
            demo = (path / DEMO_MARK).is_file()
            problems = _mixed(connection, demo) + _too_old(connection, tables, drawn)
            if not allow_rejections:
                problems += [problem for table in tables if (problem := _too_many_rejected(table))]
            if problems:
                raise DeliveryRefused(problems, rejections)
            number = storing.add_import(connection, spoken(path.name), source, drawn, demo=demo, key=key)
            reports, centers = [], []
            while tables:
                table = tables.pop(0)
                tell(steps - len(tables) - 1, steps, f"Gemmer {table.model.extract}")
                rows, conflicts = table.accepted()
                changes = storing.compare(connection, table.model, rows, table.held_back())
                problems += [conflicts] if conflicts else []
                if not allow_withdrawals and (problem := _too_many_withdrawn(table, changes)):
                    problems.append(problem)
                if not problems:
                    storing.write(connection, table.model, changes, number)
                    reports.append(_report(table, changes))
                    storing.add_counts(connection, number, table, changes)
                if table.model in (Case, CenterPeriod):
                    centers += rows["center"].unique(maintain_order=True).to_list()
                del rows, changes, table
            if problems:
                raise DeliveryRefused(problems, rejections)
            storing.add_centers(connection, centers)
    tell(steps, steps, "Færdig")
    return Report(number, spoken(path.name), source, drawn, tuple(reports), rejections, tuple(notes))


@contextmanager
def _refusing() -> Iterator[None]:
    """Turns whatever stops an import into a refusal that a user can act on."""
    running = "En indlæsning er i gang, eller databasen er optaget. Vent, til den er færdig, og prøv igen."
    try:
        yield
    except (Unreadable, MappingError, NoPersonKey, DatabaseUnavailable) as error:
        raise DeliveryRefused([str(error)]) from error
    except storing.ImportRunning as error:
        raise DeliveryRefused([running]) from error
    except (sa.exc.SQLAlchemyError, psycopg.Error) as error:
        cause = str(getattr(error, "orig", error)).lower()
        if "locked" in cause or "busy" in cause:
            raise DeliveryRefused([running]) from error
        if "full" in cause or "no space" in cause:
            raise DeliveryRefused(["Disken er fuld. Frigør plads ved databasen, og prøv igen."]) from error
        raise DeliveryRefused(
            ["Databasen svarer ikke som ventet. Prøv igen om lidt; varer det ved, så tal med driften."]
        ) from error
    except OSError as error:
        raise DeliveryRefused(
            [f"En fil kan ikke læses eller skrives ({error.strerror}). Se efter rettigheder og ledig plads."]
        ) from error


def date_in(name: str) -> dt.date | None:
    """The day that the name of a delivery says it was extracted."""
    found = re.search(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)", name)
    try:
        return dt.date.fromisoformat(found[0]) if found else None
    except ValueError:
        return None


def _chosen(path: Path, mapping: Mapping) -> tuple[list[tuple[Part, TableMapping]], list[str]]:
    """The parts that the mapping knows, in the contract's order, and a note on those that it does not."""
    found, ignored = parts(path)
    chosen: list[tuple[Part, TableMapping]] = []
    for table in sorted(mapping.tables, key=lambda t: DELIVERED.index(t.model)):
        fitting = [part for part in found if table.file in part.names]
        if len(fitting) > 1:
            raise Unreadable(
                f"Tabellen {table.model.extract} findes flere steder: {', '.join(p.file for p in fitting)}. "
                "Lad kun den ene blive i leverancen."
            )
        chosen += [(part, table) for part in fitting]
    if not chosen:
        raise Unreadable(
            f"{spoken(path.name)} indeholder ingen kendte tabeller. "
            f"Filer eller ark skal hedde {', '.join(table.file for table in mapping.tables)}."
        )
    used = [part.file for part, _ in chosen]
    unknown = sorted({*ignored, *(part.file for part in found if part.file not in used)})
    return chosen, [f"Sprunget over, fordi navnet ikke kendes: {', '.join(unknown)}."] if unknown else []


def _checked(
    chosen: Sequence[tuple[Part, TableMapping]],
    mapping: Mapping,
    drawn: dt.date,
    key: bytes,
    tell: Callable[[int, str], None],
) -> list[Checked]:
    tables: list[Checked] = []
    problems: list[str] = []
    for done, (part, table) in enumerate(chosen):
        tell(done, part.file)
        try:
            wanted = {header.lower() for header in table.columns.values()}
            tables.append(check(part.read(wanted), table, mapping.date_format, drawn, key))
        except Unreadable as error:
            problems.append(str(error))
    if problems:
        raise DeliveryRefused(problems)
    return tables


def _unpurged(connection: sa.Connection, tables: Sequence[Checked]) -> tuple[list[Checked], list[str]]:
    """The tables without the rows of cases that were deleted here, and a note of how many those are.

    An agreement is known by its meeting: without the meetings in the delivery it speaks of one nobody knows.
    """
    marks = storing.purged_marks(connection)
    if marks.is_empty():
        return list(tables), []
    key = person_key(connection.engine, has_persons=True)
    storing.check_key(connection, key)

    def deleted(numbers: pl.Series) -> pl.Series:
        return case_marks(numbers, key).is_in(marks.implode()).fill_null(False)

    meetings = pl.Series(dtype=pl.String)
    kept, counts = [], []
    for table in tables:  # in the contract's order: a meeting before its agreements
        if "case_id" in sources(table.model):
            gone = deleted(table.rows["case_id"])
        else:
            gone = table.rows["meeting_id"].is_in(meetings.implode()).fill_null(False)
        if table.model is Meeting:
            meetings = table.rows.filter(gone)["meeting_id"]
        rows = table.rows.filter(~gone)
        kept.append(replace(table, rows=rows, problems=table.problems.join(rows, on="row", how="semi")))
        if passed_over := table.rows.height - rows.height:
            counts.append(f"{table.model.extract} {passed_over}")
    note = f"Rækker sprunget over, fordi deres sag er slettet her: {', '.join(counts)}. Få dem ud af udtrækket."
    return kept, [note] if counts else []


def _referring(connection: sa.Connection, tables: Sequence[Checked]) -> list[Checked]:
    """The tables with the rows rejected that speak of a case or a meeting nobody knows."""
    by_model = {table.model: table for table in tables}
    advice = "Ret det i kildesystemet. Er rækken, der henvises til, selv afvist, så ret den først."
    for owner, column, reason in (
        (Case, "case_id", "Sagsnummeret findes ikke blandt sagerne."),
        (Meeting, "meeting_id", "Mødet findes ikke blandt møderne."),
    ):
        pointing = [m for m in by_model if m is not owner and column in sources(m)]
        if pointing:
            known = _known(connection, owner, column, by_model.get(owner))
            by_model |= {m: by_model[m].referring(column, known, reason, advice) for m in pointing}
    return list(by_model.values())


def _known(connection: sa.Connection, owner: type[Row], column: str, delivered: Checked | None) -> pl.Series:
    """What may be referred to: the delivered rows, and of the rejected those that stand in the database."""
    standing = storing.standing(connection, owner, [column])[column]
    if delivered is None:
        return standing
    held = delivered.held_back()[column]
    return pl.concat([delivered.accepted()[0][column], held.filter(held.is_in(standing.implode()))])


def _rejected_rows(table: Checked) -> Iterator[RejectedRow]:
    for row in table.problems.sort("row", maintain_order=True).iter_rows(named=True):
        yield RejectedRow(table=table.model.extract, file=table.file, **row)


def _mixed(connection: sa.Connection, demo: bool) -> list[str]:
    """Invented and real people never share a database: nobody could tell afterwards which is which."""
    if storing.demo_so_far(connection) in (None, demo):
        return []
    standing, delivered = ("rigtige leverancer", "er demodata") if demo else ("demodata", "er ikke")
    return [
        f"Databasen rummer {standing}, og leverancen {delivered}. De må ikke blandes: "
        "vælg en anden database med UNGEOVERBLIK_DATABASE_URL."
    ]


def _too_old(connection: sa.Connection, tables: Sequence[Checked], drawn: dt.date) -> list[str]:
    newest = storing.newest_deliveries(connection)
    late = [t for t in tables if newest.get(str(t.model.__tablename__), dt.date.min) > drawn]
    return [
        f"{t.file}: udtrækket er fra {drawn:%d-%m-%Y}, men tabellen er allerede leveret pr. "
        f"{newest[str(t.model.__tablename__)]:%d-%m-%Y}. Indlæs leverancerne i rækkefølge, eller ret udtræksdatoen."
        for t in late
    ]


def _too_many_rejected(table: Checked) -> str | None:
    rejected, delivered = table.rejected(), table.rows.height
    if rejected <= MOST_REJECTED * delivered:
        return None
    return (
        f"{table.file}: {_share(rejected, delivered)} rækker kan ikke indlæses; grænsen er {MOST_REJECTED:.0%}. "
        f"Ret {numbered(table.problems['row'].unique().sort().to_list())}, "
        "eller indlæs resten med --allow-rejections."
    ).replace("%.", "\u00a0%.")


def _too_many_withdrawn(table: Checked, changes: storing.Changes) -> str | None:
    if changes.withdrawn <= MOST_WITHDRAWN * changes.standing:
        return None
    return (
        f"{table.file}: {_share(changes.withdrawn, changes.standing)} rækker fra den seneste leverance er her ikke "
        f"længere; grænsen er {MOST_WITHDRAWN:.0%}. Se efter, om udtrækket er helt. "
        "Er rækkerne trukket tilbage i kildesystemet, så indlæs med --allow-withdrawals."
    ).replace("%.", "\u00a0%.")


def _share(part: int, whole: int) -> str:
    return f"{part} af {whole} ({100 * part / whole:.1f}\u00a0%)".replace(".", ",")


def _unknown_columns(tables: Sequence[Checked]) -> Iterator[str]:
    """Names, per file, the columns that no table uses; one that may hold data (no headers?) is only counted."""
    for file in dict.fromkeys(table.file for table in tables):
        of_file = [table.unknown for table in tables if table.file == file]
        unused = [header for header in of_file[0] if all(header in unknown for unknown in of_file)]
        named = [header for header in unused if len(header) <= 40 and not re.search(r"\d{4}", header)][:20]
        unnamed = len(unused) - len(named)
        if unused:
            shown = [", ".join(named), f"{unnamed} uden et tydeligt navn" if unnamed else ""]
            yield f"{file}: kolonner, der ikke bruges: {' og '.join(filter(None, shown))}."


def _report(table: Checked, changes: storing.Changes) -> TableReport:
    return TableReport(
        table.model.extract,
        table.file,
        changes.new,
        changes.changed,
        changes.withdrawn,
        changes.unchanged,
        table.rejected(),
    )

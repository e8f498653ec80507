"""Policy written as rows: an ASCII table per measure, each row a case of its own with the outcome it must have."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from data_access.models import identity
from data_access.tables import schema
from metrics.assess import BY_KEY, SCHEMA, assess
from metrics.measures import DISTRIBUTIONS
from tests import oracle
from tests.strategies import MODELS, frames, table_rows

Row = dict[str, Any]
Tables = dict[str, list[Row]]

WORDS = {
    "ja": True,
    "nej": False,
    "?": None,
    "ÅU": "aabenlyst_uddannelsesparat",
    "UP": "uddannelsesparat",
    "AP": "aktivitetsparat",
}
"""What a cell says in short; `?` is a blank in a record that is there."""
DAYS = ("V", "D")
"""Columns that are no facts: the view date and the stock day (default: V)."""


@dataclass(frozen=True)
class Policy:
    """The rule of one measure or distribution in rows; the last column is what must become of the row.

    A header is a column of the table `of`, else of the case, or `table.column`. Several records of a table stand
    in their cells with a comma between. No cell of a record filled: no record. `-` at the end: no unit.
    Several cases are one youth's; other records are of the first of them, where `case_id` does not number another.
    Agreements are of the first meeting.
    """

    of: str
    rows: str
    given: Mapping[str, str] = field(default_factory=dict)
    """Header -> cell of every row."""
    view: dt.date = dt.date(2025, 4, 1)


def table(text: str) -> list[dict[str, str]]:
    """Header -> cell, for every line of an ASCII table."""
    header, *lines = [[cell.strip() for cell in line.split("|")] for line in text.splitlines() if line.strip()]
    return [dict(zip(header, line, strict=True)) for line in lines]


def outcomes(rows: Iterable[Row]) -> pl.DataFrame:
    """Rows of the assessed frame from what they say; the rest is blank, and every unit and case a new one."""
    blank = dict.fromkeys(SCHEMA) | {"handed_over": False, "settled": False}
    filled = [blank | {"unit_id": str(n), "case_id": f"S{n}"} | row for n, row in enumerate(rows)]
    loose = dict(SCHEMA) | {"measure": pl.String(), "outcome": pl.String()}
    return pl.DataFrame(filled, schema=loose).cast(dict(SCHEMA))  # type: ignore[arg-type]


def value(cell: str) -> Any:
    """A cell as data: a date, ja/nej as a flag, an empty cell as blank, else the text."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell):
        return dt.date.fromisoformat(cell)
    return WORDS.get(cell, cell or None)


def rows_of(text: str) -> list[Row]:
    """The lines of an ASCII table with their cells as data."""
    return [{header: value(cell) for header, cell in row.items()} for row in table(text)]


def expected(policy: Policy) -> list[str]:
    """The rows as they are written, without their blanks."""
    return [" | ".join(row.values()) for row in table(policy.rows)]


def found(key: str, policy: Policy) -> list[str]:
    """The same rows with the last cell as the engine says, when the oracle says so too.

    All rows of a (V, D) are one municipality, so that they also show that cases do not disturb one another.
    """
    rows = table(policy.rows)
    days = [(value(row.get("V", "")) or policy.view, value(row.get("D", ""))) for row in rows]
    says: dict[int, str] = {}
    for view, day in dict.fromkeys(days):
        chosen = [number for number, mine in enumerate(days) if mine == (view, day)]
        tables = merged([facts(rows[number], policy, f"S{number:02}") for number in chosen])
        engine = _engine(key, tables, view, day or view)
        if key in (*oracle.KEYS, *oracle.COUNT_KEYS):
            slow = _oracle(key, tables, view, day or view)
            assert engine == slow, f"{key}: motoren siger {engine}, oraklet {slow}"
        says |= {number: ", ".join(engine.get(f"S{number:02}", ["-"])) for number in chosen}
    return [" | ".join([*list(row.values())[:-1], says[number]]) for number, row in enumerate(rows)]


def facts(row: Mapping[str, str], policy: Policy, case_id: str) -> Tables:
    """The tables of a municipality with the one case that a row tells of."""
    told = [header for header in list(row)[:-1] if header not in DAYS]
    cells: dict[str, dict[str, str]] = {"cases": {"person": f"P-{case_id}", "center": "Nord"}}
    for header, cell in [*policy.given.items(), *((header, row[header]) for header in told)]:
        place, column = _place(header, policy.of)
        cells.setdefault(place, {})[column] = cell
    written = {_place(header, policy.of)[0] for header in told}
    tables: Tables = {}
    for name, columns in cells.items():
        own = [row[header] for header in told if _place(header, policy.of)[0] == name]
        if name != "cases" and name in written and not any(own):
            continue  # nothing is said of it, so there is no such record
        parts = {column: [value(part.strip()) for part in cell.split(",")] for column, cell in columns.items()}
        number = max(map(len, parts.values()))
        records = [
            {column: values[n] if len(values) > 1 else values[0] for column, values in parts.items()}
            for n in range(number)
        ]
        keys = {column: f"{name}-{case_id}" for column in identity(MODELS[name]) if column.endswith("_id")}
        tables[name] = [
            {column: f"{key}-{n}" for column, key in keys.items()} | record | _parent(name, case_id, n, record)
            for n, record in enumerate(records)
        ]
    return tables


def _parent(name: str, case_id: str, place: int, record: Row) -> Row:
    """What a record belongs to: its case, or the meeting it was agreed at."""
    if name == "agreements":
        return {"meeting_id": f"meetings-{case_id}-0"}
    number = record.get("case_id") or str(place + 1 if name == "cases" else 1)
    return {"case_id": case_id if number == "1" else f"{case_id}.{number}"}


def merged(municipalities: list[Tables]) -> Tables:
    """Several small municipalities as one, its rows numbered as the reader hands them out."""
    together: Tables = {}
    for one in municipalities:
        for name, rows in one.items():
            together.setdefault(name, []).extend(rows)
    return {name: table_rows(name, rows) for name, rows in together.items()}


def _place(header: str, of: str) -> tuple[str, str]:
    if "." in header:
        name, column = header.split(".")
    else:
        name, column = (of if header in schema(MODELS[of]) else "cases"), header
    assert column in schema(MODELS[name]), f"ukendt kolonne: {header}"
    return name, column


def _engine(key: str, tables: Tables, view: dt.date, day: dt.date) -> dict[str, list[str]]:
    assessed = assess(
        frames(tables),
        view,
        [day],
        measures=[m for m in BY_KEY.values() if m.key == key] or list(BY_KEY.values())[:1],
        distributions=[d for d in DISTRIBUTIONS if d.key == key] or DISTRIBUTIONS[:1],
    )
    judged, column = (assessed.outcomes, "outcome") if key in BY_KEY else (assessed.distributions, "value")
    rows = judged.sort("case_id", "on", "unit_id", maintain_order=True).rows(named=True)
    return _per_case((row["case_id"], row[column]) for row in rows if row["measure"] == key)


def _oracle(key: str, tables: Tables, view: dt.date, day: dt.date) -> dict[str, list[str]]:
    says, column = (oracle.outcomes, "outcome") if key in oracle.KEYS else (oracle.values, "value")
    rows = [row for row in says(tables, view, [day]) if row["measure"] == key]
    rows.sort(key=lambda row: (row["case_id"], row["on"], row["unit_id"], row.get("value", "")))
    return _per_case((row["case_id"], row[column]) for row in rows)


def _per_case(pairs: Any) -> dict[str, list[str]]:
    outcomes: dict[str, list[str]] = {}
    for case_id, outcome in pairs:
        outcomes.setdefault(case_id.partition(".")[0], []).append(outcome)
    return outcomes

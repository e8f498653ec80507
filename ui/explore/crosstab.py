"""Udforsk: the table that answers a question, and each of its cells as it stands in the address."""

import calendar
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import polars as pl

from data_access.models import CATEGORIES
from metrics import explore
from metrics.assess import AGE_BANDS, BY_KEY, Assessed, Cut
from metrics.explore import (
    AGE,
    CATEGORY,
    CENTER,
    COUNTED,
    HANDED_OVER,
    MONTH,
    START,
    TEAM,
    Cell,
    Groups,
)
from metrics.measure import DEVIATIONS
from ui import texts, tile
from ui.explore.question import LABELS, Asked, There

ROW, COLUMN, OUTCOME = "raekke", "kolonne", "udfald"
"""The cell that is picked, and which of its outcomes."""
CELL = (ROW, COLUMN, OUTCOME)
ALL, NONE, IS = "alle", "ingen", "="
"""In the address: a total, those in no group, and what comes before the key of a group."""
NO_GROUP: Mapping[str, str] = MappingProxyType(
    {
        CENTER: texts.NO_CENTER,
        CATEGORY: texts.NO_CATEGORY,
        AGE: texts.ages(None),
        START: "Ingen startdato",
        TEAM: "Uden team",
    }
)
"""Dimension -> what those in none of its groups are called."""
TOTAL = "I alt"
WIDEST = 320
"""Pixels."""
OUTSIDE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "pending": ("ikke forfalden", "ikke forfaldne"),
        "excused": ("undtaget", "undtagne"),
        "lapsed": ("bortfaldet", "bortfaldne"),
        "unknown": ("mangler data", "mangler data"),
    }
)
"""Outcome that is in no base -> what one and several of it are called."""


@dataclass(frozen=True)
class Picked:
    """A cell of the table, and those of its outcomes that it shows; none: all of them."""

    cell: Cell
    outcomes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Table:
    """A table as it is read, and what each of its cells is."""

    frame: pl.DataFrame
    """A line a row; columns `name` and `c0`, `c1`, …, as text or as counts."""
    headings: Mapping[str, str]
    """Column -> what it is called."""
    cells: Mapping[tuple[int, str], Picked]
    """(line, column) -> the cell."""

    def at(self, line: object, column: object) -> Picked | None:
        """The cell that was clicked; None for what is no cell, also what a browser made up."""
        return self.cells.get((line, column)) if isinstance(line, int) and isinstance(column, str) else None


def width(table: Table, column: str) -> int:
    """Pixels that a column of words takes: as wide as its longest, so that no number is cut off."""
    words = [table.headings[column], *table.frame[column]]
    return min(max(map(len, words)) * 7 + 26, WIDEST)


def groups(there: There) -> Groups:
    """The groups that have a row also where they are empty, in the order of the house and of the law."""
    return {
        CENTER: there.centers,
        CATEGORY: tuple(CATEGORIES),
        AGE: tuple(str(first) for first, _ in AGE_BANDS),
    }


def count(assessed: Assessed, cut: Cut, asked: Asked, there: There) -> pl.DataFrame:
    """The cells: as `metrics.explore.cross`, or as `cross_values` for a distribution."""
    how = explore.cross_values if asked.counted else explore.cross
    return how(assessed, cut, asked.question, groups(there))


def units(cells: pl.DataFrame) -> int:
    """How many units there are in all."""
    total = cells.filter("every_row", "every_column")
    return int(total["count" if "count" in cells.columns else "units"][0])


class Names:
    """What the groups of a question are called."""

    def __init__(self, asked: Asked, cut: Cut, view_date: dt.date) -> None:
        self.asked, self.cut, self.last = asked, cut, cut.last_day(view_date)

    def row(self, key: str | None, *, every: bool) -> str:
        """The name of a line."""
        return self._total(self.asked.rows) if every else self._group(self.asked.rows, key)

    def column(self, key: str | None, *, every: bool) -> str:
        """The name of a column that is no outcome."""
        if self.asked.counted:
            return TOTAL if every else COUNTED[self.asked.key].labels.get(key or "", key or texts.NONE)
        return self._total(self.asked.columns) if every else self._group(self.asked.columns, key)

    def _total(self, dimension: str) -> str:
        if dimension == MONTH and self.asked.question.stock:
            return f"Pr. {texts.date(self.last)}"
        return TOTAL

    def _group(self, dimension: str, key: str | None) -> str:
        if key is None:
            return NO_GROUP.get(dimension, texts.NONE)
        if dimension == CATEGORY:
            return texts.category(key)
        if dimension == AGE:
            return next(texts.ages(band) for band in AGE_BANDS if band[0] == int(key))
        if dimension in (MONTH, START):
            return self._month(dimension, dt.date.fromisoformat(key))
        if dimension == HANDED_OVER:
            return "Overdraget undervejs" if key == "true" else "Samme center hele vejen"
        return key

    def _month(self, dimension: str, first: dt.date) -> str:
        """A month, and where the period takes only a part of it, which."""
        name = texts.month(first)
        if dimension == MONTH and self.asked.question.cohort:
            return name  # whenever the units of the cohort count
        until = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        if dimension == MONTH and self.asked.question.stock:
            return name if until <= self.last else f"{name} (pr. {self.last.day}.)"
        parts = [f"fra {self.cut.date_from.day}."] if first < self.cut.date_from else []
        parts += [f"til {self.last.day}."] if until > self.last else []
        return f"{name} ({' '.join(parts)})" if parts else name


def make(asked: Asked, cells: pl.DataFrame, names: Names) -> Table:
    """The table that is read on the page."""
    if asked.crossed or asked.counted:
        return _crossed(asked, cells, names)
    return _by_outcome(asked, cells, names)


def _crossed(asked: Asked, cells: pl.DataFrame, names: Names) -> Table:
    lines = cells.partition_by("row", "every_row", maintain_order=True)
    across = [*lines[0].select("column", "every_column").iter_rows()]
    in_words = asked.number == "rate" and not asked.counted
    only = DEVIATIONS if asked.number == "deviations" and not asked.counted else ()
    shown: dict[str, list[Any]] = {"name": [], **{f"c{place}": [] for place in range(len(across))}}
    found: dict[tuple[int, str], Picked] = {}
    for line, rows in enumerate(lines):
        for place, row in enumerate(rows.iter_rows(named=True)):
            if not place:
                shown["name"].append(names.row(row["row"], every=row["every_row"]))
                found[line, "name"] = Picked(Cell(row["row"], None, row["every_row"], every_column=True), only)
            shown[f"c{place}"].append(rate_in_cell(row) if in_words else _count_in_cell(asked, row))
            found[line, f"c{place}"] = Picked(Cell(*(row[name] for name in explore.KEY)), only)
    headings = {f"c{place}": names.column(key, every=every) for place, (key, every) in enumerate(across)}
    kind = pl.String if in_words else pl.Int64
    frame = pl.DataFrame(shown, schema={"name": pl.String, **dict.fromkeys(headings, kind)})
    return Table(frame, {"name": LABELS[asked.rows], **headings}, found)


def _count_in_cell(asked: Asked, row: Mapping[str, Any]) -> int:
    if asked.counted:
        return int(row["count"])
    return sum(row[code] for code in DEVIATIONS) if asked.number == "deviations" else int(row["units"])


def _by_outcome(asked: Asked, cells: pl.DataFrame, names: Names) -> Table:
    """The rate with its uncertainty, and the outcomes that occur."""
    duty = tile.has_duty(BY_KEY[asked.key])
    occurring = [code for code in texts.OUTCOMES if cells[code].sum()]
    rows = cells.filter("every_column")
    frame = rows.select(
        name=named(names.row, "row"),
        c0=pl.struct("met", "base").map_elements(lambda r: texts.rate_with_base(r["met"], r["base"]), pl.String),
        c1=pl.struct("base", "low", "high").map_elements(_uncertainty, pl.String),
        **{f"c{place}": code for place, code in enumerate(occurring, start=2)},
        **{f"c{len(occurring) + 2}": "units"},
    )
    said = [texts.outcome(code, duty=duty) for code in occurring]
    headings = dict(zip(frame.columns, (LABELS[asked.rows], "Andel", "Usikkerhed", *said, TOTAL), strict=True))
    picks: list[tuple[str, ...]] = [(), (), (), *((code,) for code in occurring), ()]
    found = {
        (line, column): Picked(Cell(*key), outcomes)
        for line, key in enumerate(rows.select(explore.KEY).iter_rows())
        for column, outcomes in zip(frame.columns, picks, strict=True)
    }
    return Table(frame, headings, found)


def named(name: Callable[..., str], side: str) -> pl.Expr:
    return pl.struct(key=side, every=f"every_{side}").map_elements(
        lambda r: name(r["key"], every=r["every"]), pl.String
    )


def _uncertainty(row: Mapping[str, Any]) -> str:
    if row["base"] < texts.FEW:
        return texts.NONE
    return texts.uncertainty(row["low"], row["high"]).removeprefix("usikkerhed ")


def rate_in_cell(row: Mapping[str, Any]) -> str:
    """`64 % (80 af 125)`, with its uncertainty on a base of 5–9, and always how many are not due yet."""
    if not row["units"]:
        return texts.NONE
    said = texts.rate_with_base(row["met"], row["base"])
    if texts.FEW <= row["base"] < texts.UNCERTAIN:
        said += f" · {_uncertainty(row)}"
    return f"{said} · {out_of_base('pending', row['pending'])}" if row["pending"] else said


def out_of_base(code: str, count: int) -> str:
    return texts.counts(count, *OUTSIDE[code])


def file_table(asked: Asked, cells: pl.DataFrame, names: Names) -> pl.DataFrame:
    """The same cells for a file, a line each with its numbers and Danish headings; no rate on a base below five."""
    side = {LABELS[asked.rows]: named(names.row, "row")}
    if asked.counted:
        return cells.select(**side, **{"Værdi": named(names.column, "column"), "Antal": pl.col("count")})
    if asked.crossed:
        side[LABELS[asked.columns]] = named(names.column, "column")
    else:
        cells = cells.filter("every_column")
    duty = tile.has_duty(BY_KEY[asked.key])
    shares = {"Andel (%)": "rate", "Usikkerhed fra (%)": "low", "Usikkerhed til (%)": "high"}
    enough = pl.col("base") >= texts.FEW
    return cells.select(
        **side,
        **{name: pl.when(enough).then((pl.col(share) * 100).round(1)) for name, share in shares.items()},
        Grundlag="base",
        **{texts.outcome(code, duty=duty): code for code in texts.OUTCOMES if cells[code].sum()},
        **{TOTAL: "units"},
    )


# --- the cell that is picked --------------------------------------------------------------------------


def picked(given: Mapping[str, Sequence[str]], asked: Asked, table: Table) -> Picked | None:
    """The cell that an address asks for; None where it asks for none, or the table has no such cell."""
    row, column = (next(iter(given.get(name, ())), None) for name in (ROW, COLUMN))
    if row is None:
        return None
    every_column = column is None or column == ALL
    cell = Cell(_key(row), None if every_column else _key(column or ""), row == ALL, every_column)
    if cell not in {found.cell for found in table.cells.values()}:
        return None
    known = tuple(code for code in texts.OUTCOMES if code in given.get(OUTCOME, ()) and not asked.counted)
    return Picked(cell, known)


def _key(word: str) -> str | None:
    return word.removeprefix(IS) if word.startswith(IS) else None


def address(chosen: Picked) -> dict[str, list[str]]:
    """A cell as it stands in the address."""

    def word(key: str | None, *, every: bool) -> str:
        return ALL if every else NONE if key is None else IS + key

    cell = chosen.cell
    return {
        ROW: [word(cell.row, every=cell.every_row)],
        COLUMN: [word(cell.column, every=cell.every_column)],
        OUTCOME: list(chosen.outcomes),
    }


def cell_name(asked: Asked, cell: Cell, names: Names) -> str:
    """What a cell is called: `Børn og Unge · marts 2026`."""
    words = [names.row(cell.row, every=cell.every_row)]
    if asked.crossed or asked.counted:
        words.append(names.column(cell.column, every=cell.every_column))
    return TOTAL if set(words) == {TOTAL} else " · ".join(words)

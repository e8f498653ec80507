"""Udforsk: what is asked, held up against what there is; the table, the words, the pictures and the list.

Draws nothing. What stands in an address may be forged or old: nothing of it is used before it has been checked,
and what is not used is said.
"""

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
from metrics.compare import against_others
from metrics.explore import (
    AGE,
    CATEGORY,
    CENTER,
    COUNTED,
    DIMENSIONS,
    HANDED_OVER,
    MONTH,
    START,
    TEAM,
    Cell,
    Groups,
    Question,
)
from metrics.measure import DEVIATIONS, Within
from metrics.measures import THEMES
from ui import charts, deviations, figures, filters, texts, tile, why
from ui.charts import Chart
from ui.measure import UNITS

MEASURE, ROWS, COLUMNS, NUMBER, SHOW = "noegletal", "raekker", "kolonner", "tal", "vis"
"""The choices of the page: their names in the address."""
ROW, COLUMN, OUTCOME = "raekke", "kolonne", "udfald"
"""The cell that is picked, and which of its outcomes."""
CELL = (ROW, COLUMN, OUTCOME)
ALL, NONE, IS = "alle", "ingen", "="
"""In the address: a total, those in no group, and what comes before the key of a group."""

BY_OUTCOME = "outcome"
"""What stands in the columns where no dimension does: the outcomes, or the values of a distribution."""
LABELS: Mapping[str, str] = MappingProxyType(
    {
        CENTER: "Center",
        CATEGORY: "Kategori",
        AGE: "Alder",
        MONTH: "Måned",
        START: "Sagens startmåned",
        TEAM: "Team",
        HANDED_OVER: "Overdraget undervejs",
        BY_OUTCOME: "Udfald",
    }
)
"""Dimension -> what it is called."""
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
NUMBERS: Mapping[str, str] = MappingProxyType({"rate": "Andel", "deviations": "Afvigelser", "units": "Antal"})
"""What stands in the cells of two dimensions."""
SHOWN: Mapping[str, str] = MappingProxyType({"both": "Tabel og diagram", "table": "Tabel", "chart": "Diagram"})
TOTAL = "I alt"
MANY_LINES = (
    f"Hvert punkt er en måned; et hult punkt har {texts.FEW}–{texts.UNCERTAIN - 1} i grundlaget, og med færre er der "
    "intet punkt."
)
"""Said above several small pictures."""
COLOURED = f"Farve først fra {texts.UNCERTAIN} i grundlaget; med færre er usikkerheden stor."
"""Said above a matrix of rates."""
MOST = deviations.MOST
"""Units sent to a browser."""
WIDEST = 320
"""Pixels."""
MOST_LINES = 9
"""Groups that each get a picture of their own; with more they stand in one."""

OF_THEME: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        theme.key: MappingProxyType(
            {measure.key: measure.title for measure in theme.measures}
            | {figure.key: figure.title for figure in theme.distributions}
        )
        for theme in THEMES
    }
)
"""Theme -> its measures and distributions with their titles, in the order of the catalogue."""
FIGURES: Mapping[str, str] = MappingProxyType({key: title for of in OF_THEME.values() for key, title in of.items()})
"""Measure or distribution -> its title."""


@dataclass(frozen=True)
class Asked:
    """What is chosen on the page, all of it known."""

    key: str
    """Measure or distribution."""
    rows: str
    """One of `DIMENSIONS`."""
    columns: str
    """Another one, or `BY_OUTCOME`."""
    number: str
    """Key of `NUMBERS`."""
    show: str
    """Key of `SHOWN`."""

    @property
    def counted(self) -> bool:
        """A distribution: counts without a rate."""
        return self.key in COUNTED

    @property
    def crossed(self) -> bool:
        """Two dimensions."""
        return self.columns != BY_OUTCOME

    @property
    def question(self) -> Question:
        """The same for `metrics.explore`."""
        return Question(self.key, self.rows, self.columns if self.crossed else None)


@dataclass(frozen=True)
class There:
    """What one can ask about just now."""

    centers: tuple[str, ...]
    """Those that may be seen, in organisational order."""
    teams: bool
    """Some case has one."""
    view_date: dt.date
    whole: str = filters.ALL_CENTERS
    """What all the centres that may be seen are called together."""
    every_center: bool = True
    """Those are all that the municipality has."""


def theme(key: str) -> str:
    """The theme of a measure or distribution."""
    return next(theme for theme, of in OF_THEME.items() if key in of)


def labels(codes: Sequence[str]) -> dict[str, str]:
    """What some dimensions are called, to choose among."""
    return {code: LABELS[code] for code in codes}


def dimensions(key: str, there: There) -> tuple[str, ...]:
    """What the units of a measure can be divided by here."""
    moved = key in BY_KEY and isinstance(BY_KEY[key].must, Within)
    without = {HANDED_OVER: not moved, TEAM: not there.teams}
    return tuple(dimension for dimension in DIMENSIONS if not without.get(dimension))


def columns(key: str, rows: str, there: There) -> tuple[str, ...]:
    """What may stand in the columns: of a distribution its values only."""
    return (BY_OUTCOME, *(d for d in dimensions(key, there) if d != rows)) if key in BY_KEY else (BY_OUTCOME,)


def numbers(key: str) -> tuple[str, ...]:
    """What may stand in the cells; only a duty has deviations."""
    duty = key in BY_KEY and tile.has_duty(BY_KEY[key])
    return tuple(number for number in NUMBERS if duty or number != "deviations")


def read(given: Mapping[str, Sequence[str]], there: There) -> tuple[Asked, tuple[str, ...]]:
    """What an address asks for, and in Danish what of it there is not and what is shown instead."""
    notes: list[str] = []

    def one(name: str, what: str, labels: Mapping[str, str], known: Sequence[str], usual: str) -> str:
        asked = next(iter(given.get(name, ())), usual)
        if asked in known:
            return asked
        said = labels.get(asked, asked[:60])
        if said:
            notes.append(f"{what} »{said}« kan ikke vælges her. Vist er {labels[usual]}.")
        return usual

    key = one(MEASURE, "Nøgletallet", FIGURES, tuple(FIGURES), next(iter(FIGURES)))
    possible = dimensions(key, there)
    rows = one(ROWS, "Rækkerne", LABELS, possible, CENTER if len(there.centers) > 1 else MONTH)
    beside = one(COLUMNS, "Kolonnerne", LABELS, columns(key, rows, there), BY_OUTCOME)
    number = one(NUMBER, "Tallet", NUMBERS, numbers(key), "rate")
    return Asked(key, rows, beside, number, one(SHOW, "Visningen", SHOWN, tuple(SHOWN), "both")), tuple(notes)


# --- the table ----------------------------------------------------------------------------------------


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


def table(asked: Asked, cells: pl.DataFrame, names: Names) -> Table:
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
        name=_named(names.row, "row"),
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


def _named(name: Callable[..., str], side: str) -> pl.Expr:
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
    return f"{said} · {_outside('pending', row['pending'])}" if row["pending"] else said


def file_table(asked: Asked, cells: pl.DataFrame, names: Names) -> pl.DataFrame:
    """The same cells for a file, a line each with its numbers and Danish headings; no rate on a base below five."""
    side = {LABELS[asked.rows]: _named(names.row, "row")}
    if asked.counted:
        return cells.select(**side, **{"Værdi": _named(names.column, "column"), "Antal": pl.col("count")})
    if asked.crossed:
        side[LABELS[asked.columns]] = _named(names.column, "column")
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


# --- what is said of it -------------------------------------------------------------------------------


def message(asked: Asked, cells: pl.DataFrame, names: Names) -> str:
    """The whole in a sentence or two, and what stands out of it; no centre is ranked."""
    if asked.counted:
        every, parts = units(cells), cells.filter("every_row", ~pl.col("every_column"))["count"].sum()
        shared = " Nogle står under flere værdier; I alt tæller hver én gang." if parts > every else ""
        return f"{FIGURES[asked.key]}: {texts.number(every)} i alt.{shared}"
    [total] = cells.filter("every_row", "every_column").to_dicts()
    of = "Pr. " + texts.date(names.last) if asked.question.stock else TOTAL
    said = [f"{of}: {texts.rate_with_base(total['met'], total['base'])}."]
    outside = [_outside(code, total[code]) for code in OUTSIDE if total[code]]
    if outside:
        said.append(f"Uden for grundlaget: {', '.join(outside)}.")
    if total["base"] and total["unknown"] > figures.UNKNOWN_SHARE * total["units"]:
        said.append(texts.unknowns(total["met"], total["base"], total["unknown"], total["units"]))
    return " ".join([*said, *_centers(asked, cells)])


OUTSIDE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "pending": ("ikke forfalden", "ikke forfaldne"),
        "excused": ("undtaget", "undtagne"),
        "lapsed": ("bortfaldet", "bortfaldne"),
        "unknown": ("mangler data", "mangler data"),
    }
)
"""Outcome that is in no base -> what one and several of it are called."""


def _outside(code: str, count: int) -> str:
    return texts.counts(count, *OUTSIDE[code])


def _centers(asked: Asked, cells: pl.DataFrame) -> list[str]:
    """The centres that stand clear of the others together, in organisational order."""
    side, other = ("row", "column") if asked.rows == CENTER else ("column", "row")
    if CENTER not in (asked.rows, asked.columns):
        return []
    totals = cells.filter(pl.col(f"every_{other}"), ~pl.col(f"every_{side}"))
    beside = against_others(totals.rename({side: CENTER}).with_columns(measure=pl.lit(asked.key)))
    found: dict[str, list[str]] = {"above": [], "below": []}
    for row in beside.filter(pl.col(CENTER).is_not_null()).iter_rows(named=True):
        verdict = texts.difference(
            row["base"], row["others_base"], row["difference_low"], row["difference_high"], "de øvrige centre"
        )
        if verdict.standing in found:
            found[verdict.standing].append(row[CENTER])
    words = {"above": "Tydeligt over de øvrige centre", "below": "Tydeligt under de øvrige centre"}
    return [f"{words[standing]}: {' og '.join(centers)}." for standing, centers in found.items() if centers]


def counted_is(asked: Asked) -> str:
    """What is counted, and of whom; a cohort has a base of its own, which `how_read` says."""
    if asked.counted:
        return COUNTED[asked.key].rule
    measure = BY_KEY[asked.key]
    return measure.rule if asked.question.cohort else f"{measure.rule} {measure.base}"


def how_read(asked: Asked, cells: pl.DataFrame) -> list[str]:
    """What one must know to read the table: which days count, and where it may mislead."""
    question, lines = asked.question, []
    if question.cohort:
        due = ", også det, der forfalder senere: de nyeste måneder er ikke færdige" if not asked.counted else ""
        lines.append(f"Perioden er her sagernes start: alt i sager, der begyndte i perioden, er med{due}.")
    elif question.stock:
        last = "hver måned er talt på sin sidste dag, så månederne lægges ikke sammen"
        lines.append(f"En beholdning: {last if question.monthly else 'talt på periodens sidste dag'}.")
    if TEAM in (asked.rows, asked.columns):
        lines.append("Teamet er det, sagen har nu.")
    if asked.counted:
        return lines
    if CATEGORY in (asked.rows, asked.columns):
        side, other = ("row", "column") if asked.rows == CATEGORY else ("column", "row")
        totals = cells.filter(pl.col(f"every_{other}"))
        base = int(totals.filter(f"every_{side}")["base"].sum())
        bare = int(totals.filter(~pl.col(f"every_{side}") & pl.col(side).is_null())["base"].sum())
        if bare > figures.UNKNOWN_SHARE * base:
            lines.append(texts.waits_for_category(bare, base))
    if ended := texts.rule_ended(BY_KEY[asked.key].life):
        lines.append(ended)
    few = cells.filter(pl.col("base").is_between(1, texts.FEW - 1))
    if not asked.crossed:
        few = few.filter("every_column")
    if len(few):
        lines.append(f"Hvor der er færre end {texts.FEW} i grundlaget, står antallet uden procent.")
    return lines


# --- the picture --------------------------------------------------------------------------------------


def pictures(asked: Asked, cells: pl.DataFrame, names: Names) -> list[tuple[str, Chart]]:
    """The pictures of a table, each with its heading: outcomes as bars, a rate through time as lines, else a matrix.

    Lines only where every group has enough to be seen in half of its months.
    """
    if not asked.crossed and not asked.counted:
        of_rows = cells.filter("every_column", ~pl.col("every_row")).with_columns(name=_named(names.row, "row"))
        duty = tile.has_duty(BY_KEY[asked.key])
        return [("", charts.outcomes(of_rows, duty=duty))]
    inner = cells.filter(~pl.col("every_row"), ~pl.col("every_column")).with_columns(
        row_name=_named(names.row, "row"), column_name=_named(names.column, "column")
    )
    timed = [side for side, d in (("row", asked.rows), ("column", asked.columns)) if d in (MONTH, START)]
    if asked.number == "rate" and not asked.counted and len(timed) == 1:
        side, other = timed[0], "column" if timed[0] == "row" else "row"
        lines = inner.filter(pl.col(side).is_not_null()).with_columns(
            month=pl.col(side).str.to_date(), when=pl.col(f"{side}_name")
        )
        parts = [part for part in lines.partition_by(other, maintain_order=True) if part["units"].sum()]
        enough = all((part["base"] >= texts.FEW).sum() * 2 >= part.height for part in parts)
        if enough and 0 < len(parts) <= MOST_LINES:
            return [(part[f"{other}_name"][0], charts.small_trend(part)) for part in parts]
    value, said = pl.col("rate"), pl.struct("met", "base").map_elements(
        lambda r: texts.rate_value(r["met"], r["base"]) if r["base"] else "", pl.String
    )  # fmt: skip
    sure, top = pl.col("base") >= texts.UNCERTAIN, 1.0
    if asked.counted or asked.number != "rate":
        counted = pl.sum_horizontal(DEVIATIONS) if asked.number == "deviations" else pl.col("units")
        value = pl.col("count") if asked.counted else counted
        said, sure = value.map_elements(texts.number, pl.String), pl.lit(True)
        top = float(inner.select(value.max().cast(pl.Float64)).item() or 1.0)
    told = pl.struct(pl.all()).map_elements(rate_in_cell, pl.String) if asked.number == "rate" else said
    matrix = inner.select(
        row="row_name",
        column="column_name",
        value=pl.when(sure).then(value.cast(pl.Float64)),
        said=said,
        told=said if asked.counted else told,
    )
    return [("", charts.matrix(matrix, top))]


# --- the units behind a cell --------------------------------------------------------------------------


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


LIST_HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        **{name: heading for name, heading in deviations.HEADINGS.items() if name not in ("rule", "since", "handling")},
        "value": "Værdi",
    }
)
"""Column of `listed` -> what it is called, on the page and in a file."""


def listed(asked: Asked, rows: pl.DataFrame, assessed: Assessed) -> pl.DataFrame:
    """What a reader sees of the units, in their order; of a protected case that another centre holds the outcome only.

    `rows` as `metrics.explore.behind` gives them. Columns: case, note, outcome, days, why, center, category, due (else
    the day), done; of a distribution value instead of outcome, days, why and done. What none of them has is left out.
    """
    whose = assessed.cases.select("case_id", "protected", "held", "closed_on")
    known = rows.join(whose, on="case_id", how="left", maintain_order="left")
    masked = (pl.col("protected") & ~pl.col("held")).fill_null(True)
    told = {
        "center": pl.col("center").fill_null(texts.NO_CENTER),
        "category": deviations.categories("category"),
    }
    if asked.counted:
        labels = COUNTED[asked.key].labels
        what = {"value": pl.col("value").replace_strict(labels, default=pl.col("value"), return_dtype=pl.String)}
        told |= {"due": pl.col("on")}
    else:
        duty = tile.has_duty(BY_KEY[asked.key])
        said = {code: texts.outcome(code, duty=duty) for code in texts.OUTCOMES}
        what = {"outcome": pl.col("outcome").cast(pl.String).replace_strict(said, return_dtype=pl.String)}
        told = {"days": pl.col("days"), "why": why.line(), **told}
        told |= {"due": pl.coalesce("due", "on"), "done": pl.col("done")}
    shown = known.select(
        case="case_id",
        note=pl.when("protected")
        .then(pl.lit("Beskyttet"))
        .when(~pl.col("held"))
        .then(pl.lit(deviations.MOVED))
        .when((pl.col("closed_on") <= assessed.view_date).fill_null(False))
        .then(pl.lit("Afsluttet")),
        **what,
        **{name: pl.when(~masked).then(column) for name, column in told.items()},
    )
    return shown.drop(name for name in ("note", "days", "done") if name in shown.columns and not shown[name].count())


def list_summary(asked: Asked, rows: pl.DataFrame) -> str:
    """How many there are of which: `12 sager: 3 overskredet, 9 overholdt.`"""
    if asked.counted:
        return f"{texts.number(rows.height)} i feltet."
    found, duty = outcome_counts(rows), tile.has_duty(BY_KEY[asked.key])
    said = [f"{texts.number(found[c])} {texts.outcome(c, duty=duty).lower()}" for c in explore.ORDER if c in found]
    return f"{texts.number(rows.height)} {UNITS[BY_KEY[asked.key].of]}: {', '.join(said)}."


def outcome_counts(rows: pl.DataFrame) -> dict[str, int]:
    """Outcome -> how many of some listed units have it."""
    return dict(rows.group_by(pl.col("outcome").cast(pl.String)).len().iter_rows())


def narrowed(rows: pl.DataFrame, outcomes: Sequence[str]) -> pl.DataFrame:
    """The units with one of some outcomes; with none named, all of them."""
    return rows.filter(pl.col("outcome").cast(pl.String).is_in(outcomes)) if outcomes else rows

"""Any figure, any cut: one measure or count spread over one or two dimensions, and the units behind each cell.

Pure readings of the assessed frame: what a cell counts and what its list shows are the same rows. By start month the
units are followed as a cohort: the period is that of the cases' start, and every unit of theirs is in, also those that
are not due yet, so that the youngest months do not look better than they are. Stock measures are read on a day and are
no cohort. By month a stock measure stands once a month, so that its months do not add up: their total is the last one.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from metrics.assess import BY_KEY, COUNTS, STOCK, Assessed, Cut, age_band, by_month, select, stock_days
from metrics.measure import BASE, DEVIATIONS, OUTCOMES
from metrics.measures import DISTRIBUTIONS
from metrics.statistics import wilson

CENTER, CATEGORY, AGE, MONTH, START, TEAM, HANDED_OVER = (
    "center",
    "category",
    "age",
    "month",
    "start",
    "team",
    "handed_over",
)
DIMENSIONS = (CENTER, CATEGORY, AGE, MONTH, START, TEAM, HANDED_OVER)
"""What the units of a measure can be divided by. `month` = of the day they count on, `start` = of the case's first
enquiry, `team` = the case's as of V; the rest as in the assessed frame."""
COUNTED = {figure.key: figure for figure in DISTRIBUTIONS}
"""Key -> distribution: units counted by value, without a rate."""

Groups = Mapping[str, Sequence[str]]
"""Dimension -> the groups that have a row also where they are empty, in their order."""


@dataclass(frozen=True)
class Question:
    """What is asked: a measure or a distribution, and what divides it; columns None: only the rows do."""

    key: str
    rows: str
    columns: str | None = None

    @property
    def stock(self) -> bool:
        """Counted on a day."""
        return self.key in STOCK

    @property
    def cohort(self) -> bool:
        """The period is that of the cases' start."""
        return START in (self.rows, self.columns) and not self.stock

    @property
    def monthly(self) -> bool:
        """A stock figure that stands once a month."""
        return MONTH in (self.rows, self.columns) and self.stock


@dataclass(frozen=True)
class Cell:
    """One cell of a table: the keys of its row and column, null for those that are in no group, or all of them."""

    row: str | None = None
    column: str | None = None
    every_row: bool = False
    every_column: bool = False


def days_read(question: Question, cut: Cut, view_date: dt.date) -> tuple[dt.date, ...]:
    """Every day on which the question looks at a stock figure."""
    return stock_days(cut, view_date, "month" if question.monthly else None)


def spread(assessed: Assessed, cut: Cut, question: Question) -> pl.DataFrame:
    """The units of a question: rows of the assessed frame with the keys of their `row` and `column` as text.

    `last` is false for a stock row that only its own month counts. A null key: in no group.
    """
    frame = assessed.outcomes if question.key in BY_KEY else assessed.distributions
    known = assessed.cases.select("case_id", "team", start="first_enquiry_on")
    units = frame.filter(pl.col("measure") == question.key).join(known, on="case_id", how="left", maintain_order="left")
    if question.cohort:
        units = units.filter(cut.who() & pl.col("start").is_between(cut.date_from, cut.date_to))
    else:
        read = by_month if question.monthly else select
        units = read(units, cut, assessed.view_date)
    last = pl.col("on") == cut.last_day(assessed.view_date) if question.monthly else pl.lit(True)
    column = _key(question.columns) if question.columns else pl.lit(None, dtype=pl.String)
    return units.with_columns(row=_key(question.rows), column=column, last=last)


def _key(dimension: str) -> pl.Expr:
    """The group that a unit is in, as text: a month by its first day, an age band by its first year."""
    of = {
        AGE: age_band(),
        MONTH: pl.col("on").dt.month_start(),
        START: pl.col("start").dt.month_start(),
    }
    return of.get(dimension, pl.col(dimension)).cast(pl.String)


def cross(assessed: Assessed, cut: Cut, question: Question, groups: Groups) -> pl.DataFrame:
    """The counts and the rate of a measure in every cell, and in the totals of rows, columns and both.

    Columns: row, column (keys, null = in no group), every_row, every_column (a total), base, the counts of every
    outcome, units, rate, low, high (fractions, Wilson 95 %; null on an empty base). Rows and columns in the order of
    `groups`, then the others that occur, those in no group, and the total. With one dimension every cell is a total
    over columns. The total over months of a stock measure is its last day.
    """
    units = spread(assessed, cut, question)
    agg = ((pl.col("outcome") == code).sum().cast(pl.Int64).alias(code) for code in COUNTS)
    cells = _filled(_totalled(units, question, list(agg)), units, cut, question, groups, assessed.view_date, COUNTS)
    low, high = wilson(pl.col("met"), pl.col("base"))
    some = pl.col("base") > 0
    return cells.with_columns(base=pl.sum_horizontal(BASE), units=pl.sum_horizontal(COUNTS)).select(
        *KEY,
        "base",
        *COUNTS,
        "units",
        rate=pl.when(some).then(pl.col("met") / pl.col("base")),
        low=pl.when(some).then(low),
        high=pl.when(some).then(high),
    )


def cross_values(assessed: Assessed, cut: Cut, question: Question, groups: Groups) -> pl.DataFrame:
    """How many units of a distribution have each value, by one dimension: as `cross`, with `count` alone.

    The columns are the values, in their declared order. A unit is counted once in a cell and once in a total, so that
    values and groups that share units add up to more than their total.
    """
    figure = COUNTED[question.key]
    units = spread(assessed, cut, question).with_columns(column="value")
    counted = _totalled(units, question, [pl.col("unit_id").n_unique().cast(pl.Int64).alias("count")])
    groups = {**groups, _VALUE: tuple(figure.labels)}
    return _filled(counted, units, cut, question, groups, assessed.view_date, ("count",)).select(*KEY, "count")


KEY = ("row", "column", "every_row", "every_column")
_VALUE = "value"


def _totalled(units: pl.DataFrame, question: Question, agg: list[pl.Expr]) -> pl.DataFrame:
    """Cells, row totals, column totals and the total of all, each counted from the units themselves."""
    key = {name: pl.col(name) for name in ("row", "column")}
    nobody = pl.lit(None, dtype=pl.String)
    counted = []
    for every_row in (False, True):
        for every_column in (False, True):
            over_months = (every_row and question.rows == MONTH) or (every_column and question.columns == MONTH)
            here = units.filter("last") if over_months else units
            by = [name for name, every in (("row", every_row), ("column", every_column)) if not every]
            found = here.group_by(by).agg(agg) if by else here.select(agg)
            missing = {name: nobody for name in key if name not in by}
            counted.append(
                found.with_columns(**missing, every_row=pl.lit(every_row), every_column=pl.lit(every_column)).select(
                    *KEY, pl.exclude(KEY)
                )
            )
    return pl.concat(counted)


def _filled(
    counted: pl.DataFrame,
    units: pl.DataFrame,
    cut: Cut,
    question: Question,
    groups: Groups,
    view_date: dt.date,
    counts: Sequence[str],
) -> pl.DataFrame:
    """A row for every cell of the table, also the empty ones, in the order of the table."""
    values = question.key in COUNTED
    groups = {**groups, **_months(units, cut, question, view_date)}
    rows = _axis(question.rows, units["row"], cut, groups, "row")
    columns = _axis(_VALUE if values else question.columns, units["column"], cut, groups, "column")
    grid = rows.join(columns, how="cross", maintain_order="left_right")
    return grid.join(counted, on=KEY, how="left", nulls_equal=True, maintain_order="left").with_columns(
        pl.col(counts).fill_null(0)
    )


def _months(units: pl.DataFrame, cut: Cut, question: Question, view_date: dt.date) -> dict[str, list[str]]:
    """Every month of the period up to V; of a cohort those of its start, beside all that its units count in."""
    period = _between(cut.date_from, cut.last_day(view_date))
    if not question.cohort:
        return {MONTH: period}
    counted = units["on"].sort()
    return {START: period, MONTH: _between(counted[0], counted[-1]) if len(counted) else []}


def _between(first: dt.date, last: dt.date) -> list[str]:
    months, month = [], first.replace(day=1)
    while month <= last:
        months.append(month.isoformat())
        month = (month + dt.timedelta(days=31)).replace(day=1)
    return months


def _axis(dimension: str | None, found: pl.Series, cut: Cut, groups: Groups, name: str) -> pl.DataFrame:
    """The keys along one side of the table and whether they are the total, which comes last."""
    there = set(found.drop_nulls())
    wanted = list(groups.get(dimension or "", ()))
    if dimension == CENTER and cut.centers is not None:
        wanted = [center for center in wanted if center in cut.centers]
    keys: list[str | None] = []
    if dimension is not None:
        keys = [*wanted, *sorted(there.difference(wanted)), *([None] if found.null_count() else [])]
    return pl.DataFrame(
        {name: [*keys, None], f"every_{name}": [False] * len(keys) + [True]},
        schema={name: pl.String, f"every_{name}": pl.Boolean},
    )


ORDER = (*("overdue", "missing", "late"), *(code for code in OUTCOMES if code not in DEVIATIONS))
"""The outcomes in the order that a list shows them: first what is still not done."""


def behind(assessed: Assessed, cut: Cut, question: Question, cell: Cell) -> pl.DataFrame:
    """The units that a cell counts, one row each of the assessed frame: deviations first, each kind the oldest first.

    Of a distribution a unit stands once, by its first case.
    """
    units = spread(assessed, cut, question)
    if question.key in COUNTED:
        units = units.with_columns(column="value")
    if (cell.every_row and question.rows == MONTH) or (cell.every_column and question.columns == MONTH):
        units = units.filter("last")
    row = pl.lit(True) if cell.every_row else pl.col("row").eq_missing(pl.lit(cell.row))
    column = pl.lit(True) if cell.every_column else pl.col("column").eq_missing(pl.lit(cell.column))
    chosen = units.filter(row & column)
    if question.key in COUNTED:
        return chosen.unique("unit_id", keep="first", maintain_order=True).sort("on", "unit_id")
    place = pl.col("outcome").cast(pl.String).replace_strict({code: n for n, code in enumerate(ORDER)})
    return chosen.sort(place, pl.coalesce("due", "on"), "unit_id", "on")

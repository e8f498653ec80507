"""What may leave the house: the fixed tables of a month, and which of their numbers are hidden.

A cell is the `met` and the `base` of one measure at one centre, or in the whole municipality. A count of 1 to 4, or a
complement (base - met) of 1 to 4, is hidden, and its rate with it. More is hidden beside it until nobody can work out
a hidden number, or narrow it to two values, from what is shown now and was published before: `attack` tries, and
`protect` goes on until it fails. Source: `semantics.md` §7 and `security.md` §4 of the design; the decisions:
`docs/adr/0007`.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from metrics.assess import STOCK, Assessed, Cut, count_values, figures
from metrics.facts.progression import AFTER
from metrics.measure import Distribution
from metrics.measures import DISTRIBUTIONS, MEASURES

THRESHOLD = 5
"""Counts from 1 up to it are hidden."""
VALUES = 3
"""A hidden count must have so many possible values at least."""
AROUND = 6
"""Solutions that are looked at before any hidden number is asked about by itself."""
SAME_BASE = (
    ("coordination", "coordinator_assigned"),
    ("education_focus", "resources"),
    ("duty_assessed", "support_guidance"),
    ("mentor", "mentor_unregistered", "plan_agreements", "plan_goal"),
    ("health_parallel", "social_parallel"),
    ("four_a_year", "fixed_contact"),
    ("offer_assessed", "offer_purpose"),
    ("job_discussed", "registered_jobseeker", "joblog"),
)
"""Measures of the same units: the base of one is hidden where the base of the other is, or the other would tell it."""
ENTWINED = (("undocumented", "sanctioned_of_undocumented", "sanctioned_of_all"),)
"""Measures where the count of one is the base of another: all of a cell is hidden in all of them."""
KEPT_INSIDE = ("duration", "plan_deadline", "agreements_kept", "who5_coverage", "bip_coverage", "field_coverage")
"""Measures that are not published: the first two count what others have as their base, and the others count many units
of one youth, so that a number above the threshold may still be about a single one."""

SCHEMA = pl.Schema(
    {
        "measure": pl.String(),  # no Enum: what is published outlives the catalogue
        "from": pl.Date(),
        "to": pl.Date(),
        "center": pl.String(),
        "whole": pl.Boolean(),
        "met": pl.Int64(),
        "base": pl.Int64(),
    }
)
"""The fixed table. `from` and `to` = the days counted, both included; `whole` = the municipality, else the centre
(null: those without one)."""


def tables(assessed: Assessed, month: dt.date, centers: Sequence[str]) -> pl.DataFrame:
    """The fixed table of a month (any day of it), as `SCHEMA`: per measure each centre, those without one, the whole.

    Counted over the 12 months up to the last day of the month, stock measures on that day; `centers` in
    organisational order. Raises ValueError where the month is not over on the view date, or where the frame was not
    judged on its last day. Nothing else is published: not what is excused, unknown or pending, no distribution.
    """
    first, last = _counted(assessed, month)
    cut = Cut(first, last)
    counts = ("measure", "center", "met", "base")
    by_center = figures(assessed, cut, "center").select(counts)
    counted = by_center.filter(pl.col("base") > 0)["center"].drop_nulls().unique().sort()
    named = [*centers, *(center for center in counted if center not in centers)]
    cells = pl.DataFrame(
        {"center": [*named, None, None], "whole": [*(False for _ in named), False, True]},
        schema={"center": pl.String, "whole": pl.Boolean},
    )
    keys = [measure.key for measure in MEASURES if measure.key not in KEPT_INSIDE]
    every = pl.concat(
        [
            by_center.with_columns(whole=pl.lit(False)),
            figures(assessed, cut).select(counts).with_columns(whole=pl.lit(True)),
        ]
    ).with_columns(pl.col("measure").cast(pl.String))
    day = pl.lit(last)
    return (
        pl.DataFrame({"measure": keys}, schema={"measure": pl.String})
        .join(cells, how="cross")
        .join(every, on=["measure", "center", "whole"], how="left", nulls_equal=True, maintain_order="left")
        .with_columns(
            pl.col("met", "base").fill_null(0),
            pl.when(pl.col("measure").is_in(STOCK)).then(day).otherwise(pl.lit(first)).alias("from"),
            day.alias("to"),
        )
        .select(SCHEMA.names())
        .cast(dict(SCHEMA))  # type: ignore[arg-type]
    )


def window(month: dt.date) -> Cut:
    """The days that a month (any day of it) is published of: the 12 months up to its end."""
    return Cut(
        *pl.select(
            pl.lit(month).dt.month_start().dt.offset_by("-11mo"), pl.lit(month).dt.month_end().alias("last")
        ).row(0)
    )


def _counted(assessed: Assessed, month: dt.date) -> tuple[dt.date, dt.date]:
    """The first day of the 12 months up to the end of a month, and its last; see `tables` for what it raises."""
    counted = window(month)
    first, last = counted.date_from, counted.date_to
    if assessed.view_date < last:
        raise ValueError(f"the month that ends {last} is not over on {assessed.view_date}")
    judged = assessed.outcomes.filter(pl.col("measure").is_in(STOCK))["on"]
    if len(judged) and last not in judged:
        raise ValueError(f"no stock measure was judged on {last}")
    return first, last


@dataclass(frozen=True, eq=False)
class Figure:
    """A distribution that is published as counts of the whole municipality."""

    key: str
    title: str
    of: tuple[Distribution, ...]
    """What is counted, added value by value."""
    half_yearly: bool = False
    """Counted over a half-year, in June and December; else on the last day of every month."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Value -> Danish label, in the order shown."""
        return self.of[0].labels


def _figures() -> Iterator[Figure]:
    known = {figure.key: figure for figure in DISTRIBUTIONS}
    for key in ("target_group", "intervention_group"):
        yield Figure(key, known[key].title, (known[key],))
    for key in ("offers_begun", "k_meetings"):
        yield Figure(key, known[key].title, (known[key],), half_yearly=True)
    for anchor, words in (("start", "start"), ("k_meeting", "første K-møde"), ("guide", "tildelt ungeguide")):
        for months in AFTER:
            split = ("start_with", "start_without") if anchor == "start" else (anchor,)
            of = tuple(known[f"after_{each}_{months}"] for each in split)
            yield Figure(f"after_{anchor}_{months}", f"{months} måneder efter {words}", of, half_yearly=True)


FIGURES: Mapping[str, Figure] = {figure.key: figure for figure in _figures()}
"""The distributions that are published. Left out is what would be a further equation for what a measure hides:

- `target_centers` and `need_levels` are parts of the base of `joint_plan`, and `guide_status` and `contact_changes` are
  the counts of `guide_assessed` and `fixed_contact`;
- those of visitations, education orders and no-shows count over two half-years what measures count over twelve months,
  so that one half-year could be taken from the other;
- `target_flow` is the difference between two counts of the target group.

Starts with and without support are added together: their difference between two ages of the same starts would be those
who got it meanwhile."""
PARTS_OF_A_SUM = tuple(key for key in FIGURES if key == "target_group" or key.startswith("after_"))
"""Where each unit has one value: their sum is taken to be known."""
LINES_OF = (("maalgruppe", "maalgruppe_under_18"), ("indsatsgruppe", "indsatsgruppe_under_18"))
"""The values of `intervention_group`: a group, and those of it who are under 18."""

COUNT_SCHEMA = pl.Schema(
    {"figure": pl.String(), "from": pl.Date(), "to": pl.Date(), "value": pl.String(), "count": pl.Int64()}
)
"""What is counted of the whole municipality. `from` and `to` = the days counted, both included."""


def counts(assessed: Assessed, month: dt.date) -> pl.DataFrame:
    """The distributions of a month (any day of it), as `COUNT_SCHEMA`, values in their declared order.

    Stock distributions on the last day of the month; in June and December also the half-yearly ones, over the half-year
    that ends with it, so that no two windows overlap. Raises as `tables`.
    """
    year, last = _counted(assessed, month)
    half_year = pl.select(pl.lit(year).dt.offset_by("6mo")).item()
    rows = []
    for figure in FIGURES.values():
        if figure.half_yearly and last.month not in (6, 12):
            continue
        first = half_year if figure.half_yearly else last
        parts = [count_values(assessed, Cut(first, last), part)["count"] for part in figure.of]
        rows += [
            (figure.key, first, last, value, sum(each)) for value, *each in zip(figure.labels, *parts, strict=True)
        ]
    return pl.DataFrame(rows, schema=COUNT_SCHEMA, orient="row")


def protect_counts(
    new: pl.DataFrame, cells: pl.DataFrame, published: Sequence[pl.DataFrame] = (), threshold: int = THRESHOLD
) -> pl.DataFrame:
    """`new` (as `COUNT_SCHEMA`, one month) with `hidden`; `count` is null where hidden.

    A count from 1 up to the threshold is hidden, and so is what it could be worked out from when the sum is known:
    other values, the smallest first, until what is hidden of a sum is two values that are not few together.
    `cells`: the month as `protect` gave it. A group is hidden where its size would tell a base that is hidden there, or
    how few are not in it. `published`: what this function gave for the versions before; what was hidden stays so.
    """
    unseen = {place for frame in published for place in _places(frame.filter("hidden"))}
    whole = dict(cells.filter("whole").select("measure", "base").iter_rows())
    hidden: set[tuple[str, str]] = set()
    secret = False
    for (key,), part in new.group_by("figure", maintain_order=True):
        sizes = dict(part.select("value", "count").iter_rows())
        hide = {value for value, count in sizes.items() if 0 < count < threshold or (key, value) in unseen}
        if key == "intervention_group":
            hide |= _lines_hidden(sizes, threshold)
            # nobody is left out of the one measure; of the other those are who are not due yet
            if whole.get("long_plan", 0) is None:
                hide.add("indsatsgruppe")
            if secret:
                hide.add("maalgruppe")
        elif key in PARTS_OF_A_SUM:
            if key == "target_group":
                base = whole.get("guide_assessed", 0)
                secret = base is None or 0 < abs(sum(sizes.values()) - base) < threshold
            hide = _beside(sizes, hide, threshold, at_least=secret and key == "target_group")
        hidden |= {(str(key), value) for value in hide}
    return new.with_columns(
        pl.Series("hidden", [place in hidden for place in _places(new)], dtype=pl.Boolean)
    ).with_columns(pl.when(~pl.col("hidden")).then("count").alias("count"))


def _places(counts: pl.DataFrame) -> Iterator[tuple[str, str]]:
    yield from counts.select("figure", "value").iter_rows()


def _lines_hidden(sizes: Mapping[str, int], threshold: int) -> set[str]:
    """Those under 18 where the others of their group are few."""
    return {part for group, part in LINES_OF if 0 < sizes[group] - sizes[part] < threshold}


def _beside(sizes: Mapping[str, int], hide: Collection[str], threshold: int, *, at_least: bool) -> set[str]:
    """What must be hidden of a sum where some of it is, or (`at_least`) where the sum must not be told."""
    hidden = set(hide)
    if not hidden and not at_least:
        return hidden
    for value in sorted(sizes, key=lambda value: (sizes[value] == 0, sizes[value])):  # a zero only at the end
        if len(hidden) > 1 and sum(sizes[each] for each in hidden) >= threshold:
            break
        hidden.add(value)
    return hidden


def enough_per_center(table: pl.DataFrame, threshold: int = THRESHOLD) -> pl.DataFrame:
    """A table (as `SCHEMA`, one month) without the centres of measures that are about too few to be divided.

    Too few = a whole with a base below `threshold` for each line it would be divided into. Only the whole decides, so
    that what is left out says nothing of a centre; most of it would be hidden.
    """
    whole = pl.col("base").filter("whole").first().over("measure")
    lines = (~pl.col("whole")).sum().over("measure")
    return table.filter(pl.col("whole") | (whole >= threshold * lines))


def protect(new: pl.DataFrame, published: Sequence[pl.DataFrame] = (), threshold: int = THRESHOLD) -> pl.DataFrame:
    """`new` (as `SCHEMA`, one month) with `hidden` and `rate`; `met` and `rate` are null where hidden.

    `base` is null too where it is small itself, or would tell another: then the cell is always `hidden`.

    `published` = what this function gave for the months before (and for this one, where it is corrected): their
    hidden numbers stay safe too, and what was hidden once stays so in every correction. `rate` is a fraction, null on
    an empty base. Nothing is hidden of a cell without units, as long as anything else will do. Of the ways to hide
    enough the one that hides fewest bases is taken, then fewest counts, then the one that keeps the whole, then the
    one that keeps the larger cells.
    """
    before, month = _by_measure(published), _by_measure([new.select(SCHEMA.names())], number=len(published))
    unseen: set[tuple[str, Cell]] = set()
    bases_unseen: set[tuple[str, Cell]] = set()
    for keys, entwined in _groups(month):
        tasks = [_task(month[key], before.get(key, []), threshold) for key in keys]
        for key, (cells, bases) in zip(keys, _choose(tasks, entwined), strict=True):
            unseen |= {(key, cell) for cell in cells}
            bases_unseen |= {(key, cell) for cell in bases}
    places = [(row.measure, row.cell) for row in _rows([new])]
    return (
        new.with_columns(
            pl.Series("hidden", [place in unseen for place in places], dtype=pl.Boolean),
            pl.Series("_base", [place in bases_unseen for place in places], dtype=pl.Boolean),
        )
        .with_columns(
            pl.when(~pl.col("hidden")).then(pl.col("met")).alias("met"),
            pl.when(~pl.col("_base")).then(pl.col("base")).alias("base"),
            rate=pl.when(~pl.col("hidden") & (pl.col("base") > 0)).then(pl.col("met") / pl.col("base")),
        )
        .drop("_base")
    )


def attack(published: Sequence[pl.DataFrame], *, only_narrowed: bool = False) -> pl.DataFrame:
    """What somebody can deduce who has all that was published, and knows that counts are whole and centres add up.

    One row per hidden count: measure, from, to, center, whole, count (`met`, `complement` or `base`), smallest,
    largest (null: no limit), narrowed (bool: fewer than three values are possible). What is null in `published`
    counts as hidden, and so does what a centre has of a whole that is published alone, unless the whole is seen to be
    nothing; a rate that is shown is known to the whole per cent. Windows that overlap share their days.
    Tables that contradict each other, because something was corrected between them, are not put together. With
    `only_narrowed` only those rows, and not the complement too where the base is shown: many times faster.

    Raises ValueError where a table contradicts itself.
    """
    found = []
    for rows in _by_measure(published).values():
        for together in _overlapping(rows):
            for model in _consistent(together):
                every = range(len(model.targets))
                for number in model.narrowed(every) if only_narrowed else every:
                    row, count = model.targets[number]
                    low, high = (model.extreme(number, sign)[number] for sign in (1, -1))
                    found.append(
                        {
                            "measure": row.measure,
                            "from": row.first,
                            "to": row.last,
                            "center": row.cell if isinstance(row.cell, str) else None,
                            "whole": row.cell is WHOLE,
                            "count": count,
                            "smallest": low,
                            "largest": high if high < model.cap else None,
                            "narrowed": high - low < VALUES - 1 or model.between([number], [low], [high]) is None,
                        }
                    )
    schema = {name: SCHEMA[name] for name in ("measure", "from", "to", "center", "whole")}
    return pl.DataFrame(
        found,
        schema=schema | {"count": pl.String(), "smallest": pl.Int64(), "largest": pl.Int64(), "narrowed": pl.Boolean()},
    )


WHOLE = 0
"""The whole municipality, among cells that are named after a centre or (None) are without one."""
Cell = str | int | None


@dataclass(frozen=True)
class _Row:
    """One published line: what is shown of one cell."""

    table: int
    """Which of the frames it stands in."""
    measure: str
    first: dt.date
    last: dt.date
    cell: Cell
    met: int | None
    base: int | None
    rate: float | None = None
    """Where it is shown though the counts are not."""

    @property
    def complement(self) -> int:
        assert self.rest is not None
        return self.rest

    @property
    def rest(self) -> int | None:
        """Base - met, where both are shown."""
        return None if self.met is None or self.base is None else self.base - self.met

    def without(self, cells: Collection[Cell], bases: Collection[Cell]) -> "_Row":
        if self.cell not in cells:
            return self
        return replace(self, met=None, base=None if self.cell in bases else self.base)


Hidden = tuple[int, dt.date, Cell, str]
"""A number that is not shown: `met`, `complement` or `base` of a cell in a table."""


def _rows(frames: Iterable[pl.DataFrame], number: int = 0) -> Iterator[_Row]:
    for table, frame in enumerate(frames, start=number):
        for line in frame.iter_rows(named=True):
            yield _Row(
                table,
                line["measure"],
                line["from"],
                line["to"],
                WHOLE if line["whole"] else line["center"],
                line["met"],
                line["base"],
                line.get("rate"),
            )


def _by_measure(frames: Iterable[pl.DataFrame], number: int = 0) -> dict[str, list[_Row]]:
    measures: dict[str, list[_Row]] = {}
    for row in _rows(frames, number):
        measures.setdefault(row.measure, []).append(row)
    return measures


def _groups(measures: Collection[str]) -> Iterator[tuple[list[str], bool]]:
    """The measures that are hidden together (and whether in all), then the others one by one."""
    for joined, entwined in ((ENTWINED, True), (SAME_BASE, False)):
        for group in joined:
            if found := [key for key in group if key in measures]:
                yield found, entwined
    linked = {key for group in ENTWINED + SAME_BASE for key in group}
    yield from (([key], False) for key in measures if key not in linked)


@dataclass(frozen=True, eq=False)
class _Task:
    """The new rows of one measure, those before them that they overlap with, and what must be hidden anyway."""

    rows: list[_Row]
    before: list[_Row]
    met: frozenset[Cell]
    base: frozenset[Cell]

    @cached_property
    def lost(self) -> frozenset[Hidden]:
        """What earlier months give away by themselves: hiding more in this one cannot take it back."""
        everything = {row.cell for row in self.rows}
        model = next(_consistent(self.hiding(everything, everything)))
        return frozenset(_named(*model.targets[number]) for number in model.narrowed(range(len(model.targets))))

    def hiding(self, cells: Collection[Cell], bases: Collection[Cell]) -> list[_Row]:
        return [*self.before, *(row.without(cells, bases) for row in self.rows)]


def _task(rows: list[_Row], before: list[_Row], threshold: int) -> _Task:
    hidden = {(row.last, row.cell) for row in before if row.met is None}
    bases_hidden = {(row.last, row.cell) for row in before if row.base is None}
    bases = {row.cell for row in rows if 0 < (row.base or 0) < threshold or (row.last, row.cell) in bases_hidden}
    small = {row.cell for row in rows if any(0 < count < threshold for count in (row.met or 0, row.complement))}
    # an earlier version of the month is of another truth, or shows at least as much: it has nothing to add
    others = [row for row in before if (row.first, row.last) != (rows[0].first, rows[0].last)]
    touching = next(part for part in _overlapping([*others, *rows]) if rows[0] in part)
    return _Task(
        rows,
        [row for row in touching if row.table != rows[0].table],
        frozenset(small | bases | {row.cell for row in rows if (row.last, row.cell) in hidden}),
        frozenset(bases),
    )


Chosen = tuple[frozenset[Cell], frozenset[Cell]]
"""The cells whose count is hidden, and among them those whose base is."""


TRIES = 100
"""So many ways of hiding are attacked before all of a group is hidden."""


def _choose(tasks: list[_Task], entwined: bool) -> list[Chosen]:
    """The least to hide in each measure of a group that gives nothing away; everything where nothing less is found."""
    size: dict[Cell, int] = {}
    for task in tasks:
        for row in task.rows:
            size[row.cell] = size.get(row.cell, 0) + (row.base or 0)
    anyway = frozenset[Cell]().union(*(task.met if entwined else task.base for task in tasks))
    tried = 0
    for bases in _ways(anyway, size):
        if not all(_alone([row.base or 0 for row in task.rows], task.rows, bases) for task in tasks):
            continue
        chosen: list[Chosen] = []
        for task in tasks:
            for cells in [bases] if entwined else _ways(task.met | bases, size):
                if not _can_be_safe(task.rows, cells):
                    continue
                if tried == TRIES:
                    break
                tried += 1
                if _safe(task, cells, bases):
                    chosen.append((cells, bases))
                    break
            else:
                break
        if len(chosen) == len(tasks):
            return chosen
    everything = frozenset(size)
    return [(everything, everything) for _ in tasks]


MANY = 8
"""Of more cells than this not all combinations are tried: three more, or all."""


def _ways(anyway: frozenset[Cell], size: dict[Cell, int]) -> list[frozenset[Cell]]:
    """The sets of cells that may be hidden, `anyway` among them, the least first; empty cells stay."""
    free = [cell for cell in size if cell not in anyway and size[cell]]
    few = len(free) <= MANY
    ways = [frozenset(way) for count in range((len(free) if few else 3) + 1) for way in combinations(free, count)]
    if not few:
        ways.append(frozenset(free))
    ways.sort(key=lambda way: (len(way), WHOLE in way, sum(size[cell] for cell in way)))
    return [anyway | way for way in ways]


def _alone(counts: list[int], rows: list[_Row], cells: frozenset[Cell]) -> bool:
    """Whether hidden counts can be safe at all: in their own table one is what the others lack.

    Where the whole is shown, the hidden ones share what is left of it.
    """
    if all(row.cell is WHOLE for row in rows):
        return True
    hidden = [count for count, row in zip(counts, rows, strict=True) if row.cell in cells and row.cell is not WHOLE]
    if WHOLE in cells:
        return len(hidden) > 0
    return not hidden or (len(hidden) > 1 and sum(hidden) >= VALUES - 1)


def _can_be_safe(rows: list[_Row], cells: frozenset[Cell]) -> bool:
    return _alone([row.met or 0 for row in rows], rows, cells) and _alone([row.complement for row in rows], rows, cells)


def _safe(task: _Task, cells: frozenset[Cell], bases: frozenset[Cell]) -> bool:
    """Whether the new table, with those before it, gives nothing away that is not lost already."""
    rows = task.hiding(cells, bases)
    if all(row.met is not None for row in rows):
        return True
    model = next(_consistent(rows))
    if not model.narrowed(range(len(model.targets)), first_only=True):
        return True
    left = [number for number, target in enumerate(model.targets) if _named(*target) not in task.lost]
    return len(left) < len(model.targets) and not model.narrowed(left, first_only=True)


def _named(row: _Row, count: str) -> Hidden:
    return row.table, row.last, row.cell, count


def _overlapping(rows: list[_Row]) -> list[list[_Row]]:
    """Rows of one measure, split where no window reaches from one part into the next; oldest part first."""
    parts: list[list[_Row]] = []
    until = dt.date.min
    for row in sorted(rows, key=lambda row: (row.first, row.last)):
        if not parts or row.first > until:
            parts.append([])
        parts[-1].append(row)
        until = max(until, row.last)
    return parts


def _consistent(rows: list[_Row]) -> Iterator["_Model"]:
    """Models of tables that can all be true: the newest table first, with as many before it as fit.

    Of a month that was corrected the older version is left out first.
    """
    numbers = sorted({row.table for row in rows})
    while numbers:
        together = numbers
        model = _Model(_of(rows, together))
        if not model.possible:
            newest = {(row.first, row.last): row.table for row in sorted(rows, key=lambda row: row.table)}
            together = sorted(set(newest.values()).intersection(numbers)) or numbers
            start = 0
            model = _Model(_of(rows, together))
            if not model.possible:  # the fewer tables, the fewer contradictions
                low, high = 1, len(together) - 1
                while low < high:
                    middle = (low + high) // 2
                    low, high = (low, middle) if _Model(_of(rows, together[middle:])).possible else (middle + 1, high)
                start = min(low, len(together) - 1)
                model = _Model(_of(rows, together[start:]))
                if not model.possible:
                    raise ValueError(f"{rows[0].measure}: the centres of a table do not add up to its whole")
            together = together[start:]
        yield model
        numbers = [number for number in numbers if number not in together]


def _of(rows: list[_Row], numbers: Collection[int]) -> list[_Row]:
    return [row for row in rows if row.table in numbers]


class _Model:
    """Tables of one measure as equations in whole numbers: met and not met of each centre between two borders.

    The borders are where a window begins or has ended, so that every window is a sum of stretches between them.
    """

    def __init__(self, rows: list[_Row]) -> None:
        self.rows = rows
        self.borders = sorted({row.first for row in rows} | {row.last + dt.timedelta(days=1) for row in rows})
        self.cells = sorted({row.cell for row in rows if row.cell is not WHOLE}, key=str) or [None]
        shape = (2, len(self.cells), len(self.borders) - 1)
        self.places = np.arange(np.prod(shape)).reshape(shape)
        """Kind (met, not met), centre, stretch -> number of the unknown."""
        self.cap = sum(row.base or row.met or 0 for row in rows) + VALUES
        """More than any count that has a limit."""
        self.alone = [row for row in rows if row.cell is WHOLE and (row.table, row.last) not in self._divided()]
        """The wholes of tables that name no centre."""
        self.targets = [
            (row, count)
            for row in rows
            for count in ("met", "complement", "base")
            if (row.base if count == "base" else row.met) is None
        ] + [
            (replace(row, cell=cell, met=None, base=None), count)
            for row in self.alone
            for cell in self.cells
            for count, most in (("met", row.met), ("complement", row.rest), ("base", row.base))
            if most != 0 and len(self.cells) > 1
        ]
        self.equations = self._equations()
        self.sums = self._matrix([self._unknowns(row, count) for row, count in self.targets])

    def _divided(self) -> set[tuple[int, dt.date]]:
        return {(row.table, row.last) for row in self.rows if row.cell is not WHOLE}

    def _unknowns(self, row: _Row, count: str) -> dict[int, float]:
        kinds = {"met": [0], "complement": [1], "base": [0, 1]}[count]
        centers = range(len(self.cells)) if row.cell is WHOLE else [self.cells.index(row.cell)]
        begins, ends = self.borders.index(row.first), self.borders.index(row.last + dt.timedelta(days=1))
        return {int(n): 1.0 for n in self.places[np.ix_(kinds, centers, range(begins, ends))].ravel()}

    def _matrix(self, lines: list[dict[int, float]]) -> Any:
        entries = [(number, place, value) for number, line in enumerate(lines) for place, value in line.items()]
        numbers, places, values = zip(*entries, strict=True) if entries else ((), (), ())
        return csr_array((values, (numbers, places)), shape=(len(lines), self.places.size), dtype=float)

    def _equations(self) -> tuple[Any, list[float], list[float]]:
        lines, low, high = [], [], []

        def add(line: dict[int, float], least: float, most: float) -> None:
            lines.append(line)
            low.append(least)
            high.append(most)

        for row in self.rows:
            if row.met is not None:
                add(self._unknowns(row, "met"), row.met, row.met)
            if row.base is not None:
                add(self._unknowns(row, "base"), row.base, row.base)
            if row.rate is not None and row.met is None:
                met, base = self._unknowns(row, "met"), self._unknowns(row, "base")
                edge = 0 if row.rate in (0, 1) else 0.005  # only everything is 100 %, and only nothing 0 %
                for share, least, most in (
                    (round(row.rate, 2) - edge, 0.0, np.inf),
                    (round(row.rate, 2) + edge, -np.inf, 0.0),
                ):
                    add({place: (place in met) - share for place in base}, least, most)
        alone = {(row.table, row.first, row.last) for row in self.alone}
        windows = {(row.table, row.first, row.last): row for row in self.rows}
        listed = {(row.table, row.first, row.last, row.cell) for row in self.rows}
        for (table, first, last), row in windows.items():
            for cell in self.cells:  # a centre that is not in a table had nobody
                if (table, first, last, cell) not in listed and (table, first, last) not in alone:
                    add(self._unknowns(replace(row, cell=cell), "base"), 0, 0)
        return self._matrix(lines), low, high

    def solve(self, direction: Any, also: tuple[Any, list[int], list[int]] | None = None) -> list[int] | None:
        """The hidden counts of a solution that is least in a direction of the hidden counts; None where there is none.

        `also`: which more sums of the unknowns, with their least and largest values.
        """
        matrix, low, high = self.equations
        constraints = [LinearConstraint(matrix, low, high)] if low else []
        if also is not None:
            constraints.append(LinearConstraint(*also))
        goal = direction @ self.sums if len(self.targets) else np.zeros(self.places.size)
        for integrality in (0, 1):  # fractions first: their answer is mostly whole already, and sooner there
            found = milp(goal, constraints=constraints, bounds=Bounds(0, self.cap), integrality=integrality)
            if found.status == 2:
                return None
            if found.status != 0:
                raise ArithmeticError(f"the solver gave up: {found.message}")
            whole = np.rint(found.x)
            if np.abs(found.x - whole).max(initial=0) < 1e-6:
                break
        sums = matrix @ whole
        if not (np.all(sums >= np.array(low) - 1e-6) and np.all(sums <= np.array(high) + 1e-6)):
            raise ArithmeticError("the solver's answer does not fulfil the equations")
        return [int(value) for value in np.rint(self.sums @ whole)]

    @cached_property
    def possible(self) -> bool:
        """Whether the tables can all be true."""
        return self.solve(np.zeros(len(self.targets))) is not None

    def extreme(self, number: int, sign: int) -> list[int]:
        """A solution where a hidden number is as small (1) or as large (-1) as it can be."""
        direction = np.zeros(len(self.targets))
        direction[number] = sign
        found = self.solve(direction)
        assert found is not None
        return found

    def between(self, numbers: list[int], low: list[int], high: list[int]) -> list[int] | None:
        """A solution where hidden numbers lie between two values each, these not included."""
        also = (self.sums[numbers], [least + 1 for least in low], [most - 1 for most in high])
        return self.solve(np.zeros(len(self.targets)), also)

    def narrowed(self, asked: Iterable[int], *, first_only: bool = False) -> list[int]:
        """Those of the hidden numbers asked for that fewer than `VALUES` values are possible of.

        A few solutions in varied directions show at once that most can be several things. What is left over is
        asked about one by one, and each answer tells something of the others too.
        """
        # what is not met of a base that is shown can be as many things as what is
        seen = {n: set[int]() for n in asked if self.targets[n][1] != "complement" or self.targets[n][0].base is None}

        def learn(solution: list[int] | None) -> None:
            if solution is not None:
                for number, values in seen.items():
                    values.add(solution[number])

        def open_ones() -> list[int]:
            return [number for number, values in seen.items() if len(values) < VALUES]

        chance = np.random.default_rng(0)
        for turn in range(AROUND):
            if not (left := open_ones()):
                return []
            direction = np.zeros(len(self.targets))
            direction[left] = (1, -1)[turn] if turn < 2 else chance.uniform(-1, 1, len(left))
            learn(self.solve(direction))
        found = []
        for number in open_ones():
            for step in (1, -1, 0):
                if len(seen[number]) >= VALUES:
                    break
                if step:
                    learn(self.extreme(number, step))
                elif max(seen[number]) - min(seen[number]) > 1:
                    wide = [each for each in open_ones() if max(seen[each]) - min(seen[each]) > 1]
                    for numbers in (wide, [number]):
                        ends = [min(seen[each]) for each in numbers], [max(seen[each]) for each in numbers]
                        if (solution := self.between(numbers, *ends)) is not None:
                            learn(solution)
                            break
            if len(seen[number]) < VALUES:
                found.append(number)
                if first_only:
                    break
        return found

"""What a page reads out of the assessed frame for a selection: every figure now, before, by month and by centre.

Knows no Streamlit. Nothing is counted here: `metrics.assess.figures` counts, once a grouping for all measures.
"""

import datetime as dt
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from itertools import accumulate
from typing import Any, TypeVar, TypeVarTuple

import polars as pl

from metrics import trend
from metrics.assess import BY_KEY, Assessed, Cut, figures, stock_days
from metrics.compare import against_others, before
from metrics.measure import Benchmark, Counts, Measure
from metrics.trend import Rebase
from ui import texts

UNKNOWN_SHARE = 0.05
"""With more unknown than this the rate is given with its bounds."""
HISTORY_YEARS = 2
"""So far before the first delivery the expected levels begin: what is older was registered before anybody looked."""


Made = TypeVar("Made")
First = TypeVar("First", bound=Hashable)
About = TypeVarTuple("About")


@dataclass(frozen=True)
class Figure:
    """What became of the units of one measure: counts, rates as fractions, and their Wilson 95 % intervals."""

    base: int
    met: int
    late: int
    overdue: int
    missing: int
    unmet: int
    excused: int
    lapsed: int
    unknown: int
    pending: int
    rate: float | None
    low: float | None
    high: float | None
    audit_rate: float | None
    audit_low: float | None
    audit_high: float | None

    @property
    def deviations(self) -> int:
        """The units behind the deviations link."""
        return self.late + self.overdue + self.missing

    @property
    def units(self) -> int:
        """All units, whatever became of them."""
        return self.base + self.excused + self.lapsed + self.unknown + self.pending

    @property
    def audit_base(self) -> int:
        """The base as the focus audit counts it: those with a valid ground stay in."""
        return self.base + self.excused

    @property
    def uncertain(self) -> bool:
        """So many unknown that the rate must be said with its bounds."""
        return self.base > 0 and self.unknown > UNKNOWN_SHARE * self.units


COLUMNS = tuple(field.name for field in fields(Figure))


@dataclass(frozen=True, eq=False)
class Readings:
    """All figures of a selection, by key of the measure. Frames have a row per group, with the columns of `Figure`."""

    now: Mapping[str, Figure]
    before: Mapping[str, Figure]
    """The period before, of the same length."""
    months: Mapping[str, pl.DataFrame]
    """month, preliminary (not all of it is in): the months that a trend shows, oldest first."""
    points: Mapping[str, pl.DataFrame]
    """The trend with what was to be expected: `metrics.trend.Trend.points`."""
    signals: Mapping[str, pl.DataFrame]
    """What falls outside it, newest last: `metrics.trend.Trend.signals`."""
    centers: Mapping[str, pl.DataFrame]
    """center, others_met, others_base, difference, difference_low, difference_high: every centre, chosen or not, in
    organisational order; null = without one, only where there are any."""
    _made: dict[tuple[Hashable, Hashable], tuple[Any, Any]] = field(default_factory=dict, repr=False)

    def once(self, make: Callable[["Readings", First, *About], Made], first: First, *about: *About) -> Made:
        """What `make` makes of these readings and some plain values, a measure or theme first: made the first time.

        Of each measure or theme the newest is kept: with what a colleague saves, the values are others.
        """
        found = self._made.get((make, first))
        if found is None or found[0] != about:
            found = self._made[make, first] = about, make(self, first, *about)
        return found[1]


def read(
    assessed: Assessed, cut: Cut, centers: Sequence[str], since: dt.date, rebases: Sequence[Rebase] = ()
) -> Readings:
    """Count everything once for a selection. `centers` in organisational order; `since`, `rebases` as in `trend`."""
    place = {name: number for number, name in enumerate(centers)}
    some = pl.sum_horizontal("base", "excused", "lapsed", "unknown", "pending") > 0
    beside = ("others_met", "others_base", "difference", "difference_low", "difference_high")
    by_center = (
        _numbers(against_others(figures(assessed, replace(cut, centers=None), "center")), "measure", "center", *beside)
        .filter(pl.col("center").is_not_null() | some)
        .sort(
            pl.col("center").replace_strict(place, default=len(place), return_dtype=pl.Int64),
            "center",
            nulls_last=True,
            maintain_order=True,
        )
    )
    moves = trend.follow(assessed, cut, since, rebases)
    return Readings(
        _by_key(figures(assessed, cut)),
        _by_key(figures(assessed, before(cut))),
        _ByMeasure(_numbers(moves.months, "measure", "month", "preliminary")),
        _ByMeasure(moves.points.with_columns(pl.col("measure").cast(pl.String))),
        _ByMeasure(moves.signals.with_columns(pl.col("measure").cast(pl.String))),
        _ByMeasure(by_center),
    )


class _ByMeasure(Mapping[str, pl.DataFrame]):
    """The rows of each measure, cut out when asked for: hundreds of small frames would hold four times the memory."""

    def __init__(self, frame: pl.DataFrame) -> None:
        rows = frame.sort("measure", maintain_order=True).rechunk()
        lengths = rows.group_by("measure", maintain_order=True).len().rows()
        self._rows = rows.drop("measure")
        ends = accumulate(length for _, length in lengths)
        self._places = {key: (end - length, length) for (key, length), end in zip(lengths, ends, strict=True)}

    def __getitem__(self, key: str) -> pl.DataFrame:
        return self._rows.slice(*self._places.get(key, (0, 0)))

    def __iter__(self) -> Iterator[str]:
        return iter(BY_KEY)

    def __len__(self) -> int:
        return len(BY_KEY)


def _numbers(frame: pl.DataFrame, *keep: str) -> pl.DataFrame:
    return frame.with_columns(pl.col("measure").cast(pl.String)).select(*keep, *COLUMNS)


def _by_key(frame: pl.DataFrame) -> dict[str, Figure]:
    return {row.pop("measure"): Figure(**row) for row in _numbers(frame, "measure").to_dicts()}


def history_from(first: dt.date) -> dt.date:
    """The first day of the month that expected levels are counted from, of the day of the first delivery."""
    return first.replace(year=first.year - HISTORY_YEARS, day=1)


@lru_cache(1000)
def days_read(cut: Cut, view_date: dt.date, since: dt.date) -> frozenset[dt.date]:
    """Every day on which `read` looks at stock measures."""
    by_month = trend.days_read(cut, view_date, since)
    return frozenset((*stock_days(cut, view_date), *stock_days(before(cut), view_date), *by_month))


def change(now: Figure, before: Figure) -> float | None:
    """How many percentage points the rate has moved; none where either base is too small to compare."""
    if now.rate is None or before.rate is None or min(now.base, before.base) < texts.UNCERTAIN:
        return None
    return (now.rate - before.rate) * 100


def judge(measure: Measure, figure: Figure, benchmark: Benchmark) -> texts.Verdict:
    """How a figure stands to a benchmark.

    Good or bad only against the country: another municipality is no yardstick, and a share without a duty has no
    good side unless it is to be low.
    """
    audit = benchmark.audit
    verdict = texts.verdict(
        figure.audit_base if audit else figure.base,
        figure.audit_low if audit else figure.low,
        figure.audit_high if audit else figure.high,
        benchmark.rate,
        lower_is_better=measure.lower_is_better,
        not_comparable=benchmark.not_comparable,
        against="landet" if benchmark.area == "hele landet" else benchmark.area,
    )
    directed = benchmark.area == "hele landet" and (measure.lower_is_better or not isinstance(measure.must, Counts))
    return verdict if directed else replace(verdict, tone="neutral")


def judge_target(measure: Measure, figure: Figure, target: float) -> texts.Verdict:
    """How a figure stands to the municipality's own target: it is to be reached, or not exceeded."""
    return texts.verdict(
        figure.base, figure.low, figure.high, target, lower_is_better=measure.lower_is_better, against="målet"
    )


def tone(measure: Measure, side: str) -> texts.Tone:
    """Whether a signal on a `side` ("low", "high") is good or bad; neither for a share without a good side."""
    if isinstance(measure.must, Counts) and not measure.lower_is_better:
        return "neutral"
    return "good" if (side == "low") == measure.lower_is_better else "bad"


def national(measure: Measure) -> Benchmark | None:
    """The figure for the whole country, if the audit has one."""
    return next((benchmark for benchmark in measure.benchmarks if benchmark.area == "hele landet"), None)


def reference(measure: Measure) -> float | None:
    """The national figure where a rate may be drawn beside it: counted on the same base."""
    benchmark = national(measure)
    return benchmark.rate if benchmark and not benchmark.not_comparable and not benchmark.audit else None


# --- what falls outside the expected ------------------------------------------------------------------


@dataclass(frozen=True)
class Signal:
    """What falls outside the expected: in a sentence, in a few words, and with its sign."""

    text: str
    short: str
    sign: str
    tone: texts.Tone
    to: dt.date
    """Last day of it."""


WORST_FIRST: tuple[texts.Tone, ...] = ("bad", "good", "neutral")


def signal(measure: Measure, signals: pl.DataFrame) -> Signal | None:
    """The current signal that a leader should see first: a bad one before a good, then the newest.

    `signals` as in `Readings`, newest last.
    """
    every = said(measure, signals, current=True)
    return min(reversed(every), key=lambda one: WORST_FIRST.index(one.tone), default=None)


def said(measure: Measure, signals: pl.DataFrame, *, current: bool | None = None) -> list[Signal]:
    """Signals in words, in the order given; `current`: only those that are, or only those that are not."""
    return [_said(measure, **row) for row in signals.iter_rows(named=True) if current in (None, row["current"])]


def _said(
    measure: Measure, side: str, month: dt.date, to: dt.date, points: int, months: int, met: int, base: int, **_: Any
) -> Signal:
    its_tone = tone(measure, side)
    return Signal(
        texts.signal(side, month, to, points, months, met, base),
        texts.signal_short(side, month, to, points, months),
        texts.signal_sign(side, its_tone),
        its_tone,
        to,
    )


def unexpected(readings: Readings) -> list[tuple[Measure, Signal]]:
    """The measures with a current signal, each with the one that says most: the bad first, then the newest."""
    found = [
        (measure, first)
        for measure in BY_KEY.values()
        if (first := signal(measure, readings.signals[measure.key])) is not None
    ]
    return sorted(found, key=lambda row: (WORST_FIRST.index(row[1].tone), -row[1].to.toordinal()))

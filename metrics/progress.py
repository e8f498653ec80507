"""How it goes for the youths of the intervention group: their wellbeing, their steps, and how long cases last.

A youth's change is between the first and the last measurement in a window. Nothing is said of fewer than five.
Source: `semantics.md` §6 of the design; WHO-5: a group's mean change is felt from 10 points, one youth's is real from
24, the bands are those of the WHO-5's Danish guide.
"""

import datetime as dt
from dataclasses import dataclass, replace
from math import sqrt

import polars as pl

from metrics.assess import Assessed, Cut, month_ends, select
from metrics.facts.progression import FIELDS
from metrics.statistics import cumulative, median_wait

WINDOWS = (3, 6)
"""Months up to the end of the period."""
FEW, SURE = 5, 10
"""Fewer pairs than FEW say nothing; from SURE on a change may be called felt."""
FELT, REAL = 10, 24
"""Points of WHO-5: a group's mean change is felt, and one youth's is real, from."""
BANDS = (35, 50, 100)
"""The highest WHO-5 of each band: risk of depression, low wellbeing, no sign of strain."""
FOLLOWED = 36
"""Months back that a case may have begun, for how long cases last."""


@dataclass(frozen=True)
class Window:
    """The days that are looked at, both included, and who is in the intervention group on the last of them."""

    first: dt.date
    last: dt.date
    youths: int


@dataclass(frozen=True)
class Change:
    """WHO-5 of the youths measured on two days or more in a window. None where there are fewer than five."""

    window: Window
    pairs: int
    mean: float | None = None
    """Points, last minus first."""
    low: float | None = None
    high: float | None = None
    """The 95 % interval of the mean (Student's t)."""
    up: int | None = None
    down: int | None = None
    """Youths whose own change is real."""
    before: tuple[int, ...] | None = None
    now: tuple[int, ...] | None = None
    """Youths in each of `BANDS` at the first and at the last measurement."""

    @property
    def felt(self) -> bool:
        """Whether the mean is a change that is felt, and of enough youths to say so."""
        return self.mean is not None and self.pairs >= SURE and abs(self.mean) >= FELT


@dataclass(frozen=True, eq=False)
class Steps:
    """BIP in a window, one indicator at a time: there is no sum."""

    window: Window
    indicators: pl.DataFrame
    """indicator (null = not said), measured (youths), pairs, up, same, down (null of fewer than five pairs)."""
    values: pl.DataFrame
    """indicator, value, count: each youth's last value; no row of fewer than five youths."""


@dataclass(frozen=True, eq=False)
class Length:
    """How long cases last, by Kaplan and Meier: those that are still open are followed to the view date."""

    since: dt.date
    """First day on which they may have begun."""
    cases: int
    still_open: int
    median: int | None
    """First day on which half of them are closed; None = not reached."""
    low: int | None
    high: int | None
    curve: pl.DataFrame
    """day, at_risk, events, had, low, high: as `statistics.cumulative`; had = closed."""


def who5(assessed: Assessed, cut: Cut, months: int) -> Change:
    """How the wellbeing of the group has changed in the months up to the end of a cut.

    The youths are chosen by the cut on its last day; what counts of them was measured where the cut looks. Only total
    scores, which have no indicator, and none outside 0–100.
    """
    window, measured = _measured(assessed, cut, months, "who5")
    total = measured.filter(pl.col("indicator").is_null() & pl.col("value").is_between(0, 100))
    pairs = _first_and_last(total, []).filter(pl.col("days") > 1)
    if len(pairs) < FEW:
        return Change(window, len(pairs))
    change = pairs["last"] - pairs["first"]
    mean, low, high = _mean(change)
    return Change(
        window,
        len(pairs),
        mean,
        low,
        high,
        up=int((change >= REAL).sum()),
        down=int((change <= -REAL).sum()),
        before=_banded(pairs["first"]),
        now=_banded(pairs["last"]),
    )


def bip(assessed: Assessed, cut: Cut, months: int) -> Steps:
    """Where the group stands on each indicator of BIP, and which way it went. Chosen as in `who5`."""
    window, measured = _measured(assessed, cut, months, "bip")
    youths = _first_and_last(measured, ["indicator"]).with_columns(
        pair=pl.col("days") > 1, step=(pl.col("last") - pl.col("first")).sign()
    )
    pairs = pl.col("pair").sum()

    def went(step: int) -> pl.Expr:
        return pl.when(pairs >= FEW).then((pl.col("pair") & (pl.col("step") == step)).sum())

    indicators = youths.group_by("indicator").agg(
        measured=pl.len(), pairs=pairs, up=went(1), same=went(0), down=went(-1)
    )
    told = indicators.filter(pl.col("measured") >= FEW).select("indicator")
    values = (
        youths.join(told, on="indicator", how="semi", nulls_equal=True)
        .group_by("indicator", value="last")
        .agg(count=pl.len())
    )
    return Steps(
        window,
        indicators.cast({"measured": pl.Int64, "pairs": pl.Int64}).sort("indicator", nulls_last=True),
        values.cast({"count": pl.Int64}).sort("indicator", "value", nulls_last=True),
    )


def length(assessed: Assessed, cut: Cut) -> Length:
    """How long the cases of a cut last that began in the three years up to its end."""
    last = cut.last_day(assessed.view_date)
    since = _months_before(last, FOLLOWED)
    stop = pl.coalesce("closed_on", pl.lit(assessed.view_date))
    cases = assessed.cases.filter(
        cut.who() & pl.col("held") & pl.col("first_enquiry_on").is_between(since, last)
    ).select(
        days=(stop - pl.col("first_enquiry_on")).dt.total_days(),
        closed=pl.col("closed_on").is_not_null(),
    )
    cases = cases.filter(pl.col("days") >= 0)  # closed before it began: a wrong date
    curve = cumulative(cases["days"], cases["closed"], pl.repeat(False, len(cases), eager=True))
    median, low, high = median_wait(curve)
    return Length(since, len(cases), int((~cases["closed"]).sum()), median, low, high, curve)


def fields(assessed: Assessed, cut: Cut) -> pl.DataFrame:
    """field, center, met, base: how many of the group have each field filled, in the order of `FIELDS`; by centre."""
    rows = select(assessed.outcomes, cut, assessed.view_date).filter(pl.col("measure") == "field_coverage")
    place = {field: number for number, field in enumerate(FIELDS)}
    return (
        rows.with_columns(field=pl.col("unit_id").str.split("|").list.last())
        .filter(pl.col("field").is_in(FIELDS))  # the number of a protected case that is held elsewhere says no field
        .group_by("field", "center")
        .agg(met=(pl.col("outcome") == "met").sum().cast(pl.Int64), base=pl.len().cast(pl.Int64))
        .sort(pl.col("field").replace_strict(place, return_dtype=pl.Int64), "center", nulls_last=True)
    )


def through(assessed: Assessed, cut: Cut, key: str, months: int = 12) -> pl.DataFrame:
    """day, count: how many units a stock distribution counts on the month ends before a cut's last day, and on it."""
    days = pl.DataFrame({"day": month_ends(cut.last_day(assessed.view_date), months)}, schema={"day": pl.Date})
    counted = (
        assessed.distributions.filter((pl.col("measure") == key) & cut.who())
        .group_by(day="on")
        .agg(count=pl.col("unit_id").n_unique().cast(pl.Int64))
    )
    return days.join(counted, on="day", how="left", maintain_order="left").with_columns(pl.col("count").fill_null(0))


def _measured(assessed: Assessed, cut: Cut, months: int, instrument: str) -> tuple[Window, pl.DataFrame]:
    """The window, and what was measured in it of those who are in the group on its last day, oldest first."""
    last = cut.last_day(assessed.view_date)
    first = _months_before(last, months)
    group = assessed.distributions.filter(
        (pl.col("measure") == "intervention_group")
        & (pl.col("value") == "indsatsgruppe")
        & (pl.col("on") == last)
        & cut.who()
    ).select("unit_id")
    where = replace(cut, categories=None, ages=None).who()
    measured = (
        assessed.readings.filter(
            (pl.col("instrument").str.to_lowercase() == instrument) & pl.col("on").is_between(first, last) & where
        )
        .join(group, on="unit_id", how="semi")
        .sort("on", "case_id")
    )
    return Window(first, last, group["unit_id"].n_unique()), measured


def _months_before(last: dt.date, months: int) -> dt.date:
    """The first day of the months up to and with `last`."""
    back: dt.date = pl.select(pl.lit(last).dt.offset_by(f"-{months}mo")).item()
    return back + dt.timedelta(days=1)


def _first_and_last(measured: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """unit_id, first, last, days (how many days were measured on); the last row counts of two from one day."""
    return (
        measured.unique(["unit_id", *by, "on"], keep="last", maintain_order=True)
        .group_by("unit_id", *by)
        .agg(first=pl.col("value").first(), last=pl.col("value").last(), days=pl.len())
    )


def _mean(changes: pl.Series) -> tuple[float, float, float]:
    """The mean with the ends of its 95 % interval; of five or more."""
    from scipy.stats import t  # takes a second to load

    mean, spread = float(changes.mean()), float(changes.std())  # type: ignore[arg-type]
    reach = float(t.ppf(0.975, len(changes) - 1)) * spread / sqrt(len(changes))
    return mean, mean - reach, mean + reach


def _banded(values: pl.Series) -> tuple[int, ...]:
    """How many values lie in each of `BANDS`."""
    at_most = [int((values <= highest).sum()) for highest in BANDS]
    return tuple(count - below for below, count in zip([0, *at_most], at_most, strict=False))

"""How long units wait: those who began in a period, those who wait now, and the queue through time.

A waiting time belongs to a deadline measure: it begins on the measure's trigger and ends with its `done`. A case that
ends first is a competing end; one that still waits is followed to V. Source: `semantics.md` §6 of the design.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from metrics.assess import Assessed, Cut
from metrics.measure import Waiting
from metrics.statistics import Wait, cumulative, median_wait, xmr

JUDGED_FROM = 10
"""A queue that is shorter on average has no limits."""


@dataclass(frozen=True, eq=False)
class Followed:
    """Those whose wait began in a period: the figures, and the curve they are read from."""

    wait: Wait
    curve: pl.DataFrame
    """day, at_risk, events, had, low, high: as `statistics.cumulative`."""
    deadline: int | None
    """Days that most of them were allowed; None where it is not a number of days that they share."""


def still_waiting(assessed: Assessed, cut: Cut, wait: Waiting) -> pl.DataFrame:
    """The units that wait on V, longest first, whatever the period: rows of the frame with `waited` days."""
    view_date = pl.lit(assessed.view_date)
    return (
        assessed.outcomes.filter(
            (pl.col("measure") == wait.measure) & pl.col("done").is_null() & (pl.col("ended").is_null()) & cut.who()
        )
        .with_columns(waited=(view_date - pl.col("trigger")).dt.total_days())
        .sort("trigger", "unit_id")
    )


def follow(assessed: Assessed, cut: Cut, wait: Waiting) -> Followed:
    """How long those who began in the period of a cut wait, and who waits now."""
    return _followed(began(assessed, cut, wait), still_waiting(assessed, cut, wait), assessed.view_date)


def by_center(assessed: Assessed, cut: Cut, wait: Waiting, centers: Sequence[str]) -> list[tuple[str | None, Wait]]:
    """The same of each centre of the cut, in the order given; those without one last, where there are any."""
    everybody, now = began(assessed, cut, wait), still_waiting(assessed, cut, wait)
    found = []
    for name in (*(name for name in centers if cut.centers is None or name in cut.centers), None):
        of_it = pl.col("center").eq_missing(name)
        theirs, waiting = everybody.filter(of_it), now.filter(of_it)
        if name or len(theirs) or len(waiting):
            found.append((name, _followed(theirs, waiting, assessed.view_date).wait))
    return found


def queue(assessed: Assessed, cut: Cut, wait: Waiting, days: Sequence[dt.date]) -> pl.DataFrame:
    """How many waited on each day: month (its first day), waiting, overdue, level, low, high, signal.

    The limits are those of an XmR chart over all but the newest day, but no narrower than three times the root of
    the mean: whoever waits long stands in several month ends, so that these move less than they may. None where fewer
    than ten wait on average: one more or less means nothing then. By the centre and age of the judging, as everywhere.
    """
    units = assessed.outcomes.filter((pl.col("measure") == wait.measure) & cut.who()).select(
        "trigger", "due", stop=pl.min_horizontal("done", "ended")
    )
    counted = (
        pl.DataFrame({"day": list(days)}, schema={"day": pl.Date})
        .join_where(units, pl.col("trigger") <= pl.col("day"))
        .filter(pl.col("stop").is_null() | (pl.col("stop") > pl.col("day")))
        .group_by("day")
        .agg(waiting=pl.len().cast(pl.Int64), overdue=(pl.col("due") < pl.col("day")).sum().cast(pl.Int64))
    )
    level, _, most = xmr(pl.when(pl.col("day") < max(days, default=dt.date.min)).then("waiting"))
    reach = pl.max_horizontal(most - level, 3 * level.sqrt())
    waiting = pl.col("waiting")
    return (
        pl.DataFrame({"day": sorted(days)}, schema={"day": pl.Date})
        .join(counted, on="day", how="left", maintain_order="left")
        .with_columns(pl.col("waiting", "overdue").fill_null(0))
        .with_columns(level=level, low=(level - reach).clip(lower_bound=0), high=level + reach)
        .with_columns(pl.when(pl.col("level") >= JUDGED_FROM).then(pl.col("level", "low", "high")))
        .select(
            pl.col("day").dt.month_start().alias("month"),
            "waiting",
            "overdue",
            "level",
            "low",
            "high",
            signal=pl.when(waiting < pl.col("low"))
            .then(pl.lit("low"))
            .when(waiting > pl.col("high"))
            .then(pl.lit("high")),
        )
    )


def began(assessed: Assessed, cut: Cut, wait: Waiting) -> pl.DataFrame:
    """The units whose wait began in the period of a cut, oldest first: rows of the frame, and what became of each.

    Adds `days` from the trigger to the event, to the end of the case without it (`ended_first`), or to V (neither).
    """
    return (
        assessed.outcomes.filter(
            (pl.col("measure") == wait.measure) & pl.col("trigger").is_between(cut.date_from, cut.date_to) & cut.who()
        )
        # an event after the case has ended comes too late to be one
        .with_columns(event=pl.col("done").is_not_null() & (pl.col("done") <= pl.col("ended")).fill_null(True))
        .with_columns(ended_first=~pl.col("event") & pl.col("ended").is_not_null())
        .with_columns(
            stop=pl.when("event").then("done").when("ended_first").then("ended").otherwise(pl.lit(assessed.view_date))
        )
        .with_columns(days=(pl.col("stop") - pl.col("trigger")).dt.total_days())
        .filter(pl.col("days") >= 0)  # it cannot have ended before it began: a wrong date, and nobody's wait
        .sort("trigger", "unit_id")
    )


def _followed(units: pl.DataFrame, now: pl.DataFrame, view_date: dt.date) -> Followed:
    curve = cumulative(units["days"], units["event"], units["ended_first"])
    median, low, high = median_wait(curve)
    allowed = (units["due"] - units["trigger"]).dt.total_days().mode().sort()
    return Followed(
        Wait(
            units=len(units),
            median=median,
            low=low,
            high=high,
            waiting=len(now),
            overdue=int((now["due"] < view_date).sum()),
            oldest=int(now["waited"][0]) if len(now) else None,
        ),
        curve,
        int(allowed[-1]) if len(allowed) and allowed[-1] is not None else None,
    )

"""What small numbers can bear: the interval of a rate, and how long units wait.

Source: `semantics.md` §6 of the design; Wilson (1927); Aalen and Johansen (1978).
"""

from dataclasses import dataclass

import polars as pl

Z95 = 1.959963984540054


def wilson(met: pl.Expr, base: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Lower and upper end of the Wilson 95 % interval of met/base; not defined on an empty base."""
    n = base.cast(pl.Float64)
    share = met / n
    centre = share + Z95**2 / (2 * n)
    half = Z95 * (share * (1 - share) / n + Z95**2 / (4 * n**2)).sqrt()
    scale = 1 + Z95**2 / n
    # the ends are exact at 0 and n; rounding must not push them outside [0, 1]
    low = pl.when(met == 0).then(0.0).otherwise((centre - half) / scale)
    high = pl.when(met == base).then(1.0).otherwise((centre + half) / scale)
    return low, high


@dataclass(frozen=True)
class Wait:
    """How long a group waits, in days."""

    units: int
    median: int | None
    """First day on which at least half have had the event; None = not reached."""
    waiting: int
    """Those that still wait."""
    overdue: int
    """Of them: those past their deadline."""
    oldest: int | None
    """Days of the one that has waited longest."""


def median_wait(days: pl.Series, event: pl.Series, ended: pl.Series) -> int | None:
    """The first day on which half of the units have had the event.

    `days` = whole days from the start to the event, the competing end or the view date; `event` and `ended`
    say which of the first two it was (neither: still waiting, censored). Aalen–Johansen: those whose case
    ended for another reason never get the event. Without competing ends it is the Kaplan–Meier median.
    """
    steps = (
        pl.DataFrame({"days": days, "event": event, "ended": ended})
        .group_by("days")
        .agg(events=pl.col("event").sum(), ends=pl.col("ended").sum(), leave=pl.len())
        .sort("days")
        .with_columns(at_risk=pl.col("leave").sum() - pl.col("leave").cum_sum().shift(1, fill_value=0))
        .with_columns(stay=(1 - (pl.col("events") + pl.col("ends")) / pl.col("at_risk")))
        .with_columns(
            had=(pl.col("stay").cum_prod().shift(1, fill_value=1.0) * pl.col("events") / pl.col("at_risk")).cum_sum()
        )
    )
    # the sum is of fractions: half is reached within rounding
    reached = steps.filter(pl.col("had") >= 0.5 - 1e-12)["days"]
    return int(reached[0]) if len(reached) else None

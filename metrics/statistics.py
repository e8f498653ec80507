"""What small numbers can bear: intervals of a rate and of a difference, what to expect, and how long units wait.

Method: `semantics.md` §6 of the design. Sources: Wilson (1927); Newcombe (1998), method 10; Jeffreys' prior and its
beta-binomial prediction; Wheeler (1993) for XmR; Kaplan and Meier (1958); Aalen and Johansen (1978), with the variance
of Marubini and Valsecchi (1995), which is Greenwood's (1926) where nothing competes; Kalbfleisch and Prentice (1980)
for the log-log interval; Brookmeyer and Crowley (1982) for that of the median; Buonaccorsi (1987) for finite
populations.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

Z95 = 1.959963984540054

TAIL = 0.00135
"""What a limit leaves outside on its side: as much as three standard deviations of a normal distribution."""

XMR = 2.66
"""3 / 1.128: from the mean moving range of neighbours to three standard deviations."""

CURVE = pl.Schema(
    {
        "day": pl.Int64(),
        "at_risk": pl.Int64(),
        "events": pl.Int64(),
        "had": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
    }
)
"""How many have had an event by a day, as fractions with their 95 % interval."""

CELLS = 2**18
"""Probabilities worked out at a time: what fits in the cache of a processor."""

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


# Rates


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


def newcombe(met: pl.Expr, base: pl.Expr, other_met: pl.Expr, other_base: pl.Expr) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """met/base - other_met/other_base with the lower and upper end of its 95 % interval, as fractions.

    Newcombe's hybrid score interval: the distances from each rate to its Wilson ends, put together. Null where
    either base is empty.
    """
    share, other = met / base.cast(pl.Float64), other_met / other_base.cast(pl.Float64)
    low, high = wilson(met, base)
    other_low, other_high = wilson(other_met, other_base)
    difference = share - other
    below = ((share - low) ** 2 + (other_high - other) ** 2).sqrt()
    above = ((high - share) ** 2 + (other - other_low) ** 2).sqrt()
    both = pl.when((base > 0) & (other_base > 0))
    return both.then(difference), both.then(difference - below), both.then(difference + above)


@cache
def interval(met: int, base: int) -> tuple[float, float] | None:
    """The Wilson 95 % interval of one rate, as fractions; None on an empty base."""
    if not base:
        return None
    low, high = wilson(pl.lit(met), pl.lit(base))
    [found] = pl.select(low.alias("low"), high.alias("high")).rows()
    return found


@cache
def difference(met: int, base: int, other_met: int, other_base: int) -> tuple[float, float, float] | None:
    """`newcombe` of two rates, as fractions: the difference, its lower and its upper end; None on an empty base."""
    if not (base and other_base):
        return None
    value, low, high = newcombe(*(pl.lit(count, dtype=pl.Int64) for count in (met, base, other_met, other_base)))
    [found] = pl.select(value.alias("value"), low.alias("low"), high.alias("high")).rows()
    return found


def finite_population(found: int, sample: int, population: int, level: float = 0.95) -> tuple[float, float]:
    """Lower and upper end of the interval for a share of the population, of which `found` of `sample` drawn have it.

    Exact, as fractions of the population: from the fewest to the most that leave both tails of the hypergeometric
    distribution above (1 - level) / 2. A whole population leaves no doubt, an empty sample no knowledge: (0, 1).
    ValueError if not 0 <= found <= sample <= population and 0 < level < 1.
    """
    if not (0 <= found <= sample <= population and 0 < level < 1):
        raise ValueError(f"{found} of {sample} drawn from {population} at level {level} cannot be")
    if sample == 0:
        return 0.0, 1.0
    # takes a second to load, and a sample is rare
    from scipy.stats import hypergeom

    tail = (1 - level) / 2 * (1 + 1e-12)  # one of 40 is not above 0.025, whatever the rounding
    having = range(found, population - sample + found + 1)
    # the more there are, the likelier as many as found, and the less likely as few
    fewest = bisect_right(having, tail, key=lambda k: hypergeom.sf(found - 1, population, k, sample))
    beyond = bisect_left(having, -tail, key=lambda k: -hypergeom.cdf(found, population, k, sample))
    return having[fewest] / population, having[beyond - 1] / population


# Signals


def expected(n: npt.ArrayLike, met: npt.ArrayLike, base: npt.ArrayLike, tail: float = TAIL) -> tuple[Whole, Whole]:
    """The smallest and the largest count to be expected of n new units after a baseline of `met` of `base`.

    The count is beta-binomial (n, met + 1/2, base - met + 1/2): chance, and that the rate is only known from a
    baseline. The limits are the smallest k with P(X <= k) >= tail and >= 1 - tail, as scipy's `ppf` has them; a
    count outside them is a signal. A large baseline gives the limits of Binomial(n, met / base). An empty one says
    nothing: (0, n). The arguments are broadcast; `met` and `base` may be fractional.
    ValueError if n is not a count, or not 0 <= met <= base.
    """
    rows, back = _distinct(n, met, base)
    limits = np.zeros((2, len(rows)), dtype=np.int64)
    for block, chance in _predicted(rows):
        at_most = chance.cumsum(axis=1)
        limits[0, block] = (at_most < tail).sum(axis=1)
        limits[1, block] = (at_most < 1 - tail).sum(axis=1)
    new, known = rows[:, 0].astype(np.int64), rows[:, 2] > 0
    # the sum of all may fall short of 1 by rounding
    low, high = np.where(known, limits[0], 0), np.where(known, np.minimum(limits[1], new), new)
    return low[back], high[back]


def surprise(x: npt.ArrayLike, n: npt.ArrayLike, met: npt.ArrayLike, base: npt.ArrayLike) -> Floats:
    """How improbable it is to see x of n or something further out, after a baseline of `met` of `base`.

    The smaller of P(X <= x) and P(X >= x) under the distribution of `expected`. Nothing is surprising after an
    empty baseline: 1. The arguments are broadcast; ValueError as for `expected`.
    """
    rows, back = _distinct(n, met, base, x)
    tails = np.ones(len(rows))
    for block, chance in _predicted(rows):
        counts, seen = np.arange(chance.shape[1]), rows[block, 3, None]
        at_most = (chance * (counts <= seen)).sum(axis=1)
        at_least = (chance * (counts >= seen)).sum(axis=1)
        tails[block] = np.minimum(np.minimum(at_most, at_least), 1)
    return np.where(rows[:, 2] > 0, tails, 1.0)[back]


def _distinct(n: npt.ArrayLike, met: npt.ArrayLike, base: npt.ArrayLike, *more: npt.ArrayLike) -> tuple[Floats, Whole]:
    """The distinct rows of the broadcast arguments (a column each), and for each element the row it is in."""
    columns = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (n, met, base, *more)))
    new, had, known = columns[:3]
    if not (np.all(new >= 0) and np.all(new == np.floor(new))):
        raise ValueError("n is a whole number of units")
    # a weighted baseline may be all met but for rounding
    if not (np.all(had >= 0) and np.all(had <= known * (1 + 1e-9))):
        raise ValueError("a baseline is met of base: 0 <= met <= base")
    rows, back = np.unique(np.stack([each.ravel() for each in columns], axis=1), axis=0, return_inverse=True)
    return rows, back.reshape(new.shape)


def _predicted(rows: Floats) -> Iterator[tuple[Whole, Floats]]:
    """Row numbers, and the chance of each count 0 … (across), for a block of rows (n, met, base) at a time.

    From the ratio of neighbours, P(k + 1) / P(k) = (n - k) (a + k) / ((k + 1) (b + n - k - 1)): unlike the
    beta function it keeps its digits when the baseline is large.
    """
    order = np.argsort(-rows[:, 0], kind="stable")
    start = 0
    while start < len(order):
        longest = int(rows[order[start], 0])
        block = order[start : start + max(1, CELLS // (longest + 1))]
        start += len(block)
        n, met, base = rows[block, :3, None].transpose(1, 0, 2)
        k, left = np.arange(longest), np.maximum(n - np.arange(longest), 0)
        ratio = left * (met + 0.5 + k) / ((k + 1) * (np.maximum(base - met, 0) + 0.5 + np.maximum(left - 1, 0)))
        logs = np.zeros((len(block), longest + 1))
        with np.errstate(divide="ignore"):  # no count is above n: the logarithm of 0
            np.log(ratio, out=ratio)
        np.cumsum(ratio, axis=1, out=logs[:, 1:])
        chance = np.exp(logs - logs.max(axis=1, keepdims=True))
        yield block, chance / chance.sum(axis=1, keepdims=True)


def xmr(values: pl.Expr) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Mean, lower and upper natural process limit of counts, medians or means, in their own unit.

    Mean ± 2.66 × the mean moving range, in the order of the rows; for use in `.over(group)`, too. A null is a gap:
    it counts in neither mean, and no range is taken across it. The limits are null without two neighbours.
    """
    values = values.cast(pl.Float64)
    # a constant series is its own mean, to the last digit
    mean = values.min() + (values - values.min()).mean()
    reach = XMR * values.diff().abs().mean()
    return mean, mean - reach, mean + reach


# Waiting times


@dataclass(frozen=True)
class Wait:
    """How long a group waits, in days."""

    units: int
    median: int | None
    """First day on which at least half have had the event; None = not reached."""
    low: int | None
    """Lower end of the median's 95 % interval; None = not reached."""
    high: int | None
    """Upper end of the median's 95 % interval; None = not reached."""
    waiting: int
    """Those that still wait."""
    overdue: int
    """Of them: those past their deadline."""
    oldest: int | None
    """Days of the one that has waited longest."""


def cumulative(days: pl.Series, event: pl.Series, ended: pl.Series) -> pl.DataFrame:
    """The share that has had the event by each day on which anything happened, as `CURVE`; no row without units.

    `days` = whole days from the start to the event, the competing end or the view date; `event` and `ended` say which
    of the first two it was (at most one; neither: still waiting, censored). Aalen–Johansen: those whose case ended for
    another reason never get the event. Without competing ends it is one minus the Kaplan–Meier curve. What happens on
    a day happens before anyone is censored on it.

    The interval is log-log on the share that has not had the event. It is (0, 0) before the first event: nothing has
    been seen yet, which is no certainty. When all have had it the variance is 0 and says nothing; the upper end is 1,
    and the lower leaves what the day before may have left, times what Wilson's interval may leave of the last ones.
    """
    n, had, wait = pl.col("at_risk"), pl.col("had"), 1 - pl.col("had")
    gone = pl.col("events") + pl.col("ends")
    reach = Z95 * pl.col("variance").sqrt() / (wait * wait.log())
    return (
        pl.DataFrame({"day": days, "event": event, "ended": ended})
        .group_by("day")
        .agg(events=pl.col("event").sum(), ends=pl.col("ended").sum(), leave=pl.len())
        .sort("day")
        .cast(pl.Int64)
        .with_columns(at_risk=pl.col("leave").sum() - pl.col("leave").cum_sum().shift(1, fill_value=0))
        .with_columns(stay=(1 - gone / n).cum_prod())
        .with_columns(before=pl.col("stay").shift(1, fill_value=1.0))
        .with_columns(
            had=pl.when((pl.col("stay") == 0) & (pl.col("ends").cum_sum() == 0))
            .then(1.0)  # all have had it: no rounding
            .otherwise((pl.col("before") * pl.col("events") / n).cum_sum()),
            weight=pl.when(gone < n).then(gone / (n * (n - gone))).otherwise(0.0),
            cross=pl.col("before") * pl.col("events") / n**2,
            own=pl.col("before") ** 2 * pl.col("events") * (n - pl.col("events")) / n**3,
        )
        # the sum over the days so far of weight × (had - had then)² - 2 × cross × (had - had then) + own
        .with_columns(
            variance=(
                had**2 * pl.col("weight").cum_sum()
                - 2 * had * (pl.col("weight") * had + pl.col("cross")).cum_sum()
                + (pl.col("weight") * had**2 + 2 * pl.col("cross") * had + pl.col("own")).cum_sum()
            )
        )
        .with_columns(
            low=pl.when(had == 0).then(0.0).when(had < 1).then(1 - wait ** reach.exp()),
            high=pl.when(had == 0).then(0.0).when(had < 1).then(1 - wait ** (-reach).exp()).otherwise(1.0),
        )
        .with_columns(pl.col("low").fill_null(1 - (1 - pl.col("low").shift(1, fill_value=0.0)) * Z95**2 / (n + Z95**2)))
        .select(CURVE.names())
    )


def median_wait(curve: pl.DataFrame) -> tuple[int | None, int | None, int | None]:
    """The median of a curve from `cumulative` and the ends of its 95 % interval, in days; None = not reached.

    The first day on which half have had the event, may have had it (`high`), and have had it at the least (`low`).
    """

    def first(share: str) -> int | None:
        # the shares are sums of fractions: half is reached within rounding
        reached = curve.filter(pl.col(share) >= 0.5 - 1e-12)["day"]
        return int(reached[0]) if len(reached) else None

    return first("had"), first("high"), first("low")

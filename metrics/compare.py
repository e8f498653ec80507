"""Rates beside each other: a centre against the others, what its cases let one expect, and before against after.

Source: `semantics.md` §6 of the design; Newcombe (1998). Centres are never ranked.
"""

import datetime as dt
from dataclasses import dataclass, replace

import polars as pl

from metrics.assess import STOCK, Assessed, Cut, age_band, figures, select
from metrics.measure import BASE
from metrics.statistics import difference, newcombe


def against_others(centers: pl.DataFrame) -> pl.DataFrame:
    """`figures` by centre, each with the other centres together: others_met, others_base, and the difference.

    Adds difference, difference_low, difference_high (fractions, Newcombe 95 %; null where either has no base).
    Those without a centre are nobody's other.
    """
    placed = pl.col("center").is_not_null()
    frame = centers.with_columns(
        **{
            f"others_{count}": pl.when(placed).then(
                pl.when(placed).then(pl.col(count)).sum().over("measure") - pl.col(count)
            )
            for count in ("met", "base")
        }
    )
    value, low, high = newcombe(*(pl.col(c) for c in ("met", "base", "others_met", "others_base")))
    return frame.with_columns(difference=value, difference_low=low, difference_high=high)


def case_mix(assessed: Assessed, cut: Cut, measure: str) -> pl.DataFrame:
    """How the same youths would have fared elsewhere: each centre beside the others with its own mix of cases.

    Columns: center, base, matched, expected. `matched` = those of the base whose category and age some other centre
    has too; `expected` = the rate that the other centres have for such youths, weighted as this centre's are
    (fractions; null where nobody is matched). The cut's own centres are ignored, so that a centre is seen beside all.
    """
    kind = ["category", "_band"]
    rows = (
        select(assessed.outcomes, replace(cut, centers=None), assessed.view_date)
        .filter((pl.col("measure") == measure) & pl.col("outcome").is_in(BASE) & pl.col("center").is_not_null())
        .with_columns(_band=age_band(), _met=(pl.col("outcome") == "met").cast(pl.Int64))
    )
    own = rows.group_by("center", *kind).agg(base=pl.len().cast(pl.Int64), met=pl.col("_met").sum())
    elsewhere = own.with_columns(
        others=pl.col("base").sum().over(kind) - pl.col("base"),
        others_met=pl.col("met").sum().over(kind) - pl.col("met"),
    )
    matched = pl.when(pl.col("others") > 0).then(pl.col("base")).otherwise(0)
    weighted = pl.when(pl.col("others") > 0).then(pl.col("base") * pl.col("others_met") / pl.col("others"))
    return (
        elsewhere.group_by("center")
        .agg(pl.col("base").sum(), matched=matched.sum(), weighted=weighted.sum())
        .select(
            "center",
            "base",
            "matched",
            expected=pl.when(pl.col("matched") > 0).then(pl.col("weighted") / pl.col("matched")),
        )
    )


@dataclass(frozen=True)
class Side:
    """One side of a date: the days that count, and the rate there."""

    date_from: dt.date
    date_to: dt.date
    met: int
    base: int
    low: float | None
    high: float | None

    @property
    def rate(self) -> float | None:
        """As a fraction; None on an empty base."""
        return self.met / self.base if self.base else None


@dataclass(frozen=True)
class Change:
    """Before against after a date, and the difference with its 95 % interval (fractions; None without a base)."""

    before: Side
    after: Side
    difference: float | None
    low: float | None
    high: float | None
    same_people: bool
    """A stock measure: many are counted on both days, so the interval is wider than it need be."""


def before(cut: Cut) -> Cut:
    """The period of the same length up to the day before: of whole months where the period is."""
    after = cut.date_to + dt.timedelta(days=1)
    months = (after.year - cut.date_from.year) * 12 + after.month - cut.date_from.month
    if months > 0 and after.day == cut.date_from.day:
        first: dt.date = pl.select(pl.lit(cut.date_from).dt.offset_by(f"-{months}mo")).item()
    else:
        first = cut.date_from - (after - cut.date_from)
    return replace(cut, date_from=first, date_to=cut.date_from - dt.timedelta(days=1))


def sides(cut: Cut, day: dt.date, view_date: dt.date, months: int = 12) -> tuple[Cut, Cut]:
    """A cut's youths before and from `day` on: `months` after it, or those there are up to V, and as much before."""
    last: dt.date = pl.select(pl.lit(day).dt.offset_by(f"{months}mo").dt.offset_by("-1d")).item()
    after = replace(cut, date_from=day, date_to=min(last, view_date))
    return before(after), after


def before_after(assessed: Assessed, cut: Cut, measure: str, day: dt.date, months: int = 12) -> Change:
    """The rate before and from `day` on, for the centres, categories and ages of a cut. `day` no later than V.

    A stock measure is read on the last day of each side; `sides` says which, and the frame must hold them.
    """
    earlier, later = (_side(assessed, side, measure) for side in sides(cut, day, assessed.view_date, months))
    value, low, high = difference(later.met, later.base, earlier.met, earlier.base) or (None, None, None)
    return Change(earlier, later, value, low, high, same_people=measure in STOCK)


def _side(assessed: Assessed, cut: Cut, measure: str) -> Side:
    one = replace(assessed, outcomes=assessed.outcomes.filter(pl.col("measure") == measure))
    row = figures(one, cut).row(by_predicate=pl.col("measure") == measure, named=True)
    return Side(cut.date_from, cut.date_to, row["met"], row["base"], row["low"], row["high"])

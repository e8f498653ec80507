"""The overview in plain numbers: how many youths, how many deviations, where they lie and which can still be mended.

Everything is a reading of the rows that the measures are counted from.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from metrics.assess import STOCK, Assessed, Cut, select
from metrics.measure import DEVIATIONS
from metrics.measures import MEASURES

TOO_LATE = tuple(measure.key for measure in MEASURES if measure.too_late)
"""What cannot be made good when its deadline has passed."""


def whenever(cut: Cut, view_date: dt.date) -> Cut:
    """The same centres, categories and ages, but everything up to the view date: what is overdue stays overdue."""
    return replace(cut, date_from=dt.date.min, date_to=view_date)


@dataclass(frozen=True, eq=False)
class Summary:
    """What the strip and the lists of the front page show."""

    youths: int
    """Youths that at least one measure counts in the cut."""
    open_now: int
    """Youths with an open case on the view date."""
    deviations: int
    latest: int
    """Of the deviations: those of the last month of the cut; a stock measure has no month."""
    deviating: int
    """Youths with at least one deviation."""
    actionable: int
    """Overdue on the view date in cases that are still open, whatever the period: they can still be done."""
    by_rule: pl.DataFrame
    """measure, deviations: most first, none left out but those without any."""
    by_center: pl.DataFrame
    """center (null = without one), youths, deviations, per_hundred youths, in organisational order."""
    overdue: pl.DataFrame
    """measure, count, oldest (days over): the actionable ones, most first."""

    @property
    def deviating_share(self) -> float | None:
        """Youths with a deviation, as a fraction of all in the cut."""
        return self.deviating / self.youths if self.youths else None


def actionable(assessed: Assessed, cut: Cut) -> pl.DataFrame:
    """The outcomes that are overdue on the view date in cases that are still open, whatever the period of the cut."""
    return select(assessed.outcomes, whenever(cut, assessed.view_date), assessed.view_date).filter(
        (pl.col("outcome") == "overdue") & pl.col("ended").is_null() & ~pl.col("measure").is_in(TOO_LATE)
    )


def summarise(assessed: Assessed, cut: Cut, centers: Sequence[str]) -> Summary:
    """The plain numbers of a cut. `centers` in organisational order."""
    view_date = assessed.view_date
    youths = assessed.cases.select("case_id", "person")
    rows = select(assessed.outcomes, cut, view_date).join(youths, on="case_id", how="left")
    wrong = rows.filter(pl.col("outcome").is_in(DEVIATIONS))
    overdue = actionable(assessed, cut)
    month_before: dt.date = pl.select(pl.lit(cut.date_to).dt.offset_by("-1mo")).item()
    # what ends after V is unseen
    open_now = assessed.cases.filter(cut.who() & pl.col("held") & pl.col("closed_on").is_null())
    return Summary(
        youths=rows["person"].n_unique() if len(rows) else 0,
        open_now=open_now["person"].n_unique() if len(open_now) else 0,
        deviations=len(wrong),
        latest=len(wrong.filter(~pl.col("measure").is_in(STOCK) & (pl.col("on") > month_before))),
        deviating=wrong["person"].n_unique() if len(wrong) else 0,
        actionable=len(overdue),
        by_rule=_by_rule(wrong.group_by("measure").agg(deviations=pl.len()), "deviations"),
        by_center=_by_center(rows, wrong, cut, centers),
        overdue=_by_rule(overdue.group_by("measure").agg(count=pl.len(), oldest=pl.col("days").max()), "count"),
    )


def _by_rule(counted: pl.DataFrame, count: str) -> pl.DataFrame:
    place = {measure.key: number for number, measure in enumerate(MEASURES)}
    return counted.with_columns(pl.col("measure").cast(pl.String)).sort(
        -pl.col(count).cast(pl.Int64), pl.col("measure").replace_strict(place, return_dtype=pl.Int64)
    )


def _by_center(rows: pl.DataFrame, wrong: pl.DataFrame, cut: Cut, centers: Sequence[str]) -> pl.DataFrame:
    """Every centre of the cut; those without a centre only where there are any."""
    listed = pl.DataFrame(
        {"center": [name for name in centers if cut.centers is None or name in cut.centers]},
        schema={"center": pl.String},
    )
    youths = rows.group_by("center").agg(youths=pl.col("person").n_unique())
    others = youths.select("center").join(listed, on="center", how="anti", nulls_equal=True).sort("center")
    return (
        pl.concat([listed, others])
        .join(youths, on="center", how="left", nulls_equal=True, maintain_order="left")
        .join(
            wrong.group_by("center").agg(deviations=pl.len()),
            on="center",
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        .with_columns(pl.col("youths", "deviations").fill_null(0).cast(pl.Int64))
        .with_columns(per_hundred=pl.when(pl.col("youths") > 0).then(pl.col("deviations") * 100 / pl.col("youths")))
    )

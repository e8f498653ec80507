"""What has become of the deviations since the delivery before: which are new, carried over, repeated, and gone.

Pure readings of two assessed frames: as of now, and as of the delivery before, as it was known then. A deviation is the
same one when measure and unit are; stock measures are compared on the last day of each frame's own cut.
"""

from collections.abc import Sequence
from types import MappingProxyType

import polars as pl

from metrics.assess import STOCK, Assessed, Cut, masked, select
from metrics.measure import DEVIATIONS

NEW, CARRIED = "new", "carried"
"""Since the delivery before: it was no deviation then, it was one then too."""
GONE = ("met", "excused", "lapsed", "pending", "unknown", "unmet", "closed", "moved", "withdrawn", "not_covered")
"""Why a deviation is none any more: what the unit is judged as now, or why it is not judged at all."""
AGES = MappingProxyType({"0-30": (0, 30), "31-90": (31, 90), "91-": (91, 10**6)})
"""Age of a breach, whole days with both ends included."""
UNDATED = "uden"
"""The band of a duty without a deadline, judged on a day: nobody knows since when."""
UNIT = ("measure", "unit_id")


def deviating(assessed: Assessed, cut: Cut) -> pl.DataFrame:
    """Every deviation there is, whatever its day and whosever it is; of stock measures those of the cut's last day."""
    last = pl.col("on") == cut.last_day(assessed.view_date)
    return assessed.outcomes.filter(pl.col("outcome").is_in(DEVIATIONS) & (~pl.col("measure").is_in(STOCK) | last))


def aged(rows: pl.DataFrame, assessed: Assessed) -> pl.DataFrame:
    """Deviations with `breach`, whole days from the deadline (else from the event) to the view date, and `age_band`.

    A duty that is judged on a day has no age: `breach` is null, and the band is `UNDATED`.
    """
    dated = pl.col("due").is_not_null() | ~pl.col("measure").is_in(STOCK)
    age = (pl.lit(assessed.view_date) - pl.coalesce("due", "on")).dt.total_days()
    band = pl.lit(UNDATED)
    for key, (low, high) in AGES.items():
        band = pl.when(pl.col("breach").is_between(low, high)).then(pl.lit(key)).otherwise(band)
    return rows.with_columns(breach=pl.when(dated).then(age)).with_columns(age_band=band)


def compared(
    rows: pl.DataFrame, now: Assessed, before: Assessed | None, cut: Cut, handled: pl.DataFrame
) -> pl.DataFrame:
    """`rows` of deviations with `since` (`NEW`, `CARRIED`; null: nothing to compare with) and `repeated`.

    Repeated: the case deviates from the same rule in more than one unit, or it does so anew after one was handled.
    `handled`: case_id and measure of those that were. A case without a number of its own is never compared.
    """
    units = deviating(now, cut).group_by("case_id", "measure").agg(units=pl.col("unit_id").n_unique())
    then = deviating(before, cut).select(UNIT).unique() if before else rows.select(UNIT).clear()
    again = handled.select("case_id", pl.col("measure").cast(rows.schema["measure"], strict=False)).unique()
    known = pl.lit(before is not None) & ~_masked(rows)
    return (
        rows.join(then.with_columns(_then=True), on=UNIT, how="left", maintain_order="left")
        .join(again.with_columns(_handled=True), on=["case_id", "measure"], how="left", maintain_order="left")
        .join(units, on=["case_id", "measure"], how="left", maintain_order="left")
        .with_columns(since=pl.when(known).then(pl.when("_then").then(pl.lit(CARRIED)).otherwise(pl.lit(NEW))))
        .with_columns(
            repeated=((pl.col("units") > 1) | (pl.col("since").eq(NEW) & pl.col("_handled"))).fill_null(False)
        )
        .drop("_then", "_handled", "units")
    )


def standing_still(said: pl.DataFrame, rows: pl.DataFrame, now: Assessed) -> pl.DataFrame:
    """Of what was `said` of deviations that which is still about them: what came back has not been looked at since.

    `said`: measure, unit_id, saved_at (UTC) and more; `rows` as `compared` gives them. A mark lapses when the deviation
    is new since the delivery before and the mark is older than the newest delivery, and for a stock measure when the
    unit was in order on a day after the mark.
    """
    said = said.with_columns(pl.col("measure").cast(rows.schema["measure"], strict=False))
    day = pl.col("saved_at").dt.date()
    new = rows.filter(pl.col("since") == NEW).select(UNIT)
    back = said.filter(day < now.view_date).join(new, on=UNIT, how="semi")
    stock = pl.col("measure").is_in(STOCK) & (pl.col("outcome") == "met")
    in_order = now.outcomes.filter(stock).select(*UNIT, "on")
    healed = said.select(*UNIT, "saved_at").join(in_order, on=UNIT).filter(pl.col("on") > day)
    return said.join(pl.concat([back.select(UNIT), healed.select(UNIT)]), on=UNIT, how="anti")


def gone(now: Assessed, before: Assessed | None, cut: Cut) -> pl.DataFrame:
    """The deviations of the cut at the delivery before that are none now: rows of that frame, with `why` (`GONE`).

    By measure, the oldest first. None where there is no delivery before.
    """
    if before is None:
        return now.outcomes.clear().with_columns(why=pl.lit(None, dtype=pl.String))
    then = select(before.outcomes, cut, before.view_date).filter(pl.col("outcome").is_in(DEVIATIONS))
    last = pl.col("on") == cut.last_day(now.view_date)
    judged = (
        now.outcomes.filter(~pl.col("measure").is_in(STOCK) | last)
        .select(*UNIT, _now=pl.col("outcome").cast(pl.String))
        .unique(UNIT)
    )
    whose = now.cases.select("case_id", "closed_on", _held="held", _there=pl.lit(True))
    closed = (pl.col("closed_on") <= now.view_date).fill_null(False)
    why = (
        pl.when(pl.col("_now").is_not_null())
        .then("_now")
        .when(pl.col("_there").is_null())
        .then(pl.lit("withdrawn"))
        .when(~pl.col("_held"))
        .then(pl.lit("moved"))
        .when(closed)
        .then(pl.lit("closed"))
        .otherwise(pl.lit("not_covered"))
    )
    return (
        then.filter(~_masked(then))
        .join(deviating(now, cut).select(UNIT), on=UNIT, how="anti")
        .join(judged, on=UNIT, how="left")
        .join(whose, on="case_id", how="left")
        .with_columns(why=why)
        .sort("measure", "on", "unit_id")
        .select(*then.columns, "why")
    )


def carried_over(rows: pl.DataFrame, centers: Sequence[str]) -> pl.DataFrame:
    """Per centre: center, deviations, new, carried, repeated, and how many of each age (`AGES` and `UNDATED`).

    `rows` as `compared` and `aged` give them; `centers` in organisational order, those without one last. A centre
    without a deviation has its row with zeros.
    """
    listed = pl.DataFrame({"center": list(centers)}, schema={"center": pl.String})
    found = rows.group_by("center").agg(
        deviations=pl.len(),
        new=(pl.col("since") == NEW).sum(),
        carried=(pl.col("since") == CARRIED).sum(),
        repeated=pl.col("repeated").sum(),
        **{band: (pl.col("age_band") == band).sum() for band in (*AGES, UNDATED)},
    )
    others = found.select("center").join(listed, on="center", how="anti", nulls_equal=True)
    return (
        pl.concat([listed, others.sort("center", nulls_last=True)])
        .join(found, on="center", how="left", nulls_equal=True, maintain_order="left")
        .with_columns(pl.exclude("center").fill_null(0).cast(pl.Int64))
    )


def _masked(rows: pl.DataFrame) -> pl.Series:
    """Which of the rows are of a case that stands under a number that is nobody's."""
    return pl.Series([masked(case) for case in rows["case_id"]], dtype=pl.Boolean)

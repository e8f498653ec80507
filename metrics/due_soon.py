"""What falls due in the days to come and is not done yet: every deadline that can still be kept.

A reading of the assessed frame, like every list: the pending units that somebody must do something about.
"""

import polars as pl

from metrics.assess import STOCK, Assessed, Cut

WEEK, FORTNIGHT = 7, 14
"""Days after the view date, which itself is day 0."""


def due_soon(assessed: Assessed, cut: Cut, days: int = FORTNIGHT) -> pl.DataFrame:
    """The deadlines that fall due on V or in the `days` days after it, the first first, whatever the period of the cut.

    Columns: measure, unit_id, case_id, center, team, due, days_left (0 = on V), trigger, on, `protected` and `held` of
    the case. Not among them: what is done, excused or ended in time, and cases that are closed.
    """
    view_date = pl.lit(assessed.view_date)
    now = ~pl.col("measure").is_in(STOCK) | (pl.col("on") == view_date)
    cases = assessed.cases.select("case_id", "team", "protected", "held", "closed_on")
    return (
        assessed.outcomes.filter((pl.col("outcome") == "pending") & ~pl.col("settled") & now & cut.who())
        .with_columns(days_left=(pl.col("due") - view_date).dt.total_days())
        .filter(pl.col("days_left").is_between(0, days))
        .join(cases, on="case_id", how="left")
        .filter(pl.col("closed_on").is_null() | (pl.col("closed_on") > view_date))
        .sort("due", "measure", "case_id", "unit_id")
        .select(
            "measure",
            "unit_id",
            "case_id",
            "center",
            "team",
            "due",
            "days_left",
            "trigger",
            "on",
            "protected",
            "held",
        )
    )


def counted(rows: pl.DataFrame, *by: str) -> pl.DataFrame:
    """How many of the rows of `due_soon` fall due today or in 7 days (`week`), and in 14 (`fortnight`); most first.

    `by`: columns of the rows, as "center", "team" or "measure"; blank ones are a group of their own.
    """
    week = (pl.col("days_left") <= WEEK).sum().cast(pl.Int64)
    fortnight = (pl.col("days_left") <= FORTNIGHT).sum().cast(pl.Int64)
    return (
        rows.with_columns(pl.col(by).cast(pl.String))
        .group_by(by)
        .agg(week=week, fortnight=fortnight)
        .sort("week", "fortnight", *by, descending=[True, True, *[False] * len(by)], nulls_last=True)
    )

"""How every rate moves: what each month was expected to give, and which months fall outside it.

The expected level of a measure is its pooled rate in a *baseline*: the first twelve months with a base of three or
more, counted from a fixed day (`since`), from each change of its rule, and from each dated decision to count anew.
It never moves by itself; where a rule ends, only the line breaks. A point is a signal when its count falls outside
what the baseline lets one expect (`statistics.expected`); seven points or more on one side are one when together they
do. Months are joined into quarters or years where the rarer answer comes less than once a month. Source:
`semantics.md` §6 of the design; why the limits are predictive and runs are judged together: `docs/adr/0006`.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from metrics.assess import BY_KEY, KEYS, STOCK, Assessed, Cut, by_month, figures, stock_days
from metrics.measure import BASE
from metrics.statistics import TAIL, expected, surprise

JUDGED_FROM = 3
"""A point with fewer units is neither judged nor part of a baseline."""
BASELINE = 12
"""Months in a baseline; with fewer the expected level is preliminary."""
SHOWN = 24
"""Months that a trend shows."""
RUN = 7
"""Points in a row on one side of the level, before they are judged together."""
RECENT, RECENT_MONTHS = 3, 6
"""A signal is current among so many of the newest judged points, if it ended so many months ago at most; or a point's
length, where that is more."""


@dataclass(frozen=True)
class Rebase:
    """A dated decision to count the expected level anew, of one measure or (None) of all."""

    on: dt.date
    measure: str | None = None


@dataclass(frozen=True, eq=False)
class Trend:
    """The points of every measure and the signals among them: those that are shown."""

    months: pl.DataFrame
    """The `figures` of each month, with `preliminary`: not all of it is in."""
    points: pl.DataFrame
    """measure, month (first day), to, months (1, 3 or 12: how long a point is), segment (a new one where the rule
    changed), met, base, pending, rate, preliminary, level, low, high (expected rates, null without a baseline),
    signal ("low" or "high"), run (bool: part of a run that is one), level_from, level_to, level_months (the
    baseline); oldest first."""
    signals: pl.DataFrame
    """measure, side, month, to, points (1, or the length of a run), months (of each), met, base, level, current
    (as `RECENT`); newest last."""


def span(cut: Cut, view_date: dt.date, since: dt.date) -> Cut:
    """The months that a trend must know, whatever part of them is shown: whole years, to the end of the month of V.

    What falls due later in that month is in it too, as not yet due.
    """
    month_end: dt.date = pl.select(pl.lit(view_date).dt.month_end()).item()
    return replace(cut, date_from=min(_first_shown(cut), since).replace(month=1, day=1), date_to=month_end)


def days_read(cut: Cut, view_date: dt.date, since: dt.date) -> tuple[dt.date, ...]:
    """The days that stock measures must be judged on: a year of them is read on its last day."""
    known = span(cut, view_date, since)
    return stock_days(replace(known, date_from=min(_first_shown(cut), since)), view_date, "month")


def _first_shown(cut: Cut) -> dt.date:
    year, month = divmod(cut.date_to.year * 12 + cut.date_to.month - SHOWN, 12)
    return dt.date(year, month + 1, 1)


def follow(assessed: Assessed, cut: Cut, since: dt.date, rebases: Sequence[Rebase] = ()) -> Trend:
    """The trend of every measure: the two years up to the month that the period of a cut ends in, in whole months.

    `since` = the first day that an expected level may be counted from.
    """
    view_date = assessed.view_date
    all_of_it = span(cut, view_date, since)
    months = figures(assessed, all_of_it, "month").with_columns(
        # what is pending on a stock day stays so for that day; else it will be judged, also in a month that is over
        preliminary=(pl.col("month").dt.month_end() > view_date)
        | ((pl.col("pending") > 0) & ~pl.col("measure").is_in(STOCK))
    )
    based = _levels(months, assessed, all_of_it, since, rebases)
    first, last = _first_shown(cut), min(cut.date_to, view_date)
    # years are shown from the beginning: in two of them nobody sees a movement
    seen = (pl.col("to") >= first) | ((pl.col("months") == 12) & (pl.col("to") >= since))
    points = _judged(_points(based, view_date), seen & (pl.col("month") <= last))
    in_sight = pl.col("month").is_between(first, last)
    return Trend(months.filter(in_sight), points.drop("basis", "run_of", "run_side"), _signals(points, last))


def _levels(
    months: pl.DataFrame, assessed: Assessed, cut: Cut, since: dt.date, rebases: Sequence[Rebase]
) -> pl.DataFrame:
    """`months` with the segment and the baseline of each: level_met of level_base in level_months."""
    known = months.join_asof(
        _starts(since, rebases), left_on="month", right_on="start", by="measure", check_sortedness=False
    ).with_columns(pl.col("segment", "basis").fill_null(0))
    fit = ~pl.col("preliminary") & (pl.col("base") >= JUDGED_FROM) & (pl.col("basis") > 0)
    known = known.with_columns(fit=fit).with_columns(
        in_baseline=pl.col("fit") & (pl.col("fit").cum_sum().over("measure", "basis") <= BASELINE)
    )
    chosen = known.filter("in_baseline")
    baselines = chosen.group_by("measure", "basis").agg(
        level_met=pl.col("met").sum(),
        level_base=pl.col("base").sum(),
        level_months=pl.len(),
        level_from=pl.col("month").min(),
        level_to=pl.col("month").max().dt.month_end(),
    )
    # the same people are counted month after month: twelve month ends know no more than the people in them
    people = (
        by_month(assessed.outcomes.lazy(), cut, assessed.view_date)
        .filter(pl.col("measure").is_in(STOCK) & pl.col("outcome").is_in(BASE))
        .join(chosen.lazy().select("measure", "month", "basis"), on=["measure", "month"])
        .group_by("measure", "basis")
        .agg(people=pl.col("unit_id").n_unique())
        .collect()
    )
    level = pl.col("level_met") / pl.col("level_base")
    known_by = pl.min_horizontal("people", "level_base")  # without people: the base itself
    baselines = baselines.join(people, on=["measure", "basis"], how="left").with_columns(
        level=level, level_met=level * known_by, level_base=known_by
    )
    return known.join(baselines, on=["measure", "basis"], how="left", maintain_order="left")


def counts_anew(day: dt.date, since: dt.date) -> bool:
    """Whether a level can begin anew on a day: not before the month in which levels begin at all has passed."""
    return day.replace(day=1) > since.replace(day=1)


def _starts(since: dt.date, rebases: Sequence[Rebase]) -> pl.DataFrame:
    """Where each measure's expected level is counted anew (basis), and where its line breaks (segment)."""
    begun = since.replace(day=1)
    rows = []
    for key, measure in BY_KEY.items():
        changes = {day.replace(day=1) for day in measure.rule_breaks()}
        decided = {rebase.on.replace(day=1) for rebase in rebases if rebase.measure in (None, key)}
        starts = {day for day in changes | decided if counts_anew(day, since)} | {begun}
        # a rule that is gone leaves no other to count a level of; what falls due afterwards is still of the old one
        breaks = changes | ({gone.replace(day=1)} if (gone := measure.life.gone_on) else set())
        rows += [
            (key, day, sum(start <= day for start in starts), sum(change <= day for change in breaks))
            for day in sorted(starts | breaks)
        ]
    schema = pl.Schema({"measure": KEYS, "start": pl.Date(), "basis": pl.Int64(), "segment": pl.Int64()})
    return pl.DataFrame(rows, schema=schema, orient="row").sort("start")


def _points(months: pl.DataFrame, view_date: dt.date) -> pl.DataFrame:
    """Months joined into quarters or years where single ones say too little."""
    rarer = pl.min_horizontal(pl.col("met").sum(), (pl.col("base") - pl.col("met")).sum()) / pl.len()
    # every whole month of the baseline's time, also those too small to be in it: they are what makes it rare
    of_baseline = (
        (pl.col("basis") > 0) & ~pl.col("preliminary") & (pl.col("month") <= pl.col("level_to")).fill_null(True)
    )
    steps = (
        months.filter(of_baseline)
        .group_by("measure")
        .agg(rarer=rarer)
        .select(
            "measure",
            step=pl.when(pl.col("rarer") >= 1)
            .then(1)
            .when(pl.col("rarer") * 3 >= 1)
            .then(3)
            .otherwise(12)
            .cast(pl.Int64),
        )
    )
    stock = pl.col("measure").is_in(STOCK)

    def joined(column: str) -> pl.Expr:
        return pl.when(stock.first()).then(pl.col(column).last()).otherwise(pl.col(column).sum()).alias(column)

    whole = pl.col("month").dt.truncate(pl.format("{}mo", "months")).dt.offset_by(pl.format("{}mo", "months"))
    of_it = ("basis", "level", "level_met", "level_base", "level_months", "level_from", "level_to")
    following = pl.col("month").shift(-1).over("measure")
    return (
        months.join(steps, on="measure", how="left", maintain_order="left")
        .with_columns(months=pl.col("step").fill_null(1))
        .with_columns(ends=whole.dt.offset_by("-1d"))
        .group_by("measure", "months", "ends", "segment", maintain_order=True)
        .agg(
            *(joined(column) for column in ("met", "base", "pending")),
            # a decision in the middle counts from the next point on; where levels begin in the middle, it has the first
            pl.col(of_it).filter(pl.col("level").is_not_null()).first(),
            month=pl.col("month").first(),
            to=pl.col("to").last(),
            preliminary=pl.col("preliminary").last() | (~stock.first() & pl.col("preliminary").any()),
        )
        # where the rule changed in the middle, the first part is over
        .with_columns(ends=pl.when(following <= pl.col("ends")).then("to").otherwise("ends"))
        .with_columns(preliminary=pl.col("preliminary") | (pl.col("ends") > view_date))
        .with_columns(rate=pl.when(pl.col("base") > 0).then(pl.col("met") / pl.col("base")))
    )


def _judged(points: pl.DataFrame, seen: pl.Expr) -> pl.DataFrame:
    """The `points` that are seen, with what was to be expected, signals, and the runs that are one.

    A run may begin before what is seen.
    """
    sound = ~pl.col("preliminary") & (pl.col("base") >= JUDGED_FROM) & pl.col("level").is_not_null()
    every = points.with_columns(pl.col("level_met", "level_base").fill_null(0.0), judged=sound)
    runs, known = _runs(every), every.filter(seen)
    low, high = expected(known["base"].to_numpy(), known["level_met"].to_numpy(), known["level_base"].to_numpy())
    known = known.with_columns(fewest=pl.Series(low), most=pl.Series(high)).with_columns(
        signal=pl.when(pl.col("judged") & (pl.col("met") < pl.col("fewest")))
        .then(pl.lit("low"))
        .when(pl.col("judged") & (pl.col("met") > pl.col("most")))
        .then(pl.lit("high")),
    )
    drawn = pl.col("level").is_not_null() & (pl.col("base") > 0)
    return (
        known.join(runs, on=["measure", "month", "basis"], how="left", maintain_order="left")
        .with_columns(
            run=pl.col("run_of").is_not_null(),
            low=pl.when(drawn).then(pl.col("fewest") / pl.col("base")),
            high=pl.when(drawn).then(pl.col("most") / pl.col("base")),
        )
        .drop("fewest", "most", "level_met", "level_base", "ends")
    )


def _runs(points: pl.DataFrame) -> pl.DataFrame:
    """measure, month, basis, run_of, run_side: the points of each run that is a signal.

    None in a stock measure: whoever is there in one month is there in the next.
    """
    side = pl.when(pl.col("rate") < pl.col("level")).then(pl.lit("low")).otherwise(pl.lit("high"))
    sided = (
        points.filter(pl.col("judged") & (pl.col("rate") != pl.col("level")) & ~pl.col("measure").is_in(STOCK))
        .with_columns(run_side=side)
        .with_columns(
            run_of=pl.struct("measure", "basis", "run_side").rle_id(),
        )
    )
    runs = (
        sided.group_by("run_of", maintain_order=True)
        .agg(pl.len().alias("length"), pl.col("met", "base").sum(), pl.col("level_met", "level_base").first())
        .filter(pl.col("length") >= RUN)
    )
    rare = surprise(*(runs[column].to_numpy() for column in ("met", "base", "level_met", "level_base")))
    return sided.join(runs.filter(pl.Series(rare < TAIL, dtype=pl.Boolean)), on="run_of", how="semi").select(
        "measure", "month", "basis", "run_of", "run_side"
    )


def _signals(points: pl.DataFrame, until: dt.date) -> pl.DataFrame:
    """One row per single point and per run."""
    age = pl.col("month").rank("ordinal", descending=True).over("measure")
    lately = pl.max_horizontal(pl.lit(RECENT_MONTHS, dtype=pl.Int64), "months")
    late = pl.col("to") >= pl.lit(until).dt.offset_by(pl.format("-{}mo", lately))
    judged = points.filter("judged").with_columns(newest=(age <= RECENT) & late)
    columns = ["measure", "side", "month", "to", "points", "months", "met", "base", "level", "current"]
    single = (
        judged.filter(pl.col("signal").is_not_null())
        .with_columns(side="signal", points=pl.lit(1, dtype=pl.Int64), current="newest")
        .select(columns)
    )
    run = (
        judged.filter("run")
        .group_by("measure", "run_of", maintain_order=True)
        .agg(
            pl.col("run_side").first().alias("side"),
            pl.col("month").first(),
            pl.col("to").last(),
            pl.len().cast(pl.Int64).alias("points"),
            pl.col("months").first(),
            pl.col("met", "base").sum(),
            pl.col("level").first(),
            pl.col("newest").any().alias("current"),
        )
        .select(columns)
    )
    return pl.concat([single, run]).sort("measure", "to", "points", maintain_order=True)

"""Facts and measures become one assessed frame; every rate, trend, list and file is a reading of it.

Source: `semantics.md` of the design: outcomes §2, when a unit counts §3, where §4, rules through time §5.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import polars as pl

from metrics import facts as fact
from metrics.measure import (
    BASE,
    DEVIATIONS,
    OUTCOMES,
    Counts,
    Distribution,
    Holds,
    Measure,
    Within,
)
from metrics.measures import DISTRIBUTIONS, MEASURES
from metrics.statistics import wilson

Tables = Mapping[str, pl.LazyFrame]
Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

OUTCOME = pl.Enum(OUTCOMES)
BY_KEY = {measure.key: measure for measure in MEASURES}
STOCK = tuple(m.key for m in MEASURES if m.stock) + tuple(d.key for d in DISTRIBUTIONS if d.stock)
KEYS = pl.Enum([*BY_KEY, *(d.key for d in DISTRIBUTIONS)])

SCHEMA = pl.Schema(
    {
        "measure": KEYS,
        "unit_id": pl.String(),
        "case_id": pl.String(),
        "center": pl.String(),
        "category": pl.String(),
        "age": pl.Int32(),
        "trigger": pl.Date(),
        "on": pl.Date(),
        "due": pl.Date(),
        "done": pl.Date(),
        "ended": pl.Date(),
        "outcome": OUTCOME,
        "days": pl.Int32(),
        "handed_over": pl.Boolean(),
        "settled": pl.Boolean(),
    }
)
"""The assessed frame. `days` = days over the deadline, to done or to V; `ended` = when the case was closed;
`settled` = done, excused or ended by the deadline, or the duty holds: nobody need do anything more."""


COUNT_SCHEMA = pl.Schema(
    {
        "measure": KEYS,
        "unit_id": pl.String(),
        "case_id": pl.String(),
        "value": pl.String(),
        "on": pl.Date(),
        "center": pl.String(),
        "category": pl.String(),
        "age": pl.Int32(),
    }
)
"""Its distributions: a row per unit and value."""


@dataclass(frozen=True, eq=False)
class Assessed:
    """Everything that was judged for one (V, K)."""

    view_date: dt.date
    outcomes: pl.DataFrame
    """One row per measure and unit (stock measures: and day), as `SCHEMA`, sorted by measure, on and unit."""
    distributions: pl.DataFrame
    """measure, unit_id, case_id, center, category, age, on, value: units counted by value."""
    cases: pl.DataFrame
    """The cases themselves, one row each with `center`, `team`, `category` and `age` as of V, whether they are
    `protected`, and `held`: false where another centre holds the case now and only what it was here is seen."""
    readings: pl.DataFrame = field(default_factory=pl.DataFrame)
    """What was measured of the youths: instrument, indicator, unit_id (the person), case_id, center, category, age,
    on, value; sorted by unit and day."""
    candidates: pl.DataFrame = field(default_factory=pl.DataFrame)
    """Who should come to a K-møde on V: rule, unit_id (the person), case_id, center, category, age, since, planned_on,
    fields; sorted by rule and since. A youth stands once for each rule and each open case that it asks for."""
    agreements: pl.DataFrame = field(default_factory=pl.DataFrame)
    """What was agreed at meetings held by V: unit_id (the agreement), case_id, center, category, age, meeting_id, kind,
    held_on, responsible_center, due, done, closed_on; sorted by due."""

    @cached_property
    def groups(self) -> Mapping[str, pl.DataFrame]:
        """`center` and `category`: every value that an outcome has, sorted, those without one last."""
        return {by: self.outcomes.select(by).unique().sort(by, nulls_last=True) for by in ("center", "category")}


OF_CASES = ("outcomes", "distributions", "readings", "candidates", "agreements")
"""The frames of `Assessed` whose rows are of a case at a centre."""
PROTECTED = "Beskyttet"
"""Begins what stands for the number of a protected case where it must not be known."""


def masked(case: str) -> bool:
    """Whether it is such a number, and so nobody's."""
    return re.fullmatch(rf"{PROTECTED} \d+", case) is not None


def seen_by(assessed: Assessed, centers: Sequence[str]) -> pl.Series:
    """The numbers of the cases that some centres may see something of: what they hold, and what has a row of theirs."""
    here = pl.col("center").is_in(centers)
    frames = [frame for name in ("cases", *OF_CASES) if (frame := getattr(assessed, name)).width]
    return pl.concat([frame.filter(here)["case_id"] for frame in frames]).unique()


def within(assessed: Assessed, centers: Sequence[str]) -> Assessed:
    """What some centres may see of the frame: their own rows, and of the cases what they hold or once held.

    Of a case that another centre holds now only the rows from here are left, with its centre, category and age of
    now taken out; a protected one stands under a number that says nothing, the same in all its rows.
    """
    here = pl.col("center").is_in(centers)
    parts = {name: frame.filter(here) for name in OF_CASES if (frame := getattr(assessed, name)).width}
    held = here.fill_null(False)
    now = pl.col("center", "team", "category", "age")
    cases = assessed.cases.filter(pl.col("case_id").is_in(seen_by(assessed, centers).implode())).with_columns(
        pl.when(held).then(now), held=held
    )
    hidden = cases.filter(pl.col("protected") & ~pl.col("held"))["case_id"]
    names = {case: f"{PROTECTED} {number}" for number, case in enumerate(hidden, start=1)}
    changed: dict[str, Any] = {name: _renamed(part, names) for name, part in (parts | {"cases": cases}).items()}
    return replace(assessed, **changed)


def _renamed(frame: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    if not names:
        return frame
    name = pl.col("case_id").replace(names)
    # each holds the case's, the youth's or the source's own number
    numbers = [column for column in ("unit_id", "meeting_id") if column in frame.columns]
    return frame.with_columns(
        case_id=name,
        **{
            column: pl.when(name != pl.col("case_id"))
            .then(pl.concat_str(name, pl.col(column).hash().cast(pl.String), separator=" "))
            .otherwise(column)
            for column in numbers
        },
    )


@dataclass(frozen=True)
class Cut:
    """A selection of the assessed frame: a period (both ends included) and, where given, who.

    `ages` are bands of whole years with both ends included. Filters act on the frame, never on the facts.
    """

    date_from: dt.date
    date_to: dt.date
    centers: tuple[str, ...] | None = None
    categories: tuple[str | None, ...] | None = None
    """None among them: those not visited yet."""
    ages: tuple[tuple[int, int], ...] | None = None

    def who(self) -> pl.Expr:
        """Rows of the chosen centres, categories and ages, whatever their date."""
        chosen = pl.lit(True)
        if self.centers is not None:
            chosen &= pl.col("center").is_in(self.centers)
        if self.categories is not None:
            chosen &= pl.col("category").is_in(self.categories, nulls_equal=True)
        if self.ages is not None:
            bands = (pl.col("age").is_between(low, high) for low, high in self.ages)
            chosen &= pl.any_horizontal(pl.lit(False), *bands)  # no band chosen: nobody
        return chosen

    def last_day(self, view_date: dt.date) -> dt.date:
        """The day that stock measures are counted on."""
        return min(self.date_to, view_date)


def year_before(day: dt.date) -> dt.date:
    """The first day of the 12 months up to and including `day`."""
    months_back = pl.select(pl.lit(day).dt.offset_by("-12mo")).item()
    return months_back + dt.timedelta(days=1)


def month_ends(view_date: dt.date, months: int) -> tuple[dt.date, ...]:
    """V and the month ends before it, oldest first: the days that stock measures are read on for a trend."""
    first = view_date.replace(day=1)
    ends = [view_date]
    for _ in range(months):
        last = first - dt.timedelta(days=1)
        ends.append(last)
        first = last.replace(day=1)
    return tuple(reversed(ends))


def assess(
    tables: Tables,
    view_date: dt.date,
    stock_days: Sequence[dt.date] = (),
    measures: Sequence[Measure] = MEASURES,
    distributions: Sequence[Distribution] = DISTRIBUTIONS,
) -> Assessed:
    """Judge every unit of every measure as of `view_date`; stock measures on each of `stock_days` (default: V)."""
    facts = fact.build(tables, view_date, stock_days or (view_date,))
    where = Where(tables, view_date)
    deadlines = [measure for measure in measures if isinstance(measure.must, Within)]
    others = [(measure, measure.must.on) for measure in measures if not isinstance(measure.must, Within)]
    # once for all that count on the same day of a row; a deadline counts on a day of its own
    days = sorted({(measure.of, on) for measure, on in others} | {(figure.of, figure.on) for figure in distributions})
    placed = {(of, on): _placed(facts[of].sort(on, "unit_id"), on, where) for of, on in days}
    judged = pl.collect_all(
        [
            *(_judge(measure, placed[measure.of, on], view_date) for measure, on in others),
            *(_judge(measure, facts[measure.of], view_date) for measure in deadlines),
        ]
    )
    numbers = pl.collect_all([_count(figure, placed[figure.of, figure.on]) for figure in distributions])
    outcomes = [part.with_columns(handed_over=pl.lit(False)) for part in judged[: len(others)]]
    if deadlines:
        due = where.handed_over(where.add(pl.concat(judged[len(others) :]), "day"))
        outcomes += due.partition_by("measure", maintain_order=True)
    present = facts["cases"].select(
        "case_id",
        "person",
        "team",
        "first_enquiry_on",
        "closed_on",
        protected=pl.col("protected").fill_null(False),
        held=pl.lit(True),
    )
    on_v = pl.lit(view_date)
    return Assessed(
        view_date,
        _in_order([SCHEMA.to_frame(), *(part.select(SCHEMA.names()).cast(SCHEMA) for part in outcomes)]),
        _in_order([COUNT_SCHEMA.to_frame(), *(part.cast(COUNT_SCHEMA) for part in numbers)]),
        fact.as_text(where.add(present, on_v)).sort("case_id"),
        fact.as_text(where.add(facts["readings"], "on")).sort("unit_id", "on", "instrument", "indicator"),
        fact.as_text(where.add(facts["candidates"], on_v)).sort("rule", "since", "case_id"),
        fact.as_text(where.add(facts["agreements"], on_v)).sort("due", "unit_id"),
    )


PLACE = {name: pl.col(f"_{name}") for name in ("center", "category", "age")}


def _placed(rows: pl.DataFrame, on: str, where: "Where") -> pl.DataFrame:
    """`rows` with where they were on a day of theirs, under names that facts have no use for."""
    return rows.hstack(where.at(rows, on).select(pl.all().name.prefix("_")))


def _in_order(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Parts of one measure each, put together in the order of the catalogue."""
    place = {key: number for number, key in enumerate(KEYS.categories)}
    return pl.concat(sorted(parts, key=lambda part: place[part["measure"][0]] if part.height else -1))


def _judge(measure: Measure, facts: pl.DataFrame, view_date: dt.date) -> pl.LazyFrame:
    """The rows of one measure, the units it covers, each with its outcome: by day and unit.

    A deadline has a day of its own; on the others' day `facts` are sorted, and placed.
    """
    must = measure.must
    begun = pl.col(must.trigger if isinstance(must, Within) else must.on)
    rows = facts.lazy().filter(measure.life.covers(begun)).with_columns(_covered=measure.population)
    if isinstance(must, Within):
        rows, place = _within(must, rows, view_date).sort("on", "unit_id"), {"day": pl.col("day")}
    else:
        rows, place = _holding(must, rows, view_date), PLACE
    return rows.select(
        pl.lit(measure.key, dtype=KEYS).alias("measure"),
        pl.col("unit_id").cast(pl.String),
        "case_id",
        "trigger",
        "on",
        "due",
        "done",
        "ended",
        pl.col("outcome").cast(OUTCOME),
        pl.col("days").cast(pl.Int32),
        "settled",
        **place,
    )


def _within(must: Within, rows: pl.LazyFrame, view_date: dt.date) -> pl.LazyFrame:
    done, due = pl.col("done"), pl.col("due")
    if must.limit:
        deadline = must.limit.due(pl.col(must.trigger))
    else:
        assert must.due is not None
        deadline = pl.col(must.due)
    never = pl.lit(None, dtype=pl.Date)
    in_time = (done <= due).fill_null(False)
    return (
        rows.filter(pl.col("_covered").fill_null(True))
        .with_columns(
            trigger=pl.col(must.trigger),
            due=deadline,
            done=pl.col(must.done),
            _excused=pl.col(must.excused_on) if must.excused_on else never,
            _ended=pl.min_horizontal(must.ends),
            ended=pl.col("closed_on"),
            _known=(pl.col("_covered") & must.needs).fill_null(False),
        )
        .filter(due.is_not_null())
        .with_columns(
            outcome=pl.when(due >= view_date)  # a deadline that has not passed is judged by nobody
            .then(pl.lit("pending"))
            .when(~pl.col("_known"))
            .then(pl.lit("unknown"))
            .when(in_time)
            .then(pl.lit("met"))
            .when((pl.col("_excused") <= due).fill_null(False))
            .then(pl.lit("excused"))
            .when((pl.col("_ended") <= due).fill_null(False))
            .then(pl.lit("lapsed"))
            .when(done.is_not_null())
            .then(pl.lit("late"))
            .otherwise(pl.lit("overdue")),
            on=due,
            day=pl.min_horizontal(due, done, pl.lit(view_date)),
            settled=in_time | ((pl.min_horizontal("_excused", "_ended") <= due).fill_null(False)),
        )
        .with_columns(days=_days_over(view_date))
    )


def _holding(must: Holds | Counts, rows: pl.LazyFrame, view_date: dt.date) -> pl.LazyFrame:
    never = pl.lit(None, dtype=pl.Date)
    due, fails = never, "unmet"
    if isinstance(must, Holds):
        fails = "missing"
        if must.grace:
            due = must.grace.due(pl.col(must.grace_from or must.on))
    judged_on = pl.min_horizontal(pl.lit(view_date), pl.col(must.on)) if must.on == "day" else pl.lit(view_date)
    holds = must.condition & pl.when(pl.col("_covered").is_not_null()).then(True)
    return (
        rows.filter(pl.col("_covered").fill_null(True) & pl.col(must.on).is_not_null())
        .with_columns(
            trigger=never,
            done=never,
            ended=never,
            on=pl.col(must.on),
            due=due,
            _holds=holds,
        )
        .with_columns(
            outcome=pl.when((pl.col("due") >= judged_on).fill_null(False))
            .then(pl.lit("pending"))
            .when(pl.col("_holds").is_null() | pl.col("_covered").is_null())
            .then(pl.lit("unknown"))
            .when(pl.col("_holds"))
            .then(pl.lit("met"))
            .otherwise(pl.lit(fails)),
            settled=pl.col("_holds").fill_null(False),
        )
        .with_columns(days=_days_over(view_date))
    )


def _days_over(view_date: dt.date) -> pl.Expr:
    """Whole days past the due date, for deviations that have one."""
    stop = pl.coalesce("done", pl.lit(view_date))
    return pl.when(pl.col("outcome").is_in(DEVIATIONS)).then((stop - pl.col("due")).dt.total_days())


def _count(figure: Distribution, facts: pl.DataFrame) -> pl.LazyFrame:
    rows = facts.lazy().filter(figure.population.fill_null(False)).with_columns(value=figure.value)
    if isinstance(rows.select("value").collect_schema()["value"], pl.List):
        rows = rows.explode("value")
    counted = rows.filter(pl.col("value").is_not_null() & pl.col(figure.on).is_not_null())
    return counted.select(
        pl.lit(figure.key, dtype=KEYS).alias("measure"),
        pl.col("unit_id").cast(pl.String),
        "case_id",
        "value",
        on=pl.col(figure.on),
        **PLACE,
    ).sort("on", "unit_id", "value", "case_id")


class Where:
    """Which centre held a case on a day, in which category and at what age."""

    def __init__(self, tables: Tables, view_date: dt.date) -> None:
        names = ("cases", "center_periods", "visitations")
        self.seen = fact.coded(fact.mask({name: tables[name] for name in names}, view_date))
        self.born = self.seen["cases"].select("case_id", "born_on")
        self.categories = fact.categories(self.seen["visitations"])

    def at(self, rows: pl.DataFrame, on: str | pl.Expr) -> pl.DataFrame:
        """center, category and age on a day of `rows` (which are `coded`), a row for each of them."""
        days = rows.select("case_id", day=on).join(self.born, on="case_id", how="left", maintain_order="left")
        days = fact.as_of(days, self.categories, by="case_id", left_on="day", right_on="visited_on")
        center = fact.centers_on(self.seen, days)["center"]
        return days.select(center, "category", age=fact.age("born_on", "day"))

    def add(self, rows: pl.DataFrame, on: str | pl.Expr) -> pl.DataFrame:
        """`rows` with center, category and age on a day of theirs."""
        return rows.hstack(self.at(rows, on))

    def handed_over(self, rows: pl.DataFrame) -> pl.DataFrame:
        """`rows` flagged where another centre held the case when the clock began."""
        moved = (
            rows.select("case_id", day="trigger")
            .drop_nulls()
            .unique()
            .join(self.seen["center_periods"].select("case_id").unique(), on="case_id", how="semi")
        )
        began = fact.centers_on(self.seen, moved).select("case_id", trigger="day", began_at="center")
        return rows.join(began, on=["case_id", "trigger"], how="left").with_columns(
            handed_over=(pl.col("began_at") != pl.col("center")).fill_null(False)
        )


def select(frame: Frame, cut: Cut, view_date: dt.date) -> Frame:
    """The rows of a cut: events of the period, and stock rows of its last day."""
    stock = pl.col("measure").is_in(STOCK)
    in_period = (
        pl.when(stock)
        .then(pl.col("on") == cut.last_day(view_date))
        .otherwise(pl.col("on").is_between(cut.date_from, cut.date_to))
    )
    return frame.filter(in_period & cut.who())


URGENCY = pl.col("outcome").cast(pl.String).replace_strict({"overdue": 0, "missing": 1, "late": 2})
"""Sort key of deviations: first what is still not done."""


def deviations(assessed: Assessed, cut: Cut, by: str | None = None) -> pl.DataFrame:
    """The units behind the late, overdue and missing of a cut: overdue first, then the oldest first.

    Exactly the units that `figures` counts with the same `by`: by month, stock measures are on every month end.
    """
    read = by_month if by == "month" else select
    rows = read(assessed.outcomes, cut, assessed.view_date).filter(pl.col("outcome").is_in(DEVIATIONS))
    return rows.sort("measure", URGENCY, "on", "unit_id")


AGE_BANDS = ((13, 17), (18, 24), (25, 30))
"""Whole years, both ends included. A youth outside them is in none."""

COUNTS = ("met", "late", "overdue", "missing", "unmet", "excused", "lapsed", "unknown", "pending")


def figures(assessed: Assessed, cut: Cut, by: str | None = None) -> pl.DataFrame:
    """Counts and rates of every measure in a cut, one row per measure and group.

    `by`: None, "month", "center", "category" or "age". Columns: measure, from, to, center, category, age (first year
    of its band), month (first day), base, the counts of every outcome, rate, audit_rate, low, high, audit_low,
    audit_high. Rates are fractions, null on an empty base; low/high = Wilson 95 % of the rate, audit_low/audit_high
    of the audit rate. A measure without a unit in a group still has its row, with zeros.
    """
    frame, view_date = assessed.outcomes, assessed.view_date
    if by == "month":
        return _summed(by_month(frame.lazy(), cut, view_date), ["month"], _months(cut, view_date), cut, view_date)
    rows = select(frame.lazy(), cut, view_date)
    if by is None:
        return _summed(rows, [], pl.DataFrame({"_": [0]}), cut, view_date)
    if by == "age":
        rows = rows.with_columns(age=age_band())
        groups = pl.DataFrame({"age": [*(low for low, _ in AGE_BANDS), None]}, schema={"age": pl.Int32})
        return _summed(rows, [by], groups, cut, view_date)
    groups = assessed.groups[by]
    if (chosen := getattr(cut, {"center": "centers", "category": "categories"}[by])) is not None:
        groups = groups.filter(pl.col(by).is_in(chosen, nulls_equal=True))
    return _summed(rows, [by], groups, cut, view_date)


def age_band() -> pl.Expr:
    """The first year of the band that `age` lies in; null outside them."""
    band = pl.lit(None, dtype=pl.Int32)
    for low, high in AGE_BANDS:
        band = pl.when(pl.col("age").is_between(low, high)).then(pl.lit(low, dtype=pl.Int32)).otherwise(band)
    return band


def by_month(frame: Frame, cut: Cut, view_date: dt.date) -> Frame:
    """The rows of a cut with their `month`: events of the month, stock rows of its last day (at most V)."""
    last = cut.last_day(view_date)
    ends = _ends(cut.date_from, last)
    stock = pl.col("measure").is_in(STOCK)
    rows = frame.filter(
        pl.when(stock).then(pl.col("on").is_in(ends)).otherwise(pl.col("on").is_between(cut.date_from, cut.date_to))
        & cut.who()
    )
    return rows.with_columns(month=pl.col("on").dt.month_start())


def _ends(first: dt.date, last: dt.date) -> list[dt.date]:
    """The last day of each month from `first` to `last`; `last` itself ends the last one."""
    months = (
        pl.date_range(first.replace(day=1), last, "1mo", eager=True) if first <= last else pl.Series([], dtype=pl.Date)
    )
    return [min(day, last) for day in months.dt.month_end().to_list()]


def stock_days(cut: Cut, view_date: dt.date, by: str | None = None) -> tuple[dt.date, ...]:
    """The days that stock measures must be judged on for a reading of a cut."""
    last = cut.last_day(view_date)
    return tuple(_ends(cut.date_from, last)) if by == "month" else (last,)


def _months(cut: Cut, view_date: dt.date) -> pl.DataFrame:
    first = cut.date_from.replace(day=1)
    return pl.DataFrame({"month": pl.date_range(first, max(cut.date_to, first), "1mo", eager=True)})


def _summed(rows: pl.LazyFrame, group: list[str], groups: pl.DataFrame, cut: Cut, view_date: dt.date) -> pl.DataFrame:
    counted = rows.group_by("measure", *group).agg(
        (pl.col("outcome") == outcome).sum().cast(pl.Int64).alias(outcome) for outcome in COUNTS
    )
    grid = pl.DataFrame({"measure": list(BY_KEY)}, schema={"measure": KEYS}).join(
        groups, how="cross", maintain_order="left_right"
    )
    counts = (
        grid.lazy()
        .join(counted, on=["measure", *group], how="left", nulls_equal=True, maintain_order="left")
        .with_columns(pl.col(COUNTS).fill_null(0))
        .with_columns(base=pl.sum_horizontal(BASE))
    )
    if "month" in group:
        first = pl.max_horizontal(pl.col("month"), pl.lit(cut.date_from))
        last = pl.min_horizontal(pl.col("month").dt.month_end(), pl.lit(cut.date_to))
    else:
        first, last = pl.lit(cut.date_from), pl.lit(cut.date_to)
    some, audited = pl.col("base") > 0, pl.col("base") + pl.col("excused")
    low, high = wilson(pl.col("met"), pl.col("base"))
    audit_low, audit_high = wilson(pl.col("met"), audited)
    return counts.select(
        "measure",
        first.alias("from"),
        last.alias("to"),
        *(pl.col(c) if c in group else pl.lit(None, dtype=pl.String).alias(c) for c in ("center", "category")),
        pl.col("age") if "age" in group else pl.lit(None, dtype=pl.Int32).alias("age"),
        pl.col("month") if "month" in group else pl.lit(None, dtype=pl.Date).alias("month"),
        "base",
        *COUNTS,
        rate=pl.when(some).then(pl.col("met") / pl.col("base")),
        audit_rate=pl.when(audited > 0).then(pl.col("met") / audited),
        low=pl.when(some).then(low),
        high=pl.when(some).then(high),
        audit_low=pl.when(audited > 0).then(audit_low),
        audit_high=pl.when(audited > 0).then(audit_high),
    ).collect()


def count_values(assessed: Assessed, cut: Cut, figure: Distribution) -> pl.DataFrame:
    """value, label, count of a distribution in a cut, in its declared order; values without a unit count 0."""
    rows = select(assessed.distributions, cut, assessed.view_date).filter(pl.col("measure") == figure.key)
    values = list(figure.labels)
    counted = rows.group_by("value").agg(count=pl.col("unit_id").n_unique())
    return (
        pl.DataFrame({"value": values, "label": list(figure.labels.values())}, schema={"value": str, "label": str})
        .join(counted, on="value", how="left", maintain_order="left")
        .with_columns(count=pl.col("count").fill_null(0).cast(pl.Int64))
    )

"""What has moved a figure: every unit that one judging counts otherwise than another, and why.

A figure is judged three times by the one engine: `then` as it was known then, `known` the same day and window as known
now, and `now`. What differs between the first two is knowledge, between the last two time. Where a rule changed in
between, what is now is judged by the old rules too, and the difference is the rule's. The parts add up to the change,
unit by unit; the decisions: `docs/adr/0012`.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import polars as pl

from metrics.assess import STOCK, Assessed, Cut
from metrics.limits import Life, Limit
from metrics.measure import BASE, Holds, Measure, Within
from metrics.measures import MEASURES

TIME = ("new", "happened", "left")
KNOWLEDGE = ("late", "corrected", "withdrawn")
RULES, RECOUNTED = "rules", "recounted"
PARTS = (*TIME, *KNOWLEDGE, RULES, RECOUNTED)
"""Time: units of cases that are new, what happened, what is counted no more. Knowledge: registered later, corrected,
withdrawn. Then the rules that came into force or ended; last what today's program counts otherwise, without units."""
IN_TURN = (RECOUNTED, *KNOWLEDGE, *TIME, RULES)
"""The parts as they are added: in this order every sum on the way is the count of a figure that could be."""
REST = "rest"
"""Stands for all parts that are too small to be told of by themselves."""
ELSEWHERE = "elsewhere"
"""Stands for what a unit was, or is, while another centre had it: that is not for who sees the row."""

UNITS = pl.Schema(
    {
        "measure": pl.String(),
        "unit_id": pl.String(),
        "case_id": pl.String(),
        "center": pl.String(),
        "part": pl.String(),
        "was": pl.String(),
        "is_": pl.String(),
        "met": pl.Int64(),
        "base": pl.Int64(),
        "on": pl.Date(),
        "due": pl.Date(),
        "done": pl.Date(),
        "was_on": pl.Date(),
        "was_due": pl.Date(),
        "was_done": pl.Date(),
    }
)
"""A unit that moved a figure: `met` and `base` = what it added there (-1, 0, 1); `was` and `is_` = its outcome before
and after, null where it was in no window. A unit that moved to another centre has a row in each."""
SPLIT = pl.Schema(
    {"measure": pl.String(), "part": pl.String(), "units": pl.Int64(), "met": pl.Int64(), "base": pl.Int64()}
)
"""How many units a part is of, and what it added to the count and to the base, or took from them."""
MOVES = SPLIT
"""The same of what is published, where `part` may be `REST`; what no row tells of is in the rest, if there is one."""


# --- which units, and why -----------------------------------------------------------------------------


def units(
    then: Assessed,
    known: Assessed,
    now: Assessed,
    cut_then: Cut,
    cut_now: Cut,
    by_old_rules: Assessed | None = None,
) -> pl.DataFrame:
    """Every unit that moved the met or the base of a measure, as `UNITS`; one part for each step on the way.

    `then` and `known` are of one view date and the window `cut_then`, `now` is of `cut_now`; all three hold the stock
    measures on the last day of theirs. `by_old_rules` = `now` by the rules of then, of the measures of `outdated` only.
    """
    before, after = _counted(then, cut_then), _counted(known, cut_then)
    learnt = _moved(before, after).pipe(_of_cases, then, known).pipe(_with, _knowledge())
    at_last = _counted(now, cut_now)
    steps = [learnt]
    unruled = at_last
    if by_old_rules is not None:
        keys = [m.key for m in outdated(then.view_date, now.view_date)]
        changed = pl.col("measure").is_in(keys)
        unruled = pl.concat([at_last.filter(~changed), _counted(by_old_rules, cut_now).filter(changed)])
        steps.append(_moved(unruled, at_last).with_columns(part=pl.lit(RULES)))
    steps.append(
        _moved(after, unruled).pipe(_of_cases, known, now).pipe(_with, _time(cut_then.last_day(then.view_date)))
    )
    rows = pl.concat([_rows(step) for step in steps])
    place = {part: number for number, part in enumerate(PARTS)}
    return rows.sort(
        pl.col("measure").replace_strict({m.key: n for n, m in enumerate(MEASURES)}, return_dtype=pl.Int64),
        pl.col("part").replace_strict(place, return_dtype=pl.Int64),
        pl.coalesce("on", "was_on"),
        "unit_id",
        "base",
        "met",
        nulls_last=True,
    )


def _counted(assessed: Assessed, cut: Cut) -> pl.DataFrame:
    """Every unit as it is judged, stock on the last day of the cut, with what it counts in it."""
    stock = pl.col("measure").is_in(STOCK)
    there = ~stock | (pl.col("on") == cut.last_day(assessed.view_date))
    inside = stock | pl.col("on").is_between(cut.date_from, cut.date_to)
    base = (inside & cut.who() & pl.col("outcome").is_in(BASE)).fill_null(False)
    outcome = pl.col("outcome").cast(pl.String)
    return assessed.outcomes.filter(there).select(
        pl.col("measure").cast(pl.String),
        "unit_id",
        "case_id",
        "center",
        "trigger",
        "on",
        "due",
        "done",
        "ended",
        outcome=outcome,
        inside=inside,
        # of what counts in no window only that it is not judged yet is worth saying
        said=pl.when(inside | ~pl.col("outcome").is_in(BASE)).then(outcome),
        met=(base & (outcome == "met")).cast(pl.Int64),
        base=base.cast(pl.Int64),
    )


def counted(assessed: Assessed, cut: Cut) -> pl.DataFrame:
    """measure, center, met, base of a cut: a row for each centre that has any unit in the base."""
    rows = _counted(assessed, cut).filter(pl.col("base") == 1)
    return rows.group_by("measure", "center", maintain_order=True).agg(pl.col("met", "base").sum())


def _moved(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """The units that count otherwise after than before, side by side; `gone` and `came`: judged on one side only.

    `judged_before` and `judged_after`: the unit is judged there by some measure of its kind.
    """
    of = {measure.key: measure.of for measure in MEASURES}
    both = before.join(after, on=["measure", "unit_id"], how="full", coalesce=True, suffix="_now").with_columns(
        gone=pl.col("outcome_now").is_null(),
        came=pl.col("outcome").is_null(),
        of=pl.col("measure").replace_strict(of, return_dtype=pl.String),
        **{name: pl.col(name).fill_null(0) for name in ("met", "base", "met_now", "base_now")},
    )
    same = (pl.col("met") == pl.col("met_now")) & (pl.col("base") == pl.col("base_now"))
    moved = pl.col("base").eq(1) & pl.col("center").ne_missing(pl.col("center_now"))
    both = both.filter(~same | moved)
    for name, side in (("judged_before", before), ("judged_after", after)):
        judged = side.select("unit_id", of=pl.col("measure").replace_strict(of, return_dtype=pl.String)).unique()
        both = both.join(judged.with_columns(pl.lit(True).alias(name)), on=["of", "unit_id"], how="left")
    return both.with_columns(
        pl.col("judged_before", "judged_after").fill_null(False), case_id=pl.coalesce("case_id_now", "case_id")
    )


def _of_cases(moved: pl.DataFrame, before: Assessed, after: Assessed) -> pl.DataFrame:
    """What is known of their cases before and after, `case_before` and `case_after`: whether there is one."""
    values = ("first_enquiry_on", "closed_on", "category")
    for side, assessed in (("before", before), ("after", after)):
        named = {f"{value}_{side}": value for value in values}
        there = pl.lit(True).alias(f"case_{side}")
        moved = moved.join(assessed.cases.select("case_id", there, **named), on="case_id", how="left")
    return moved.with_columns(pl.col("case_before", "case_after").fill_null(False))


def _with(moved: pl.DataFrame, part: pl.Expr) -> pl.DataFrame:
    return moved.with_columns(part=part)


def _knowledge() -> pl.Expr:
    """Why what is known now counts a unit otherwise than what was known then: `late`, `corrected` or `withdrawn`."""

    def altered(before: str, after: str) -> pl.Expr:
        """A value that was there is another now, or gone."""
        return pl.col(before).is_not_null() & pl.col(before).ne_missing(pl.col(after))

    late, corrected, withdrawn = (pl.lit(part) for part in KNOWLEDGE)
    of_case = pl.any_horizontal(
        altered(f"{value}_before", f"{value}_after") for value in ("first_enquiry_on", "closed_on", "category")
    )
    of_unit = pl.any_horizontal(
        altered(value, f"{value}_now") for value in ("center", "trigger", "on", "due", "done", "ended")
    )
    is_case = pl.col("unit_id") == pl.col("case_id")
    closed_late = (
        (is_case | pl.col("measure").is_in(STOCK))
        & pl.col("closed_on_before").is_null()
        & pl.col("closed_on_after").is_not_null()
    )
    renamed = ~is_case & pl.col("unit_id").str.contains("|", literal=True)
    # a unit numbered by its date has another number when the date is corrected
    redated = renamed & (pl.col("gone").any() & pl.col("came").any()).over("measure", "case_id")
    read_off = pl.col("measure").is_in([measure.key for measure in MEASURES if measure.in_a_field])
    was_open = pl.col("outcome").is_in(["overdue", "missing", "unmet", "late"]) & ~read_off
    return (
        pl.when("gone")
        .then(
            pl.when(~pl.col("case_after"))
            .then(withdrawn)
            .when(redated)
            .then(corrected)
            .when(closed_late)
            .then(late)
            .when(~is_case & ~pl.col("judged_after"))
            .then(withdrawn)
            .otherwise(corrected)
        )
        .when("came")
        .then(pl.when(~pl.col("case_before")).then(late).when(redated | of_case).then(corrected).otherwise(late))
        .when(of_unit)
        .then(corrected)
        .when(was_open | (pl.col("outcome") == "unknown"))
        .then(late)
        .otherwise(
            pl.when(pl.col("center").is_null() & pl.col("center_now").is_not_null()).then(late).otherwise(corrected)
        )
    )


def _time(last_day: dt.date) -> pl.Expr:
    """Why a unit counts otherwise in the later window: `new` (its case is), `happened` or `left`."""
    new, happened, left = (pl.lit(part) for part in TIME)
    after_it = (pl.col("first_enquiry_on_after") > last_day).fill_null(False)
    return (
        pl.when((pl.col("base") == 0) & after_it)
        .then(new)
        .when((pl.col("base_now") == 0) & ~pl.col("inside_now").fill_null(False))
        .then(left)
        .otherwise(happened)
    )


def _rows(moved: pl.DataFrame) -> pl.DataFrame:
    """A row for what each unit moved; where it has another centre, one for what it took and one for what it gave."""
    dates = ("on", "due", "done")
    elsewhere = ~pl.col("gone") & ~pl.col("came") & pl.col("center").ne_missing(pl.col("center_now"))
    counts, counted = pl.col("base_now") == 1, pl.col("base") == 1

    def told(there: pl.Expr, center: str, met: pl.Expr, base: pl.Expr) -> pl.DataFrame:
        """As seen from the centre before or from the one now."""
        was, now = (elsewhere, pl.lit(False)) if center == "center_now" else (pl.lit(False), elsewhere)
        return (
            moved.filter(there)
            .select(
                "measure",
                "unit_id",
                "case_id",
                "part",
                center=center,
                met=met,
                base=base,
                was=pl.when(was).then(pl.lit(ELSEWHERE)).otherwise("said"),
                is_=pl.when(now).then(pl.lit(ELSEWHERE)).otherwise("said_now"),
                **{name: pl.when(~now).then(f"{name}_now") for name in dates},
                **{f"was_{name}": pl.when(~was).then(name) for name in dates},
            )
            .select(UNITS.names())
            .cast(dict(UNITS))  # type: ignore[arg-type]
        )

    both = elsewhere & counts & counted
    met, base = pl.col("met_now") - pl.col("met"), pl.col("base_now") - pl.col("base")
    return pl.concat(
        [
            told(counts & ~both, "center_now", met, base),
            told(~counts, "center", met, base),
            told(both, "center", -pl.col("met"), -pl.col("base")),
            told(both, "center_now", pl.col("met_now"), pl.col("base_now")),
        ]
    )


def together(moved: pl.DataFrame) -> pl.DataFrame:
    """`moved` (as `units` gives them, all or those of some centres) with one row for each unit and part.

    A unit that moved between the centres asked about is said as it was and as it is; where it counts the same in the
    new one it is left out, as in `split`.
    """
    here = {name: pl.col(name).filter(pl.col(name).ne_missing(pl.lit(ELSEWHERE))).first() for name in ("was", "is_")}
    known = {name: pl.col(name).drop_nulls().first() for name in ("on", "due", "done", "was_on", "was_due", "was_done")}
    twice = pl.len().over("measure", "part", "unit_id") > 1
    one = (
        moved.filter(twice)
        .group_by("measure", "part", "unit_id", maintain_order=True)
        .agg(pl.col("case_id").first(), pl.col("center").last(), pl.col("met", "base").sum(), **here, **known)
        .filter(_some())
    )
    return pl.concat([moved.filter(~twice), one.select(UNITS.names())])


# --- the rules as they stood --------------------------------------------------------------------------


def outdated(then: dt.date, now: dt.date, measures: Sequence[Measure] = MEASURES) -> tuple[Measure, ...]:
    """The measures whose rule has changed, come or ended since a day and by another, with the rule as it stood then.

    Sees the limit of a measure and its life; a limit that is part of a condition has one version only.
    """
    old = ((measure, _as_it_stood(measure, then, now)) for measure in measures)
    return tuple(stood for measure, stood in old if stood is not measure)


def _as_it_stood(measure: Measure, then: dt.date, now: dt.date) -> Measure:
    def since(day: dt.date | None) -> bool:
        return day is not None and then < day <= now

    life, limit = measure.life, measure.limit
    if since(life.valid_from):
        life = replace(life, valid_to=dt.date.min)  # there was no such rule
    elif since(life.gone_on):
        life = Life(life.valid_from)
    if limit and any(since(version.valid_from) for version in limit.versions):
        limit = Limit(tuple(each for each in limit.versions if not since(each.valid_from)), limit.local)
    if life is measure.life and limit is measure.limit:
        return measure
    must = measure.must
    if isinstance(must, Within):
        must = replace(must, limit=limit)
    elif isinstance(must, Holds):
        must = replace(must, grace=limit)
    return replace(measure, life=life, must=must)


# --- the parts ----------------------------------------------------------------------------------------


def split(moved: pl.DataFrame) -> pl.DataFrame:
    """The parts of each measure's change, as `SPLIT`, in the order of the catalogue and of `PARTS`.

    `moved` as `units` gives them: all, or those of some centres. The sums over the parts are the change of met and
    base, exactly. A unit that only moved between the centres asked about is in no part.
    """
    return _summed(_net(moved, "measure", "part", "unit_id"))


def _net(moved: pl.DataFrame, *by: str) -> pl.DataFrame:
    return moved.group_by(by, maintain_order=True).agg(pl.col("met", "base").sum()).filter(_some())


def _some() -> pl.Expr:
    return (pl.col("met") != 0) | (pl.col("base") != 0)


def _summed(net: pl.DataFrame) -> pl.DataFrame:
    return (
        net.group_by("measure", "part", maintain_order=True)
        .agg(units=pl.len().cast(pl.Int64), met=pl.col("met").sum(), base=pl.col("base").sum())
        .select(SPLIT.names())
        .cast(dict(SPLIT))  # type: ignore[arg-type]
    )


Counted = tuple[int, int]
"""met and base of a measure."""


def recounted(parts: pl.DataFrame, then: Mapping[str, Counted], now: Mapping[str, Counted]) -> pl.DataFrame:
    """`parts` (as `SPLIT`) with what they lack of the change between two counts of each measure, as `RECOUNTED`.

    `then` and `now`: met and base as they were frozen, or as they are counted where they were not. What is lacking has
    no units: it is the fewest that it could be of.
    """
    have = {measure: (met, base) for measure, met, base in _totals(parts).iter_rows()}
    lacking = []
    for measure in then.keys() & now.keys():
        met, base = (now[measure][n] - then[measure][n] - have.get(measure, (0, 0))[n] for n in (0, 1))
        if met or base:
            lacking.append((measure, RECOUNTED, _fewest(met, base), met, base))
    return pl.concat([parts, pl.DataFrame(lacking, schema=SPLIT, orient="row").sort("measure")])


def _totals(parts: pl.DataFrame) -> pl.DataFrame:
    return parts.group_by("measure").agg(pl.col("met", "base").sum())


def _fewest(met: int, base: int) -> int:
    """So many units at least: one may have gone from the one side to the other."""
    rest = base - met
    return max(abs(met), abs(rest)) if met * rest < 0 else abs(base)


def points(parts: pl.DataFrame, then: Counted) -> dict[str, float]:
    """What each part of one measure's change (as `SPLIT`) did to its rate, as a fraction: part -> change.

    The parts are added in the order `IN_TURN`, so the changes add up to that of the rate. A part before or after which
    the base is nothing has no rate to change, and is not there.
    """
    changes, (met, base) = {}, then
    by_part = {row["part"]: row for row in parts.iter_rows(named=True)}
    for part in (*IN_TURN, REST):
        if (row := by_part.get(part)) is None:
            continue
        met_now, base_now = met + row["met"], base + row["base"]
        if base and base_now:
            changes[part] = met_now / base_now - met / base
        met, base = met_now, base_now
    return changes


# --- what may leave the house -------------------------------------------------------------------------


def publishable(moved: pl.DataFrame, then: pl.DataFrame, now: pl.DataFrame, threshold: int) -> pl.DataFrame:
    """What may be told of the whole municipality's moves, as `MOVES`, when nothing small is: the rest is one part.

    `moved` as `units` gives them for all centres; `then` and `now`: what is published of the two months, with
    measure, whole, met, base and hidden. Of each measure whose whole is shown in both, the parts add up to the change
    between them. A part is told when every flow in it (in, out, and between met and not) is of nobody or of at least
    `threshold` units. The rest is of as many at least, so what flows of it are smaller are more than one; where it is
    not, the smallest part that was told goes into it. Its `units` are the fewest that its own numbers allow.
    """
    before, after = _wholes(then), _wholes(now)
    told: list[tuple[str, str, int, int, int]] = []
    per_unit = _net(moved, "measure", "part", "unit_id")
    for measure in (measure for measure in after if measure in before):
        own = per_unit.filter(pl.col("measure") == measure)
        parts = recounted(_summed(own), {measure: before[measure]}, {measure: after[measure]})
        parts = parts.filter(pl.col("measure") == measure)
        told += _told(measure, parts, own, threshold)
    return pl.DataFrame(told, schema=MOVES, orient="row")


def _wholes(cells: pl.DataFrame) -> dict[str, Counted]:
    shown = cells.filter(pl.col("whole") & ~pl.col("hidden") & pl.col("met").is_not_null())
    return {measure: (met, base) for measure, met, base in shown.select("measure", "met", "base").iter_rows()}


def _told(
    measure: str, parts: pl.DataFrame, own: pl.DataFrame, threshold: int
) -> Iterator[tuple[str, str, int, int, int]]:
    sums = {row["part"]: (row["units"], row["met"], row["base"]) for row in parts.iter_rows(named=True)}
    flows = {part: _flows(own.filter(pl.col("part") == part)) for part in sums}
    if RECOUNTED in sums:
        _, met, base = sums[RECOUNTED]
        flows[RECOUNTED] = [abs(count) for count in (met, base - met) if count]  # as if there were nothing behind it
    hidden = {part for part, counts in flows.items() if any(count < threshold for count in counts)}

    def safe(lumped: Collection[str]) -> bool:
        touched = own.filter(pl.col("part").is_in(list(lumped)))["unit_id"].n_unique()
        return not lumped or touched + (sums[RECOUNTED][0] if RECOUNTED in lumped else 0) >= threshold

    while not safe(hidden) and len(hidden) < len(sums):
        hidden.add(min(sums.keys() - hidden, key=lambda part: (sums[part][0], PARTS.index(part))))
    for part in PARTS:
        if part in sums and part not in hidden:
            yield measure, part, *sums[part]
    met, base = (sum(sums[part][n] for part in hidden) for n in (1, 2))
    if hidden and (met or base or len(hidden) < len(sums)):
        yield measure, REST, _fewest(met, base), met, base


def _flows(units: pl.DataFrame) -> list[int]:
    """How many units went each way: in as met, in as not, out so, became met, are so no longer."""
    return units.group_by("met", "base").len()["len"].to_list()

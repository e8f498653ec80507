"""What a trend says: the level that months are held against, the months outside it, and where it begins anew."""

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import betabinom

from metrics import assess, trend
from metrics.assess import BY_KEY, SCHEMA, STOCK, Assessed, Cut
from metrics.statistics import TAIL
from metrics.trend import Rebase, Trend
from tests.policy import outcomes

V = dt.date(2025, 12, 31)
SINCE = dt.date(2024, 1, 1)
ALL = Cut(dt.date(2025, 1, 1), V)
DECIDED, MENTOR, GUIDED, INTERVIEW = "decided", "mentor", "guidance_225", "first_interview"
COURSE, OFFER = "contact_course", "first_offer"


def months(first: str, count: int) -> list[dt.date]:
    begun = dt.date.fromisoformat(first + "-01")
    return pl.date_range(begun, begun.replace(year=begun.year + 9), "1mo", eager=True).head(count).to_list()


def counted(series: str) -> list[tuple[int, int]]:
    """`9/10*3 0/0` -> three months of 9 in 10, and one without any."""
    parts = (part.partition("*") for part in series.split())
    return [
        (int(met), int(base))
        for rate, _, times in parts
        for met, _, base in [rate.partition("/")]
        for _ in range(int(times or 1))
    ]


def history(series: str, measure: str = DECIDED, first: str = "2024-01", view: dt.date = V) -> Assessed:
    """A measure with so many met and so many in the base month by month; units of a stock measure stay."""
    counts = counted(series)
    fails = "unmet" if measure == MENTOR else "late"
    stock = measure in STOCK
    rows = [
        {
            "measure": measure,
            "on": min(pl.select(pl.lit(day).dt.month_end()).item(), view) if stock else day.replace(day=10),
            "outcome": "met" if unit < met else fails,
            **({"unit_id": f"P{unit}"} if stock else {}),
        }
        for day, (met, base) in zip(months(first, len(counts)), counts, strict=True)
        for unit in range(base)
    ]
    return Assessed(view, outcomes(rows), pl.DataFrame(), pl.DataFrame())


def followed(
    series: str, measure: str = DECIDED, *, cut: Cut = ALL, rebases: Sequence[Rebase] = (), **given: Any
) -> Trend:
    return trend.follow(history(series, measure, **given), cut, SINCE, rebases)


def points(found: Trend, measure: str = DECIDED) -> list[dict[str, Any]]:
    return found.points.filter(pl.col("measure") == measure).to_dicts()


def signals(found: Trend, measure: str = DECIDED) -> list[tuple[Any, ...]]:
    chosen = found.signals.filter(pl.col("measure") == measure)
    return list(
        chosen.select("side", pl.col("month").dt.strftime("%Y-%m"), "points", "months", "met", "base").iter_rows()
    )


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        ("9/10*24", []),
        ("9/10*18 3/10 9/10*5", [("low", "2025-07", 1, 1, 3, 10)]),
        ("3/10*18 10/10 3/10*5", [("high", "2025-07", 1, 1, 10, 10)]),
        ("9/10*18 0/2 9/10*5", []),  # a base under three is not judged
        ("9/10*18 0/0 9/10*5", []),  # a month without any
        ("9/10*12 7/10*12", [("low", "2025-01", 12, 1, 84, 120)]),  # none outside, together they are
        ("9/10*18 7/10*6", []),  # six are no run
        ("9/10*12 8/10*12", []),  # a run that chance may well give
        ("7/10*12 9/10*12", [("high", "2025-01", 12, 1, 108, 120)]),
        ("9/10*12 7/10*6 1/1 7/10*6", [("low", "2025-01", 12, 1, 84, 120)]),  # too few to break a run
    ],
)
def test_what_falls_outside_the_expected(series: str, expected: list[tuple[Any, ...]]) -> None:
    cut = Cut(ALL.date_from, dt.date(2026, 1, 31)) if len(counted(series)) > 24 else ALL
    found = trend.follow(history(series, view=cut.date_to), cut, SINCE)
    assert signals(found) == expected


def test_the_limits_are_the_predictive_quantiles_of_the_first_twelve_months() -> None:
    series = "9/10*6 7/9*6 8/12 11/11 3/5"
    last = points(followed(series, view=dt.date(2025, 3, 31), cut=Cut(ALL.date_from, dt.date(2025, 3, 31))))[-3:]
    met, base = 9 * 6 + 7 * 6, 10 * 6 + 9 * 6
    for point in last:
        low, high = (betabinom.ppf(q, point["base"], met + 0.5, base - met + 0.5) for q in (TAIL, 1 - TAIL))
        assert point["level"] == pytest.approx(met / base, abs=1e-12)
        assert (point["low"], point["high"]) == (low / point["base"], high / point["base"])


def test_a_baseline_is_the_first_twelve_months_with_three_or_more() -> None:
    found = followed("9/10*3 2/2*2 9/10*9 1/10*10")
    point = points(found)[-1]
    assert (point["level"], point["level_months"]) == (0.9, 12)
    assert (point["level_from"], point["level_to"]) == (dt.date(2024, 1, 1), dt.date(2025, 2, 28))


def test_a_short_history_has_a_preliminary_level() -> None:
    found = followed("9/10*4", first="2025-09")
    assert [point["level_months"] for point in points(found)][-1] == 4
    assert not signals(found)


def test_the_level_does_not_move_with_the_period() -> None:
    levels = set()
    for last in (dt.date(2025, 3, 31), dt.date(2025, 9, 30), V):
        found = trend.follow(history("9/10*12 8/10*12"), Cut(dt.date(2025, 1, 1), last), SINCE)
        levels.add(points(found)[-1]["level"])
    assert levels == {0.9}


def test_what_was_before_the_beginning_is_drawn_but_not_held_against_anything() -> None:
    found = trend.follow(
        history("1/10*12 9/10*24", first="2023-01"), Cut(dt.date(2024, 1, 1), dt.date(2024, 12, 31)), SINCE
    )
    early, late = points(found)[:12], points(found)[12:]
    assert {(p["rate"], p["level"], p["low"], p["signal"]) for p in early} == {(0.1, None, None, None)}
    assert {p["level"] for p in late} == {0.9}
    assert not signals(found)


@pytest.mark.parametrize(
    ("rebases", "level", "found"),
    [
        ([], 0.9, ["low"]),
        ([Rebase(dt.date(2025, 1, 1))], 0.6, []),
        ([Rebase(dt.date(2025, 1, 20), DECIDED)], 0.6, []),  # the month of the decision is of the new level
        ([Rebase(dt.date(2025, 1, 1), "heard")], 0.9, ["low"]),  # another measure's
        ([Rebase(dt.date(2023, 1, 1))], 0.9, ["low"]),  # before the beginning
    ],
)
def test_only_a_dated_decision_begins_a_new_level(rebases: list[Rebase], level: float, found: list[str]) -> None:
    after = followed("9/10*12 6/10*12", rebases=rebases)
    assert points(after)[-1]["level"] == level
    assert sorted({side for side, *_ in signals(after)}) == found
    assert {point["segment"] for point in points(after)} == {0}  # the definition is the same: one line


def test_a_decision_in_the_middle_of_a_year_counts_from_the_next() -> None:
    found = points(followed("9/9*4 8/9 9/9*19", rebases=[Rebase(dt.date(2025, 12, 1), DECIDED)]))
    assert [(point["months"], point["level_to"]) for point in found] == [(12, dt.date(2024, 12, 31))] * 2


@pytest.mark.parametrize(
    ("day", "anew"),
    [("2023-12-31", False), ("2024-01-01", False), ("2024-01-31", False), ("2024-02-01", True), ("2025-06-15", True)],
)
def test_a_level_counts_anew_after_the_month_it_began_in(day: str, anew: bool) -> None:
    assert trend.counts_anew(dt.date.fromisoformat(day), SINCE) is anew


def test_a_rule_change_breaks_the_line_and_begins_a_new_level() -> None:
    [change] = BY_KEY[INTERVIEW].rule_changes()
    view = dt.date(2026, 12, 31)
    found = trend.follow(history("9/10*30 5/10*6", INTERVIEW, view=view), Cut(dt.date(2026, 1, 1), view), SINCE)
    segments = {point["month"] >= change: point["segment"] for point in points(found, INTERVIEW)}
    levels = {point["month"] >= change: point["level"] for point in points(found, INTERVIEW)}
    assert (segments, levels) == ({False: 0, True: 1}, {False: 0.9, True: 0.5})
    assert not signals(found, INTERVIEW)


def test_a_longer_deadline_breaks_the_line_where_it_begins_to_count() -> None:
    view = dt.date(2027, 6, 30)
    found = trend.follow(history("9/10*31 0/0*5 5/10*6", OFFER, view=view), Cut(dt.date(2027, 1, 1), view), SINCE)
    [change] = BY_KEY[OFFER].rule_breaks()
    assert change == dt.date(2027, 1, 1)  # six months after the day of the change
    levels = {(point["month"] >= change, point["segment"], point["level"]) for point in points(found, OFFER)}
    assert levels == {(False, 0, 0.9), (True, 1, 0.5)}


def test_a_rule_that_ends_breaks_the_line_and_begins_no_new_level() -> None:
    gone = BY_KEY[COURSE].life.gone_on
    assert gone is not None
    view = dt.date(2027, 3, 31)
    found = trend.follow(history("9/10*30 3/10*6 0/0*3", COURSE, view=view), Cut(dt.date(2026, 1, 1), view), SINCE)
    segments = {(point["month"] >= gone, point["segment"]) for point in points(found, COURSE)}
    assert segments == {(False, 0), (True, 1)}
    assert {(point["level"], point["months"]) for point in points(found, COURSE)} == {(0.9, 1)}
    assert [one[1] for one in signals(found, COURSE)] == [f"2026-{month:02}" for month in range(7, 13)]


@pytest.mark.parametrize(
    ("series", "length", "shown"),
    [
        ("9/10*24", 1, 24),
        ("19/20*12 18/20*12", 1, 24),  # one in twenty: once a month
        ("9/9*4 8/9 9/9*7 9/9*12", 12, 2),  # one in a year
        ("9/9*2 8/9 9/9*2 8/9 9/9*2 8/9 9/9*2 8/9 9/9*12", 3, 8),  # one a quarter
        ("0/9*2 1/9 0/9*2 1/9 0/9*2 1/9 0/9*2 1/9 0/9*12", 3, 8),  # it is the rarer answer that counts
        ("9/9*24", 12, 2),
        ("1/2*3 2/2*9 2/2*12", 12, 2),  # also the months that are too small to be judged
    ],
)
def test_months_are_joined_where_the_rarer_answer_comes_less_than_once(series: str, length: int, shown: int) -> None:
    found = points(followed(series))
    assert ({point["months"] for point in found}, len(found)) == ({length}, shown)
    assert sum(point["base"] for point in found) == sum(base for _, base in counted(series))


def test_a_stock_measure_is_read_on_the_last_day_of_a_joined_point() -> None:
    found = points(followed("0/9*6 1/9*6 0/9*12", MENTOR), MENTOR)
    assert [point["base"] for point in found] == [9] * len(found)
    assert {point["months"] for point in found} == {3}


def test_a_stock_measure_knows_no_more_than_the_people_in_it() -> None:
    """Forty people, counted on twelve month ends, are forty: the limits are wider than those of 480."""
    stock = points(followed("30/40*24", MENTOR), MENTOR)[-1]
    events = points(followed("30/40*24"))[-1]
    assert stock["level"] == events["level"] == 0.75
    assert (stock["low"], stock["high"]) == tuple(betabinom.ppf(q, 40, 30.5, 10.5) / 40 for q in (TAIL, 1 - TAIL))
    assert stock["low"] < events["low"]
    assert not signals(followed("30/40*12 25/40*12", MENTOR), MENTOR)  # nor is a run of the same people one
    assert signals(followed("30/40*12 25/40*12"))


def test_an_open_month_is_preliminary_and_not_judged() -> None:
    view = dt.date(2025, 12, 12)
    found = followed("9/10*23 0/10", view=view, cut=Cut(dt.date(2025, 1, 1), view))
    assert [point["preliminary"] for point in points(found)] == [False] * 23 + [True]
    assert not signals(found)


@pytest.mark.parametrize(
    ("series", "current"),
    [
        ("9/10*23 1/10", [True]),
        ("9/10*21 1/10 9/10*2", [True]),
        ("9/10*20 1/10 9/10*3", [False]),  # three months have come since
        ("9/10*12 1/10 0/0*11", [False]),  # the newest there is, but long ago
        ("9/10*12 1/10 9/10 0/0*10", [False]),  # among the newest, but long ago
    ],
)
def test_a_signal_is_current_while_it_is_new(series: str, current: list[bool]) -> None:
    assert followed(series).signals["current"].to_list() == current


def test_signals_before_the_months_that_are_shown_are_gone() -> None:
    view = dt.date(2027, 6, 30)
    found = trend.follow(history("9/10*13 1/10 9/10*28", view=view), Cut(dt.date(2027, 1, 1), view), SINCE)
    assert len(points(found)) == trend.SHOWN
    assert not signals(found)


def test_every_measure_has_its_points_also_without_a_unit() -> None:
    found = trend.follow(Assessed(V, outcomes([]), pl.DataFrame(), pl.DataFrame()), ALL, SINCE)
    assert set(found.points["measure"].cast(pl.String)) == set(BY_KEY)
    assert found.points["base"].sum() == 0
    assert found.points.filter(pl.col("low").is_not_null()).is_empty()
    assert found.signals.is_empty()


@pytest.mark.parametrize(
    ("last", "first_month"),
    [
        ("2025-12-31", "2024-01-01"),
        ("2025-12-10", "2024-01-01"),
        ("2025-02-28", "2023-01-01"),  # shown further back than the level is counted from
        ("2026-04-10", "2024-01-01"),
    ],
)
def test_the_span_of_a_trend(last: str, first_month: str) -> None:
    chosen = Cut(dt.date(2025, 1, 1), dt.date.fromisoformat(last), ("Nord",), ("aktivitetsparat",), ((18, 24),))
    found = trend.span(chosen, dt.date(2026, 4, 10), SINCE)
    # whole months, to the end of that of V: what falls due later in it is waited for
    assert (found.date_from.isoformat(), found.date_to.isoformat()) == (first_month, "2026-04-30")
    assert (found.centers, found.categories, found.ages) == (chosen.centers, chosen.categories, chosen.ages)


def test_a_period_that_ends_in_the_middle_of_a_month_does_not_cut_it() -> None:
    found = trend.follow(history("9/10*24"), Cut(dt.date(2025, 1, 1), dt.date(2025, 8, 15)), SINCE)
    last = points(found)[-1]
    assert (last["month"], last["to"], last["base"]) == (dt.date(2025, 8, 1), dt.date(2025, 8, 31), 10)
    assert not any(point["preliminary"] for point in points(found))
    assert found.months.filter(measure=DECIDED)["month"].max() == dt.date(2025, 8, 1)


def test_a_year_is_cut_by_a_rule_change_only() -> None:
    [change] = BY_KEY[INTERVIEW].rule_changes()
    view = dt.date(2026, 11, 22)
    found = trend.follow(history("9/9*35", INTERVIEW, view=view), Cut(dt.date(2026, 1, 1), view), dt.date(2024, 5, 1))
    spans = [(point["month"], point["to"], point["preliminary"]) for point in points(found, INTERVIEW)]
    assert spans == [
        (dt.date(2024, 1, 1), dt.date(2024, 12, 31), False),  # though levels begin in May
        (dt.date(2025, 1, 1), dt.date(2025, 12, 31), False),
        (dt.date(2026, 1, 1), dt.date(2026, 6, 30), False),  # over, and judged
        (change, dt.date(2026, 11, 30), True),
    ]


def test_what_is_drawn_and_what_is_said_are_the_same_points() -> None:
    series = "9/9*10 8/9 9/9*13 0/9*3 9/9*33"
    view = dt.date(2028, 12, 31)
    found = trend.follow(history(series, view=view), Cut(dt.date(2028, 1, 1), view), SINCE)
    marked = [point["month"] for point in points(found) if point["signal"]]
    assert marked == found.signals["month"].to_list() == [dt.date(2026, 1, 1)]


# False alarms

EVENTS = [key for key in BY_KEY if key not in STOCK and not BY_KEY[key].rule_changes() and not BY_KEY[key].stock]


def alarms(draws: Iterator[pl.DataFrame]) -> float:
    """The share of series with a signal among municipalities that never change."""
    series = wrong = 0
    for drawn in draws:
        found = trend.follow(Assessed(V, drawn, pl.DataFrame(), pl.DataFrame()), ALL, SINCE).signals
        series += drawn["measure"].n_unique()
        wrong += found["measure"].n_unique()
    return wrong / series


def rows(measure: pl.Series, on: pl.Series, unit: pl.Series, met: pl.Series) -> pl.DataFrame:
    blank = {name: pl.lit(None, dtype=kind) for name, kind in SCHEMA.items()}
    return pl.DataFrame({"measure": measure, "on": on, "unit_id": unit, "_met": met}).select(
        **blank
        | {
            "measure": pl.col("measure").cast(assess.KEYS),
            "on": pl.col("on"),
            "unit_id": pl.col("unit_id").cast(pl.String),
            "case_id": pl.col("unit_id").cast(pl.String),
            "outcome": pl.when("_met").then(pl.lit("met")).otherwise(pl.lit("late")).cast(assess.OUTCOME),
        }
    )


def steady_events(p: float, low: int, high: int, repeats: int) -> Iterator[pl.DataFrame]:
    rng = np.random.default_rng([int(p * 1000), low, high])
    days = np.array(months("2024-01", 24), dtype="datetime64[D]") + 9
    for _ in range(repeats):
        sizes = rng.integers(low, high + 1, size=(len(EVENTS), len(days)))
        which, when = np.nonzero(np.ones_like(sizes))
        n = sizes.ravel()
        measure = pl.Series(np.repeat(np.array(EVENTS)[which], n))
        yield rows(
            measure,
            pl.Series(np.repeat(days[when], n)),
            pl.Series(np.arange(n.sum())),
            pl.Series(rng.random(n.sum()) < p),
        )


@cache
def month_days() -> list[dt.date]:
    return list(assess.stock_days(Cut(SINCE, V), V, "month"))


def steady_stock(p: float, size: int, stay: float, repeats: int) -> Iterator[pl.DataFrame]:
    """People who stay `stay` months on average, with an answer that they keep; as many come as go."""
    rng = np.random.default_rng([int(p * 1000), size, int(stay)])
    ends = np.arange(24)
    for _ in range(repeats):
        parts = []
        for key in STOCK_MEASURES:
            newcomers = rng.poisson(size / stay * 100)
            begin = rng.uniform(-76, 24, newcomers)
            until = begin + rng.exponential(stay, newcomers)
            answer = rng.random(newcomers) < p
            there = (begin[:, None] <= ends) & (until[:, None] > ends)
            person, month = np.nonzero(there)
            days = np.array(month_days(), dtype="datetime64[D]")[month]
            parts.append(
                rows(pl.Series([key] * len(person)), pl.Series(days), pl.Series(person), pl.Series(answer[person]))
            )
        yield pl.concat(parts)


STOCK_MEASURES = [key for key in STOCK if key in BY_KEY]


@pytest.mark.parametrize(
    ("p", "low", "high"),
    [(0.92, 5, 20), (0.97, 5, 20), (0.8, 5, 20), (0.5, 5, 20), (0.3, 12, 12), (0.92, 20, 20)],
)
def test_at_most_two_in_a_hundred_steady_series_show_a_signal(p: float, low: int, high: int) -> None:
    assert alarms(steady_events(p, low, high, repeats=1500 // len(EVENTS))) <= 0.02


@pytest.mark.parametrize(("p", "low", "high"), [(0.5, 100, 100), (0.7, 30, 45), (0.9, 200, 300)])
def test_nor_more_than_four_in_a_hundred_where_there_are_many(p: float, low: int, high: int) -> None:
    assert alarms(steady_events(p, low, high, repeats=700 // len(EVENTS))) <= 0.05


@pytest.mark.parametrize(("p", "size", "stay"), [(0.5, 20, 18), (0.8, 60, 18), (0.46, 200, 12)])
def test_nor_do_steady_stocks(p: float, size: int, stay: float) -> None:
    assert alarms(steady_stock(p, size, stay, repeats=600 // len(STOCK_MEASURES))) <= 0.02


def test_a_fall_of_twelve_points_at_twenty_a_month_is_mostly_seen() -> None:
    """What the few false alarms cost: three in four such falls are seen within the year."""

    def fallen() -> Iterator[pl.DataFrame]:
        before, after = steady_events(0.92, 20, 20, 12), steady_events(0.80, 20, 20, 12)
        for one, other in zip(before, after, strict=True):
            yield pl.concat(
                [one.filter(pl.col("on") < dt.date(2025, 1, 1)), other.filter(pl.col("on") >= dt.date(2025, 1, 1))]
            )

    assert alarms(fallen()) > 0.7

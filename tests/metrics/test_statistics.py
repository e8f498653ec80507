"""Small numbers against a second opinion: statsmodels, lifelines and scipy, exact fractions, and a plain walk."""

import importlib
import math
import warnings
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise, product
from types import ModuleType

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom, binom, binomtest, hypergeom

from metrics import statistics
from metrics.statistics import (
    CURVE,
    Z95,
    cumulative,
    difference,
    expected,
    finite_population,
    interval,
    median_wait,
    newcombe,
    surprise,
    wilson,
    xmr,
)

BASES = (1, 2, 3, 4, 5, 9, 10, 15, 25, 100, 198, 8000)
SHARES = [(met, base) for base in BASES for met in sorted({0, 1, base // 3, base // 2, base - 1, base})]
TAIL = 0.00135


@pytest.fixture(scope="module")
def lifelines() -> ModuleType:
    """Takes seconds to load: only when it is asked."""
    return importlib.import_module("lifelines")


@pytest.fixture(scope="module")
def proportion() -> ModuleType:
    return importlib.import_module("statsmodels.stats.proportion")


@pytest.fixture(scope="module")
def survival() -> ModuleType:
    return importlib.import_module("statsmodels.duration.survfunc")


@pytest.fixture
def quietly() -> Iterator[None]:
    """The other packages divide by zero where a curve ends; ours may not warn, so this is for them alone."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


# Rates


def test_the_interval_of_one_rate_is_that_of_a_column_of_them() -> None:
    low, high = wilson(pl.col("met"), pl.col("base"))
    frame = pl.DataFrame(SHARES, schema=["met", "base"], orient="row").select(low=low, high=high)
    assert [interval(*share) for share in SHARES] == frame.rows()
    assert interval(0, 0) is None


@pytest.mark.parametrize(("met", "base"), SHARES)
def test_wilson_interval_is_that_of_scipy_and_statsmodels(met: int, base: int, proportion: ModuleType) -> None:
    theirs = binomtest(met, base).proportion_ci(confidence_level=0.95, method="wilson")
    assert interval(met, base) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert interval(met, base) == pytest.approx(proportion.proportion_confint(met, base, method="wilson"), abs=1e-9)


def test_none_and_all_are_exact_ends() -> None:
    for base in BASES:
        none, every_one = interval(0, base), interval(base, base)
        assert none is not None
        assert every_one is not None
        assert (none[0], every_one[1]) == (0.0, 1.0)


def test_13_of_15_is_somewhere_from_62_to_96_per_cent() -> None:
    ends = interval(13, 15)
    assert ends is not None
    low, high = ends
    assert (round(100 * low), round(100 * high)) == (62, 96)


def differences(rows: Sequence[tuple[int, int, int, int]], dtype: pl.DataType | None = None) -> pl.DataFrame:
    names = ["met", "base", "other_met", "other_base"]
    frame = pl.DataFrame(rows, schema={name: dtype or pl.Int64() for name in names}, orient="row")
    value, low, high = newcombe(*map(pl.col, names))
    return frame.select(difference=value, low=low, high=high)


def test_newcombe_interval_is_that_of_statsmodels(proportion: ModuleType) -> None:
    rows = [(*one, *other) for one, other in product(SHARES, SHARES)]
    ours = differences(rows)
    met, base, other_met, other_base = np.array(rows).T
    theirs = proportion.confint_proportions_2indep(met, base, other_met, other_base, method="newcomb", compare="diff")
    assert ours["difference"].to_numpy() == pytest.approx(met / base - other_met / other_base, abs=1e-12)
    assert ours["low"].to_numpy() == pytest.approx(theirs[0], abs=1e-9)
    assert ours["high"].to_numpy() == pytest.approx(theirs[1], abs=1e-9)


@pytest.mark.parametrize(
    ("row", "ends"),
    [
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((6, 7, 2, 7), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
        ((0, 10, 0, 10), (-0.2775, 0.2775)),
        ((10, 10, 0, 20), (0.6791, 1.0000)),
        ((10, 10, 0, 10), (0.6075, 1.0000)),
    ],
)
def test_newcombe_interval_is_that_of_his_article(row: tuple[int, int, int, int], ends: tuple[float, float]) -> None:
    [(_, low, high)] = differences([row], pl.UInt32()).rows()
    assert (low, high) == pytest.approx(ends, abs=0.00005)


def test_nothing_can_be_compared_with_an_empty_base() -> None:
    empty = [(0, 0, 3, 4), (3, 4, 0, 0), (0, 0, 0, 0)]
    assert differences(empty).rows() == [(None, None, None)] * 3
    assert [difference(*row) for row in empty] == [None] * 3


def test_the_difference_of_two_rates_is_that_of_columns_of_them() -> None:
    rows = [(56, 70, 48, 80), (0, 10, 0, 20), (10, 10, 0, 10)]
    assert [difference(*row) for row in rows] == differences(rows).rows()


# A share of a whole population


def possible(found: int, sample: int, population: int, level: Fraction) -> tuple[Fraction, Fraction]:
    """The interval as it is defined: every number that both tails leave possible, in whole numbers."""
    tail = (1 - level) / 2
    left = []
    for having in range(population + 1):
        ways = [math.comb(having, k) * math.comb(population - having, sample - k) for k in range(sample + 1)]
        if min(sum(ways[: found + 1]), sum(ways[found:])) > tail * sum(ways):
            left.append(having)
    assert left == list(range(left[0], left[-1] + 1))
    return Fraction(left[0], population), Fraction(left[-1], population)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("population", [1, 2, 3, 7, 10, 20])
def test_interval_of_a_drawn_sample_is_what_both_tails_leave_possible(population: int, level: float) -> None:
    exact = Fraction(str(level))
    for sample in range(1, population + 1):
        for found in range(sample + 1):
            ends = finite_population(found, sample, population, level)
            assert ends == pytest.approx(possible(found, sample, population, exact), abs=1e-12), (found, sample)


@pytest.mark.parametrize(
    ("found", "sample", "population"),
    [
        (45, 102, 103),
        (45, 102, 160),
        (45, 102, 400),
        (45, 102, 1200),
        (0, 30, 300),
        (30, 30, 300),
        (1, 2, 900),
        (0, 1, 40),
        (1, 1, 40),
    ],
)
def test_interval_of_a_drawn_sample_in_a_municipality(found: int, sample: int, population: int) -> None:
    """One of 40 is a tail of exactly 2.5 %: just too little."""
    ends = finite_population(found, sample, population)
    assert ends == pytest.approx(possible(found, sample, population, Fraction(95, 100)), abs=1e-12)


@pytest.mark.parametrize(("sample", "population"), [(1, 20), (7, 20), (19, 20), (30, 120)])
def test_interval_of_a_drawn_sample_holds_the_truth_in_95_of_100_draws(sample: int, population: int) -> None:
    ends = np.array([finite_population(found, sample, population) for found in range(sample + 1)]) * population
    for having in range(population + 1):
        chance = hypergeom.pmf(np.arange(sample + 1), population, having, sample)
        held = (ends[:, 0] - 1e-9 <= having) & (having <= ends[:, 1] + 1e-9)
        assert chance[held].sum() >= 0.95 - 1e-9, having


def test_45_of_102_when_all_are_seen_when_half_are_and_when_few_are() -> None:
    assert finite_population(45, 102, 102) == (45 / 102, 45 / 102)
    drawn = binomtest(45, 102).proportion_ci(method="exact")
    assert finite_population(45, 102, 10**7) == pytest.approx((drawn.low, drawn.high), abs=1e-5)
    low, high = finite_population(45, 102, 204)
    assert drawn.low < low < 45 / 102 < high < drawn.high


def test_those_with_and_those_without_are_two_sides_of_one_interval() -> None:
    for found in range(13):
        low, high = finite_population(found, 12, 80)
        assert finite_population(12 - found, 12, 80) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@pytest.mark.parametrize("population", [0, 1, 500])
def test_an_empty_sample_says_nothing(population: int) -> None:
    assert finite_population(0, 0, population) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("found", "sample", "population", "level"),
    [(-1, 5, 9, 0.95), (6, 5, 9, 0.95), (5, 10, 9, 0.95), (0, 0, -1, 0.95), (2, 5, 9, 0.0), (2, 5, 9, 1.0)],
)
def test_a_sample_that_cannot_be_is_refused(found: int, sample: int, population: int, level: float) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        finite_population(found, sample, population, level)


# Signals

Baseline = tuple[np.ndarray, np.ndarray, np.ndarray]
"""n, met and base, one element each."""


def grid() -> Baseline:
    rows = [
        (n, met, base)
        for n, base in product((0, 1, 2, 3, 5, 14, 40), (1, 2, 3, 10, 25, 120))
        for met in sorted({0, 1, base // 2, base - 1, base})
    ]
    return tuple(np.array(rows).T)


def drawn(seed: int, size: int, most: int) -> Baseline:
    """Baselines of any weight: the effective base of a pooled rate is no whole number."""
    rng = np.random.default_rng(seed)
    base = rng.uniform(0.3, 900, size)
    return rng.integers(0, most, size), base * rng.beta(2, 0.5, size), base


BASELINES = [grid(), drawn(1, 300, 30), drawn(2, 60, 1200)]


def jeffreys(met: np.ndarray, base: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return met + 0.5, base - met + 0.5


@pytest.mark.parametrize("tail", [TAIL, 0.025])
@pytest.mark.parametrize(("n", "met", "base"), BASELINES)
def test_what_to_expect_is_scipy_s_beta_binomial(n: np.ndarray, met: np.ndarray, base: np.ndarray, tail: float) -> None:
    low, high = expected(n, met, base, tail)
    assert low.tolist() == betabinom.ppf(tail, n, *jeffreys(met, base)).tolist()
    assert high.tolist() == betabinom.ppf(1 - tail, n, *jeffreys(met, base)).tolist()


@pytest.mark.parametrize("base", [1e8, 1e11, 1e14])
def test_a_baseline_without_end_leaves_the_binomial_limits_of_the_method(base: float) -> None:
    n, share = (each.ravel() for each in np.meshgrid([1, 3, 5, 14, 20, 60, 400], [0.02, 0.3, 0.5, 0.68, 0.92, 0.99]))
    low, high = expected(n, share * base, base)
    assert low.tolist() == binom.ppf(TAIL, n, share).tolist()
    assert high.tolist() == binom.ppf(1 - TAIL, n, share).tolist()


@pytest.mark.parametrize(
    ("n", "met", "base", "limits"),
    [
        (14, 0, 0, (0, 14)),
        (0, 0, 0, (0, 0)),
        (0, 9, 10, (0, 0)),
        (1, 5, 10, (0, 1)),
        (14, 920, 1000, (9, 14)),
        (14, 46, 50, (8, 14)),
        (14, 11, 12, (5, 14)),
        (14, 1, 12, (0, 9)),
    ],
)
def test_what_to_expect_by_hand(n: int, met: int, base: int, limits: tuple[int, int]) -> None:
    """The less is known of the rate, the wider the limits: 8 of 14 is a signal after 1,000 units, not after 50."""
    assert expected(n, met, base) == limits


def test_an_empty_baseline_says_nothing_however_many_follow() -> None:
    """The prior alone would have an opinion on a thousand units."""
    assert expected(1000, 0, 0, 0.025) == (0, 1000)


def test_limits_at_exactly_the_tail_and_with_none() -> None:
    assert expected(1, 5, 10, 0.5) == (0, 0)
    n, met, base = drawn(4, 200, 60)
    low, high = expected(n, met, base, 0.0)
    assert not low.any()
    assert (high <= n).all()


def test_half_a_unit_is_a_baseline() -> None:
    """Every count is as likely as any other."""
    n = np.array([1, 3, 5])
    assert expected(n, 0.5, 1.0)[1].tolist() == betabinom.ppf(1 - TAIL, n, 1.0, 1.0).tolist()
    assert surprise(0, n, 0.5, 1.0) == pytest.approx(1 / (n + 1))


def test_arguments_are_broadcast_and_rows_stay_where_they_are() -> None:
    n = np.array([[14, 3, 14], [0, 40, 3]])
    low, high = expected(n, 46, 50)
    rare = surprise(1, n, [46, 46, 25], 50)
    assert low.shape == high.shape == rare.shape == n.shape
    for at in np.ndindex(n.shape):
        assert (low[at], high[at]) == expected(n[at], 46, 50)
        assert rare[at] == pytest.approx(surprise(1, n[at], [46, 46, 25][at[1]], 50), rel=1e-12)
    assert [len(each) for each in (*expected([], [], []), surprise([], [], [], []))] == [0, 0, 0]


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    n, met, base = drawn(3, 80, 90)
    whole = expected(n, met, base), surprise(n // 2, n, met, base)
    monkeypatch.setattr(statistics, "CELLS", 100)
    cut = expected(n, met, base), surprise(n // 2, n, met, base)
    assert np.array_equal(whole[0], cut[0])
    assert cut[1] == pytest.approx(whole[1], rel=1e-12)


@pytest.mark.parametrize(("n", "met", "base"), BASELINES)
def test_surprise_is_the_smaller_tail_of_scipy_s_beta_binomial(
    n: np.ndarray, met: np.ndarray, base: np.ndarray
) -> None:
    a, b = jeffreys(met, base)
    for x in (np.zeros_like(n), n // 3, n - n // 5, n, n + 1, np.full_like(n, -1)):
        theirs = np.minimum(betabinom.cdf(x, n, a, b), betabinom.sf(x - 1, n, a, b))
        assert surprise(x, n, met, base) == pytest.approx(theirs, abs=1e-9)


def test_a_tiny_tail_keeps_its_digits() -> None:
    """None of a long month, or with the baseline turned round every one: a product."""
    n, met, base = 60, 47, 50
    chance = float(math.prod(Fraction(7 + 2 * k, 102 + 2 * k) for k in range(n)))
    assert chance < 1e-20
    assert surprise(0, n, met, base) == pytest.approx(chance, rel=1e-9)
    assert surprise(n, n, base - met, base) == pytest.approx(chance, rel=1e-9)


def test_surprise_is_under_the_tail_exactly_outside_the_limits() -> None:
    for n, met, base in zip(*grid(), strict=True):
        low, high = expected(n, met, base)
        x = np.arange(n + 1)
        assert ((x < low) | (x > high)).tolist() == (surprise(x, n, met, base) < TAIL).tolist()


def test_nothing_is_surprising_after_an_empty_baseline() -> None:
    assert surprise([0, 7, 14], 14, 0, 0).tolist() == [1.0, 1.0, 1.0]
    assert surprise(0, 0, 9, 10) == 1.0


@pytest.mark.parametrize(
    ("n", "met", "base"),
    [(-1, 0, 0), (2.5, 0, 0), (math.nan, 0, 0), (5, -1, 3), (5, 4, 3), (5, math.nan, 3), (5, 0, math.nan)],
)
def test_a_baseline_that_cannot_be_is_refused(n: float, met: float, base: float) -> None:
    with pytest.raises(ValueError, match=r"whole number of units|met of base"):
        expected([4, n], [1, met], [2, base])
    with pytest.raises(ValueError, match=r"whole number of units|met of base"):
        surprise(0, n, met, base)


@pytest.mark.parametrize(("met", "base"), [(3.3000000000000003, 3.3), (1e12 + 1, 1e12)])
def test_a_weighted_baseline_may_be_all_met_but_for_rounding(met: float, base: float) -> None:
    assert expected(9, met, base) == expected(9, base, base)


def by_hand(values: Sequence[float | None]) -> tuple[float | None, float | None, float | None]:
    there = [value for value in values if value is not None]
    ranges = [abs(later - earlier) for earlier, later in pairwise(values) if earlier is not None and later is not None]
    if not there:
        return None, None, None
    mean = math.fsum(there) / len(there)
    if not ranges:
        return mean, None, None
    reach = 2.66 * math.fsum(ranges) / len(ranges)
    return mean, mean - reach, mean + reach


SERIES: list[list[float | None]] = [
    [39, 41, 41, 41, 43, 44, 41, 42, 40, 41, 44, 40],
    [5, 9],
    [9, 5],
    [5, None, 9],
    [None, 3, None, 8, 9, None, None, 2, None],
    [7],
    [None, 7, None],
    [None, None],
    [],
    [0, 0, 12, 0],
]


def limits(values: Sequence[float | None], dtype: pl.DataType) -> tuple[float | None, ...]:
    mean, low, high = xmr(pl.col("value"))
    [row] = (
        pl.DataFrame({"value": pl.Series(values, dtype=dtype)})
        .select(mean, low.alias("low"), high.alias("high"))
        .rows()
    )
    return row


@pytest.mark.parametrize("dtype", [pl.Float64(), pl.UInt32(), pl.Int8()])
@pytest.mark.parametrize("values", SERIES)
def test_xmr_limits_are_those_of_a_calculation_by_hand(values: list[float | None], dtype: pl.DataType) -> None:
    assert limits(values, dtype) == pytest.approx(by_hand(values), abs=1e-9)


def test_a_range_may_be_wider_than_the_type_of_the_values() -> None:
    assert limits([-100, 100, -100], pl.Int8()) == pytest.approx(by_hand([-100, 100, -100]), abs=1e-9)


def test_xmr_limits_of_a_published_example() -> None:
    """NIST/SEMATECH e-Handbook 6.3.2.2: flow rates, moving range 1.8778, limits of 3/1.128 times it."""
    flow = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
    assert limits(flow, pl.Float64()) == pytest.approx((50.81, 50.81 - 2.66 * 1.8778, 50.81 + 2.66 * 1.8778), abs=1e-3)


@pytest.mark.parametrize("value", [0.1, 0.7, 1 / 3, 12, 0])
def test_limits_of_a_constant_series_are_its_value_to_the_last_digit(value: float) -> None:
    """Else every month lies outside them."""
    for length in range(2, 40):
        assert limits([value] * length, pl.Float64()) == (value, value, value)


def test_xmr_limits_stay_within_their_group() -> None:
    frame = pl.DataFrame(
        [(group, value) for group, values in enumerate(SERIES) for value in values],
        schema={"group": pl.Int64(), "value": pl.Float64()},
        orient="row",
    )
    mean, low, high = (each.over("group") for each in xmr(pl.col("value")))
    for group, *row in frame.select("group", mean=mean, low=low, high=high).iter_rows():
        assert row == pytest.approx(list(by_hand(SERIES[group])), abs=1e-9)


# Waiting times

Unit = tuple[int, str]
"""Days from the start, and what happened then: event, ended or waiting."""


def curve(units: Sequence[Unit]) -> pl.DataFrame:
    return cumulative(
        pl.Series([days for days, _ in units], dtype=pl.Int64),
        pl.Series([what == "event" for _, what in units], dtype=pl.Boolean),
        pl.Series([what == "ended" for _, what in units], dtype=pl.Boolean),
    )


def median(units: Sequence[Unit]) -> int | None:
    return median_wait(curve(units))[0]


def samples(*what: str, last_day: int = 40) -> list[list[Unit]]:
    """Small and large groups, with many ties and with few, most waiting and hardly any."""
    rng = np.random.default_rng(20250331)
    return [
        [(int(day), str(each)) for day, each in zip(rng.integers(0, within, size), how, strict=True)]
        for size, within in product((1, 2, 3, 5, 8, 20, 60, 300), (4, last_day))
        for _ in range(3)
        for how in [rng.choice(what, size, p=rng.dirichlet(np.ones(len(what))))]
    ]


def untied(sample: list[Unit]) -> list[Unit]:
    """Everybody a day of their own, in the same order; lifelines overlooks the events of day 0."""
    return [(7 * at, what) for at, (_, what) in enumerate(sorted(sample), start=1)]


SAMPLES = samples("event", "ended", "waiting")
WITHOUT_ENDS = samples("event", "waiting")


def log_log(had: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The interval from another package's standard error of the share."""
    wait = 1 - had
    reach = Z95 * error / (wait * np.log(wait))
    return 1 - wait ** np.exp(reach), 1 - wait ** np.exp(-reach)


def inside(ours: pl.DataFrame) -> np.ndarray:
    """Where an interval comes from a variance: some have had it, but not all."""
    return ours["had"].is_between(0, 1, closed="none").to_numpy()


def assert_ends(ours: pl.DataFrame, ends: tuple[np.ndarray, np.ndarray], where: np.ndarray) -> None:
    assert ours["low"].to_numpy()[where] == pytest.approx(ends[0][where], abs=1e-9)
    assert ours["high"].to_numpy()[where] == pytest.approx(ends[1][where], abs=1e-9)


@pytest.mark.usefixtures("quietly")
@pytest.mark.parametrize("sample", WITHOUT_ENDS)
def test_curve_is_the_kaplan_meier_curve_of_lifelines(sample: list[Unit], lifelines: ModuleType) -> None:
    ours = curve(sample)
    fitted = lifelines.KaplanMeierFitter().fit([days for days, _ in sample], [what == "event" for _, what in sample])
    theirs = 1 - fitted.survival_function_.loc[ours["day"].to_list(), "KM_estimate"].to_numpy()
    assert ours["had"].to_numpy() == pytest.approx(theirs, abs=1e-9)
    ends = 1 - fitted.confidence_interval_survival_function_.loc[ours["day"].to_list()].to_numpy().T
    assert_ends(ours, (ends[1], ends[0]), ours["had"].to_numpy() < 1)


@pytest.mark.usefixtures("quietly")
@pytest.mark.parametrize("sample", WITHOUT_ENDS)
def test_curve_is_the_kaplan_meier_curve_of_statsmodels(sample: list[Unit], survival: ModuleType) -> None:
    ours = curve(sample).filter(pl.col("events") > 0)
    if ours.is_empty():
        return
    theirs = survival.SurvfuncRight(
        np.array([days for days, _ in sample]), np.array([float(what == "event") for _, what in sample])
    )
    assert ours["day"].to_list() == theirs.surv_times.tolist()
    assert ours["at_risk"].to_list() == theirs.n_risk.tolist()
    assert ours["events"].to_list() == theirs.n_events.tolist()
    assert ours["had"].to_numpy() == pytest.approx(1 - theirs.surv_prob, abs=1e-9)
    assert_ends(ours, log_log(1 - theirs.surv_prob, theirs.surv_prob_se), inside(ours))


@pytest.mark.usefixtures("quietly")
@pytest.mark.parametrize("sample", SAMPLES)
def test_curve_with_competing_ends_is_that_of_statsmodels(sample: list[Unit], survival: ModuleType) -> None:
    status = np.array([{"waiting": 0, "event": 1, "ended": 2}[what] for _, what in sample])
    if not (status == 1).any():
        assert curve(sample)["had"].to_list() == [0.0] * len(curve(sample))
        return
    theirs = survival.CumIncidenceRight(np.array([days for days, _ in sample]), status)
    ours = curve(sample)
    assert ours["day"].to_list() == theirs.times.tolist()
    assert ours["had"].to_numpy() == pytest.approx(theirs.cinc[0], abs=1e-9)
    # it has no standard error for the day on which everybody has gone
    known = inside(ours) & np.isfinite(theirs.cinc_se[0])
    assert_ends(ours, log_log(theirs.cinc[0], theirs.cinc_se[0]), known)


@pytest.mark.usefixtures("quietly")
@pytest.mark.parametrize("sample", [untied(sample) for sample in SAMPLES if len(sample) < 300])
def test_curve_with_competing_ends_is_that_of_lifelines(sample: list[Unit], lifelines: ModuleType) -> None:
    status = [{"waiting": 0, "event": 1, "ended": 2}[what] for _, what in sample]
    fitted = lifelines.AalenJohansenFitter().fit([days for days, _ in sample], status, event_of_interest=1)
    ours = curve(sample)
    theirs = fitted.cumulative_density_.loc[ours["day"].to_list(), "CIF_1"].to_numpy()
    error = np.sqrt(fitted.variance_.loc[ours["day"].to_list()].to_numpy())
    assert ours["had"].to_numpy() == pytest.approx(theirs, abs=1e-9)
    assert_ends(ours, log_log(theirs, error), inside(ours))


@pytest.mark.parametrize("sample", samples("event", "ended"))
def test_where_nobody_is_censored_the_error_is_that_of_a_plain_share(sample: list[Unit]) -> None:
    ours = curve(sample)
    had = ours["events"].cum_sum().to_numpy() / len(sample)
    assert ours["had"].to_numpy() == pytest.approx(had, abs=1e-12)
    with np.errstate(all="ignore"):
        ends = log_log(had, np.sqrt(had * (1 - had) / len(sample)))
    assert_ends(ours, ends, inside(ours))


@pytest.mark.parametrize("sample", [*SAMPLES, *WITHOUT_ENDS])
def test_every_day_has_a_share_within_its_interval(sample: list[Unit]) -> None:
    ours = curve(sample)
    assert ours.schema == CURVE
    assert ours["day"].to_list() == sorted({days for days, _ in sample})
    assert ours["at_risk"].to_list() == [sum(days >= day for days, _ in sample) for day in ours["day"]]
    assert ours["events"].sum() == sum(what == "event" for _, what in sample)
    assert ours["had"].is_sorted()
    assert ours.null_count().row(0) == (0,) * len(CURVE)
    order = (
        pl.col("low").ge(0)
        & (pl.col("low") <= pl.col("had"))
        & (pl.col("had") <= pl.col("high"))
        & pl.col("high").le(1)
    )
    assert ours.select(order.all()).item()


ALL_OF_5 = 1 / (1 + Z95**2 / 5)
"""The lower end of Wilson's interval of 5 of 5."""


@pytest.mark.parametrize(
    ("sample", "rows"),
    [
        ([], []),
        ([(5, "waiting")], [(5, 1, 0, 0.0, 0.0, 0.0)]),
        ([(5, "waiting"), (5, "waiting"), (9, "waiting")], [(5, 3, 0, 0.0, 0.0, 0.0), (9, 1, 0, 0.0, 0.0, 0.0)]),
        ([(5, "ended"), (9, "ended")], [(5, 2, 0, 0.0, 0.0, 0.0), (9, 1, 0, 0.0, 0.0, 0.0)]),
        ([(0, "event")], [(0, 1, 1, 1.0, 1 / (1 + Z95**2), 1.0)]),
        ([(3, "event")] * 5, [(3, 5, 5, 1.0, ALL_OF_5, 1.0)]),
        ([(2, "waiting"), *[(3, "event")] * 5], [(2, 6, 0, 0.0, 0.0, 0.0), (3, 5, 5, 1.0, ALL_OF_5, 1.0)]),
    ],
)
def test_curve_by_hand(sample: list[Unit], rows: list[tuple[float, ...]]) -> None:
    ours = curve(sample)
    assert ours.schema == CURVE
    for row, by_day in zip(ours.rows(), rows, strict=True):
        assert row == pytest.approx(by_day, abs=1e-12)


def test_when_all_have_had_it_the_lower_end_builds_on_the_day_before() -> None:
    before, last = curve([(3, "event"), (3, "event"), (4, "event"), (6, "event"), (6, "event")]).tail(2).to_dicts()
    assert (last["had"], last["high"]) == (1.0, 1.0)
    may_remain = (1 - before["low"]) * Z95**2 / (2 + Z95**2)
    assert last["low"] == pytest.approx(1 - may_remain, abs=1e-12)
    assert before["low"] < last["low"] < 1


def test_who_is_censored_on_a_day_was_still_at_risk_on_it() -> None:
    """One event among four, whether the fourth is seen to wait on that day or after it."""
    [tied, later] = ([(3, "event"), (3, what), (9, "waiting"), (9, "waiting")] for what in ("waiting", "ended"))
    assert curve(tied)["had"].to_list() == curve(later)["had"].to_list() == [0.25, 0.25]


def test_days_may_come_as_any_whole_number_and_from_nothing() -> None:
    short = cumulative(pl.Series([3], dtype=pl.Int32), pl.Series([True]), pl.Series([False]))
    assert short.rows() == curve([(3, "event")]).rows()
    assert cumulative(pl.Series([]), pl.Series([]), pl.Series([])).schema == CURVE


# The median


def walked(units: list[Unit]) -> int | None:
    """The first day on which half have had the event, by walking day by day (Aalen–Johansen, in fractions)."""
    free, had = Fraction(1), Fraction(0)
    for day in sorted({days for days, _ in units}):
        at_risk = sum(days >= day for days, _ in units)
        events = sum((days, what) == (day, "event") for days, what in units)
        ends = sum((days, what) == (day, "ended") for days, what in units)
        had += free * Fraction(events, at_risk)
        free *= 1 - Fraction(events + ends, at_risk)
        if had >= Fraction(1, 2):
            return day
    return None


def kaplan_meier(units: list[Unit]) -> int | None:
    """The first day with S <= 0.5, where nobody ends for another reason."""
    survival = Fraction(1)
    for day in sorted({days for days, _ in units}):
        at_risk = sum(days >= day for days, _ in units)
        survival *= 1 - Fraction(sum((days, what) == (day, "event") for days, what in units), at_risk)
        if survival <= Fraction(1, 2):
            return day
    return None


def units(*what: str) -> st.SearchStrategy[list[Unit]]:
    """Few distinct days, so that ties are the rule."""
    return st.lists(st.tuples(st.integers(0, 8), st.sampled_from(what)), max_size=25)


@settings(deadline=None)
@given(units("event", "ended", "waiting"))
def test_median_wait_with_competing_ends(sample: list[Unit]) -> None:
    assert median(sample) == walked(sample)


@settings(deadline=None)
@given(units("event", "waiting"))
def test_median_wait_without_competing_ends_is_that_of_kaplan_meier(sample: list[Unit]) -> None:
    assert median(sample) == kaplan_meier(sample)


@pytest.mark.parametrize(
    ("sample", "day"),
    [
        ([], None),
        ([(0, "event")], 0),
        ([(5, "waiting")], None),
        ([(5, "waiting"), (9, "waiting")], None),
        ([(5, "event"), (9, "waiting")], 5),
        ([(5, "waiting"), (9, "event")], 9),
        ([(5, "ended"), (9, "event")], 9),
        ([(5, "ended"), (6, "ended"), (9, "event")], None),
        ([(3, "event"), (3, "event"), (9, "event"), (9, "event")], 3),
        ([(3, "event"), (9, "event"), (9, "event")], 9),
        ([(3, "event"), (3, "waiting")], 3),
        ([(3, "event"), (3, "ended")], 3),
        ([(4, "event"), *[(9, "waiting")] * 2], None),
    ],
)
def test_median_wait_by_hand(sample: list[Unit], day: int | None) -> None:
    assert median(sample) == day


@pytest.mark.parametrize(
    ("sample", "day"),
    [
        ([(2, "waiting"), *[(3, "ended")] * 3, *[(3, "event")] * 2, (4, "event")], 4),
        ([(1, "event"), (2, "ended"), (2, "waiting"), *[(3, "event")] * 3, *[(4, "ended")] * 2, (4, "event")], 3),
        (
            [*[(1, "ended")] * 2, (1, "event"), *[(2, "event")] * 3, (3, "event"), (3, "waiting"), *[(5, "event")] * 2],
            3,
        ),
    ],
)
def test_half_is_reached_within_rounding(sample: list[Unit], day: int) -> None:
    """Exactly half, but the same sum in floating point falls short of it."""
    assert median(sample) == walked(sample) == day


@pytest.mark.parametrize("sample", [sample for sample in WITHOUT_ENDS if len(sample) > 1])
def test_interval_of_the_median_is_that_of_lifelines(sample: list[Unit], lifelines: ModuleType) -> None:
    sample = [*sample, (99, "waiting")]
    fitted = lifelines.KaplanMeierFitter().fit([days for days, _ in sample], [what == "event" for _, what in sample])
    theirs = lifelines.utils.median_survival_times(fitted.confidence_interval_survival_function_)
    [ends] = theirs.to_numpy().tolist()
    assert median_wait(curve(sample))[1:] == tuple(None if math.isinf(day) else int(day) for day in ends)


@pytest.mark.parametrize(
    ("had", "low", "high", "days"),
    [
        ([0.2, 0.5, 0.9], [0.1, 0.2, 0.5], [0.5, 0.7, 0.9], (2, 1, 3)),
        ([0.2, 0.4, 0.6], [0.1, 0.2, 0.3], [0.3, 0.6, 0.8], (3, 2, None)),
        ([0.2, 0.3, 0.4], [0.1, 0.2, 0.3], [0.3, 0.4, 0.6], (None, 3, None)),
        ([0.1, 0.1, 0.1], [0.0, 0.0, 0.0], [0.2, 0.2, 0.2], (None, None, None)),
        ([0.1, 0.4, 0.5 - 1e-13], [0.0, 0.1, 0.5 - 1e-13], [0.2, 0.5 - 1e-13, 0.7], (3, 2, 3)),
        ([0.1, 0.4, 0.5 - 1e-11], [0.0, 0.1, 0.2], [0.2, 0.5 - 1e-11, 0.7], (None, 3, None)),
    ],
)
def test_the_median_and_its_ends_are_read_off_the_curve(
    had: list[float], low: list[float], high: list[float], days: tuple[int | None, ...]
) -> None:
    rows = {"day": [1, 2, 3], "at_risk": [9, 6, 3], "events": [1, 1, 1], "had": had, "low": low, "high": high}
    assert median_wait(pl.DataFrame(rows, schema=CURVE)) == days

"""Small numbers against a second opinion: Wilson by scipy, waiting times by a plain walk through the days."""

from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from metrics.statistics import median_wait, wilson

BASES = (1, 2, 3, 4, 5, 9, 10, 15, 25, 100, 198, 8000)


def interval(met: int, base: int) -> tuple[float, float]:
    low, high = wilson(pl.col("met"), pl.col("base"))
    [ends] = pl.DataFrame({"met": [met], "base": [base]}).select(low=low, high=high).rows()
    return ends


@pytest.mark.parametrize("base", BASES)
def test_wilson_interval_is_that_of_scipy(base: int) -> None:
    shares = sorted({0, 1, base // 3, base // 2, base - 1, base} & set(range(base + 1)))
    for met in shares:
        expected = binomtest(met, base).proportion_ci(confidence_level=0.95, method="wilson")
        assert interval(met, base) == pytest.approx((expected.low, expected.high), abs=1e-9), (met, base)


def test_none_and_all_are_exact_ends() -> None:
    assert [interval(0, base)[0] for base in BASES] == [0.0] * len(BASES)
    assert [interval(base, base)[1] for base in BASES] == [1.0] * len(BASES)


def test_13_of_15_is_somewhere_from_62_to_96_per_cent() -> None:
    low, high = interval(13, 15)
    assert (round(100 * low), round(100 * high)) == (62, 96)


Unit = tuple[int, str]
"""Days from the start, and what happened then: event, ended or waiting."""


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


def median(units: list[Unit]) -> int | None:
    return median_wait(
        pl.Series([days for days, _ in units], dtype=pl.Int64),
        pl.Series([what == "event" for _, what in units], dtype=pl.Boolean),
        pl.Series([what == "ended" for _, what in units], dtype=pl.Boolean),
    )


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
    ("sample", "expected"),
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
def test_median_wait_by_hand(sample: list[Unit], expected: int | None) -> None:
    assert median(sample) == expected


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

"""What an answer costs, counted and not timed: queries asked, and rows whose place is looked up."""

import cProfile
import datetime as dt
import pstats
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from metrics import assess, trend
from metrics.assess import Cut, Where, month_ends
from metrics.measure import Within
from metrics.measures import DISTRIBUTIONS, MEASURES
from tests.policy import merged, rows_of
from tests.strategies import frames

V = dt.date(2025, 3, 31)
YEAR = Cut(dt.date(2024, 4, 1), V)
MANY = month_ends(V, 24)


def tables(cases: int) -> assess.Tables:
    written = "case_id | first_enquiry_on | center\n" + "\n".join(
        f"S{n} | 2023-01-{1 + n % 28:02} | Nord" for n in range(cases)
    )
    return frames(merged([{"cases": rows_of(written)}]))


def queries(work: Callable[[], object]) -> int:
    """How many times polars was asked to compute something."""
    profile = cProfile.Profile()
    profile.runcall(work)
    calls: dict[tuple[str, int, str], tuple[int, ...]] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    return sum(counts[1] for (_, _, name), counts in calls.items() if "collect" in name and "PyLazyFrame" in name)


def test_judging_asks_as_much_of_a_large_municipality_as_of_a_small_one() -> None:
    few, many = (queries(lambda n=n, d=d: assess.assess(tables(n), V, d)) for n, d in ((1, (V,)), (200, MANY)))
    assert 0 < many <= few
    assert many <= 30 * len(MEASURES)


def test_a_place_is_looked_up_once_for_all_that_counts_on_the_same_day(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    at = Where.at
    monkeypatch.setattr(Where, "at", lambda self, rows, on: asked.append(rows.height) or at(self, rows, on))
    judged = assess.assess(tables(50), V, MANY)
    days = {(m.of, m.must.on) for m in MEASURES if not isinstance(m.must, Within)}
    days |= {(each.of, each.on) for each in DISTRIBUTIONS}
    assert len(asked) <= len(days) + 5  # and the deadlines, the cases, the readings, the candidates, the agreements
    assert sum(asked) * 3 < judged.outcomes.height + judged.distributions.height


@pytest.mark.parametrize(
    ("reading", "most"),
    [
        (lambda judged: assess.figures(judged, YEAR), 6),
        (lambda judged: assess.figures(judged, YEAR, "month"), 12),
        (lambda judged: assess.figures(judged, YEAR, "center"), 8),
        (lambda judged: assess.figures(judged, YEAR, "age"), 6),
        (lambda judged: trend.follow(judged, YEAR, dt.date(2023, 1, 1)), 90),
    ],
    ids=["now", "by month", "by centre", "by age", "trend"],
)
def test_a_reading_is_a_few_queries_whatever_it_reads(reading: Callable[[Any], pl.DataFrame], most: int) -> None:
    one, all_of_it = (assess.assess(tables(cases), V, MANY) for cases in (1, 200))
    assert 0 < queries(lambda: reading(one)) == queries(lambda: reading(all_of_it)) <= most

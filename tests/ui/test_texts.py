"""What a user reads: numbers, dates, rates and comparisons in Danish."""

import datetime as dt

import polars as pl
import pytest

from data_access.models import CATEGORIES
from metrics.limits import Version
from metrics.measure import OUTCOMES, Benchmark, national
from metrics.statistics import wilson
from ui import texts

_ = texts.SPACE


@pytest.mark.parametrize(
    ("value", "decimals", "said"),
    [
        (0, 0, "0"),
        (999, 0, "999"),
        (1203, 0, "1.203"),
        (1234567, 0, "1.234.567"),
        (162.34, 1, "162,3"),
        (1203.5, 1, "1.203,5"),
        (-4, 0, "−4"),
        (-0.01, 1, "0,0"),
    ],
)
def test_number(value: float, decimals: int, said: str) -> None:
    assert texts.number(value, decimals) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (None, "intet grundlag"),
        (0.0, f"0{_}%"),
        (1.0, f"100{_}%"),
        (0.92, f"92{_}%"),
        (0.875, f"88{_}%"),
        (173 / 200, f"87{_}%"),
        (57 / 200, f"29{_}%"),
        (2 / 3, f"67{_}%"),
        (299 / 300, f"99,7{_}%"),
        (99999 / 100000, f"99,9{_}%"),
        (1 / 300, f"0,3{_}%"),
        (1 / 100000, f"0,1{_}%"),
    ],
)
def test_percent_never_rounds_to_all_or_nothing(share: float | None, said: str) -> None:
    assert texts.percent(share) == said


def interval(met: int, base: int) -> tuple[float, float]:
    ends = pl.select(*(end.alias(name) for end, name in zip(wilson(pl.lit(met), pl.lit(base)), "lh", strict=True)))
    return ends["l"][0], ends["h"][0]


@pytest.mark.parametrize(
    ("met", "base", "value", "note", "together"),
    [
        (0, 0, "intet grundlag", "", "intet grundlag"),
        (1, 1, "1 af 1", "for få til en procent", "1 af 1"),
        (3, 4, "3 af 4", "for få til en procent", "3 af 4"),
        (0, 5, f"0{_}%", f"0 af 5 · usikkerhed 0–43{_}%", f"0{_}% (0 af 5)"),
        (7, 9, f"78{_}%", f"7 af 9 · usikkerhed 45–94{_}%", f"78{_}% (7 af 9)"),
        (9, 10, f"90{_}%", "9 af 10", f"90{_}% (9 af 10)"),
        (23, 25, f"92{_}%", "23 af 25", f"92{_}% (23 af 25)"),
        (1203, 1500, f"80{_}%", "1.203 af 1.500", f"80{_}% (1.203 af 1.500)"),
    ],
)
def test_a_rate_is_said_by_the_size_of_its_base(met: int, base: int, value: str, note: str, together: str) -> None:
    low, high = interval(met, base) if base else (None, None)
    assert texts.rate_value(met, base) == value
    assert texts.rate_note(met, base, low, high) == note
    assert texts.rate_with_base(met, base) == together


def test_bounds_count_the_unknown_as_no_and_as_yes() -> None:
    assert texts.bounds(60, 80, 20) == f"mellem 60{_}% og 80{_}%"


@pytest.mark.parametrize(
    ("change", "said", "short"),
    [
        (8.2, f"+8,2{_}procentpoint", f"+8,2{_}pp"),
        (-18.66, f"−18,7{_}procentpoint", f"−18,7{_}pp"),
        (0.04, "uændret", "uændret"),
        (-0.04, "uændret", "uændret"),
    ],
)
def test_points(change: float, said: str, short: str) -> None:
    assert texts.points(change) == said
    assert texts.points(change, short=True) == short


def test_dates() -> None:
    day = dt.date(2026, 3, 2)
    assert texts.date(day) == "02-03-2026"
    assert texts.date(None) == "–"
    assert texts.long_date(day) == "2. marts 2026"
    assert texts.month(day) == "marts 2026"
    assert texts.period(day, dt.date(2026, 11, 22)) == "02-03-2026 til 22-11-2026"
    assert texts.period(day, day) == "02-03-2026"


@pytest.mark.parametrize(("count", "said"), [(0, f"0{_}dage"), (1, f"1{_}dag"), (1203, f"1.203{_}dage")])
def test_days(count: int, said: str) -> None:
    assert texts.days(count) == said


def test_every_outcome_and_category_has_a_danish_name() -> None:
    assert set(texts.OUTCOMES) == set(texts.OUTCOME_MEANINGS) == set(OUTCOMES)
    assert texts.outcome("met") == "Overholdt"
    assert texts.outcome("met", duty=False) == "Ja"
    assert [texts.category(code) for code in CATEGORIES] == list(CATEGORIES.values())
    assert texts.category(None) == "Ikke visiteret"
    assert texts.center(None) == "Uden center"


# base, low and high decide; the benchmark is 92 % unless said otherwise
@pytest.mark.parametrize(
    ("base", "low", "high", "options", "said", "tone"),
    [
        (200, 0.9201, 0.97, {}, "tydeligt over landet", "good"),
        (200, 0.92, 0.97, {}, "kan ikke skelnes fra landet", "neutral"),
        (200, 0.80, 0.9199, {}, "tydeligt under landet", "bad"),
        (200, 0.80, 0.92, {}, "kan ikke skelnes fra landet", "neutral"),
        (200, 0.93, 0.97, {"lower_is_better": True}, "tydeligt over landet", "bad"),
        (200, 0.80, 0.91, {"lower_is_better": True}, "tydeligt under landet", "good"),
        (9, 0.01, 0.40, {}, "for få sager til at sammenligne", "neutral"),
        (0, None, None, {}, "for få sager til at sammenligne", "neutral"),
        (200, 0.80, 0.91, {"area": "Rebild"}, "tydeligt under Rebild", "bad"),
        (
            200,
            0.1,
            0.2,
            {"not_comparable": "andet grundlag"},
            "ikke sammenlignelig: andet grundlag",
            "neutral",
        ),
    ],
)
def test_verdict(
    base: int, low: float | None, high: float | None, options: dict[str, object], said: str, tone: str
) -> None:
    judged = texts.verdict(base, low, high, 0.92, **options)  # type: ignore[arg-type]
    assert (judged.text, judged.tone) == (said, tone)


def test_a_rate_that_rounds_to_the_benchmark_is_still_judged_unrounded() -> None:
    low, high = interval(18500, 20000)  # 92.5 %, interval from 92.13 %: shown as 92 %
    assert texts.percent(low) == f"92{_}%"
    assert texts.verdict(20000, low, high, 0.92).text == "tydeligt over landet"


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (Version(7, "days", "LAB § 31"), "7 dage (LAB § 31)"),
        (
            Version(1, "months", "BEK § 48", dt.date(2020, 1, 1), dt.date(2026, 12, 31), checked=False),
            "1 måned fra 01-01-2020 til 31-12-2026 (BEK § 48, afventer bekræftelse)",
        ),
    ],
)
def test_rule_version(version: Version, said: str) -> None:
    assert texts.rule_version(version) == said


@pytest.mark.parametrize(
    ("against", "said"),
    [
        (national(92), f"92{_}% (fokusrevisionen, december 2021)"),
        (
            national(29, audit=True),
            f"29{_}% (fokusrevisionen, december 2021), sammenlignes med revisionens opgørelse, "
            "hvor gyldige grunde tæller med i grundlaget",
        ),
        (
            national(80, not_comparable="tæller samtaler"),
            f"80{_}% (fokusrevisionen, december 2021); ikke sammenlignelig: tæller samtaler",
        ),
    ],
)
def test_benchmark(against: Benchmark, said: str) -> None:
    assert texts.benchmark(against) == said

"""What a page reads for a selection: the periods beside it, its change, and how it stands to a benchmark."""

import datetime as dt

import polars as pl
import pytest

from metrics.assess import BY_KEY, Assessed, Cut
from tests.policy import outcomes, table, value
from ui import figures
from ui.figures import COLUMNS, Figure

V = dt.date(2025, 4, 10)
SINCE = dt.date(2023, 9, 1)
NO_FIGURE = dict.fromkeys(COLUMNS, 0) | dict.fromkeys(
    ("rate", "low", "high", "audit_rate", "audit_low", "audit_high"), None
)


def figure(**given: float | None) -> Figure:
    """A figure with the given counts and rates; the rest is nothing."""
    return Figure(**(NO_FIGURE | given))  # type: ignore[arg-type]


def assessed(text: str) -> Assessed:
    """A frame of one line a unit: measure, on and outcome, and what else is given."""
    rows = [{column: value(cell) for column, cell in row.items()} for row in table(text)]
    for row in rows:
        row["days"] = int(row["days"]) if row.get("days") else None
    return Assessed(V, outcomes(rows), pl.DataFrame(), pl.DataFrame())


@pytest.mark.parametrize(
    ("first", "last", "first_before", "last_before"),
    [
        ("2025-11-23", "2026-11-22", "2024-11-23", "2025-11-22"),  # twelve months
        ("2025-01-01", "2025-12-31", "2024-01-01", "2024-12-31"),
        ("2024-03-01", "2024-03-31", "2024-02-01", "2024-02-29"),  # a whole month, before it a shorter one
        ("2025-03-01", "2025-03-22", "2025-02-07", "2025-02-28"),  # no whole months: as many days
        ("2025-03-22", "2025-03-22", "2025-03-21", "2025-03-21"),
    ],
)
def test_the_period_before(first: str, last: str, first_before: str, last_before: str) -> None:
    before = figures.before(Cut(dt.date.fromisoformat(first), dt.date.fromisoformat(last), ("Nord",)))
    assert (before.date_from.isoformat(), before.date_to.isoformat()) == (first_before, last_before)
    assert before.centers == ("Nord",)


def test_stock_measures_are_read_on_the_last_day_before_and_now_and_on_the_month_ends() -> None:
    days = figures.days_read(Cut(dt.date(2025, 2, 3), dt.date(2025, 2, 14)), V, SINCE)
    assert {dt.date(2025, 2, 2), dt.date(2025, 2, 14), dt.date(2025, 1, 31), dt.date(2023, 3, 31)} <= days
    assert (len(days), min(days)) == (28, dt.date(2023, 3, 31))
    assert min(figures.days_read(Cut(V, V), V, dt.date(2022, 6, 1))) == dt.date(2022, 6, 30)


@pytest.mark.parametrize(
    ("now", "before", "points"),
    [
        ((9, 10), (8, 10), 10.0),
        ((9, 10), (9, 10), 0.0),
        ((9, 10), (8, 9), None),
        ((8, 9), (8, 10), None),
        ((0, 0), (8, 10), None),
    ],
)
def test_a_change_needs_ten_on_both_sides(now: tuple[int, int], before: tuple[int, int], points: float | None) -> None:
    sides = [figure(met=met, base=base, rate=met / base if base else None) for met, base in (now, before)]
    assert figures.change(*sides) == (None if points is None else pytest.approx(points))


@pytest.mark.parametrize(
    ("key", "base", "low", "high", "area", "text", "tone"),
    [
        ("first_interview", 100, 0.93, 0.99, "hele landet", "tydeligt over landet", "good"),
        ("first_interview", 100, 0.80, 0.91, "hele landet", "tydeligt under landet", "bad"),
        ("first_interview", 100, 0.80, 0.95, "hele landet", "kan ikke skelnes fra landet", "neutral"),
        ("first_interview", 9, 0.10, 0.20, "hele landet", "for få sager til at sammenligne", "neutral"),
        # another municipality is no yardstick
        ("first_interview", 100, 0.80, 0.91, "Rebild", "tydeligt under Rebild", "neutral"),
        # lower is better
        ("ap_at_first", 100, 0.10, 0.20, "hele landet", "tydeligt under landet", "good"),
        ("ap_at_first", 100, 0.40, 0.50, "hele landet", "tydeligt over landet", "bad"),
        # a share without a duty is neither
        ("mentor", 100, 0.10, 0.20, "hele landet", "tydeligt under landet", "neutral"),
    ],
)
def test_the_verdict(key: str, base: int, low: float, high: float, area: str, text: str, tone: str) -> None:
    measure = BY_KEY[key]
    benchmark = next(b for b in measure.benchmarks if b.area == area)
    verdict = figures.judge(measure, figure(base=base, low=low, high=high), benchmark)
    assert (verdict.text, verdict.tone) == (text, tone)


def test_the_verdict_of_an_audit_rate_counts_as_the_audit_does() -> None:
    measure = BY_KEY["literacy_test"]
    mine = figure(base=9, excused=11, low=0.9, high=0.95, audit_low=0.31, audit_high=0.5)
    assert figures.judge(measure, mine, measure.benchmarks[0]).text == "tydeligt over landet"
    assert figures.reference(measure) is None  # the line of another base is not drawn


FRAME = """
measure         | center | on         | outcome
first_interview | Nord   | 2025-04-05 | met
first_interview | Nord   | 2025-03-05 | late
first_interview | Syd    | 2025-03-05 | met
first_interview |        | 2025-03-06 | met
first_interview | Nord   | 2025-04-20 | pending
first_interview | Nord   | 2024-04-05 | overdue
literacy_test   | Nord   | 2025-03-05 | excused
"""


def test_everything_of_a_selection() -> None:
    readings = figures.read(assessed(FRAME), Cut(dt.date(2024, 4, 11), V), ("Syd", "Øst", "Nord"), SINCE)
    now = readings.now["first_interview"]
    assert (now.met, now.base, now.deviations, now.units) == (3, 4, 1, 4)
    assert (readings.before["first_interview"].overdue, readings.before["first_interview"].base) == (1, 1)
    months = readings.months["first_interview"]
    assert months["month"].to_list()[0] == dt.date(2023, 5, 1)
    # what falls due later in the month is waited for; only that month is not over
    assert months.select("met", "base", "pending", "preliminary").rows()[-2:] == [(2, 3, 0, False), (1, 1, 1, True)]
    centers = readings.centers["first_interview"].select("center", "met", "base").rows()
    assert centers == [("Syd", 1, 1), ("Nord", 1, 2), (None, 1, 1)]
    assert readings.now["mentor"].rate is None


def test_the_audit_rate_has_its_own_interval() -> None:
    figure = figures.read(assessed(FRAME), Cut(dt.date(2024, 4, 11), V), (), SINCE).now["literacy_test"]
    assert (figure.rate, figure.low, figure.audit_rate, figure.audit_base) == (None, None, 0.0, 1)
    assert figure.audit_low == 0.0
    assert figure.audit_high is not None


def test_every_centre_is_beside_the_chosen_one() -> None:
    readings = figures.read(assessed(FRAME), Cut(dt.date(2024, 4, 11), V, ("Nord",)), ("Syd", "Nord"), SINCE)
    assert readings.now["first_interview"].base == 2
    rows = readings.centers["first_interview"].select("center", "met", "base", "others_met", "others_base").rows()
    assert rows == [("Syd", 1, 1, 1, 2), ("Nord", 1, 2, 1, 1), (None, 1, 1, None, None)]


@pytest.mark.parametrize(
    ("key", "low", "high", "target", "text", "tone"),
    [
        ("first_interview", 0.96, 0.99, 0.95, "tydeligt over målet", "good"),
        ("first_interview", 0.80, 0.94, 0.95, "tydeligt under målet", "bad"),
        ("first_interview", 0.94, 0.96, 0.95, "kan ikke skelnes fra målet", "neutral"),
        ("ap_at_first", 0.10, 0.20, 0.25, "tydeligt under målet", "good"),
        ("mentor", 0.10, 0.20, 0.25, "tydeligt under målet", "bad"),  # who sets a target, says what is good
    ],
)
def test_the_verdict_against_the_own_target(
    key: str, low: float, high: float, target: float, text: str, tone: str
) -> None:
    verdict = figures.judge_target(BY_KEY[key], figure(base=100, low=low, high=high), target)
    assert (verdict.text, verdict.tone) == (text, tone)


@pytest.mark.parametrize(
    ("key", "side", "tone"),
    [
        ("first_interview", "low", "bad"),
        ("first_interview", "high", "good"),
        ("ap_at_first", "low", "good"),
        ("ap_at_first", "high", "bad"),
        ("mentor", "low", "neutral"),
    ],
)
def test_the_tone_of_a_signal(key: str, side: str, tone: str) -> None:
    assert figures.tone(BY_KEY[key], side) == tone


def test_the_trend_of_a_selection_is_read_with_it() -> None:
    lines = [f"decided | Nord | 2023-{month:02}-10 | met" for month in (9, 10, 11, 12) for _ in range(9)]
    lines += [f"decided | Nord | 2024-{month:02}-10 | met" for month in range(1, 13) for _ in range(9)]
    lines += [f"decided | Nord | 2024-{month:02}-12 | late" for month in range(1, 13)]
    lines += ["decided | Nord | 2025-03-10 | late"] * 9
    frame = assessed("\n".join(["measure | center | on | outcome", *lines]))
    readings = figures.read(frame, Cut(dt.date(2024, 4, 11), V), ("Nord",), SINCE)
    [signal] = readings.signals["decided"].to_dicts()
    assert (signal["side"], signal["month"], signal["met"], signal["base"]) == ("low", dt.date(2025, 1, 1), 0, 9)
    assert (readings.points["decided"]["months"].unique().to_list(), readings.signals["mentor"].is_empty()) == (
        [3],
        True,
    )


def test_those_without_a_centre_are_left_out_where_there_are_none() -> None:
    nord = "measure | center | on | outcome\nfirst_interview | Nord | 2025-04-05 | met"
    readings = figures.read(assessed(nord), Cut(dt.date(2024, 4, 11), V), ("Nord",), SINCE)
    assert readings.centers["first_interview"]["center"].to_list() == ["Nord"]


@pytest.mark.parametrize(("unknown", "uncertain"), [(0, False), (1, False), (2, True)])
def test_more_than_five_percent_unknown_is_said(unknown: int, uncertain: bool) -> None:
    assert figure(met=19, base=19, unknown=unknown).uncertain is uncertain


def test_what_is_made_of_readings_is_made_once_and_the_newest_of_each_is_kept() -> None:
    readings = figures.read(assessed(FRAME), Cut(dt.date(2024, 4, 11), V), (), SINCE)
    made: list[tuple[str, int]] = []

    def make(_: figures.Readings, measure: str, note: int) -> str:
        made.append((measure, note))
        return f"{measure} {note}"

    for note in (1, 1, 2, 2, 1):
        assert [readings.once(make, measure, note) for measure in "ab"] == [f"a {note}", f"b {note}"]
    assert made == [(measure, note) for note in (1, 2, 1) for measure in "ab"]
    assert len(readings._made) == 2

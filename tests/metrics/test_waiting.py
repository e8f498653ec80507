"""How long units wait: those who began in a period, those who wait now, each centre, and the queue through time."""

import datetime as dt

import polars as pl
import pytest

from metrics import waiting
from metrics.assess import BY_KEY, Assessed, Cut, assess
from metrics.measure import Waiting, Within
from metrics.measures import WAITS
from tests.policy import merged, rows_of
from tests.strategies import frames

V = dt.date(2025, 4, 1)
MARCH = Cut(dt.date(2025, 3, 1), dt.date(2025, 3, 31))
SPRING = Cut(dt.date(2025, 3, 1), V)
FIRST, VISITATION, *_ = WAITS
CASES = """
    case_id | person | center | first_enquiry_on | closed_on
    S1      | P1     | Nord   | 2025-03-03       |
    S2      | P2     | Nord   | 2025-03-10       |
    S3      | P3     | Syd    | 2025-03-10       | 2025-03-12
    S4      | P4     | Syd    | 2025-03-24       |
    S5      | P5     | Syd    | 2025-03-25       |
    S6      | P6     | Syd    | 2024-03-01       |
    S7      | P7     | Syd    | 2025-03-05       | 2025-03-06
"""
HELD = """
    case_id | held_on
    S1      | 2025-03-07
    S2      | 2025-03-20
    S7      | 2025-03-09
"""


def assessed(view: dt.date = V, cases: str = CASES, interviews: str = HELD) -> Assessed:
    """What the engine says of a municipality whose tables are written out."""
    return assess(frames(merged([{"cases": rows_of(cases), "interviews": rows_of(interviews)}])), view)


@pytest.mark.parametrize(
    ("cut", "units", "median", "now", "overdue", "oldest"),
    [
        # S1 waited 4 days, S2 10, S3 and S7 ended, S4 and S5 wait; S6 began before the period, and waits still
        (SPRING, 6, 10, 3, 2, 396),
        (Cut(dt.date(2025, 3, 1), dt.date(2025, 3, 9)), 2, 4, 3, 2, 396),
        (Cut(dt.date(2025, 3, 1), V, centers=("Nord",)), 2, 4, 0, 0, None),
        (Cut(dt.date(2025, 3, 10), V, centers=("Nord",)), 1, 10, 0, 0, None),
        (Cut(dt.date(2024, 3, 1), dt.date(2024, 3, 1)), 1, None, 3, 2, 396),
        (Cut(dt.date(2020, 3, 1), dt.date(2020, 3, 31)), 0, None, 3, 2, 396),
        (Cut(dt.date(2025, 3, 1), V, centers=()), 0, None, 0, 0, None),
    ],
)
def test_how_long_those_who_began_in_the_period_wait_and_who_waits_now(
    cut: Cut, units: int, median: int | None, now: int, overdue: int, oldest: int | None
) -> None:
    wait = waiting.follow(assessed(), cut, FIRST).wait
    found = (wait.units, wait.median, wait.waiting, wait.overdue, wait.oldest)
    assert found == (units, median, now, overdue, oldest)


def test_the_curve_ends_with_those_who_were_followed_longest() -> None:
    # of six: one has it on day 4, one on day 10; two cases ended first, on days 1 and 2; two wait, on days 7 and 8
    curve = waiting.follow(assessed(), SPRING, FIRST).curve
    assert curve["day"].to_list() == [1, 2, 4, 7, 8, 10]
    assert curve["events"].to_list() == [0, 0, 1, 0, 0, 1]
    assert curve["had"].to_list() == pytest.approx([0, 0, 1 / 6, 1 / 6, 1 / 6, 4 / 6])


def test_a_case_that_has_ended_never_gets_there() -> None:
    # S7 was closed on the 6th: the interview of the 9th comes too late to end its wait
    one = Cut(dt.date(2025, 3, 5), dt.date(2025, 3, 5))
    followed = waiting.follow(assessed(), one, FIRST)
    assert (followed.wait.median, followed.curve.select("day", "events").rows()) == (None, [(1, 0)])
    same_day = HELD.replace("S7      | 2025-03-09", "S7      | 2025-03-06")
    assert waiting.follow(assessed(interviews=same_day), one, FIRST).wait.median == 1


@pytest.mark.parametrize(
    ("wait", "cut", "deadline"),
    [
        (FIRST, SPRING, 7),
        (FIRST, Cut(dt.date(2020, 3, 1), dt.date(2020, 3, 31)), None),
        # three months from days in March are 92 days, from the 1st of December 90
        (VISITATION, SPRING, 92),
        (VISITATION, Cut(dt.date(2024, 12, 1), dt.date(2024, 12, 1)), 90),
        (VISITATION, Cut(dt.date(2024, 12, 1), dt.date(2025, 3, 3)), 90),  # two in December, one in March
    ],
)
def test_the_deadline_is_as_many_days_as_most_of_them_had(wait: Waiting, cut: Cut, deadline: int | None) -> None:
    cases = CASES + "    S8 | P8 | Syd | 2024-12-01 |\n    S9 | P9 | Syd | 2024-12-02 |\n"
    assert waiting.follow(assessed(cases=cases), cut, wait).deadline == deadline


def test_those_who_wait_are_listed_longest_first_whatever_the_period() -> None:
    rows = waiting.still_waiting(assessed(), MARCH, FIRST)
    assert rows.select("case_id", "waited", "outcome").rows() == [
        ("S6", 396, "overdue"),
        ("S4", 8, "overdue"),
        ("S5", 7, "pending"),
    ]


@pytest.mark.parametrize(
    ("cases", "cut", "found"),
    [
        # in the order of the organisation, also a centre without anybody
        (CASES, SPRING, [("Syd", 4, 3), ("Øst", 0, 0), ("Nord", 2, 0)]),
        (CASES, Cut(SPRING.date_from, V, centers=("Nord",)), [("Nord", 2, 0)]),
        # those without a centre last, where there are any
        (
            CASES + "    S8 | P8 | | 2025-03-30 |\n",
            SPRING,
            [("Syd", 4, 3), ("Øst", 0, 0), ("Nord", 2, 0), (None, 1, 1)],
        ),
    ],
)
def test_each_centre_by_itself(cases: str, cut: Cut, found: list[tuple[str | None, int, int]]) -> None:
    rows = waiting.by_center(assessed(cases=cases), cut, FIRST, ("Syd", "Øst", "Nord"))
    assert [(center, wait.units, wait.waiting) for center, wait in rows] == found


def test_the_centres_add_up_to_the_whole() -> None:
    whole = waiting.follow(assessed(), SPRING, FIRST).wait
    parts = [wait for _, wait in waiting.by_center(assessed(), SPRING, FIRST, ("Nord", "Syd"))]
    for count in ("units", "waiting", "overdue"):
        assert sum(getattr(part, count) for part in parts) == getattr(whole, count)
    assert max(part.oldest or 0 for part in parts) == whole.oldest


@pytest.mark.parametrize(
    ("day", "now", "overdue"),
    [
        ("2024-02-29", 0, 0),
        ("2024-03-01", 1, 0),  # S6 begins
        ("2024-03-08", 1, 0),  # its deadline day still counts as in time
        ("2024-03-09", 1, 1),
        ("2025-03-05", 3, 1),  # S1 and S7 too
        ("2025-03-06", 2, 1),  # S7 ended that day, whatever came after
        ("2025-03-07", 1, 1),  # S1 got there that day
        ("2025-03-11", 3, 1),  # S2 and S3
        ("2025-03-12", 2, 1),  # S3 ended
        ("2025-04-01", 3, 2),  # V: as they who wait now
    ],
)
def test_the_queue_on_a_day(day: str, now: int, overdue: int) -> None:
    row = waiting.queue(assessed(), MARCH, FIRST, [dt.date.fromisoformat(day)]).row(0, named=True)
    assert (row["waiting"], row["overdue"]) == (now, overdue)
    assert row["month"] == dt.date.fromisoformat(day).replace(day=1)


def test_the_queue_is_of_the_chosen() -> None:
    days = [dt.date(2025, 3, 11)]
    for centers, now in ((("Nord",), 1), (("Syd",), 2), ((), 0)):
        cut = Cut(MARCH.date_from, MARCH.date_to, centers=centers)
        assert waiting.queue(assessed(), cut, FIRST, days)["waiting"].to_list() == [now]


def queued(*counts: int) -> pl.DataFrame:
    """A queue of so many at the ends of as many months: each waits over one month end, until the 5th."""
    months = [(2023 + n // 12, n % 12 + 1) for n in range(len(counts) + 1)]
    cases = ["case_id | person | center | first_enquiry_on | closed_on"]
    for n, count in enumerate(counts):
        (year, month), (next_year, next_month) = months[n], months[n + 1]
        cases += [
            f"S{n}-{i} | P{n}-{i} | Nord | {year}-{month:02}-20 | {next_year}-{next_month:02}-05" for i in range(count)
        ]
    ends = [dt.date(*months[n + 1], 1) - dt.timedelta(days=1) for n in range(len(counts))]
    judged = assessed(ends[-1], "\n".join(cases), "case_id | held_on\nS0-0 | 2025-12-31")
    return waiting.queue(judged, MARCH, FIRST, ends)


def test_a_queue_is_held_against_the_months_before_the_newest() -> None:
    found = queued(4, 16, 4, 16, 4, 16, 4, 16, 43)
    # mean 10, and the moving range is always 12
    assert found.select("level", "low", "high").unique().rows() == [(10.0, 0.0, pytest.approx(10 + 2.66 * 12))]
    assert found["signal"].to_list() == [None] * 8 + ["high"]
    assert queued(4, 16, 4, 16, 4, 16, 4, 16, 41)["signal"].null_count() == 9


def test_a_queue_that_is_shorter_than_expected_is_a_signal_too() -> None:
    assert queued(50, 60, 50, 60, 50, 60, 50, 60, 28)["signal"].to_list() == [None] * 8 + ["low"]
    assert queued(50, 60, 50, 60, 50, 60, 50, 60, 29)["signal"].null_count() == 9


def test_a_queue_may_always_move_as_chance_moves_a_count() -> None:
    """Those who wait long stand in several month ends: a queue moves less from one to the next than over a year."""
    found = queued(100, 101, 100, 101, 100, 101, 100, 101, 130, 131)
    level = found["level"][0]
    assert (found["low"][0], found["high"][0]) == (
        pytest.approx(level - 3 * level**0.5),
        pytest.approx(level + 3 * level**0.5),
    )
    assert found["signal"].null_count() == 10


@pytest.mark.parametrize(("usual", "kept"), [(9, False), (10, True)])
def test_a_queue_of_few_is_not_judged(usual: int, kept: bool) -> None:
    found = queued(*[usual] * 8, 60)
    assert (found["level"][0], found["signal"][-1]) == ((usual, "high") if kept else (None, None))
    assert found["waiting"][-1] == 60


def test_those_who_began_in_the_period_oldest_first_with_what_became_of_them() -> None:
    rows = waiting.began(assessed(), MARCH, FIRST)
    assert rows["trigger"].is_sorted()
    assert not rows["trigger"].is_between(MARCH.date_from, MARCH.date_to).not_().any()
    assert dict(rows.select("case_id", pl.struct("event", "ended_first", "days")).iter_rows())["S1"] == {
        "event": True,
        "ended_first": False,
        "days": 4,
    }


def test_one_month_end_has_nothing_to_be_held_against() -> None:
    assert queued(4, 20).select("low", "high", "signal").rows() == [(None, None, None)] * 2


@pytest.mark.parametrize("wait", WAITS, ids=lambda wait: wait.key)
def test_waiting_times_are_of_a_deadline_measure(wait: Waiting) -> None:
    assert isinstance(BY_KEY[wait.measure].must, Within)

"""Waiting times in words: the three figures, what the curve and the queue show, each centre, and each wait."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from metrics.statistics import Wait, cumulative, median_wait
from metrics.waiting import Followed
from tests.metrics.test_waiting import V
from tests.ui.test_figures import figure
from tests.ui.test_tile import words
from ui import texts, waits

_ = texts.SPACE
RATE = figure(met=120, base=140, rate=120 / 140, low=0.79, high=0.91)


@pytest.mark.parametrize(
    ("wait", "said"),
    [
        # units, median, its interval, waiting, overdue, oldest
        (
            Wait(140, 12, 9, 15, 14, 3, 41),
            [
                (f"12{_}dage", f"usikkerhed 9–15{_}dage · 140{_}ventetider i perioden"),
                ("14", f"længst i 41{_}dage · uanset perioden"),
                ("3", ""),
            ],
        ),
        (
            Wait(140, None, 40, None, 14, 0, 1),
            [
                ("ikke nået", f"under halvdelen er nået dertil · 140{_}ventetider i perioden"),
                ("14", f"længst i 1{_}dag · uanset perioden"),
                ("0", ""),
            ],
        ),
        (
            Wait(9, 12, 9, 15, 0, 0, None),
            [("for få", f"kun 9{_}forløb; se dem enkeltvis"), ("0", "uanset perioden"), ("0", "")],
        ),
        (
            Wait(0, None, None, None, 2, 1, 500),
            [
                ("intet grundlag", "ingen ventetider i perioden"),
                ("2", f"længst i 500{_}dage · uanset perioden"),
                ("1", ""),
            ],
        ),
    ],
)
def test_the_median_and_those_who_wait(wait: Wait, said: list[tuple[str, str]]) -> None:
    assert [(value, note) for _what, value, note in waits.numbers(RATE, wait)[1:]] == said


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (RATE, (f"86{_}%", "120 af 140 · frister i perioden")),
        (
            figure(met=5, base=7, rate=5 / 7, low=0.36, high=0.92),
            (f"71{_}%", f"5 af 7 · usikkerhed 36–92{_}% · frister i perioden"),
        ),
        (
            figure(met=3, base=4, rate=0.75, low=0.3, high=0.95),
            ("3 af 4", "for få til en procent · frister i perioden"),
        ),
        (figure(), ("intet grundlag", "ingen frister i perioden")),
    ],
)
def test_the_rate_is_of_the_deadlines_in_the_period(rate: Any, said: tuple[str, str]) -> None:
    assert waits.numbers(rate, Wait(0, None, None, None, 0, 0, None))[0] == ("Til tiden", *said)


def followed(days: list[int], deadline: int | None, still: int = 0) -> Followed:
    """Those who got there after so many days, the last `still` of them not yet."""
    event = [True] * (len(days) - still) + [False] * still
    curve = cumulative(pl.Series(days), pl.Series(event), pl.Series([False] * len(days)))
    return Followed(Wait(len(days), *median_wait(curve), still, 0, None), curve, deadline)


@pytest.mark.parametrize(
    ("days", "still", "deadline", "last", "beyond"),
    [
        ([1, 2, 3, 4, 5, 6, 7, 7, 7, 8], 0, 7, 8, 0),  # all of it lies within twice the deadline
        ([*range(1, 41), 300], 0, 7, 40, 1),  # one of 41 is less than three in a hundred: it would hide the rest
        ([*range(1, 11), 300], 0, 7, 300, 0),  # one of eleven is more
        ([1] * 40 + [300], 0, 7, 14, 1),  # never less than twice the deadline
        ([1] * 40 + [300], 1, 7, 14, 1),
        ([1] * 40 + [300], 0, None, 1, 1),
        ([200] * 12, 12, 7, 200, 0),  # nobody has got there yet
        ([3] * 2 + [200] * 10, 12, 7, 14, 10),
    ],
)
def test_the_curve_is_drawn_until_little_is_left(
    days: list[int], still: int, deadline: int | None, last: int, beyond: int
) -> None:
    shown, more = waits.drawn(followed(days, deadline, still))
    assert (shown["day"].to_list()[-1], more) == (last, beyond)
    assert shown.columns == ["day", "had", "low", "high"]
    assert shown["had"].is_sorted()


def test_what_is_drawn_is_the_curve() -> None:
    one = followed([*range(1, 41), 300], 7)
    shown, _more = waits.drawn(one)
    assert shown.equals(one.curve.head(40).select(shown.columns))


@pytest.mark.parametrize(
    ("event", "ended_first", "days", "due", "said"),
    [
        (True, False, 12, "2025-03-10", f"tog 12{_}dage"),
        (True, False, 1, "2025-03-10", f"tog 1{_}dag"),
        (False, True, 17, "2025-03-10", f"sagen sluttede efter 17{_}dage, før det skete"),
        (False, False, 29, "2025-03-10", f"har ventet 29{_}dage · frist 10-03-2025, overskredet"),
        (False, False, 7, "2025-04-01", f"har ventet 7{_}dage · frist 01-04-2025"),  # V is its last day
    ],
)
def test_one_wait_in_words(event: bool, ended_first: bool, days: int, due: str, said: str) -> None:
    row = {"event": event, "ended_first": ended_first, "days": days, "due": dt.date.fromisoformat(due)}
    assert waits.became(row, V) == said


def through(*rows: tuple[int, int, str | None], high: float | None = 7.9) -> pl.DataFrame:
    """A queue: waiting, overdue and signal of so many months, the first of them January 2025."""
    schema = {"waiting": pl.Int64, "overdue": pl.Int64, "signal": pl.String}
    low = None if high is None else 2.1
    months = pl.date_range(dt.date(2025, 1, 1), dt.date(2025, len(rows), 1), "1mo", eager=True)
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        month=months, level=pl.lit(5.0), low=pl.lit(low, pl.Float64), high=pl.lit(high, pl.Float64)
    )


CALM = (5, 1, None)
LAST = dt.date(2025, 4, 10)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([CALM] * 4, "Forventet: 3–7. Det sidste punkt er pr. 10-04-2025."),
        # above is bad, below is good; what is older than three months stands in the table
        (
            [(9, 1, "high"), CALM, (1, 0, "low"), (8, 2, "high")],
            "✓ Færre end forventet i marts 2025: 1. ! Flere end forventet i april 2025: 8. "
            "Forventet: 3–7. Det sidste punkt er pr. 10-04-2025.",
        ),
    ],
)
def test_beneath_the_queue(rows: list[tuple[int, int, str | None]], said: str) -> None:
    assert words(waits.beneath(through(*rows), LAST)) == said


def test_a_queue_that_nothing_is_known_of_expects_nothing() -> None:
    said = words(waits.beneath(through(CALM, CALM, high=None), LAST))
    assert said == "For få i kø til at vurdere udsving. Det sidste punkt er pr. 10-04-2025."


def test_every_signal_of_the_queue_is_said_to_those_who_do_not_see_it() -> None:
    found = waits.signals(through((9, 1, "high"), CALM, CALM, CALM, (1, 0, "low")))
    assert found == [("high", "Flere end forventet i januar 2025: 9"), ("low", "Færre end forventet i maj 2025: 1")]


def test_the_queue_as_a_table() -> None:
    assert waits.by_month(through((1203, 12, "high"), CALM)).rows(named=True) == [
        {
            "Måned": "januar 2025",
            "Venter": "1.203",
            "Over fristen": "12",
            "Forventet": "3–7",
            "Bemærk": "Flere end forventet",
        },
        {"Måned": "februar 2025", "Venter": "5", "Over fristen": "1", "Forventet": "3–7", "Bemærk": ""},
    ]
    assert waits.by_month(through(CALM, high=None))["Forventet"].to_list() == ["–"]


@pytest.mark.parametrize(
    ("days", "deadline", "said"),
    [
        # 7, 14, 30 …, the deadline, and no further than anybody was followed
        (
            [2] * 10 + [10] * 5 + [20] * 5,
            7,
            [(f"7{_}dage", f"50{_}%"), (f"14{_}dage", f"75{_}%"), (f"20{_}dage", f"100{_}%")],
        ),
        ([8] * 20, 5, [(f"5{_}dage", f"0{_}%"), (f"7{_}dage", f"0{_}%"), (f"8{_}dage", f"100{_}%")]),
        ([7] * 20, None, [(f"7{_}dage", f"100{_}%")]),
    ],
)
def test_the_curve_as_a_table(days: list[int], deadline: int | None, said: list[tuple[str, str]]) -> None:
    rows = waits.by_day(followed(days, deadline))
    assert rows.select("Inden for", "Har fået den").rows() == said
    sure = rows.filter(pl.col("Har fået den") != f"0{_}%")["Usikkerhed"]
    assert sure.str.contains(rf"^\d+(,\d)?–\d+(,\d)?{_}%$").all()
    # before the first there is nothing to tell how sure nothing is
    assert set(rows.filter(pl.col("Har fået den") == f"0{_}%")["Usikkerhed"]) <= {texts.NONE}


RATES = pl.DataFrame({"center": ["Syd", "Nord"], "met": [18, 3], "base": [20, 4]})


def test_each_centre_in_words_in_the_order_given() -> None:
    rows = waits.by_center(
        RATES,
        [
            ("Syd", Wait(40, 12, 9, None, 14, 3, 41)),
            ("Nord", Wait(9, 12, 9, 15, 0, 0, None)),
            (None, Wait(12, None, 9, None, 1, 0, 1)),
        ],
        ("Nord",),
    )
    assert [[cell.replace(_, " ") for cell in row] for row in rows.iter_rows()] == [
        ["Syd", "90 % (18 af 20)", "12 dage (mindst 9 dage)", "14", "3", "41 dage"],
        ["**Nord**", "3 af 4", "for få", "0", "0", "–"],
        ["Uden center", "intet grundlag", "ikke nået", "1", "0", "1 dag"],
    ]
    assert not rows.drop("Center").select(pl.all().str.contains(" ").any()).row(0).count(True)


def test_a_centre_cannot_bring_markdown_along() -> None:
    rows = waits.by_center(RATES, [("![](http://example.org/x.png)", Wait(0, None, None, None, 0, 0, None))])
    assert rows["Center"][0] == "\\!\\[\\]\\(http\u2060\\://example.org/x.png\\)"

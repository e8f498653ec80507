"""The front page's plain numbers: how many youths, how many deviations, where they lie and which can be mended."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from metrics.assess import Cut
from metrics.summary import Summary, summarise
from tests.policy import table, value
from tests.ui.test_figures import V, assessed

CUT = Cut(dt.date(2024, 4, 11), V)
CENTERS = ("Syd", "Øst", "Nord")

FRAME = """
measure         | case_id | center | on         | outcome | days | ended      | why
first_interview | A       | Nord   | 2025-04-05 | overdue | 5    |            | still open
first_interview | B       | Nord   | 2025-01-05 | overdue | 95   |            | still open
first_interview | C       | Syd    | 2025-01-05 | overdue | 95   | 2025-02-01 | ended since
first_interview | D       | Syd    | 2025-03-10 | late    | 2    |            | of the month before the last
order_fulfilled | A       | Nord   | 2025-03-11 | overdue | 30   |            | first day of the last month
first_interview | E       |        | 2025-04-01 | met     |      |            | no centre
coordination    | A       | Nord   | 2025-04-10 | missing |      |            | a stock measure has no month
mentor          | F       | Syd    | 2025-04-10 | unmet   |      |            | no duty
first_interview | G       | Nord   | 2024-04-10 | overdue | 365  |            | before the period
effectuated     | A       | Nord   | 2024-04-10 | overdue | 365  |            | too late to make good
"""
CASES = """
case_id | person | center | first_enquiry_on | closed_on
A       | 1      | Nord   | 2025-01-01       |
B       | 1      | Nord   | 2025-01-01       |
C       | 2      | Syd    | 2025-01-01       | 2025-02-01
D       | 3      | Syd    | 2025-01-01       | 2025-04-10
E       | 4      |        | 2025-01-01       |
F       | 5      | Syd    | 2025-01-01       |
G       | 6      | Nord   | 2024-01-01       |
"""


def summary(cut: Cut = CUT) -> Summary:
    frame = assessed("\n".join(line.rpartition("|")[0] for line in FRAME.strip().splitlines()))
    rows = [{column: value(cell) for column, cell in row.items()} for row in table(CASES)]
    days = {"first_enquiry_on": pl.Date(), "closed_on": pl.Date()}
    cases = pl.DataFrame(rows, schema_overrides=days).with_columns(
        category=pl.lit(None, pl.String), age=pl.lit(20, pl.Int32), held=pl.lit(True)
    )
    return summarise(replace(frame, cases=cases), cut, CENTERS)


def test_the_plain_numbers() -> None:
    found = summary()
    assert (found.youths, found.deviations, found.latest, found.deviating) == (5, 6, 2, 3)
    assert found.deviating_share == pytest.approx(3 / 5)
    assert found.open_now == 4  # persons 1, 4, 5 and 6; D was closed on the view date


def test_only_what_is_overdue_in_open_cases_can_still_be_done() -> None:
    found = summary()
    assert found.actionable == 4  # also what was due before the period
    assert found.overdue.rows() == [("first_interview", 3, 365), ("order_fulfilled", 1, 30)]


def test_the_rules_with_most_deviations_come_first() -> None:
    assert summary().by_rule.rows() == [("first_interview", 4), ("coordination", 1), ("order_fulfilled", 1)]


def test_centres_are_in_their_order_and_add_up() -> None:
    rows = summary().by_center
    assert rows["center"].to_list() == ["Syd", "Øst", "Nord", None]
    assert rows["deviations"].to_list() == [2, 0, 4, 0]
    assert rows["deviations"].sum() == summary().deviations
    assert rows["youths"].to_list() == [3, 0, 1, 1]
    assert rows["per_hundred"].to_list() == [pytest.approx(200 / 3), None, 400.0, 0.0]


def test_a_chosen_centre_stands_alone() -> None:
    found = summary(Cut(CUT.date_from, CUT.date_to, ("Nord",)))
    assert found.by_center["center"].to_list() == ["Nord"]
    assert (found.youths, found.deviations, found.open_now) == (1, 4, 2)


def test_nothing_in_the_period() -> None:
    found = summary(Cut(dt.date(2020, 1, 1), dt.date(2020, 1, 31)))
    assert (found.youths, found.deviations, found.deviating_share) == (0, 0, None)

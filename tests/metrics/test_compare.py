"""Centres against the others, what their cases let one expect, and before against after a date."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from statsmodels.stats.proportion import confint_proportions_2indep

from metrics import assess, compare
from metrics.assess import Assessed, Cut
from tests.policy import outcomes, table, value
from tests.strategies import Municipality, frames, municipalities

V = dt.date(2025, 12, 31)
YEAR = Cut(dt.date(2025, 1, 1), V)
DECIDED = "decided"
COUNTED = ("times", "age")


def judged(text: str, view: dt.date = V) -> Assessed:
    """A frame of one line for so many units alike: measure (default `decided`), on, outcome, times …"""
    rows = []
    for line in table(text):
        row = {column: value(cell) for column, cell in line.items() if column not in COUNTED}
        row |= {"age": int(line.get("age") or 20), "measure": row.get("measure") or DECIDED}
        row["on"] = row.get("on") or dt.date(2025, 6, 1)
        rows += [dict(row) for _ in range(int(line.get("times") or 1))]
    return Assessed(view, outcomes(rows), pl.DataFrame(), pl.DataFrame())


CENTERS = judged("""
    center | outcome | times
    Nord   | met     | 12
    Nord   | late    | 8
    Syd    | met     | 30
    Syd    | overdue | 5
    Vest   | met     | 9
    Vest   | excused | 4
           | met     | 3
           | late    | 9
""")


def beside(assessed: Assessed, cut: Cut = YEAR) -> dict[str | None, dict[str, object]]:
    rows = compare.against_others(assess.figures(assessed, cut, "center")).filter(pl.col("measure") == DECIDED)
    return {row["center"]: row for row in rows.to_dicts()}


@pytest.mark.parametrize(
    ("center", "met", "base", "others_met", "others_base"),
    [("Nord", 12, 20, 39, 44), ("Syd", 30, 35, 21, 29), ("Vest", 9, 9, 42, 55)],
)
def test_a_centre_is_set_against_the_others_together(
    center: str, met: int, base: int, others_met: int, others_base: int
) -> None:
    row = beside(CENTERS)[center]
    assert (row["met"], row["base"], row["others_met"], row["others_base"]) == (met, base, others_met, others_base)
    low, high = confint_proportions_2indep(met, base, others_met, others_base, method="newcomb", compare="diff")
    assert row["difference"] == pytest.approx(met / base - others_met / others_base, abs=1e-12)
    assert (row["difference_low"], row["difference_high"]) == (
        pytest.approx(low, abs=1e-9),
        pytest.approx(high, abs=1e-9),
    )


def test_those_without_a_centre_are_nobodys_other() -> None:
    none = beside(CENTERS)[None]
    assert (none["base"], none["others_met"], none["others_base"], none["difference"]) == (12, None, None, None)


def test_a_centre_alone_has_no_others() -> None:
    alone = beside(judged("center | outcome | times\nNord | met | 12"))["Nord"]
    assert (alone["others_base"], alone["difference"], alone["difference_low"]) == (0, None, None)


def test_every_measure_is_compared_within_itself() -> None:
    both = judged("""
        measure | center | outcome | times
        decided | Nord   | met     | 10
        decided | Syd    | late    | 10
        heard   | Nord   | missing | 10
        heard   | Syd    | met     | 5
    """)
    rows = compare.against_others(assess.figures(both, YEAR, "center"))
    found = rows.filter((pl.col("base") > 0) & (pl.col("center") == "Nord"))
    assert dict(found.select(pl.col("measure").cast(pl.String), "difference").iter_rows()) == {
        "decided": 1.0,
        "heard": -1.0,
    }


MIX = judged("""
    center | category         | age | outcome | times
    Nord   | aktivitetsparat  | 20  | met     | 10
    Nord   | aktivitetsparat  | 20  | late    | 30
    Nord   | uddannelsesparat | 20  | met     | 9
    Nord   | uddannelsesparat | 20  | late    | 1
    Syd    | aktivitetsparat  | 20  | met     | 2
    Syd    | aktivitetsparat  | 20  | late    | 8
    Syd    | uddannelsesparat | 20  | met     | 36
    Syd    | uddannelsesparat | 20  | late    | 4
    Syd    | uddannelsesparat | 20  | excused | 9
""")


def mixed(assessed: Assessed, cut: Cut = YEAR) -> dict[str, tuple[int, int, object]]:
    rows = compare.case_mix(assessed, cut, DECIDED).iter_rows(named=True)
    return {row["center"]: (row["base"], row["matched"], row["expected"]) for row in rows}


def test_a_difference_in_case_mix_is_seen() -> None:
    """Each centre beside what the other does for the same youths: Nord has more of those that take longer."""
    slow, fast = {"Nord": 10 / 40, "Syd": 2 / 10}, {"Nord": 9 / 10, "Syd": 36 / 40}
    assert mixed(MIX) == {
        "Nord": (50, 50, pytest.approx((40 * slow["Syd"] + 10 * fast["Syd"]) / 50)),
        "Syd": (50, 50, pytest.approx((10 * slow["Nord"] + 40 * fast["Nord"]) / 50)),
    }
    assert mixed(MIX, Cut(YEAR.date_from, V, ("Nord",))) == mixed(MIX)


def test_a_large_centre_is_not_beside_itself() -> None:
    """Where mix explains nothing, it is not to explain anything: the others do worse with the same youths."""
    found = mixed(
        judged("""
            center | category        | outcome | times
            Nord   | aktivitetsparat | met     | 92
            Nord   | aktivitetsparat | late    | 8
            Syd    | aktivitetsparat | met     | 8
            Syd    | aktivitetsparat | late    | 2
        """)
    )
    assert (found["Nord"], found["Syd"]) == ((100, 100, pytest.approx(0.8)), (10, 10, pytest.approx(0.92)))


def test_youths_that_nobody_else_has_are_not_matched() -> None:
    found = mixed(
        judged("""
            center | age | outcome | times
            Nord   | 16  | met     | 10
            Nord   | 25  | late    | 30
            Syd    | 17  | met     | 20
            Syd    | 40  | late    | 1
                   | 40  | met     | 9
        """)
    )
    assert found == {"Nord": (40, 10, pytest.approx(1.0)), "Syd": (21, 20, pytest.approx(1.0))}
    assert mixed(judged("center | outcome | times\nNord | met | 12")) == {"Nord": (12, 0, None)}


@settings(max_examples=25, deadline=None)
@given(municipality=municipalities())
def test_the_mix_of_a_centre_is_its_base(municipality: Municipality) -> None:
    view = municipality.view_date
    assessed = assess.assess(frames(municipality.tables), view)
    cut = Cut(dt.date(1990, 1, 1), view)
    centers = assess.figures(assessed, cut, "center").filter(pl.col("center").is_not_null() & (pl.col("base") > 0))
    for (key,), rows in centers.group_by("measure"):
        mix = compare.case_mix(assessed, cut, str(key))
        assert dict(mix.select("center", "base").iter_rows()) == dict(rows.select("center", "base").iter_rows())
        assert (mix["matched"] <= mix["base"]).all()
        assert mix["expected"].drop_nulls().is_between(0, 1).all()


@pytest.mark.parametrize(
    ("day", "months", "before", "after"),
    [
        ("2025-01-01", 12, ("2024-01-01", "2024-12-31"), ("2025-01-01", "2025-12-31")),
        ("2025-07-01", 6, ("2025-01-01", "2025-06-30"), ("2025-07-01", "2025-12-31")),
        (
            "2025-12-02",
            12,
            ("2025-11-02", "2025-12-01"),
            ("2025-12-02", "2025-12-31"),
        ),  # as much before as there is after
        ("2025-10-01", 12, ("2025-07-01", "2025-09-30"), ("2025-10-01", "2025-12-31")),
        ("2024-03-31", 1, ("2024-03-01", "2024-03-30"), ("2024-03-31", "2024-04-29")),
    ],
)
def test_both_sides_of_a_date_are_of_a_length(
    day: str, months: int, before: tuple[str, str], after: tuple[str, str]
) -> None:
    found = compare.sides(YEAR, dt.date.fromisoformat(day), V, months)
    assert tuple((side.date_from.isoformat(), side.date_to.isoformat()) for side in found) == (before, after)


def test_before_and_after_a_date() -> None:
    moved = judged("""
        on         | center | outcome | times
        2025-06-30 | Nord   | met     | 10
        2025-02-01 | Nord   | late    | 20
        2025-07-01 | Nord   | met     | 25
        2025-08-01 | Nord   | late    | 5
        2025-08-01 | Nord   | unknown | 5
        2025-08-01 | Syd    | late    | 50
        2024-12-31 | Nord   | met     | 50
    """)
    found = compare.before_after(moved, Cut(YEAR.date_from, V, ("Nord",)), DECIDED, dt.date(2025, 7, 1))
    assert (found.before.met, found.before.base, found.after.met, found.after.base) == (10, 30, 25, 30)
    low, high = confint_proportions_2indep(25, 30, 10, 30, method="newcomb", compare="diff")
    assert (found.difference, found.low, found.high) == (
        pytest.approx(0.5),
        pytest.approx(low, abs=1e-9),
        pytest.approx(high, abs=1e-9),
    )
    assert not found.same_people


def test_before_and_after_without_anybody_on_one_side() -> None:
    found = compare.before_after(judged("on | outcome\n2025-08-01 | met"), YEAR, DECIDED, dt.date(2025, 7, 1))
    assert (found.before.rate, found.after.rate, found.difference, found.low) == (None, 1.0, None, None)


def test_a_stock_measure_is_read_on_the_last_day_of_each_side() -> None:
    stock = judged("""
        measure | on         | outcome | times
        mentor  | 2025-06-30 | met     | 5
        mentor  | 2025-06-30 | unmet   | 5
        mentor  | 2025-12-31 | met     | 8
        mentor  | 2025-12-31 | unmet   | 2
        mentor  | 2025-09-30 | unmet   | 9
    """)
    found = compare.before_after(stock, YEAR, "mentor", dt.date(2025, 7, 1))
    assert (found.before.rate, found.after.rate, found.same_people) == (0.5, 0.8, True)

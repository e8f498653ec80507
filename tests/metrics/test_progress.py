"""How it goes for the group: pairs on two days, windows, what few may say, and how long cases last."""

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from metrics.assess import SCHEMA, Assessed, Cut, within
from metrics.progress import BANDS, bip, fields, length, through, who5
from tests.policy import rows_of

V = dt.date(2026, 11, 22)
CUT = Cut(dt.date(2025, 11, 23), V)
PLACE = {"case_id": pl.String(), "center": pl.String(), "category": pl.String(), "age": pl.Int32()}
READINGS = {"unit_id": pl.String(), "instrument": pl.String(), "indicator": pl.String(), "on": pl.Date()}
CASES = PLACE | {"first_enquiry_on": pl.Date(), "closed_on": pl.Date(), "held": pl.Boolean(), "team": pl.String()}


def town(
    readings: str = "",
    *,
    youths: int = 12,
    group: list[dict[str, Any]] | None = None,
    cases: list[dict[str, Any]] | None = None,
) -> Assessed:
    """A municipality whose measurements are written out: who | on | value, and what else is given.

    The first `youths` are in the intervention group on V, at the centre Nord, 20 years old.
    """
    here = {"center": "Nord", "category": "aktivitetsparat", "age": 20}
    members = [
        here | {"measure": "intervention_group", "unit_id": f"P{n}", "case_id": f"S{n}", "on": V, "value": value}
        for n in range(1, youths + 1)
        for value in ("indsatsgruppe", "maalgruppe")
    ]
    measured = [
        here | {"instrument": "who5", "case_id": row["who"].replace("P", "S"), "unit_id": row["who"]} | row
        for row in (rows_of(readings) if readings else [])
    ]
    for row in measured:
        row["value"] = float(row["value"])
        del row["who"]
    whole = {"measure": pl.String(), "unit_id": pl.String(), **PLACE, "on": pl.Date(), "value": pl.String()}
    return Assessed(
        V,
        pl.DataFrame(schema=SCHEMA),
        pl.DataFrame(group if group is not None else members, schema=whole),
        pl.DataFrame(cases or [], schema=CASES | {"protected": pl.Boolean()}),
        pl.DataFrame(measured, schema=READINGS | PLACE | {"value": pl.Float64()}),
    )


def pairs(*changes: int, first: int = 40) -> str:
    """Youths measured in October and November, each with a change."""
    lines = ["who | on | value"]
    for n, change in enumerate(changes, start=1):
        lines += [f"P{n} | 2026-10-01 | {first}", f"P{n} | 2026-11-01 | {first + change}"]
    return "\n".join(lines)


# WHO-5


def test_a_change_is_from_the_first_to_the_last_measurement_in_the_window() -> None:
    assessed = town("""
        who | on         | value
        P1  | 2026-08-22 | 0
        P1  | 2026-08-23 | 20
        P1  | 2026-10-01 | 90
        P1  | 2026-11-22 | 40
        P2  | 2026-09-01 | 52
        P2  | 2026-10-01 | 40
        P3  | 2026-09-01 | 36
        P3  | 2026-10-01 | 36
        P4  | 2026-09-01 | 8
        P4  | 2026-10-01 | 32
        P5  | 2026-09-01 | 76
        P5  | 2026-10-01 | 52
        P6  | 2026-10-01 | 52
    """)
    found = who5(assessed, CUT, 3)
    assert (found.window.first, found.window.last, found.window.youths) == (dt.date(2026, 8, 23), V, 12)
    assert found.pairs == 5  # the changes are +20, -12, 0, +24, -24
    # 1.6 ± 2.776 × 20.51 / √5, by hand
    assert found.mean == pytest.approx(1.6)
    assert (found.low, found.high) == (pytest.approx(-23.87, abs=0.01), pytest.approx(27.07, abs=0.01))
    assert (found.up, found.down) == (1, 1)
    assert (found.before, found.now) == ((2, 1, 2), (1, 3, 1))
    assert who5(assessed, CUT, 6).mean == pytest.approx((40 - 12 + 0 + 24 - 24) / 5)


@pytest.mark.parametrize(
    ("change", "many", "felt"),
    [(10, 10, True), (10, 9, False), (-10, 10, True), (9, 10, False), (-9, 10, False)],
)
def test_a_mean_change_is_felt_from_ten_points_and_ten_youths(change: int, many: int, felt: bool) -> None:
    found = who5(town(pairs(*[change] * many)), CUT, 3)
    assert (found.mean, found.low, found.high) == (change, change, change)
    assert found.felt is felt


@pytest.mark.parametrize(("change", "up", "down"), [(24, 5, 0), (23, 0, 0), (-24, 0, 5), (-23, 0, 0)])
def test_a_youths_own_change_is_real_from_twenty_four_points(change: int, up: int, down: int) -> None:
    found = who5(town(pairs(*[change] * 5)), CUT, 3)
    assert (found.up, found.down) == (up, down)


def test_of_fewer_than_five_pairs_nothing_is_said_but_how_many() -> None:
    found = who5(town(pairs(30, 30, 30, 30)), CUT, 3)
    assert (found.pairs, found.window.youths, found.felt) == (4, 12, False)
    assert [getattr(found, name) for name in ("mean", "low", "high", "up", "down", "before", "now")] == [None] * 7


@pytest.mark.parametrize(("value", "band"), [(0, 0), (35, 0), (36, 1), (50, 1), (51, 2), (100, 2)])
def test_the_bands(value: int, band: int) -> None:
    found = who5(town(pairs(*[0] * 5, first=value)), CUT, 3)
    assert found.before == found.now == tuple(5 if number == band else 0 for number in range(len(BANDS)))


NOT_PAIRS = rows_of("""
    what                          | on         | value | instrument | indicator | unit
    the same day                  | 2026-10-01 | 60    | who5       |           | P5
    before the window             | 2026-08-22 | 60    | who5       |           | P5
    after the view date           | 2026-11-23 | 60    | who5       |           | P5
    another instrument            | 2026-11-01 | 60    | bip        |           | P5
    a part of the score           | 2026-11-01 | 3     | who5       | ro        | P5
    a score that cannot be        | 2026-11-01 | 104   | who5       |           | P5
    a youth who is not in the group | 2026-11-01 | 60  | who5       |           | P13
""")


@pytest.mark.parametrize("row", NOT_PAIRS, ids=lambda row: row["what"])
def test_what_makes_no_pair(row: dict[str, Any]) -> None:
    four = pairs(0, 0, 0, 0) + "\nP5 | 2026-10-01 | 40\nP13 | 2026-10-01 | 40"
    assessed = town(four)
    more = {"unit_id": row["unit"], "case_id": "S5", "center": "Nord", "category": None, "age": 20}
    more |= {key: row[key] for key in ("instrument", "indicator", "on")} | {"value": float(row["value"])}
    readings = pl.concat([assessed.readings, pl.DataFrame([more], schema=assessed.readings.schema)])
    assert who5(replace(assessed, readings=readings), CUT, 3).pairs == 4
    fits = more | {"on": dt.date(2026, 11, 1), "instrument": "WHO5", "indicator": None, "value": 60.0, "unit_id": "P5"}
    readings = pl.concat([assessed.readings, pl.DataFrame([fits], schema=assessed.readings.schema)])
    assert who5(replace(assessed, readings=readings), CUT, 3).pairs == 5


def test_the_window_ends_with_the_period_and_never_after_the_view_date() -> None:
    assessed = town(pairs(0, 0, 0, 0, 0))
    ahead = who5(assessed, replace(CUT, date_to=dt.date(2027, 1, 1)), 3)
    assert (ahead.window.last, ahead.pairs) == (V, 5)
    october = who5(assessed, replace(CUT, date_to=dt.date(2026, 10, 31)), 3)
    assert (october.window.first, october.window.last) == (dt.date(2026, 8, 1), dt.date(2026, 10, 31))
    assert (october.window.youths, october.pairs) == (0, 0)  # nobody is known to be in the group that day


def test_the_youths_are_chosen_as_they_are_on_the_last_day() -> None:
    assessed = town(pairs(0, 0, 0, 0, 0, 0), youths=5)
    earlier = assessed.distributions.head(2).with_columns(unit_id=pl.lit("P6"), on=dt.date(2026, 10, 31))
    assessed = replace(assessed, distributions=pl.concat([assessed.distributions, earlier]))
    assert who5(assessed, CUT, 3).window.youths == who5(assessed, CUT, 3).pairs == 5  # the sixth has left
    then = pl.when(pl.col("on") < dt.date(2026, 11, 1)).then(17).otherwise(18).cast(pl.Int32)
    younger = replace(assessed, readings=assessed.readings.with_columns(age=then))
    assert who5(younger, replace(CUT, ages=((18, 24),)), 3).pairs == 5
    assert who5(younger, replace(CUT, ages=((25, 30),)), 3).window.youths == 0


def test_a_head_sees_what_the_filter_on_the_centre_shows() -> None:
    assessed = town(pairs(0, 0, 0, 0, 0))
    moved = pl.when(pl.col("unit_id").eq("P1") & (pl.col("on") < dt.date(2026, 11, 1))).then(pl.lit("Syd"))
    readings = assessed.readings.with_columns(center=moved.otherwise("center"))
    assessed = replace(assessed, readings=readings)
    assert who5(assessed, CUT, 3).pairs == 5
    chosen = who5(assessed, replace(CUT, centers=("Nord",)), 3)
    assert chosen.pairs == 4
    assert who5(within(assessed, ["Nord"]), CUT, 3) == chosen


@given(st.lists(st.integers(0, 100), min_size=5, max_size=40))
def test_the_interval_is_that_of_a_paired_t_test(last: list[int]) -> None:
    changes = [value - 40 for value in last]
    found = who5(town(pairs(*changes), youths=40), CUT, 3)
    assert found.before is not None
    assert found.now is not None
    assert sum(found.before) == sum(found.now) == found.pairs == len(changes)
    expected = stats.ttest_1samp(changes, 0).confidence_interval() if len(set(changes)) > 1 else (changes[0],) * 2
    assert (found.low, found.high) == pytest.approx(tuple(expected))


# BIP


def test_each_indicator_tells_of_its_own_last_values_and_steps() -> None:
    lines = ["who | on | value | instrument | indicator"]
    for n, (first, last) in enumerate([(2, 3), (3, 3), (4, 3), (1, 5), (2, 2)], start=1):
        lines += [f"P{n} | 2026-09-01 | {first} | BIP | mestring", f"P{n} | 2026-11-01 | {last} | bip | mestring"]
    lines += [f"P{n} | 2026-11-01 | 4 | bip | jobtro" for n in range(1, 7)]
    lines += [f"P{n} | {day} | 4 | bip | netvaerk" for n in range(1, 5) for day in ("2026-09-01", "2026-11-01")]
    found = bip(town("\n".join(lines)), CUT, 3)
    assert found.indicators.rows() == [
        ("jobtro", 6, 0, None, None, None),
        ("mestring", 5, 5, 2, 2, 1),
        ("netvaerk", 4, 4, None, None, None),
    ]
    assert found.values.rows() == [("jobtro", 4.0, 6), ("mestring", 2.0, 1), ("mestring", 3.0, 3), ("mestring", 5.0, 1)]


def test_nothing_measured_is_no_row() -> None:
    found = bip(town(), CUT, 6)
    assert (found.window.youths, found.indicators.height, found.values.height) == (12, 0, 0)


# How long cases last


def case(first: str, closed: str | None = None, **other: Any) -> dict[str, Any]:
    dates = {"first_enquiry_on": dt.date.fromisoformat(first), "closed_on": closed and dt.date.fromisoformat(closed)}
    return {"center": "Nord", "held": True} | dates | other


def test_open_cases_are_followed_to_the_view_date() -> None:
    cases = [
        case("2026-01-01", "2026-01-11"),
        case("2026-01-01", "2026-01-21"),
        case("2026-11-12"),  # ten days so far
        case("2026-01-01"),
    ]
    found = length(town(cases=cases), CUT)
    assert (found.cases, found.still_open, found.since) == (4, 2, dt.date(2023, 11, 23))
    # 1 of 4 is closed on day 10, where another is last seen, and 1 of the 2 that are left on day 20: 1 - 3/4 × 1/2
    assert found.curve.select("day", "had").rows()[:2] == [(10, 0.25), (20, pytest.approx(0.625))]
    assert found.median == 20


@pytest.mark.parametrize(
    "out",
    [
        case("2023-11-22", "2024-01-01"),
        case("2026-11-23"),
        case("2026-01-01", "2025-12-31"),
        case("2026-01-01", center="Syd"),
        case("2026-01-01", held=False),
    ],
)
def test_cases_that_are_not_followed(out: dict[str, Any]) -> None:
    kept = [case("2023-11-23", "2024-01-01"), case("2026-11-22")]
    assert length(town(cases=[*kept, out]), replace(CUT, centers=("Nord",))).cases == 2


def test_half_of_the_cases_may_not_be_closed_yet() -> None:
    found = length(town(cases=[case("2026-01-01") for _ in range(5)]), CUT)
    assert (found.median, found.low, found.high) == (None, None, None)
    assert length(town(), CUT).cases == 0


# The rest


def test_each_field_is_counted_at_each_centre() -> None:
    rows = [
        {"measure": "field_coverage", "unit_id": f"P{n}|{field}", "center": center, "on": V, "outcome": outcome}
        for n, (field, center, outcome) in enumerate(
            [
                ("bip", "Nord", "met"),
                ("bip", "Nord", "unmet"),
                ("bip", "Syd", "unmet"),
                ("kontaktperson", None, "met"),
            ]
        )
    ]
    rows.append({**rows[0], "unit_id": "Beskyttet 1 998877"})
    rows.append({**rows[0], "on": dt.date(2026, 10, 31)})
    outcomes = pl.DataFrame(rows, schema={name: SCHEMA[name] for name in rows[0]})
    blank = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in SCHEMA.items() if name not in rows[0]]
    assessed = replace(town(), outcomes=outcomes.with_columns(blank).select(SCHEMA.names()))
    assert fields(assessed, CUT).rows() == [
        ("kontaktperson", None, 1, 1),
        ("bip", "Nord", 1, 2),
        ("bip", "Syd", 0, 1),
    ]


def test_a_count_is_read_on_month_ends_and_on_the_last_day() -> None:
    group = [
        {"measure": "stu", "unit_id": unit, "case_id": unit, "center": center, "on": day, "value": "stu"}
        for unit, center, day in [
            ("S1", "Nord", V),
            ("S2", "Syd", V),
            ("S1", "Nord", dt.date(2026, 10, 31)),
            ("S1", "Nord", dt.date(2026, 10, 15)),
        ]
    ]
    found = through(town(group=group), CUT, "stu", 2)
    assert found.rows() == [(dt.date(2026, 9, 30), 0), (dt.date(2026, 10, 31), 1), (V, 2)]
    assert through(town(group=group), replace(CUT, centers=("Syd",)), "stu", 0).rows() == [(V, 1)]

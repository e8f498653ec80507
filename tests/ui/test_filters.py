"""What a set of choices means, whatever comes from the address."""

import datetime as dt
from urllib.parse import parse_qs

import pytest

from ui.filters import AGE, CATEGORY, CENTER, DATES, OWN_DATES, PERIOD, PERIODS, YEAR, selection, share_address

V = dt.date(2026, 11, 22)
CENTERS = ("Børn og Unge", "Familie og Handicap")


@pytest.mark.parametrize(
    ("view_date", "period", "first", "last"),
    [
        ("2026-11-22", "Seneste 12 måneder", "2025-11-23", "2026-11-22"),
        ("2026-11-22", "Seneste 3 måneder", "2026-08-23", "2026-11-22"),
        ("2026-11-22", "Seneste måned", "2026-10-23", "2026-11-22"),
        ("2026-11-22", "I år", "2026-01-01", "2026-11-22"),
        ("2026-11-22", "Sidste år", "2025-01-01", "2025-12-31"),
        # the day that the month before does not have
        ("2026-03-31", "Seneste måned", "2026-03-01", "2026-03-31"),
        ("2026-05-31", "Seneste 3 måneder", "2026-03-01", "2026-05-31"),
        ("2024-02-29", "Seneste 12 måneder", "2023-03-01", "2024-02-29"),
        ("2026-01-01", "I år", "2026-01-01", "2026-01-01"),
        ("2026-12-31", "Seneste 12 måneder", "2026-01-01", "2026-12-31"),
    ],
)
def test_ready_made_periods(view_date: str, period: str, first: str, last: str) -> None:
    chosen = selection(dt.date.fromisoformat(view_date), CENTERS, {PERIOD: period})
    assert (chosen.date_from.isoformat(), chosen.date_to.isoformat()) == (first, last)


def test_nothing_chosen_is_everybody_in_the_last_twelve_months() -> None:
    chosen = selection(V, CENTERS, {})
    assert (chosen.centers, chosen.categories, chosen.ages) == (None, None, None)
    assert chosen.label == "Alle centre · Seneste 12 måneder (23-11-2025 til 22-11-2026)"
    assert not chosen.narrowed


def test_everything_chosen() -> None:
    chosen = selection(
        V,
        CENTERS,
        {
            CENTER: "Børn og Unge",
            PERIOD: OWN_DATES,
            DATES: (dt.date(2026, 1, 1), dt.date(2026, 3, 31)),
            CATEGORY: "Aktivitetsparat",
            AGE: "18–24 år",
        },
    )
    assert chosen.centers == ("Børn og Unge",)
    assert chosen.categories == ("aktivitetsparat",)
    assert chosen.ages == ((18, 24),)
    assert chosen.label == "Børn og Unge · 01-01-2026 til 31-03-2026 · Aktivitetsparat · 18–24 år"
    assert chosen.narrowed


@pytest.mark.parametrize(
    "nonsense",
    [
        {CENTER: "Et andet center"},
        {CENTER: None, PERIOD: None, CATEGORY: None, AGE: None, DATES: None},
        {PERIOD: "Seneste 7 dage"},
        {PERIOD: OWN_DATES},
        {PERIOD: OWN_DATES, DATES: ()},
        {CATEGORY: "aktivitetsparat"},
        {AGE: "18-24 år"},
    ],
)
def test_what_is_not_understood_counts_as_default(nonsense: dict[str, object]) -> None:
    chosen = selection(V, CENTERS, nonsense)
    assert (chosen.centers, chosen.categories, chosen.ages) == (None, None, None)
    assert (chosen.date_from, chosen.date_to) == PERIODS[YEAR](V)


@pytest.mark.parametrize(
    ("dates", "first", "last"),
    [
        ((dt.date(2026, 3, 1),), "2026-03-01", "2026-11-22"),  # only the first day picked so far
        ((dt.date(2026, 3, 31), dt.date(2026, 3, 1)), "2026-03-01", "2026-03-31"),
        ((dt.date(2026, 3, 1), dt.date(2026, 3, 1)), "2026-03-01", "2026-03-01"),
    ],
)
def test_own_dates(dates: tuple[dt.date, ...], first: str, last: str) -> None:
    chosen = selection(V, CENTERS, {PERIOD: OWN_DATES, DATES: dates})
    assert (chosen.date_from.isoformat(), chosen.date_to.isoformat()) == (first, last)


def test_a_shared_address_means_the_same_next_month() -> None:
    chosen = selection(V, CENTERS, {CENTER: "Børn og Unge", CATEGORY: "Aktivitetsparat", AGE: "25–30 år"})
    address = parse_qs(share_address(chosen, {"regel": ["first_interview"], PERIOD: ["I år"]}))
    assert address["regel"] == ["first_interview"]
    again = selection(
        dt.date(2026, 12, 22),
        CENTERS,
        {
            **{key: address[key][0] for key in (CENTER, PERIOD, CATEGORY, AGE)},
            DATES: tuple(dt.date.fromisoformat(day) for day in address[DATES]),
        },
    )
    assert (again.date_from, again.date_to) == (chosen.date_from, chosen.date_to)
    assert (again.centers, again.categories, again.ages) == (chosen.centers, chosen.categories, chosen.ages)

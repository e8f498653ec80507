"""The front page: its plain numbers, and what it says to look at first."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from data_access.annotations import Target
from metrics.assess import BY_KEY
from tests.metrics.test_summary import summary
from tests.ui.test_figures import figure
from tests.ui.test_tile import readings as trends
from tests.ui.test_tile import signals
from ui import figures, overview, texts
from ui.figures import Readings
from ui.selected import Notes

SPACE = texts.SPACE


def readings(**known: tuple[float, float, float]) -> Readings:
    """Figures of a hundred units each, by key of the measure: rate and interval."""
    now = dict.fromkeys(BY_KEY, figure()) | {
        key: figure(base=100, met=round(100 * rate), rate=rate, low=low, high=high)
        for key, (rate, low, high) in known.items()
    }
    return replace(trends("first_interview"), now=now, before=now)


BEHIND = {
    "first_interview": (0.80, 0.75, 0.85),  # 12 points behind 92
    "guidance_225": (0.30, 0.25, 0.35),  # 31 points behind 61
    "final_visitation": (0.93, 0.90, 0.97),  # not to be told from 94
    "ap_at_first": (0.40, 0.36, 0.45),  # 6 points over 34, and is to be low
    "mentor": (0.10, 0.05, 0.15),  # a share without a duty: neither good nor bad
    "sanctioned_of_all": (0.10, 0.05, 0.15),  # not comparable
}


def test_those_furthest_behind_the_country_come_first() -> None:
    worse, judged = overview.behind_country(readings(**BEHIND))
    assert [gap.measure.key for gap in worse] == ["guidance_225", "first_interview", "ap_at_first"]
    assert judged == 4
    assert worse[0].words == f"30{SPACE}% (30 af 100), landet 61{SPACE}%"


def test_the_audits_own_rate_is_how_far_behind_the_country_it_is() -> None:
    mine = figure(base=20, met=10, excused=80, rate=0.5, audit_rate=0.1, audit_low=0.05, audit_high=0.17)
    (gap,), judged = overview.behind_country(trends("literacy_test", mine))
    assert (gap.words, judged) == (f"10{SPACE}% (10 af 100), landet 29{SPACE}%", 1)
    assert gap.distance == pytest.approx(0.19)


@pytest.mark.parametrize(
    ("targets", "worse", "judged"),
    [
        ({}, [], 0),
        ({"final_visitation": 0.95}, [], 1),
        ({"final_visitation": 0.98}, ["final_visitation"], 1),
        ({"final_visitation": 0.98, "first_interview": 0.86}, ["first_interview", "final_visitation"], 2),
        # held against a target, also a share without a duty, and one that the audit counted otherwise
        ({"mentor": 0.5, "sanctioned_of_all": 0.2}, ["mentor", "sanctioned_of_all"], 2),
        ({"ap_at_first": 0.3}, ["ap_at_first"], 1),
        ({"ap_at_first": 0.5}, [], 1),  # to be low, and it is
        ({"support_guidance": 0.9}, [], 0),  # nobody to count
    ],
)
def test_those_furthest_behind_their_own_target_come_first(
    targets: dict[str, float], worse: list[str], judged: int
) -> None:
    found, known = overview.behind_targets(readings(**BEHIND), targets)
    assert ([gap.measure.key for gap in found], known) == (worse, judged)


def test_own_targets_come_before_the_country_and_each_measure_once() -> None:
    behind = overview.behind(readings(**BEHIND), {"first_interview": 0.95, "guidance_225": 0.2})
    assert [(gap.measure.key, gap.words) for gap in behind] == [
        ("first_interview", f"80{SPACE}% (80 af 100), mål 95{SPACE}%"),
        ("guidance_225", f"30{SPACE}% (30 af 100), landet 61{SPACE}%"),  # over its own target, yet behind the country
        ("ap_at_first", f"40{SPACE}% (40 af 100), landet 34{SPACE}%"),
    ]


def test_a_target_counts_from_its_day_until_the_next() -> None:
    days = {"2025-01-01": 0.9, "2025-06-01": 0.95, "2026-01-01": None}
    saved = dt.datetime(2024, 12, 1, tzinfo=dt.UTC)
    written = tuple(
        Target("first_interview", dt.date.fromisoformat(day), rate, "", saved, "anna") for day, rate in days.items()
    )
    notes = Notes(written, ())
    asked = ["2024-12-31", "2025-01-01", "2025-05-31", "2025-06-01", "2026-01-01"]
    found = [overview.targets(notes, dt.date.fromisoformat(day)) for day in asked]
    assert [each.get("first_interview") for each in found] == [None, 0.9, 0.9, 0.95, None]
    assert found[0] == {}


@pytest.mark.parametrize(
    ("targets", "own"),
    [({}, []), ({"first_interview": 0.95, "final_visitation": 0.9}, [("Tydeligt dårligere end eget mål", "1 af 2")])],
)
def test_the_strip(targets: dict[str, float], own: list[tuple[str, str]]) -> None:
    mine = readings(first_interview=(0.80, 0.75, 0.85), final_visitation=(0.93, 0.90, 0.97), mentor=(0.1, 0.05, 0.15))
    listed = pl.DataFrame({"since": ["new", "carried"], "handling": ["unhandled", "accepted"]})
    numbers = overview.strip(summary(), mine, targets, listed, pl.DataFrame({"days_left": [0, 7, 8, 14]}))
    assert [(what, value) for what, value, _ in numbers] == [
        ("Unge i udsnittet", "5"),
        ("Overskredet, kan stadig gøres", "4"),
        ("Forfalder inden 7 dage", "2"),
        ("Afvigelser", "6"),
        ("Uhåndterede afvigelser", "1"),
        *own,
        ("Tydeligt dårligere end landet", "1 af 2"),
    ]
    notes = {what: note for what, _, note in numbers}
    assert notes["Afvigelser"].startswith(f"hos 3 unge (60{SPACE}%), ")
    assert notes["Forfalder inden 7 dage"] == f"4 inden 14{SPACE}dage"
    assert notes["Uhåndterede afvigelser"] == "1 ny siden sidste leverance"


def test_what_moves_unexpectedly_is_told_the_bad_first_and_then_the_newest() -> None:
    nothing = trends("first_interview")
    found = {
        "first_interview": signals(("high", "2025-10", 1, True)),
        "literacy_test": signals(("low", "2025-08", 1, True)),
        "mentor": signals(("low", "2025-10", 1, True)),
        "ap_at_first": signals(("high", "2025-09", 8, True)),
        "decided": signals(("low", "2025-05", 1, False)),  # long ago
    }
    told = figures.unexpected(replace(nothing, signals={**nothing.signals, **found}))
    assert [(measure.key, signal.sign, signal.text) for measure, signal in told] == [
        ("ap_at_first", "!", "højere end forventet 8 måneder i træk (februar 2025 til september 2025): 6 af 14"),
        ("literacy_test", "!", "lavere end forventet i august 2025: 6 af 14"),
        ("first_interview", "✓", "højere end forventet i oktober 2025: 6 af 14"),
        ("mentor", "↓", "lavere end forventet i oktober 2025: 6 af 14"),
    ]


def test_a_centre_with_few_youths_has_no_bar() -> None:
    rows = pl.DataFrame(
        {"center": ["Nord", None], "youths": [20, 9], "deviations": [5, 9], "per_hundred": [25.0, 100.0]}
    )
    nord, none = overview.by_center(rows)
    assert (nord.label, nord.count, nord.said) == ("Nord", 25.0, "25 (5 hos 20 unge)")
    assert (none.label, none.count, none.said) == ("Uden center", 0, "9 hos 9 unge")


def test_every_tile_on_the_front_page_is_a_measure_of_its_theme() -> None:
    for theme in overview.THEMES:
        assert set(overview.KEY_MEASURES[theme.key]) <= {measure.key for measure in theme.measures}
        assert len(overview.KEY_MEASURES[theme.key]) >= 2

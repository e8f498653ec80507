"""One key measure as a tile: what it says on every size of base, and where it leads."""

import base64
import datetime as dt
import re

import polars as pl
import pytest

from metrics.assess import BY_KEY
from metrics.measures import screening, support
from tests.ui.test_figures import figure
from ui import texts, tile
from ui.figures import Figure

NONE = figure()
SPACE = texts.SPACE


def months(bases: list[int], first: dt.date = dt.date(2025, 1, 1)) -> pl.DataFrame:
    days = pl.date_range(first, first.replace(month=len(bases)), "1mo", eager=True)
    return pl.DataFrame({"month": days, "base": bases, "rate": [0.9 if base else None for base in bases]})


def rated(met: int, base: int, low: float = 0.0, high: float = 1.0, **more: int) -> Figure:
    return figure(met=met, base=base, rate=met / base if base else None, low=low, high=high, **more)


def words(html: str) -> str:
    return re.sub("[ \n]+", " ", re.sub("<[^>]+>", " ", html).replace("&nbsp;", " ")).strip()


@pytest.mark.parametrize(
    ("met", "base", "said"),
    [
        (0, 0, "intet grundlag"),
        (3, 4, "3 af 4 for få til en procent"),
        (5, 7, f"71{SPACE}% 5 af 7 · usikkerhed 36–92{SPACE}%"),
        (23, 25, f"92{SPACE}% 23 af 25"),
    ],
)
def test_the_rate_by_the_size_of_its_base(met: int, base: int, said: str) -> None:
    mine = rated(met, base, 0.36, 0.92) if base else NONE
    html = tile.html(BY_KEY["first_interview"], mine, NONE, months([0, 0]))
    assert words(html).startswith(f"Første samtale inden 1 uge {said}")


@pytest.mark.parametrize(
    ("met", "base", "unknown", "said"),
    [
        (16, 18, 2, f"2 mangler data: mellem 80{SPACE}% og 90{SPACE}%"),
        (19, 19, 1, ""),  # just five per cent
        (3, 4, 2, ""),
        (0, 0, 3, ""),
    ],
)
def test_many_unknown_are_said_beside_the_rate(met: int, base: int, unknown: int, said: str) -> None:
    mine = rated(met, base, unknown=unknown)
    assert tile.unknown(mine) == said
    assert said in tile.html(BY_KEY["first_interview"], mine, NONE, months([0, 0]))


@pytest.mark.parametrize("base", [1, 4, 5, 9])
def test_no_colour_on_a_small_base(base: int) -> None:
    html = tile.standing(BY_KEY["first_interview"], rated(0, base, 0.0, 0.1))
    assert "maerke neutral" in html
    assert "For få sager til at sammenligne" in html


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        ((9, 10), (8, 10), f"↑ +10,0{SPACE}pp fra perioden før"),
        ((8, 10), (9, 10), f"↓ −10,0{SPACE}pp fra perioden før"),
        ((9, 10), (9, 10), "Uændret fra perioden før"),
        ((9, 10), (8, 9), ""),
    ],
)
def test_the_change_in_words(now: tuple[int, int], before: tuple[int, int], said: str) -> None:
    assert re.sub("<[^>]+>", "", tile.change(rated(*now), rated(*before))) == said


@pytest.mark.parametrize(
    ("key", "low", "high", "icon", "said"),
    [
        ("first_interview", 0.95, 0.99, "✓", "Tydeligt over landet"),
        ("first_interview", 0.50, 0.80, "!", "Tydeligt under landet"),
        ("first_interview", 0.90, 0.95, "≈", "Kan ikke skelnes"),
        ("ap_at_first", 0.50, 0.80, "!", "Tydeligt over landet"),
        ("mentor", 0.10, 0.20, "↓", "Tydeligt under landet"),
        ("mentor", 0.60, 0.80, "↑", "Tydeligt over landet"),
        ("sanctioned_of_all", 0.10, 0.20, "≠", "Ikke sammenlignelig"),
    ],
)
def test_the_verdict_has_sign_and_words(key: str, low: float, high: float, icon: str, said: str) -> None:
    assert words(tile.standing(BY_KEY[key], rated(50, 100, low, high))).startswith(f"{icon} {said} landet ")


def test_the_audits_own_rate_is_said_where_it_is_compared_with() -> None:
    mine = figure(base=20, met=10, excused=20, rate=0.5, audit_rate=0.25, audit_low=0.14, audit_high=0.4)
    said = words(tile.standing(BY_KEY["literacy_test"], mine))
    assert said == f"≈ Kan ikke skelnes revisionens opgørelse 25{SPACE}% · landet 29{SPACE}%"


def test_no_national_figure_is_said() -> None:
    assert words(tile.standing(BY_KEY["course_offered"], rated(9, 10))) == "Intet landstal"


@pytest.mark.parametrize(
    ("key", "late", "base", "page", "label", "query"),
    [
        ("first_interview", 12, 20, "pages/cases/deviations.py", f"12{SPACE}afvigelser", {"regel": "first_interview"}),
        ("first_interview", 1, 20, "pages/cases/deviations.py", f"1{SPACE}afvigelse", {"regel": "first_interview"}),
        ("first_interview", 0, 20, "pages/leadership/screening.py", "Ingen afvigelser", {}),
        ("first_interview", 0, 0, "pages/leadership/screening.py", "Se opgørelsen", {}),
        ("mentor", 0, 20, "pages/leadership/support.py", "Se opgørelsen", {}),
    ],
)
def test_where_it_leads(key: str, late: int, base: int, page: str, label: str, query: dict[str, str]) -> None:
    theme = support.THEME if key == "mentor" else screening.THEME
    link = tile.link(BY_KEY[key], theme, figure(base=base, met=base - late, late=late))
    assert (link.page, link.label, dict(link.query)) == (page, label, query)


def test_the_trend_leaves_out_months_on_fewer_than_three() -> None:
    html = tile.sparkline(BY_KEY["first_interview"], months([5, 2, 5]))
    svg = base64.b64decode(html.split("base64,")[1].split('"')[0]).decode()
    assert svg.count("M") - svg.count("M0 ") == 2  # two pieces beside the dotted line of the country
    assert f"Udvikling: 90{SPACE}% i januar 2025, 90{SPACE}% i marts 2025. Landet 92{SPACE}%." in html


@pytest.mark.parametrize(
    ("key", "first", "said"),
    [
        ("first_interview", dt.date(2026, 1, 1), "For få sager til en udvikling"),
        ("guidance_225", dt.date(2026, 1, 1), "Reglen gjaldt til 30-06-2025"),
        ("guidance_225", dt.date(2025, 1, 1), "For få sager til en udvikling"),
    ],
)
def test_without_a_trend_it_says_why(key: str, first: dt.date, said: str) -> None:
    assert words(tile.sparkline(BY_KEY[key], months([0, 2, 0], first))) == said

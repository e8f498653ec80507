"""One key measure as a tile: what it says on every size of base, and where it leads."""

import base64
import datetime as dt
import re

import polars as pl
import pytest

from metrics.assess import BY_KEY
from metrics.measures import screening, support
from tests.ui.test_figures import figure
from ui import figures, texts, tile
from ui.figures import Figure, Readings

NONE = figure()
SPACE = texts.SPACE
INTERVIEW = BY_KEY["first_interview"]
SIGNALS = pl.Schema(
    {
        "side": pl.String(),
        "month": pl.Date(),
        "to": pl.Date(),
        "points": pl.Int64(),
        "months": pl.Int64(),
        "met": pl.Int64(),
        "base": pl.Int64(),
        "current": pl.Boolean(),
    }
)


def points(bases: list[int], first: dt.date = dt.date(2025, 1, 1)) -> pl.DataFrame:
    """A trend of months with nine of ten met."""
    days = pl.date_range(first, dt.date(2040, 1, 1), "1mo", eager=True).head(len(bases))
    return pl.DataFrame({"month": days, "base": bases}).with_columns(
        to=pl.col("month").dt.month_end(),
        months=pl.lit(1),
        segment=pl.lit(0),
        met=(pl.col("base") * 9 // 10),
        rate=pl.when(pl.col("base") > 0).then(0.9),
        level=pl.lit(0.9),
    )


def signals(*rows: tuple[str, str, int, bool]) -> pl.DataFrame:
    """Signals of 6 in 14, newest last: side, last month, how many months, and whether it is current."""
    days = [dt.date.fromisoformat(last + "-01") for _, last, *_ in rows]
    return pl.DataFrame(
        {
            "side": [side for side, *_ in rows],
            "to": days,
            "points": [points for _, _, points, _ in rows],
            "current": [current for *_, current in rows],
        },
        schema_overrides={"to": pl.Date(), "points": pl.Int64(), "side": pl.String(), "current": pl.Boolean()},
    ).select(
        "side",
        month=pl.col("to").dt.offset_by(pl.format("-{}mo", pl.col("points") - 1)),
        to=pl.col("to").dt.month_end(),
        points="points",
        months=pl.lit(1, pl.Int64),
        met=pl.lit(6, pl.Int64),
        base=pl.lit(14, pl.Int64),
        current="current",
    )


def readings(
    key: str,
    now: Figure = NONE,
    before: Figure = NONE,
    trend: pl.DataFrame | None = None,
    found: pl.DataFrame | None = None,
) -> Readings:
    """What is known of one measure; of the others nothing."""
    nothing, silence = points([0]), pl.DataFrame(schema=SIGNALS)
    return Readings(
        dict.fromkeys(BY_KEY, NONE) | {key: now},
        dict.fromkeys(BY_KEY, NONE) | {key: before},
        {},
        dict.fromkeys(BY_KEY, nothing) | {key: nothing if trend is None else trend},
        dict.fromkeys(BY_KEY, silence) | {key: silence if found is None else found},
        {},
    )


def svg(html: str) -> str:
    return base64.b64decode(html.split("base64,")[1].split('"')[0]).decode()


def alt(html: str) -> str:
    return html.split('alt="')[1].split('"')[0]


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
    html = tile.html(INTERVIEW, readings("first_interview", mine))
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
    assert said in tile.html(INTERVIEW, readings("first_interview", mine))


@pytest.mark.parametrize("target", [None, 0.95])
@pytest.mark.parametrize("base", [1, 4, 5, 9])
def test_no_colour_on_a_small_base(base: int, target: float | None) -> None:
    html = tile.standing(INTERVIEW, rated(0, base, 0.0, 0.1), target)
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
    ("found", "sign", "said"),
    [
        (signals(("low", "2025-10", 1, True)), "!", "Lavere end forventet i okt. 2025"),
        (signals(("high", "2025-10", 1, True)), "✓", "Højere end forventet i okt. 2025"),
        (signals(("low", "2025-10", 8, True)), "!", f"Lavere end forventet i 8{SPACE}mdr."),
        (signals(("low", "2025-05", 1, False)), "↑", f"+10,0{SPACE}pp fra perioden før"),  # long ago
        (None, "↑", f"+10,0{SPACE}pp fra perioden før"),
        # the bad before the good, the newest before the older
        (signals(("low", "2025-09", 1, True), ("high", "2025-10", 1, True)), "!", "Lavere end forventet i sep. 2025"),
        (signals(("low", "2025-09", 1, True), ("low", "2025-10", 1, True)), "!", "Lavere end forventet i okt. 2025"),
    ],
)
def test_a_current_signal_takes_the_place_of_the_change(found: pl.DataFrame | None, sign: str, said: str) -> None:
    mine = readings("first_interview", rated(9, 10), rated(8, 10), found=found)
    assert f"9 af 10 {sign} {said} " in words(tile.html(INTERVIEW, mine))


@pytest.mark.parametrize(
    ("key", "side", "sign", "tone"),
    [
        ("first_interview", "low", "!", "bad"),
        ("first_interview", "high", "✓", "good"),
        ("ap_at_first", "high", "!", "bad"),
        ("ap_at_first", "low", "✓", "good"),
        ("mentor", "low", "↓", "neutral"),
        ("mentor", "high", "↑", "neutral"),
    ],
)
def test_a_signal_is_told_by_sign_and_tone(key: str, side: str, sign: str, tone: str) -> None:
    found = figures.signal(BY_KEY[key], signals((side, "2025-10", 1, True)))
    assert found is not None
    assert (found.sign, found.tone) == (sign, tone)
    assert f'class="maerke {tone}" title="{texts.sentence(found.text)}"' in tile.mark(found)


@pytest.mark.parametrize(
    ("key", "low", "high", "sign", "said"),
    [
        ("first_interview", 0.95, 0.99, "✓", f"Tydeligt over landet 92{SPACE}%"),
        ("first_interview", 0.50, 0.80, "!", f"Tydeligt under landet 92{SPACE}%"),
        ("first_interview", 0.90, 0.95, "≈", f"Kan ikke skelnes landet 92{SPACE}%"),
        ("ap_at_first", 0.50, 0.80, "!", f"Tydeligt over landet 34{SPACE}%"),
        ("mentor", 0.10, 0.20, "↓", f"Tydeligt under landet 46{SPACE}%"),
        ("mentor", 0.60, 0.80, "↑", f"Tydeligt over landet 46{SPACE}%"),
        ("sanctioned_of_all", 0.10, 0.20, "≠", f"Ikke sammenlignelig landet 66{SPACE}%"),
    ],
)
def test_the_verdict_against_the_country(key: str, low: float, high: float, sign: str, said: str) -> None:
    assert words(tile.standing(BY_KEY[key], rated(50, 100, low, high))) == f"{sign} {said}"


@pytest.mark.parametrize(
    ("key", "low", "high", "target", "said"),
    [
        # clearly over the country, and still under the target
        ("first_interview", 0.93, 0.94, 0.95, f"! Tydeligt under mål 95{SPACE}% · landet 92{SPACE}%"),
        ("first_interview", 0.80, 0.85, 0.75, f"✓ Tydeligt over mål 75{SPACE}% · landet 92{SPACE}%"),
        ("first_interview", 0.93, 0.97, 0.95, f"≈ Kan ikke skelnes mål 95{SPACE}% · landet 92{SPACE}%"),
        ("ap_at_first", 0.50, 0.80, 0.40, f"! Tydeligt over mål 40{SPACE}% · landet 34{SPACE}%"),
        # a share without a duty has a good side once there is a target
        ("mentor", 0.10, 0.20, 0.325, f"! Tydeligt under mål 32,5{SPACE}% · landet 46{SPACE}%"),
        # the country is beside it, but not what it is held against
        (
            "sanctioned_of_all",
            0.10,
            0.20,
            0.5,
            f"! Tydeligt under mål 50{SPACE}% · landet 66{SPACE}%, ikke sammenlignelig",
        ),
        (
            "literacy_test",
            0.10,
            0.20,
            0.8,
            f"! Tydeligt under mål 80{SPACE}% · landet 29{SPACE}% i revisionens opgørelse",
        ),
        ("course_offered", 0.10, 0.20, 0.8, f"! Tydeligt under mål 80{SPACE}%"),
    ],
)
def test_the_own_target_comes_before_the_country(key: str, low: float, high: float, target: float, said: str) -> None:
    assert words(tile.standing(BY_KEY[key], rated(50, 100, low, high), target)) == said


def test_the_audits_own_rate_is_said_where_it_is_compared_with() -> None:
    mine = figure(base=20, met=10, excused=20, rate=0.5, audit_rate=0.25, audit_low=0.14, audit_high=0.4)
    said = words(tile.standing(BY_KEY["literacy_test"], mine))
    assert said == f"≈ Kan ikke skelnes revisionens opgørelse 25{SPACE}% · landet 29{SPACE}%"


def test_why_two_figures_may_not_be_compared_is_told_when_pointed_at() -> None:
    measure = BY_KEY["sanctioned_of_all"]
    reason = measure.benchmarks[0].not_comparable
    assert reason is not None
    assert f'title="{texts.sentence(reason)}"' in tile.standing(measure, rated(50, 100))


@pytest.mark.parametrize(
    ("key", "base", "target", "said"),
    [
        ("course_offered", 10, None, "Intet landstal"),
        ("first_interview", 0, None, f"Landet 92{SPACE}%"),
        ("first_interview", 0, 0.95, f"Mål 95{SPACE}% · landet 92{SPACE}%"),
    ],
)
def test_without_a_verdict_it_says_what_there_is(key: str, base: int, target: float | None, said: str) -> None:
    html = tile.standing(BY_KEY[key], rated(base, base), target)
    assert words(html) == said
    assert "maerke" not in html


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
    html = tile.sparkline(INTERVIEW, points([10, 2, 10]), signals())
    drawn = svg(tile.sparkline(INTERVIEW, points([10, 10, 10]), signals()))
    assert svg(html) != drawn
    said = f"Udvikling: 90{SPACE}% (9 af 10) i januar 2025, 90{SPACE}% (9 af 10) i marts 2025. Landet 92{SPACE}%."
    assert alt(html) == said


def test_the_trend_says_what_it_draws() -> None:
    found = signals(("low", "2025-02", 1, False), ("low", "2025-03", 1, True))
    html = tile.sparkline(INTERVIEW, points([10, 10, 4]), found, 0.95)
    assert alt(html) == (
        f"Udvikling: 90{SPACE}% (9 af 10) i januar 2025, 3 af 4 i marts 2025. "
        "Lavere end forventet i februar 2025: 6 af 14. Lavere end forventet i marts 2025: 6 af 14. "
        f"Mål 95{SPACE}%. Landet 92{SPACE}%."
    )
    assert svg(html) != svg(tile.sparkline(INTERVIEW, points([10, 10, 4]), found))  # the target is drawn


def test_two_rules_are_never_one_line() -> None:
    trend = points([10, 10, 10, 10, 10, 10, 10, 10], dt.date(2026, 1, 1))
    changed = trend.with_columns(segment=(pl.col("month") >= dt.date(2026, 7, 1)).cast(pl.Int64))
    html = tile.sparkline(INTERVIEW, changed, signals(("low", "2026-08", 1, True)))
    line = re.findall(r'd="(M[^"]*)" fill="none"', svg(html))[0]
    assert [part.count("L") + 1 for part in line.split("M")[1:]] == [6, 2]
    assert svg(html).count(DIAMOND) == 1
    assert "Regel ændret 01-07-2026." in alt(html)
    assert "Regel ændret" not in alt(tile.sparkline(INTERVIEW, points([10, 10]), signals()))


def test_a_rule_that_is_gone_is_said() -> None:
    trend = points([10, 10, 0], dt.date(2025, 5, 1))
    assert "Reglen gjaldt til 30-06-2025." in alt(tile.sparkline(BY_KEY["guidance_225"], trend, signals()))
    nothing = points([0, 0], dt.date(2025, 8, 1))
    assert "Reglen gjaldt til 30-06-2025" in tile.sparkline(BY_KEY["guidance_225"], nothing, signals())
    expected = points([10, 10, 0], dt.date(2026, 11, 1))
    said = alt(tile.sparkline(BY_KEY["perspective"], expected, signals()))
    assert "Reglen ventes ophævet 31-12-2026 (afventer bekræftelse)." in said
    before = alt(tile.sparkline(BY_KEY["perspective"], points([10, 10], dt.date(2026, 11, 1)), signals()))
    assert "ophævet" not in before


@pytest.mark.parametrize(
    ("key", "bases", "first", "base", "said"),
    [
        ("perspective", [10, 10, 0], dt.date(2026, 11, 1), 0, True),
        ("perspective", [10, 10], dt.date(2026, 11, 1), 0, False),  # nothing in the cut, and the rule is in force
        ("perspective", [10, 10, 0], dt.date(2026, 11, 1), 10, False),
        ("heard", [10, 10, 0], dt.date(2026, 11, 1), 0, False),
        ("perspective", [0, 0, 0], dt.date(2026, 11, 1), 0, False),  # it is said where the trend would be
    ],
)
def test_nothing_is_counted_because_the_rule_is_gone(
    key: str, bases: list[int], first: dt.date, base: int, said: bool
) -> None:
    known = readings(key, rated(base, base), trend=points(bases, first))
    assert bool(tile.gone(BY_KEY[key], known.now[key], known)) is said
    assert ("ophævet 31-12-2026" in tile.html(BY_KEY[key], known).split("<img")[0]) is said


DIAMOND = "l5 5-5 5-5-5z"


@pytest.mark.parametrize(
    ("found", "diamonds"),
    [
        (signals(), 0),
        (signals(("low", "2025-02", 1, False), ("high", "2025-03", 1, True)), 2),
        (signals(("low", "2025-08", 8, True)), 1),  # where it ends
    ],
)
def test_each_signal_is_marked(found: pl.DataFrame, diamonds: int) -> None:
    assert svg(tile.sparkline(INTERVIEW, points([10] * 8), found)).count(DIAMOND) == diamonds


@pytest.mark.parametrize(
    ("months", "said"),
    [(3, "i 1. kvartal 2025, 90 % (9 af 10) i 2. kvartal 2025."), (12, "i 2025, 90 % (9 af 10) i 2026.")],
)
def test_a_trend_of_quarters_or_years_says_so(months: int, said: str) -> None:
    days = [dt.date(2025, 1, 1), dt.date(2025, 4, 1) if months == 3 else dt.date(2026, 1, 1)]
    ends = pl.col("month").dt.offset_by(f"{months}mo").dt.offset_by("-1d")
    trend = points([10, 10]).with_columns(month=pl.Series(days), months=pl.lit(months)).with_columns(to=ends)
    assert said in alt(tile.sparkline(INTERVIEW, trend, signals())).replace(SPACE, " ")


@pytest.mark.parametrize(
    ("key", "first", "said"),
    [
        ("first_interview", dt.date(2026, 1, 1), "For få sager til en udvikling"),
        ("guidance_225", dt.date(2026, 1, 1), "Reglen gjaldt til 30-06-2025"),
        ("guidance_225", dt.date(2025, 1, 1), "For få sager til en udvikling"),
    ],
)
def test_without_a_trend_it_says_why(key: str, first: dt.date, said: str) -> None:
    assert words(tile.sparkline(BY_KEY[key], points([0, 2, 0], first), signals())) == said

"""One measure on a page: its remarks, its trend in words, its tables and its counts."""

import datetime as dt

import polars as pl
import pytest

from data_access.annotations import Event, Target
from metrics.assess import BY_KEY
from metrics.measures import DISTRIBUTIONS, MEASURES, screening
from tests.ui.test_figures import figure
from tests.ui.test_tile import rated, readings, signals, words
from ui import blocks, counts, figures, measure, overview, texts
from ui.decisions import Line
from ui.selected import Notes

SPACE = texts.SPACE
FIRST = BY_KEY["first_interview"]
SINCE = dt.date(2024, 1, 1)
POINTS = pl.Schema(
    {
        "month": pl.Date(),
        "to": pl.Date(),
        "months": pl.Int64(),
        "met": pl.Int64(),
        "base": pl.Int64(),
        "pending": pl.Int64(),
        "preliminary": pl.Boolean(),
        "level": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "signal": pl.String(),
        "run": pl.Boolean(),
        "level_from": pl.Date(),
        "level_to": pl.Date(),
        "level_months": pl.Int64(),
    }
)


def points(*rows: dict[str, object], months: int = 1, last: str = "2026-10-01") -> pl.DataFrame:
    """A trend that ends with the point that begins on `last`: 18 of 20 each, all of it in, as was to be expected."""
    end = dt.date.fromisoformat(last)
    usual = {"met": 18, "base": 20, "pending": 0, "preliminary": False, "level": 0.9, "low": 0.7, "high": 1.0}
    baseline = {"level_from": dt.date(2024, 1, 1), "level_to": dt.date(2024, 12, 31), "level_months": 12}
    filled = []
    for back, row in zip(range(len(rows) - 1, -1, -1), rows, strict=True):
        ago = end.year * 12 + end.month - 1 - back * months
        first = dt.date(ago // 12, ago % 12 + 1, 1)
        after = dt.date((ago + months) // 12, (ago + months) % 12 + 1, 1)
        when = {"month": first, "to": after - dt.timedelta(days=1), "months": months, "run": False}
        filled.append({**usual, **baseline, **when, "signal": None, **row})
    return pl.DataFrame(filled, schema=POINTS)


def event(on: str, title: str = "Ny organisering", kind: str = "organisation", **more: object) -> Event:
    saved = {"saved_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "saved_by": "indbygget"}
    given = {"id": 1, "reason": "", "measure": None, "center": None, "rebase": False} | saved | more
    return Event(on=dt.date.fromisoformat(on), kind=kind, title=title, **given)  # type: ignore[arg-type]


NO_SIGNALS = signals()


def test_every_frame_of_facts_has_a_word() -> None:
    assert {one.of for one in MEASURES} <= set(measure.UNITS)


def test_every_benchmark_is_said_with_its_verdict() -> None:
    lines = [words(line) for line in measure.remarks(FIRST, rated(95, 100, 0.93, 0.98))]
    assert lines == [f"✓ Tydeligt over Landet 92{SPACE}%", f"↓ Tydeligt under Rebild 100{SPACE}%"]


def test_the_own_target_is_said_first() -> None:
    lines = [words(line) for line in measure.remarks(FIRST, rated(95, 100, 0.93, 0.98), 0.985)]
    assert lines[0] == f"! Tydeligt under Mål 98,5{SPACE}%"
    assert lines[1] == f"✓ Tydeligt over Landet 92{SPACE}%"


def test_nothing_is_judged_without_a_base() -> None:
    lines = [words(line) for line in measure.remarks(FIRST, figure(), 0.95)]
    assert lines == [f"Mål 95{SPACE}%", f"Landet 92{SPACE}%", f"Rebild 100{SPACE}%"]


def test_why_it_cannot_be_compared_is_said() -> None:
    (line,) = measure.remarks(BY_KEY["sanctioned_of_all"], rated(9, 20))
    assert words(line) == (
        f"≠ Ikke sammenlignelig Landet 66{SPACE}%: revisionens 66 % er efter den naturlige læsning af et andet grundlag"
    )


def test_the_audits_way_of_counting_is_said_where_it_differs() -> None:
    said = texts.audited(10, 20)
    assert words(measure.remarks(FIRST, rated(10, 15, excused=5))[-1]) == said
    assert not any("Revisionens" in line for line in measure.remarks(FIRST, rated(10, 20)))


@pytest.mark.parametrize(
    ("key", "base", "unknown", "said"),
    [
        ("perspective", 60, 3, texts.registered(60, 63)),
        ("perspective", 0, 4, texts.registered(0, 4)),
        ("perspective", 0, 0, None),
        ("first_interview", 60, 3, None),  # read in the register: a date is there or not
    ],
)
def test_an_assessment_says_how_often_its_field_is_filled_in(
    key: str, base: int, unknown: int, said: str | None
) -> None:
    lines = [words(line) for line in measure.remarks(BY_KEY[key], rated(base, base, unknown=unknown))]
    assert [line for line in lines if "registrerede felt" in line] == ([said] if said else [])


@pytest.mark.parametrize(("base", "unknown", "said"), [(18, 2, True), (19, 1, False), (4, 4, False)])
def test_many_unknown_give_bounds(base: int, unknown: int, said: bool) -> None:
    lines = measure.remarks(FIRST, rated(base, base, unknown=unknown))
    assert (texts.unknowns(base, base, unknown, base + unknown) in lines) is said


def test_all_outcomes_are_said_and_sum_to_the_units() -> None:
    mine = figure(met=5, late=1, overdue=2, base=8, excused=3, lapsed=4, unknown=6, pending=7)
    said = words(measure.outcomes(FIRST, mine))
    assert said == (
        "Alle 28 sager efter udfald Overholdt 5 For sent 1 Overskredet 2 Undtaget 3 Bortfaldet 4 "
        "Ikke forfalden 7 Mangler data 6"
    )


def test_a_share_without_a_duty_is_yes_or_no() -> None:
    assert words(measure.outcomes(BY_KEY["mentor"], figure(met=5, unmet=3, base=8))).endswith("Ja 5 Nej 3")


FOUND = signals(("low", "2026-02", 1, False), ("low", "2026-08", 1, True), ("high", "2026-10", 8, True))


def test_what_is_outside_the_expected_now_comes_before_all_else() -> None:
    known = readings("first_interview", found=FOUND)
    mine = rated(90, 100, 0.83, 0.95)
    html = measure.numbers(FIRST, mine, figure(), None, measure.current(FIRST, known))
    _, low, high = (texts.sentence(one.text) for one in figures.said(FIRST, FOUND))
    assert words(html).startswith(f"✓ {high}. ! {low}. {FIRST.why} 90{SPACE}% 90 af 100 ")
    assert ('<p class="signal good">' in html, '<p class="signal bad">' in html) == (True, True)
    assert "februar" not in html


def test_without_units_it_says_so() -> None:
    assert words(measure.numbers(FIRST, figure(), figure(), None)).startswith(
        f"{FIRST.why} intet grundlag Ingen i udsnittet. Landet"
    )


TARGETS = ((1, 0.8), (10, 0.95), (11, 0.99))
"""Month -> the target from then on."""


def test_the_page_at_a_glance_has_targets_and_signals() -> None:
    known = readings("first_interview", rated(80, 100, 0.71, 0.87), found=FOUND)
    saved = {"note": "", "saved_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "saved_by": "indbygget"}
    targets = tuple(Target("first_interview", dt.date(2026, month, 1), rate, **saved) for month, rate in TARGETS)
    said = words(measure.contents(screening.THEME, known, Notes(targets, ()), dt.date(2026, 10, 31)))
    _, low, high = (texts.sentence(one.short) for one in figures.said(FIRST, FOUND))
    assert said.startswith(
        f"Første samtale inden 1 uge 80{SPACE}% (80 af 100) ! Tydeligt under mål 95{SPACE}% · landet 92{SPACE}% "
        f"✓ {high} ! {low} Testbehov vurderet"
    )


@pytest.mark.parametrize(
    ("rows", "months", "said"),
    [
        ([{"preliminary": True, "pending": 14}], 1, "Oktober 2026 er foreløbig: 14 sager er ikke forfaldne endnu."),
        ([{"preliminary": True}], 1, "Oktober 2026 er foreløbig."),
        ([{}], 1, ""),
        ([{"preliminary": True, "base": 0}], 1, ""),  # nobody to wait for
        (
            [{"preliminary": True, "pending": 2}, {"preliminary": True, "pending": 3}],
            1,
            "September 2026 til oktober 2026 er foreløbige: 5 sager er ikke forfaldne endnu.",
        ),
        ([{"preliminary": True}], 3, "4. kvartal 2026 er foreløbigt."),
    ],
)
def test_what_is_not_over_says_what_is_to_come(rows: list[dict[str, object]], months: int, said: str) -> None:
    assert measure.pending(FIRST, points(*rows, months=months)) == said


@pytest.mark.parametrize(
    ("key", "met", "months", "said"),
    [
        ("first_interview", 18, 1, ""),
        ("first_interview", 18, 3, "Vist pr. kvartal, fordi der er så få afvigelser."),
        ("first_interview", 1, 12, "Vist pr. år, fordi der er så få overholdte sager."),
        ("mentor", 18, 3, "Vist pr. kvartal, fordi der er så få sager, hvor svaret er nej."),
        ("mentor", 1, 3, "Vist pr. kvartal, fordi der er så få sager, hvor svaret er ja."),
    ],
)
def test_why_months_are_shown_together(key: str, met: int, months: int, said: str) -> None:
    assert measure.joined(BY_KEY[key], points({"met": met}, months=months)) == said


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ({}, f"Forventet niveau: 90{SPACE}%, talt januar 2024 til december 2024."),
        ({"level": None}, "Intet forventet niveau endnu: ingen hel måned fra januar 2024 har haft 3 sager."),
    ],
)
def test_the_level_is_that_of_the_newest_points(last: dict[str, object], said: str) -> None:
    assert measure.level(FIRST, points({"level": 0.5}, last), SINCE) == said


def beside(key: str, drawn: pl.DataFrame, found: pl.DataFrame = NO_SIGNALS, *events: Event) -> list[str]:
    html = measure.beside_trend(BY_KEY[key], drawn, found, measure.numbered(drawn, events), SINCE)
    return [words(line) for line in html.split("</p>")[1:-1]]


def test_earlier_signals_stand_below_the_trend_the_newest_first() -> None:
    found = signals(("low", "2025-12", 1, False), ("high", "2026-02", 1, False), ("low", "2026-08", 1, True))
    assert beside("decided", points(*[{}] * 12), found) == [
        "Tidligere: højere end forventet i februar 2026: 6 af 14.",
        "Tidligere: lavere end forventet i december 2025: 6 af 14.",
    ]


def test_events_in_the_picture_are_numbered_by_day() -> None:
    events = (
        event("2026-07-31", "Før"),
        event("2026-08-01"),
        event("2026-09-30", "Ledig lederstilling", "vacancy"),
        event("2026-10-31", "Nyt fagsystem", "other", rebase=True, reason="Registreringen er lagt om"),
        event("2026-11-01", "Efter"),
    )
    assert beside("decided", points({}, {}, {}), NO_SIGNALS, *events) == [
        "1. 01-08-2026 Ny organisering (Organisation).",
        "2. 30-09-2026 Ledig lederstilling.",
        "3. 31-10-2026 Nyt fagsystem (Anden hændelse). Forventet niveau er talt på ny herfra: "
        "Registreringen er lagt om.",
    ]


def test_a_decision_is_numbered_among_the_events_with_what_has_happened_since() -> None:
    line = Line(
        7, dt.date(2026, 9, 15), "Ring <samme> dag", "", "", dt.date(2027, 1, 1), "", "I gang", "", "",
        "Siden august 2026.", "Hele kommunen", "decided", None, True, "",
    )  # fmt: skip
    known = Notes((), (event("2026-10-01"), event("2026-08-01")), (line,))
    drawn = points({}, {}, {})
    marked = measure.numbered(drawn, known.of("decided"))
    assert [(place, one.on) for place, one in marked] == [
        (1, dt.date(2026, 8, 1)),
        (2, dt.date(2026, 9, 15)),
        (3, dt.date(2026, 10, 1)),
    ]
    html = measure.beside_trend(BY_KEY["decided"], drawn, NO_SIGNALS, marked, SINCE)
    said = "2. 15-09-2026 Beslutning: Ring &lt;samme&gt; dag (I gang · Hele kommunen). Siden august 2026."
    assert f"<p>{said}</p>" in html
    assert line not in known.of("heard")
    alt = measure.described(FIRST, drawn, NO_SIGNALS, [(line.on, line.title)])
    assert alt.endswith(" Beslutning: 15-09-2026 Ring <samme> dag.")


@pytest.mark.parametrize(("months", "said"), [(5, True), (3, False)])
def test_a_rule_that_changed_in_the_picture_is_said(months: int, said: bool) -> None:
    changed = texts.rule_changed(FIRST.versions[1], FIRST.rule_breaks()[0]) + "."
    assert (changed in beside("first_interview", points(*[{}] * months))) is said


def test_a_rule_that_has_ended_is_said() -> None:
    assert beside("guidance_225", points({})) == ["Reglen gjaldt til 30-06-2025."]


def test_what_users_wrote_cannot_bring_html_along() -> None:
    drawn = points({})
    written = event("2026-10-01", "<img src=x>", rebase=True, reason="<b>")
    html = measure.beside_trend(FIRST, drawn, NO_SIGNALS, measure.numbered(drawn, [written]), SINCE)
    assert "<img" not in html
    assert "<b>" not in html


@pytest.mark.parametrize(
    ("rows", "found", "months", "said"),
    [
        ([{}, {"preliminary": True, "met": 1}], NO_SIGNALS, 1, f"September 2026: 90{SPACE}% (18 af 20). Ingen måneder"),
        ([{}, {"base": 0, "met": 0}], NO_SIGNALS, 1, f"September 2026: 90{SPACE}% (18 af 20). Ingen måneder"),
        ([{}], NO_SIGNALS, 3, f"4. kvartal 2026: 90{SPACE}% (18 af 20). Ingen kvartaler"),
        ([{"preliminary": True}], NO_SIGNALS, 12, "Ingen år"),
        (
            [{}],
            FOUND,
            1,
            f"Oktober 2026: 90{SPACE}% (18 af 20). Lavere end forventet i februar 2026: 6 af 14; lavere end forventet "
            "i august 2026: 6 af 14; højere end forventet 8 måneder",
        ),
    ],
)
def test_the_trend_is_said_to_those_who_do_not_see_it(
    rows: list[dict[str, object]], found: pl.DataFrame, months: int, said: str
) -> None:
    alt = measure.described(FIRST, points(*rows, months=months), found)
    assert alt.startswith(f"Første samtale inden 1 uge. {said}")
    assert alt.endswith("De samme tal står under Tallene som tabel.")


def months(count: int = 2) -> pl.DataFrame:
    days = [dt.date(2026, 11 - back, 1) for back in range(count, 0, -1)]
    return pl.DataFrame([vars(rated(9, 10, 0.6, 0.98, late=1)) | {"month": day} for day in days])


def test_the_months_have_what_was_expected_and_what_is_to_be_remarked() -> None:
    (rows,) = measure.trend_tables(FIRST, months(), points({"signal": "low"}, {"low": None, "high": None}))
    assert rows.columns == ["Måned", "Andel", "Usikkerhed", "Forventet", "Bemærk", "Overholdt", "For sent"]
    assert rows.select("Måned", "Andel", "Forventet", "Bemærk").rows() == [
        ("september 2026", f"90{SPACE}% (9 af 10)", f"70–100{SPACE}%", "Lavere end forventet"),
        ("oktober 2026", f"90{SPACE}% (9 af 10)", "–", ""),
    ]


def test_joined_months_have_a_table_of_their_own() -> None:
    drawn = points({}, {"preliminary": True}, months=3).with_columns(
        to=pl.col("to").replace(dt.date(2026, 12, 31), dt.date(2026, 11, 30))
    )
    quarters, singly = measure.trend_tables(FIRST, months(), drawn)
    assert quarters.rows(named=True) == [
        # a cell is read as Markdown, where "3. " begins a list
        {
            "Kvartal": r"3\. kvartal 2026",
            "Andel": f"90{SPACE}% (18 af 20)",
            "Forventet": f"70–100{SPACE}%",
            "Bemærk": "",
        },
        {
            "Kvartal": "oktober 2026 til november 2026",
            "Andel": f"90{SPACE}% (18 af 20)",
            "Forventet": f"70–100{SPACE}%",
            "Bemærk": "Foreløbig",
        },
    ]
    assert singly["Måned"].to_list() == ["september 2026", "oktober 2026"]
    assert "Forventet" not in singly.columns


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ({}, ""),
        ({"signal": "low"}, "Lavere end forventet"),
        ({"signal": "high", "run": True}, "Højere end forventet"),
        ({"run": True}, "Mindst 7 i træk på samme side"),
        ({"base": 2, "met": 0}, "Færre end 3"),
        ({"base": 0, "met": 0}, ""),  # the rate says so itself
        ({"preliminary": True, "base": 2}, "Foreløbig"),
    ],
)
def test_a_point_is_remarked_in_the_words_of_the_picture(point: dict[str, object], said: str) -> None:
    (rows,) = measure.trend_tables(FIRST, months(1), points(point))
    assert rows["Bemærk"].to_list() == [said]


def centers(*names: str | None) -> pl.DataFrame:
    others = {"others_met": 35, "others_base": 50}
    ends = {"difference": 0.2, "difference_low": -0.09, "difference_high": 0.33}
    return pl.DataFrame(
        [
            vars(rated(9, 10, 0.6, 0.98))
            | {"center": name}
            | (others | ends if name else dict.fromkeys((*others, *ends), None))
            for name in names
        ],
        infer_schema_length=None,
    )


def test_the_table_of_centres_compares_each_with_the_others() -> None:
    rows = measure.centers_table(FIRST, centers("Syd", "Nord", None))
    assert rows["Center"].to_list() == ["Syd", "Nord", "Uden center"]
    assert rows["Mod de øvrige centre"].to_list() == [
        *[
            f"De øvrige centre: 70{SPACE}% (35 af 50). Kan ikke skelnes fra dem: +20,0{SPACE}procentpoint "
            "(usikkerhed −9 til +33)."
        ]
        * 2,
        "–",
    ]


def test_one_centre_is_compared_with_nobody() -> None:
    assert "Mod de øvrige centre" not in measure.centers_table(FIRST, centers("Syd", None)).columns


def test_the_table_has_the_outcomes_that_occur() -> None:
    rows = pl.DataFrame(
        [vars(rated(9, 10, 0.6, 0.98, late=1)) | {"group": "Nord"}, vars(figure()) | {"group": "Syd"}],
        infer_schema_length=None,
    )
    assert measure.table(FIRST, rows, "Center").rows(named=True) == [
        {
            "Center": "Nord",
            "Andel": f"90{SPACE}% (9 af 10)",
            "Usikkerhed": f"60–98{SPACE}%",
            "Overholdt": "9",
            "For sent": "1",
        },
        {"Center": "Syd", "Andel": "intet grundlag", "Usikkerhed": "–", "Overholdt": "0", "For sent": "0"},
    ]


def test_a_centre_cannot_bring_html_along() -> None:
    rows = pl.DataFrame({"center": ["<script>"], "youths": [20], "deviations": [5], "per_hundred": [25.0]})
    assert "<script" not in blocks.bars(overview.by_center(rows), "Pr. center")


def test_a_centre_cannot_bring_markdown_along() -> None:
    rows = measure.centers_table(FIRST, centers("![](http://example.org/x.png)"))
    assert rows["Center"][0] == "\\!\\[\\]\\(http\u2060\\://example.org/x.png\\)"


def test_the_definition_names_the_rule_and_the_law() -> None:
    said = words(measure.definition(FIRST))
    assert FIRST.rule in said
    assert "LAB § 31" in said
    assert "Gælder" not in said


@pytest.mark.parametrize("key", ["guidance_225", "contact_course", "literacy_test", "job_discussed"])
def test_the_definition_says_when_a_rule_ends(key: str) -> None:
    life = BY_KEY[key].life
    assert f"Gælder {texts.rule_life(life)}" in words(measure.definition(BY_KEY[key]))
    assert ("afventer bekræftelse" in texts.rule_life(life)) is not life.checked


def test_counts_sum_to_the_whole() -> None:
    said = words(blocks.counted_bars([("Tildelt", 92), ("Takket nej", 28)], "Status"))
    assert said == f"Status Tildelt 92 (77{SPACE}%) Takket nej 28 (23{SPACE}%) I alt 120"


def test_a_chain_is_of_its_first_step() -> None:
    chain = next(one for one in DISTRIBUTIONS if one.key == counts.CHAIN)
    rows = pl.DataFrame({"label": ["Udeblivelser", "Afgjort"], "count": [40, 10]})
    assert words(counts.table(chain, rows)).endswith(f"Udeblivelser 40 (100{SPACE}%) Afgjort 10 (25{SPACE}%)")


def test_few_get_no_percentage() -> None:
    assert words(blocks.counted_bars([("A", 3), ("B", 1)], "Hvad")) == "Hvad A 3 B 1 I alt 4"


def test_what_a_source_wrote_is_shown_as_it_stands() -> None:
    assert blocks.bars([blocks.Bar("<b>A & B", 1, "1")], "Hvad").count("&lt;b&gt;A &amp; B") == 1
    assert texts.plain("24-1107 *[x](y)*") == r"24\-1107 \*\[x\]\(y\)\*"
    assert texts.plain("se https://x.dk, www.x.dk, a@x.dk") == (
        "se https\u2060\\://x.dk, www\u2060.x.dk, a@\u2060x.dk"  # no link
    )
    assert texts.plain("1. kvartal 2.5") == r"1\. kvartal 2.5"

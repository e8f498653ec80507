"""One measure on a page: its remarks, its outcomes, its tables and its counts, in words."""

import datetime as dt

import polars as pl
import pytest

from metrics.assess import BY_KEY
from metrics.measures import DISTRIBUTIONS, MEASURES
from metrics.statistics import Wait
from tests.ui.test_figures import figure
from tests.ui.test_tile import rated, words
from ui import blocks, counts, measure, overview, texts

SPACE = texts.SPACE
FIRST = BY_KEY["first_interview"]


def test_every_frame_of_facts_has_a_word() -> None:
    assert {one.of for one in MEASURES} <= set(measure.UNITS)


def test_every_benchmark_is_said_with_its_verdict() -> None:
    lines = [words(line) for line in measure.remarks(FIRST, rated(95, 100, 0.93, 0.98))]
    assert lines == [f"✓ Tydeligt over landet Landet 92{SPACE}%", f"↓ Tydeligt under Rebild Rebild 100{SPACE}%"]


def test_why_it_cannot_be_compared_is_said() -> None:
    (line,) = measure.remarks(BY_KEY["sanctioned_of_all"], rated(9, 20))
    assert words(line) == (
        f"≠ Ikke sammenlignelig Landet 66{SPACE}%: revisionens 66 % er efter den naturlige læsning af et andet grundlag"
    )


def test_the_audits_way_of_counting_is_said_where_it_differs() -> None:
    said = f"Revisionens opgørelse, hvor de undtagne bliver i grundlaget: 50{SPACE}% (10 af 20)."
    assert said in measure.remarks(FIRST, rated(10, 15, excused=5))
    assert not any("Revisionens" in line for line in measure.remarks(FIRST, rated(10, 20)))


def test_many_unknown_give_bounds() -> None:
    said = measure.remarks(FIRST, rated(16, 18, unknown=2))[-1]
    assert said == (
        "Der mangler data for 2 af 20. Alt efter hvad de viser sig at være, "
        f"er andelen mellem 80{SPACE}% og 90{SPACE}%."
    )
    assert not any("mangler" in line for line in measure.remarks(FIRST, rated(19, 19, unknown=1)))


def test_all_outcomes_are_said_and_sum_to_the_units() -> None:
    mine = figure(met=5, late=1, overdue=2, base=8, excused=3, lapsed=4, unknown=6, pending=7)
    said = words(measure.outcomes(FIRST, mine))
    assert said == (
        "Alle 28 sager efter udfald Overholdt 5 For sent 1 Overskredet 2 Undtaget 3 Bortfaldet 4 "
        "Ikke forfalden 7 Mangler data 6"
    )


def test_a_share_without_a_duty_is_yes_or_no() -> None:
    assert words(measure.outcomes(BY_KEY["mentor"], figure(met=5, unmet=3, base=8))).endswith("Ja 5 Nej 3")


@pytest.mark.parametrize(
    ("preliminary", "pending", "said"),
    [
        (True, 14, "November 2026 er foreløbig: 14 sager er ikke forfaldne endnu."),
        (True, 0, "November 2026 er foreløbig."),
        (False, 0, ""),
    ],
)
def test_a_month_that_is_not_over_says_what_is_to_come(preliminary: bool, pending: int, said: str) -> None:
    months = pl.DataFrame({"month": [dt.date(2026, 11, 1)], "preliminary": [preliminary], "pending": [pending]})
    assert measure.pending(FIRST, months) == said


def test_a_measure_without_units_says_so() -> None:
    nothing = pl.DataFrame({"month": [dt.date(2026, 10, 1)], "preliminary": [False], "pending": [0]})
    assert words(measure.where(FIRST, figure(), nothing, pl.DataFrame())) == "Ingen i udsnittet."


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


def test_centres_keep_their_order_and_small_ones_have_no_mark() -> None:
    centers = pl.DataFrame(
        {
            "center": ["Syd", "Nord", None],
            "met": [23, 5, 3],
            "base": [25, 7, 4],
            "rate": [0.92, 5 / 7, 0.75],
            "low": [0.75, 0.36, 0.3],
            "high": [0.98, 0.92, 0.95],
        }
    )
    html = measure.by_center(FIRST, centers)
    assert words(html).startswith(
        f"Andel med usikkerhed, og landet 92{SPACE}% som prikket linje Syd 92{SPACE}% (23 af 25) "
        f"Nord 71{SPACE}% (5 af 7) Uden center 3 af 4"
    )
    assert (html.count("<b "), html.count('<b class="usikker"')) == (2, 1)
    assert html.count("<s ") == 3


def test_a_centre_cannot_bring_html_along() -> None:
    centers = pl.DataFrame({"center": ["<img src=x onerror=alert(1)>"], "met": [1], "base": [1]}).with_columns(
        rate=None, low=None, high=None
    )
    assert "<img" not in measure.by_center(FIRST, centers)
    rows = pl.DataFrame({"center": ["<script>"], "youths": [20], "deviations": [5], "per_hundred": [25.0]})
    assert "<script" not in blocks.bars(overview.by_center(rows), "Pr. center")


def test_a_centre_cannot_bring_markdown_along() -> None:
    rows = pl.DataFrame([vars(figure()) | {"group": "![](http://example.org/x.png)"}], infer_schema_length=None)
    assert measure.table(FIRST, rows, "Center")["Center"][0] == r"\!\[\]\(http\://example.org/x.png\)"


def test_the_definition_names_the_rule_and_the_law() -> None:
    said = words(measure.definition(FIRST))
    assert FIRST.rule in said
    assert "LAB § 31" in said


def test_counts_sum_to_the_whole() -> None:
    said = words(blocks.counted_bars([("Tildelt", 92), ("Takket nej", 28)], "Status"))
    assert said == f"Status Tildelt 92 (77{SPACE}%) Takket nej 28 (23{SPACE}%) I alt 120"


def test_a_chain_is_of_its_first_step() -> None:
    chain = next(one for one in DISTRIBUTIONS if one.key == counts.CHAIN)
    rows = pl.DataFrame({"label": ["Udeblivelser", "Afgjort"], "count": [40, 10]})
    assert words(counts.table(chain, rows)).endswith(f"Udeblivelser 40 (100{SPACE}%) Afgjort 10 (25{SPACE}%)")


def test_few_get_no_percentage() -> None:
    assert words(blocks.counted_bars([("A", 3), ("B", 1)], "Hvad")) == "Hvad A 3 B 1 I alt 4"


@pytest.mark.parametrize(
    ("wait", "said"),
    [
        (Wait(40, 5, 3, 1, 30), [f"5{SPACE}dage", "3", "1", f"30{SPACE}dage"]),
        (Wait(40, None, 3, 1, 1), ["ikke nået", "3", "1", f"1{SPACE}dag"]),
        (Wait(4, 5, 0, 0, None), ["for få", "0", "0", "–"]),
        (Wait(0, None, 0, 0, None), ["intet grundlag", "0", "0", "–"]),
    ],
)
def test_waiting_times_in_words(wait: Wait, said: list[str]) -> None:
    assert [number for _, number, _ in counts.wait_numbers(wait)] == said


def test_what_a_source_wrote_is_shown_as_it_stands() -> None:
    assert blocks.bars([blocks.Bar("<b>A & B", 1, "1")], "Hvad").count("&lt;b&gt;A &amp; B") == 1
    assert texts.plain("24-1107 *[x](y)*") == r"24\-1107 \*\[x\]\(y\)\*"

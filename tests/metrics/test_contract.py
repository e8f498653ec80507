"""The contract between the measures and the data, and between the catalogue and its readers."""

import datetime as dt
import re

import polars as pl
import pytest

from data_access.tables import empty
from metrics import assess, facts
from metrics.measure import Benchmark, Counts, Distribution, Measure, Waiting
from metrics.measures import DISTRIBUTIONS, MEASURES, THEMES, WAITS
from tests.policy import table

V = dt.date(2025, 4, 1)

CATALOGUE = table("""
    key                        | national | rebild
    first_interview            | 92       | 100
    test_need_assessed         | –        | 100
    literacy_test              | 29 audit | 100 audit
    test_exemption_documented  | 12       | –
    course_offered             | –        | 100
    guidance_225               | 61       | 100
    guidance_coordinator       | 14       | –
    final_visitation           | 94       | –
    perspective                | –        | 92
    reasoned                   | –        | 100
    ap_at_first                | 34       | –
    ap_own_word                | –        | –
    unchanged                  | –        | –
    coordination               | 82       | –
    order_at_first             | 79       | 100
    order_followed_up          | 53       | 87
    order_fulfilled            | –        | –
    long_deadline              | –        | –
    education_focus            | 71       | 80 ×
    resources                  | –        | –
    duty_assessed              | 45       | 50
    handed_over                | –        | –
    support_guidance           | –        | –
    dropout_contact            | –        | –
    break_assessed             | –        | –
    undocumented               | 30       | –
    sanctioned_of_undocumented | 66       | –
    sanctioned_of_all          | 66 ×     | –
    decided                    | –        | –
    heard                      | –        | –
    ap_contacted               | –        | –
    effectuated                | –        | –
    mentor                     | 46       | 54 ×
    mentor_unregistered        | –        | –
    health_parallel            | 54       | 67 ×
    social_parallel            | –        | –
    fixed_contact              | 59       | –
    coordinator_assigned       | –        | –
    guide_assessed             | –        | –
    contact_course             | –        | –
    four_a_year                | –        | –
    job_discussed              | 82       | –
    first_offer                | 50 ×     | –
    offer_assessed             | 76       | 87
    offer_purpose              | 69       | 87
    plan_agreements            | 87       | 100
    plan_goal                  | 52       | –
    plan_deadline              | –        | –
    order_in_plan              | –        | –
    registered_jobseeker       | 60       | –
    joblog                     | 37       | –
    cv_available               | 19       | –
    k_wait                     | –        | –
    k_named                    | –        | –
    agreements_kept            | –        | –
    joint_plan                 | –        | –
    plan_quality               | –        | –
    who5_coverage              | –        | –
    bip_coverage               | –        | –
    long_plan                  | –        | –
    field_coverage             | –        | –
    duration                   | –        | –
""")
"""The focus audit's percentages of the catalogue; `audit`: against the audit rate, `×`: shown, not compared."""

LOWER_IS_BETTER = {"ap_at_first", "undocumented", "mentor_unregistered", "duration"}
TILSYN = {
    "perspective",
    "reasoned",
    "ap_own_word",
    "coordination",
    "order_followed_up",
    "education_focus",
    "resources",
    "job_discussed",
    "offer_assessed",
    "offer_purpose",
}
LIVES = {
    ("2016-04-01", "2025-06-30", True): {"guidance_225"},
    ("2020-01-01", "2026-06-30", True): {"contact_course"},
    (None, "2026-12-31", False): {
        *("test_need_assessed", "literacy_test", "test_exemption_documented", "course_offered"),
        *("final_visitation", "perspective", "reasoned", "ap_at_first", "ap_own_word", "unchanged"),
        *("order_at_first", "order_followed_up", "order_fulfilled", "long_deadline", "duty_assessed", "handed_over"),
        *("order_in_plan", "job_discussed", "registered_jobseeker", "joblog", "cv_available"),
    },
}
"""First and last day of a rule, and whether that is checked -> the measures that it is the law of."""

TEXTS = ("title", "rule", "base", "why", "legal_basis")
MAY_BE_BLANK = ("exclusions", "note")
ASCII_DANISH = re.compile(
    r"\b\w*(?:maaned|paalaeg|aarsag|aaben|doed|foerst|hoert|oerig|naegt|laes|aegt|oege|oeg\b|aendr|stoett|vaer|"
    r"aeld|oedt|faerd|\baar|laeng|afgoer|moed|taeller|naar\b|gaeld|daekk|proev|spoerg|soeg|boern|"
    r"saet|traed|taend|groen|noed|loen|opfoelg|forloeb|udsaett|omraad)\w*",
    re.IGNORECASE,
)
"""Danish written without æ, ø and å, as code values must and texts may not."""


def figures() -> list[Measure | Distribution | Waiting]:
    return [*MEASURES, *DISTRIBUTIONS, *WAITS]


def texts(figure: Measure | Distribution | Waiting) -> list[str]:
    """Everything that a reader sees of one figure."""
    shown = [getattr(figure, name, "") for name in (*TEXTS, *MAY_BE_BLANK)]
    if isinstance(figure, Measure):
        shown += [b.not_comparable or "" for b in figure.benchmarks]
        shown += [text for version in figure.versions for text in (version.words(), version.legal_basis)]
        shown += [figure.life.legal_basis, *(b.source for b in figure.benchmarks)]
    if isinstance(figure, Distribution):
        shown += figure.labels.values()
    return [text for text in shown if text]


# The data


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.key)
def test_every_measure_resolves_against_the_tables_of_the_reader(measure: Measure) -> None:
    frame = assess.assess(empty(), V, measures=[measure]).outcomes
    assert (frame.schema, len(frame)) == (assess.SCHEMA, 0)


@pytest.mark.parametrize("figure", DISTRIBUTIONS, ids=lambda figure: figure.key)
def test_every_distribution_resolves_against_the_tables_of_the_reader(figure: Distribution) -> None:
    frame = assess.assess(empty(), V, distributions=[figure]).distributions
    assert len(frame) == 0
    assert frame.schema["value"] == pl.String


def test_what_facts_knows_of_the_tables_is_there() -> None:
    columns = {name: frame.collect_schema().names() for name, frame in empty().items()}
    assert [name for name, main in facts.HAPPENS.items() if main not in columns[name]] == []
    assert [n for n, pair in facts.DATED_BY.items() if not {*pair} <= {*columns[n]}] == []


def test_a_column_that_is_gone_is_an_error_and_not_a_figure() -> None:
    tables = empty() | {"interviews": empty()["interviews"].drop("held_on")}
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        assess.assess(tables, V)


# The catalogue


def test_every_key_is_one_figure() -> None:
    keys = [figure.key for figure in figures()]
    assert len(keys) == len(set(keys))
    assert len({theme.key for theme in THEMES}) == len(THEMES) == 8


def test_every_wait_is_of_a_measure() -> None:
    assert {wait.measure for wait in WAITS} <= {measure.key for measure in MEASURES}


def test_the_catalogue_is_that_of_the_design() -> None:
    assert {measure.key for measure in MEASURES} == {row["key"] for row in CATALOGUE}


def figure_of(benchmark: Benchmark) -> str:
    percent = f"{100 * benchmark.rate:.0f}"
    return percent + (" audit" if benchmark.audit else "") + (" ×" if benchmark.not_comparable else "")


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: row["key"])
def test_benchmarks_are_those_of_the_audit(row: dict[str, str]) -> None:
    benchmarks = {benchmark.area: figure_of(benchmark) for benchmark in assess.BY_KEY[row["key"]].benchmarks}
    wanted = {"hele landet": row["national"], "Rebild": row["rebild"]}
    assert benchmarks == {area: percent for area, percent in wanted.items() if percent != "–"}
    assert len(benchmarks) == len(assess.BY_KEY[row["key"]].benchmarks)


def test_which_way_is_good_and_which_are_judgements() -> None:
    assert {measure.key for measure in MEASURES if measure.lower_is_better} == LOWER_IS_BETTER
    assert {measure.key for measure in MEASURES if measure.source == "tilsyn"} == TILSYN


def test_what_has_ended_and_what_is_expected_to() -> None:
    found: dict[tuple[str | None, str | None, bool], set[str]] = {}
    for measure in MEASURES:
        first, last = (day and day.isoformat() for day in (measure.life.valid_from, measure.life.valid_to))
        if first or last:
            found.setdefault((first, last, measure.life.checked), set()).add(measure.key)
    assert found == LIVES


# The words


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.key)
def test_every_text_of_a_measure_is_filled(measure: Measure) -> None:
    assert [name for name in TEXTS if not getattr(measure, name).strip()] == []
    for name in ("rule", "base", "why", "exclusions", "note"):
        sentence = getattr(measure, name)
        assert not sentence or (sentence[0].isupper() and sentence[-1] in ".?"), f"{name}: {sentence}"
    assert not measure.title.endswith(".")


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.key)
def test_a_duty_has_words_for_its_breach_and_a_share_without_a_duty_has_none(measure: Measure) -> None:
    assert bool(measure.breach) is not isinstance(measure.must, Counts)
    assert measure.breach != measure.title


@pytest.mark.parametrize("figure", [*DISTRIBUTIONS, *WAITS], ids=lambda figure: figure.key)
def test_every_text_of_a_count_is_filled(figure: Distribution | Waiting) -> None:
    assert figure.title.strip()
    assert figure.rule.strip().endswith(".")
    if isinstance(figure, Distribution):
        assert figure.labels
        assert all(label.strip() for label in figure.labels.values())


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.key)
def test_every_theme_has_its_words(theme: object) -> None:
    assert theme.title.strip()  # type: ignore[attr-defined]
    assert theme.lead.strip().endswith(("?", "."))  # type: ignore[attr-defined]


@pytest.mark.parametrize("figure", figures(), ids=lambda figure: figure.key)
def test_danish_is_written_with_its_own_letters(figure: Measure | Distribution | Waiting) -> None:
    assert [word for text in texts(figure) for word in ASCII_DANISH.findall(text)] == []


@pytest.mark.parametrize(
    "word", ["måned", "pålæg", "uddannelsespålæg", "første", "afgørelse", "støtte", "Årsag", "hørt", "trøst", "boede"]
)
def test_proper_danish_is_let_through(word: str) -> None:
    assert not ASCII_DANISH.search(word)


@pytest.mark.parametrize("word", ["maaned", "Paalaeg", "aarsag", "foerste", "afgoerelse", "stoette", "hoert", "moede"])
def test_danish_without_its_letters_is_found(word: str) -> None:
    assert ASCII_DANISH.search(f"en {word} her")

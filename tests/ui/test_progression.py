"""How it goes for the youths in words: what few may say, when a change is felt, and tables that can be read."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from data_access.rounds import Costs, Line, Question, Survey
from metrics.measures import progression as declared
from metrics.progress import Change, Length, Steps, Window
from tests.ui.test_figures import figure
from ui import progression, texts
from ui.progression import FIELDS

_ = texts.SPACE
DAY, NOW = dt.date(2026, 11, 22), dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
WINDOW = Window(dt.date(2026, 8, 23), DAY, 20)


def change(pairs: int = 12, mean: float = 4.24, low: float = -1.0, high: float = 9.5, **other: Any) -> Change:
    given: dict[str, Any] = {"up": 2, "down": 1, "before": (1, 2, 3), "now": (0, 2, 4)}
    return Change(WINDOW, pairs, mean, low, high, **given | other)


FEW = "For få til at sige noget om udviklingen."


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (change(), "Det er ikke en mærkbar ændring for gruppen."),
        (change(mean=10.0, low=3, high=17), "Det er en mærkbar fremgang for gruppen."),
        (change(mean=-12.0, low=-20, high=-4), "Det er en mærkbar tilbagegang for gruppen."),
        (
            change(mean=12.0, low=-2, high=26),
            "Det er en mærkbar fremgang for gruppen, men usikkerheden er så stor, at den kan være tilfældig.",
        ),
        (change(pairs=9, mean=12.0, low=3, high=21), "For få unge til at sige, om ændringen er mærkbar."),
    ],
)
def test_a_change_is_called_felt_only_when_it_is(given: Change, said: str) -> None:
    lines = progression.told(given)
    assert lines[0] == f"{texts.rate_with_base(given.pairs, 20)} af de unge er målt på mindst to dage."
    assert lines[2:] == [said, "2 fik det reelt bedre, 1 reelt dårligere."]


def test_the_change_stands_with_its_interval() -> None:
    assert progression.told(change())[1] == (
        f"Gennemsnitlig ændring: **+4,2{_}point** (usikkerhed {texts.MINUS}1,0{_}point til +9,5{_}point)."
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Change(WINDOW, 4), ["20 % (4 af 20) af de unge er målt på mindst to dage.".replace(" %", f"{_}%"), FEW]),
        (Change(Window(DAY, DAY, 4), 3), ["Kun 4 i indsatsgruppen.", FEW]),
        (Change(Window(DAY, DAY, 0), 0), ["Ingen unge i indsatsgruppen på periodens sidste dag."]),
    ],
)
def test_of_few_only_that_they_are_few(given: Change, said: list[str]) -> None:
    assert progression.told(given) == said


def test_the_bands_stand_side_by_side() -> None:
    rows = progression.banded((1, 2, 3), (0, 2, 4))
    assert rows.select("Ved første", "Ved seneste").rows() == [("1", "0"), ("2", "2"), ("3", "4")]


def test_the_message_says_what_a_leader_needs_first() -> None:
    group = {"maalgruppe": 40, "maalgruppe_under_18": 4, "indsatsgruppe": 3, "indsatsgruppe_under_18": 1}
    rates = {one.key: figure(met=9, base=12, rate=0.75, low=0.4, high=0.9) for one in declared.THEME.measures}
    readings: Any = type("Readings", (), {"now": rates})
    said = {what: (value, note) for what, value, note in progression.message(group, readings, change())}
    assert said["Unge i indsatsgruppen"] == ("3", "40 i målgruppen")
    assert said["Under 18 år i indsatsgruppen"] == ("1 af 3", "for få til en procent")
    assert said["Under 18 år i målgruppen"] == (f"10{_}%", "4 af 40")
    assert said["WHO-5 målt hver måned"] == said["Har en langsigtet plan"] == (f"75{_}%", "9 af 12")
    assert said["Ændring i WHO-5 på 6 måneder"] == (f"+4,2{_}point", "12 af 20 unge målt på to dage")
    few = progression.message(group, readings, Change(WINDOW, 4))[-1]
    assert few[1:] == ("for få", "4 af 20 unge målt på to dage")


def test_each_indicator_has_its_row_and_few_have_no_values() -> None:
    counts = dict.fromkeys(("measured", "pairs", "up", "same", "down"), pl.Int64)
    indicators = pl.DataFrame(
        [("mestring", 6, 5, 2, 2, 1), ("netvaerk", 6, 4, None, None, None), (None, 3, 0, None, None, None)],
        schema={"indicator": pl.String, **counts},
        orient="row",
    )
    values = pl.DataFrame(
        [("mestring", 2.0, 4), ("mestring", 3.5, 2), ("netvaerk", 2.0, 6)],
        schema={"indicator": pl.String, "value": pl.Float64, "count": pl.Int64},
        orient="row",
    )
    rows = progression.stepped(Steps(WINDOW, indicators, values)).to_dicts()
    went = "Op / uændret / ned"
    assert [row["Indikator"] for row in rows] == ["Mestring", "Netværk", "Uden navn"]
    assert [row[went].replace(_, " ") for row in rows] == ["2 / 2 / 1", "for få (4)", "for få (0)"]
    assert [(row["2"], row["3,5"]) for row in rows] == [("4", "2"), ("6", "0"), (texts.NONE, texts.NONE)]


def test_fields_stand_by_centre_in_organisational_order() -> None:
    rows = pl.DataFrame(
        [("who5", "Syd", 1, 2), ("who5", None, 1, 1), ("who5", "Nord", 9, 10), ("bip", "Syd", 0, 2)],
        schema={"field": pl.String, "center": pl.String, "met": pl.Int64, "base": pl.Int64},
        orient="row",
    )
    found = progression.filled(rows, ["Nord", "Vest", "Syd"])
    assert found.columns == ["Felt", "I alt", "Nord", "Syd", texts.NO_CENTER]
    assert [cell.replace(_, " ") for cell in found.row(0)] == [
        FIELDS["who5"],
        "85 % (11 af 13)",
        "90 % (9 af 10)",
        "1 af 2",
        "1 af 1",
    ]
    assert found.row(1)[2] == texts.NO_BASE.replace(" ", _)


CURVE = pl.DataFrame()


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (Length(DAY, 0, 0, None, None, None, CURVE), "Ingen sager er begyndt i de år."),
        (
            Length(DAY, 9, 1, 200, 100, 300, CURVE),
            f"9{_}sager; 1 er stadig åben. For få til at sige, hvor længe de varer.",
        ),
        (Length(DAY, 30, 20, None, None, None, CURVE), f"30{_}sager; 20 er stadig åbne. Under halvdelen er afsluttet."),
        (
            Length(DAY, 30, 2, 242, 202, 283, CURVE),
            f"30{_}sager; 2 er stadig åbne. Halvdelen er afsluttet inden for **242{_}dage** "
            f"(usikkerhed 202–283{_}dage).",
        ),
        (
            Length(DAY, 30, 2, 242, 202, None, CURVE),
            f"30{_}sager; 2 er stadig åbne. Halvdelen er afsluttet inden for **242{_}dage** "
            f"(usikkerhed mindst 202{_}dage).",
        ),
    ],
)
def test_how_long_cases_last(length: Length, said: str) -> None:
    assert progression.lasting(length) == said


def test_afterwards_counts_education_and_job_of_all() -> None:
    labels = list(declared.OUTCOMES_AFTER[0].labels.values())
    counted = {one.key: dict.fromkeys(labels, 0) for one in declared.OUTCOMES_AFTER}
    counted["after_guide_6"] |= {"I uddannelse": 3, "I job": 2, "På ydelse": 4, "Forsørgelse ikke registreret": 1}
    rows = progression.afterwards(counted)
    assert rows["Efter"][3] == "Tildelt ungeguide"
    assert rows["6 måneder"][3].replace(_, " ") == "50 % (5 af 10)"
    assert rows["3 måneder"][3].replace(_, " ") == texts.NO_BASE
    whole = progression.all_afterwards(counted)
    assert (whole.height, whole["I alt"].to_list().count("10")) == (12, 1)


SURVEY = Survey("Trivsel", dt.date(2020, 11, 1), dt.date(2020, 11, 30), 102, 45, (), NOW)


def test_a_survey_says_who_answered() -> None:
    assert progression.answered(SURVEY) == f"01-11-2020 til 30-11-2020. 45 af 102 svarede (44,1{_}%)."


def test_a_share_of_those_who_answered_has_the_interval_of_all_who_were_asked() -> None:
    counts = {"hoej_grad": 15, "nogen_grad": 15, "slet_ikke": 10, "ved_ikke": 5}
    span = progression.asked(Question("Blev du hørt?", counts), 102)
    assert (span.said, span.beside) == (f"67{_}% (30 af 45)", f"usikkerhed 55–76{_}%")
    assert (span.rate, span.sure) == (pytest.approx(2 / 3), True)
    few = progression.asked(Question("Blev du hørt?", {"hoej_grad": 4}), 102)
    assert (few.said, few.rate, few.beside) == ("for få svar", None, "")


def test_costs_are_summed_and_divided_by_youths_where_they_are_known() -> None:
    lines = (Line("mentor", "Nord_1", 1500, 5), Line("loentilskud", None, 90_000, None), Line("andet", None, 5, 4))
    rows = progression.priced(Costs("Tilbud", DAY, DAY, lines, NOW)).rows()
    assert rows == [
        ("Mentor", "Nord\\_1", "1.500", "5", "300"),
        ("Løntilskud", "Ikke delt", "90.000", texts.NONE, texts.NONE),
        ("Andet tilbud", "Ikke delt", "5", "for få", texts.NONE),
        ("**I alt**", "", "**91.505**", "", ""),
    ]

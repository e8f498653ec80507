"""The words of Manglende registrering: fields and tables by their Danish names, and signs that accuse nobody."""

import polars as pl
import pytest

from data_access.models import DELIVERED
from metrics.registration import FIELDS, SUSPICIONS, WINDOW
from ui import registration, texts


def test_every_field_and_table_has_a_plain_name() -> None:
    assert list(registration.LABELS) == [key for key in registration.LABELS if key in FIELDS]
    assert set(registration.LABELS) == set(FIELDS)
    assert set(registration.TABLE_NAMES) == {str(model.__tablename__) for model in DELIVERED}
    assert not [label for label in registration.LABELS.values() if "_" in label]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (["perspective"], "Visitationer: den unges perspektiv"),
        (["needed", "exempted_on"], "Tests: behov for test og dato for den gyldige grund"),
        (["no_show_cases.sanctioned"], "Udeblivelser: sanktion eller dato for afgørelsen"),
    ],
)
def test_a_field_is_named_with_its_table(keys: list[str], said: str) -> None:
    assert registration.field(keys) == said


def test_a_pile_is_said_in_words_and_never_as_cheating() -> None:
    said = registration.piled_words({"met": 120, "last": 18, "usual": 4.0})
    assert said == (
        "18 af 120 overholdte frister er dateret netop på fristens sidste dag; på hverdagene i de fem dage før er der "
        "4 om dagen. Det kan være frister, der overholdes i sidste øjeblik, eller datoer, der er tilpasset."
    )
    assert WINDOW == 5
    assert "snyd" not in said


@pytest.mark.parametrize(
    ("met", "said"),
    [
        ([30, 25, 19], "Ingen af de 2 frister, der kan vurderes, har usædvanligt mange datoer på sidste dag."),
        ([19], "Kan ikke vurderes: ingen frist er overholdt 20 gange i udsnittet."),
        ([], "Kan ikke vurderes: ingen frist er overholdt 20 gange i udsnittet."),
    ],
)
def test_that_nothing_is_piled_is_said_with_what_could_be_judged(met: list[int], said: str) -> None:
    assert registration.none_piled(pl.DataFrame({"met": met}, schema={"met": pl.Int64})) == said


DELAY = {"rows": 25, "ahead": 1, "after": 24, "median": 2.5, "over_7": 0.5, "over_14": 0.25, "over_30": 0.0}


def test_a_delay_is_given_by_its_median_and_its_tail() -> None:
    frame = pl.DataFrame([{"center": "Nord"} | DELAY, {"center": "Syd"} | DELAY | {"after": 3, "median": None}])
    table = registration.delay_table(frame, "Center", ["Nord", "Syd"], "Samtaler pr. center").replace(texts.SPACE, " ")
    nord, syd = table.partition("Syd")[::2]
    for words in ("24", "<b>2,5 dage</b>", "50 % <span>(12)</span>", "25 % <span>(6)</span>", "0 % <span>(0)</span>"):
        assert words in nord
    assert "for få" in syd
    assert "%" not in syd


@pytest.mark.parametrize(
    ("key", "since", "words"),
    [
        ("interview", "2025-01-10", "Nord · seneste samtale 10-01-2025"),
        ("interview", None, "Nord · ingen samtale registreret"),
        ("no_show", "2025-01-10", "Nord · udeblivelse 10-01-2025"),
        ("mentor", None, "Nord"),
    ],
)
def test_a_case_is_listed_with_the_day_of_its_trace(key: str, since: str | None, words: str) -> None:
    rows = pl.DataFrame(
        {"case_id": ["S1"], "center": ["Nord"], "since": [since]}, schema_overrides={"since": pl.String}
    )
    suspicion = next(each for each in SUSPICIONS if each.key == key)
    lines = registration.case_lines(suspicion, rows.with_columns(pl.col("since").str.to_date()))
    assert lines == [("S1", words)]


def test_the_blanks_are_sorted_by_table_and_add_up() -> None:
    rows = pl.DataFrame(
        [
            ("plan_goal", ["has_education_goal"], "Nord", 1, 4),
            ("plan_goal", ["has_education_goal"], None, 2, 2),
            ("reasoned", ["reasoned"], "Syd", 3, 5),
        ],
        schema={
            "measure": pl.String,
            "fields": pl.List(pl.String),
            "center": pl.String,
            "blank": pl.Int64,
            "units": pl.Int64,
        },
        orient="row",
    )
    table = registration.blank_table(rows, {"plans": "JobFokus"}, ["Syd", "Nord"])
    assert table.index("faglig begrundelse") < table.index("uddannelsesmål")
    assert "Uddannelsesmål i Min Plan · JobFokus" in table
    assert "<b>3 af 6</b>" in table
    heads = [name for name in ("Syd", "Nord", texts.NO_CENTER) if f'<th scope="col">{name}</th>' in table]
    assert heads == ["Syd", "Nord", texts.NO_CENTER]

"""The list of deviations: what is picked, in which order, and the line that says why."""

import datetime as dt

import polars as pl
import pytest

from metrics.assess import BY_KEY, SCHEMA, Assessed, Cut
from metrics.measure import Counts, Holds, Within
from tests.policy import table, value
from ui import deviations, texts, why
from ui.deviations import Choice

V = dt.date(2025, 4, 1)
CUT = Cut(dt.date(2024, 4, 2), V)


def outcomes(text: str) -> pl.DataFrame:
    """Rows of the assessed frame from an ASCII table; columns that are not in it are blank."""
    rows = [{column: value(cell) for column, cell in row.items()} for row in table(text)]
    for number, row in enumerate(rows):
        row.setdefault("unit_id", str(number))
        row.setdefault("case_id", f"S{number}")
        row["handed_over"] = bool(row.get("handed_over"))
        row["days"] = int(row["days"]) if row.get("days") else None
    blank = dict.fromkeys(SCHEMA)
    return pl.DataFrame(
        [blank | row for row in rows], schema=dict(SCHEMA) | {"measure": pl.String(), "outcome": pl.String()}
    ).cast(
        dict(SCHEMA)  # type: ignore[arg-type]
    )


def assessed(text: str) -> Assessed:
    judged = outcomes(text)
    ended = {"b": dt.date(2025, 3, 20), "f": V, "c": V + dt.timedelta(days=1)}
    closed = pl.col("case_id").replace_strict(ended, default=None, return_dtype=pl.Date)
    return Assessed(
        V, judged, pl.DataFrame(), judged.select("case_id", closed_on=closed, protected=False, held=True).unique()
    )


WHY = """
measure         | trigger    | on         | due        | done       | outcome | days | handed_over | said
first_interview | 2025-03-03 | 2025-03-10 | 2025-03-10 | 2025-03-12 | late    | 2    |             | Første henvendelse 03-03-2025 · frist 10-03-2025 · holdt 12-03-2025 · 2 dage over
first_interview | 2025-03-03 | 2025-03-10 | 2025-03-10 | 2025-03-11 | late    | 1    | ja          | Første henvendelse 03-03-2025 · frist 10-03-2025 · holdt 11-03-2025 · 1 dag over · overdraget undervejs
first_interview | 2025-02-16 | 2025-02-23 | 2025-02-23 |            | overdue | 37   |             | Første henvendelse 16-02-2025 · frist 23-02-2025 · ikke sket, 37 dage over
first_interview | 2025-03-03 | 2025-03-10 | 2025-03-10 | 2025-03-10 | met     |      |             | Første henvendelse 03-03-2025 · frist 10-03-2025 · holdt 10-03-2025
first_interview | 2025-03-31 | 2025-04-07 | 2025-04-07 | 2025-04-01 | pending |      |             | Første henvendelse 31-03-2025 · frist 07-04-2025 · holdt 01-04-2025 · ikke forfalden
first_interview | 2025-03-03 | 2025-03-10 | 2025-03-10 |            | lapsed  |      |             | Første henvendelse 03-03-2025 · frist 10-03-2025 · sluttede inden fristen
literacy_test   | 2025-01-03 | 2025-02-03 | 2025-02-03 |            | excused |      |             | Første henvendelse 03-01-2025 · frist 03-02-2025 · gyldig grund dokumenteret inden fristen
literacy_test   | 2025-01-03 | 2025-02-03 | 2025-02-03 |            | unknown |      |             | Første henvendelse 03-01-2025 · frist 03-02-2025 · en nødvendig oplysning mangler
order_fulfilled | 2024-01-03 | 2024-05-01 | 2024-05-01 |            | overdue | 1203 |             | Pålæg givet 03-01-2024 · frist 01-05-2024 · ikke sket, 1.203 dage over
perspective     |            | 2025-03-03 |            |            | missing |      |             | Visitation 03-03-2025 · perspektiv: nej
perspective     |            | 2025-03-03 |            |            | met     |      |             | Visitation 03-03-2025 · opfyldt
course_offered  |            | 2025-01-03 | 2025-02-02 |            | missing | 58   |             | Test gennemført 03-01-2025 · frist 02-02-2025 · kursus ikke tilbudt, 58 dage over
coordination    |            | 2025-04-01 |            |            | missing |      |             | Opgjort 01-04-2025 · koordinering i 12 måneder: ikke registreret
ap_at_first     |            | 2025-03-03 |            |            | met     |      |             | Første visitation 03-03-2025 · ja
ap_at_first     |            | 2025-03-03 |            |            | unmet   |      |             | Første visitation 03-03-2025 · nej
"""  # noqa: E501


def test_the_line_says_why() -> None:
    rows = table(WHY)
    told = "\n".join(line.rpartition("|")[0] for line in WHY.strip().splitlines())
    said = outcomes(told).select(why.line()).to_series().to_list()
    assert [line.replace(texts.SPACE, " ") for line in said] == [row["said"] for row in rows]


def test_every_measure_has_its_words() -> None:
    assert set(why.MISSING) == {key for key, m in BY_KEY.items() if isinstance(m.must, Holds)}
    assert set(why.DONE) == {m.must.done for m in BY_KEY.values() if isinstance(m.must, Within)}


def test_a_share_without_a_duty_is_no_rule_to_deviate_from() -> None:
    assert set(deviations.RULES) == {key for key, m in BY_KEY.items() if not isinstance(m.must, Counts)}


LISTED = """
case_id | measure         | on         | due        | done       | outcome | age
e       | perspective     | 2024-12-31 |            |            | missing | 91-
a       | first_interview | 2024-12-01 | 2024-12-01 |            | overdue | 91-
c       | decided         | 2025-03-31 | 2025-03-31 |            | overdue | 0-30
f       | decided         | 2024-11-01 | 2024-11-01 | 2024-11-30 | late    | 91-
b       | decided         | 2025-03-01 | 2025-03-01 |            | overdue | 31-90
d       | course_offered  | 2024-10-01 | 2025-03-02 |            | missing | 0-30
x       | first_interview | 2025-03-01 | 2025-03-01 | 2025-02-27 | met     |
y       | first_interview | 2025-04-08 | 2025-04-08 |            | pending |
z       | first_interview | 2024-04-01 | 2024-04-01 |            | overdue |
"""


def test_overdue_first_then_the_oldest_breach_first() -> None:
    told = "\n".join(line.rpartition("|")[0] for line in LISTED.strip().splitlines())
    rows = deviations.listed(assessed(told), CUT)
    assert "".join(rows["case_id"]) == "acedbf"
    bands = {row["case_id"]: row["age"] for row in table(LISTED) if row["age"]}
    assert dict(rows.select("case_id", "age_band").iter_rows()) == bands


@pytest.mark.parametrize(
    ("choice", "cases"),
    [
        (Choice(), "acedbf"),
        (Choice(rules=("decided",)), "cbf"),
        (Choice(rules=("decided", "perspective")), "cebf"),
        (Choice(outcomes=("overdue",)), "acb"),
        (Choice(outcomes=("missing", "late")), "edf"),
        (Choice(breaches=("0-30",)), "cd"),
        (Choice(breaches=("0-30", "31-90")), "cdb"),
        (Choice(("decided",), ("overdue",), ("31-90",)), "b"),
        (Choice(("decided",), ("missing",)), ""),
        (Choice(cases=("closed",)), "bf"),  # what ends on the view date has ended
        (Choice(("decided",), ("overdue",), cases=("open",)), "c"),
    ],
)
def test_what_is_picked(choice: Choice, cases: str) -> None:
    told = "\n".join(line.rpartition("|")[0] for line in LISTED.strip().splitlines())
    rows = deviations.listed(assessed(told), CUT)
    assert "".join(deviations.chosen(rows, choice)["case_id"]) == cases


def test_the_table_holds_the_shown_columns_and_no_other() -> None:
    told = "\n".join(line.rpartition("|")[0] for line in LISTED.strip().splitlines())
    shown = deviations.table(deviations.listed(assessed(told), CUT))
    assert shown.columns == ["case", "note", "rule", "outcome", "days", "why", "center", "category", "due", "done"]
    assert dict(shown.select("case", "note").iter_rows())["b"] == "Afsluttet"
    assert "note" not in deviations.table(deviations.listed(assessed(told), CUT).filter(case_state="open")).columns
    assert shown.select(pl.exclude("days", "why", "done")).row(0) == (
        "a",
        None,
        "Første samtale senere end 1 uge",
        "Overskredet",
        texts.NO_CENTER,
        texts.NO_CATEGORY,
        dt.date(2024, 12, 1),
    )


@pytest.mark.parametrize(
    ("total", "shown", "said"),
    [
        (1, 1, "1 afvigelse. Vælg en række for at se sagen."),
        (1000, 1000, "1.000 afvigelser. Vælg en række for at se sagen."),
        (
            1203,
            1000,
            "1.203 afvigelser. Tabellen viser de første 1.000: åbne sager først, så de overskredne, de ældste øverst. ",
        ),
    ],
)
def test_how_many_there_are_is_said(total: int, shown: int, said: str) -> None:
    assert deviations.summary(total, shown).replace(texts.SPACE, " ").startswith(said)


@pytest.mark.parametrize(
    ("rules", "label"),
    [
        ((), "Regler: alle"),
        (("decided",), "Regler: Ikke taget stilling til udeblivelse i tide"),
        (("decided", "heard"), "Regler: Ikke taget stilling til udeblivelse i tide og 1 mere"),
    ],
)
def test_the_rules_are_named(rules: tuple[str, ...], label: str) -> None:
    assert deviations.rules_label(Choice(rules)) == label

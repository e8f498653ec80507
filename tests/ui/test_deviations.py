"""The list of deviations: what is picked, in which order, and the line that says why."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from data_access.handling import HANDLED
from metrics import changes
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
contact_course  | 2024-03-03 | 2024-09-03 | 2024-09-03 | 2024-09-05 | late    | 2    |             | Første henvendelse 03-03-2024 · frist 03-09-2024 · fjerde samtale 05-09-2024 · 2 dage over
first_offer     | 2025-01-03 | 2025-02-03 | 2025-02-03 | 2025-02-10 | late    | 7    |             | Første henvendelse 03-01-2025 · frist 03-02-2025 · tilbud begyndt 10-02-2025 · 7 dage over
cv_available    | 2025-03-03 | 2025-03-24 | 2025-03-24 | 2025-03-25 | late    | 1    |             | Første henvendelse 03-03-2025 · frist 24-03-2025 · CV tilgængeligt 25-03-2025 · 1 dag over
four_a_year     |            | 2025-04-01 |            |            | missing |      |             | Opgjort 01-04-2025 · færre end 4 samtaler i 12 måneder
plan_goal       |            | 2025-04-01 |            |            | missing |      |             | Opgjort 01-04-2025 · uddannelsesmål i planen: ikke registreret
joblog          |            | 2025-04-01 |            |            | missing |      |             | Opgjort 01-04-2025 · joblog i 30 dage: ikke registreret
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
        (Choice(handlings=("unhandled",)), "acedbf"),
        (Choice(handlings=("accepted", "explained")), ""),
        (Choice(since=("new", "carried", "repeated")), ""),
    ],
)
def test_what_is_picked(choice: Choice, cases: str) -> None:
    told = "\n".join(line.rpartition("|")[0] for line in LISTED.strip().splitlines())
    rows = deviations.listed(assessed(told), CUT)
    assert "".join(deviations.chosen(rows, choice)["case_id"]) == cases


def test_the_table_holds_the_shown_columns_and_no_other() -> None:
    told = "\n".join(line.rpartition("|")[0] for line in LISTED.strip().splitlines())
    shown = deviations.table(deviations.listed(assessed(told), CUT))
    columns = ["case", "note", "rule", "outcome", "handling", "days", "why", "center", "category", "due", "done"]
    assert shown.columns == columns
    assert dict(shown.select("case", "note").iter_rows())["b"] == "Afsluttet"
    assert "note" not in deviations.table(deviations.listed(assessed(told), CUT).filter(case_state="open")).columns
    assert shown.select(pl.exclude("days", "why", "done")).row(0) == (
        "a",
        None,
        "Første samtale senere end 1 uge",
        "Overskredet",
        "Uhåndteret",
        texts.NO_CENTER,
        texts.NO_CATEGORY,
        dt.date(2024, 12, 1),
    )


@pytest.mark.parametrize(
    ("since", "unhandled", "shown", "said"),
    [
        ("1 0", 1, 1, "1 afvigelse: 1 ny siden sidste leverance, 1 uhåndteret."),
        ("6 35", 30, 41, "41 afvigelser: 6 nye siden sidste leverance, 30 uhåndterede."),
        ("", 0, 3, "3 afvigelser: 0 uhåndterede."),
        (
            "3 1200",
            0,
            1000,
            "1.203 afvigelser: 3 nye siden sidste leverance, 0 uhåndterede. Tabellen viser de første 1.000: åbne sager "
            "først, så de uhåndterede, ",
        ),
    ],
)
def test_how_many_there_are_is_said(since: str, unhandled: int, shown: int, said: str) -> None:
    new, carried = (int(number) for number in since.split()) if since else (0, 0)
    told = ["new"] * new + ["carried"] * carried if since else [None] * shown
    marks = ["unhandled"] * unhandled + ["accepted"] * (len(told) - unhandled)
    rows = pl.DataFrame({"since": told, "handling": marks}, schema={"since": pl.String, "handling": pl.String})
    assert deviations.summary(rows, shown).replace(texts.SPACE, " ").startswith(said)


NOW = """
case_id | measure         | on         | due        | outcome
a       | first_interview | 2024-12-01 | 2024-12-01 | overdue
b       | decided         | 2025-03-01 | 2025-03-01 | overdue
c       | decided         | 2025-01-01 | 2025-01-01 | overdue
d       | perspective     | 2025-02-01 |            | missing
m       | decided         | 2025-02-01 | 2025-02-01 | late
"""
"""As they are now; b is closed, and m is held by another centre."""
BEFORE = """
case_id | measure         | on         | due        | outcome
a       | first_interview | 2024-12-01 | 2024-12-01 | overdue
b       | decided         | 2025-03-01 | 2025-03-01 | pending
m       | decided         | 2025-02-01 | 2025-02-01 | overdue
g       | decided         | 2025-01-20 | 2025-01-20 | overdue
"""


def said(measure: str, case: str, state: str, **other: object) -> dict[str, object]:
    """An entry of the history; the unit of a case has the case's own number here."""
    blank = dict.fromkeys(HANDLED) | {"id": 1, "note": "", "saved_by": "lene", "delivery": 1}
    saved = {"saved_at": dt.datetime(2025, 4, 1, 12, tzinfo=dt.UTC)}  # after the newest delivery
    return blank | saved | {"measure": measure, "unit_id": case, "case_id": case, "state": state, **other}


STANDING = pl.DataFrame(
    [
        said("first_interview", "a", "explained", ground="declined"),
        said("decided", "c", "under_way", responsible="AB", do_by=dt.date(2025, 4, 8), note="Ringer"),
        said("decided", "b", "misregistered", note="Afgjort 20-02"),
        said("perspective", "x", "accepted"),
        said("forældet", "d", "accepted"),
    ],
    schema=HANDLED,
)


def told_now() -> pl.DataFrame:
    now, before = (
        replace(frame, outcomes=frame.outcomes.with_columns(unit_id="case_id"))
        for frame in (assessed(NOW), assessed(BEFORE))
    )
    now = replace(now, cases=now.cases.with_columns(held=pl.col("case_id") != "m"))
    return deviations.listed(now, CUT, before, STANDING)


def test_the_unhandled_come_first_within_the_open() -> None:
    rows = told_now()
    assert "".join(rows["case_id"]) == "dacmb"
    assert dict(rows.select("case_id", "handling").iter_rows()) == {
        "a": "explained",
        "b": "misregistered",
        "c": "under_way",
        "d": "unhandled",
        "m": None,
    }


def test_what_was_said_and_what_is_new_stands_in_words() -> None:
    shown = deviations.table(told_now())
    found = {row["case"]: (row["handling"], row["since"]) for row in shown.rows(named=True)}
    assert found == {
        "a": ("Forklaret: Den unge har sagt nej", "Fortsat"),
        "b": ("Registreringsfejl", "Ny, gentaget"),  # anew, after one of the same rule was handled
        "c": ("Sat i gang: AB senest 08-04-2025", "Ny, gentaget"),
        "d": ("Uhåndteret", "Ny"),
        "m": (None, "Fortsat"),
    }


@pytest.mark.parametrize(
    ("choice", "cases"),
    [
        (Choice(handlings=("unhandled",)), "d"),
        (Choice(handlings=("explained", "under_way")), "ac"),
        (Choice(since=("new",)), "dcb"),
        (Choice(since=("carried",)), "am"),
        (Choice(since=("repeated",)), "cb"),
        (Choice(handlings=("unhandled", "misregistered"), since=("repeated",)), "b"),
    ],
)
def test_what_is_picked_by_handling_and_since(choice: Choice, cases: str) -> None:
    assert "".join(deviations.chosen(told_now(), choice)["case_id"]) == cases


def test_the_choices_say_how_many_and_a_repeated_one_counts_as_such_too() -> None:
    assert deviations.count_by(told_now(), "since") == {"new": 3, "carried": 2, "repeated": 2}
    assert deviations.count_by(told_now(), "handling").get("unhandled") == 1


def test_errors_of_registration_are_listed_with_what_mends_them() -> None:
    rows = assessed(NOW).outcomes.with_columns(unit_id="case_id", protected=pl.lit(True))
    [row] = deviations.errors_table(rows, STANDING).rows(named=True)
    assert row == {
        "case": "b",
        "marking": "Beskyttet",
        "center": texts.NO_CENTER,
        "rule": BY_KEY["decided"].breach,
        "read": BY_KEY["decided"].rule,
        "why": row["why"],
        "note": "Afgjort 20-02",
        "marked": "01-04-2025 kl. 14.00",
    }
    assert "frist 01-03-2025" in row["why"]
    assert set(row) == set(deviations.ERROR_HEADINGS)
    assert deviations.errors_table(rows.filter(case_id="a"), STANDING).is_empty()  # mended in the source


def test_the_table_of_centres_has_the_ages_and_the_work() -> None:
    table = deviations.center_table(told_now(), ["Nord"])
    assert set(table.columns) <= set(deviations.CENTER_HEADINGS)
    assert table.select("center", "deviations", "unhandled", "new", "carried", "repeated").rows() == [
        ("Nord", 0, 0, 0, 0, 0),
        (texts.NO_CENTER, 5, 1, 3, 2, 2),
    ]


def test_the_history_is_told_in_words() -> None:
    told = deviations.told(STANDING)
    assert told["handled"].to_list()[:3] == [
        "Forklaret: Den unge har sagt nej",
        "Sat i gang: AB senest 08-04-2025",
        "Registreringsfejl",
    ]
    assert told["rule"].to_list()[-1] == "forældet"
    assert told["note"].to_list()[:2] == [None, "Ringer"]


def test_every_reason_for_being_gone_has_its_words() -> None:
    assert set(deviations.WHY_GONE) == set(changes.GONE)


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

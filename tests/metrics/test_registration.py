"""What is missing in the registration: which field is blank, what leaves a trace only, how late, and piled dates."""

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings

from metrics import registration
from metrics.assess import BY_KEY, STOCK, Assessed, Cut, assess, figures, year_before
from metrics.measure import Within
from metrics.measures import MEASURES
from metrics.registration import FIELDS, SUSPICIONS, Registration
from tests.policy import outcomes, rows_of
from tests.strategies import MODELS, Municipality, Row, frames, municipalities

V = dt.date(2025, 4, 1)
CUT = Cut(dt.date(2020, 1, 1), V)
NOBODY = pl.DataFrame(schema={"suspicion": pl.String})


def examined(tables: dict[str, list[Row]], view: dt.date = V) -> tuple[Registration, Assessed]:
    """A municipality as of its view date, and what is found missing in it."""
    lazy = frames(tables)
    assessed = assess(lazy, view)
    return registration.examine(lazy, assessed, view), assessed


def case(case_id: str = "S1", **more: Any) -> Row:
    begun = {"first_enquiry_on": dt.date(2024, 1, 10), "center": "Nord", "has_youth_education": False}
    return {"case_id": case_id, "person": f"P-{case_id}"} | begun | more


# --- blank fields -------------------------------------------------------------------------------------

USUAL: dict[str, Row] = {
    "cases": {},
    "visitations": {"visited_on": dt.date(2024, 5, 1), "step": "endelig", "category": "aktivitetsparat"},
    "interviews": {"interview_id": "1", "held_on": dt.date(2025, 2, 1)},
    "literacy_tests": {},
    "education_orders": {"order_id": "1", "step": "1", "issued_on": dt.date(2024, 5, 1)},
    "offers": {"offer_id": "1", "kind": "andet", "start_on": dt.date(2024, 5, 1)},
    "no_shows": {"no_show_id": "1", "missed": "tilbud", "missed_on": dt.date(2025, 2, 1)},
    "plans": {"plan_id": "1", "kind": "min_plan", "made_on": dt.date(2024, 5, 1)},
    "transitions": {"transition_id": "1", "study_start_due": dt.date(2024, 8, 1)},
    "assignments": {"initials": "ab", "role": "mentor", "from_on": dt.date(2025, 1, 20)},
    "meetings": {"meeting_id": "1", "kind": "k_moede", "held_on": dt.date(2024, 5, 1)},
}
"""Table -> what a row has when nothing else is said."""


def one_row(table: str, given: str | None, **more: Any) -> dict[str, list[Row]]:
    """A case with one row of a table; `given` = what it says beside the usual."""
    record = dict(USUAL[table])
    for pair in (given or "").split(", ") if given else ():
        column, cell = pair.split("=")
        record |= rows_of(f"{column} | _\n{cell} | ")[0]
    record.pop("_", None)
    if table == "cases":
        return {"cases": [case() | more | record]}
    return {"cases": [case() | more], table: [{"case_id": "S1"} | record]}


def each(text: str) -> Any:
    """The lines of an ASCII table as the `row` of a test."""
    return pytest.mark.parametrize(
        "row", [pytest.param(row, id=" ".join(map(str, row.values()))) for row in rows_of(text)]
    )


BLANK = """
measure                    | table            | given                                 | blank
test_need_assessed         | cases            | has_youth_education=?                 | has_youth_education
literacy_test              | literacy_tests   | needed=?                              | needed
literacy_test              | literacy_tests   | needed=ja, exemption=sygdom           | exempted_on
literacy_test              | literacy_tests   | needed=?, exemption=sygdom            | needed+exempted_on
test_exemption_documented  | literacy_tests   | needed=?                              | needed
course_offered             | literacy_tests   | needed=ja, completed_on=2024-05-01    | course_needed
perspective                | visitations      |                                       | perspective
reasoned                   | visitations      |                                       | reasoned
reasoned                   | visitations      | reasoned=nej                          |
ap_own_word                | visitations      |                                       | other_grounds
education_focus            | interviews       |                                       | education_focus
resources                  | interviews       |                                       | resources_discussed
decided                    | no_shows         | sanction=fradrag                      | decision_undated
sanctioned_of_all          | no_shows         | sanction=fradrag                      | no_show_cases.sanctioned
sanctioned_of_undocumented | no_shows         | decided_on=2025-02-09                 | no_show_cases.sanctioned
heard                      | no_shows         | decided_on=2025-02-09                 | sanctioned
ap_contacted               | no_shows         | decided_on=2025-02-09                 |
order_fulfilled            | education_orders | fulfilment_due=2024-04-30             | fulfilment_due
long_deadline              | education_orders |                                       | fulfilment_due+deadline_reasoned
long_deadline              | education_orders | fulfilment_due=2024-12-01             | deadline_reasoned
long_deadline              | education_orders | deadline_reasoned=nej                 | fulfilment_due
handed_over                | transitions      |                                       | ordered
break_assessed             | transitions      | broken_off_on=2024-09-01              | break_reasonable
fixed_contact              | assignments      |                                       | caseworkers_in_year
fixed_contact              | assignments      | role=sagsbehandler                    |
offer_assessed             | offers           |                                       | individually_assessed
offer_purpose              | offers           |                                       | purpose_stated
plan_agreements            | plans            |                                       | has_agreements
plan_goal                  | plans            |                                       | has_education_goal
plan_deadline              | plans            | goal_due=2024-12-01                   | goal_due_reasoned
k_named                    | meetings         |                                       | coordinator_named+guide_named
k_named                    | meetings         | coordinator_named=ja                  | guide_named
k_named                    | meetings         | guide_named=ja                        | coordinator_named
k_named                    | meetings         | coordinator_named=nej                 |
"""


@each(BLANK)
def test_the_field_that_is_blank_is_named(row: dict[str, Any]) -> None:
    found, _ = examined(one_row(row["table"], row["given"]))
    named = found.blanks.filter(pl.col("measure") == row["measure"])["fields"].to_list()
    assert named == ([row["blank"].split("+")] if row["blank"] else [])


def test_a_field_of_another_measure_is_not_named() -> None:
    """Two fields of one row are blank; each measure names the one that it reads."""
    visited = {"case_id": "S1", "visited_on": dt.date(2024, 5, 1), "step": "endelig", "category": "uddannelsesparat"}
    found, _ = examined({"cases": [case()], "visitations": [visited]})
    named = dict(found.blanks.select(pl.col("measure").cast(pl.String), "fields").iter_rows())
    assert named["perspective"] == ["perspective"]
    assert named["reasoned"] == ["reasoned"]


@given(municipalities())
@settings(max_examples=60, deadline=None)
def test_every_unit_that_cannot_be_judged_has_a_blank_field_and_they_add_up(town: Municipality) -> None:
    found, assessed = examined(town.tables, town.view_date)
    assert found.blanks.filter(pl.col("fields").list.len() == 0).rows() == []
    for cut in (Cut(dt.date.min, town.view_date), Cut(year_before(town.view_date), town.view_date, ("Nord",))):
        for by in (None, "center"):
            wanted = {
                (row["measure"], row["center"]): row["unknown"]
                for row in figures(assessed, cut, by).to_dicts()
                if row["unknown"]
            }
            keys = [pl.col("measure").cast(pl.String), *([pl.col("center")] if by else [])]
            counted = registration.blank_fields(found, assessed, cut).group_by(keys).agg(pl.col("blank").sum())
            added = {(row["measure"], row.get("center")): row["blank"] for row in counted.to_dicts() if row["blank"]}
            assert added == wanted


def test_every_field_is_a_column_that_is_delivered_and_that_a_measure_reads() -> None:
    assert {(field.table, name) for field in FIELDS.values() for name in field.columns} <= {
        (table, name) for table, model in MODELS.items() for name in model.model_fields
    }
    assert {key for measure in MEASURES for key in registration.fields_of(measure)} == set(FIELDS)


def test_a_center_that_has_no_blank_is_counted_too() -> None:
    blank = {"has_youth_education": None}
    cases = [case("S1"), case("S2", **blank), case("S3", center="Syd"), case("S4", center=None, **blank)]
    rows = registration.blank_fields(*examined({"cases": cases}), CUT).filter(measure="test_need_assessed")
    assert rows.select("center", "blank", "units").rows() == [("Nord", 1, 2), ("Syd", 0, 1), (None, 1, 1)]


# --- suspicions ---------------------------------------------------------------------------------------

TRACES = """
table       | given                                                 | found
assignments |                                                       | mentor
assignments | from_on=2024-01-20, until=2024-04-01                  |
assignments | from_on=2025-04-02                                    |
no_shows    | missed_on=2025-03-17                                  | no_show
no_shows    | missed_on=2025-03-18                                  |
no_shows    | missed_on=2024-04-02                                  | no_show
no_shows    | missed_on=2024-04-01                                  |
no_shows    | cause_documented=nej                                  | no_show
no_shows    | cause_documented=ja                                   |
no_shows    | reasonable_cause=ja                                   |
no_shows    | decided_on=2025-03-01, sanction=ingen                 |
no_shows    | sanction=ingen                                        |
no_shows    | decided_on=2025-04-02, sanction=ingen                 | no_show
cases       | first_enquiry_on=2024-10-01                           | interview
cases       | first_enquiry_on=2024-10-02                           |
cases       | first_enquiry_on=2024-10-01, closed_on=2025-04-01     |
cases       | caseworker=ab                                         | caseworker
"""


@each(TRACES)
def test_a_trace_without_its_registration_is_a_suspicion(row: dict[str, Any]) -> None:
    found, _ = examined(one_row(row["table"], row["given"], first_enquiry_on=dt.date(2025, 1, 10)))
    assert found.suspicions["suspicion"].to_list() == ([row["found"]] if row["found"] else [])


def test_what_is_registered_ends_a_suspicion() -> None:
    old = dt.date(2023, 1, 10)
    here = {"case_id": "S1"}
    tables: dict[str, list[Row]] = {
        "cases": [case(first_enquiry_on=old, caseworker="ab")],
        "assignments": [
            here | {"role": "mentor", "initials": "cd", "from_on": old},
            here | {"role": "sagsbehandler", "initials": "ab", "from_on": old},
        ],
        "offers": [here | {"offer_id": "1", "kind": "mentor", "start_on": old}],
        "interviews": [here | {"interview_id": "1", "held_on": dt.date(2024, 10, 2)}],
    }
    found, _ = examined(tables)
    assert found.suspicions.is_empty()
    tables["interviews"][0]["held_on"] = dt.date(2024, 10, 1)
    found, _ = examined(tables)
    assert found.suspicions.select("suspicion", "since").rows() == [("interview", dt.date(2024, 10, 1))]


def test_suspicions_are_counted_among_the_open_cases_of_a_cut() -> None:
    cases = [
        case("S1", caseworker="ab"),
        case("S2", caseworker="ab", center="Syd"),
        case("S3", center="Syd", first_enquiry_on=dt.date(2025, 3, 1)),
        case("S4", caseworker="ab", closed_on=dt.date(2025, 1, 1)),
    ]
    found, assessed = examined({"cases": cases})
    rows = registration.suspected(found, assessed, CUT).sort("suspicion", "center")
    counted = {(row["suspicion"], row["center"]): (row["cases"], row["of"]) for row in rows.to_dicts()}
    assert counted["caseworker", "Nord"] == (1, 1)
    assert counted["caseworker", "Syd"] == (1, 2)
    assert counted["mentor", "Syd"] == (0, 2)
    south = Cut(CUT.date_from, V, ("Syd",))
    assert {row["center"] for row in registration.suspected(found, assessed, south).to_dicts()} == {"Syd"}
    assert registration.listed(found, south)["case_id"].unique().to_list() == ["S2"]


# --- what some centres may see ------------------------------------------------------------------------


def test_a_head_sees_own_rows_only_and_no_number_of_a_protected_case_that_moved() -> None:
    moved = dt.date(2025, 3, 1)
    visited = {"visited_on": dt.date(2024, 5, 1), "step": "endelig", "category": "uddannelsesparat"}
    tables = {
        "cases": [case("S1"), case("S2", center="Syd"), case("S3", protected=True, center="Syd")],
        "center_periods": [
            {"case_id": "S3", "center": "Nord", "from_on": dt.date(2024, 1, 1), "until": moved - dt.timedelta(1)},
            {"case_id": "S3", "center": "Syd", "from_on": moved},
        ],
        "visitations": [{"case_id": one, **visited, "registered_on": V} for one in ("S1", "S2", "S3")],
    }
    found, assessed = examined(tables)
    part = registration.within(found, assessed, ("Nord",))
    reasoned = part.blanks.filter(measure="reasoned")
    assert sorted(reasoned["case_id"]) == ["Beskyttet 1", "S1"]
    assert not any("S3" in unit for unit in reasoned["unit_id"])
    assert part.suspicions["case_id"].unique().to_list() == ["S1"]
    assert part.delays["center"].unique().to_list() == ["Nord"]
    assert part.delays.height == 2
    assert "case_id" not in found.delays.columns


# --- registration delay -------------------------------------------------------------------------------

REGISTERED = """
held_on    | registered_on | days
2025-01-10 | 2025-01-10    | 0
2025-01-10 | 2025-01-17    | 7
2025-01-10 | 2025-01-18    | 8
2025-01-10 | 2025-01-24    | 14
2025-01-10 | 2025-02-10    | 31
2025-01-10 | 2025-01-09    | -1
2025-01-10 |               |
2025-04-02 | 2025-04-01    |
"""


def interviews(text: str, **more: str) -> list[Row]:
    rows = [{key: cell for key, cell in row.items() if key != "days"} for row in rows_of(text)]
    return [{"case_id": "S1", "interview_id": str(number)} | row | more for number, row in enumerate(rows)]


def test_a_delay_is_from_it_happened_to_it_was_registered() -> None:
    """What happens after the view date is unseen, and what has no date of registration is not counted."""
    found, _ = examined({"cases": [case()], "interviews": interviews(REGISTERED)})
    wanted = [int(row["days"]) for row in rows_of(REGISTERED) if row["days"] is not None]
    assert sorted(found.delays["days"]) == sorted(wanted)
    [row] = registration.delay(found, CUT, "table").to_dicts()
    assert row == {
        "table": "interviews",
        "rows": 6,
        "ahead": 1,
        "after": 5,
        "median": 8,
        "over_7": 3 / 5,
        "over_14": 1 / 5,
        "over_30": 1 / 5,
        "late": 1,
    }


def test_nothing_is_said_of_fewer_than_five() -> None:
    few = "\n".join(line for line in REGISTERED.strip().splitlines() if "2025-02-10" not in line)
    found, _ = examined({"cases": [case()], "interviews": interviews(few)})
    [row] = registration.delay(found, CUT, "table").to_dicts()
    assert (row["after"], row["ahead"]) == (4, 1)
    assert {row[name] for name in ("median", "over_7", "over_14", "over_30")} == {None}


def test_delays_are_of_the_center_on_the_day_and_of_the_month_of_registration() -> None:
    tables = {
        "cases": [case()],
        "center_periods": [{"case_id": "S1", "center": "Syd", "from_on": dt.date(2025, 1, 11)}],
        "interviews": interviews("held_on | registered_on\n2025-01-10 | 2025-01-31\n2025-01-11 | 2025-02-01"),
    }
    found, _ = examined(tables)
    assert dict(registration.delay(found, CUT, "center").select("center", "rows").iter_rows()) == {"Nord": 1, "Syd": 1}
    months = registration.delay(found, CUT, "month", "interviews")
    assert months.select("month", "rows").rows() == [(dt.date(2025, 1, 1), 1), (dt.date(2025, 2, 1), 1)]
    assert registration.delay(found, CUT, "month", "plans").is_empty()
    january = Cut(dt.date(2025, 1, 1), dt.date(2025, 1, 31))
    assert registration.delay(found, january, "table")["rows"].to_list() == [1]


# --- dates piled on the last day ----------------------------------------------------------------------

MONDAY = dt.date(2025, 3, 10)


def met(done: dict[int, int], *, due: dt.date = MONDAY, length: int = 30, measure: str = "first_interview") -> Assessed:
    """Deadlines met: so many days before the last one -> how many."""
    begun = due - dt.timedelta(days=length)
    rows = [
        {
            "measure": measure,
            "center": "Nord",
            "outcome": "met",
            "on": due,
            "due": due,
            "trigger": begun,
            "done": due - dt.timedelta(days=back),
        }
        for back, number in done.items()
        for _ in range(number)
    ]
    return Assessed(V, outcomes(rows), pl.DataFrame(), pl.DataFrame())


PILES = [
    # the five days before a Friday are Thursday, Wednesday, Tuesday, Monday and Sunday
    ("evenly spread", {0: 5, 1: 5, 2: 5, 3: 5, 4: 5, 10: 5}, (30, 5, 20, 5.0, False)),
    ("piled", {0: 18, 1: 4, 2: 4, 3: 4, 4: 4, 10: 86}, (120, 18, 16, 4.0, True)),
    ("just not enough", {0: 5, 1: 1, 2: 1, 3: 1, 10: 12}, (20, 5, 3, 0.75, False)),
    ("too few met", {0: 15, 10: 4}, (19, 15, 0, 0.0, False)),
    ("all on the last day", {0: 15, 10: 5}, (20, 15, 0, 0.0, True)),
    ("nothing near it", {10: 30}, (30, 0, 0, 0.0, False)),
    ("a Sunday does not count", {0: 9, 1: 3, 2: 3, 3: 3, 4: 3, 5: 20}, (41, 9, 12, 3.0, False)),
]


@pytest.mark.parametrize(("done", "found"), [pile[1:] for pile in PILES], ids=[pile[0] for pile in PILES])
def test_a_pile_is_more_than_chance_puts_on_the_last_day(done: dict[int, int], found: tuple[Any, ...]) -> None:
    friday = MONDAY + dt.timedelta(days=4)
    [row] = registration.last_days(met(done, due=friday), CUT).rows()
    assert row == ("first_interview", *found)


def test_working_days_evenly_used_are_no_pile_because_of_the_weekend() -> None:
    """Before a Monday lie a Friday, a Thursday and a Wednesday: five days of which three are worked on."""
    week = {0: 40, 3: 40, 4: 40, 5: 40}
    [row] = registration.last_days(met(week), CUT).to_dicts()
    assert (row["usual"], row["piled"]) == (40, False)


def test_a_deadline_that_is_no_longer_than_the_window_is_left_out() -> None:
    assert registration.last_days(met({0: 30}, length=5), CUT).is_empty()
    assert registration.last_days(met({0: 30}, length=6), CUT).height == 1


def test_only_what_was_met_in_the_cut_counts() -> None:
    late = met({0: 30}, measure="decided")
    late = Assessed(
        V, late.outcomes.with_columns(outcome=pl.lit("late", late.outcomes["outcome"].dtype)), NOBODY, NOBODY
    )
    assert registration.last_days(late, CUT).is_empty()
    assert registration.last_days(met({0: 30}), Cut(V, V)).is_empty()
    assert registration.last_days(met({0: 30}), Cut(CUT.date_from, V, ("Syd",))).is_empty()


def test_a_suspicion_has_words_of_its_own() -> None:
    assert len({each.title for each in SUSPICIONS}) == len({each.key for each in SUSPICIONS}) == 4
    assert "mentor_unregistered" in BY_KEY
    assert "mentor_unregistered" in STOCK


def test_an_agreement_that_was_due_before_its_meeting_is_told_of() -> None:
    """An impossible value, too, is a field to mend."""
    tables = {
        "cases": [case()],
        "meetings": [
            {"case_id": "S1", "meeting_id": "M1", "kind": "k_moede", "held_on": dt.date(2025, 2, 1)},
        ],
        "agreements": [
            {
                "meeting_id": "M1",
                "agreement_id": "A1",
                "responsible_center": "Nord",
                "agreed_due": dt.date(2025, 1, 20),
            }
        ],
    }
    found, _ = examined(tables)
    of_it = found.blanks.filter(pl.col("measure") == "agreements_kept")
    assert of_it.select("unit_id", "fields").rows() == [("A1", ["agreements.due"])]


def test_every_measure_that_may_be_unknown_has_a_field_to_blame() -> None:
    """A need that no field answers for would take the page down."""
    needs = {m.key for m in MEASURES if isinstance(m.must, Within) and m.must.needs.meta.root_names()}
    assert [key for key in sorted(needs) if not registration.fields_of(BY_KEY[key])] == []

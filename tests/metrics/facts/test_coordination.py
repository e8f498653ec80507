"""Who should come to a K-møde, in rows per rule: since when, and how many fields are concerned."""

import datetime as dt
from typing import Any

import pytest

from metrics import facts
from tests.policy import Policy, expected, merged, rows_of, table, value
from tests.policy import facts as told
from tests.strategies import frames

V = dt.date(2025, 4, 1)
OPEN = {"first_enquiry_on": "2025-03-01"}
"""Open for so short a time that no rule asks for it."""
TWO = {"cases.first_enquiry_on": "2025-03-01, 2025-03-01", "cases.center": "Nord, Nord"}
"""The same with a second case of the youth's."""


def found(rule: str, policy: Policy, column: str = "since") -> list[str]:
    """The rows with what the frame says of their candidate, a cell for each of the youth's cases; `-`: no candidate."""
    rows = table(policy.rows)
    said: list[str] = []
    for row in rows:
        view = value(row.get("V", "")) or policy.view
        built = facts.build(frames(merged([told(row, policy, "S")])), view, (view,))["candidates"]
        cells = [str(cell or "?") for cell in built.filter(rule=rule).sort("case_id")[column]]
        said.append(" | ".join([*list(row.values())[:-1], ", ".join(cells) or "-"]))
    return said


RULES = {
    "K1": Policy(
        of="meetings",
        rows="""
            first_enquiry_on       | closed_on     | kind           | held_on    | case_id | V          | since
            2024-04-02             |               |                |            |         |            | -
            2024-04-01             |               |                |            |         |            | 2025-04-01
            2023-05-01             |               |                |            |         |            | 2024-05-01
            2020-04-01             |               |                |            |         |            | 2025-04-01
            2020-04-02             |               |                |            |         |            | 2024-04-02
            2023-03-01             |               | k_moede        | 2025-03-01 |         |            | -
            2023-03-01             |               | ungekonference | 2025-03-01 |         |            | -
            2023-03-01             |               | k_moede        | 2025-02-28 |         |            | 2025-03-01
            2023-03-01             |               | k_moede        | 2025-04-01 |         |            | -
            2023-03-01             |               | k_moede        | 2025-04-02 |         |            | 2025-03-01
            2023-03-01             |               | k_moede        | ?          |         |            | 2025-03-01
            2023-03-01             |               | tvaerfagligt   | 2025-03-10 |         |            | 2025-03-01
            2023-03-01             |               | opfoelgning    | 2025-03-10 |         |            | 2025-03-01
            2023-03-01             |               | uko            | 2025-03-10 |         |            | 2025-03-01
            2023-03-01             | 2025-04-01    |                |            |         |            | -
            2023-03-01             | 2025-04-02    |                |            |         |            | 2025-03-01
            2024-02-29             |               |                |            |         | 2025-02-27 | -
            2024-02-29             |               |                |            |         | 2025-02-28 | 2025-02-28
            2020-02-29             |               |                |            |         | 2024-02-28 | 2023-02-28
            2020-02-29             |               |                |            |         | 2024-02-29 | 2024-02-29
            2023-03-01, 2022-06-01 | ?, ?          |                |            |         |            | 2025-03-01, 2024-06-01
            2023-03-01, 2022-06-01 | ?, ?          | k_moede        | 2024-07-01 | 2       |            | 2025-03-01
            2023-03-01, 2022-06-01 | ?, ?          | k_moede        | 2025-03-01 | 2       |            | -
            2023-03-01, 2022-06-01 | ?, 2025-01-01 | k_moede        | 2025-03-01 | 2       |            | -
        """,  # noqa: E501
    ),
    "K2": Policy(
        of="meetings",
        given=OPEN,
        rows="""
            special_class | stu | closed_on  | kind           | held_on    | since
            ja            |     |            |                |            | 2025-03-01
            ja            | nej |            |                |            | 2025-03-01
            ja            | ja  |            |                |            | -
            nej           |     |            |                |            | -
            ?             |     |            |                |            | -
            ja            |     | 2025-04-01 |                |            | -
            ja            |     |            | k_moede        | 2025-03-01 | -
            ja            |     |            | k_moede        | 2025-02-28 | 2025-03-01
            ja            |     |            | ungekonference | 2025-03-20 | -
            ja            |     |            | tvaerfagligt   | 2025-03-20 | 2025-03-01
            ja            |     |            | k_moede        | 2025-04-02 | 2025-03-01
        """,
    ),
    "K3": Policy(
        of="meetings",
        given=OPEN,
        rows="""
            social_case | born_on    | closed_on  | kind    | held_on    | since
            ja          | 2007-10-01 |            |         |            | 2025-04-01
            ja          | 2007-10-02 |            |         |            | -
            ja          | 2007-04-02 |            |         |            | 2024-10-02
            ja          | 2007-04-01 |            |         |            | -
            nej         | 2007-09-01 |            |         |            | -
            ?           | 2007-09-01 |            |         |            | -
            ja          | ?          |            |         |            | -
            ja          | 2007-09-01 | 2025-04-01 |         |            | -
            ja          | 2007-09-01 |            | k_moede | 2025-03-01 | -
            ja          | 2007-09-01 |            | k_moede | 2025-02-28 | 2025-03-01
            ja          | 2007-08-31 |            |         |            | 2025-02-28
        """,
    ),
    "K4": Policy(
        of="plans",
        given=TWO,
        rows="""
            born_on    | kind       | made_on    | until      | case_id | meetings.kind | meetings.held_on | since
            2009-10-01 |            |            |            |         |               |                  | 2025-04-01, 2025-04-01
            2009-10-02 |            |            |            |         |               |                  | -
            2008-10-02 |            |            |            |         |               |                  | 2024-04-02, 2024-04-02
            2008-10-01 |            |            |            |         |               |                  | -
            ?          |            |            |            |         |               |                  | -
            2009-09-01 | min_plan   | 2025-03-05 |            |         |               |                  | -
            2009-09-01 | jobplan    | 2025-04-01 |            | 2       |               |                  | -
            2009-09-01 | min_plan   | 2025-04-02 |            |         |               |                  | 2025-03-01, 2025-03-01
            2009-09-01 | min_plan   | 2025-03-05 | 2025-03-31 |         |               |                  | 2025-03-01, 2025-03-01
            2009-09-01 | min_plan   | 2025-03-05 | 2025-04-01 |         |               |                  | -
            2009-09-01 |            |            |            |         | k_moede       | 2025-03-01       | -
            2009-09-01 |            |            |            |         | k_moede       | 2025-02-28       | 2025-03-01, 2025-03-01
        """,  # noqa: E501
    ),
    "K5": Policy(
        of="benefits",
        given=TWO,
        rows="""
            kind                           | from_on                | until                  | case_id | meetings.kind | meetings.held_on | V          | since
            uddannelseshjaelp              | 2024-04-01             |                        |         |               |                  |            | 2025-04-01, 2025-04-01
            uddannelseshjaelp              | 2024-04-02             |                        |         |               |                  |            | -
            kontanthjaelp                  | 2023-01-15             |                        |         |               |                  |            | 2024-01-15, 2024-01-15
            ressourceforloeb               | 2023-01-15             |                        |         |               |                  |            | -
            anden_ydelse                   | 2023-01-15             |                        |         |               |                  |            | -
            kontanthjaelp                  | 2023-01-15             | 2025-04-01             |         |               |                  |            | 2024-01-15, 2024-01-15
            kontanthjaelp                  | 2023-01-15             | 2025-03-31             |         |               |                  |            | -
            uddannelseshjaelp, kontanthjaelp | 2023-01-15, 2024-06-01 | 2024-05-31, ?        |         |               |                  |            | 2024-01-15, 2024-01-15
            uddannelseshjaelp, kontanthjaelp | 2023-01-15, 2024-06-02 | 2024-05-31, ?        |         |               |                  |            | -
            uddannelseshjaelp, kontanthjaelp | 2023-01-15, 2024-05-01 | 2024-05-31, ?        | 1, 2    |               |                  |            | 2024-01-15, 2024-01-15
            kontanthjaelp, kontanthjaelp   | 2023-01-15, 2023-06-01 | ?, 2023-07-01          |         |               |                  |            | 2024-01-15, 2024-01-15
            kontanthjaelp, job             | 2023-01-15, 2024-06-01 | 2024-05-31, ?          |         |               |                  |            | -
            kontanthjaelp                  | 2023-01-15             |                        |         | k_moede       | 2024-04-01       |            | 2024-01-15, 2024-01-15
            kontanthjaelp                  | 2023-01-15             |                        |         | k_moede       | 2024-04-02       |            | -
            kontanthjaelp                  | 2024-02-28             |                        |         |               |                  | 2025-03-01 | 2025-02-28, 2025-02-28
        """,  # noqa: E501
    ),
    "K6": Policy(
        of="meetings",
        given=TWO,
        rows="""
            cases.closed_on | kind             | proposed_on            | held_on       | case_id | since
            ?               | k_moede          | 2025-03-10             | ?             |         | 2025-03-10
            ?               | k_moede          | 2025-03-10             | ?             | 2       | 2025-03-10
            ?               | k_moede          | 2025-04-01             | ?             |         | 2025-04-01
            ?               | k_moede          | 2025-04-02             | 2025-04-20    |         | -
            ?               | k_moede          | 2025-03-10             | 2025-04-02    |         | 2025-03-10
            ?               | k_moede          | 2025-03-10             | 2025-04-01    |         | -
            ?               | ungekonference   | 2025-03-10             | ?             |         | 2025-03-10
            ?               | tvaerfagligt     | 2025-03-10             | ?             |         | -
            ?               | k_moede          | ?                      | 2025-04-02    |         | -
            ?               | k_moede, k_moede | 2025-03-10, 2025-03-05 | ?, ?          |         | 2025-03-05
            ?               | k_moede, k_moede | 2025-03-10, 2025-03-05 | ?, 2025-03-20 |         | 2025-03-10
            2025-04-01      | k_moede          | 2025-03-10             | ?             |         | -
        """,
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_candidates(rule: str) -> None:
    assert found(rule, RULES[rule]) == expected(RULES[rule])


FIELDS = Policy(
    of="meetings",
    given={"first_enquiry_on": "2024-03-01", "kind": "uko"},
    rows="""
        cases.center | cases.closed_on | social_case | held_on                | proposed_on | meetings.fields    | fields
        Nord         |                 |             |                        |             |                    | 1
        Nord         |                 | ja          |                        |             |                    | 2
        Nord, Syd    |                 |             |                        |             |                    | 2, 2
        Nord, Nord   |                 | nej, ja     |                        |             |                    | 2, 2
        Nord, Syd    | ?, 2025-04-01   | nej, ja     |                        |             |                    | 1
        Nord         |                 |             | 2024-09-01             |             | job+social+sundhed | 3
        Nord         |                 |             | 2024-09-01             |             | job+job            | 1
        Nord         |                 |             | 2024-09-01             |             | ?                  | 1
        Nord         |                 |             | 2024-08-01, 2024-09-01 |             | job+social, skole  | 1
        Nord         |                 |             | ?                      | 2025-03-20  | job+social         | 2
        Nord         |                 |             | 2025-04-02             | ?           | job+social         | 1
    """,  # noqa: E501
)


def test_the_fields_that_are_known_to_be_concerned() -> None:
    assert found("K1", FIELDS, "fields") == expected(FIELDS)


PLANNED = Policy(
    of="meetings",
    given={"first_enquiry_on": "2024-03-01", "cases.center": "Nord, Syd"},
    rows="""
        kind               | held_on                | case_id | answer
        k_moede            | 2025-04-02             |         | 2025-04-02, 2025-04-02
        k_moede            | 2025-04-02             | 2       | 2025-04-02, 2025-04-02
        ungekonference     | 2025-05-07             |         | 2025-05-07, 2025-05-07
        k_moede, k_moede   | 2025-05-07, 2025-04-16 |         | 2025-04-16, 2025-04-16
        tvaerfagligt       | 2025-04-02             |         | ?, ?
        k_moede            | ?                      |         | ?, ?
    """,
)


def test_who_is_on_an_agenda_is_so_whatever_asks_for_it() -> None:
    assert found("K1", PLANNED, "planned_on") == expected(PLANNED)


def test_a_withdrawn_case_leaves_no_meeting_behind() -> None:
    rows = """
        case_id | meeting_id | kind    | proposed_on | held_on
        S1      | M1         | k_moede | 2025-03-01  | 2025-03-05
        S9      | M9         | k_moede | 2025-03-01  | 2025-03-05
    """
    agreed = """
        agreement_id | meeting_id | responsible_center | agreed_due
        A1           | M1         | Syd                | 2025-03-20
        A9           | M9         | Syd                | 2025-03-20
        A0           | M0         | Syd                | 2025-03-20
    """
    case = "case_id | person | center | first_enquiry_on | closed_on\nS1 | P1 | Nord | 2025-01-01 | 2025-03-31"
    tables: dict[str, list[dict[str, Any]]] = {
        name: rows_of(text) for name, text in {"cases": case, "meetings": rows, "agreements": agreed}.items()
    }
    built = facts.build(frames(merged([tables])), V, (V,))
    assert built["meetings"]["unit_id"].to_list() == ["M1"]
    assert built["agreements"].select("unit_id", "case_id", "meeting_id", "held_on", "closed_on", "due").rows() == [
        ("A1", "S1", "M1", dt.date(2025, 3, 5), dt.date(2025, 3, 31), dt.date(2025, 3, 20))
    ]

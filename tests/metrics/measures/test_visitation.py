"""Visitation in rows: the three months, what a final visitation rests on, and who is activity-ready on a day."""

import pytest

from metrics.measures.visitation import THEME
from tests.policy import Policy, expected, found

ENQUIRY = {"first_enquiry_on": "2024-12-01"}

TABLES = {
    "final_visitation": Policy(
        of="visitations",
        rows="""
            first_enquiry_on | visited_on             | step             | category | closed_on  | outcome
            2024-12-01       | 2025-02-28             | endelig          | UP       |            | met
            2024-12-01       | 2025-03-01             | endelig          | AP       |            | met
            2024-12-01       | 2025-03-02             | endelig          | UP       |            | late
            2024-11-30       | 2025-02-28             | endelig          | UP       |            | met
            2024-11-30       | 2025-03-01             | endelig          | UP       |            | late
            2023-11-30       | 2024-02-29             | endelig          | UP       |            | met
            2024-12-01       |                        |                  |          |            | overdue
            2024-12-01       | 2024-12-05             | foerste          | UP       |            | overdue
            2024-12-01       | 2024-12-05             | foerste          | AP       |            | overdue
            2024-12-01       | 2024-12-05             | foerste          | ÅU       |            | -
            2024-12-01       | 2024-12-05, 2025-02-01 | foerste, endelig | ÅU, UP   |            | -
            2024-12-01       | 2024-12-05, 2025-02-01 | foerste, aendring | UP, ÅU  |            | overdue
            2024-12-01       | 2024-12-09, 2024-12-05 | foerste          | UP, ÅU   |            | -
            2024-12-01       | 2024-12-05, 2024-12-09 | foerste          | UP, ÅU   |            | overdue
            2024-12-01       | 2025-03-09, 2025-03-01 | endelig          | UP       |            | met
            2024-12-31       | 2025-03-31             | endelig          | UP       |            | met
            2024-12-31       | 2025-04-01             | endelig          | UP       |            | late
            2024-12-31       | 2025-04-02             | endelig          | UP       |            | overdue
            2025-01-01       |                        |                  |          |            | pending
            2025-01-01       | 2025-01-02             | endelig          | UP       |            | pending
            2024-12-01       |                        |                  |          | 2025-03-01 | lapsed
            2024-12-01       |                        |                  |          | 2025-03-02 | overdue
            2024-12-01       | 2025-03-05             | endelig          | UP       | 2025-03-01 | lapsed
        """,
    ),
    "perspective": Policy(
        of="visitations",
        given=ENQUIRY,
        rows="""
            visited_on             | step     | category | perspective | outcome
            2025-03-01             | endelig  | UP       | ja          | met
            2025-03-01             | endelig  | AP       | nej         | missing
            2025-03-01             | endelig  | UP       | ?           | unknown
            2025-03-01             | endelig  | ÅU       | nej         | -
            2025-03-01             | foerste  | UP       | nej         | -
            2025-03-01             | aendring | AP       | nej         | -
            2025-04-01             | endelig  | UP       | ja          | met
            2025-04-02             | endelig  | UP       | nej         | -
            2025-02-01, 2025-03-01 | endelig  | UP, AP   | nej, ja     | missing, met
        """,
    ),
    "reasoned": Policy(
        of="visitations",
        given=ENQUIRY,
        rows="""
            visited_on             | step     | category | reasoned | closed_on  | outcome
            2025-03-01             | endelig  | UP       | ja       |            | met
            2025-03-01             | endelig  | ÅU       | nej      |            | missing
            2025-03-01             | endelig  | AP       | ?        |            | unknown
            2025-03-01             | endelig  | AP       | nej      | 2025-02-01 | missing
            2025-03-01             | foerste  | UP       | nej      |            | -
            2025-03-01             | aendring | UP       | nej      |            | -
            2025-04-01             | endelig  | UP       | nej      |            | missing
            2025-04-02             | endelig  | UP       | nej      |            | -
            2025-02-01, 2025-03-01 | endelig  | UP       | ja, ?    |            | met, unknown
        """,
    ),
    "ap_at_first": Policy(
        of="visitations",
        given=ENQUIRY,
        rows="""
            visited_on             | step              | category | outcome
            2025-03-01             | foerste           | AP       | met
            2025-03-01             | foerste           | UP       | unmet
            2025-03-01             | foerste           | ÅU       | unmet
            2025-03-01             | endelig           | AP       | -
                                   |                   |          | -
            2025-04-01             | foerste           | AP       | met
            2025-04-02             | foerste           | AP       | -
            2025-03-01, 2025-02-28 | foerste           | AP, UP   | unmet
            2025-02-28, 2025-03-01 | aendring, foerste | AP, UP   | unmet
        """,
    ),
    "ap_own_word": Policy(
        of="visitations",
        given=ENQUIRY,
        rows="""
            visited_on             | step             | category | grounds                             | outcome
            2025-03-01             | foerste          | AP       | egen_oplysning                      | missing
            2025-03-01             | endelig          | AP       | egen_oplysning                      | missing
            2025-03-01             | foerste          | AP       | egen_oplysning+laege                | met
            2025-03-01             | endelig          | AP       | laege+egen_oplysning                | met
            2025-03-01             | foerste          | AP       | test                                | met
            2025-03-01             | foerste          | AP       | ?                                   | unknown
            2025-03-01             | aendring         | AP       | egen_oplysning                      | -
            2025-03-01             | foerste          | UP       | egen_oplysning                      | -
            2025-04-01             | foerste          | AP       | egen_oplysning                      | missing
            2025-04-02             | foerste          | AP       | egen_oplysning                      | -
            2025-02-01, 2025-03-01 | foerste, endelig | AP       | egen_oplysning, tidligere_sag       | missing, met
        """,
    ),
    "unchanged": Policy(
        of="visitations",
        given=ENQUIRY,
        rows="""
            visited_on                         | step                       | category   | outcome
            2025-02-01, 2025-03-01             | foerste, endelig           | UP, UP     | met
            2025-02-01, 2025-03-01             | foerste, endelig           | UP, AP     | unmet
            2025-02-01, 2025-03-01             | foerste, endelig           | ÅU, ÅU     | met
            2025-02-01                         | foerste                    | UP         | -
            2025-03-01                         | endelig                    | UP         | -
            2025-02-01, 2025-04-01             | foerste, endelig           | UP, UP     | met
            2025-02-01, 2025-04-02             | foerste, endelig           | UP, UP     | -
            2025-02-01, 2025-02-10, 2025-03-01 | foerste, aendring, endelig | UP, AP, UP | met
            2025-02-01, 2025-03-01, 2025-03-10 | foerste, endelig, endelig  | UP, UP, AP | met
            2025-02-10, 2025-02-01, 2025-03-01 | foerste, foerste, endelig  | AP, UP, AP | unmet
        """,
    ),
    "coordination": Policy(
        of="meetings",
        given={"first_enquiry_on": "2023-12-01", "visitations.step": "foerste"},
        rows="""
            closed_on  | visitations.category | visitations.visited_on | kind         | held_on    | assignments.role            | assignments.from_on | assignments.until | D          | outcome
                       | AP                   | 2024-01-01             | tvaerfagligt | 2025-03-01 |                             |                     |                   |            | met
                       | AP                   | 2024-01-01             | k_moede      | 2024-04-02 |                             |                     |                   |            | met
                       | AP                   | 2024-01-01             | k_moede      | 2024-04-01 |                             |                     |                   |            | missing
                       | AP                   | 2024-01-01             | k_moede      | 2025-04-01 |                             |                     |                   |            | met
                       | AP                   | 2024-01-01             | k_moede      | 2025-04-02 |                             |                     |                   |            | missing
                       | AP                   | 2024-01-01             | k_moede      | ?          |                             |                     |                   |            | missing
                       | AP                   | 2024-01-01             | ungekonference | 2025-03-01 |                           |                     |                   |            | missing
                       | AP                   | 2024-01-01             | uko          | 2025-03-01 |                             |                     |                   |            | missing
                       | AP                   | 2024-01-01             |              |            |                             |                     |                   |            | missing
                       | AP                   | 2024-01-01             |              |            | koordinerende_sagsbehandler | 2024-02-01          | 2024-04-02        |            | met
                       | AP                   | 2024-01-01             |              |            | koordinerende_sagsbehandler | 2024-02-01          | 2024-04-01        |            | missing
                       | AP                   | 2024-01-01             |              |            | koordinerende_sagsbehandler | 2024-02-01          |                   |            | met
                       | AP                   | 2024-01-01             |              |            | koordinerende_sagsbehandler | 2025-04-01          |                   |            | met
                       | AP                   | 2024-01-01             |              |            | koordinerende_sagsbehandler | 2025-04-02          |                   |            | missing
                       | AP                   | 2024-01-01             |              |            | sagsbehandler               | 2024-02-01          |                   |            | missing
                       | UP                   | 2024-01-01             |              |            |                             |                     |                   |            | -
                       |                      |                        |              |            |                             |                     |                   |            | -
                       | AP                   | 2025-04-01             |              |            |                             |                     |                   |            | missing
                       | AP                   | 2025-04-02             |              |            |                             |                     |                   |            | -
                       | UP, AP               | 2024-01-01, 2025-04-01 |              |            |                             |                     |                   |            | missing
                       | UP, AP               | 2024-01-01, 2025-04-02 |              |            |                             |                     |                   |            | -
                       | AP, UP               | 2024-01-01, 2025-04-01 |              |            |                             |                     |                   |            | -
            2025-04-01 | AP                   | 2024-01-01             |              |            |                             |                     |                   |            | -
            2025-04-02 | AP                   | 2024-01-01             |              |            |                             |                     |                   |            | missing
            2025-03-16 | AP                   | 2024-01-01             |              |            |                             |                     |                   | 2025-03-15 | missing
            2025-03-15 | AP                   | 2024-01-01             |              |            |                             |                     |                   | 2025-03-15 | -
                       | AP                   | 2024-01-01             | k_moede      | 2025-03-16 |                             |                     |                   | 2025-03-15 | missing
                       | AP                   | 2024-01-01             | k_moede      | 2024-03-16 |                             |                     |                   | 2025-03-15 | met
                       | AP                   | 2024-01-01             | k_moede      | 2024-03-15 |                             |                     |                   | 2025-03-15 | missing
        """,  # noqa: E501
    ),
    "categories_first": Policy(
        of="visitations",
        given=ENQUIRY,
        rows="""
            visited_on             | step              | category | value
            2025-03-01             | foerste           | AP       | aktivitetsparat
            2025-03-01             | foerste           | ÅU       | aabenlyst_uddannelsesparat
            2025-03-01             | endelig           | AP       | -
            2025-03-02, 2025-03-01 | foerste           | AP, UP   | uddannelsesparat
            2025-04-01             | foerste           | UP       | uddannelsesparat
            2025-04-02             | foerste           | UP       | -
                                   |                   |          | -
        """,
    ),
    "categories_final": Policy(
        of="visitations",
        given=ENQUIRY,
        rows="""
            visited_on             | step              | category | value
            2025-03-01             | endelig           | AP       | aktivitetsparat
            2025-03-01             | foerste           | AP       | -
            2025-03-02, 2025-03-01 | endelig           | AP, UP   | uddannelsesparat
            2025-02-01, 2025-03-01 | foerste, endelig  | AP, UP   | uddannelsesparat
            2025-04-02             | endelig           | UP       | -
        """,
    ),
    "category_flow": Policy(
        of="visitations",
        given=ENQUIRY,
        rows="""
            visited_on                         | step                       | category   | value
            2025-02-01, 2025-03-01             | foerste, endelig           | UP, AP     | uddannelsesparat>aktivitetsparat
            2025-02-01, 2025-03-01             | foerste, endelig           | AP, AP     | aktivitetsparat>aktivitetsparat
            2025-02-01, 2025-02-10, 2025-03-01 | foerste, aendring, endelig | UP, AP, UP | uddannelsesparat>uddannelsesparat
            2025-02-01                         | foerste                    | UP         | -
            2025-03-01                         | endelig                    | UP         | -
            2025-02-01, 2025-04-02             | foerste, endelig           | UP, AP     | -
        """,  # noqa: E501
    ),
    "unchanged_background": Policy(
        of="visitations",
        given=ENQUIRY | {"visited_on": "2025-02-01, 2025-03-01", "step": "foerste, endelig"},
        rows="""
            category | stu | earlier_spell | value
            UP, UP   |     |               | ny
            UP, UP   | nej | nej           | ny
            UP, UP   | nej | ja            | tidligere
            UP, UP   | ja  | ja            | stu
            UP, UP   | ja  |               | stu
            UP, UP   |     | ja            | tidligere
            UP, AP   | ja  | ja            | -
        """,
    ),
}


@pytest.mark.parametrize("key", TABLES)
def test_policy(key: str) -> None:
    assert found(key, TABLES[key]) == expected(TABLES[key])


def test_every_measure_of_the_theme_has_its_table() -> None:
    assert list(TABLES) == [figure.key for figure in (*THEME.measures, *THEME.distributions)]

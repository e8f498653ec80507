"""Screening in rows: the boundary days of the first interview, the test and the guidance."""

import datetime as dt

import pytest

from metrics.measures.screening import THEME
from tests.policy import Policy, expected, found

TABLES = {
    "first_interview": Policy(
        of="interviews",
        rows="""
            V          | first_enquiry_on | held_on                | closed_on  | outcome
                       | 2025-03-03       | 2025-03-03             |            | met
                       | 2025-03-03       | 2025-03-09             |            | met
                       | 2025-03-03       | 2025-03-10             |            | met
                       | 2025-03-03       | 2025-03-11             |            | late
                       | 2025-03-03       |                        |            | overdue
                       | 2025-03-03       | 2025-03-11, 2025-03-10 |            | met
                       | 2025-03-03       | 2025-03-02             |            | overdue
                       | 2025-03-03       | 2025-03-02, 2025-03-11 |            | late
                       | 2025-03-24       |                        |            | overdue
                       | 2025-03-25       |                        |            | pending
                       | 2025-03-25       | 2025-03-25             |            | pending
                       | 2025-03-25       |                        | 2025-03-26 | pending
                       | 2025-03-24       | 2025-04-01             |            | late
                       | 2025-03-24       | 2025-04-02             |            | overdue
                       | 2025-04-01       |                        |            | pending
                       | 2025-04-02       |                        |            | -
                       | 2025-03-03       |                        | 2025-03-09 | lapsed
                       | 2025-03-03       |                        | 2025-03-10 | lapsed
                       | 2025-03-03       |                        | 2025-03-11 | overdue
                       | 2025-03-03       | 2025-03-11             | 2025-03-10 | lapsed
                       | 2025-03-03       | 2025-03-11             | 2025-03-11 | late
                       | 2025-03-03       | 2025-03-10             | 2025-03-10 | met
                       | 2024-02-22       | 2024-02-29             |            | met
                       | 2023-02-22       | 2023-03-02             |            | late
            2025-03-10 | 2025-03-03       | 2025-03-10             |            | pending
            2025-03-11 | 2025-03-03       | 2025-03-10             |            | met
            2026-08-01 | 2026-06-30       | 2026-07-07             |            | met
            2026-08-01 | 2026-07-01       | 2026-07-08             |            | met
            2026-08-01 | 2026-07-01       | 2026-07-09             |            | late
        """,
    ),
    "test_need_assessed": Policy(
        of="literacy_tests",
        rows="""
            first_enquiry_on | has_youth_education | assessed_on | needed | closed_on  | outcome
            2025-01-31       | nej                 | 2025-02-27  |        |            | met
            2025-01-31       | nej                 | 2025-02-28  |        |            | met
            2025-01-31       | nej                 | 2025-03-01  |        |            | late
            2024-01-31       | nej                 | 2024-02-29  |        |            | met
            2025-01-28       | nej                 | 2025-03-01  |        |            | late
            2025-01-31       | nej                 | ?           | ja     |            | overdue
            2025-01-31       | nej                 |             |        |            | overdue
            2025-01-31       | ja                  |             |        |            | -
            2025-01-31       | ja                  | 2025-03-01  |        |            | -
            2025-01-31       |                     | 2025-02-28  |        |            | unknown
            2025-02-28       | nej                 |             |        |            | overdue
            2025-03-01       | nej                 |             |        |            | pending
            2025-03-01       |                     |             |        |            | pending
            2025-02-28       | nej                 | 2025-04-01  |        |            | late
            2025-02-28       | nej                 | 2025-04-02  |        |            | overdue
            2025-01-31       | nej                 |             |        | 2025-02-28 | lapsed
            2025-01-31       | nej                 |             |        | 2025-03-01 | overdue
            2025-01-31       |                     |             |        | 2025-02-28 | unknown
        """,
    ),
    "literacy_test": Policy(
        of="literacy_tests",
        rows="""
            first_enquiry_on | needed | completed_on | exemption | exempted_on | closed_on  | outcome
            2025-01-10       | ja     | 2025-02-09   |           |             |            | met
            2025-01-10       | ja     | 2025-02-10   |           |             |            | met
            2025-01-10       | ja     | 2025-02-11   |           |             |            | late
            2025-01-10       | ja     |              |           |             |            | overdue
            2025-01-31       | ja     | 2025-02-28   |           |             |            | met
            2025-01-31       | ja     | 2025-03-01   |           |             |            | late
            2025-01-10       | ja     | 2025-02-10   | sygdom    | 2025-01-20  |            | met
            2025-01-10       | ja     | 2025-02-11   | sygdom    | 2025-02-10  |            | excused
            2025-01-10       | ja     |              | barsel    | 2025-02-10  |            | excused
            2025-01-10       | ja     |              | sygdom    | 2025-02-11  |            | overdue
            2025-01-10       | ja     | 2025-02-11   | sygdom    | 2025-02-11  |            | late
            2025-01-10       | ja     |              | sygdom    |             |            | unknown
            2025-01-10       | ja     | 2025-02-10   | sygdom    |             |            | met
            2025-01-10       | ja     | 2025-02-11   | sygdom    |             |            | unknown
            2025-01-10       | ja     |              |           | 2025-02-01  |            | overdue
            2025-01-10       | ja     |              | sygdom    | 2025-04-02  |            | overdue
            2025-01-10       | ?      |              |           |             |            | unknown
            2025-01-10       |        | 2025-02-10   |           |             |            | unknown
            2025-01-10       | nej    |              |           |             |            | -
            2025-01-10       |        |              |           |             |            | -
            2025-03-01       | ja     | 2025-03-02   |           |             |            | pending
            2025-03-01       | ?      |              |           |             |            | pending
            2025-02-28       | ja     |              |           |             |            | overdue
            2025-01-10       | ja     |              |           |             | 2025-02-10 | lapsed
            2025-01-10       | ja     |              |           |             | 2025-02-11 | overdue
            2025-01-10       | ja     |              | sygdom    | 2025-02-10  | 2025-02-05 | excused
        """,
    ),
    "test_exemption_documented": Policy(
        of="literacy_tests",
        rows="""
            first_enquiry_on | needed | completed_on | exemption | exempted_on | closed_on  | D          | outcome
            2025-01-10       | ja     |              | sygdom    | 2025-02-01  |            |            | met
            2025-01-10       | ja     |              | sygdom    |             |            |            | met
            2025-01-10       | ja     |              |           | 2025-02-01  |            |            | missing
            2025-01-10       | ja     |              |           |             |            |            | missing
            2025-01-10       | ?      |              |           |             |            |            | unknown
            2025-01-10       | nej    |              |           |             |            |            | -
            2025-01-10       |        |              |           |             |            |            | -
            2025-02-28       | ja     |              |           |             |            |            | missing
            2025-03-01       | ja     |              |           |             |            |            | -
            2025-01-10       | ja     | 2025-04-01   |           |             |            |            | -
            2025-01-10       | ja     | 2025-04-02   |           |             |            |            | missing
            2025-01-10       | ja     |              | sygdom    | 2025-04-01  |            |            | met
            2025-01-10       | ja     |              | sygdom    | 2025-04-02  |            |            | missing
            2025-01-10       | ja     |              |           |             | 2025-04-01 |            | -
            2025-01-10       | ja     |              |           |             | 2025-04-02 |            | missing
            2025-01-10       | ja     | 2025-03-16   |           |             |            | 2025-03-15 | missing
            2025-01-10       | ja     | 2025-03-15   |           |             |            | 2025-03-15 | -
            2025-01-10       | ja     |              | sygdom    | 2025-03-16  |            | 2025-03-15 | missing
            2025-01-10       | ja     |              | sygdom    | 2025-03-15  |            | 2025-03-15 | met
            2025-02-15       | ja     |              |           |             |            | 2025-03-15 | -
            2025-02-14       | ja     |              |           |             | 2025-03-16 | 2025-03-15 | missing
        """,
    ),
    "course_offered": Policy(
        of="literacy_tests",
        given={"first_enquiry_on": "2025-01-01", "needed": "ja"},
        rows="""
            completed_on | course_needed | course_offered_on | closed_on  | outcome
            2025-02-01   | ja            | 2025-02-01        |            | met
            2025-02-01   | ja            | 2025-01-31        |            | met
            2025-02-01   | ja            | 2025-04-01        |            | met
            2025-02-01   | ja            | 2025-04-02        |            | missing
            2025-02-01   | ja            |                   |            | missing
            2025-02-01   | ja            |                   | 2025-02-02 | missing
            2025-02-01   | nej           |                   |            | -
            2025-02-01   | ?             |                   |            | unknown
            2025-02-01   | ?             | 2025-02-05        |            | unknown
            2025-03-01   | ja            |                   |            | missing
            2025-03-02   | ja            |                   |            | pending
            2025-03-02   | ja            | 2025-03-02        |            | pending
            2025-03-02   | ?             |                   |            | pending
            2025-04-02   | ja            |                   |            | -
            ?            | ja            | 2025-03-01        |            | -
        """,
    ),
    "guidance_225": Policy(
        of="guidance",
        given={"first_enquiry_on": "2016-01-01", "guidance.topic": "225_timer"},
        view=dt.date(2025, 12, 31),
        rows="""
            V          | interviews.held_on     | guided_on              | closed_on  | outcome
                       | 2025-06-30             | 2025-06-30             |            | met
                       | 2025-06-30             | 2025-06-29             |            | met
                       | 2025-06-30             | 2015-01-01             |            | met
                       | 2025-06-30             | 2025-07-01             |            | late
                       | 2025-06-30             |                        |            | overdue
                       | 2025-06-30             | 2025-07-01, 2025-06-30 |            | met
                       | 2025-07-01             |                        |            | -
                       | 2025-07-01, 2025-06-30 |                        |            | overdue
                       | 2016-04-01             |                        |            | overdue
                       | 2016-03-31             |                        |            | -
                       | 2016-03-31, 2016-04-01 |                        |            | -
                       |                        | 2025-06-01             |            | -
                       | 2015-12-31             | 2015-12-31             |            | -
                       | 2025-06-30             |                        | 2025-06-30 | lapsed
                       | 2025-06-30             |                        | 2025-07-01 | overdue
            2025-06-30 | 2025-06-30             |                        |            | pending
            2025-06-30 | 2025-06-29             |                        |            | overdue
            2025-06-30 | 2025-06-29             | 2025-06-30             |            | late
            2025-06-30 | 2025-06-29             | 2025-07-01             |            | overdue
        """,
    ),
    "guidance_coordinator": Policy(
        of="guidance",
        given={"first_enquiry_on": "2025-01-01", "visitations.step": "foerste"},
        rows="""
            visitations.visited_on | visitations.category | guided_on  | topic                       | outcome
            2025-02-01             | AP                   | 2025-02-01 | koordinerende_sagsbehandler | met
            2025-02-01             | AP                   | 2025-01-02 | koordinerende_sagsbehandler | met
            2025-02-01             | AP                   | 2025-03-02 | koordinerende_sagsbehandler | met
            2025-02-01             | AP                   | 2025-03-03 | koordinerende_sagsbehandler | met
            2025-02-01             | AP                   | 2025-03-04 | koordinerende_sagsbehandler | missing
            2025-02-01             | AP                   | 2025-02-01 | sanktion                    | missing
            2025-02-01             | AP                   |            |                             | missing
            2025-02-01             | UP                   |            |                             | -
            2025-02-01             | ÅU                   |            |                             | -
                                   |                      | 2025-02-01 | koordinerende_sagsbehandler | -
            2025-02-01, 2025-03-20 | UP, AP               |            |                             | pending
            2025-02-01, 2025-03-20 | AP, UP               |            |                             | missing
            2025-02-01, 2025-03-20 | AP, AP               | 2025-03-20 | koordinerende_sagsbehandler | missing
            2025-03-01             | AP                   |            |                             | missing
            2025-03-02             | AP                   |            |                             | pending
            2025-03-02             | AP                   | 2025-03-02 | koordinerende_sagsbehandler | pending
            2025-04-02             | AP                   |            |                             | -
        """,
    ),
}


@pytest.mark.parametrize("key", TABLES)
def test_policy(key: str) -> None:
    assert found(key, TABLES[key]) == expected(TABLES[key])


def test_every_measure_of_the_theme_has_its_table() -> None:
    assert list(TABLES) == [figure.key for figure in (*THEME.measures, *THEME.distributions)]

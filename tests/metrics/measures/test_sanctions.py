"""No-shows and sanctions in rows: the twelve months, the fourteen days, hearing and the three calendar months."""

import pytest

from metrics.measures.sanctions import THEME
from tests.policy import Policy, expected, found

FROM_AN_OFFER = {"first_enquiry_on": "2024-01-01", "missed": "tilbud"}
SANCTIONED = {"first_enquiry_on": "2024-01-01", "missed": "samtale", "missed_on": "2025-02-01"}

OF_ALL = """
    missed_on              | missed  | cause_documented | decided_on             | sanction     | closed_on  | outcome
    2025-03-01             | tilbud  | nej              | 2025-03-10             | punkt        |            | met
    2025-03-01             | tilbud  | nej              | 2025-03-10             | ingen        |            | unmet
    2025-03-01             | tilbud  | nej              |                        |              |            | unmet
    2025-03-01             | tilbud  | nej              | 2025-03-10             |              |            | unknown
    2025-03-01             | tilbud  | nej              |                        | punkt        |            | unknown
    2025-03-01             | tilbud  | nej              |                        | ingen        |            | unmet
    2025-03-01             | tilbud  | nej              | 2025-04-01             | punkt        |            | met
    2025-03-01             | tilbud  | nej              | 2025-04-02             | punkt        |            | unmet
    2025-03-01             | samtale | nej              | 2025-03-10             | punkt        |            | -
    2024-04-02             | tilbud  | nej              | 2025-04-01             | punkt        |            | met
    2024-04-01             | tilbud  | nej              | 2025-04-01             | punkt        |            | -
    2025-03-01             | tilbud  | nej              | 2025-03-10             | fradrag      | 2025-03-05 | met
    2025-03-01, 2025-03-02 | tilbud  | nej              | 2025-03-10, 2025-03-10 | punkt, ingen |            | met
    2025-03-01, 2025-03-02 | tilbud  | nej              | 2025-03-10, ?          | ?, ?         |            | unknown
    2025-03-01, 2025-03-02 | tilbud  | nej              | 2025-03-10, 2025-03-10 | ?, punkt     |            | met
    2024-04-01, 2025-03-02 | tilbud  | nej              | 2024-04-10, ?          | punkt, ?     |            | unmet
    2025-03-01, 2025-03-02 | tilbud  | ja, nej          | 2025-03-10, ?          | punkt, ?     |            | met
"""

TABLES = {
    "undocumented": Policy(
        of="no_shows",
        given={"first_enquiry_on": "2024-01-01"},
        rows="""
            missed_on              | missed          | cause_documented | closed_on  | D          | outcome
            2025-03-01             | tilbud          | nej              |            |            | met
            2025-03-01             | tilbud          | ?                |            |            | met
            2025-03-01             | tilbud          | ja               |            |            | unmet
            2025-03-01             | samtale         | nej              |            |            | -
            2025-03-01             | jobsoegning     | nej              |            |            | -
            2024-04-02             | tilbud          | nej              |            |            | met
            2024-04-01             | tilbud          | nej              |            |            | -
            2025-04-01             | tilbud          | nej              |            |            | met
            2025-04-02             | tilbud          | nej              |            |            | -
            2025-03-01             | tilbud          | nej              | 2025-02-01 |            | met
            2025-03-01, 2025-03-02 | tilbud          | ja, ja           |            |            | unmet
            2025-03-01, 2025-03-02 | tilbud          | ja, ?            |            |            | met
            2025-03-01, 2025-03-02 | tilbud, samtale | ja, nej          |            |            | unmet
            2024-04-01, 2025-03-02 | tilbud          | nej, ja          |            |            | unmet
            2025-03-16             | tilbud          | nej              |            | 2025-03-15 | -
            2024-03-16             | tilbud          | nej              |            | 2025-03-15 | met
            2024-03-15             | tilbud          | nej              |            | 2025-03-15 | -
            2024-02-29             | tilbud          | nej              |            | 2025-02-28 | met
            2024-02-28             | tilbud          | nej              |            | 2025-02-28 | -
            2023-02-28             | tilbud          | nej              |            | 2024-02-29 | -
                                   |                 |                  |            |            | -
        """,
    ),
    "sanctioned_of_undocumented": Policy(
        of="no_shows",
        given={"first_enquiry_on": "2024-01-01"},
        rows=OF_ALL
        + """
    2025-03-01             | tilbud  | ja               | 2025-03-10             | punkt        |            | -
    2025-03-01             | tilbud  | ?                | 2025-03-10             | punkt        |            | met
""",
    ),
    "sanctioned_of_all": Policy(
        of="no_shows",
        given={"first_enquiry_on": "2024-01-01"},
        rows=OF_ALL
        + """
    2025-03-01             | tilbud  | ja               | 2025-03-10             | punkt        |            | met
    2025-03-01             | tilbud  | ja               |                        |              |            | unmet
""",
    ),
    "decided": Policy(
        of="no_shows",
        given={"first_enquiry_on": "2024-01-01"},
        rows="""
            missed_on  | missed      | reasonable_cause | decided_on | sanction | closed_on  | outcome
            2025-03-01 | tilbud      | nej              | 2025-03-14 | punkt    |            | met
            2025-03-01 | samtale     | nej              | 2025-03-15 | ingen    |            | met
            2025-03-01 | jobsoegning | ?                | 2025-03-15 | ?        |            | met
            2025-03-01 | tilbud      | nej              | 2025-03-16 | punkt    |            | late
            2025-03-01 | tilbud      | nej              |            |          |            | overdue
            2025-03-01 | tilbud      | ?                |            |          |            | overdue
            2025-03-01 | tilbud      | ja               |            |          |            | -
            2025-03-01 | tilbud      | ja               | 2025-03-16 | punkt    |            | -
            2025-03-01 | tilbud      | nej              |            | punkt    |            | unknown
            2025-03-01 | tilbud      | nej              |            | ingen    |            | unknown
            2025-03-17 | tilbud      | nej              |            |          |            | overdue
            2025-03-18 | tilbud      | nej              |            |          |            | pending
            2025-03-18 | tilbud      | nej              | 2025-03-18 | punkt    |            | pending
            2025-03-18 | tilbud      | nej              |            | punkt    |            | pending
            2025-03-17 | tilbud      | nej              | 2025-04-01 | punkt    |            | late
            2025-03-17 | tilbud      | nej              | 2025-04-02 | punkt    |            | overdue
            2025-04-02 | tilbud      | nej              |            |          |            | -
            2025-03-01 | tilbud      | nej              |            |          | 2025-03-15 | lapsed
            2025-03-01 | tilbud      | nej              |            |          | 2025-03-16 | overdue
            2025-03-01 | tilbud      | nej              | 2025-03-20 | punkt    | 2025-03-15 | lapsed
        """,
    ),
    "heard": Policy(
        of="no_shows",
        given=SANCTIONED,
        rows="""
            heard_on   | decided_on | sanction | reasonable_cause | outcome
            2025-03-09 | 2025-03-10 | punkt    | nej              | met
            2025-03-10 | 2025-03-10 | punkt    | nej              | met
            2025-03-11 | 2025-03-10 | punkt    | nej              | missing
                       | 2025-03-10 | punkt    | nej              | missing
                       | 2025-03-10 | skaerpet | ja               | missing
                       | 2025-03-10 | ingen    | nej              | -
                       | 2025-03-10 |          | nej              | unknown
            2025-03-09 | 2025-03-10 |          | nej              | unknown
            2025-03-09 |            | punkt    | nej              | -
            2025-04-01 | 2025-04-01 | punkt    | nej              | met
            2025-04-01 | 2025-04-02 | punkt    | nej              | -
        """,
    ),
    "ap_contacted": Policy(
        of="no_shows",
        given=SANCTIONED | {"visitations.step": "foerste"},
        rows="""
            visitations.visited_on | visitations.category | contacted_on | decided_on | sanction | outcome
            2025-01-01             | AP                   | 2025-03-09   | 2025-03-10 | punkt    | met
            2025-01-01             | AP                   | 2025-03-10   | 2025-03-10 | punkt    | met
            2025-01-01             | AP                   | 2025-03-11   | 2025-03-10 | punkt    | missing
            2025-01-01             | AP                   |              | 2025-03-10 | punkt    | missing
            2025-01-01             | AP                   |              | 2025-03-10 | ingen    | -
            2025-01-01             | AP                   |              | 2025-03-10 |          | unknown
            2025-01-01             | UP                   |              | 2025-03-10 | punkt    | -
            2025-01-01             | ÅU                   |              | 2025-03-10 | punkt    | -
                                   |                      |              | 2025-03-10 | punkt    | -
            2025-03-10             | AP                   |              | 2025-03-10 | punkt    | missing
            2025-03-11             | AP                   |              | 2025-03-10 | punkt    | -
            2025-01-01, 2025-03-10 | AP, UP               |              | 2025-03-10 | punkt    | -
            2025-01-01, 2025-03-11 | AP, UP               |              | 2025-03-10 | punkt    | missing
            2025-01-01             | AP                   |              | 2025-04-01 | punkt    | missing
            2025-01-01             | AP                   |              | 2025-04-02 | punkt    | -
            2025-01-01             | AP                   |              |            | punkt    | -
        """,
    ),
    "effectuated": Policy(
        of="no_shows",
        given={"first_enquiry_on": "2023-01-01", "missed": "tilbud"},
        rows="""
            missed_on  | decided_on | sanction | effectuated_on | closed_on  | outcome
            2024-12-01 | 2024-12-10 | punkt    | 2025-03-31     |            | met
            2024-12-31 | 2024-12-31 | punkt    | 2025-03-31     |            | met
            2024-12-01 | 2024-12-10 | punkt    |                |            | overdue
            2024-12-01 | 2024-12-10 | punkt    | 2025-04-01     |            | late
            2024-12-01 | 2024-12-10 | punkt    | 2025-04-02     |            | overdue
            2024-11-30 | 2024-12-10 | punkt    | 2025-02-28     |            | met
            2024-11-30 | 2024-12-10 | punkt    | 2025-03-01     |            | late
            2023-11-01 | 2023-12-10 | punkt    | 2024-02-29     |            | met
            2025-01-01 | 2025-01-10 | punkt    |                |            | pending
            2025-01-01 | 2025-01-10 |          |                |            | pending
            2024-12-01 | 2024-12-10 |          |                |            | unknown
            2024-12-01 | 2024-12-10 | ingen    |                |            | -
            2024-12-01 |            | punkt    |                |            | -
            2024-12-01 | 2025-04-02 | punkt    |                |            | -
            2024-12-01 | 2024-12-10 | punkt    |                | 2025-03-31 | lapsed
            2024-12-01 | 2024-12-10 | punkt    |                | 2025-04-01 | overdue
        """,
    ),
    "chain": Policy(
        of="no_shows",
        given={"first_enquiry_on": "2024-01-01", "missed": "samtale"},
        rows="""
            missed_on  | cause_documented | reasonable_cause | heard_on   | decided_on | sanction | value
            2025-03-01 | ?                | ?                |            |            |          | udeblivelse
            2025-03-01 | nej              | nej              |            |            |          | udeblivelse
            2025-03-01 | ja               | nej              |            |            |          | dokumenteret, udeblivelse
            2025-03-01 | ?                | ja               |            |            |          | rimelig_grund, udeblivelse
            2025-03-01 | nej              | nej              | 2025-03-09 |            |          | hoert, udeblivelse
            2025-03-01 | nej              | nej              | 2025-04-02 |            |          | udeblivelse
            2025-03-01 | nej              | nej              |            | 2025-03-10 | ingen    | afgjort, udeblivelse
            2025-03-01 | nej              | nej              |            | 2025-03-10 |          | afgjort, udeblivelse
            2025-03-01 | nej              | nej              |            | 2025-03-10 | punkt    | afgjort, sanktioneret, udeblivelse
            2025-03-01 | nej              | nej              |            | 2025-04-02 | punkt    | udeblivelse
            2025-03-01 | nej              | nej              |            |            | punkt    | udeblivelse
            2025-04-02 | nej              | nej              |            |            |          | -
        """,  # noqa: E501
    ),
}


@pytest.mark.parametrize("key", TABLES)
def test_policy(key: str) -> None:
    assert found(key, TABLES[key]) == expected(TABLES[key])


def test_every_measure_of_the_theme_has_its_table() -> None:
    assert list(TABLES) == [figure.key for figure in (*THEME.measures, *THEME.distributions)]

"""Coordination in rows: from proposal to K-møde, what was agreed, one plan, and who the target group is."""

import pytest

from metrics.measures.coordination import THEME
from tests.policy import Policy, expected, found

OPEN = {"first_enquiry_on": "2024-01-01"}
MEMBER = OPEN | {"groups.kind": "maalgruppe", "groups.from_on": "2024-06-01"}
TWO_CENTRES = MEMBER | {"cases.first_enquiry_on": "2024-01-01, 2024-02-01"}

TABLES = {
    "k_wait": Policy(
        of="meetings",
        given=OPEN,
        rows="""
            kind           | proposed_on            | held_on                | closed_on  | outcome
            k_moede        | 2025-03-01             | 2025-03-14             |            | met
            k_moede        | 2025-03-01             | 2025-03-15             |            | met
            k_moede        | 2025-03-01             | 2025-03-16             |            | late
            k_moede        | 2025-03-01             | 2025-03-01             |            | met
            k_moede        | 2025-03-01             | ?                      |            | overdue
            k_moede        | 2025-03-01             | 2025-04-02             |            | overdue
            k_moede        | 2025-03-01             | 2025-04-01             |            | late
            k_moede        | 2025-03-17             | ?                      |            | overdue
            k_moede        | 2025-03-18             | ?                      |            | pending
            k_moede        | 2025-03-18             | 2025-03-20             |            | pending
            k_moede        | ?                      | 2025-03-15             |            | -
            k_moede        | 2025-04-02             | ?                      |            | -
            opfoelgning    | 2025-03-01             | 2025-03-16             |            | -
            ungekonference | 2025-03-01             | 2025-03-16             |            | -
            tvaerfagligt   | 2025-03-01             | 2025-03-16             |            | -
            uko            | 2025-03-01             | 2025-03-16             |            | -
            k_moede        | 2025-03-01             | ?                      | 2025-03-15 | lapsed
            k_moede        | 2025-03-01             | ?                      | 2025-03-16 | overdue
            k_moede        | 2025-03-01             | 2025-03-10             | 2025-03-12 | met
            k_moede        | 2025-03-01, 2025-03-02 | 2025-03-15, 2025-03-20 |            | met, late
                           |                        |                        |            | -
        """,
    ),
    "k_named": Policy(
        of="meetings",
        given=OPEN,
        rows="""
            kind           | held_on    | coordinator_named | guide_named | guide_statuses.status_on | guide_statuses.status   | guide_statuses.registered_on | outcome
            k_moede        | 2025-03-01 | ja                | ja          |                          |                         |                        | met
            k_moede        | 2025-03-01 | ja                | nej         |                          |                         |                        | missing
            k_moede        | 2025-03-01 | nej               | ja          |                          |                         |                        | missing
            k_moede        | 2025-03-01 | nej               | ?           |                          |                         |                        | missing
            k_moede        | 2025-03-01 | ja                | ?           |                          |                         |                        | unknown
            k_moede        | 2025-03-01 | ?                 | ja          |                          |                         |                        | unknown
            k_moede        | 2025-03-01 | ?                 | nej         |                          |                         |                        | missing
            k_moede        | 2025-03-01 | ?                 | ?           |                          |                         |                        | unknown
            k_moede        | 2025-03-01 | ja                | nej         | 2025-03-01               | takket_nej              |                        | met
            k_moede        | 2025-03-01 | ja                | nej         | 2025-03-02               | takket_nej              |                        | missing
            k_moede        | 2025-03-01 | ja                | ?           | 2025-02-01               | ikke_relevant           |                        | met
            k_moede        | 2025-03-01 | ja                | nej         | 2025-02-01               | tildelt                 |                        | missing
            k_moede        | 2025-03-01 | ja                | nej         | 2025-02-01               | afsluttet               |                        | missing
            k_moede        | 2025-03-01 | ja                | nej         | 2025-01-01, 2025-02-01   | takket_nej, tildelt     |                        | missing
            k_moede        | 2025-03-01 | ja                | nej         | 2025-02-01, 2025-01-01   | takket_nej, tildelt     |                        | met
            k_moede        | 2025-03-01 | ja                | nej         | 2025-02-01, 2025-02-01   | takket_nej, tildelt     | 2025-02-09, 2025-02-08 | met
            k_moede        | 2025-03-01 | ?                 | nej         | 2025-02-01               | takket_nej              |                        | unknown
            k_moede        | 2025-03-01 | nej               | nej         | 2025-02-01               | takket_nej              |                        | missing
            k_moede        | 2025-04-01 | ja                | ja          |                          |                         |                        | met
            k_moede        | 2025-04-02 | ja                | ja          |                          |                         |                        | -
            k_moede        | ?          | ja                | ja          |                          |                         |                        | -
            opfoelgning    | 2025-03-01 | nej               | nej         |                          |                         |                        | -
            ungekonference | 2025-03-01 | nej               | nej         |                          |                         |                        | -
        """,  # noqa: E501
    ),
    "agreements_kept": Policy(
        of="agreements",
        given=OPEN | {"responsible_center": "Syd"},
        rows="""
            meetings.kind  | meetings.held_on | agreed_due             | done_on                | closed_on  | outcome
            k_moede        | 2025-01-10       | 2025-02-10             | 2025-02-09             |            | met
            k_moede        | 2025-01-10       | 2025-02-10             | 2025-02-10             |            | met
            k_moede        | 2025-01-10       | 2025-02-10             | 2025-02-11             |            | late
            k_moede        | 2025-01-10       | 2025-02-10             | ?                      |            | overdue
            k_moede        | 2025-01-10       | 2025-02-10             | 2025-04-02             |            | overdue
            k_moede        | 2025-01-10       | 2025-03-31             | ?                      |            | overdue
            k_moede        | 2025-01-10       | 2025-04-01             | ?                      |            | pending
            k_moede        | 2025-01-10       | 2025-05-01             | 2025-02-01             |            | pending
            k_moede        | 2025-01-10       | ?                      | 2025-02-01             |            | -
            k_moede        | ?                | 2025-02-10             | 2025-02-01             |            | -
            k_moede        | 2025-04-02       | 2025-03-10             | ?                      |            | -
            k_moede        | 2025-04-01       | 2025-05-10             | ?                      |            | pending
            opfoelgning    | 2025-01-10       | 2025-02-10             | ?                      |            | -
            ungekonference | 2025-01-10       | 2025-02-10             | ?                      |            | -
            k_moede        | 2025-01-10       | 2025-02-10             | ?                      | 2025-02-10 | lapsed
            k_moede        | 2025-01-10       | 2025-02-10             | ?                      | 2025-02-11 | overdue
            k_moede        | 2025-01-10       | 2025-01-10             | 2025-01-10             |            | met
            k_moede        | 2025-01-10       | 2025-01-09             | 2025-01-09             |            | unknown
            k_moede        | 2025-01-10       | 2025-02-10, 2025-02-20 | 2025-02-10, ?          |            | met, overdue
        """,  # noqa: E501
    ),
    "joint_plan": Policy(
        of="plans",
        given=TWO_CENTRES,
        rows="""
            cases.center | cases.closed_on | kind                       | made_on                | until         | case_id | groups.until | D          | outcome
            Nord, Syd    |                 | faelles_plan               | 2025-01-01             |               |         | ?            |            | met
            Nord, Syd    |                 | faelles_plan               | 2025-01-01             |               | 2       | ?            |            | met
            Nord, Syd    |                 |                            |                        |               |         | ?            |            | missing
            Nord, Syd    |                 | min_plan                   | 2025-01-01             |               |         | ?            |            | missing
            Nord, Syd    |                 | faelles_plan, faelles_plan | 2025-01-01, 2025-02-01 |               |         | ?            |            | missing
            Nord, Syd    |                 | faelles_plan, faelles_plan | 2025-01-01, 2025-02-01 |               | 1, 2    | ?            |            | missing
            Nord, Syd    |                 | faelles_plan, faelles_plan | 2024-03-01, 2025-02-01 | 2025-03-31, ? | 1, 2    | ?            |            | met
            Nord, Syd    |                 | faelles_plan, faelles_plan | 2024-03-01, 2025-02-01 | 2025-04-01, ? | 1, 2    | ?            |            | missing
            Nord, Syd    |                 | faelles_plan               | 2025-04-01             |               |         | ?            |            | met
            Nord, Syd    |                 | faelles_plan               | 2025-04-02             |               |         | ?            |            | missing
            Nord, Syd    |                 | faelles_plan               | 2025-01-01             | 2025-04-01    |         | ?            |            | met
            Nord, Syd    |                 | faelles_plan               | 2025-01-01             | 2025-03-31    |         | ?            |            | missing
            Nord, Nord   |                 |                            |                        |               |         | ?            |            | -
            Nord         |                 |                            |                        |               |         | ?            |            | -
            Nord, Syd    | ?, 2025-04-01   |                            |                        |               |         | ?            |            | -
            Nord, Syd    | ?, 2025-04-02   |                            |                        |               |         | ?            |            | missing
            Nord, Syd    | 2025-04-01, ?   |                            |                        |               |         | ?            |            | -
            Nord, Syd    |                 |                            |                        |               |         | 2025-03-31   |            | -
            Nord, Syd    |                 |                            |                        |               |         | 2025-04-01   |            | missing
            Nord, Syd    |                 | faelles_plan               | 2025-03-16             |               |         | ?            | 2025-03-15 | missing
            Nord, Syd    |                 | faelles_plan               | 2025-03-15             |               |         | ?            | 2025-03-15 | met
            Nord, Syd    | ?, 2025-03-16   |                            |                        |               |         | ?            | 2025-03-15 | missing
        """,  # noqa: E501
    ),
    "plan_quality": Policy(
        of="plans",
        given=OPEN,
        rows="""
            kind                       | made_on                | until      | quality_assured_on     | closed_on  | D          | outcome
            faelles_plan               | 2024-03-01             |            | 2025-03-01             |            |            | met
            faelles_plan               | 2024-03-01             |            | 2025-04-01             |            |            | met
            faelles_plan               | 2024-03-01             |            | 2025-04-02             |            |            | missing
            faelles_plan               | 2024-03-01             |            | 2024-04-02             |            |            | met
            faelles_plan               | 2024-03-01             |            | 2024-04-01             |            |            | missing
            faelles_plan               | 2024-03-01             |            | ?                      |            |            | missing
            faelles_plan               | 2024-03-01             | 2025-04-01 | 2025-03-01             |            |            | met
            faelles_plan               | 2024-03-01             | 2025-03-31 | 2025-03-01             |            |            | -
            faelles_plan               | 2025-04-02             |            | ?                      |            |            | -
            langsigtet_plan            | 2024-03-01             |            | ?                      |            |            | -
            faelles_plan               | 2024-03-01             |            | ?                      | 2025-04-01 |            | -
            faelles_plan               | 2024-03-01             |            | ?                      | 2025-04-02 |            | missing
            faelles_plan, faelles_plan | 2024-03-01, 2024-04-01 |            | 2025-03-01, ?          |            |            | met, missing
            faelles_plan               | 2024-03-01             |            | 2025-03-16             |            | 2025-03-15 | missing
            faelles_plan               | 2024-03-01             |            | 2024-03-16             |            | 2025-03-15 | met
            faelles_plan               | 2024-03-01             |            | 2024-03-15             |            | 2025-03-15 | missing
        """,  # noqa: E501
    ),
    "target_group": Policy(
        of="groups",
        given=OPEN,
        rows="""
            born_on    | kind          | from_on                | until      | V          | value
            2010-04-02 | maalgruppe    | 2024-06-01             |            |            | under_15
            2010-04-01 | maalgruppe    | 2024-06-01             |            |            | 15_24
            2000-04-02 | maalgruppe    | 2024-06-01             |            |            | 15_24
            2000-04-01 | maalgruppe    | 2024-06-01             |            |            | 25_30
            1994-04-02 | maalgruppe    | 2024-06-01             |            |            | 25_30
            1994-04-01 | maalgruppe    | 2024-06-01             |            |            | over_30
            ?          | maalgruppe    | 2024-06-01             |            |            | unknown
            2005-01-01 | indsatsgruppe | 2024-06-01             |            |            | -
            2005-01-01 | maalgruppe    | 2024-06-01             | 2025-04-01 |            | 15_24
            2005-01-01 | maalgruppe    | 2024-06-01             | 2025-03-31 |            | -
            2005-01-01 | maalgruppe    | 2025-04-02             |            |            | -
            2005-01-01 | maalgruppe    | 2024-06-01, 2024-07-01 |            |            | 15_24
            2000-02-29 | maalgruppe    | 2024-06-01             |            | 2025-02-28 | 15_24
            2000-02-29 | maalgruppe    | 2024-06-01             |            | 2025-03-01 | 25_30
        """,
    ),
    "target_centers": Policy(
        of="center_periods",
        given=MEMBER | {"cases.first_enquiry_on": "2024-01-01"},
        rows="""
            cases.center         | cases.closed_on | center | from_on    | until      | case_id | value
            Nord                 |                 |        |            |            |         | 1
            Nord, Nord           |                 |        |            |            |         | 1
            Nord, Syd            |                 |        |            |            |         | 2
            Nord, Syd, Øst       |                 |        |            |            |         | 3
            Nord, Syd, Øst, Vest |                 |        |            |            |         | 3
            Nord                 | 2025-04-01      |        |            |            |         | 0
            Nord                 | 2025-04-02      |        |            |            |         | 1
            Nord, Syd            | 2025-04-01, ?   |        |            |            |         | 1
            Nord, Syd            |                 | Nord   | 2025-04-01 |            | 2       | 1
            Nord, Syd            |                 | Nord   | 2025-04-02 |            | 2       | 2
            Nord, Syd            |                 | Nord   | 2024-01-01 | 2025-03-31 | 2       | 2
            Nord, Syd            |                 | Nord   | 2024-01-01 | 2025-04-01 | 2       | 1
            Nord, Nord           |                 | Øst    | 2025-01-01 |            | 1       | 2
        """,
    ),
    "target_flow": Policy(
        of="groups",
        given={"cases.first_enquiry_on": "2024-01-01", "cases.center": "Nord"},
        rows="""
            cases.closed_on | kind                   | from_on                | until                  | case_id | value
            ?               | maalgruppe             | 2025-01-01             |                        |         | ny
            ?               | maalgruppe             | 2025-01-01             | 2025-02-01             |         | ny, udgået
            ?               | maalgruppe             | 2025-01-01             | 2025-04-01             |         | ny, udgået
            ?               | maalgruppe             | 2025-01-01             | 2025-04-02             |         | ny
            ?               | maalgruppe             | 2025-04-01             |                        |         | ny
            ?               | maalgruppe             | 2025-04-02             |                        |         | -
            ?               | indsatsgruppe          | 2025-01-01             | 2025-02-01             |         | -
            ?               | maalgruppe, maalgruppe | 2025-01-01, 2025-02-02 | 2025-02-01, ?          |         | ny
            ?               | maalgruppe, maalgruppe | 2025-01-01, 2025-02-03 | 2025-02-01, ?          |         | ny, udgået, ny
            ?, ?            | maalgruppe, maalgruppe | 2025-01-01, 2025-02-02 | 2025-02-01, 2025-03-01 | 1, 2    | ny, udgået
            ?, ?            | maalgruppe, maalgruppe | 2025-01-01, 2025-01-15 | 2025-02-01, ?          | 1, 2    | ny
            ?, ?            | maalgruppe, maalgruppe | 2025-01-01, 2025-01-15 | 2025-03-01, 2025-02-01 | 1, 2    | ny, udgået
        """,  # noqa: E501
    ),
    "need_levels": Policy(
        of="guide_statuses",
        given=MEMBER | {"cases.first_enquiry_on": "2024-01-01"},
        rows="""
            cases.center | cases.closed_on | status_on              | status             | value
            Nord         | 2025-04-01      | 2025-03-01             | tildelt            | egen_vej
            Nord         |                 | 2025-03-01             | tildelt            | et_center
            Nord, Nord   |                 |                        |                    | et_center
            Nord, Syd    |                 |                        |                    | flere_centre
            Nord, Syd    |                 | 2025-04-01             | tildelt            | flere_med_guide
            Nord, Syd    |                 | 2025-04-02             | tildelt            | flere_centre
            Nord, Syd    |                 | 2025-03-01             | takket_nej         | flere_centre
            Nord, Syd    |                 | 2025-02-01, 2025-03-01 | tildelt, afsluttet | flere_centre
            Nord, Syd    |                 | 2025-02-01, 2025-03-01 | afsluttet, tildelt | flere_med_guide
            Nord, Syd    | ?, 2025-04-01   | 2025-03-01             | tildelt            | et_center
        """,
    ),
    "k_meetings": Policy(
        of="meetings",
        given=OPEN,
        rows="""
            kind             | held_on                | value
            k_moede          | 2025-03-01             | k_moede
            ungekonference   | 2025-03-01             | ungekonference
            opfoelgning      | 2025-03-01             | opfoelgning
            tvaerfagligt     | 2025-04-01             | tvaerfagligt
            uko              | 2025-03-01             | uko
            k_moede          | 2025-04-02             | -
            k_moede          | ?                      | -
            k_moede, k_moede | 2025-02-01, 2025-03-01 | k_moede, k_moede
        """,
    ),
}


@pytest.mark.parametrize("key", TABLES)
def test_policy(key: str) -> None:
    assert found(key, TABLES[key]) == expected(TABLES[key])


def test_every_measure_of_the_theme_has_its_table() -> None:
    assert list(TABLES) == [figure.key for figure in (*THEME.measures, *THEME.distributions)]

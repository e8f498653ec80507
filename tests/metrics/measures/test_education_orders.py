"""Education orders in rows: given, followed up, fulfilled, and the transition to an education."""

import pytest

from metrics.measures.education_orders import THEME
from tests.policy import Policy, expected, found

ENQUIRY = {"first_enquiry_on": "2024-01-01"}
DISCUSSED = """
    held_on                | {column} | first_enquiry_on | closed_on  | D          | outcome
    2025-03-01             | ja       | 2024-01-01       |            |            | met
    2025-03-01             | nej      | 2024-01-01       |            |            | missing
    2025-03-01             | ?        | 2024-01-01       |            |            | unknown
                           |          | 2024-01-01       |            |            | -
    2024-04-02             | ja       | 2024-01-01       |            |            | met
    2024-04-01             | ja       | 2024-01-01       |            |            | -
    2025-04-01             | ja       | 2024-01-01       |            |            | met
    2025-04-02             | ja       | 2024-01-01       |            |            | -
    2025-02-01, 2025-03-01 | ja, ?    | 2024-01-01       |            |            | met
    2025-02-01, 2025-03-01 | nej, ?   | 2024-01-01       |            |            | unknown
    2025-02-01, 2025-03-01 | ja, nej  | 2024-01-01       |            |            | met
    2025-02-01, 2025-03-01 | nej, nej | 2024-01-01       |            |            | missing
    2024-04-01, 2025-03-01 | ja, nej  | 2024-01-01       |            |            | missing
    2025-03-01             | ja       | 2025-04-01       |            |            | met
    2025-03-01             | ja       | 2025-04-02       |            |            | -
    2025-03-01             | nej      | 2024-01-01       | 2025-04-01 |            | -
    2025-03-01             | nej      | 2024-01-01       | 2025-04-02 |            | missing
    2025-03-16             | nej      | 2024-01-01       |            | 2025-03-15 | -
    2024-03-16             | nej      | 2024-01-01       |            | 2025-03-15 | missing
    2024-03-15             | nej      | 2024-01-01       |            | 2025-03-15 | -
"""
BY_STUDY_START = """
    study_start_due | {done}     | closed_on  | outcome
    2025-02-01      | 2025-01-31 |            | met
    2025-02-01      | 2025-02-01 |            | met
    2025-02-01      | 2025-02-02 |            | late
    2025-02-01      |            |            | overdue
    2025-03-31      |            |            | overdue
    2025-03-31      | 2025-04-01 |            | late
    2025-03-31      | 2025-04-02 |            | overdue
    2025-04-01      |            |            | pending
    2025-04-01      | 2025-03-01 |            | pending
    2025-09-01      |            |            | pending
    2025-02-01      |            | 2025-02-01 | lapsed
    2025-02-01      |            | 2025-02-02 | overdue
    2025-02-01      | 2025-02-02 | 2025-02-01 | lapsed
    2025-02-01      | 2025-01-20 | 2025-01-25 | met
"""

TABLES = {
    "order_at_first": Policy(
        of="education_orders",
        given={"first_enquiry_on": "2022-03-25", "plans.kind": "jobplan"},
        rows="""
            interviews.held_on     | issued_on  | step | plans.made_on | plans.until | outcome
            2022-03-31             | 2022-03-31 | 1    |               |             | met
            2022-03-31             | 2022-03-30 | 1    |               |             | missing
            2022-03-31             | 2022-04-01 | 1    |               |             | missing
            2022-03-31             | 2022-03-31 | 2    |               |             | missing
            2022-03-31             |            |      |               |             | missing
            2022-03-31, 2022-04-10 | 2022-04-10 | 1    |               |             | missing
                                   | 2022-03-31 | 1    |               |             | -
            2022-03-24             | 2022-03-24 | 1    |               |             | -
            2022-03-31             |            |      | 2022-03-01    |             | missing
            2022-04-01             |            |      | 2022-03-01    |             | -
            2022-04-01             | 2022-04-01 | 1    | 2022-03-01    |             | -
            2022-04-01             |            |      | 2022-04-01    |             | -
            2022-04-01             |            |      | 2022-04-02    |             | missing
            2022-04-10             |            |      | 2022-03-01    | 2022-04-10  | -
            2022-04-10             |            |      | 2022-03-01    | 2022-04-09  | missing
            2025-04-01             | 2025-04-01 | 1    |               |             | met
            2025-04-02             | 2025-04-02 | 1    |               |             | -
        """,
    ),
    "order_followed_up": Policy(
        of="interviews",
        given=ENQUIRY | {"education_orders.step": "1"},
        rows="""
            held_on                | order_followed_up | registered_on          | education_orders.issued_on | education_orders.until | closed_on  | outcome
            2025-02-01             | ja                |                        | 2025-01-31                 |                        |            | met
            2025-02-01             | nej               |                        | 2025-01-31                 |                        |            | missing
            2025-02-01             | ?                 |                        | 2025-01-31                 |                        |            | unknown
            2025-02-01             | nej               |                        | 2025-02-01                 |                        |            | -
            2025-02-01             | nej               |                        | 2025-02-02                 |                        |            | -
            2025-02-01             | nej               |                        | 2025-01-31, 2025-02-02     |                        |            | missing
            2025-02-01             | nej               |                        |                            |                        |            | -
                                   |                   |                        | 2025-01-31                 |                        |            | -
            2025-02-01             | nej               |                        | 2025-01-31                 | 2025-04-01             |            | missing
            2025-02-01             | nej               |                        | 2025-01-31                 | 2025-03-31             |            | -
            2025-02-01             | nej               |                        | 2025-01-31                 | 2025-05-01             |            | missing
            2025-02-01, 2025-03-01 | ja, nej           |                        | 2025-01-31                 |                        |            | missing
            2025-03-01, 2025-02-01 | ja, nej           |                        | 2025-01-31                 |                        |            | met
            2025-03-01, 2025-04-01 | nej, ja           |                        | 2025-01-31                 |                        |            | met
            2025-03-01, 2025-04-02 | nej, ja           |                        | 2025-01-31                 |                        |            | missing
            2025-03-01, 2025-03-01 | ja, nej           | 2025-03-05, 2025-03-04 | 2025-01-31                 |                        |            | met
            2025-03-01, 2025-03-01 | ja, nej           | ?, 2025-03-04          | 2025-01-31                 |                        |            | missing
            2025-03-01, 2025-03-01 | ja, nej           |                        | 2025-01-31                 |                        |            | missing
            2025-02-01             | nej               |                        | 2025-01-31                 |                        | 2025-04-01 | -
            2025-02-01             | nej               |                        | 2025-01-31                 |                        | 2025-04-02 | missing
        """,  # noqa: E501
    ),
    "order_fulfilled": Policy(
        of="education_orders",
        given=ENQUIRY | {"step": "2"},
        rows="""
            issued_on  | fulfilment_due | fulfilled_on | until      | closed_on  | outcome
            2025-01-01 | 2025-02-01     | 2025-01-31   |            |            | met
            2025-01-01 | 2025-02-01     | 2025-02-01   |            |            | met
            2025-01-01 | 2025-02-01     | 2025-02-02   |            |            | late
            2025-01-01 | 2025-02-01     |              |            |            | overdue
            2025-01-01 |                |              |            |            | -
            2025-01-01 |                | 2025-02-01   |            |            | -
            2025-01-01 | 2025-01-01     |              |            |            | overdue
            2025-01-01 | 2024-12-31     |              |            |            | unknown
            2025-01-01 | 2024-12-31     | 2025-01-01   |            |            | unknown
            2025-01-01 | 2025-03-31     |              |            |            | overdue
            2025-01-01 | 2025-03-31     | 2025-04-01   |            |            | late
            2025-01-01 | 2025-03-31     | 2025-04-02   |            |            | overdue
            2025-01-01 | 2025-04-01     | 2025-02-01   |            |            | pending
            2025-01-01 | 2025-02-01     |              | 2025-02-01 |            | lapsed
            2025-01-01 | 2025-02-01     |              | 2025-02-02 |            | overdue
            2025-01-01 | 2025-02-01     |              | 2025-05-01 |            | overdue
            2025-01-01 | 2025-02-01     |              |            | 2025-02-01 | lapsed
            2025-01-01 | 2025-02-01     |              |            | 2025-02-02 | overdue
            2025-01-01 | 2025-02-01     |              | 2025-02-02 | 2025-02-01 | lapsed
            2025-01-01 | 2025-02-01     | 2025-01-20   | 2025-01-20 |            | met
            2025-01-01 | 2025-02-01     | 2025-02-03   | 2025-02-01 |            | lapsed
            2025-04-02 | 2025-04-10     |              |            |            | -
        """,
    ),
    "long_deadline": Policy(
        of="education_orders",
        given=ENQUIRY | {"step": "1"},  # 90 days from 1 January are 1 April
        rows="""
            issued_on  | fulfilment_due | original_due | deadline_reasoned | outcome
            2025-01-01 | 2025-04-01     |              |                   | met
            2025-01-01 | 2025-04-01     |              | nej               | met
            2025-01-01 | 2025-04-01     | 2025-04-01   |                   | met
            2025-01-01 | 2025-03-31     | 2025-04-01   | nej               | missing
            2025-01-01 | 2025-04-01     | 2025-03-31   | nej               | missing
            2025-01-01 | 2025-04-01     | 2025-03-31   |                   | unknown
            2025-01-01 | 2025-04-01     | 2025-03-31   | ja                | met
            2025-01-01 | 2025-04-02     |              | nej               | missing
            2025-01-01 | 2025-04-02     |              |                   | unknown
            2025-01-01 | 2025-04-02     |              | ja                | met
            2025-01-01 |                |              | nej               | unknown
            2025-01-01 |                |              |                   | unknown
            2025-01-01 |                |              | ja                | met
            2025-04-01 | 2025-12-01     |              | nej               | missing
            2025-04-02 | 2025-12-01     |              | nej               | -
        """,
    ),
    "education_focus": Policy(of="interviews", rows=DISCUSSED.format(column="education_focus")),
    "resources": Policy(of="interviews", rows=DISCUSSED.format(column="resources_discussed")),
    "duty_assessed": Policy(of="transitions", given=ENQUIRY, rows=BY_STUDY_START.format(done="duty_assessed_on")),
    "handed_over": Policy(
        of="transitions",
        given=ENQUIRY,
        rows="""
            study_start_due | ordered | handed_over_on | closed_on  | outcome
            2025-02-01      | ja      | 2025-01-31     |            | met
            2025-02-01      | ja      | 2025-02-01     |            | met
            2025-02-01      | ja      | 2025-02-02     |            | late
            2025-02-01      | ja      |                |            | overdue
            2025-02-01      | nej     |                |            | -
            2025-02-01      | nej     | 2025-02-01     |            | -
            2025-02-01      |         | 2025-02-01     |            | unknown
            2025-03-31      | ja      |                |            | overdue
            2025-04-01      | ja      |                |            | pending
            2025-04-01      |         |                |            | pending
            2025-02-01      | ja      |                | 2025-02-01 | lapsed
            2025-02-01      |         |                | 2025-02-01 | unknown
        """,
    ),
    "support_guidance": Policy(
        of="transitions",
        given=ENQUIRY | {"guidance.topic": "stoette_og_sanktion"},
        rows=BY_STUDY_START.format(done="guidance.guided_on")
        + "    2025-02-01      | 2025-02-03, 2025-02-01 |            | met\n",
    ),
    "dropout_contact": Policy(
        of="transitions",
        given=ENQUIRY | {"study_start_due": "2024-08-01"},
        rows="""
            dropout_warned_on | contacted_after_warning_on | closed_on  | outcome
            2025-02-01        | 2025-02-14                 |            | met
            2025-02-01        | 2025-02-15                 |            | met
            2025-02-01        | 2025-02-16                 |            | late
            2025-02-01        |                            |            | overdue
            ?                 |                            |            | -
            ?                 | 2025-02-15                 |            | -
            2025-03-17        |                            |            | overdue
            2025-03-18        |                            |            | pending
            2025-03-18        | 2025-03-19                 |            | pending
            2025-03-17        | 2025-04-01                 |            | late
            2025-03-17        | 2025-04-02                 |            | overdue
            2025-04-02        |                            |            | -
            2025-02-01        |                            | 2025-02-15 | lapsed
            2025-02-01        |                            | 2025-02-16 | overdue
        """,
    ),
    "break_assessed": Policy(
        of="transitions",
        given=ENQUIRY | {"study_start_due": "2024-08-01"},
        rows="""
            broken_off_on | break_reasonable | sanction_assessed_on | closed_on  | outcome
            2025-01-30    | nej              | 2025-02-28           |            | met
            2025-01-30    | nej              | 2025-03-01           |            | met
            2025-01-30    | nej              | 2025-03-02           |            | late
            2025-01-30    | nej              |                      |            | overdue
            2025-01-30    | ja               |                      |            | -
            2025-01-30    |                  |                      |            | unknown
            2025-01-30    |                  | 2025-02-01           |            | unknown
            ?             | nej              |                      |            | -
            2025-03-01    | nej              |                      |            | overdue
            2025-03-02    | nej              |                      |            | pending
            2025-03-02    |                  |                      |            | pending
            2025-03-01    | nej              | 2025-04-02           |            | overdue
            2025-04-02    | nej              |                      |            | -
            2025-01-30    | nej              |                      | 2025-03-01 | lapsed
            2025-01-30    | nej              |                      | 2025-03-02 | overdue
        """,
    ),
    "completion": Policy(
        of="transitions",
        given=ENQUIRY,
        rows="""
            study_start_due | ordered | completed_on | broken_off_on | value
            2024-08-01      | ja      |              |               | i_gang
            2024-08-01      | ja      | 2025-03-01   |               | gennemfoert
            2024-08-01      | ja      |              | 2025-03-01    | afbrudt
            2024-08-01      | ja      | 2025-03-01   | 2024-10-01    | gennemfoert
            2024-08-01      | ja      | 2025-04-02   |               | i_gang
            2024-08-01      | ja      |              | 2025-04-02    | i_gang
            2024-08-01      | nej     | 2025-03-01   |               | -
            2024-08-01      |         | 2025-03-01   |               | -
        """,
    ),
}


@pytest.mark.parametrize("key", TABLES)
def test_policy(key: str) -> None:
    assert found(key, TABLES[key]) == expected(TABLES[key])


def test_every_measure_of_the_theme_has_its_table() -> None:
    assert list(TABLES) == [figure.key for figure in (*THEME.measures, *THEME.distributions)]

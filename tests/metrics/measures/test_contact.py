"""Interviews, offers and the plan in rows: the fourth interview, the newest offer and plan, and rules that end."""

import datetime as dt

import pytest

from metrics.measures.contact import THEME
from tests.policy import Policy, expected, found

LONG_OPEN = {"first_enquiry_on": "2023-01-01"}
READY_NOW = LONG_OPEN | {"visitations.visited_on": "2023-01-05", "visitations.step": "foerste"}
CATEGORIES = """
    visitations.category | visitations.visited_on | D          | outcome
    ÅU                   | 2025-04-01             |            | missing
    ÅU                   | 2025-04-02             |            | -
    ÅU                   | 2025-03-16             | 2025-03-15 | -
    UP                   | 2025-03-01             |            | -
    AP                   | 2025-03-01             |            | -
                         |                        |            | -
    ÅU, UP               | 2025-01-01, 2025-03-01 |            | -
    UP, ÅU               | 2025-01-01, 2025-03-01 |            | missing
"""
"""Whom the rules of the openly education-ready ask for: those who are so on the day. Nothing is registered of them."""
LAST_DAY = """
    closed_on  | V          | D          | outcome
               | 2026-12-31 |            | missing
               | 2027-01-01 |            | -
               | 2027-03-31 | 2026-12-31 | missing
               | 2027-03-31 | 2027-01-31 | -
    2025-04-01 |            |            | -
    2025-04-02 |            |            | missing
"""
"""A stock rule that is expected to end with 2026."""


def of_offer(column: str) -> str:
    """The newest offer by its start says it."""
    return f"""
        start_on               | {column:<22} | registered_on          | closed_on  | D          | outcome
        2025-03-01             | ja             |                        |            |            | met
        2025-03-01             | nej            |                        |            |            | missing
        2025-03-01             | ?              |                        |            |            | unknown
        2025-04-01             | ja             |                        |            |            | met
        2025-04-02             | ja             |                        |            |            | -
        ?                      | ja             |                        |            |            | -
                               |                |                        |            |            | -
        2022-03-01             | ja             |                        |            |            | met
        2025-01-01, 2025-03-01 | ja, nej        |                        |            |            | missing
        2025-03-01, 2025-01-01 | ja, nej        |                        |            |            | met
        2025-01-01, 2025-03-01 | ja, ?          |                        |            |            | unknown
        2025-01-01, 2025-04-02 | ja, nej        |                        |            |            | met
        2025-01-01, 2025-03-16 | ja, nej        |                        |            | 2025-03-15 | met
        2025-03-01, 2025-03-01 | ja, nej        | 2025-03-09, 2025-03-08 |            |            | met
        2025-03-01, 2025-03-01 | ja, nej        | 2025-03-08, 2025-03-09 |            |            | missing
        2025-03-01, 2025-03-01 | ja, nej        | 2025-03-08, ?          |            |            | met
        2025-03-01, 2025-03-01 | ja, nej        |                        |            |            | missing
        2025-01-01, ?          | ja, nej        |                        |            |            | met
        2025-03-01             | ja             |                        | 2025-04-01 |            | -
        2025-03-01             | ja             |                        | 2025-04-02 |            | met
    """


def of_plan(column: str) -> str:
    """The newest live Min Plan or jobplan says it."""
    return f"""
        kind                      | made_on                | until         | {column} | registered_on          | closed_on  | D          | outcome
        min_plan                  | 2025-03-01             |               | ja       |                        |            |            | met
        jobplan                   | 2025-03-01             |               | ja       |                        |            |            | met
        min_plan                  | 2025-03-01             |               | nej      |                        |            |            | missing
        min_plan                  | 2025-03-01             |               | ?        |                        |            |            | unknown
        uddannelsesplan           | 2025-03-01             |               | ja       |                        |            |            | missing
        faelles_plan              | 2025-03-01             |               | ja       |                        |            |            | missing
        langsigtet_plan           | 2025-03-01             |               | ja       |                        |            |            | missing
                                  |                        |               |          |                        |            |            | missing
        min_plan                  | 2025-04-01             |               | ja       |                        |            |            | met
        min_plan                  | 2025-04-02             |               | ja       |                        |            |            | missing
        min_plan                  | 2025-03-01             | 2025-04-01    | ja       |                        |            |            | met
        min_plan                  | 2025-03-01             | 2025-03-31    | ja       |                        |            |            | missing
        min_plan                  | 2025-03-01             | 2025-06-01    | ja       |                        |            |            | met
        min_plan, jobplan         | 2025-01-01, 2025-03-01 |               | nej, ja  |                        |            |            | met
        min_plan, jobplan         | 2025-03-01, 2025-01-01 |               | nej, ja  |                        |            |            | missing
        min_plan, min_plan        | 2025-01-01, 2025-03-01 | ?, 2025-03-15 | ja, nej  |                        |            |            | met
        min_plan, uddannelsesplan | 2025-01-01, 2025-03-01 |               | ja, nej  |                        |            |            | met
        min_plan, min_plan        | 2025-01-01, 2025-04-02 |               | ja, nej  |                        |            |            | met
        min_plan, jobplan         | 2025-03-01, 2025-03-01 |               | ja, nej  | 2025-03-09, 2025-03-08 |            |            | met
        min_plan, jobplan         | 2025-03-01, 2025-03-01 |               | ja, nej  | 2025-03-08, ?          |            |            | met
        min_plan, jobplan         | 2025-03-01, 2025-03-01 |               | ja, nej  |                        |            |            | missing
        min_plan                  | 2025-03-01             | 2025-03-20    | ja       |                        |            | 2025-03-15 | met
        min_plan                  | 2025-03-16             |               | ja       |                        |            | 2025-03-15 | missing
        min_plan                  | 2025-03-01             |               | ja       |                        | 2025-04-01 |            | -
        min_plan                  | 2025-03-01             |               | ja       |                        | 2025-04-02 |            | met
    """  # noqa: E501


TABLES = {
    "contact_course": [
        Policy(
            of="interviews",
            rows="""
                first_enquiry_on | closed_on  | held_on                                                | V          | outcome
                2024-08-01       |            | 2024-08-05, 2024-09-01, 2024-10-01, 2025-02-01         |            | met
                2024-08-01       |            | 2025-02-01, 2024-10-01, 2024-09-01, 2024-08-05         |            | met
                2024-08-01       |            | 2024-08-05, 2024-09-01, 2024-10-01, 2025-02-02         |            | late
                2024-08-01       |            | 2024-08-05, 2024-09-01, 2024-10-01                     |            | overdue
                2024-08-01       |            |                                                        |            | overdue
                2024-08-01       |            | 2024-08-05, 2024-09-01, 2024-10-01, 2025-04-02         |            | overdue
                2024-08-01       |            | 2024-07-31, 2024-08-05, 2024-09-01, 2024-10-01         |            | overdue
                2024-08-01       |            | 2024-08-01, 2024-08-01, 2024-08-01, 2024-08-01         |            | met
                2024-08-01       |            | 2024-07-31, 2024-08-05, 2024-09-01, 2024-10-01, 2024-11-01 |        | met
                2024-08-01       | 2025-02-01 | 2024-08-05, 2024-09-01, 2024-10-01                     |            | lapsed
                2024-08-01       | 2025-02-02 | 2024-08-05, 2024-09-01, 2024-10-01                     |            | overdue
                2024-08-01       | 2025-01-01 | 2024-08-05, 2024-09-01, 2024-10-01, 2024-11-01         |            | met
                2024-08-31       |            | 2024-09-05, 2024-10-01, 2024-11-01, 2025-02-28         |            | met
                2024-08-31       |            | 2024-09-05, 2024-10-01, 2024-11-01, 2025-03-01         |            | late
                2024-09-30       |            | 2024-10-05, 2024-10-10, 2024-10-15, 2024-10-20         |            | met
                2024-10-01       |            | 2024-10-05, 2024-10-10, 2024-10-15, 2024-10-20         |            | pending
                2025-04-02       |            |                                                        |            | -
                2019-12-31       |            |                                                        |            | -
                2020-01-01       |            |                                                        |            | overdue
                2026-06-30       |            |                                                        | 2026-12-30 | pending
                2026-06-30       |            |                                                        | 2026-12-31 | overdue
                2026-07-01       |            |                                                        | 2027-03-31 | -
            """,  # noqa: E501
        )
    ],
    "four_a_year": [
        Policy(
            of="interviews",
            rows="""
                first_enquiry_on | held_on                                        | closed_on  | D          | outcome
                2024-04-01       | 2025-01-01, 2025-02-01, 2025-03-01, 2025-04-01 |            |            | met
                2024-04-02       | 2025-01-01, 2025-02-01, 2025-03-01, 2025-04-01 |            |            | -
                2023-01-01       | 2025-01-01, 2025-02-01, 2025-03-01             |            |            | missing
                2023-01-01       |                                                |            |            | missing
                2023-01-01       | 2025-01-01, 2025-02-01, 2025-03-01, 2025-04-02 |            |            | missing
                2023-01-01       | 2024-04-01, 2025-02-01, 2025-03-01, 2025-04-01 |            |            | missing
                2023-01-01       | 2024-04-02, 2025-02-01, 2025-03-01, 2025-04-01 |            |            | met
                2023-01-01       | 2025-03-01, 2025-03-01, 2025-03-01, 2025-03-01 |            |            | met
                2023-01-01       | 2025-01-01, 2025-02-01, 2025-03-01, 2025-03-16 |            | 2025-03-15 | missing
                2023-01-01       | 2024-03-16, 2025-02-01, 2025-03-01, 2025-03-15 |            | 2025-03-15 | met
                2023-01-01       | 2025-01-01, 2025-02-01, 2025-03-01, 2025-04-01 | 2025-04-01 |            | -
                2023-01-01       | 2025-01-01, 2025-02-01, 2025-03-01, 2025-04-01 | 2025-04-02 |            | met
            """,
        )
    ],
    "job_discussed": [
        Policy(
            of="interviews",
            given=READY_NOW | {"visitations.category": "ÅU"},
            rows="""
                held_on                | job_discussed | registered_on          | D          | outcome
                2025-03-01             | ja            |                        |            | met
                2025-03-01             | nej           |                        |            | missing
                2025-03-01             | ?             |                        |            | unknown
                                       |               |                        |            | missing
                2025-04-02             | ja            |                        |            | missing
                2022-12-31             | ja            |                        |            | met
                2025-01-01, 2025-03-01 | ja, nej       |                        |            | missing
                2025-01-01, 2025-03-01 | nej, ja       |                        |            | met
                2025-01-01, 2025-04-02 | nej, ja       |                        |            | missing
                2025-03-01, 2025-03-01 | nej, ja       |                        |            | met
                2025-03-01, 2025-03-01 | nej, ja       | 2025-03-09, 2025-03-08 |            | missing
                2025-03-01, 2025-03-16 | nej, ja       |                        | 2025-03-15 | missing
            """,
        ),
        Policy(of="cases", given=LONG_OPEN, rows=CATEGORIES),
        Policy(of="cases", given=READY_NOW | {"visitations.category": "ÅU"}, rows=LAST_DAY),
    ],
    "first_offer": [
        Policy(
            of="offers",
            given={"kind": "andet"},
            rows="""
                first_enquiry_on | closed_on  | start_on               | V          | outcome
                2025-02-01       |            | 2025-03-01             |            | met
                2025-02-01       |            | 2025-02-01             |            | met
                2025-02-01       |            | 2025-03-02             |            | late
                2025-02-01       |            | 2025-01-31             |            | overdue
                2025-02-01       |            | 2025-01-31, 2025-02-20 |            | met
                2025-02-01       |            | 2025-03-20, 2025-02-20 |            | met
                2025-02-01       |            | 2025-04-02             |            | overdue
                2025-02-01       |            | ?                      |            | overdue
                2025-02-01       |            |                        |            | overdue
                2025-01-31       |            | 2025-02-28             |            | met
                2025-01-31       |            | 2025-03-01             |            | late
                2025-02-01       | 2025-03-01 |                        |            | lapsed
                2025-02-01       | 2025-03-02 |                        |            | overdue
                2025-02-28       |            |                        |            | overdue
                2025-03-01       |            | 2025-03-05             |            | pending
                2010-01-01       |            |                        |            | overdue
                2026-06-30       |            | 2026-07-30             | 2026-12-31 | met
                2026-06-30       |            | 2026-07-31             | 2026-12-31 | late
                2026-07-01       |            | 2026-07-31             | 2026-12-31 | pending
                2026-07-01       |            | 2027-01-01             | 2027-03-31 | met
                2026-07-01       |            | 2027-01-02             | 2027-03-31 | late
                2026-07-01       |            |                        | 2027-01-01 | pending
                2026-07-01       |            |                        | 2027-01-02 | overdue
            """,
        ),
        Policy(
            of="offers",
            given={"first_enquiry_on": "2025-02-01", "start_on": "2025-02-10"},
            rows="""
                kind               | outcome
                virksomhedspraktik | met
                mentor             | met
                helbredsmestring   | met
                social_sundhed     | met
                andet              | met
            """,
        ),
    ],
    "offer_assessed": [
        Policy(of="offers", given=LONG_OPEN | {"kind": "andet"}, rows=of_offer("individually_assessed"))
    ],
    "offer_purpose": [Policy(of="offers", given=LONG_OPEN | {"kind": "mentor"}, rows=of_offer("purpose_stated"))],
    "plan_agreements": [Policy(of="plans", given=LONG_OPEN, rows=of_plan("has_agreements"))],
    "plan_goal": [Policy(of="plans", given=LONG_OPEN, rows=of_plan("has_education_goal"))],
    "plan_deadline": [
        Policy(
            of="plans",
            given=LONG_OPEN,
            rows="""
                kind               | made_on                | until         | goal_due               | goal_due_reasoned | closed_on  | D          | outcome
                min_plan           | 2025-01-01             |               | 2025-04-01             |                   |            |            | met
                min_plan           | 2025-01-01             |               | 2025-04-01             | nej               |            |            | met
                min_plan           | 2025-01-01             |               | 2025-04-02             | nej               |            |            | missing
                min_plan           | 2025-01-01             |               | 2025-04-02             | ja                |            |            | met
                min_plan           | 2025-01-01             |               | 2025-04-02             |                   |            |            | unknown
                jobplan            | 2025-01-01             |               | 2026-04-02             | nej               |            |            | missing
                min_plan           | 2025-01-01             |               |                        | nej               |            |            | -
                uddannelsesplan    | 2025-01-01             |               | 2025-04-02             | nej               |            |            | -
                                   |                        |               |                        |                   |            |            | -
                min_plan           | 2025-01-01             | 2025-03-31    | 2025-04-02             | nej               |            |            | -
                min_plan           | 2025-04-02             |               | 2026-04-02             | nej               |            |            | -
                min_plan           | 2025-01-01             |               | 2024-12-01             |                   |            |            | met
                min_plan, min_plan | 2024-01-01, 2025-01-01 |               | 2025-01-01, ?          | nej               |            |            | -
                min_plan, min_plan | 2024-01-01, 2025-01-01 |               | 2025-01-01, 2025-02-01 | nej               |            |            | met
                min_plan, min_plan | 2024-01-01, 2025-01-01 | ?, 2025-03-01 | 2025-01-01, 2025-02-01 | nej               |            |            | missing
                min_plan           | 2025-03-16             |               | 2026-04-02             | nej               |            | 2025-03-15 | -
                min_plan           | 2025-01-01             |               | 2026-04-02             | nej               | 2025-04-01 |            | -
            """,  # noqa: E501
        )
    ],
    "order_in_plan": [
        Policy(
            of="plans",
            given=LONG_OPEN | {"education_orders.issued_on": "2023-02-01", "education_orders.step": "1"},
            rows=of_plan("holds_order"),
        ),
        Policy(
            of="plans",
            given=LONG_OPEN | {"kind": "min_plan", "made_on": "2023-02-01", "education_orders.step": "1"},
            rows="""
                education_orders.issued_on | education_orders.until | holds_order | D          | outcome
                2025-03-01                 |                        | ja          |            | met
                2025-04-01                 |                        | ja          |            | met
                2025-04-02                 |                        | ja          |            | -
                2025-03-01                 | 2025-04-01             | nej         |            | missing
                2025-03-01                 | 2025-03-31             | nej         |            | -
                                           |                        | nej         |            | -
                2025-03-16                 |                        | ja          | 2025-03-15 | -
                2025-03-15                 |                        | ja          | 2025-03-15 | met
            """,
        ),
        Policy(of="education_orders", given=LONG_OPEN | {"issued_on": "2023-02-01", "step": "1"}, rows=LAST_DAY),
    ],
    "registered_jobseeker": [
        Policy(
            of="job_search",
            given=READY_NOW | {"visitations.category": "ÅU"},
            rows="""
                kind             | registered_at_jobnet_on | D          | outcome
                tilmeldt         | 2025-04-01              |            | met
                tilmeldt         | 2020-01-01              |            | met
                tilmeldt         | 2025-04-02              |            | missing
                tilmeldt         | 2025-03-16              | 2025-03-15 | missing
                cv_tilgaengeligt | 2025-03-01              |            | missing
                joblog           | 2025-03-01              |            | missing
                joblog, tilmeldt | 2025-03-01, 2025-03-02  |            | met
                                 |                         |            | missing
            """,
        ),
        Policy(of="cases", given=LONG_OPEN, rows=CATEGORIES),
        Policy(of="cases", given=READY_NOW | {"visitations.category": "ÅU"}, rows=LAST_DAY),
    ],
    "joblog": [
        Policy(
            of="job_search",
            given=READY_NOW | {"visitations.category": "ÅU"},
            rows="""
                kind             | registered_at_jobnet_on | D          | outcome
                joblog           | 2025-04-01              |            | met
                joblog           | 2025-03-03              |            | met
                joblog           | 2025-03-02              |            | missing
                joblog           | 2025-04-02              |            | missing
                joblog, joblog   | 2024-03-02, 2025-03-20  |            | met
                joblog           | 2025-03-16              | 2025-03-15 | missing
                joblog           | 2025-02-14              | 2025-03-15 | met
                joblog           | 2025-02-13              | 2025-03-15 | missing
                tilmeldt         | 2025-03-20              |            | missing
                cv_tilgaengeligt | 2025-03-20              |            | missing
                                 |                         |            | missing
            """,
        ),
        Policy(of="cases", given=LONG_OPEN, rows=CATEGORIES),
        Policy(of="cases", given=READY_NOW | {"visitations.category": "ÅU"}, rows=LAST_DAY),
    ],
    "cv_available": [
        Policy(
            of="job_search",
            given={"visitations.category": "ÅU", "visitations.visited_on": "2025-02-05", "visitations.step": "foerste"},
            rows="""
                first_enquiry_on | closed_on  | kind                               | registered_at_jobnet_on | outcome
                2025-02-01       |            | cv_tilgaengeligt                   | 2025-02-22              | met
                2025-02-01       |            | cv_tilgaengeligt                   | 2025-02-23              | late
                2025-02-01       |            | cv_tilgaengeligt                   | 2024-01-01              | met
                2025-02-01       |            | cv_tilgaengeligt                   | 2025-04-02              | overdue
                2025-02-01       |            | cv_tilgaengeligt, cv_tilgaengeligt | 2025-03-20, 2025-02-20  | met
                2025-02-01       |            | tilmeldt                           | 2025-02-10              | overdue
                2025-02-01       |            | joblog                             | 2025-02-10              | overdue
                2025-02-01       |            |                                    |                         | overdue
                2025-02-01       | 2025-02-22 |                                    |                         | lapsed
                2025-02-01       | 2025-02-23 |                                    |                         | overdue
                2025-03-10       |            |                                    |                         | overdue
                2025-03-11       |            | cv_tilgaengeligt                   | 2025-03-12              | pending
            """,
        ),
        Policy(
            of="visitations",
            given={"first_enquiry_on": "2025-02-01"},
            rows="""
                step               | category | visited_on             | registered_on          | outcome
                foerste            | ÅU       | 2025-02-05             |                        | overdue
                foerste            | UP       | 2025-02-05             |                        | -
                foerste            | AP       | 2025-02-05             |                        | -
                endelig            | ÅU       | 2025-02-05             |                        | -
                aendring           | ÅU       | 2025-02-05             |                        | -
                                   |          |                        |                        | -
                foerste            | ÅU       | 2025-04-02             |                        | -
                foerste, endelig   | ÅU, UP   | 2025-02-05, 2025-03-05 |                        | overdue
                foerste, endelig   | UP, ÅU   | 2025-02-05, 2025-03-05 |                        | -
                foerste, foerste   | UP, ÅU   | 2025-02-06, 2025-02-05 |                        | overdue
            """,
        ),
        Policy(
            of="visitations",
            given={"step": "foerste", "category": "ÅU", "visited_on": "2026-01-05"},
            view=dt.date(2027, 3, 31),
            rows="""
                first_enquiry_on | outcome
                2026-12-31       | overdue
                2027-01-01       | -
            """,
        ),
    ],
    "offers_begun": [
        Policy(
            of="offers",
            given={"first_enquiry_on": "2024-01-01"},
            rows="""
                kind               | start_on               | offered_on | value
                virksomhedspraktik | 2025-03-01             | 2025-02-01 | virksomhedspraktik
                mentor             | 2025-03-01             |            | mentor
                andet              | 2025-04-01             |            | andet
                loentilskud        | 2025-04-02             | 2025-03-01 | -
                opkvalificering    | ?                      | 2025-03-01 | -
                mentor, mentor     | 2025-02-01, 2025-03-01 |            | mentor, mentor
                mentor, andet      | 2025-02-01, 2025-02-01 |            | andet, mentor
            """,
        ),
    ],
}


@pytest.mark.parametrize(("key", "policy"), [(key, policy) for key, parts in TABLES.items() for policy in parts])
def test_policy(key: str, policy: Policy) -> None:
    assert found(key, policy) == expected(policy)


def test_every_measure_of_the_theme_has_its_table() -> None:
    assert list(TABLES) == [figure.key for figure in (*THEME.measures, *THEME.distributions)]

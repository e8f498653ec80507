"""The intervention group in rows: whole months and quarters, live plans, and what youths live on afterwards."""

import pytest

from metrics.measures.progression import THEME
from tests.policy import Policy, expected, found

LONG_OPEN = {"first_enquiry_on": "2023-01-01"}
IN_GROUP = LONG_OPEN | {"groups.kind": "indsatsgruppe", "groups.from_on": "2024-06-15"}
MEASURED = LONG_OPEN | {"groups.kind": "indsatsgruppe", "value": "52"}


def after(began: str, on: str, eve: str, next_day: str, anchors: str) -> Policy:
    """What is lived on on the day `on`, after `began`: enquiry | meeting | its kind | guide status | its day.

    `anchors`: rows of other beginnings, of youths who have a job from 2023 on.
    """
    living = f"""
        uddannelse         | 2023-01-01             |        |                        | uddannelse
        job                | 2023-01-01             |        |                        | job
        fleksjob           | 2023-01-01             |        |                        | job
        ingen              | 2023-01-01             |        |                        | selvforsoergelse
        uddannelseshjaelp  | 2023-01-01             |        |                        | ydelse
        kontanthjaelp      | 2023-01-01             |        |                        | ydelse
        ressourceforloeb   | 2023-01-01             |        |                        | ydelse
        anden_ydelse       | 2023-01-01             |        |                        | ydelse
                           |                        |        |                        | ukendt
        job                | 2023-01-01             | {on}   |                        | job
        job                | 2023-01-01             | {eve}  |                        | ukendt
        job                | {on}                   |        |                        | job
        job                | {next_day}             |        |                        | ukendt
        kontanthjaelp, job | 2023-01-01, 2023-01-02 |        |                        | job
        kontanthjaelp, job | 2023-01-02, 2023-01-01 |        |                        | ydelse
        kontanthjaelp, job | 2023-01-01             |        | 2023-02-02, 2023-02-01 | ydelse
        kontanthjaelp, job | 2023-01-01             |        | 2023-02-01, 2023-02-01 | job
    """
    header = "first_enquiry_on | meetings.held_on | meetings.kind | guide_statuses.status | guide_statuses.status_on"
    rows = [f"{began} | {line.strip()}" for line in living.strip().splitlines()]
    others = [
        f"{' | '.join(cells)} | job | 2023-01-01 | | | {value}"
        for *cells, value in (line.split("|") for line in anchors.strip().splitlines())
    ]
    columns = "kind | from_on | until | registered_on | value"
    return Policy(of="benefits", rows="\n".join([f"{header} | {columns}", *rows, *others]))


TABLES = {
    "who5_coverage": Policy(
        of="measurements",
        given=MEASURED | {"groups.from_on": "2025-03-01"},
        rows="""
            groups.from_on         | groups.until           | instrument | indicator | measured_on            | closed_on  | V          | outcome
            2025-02-01             | 2025-02-28             | who5       |           | 2025-02-01             |            |            | met
            2025-02-01             | 2025-02-28             | WHO5       |           | 2025-02-28             |            |            | met
            2025-02-01             | 2025-02-28             | who5       | ro        | 2025-02-15             |            |            | met
            2025-02-01             | 2025-02-28             | who5       |           | 2025-01-31             |            |            | overdue
            2025-02-01             | 2025-02-28             | who5       |           | 2025-03-01             |            |            | overdue
            2025-02-01             | 2025-02-28             | bip        | ro        | 2025-02-15             |            |            | overdue
            2025-02-01             | 2025-02-28             |            |           |                        |            |            | overdue
            2025-02-02             | 2025-02-28             | who5       |           | 2025-02-15             |            |            | -
            2025-02-01             | 2025-02-27             | who5       |           | 2025-02-15             |            |            | -
            2025-02-01             |                        | who5       |           | 2025-02-15             |            |            | met, overdue, pending
            2025-02-01             |                        | who5       |           | 2025-03-15, 2025-04-01 |            |            | overdue, met, pending
            2025-01-15             | 2025-03-15             | who5       |           | 2025-02-15             |            |            | met
            2025-02-01             | 2025-03-31             | who5       |           | 2025-02-15             | 2025-02-28 |            | met, lapsed
            2025-02-01             | 2025-02-28             | who5       |           | 2025-03-15             | 2025-02-28 |            | lapsed
            2025-02-01             | 2025-02-28             | who5       |           | 2025-03-15             | 2025-03-01 |            | overdue
            2025-02-01             | 2025-02-28             |            |           |                        |            | 2025-02-28 | pending
            2025-02-01             | 2025-02-28             |            |           |                        |            | 2025-03-01 | overdue
            2025-05-01             |                        | who5       |           | 2025-04-01             |            |            | -
            2025-01-01, 2025-02-15 | 2025-02-14, 2025-03-31 | who5       |           | 2025-02-15             |            |            | overdue, overdue
            2025-02-01, 2025-02-01 | 2025-02-28, 2025-02-28 | who5       |           | 2025-02-15             |            |            | met
        """,  # noqa: E501
    ),
    "bip_coverage": Policy(
        of="measurements",
        given=MEASURED,
        rows="""
            groups.from_on | groups.until | instrument | indicator | measured_on | closed_on  | V          | outcome
            2025-01-01     | 2025-03-31   | bip        | mestring  | 2025-01-01  |            |            | met
            2025-01-01     | 2025-03-31   | BIP        |           | 2025-03-31  |            |            | met
            2025-01-01     | 2025-03-31   | bip        | mestring  | 2024-12-31  |            |            | overdue
            2025-01-01     | 2025-03-31   | bip        | mestring  | 2025-04-01  |            |            | overdue
            2025-01-01     | 2025-03-31   | who5       |           | 2025-02-01  |            |            | overdue
            2025-01-01     | 2025-03-31   |            |           |             |            |            | overdue
            2025-01-02     | 2025-03-31   | bip        | mestring  | 2025-02-01  |            |            | -
            2025-01-01     | 2025-03-30   | bip        | mestring  | 2025-02-01  |            |            | -
            2024-10-01     | 2025-03-31   | bip        | mestring  | 2024-11-01  |            |            | met, overdue
            2024-11-01     |              | bip        | mestring  | 2025-02-01  |            |            | met, pending
            2025-01-01     | 2025-03-31   | bip        | mestring  | 2025-04-01  | 2025-03-31 |            | lapsed
            2025-01-01     | 2025-03-31   |            |           |             |            | 2025-03-31 | pending
            2025-04-02     |              |            |           |             |            |            | -
        """,  # noqa: E501
    ),
    "long_plan": Policy(
        of="plans",
        given=LONG_OPEN | {"groups.from_on": "2024-06-15"},
        rows="""
            groups.kind   | groups.until | kind            | made_on    | until      | D          | outcome
            indsatsgruppe |              | langsigtet_plan | 2025-04-01 |            |            | met
            indsatsgruppe |              | langsigtet_plan | 2025-04-02 |            |            | missing
            indsatsgruppe |              | langsigtet_plan | 2025-01-01 | 2025-04-01 |            | met
            indsatsgruppe |              | langsigtet_plan | 2025-01-01 | 2025-03-31 |            | missing
            indsatsgruppe |              | faelles_plan    | 2025-01-01 |            |            | missing
            indsatsgruppe |              |                 |            |            |            | missing
            indsatsgruppe | 2025-04-01   |                 |            |            |            | missing
            indsatsgruppe | 2025-03-31   |                 |            |            |            | -
            maalgruppe    |              | langsigtet_plan | 2025-01-01 |            |            | -
            indsatsgruppe |              | langsigtet_plan | 2025-03-16 |            | 2025-03-15 | missing
            indsatsgruppe |              | langsigtet_plan | 2025-01-01 | 2025-03-15 | 2025-03-15 | met
        """,
    ),
    "field_coverage": Policy(
        of="groups",
        given=IN_GROUP
        | {
            "assignments.initials": "AB",
            "plans.kind": "langsigtet_plan",
            "measurements.value": "3",
            "meetings.kind": "opfoelgning",
            "benefits.kind": "job",
        },
        # in the order of their names: BIP, benefit, contact person, long plan, meeting, WHO-5
        rows="""
            assignments.role | assignments.from_on | plans.made_on | measurements.instrument | measurements.measured_on | meetings.held_on | benefits.from_on | benefits.until | D          | outcome
                             |                     |               |                         |                          |                  |                  |                |            | unmet, unmet, unmet, unmet, unmet, unmet
            kontaktperson    | 2025-04-01          |               |                         |                          |                  |                  |                |            | unmet, unmet, met, unmet, unmet, unmet
            kontaktperson    | 2025-04-02          |               |                         |                          |                  |                  |                |            | unmet, unmet, unmet, unmet, unmet, unmet
            ungeguide        | 2025-03-01          |               |                         |                          |                  |                  |                |            | unmet, unmet, met, unmet, unmet, unmet
            sagsbehandler    | 2025-03-01          |               |                         |                          |                  |                  |                |            | unmet, unmet, unmet, unmet, unmet, unmet
                             |                     | 2025-04-01    |                         |                          |                  |                  |                |            | unmet, unmet, unmet, met, unmet, unmet
                             |                     |               | WHO5                    | 2025-03-02               |                  |                  |                |            | unmet, unmet, unmet, unmet, unmet, met
                             |                     |               | who5                    | 2025-03-01               |                  |                  |                |            | unmet, unmet, unmet, unmet, unmet, unmet
                             |                     |               | BIP                     | 2025-01-02               |                  |                  |                |            | met, unmet, unmet, unmet, unmet, unmet
                             |                     |               | bip                     | 2025-01-01               |                  |                  |                |            | unmet, unmet, unmet, unmet, unmet, unmet
                             |                     |               |                         |                          | 2024-04-02       |                  |                |            | unmet, unmet, unmet, unmet, met, unmet
                             |                     |               |                         |                          | 2024-04-01       |                  |                |            | unmet, unmet, unmet, unmet, unmet, unmet
                             |                     |               |                         |                          | 2025-04-02       |                  |                |            | unmet, unmet, unmet, unmet, unmet, unmet
                             |                     |               |                         |                          |                  | 2025-01-01       | 2025-04-01     |            | unmet, met, unmet, unmet, unmet, unmet
                             |                     |               |                         |                          |                  | 2025-01-01       | 2025-03-31     |            | unmet, unmet, unmet, unmet, unmet, unmet
            kontaktperson    | 2025-01-01          | 2025-01-01    | who5, bip               | 2025-03-15               | 2025-03-15       | 2025-03-15       |                | 2025-03-15 | met, met, met, met, met, met
            kontaktperson    | 2025-03-16          | 2025-03-16    | who5, bip               | 2025-03-16               | 2025-03-16       | 2025-03-16       |                | 2025-03-15 | unmet, unmet, unmet, unmet, unmet, unmet
        """,  # noqa: E501
    ),
    "duration": Policy(
        of="cases",
        rows="""
            first_enquiry_on | closed_on  | D          | outcome
            2024-04-01       |            |            | met
            2024-04-02       |            |            | unmet
            2025-04-01       |            |            | unmet
            2025-04-02       |            |            | -
            2023-01-01       | 2025-04-01 |            | -
            2023-01-01       | 2025-04-02 |            | met
            2024-03-15       |            | 2025-03-15 | met
            2024-03-16       |            | 2025-03-15 | unmet
            2023-02-28       |            | 2024-02-29 | met
        """,
    ),
    "intervention_group": Policy(
        of="groups",
        given=LONG_OPEN | {"from_on": "2024-01-01"},
        rows="""
            kind                      | until         | born_on    | D          | value
            maalgruppe                |               |            |            | maalgruppe
            indsatsgruppe             |               |            |            | indsatsgruppe
            maalgruppe, indsatsgruppe |               | 2007-04-01 |            | indsatsgruppe, maalgruppe
            maalgruppe, indsatsgruppe |               | 2007-04-02 |            | indsatsgruppe, indsatsgruppe_under_18, maalgruppe, maalgruppe_under_18
            maalgruppe, indsatsgruppe | ?, 2025-03-31 | 2007-04-02 |            | maalgruppe, maalgruppe_under_18
            maalgruppe, indsatsgruppe | 2025-03-31, ? | 2007-04-01 |            | indsatsgruppe
            maalgruppe                | 2025-04-01    | 2007-04-01 | 2025-03-31 | maalgruppe, maalgruppe_under_18
            maalgruppe, maalgruppe    |               |            |            | maalgruppe
                                      |               | 2007-04-02 |            | -
        """,  # noqa: E501
    ),
    "stu": Policy(
        of="cases",
        given=LONG_OPEN,
        rows="""
            stu | closed_on  | D          | value
            ja  |            |            | stu
            nej |            |            | -
                |            |            | -
            ja  | 2025-04-01 |            | -
            ja  | 2025-04-01 | 2025-03-31 | stu
        """,
    ),
    "after_start_with_3": after(
        "2024-11-30 | 2025-02-28 | k_moede | |",
        "2025-02-28",
        "2025-02-27",
        "2025-03-01",
        """
            2024-11-30 | 2025-03-01 | k_moede       |            |            | -
            2024-11-30 | 2024-01-01 | k_moede       |            |            | job
            2024-11-30 | 2024-12-15 | ungekonference |           |            | -
            2024-11-30 |            |               | tildelt    | 2025-02-28 | job
            2024-11-30 |            |               | tildelt    | 2025-03-01 | -
            2024-11-30 |            |               | takket_nej | 2024-12-15 | -
            2024-11-30 |            |               | tildelt, afsluttet | 2024-12-15, 2025-01-15 | job
            2024-11-30 |            |               |            |            | -
            2025-01-01 | 2025-01-15 | k_moede       |            |            | job
            2025-01-02 | 2025-01-15 | k_moede       |            |            | -
        """,
    ),
    "after_start_with_6": after(
        "2024-08-31 | 2025-02-28 | k_moede | |",
        "2025-02-28",
        "2025-02-27",
        "2025-03-01",
        """
            2024-08-31 | 2025-03-01 | k_moede |         |            | -
            2024-08-31 |            |         | tildelt | 2025-02-28 | job
            2024-10-01 | 2024-12-15 | k_moede |         |            | job
            2024-10-02 | 2024-12-15 | k_moede |         |            | -
        """,
    ),
    "after_start_with_12": after(
        "2024-02-29 | 2025-02-28 | k_moede | |",
        "2025-02-28",
        "2025-02-27",
        "2025-03-01",
        """
            2024-02-29 | 2025-03-01 | k_moede |         |            | -
            2024-02-29 |            |         | tildelt | 2025-02-28 | job
            2024-04-01 | 2024-12-15 | k_moede |         |            | job
            2024-04-02 | 2024-12-15 | k_moede |         |            | -
        """,
    ),
    "after_start_without_3": after(
        "2024-11-30 | | | |",
        "2025-02-28",
        "2025-02-27",
        "2025-03-01",
        """
            2024-11-30 | 2025-02-28 | k_moede        |            |            | -
            2024-11-30 | 2025-03-01 | k_moede        |            |            | job
            2024-11-30 | 2024-12-15 | ungekonference |            |            | job
            2024-11-30 |            |                | tildelt    | 2025-02-28 | -
            2024-11-30 |            |                | takket_nej | 2024-12-15 | job
            2025-01-01 |            |                |            |            | job
            2025-01-02 |            |                |            |            | -
        """,
    ),
    "after_start_without_6": after(
        "2024-08-31 | | | |",
        "2025-02-28",
        "2025-02-27",
        "2025-03-01",
        """
            2024-08-31 | 2025-03-01 | k_moede |         |            | job
            2024-08-31 | 2025-02-28 | k_moede |         |            | -
            2024-10-01 |            |         |         |            | job
            2024-10-02 |            |         |         |            | -
        """,
    ),
    "after_start_without_12": after(
        "2024-02-29 | | | |",
        "2025-02-28",
        "2025-02-27",
        "2025-03-01",
        """
            2024-02-29 | 2025-03-01 | k_moede |         |            | job
            2024-02-29 |            |         | tildelt | 2025-02-28 | -
            2024-04-01 |            |         |         |            | job
            2024-04-02 |            |         |         |            | -
        """,
    ),
    "after_k_meeting_3": after(
        "2023-01-01 | 2024-11-30 | k_moede | |",
        "2025-02-28",
        "2025-02-27",
        "2025-03-01",
        """
            2023-01-01 | 2025-01-01             | k_moede        |         |            | job
            2023-01-01 | 2025-01-02             | k_moede        |         |            | -
            2023-01-01 | 2025-01-02, 2024-06-01 | k_moede        |         |            | job
            2023-01-01 | 2024-06-01, 2024-07-01 | k_moede        |         |            | job
            2023-01-01 | 2024-06-01             | ungekonference |         |            | -
            2023-01-01 | ?                      | k_moede        |         |            | -
            2023-01-01 |                        |                | tildelt | 2024-06-01 | -
        """,
    ),
    "after_k_meeting_6": after(
        "2023-01-01 | 2024-08-31 | k_moede | |",
        "2025-02-28",
        "2025-02-27",
        "2025-03-01",
        """
            2023-01-01 | 2024-10-01 | k_moede | | | job
            2023-01-01 | 2024-10-02 | k_moede | | | -
        """,
    ),
    "after_k_meeting_12": after(
        "2023-01-01 | 2024-02-29 | k_moede | |",
        "2025-02-28",
        "2025-02-27",
        "2025-03-01",
        """
            2023-01-01 | 2024-04-01 | k_moede | | | job
            2023-01-01 | 2024-04-02 | k_moede | | | -
        """,
    ),
    "after_guide_3": after(
        "2023-01-01 | | | tildelt | 2024-11-30",
        "2025-02-28",
        "2025-02-27",
        "2025-03-01",
        """
            2023-01-01 |            |         | tildelt            | 2025-01-01             | job
            2023-01-01 |            |         | tildelt            | 2025-01-02             | -
            2023-01-01 |            |         | takket_nej         | 2024-06-01             | -
            2023-01-01 |            |         | takket_nej, tildelt | 2024-06-01, 2025-01-02 | -
            2023-01-01 |            |         | tildelt, tildelt   | 2025-01-02, 2024-06-01 | job
            2023-01-01 | 2024-06-01 | k_moede |                    |                        | -
        """,
    ),
    "after_guide_6": after(
        "2023-01-01 | | | tildelt | 2024-08-31",
        "2025-02-28",
        "2025-02-27",
        "2025-03-01",
        """
            2023-01-01 | | | tildelt | 2024-10-01 | job
            2023-01-01 | | | tildelt | 2024-10-02 | -
        """,
    ),
    "after_guide_12": after(
        "2023-01-01 | | | tildelt | 2024-02-29",
        "2025-02-28",
        "2025-02-27",
        "2025-03-01",
        """
            2023-01-01 | | | tildelt | 2024-04-01 | job
            2023-01-01 | | | tildelt | 2024-04-02 | -
        """,
    ),
}


@pytest.mark.parametrize("key", TABLES)
def test_policy(key: str) -> None:
    assert found(key, TABLES[key]) == expected(TABLES[key])


def test_every_measure_of_the_theme_has_its_table() -> None:
    assert list(TABLES) == [figure.key for figure in (*THEME.measures, *THEME.distributions)]

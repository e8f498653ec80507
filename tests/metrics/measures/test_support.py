"""Mentor and youth guide in rows: the twelve-month windows, offers side by side, and one steady person."""

import pytest

from metrics.measures.support import THEME
from tests.policy import Policy, expected, found

LONG_OPEN = {"first_enquiry_on": "2023-01-01"}


def parallel(kind: str, other: str) -> str:
    """An employment offer and one beside it, of the kind that counts or of another."""
    return f"""
        kind                               | start_on                           | until                  | closed_on  | D          | outcome
        nytteindsats, {kind}               | 2024-01-01, 2024-04-02             | 2024-04-02, ?          |            |            | met
        nytteindsats, {kind}               | 2024-01-01, 2024-04-03             | 2024-04-02, ?          |            |            | unmet
        nytteindsats, {kind}               | 2024-01-01, 2024-01-01             | 2024-04-01, ?          |            |            | -
        nytteindsats, {kind}               | 2024-01-01, 2023-02-01             | 2024-04-02, 2024-01-01 |            |            | met
        nytteindsats, {kind}               | 2024-01-01, 2023-02-01             | 2024-04-02, 2023-12-31 |            |            | unmet
        virksomhedspraktik, {kind}         | 2025-04-01, 2025-03-01             | ?, 2025-04-01          |            |            | met
        virksomhedspraktik, {kind}         | 2025-04-01, 2025-03-01             | ?, 2025-03-31          |            |            | unmet
        virksomhedspraktik, {kind}         | 2025-04-02, 2025-03-01             |                        |            |            | -
        loentilskud, {kind}                | 2025-03-01, 2025-04-01             |                        |            |            | met
        loentilskud, {kind}                | 2025-03-01, 2025-04-02             |                        |            |            | unmet
        loentilskud, {kind}                | 2025-03-01, ?                      |                        |            |            | unmet
        opkvalificering, {kind}            | 2025-03-01, 2025-03-01             |                        |            |            | met
        opkvalificering, {other}           | 2025-03-01, 2025-03-01             |                        |            |            | unmet
        opkvalificering                    | 2025-03-01                         |                        |            |            | unmet
        {kind}                             | 2025-03-01                         |                        |            |            | -
        mentor, {kind}                     | 2025-03-01, 2025-03-01             |                        |            |            | -
        andet, {kind}                      | 2025-03-01, 2025-03-01             |                        |            |            | -
        nytteindsats                       | ?                                  |                        |            |            | -
                                           |                                    |                        |            |            | -
        nytteindsats, loentilskud, {kind}  | 2024-01-01, 2025-03-01, 2025-03-05 | 2024-04-02, ?, ?       |            |            | met
        nytteindsats, loentilskud, {kind}  | 2024-01-01, 2025-03-01, 2024-01-05 | 2024-04-01, ?, 2024-02-01 |         |            | unmet
        nytteindsats, {kind}               | 2025-03-01, 2025-03-01             |                        | 2025-04-01 |            | -
        nytteindsats, {kind}               | 2025-03-01, 2025-03-16             |                        |            | 2025-03-15 | unmet
        nytteindsats, {kind}               | 2025-03-16, 2025-03-01             |                        |            | 2025-03-15 | -
        nytteindsats, {kind}               | 2024-03-01, 2024-03-01             | 2024-03-16, ?          |            | 2025-03-15 | met
        nytteindsats, {kind}               | 2024-03-01, 2024-03-01             | 2024-03-15, ?          |            | 2025-03-15 | -
    """  # noqa: E501


TABLES = {
    "mentor": Policy(
        of="offers",
        rows="""
            first_enquiry_on | closed_on  | kind            | start_on   | until      | D          | outcome
            2023-01-01       |            | mentor          | 2025-03-01 |            |            | met
            2023-01-01       |            | mentor          | 2025-04-01 |            |            | met
            2023-01-01       |            | mentor          | 2025-04-02 |            |            | unmet
            2023-01-01       |            | mentor          | ?          |            |            | unmet
            2023-01-01       |            | mentor          | 2024-01-01 | 2024-04-02 |            | met
            2023-01-01       |            | mentor          | 2024-01-01 | 2024-04-01 |            | unmet
            2023-01-01       |            | mentor          | 2024-01-01 |            |            | met
            2023-01-01       |            | mentor          | 2025-03-01 | 2025-06-01 |            | met
            2023-01-01       |            | social_sundhed  | 2025-03-01 |            |            | unmet
            2023-01-01       |            |                 |            |            |            | unmet
            2025-04-01       |            |                 |            |            |            | unmet
            2025-04-02       |            |                 |            |            |            | -
            2023-01-01       | 2025-03-31 | mentor          | 2025-03-01 |            |            | -
            2023-01-01       | 2025-04-01 | mentor          | 2025-03-01 |            |            | -
            2023-01-01       | 2025-04-02 | mentor          | 2025-03-01 |            |            | met
            2023-01-01       | 2025-03-15 | mentor          | 2025-03-01 |            | 2025-03-15 | -
            2023-01-01       | 2025-03-16 | mentor          | 2025-03-01 |            | 2025-03-15 | met
            2025-03-15       |            |                 |            |            | 2025-03-15 | unmet
            2025-03-16       |            |                 |            |            | 2025-03-15 | -
            2023-01-01       |            | mentor          | 2025-03-16 |            | 2025-03-15 | unmet
            2023-01-01       |            | mentor          | 2024-01-01 | 2024-03-16 | 2025-03-15 | met
            2023-01-01       |            | mentor          | 2024-01-01 | 2024-03-15 | 2025-03-15 | unmet
            2023-01-01       |            | mentor          | 2024-01-01 | 2024-02-29 | 2025-02-28 | met
            2023-01-01       |            | mentor          | 2024-01-01 | 2024-02-28 | 2025-02-28 | unmet
            2023-01-01       |            | mentor          | 2023-01-01 | 2023-02-28 | 2024-02-29 | unmet
            2023-01-01       |            | mentor          | 2023-01-01 | 2023-03-01 | 2024-02-29 | met
        """,
    ),
    "mentor_unregistered": Policy(
        of="assignments",
        given=LONG_OPEN | {"initials": "AB", "offers.kind": "mentor"},
        rows="""
            role          | from_on    | until      | offers.start_on | offers.until | closed_on  | outcome
            mentor        | 2025-03-01 |            |                 |              |            | met
            mentor        | 2025-03-01 |            | 2025-03-01      |              |            | unmet
            mentor        | 2025-03-01 |            | 2025-04-01      |              |            | unmet
            mentor        | 2025-03-01 |            | 2025-04-02      |              |            | met
            mentor        | 2025-03-01 |            | ?               |              |            | met
            mentor        | 2025-03-01 |            | 2024-01-01      | 2024-04-01   |            | met
            mentor        | 2025-03-01 |            | 2024-01-01      | 2024-04-02   |            | unmet
            mentor        | 2024-01-01 | 2024-04-02 |                 |              |            | met
            mentor        | 2024-01-01 | 2024-04-01 |                 |              |            | unmet
            mentor        | 2025-04-01 |            |                 |              |            | met
            mentor        | 2025-04-02 |            |                 |              |            | unmet
            kontaktperson | 2025-03-01 |            |                 |              |            | unmet
                          |            |            |                 |              |            | unmet
            mentor        | 2025-03-01 |            |                 |              | 2025-04-01 | -
        """,
    ),
    "health_parallel": Policy(of="offers", given=LONG_OPEN, rows=parallel("helbredsmestring", "social_sundhed")),
    "social_parallel": Policy(of="offers", given=LONG_OPEN, rows=parallel("social_sundhed", "helbredsmestring")),
    "fixed_contact": Policy(
        of="assignments",
        rows="""
            first_enquiry_on | role                         | initials | from_on                | until      | closed_on  | D          | outcome
            2024-04-01       | sagsbehandler                | AB       | 2024-04-01             |            |            |            | met
            2024-04-02       | sagsbehandler                | AB       | 2024-04-02             |            |            |            | -
            2024-04-01       | sagsbehandler                | AB, CD   | 2024-04-01, 2025-04-01 | 2024-04-02, ? |         |            | unmet
            2024-04-01       | sagsbehandler                | AB, CD   | 2024-04-01, 2025-04-01 | 2024-04-01, ? |         |            | met
            2024-04-01       | sagsbehandler                | AB, CD   | 2024-04-01, 2025-04-02 |            |            |            | met
            2024-04-01       | sagsbehandler                | AB, AB   | 2024-04-01, 2025-02-01 | 2025-01-01, ? |         |            | met
            2024-04-01       | sagsbehandler, mentor        | AB, CD   | 2024-04-01, 2025-02-01 |            |            |            | met
            2024-04-01       | sagsbehandler, kontaktperson | AB, CD   | 2024-04-01, 2025-02-01 |            |            |            | met
            2024-04-01       | kontaktperson                | AB       | 2024-04-01             |            |            |            | unknown
            2024-04-01       | sagsbehandler                | AB       | 2024-04-01             | 2024-04-01 |            |            | unknown
            2024-04-01       | sagsbehandler                | AB       | 2025-04-02             |            |            |            | unknown
            2024-04-01       |                              |          |                        |            |            |            | unknown
            2024-04-01       | sagsbehandler                | AB       | 2024-04-01             |            | 2025-04-01 |            | -
            2024-04-01       | sagsbehandler                | AB       | 2024-04-01             |            | 2025-04-02 |            | met
            2024-03-15       | sagsbehandler                | AB, CD   | 2024-03-15, 2025-03-16 |            |            | 2025-03-15 | met
            2024-03-16       | sagsbehandler                | AB       | 2024-03-16             |            |            | 2025-03-15 | -
            2023-02-28       | sagsbehandler                | AB       | 2023-02-28             |            |            | 2024-02-29 | met
        """,  # noqa: E501
    ),
    "coordinator_assigned": Policy(
        of="assignments",
        given=LONG_OPEN | {"initials": "AB", "visitations.step": "foerste", "visitations.visited_on": "2023-01-05"},
        rows="""
            visitations.category | role                        | from_on    | until      | closed_on  | D          | outcome
            AP                   | koordinerende_sagsbehandler | 2025-04-01 |            |            |            | met
            AP                   | koordinerende_sagsbehandler | 2025-04-02 |            |            |            | missing
            AP                   | koordinerende_sagsbehandler | 2024-01-01 | 2025-04-02 |            |            | met
            AP                   | koordinerende_sagsbehandler | 2024-01-01 | 2025-04-01 |            |            | met
            AP                   | koordinerende_sagsbehandler | 2024-01-01 | 2025-03-31 |            |            | missing
            AP                   | sagsbehandler               | 2024-01-01 |            |            |            | missing
            AP                   |                             |            |            |            |            | missing
            UP                   |                             |            |            |            |            | -
            ÅU                   | koordinerende_sagsbehandler | 2024-01-01 |            |            |            | -
                                 | koordinerende_sagsbehandler | 2024-01-01 |            |            |            | -
            AP                   |                             |            |            | 2025-04-01 |            | -
            AP                   |                             |            |            | 2025-04-02 |            | missing
            AP                   | koordinerende_sagsbehandler | 2025-03-16 |            |            | 2025-03-15 | missing
            AP                   | koordinerende_sagsbehandler | 2024-01-01 | 2025-03-15 |            | 2025-03-15 | met
            AP                   | koordinerende_sagsbehandler | 2024-01-01 | 2025-03-14 |            | 2025-03-15 | missing
        """,  # noqa: E501
    ),
    "guide_assessed": Policy(
        of="groups",
        rows="""
            first_enquiry_on | closed_on  | kind          | from_on                | until         | guide_statuses.status_on | guide_statuses.status | D          | outcome
            2024-01-01       |            | maalgruppe    | 2025-01-30             |               |                          |                       |            | missing
            2024-01-01       |            | maalgruppe    | 2025-01-30             |               | 2025-04-01               | tildelt               |            | met
            2024-01-01       |            | maalgruppe    | 2025-01-30             |               | 2025-04-02               | tildelt               |            | missing
            2024-01-01       |            | maalgruppe    | 2025-01-30             |               | 2024-12-01               | takket_nej            |            | met
            2024-01-01       |            | maalgruppe    | 2025-01-30             |               | 2025-02-01               | ikke_relevant         |            | met
            2024-01-01       |            | maalgruppe    | 2025-01-30             |               | 2025-02-01               | afsluttet             |            | met
            2024-01-01       |            | maalgruppe    | 2025-01-31             |               |                          |                       |            | pending
            2024-01-01       |            | maalgruppe    | 2025-01-31             |               | 2025-02-01               | tildelt               |            | pending
            2024-01-01       |            | maalgruppe    | 2025-01-30             | 2025-04-01    |                          |                       |            | missing
            2024-01-01       |            | maalgruppe    | 2025-01-30             | 2025-03-31    |                          |                       |            | -
            2024-01-01       |            | maalgruppe    | 2025-04-02             |               |                          |                       |            | -
            2024-01-01       |            | indsatsgruppe | 2025-01-30             |               |                          |                       |            | -
            2024-01-01       |            |               |                        |               | 2025-02-01               | tildelt               |            | -
            2024-01-01       | 2025-02-01 | maalgruppe    | 2025-01-30             |               |                          |                       |            | missing
            2025-04-02       |            | maalgruppe    | 2025-01-30             |               |                          |                       |            | -
            2024-01-01       |            | maalgruppe    | 2024-06-01, 2025-02-15 | 2025-01-01, ? |                          |                       |            | pending
            2024-01-01       |            | maalgruppe    | 2024-06-01, 2025-02-15 |               |                          |                       |            | pending
            2024-01-01       |            | maalgruppe    | 2025-01-13             |               |                          |                       | 2025-03-15 | missing
            2024-01-01       |            | maalgruppe    | 2025-01-14             |               |                          |                       | 2025-03-15 | pending
            2024-01-01       |            | maalgruppe    | 2025-01-13             |               | 2025-03-16               | tildelt               | 2025-03-15 | missing
            2024-01-01       |            | maalgruppe    | 2025-03-16             |               |                          |                       | 2025-03-15 | -
        """,  # noqa: E501
    ),
    "guide_status": Policy(
        of="guide_statuses",
        given=LONG_OPEN | {"groups.kind": "maalgruppe", "groups.from_on": "2025-01-01"},
        rows="""
            groups.until | status_on              | status                | registered_on          | value
            ?            | 2025-03-01             | tildelt               |                        | tildelt
            ?            | 2025-02-01, 2025-03-01 | tildelt, afsluttet    |                        | afsluttet
            ?            | 2025-03-01, 2025-02-01 | tildelt, takket_nej   |                        | tildelt
            ?            | 2025-03-01, 2025-04-02 | tildelt, afsluttet    |                        | tildelt
            ?            | 2025-03-01, 2025-04-01 | tildelt, afsluttet    |                        | afsluttet
            ?            | 2025-03-01, 2025-03-01 | tildelt, takket_nej   | 2025-03-09, 2025-03-08 | tildelt
            ?            | 2025-03-01             | ikke_relevant         |                        | ikke_relevant
            ?            |                        |                       |                        | ikke_vurderet
            ?            | 2025-04-02             | tildelt               |                        | ikke_vurderet
            2025-04-01   | 2025-03-01             | tildelt               |                        | tildelt
            2025-03-31   | 2025-03-01             | tildelt               |                        | -
                         | 2025-03-01             | tildelt               |                        | -
        """,
    ),
    "guides": Policy(
        of="assignments",
        given=LONG_OPEN,
        rows="""
            initials | role      | from_on                | until         | closed_on  | value
            AA       | ungeguide | 2025-03-01             |               |            | 1
            AB       | ungeguide | 2025-03-01             |               | 2025-03-31 | 1
            AC       | ungeguide | 2025-04-01             | 2025-04-01    |            | 1
            AD       | ungeguide | 2025-04-02             |               |            | -
            AE       | ungeguide | 2025-03-01             | 2025-03-31    |            | -
            AF       | mentor    | 2025-03-01             |               |            | -
            AG, AG   | ungeguide | 2025-01-01, 2025-03-01 | 2025-02-01, ? |            | 1
            BB       | ungeguide | 2025-03-01             |               |            | 2
            BB       | ungeguide | 2025-03-01             |               |            | 2
        """,
    ),
    "contact_changes": Policy(
        of="assignments",
        given=LONG_OPEN | {"role": "sagsbehandler"},
        rows="""
            initials           | from_on                                        | until            | closed_on  | value
            AB                 | 2024-01-01                                     |                  |            | 0
            AB, CD             | 2024-01-01, 2025-01-01                         | 2024-04-01, ?    |            | 0
            AB, CD             | 2024-01-01, 2025-01-01                         | 2024-04-02, ?    |            | 1
            AB, CD, EF         | 2024-01-01, 2025-01-01, 2025-04-01             |                  |            | 2
            AB, CD, EF         | 2024-01-01, 2025-01-01, 2025-04-02             |                  |            | 1
            AB, CD, EF, GH     | 2024-01-01, 2025-01-01, 2025-02-01, 2025-03-01 |                  |            | 3
            AB, CD, EF, GH, IJ | 2024-01-01, 2025-01-01, 2025-02-01, 2025-03-01, 2025-03-02 |      |            | 3
                               |                                                |                  |            | -
            AB                 | 2024-01-01                                     |                  | 2025-04-01 | -
        """,
    ),
}


@pytest.mark.parametrize("key", TABLES)
def test_policy(key: str) -> None:
    assert found(key, TABLES[key]) == expected(TABLES[key])


def test_every_measure_of_the_theme_has_its_table() -> None:
    assert list(TABLES) == [figure.key for figure in (*THEME.measures, *THEME.distributions)]

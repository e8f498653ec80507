"""Viborg's report on its youth effort, out of a delivery: the tables of 8 January 2021, to the last youth.

Source: the council's status of the youth effort (198 youths, 74 guides, 94 on conference, 28 on K-møde).
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from data_access.tables import FULL_SCOPE, read
from metrics.assess import Assessed, Cut, assess, count_values
from metrics.measures import DISTRIBUTIONS
from tests.data_access.delivering import deliver, take_in

VIEW_DATE = dt.date(2021, 1, 8)
STATUSES = {"tildelt": 92, "takket_nej": 28, "ikke_relevant": 69, "afsluttet": 9}
YOUTHS, GUIDES, CONFERENCES, K_MEETINGS = 198, 74, 94, 28
CONFERENCE_ERA = Cut(dt.date(2019, 8, 1), dt.date(2020, 9, 8))
K_MEETING_ERA = Cut(dt.date(2020, 9, 9), VIEW_DATE)


def lines(header: str, rows: Iterator[str]) -> str:
    return "\n".join([header, *rows])


def cases() -> Iterator[str]:
    """One case of each youth, a second of the first ten, and some that are in no target group."""
    for number in range(1, YOUTHS + 31):
        yield f"S{number};K{number};01-02-{1992 + number % 12};05-08-2019;Job & Unge"
    for number in range(1, 11):
        yield f"T{number};K{number};01-02-{1992 + number % 12};06-08-2019;Familieafdelingen"


def groups() -> Iterator[str]:
    for number in range(1, YOUTHS + 1):
        yield f"S{number};maalgruppe;10-08-2019;"
    yield from (f"T{number};maalgruppe;11-08-2019;" for number in range(1, 11))  # the same youths
    yield from (f"S{number};maalgruppe;10-08-2019;07-01-2021" for number in range(YOUTHS + 1, YOUTHS + 6))
    yield f"S{YOUTHS + 6};indsatsgruppe;10-08-2019;"


def statuses() -> Iterator[str]:
    """What each youth ends with; some had another status before."""
    ends = [status for status, count in STATUSES.items() for _ in range(count)]
    for number, status in enumerate(ends, start=1):
        if status == "afsluttet":
            yield f"S{number};01-10-2019;tildelt"
        yield f"S{number};01-03-2020;{status}"
    yield from (f"S{number};01-03-2020;tildelt" for number in range(YOUTHS + 1, YOUTHS + 6))


def assignments() -> Iterator[str]:
    for number in range(1, STATUSES["tildelt"] + 1):
        yield f"S{number};ungeguide;UG{number % GUIDES};01-03-2020;"
    yield "S100;ungeguide;UG900;01-03-2020;07-01-2021"
    yield "S101;mentor;UG901;01-03-2020;"


def meetings() -> Iterator[str]:
    """A case at two conferences, and meetings on the days beside the periods."""
    for number in range(1, CONFERENCES + 1):
        yield f"S{number};U{number};ungekonference;{1 + number % 28:02}-{1 + number % 8:02}-2020"
    yield "S1;U900;ungekonference;02-02-2020"
    yield "S150;U902;ungekonference;09-09-2020"
    for number in range(1, K_MEETINGS + 1):
        yield f"S{number * 3};K{number};k_moede;{'09-09-2020' if number % 2 else '08-01-2021'}"
    yield "S6;K900;k_moede;09-12-2020"
    yield "S150;K901;k_moede;20-01-2021"
    yield "S151;O1;opfoelgning;09-12-2020"


@pytest.fixture
def judged(engine: sa.Engine, tmp_path: Path) -> Assessed:
    folder = deliver(
        tmp_path / "viborg",
        sager=lines("sagsnummer;borgernoegle;foedselsdato;henvendelse;center", cases()),
        grupper=lines("sagsnummer;gruppe;fra;til", groups()),
        ungeguide=lines("sagsnummer;dato;status", statuses()),
        tilknytninger=lines("sagsnummer;rolle;person;fra;til", assignments()),
        moeder=lines("sagsnummer;moede_id;art;dato", meetings()),
    )
    report = take_in(engine, folder, VIEW_DATE)
    assert not report.rejections
    return assess(read(engine, FULL_SCOPE), VIEW_DATE)


def counted(assessed: Assessed, key: str, cut: Cut = K_MEETING_ERA) -> dict[str, int]:
    [figure] = [figure for figure in DISTRIBUTIONS if figure.key == key]
    return {value: count for value, _, count in count_values(assessed, cut, figure).iter_rows() if count}


def test_the_tables_of_the_report(judged: Assessed) -> None:
    assert counted(judged, "guide_status") == STATUSES
    assert sum(counted(judged, "target_group").values()) == sum(STATUSES.values()) == YOUTHS
    assert counted(judged, "guides") == {"1": 2 * GUIDES - STATUSES["tildelt"], "2": STATUSES["tildelt"] - GUIDES}
    assert sum(counted(judged, "guides").values()) == GUIDES
    assert counted(judged, "k_meetings", CONFERENCE_ERA) == {"ungekonference": CONFERENCES}
    of_the_new = counted(judged, "k_meetings", K_MEETING_ERA)
    assert of_the_new == {"k_moede": K_MEETINGS, "ungekonference": 1, "opfoelgning": 1}
    assert counted(judged, "target_flow", CONFERENCE_ERA) == {"ny": YOUTHS + 5}
    assert counted(judged, "target_flow", K_MEETING_ERA) == {"udgået": 5}

"""One case on one page: its deadlines, its outcomes and its events, and nothing about who it is."""

import datetime as dt

import polars as pl
import pytest

from data_access.models import DELIVERED, sources
from metrics.assess import assess
from tests.policy import table, value
from tests.strategies import Row, frames, table_rows
from ui import case, texts
from ui.case import CaseFile, case_file

V = dt.date(2025, 4, 1)
CASE = "S1"
FACTS = """
table            | columns
cases            | person=hemmelig, born_on=2006-04-02, first_enquiry_on=2024-12-20, center=Nord, closed_on=2025-03-20, closure=job, has_youth_education=nej, caseworker=ABCD
center_periods   | center=Syd, from_on=2025-01-15
interviews       | interview_id=i1, held_on=2024-12-30, form=video, caseworker=ABCD
interviews       | interview_id=i2, held_on=2025-04-02, form=telefon
visitations      | visited_on=2025-01-10, step=foerste, category=UP
literacy_tests   | assessed_on=2025-01-02, needed=ja
education_orders | order_id=o1, step=1, issued_on=2024-12-30, fulfilment_due=2025-02-01
education_orders | order_id=o2, step=2, issued_on=2025-01-05, fulfilment_due=2025-05-01
no_shows         | no_show_id=n1, missed_on=2025-01-20, missed=tilbud, reasonable_cause=nej, decided_on=2025-02-10, sanction=fradrag
assignments      | role=sagsbehandler, initials=ABCD, from_on=2024-12-20
meetings         | meeting_id=m1, kind=k_moede, held_on=2025-03-01
agreements       | meeting_id=m1, agreement_id=a1, responsible_center=Syd, done_on=2025-03-10
"""  # noqa: E501

DEADLINES = """
title                                    | trigger    | due        | done       | outcome
Første samtale inden 1 uge               | 2024-12-20 | 2024-12-27 | 2024-12-30 | late
Vejledt om 225-timersreglen              | 2024-12-30 | 2024-12-30 |            | overdue
Første tilbud til tiden                  | 2024-12-20 | 2025-01-20 |            | overdue
Testbehov vurderet                       | 2024-12-20 | 2025-01-20 | 2025-01-02 | met
Læse-, skrive- og regnetest inden 1 måned | 2024-12-20 | 2025-01-20 |            | overdue
Pålæggets frist overholdt · nr. 1        | 2024-12-30 | 2025-02-01 |            | overdue
Stillingtagen til udeblivelse            | 2025-01-20 | 2025-02-03 | 2025-02-10 | late
Endelig visitation inden 3 måneder       | 2024-12-20 | 2025-03-20 |            | lapsed
Sanktion effektueret inden 3 hele kalendermåneder | 2025-01-20 | 2025-04-30 |      | pending
Pålæggets frist overholdt · nr. 2        | 2025-01-05 | 2025-05-01 |            | pending
Fire samtaler de første 6 måneder        | 2024-12-20 | 2025-06-20 |            | pending
"""

EVENTS = """
on         | what                       | detail
2025-03-20 | Sagen afsluttet            | Job
2025-03-10 | Aftale udført              | Syd
2025-03-01 | Møde holdt                 | K-møde
2025-02-10 | Afgørelse om udeblivelse   | Fradrag
2025-01-20 | Udeblivelse                | Tilbud
2025-01-15 | Sagen hos center           | Syd
2025-01-10 | Første visitation          | Uddannelsesparat
2025-01-05 | Uddannelsespålæg givet     | Trin 2: søge optagelse
2025-01-02 | Testbehov vurderet         | er ja
2024-12-30 | Samtale                    | Video
2024-12-30 | Uddannelsespålæg givet     | Trin 1: forslag
2024-12-20 | Første henvendelse         |
2024-12-20 | Tilknyttet                 | Sagsbehandler
"""


def tables() -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in table(FACTS):
        columns = dict(part.strip().split("=") for part in row["columns"].split(","))
        own = {} if row["table"] == "agreements" else {"case_id": CASE}
        found.setdefault(row["table"], []).append(own | {name: value(cell) for name, cell in columns.items()})
    return {name: table_rows(name, rows) for name, rows in found.items()}


@pytest.fixture(scope="module")
def file() -> CaseFile:
    rows = frames(tables())
    found = case_file(CASE, assess(rows, V), rows)
    assert found is not None
    return found


def written(text: str) -> list[tuple[object, ...]]:
    return [tuple(value(cell) for cell in row.values()) for row in table(text)]


def test_the_header_says_where_and_when_but_not_who(file: CaseFile) -> None:
    said = file.header().replace(texts.SPACE, " ")
    assert said == "Syd · Uddannelsesparat · 18 år · første henvendelse 20-12-2024 · afsluttet 20-03-2025 (job)"
    assert file.handed_over


def test_every_deadline_in_order(file: CaseFile) -> None:
    assert sorted(file.deadlines.rows(), key=str) == sorted(written(DEADLINES), key=str)
    assert file.deadlines["due"].is_sorted()


def test_every_outcome_with_its_theme(file: CaseFile) -> None:
    judged = dict(file.judged.select("title", pl.concat_list("theme", "outcome").list.join(": ")).iter_rows())
    assert judged["Første samtale inden 1 uge"] == "Screening: For sent"
    assert judged["Testbehov vurderet"] == "Screening: Overholdt"
    assert judged["Aktivitetsparat allerede ved første samtale"] == "Visitation og ventetid: Nej"
    assert judged["Endelig visitation inden 3 måneder"] == "Visitation og ventetid: Bortfaldet"
    assert judged["Partshørt før afgørelse"] == "Udeblivelser og sanktioner: Ikke dokumenteret"
    assert judged["Uddannelsespålæg ved første samtale"] == "Uddannelsespålæg: Overholdt"


def test_every_event_up_to_the_view_date_the_newest_first(file: CaseFile) -> None:
    told = file.events.with_columns(pl.col("detail").replace({"ja": "er ja"}))  # `ja` in a table is a flag
    assert told.rows() == written(EVENTS)


def test_nobody_is_named(file: CaseFile) -> None:
    everything = " ".join(str(frame.rows()) for frame in (file.deadlines, file.judged, file.events)) + file.header()
    for secret in ("hemmelig", "ABCD", "2006", "02-04"):
        assert secret not in everything


@pytest.mark.parametrize("asked", ["S2", "", "s1", "S1 ", "' OR 1=1 --", "![](http://example.org/x.png)"])
def test_another_case_is_not_found(asked: str) -> None:
    rows = frames(tables())
    nothing = {name: frame.clear() for name, frame in rows.items()}
    assert case_file(asked, assess(rows, V), nothing) is None


def test_every_dated_column_of_a_case_is_an_event_or_left_out_on_purpose() -> None:
    told = {(event.table, event.on) for event in case.EVENTS}
    happens = {
        (str(model.__tablename__), name)
        for model in DELIVERED
        for name, source in sources(model).items()
        if source.kind == "date" and name.endswith("_on")
    }
    untold = {(name, on) for name, on in happens - told if on not in ("registered_on", "born_on")}
    assert untold == {("plans", "quality_assured_on")}

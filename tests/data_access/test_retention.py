"""Cases that are deleted are gone from every table and every byte, do not come back, and take nothing else along."""

import datetime as dt
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from data_access import audit, models, retention, reviews
from data_access.annotations import set_target
from data_access.database import connect, data_version, file_of, writing
from data_access.importing import DeliveryRefused
from data_access.mapping import contract_columns
from data_access.models import ACCESS_ROLES, DELIVERED, Case, Import, Row, Source
from data_access.persons import OTHER_KEY
from data_access.retention import PurgeRefused, kept_months, of_person, past_limit, purge
from data_access.tables import FULL_SCOPE, NoScope, Scope
from tests.data_access.breaking import address, die, killed_at
from tests.data_access.delivering import counts, deliver, everything, table, take_in

TODAY = dt.date(2026, 11, 22)
CANARY, SAME_PERSON, OTHER = "KANARIE-77", "KANARIE-78", "S-3"
CPR = {CANARY: "610190-1234", SAME_PERSON: "610190-1234", OTHER: "620291-2345"}
CLOSED = {CANARY: "01-05-2019", SAME_PERSON: "", OTHER: "01-05-2025"}
HANDLINGS = models.Handling.metadata.tables["handlings"]
BY_LENE = {"measure": "m", "saved_by": "lene", "saved_at": dt.datetime.now(dt.UTC)}
SAID = {**BY_LENE, "state": "accepted", "delivery": 2}
"""What a leader said of a deviation of each case."""
REVIEWED = {
    "review_cases": {"stratum": "", "second": False, "registered": "{}"},
    "review_answers": {**BY_LENE, "reviewer": 1, "answer": "no"},
    "review_follow_ups": {**BY_LENE, "state": "open"},
}
"""What the tables of a sampled case review hold of each case, beside its number and a note."""
WRITTEN = {"handlings", *REVIEWED}
THEIR_OWN = ("purges", "purged_cases", "access_log", "access_log_cases")


def cell(source: Source, case: str, registered: str) -> str:
    """Something that says whose it is in each column of the contract, so that no trace can hide."""
    named = {"sagsnummer": case, "cpr": CPR[case], "afsluttet": CLOSED[case], "registreret": registered}
    kinds = {"date": "01-03-2019", "flag": "ja", "number": "1"}
    if source.name in ("borgernoegle", "foedselsdato"):
        return ""
    if "center" in source.name:
        return "Nord"
    if source.codes:
        return next(iter(source.codes))
    return named.get(source.name, kinds.get(source.kind, f"{source.name}-{case}"))


def delivery(folder: Path, cases: tuple[str, ...] = tuple(CPR), registered: str = "01-06-2025") -> Path:
    """Every table of the contract with one row of each case."""
    files = {}
    for model in DELIVERED:
        columns = contract_columns(model)
        rows = [";".join(cell(source, case, registered) for source in columns.values()) for case in cases]
        files[model.extract] = "\n".join([";".join(columns), *rows, ""]).encode()
    return deliver(folder, **files)


@pytest.fixture
def delivered(engine: sa.Engine, tmp_path: Path) -> sa.Engine:
    """Two deliveries of every table, the second with a new version of every row; a look at each of two cases."""
    take_in(engine, delivery(tmp_path / "a"), TODAY - dt.timedelta(days=30))
    report = take_in(engine, delivery(tmp_path / "b", registered="02-06-2025"), TODAY)
    assert {each.table: each.changed for each in report.tables} == {model.extract: 3 for model in DELIVERED}
    set_target(engine, FULL_SCOPE, measure="first_interview", valid_from=TODAY, rate=0.9, note="")
    with writing(engine, FULL_SCOPE) as connection:
        for case in CPR:
            connection.execute(sa.insert(HANDLINGS).values(case_id=case, unit_id=case, note=f"note-{case}", **SAID))
        review(connection)
    return engine


def review(connection: sa.Connection) -> None:
    """A sampled case review with a row of each case in every table."""
    tables = models.ReviewRound.metadata.tables
    blank = dict.fromkeys(("title", "strata", "frame_hash", "created_by"), "none")
    lists = {"measures": "[]", "centers": "null", "frame_sizes": "{}", "registered": "{}"}
    days = dict.fromkeys(("from_on", "to_on", "view_date"), TODAY)
    numbers = {"id": 1, "delivery": 2, "seed": 1, "second_share": 0}
    values = {**blank, **lists, **days, **numbers, "created_at": dt.datetime.now(dt.UTC)}
    connection.execute(sa.insert(tables["review_rounds"]).values(values))
    drawn = {"round_id": 1, "size": len(CPR), "drawn_at": dt.datetime.now(dt.UTC), "drawn_by": "lene"}
    connection.execute(sa.insert(tables["review_draws"]).values(drawn))
    for place, case in enumerate(CPR, start=1):
        for name, row in REVIEWED.items():
            own = {"position": place} if name == "review_cases" else {"note": f"note-{case}"}
            connection.execute(sa.insert(tables[name]).values(round_id=1, case_id=case, **own, **row))


def rule(engine: sa.Engine, months: int = 60) -> retention.Due:
    return past_limit(engine, FULL_SCOPE, months, TODAY)


def about(rows: dict[str, list[tuple[Any, ...]]], *traces: str) -> set[str]:
    """The tables with a row that holds one of the traces."""
    return {name for name, values in rows.items() if any(trace in repr(values) for trace in traces)}


def person_of(engine: sa.Engine, case: str) -> str:
    return dict(table(engine, Case, "case_id", "person"))[case]


# --- which cases ----------------------------------------------------------------------------------------

DAYS = {1: dt.date(2020, 1, 31), 2: dt.date(2021, 11, 21), 3: dt.date(2021, 11, 22), 4: TODAY}
"""Import -> the day from which it was known."""

ENDED = """
    versions                                   due
    1-:2021-11-21                              yes
    1-:2021-11-22                              no
    1-:                                        no
    1-2:2019-01-01,2-:                         no
    1-2:,2-:2019-01-01                         yes
    1-2:                                       yes
    1-3:                                       no
    1-4:2019-01-01                             yes
    1-2:2019-01-01,4-:                         no
"""
"""The versions of one case as from-to:closed, and whether it is past 60 months on 22 November 2026."""


def written(engine: sa.Engine, cases: dict[str, str]) -> None:
    """Cases straight into the database; a version is from-to:closed:person."""
    with writing(engine, FULL_SCOPE) as connection:
        for number, day in DAYS.items():
            moment = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
            given = {"delivery": "d", "source": "contract", "demo": False, "imported_at": moment}
            values = {"id": number, "extract_date": day, "known_on": day, **given}
            connection.execute(sa.insert(Import.metadata.tables["imports"]).values(values))
        for case, versions in cases.items():
            for version in versions.split(","):
                known, closed, person = [*version.split(":"), "p"][:3]
                first, last = known.split("-")
                values = {
                    "case_id": case,
                    "person": person,
                    "first_enquiry_on": dt.date(2018, 1, 1),
                    "center": "Nord",
                    "closed_on": dt.date.fromisoformat(closed) if closed else None,
                    "known_from": int(first),
                    "known_to": int(last) if last else None,
                }
                connection.execute(sa.insert(Case.metadata.tables["cases"]).values(values))


def test_the_newest_version_says_when_a_case_ended(engine: sa.Engine) -> None:
    lines = [line.split() for line in ENDED.strip().splitlines()[1:]]
    written(engine, {f"S{number}": versions for number, (versions, _) in enumerate(lines)})
    expected = [f"S{number}" for number, (_, due) in enumerate(lines) if due == "yes"]
    found = rule(engine)
    assert [case for case, _ in found.cases] == expected
    assert found.years() == {2019: 2, 2021: 2}


@pytest.mark.parametrize(
    ("months", "day", "due"), [(1, dt.date(2026, 3, 31), 0), (1, dt.date(2026, 4, 1), 1), (1200, TODAY, 0)]
)
def test_months_are_the_calendar_s(sqlite_engine: sa.Engine, months: int, day: dt.date, due: int) -> None:
    """One month before 31 March is the last day of February."""
    written(sqlite_engine, {"S": "1-:2026-02-28"})
    assert len(past_limit(sqlite_engine, FULL_SCOPE, months, day).cases) == due


def test_a_request_is_about_all_cases_of_the_person_and_nobody_else_s(engine: sa.Engine) -> None:
    """S1 was once taken for B's, S4 for A's; S3 is withdrawn. What once named A by mistake goes, S4 itself stays."""
    written(
        engine,
        {"S1": "1-2::B,2-::A", "S2": "1-:2020-01-01:A", "S3": "1-3::A", "S4": "1-2::A,2-::B", "S5": "1-::B"},
    )
    due = of_person(engine, FULL_SCOPE, "S1")
    assert [case for case, _ in due.cases] == ["S1", "S2", "S3"]
    assert due.years() == {2020: 1, 2021: 1, None: 1}
    assert "S1" not in repr(due)
    purge(engine, FULL_SCOPE, due)
    cases = Case.metadata.tables["cases"]
    with engine.connect() as connection:
        left = connection.execute(sa.select(cases.c.case_id, cases.c.person).order_by(cases.c.case_id)).all()
    assert [tuple(row) for row in left] == [("S4", "B"), ("S5", "B")]


@pytest.mark.parametrize(
    ("setting", "months"), [("60", 60), ("1", 1), ("1200", 1200), ("", None), ("0", "-"), ("1201", "-"), ("fem", "-"),
                            ("-3", "-"), ("6,5", "-"), ("٦", "-")],
)  # fmt: skip
def test_the_limit_is_a_setting_without_a_default(
    monkeypatch: pytest.MonkeyPatch, setting: str, months: int | str | None
) -> None:
    monkeypatch.setenv(retention.CASE_MONTHS, setting)
    if months == "-":
        with pytest.raises(PurgeRefused, match="helt antal måneder"):
            kept_months()
    else:
        assert kept_months() == months


def test_no_role_may_delete(sqlite_engine: sa.Engine) -> None:
    due = retention.Due("request", "p", ())
    for scope in (None, Scope("x"), *(Scope("x", (role,), None) for role in ACCESS_ROLES)):
        for asked in (
            lambda scope: past_limit(sqlite_engine, scope, 60),
            lambda scope: of_person(sqlite_engine, scope, "S"),
            lambda scope: purge(sqlite_engine, scope, due),
        ):
            with pytest.raises(NoScope):
                asked(scope)


# --- what goes, and what stays ----------------------------------------------------------------------------


def test_every_version_of_every_row_goes_and_nothing_else(delivered: sa.Engine) -> None:
    before, person = everything(delivered), person_of(delivered, CANARY)
    names = {str(model.__tablename__) for model in DELIVERED}
    assert about(before, CANARY, person) == about(before, OTHER) == names | WRITTEN
    due = of_person(delivered, FULL_SCOPE, CANARY)
    assert [case for case, _ in due.cases] == [CANARY, SAME_PERSON]
    purge(delivered, FULL_SCOPE, due)
    after = everything(delivered)
    assert about(after, "KANARIE", person) == set()
    left = {name: [row for row in rows if "KANARIE" not in repr(row)] for name, rows in before.items()}
    assert {n: r for n, r in after.items() if n not in THEIR_OWN} == {
        n: r for n, r in left.items() if n not in THEIR_OWN
    }
    assert all(len(after[name]) == 2 for name in names)
    assert len(after["purged_cases"]) == 2


def test_by_rule_only_the_case_goes_not_the_person(delivered: sa.Engine) -> None:
    purge(delivered, FULL_SCOPE, rule(delivered))
    assert [case for (case,) in table(delivered, Case, "case_id")] == [SAME_PERSON, OTHER]
    assert len(about(everything(delivered), SAME_PERSON)) == len(DELIVERED) + len(WRITTEN)
    assert not about(everything(delivered), CANARY) & WRITTEN


def test_a_review_tells_how_many_of_its_cases_were_deleted_since(delivered: sa.Engine) -> None:
    [before] = reviews.rounds(delivered, FULL_SCOPE)
    purge(delivered, FULL_SCOPE, of_person(delivered, FULL_SCOPE, CANARY))
    [after] = reviews.rounds(delivered, FULL_SCOPE)
    assert (before.size, before.purged_since) == (3, 0)
    assert (after.size, after.purged_since) == (3, 2)
    assert reviews.cases(delivered, FULL_SCOPE, after.id)["case_id"].to_list() == [OTHER]
    assert reviews.answers(delivered, FULL_SCOPE, after.id)["case_id"].to_list() == [OTHER]
    assert reviews.follow_ups(delivered, FULL_SCOPE, after.id)["case_id"].to_list() == [OTHER]


def test_the_log_says_that_cases_were_deleted_but_not_which(delivered: sa.Engine) -> None:
    audit.write(delivered, FULL_SCOPE, action="look_case", purpose="follow_up", rows=1, cases=[CANARY])
    purge(delivered, FULL_SCOPE, rule(delivered))
    purge(delivered, FULL_SCOPE, of_person(delivered, FULL_SCOPE, SAME_PERSON))
    with delivered.connect() as connection:
        log = connection.execute(sa.text('SELECT action, note, "rows" FROM access_log ORDER BY id')).all()
        about = connection.execute(sa.text("SELECT log_id, case_id FROM access_log_cases")).all()
        purges = connection.execute(sa.text("SELECT purged_by, reason, cases FROM purges ORDER BY id")).all()
    assert [tuple(row) for row in log[1:]] == [("purge", "Slettefrist", 1), ("purge", "Anmodning om sletning", 1)]
    assert [tuple(row) for row in about] == [
        (1, CANARY)
    ]  # until the log's own limit: who looked is the citizen's right
    assert [tuple(row) for row in purges] == [("indbygget", "rule", 1), ("indbygget", "request", 1)]
    assert audit.verify(delivered) == []


def test_a_meeting_that_was_corrected_to_another_case_keeps_its_agreements(engine: sa.Engine, tmp_path: Path) -> None:
    sager = "sagsnummer;borgernoegle;henvendelse;center\nA;a;01-03-2024;N\nB;b;01-03-2024;N\n"
    aftaler = "moede_id;aftale_id;ansvarlig_center\nM1;A1;N\nM2;A2;N\n"
    for folder, rows in (("a", "A;M1;uko\nB;M2;uko\n"), ("b", "B;M1;uko\nA;M2;uko\n")):
        moeder = f"sagsnummer;moede_id;art\n{rows}"
        take_in(engine, deliver(tmp_path / folder, sager=sager, moeder=moeder, aftaler=aftaler))
    purge(engine, FULL_SCOPE, of_person(engine, FULL_SCOPE, "A"))
    kept = everything(engine)
    assert "A1" in repr(kept["agreements"])
    assert "A2" not in repr(kept["agreements"])
    assert {row.count("A") for row in kept["meetings"]} == {0}


def test_more_cases_than_one_statement_takes(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_CHUNK", 2)
    written(engine, {f"S{number}": "1-:2019-01-01" for number in range(5)} | {"T": "1-:"})
    purge(engine, FULL_SCOPE, rule(engine))
    assert table(engine, Case, "case_id") == [("T",)]


def test_a_deletion_is_a_new_version_of_the_figures_and_a_look_at_it_is_not(delivered: sa.Engine) -> None:
    before = data_version(delivered)
    due = rule(delivered)
    assert data_version(delivered) == before == 2
    purge(delivered, FULL_SCOPE, due)
    assert data_version(delivered) == 3
    purge(delivered, FULL_SCOPE, rule(delivered))
    assert data_version(delivered) == 3


def test_what_was_found_is_what_is_deleted(delivered: sa.Engine, tmp_path: Path) -> None:
    """Between the finding and the deletion a delivery opens the case anew."""
    due = rule(delivered)
    folder = delivery(tmp_path / "c")
    sager = (folder / "sager.csv").read_text("utf-8")
    (folder / "sager.csv").write_text(sager.replace(CLOSED[CANARY], ""), encoding="utf-8")
    take_in(delivered, folder, TODAY)
    before = everything(delivered)
    with pytest.raises(PurgeRefused, match="kommet en leverance"):
        purge(delivered, FULL_SCOPE, due)
    assert everything(delivered) == before


def test_while_a_delivery_is_taken_in_nothing_is_deleted(delivered: sa.Engine, tmp_path: Path) -> None:
    due, other, told = rule(delivered), connect(address(delivered)), []

    def progress(_done: int, _total: int, label: str) -> None:
        if label == "Gemmer samtaler":
            with pytest.raises(PurgeRefused) as refusal:
                purge(other, FULL_SCOPE, due)
            told.append(str(refusal.value))

    take_in(delivered, delivery(tmp_path / "c"), TODAY, progress=progress)
    other.dispose()
    assert "Intet er slettet" in told[0]
    assert CANARY in dict(table(delivered, Case, "case_id", "person"))


# --- it does not come back ---------------------------------------------------------------------------------


def test_the_next_delivery_does_not_bring_it_back(delivered: sa.Engine, tmp_path: Path) -> None:
    purge(delivered, FULL_SCOPE, of_person(delivered, FULL_SCOPE, CANARY))
    before = everything(delivered)
    report = take_in(delivered, delivery(tmp_path / "c", registered="02-06-2025"), TODAY)
    assert counts(report) == {model.extract: (0, 0, 0, 1, 0) for model in DELIVERED}
    assert report.rejections == ()
    (note,) = report.notes
    assert note.startswith("Rækker sprunget over, fordi deres sag er slettet her: sager 2, centerskift 2")
    assert "aftaler 2" in note
    assert "KANARIE" not in note
    after = everything(delivered)
    assert all(after[str(model.__tablename__)] == before[str(model.__tablename__)] for model in DELIVERED)


def test_its_bad_rows_are_no_rejections_either(delivered: sa.Engine, tmp_path: Path) -> None:
    purge(delivered, FULL_SCOPE, rule(delivered))
    folder = delivery(tmp_path / "c", registered="02-06-2025")
    samtaler = (folder / "samtaler.csv").read_text("utf-8")
    (folder / "samtaler.csv").write_text(samtaler.replace("01-03-2019", "i går", 1), encoding="utf-8")
    assert take_in(delivered, folder, TODAY).rejections == ()


def test_a_table_by_itself_does_not_bring_it_back(delivered: sa.Engine, tmp_path: Path) -> None:
    purge(delivered, FULL_SCOPE, rule(delivered))
    whole = delivery(tmp_path / "c", registered="02-06-2025")
    part = deliver(tmp_path / "d", samtaler=(whole / "samtaler.csv").read_bytes())
    assert counts(take_in(delivered, part, TODAY)) == {"samtaler": (0, 0, 0, 2, 0)}


def test_a_new_case_of_the_person_is_taken_in(delivered: sa.Engine, tmp_path: Path) -> None:
    purge(delivered, FULL_SCOPE, of_person(delivered, FULL_SCOPE, CANARY))
    header = "sagsnummer;cpr;henvendelse;center"
    new = f"{header}\nNY-1;{CPR[CANARY]};01-10-2026;Nord\n{OTHER};{CPR[OTHER]};01-03-2019;Nord\n"
    take_in(delivered, deliver(tmp_path / "c", sager=new), TODAY)
    assert sorted(case for (case,) in table(delivered, Case, "case_id")) == ["NY-1", OTHER]


def test_the_mark_says_nobody_s_number_without_the_key(delivered: sa.Engine) -> None:
    purge(delivered, FULL_SCOPE, rule(delivered))
    ((mark,),) = everything(delivered)["purged_cases"]
    assert len(mark) == 64
    assert int(mark, 16)


def test_without_the_key_it_neither_goes_nor_comes_back(
    delivered: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when no case is left, or cases are not in the delivery: another key would not know the marks."""
    before, due = everything(delivered), rule(delivered)
    for key in ("", "en-anden-noegle-0123456789abcdef"):
        with monkeypatch.context() as without:
            without.setenv("UNGEOVERBLIK_PERSON_KEY", key)
            with pytest.raises(PurgeRefused, match=re.escape(OTHER_KEY) if key else r"UNGEOVERBLIK_PERSON_KEY"):
                purge(delivered, FULL_SCOPE, due)
    assert everything(delivered) == before
    for case in (CANARY, OTHER):
        purge(delivered, FULL_SCOPE, of_person(delivered, FULL_SCOPE, case))
    monkeypatch.delenv("UNGEOVERBLIK_PERSON_KEY")
    whole = delivery(tmp_path / "c", registered="02-06-2025")
    for folder in (whole, deliver(tmp_path / "d", samtaler=(whole / "samtaler.csv").read_bytes())):
        with pytest.raises(DeliveryRefused, match=r"UNGEOVERBLIK_PERSON_KEY"):
            take_in(delivered, folder, TODAY)


def test_a_case_that_is_deleted_already_is_told_from_one_nobody_knows(delivered: sa.Engine) -> None:
    for unknown in ("findes-ikke", CANARY.lower()):
        with pytest.raises(PurgeRefused, match="Sagen findes ikke") as refusal:
            of_person(delivered, FULL_SCOPE, unknown)
        assert unknown not in str(refusal.value)
    purge(delivered, FULL_SCOPE, rule(delivered))
    assert of_person(delivered, FULL_SCOPE, CANARY).cases == ()
    with pytest.raises(PurgeRefused, match="Sagen findes ikke"):
        of_person(delivered, FULL_SCOPE, "findes-ikke")


# --- to the last byte ---------------------------------------------------------------------------------------


def files_with(engine: sa.Engine, *traces: str) -> list[str]:
    """The files of the database that hold one of the traces, read past the database."""
    if engine.dialect.name == "sqlite":
        folder = file_of(engine).parent
        places = [path for path in folder.iterdir() if path.is_file()]
    else:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("CHECKPOINT")
            own = "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"
            data, oid = connection.exec_driver_sql(own).one()
        places = [path for path in (Path(data) / "base" / str(oid)).iterdir() if path.name[0].isdigit()]
    sought = [trace.encode() for trace in traces]
    return sorted(path.name for path in places if any(trace in path.read_bytes() for trace in sought))


def test_no_byte_of_it_is_left_in_the_database_s_files(delivered: sa.Engine) -> None:
    """Also when another connection is open, as a server's is; on PostgreSQL also in the statistics on the tables."""
    person = person_of(delivered, CANARY)
    if delivered.dialect.name == "postgresql":
        with delivered.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
    server = connect(address(delivered))
    with server.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM cases")
    assert files_with(delivered, CANARY)
    assert files_with(delivered, person)
    purge(delivered, FULL_SCOPE, of_person(delivered, FULL_SCOPE, CANARY))
    assert files_with(delivered, "KANARIE", person) == []
    assert files_with(delivered, OTHER)
    server.dispose()


def test_what_somebody_deleted_by_hand_goes_to_the_last_byte_too(sqlite_engine: sa.Engine, tmp_path: Path) -> None:
    """With a tool that leaves the bytes where they were: `secure_delete` is a connection's, not the file's."""
    take_in(sqlite_engine, delivery(tmp_path / "a"), TODAY)
    by_hand = sqlite3.connect(file_of(sqlite_engine))
    by_hand.execute("PRAGMA secure_delete=OFF")
    for model in DELIVERED:
        by_hand.execute(f"DELETE FROM {model.__tablename__}")
    by_hand.commit()
    by_hand.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    by_hand.close()
    assert files_with(sqlite_engine, CANARY)
    purge(sqlite_engine, FULL_SCOPE, rule(sqlite_engine))
    assert files_with(sqlite_engine, CANARY) == []


@pytest.fixture
def impatient(delivered: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """A connection that does not wait five seconds for whoever is in the way."""
    monkeypatch.setattr(retention, "PATIENCE", "100ms")
    engine = connect(address(delivered))
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=100").close())
    yield engine
    engine.dispose()


def test_bytes_that_could_not_be_removed_are_told_of_and_go_the_next_time(
    delivered: sa.Engine, impatient: sa.Engine
) -> None:
    with delivered.connect() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM cases").all()
        with pytest.raises(PurgeRefused, match="Sagerne er slettet, men databasens filer"):
            purge(impatient, FULL_SCOPE, rule(impatient))
    assert CANARY not in dict(table(delivered, Case, "case_id", "person"))
    assert files_with(delivered, CANARY)
    again = of_person(impatient, FULL_SCOPE, CANARY)
    assert again.cases == ()
    purge(impatient, FULL_SCOPE, again)
    assert files_with(delivered, CANARY) == []


# --- all or nothing -----------------------------------------------------------------------------------------


def delete(engine: sa.Engine, point: str) -> None:
    deletions = 0

    def deleted(_: object, __: object, statement: str, *___: object) -> None:
        nonlocal deletions
        deletions += statement.startswith("DELETE")
        if point.isdecimal() and deletions == int(point):
            die()

    sa.event.listen(engine, "after_cursor_execute", deleted)
    if point == "bytes":
        retention._write_anew = lambda _: die()
    purge(engine, FULL_SCOPE, rule(engine))


@pytest.mark.parametrize(("point", "gone"), [("12", False), ("commit", False), ("bytes", True)])
def test_killed_at_any_point_it_has_deleted_all_or_nothing(delivered: sa.Engine, point: str, gone: bool) -> None:
    before = everything(delivered)
    killed_at(delivered, point if point == "commit" else "", delete, point)
    after = everything(delivered)
    if gone:
        assert about(after, CANARY) == set()
        assert (len(after["purges"]), len(after["purged_cases"])) == (1, 1)
    else:
        assert after == before
    patience = time.monotonic() + 10
    while True:
        try:
            purge(delivered, FULL_SCOPE, rule(delivered))
            break
        except PurgeRefused:  # PostgreSQL needs a moment to see that the other side is gone
            assert time.monotonic() < patience
    assert files_with(delivered, CANARY) == []
    assert audit.verify(delivered) == []


def test_every_delivered_table_is_reached() -> None:
    """A table that knows neither a case nor a meeting would keep its rows for ever."""

    def reached(model: type[Row]) -> bool:
        return bool({"case_id", "meeting_id"} & set(model.metadata.tables[str(model.__tablename__)].columns.keys()))

    assert [model.__name__ for model in DELIVERED if not reached(model)] == []

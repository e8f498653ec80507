"""The access log: nothing is shown that is not in it, and nobody changes it without being seen."""

import datetime as dt
import hashlib
import json
import os
import random
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from data_access import audit, database
from data_access.audit import ACTIONS, PURPOSES, Entry, LogRefused, anchor, extract, looking, purge, verify, write
from data_access.database import DatabaseUnavailable, connect, file_of, reading, writing
from data_access.tables import FULL_SCOPE, NoScope, Scope
from tests.data_access.breaking import die, killed_at

ANNA = Scope("anna", ("head", "coordinator"))
PROTECTION = Scope("dorte", ("protection",))
LOOK: dict[str, Any] = {"action": "look_case", "purpose": "follow_up", "rows": 1}
A_CPR_NUMBER = "-".join(("610101", "1111"))
"""Nobody's: the day is 61."""


def look(engine: sa.Engine, *cases: str, by: Scope = ANNA, **other: Any) -> Entry:
    return write(engine, by, **LOOK | {"cases": cases} | other)


def log(engine: sa.Engine) -> list[tuple[Any, ...]]:
    """What stands: each entry's own columns."""
    with reading(engine) as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM access_log ORDER BY id")]


def cases(engine: sa.Engine) -> list[tuple[int, str]]:
    query = "SELECT log_id, case_id FROM access_log_cases ORDER BY log_id, case_id"
    with reading(engine) as connection:
        return [(number, case) for number, case in connection.exec_driver_sql(query)]


def aged(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """What is written from now on is `days` old."""
    monkeypatch.setattr(audit, "_now", lambda: dt.datetime.now(dt.UTC) - dt.timedelta(days=days))


# --- what an entry says -------------------------------------------------------------------------------


def test_an_entry_says_who_when_whom_why_and_how_much(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql(
            "INSERT INTO imports VALUES (7, 'l', 'c', '2026-10-31 10:00', '2026-10-31', '2026-10-31', false, NULL)"
        )
    entry = look(engine, "S2", "S1", "S2", rows=3, note="  Set med\nteamet ")
    assert (entry.id, entry.user, entry.role) == (1, "anna", "coordinator+head")
    assert (entry.action, entry.purpose, entry.note) == ("look_case", "follow_up", "Set med teamet")
    assert (entry.delivery, entry.rows, entry.cases, entry.purged_to) == (7, 3, ("S1", "S2"), None)
    assert dt.timedelta(0) <= dt.datetime.now(dt.UTC) - entry.at < dt.timedelta(minutes=1)
    assert cases(engine) == [(1, "S1"), (1, "S2")]
    [stored] = log(engine)
    assert (stored[0], stored[2:]) == (
        1,
        ("anna", "coordinator+head", "look_case", "follow_up", "Set med teamet", 7, 3, None, "0" * 64, entry.hash),
    )


def test_each_entry_is_sealed_with_the_one_before(engine: sa.Engine) -> None:
    first, second = look(engine, "S1"), look(engine, "S2")
    assert (second.id, second.previous) == (2, first.hash)
    assert [sealed(first), sealed(second)] == [first.hash, second.hash]
    assert verify(engine) == []


def sealed(entry: Entry) -> str:
    """An entry's hash, worked out from what the operations manual says of it."""
    values = [
        entry.id,
        entry.at.strftime("%Y-%m-%d %H:%M:%S.%f"),
        *(entry.user, entry.role, entry.action, entry.purpose, entry.note, entry.delivery, entry.rows),
        *(entry.purged_to, list(entry.cases), entry.previous),
    ]
    return hashlib.sha256(json.dumps(values, separators=(",", ":")).encode()).hexdigest()


def test_a_clock_that_is_set_back_does_not_turn_the_sequence(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = look(engine, "S1")
    aged(monkeypatch, 1)
    assert look(engine, "S2").at == first.at


REFUSED = """
    action      purpose        note            says
    look_case   -              -               Vælg formålet
    list_cases  nysgerrighed   -               Vælg formålet
    export      -              -               Vælg formålet
    refused     nysgerrighed   -               Vælg formålet
    look_case   other_purpose  -               Skriv, hvad formålet er
    look_case   follow_up      {cpr}           CPR-nummer
    look_case   follow_up      {long}          højst fylde 500 tegn
"""


@pytest.mark.parametrize("line", REFUSED.split("\n")[2:-1])
def test_an_entry_without_its_why_is_refused(sqlite_engine: sa.Engine, line: str) -> None:
    action, purpose, note, says = line.split(maxsplit=3)
    note = note.format(cpr=A_CPR_NUMBER, long="x" * 501)
    with pytest.raises(LogRefused, match=says):
        look(
            sqlite_engine,
            "S1",
            action=action,
            purpose="" if purpose == "-" else purpose,
            note="" if note == "-" else note,
        )
    assert log(sqlite_engine) == []


@pytest.mark.parametrize("action", ["sign_in", "refused"])
def test_what_shows_no_case_needs_no_purpose(sqlite_engine: sa.Engine, action: str) -> None:
    assert look(sqlite_engine, action=action, purpose="", rows=0).purpose == ""


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_purpose_of_the_list_can_be_chosen(sqlite_engine: sa.Engine, purpose: str) -> None:
    assert look(sqlite_engine, "S1", purpose=purpose, note="Efter aftale").purpose == purpose


def test_an_action_that_nobody_knows_is_an_error_of_the_program(sqlite_engine: sa.Engine) -> None:
    with pytest.raises(ValueError, match="peek"):
        look(sqlite_engine, "S1", action="peek")


@pytest.mark.parametrize(
    ("asked_for", "kept"),
    [("S1", "S1"), (A_CPR_NUMBER, "?"), (A_CPR_NUMBER.replace("-", ""), "?"), ("x" * 41, "?"), ("S\x00", "?")],
)
def test_what_was_asked_for_in_vain_is_kept_only_when_it_may_be_a_case(
    engine: sa.Engine, asked_for: str, kept: str
) -> None:
    assert look(engine, asked_for, action="refused", purpose="", rows=0).cases == (kept,)
    assert cases(engine) == [(1, kept)]


@pytest.mark.parametrize("scope", [None, "anna"])
def test_without_a_scope_nothing_is_logged_or_read(sqlite_engine: sa.Engine, scope: Any) -> None:
    for asked in (lambda: write(sqlite_engine, scope, **LOOK), lambda: extract(sqlite_engine, scope, "S1")):
        with pytest.raises(NoScope):
            asked()
    with pytest.raises(NoScope):
        purge(sqlite_engine, scope)
    assert log(sqlite_engine) == []


# --- nothing is shown that is not logged --------------------------------------------------------------


def shown(engine: sa.Engine) -> list[str]:
    """What a page would show of the centres: read inside the look, given out after it."""
    with looking(engine, ANNA, **LOOK, cases=[f"S{number}" for number in range(5000)]) as connection:
        names = list(connection.exec_driver_sql("SELECT name FROM centers").scalars())
    return names


def read_only(connection: sa.Connection) -> None:
    on = "PRAGMA query_only = ON" if connection.dialect.name == "sqlite" else "SET TRANSACTION READ ONLY"
    connection.exec_driver_sql(on)


def full(connection: sa.Connection) -> None:
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def lost(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.close()  # type: ignore[union-attr]
    else:
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")


def gone(connection: sa.Connection) -> None:
    connection.exec_driver_sql("DROP TABLE access_log_cases")


FAULTS = [(kind, fault) for kind in ("sqlite", "postgresql") for fault in (read_only, lost, gone)]


@pytest.mark.parametrize(("kind", "fault"), [*FAULTS, ("sqlite", full)])
def test_what_cannot_be_logged_is_not_shown(
    request: pytest.FixtureRequest, kind: str, fault: Callable[[sa.Connection], None]
) -> None:
    engine: sa.Engine = request.getfixturevalue(f"{kind}_engine")
    assert shown(engine) == []
    sa.event.listen(engine, "begin", fault)
    with pytest.raises(DatabaseUnavailable, match="derfor vises intet"):
        shown(engine)
    sa.event.remove(engine, "begin", fault)
    engine.dispose()
    assert shown(engine) == []
    assert [row[0] for row in log(engine)] == [1, 2]


def test_a_log_that_another_holds_is_not_waited_for_for_ever(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def impatient(connection: sa.Connection) -> None:
        if connection.dialect.name == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA busy_timeout = 50")  # type: ignore[union-attr]

    monkeypatch.setattr(database, "PATIENCE", "50ms")
    sa.event.listen(engine, "engine_connect", impatient)
    with looking(engine, ANNA, **LOOK), pytest.raises(DatabaseUnavailable, match="derfor vises intet"):
        shown(engine)
    assert len(log(engine)) == 1


def test_a_reading_that_fails_leaves_no_entry(engine: sa.Engine) -> None:
    def fails(statement: str, raised: type[Exception]) -> None:
        with pytest.raises(raised), looking(engine, ANNA, **LOOK) as connection:
            connection.exec_driver_sql(statement) if statement else {}["nothing"]

    fails("SELECT * FROM nowhere", DatabaseUnavailable)
    fails("", KeyError)
    assert log(engine) == []
    assert verify(engine) == []


def look_and_die(engine: sa.Engine, dies: str) -> None:
    with looking(engine, ANNA, **LOOK, cases=["S1"]) as connection:
        names = connection.exec_driver_sql("SELECT count(*) FROM centers").scalar_one()
        if dies == "before":
            die()
    print("shown", names, flush=True)
    die()


@pytest.mark.parametrize(("dies", "entries", "said"), [("before", 0, ()), ("after", 1, ("shown 0",))])
def test_a_kill_between_log_and_showing_leaves_neither_or_both(
    engine: sa.Engine, dies: str, entries: int, said: tuple[str, ...]
) -> None:
    assert killed_at(engine, "", look_and_die, dies) == said
    assert len(log(engine)) == len(cases(engine)) == entries
    assert look(engine, "S2").id == entries + 1
    assert verify(engine) == []


def test_many_who_look_at_once_make_one_sequence(engine: sa.Engine) -> None:
    who = [Scope(f"bruger{number}", ("head",)) for number in range(8)]
    with ThreadPoolExecutor(8) as together:
        written = list(together.map(lambda scope: [look(engine, "S1", by=scope).id for _ in range(10)], who))
    assert sorted(number for numbers in written for number in numbers) == list(range(1, 81))
    assert verify(engine) == []


# --- nobody changes it --------------------------------------------------------------------------------

CHANGES = [
    ("any", "UPDATE access_log SET note = 'x' WHERE id = 1"),
    ("any", "UPDATE access_log_cases SET case_id = 'x'"),
    ("any", "DELETE FROM access_log_cases WHERE log_id = 2"),
    ("any", "DELETE FROM access_log WHERE id = 3"),
    ("any", "INSERT INTO access_log SELECT 9, at, 'x', role, action, '', '', 0, 0, 0, '', '' FROM access_log"),
    ("any", "INSERT INTO access_log_cases VALUES (1, 'x')"),
    ("sqlite", "INSERT OR REPLACE INTO access_log SELECT * FROM access_log WHERE id = 3"),
    ("sqlite", "UPDATE OR REPLACE access_log SET id = 1 WHERE id = 2"),
    ("postgresql", "TRUNCATE access_log_cases, access_log"),
]


@pytest.mark.parametrize(
    ("kind", "statement"),
    [(kind, statement) for where, statement in CHANGES for kind in ("sqlite", "postgresql") if where in ("any", kind)],
)
def test_the_database_itself_refuses_to_change_the_log(
    request: pytest.FixtureRequest, kind: str, statement: str
) -> None:
    engine: sa.Engine = request.getfixturevalue(f"{kind}_engine")
    for case in ("S1", "S2"):
        look(engine, case)
    look(engine, action="sign_in", purpose="", rows=0)
    stood = (log(engine), cases(engine))
    with pytest.raises(sa.exc.DBAPIError, match="access_log: "), writing(engine) as connection:
        connection.exec_driver_sql(statement)
    assert (log(engine), cases(engine)) == stood


COLUMNS = (
    *("id", "at", "user", "role", "action", "purpose", "note"),
    *("delivery", "rows", "purged_to", "previous", "hash", "cases"),
)
Log = list[dict[str, Any]]
"""A log as somebody who owns the database holds it: the entries, each with its cases."""


def held(engine: sa.Engine) -> Log:
    of = cases(engine)
    return [
        dict(zip(COLUMNS, (*row, [case for number, case in of if number == row[0]]), strict=True))
        for row in log(engine)
    ]


def put_back(engine: sa.Engine, entries: Log) -> None:
    """Replace the log, as the owner of the database can: with the triggers out of the way."""
    names = ", ".join(f'"{name}"' for name in COLUMNS[:-1])
    marks = ", ".join(f":{name}" for name in COLUMNS[:-1])
    with writing(engine) as connection:
        for table in ("access_log_cases", "access_log"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        if entries:
            connection.execute(sa.text(f"INSERT INTO access_log ({names}) VALUES ({marks})"), entries)
        about = [{"number": entry["id"], "case": case} for entry in entries for case in entry["cases"]]
        if about:
            connection.execute(sa.text("INSERT INTO access_log_cases VALUES (:number, :case)"), about)


def unguarded(engine: sa.Engine) -> None:
    """Take the triggers away."""
    with writing(engine) as connection:
        for table in ("access_log", "access_log_cases"):
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            else:
                for event in ("insert", "update", "delete"):
                    connection.exec_driver_sql(f"DROP TRIGGER {table}_{event}")


def resealed(entries: Log, start: int = 0) -> Log:
    """The entries from `start` on with hashes that fit, worked out as the operations manual says."""
    done = [dict(entry) for entry in entries]
    for place in range(start, len(done)):
        entry = done[place]
        entry["previous"] = done[place - 1]["hash"] if place else "0" * 64
        at = entry["at"] if isinstance(entry["at"], str) else entry["at"].astimezone(dt.UTC)
        at = at if isinstance(at, str) else at.strftime("%Y-%m-%d %H:%M:%S.%f")
        values = [entry["id"], at, *(entry[name] for name in COLUMNS[2:10]), sorted(entry["cases"]), entry["previous"]]
        entry["hash"] = hashlib.sha256(json.dumps(values, separators=(",", ":")).encode()).hexdigest()
    return done


def edit(entries: Log, chance: random.Random) -> Log:
    place, name = chance.randrange(len(entries)), chance.choice([*COLUMNS[2:9], "cases", "more", "fewer", "at"])
    entry = entries[place]
    match name:
        case "cases" | "fewer" | "more":
            fewer, more = entry["cases"][1:], [*entry["cases"], "S999"]
            changed = {"cases": {"cases": ["S999", *fewer], "fewer": fewer, "more": more}[name]}
            if changed["cases"] == entry["cases"]:
                changed = {"cases": more}
        case "at":
            earlier = {str: lambda at: at[:-1] + ("1" if at[-1] != "1" else "2")}
            moved = earlier.get(type(entry["at"]), lambda at: at - dt.timedelta(microseconds=1))
            changed = {"at": moved(entry["at"])}
        case "delivery" | "rows":
            changed = {name: entry[name] + chance.randint(1, 9)}
        case _:
            changed = {name: entry[name] + "x"}
    return [*entries[:place], entry | changed, *entries[place + 1 :]]


def delete(entries: Log, chance: random.Random) -> Log:
    place = chance.randrange(len(entries) - 1)
    return entries[:place] + entries[place + 1 :]


def insert(entries: Log, chance: random.Random) -> Log:
    place = chance.randrange(1, len(entries))
    later = [entry | {"id": entry["id"] + 1} for entry in entries[place:]]
    forged = [*entries[:place], entries[place] | {"user": "bo"}, *later]
    return [*resealed(forged, place)[: place + 1], *forged[place + 1 :]]  # its own hash fits


def swap(entries: Log, chance: random.Random) -> Log:
    one, other = sorted(chance.sample(range(len(entries)), 2))
    swapped = list(entries)
    swapped[one], swapped[other] = (
        entries[other] | {"id": entries[one]["id"]},
        entries[one] | {"id": entries[other]["id"]},
    )
    return swapped


def cut(entries: Log, chance: random.Random) -> Log:
    return entries[: chance.randrange(len(entries))]


def rehash(entries: Log, chance: random.Random) -> Log:
    how = chance.choice([edit, delete, swap])
    changed = [entry | {"id": number} for number, entry in enumerate(how(entries, chance), start=1)]
    return resealed(changed)


def test_240_of_240_manipulations_are_seen(engine: sa.Engine, tmp_path: Path) -> None:
    chance = random.Random(4)
    for number in range(24):
        look(engine, *(f"S{chance.randrange(99)}" for _ in range(chance.randrange(4))), by=Scope(f"b{number % 3}"))
        if number == 11:
            anchor(engine, tmp_path)
    anchors = anchor(engine, tmp_path)
    entries = held(engine)
    unguarded(engine)
    put_back(engine, resealed(entries))
    assert held(engine) == entries
    assert verify(engine, anchors) == []
    unseen = []
    for kind in (edit, delete, insert, swap, cut, rehash):
        for attempt in range(40):
            put_back(engine, kind(entries, chance))
            if not verify(engine, anchors):
                unseen.append((kind.__name__, attempt))
    assert unseen == []


@pytest.mark.parametrize(
    ("kind", "seen"), [(edit, True), (delete, True), (insert, True), (swap, True), (cut, False), (rehash, False)]
)
def test_without_an_anchor_a_cut_and_a_rewriting_are_not_seen(
    sqlite_engine: sa.Engine, kind: Callable[[Log, random.Random], Log], seen: bool
) -> None:
    for number in range(9):
        look(sqlite_engine, f"S{number}")
    unguarded(sqlite_engine)
    put_back(sqlite_engine, kind(held(sqlite_engine), random.Random(1)))
    assert bool(verify(sqlite_engine)) is seen


FINDINGS = [
    ("UPDATE access_log SET note = 'x' WHERE id = 2", "Post nr. 2 er ændret, efter at den blev skrevet."),
    ("UPDATE access_log SET rows = X'00' WHERE id = 2", "Post nr. 2 er ændret, efter at den blev skrevet."),
    ("UPDATE access_log SET at = 'i går' WHERE id = 2", "Post nr. 2 er ændret, efter at den blev skrevet."),
    ("UPDATE access_log SET at = '2999-01-01' WHERE id = 2", "Post nr. 2 er dateret ud i fremtiden."),
    ("UPDATE access_log SET previous = 'x' WHERE id = 2", "Post nr. 2 hænger ikke sammen med posten før den."),
    ("DELETE FROM access_log WHERE id = 2", "Der mangler poster mellem nr. 1 og nr. 3."),
    ("DELETE FROM access_log WHERE id = 1", "Loggen begynder ved post nr. 2, og den skulle begynde ved nr. 1."),
]


@pytest.mark.parametrize(("statement", "finding"), FINDINGS)
def test_a_finding_says_where(sqlite_engine: sa.Engine, statement: str, finding: str) -> None:
    for _ in range(3):
        look(sqlite_engine)
    unguarded(sqlite_engine)
    with writing(sqlite_engine) as connection:
        connection.exec_driver_sql(statement)
    assert finding in verify(sqlite_engine)


@pytest.mark.parametrize(
    ("anchors", "finding"),
    [
        (None, "Ankerfilen ankre.csv kan ikke læses."),
        ("", "Ankerfilen ankre.csv begynder ikke, som den skal, eller er tom."),
        ("tidspunkt;antal;seneste;kontrolsum\n", "Ankerfilen ankre.csv begynder ikke, som den skal, eller er tom."),
        ("tidspunkt;antal;seneste;kontrolsum\ni dag;1;1;x\n", "Ankerfilen ankre.csv, linje 2, kan ikke læses."),
    ],
)
def test_anchors_that_are_gone_are_a_finding(
    sqlite_engine: sa.Engine, tmp_path: Path, anchors: str | None, finding: str
) -> None:
    path = tmp_path / "ankre.csv"
    if anchors is not None:
        path.write_text(anchors, encoding="utf-8")
    assert finding in verify(sqlite_engine, path)


def test_an_anchor_holds_where_the_log_ended(engine: sa.Engine, tmp_path: Path) -> None:
    anchor(engine, tmp_path)
    entry = look(engine, "S1")
    heading, empty, one = anchor(engine, tmp_path).read_text("utf-8").splitlines()
    assert heading == "tidspunkt;antal;seneste;kontrolsum"
    assert empty.split(";")[1:] == ["0", "0", "0" * 64]
    assert one.split(";")[1:] == ["1", "1", entry.hash]
    assert dt.datetime.fromisoformat(one.split(";")[0]).utcoffset() == dt.timedelta(0)
    assert verify(engine, tmp_path / audit.ANCHORS) == []


def test_the_anchors_are_for_the_server_to_read_and_not_to_write(sqlite_engine: sa.Engine, tmp_path: Path) -> None:
    before = os.umask(0o007)  # as the units have it
    try:
        path = anchor(sqlite_engine, tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_an_anchor_that_cannot_be_written_is_said_in_danish(sqlite_engine: sa.Engine, tmp_path: Path) -> None:
    with pytest.raises(LogRefused, match="Ankeret kunne ikke skrives"):
        anchor(sqlite_engine, tmp_path / "findes-ikke")


# --- for the citizen ----------------------------------------------------------------------------------


def test_a_citizen_gets_the_times_and_the_purposes_and_not_the_names(engine: sa.Engine) -> None:
    first = look(engine, "S1", "S2", action="list_cases", purpose="management_review", rows=2)
    look(engine, "S2")
    second = look(engine, "S1", note="Efter aftale med anna")
    found = extract(engine, PROTECTION, "S1")
    assert found.columns == ["at", "purpose", "action"]
    assert found.rows() == [
        (first.at, "management_review", "list_cases"),
        (second.at, "follow_up", "look_case"),
    ]
    assert extract(engine, PROTECTION, "S2").height == 2
    assert extract(engine, PROTECTION, "findes-ikke").is_empty()


def test_an_extract_is_logged_itself(engine: sa.Engine) -> None:
    look(engine, "S1")
    extract(engine, PROTECTION, "S1")
    assert extract(engine, FULL_SCOPE, "S1").rows()[1][1:] == ("enquiry", "log_extract")
    assert cases(engine) == [(1, "S1"), (2, "S1"), (3, "S1")]
    assert [row[2] for row in log(engine)] == ["anna", "dorte", FULL_SCOPE.user]


@pytest.mark.parametrize("role", ["head", "steering", "coordinator", "administrator"])
def test_only_who_may_see_the_log_reads_it_or_purges_it(sqlite_engine: sa.Engine, role: str) -> None:
    for asked in (extract, purge):
        with pytest.raises(NoScope):
            asked(sqlite_engine, Scope("bo", (role,)), *(["S1"] if asked is extract else []))
    assert log(sqlite_engine) == []


# --- retention ----------------------------------------------------------------------------------------


def a_log_of_two_years(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, anchors: Path) -> None:
    """One entry a hundred days, 700 days back to today, and an anchor after each."""
    for days in range(700, -1, -100):
        aged(monkeypatch, days)
        look(engine, f"S{days}", "S1")
        anchor(engine, anchors)


def test_a_purge_takes_the_oldest_and_leaves_a_sequence_that_is_whole(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    a_log_of_two_years(engine, monkeypatch, tmp_path)
    assert purge(engine, PROTECTION) == 4
    assert [row[0] for row in log(engine)] == [5, 6, 7, 8, 9]
    assert log(engine)[-1][2:10] == ("dorte", "protection", "log_purge", "", "Poster ældre end 365 dage", 0, 4, 4)
    assert sorted({number for number, _ in cases(engine)}) == [5, 6, 7, 8]
    assert verify(engine, anchor(engine, tmp_path)) == []
    assert purge(engine, PROTECTION) == 0
    assert purge(engine, PROTECTION, 190) == 2
    assert [row[0] for row in log(engine)] == [7, 8, 9, 10]
    assert verify(engine, anchor(engine, tmp_path)) == []


def test_a_log_whose_every_entry_is_purged_goes_on(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    aged(monkeypatch, 400)
    look(engine, "S1")
    aged(monkeypatch, 0)
    assert purge(engine, PROTECTION) == 1
    assert look(engine, "S2").id == 3
    assert verify(engine) == []


def test_a_beginning_that_no_purge_took_is_missed(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    a_log_of_two_years(engine, monkeypatch, tmp_path)
    purge(engine, PROTECTION)
    entries = held(engine)
    unguarded(engine)
    put_back(engine, entries[1:])
    assert verify(engine) == ["Loggen begynder ved post nr. 6, og den skulle begynde ved nr. 5."]
    put_back(engine, [entries[0] | {"previous": "x"}, *entries[1:]])
    assert verify(engine, tmp_path / audit.ANCHORS) != []


def test_a_purge_that_somebody_made_up_is_seen_against_the_anchors(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for days in (150, 100, 50):
        aged(monkeypatch, days)
        look(engine, "S1")
        anchor(engine, tmp_path)
    aged(monkeypatch, 0)
    monkeypatch.setattr(audit, "FEWEST_DAYS", 50)  # as somebody who writes SQL instead
    assert purge(engine, PROTECTION, 60) == 2
    monkeypatch.setattr(audit, "FEWEST_DAYS", 180)
    assert verify(engine) == []
    assert verify(engine, tmp_path / audit.ANCHORS) == [
        "Oprydningen i post nr. 4 har slettet poster, der var yngre end 180 dage."
    ]


@pytest.mark.parametrize("setting", ["179", "0", "-5", "et år", "365,5"])
def test_a_retention_that_is_too_short_or_no_number_is_refused(
    sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.setenv(audit.LOG_DAYS, setting)
    with pytest.raises(LogRefused, match="UNGEOVERBLIK_LOG_DAYS skal være et helt antal dage, mindst 180"):
        purge(sqlite_engine, PROTECTION)


@pytest.mark.parametrize(("setting", "left"), [("", 4), ("180", 2), ("650", 7)])
def test_the_retention_is_configured(
    sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: str, left: int
) -> None:
    a_log_of_two_years(sqlite_engine, monkeypatch, tmp_path)
    monkeypatch.setenv(audit.LOG_DAYS, setting)
    purge(sqlite_engine, PROTECTION)
    assert len(log(sqlite_engine)) == left + 1


def test_of_what_was_purged_the_file_holds_no_byte(sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    aged(monkeypatch, 400)
    look(sqlite_engine, "KANARIEFUGL-1", note="Kanariefuglens begrundelse")
    aged(monkeypatch, 0)
    purge(sqlite_engine, PROTECTION)
    path = file_of(sqlite_engine)
    sqlite_engine.dispose()
    assert b"anariefugl" not in path.read_bytes().lower()
    engine = connect(f"sqlite:///{path}")
    assert verify(engine) == []
    engine.dispose()


def test_every_action_and_purpose_has_a_danish_name() -> None:
    assert all({**ACTIONS, **PURPOSES}.values())


# --- for who oversees it ------------------------------------------------------------------------------

LONG_AGO, SOON = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2999, 1, 1, tzinfo=dt.UTC)


def read(engine: sa.Engine, scope: Any = PROTECTION, **wanted: Any) -> list[dict[str, Any]]:
    found = audit.entries(engine, scope, **{"since": LONG_AGO, "until": SOON, "limit": 99} | wanted)
    assert found.schema == audit.ENTRIES
    return found.rows(named=True)


def test_the_newest_entries_come_first_with_how_many_cases_they_are_about(engine: sa.Engine) -> None:
    first = look(engine, "S1", "S2", action="list_cases", rows=7, note="Efter aftale")
    second = look(engine)
    assert read(engine) == [
        {name: getattr(second, name) for name in list(audit.ENTRIES)[:-1]} | {"cases": 0},
        {name: getattr(first, name) for name in list(audit.ENTRIES)[:-1]} | {"cases": 2},
    ]


WANTED: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [3, 2, 1]),
    ({"user": "anna"}, [3, 1]),
    ({"user": "ann"}, []),
    ({"action": "export"}, [2]),
    ({"case": "S1"}, [2, 1]),
    ({"case": "S1", "user": "anna"}, [1]),
    ({"case": "S"}, []),
    ({"limit": 2}, [3, 2]),
]


@pytest.mark.parametrize(("wanted", "numbers"), WANTED)
def test_the_entries_of_one_user_of_one_action_or_about_one_case(
    engine: sa.Engine, wanted: dict[str, Any], numbers: list[int]
) -> None:
    look(engine, "S1")
    look(engine, "S1", "S2", by=Scope("bo"), action="export")
    look(engine, "S3")
    assert [entry["id"] for entry in read(engine, **wanted)] == numbers


@pytest.mark.parametrize("zone", [dt.UTC, dt.timezone(dt.timedelta(hours=9))])
def test_a_period_has_its_first_moment_and_not_its_last(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, zone: dt.tzinfo
) -> None:
    times = []
    for days in (3, 2, 1):
        aged(monkeypatch, days)
        times.append(look(engine).at.astimezone(zone))
    assert [entry["id"] for entry in read(engine, since=times[0], until=times[2])] == [2, 1]


def test_that_the_log_was_read_is_in_the_log_and_not_in_what_was_read(engine: sa.Engine) -> None:
    look(engine, "S1")
    assert len(read(engine, case="S1", user="anna")) == 1
    assert log(engine)[-1][2:7] == (
        "dorte",
        "protection",
        "log_read",
        "other_purpose",
        "Gennemsyn af loggen: anna",
    )
    assert cases(engine) == [(1, "S1"), (2, "S1")]
    assert len(read(engine, again=True)) == len(log(engine)) == 2


def test_a_user_whose_name_may_be_a_cpr_number_is_not_written_in_a_note(sqlite_engine: sa.Engine) -> None:
    read(sqlite_engine, user=A_CPR_NUMBER, action="export")
    assert log(sqlite_engine)[-1][6] == "Gennemsyn af loggen: Eksport"


def test_entries_that_cannot_be_logged_are_not_given_out(engine: sa.Engine) -> None:
    look(engine, "S1")
    stopped = "ALTER TABLE access_log RENAME TO away"
    with writing(engine) as connection:
        connection.exec_driver_sql(stopped)
    with pytest.raises(DatabaseUnavailable):
        read(engine)


@pytest.mark.parametrize("asked_for", [A_CPR_NUMBER, A_CPR_NUMBER.replace("-", ""), "x" * 41, "S\x00"])
def test_what_is_no_case_number_is_not_looked_up_and_not_kept(sqlite_engine: sa.Engine, asked_for: str) -> None:
    for asked in (lambda: read(sqlite_engine, case=asked_for), lambda: extract(sqlite_engine, PROTECTION, asked_for)):
        with pytest.raises(LogRefused, match="ikke et sagsnummer"):
            asked()
    assert log(sqlite_engine) == []


@pytest.mark.parametrize("scope", [None, Scope("bo", ("coordinator",), None), Scope("bo", ("administrator",))])
def test_nobody_else_reads_the_entries_or_who_is_in_them(sqlite_engine: sa.Engine, scope: Any) -> None:
    for asked in (lambda: read(sqlite_engine, scope), lambda: audit.users(sqlite_engine, scope)):
        with pytest.raises(NoScope):
            asked()
    assert log(sqlite_engine) == []


def test_everybody_in_the_log_is_named_once(engine: sa.Engine) -> None:
    for user in ("bo", "anna", "bo"):
        look(engine, by=Scope(user))
    assert audit.users(engine, PROTECTION) == ["anna", "bo"]


@pytest.mark.parametrize(("setting", "file"), [(None, None), ("", None), ("ankre", Path("ankre") / audit.ANCHORS)])
def test_the_anchors_are_where_the_setting_says(
    monkeypatch: pytest.MonkeyPatch, setting: str | None, file: Path | None
) -> None:
    monkeypatch.delenv(audit.LOG_ANCHORS, raising=False)
    if setting is not None:
        monkeypatch.setenv(audit.LOG_ANCHORS, setting)
    assert audit.anchor_file() == file

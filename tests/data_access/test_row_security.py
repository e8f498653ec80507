"""PostgreSQL's second line: for a role that is no superuser, a transaction sees what it says it is for."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from data_access import annotations, audit, grants, handling, reviews, roles, sign_ins, tables
from data_access.case_rows import read_case
from data_access.database import WrongSchema, check_schema, connect, data_version, reading, upgrade, writing
from data_access.models import DELIVERED
from data_access.roles import RoleRefused, allow, too_mighty
from data_access.tables import FULL_SCOPE, Scope
from tests.data_access import holding
from tests.data_access.delivering import SAGER, SAMTALER, deliver, take_in
from tests.data_access.holding import CENTERS, NEW, VIEW_DATE, held_by

NAMES = [str(model.__tablename__) for model in DELIVERED]
OWNER, SERVES = "ejer", "viser"
ALL = {case for case, *_ in holding.lines()}
Roles = dict[str, sa.Engine]


def on_server(url: sa.URL, *statements: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(scope="module")
def server(postgresql_server: sa.URL) -> sa.URL:
    """The server with an owner that is no superuser, a role that serves, and two filled databases: to copy, to show."""
    everybody = (OWNER, SERVES)
    on_server(postgresql_server, *(f"CREATE ROLE {role} LOGIN" for role in everybody))
    on_server(postgresql_server, f"CREATE DATABASE owned OWNER {OWNER}")
    engine = connect(postgresql_server.set(database="owned", username=OWNER))
    upgrade(engine)
    holding.fill(engine)
    allow(engine, SERVES)
    engine.dispose()
    on_server(postgresql_server, f"CREATE DATABASE shown TEMPLATE owned OWNER {OWNER}")
    return postgresql_server


def signed_in(url: sa.URL) -> Iterator[Roles]:
    """Each role's engine, with one connection that all its transactions share; and the superuser's."""
    engines = {
        role: sa.create_engine(url.set(username=role), pool_size=1, max_overflow=0, hide_parameters=True)
        for role in (OWNER, SERVES, url.username or "")
    }
    yield engines
    for engine in engines.values():
        engine.dispose()


@pytest.fixture(scope="module")
def shared(server: sa.URL) -> Iterator[Roles]:
    """The filled database, for tests that leave it as it is."""
    yield from signed_in(server.set(database="shown"))


@pytest.fixture
def own(server: sa.URL) -> Iterator[Roles]:
    """A copy of the filled database, for tests that change it."""
    on_server(server, f"CREATE DATABASE own TEMPLATE owned OWNER {OWNER}")
    yield from signed_in(server.set(database="own"))
    on_server(server, "DROP DATABASE own WITH (FORCE)")


def seen(connection: sa.Connection) -> dict[str, set[str]]:
    """Table -> the cases that rows are seen of."""
    found = {name: connection.exec_driver_sql(f"SELECT * FROM {name}").mappings() for name in NAMES}
    return {name: {row.get("case_id") or row["meeting_id"][2:] for row in rows} for name, rows in found.items()}


def of(cases: set[str]) -> dict[str, set[str]]:
    """Table -> those of the cases that it has rows of."""
    moved = {case for case, _, periods, _ in holding.lines() if periods}
    return {name: cases & moved if name == "center_periods" else cases for name in NAMES}


def head(*centers: str) -> Scope:
    return Scope("anna", ("head",), centers)


SCOPES = [
    (None, set()),
    (head(), set()),
    (head("Nord"), held_by("Nord")),
    (head("Syd"), held_by("Syd")),
    (head(CENTERS[2]), held_by(CENTERS[2])),
    (head("Nord", "Syd"), held_by("Nord", "Syd")),
    (head("nord"), set()),
    (head("*"), set()),
    (head(""), set()),
    (head("Vest"), set()),
    (Scope("bo", ("coordinator",), None), ALL),
    (FULL_SCOPE, ALL),
]
"""Whose eyes, and the cases they see: what was withdrawn is seen only by those who see all."""


# --- who sees what ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [OWNER, SERVES])
@pytest.mark.parametrize("opened", [reading, writing])
@pytest.mark.parametrize(("scope", "cases"), SCOPES)
def test_a_transaction_sees_in_each_table_what_it_is_for(
    shared: Roles, role: str, opened: Callable[..., Any], scope: Scope | None, cases: set[str]
) -> None:
    with opened(shared[role], scope) as connection:
        assert seen(connection) == of(cases)


@pytest.mark.parametrize("opened", [reading, writing])
def test_the_next_in_the_pool_sees_nothing_of_it(shared: Roles, opened: Callable[..., Any]) -> None:
    engine = shared[SERVES]
    processes = set()
    for scope, cases in ((FULL_SCOPE, ALL), (None, set()), (head("Nord"), held_by("Nord")), (None, set())):
        with opened(engine, scope) as connection:
            processes.add(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
            assert seen(connection) == of(cases)
    with pytest.raises(ZeroDivisionError), opened(engine, FULL_SCOPE):
        raise ZeroDivisionError
    with engine.connect() as connection:
        processes.add(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
        assert seen(connection) == of(set())
    assert len(processes) == 1


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM interviews JOIN cases USING (case_id) JOIN offers USING (case_id)",
        "SELECT count(*) FROM (SELECT case_id FROM plans UNION ALL SELECT case_id FROM offers) AS a",
        "SELECT (SELECT count(*) FROM held_cases()) + (SELECT count(*) FROM cases)",
        "WITH a AS (SELECT held_cases() AS case_id) SELECT count(*) FROM a FULL JOIN cases USING (case_id)",
        "SELECT count(*) FROM cases WHERE case_id IN (SELECT held_cases()) OR (SELECT count(*) FROM plans) > 3",
    ],
)
def test_no_query_gets_behind_what_the_policies_ask_for(shared: Roles, query: str) -> None:
    """What the policies ask sees everything for a moment; nothing else in the same query may."""
    many = len(held_by("Nord"))
    twice = "UNION" in query or " + " in query
    with reading(shared[SERVES], head("Nord")) as connection:
        assert connection.exec_driver_sql(query).scalar_one() == (2 * many if twice else many)
        assert seen(connection) == of(held_by("Nord"))


def test_data_access_reads_the_same_as_the_role_that_serves(shared: Roles) -> None:
    serves, superuser = shared[SERVES], list(shared.values())[2]
    for scope in (FULL_SCOPE, head("Nord"), head("Syd", CENTERS[2])):
        for case in (*ALL, "S999"):
            mine, all_seeing = read_case(serves, scope, case), read_case(superuser, scope, case)
            assert all(mine[name].collect().equals(all_seeing[name].collect()) for name in NAMES)
    mine, all_seeing = tables.read(serves, FULL_SCOPE), tables.read(superuser, FULL_SCOPE)
    assert all(mine[name].collect().equals(all_seeing[name].collect()) for name in NAMES)
    assert mine["cases"].collect().height == len(ALL) - 1


# --- how it is set up ---------------------------------------------------------------------------------


def guarded(connection: sa.Connection) -> set[str]:
    """The tables with row-level security that binds the owner too, and one policy that is ours."""
    query = """
        SELECT relname FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid
        WHERE relrowsecurity AND relforcerowsecurity
        GROUP BY relname HAVING array_agg(polname) = '{by_center}' AND every(polpermissive AND polcmd = '*')
    """
    return set(connection.exec_driver_sql(query).scalars())


def test_every_table_of_single_cases_is_guarded_and_no_other(shared: Roles) -> None:
    with reading(shared[OWNER]) as connection:
        assert guarded(connection) == {*NAMES, "handlings", "review_cases", "review_answers", "review_follow_ups"}


def test_no_view_shows_what_the_tables_do_not(shared: Roles) -> None:
    with reading(shared[OWNER]) as connection:
        views = "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"
        definers = "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        assert connection.exec_driver_sql(f"{views} UNION ALL {definers}").all() == []


FAULTS = [
    "DROP POLICY by_center ON {}",
    "ALTER TABLE {} DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE {} NO FORCE ROW LEVEL SECURITY",
    "CREATE POLICY another ON {} USING (true)",
    "ALTER POLICY by_center ON {} USING (true)",
]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("table", ["cases", "center_periods", "offers", "agreements"])
def test_a_fault_would_be_seen(own: Roles, fault: str, table: str) -> None:
    """The tests above can fail: with a policy gone or opened, somebody sees more, or less, than what they should."""

    def right() -> Iterator[bool]:
        for scope, cases in SCOPES:
            with reading(own[OWNER], scope) as connection:
                yield seen(connection) == of(cases)

    assert all(right())
    with writing(own[OWNER]) as connection:
        connection.exec_driver_sql(fault.format(table))
    assert not all(right())


def test_a_delivery_is_taken_in_by_an_owner_who_is_bound_too(own: Roles, tmp_path: Path) -> None:
    with writing(own[OWNER], FULL_SCOPE) as connection:
        for name in reversed(NAMES):
            connection.exec_driver_sql(f"DELETE FROM {name}")
        connection.exec_driver_sql("DELETE FROM imports")
    first = take_in(own[OWNER], deliver(tmp_path / "a", sager=SAGER, samtaler=SAMTALER))
    fewer = SAMTALER.replace("    S2;T3;20-03-2024;video\n", "").replace("telefon", "video")
    again = take_in(
        own[OWNER],
        deliver(tmp_path / "b", sager=SAGER, samtaler=fewer),
        dt.date(2024, 7, 31),
        allow_withdrawals=True,
    )
    assert [(t.new, t.changed, t.withdrawn, t.unchanged) for t in (*first.tables, *again.tables)] == [
        (3, 0, 0, 0),
        (3, 0, 0, 0),
        (0, 0, 0, 3),
        (0, 1, 1, 1),
    ]
    assert tables.read(own[SERVES], FULL_SCOPE)["interviews"].collect()["form"].to_list() == ["fremmoede", "video"]


@pytest.mark.parametrize("scope", [None, head("Nord")])
def test_only_who_sees_all_may_write_case_rows(own: Roles, scope: Scope | None) -> None:
    row = "INSERT INTO offers (known_from, case_id, offer_id, kind, start_on) VALUES (1, 'S1', 'T', 'mentor', now())"
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"), writing(own[OWNER], scope) as connection:
        connection.exec_driver_sql(row)
    with writing(own[OWNER], FULL_SCOPE) as connection:
        connection.exec_driver_sql(row)


SAY = (
    "INSERT INTO handlings (measure, unit_id, case_id, state, note, delivery, saved_at, saved_by) "
    "VALUES ('m', 'u', '{}', 'accepted', '', 1, now(), 'x')"
)


@pytest.mark.parametrize("role", [OWNER, SERVES])
@pytest.mark.parametrize(("scope", "cases"), SCOPES)
def test_what_is_said_of_a_deviation_is_seen_and_written_by_who_sees_the_case(
    own: Roles, role: str, scope: Scope | None, cases: set[str]
) -> None:
    with writing(own[OWNER], FULL_SCOPE) as connection:
        for case in ALL:
            connection.exec_driver_sql(SAY.format(case))
    with reading(own[role], scope) as connection:
        assert set(connection.exec_driver_sql("SELECT case_id FROM handlings").scalars()) == cases
    for case in ALL:
        if case in cases:
            with writing(own[role], scope) as connection:
                connection.exec_driver_sql(SAY.format(case))
        else:
            with pytest.raises(sa.exc.ProgrammingError, match="row-level security"), writing(own[role], scope) as c:
                c.exec_driver_sql(SAY.format(case))


def test_a_head_handles_through_the_role_that_serves_what_is_held_and_nothing_else(own: Roles) -> None:
    for case in ALL:
        unit = handling.Unit("m", case, case)
        if case in held_by("Nord"):
            assert handling.handle(own[SERVES], head("Nord"), [unit], state="accepted").height == 1
        else:
            with pytest.raises(handling.NotHeld):
                handling.handle(own[SERVES], head("Nord"), [unit], state="accepted")
    everybody = Scope("bo", ("coordinator",), None)
    for scope in (head("Nord"), everybody):
        assert set(handling.standing(own[SERVES], scope)["case_id"]) == held_by("Nord")
    assert handling.standing(own[SERVES], head("Syd")).is_empty()


def test_a_head_reviews_through_the_role_that_serves_what_is_held_and_nothing_else(own: Roles) -> None:
    everybody, again = Scope("bo", ("coordinator",), None), Scope("per", ("coordinator",), None)
    drawn = [reviews.Drawn(place, case, "", True, {}) for place, case in enumerate(sorted(ALL), start=1)]
    period = dict.fromkeys(("from_on", "to_on", "view_date"), VIEW_DATE)
    round_ = reviews.define(
        own[SERVES],
        everybody,
        title="Tilsyn",
        measures=("m",),
        **period,
        centers=None,
        strata="none",
        delivery=NEW,
        frame_hash="",
        frame_sizes={"": len(ALL)},
        registered={},
        seed=1,
        second_share=1,
        drawn=drawn,
    )
    for case in ALL:
        if case in held_by("Nord"):
            reviews.answer(own[SERVES], head("Nord"), round_.id, case, {"m": ("no", "")}, reviewer=1)
            reviews.answer(own[SERVES], again, round_.id, case, {"m": ("yes", "")}, reviewer=2)
            reviews.follow_up(own[SERVES], head("Nord"), round_.id, case, "m", state="done")
        else:
            with pytest.raises(reviews.NotYours):
                reviews.answer(own[SERVES], head("Nord"), round_.id, case, {"m": ("no", "")}, reviewer=1)
    for scope in (head("Nord"), everybody):
        for read in (reviews.answers, reviews.follow_ups):
            assert set(read(own[SERVES], scope, round_.id)["case_id"]) == held_by("Nord")
    assert set(reviews.cases(own[SERVES], head("Nord"), round_.id)["case_id"]) == held_by("Nord")
    assert set(reviews.cases(own[SERVES], everybody, round_.id)["case_id"]) == set(ALL)
    assert reviews.answers(own[SERVES], head("Syd"), round_.id).is_empty()


# --- the role that serves -----------------------------------------------------------------------------


def test_every_table_says_what_the_server_may_do_with_it() -> None:
    assert {str(model.__tablename__) for model in roles.MAY} == set(SQLModel.metadata.tables)


def test_the_role_that_serves_has_what_the_list_says_and_nothing_else(own: Roles) -> None:
    with writing(own[OWNER]) as connection:  # as if somebody had been generous
        connection.exec_driver_sql(f"GRANT ALL ON cases, purged_cases, access_log TO {SERVES}")
        connection.exec_driver_sql(f"GRANT UPDATE (title) ON events TO {SERVES}")
    allow(own[OWNER], SERVES)
    given = f"""
        SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = '{SERVES}'
        UNION ALL
        SELECT c.relname, 'UPDATE (' || string_agg(a.attname, ', ' ORDER BY a.attnum DESC) || ')'
        FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid, aclexplode(a.attacl) AS acl
        WHERE acl.grantee = '{SERVES}'::regrole AND acl.privilege_type = 'UPDATE' GROUP BY c.relname
    """

    def apart(privilege: str) -> tuple[str, ...]:
        return tuple(sorted(privilege.strip(")").replace("(", ",").replace(" ", "").split(",")))

    wanted = {(str(m.__tablename__), apart(privilege)) for m, may in roles.MAY.items() for privilege in may}
    with reading(own[OWNER]) as connection:
        found = {(table, apart(privilege)) for table, privilege in connection.exec_driver_sql(given)}
    assert found == wanted | {("alembic_version", ("SELECT",))}


def test_the_role_that_serves_can_serve(own: Roles) -> None:
    serves = own[SERVES]
    check_schema(serves)
    upgrade(serves)  # up to date: only looked at
    assert data_version(serves)
    bo = Scope("bo", ("coordinator", "administrator"), None)
    audit.write(serves, bo, action="look_case", purpose="follow_up", rows=1, cases=["S1"])
    assert audit.verify(serves) == []
    annotations.set_target(serves, bo, measure="decided", valid_from=holding.VIEW_DATE, rate=0.9, note="")
    said = annotations.add_event(serves, bo, on=holding.VIEW_DATE, kind="law", title="Ny lov")
    annotations.withdraw_event(serves, bo, said.id)
    granted = grants.grant(serves, bo, claim="groups", value="unge", role="coordinator")
    grants.revoke(serves, bo, granted.number)
    now = dt.datetime.now(dt.UTC)
    for later in (0, 5):
        moment = now + dt.timedelta(minutes=later)
        sign_ins.seen(serves, "n", "bo", issued_at=now, expires_at=None, now=moment)
    sign_ins.end(serves, "n")
    with writing(serves, bo) as connection:
        connection.exec_driver_sql(
            "INSERT INTO publications (month, version, reason, view_date, delivery, threshold, code, rules,"
            " published_at, published_by, previous, hash)"
            " VALUES ('2026-10-01', 1, '', '2026-11-22', 1, 5, '', '{}', now(), 'bo', '', '')"
        )
        connection.exec_driver_sql(
            "INSERT INTO published_cells (publication_id, measure, from_on, to_on, whole, hidden)"
            " SELECT id, 'decided', '2026-10-01', '2026-10-31', true, true FROM publications"
        )


FORBIDDEN = """
    DELETE FROM cases
    UPDATE cases SET center = 'Nord'
    INSERT INTO centers VALUES ('Vest', 9)
    TRUNCATE interviews
    DROP POLICY by_center ON cases
    ALTER TABLE cases DISABLE ROW LEVEL SECURITY
    ALTER TABLE cases ADD COLUMN extra integer
    CREATE TABLE extra (id integer)
    CREATE OR REPLACE FUNCTION held_cases() RETURNS SETOF varchar LANGUAGE sql AS 'SELECT NULL::varchar'
    DELETE FROM access_log
    UPDATE access_log SET "user" = 'x'
    UPDATE targets SET rate = 1
    DELETE FROM targets
    UPDATE handlings SET state = 'accepted'
    DELETE FROM handlings
    UPDATE events SET title = 'x'
    UPDATE grants SET role = 'coordinator'
    DELETE FROM grants
    UPDATE sign_ins SET began_at = now()
    UPDATE published_cells SET hidden = false
    DELETE FROM imports
    SELECT * FROM purged_cases
    INSERT INTO purges (purged_at, purged_by, reason, cases) VALUES (now(), 'x', 'rule', 0)
    SET ROLE ejer
"""


@pytest.mark.parametrize("statement", [line.strip() for line in FORBIDDEN.split("\n") if line.strip()])
def test_the_role_that_serves_can_do_nothing_else(shared: Roles, statement: str) -> None:
    with pytest.raises(sa.exc.ProgrammingError) as caught, writing(shared[SERVES], FULL_SCOPE) as connection:
        connection.exec_driver_sql(statement)
    assert isinstance(caught.value.orig, psycopg.errors.InsufficientPrivilege)


def test_only_the_owner_upgrades(own: Roles) -> None:
    with writing(own[OWNER]) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0004'")
    with pytest.raises(WrongSchema, match="database allow"):
        upgrade(own[SERVES])


# --- who may not serve --------------------------------------------------------------------------------

MIGHTY = {
    "superbruger": ("SUPERUSER", "er superbruger"),
    "bliver_superbruger": ("IN ROLE superbruger", "er superbruger"),
    "gaar_udenom": ("BYPASSRLS", "har BYPASSRLS"),
    "bliver_en_der_gaar_udenom": ("NOINHERIT IN ROLE gaar_udenom", "har BYPASSRLS"),
    "bliver_ejer": ("IN ROLE ejer", "ejer tabellerne"),
    "bliver_ejer_naar_den_vil": ("NOINHERIT IN ROLE ejer", "ejer tabellerne"),
}


@pytest.fixture(scope="module")
def mighty(server: sa.URL) -> None:
    on_server(server, *(f"CREATE ROLE {role} LOGIN {how}" for role, (how, _) in MIGHTY.items()))


@pytest.mark.usefixtures("mighty")
@pytest.mark.parametrize("role", MIGHTY)
def test_a_role_that_the_policies_do_not_bind_is_refused(server: sa.URL, shared: Roles, role: str) -> None:
    engine = connect(server.set(database="shown", username=role))
    reason = too_mighty(engine)
    engine.dispose()
    assert reason
    assert MIGHTY[role][1] in reason
    assert "database allow" in reason
    with pytest.raises(RoleRefused, match=MIGHTY[role][1]):
        allow(shared[OWNER], role)


def test_the_owner_and_a_superuser_may_not_serve_and_the_role_that_serves_may(shared: Roles) -> None:
    owner, serves, superuser = map(too_mighty, shared.values())
    assert owner
    assert "ejer tabellerne" in owner
    assert superuser
    assert "er superbruger" in superuser
    assert serves is None


def test_centers_set_beforehand_are_refused(server: sa.URL) -> None:
    everything = {"options": "-c ungeoverblik.centers=*"}
    engine = sa.create_engine(server.set(database="shown", username=SERVES), connect_args=everything)
    reason = too_mighty(engine)
    engine.dispose()
    assert reason
    assert "sat på forhånd" in reason


def test_there_is_nobody_too_mighty_on_sqlite(sqlite_engine: sa.Engine) -> None:
    assert too_mighty(sqlite_engine) is None
    with pytest.raises(RoleRefused, match="SQLite har ingen roller"):
        allow(sqlite_engine, SERVES)


@pytest.mark.parametrize("role", ["findes_ikke", 'x"; DROP TABLE cases; --', ""])
def test_a_role_that_does_not_exist_is_said(shared: Roles, role: str) -> None:
    with pytest.raises(RoleRefused, match="findes ikke"):
        allow(shared[OWNER], role)


def test_only_the_owner_lets_a_role_in(shared: Roles) -> None:
    with pytest.raises(RoleRefused, match="Kun den rolle, der ejer"):
        allow(shared[SERVES], SERVES)
    with pytest.raises(RoleRefused, match="ejer tabellerne"):
        allow(shared[OWNER], OWNER)


def test_any_name_of_a_role_will_do(server: sa.URL, shared: Roles) -> None:
    on_server(server, 'CREATE ROLE "Unge ""visning"" æøå" LOGIN')
    allow(shared[OWNER], 'Unge "visning" æøå')
    engine = connect(server.set(database="shown", username='Unge "visning" æøå'))
    with reading(engine, head("Nord")) as connection:
        assert seen(connection) == of(held_by("Nord"))
    engine.dispose()
    on_server(server.set(database="shown"), 'DROP OWNED BY "Unge ""visning"" æøå"', 'DROP ROLE "Unge ""visning"" æøå"')

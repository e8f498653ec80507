"""How the database is opened, and that its schema comes of the migrations: all of a step, or nothing of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlmodel import SQLModel

from data_access import database, deliveries, tables
from data_access.case_rows import read_case
from data_access.database import DatabaseUnavailable, WrongSchema, connect, data_version, upgrade, writing
from tests.case_database import fill
from tests.data_access.breaking import take_back

FAILS_HALF_WAY = '''"""a step that fails half way."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table("halfway", sa.Column("id", sa.Integer()))
    op.add_column("centers", sa.Column("halfway", sa.Integer()))
    op.execute("INSERT INTO nowhere VALUES (1)")
'''


def schema(engine: sa.Engine) -> dict[str, list[str]]:
    """Table -> its columns, as they stand in the database."""
    inspector = sa.inspect(engine)
    return {name: [column["name"] for column in inspector.get_columns(name)] for name in inspector.get_table_names()}


def test_every_sqlite_connection_is_prepared(sqlite_engine: sa.Engine) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 5000, "foreign_keys": 1, "secure_delete": 1}
    with sqlite_engine.connect() as one, sqlite_engine.connect() as other:
        for connection in (one, other):
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted}
            assert found == wanted


def test_a_writing_transaction_has_the_lock_from_its_start(sqlite_engine: sa.Engine) -> None:
    with writing(sqlite_engine), sqlite_engine.connect() as other:
        other.connection.driver_connection.execute("PRAGMA busy_timeout = 0")  # type: ignore[union-attr]
        with pytest.raises(sa.exc.OperationalError, match="locked"):
            other.execution_options(writes=True).exec_driver_sql("SELECT 1")


def test_an_import_that_fails_leaves_nothing_and_its_rows_need_it(engine: sa.Engine) -> None:
    def import_nobody_knows() -> None:
        with writing(engine) as connection:
            connection.exec_driver_sql("INSERT INTO centers VALUES ('Nord', 1)")
            connection.exec_driver_sql("INSERT INTO rejections VALUES (1, 9, 't', 'f', 2, 'c', 'r', 'a')")

    with pytest.raises(sa.exc.IntegrityError):
        import_nobody_knows()
    assert tables.centers(engine) == []


@pytest.mark.parametrize("name", ["Børn & unge #1", "100 %41", "hvad?", "to  ord"])
def test_the_folder_of_the_database_may_have_any_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name / "ungeoverblik.db"
    for create in (True, False):
        engine = connect(sa.URL.create("sqlite", database=str(path)), create=create)
        upgrade(engine)
        assert data_version(engine) == 0
        engine.dispose()
    assert [found.relative_to(tmp_path) for found in tmp_path.rglob("*.db")] == [path.relative_to(tmp_path)]


def test_the_migrations_make_what_the_models_say(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_step_that_fails_half_way_leaves_the_schema_as_it_was(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = schema(engine)
    shutil.copytree(database.HERE / "migrations", tmp_path / "migrations")
    (tmp_path / "migrations" / "versions" / "0009_fails.py").write_text(FAILS_HALF_WAY, encoding="utf-8")
    monkeypatch.setattr(database, "HERE", tmp_path)
    with pytest.raises(DatabaseUnavailable):
        upgrade(engine)
    assert schema(engine) == before


def test_a_database_of_an_earlier_program_is_told_of(engine: sa.Engine) -> None:
    database.check_schema(engine)
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(WrongSchema, match="tidligere udgave"):
        database.check_schema(engine)
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(WrongSchema, match="nyere version"):
        database.check_schema(engine)


def test_a_database_of_a_newer_program_is_left_alone(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseUnavailable, match="nyere version"):
        upgrade(engine)


def test_a_schema_can_be_taken_back_and_made_again(engine: sa.Engine) -> None:
    before = schema(engine)
    take_back(engine, "base")
    assert set(schema(engine)) == {"alembic_version"}
    upgrade(engine)
    assert schema(engine) == before


EARLIER = [f"{number:04}" for number in range(1, 8)]


def test_there_is_a_test_from_every_earlier_schema() -> None:
    assert list(reversed(database._revisions(database.HERE / "migrations")))[:-1] == EARLIER


@pytest.mark.parametrize("revision", EARLIER)
def test_from_every_earlier_schema_there_is_a_way_up_and_back_and_up(engine: sa.Engine, revision: str) -> None:
    fill(engine)
    before, kept = schema(engine), rows(engine)
    for _ in range(2):
        take_back(engine, revision)
        assert rows(engine) == kept
        upgrade(engine)
        assert schema(engine) == before
        assert rows(engine) == kept


def rows(engine: sa.Engine) -> list[tuple[object, ...]]:
    """What has been delivered, in the columns that every schema has."""
    columns = "id, known_from, known_to, case_id, person, first_enquiry_on, center, closed_on"
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(f"SELECT {columns} FROM cases ORDER BY id")]


class Failure(Exception):
    """Not one that anything foresees."""


def test_an_upgrade_that_fails_at_any_statement_leaves_all_as_it_was(sqlite_engine: sa.Engine) -> None:
    fill(sqlite_engine)
    take_back(sqlite_engine, "0001")

    def stands() -> list[object]:
        with sqlite_engine.connect() as connection:
            schema = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master ORDER BY name").all()
            return [*schema, connection.exec_driver_sql("SELECT version_num FROM alembic_version").all()]

    before, ran = stands(), 0

    def fail(_: object, __: object, statement: str, *___: object) -> None:
        nonlocal left
        if statement.split()[0] in ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE"):
            left -= 1
            if left == -1:
                raise Failure

    sa.event.listen(sqlite_engine, "before_cursor_execute", fail)
    while True:
        left = ran
        try:
            upgrade(sqlite_engine)
            break
        except Failure:
            assert stands() == before
            ran += 1
    assert ran > 40
    assert stands() != before
    assert len(rows(sqlite_engine)) == 12


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_server_that_is_gone_is_not_waited_for_till_the_system_tires(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        said = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    assert {name: said[name] for name in database.ALIVE} == {
        "connect_timeout": "3",
        "keepalives_idle": "10",
        "keepalives_interval": "5",
        "keepalives_count": "3",
        "tcp_user_timeout": "15000",
    }


@pytest.mark.parametrize("scope", [None, "alle", True])
def test_without_a_scope_there_are_no_rows(sqlite_engine: sa.Engine, scope: object) -> None:
    with pytest.raises(tables.NoScope):
        tables.read(sqlite_engine, scope)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "read",
    [
        lambda engine: tables.read(engine, tables.FULL_SCOPE),
        lambda engine: read_case(engine, tables.FULL_SCOPE, "S1"),
        lambda engine: deliveries.imports(engine, tables.FULL_SCOPE),
        tables.centers,
        tables.newest_extract,
    ],
)
def test_a_database_lost_on_the_way_is_said_in_danish(engine: sa.Engine, read: Callable[[sa.Engine], object]) -> None:
    read(engine)
    with writing(engine) as connection:  # as if another had taken it away
        for name in ("rejections", "import_tables", "cases", "centers"):
            connection.exec_driver_sql(f"DROP TABLE {name}")
        connection.exec_driver_sql("ALTER TABLE imports RENAME TO gone")
    with pytest.raises(DatabaseUnavailable, match="ingen forbindelse til databasen"):
        read(engine)

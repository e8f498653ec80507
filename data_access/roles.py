"""PostgreSQL's two roles: one owns the database and takes deliveries in, one serves and can do nothing else.

Row-level security does not bind a superuser, and an owner can take it off: the server must be neither.
"""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlmodel import SQLModel

from data_access import models
from data_access.database import CENTERS, reading, writing
from data_access.models import DELIVERED

READS, READS_AND_ADDS = ("SELECT",), ("SELECT", "INSERT")
MAY: Mapping[type[SQLModel], tuple[str, ...]] = {
    **dict.fromkeys(DELIVERED, READS),
    models.Import: READS,
    models.ImportTable: READS,
    models.Rejection: READS,
    models.Center: READS,
    models.Target: READS_AND_ADDS,
    models.Event: (*READS_AND_ADDS, "UPDATE (withdrawn_at, withdrawn_by)"),
    models.Handling: READS_AND_ADDS,
    models.Round: READS,
    models.SurveyAnswer: READS,
    models.Cost: READS,
    models.LogEntry: READS_AND_ADDS,
    models.LogCase: READS_AND_ADDS,
    models.Grant: (*READS_AND_ADDS, "UPDATE (revoked_at, revoked_by)"),
    models.SignIn: (*READS_AND_ADDS, "UPDATE (seen_at, ended_at)", "DELETE"),
    models.Publication: READS_AND_ADDS,
    models.PublishedCell: READS_AND_ADDS,
    models.PublishedMove: READS_AND_ADDS,
    models.PublishedCount: READS_AND_ADDS,
    models.Comment: READS_AND_ADDS,
    models.Decision: READS_AND_ADDS,
    models.DecisionStep: READS_AND_ADDS,
    models.SavedView: READS_AND_ADDS,
    models.ReviewRound: READS_AND_ADDS,
    models.ReviewDraw: READS_AND_ADDS,
    models.ReviewCase: READS_AND_ADDS,
    models.ReviewAnswer: READS_AND_ADDS,
    models.ReviewFollowUp: READS_AND_ADDS,
    models.Purge: READS,
    models.PurgedCase: (),
}
"""Table -> the privileges that serving needs; every table must be here, and one that is not is given nothing."""

MIGRATED = "alembic_version"
"""Says which program the database is of; made by the migrations, and in no model."""


class RoleRefused(Exception):
    """The role cannot be let in as it is; the message is Danish and says what to do."""


def allow(engine: sa.Engine, role: str) -> None:
    """Give a PostgreSQL role exactly what serving needs (`MAY`), and take from it what else it was given.

    Asked by the role that owns the tables, and again after each upgrade: a new table is nobody else's.

    Raises:
        RoleRefused: not PostgreSQL, no such role, one that is too mighty, or asked by somebody who is not the owner.
        DatabaseUnavailable: no connection.
    """
    if engine.dialect.name != "postgresql":
        raise RoleRefused("SQLite har ingen roller: den, der kan læse filen, kan læse alt. Brug PostgreSQL i drift.")
    with reading(engine) as connection:
        if not _owns(connection, _asking(connection)):
            raise RoleRefused("Kun den rolle, der ejer databasens tabeller, kan give adgang. Kør kommandoen som den.")
        if connection.execute(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).first() is None:
            raise RoleRefused(f"Rollen {role} findes ikke. Lav den først med CREATE ROLE … LOGIN.")
        if reason := _too_mighty(connection, role):
            raise RoleRefused(reason)
    quoted = engine.dialect.identifier_preparer.quote_identifier
    to = quoted(role)
    with writing(engine) as connection:
        database, schema = connection.execute(sa.text("SELECT current_database(), current_schema()")).one()
        connection.exec_driver_sql(f"GRANT CONNECT ON DATABASE {quoted(database)} TO {to}")
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {quoted(schema)} TO {to}")
        connection.exec_driver_sql(f"GRANT EXECUTE ON FUNCTION held_cases() TO {to}")
        for name, privileges in ((MIGRATED, READS), *((str(m.__tablename__), given) for m, given in MAY.items())):
            table = quoted(name)
            connection.exec_driver_sql(f"REVOKE ALL ON {table} FROM {to}")
            if privileges:
                connection.exec_driver_sql(f"GRANT {', '.join(privileges)} ON {table} TO {to}")
            if "INSERT" in privileges and (numbers := _numbers(connection, name)):
                connection.exec_driver_sql(f"GRANT USAGE ON SEQUENCE {numbers} TO {to}")


def too_mighty(engine: sa.Engine) -> str | None:
    """Why, in Danish, row-level security would not bind this connection, and what to do; None when it does.

    On SQLite there is none, and so nothing that it could bind: None.

    Raises:
        DatabaseUnavailable: no connection.
    """
    if engine.dialect.name != "postgresql":
        return None
    with reading(engine) as connection:
        if connection.execute(sa.select(sa.func.current_setting(CENTERS, True))).scalar_one():
            return f"{CENTERS} er sat på forhånd, og så vises sager, uden at nogen har bedt om dem. Fjern den igen."
        return _too_mighty(connection, _asking(connection))


def _asking(connection: sa.Connection) -> str:
    """Who signed in: what it has made itself since then can be undone."""
    return str(connection.execute(sa.text("SELECT session_user")).scalar_one())


def _too_mighty(connection: sa.Connection, role: str) -> str | None:
    """A role counts as all the roles it is a member of: it can become any of them."""
    remedy = (
        "Lav en rolle, der kun kan vise data, giv den adgang med `ungeoverblik database allow ROLLE`, og lad serveren "
        "bruge den."
    )
    becomes = sa.text(
        "SELECT bool_or(rolsuper), bool_or(rolbypassrls) FROM pg_roles WHERE pg_has_role(:role, oid, 'MEMBER')"
    )
    superuser, bypasses = connection.execute(becomes, {"role": role}).one()
    if superuser:
        return f"Rollen {role} er superbruger i PostgreSQL, og så gælder rækkesikkerheden ikke. {remedy}"
    if bypasses:
        return f"Rollen {role} har BYPASSRLS, og så gælder rækkesikkerheden ikke. {remedy}"
    if _owns(connection, role):
        return f"Rollen {role} ejer tabellerne med sager og kan tage rækkesikkerheden af. {remedy}"
    return None


def _owns(connection: sa.Connection, role: str) -> bool:
    """Whether a role owns a table with case rows, or may become who does."""
    owner = (
        "SELECT coalesce(bool_or(pg_has_role(:role, relowner, 'MEMBER')), false) FROM pg_class "
        "WHERE relkind = 'r' AND relname IN :tables"
    )
    query = sa.text(owner).bindparams(sa.bindparam("tables", expanding=True))
    names = [str(model.__tablename__) for model in DELIVERED]
    return bool(connection.execute(query, {"role": role, "tables": names}).scalar_one())


def _numbers(connection: sa.Connection, table: str) -> str | None:
    """The sequence that numbers the rows of a table, quoted; None when it has none."""
    if "id" not in SQLModel.metadata.tables[table].columns:
        return None
    sequence = sa.select(sa.func.pg_get_serial_sequence(table, "id"))
    return connection.execute(sequence).scalar_one_or_none()

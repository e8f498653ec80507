"""access log."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Only at the end may a row come in, and none may be changed. One goes only when a purge that the log itself holds
# has said so. (SQLite's INSERT OR REPLACE deletes without a delete trigger: the insert is therefore looked at too.)
SQLITE = (
    """
    CREATE TRIGGER access_log_insert BEFORE INSERT ON access_log
    WHEN NEW.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM access_log)
    BEGIN SELECT RAISE(ABORT, 'access_log: only at the end'); END
    """,
    """
    CREATE TRIGGER access_log_update BEFORE UPDATE ON access_log
    BEGIN SELECT RAISE(ABORT, 'access_log: nothing is changed'); END
    """,
    """
    CREATE TRIGGER access_log_delete BEFORE DELETE ON access_log
    WHEN NOT EXISTS (SELECT 1 FROM access_log WHERE purged_to >= OLD.id)
    BEGIN SELECT RAISE(ABORT, 'access_log: nothing is deleted'); END
    """,
    """
    CREATE TRIGGER access_log_cases_insert BEFORE INSERT ON access_log_cases
    WHEN NEW.log_id IS NOT (SELECT max(id) FROM access_log)
    BEGIN SELECT RAISE(ABORT, 'access_log: only at the end'); END
    """,
    """
    CREATE TRIGGER access_log_cases_update BEFORE UPDATE ON access_log_cases
    BEGIN SELECT RAISE(ABORT, 'access_log: nothing is changed'); END
    """,
    """
    CREATE TRIGGER access_log_cases_delete BEFORE DELETE ON access_log_cases
    WHEN NOT EXISTS (SELECT 1 FROM access_log WHERE purged_to >= OLD.log_id)
    BEGIN SELECT RAISE(ABORT, 'access_log: nothing is deleted'); END
    """,
)
POSTGRESQL = (
    """
    CREATE FUNCTION access_log_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'access_log: nothing is changed or deleted';
    END $$
    """,
    """
    CREATE FUNCTION access_log_appends() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_TABLE_NAME = 'access_log' THEN
            IF NEW.id IS DISTINCT FROM (SELECT coalesce(max(id), 0) + 1 FROM access_log) THEN
                RAISE EXCEPTION 'access_log: only at the end';
            END IF;
        ELSIF NEW.log_id IS DISTINCT FROM (SELECT max(id) FROM access_log) THEN
            RAISE EXCEPTION 'access_log: only at the end';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION access_log_purges() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE number integer;
    BEGIN
        IF TG_TABLE_NAME = 'access_log' THEN number := OLD.id; ELSE number := OLD.log_id; END IF;
        IF NOT EXISTS (SELECT 1 FROM access_log WHERE purged_to >= number) THEN
            RAISE EXCEPTION 'access_log: nothing is deleted';
        END IF;
        RETURN OLD;
    END $$
    """,
    *(
        f"CREATE TRIGGER {table}_{event} BEFORE {event} ON {table} {each} EXECUTE FUNCTION access_log_{does}()"
        for table in ("access_log", "access_log_cases")
        for event, each, does in (
            ("insert", "FOR EACH ROW", "appends"),
            ("update", "FOR EACH ROW", "refuses"),
            ("delete", "FOR EACH ROW", "purges"),
            ("truncate", "FOR EACH STATEMENT", "refuses"),
        )
    ),
)


def upgrade() -> None:
    op.create_table(
        "access_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("purged_to", sa.Integer(), nullable=True),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_access_log_purged_to", "access_log", ["purged_to"])
    op.create_table(
        "access_log_cases",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["access_log.id"]),
        sa.PrimaryKeyConstraint("log_id", "case_id"),
    )
    op.create_index("ix_access_log_cases_case_id", "access_log_cases", ["case_id"])
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(sa.text(statement))


def downgrade() -> None:
    op.drop_table("access_log_cases")
    op.drop_table("access_log")
    if op.get_bind().dialect.name == "postgresql":
        for function in ("refuses", "appends", "purges"):
            op.execute(sa.text(f"DROP FUNCTION access_log_{function}()"))

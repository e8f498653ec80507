"""frozen months; comments and decisions; saved views; case reviews."""

import datetime as dt
import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

DECISION_STATES = "'planned', 'under_way', 'done', 'dropped'"
STRATA = "'none', 'center', 'category'"
ANSWERS = "'yes', 'no', 'not_covered', 'cannot_tell'"
FOLLOW_UPS = "'open', 'done'"
# As in 0006.
SETTING = "(SELECT current_setting('ungeoverblik.centers', true)) = '*'"
ITS_CASE = "case_id IN (SELECT held_cases())"
OF_CASES = ("review_cases", "review_answers", "review_follow_ups")
FROZEN = ("publications", "published_cells", "published_moves", "published_counts")
STANDS = "What has been published stands: a correction is a new version."


def upgrade() -> None:
    _publications()
    op.create_table(
        "published_moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("met", sa.Integer(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["publication_id"], ["publications.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_published_moves_publication_id", "published_moves", ["publication_id"])
    op.create_table(
        "published_counts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("figure", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["publication_id"], ["publications.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_published_counts_publication_id", "published_counts", ["publication_id"])
    _freeze()
    op.create_table(
        "comments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("responsible", sa.String(), nullable=False),
        sa.Column("do_by", sa.Date(), nullable=False),
        sa.Column("measure", sa.String(), nullable=True),
        sa.Column("by_points", sa.Float(), nullable=True),
        sa.Column("center", sa.String(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.CheckConstraint("title <> ''", name="ck_decisions_title"),
        sa.CheckConstraint("by_points BETWEEN -1 AND 1", name="ck_decisions_by_points"),
        sa.CheckConstraint("by_points IS NULL OR measure IS NOT NULL", name="ck_decisions_points_of_a_measure"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "decision_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.CheckConstraint(f"state IN ({DECISION_STATES})", name="ck_decision_steps_state"),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_decision_steps_decision_id", "decision_steps", ["decision_id"])
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "review_rounds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("measures", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("centers", sa.String(), nullable=False),
        sa.Column("strata", sa.String(), nullable=False),
        sa.Column("view_date", sa.Date(), nullable=False),
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("frame_hash", sa.String(), nullable=False),
        sa.Column("frame_sizes", sa.String(), nullable=False),
        sa.Column("registered", sa.String(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("second_share", sa.Float(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint(f"strata IN ({STRATA})", name="ck_review_rounds_strata"),
        sa.CheckConstraint("second_share BETWEEN 0 AND 1", name="ck_review_rounds_second_share"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "review_draws",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_by", sa.String(), nullable=False),
        sa.CheckConstraint("size > 0", name="ck_review_draws_size"),
        sa.ForeignKeyConstraint(["round_id"], ["review_rounds.id"]),
        sa.PrimaryKeyConstraint("round_id", "size"),
    )
    op.create_table(
        "review_cases",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("second", sa.Boolean(), nullable=False),
        sa.Column("registered", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["review_rounds.id"]),
        sa.PrimaryKeyConstraint("round_id", "position"),
        sa.UniqueConstraint("round_id", "case_id", name="uq_review_cases_case"),
    )
    op.create_table(
        "review_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("reviewer", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.CheckConstraint(f"answer IN ({ANSWERS})", name="ck_review_answers_answer"),
        sa.CheckConstraint("reviewer IN (1, 2)", name="ck_review_answers_reviewer"),
        sa.ForeignKeyConstraint(["round_id"], ["review_rounds.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "review_follow_ups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.CheckConstraint(f"state IN ({FOLLOW_UPS})", name="ck_review_follow_ups_state"),
        sa.ForeignKeyConstraint(["round_id"], ["review_rounds.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for table in OF_CASES:
        op.create_index(f"ix_{table}_case_id", table, ["case_id"])
    for table in OF_CASES[1:]:
        op.create_index(f"ix_{table}_round_id", table, ["round_id"])
    if op.get_bind().dialect.name == "postgresql":
        seen = f"{SETTING} OR {ITS_CASE}"
        for table in OF_CASES:
            op.execute(sa.text(f"CREATE POLICY by_center ON {table} USING ({seen}) WITH CHECK ({seen})"))
            op.execute(sa.text(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"))


def _publications() -> None:
    """Made anew with their cells: SQLite takes no constraint away from a table that is there."""
    kept = _taken_out()
    op.create_table(
        "publications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("view_date", sa.Date(), nullable=False),
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("rules", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.CheckConstraint("version >= 1", name="ck_publications_version"),
        sa.CheckConstraint("(version = 1) = (reason = '')", name="ck_publications_reason"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("month", "version", name="uq_publications_month_version"),
    )
    _cells()
    _seal(kept)
    _put_back(kept)


def _seal(kept: dict[str, list[dict[str, object]]]) -> None:
    """Each publication with what it says from now on, and the hash that `data_access.published` gives it."""
    previous = 64 * "0"
    for row in kept["publications"]:
        row |= {"version": 1, "reason": "", "code": "", "rules": "{}", "previous": previous}
        fields = "month version reason view_date delivery threshold code rules published_at published_by previous"
        columns = ["measure", "from_on", "to_on", "center", "whole", "met", "base", "hidden"]
        cells = [[cell[c] for c in columns] for cell in kept["published_cells"] if cell["publication_id"] == row["id"]]
        values = [[row[name] for name in fields.split()], cells, [], []]
        text = json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=_said)
        row["hash"] = previous = hashlib.sha256(text.encode()).hexdigest()


def _said(day: dt.date) -> str:
    if not isinstance(day, dt.datetime):
        return day.isoformat()
    moment = day if day.tzinfo else day.replace(tzinfo=dt.UTC)  # SQLite keeps UTC without saying so
    return moment.astimezone(dt.UTC).isoformat()


def _freeze() -> None:
    """From now on the database itself refuses to change, delete or replace what has been published."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            sa.text(
                "CREATE FUNCTION published_stands() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{STANDS}'; END $$"
            )
        )
        for table in FROZEN:
            op.execute(
                sa.text(
                    f"CREATE TRIGGER {table}_stands BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION published_stands()"
                )
            )
        return
    for table in FROZEN:
        refuse = f"BEGIN SELECT RAISE(ABORT, '{STANDS}'); END"
        op.execute(sa.text(f"CREATE TRIGGER {table}_is_not_changed BEFORE UPDATE ON {table} {refuse}"))
        op.execute(sa.text(f"CREATE TRIGGER {table}_is_not_deleted BEFORE DELETE ON {table} {refuse}"))
        there = f"WHEN NEW.id IN (SELECT id FROM {table})"  # INSERT OR REPLACE deletes without asking the other
        if table == "publications":
            there += f" OR EXISTS (SELECT 1 FROM {table} WHERE month = NEW.month AND version = NEW.version)"
        op.execute(sa.text(f"CREATE TRIGGER {table}_is_not_replaced BEFORE INSERT ON {table} {there} {refuse}"))


def _cells() -> None:
    op.create_table(
        "published_cells",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("center", sa.String(), nullable=True),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("met", sa.Integer(), nullable=True),
        sa.Column("base", sa.Integer(), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["publication_id"], ["publications.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_published_cells_publication_id", "published_cells", ["publication_id"])


def _reflected(name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), autoload_with=op.get_bind())


def _taken_out() -> dict[str, list[dict[str, object]]]:
    """The rows of both tables, which are gone afterwards."""
    kept = {}
    for name in ("published_cells", "publications"):
        table = _reflected(name)
        kept[name] = [dict(row) for row in op.get_bind().execute(sa.select(table).order_by(table.c.id)).mappings()]
    for name in kept:
        op.drop_table(name)
    return kept


def _put_back(kept: dict[str, list[dict[str, object]]]) -> None:
    for name in ("publications", "published_cells"):
        table = _reflected(name)
        rows = [{k: v for k, v in row.items() if k in table.c} for row in kept[name]]
        if not rows:
            continue
        op.bulk_insert(table, rows)
        if op.get_bind().dialect.name == "postgresql":  # the numbers were given, and its sequence has not moved
            op.execute(sa.text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"))


def downgrade() -> None:
    for table in (
        *reversed(OF_CASES),
        "review_draws",
        "review_rounds",
        "saved_views",
        "decision_steps",
        "decisions",
        "comments",
        "published_counts",
        "published_moves",
    ):
        op.drop_table(table)
    kept = _taken_out()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text("DROP FUNCTION published_stands"))
    newest = {row["month"]: row["id"] for row in sorted(kept["publications"], key=lambda row: row["version"])}
    kept["publications"] = [row for row in kept["publications"] if row["id"] in newest.values()]
    kept["published_cells"] = [row for row in kept["published_cells"] if row["publication_id"] in newest.values()]
    op.create_table(
        "publications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("view_date", sa.Date(), nullable=False),
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("month", name="uq_publications_month"),
    )
    _cells()
    _put_back(kept)

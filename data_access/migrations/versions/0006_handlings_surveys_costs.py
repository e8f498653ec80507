"""handling of deviations; surveys and costs."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATES = "'explained', 'misregistered', 'under_way', 'accepted', 'unmarked'"
ANSWERS = "'hoej_grad', 'nogen_grad', 'mindre_grad', 'slet_ikke', 'ved_ikke'"
# As the policies of 0005, but whoever sees a case may also write about it.
SETTING = "(SELECT current_setting('ungeoverblik.centers', true)) = '*'"
ITS_CASE = "case_id IN (SELECT held_cases())"


def upgrade() -> None:
    op.create_table(
        "handlings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("unit_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ground", sa.String(), nullable=True),
        sa.Column("responsible", sa.String(), nullable=True),
        sa.Column("do_by", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name="ck_handlings_state"),
        sa.CheckConstraint("(state = 'explained') = (ground IS NOT NULL)", name="ck_handlings_ground"),
        sa.CheckConstraint(
            "(state = 'under_way') = (responsible IS NOT NULL AND do_by IS NOT NULL)", name="ck_handlings_under_way"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_handlings_case_id", "handlings", ["case_id"])
    op.create_table(
        "rounds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("invited", sa.Integer(), nullable=True),
        sa.Column("answered", sa.Integer(), nullable=True),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('survey', 'cost')", name="ck_rounds_kind"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "survey_answers",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"answer IN ({ANSWERS})", name="ck_survey_answers_answer"),
        sa.CheckConstraint("count >= 0", name="ck_survey_answers_count"),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"]),
        sa.PrimaryKeyConstraint("round_id", "position", "answer"),
    )
    op.create_table(
        "costs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("center", sa.String(), nullable=True),
        sa.Column("amount", sa.Float(), nullable=False),
        sa.Column("youths", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_costs_round_id", "costs", ["round_id"])
    if op.get_bind().dialect.name == "postgresql":
        seen = f"{SETTING} OR {ITS_CASE}"
        op.execute(sa.text(f"CREATE POLICY by_center ON handlings USING ({seen}) WITH CHECK ({seen})"))
        op.execute(sa.text("ALTER TABLE handlings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"))


def downgrade() -> None:
    for table in ("costs", "survey_answers", "rounds", "handlings"):
        op.drop_table(table)

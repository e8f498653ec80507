"""the case database."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "centers",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("extract_date", sa.Date(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "agreements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.Integer(), nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("meeting_id", sa.String(), nullable=False),
        sa.Column("agreement_id", sa.String(), nullable=False),
        sa.Column("responsible_center", sa.String(), nullable=False),
        sa.Column("agreed_due", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["known_from"],
            ["imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["known_to"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "assignments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.Integer(), nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("initials", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["known_from"],
            ["imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["known_to"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "benefits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.Integer(), nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["known_from"],
            ["imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["known_to"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.Integer(), nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("first_enquiry_on", sa.Date(), nullable=False),
        sa.Column("center", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("caseworker", sa.String(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closure", sa.String(), nullable=True),
        sa.Column("has_youth_education", sa.Boolean(), nullable=True),
        sa.Column("earlier_spell", sa.Boolean(), nullable=True),
        sa.Column("special_class", sa.Boolean(), nullable=True),
        sa.Column("stu", sa.Boolean(), nullable=True),
        sa.Column("social_case", sa.Boolean(), nullable=True),
        sa.Column("protected", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["known_from"],
            ["imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["known_to"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "center_periods",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.Integer(), nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("center", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["known_from"],
            ["imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["known_to"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "education_orders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.Integer(), nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("fulfilment_due", sa.Date(), nullable=True),
        sa.Column("original_due", sa.Date(), nullable=True),
        sa.Column("deadline_reasoned", sa.Boolean(), nullable=True),
        sa.Column("fulfilled_on", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["known_from"],
            ["imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["known_to"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "groups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.Integer(), nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["known_from"],
            ["imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["known_to"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "guidance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.Integer(), nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("guided_on", sa.Date(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["known_from"],
            ["imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["known_to"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "guide_statuses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.Integer(), nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("status_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["known_from"],
            ["imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["known_to"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "import_tables",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("import_id", "table_name"),
    )
    op.create_table(
        "interviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.Integer(), nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("interview_id", sa.String(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("form", sa.String(), nullable=True),
        sa.Column("order_followed_up", sa.Boolean(), nullable=True),
        sa.Column("education_focus", sa.Boolean(), nullable=True),
        sa.Column("resources_discussed", sa.Boolean(), nullable=True),
        sa.Column("job_discussed", sa.Boolean(), nullable=True),
        sa.Column("caseworker", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["known_from"],
            ["imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["known_to"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "job_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.Integer(), nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("registered_at_jobnet_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["known_from"],
            ["imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["known_to"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "literacy_tests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.Integer(), nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=True),
        sa.Column("needed", sa.Boolean(), nullable=True),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.Column("exemption", sa.String(), nullable=True),
        sa.Column("exempted_on", sa.Date(), nullable=True),
        sa.Column("course_needed", sa.Boolean(), nullable=True),
        sa.Column("course_offered_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["known_from"],
            ["imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["known_to"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "measurements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.Integer(), nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("measured_on", sa.Date(), nullable=False),
        sa.Column("indicator", sa.String(), nullable=True),
        sa.Column("value", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["known_from"],
            ["imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["known_to"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "meetings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.Integer(), nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("meeting_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("coordinator_named", sa.Boolean(), nullable=True),
        sa.Column("guide_named", sa.Boolean(), nullable=True),
        sa.Column("perspective", sa.Boolean(), nullable=True),
        sa.Column("fields", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["known_from"],
            ["imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["known_to"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "no_shows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.Integer(), nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("no_show_id", sa.String(), nullable=False),
        sa.Column("missed_on", sa.Date(), nullable=False),
        sa.Column("missed", sa.String(), nullable=False),
        sa.Column("offer_id", sa.String(), nullable=True),
        sa.Column("cause_documented", sa.Boolean(), nullable=True),
        sa.Column("reasonable_cause", sa.Boolean(), nullable=True),
        sa.Column("contacted_on", sa.Date(), nullable=True),
        sa.Column("heard_on", sa.Date(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("sanction", sa.String(), nullable=True),
        sa.Column("effectuated_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["known_from"],
            ["imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["known_to"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "offers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.Integer(), nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("offer_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("offered_on", sa.Date(), nullable=True),
        sa.Column("start_on", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("individually_assessed", sa.Boolean(), nullable=True),
        sa.Column("purpose_stated", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["known_from"],
            ["imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["known_to"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.Integer(), nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("has_agreements", sa.Boolean(), nullable=True),
        sa.Column("has_education_goal", sa.Boolean(), nullable=True),
        sa.Column("holds_order", sa.Boolean(), nullable=True),
        sa.Column("goal_due", sa.Date(), nullable=True),
        sa.Column("goal_due_reasoned", sa.Boolean(), nullable=True),
        sa.Column("quality_assured_on", sa.Date(), nullable=True),
        sa.Column("owner_center", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["known_from"],
            ["imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["known_to"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "rejections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("advice", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("rejections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rejections_import_id"), ["import_id"], unique=False)

    op.create_table(
        "transitions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.Integer(), nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("transition_id", sa.String(), nullable=False),
        sa.Column("admitted_on", sa.Date(), nullable=True),
        sa.Column("study_start_due", sa.Date(), nullable=False),
        sa.Column("institution", sa.String(), nullable=True),
        sa.Column("duty_assessed_on", sa.Date(), nullable=True),
        sa.Column("ordered", sa.Boolean(), nullable=True),
        sa.Column("handed_over_on", sa.Date(), nullable=True),
        sa.Column("dropout_warned_on", sa.Date(), nullable=True),
        sa.Column("contacted_after_warning_on", sa.Date(), nullable=True),
        sa.Column("broken_off_on", sa.Date(), nullable=True),
        sa.Column("break_reasonable", sa.Boolean(), nullable=True),
        sa.Column("sanction_assessed_on", sa.Date(), nullable=True),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["known_from"],
            ["imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["known_to"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "visitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.Integer(), nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("reasoned", sa.Boolean(), nullable=True),
        sa.Column("perspective", sa.Boolean(), nullable=True),
        sa.Column("grounds", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["known_from"],
            ["imports.id"],
        ),
        sa.ForeignKeyConstraint(
            ["known_to"],
            ["imports.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("visitations")
    op.drop_table("transitions")
    with op.batch_alter_table("rejections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rejections_import_id"))

    op.drop_table("rejections")
    op.drop_table("plans")
    op.drop_table("offers")
    op.drop_table("no_shows")
    op.drop_table("meetings")
    op.drop_table("measurements")
    op.drop_table("literacy_tests")
    op.drop_table("job_search")
    op.drop_table("interviews")
    op.drop_table("import_tables")
    op.drop_table("guide_statuses")
    op.drop_table("guidance")
    op.drop_table("groups")
    op.drop_table("education_orders")
    op.drop_table("center_periods")
    op.drop_table("cases")
    op.drop_table("benefits")
    op.drop_table("assignments")
    op.drop_table("agreements")
    op.drop_table("imports")
    op.drop_table("centers")

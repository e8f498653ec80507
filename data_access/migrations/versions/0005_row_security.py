"""row-level security, on PostgreSQL."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OF_A_CASE = (
    "cases",
    "center_periods",
    "visitations",
    "interviews",
    "guidance",
    "literacy_tests",
    "education_orders",
    "offers",
    "no_shows",
    "plans",
    "job_search",
    "transitions",
    "assignments",
    "guide_statuses",
    "meetings",
    "measurements",
    "groups",
    "benefits",
)

# The policies ask this of the very tables that they guard: inside it everything is seen, or it would go round in a
# ring. What the caller may see is put back before anything is given out. (Only a superuser may leave that to a SET
# clause of the function.)
HELD = """
    CREATE FUNCTION held_cases() RETURNS SETOF varchar LANGUAGE plpgsql STABLE AS $$
    DECLARE
        seen text := nullif(current_setting('ungeoverblik.centers', true), '');
    BEGIN
        IF seen IS NULL THEN
            RETURN;
        END IF;
        PERFORM set_config('ungeoverblik.centers', '*', true);
        RETURN QUERY
            WITH covering AS (
                SELECT DISTINCT ON (period.case_id) period.case_id, period.center
                FROM center_periods AS period, (SELECT max(extract_date) AS newest FROM imports) AS day
                WHERE period.known_to IS NULL
                    AND period.from_on <= day.newest AND (period.until IS NULL OR period.until >= day.newest)
                ORDER BY period.case_id, period.from_on DESC, period.id DESC
            )
            SELECT cases.case_id
            FROM cases LEFT JOIN covering ON covering.case_id = cases.case_id
            WHERE cases.known_to IS NULL
                AND coalesce(covering.center, cases.center) IN (SELECT json_array_elements_text(CAST(seen AS json)));
        PERFORM set_config('ungeoverblik.centers', seen, true);
    END $$
"""
SETTING = "current_setting('ungeoverblik.centers', true)"
# In parentheses of its own the setting is read once a query, not once a row.
POLICY = "CREATE POLICY by_center ON {} USING ((SELECT {}) = '*' OR {}) WITH CHECK ((SELECT {}) = '*')"
ITS_CASE = "case_id IN (SELECT held_cases())"
ITS_MEETING = "meeting_id IN (SELECT meetings.meeting_id FROM meetings WHERE meetings.known_to IS NULL)"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(sa.text(HELD))
    for table, shown in (*((table, ITS_CASE) for table in OF_A_CASE), ("agreements", ITS_MEETING)):
        op.execute(sa.text(POLICY.format(table, SETTING, shown, SETTING)))
        op.execute(sa.text(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"))


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in (*OF_A_CASE, "agreements"):
        op.execute(sa.text(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY"))
        op.execute(sa.text(f"DROP POLICY by_center ON {table}"))
    op.execute(sa.text("DROP FUNCTION held_cases()"))

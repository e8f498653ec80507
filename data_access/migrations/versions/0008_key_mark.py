"""which key the persons of a delivery were made with."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("imports", sa.Column("key_mark", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("imports", "key_mark")

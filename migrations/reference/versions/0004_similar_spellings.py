"""Find names by similar spellings: hyphens, blanks, slashes and Greek letters folded."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "loose_name",
        sa.Column("loose", sa.String(), primary_key=True, nullable=False),
        sa.Column("folded", sa.String(), primary_key=True, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("loose_name")

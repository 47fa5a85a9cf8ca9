"""API keys, with the hashes of their secrets, and how many requests each sent in a day."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_key",
        sa.Column("id", sa.String, primary_key=True, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("name", "hash", "scopes")),
        sa.Column("rate", sa.String, nullable=True),
        sa.Column("daily", sa.BigInteger, nullable=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=True) for name in ("expires_at", "revoked_at")),
    )
    op.create_table(
        "access_use",
        sa.Column("key_id", sa.String, primary_key=True, nullable=False),
        sa.Column("day", sa.String, primary_key=True, nullable=False),
        sa.Column("requests", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("access_use")
    op.drop_table("access_key")

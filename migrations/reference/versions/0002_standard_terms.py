"""Name columns and tables in standard terms: assignment rank, match tier, license, symbol deletions."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_RENAMED = (
    ("identifier", "place", "assignment_rank"),
    ("name", "ladder", "tier"),
    ("source_file", "licence", "license"),
)


def upgrade() -> None:
    for table, old, new in _RENAMED:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    op.rename_table("near_symbol", "symbol_deletion")


def downgrade() -> None:
    op.rename_table("symbol_deletion", "near_symbol")
    for table, old, new in _RENAMED:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {new} TO {old}")

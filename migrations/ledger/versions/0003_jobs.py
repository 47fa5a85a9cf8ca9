"""Jobs: what was submitted, who runs it, how far it is, and how it ended."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def column(name: str, kind: type[sa.types.TypeEngine[object]], *, optional: bool = False) -> sa.Column[object]:
    return sa.Column(name, kind(), primary_key=name == "id", nullable=optional)


def upgrade() -> None:
    op.create_table(
        "job",
        *(column(name, sa.String) for name in ("id", "folder", "kind", "fingerprint", "state")),
        *(column(name, sa.String, optional=True) for name in ("key", "holder")),
        column("input_bytes", sa.BigInteger),
        column("max_s", sa.Float),
        column("attempt", sa.Integer),
        column("lease_until", sa.BigInteger, optional=True),
        column("created_at", sa.Float),
        *(column(name, sa.Float, optional=True) for name in ("started_at", "finished_at")),
        *(column(name, sa.JSON) for name in ("payload", "prepared", "progress")),
        *(column(name, sa.JSON, optional=True) for name in ("summary", "error")),
    )
    op.create_index("job_by_key", "job", ["folder", "key"], unique=True)
    op.create_index("job_by_state", "job", ["folder", "state", "created_at"])
    op.create_index("job_by_end", "job", ["folder", "finished_at"])


def downgrade() -> None:
    op.drop_table("job")

"""Verdicts that wait for settling, reviews of marks, their history, releases of sources, and required pauses."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def text(name: str, *, key: bool = False, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), primary_key=key, nullable=optional)


def moment(name: str, *, optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=optional)


def upgrade() -> None:
    op.add_column("check", sa.Column("state", sa.String(), nullable=False, server_default="settled"))
    op.add_column("check", text("symbol", optional=True))
    op.create_index("check_of_state", "check", ["source", "state"])
    # What a killed run had recorded before the upgrade waits for the next one.
    op.execute(
        "UPDATE \"check\" SET state = 'open'"
        " WHERE obstacle IS NULL AND run_id IN (SELECT id FROM run WHERE state = 'running')"
    )
    op.add_column("mark", text("symbol", optional=True))
    op.add_column("mark", sa.Column("review", sa.String(), nullable=False, server_default=""))
    op.add_column("run_source", text("upstream_date", optional=True))
    op.add_column("run_source", sa.Column("held_back", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "review",
        text("curie", key=True),
        *(text(name) for name in ("state", "fingerprint", "reason", "by")),
        moment("at"),
    )
    op.create_table(
        "mark_event",
        sa.Column("id", sa.Integer(), primary_key=True, nullable=False),
        text("curie"),
        text("source"),
        text("event"),
        moment("at"),
        sa.Column("run_id", sa.Integer(), nullable=True),
        *(text(name) for name in ("verdict", "successors")),
        *(text(name, optional=True) for name in ("reason", "by")),
    )
    op.create_index("mark_event_of_curie", "mark_event", ["curie"])
    op.create_index("mark_event_of_run", "mark_event", ["run_id"])
    op.create_table(
        "source_release",
        text("source", key=True),
        text("name", key=True),
        text("date", optional=True),
        moment("first_seen_at"),
        moment("last_seen_at"),
    )
    op.create_table("pause", text("host", key=True), text("source"), moment("until"), moment("noted_at"))


def downgrade() -> None:
    for name in ("pause", "source_release", "mark_event", "review"):
        op.drop_table(name)
    op.drop_column("run_source", "held_back")
    op.drop_column("run_source", "upstream_date")
    op.drop_column("mark", "review")
    op.drop_column("mark", "symbol")
    op.drop_index("check_of_state", "check")
    op.drop_column("check", "symbol")
    op.drop_column("check", "state")

"""The first shape of the ledger: runs, checks, marks, claims, the lease, and how often identifiers are used."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def text(name: str, *, key: bool = False, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), primary_key=key, nullable=optional)


def number(name: str, *, key: bool = False, optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), primary_key=key, nullable=optional)


def moment(name: str, *, optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=optional)


def of_run() -> sa.Column[int]:
    return sa.Column("run_id", sa.Integer(), sa.ForeignKey("run.id"), primary_key=True, nullable=False)


def upgrade() -> None:
    op.create_table(
        "run",
        number("id", key=True),
        *(text(name) for name in ("state", "release_id", "holder")),
        moment("started_at"),
        moment("ended_at", optional=True),
        text("reason", optional=True),
    )
    op.create_table(
        "run_source",
        of_run(),
        text("source", key=True),
        text("state"),
        text("reason", optional=True),
        *(number(name) for name in ("tracked", "planned", "checked", "stale", "not_checked", "calls")),
        *(number(name) for name in ("marked", "lifted", "marks")),
        text("upstream_release", optional=True),
        moment("started_at"),
        moment("ended_at", optional=True),
    )
    op.create_table(
        "check",
        text("curie", key=True),
        text("source"),
        number("run_id"),
        text("verdict"),
        moment("checked_at", optional=True),
        moment("queried_at", optional=True),
        text("obstacle", optional=True),
        number("version", optional=True),
        text("successors"),
        text("genes"),
        number("taxon", optional=True),
        *(text(name, optional=True) for name in ("upstream_release", "evidence", "note")),
    )
    op.create_index("check_of_source", "check", ["source", "queried_at"])
    op.create_index("check_of_run", "check", ["run_id", "source"])
    op.create_table(
        "mark",
        text("curie", key=True),
        *(text(name) for name in ("source", "verdict", "successors")),
        *(moment(name) for name in ("since", "seen_at")),
        number("run_id"),
        number("version", optional=True),
        text("genes"),
        number("taxon", optional=True),
        *(text(name, optional=True) for name in ("upstream_release", "evidence", "note")),
    )
    op.create_index("mark_of_source", "mark", ["source"])
    op.create_index("mark_since", "mark", ["since"])
    op.create_table(
        "claim", of_run(), text("curie", key=True), text("source"), number("attempts"), moment("claimed_at")
    )
    op.create_table(
        "lease",
        text("name", key=True),
        *(text(name) for name in ("token", "holder")),
        *(moment(name) for name in ("acquired_at", "expires_at")),
        number("beat"),
    )
    op.create_table("usage", text("curie", key=True), number("count"))
    op.create_table("state", text("key", key=True), text("value"))


def downgrade() -> None:
    for name in ("state", "usage", "lease", "claim", "mark", "check", "run_source", "run"):
        op.drop_table(name)

"""The first shape of a release: genes, identifiers, names, orthologs, products, retirements, sources."""

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


def reference(name: str, table: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey(f"{table}.id"), primary_key=key, nullable=False)


def upgrade() -> None:
    op.create_table("evidence", number("id", key=True), text("sources"))
    op.create_table(
        "gene",
        number("id", key=True),
        number("taxon"),
        text("curie"),
        text("symbol"),
        *(text(name, optional=True) for name in ("name", "gene_type", "chromosome")),
        *(number(name, optional=True) for name in ("start", "end")),
        *(text(name, optional=True) for name in ("strand", "assembly", "map_location")),
    )
    op.create_table(
        "gene_document", reference("id", "gene", key=True), sa.Column("document", sa.LargeBinary(), nullable=False)
    )
    op.create_table("release", text("id", key=True), text("title"), text("content_hash"))
    op.create_table(
        "source_file",
        text("key", key=True),
        *(text(name) for name in ("source", "file", "url", "licence", "upstream_version", "upstream_date")),
        number("statements"),
        text("sha256", optional=True),
        text("note"),
    )
    op.create_table(
        "identifier",
        text("accession", key=True),
        text("prefix", key=True),
        reference("gene_id", "gene", key=True),
        text("relation"),
        number("version", optional=True),
        sa.Column("reviewed", sa.Boolean(), nullable=True),
        text("mane", optional=True),
        sa.Column("alternate", sa.Boolean(), nullable=False),
        number("place"),
        number("rank"),
        reference("evidence_id", "evidence"),
        sqlite_with_rowid=False,
    )
    op.create_index("identifier_of_gene", "identifier", ["gene_id"])
    op.create_table(
        "name",
        text("folded", key=True),
        number("ladder", key=True),
        reference("gene_id", "gene", key=True),
        number("taxon"),
        text("kind"),
        text("text"),
        text("spellings"),
        reference("evidence_id", "evidence"),
        sqlite_with_rowid=False,
    )
    op.create_index("name_in_order", "name", ["taxon", "ladder", "folded"])
    op.create_table(
        "ortholog",
        reference("gene_id", "gene", key=True),
        number("rank", key=True),
        reference("other_id", "gene"),
        text("cardinality"),
        number("support"),
        reference("evidence_id", "evidence"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "product",
        text("transcript", key=True),
        text("protein", key=True),
        text("mane", optional=True),
        reference("evidence_id", "evidence"),
        sqlite_with_rowid=False,
    )
    op.create_index("product_of_protein", "product", ["protein"])
    op.create_table(
        "unplaced", text("accession", key=True), text("prefix", key=True), text("relation"), sqlite_with_rowid=False
    )
    op.create_table("retired_name", text("folded", key=True), text("retired", key=True), sqlite_with_rowid=False)
    op.create_table("near_symbol", text("deleted", key=True), text("folded", key=True), sqlite_with_rowid=False)
    op.create_table(
        "retirement",
        text("retired", key=True),
        text("successor", key=True),
        text("reason"),
        text("date", optional=True),
        text("label", optional=True),
        reference("evidence_id", "evidence"),
        sqlite_with_rowid=False,
    )
    op.create_index("retirement_by_successor", "retirement", ["successor"])


def downgrade() -> None:
    for table in (
        "near_symbol",
        "unplaced",
        "retired_name",
        "retirement",
        "product",
        "ortholog",
        "name",
        "identifier",
        "source_file",
        "release",
        "gene_document",
        "gene",
        "evidence",
    ):
        op.drop_table(table)

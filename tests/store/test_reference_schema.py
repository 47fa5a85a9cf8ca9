"""The migrations and the models are two descriptions of one schema."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from resolver.store import reference_tables
from resolver.store.migrations import upgrade


def test_migrations_lead_to_the_schema_of_the_models() -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        upgrade(connection, "reference")
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()


def test_tables_with_a_key_of_text_have_no_row_ids() -> None:
    tables = (reference_tables.Identifier, reference_tables.Name, reference_tables.Ortholog)
    for table in tables:
        described = SQLModel.metadata.tables[str(table.__tablename__)]
        assert described.dialect_options["sqlite"]["with_rowid"] is False

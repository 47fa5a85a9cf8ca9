"""Alembic environment of reference.db: runs on the connection that the caller gives."""

from alembic import context
from sqlmodel import SQLModel

import resolver.store.reference_tables  # noqa: F401  (fills SQLModel.metadata)

context.configure(connection=context.config.attributes["connection"], target_metadata=SQLModel.metadata)
with context.begin_transaction():
    context.run_migrations()

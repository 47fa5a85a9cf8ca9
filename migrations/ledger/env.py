"""Alembic environment of the ledger: runs on the connection that the caller gives."""

from alembic import context

from resolver.store.ledger_tables import Run

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Run.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()

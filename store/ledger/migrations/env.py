"""Alembic's entry: runs the migrations on the connection that `open_ledger` holds."""

from alembic import context

from store.ledger import access, duty, file_versions, gatherings, models  # noqa: F401  their tables
from store.ledger.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,  # ours on SQLite too: BEGIN IMMEDIATE stands before the first statement
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()

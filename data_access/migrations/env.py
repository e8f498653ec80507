"""Runs the migrations inside the caller's transaction: on SQLite too, all of a step or nothing of it."""

from alembic import context
from sqlmodel import SQLModel

from data_access import models  # noqa: F401  (fills the metadata)

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    transactional_ddl=True,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()

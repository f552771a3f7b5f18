"""What Alembic runs: over the connection it is given, in its transaction. There is no other way to run it."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from greenfin.store import tables

assert tables.LOGS  # noqa: S101  # the tables are known to the metadata

if hasattr(context, "config"):  # not where it is only imported
    context.configure(connection=context.config.attributes["connection"], target_metadata=SQLModel.metadata, render_as_batch=True)
    context.run_migrations()

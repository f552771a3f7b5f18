"""The tables of the record from release to release (Alembic)."""

"""Triggers that let a table be added to and read, and nothing else."""

from __future__ import annotations

from alembic import op

_FUNCTION = """
CREATE OR REPLACE FUNCTION greenfin_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append only: %', TG_TABLE_NAME USING ERRCODE = '23001'; END $$
"""


def refuse_changes(table: str) -> None:
    """No row of the table can be changed or removed any more, nor the table emptied."""
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, 'append only: {table}'); END"
            )
        return
    op.execute(_FUNCTION)
    for name, change, each in (("change", "UPDATE OR DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT")):
        op.execute(f"CREATE TRIGGER {table}_no_{name} BEFORE {change} ON {table} FOR EACH {each} EXECUTE FUNCTION greenfin_append_only()")

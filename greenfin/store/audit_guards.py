"""Whether the database still refuses changes to what is only added to."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

_SQLITE = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
_POSTGRES = text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')")
_CHANGES = {"sqlite": ("update", "delete"), "postgresql": ("change", "truncate")}


def guards_missing(connection: Connection, tables: tuple[str, ...]) -> Iterator[str]:
    """The triggers of append-only tables that were removed or switched off, by name."""
    engine = connection.dialect.name
    there = {str(name) for (name,) in connection.execute(_SQLITE if engine == "sqlite" else _POSTGRES)}
    return (name for table in tables for change in _CHANGES[engine] if (name := f"{table}_no_{change}") not in there)

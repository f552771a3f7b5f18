"""The chain over the append-only logs: blocks of rows, each linked to the one before, whatever the log.

The bytes of a block are the canonical JSON of its rows: a list of lists of values in the order of the columns, without spaces and with
nothing escaped that need not be. The database writes them itself (:func:`block_bytes`); :func:`canonical` says what they must be.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from sqlalchemy import Connection, text

from greenfin.store.chain_child import pieces
from greenfin.store.tables import LOGS

BLOCK_ROWS = 65_536
NOTHING_BEFORE = "0" * 64


@cache
def columns_of(log: str) -> tuple[str, ...]:
    """The columns of a log in their order; raises KeyError for a table that is none."""
    return tuple(LOGS[log].model_fields)


@cache
def defaults_of(log: str) -> Mapping[str, object]:
    """What a column holds that is not given; a column without a default is not in it."""
    return {name: field.default for name, field in LOGS[log].model_fields.items() if not field.is_required()}


def canonical(rows: Sequence[Sequence[object]]) -> bytes:
    """The bytes of a block.

    >>> canonical([[1, "a", None]])
    b'[[1,"a",null]]'
    """
    return json.dumps([list(row) for row in rows], ensure_ascii=False, separators=(",", ":")).encode()


def block_bytes(connection: Connection, log: str, first: int, last: int) -> bytes:
    """The bytes of the rows of a log from one number to another, as they stand in the database."""
    return b"".join(block_pieces(connection, log, first, last))


def block_pieces(connection: Connection, log: str, first: int, last: int) -> Iterator[bytes]:
    """:func:`block_bytes` piece by piece."""
    query = text(bytes_query(log, connection.dialect.name))

    def read(begin: int, end: int) -> bytes | None:
        found: str | bytes | None = connection.execute(query, {"first": begin, "last": end}).scalar()
        return found.encode() if isinstance(found, str) else found

    return pieces(read, first, last)


@cache
def bytes_query(log: str, dialect: str) -> str:
    """The query for the rows of a log from ``:first`` to ``:last``, as the database itself writes them."""
    columns = [f'"{name}"' for name in columns_of(log)]
    source = f'FROM "{log}" WHERE number BETWEEN :first AND :last'
    if dialect == "sqlite":
        return f"SELECT CAST(group_concat(j) AS BLOB) FROM (SELECT json_array({', '.join(columns)}) AS j {source} ORDER BY number)"  # noqa: S608  # our own names
    # as text, for bytes travel as hex; to_json is not cast, for concat_ws writes any value as text
    parts = ", ".join(f"coalesce(to_json({name}), 'null')" for name in columns)
    return f"SELECT string_agg('[' || concat_ws(',', {parts}) || ']', ',' ORDER BY number) {source}"


def rows_sha256(connection: Connection, log: str, first: int, last: int) -> str:
    """The sha256 of :func:`block_bytes`."""
    made = hashlib.sha256()
    for piece in block_pieces(connection, log, first, last):
        made.update(piece)
    return made.hexdigest()


_LINKED = ("number", "log", "first", "last", "rows_sha256", "previous", "at")


def link_sha256(link: Mapping[str, object]) -> str:
    """The sha256 of a block: over its rows' and over that of the block before it."""
    return hashlib.sha256("|".join(str(link[name]) for name in _LINKED).encode()).hexdigest()

"""How receipts stand, read and written by the thousand: the rows of ``tags``, what waits over them, and the counts of the queue."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import Connection

from greenfin.store.workflow import REPORT, Open, Standing, workflow

Key = tuple[str, str]  # receipt, edition
_AT_ONCE = 10_000
STANDING = (*("state", "version", "decision", "code", "share_ppm", "maker", "checker", "in_force_from", "reported_run", "withdrawn_on"),)
READ = ("receipt", "edition", *STANDING, "branch", "project", "book", "amount_fen", "is_changed", "queue_key", "decided_project")
PG_TYPES = {"version": "bigint", "share_ppm": "integer", "is_changed": "boolean"}


@contextmanager
def collector_paused() -> Iterator[None]:
    """No search for cycles in the meantime: a call over many rows makes millions of small tuples and no cycle."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class TagRow(NamedTuple):
    """A row of ``tags`` as far as decisions are concerned."""

    receipt: str
    edition: str
    standing: Standing
    branch: str
    project: str
    book: str
    amount_fen: int
    is_changed: bool
    queue_key: str
    decided_project: str

    @property
    def key(self) -> Key:
        """What it is known by."""
        return self.receipt, self.edition

    @property
    def projects(self) -> frozenset[str]:
        """The project it was decided in and the one that the book names now."""
        return frozenset((self.project, self.decided_project)) - {""}


def rows_among(connection: Connection, query: str, values: Iterable[object], *others: object) -> Iterator[tuple[object, ...]]:
    """The rows of a query whose ``{among}`` is a column's place among the values; ``?`` in it are the other values, which come after."""
    asked = list(values)
    is_sqlite = connection.dialect.name == "sqlite"
    among = "IN (SELECT value FROM json_each(?))" if is_sqlite else "= ANY(?)"
    sql = query.format(among=among)
    for at in range(0, len(asked), _AT_ONCE):
        part = asked[at : at + _AT_ONCE]
        first: object = json.dumps(part) if is_sqlite else part
        yield from connection.exec_driver_sql(sql if is_sqlite else sql.replace("?", "%s"), (first, *others)).fetchall()


def project_rows(connection: Connection, projects: Iterable[str], edition: str) -> list[TagRow]:
    """Every tag under an edition that the book names in one of the projects, or that was decided in one."""
    wanted, found = list(projects), dict[Key, TagRow]()
    for column in ("project", "decided_project"):
        query = f"SELECT {', '.join(READ)} FROM tags WHERE {column} {{among}} AND edition = ?"  # noqa: S608  # our own columns
        found |= {row.key: row for row in map(row_of, rows_among(connection, query, wanted, edition))}
    return list(found.values())


def row_of(values: Sequence[object]) -> TagRow:
    """A row from the values of :data:`READ`."""
    receipt, edition, *rest = values
    standing = Standing(*rest[:10])  # type: ignore[arg-type]  # the order of STANDING
    branch, project, book, amount, changed, key, decided = rest[10:]
    own = (str(branch), str(project), str(book), int(amount or 0), bool(changed), str(key), str(decided))  # type: ignore[call-overload]
    return TagRow(str(receipt), str(edition), standing, *own)


def waiting_over(connection: Connection, rows: Iterable[TagRow]) -> dict[Key, Open]:
    """What waits over each row that has something waiting."""
    waiting = workflow().waiting
    return open_proposals(connection, {row.standing.version: row.key for row in rows if row.standing.state in waiting})


def open_proposals(connection: Connection, last: Mapping[int, Key]) -> dict[Key, Open]:
    """What waits over tags, found by the numbers of their last decisions: who asked for what, and who has approved it so far."""
    pending = last
    approvers: dict[Key, tuple[str, ...]] = {}
    found: dict[Key, Open] = {}
    same: dict[tuple[object, ...], Open] = {}
    openings = workflow().openings
    query = "SELECT number, replaces, actor, step, decision, code, share_ppm, effective_on, reason FROM decisions WHERE number {among}"
    while pending:
        before: dict[int, Key] = {}
        for number, replaces, actor, step, *asked in rows_among(connection, query, pending):
            key = pending[number]  # type: ignore[index]  # a number
            if step in openings:
                whole = (step, *asked[:3], actor, approvers.get(key, ()), *asked[3:])
                found[key] = same.get(whole) or same.setdefault(whole, Open(*whole))  # type: ignore[arg-type]  # as read
                continue
            if step != REPORT:
                approvers[key] = (str(actor), *approvers.get(key, ()))
            if replaces is not None:
                before[replaces] = key  # type: ignore[index]  # a number
        pending = before
    return found


def update_many(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    keys: Sequence[str],
    values: Sequence[tuple[object, ...]],
    *,
    types: Mapping[str, str],
) -> None:
    """Set columns of many rows, each found by its keys; a value is the columns', then the keys'."""
    if not values:
        return
    if connection.dialect.name == "sqlite":
        sets, where = ", ".join(f"{c} = ?" for c in columns), " AND ".join(f"{k} = ?" for k in keys)
        connection.exec_driver_sql(f"UPDATE {table} SET {sets} WHERE {where}", list(values))  # noqa: S608  # our own names
        return
    names = [*columns, *keys]
    sets = ", ".join(f"{c} = v.{c}" for c in columns)
    arrays = ", ".join(f"%s::{types.get(n, 'text')}[]" for n in names)
    where = " AND ".join(f"{table}.{k} = v.{k}" for k in keys)
    query = f"UPDATE {table} SET {sets} FROM unnest({arrays}) AS v({', '.join(names)}) WHERE {where}"  # noqa: S608  # our own names
    for at in range(0, len(values), _AT_ONCE):
        connection.exec_driver_sql(query, tuple(list(column) for column in zip(*values[at : at + _AT_ONCE], strict=True)))


def add_counts(connection: Connection, moves: Mapping[tuple[str, str, str, str, bool], tuple[int, int]]) -> None:
    """Add to the counts by edition, state, branch, decision and flag."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    sql = (
        f"INSERT INTO tag_counts (edition, state, branch, decision, is_changed, tags, amount_fen) VALUES ({', '.join([mark] * 7)})"  # noqa: S608
        " ON CONFLICT (edition, state, branch, decision, is_changed) DO UPDATE"
        " SET tags = tag_counts.tags + excluded.tags, amount_fen = tag_counts.amount_fen + excluded.amount_fen"
    )
    if moves:
        connection.exec_driver_sql(sql, [(*key, n, fen) for key, (n, fen) in moves.items()])

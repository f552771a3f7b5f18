"""Writing: one transaction at a time over the whole store, which ends with a block of the chain for every log it touched."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain as flat
from operator import itemgetter
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from greenfin.core.problems import Refused, error
from greenfin.store.chain import BLOCK_ROWS, block_pieces, columns_of, defaults_of, link_sha256
from greenfin.store.faults import driver_faults, problem_of, refusing
from greenfin.store.heads import write_head

if TYPE_CHECKING:
    from greenfin.store.opening import Store

_RETRY_SECONDS = 0.02
_COPY_ROWS = 50  # from so many rows on PostgreSQL copies
_NULL_SIGN = b"\\u0000"  # as JSON writes it
_PLAIN = {str, int, type(None)}


def now() -> str:
    """The time in UTC, ISO with microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def canonical_json(value: object) -> str:
    """JSON as the record keeps it: keys in order, no spaces, nothing escaped that need not be."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(slots=True)
class Writing:
    """A write transaction; ``at`` is its time, ``session`` for tables that change, :meth:`append` for the logs."""

    store: Store
    connection: Connection
    session: Session
    at: str
    _spans: dict[str, list[int]] = field(default_factory=dict)  # log -> first and last number appended

    def append(self, log: str, rows: Sequence[Mapping[str, object]]) -> int:
        """Append rows to a log and give the number of the first; ``number`` and ``at`` are filled in.

        Values are text, integers or None. Raises KeyError for a column without value or default, TypeError for another
        kind of value, Refused for text no database can keep.
        """
        return self._put(log, _rows_in_order(log, rows, self.at)) if rows else self._next(log)

    def append_columns(self, log: str, columns: Mapping[str, Sequence[object]]) -> int:
        """:meth:`append` for rows that come as columns of one length, one for every column but ``number``."""
        names = columns_of(log)[1:]
        if odd := set(names) ^ set(columns):
            raise KeyError(f"{log}: {sorted(odd)}")
        return self._put(log, list(zip(*(columns[name] for name in names), strict=True)))

    def _next(self, log: str) -> int:
        span = self._spans.setdefault(log, [*_next_of(self.connection, log)])
        return span[1] + 1

    def _put(self, log: str, values: Sequence[tuple[object, ...]]) -> int:
        """Number and insert rows whose values are in the order of the columns."""
        first = self._next(log)
        if odd := set(map(type, flat.from_iterable(values))) - _PLAIN:
            raise TypeError(f"{log}: {sorted(kind.__name__ for kind in odd)}")
        _insert(self.connection, log, [(number, *row) for number, row in enumerate(values, first)], self.store.place)
        self._spans[log][1] += len(values)
        return first

    def event(
        self, actor: str, kind: str, *, subject: str = "", branch: str = "", detail: Mapping[str, object] | None = None, reason: str = ""
    ) -> int:
        """Append an event; ``detail`` holds ids and counts, never a borrower's name."""
        row = {"actor": actor, "kind": kind, "subject": subject, "branch": branch, "detail": canonical_json(detail or {}), "reason": reason}
        return self.append("events", [row])


def _next_of(connection: Connection, log: str) -> tuple[int, int]:
    """The number after the last block of a log, and the one before that."""
    last = connection.execute(text("SELECT coalesce(max(last), 0) FROM blocks WHERE log = :log"), {"log": log}).scalar_one()
    return last + 1, last


def _rows_in_order(log: str, rows: Sequence[Mapping[str, object]], at: str) -> list[tuple[object, ...]]:
    names = columns_of(log)[1:]
    unknown = set().union(*rows) - set(names) if len(rows) < _COPY_ROWS else set(rows[0]) - set(names)
    if unknown:
        raise KeyError(f"{log}: {sorted(unknown)}")
    if any(len(row) != len(names) for row in rows):
        filled = {**defaults_of(log), "at": at}
        rows = [{**filled, **row} for row in rows]
    return list(map(itemgetter(*names), rows))


def _insert(connection: Connection, log: str, values: list[tuple[object, ...]], place: str) -> None:
    """Straight through the driver: the rows are many and plain."""
    names = ", ".join(f'"{name}"' for name in columns_of(log))
    try:
        if connection.dialect.name == "postgresql" and len(values) >= _COPY_ROWS:
            driver = connection.connection.driver_connection
            assert driver is not None  # noqa: S101  # it is in a transaction
            with driver_faults(connection), driver.cursor() as cursor, cursor.copy(f'COPY "{log}" ({names}) FROM STDIN') as copy:
                for row in values:
                    copy.write_row(row)
            return
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        marks = ", ".join([mark] * len(columns_of(log)))
        connection.exec_driver_sql(f'INSERT INTO "{log}" ({names}) VALUES ({marks})', values)  # noqa: S608  # names of our own tables
    except (UnicodeEncodeError, DBAPIError) as bad:
        if isinstance(bad, DBAPIError) and not _is_bad_text(bad):
            raise
        raise Refused(error("store.bad_text", place, log=log)) from bad


def _is_bad_text(bad: DBAPIError) -> bool:
    """psycopg itself refuses null signs, before the server has seen them."""
    return type(bad.orig).__name__ == "DataError" and getattr(bad.orig, "sqlstate", None) is None


@contextmanager
def writing(store: Store) -> Iterator[Writing]:
    """One write transaction: committed when the block ends, undone when it raises.

    Writers wait for each other; raises Refused where one waits too long (``store.busy``) or the database cannot go on.
    """
    with refusing(store.place), store.engine.connect().execution_options(immediate=True) as connection:
        _begin(store, connection)
        with Session(connection, expire_on_commit=False) as session:
            made = Writing(store, connection, session, now())
            yield made
            session.flush()
            head = _link(made)
        connection.commit()
    if head:
        write_head(store.files, *head, made.at)


def _begin(store: Store, connection: Connection) -> None:
    """Begin and take the lock of all writers, again and again until the time is over."""
    over = time.monotonic() + store.busy_seconds
    while True:
        try:
            connection.begin()
            if not store.is_sqlite:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(store.busy_seconds * 1000)}")
                connection.exec_driver_sql("SELECT id FROM chain_head WHERE id = 1 FOR UPDATE")
            return
        except DBAPIError as bad:
            connection.rollback()
            if problem_of(bad, "").code != "store.busy" or time.monotonic() > over:
                raise
            time.sleep(_RETRY_SECONDS)


def _link(made: Writing) -> tuple[int, str] | None:
    """A block for every log touched; the new head, or None where nothing was appended."""
    spans = [(log, first, last) for log, (first, last) in made._spans.items() if last >= first]
    if not spans:
        return None
    number, previous = made.connection.execute(text("SELECT number, sha256 FROM chain_head WHERE id = 1")).one()
    for log, first, last in spans:
        for begin in range(first, last + 1, BLOCK_ROWS):
            number, end = number + 1, min(begin + BLOCK_ROWS - 1, last)
            rows = _written_sha256(made, log, begin, end)
            link = {"number": number, "log": log, "first": begin, "last": end, "rows_sha256": rows, "previous": previous, "at": made.at}
            previous = link_sha256(link)
            made.connection.execute(_BLOCK, {**link, "sha256": previous})
    made.connection.execute(text("UPDATE chain_head SET number = :number, sha256 = :sha256"), {"number": number, "sha256": previous})
    return number, previous


def _written_sha256(made: Writing, log: str, first: int, last: int) -> str:
    """The sha256 of the rows as they stand; raises Refused where a text among them holds a null sign."""
    sha = hashlib.sha256()
    for piece in block_pieces(made.connection, log, first, last):
        if _NULL_SIGN in piece and _holds_null(piece):
            raise Refused(error("store.bad_text", made.store.place, log=log))
        sha.update(piece)
    return sha.hexdigest()


def _holds_null(rows: bytes) -> bool:
    return any("\0" in value for row in json.loads(b"[" + rows + b"]") for value in row if isinstance(value, str))


_BLOCK = text(
    "INSERT INTO blocks (number, log, first, last, rows_sha256, previous, sha256, at)"
    " VALUES (:number, :log, :first, :last, :rows_sha256, :previous, :sha256, :at)"
)


@contextmanager
def reading(store: Store) -> Iterator[Session]:
    """A session over one unchanging picture of the store. Raises Refused."""
    level = {} if store.is_sqlite else {"isolation_level": "REPEATABLE READ"}
    with refusing(store.place), store.engine.connect().execution_options(**level) as connection, Session(connection) as session:
        yield session

"""What a database cannot do, in words: busy, full, gone, not granted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from greenfin.core.problems import Problem, Refused, error

_BUSY_STATES = ("55P03", "40001", "40P01", "57014")
_FULL_STATES = ("53100", "53200", "58030", "25006")
_SQLITE_BUSY = ("locked", "busy")
_SQLITE_FULL = ("full", "disk i/o", "readonly", "read-only", "unable to open", "attempt to write")
_NOT_GRANTED, _NO_TABLE = "42501", "42P01"


@contextmanager
def refusing(place: str) -> Iterator[None]:
    """What the database cannot do becomes a refusal in words; ``place`` names the store without a password."""
    try:
        yield
    except DBAPIError as bad:
        raise Refused(problem_of(bad, place)) from bad
    except NoConnectionFree as bad:
        raise Refused(error("store.busy", place)) from bad


@contextmanager
def driver_faults(connection: Connection) -> Iterator[None]:
    """What the driver raises where it is used past SQLAlchemy (COPY), as SQLAlchemy raises it."""
    try:
        yield
    except connection.dialect.loaded_dbapi.Error as bad:
        raise DBAPIError("COPY", None, bad) from bad


def problem_of(bad: DBAPIError, place: str) -> Problem:
    """The problem a fault of the database stands for; neither its text nor its values (they may hold names) are told."""
    state = getattr(bad.orig, "sqlstate", None)
    if state is None and type(bad.orig).__module__.startswith("psycopg"):
        return error("store.gone", place) if bad.connection_invalidated or not isinstance(bad, IntegrityError) else _other(bad, place)
    if state is not None:
        return _of_server(bad, state, place)
    said = str(bad.orig).lower()
    if any(word in said for word in _SQLITE_BUSY):
        return error("store.busy", place)
    if any(word in said for word in _SQLITE_FULL):
        return error("store.cannot_write", place, reason=_reason(bad))
    return _other(bad, place)


def _of_server(bad: DBAPIError, state: str, place: str) -> Problem:
    if state in _BUSY_STATES:
        return error("store.busy", place)
    if state in _FULL_STATES:
        return error("store.cannot_write", place, reason=state)
    if state == _NOT_GRANTED:
        return error("store.not_granted", place)
    if bad.connection_invalidated or state.startswith(("08", "57P")):
        return error("store.gone", place)
    return error("store.no_tables", place) if state == _NO_TABLE else _other(bad, place)


def _other(bad: DBAPIError, place: str) -> Problem:
    return error("store.conflict" if isinstance(bad, IntegrityError) else "store.cannot_open", place, reason=_reason(bad))


def _reason(bad: DBAPIError) -> str:
    return getattr(bad.orig, "sqlite_errorname", None) or getattr(bad.orig, "sqlstate", None) or type(bad.orig).__name__

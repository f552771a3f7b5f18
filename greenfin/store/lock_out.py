"""Proving a password: failures are counted in the store, and an account is locked after too many of them (``accounts.toml``)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, select

from greenfin.core.problems import Refused, error
from greenfin.store.account_rules import account_rules, is_name, plain_name, stamp
from greenfin.store.opening import Store
from greenfin.store.passwords import hashed, is_outdated, matches
from greenfin.store.tables import User
from greenfin.store.writing import Writing, reading, writing


def user_named(session: Session, name: str) -> User | None:
    """The user of a name in any writing, or None."""
    plain = plain_name(name)
    return session.exec(select(User).where(User.name == plain)).first() if is_name(plain) else None


@contextmanager
def proved(store: Store, name: str, password: str, *, at: datetime | None = None) -> Iterator[tuple[Writing, User]]:
    """A write transaction and the user whose password it is.

    Raises Refused (``store.login_failed``) in the same words and after as much work whether the name is unknown, the account disabled or
    locked, or the password wrong. What a guess finds out while others lock the account is worth nothing: the lock is read with the write.
    """
    moment = at or datetime.now(UTC)
    with reading(store) as session:
        found = user_named(session, name)
    kept = found.password_hash if found else None
    is_right = matches(password, kept)
    renewed = hashed(password) if is_right and kept and is_outdated(kept) else kept
    with writing(store) as made:
        user = user_named(made.session, name)
        is_right = is_right and user is not None and user.password_hash == kept
        fault = fault_of(user, stamp(moment)) or (None if is_right else "password")
        if user is not None and fault is None:
            user.password_hash, user.failed_count, user.locked_until = renewed or user.password_hash, 0, ""
            yield made, user
            return
        _count(made, user, fault or "", moment)
    rules = account_rules()
    raise Refused(error("store.login_failed", failures=rules.failures, minutes=int(rules.locked_for / timedelta(minutes=1))))


def fault_of(user: User | None, at: str) -> str | None:
    """Why nobody logs in to an account at a time, whatever he proves: unknown, disabled or locked; None where he may."""
    if user is None:
        return "unknown"
    if not user.is_active:
        return "disabled"
    return "locked" if user.locked_until > at else None


def _count(made: Writing, user: User | None, fault: str, at: datetime) -> None:
    """Note a failure; a name that is no user's is not kept: it may be a password typed in the wrong place."""
    subject = user.name if user else ""
    made.event("", "login.failed", subject=subject, detail={"cause": fault})
    if user is None or fault != "password":
        return
    rules = account_rules()
    user.failed_count += 1
    if user.failed_count >= rules.failures:
        user.failed_count, user.locked_until = 0, stamp(at + rules.locked_for)
        made.event("", "login.locked", subject=subject, detail={"failures": rules.failures, "until": user.locked_until})

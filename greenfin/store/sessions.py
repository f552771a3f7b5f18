"""Who is logged in: a random token in the user's hands, its sha256 in the store."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, col, select, update

from greenfin.core.problems import Refused, error
from greenfin.store.account_rules import account_rules, stamp
from greenfin.store.faults import refusing
from greenfin.store.identities import admitted
from greenfin.store.lock_out import proved
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.store.tables import User, UserSession
from greenfin.store.writing import Writing, reading, writing


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who has just logged in; ``token`` is shown this once; until a first password is changed the session opens nothing."""

    token: str
    actor: Actor
    expires_at: str
    must_change: bool


def log_in(store: Store, name: str, password: str, *, at: datetime | None = None) -> Login:
    """A new session. Raises Refused (``store.login_failed``)."""
    moment = at or datetime.now(UTC)
    with proved(store, name, password, at=moment) as (made, user):
        return _begun(made, user, moment, {})


def log_in_identified(store: Store, issuer: str, subject: str, *, at: datetime | None = None) -> Login:
    """A new session for the user whose record states this name at this provider, which has proved it to the caller; nobody is added.

    Raises Refused (``store.identity_refused``) in the same words whether no user states it or the account is disabled or locked.
    """
    moment = at or datetime.now(UTC)
    with admitted(store, issuer, subject, at=moment) as (made, user):
        return _begun(made, user, moment, {"issuer": issuer})


def _begun(made: Writing, user: User, at: datetime, detail: Mapping[str, str]) -> Login:
    rules = account_rules()
    token = secrets.token_urlsafe(rules.token_bytes)
    begun, over = stamp(at), stamp(at + rules.absolute)
    made.session.add(
        UserSession(token_sha256=_digest(token), user=user.name, created_at=begun, last_seen_at=begun, expires_at=over, ended_at="")
    )
    made.event(user.name, "login.ok", subject=user.name, detail=detail)
    return Login(token, actor_from(user), over, user.must_change)


def actor_of(store: Store, token: str, *, at: datetime | None = None) -> Actor:
    """Who holds the token, with the role and branches of this moment.

    Raises Refused: ``store.not_logged_in`` (unknown, ended, disabled), ``store.session_expired``, ``store.must_change``.
    """
    moment, digest = at or datetime.now(UTC), _digest(token)
    with reading(store) as session:
        found = session.exec(
            select(UserSession, User).where(UserSession.token_sha256 == digest, User.name == UserSession.user)  # one row at most
        ).first()
    if found is None or found[0].ended_at or not found[1].is_active:
        raise Refused(error("store.not_logged_in"))
    kept, user = found
    if _is_over(kept, moment):
        raise Refused(error("store.session_expired"))
    if user.must_change:
        raise Refused(error("store.must_change", user=user.name))
    _touch(store, kept, moment)
    return actor_from(user)


def log_out(store: Store, token: str, *, at: datetime | None = None) -> bool:
    """End the session of a token; whether there was one to end."""
    with writing(store) as made:
        kept = made.session.get(UserSession, _digest(token))
        if kept is None or kept.ended_at:
            return False
        kept.ended_at = stamp(at or datetime.now(UTC))
        made.event(kept.user, "logout", subject=kept.user)
        return True


def end_sessions(session: Session, user: str, at: str) -> None:
    """End every open session of a user, within a write transaction."""
    session.exec(update(UserSession).where(col(UserSession.user) == user, col(UserSession.ended_at) == "").values(ended_at=at))


def actor_from(user: User) -> Actor:
    """The actor a user is now."""
    return Actor(user.name, user.role, tuple(json.loads(user.branches)), user.display_name)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _is_over(kept: UserSession, at: datetime) -> bool:
    return stamp(at) >= kept.expires_at or stamp(at - account_rules().idle) >= kept.last_seen_at


def _touch(store: Store, kept: UserSession, at: datetime) -> None:
    """Note the use of a session now and then; a store too busy for it misses one note."""
    if stamp(at - account_rules().touch) < kept.last_seen_at:
        return
    noted = update(UserSession).where(col(UserSession.token_sha256) == kept.token_sha256).values(last_seen_at=stamp(at))
    with suppress(Refused), refusing(store.place), store.engine.begin() as connection:
        connection.execute(noted)

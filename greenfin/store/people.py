"""The people who work with the record: added, granted a role and branches, disabled; each change an event of the log."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from greenfin.core.problems import Refused, error
from greenfin.store.account_rules import account_rules, check_new_password, new_name, plain_password, stamp, weak_password
from greenfin.store.identities import check_identity, digest_of, identified
from greenfin.store.lock_out import proved, user_named
from greenfin.store.opening import Store
from greenfin.store.passwords import hashed
from greenfin.store.permissions import EVERY_BRANCH, Actor, Scope, actions, permit, roles
from greenfin.store.sessions import end_sessions
from greenfin.store.tables import User
from greenfin.store.writing import Writing, canonical_json, reading, writing

ADMIN = "admin"
_BRANCH = re.compile(r"\w[\w.-]{0,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Person:
    """A user as others may see him; ``locked_until``: empty or a time, also one gone by; ``subject``: his name at ``issuer``."""

    name: str
    display_name: str
    role: str
    branches: tuple[str, ...]
    is_active: bool
    locked_until: str
    must_change: bool
    created_at: str
    created_by: str
    issuer: str = ""
    subject: str = ""

    def state(self, at: datetime) -> str:
        """``disabled``, ``locked``, ``must_change`` (the first password) or ``active`` at a time."""
        if not self.is_active:
            return "disabled"
        if self.locked_until > stamp(at):
            return "locked"
        return "must_change" if self.must_change else "active"


def has_users(store: Store) -> bool:
    """Whether anybody was ever added. Raises Refused."""
    with reading(store) as session:
        return _any_user(session)


def users(store: Store, actor: Actor) -> tuple[Person, ...]:
    """Every user by name. Raises Refused."""
    permit(actor, "read_users")
    with reading(store) as session:
        return tuple(_person(user) for user in session.exec(select(User).order_by(col(User.name))))


def add_first_admin(store: Store, name: str, password: str, *, display_name: str = "", at: datetime | None = None) -> Person:
    """The administrator a new store begins with. Raises Refused where there is any user."""
    made_of = _new(name, ADMIN, (), password, display_name=display_name, at=at)
    with writing(store) as made:
        if _any_user(made.session):
            raise Refused(error("store.has_users"))
        return _added(made, made_of, by=made_of.name)


def add_user(
    store: Store,
    actor: Actor,
    name: str,
    *,
    role: str,
    branches: Sequence[str],
    password: str,
    display_name: str = "",
    at: datetime | None = None,
) -> Person:
    """A new user, who must change this first password. Raises Refused."""
    permit(actor, "manage_users")
    made_of = _new(name, role, branches, password, display_name=display_name, at=at)
    made_of.must_change = True
    with _managing(store, actor) as made:
        if user_named(made.session, made_of.name) is not None:
            raise Refused(error("store.user_exists", user=made_of.name))
        return _added(made, made_of, by=actor.user)


def grant(store: Store, actor: Actor, name: str, *, role: str | None = None, branches: Sequence[str] | None = None) -> Person:
    """Another role or other branches for a user; his sessions see them at once. Raises Refused (nobody changes his own)."""
    with _managing(store, actor) as made:
        user = _other(made, actor, name)
        before = {"role": user.role, "branches": json.loads(user.branches)}
        wanted = role or user.role
        kept = json.loads(user.branches) if _is_bound(user.role) else ()  # "all" of a role that has no bounds is not handed on
        theirs = branches_for(wanted, kept if branches is None else branches)
        user.role, user.branches = wanted, canonical_json(theirs)
        after = {"role": wanted, "branches": list(theirs)}
        made.event(actor.user, "user.changed", subject=user.name, detail={"before": before, "after": after})
        return _person(user)


def disable(store: Store, actor: Actor, name: str, *, reason: str = "", at: datetime | None = None) -> Person:
    """Close a user's account and end all his sessions. Raises Refused (nobody disables himself)."""
    with _managing(store, actor) as made:
        user = _other(made, actor, name)
        user.is_active = False
        end_sessions(made.session, user.name, _time(at))
        made.event(actor.user, "user.changed", subject=user.name, detail={"is_active": False}, reason=reason)
        return _person(user)


def enable(store: Store, actor: Actor, name: str, *, reason: str = "") -> Person:
    """Open a user's account again, unlocked. Raises Refused."""
    with _managing(store, actor) as made:
        user = _other(made, actor, name)
        user.is_active, user.failed_count, user.locked_until = True, 0, ""
        made.event(actor.user, "user.changed", subject=user.name, detail={"is_active": True}, reason=reason)
        return _person(user)


def set_identity(store: Store, actor: Actor, name: str, *, issuer: str, subject: str, at: datetime | None = None) -> Person:
    """Let the bank's provider (OIDC) prove who a user is, in place of his password, which ends with his sessions.

    Back to a password by :func:`set_password`. Raises Refused (no provider's address, no subject, somebody else's).
    """
    check_identity(issuer, subject)
    unknown_to_all = hashed(secrets.token_urlsafe(account_rules().token_bytes))
    with _managing(store, actor) as made:
        user = _other(made, actor, name)
        holder = identified(made.session, issuer, subject)
        if holder is not None and holder.name != user.name:
            raise Refused(error("store.identity_taken", user=holder.name))
        user.issuer, user.subject = issuer, subject
        user.password_hash, user.must_change, user.failed_count, user.locked_until = unknown_to_all, False, 0, ""
        end_sessions(made.session, user.name, _time(at))
        made.event(actor.user, "user.changed", subject=user.name, detail={"identity": digest_of(issuer, subject), "issuer": issuer})
        return _person(user)


def check_may_reset(store: Store, actor: Actor, name: str) -> None:
    """Raises Refused where :func:`set_password` would, whatever the password: to be asked before one is typed."""
    with _managing(store, actor) as made:
        _other(made, actor, name)


def set_password(store: Store, actor: Actor, name: str, password: str, *, at: datetime | None = None) -> Person:
    """A new first password for another user, who must change it and logs in by it alone; his sessions end, he is unlocked. Raises."""
    permit(actor, "manage_users")
    check_new_password(name, password)
    kept = hashed(password)
    with _managing(store, actor) as made:
        user = _other(made, actor, name)
        user.password_hash, user.must_change, user.failed_count, user.locked_until = kept, True, 0, ""
        user.issuer = user.subject = ""
        end_sessions(made.session, user.name, _time(at))
        made.event(actor.user, "user.changed", subject=user.name, detail={"password": "set", "identity": ""})
        return _person(user)


def change_password(store: Store, name: str, old: str, new: str, *, at: datetime | None = None) -> None:
    """A person's own new password, by the old one (failures count as at log-in); all his sessions end. Raises Refused."""
    check_new_password(name, new)
    if plain_password(new) == plain_password(old):
        raise Refused(weak_password("same"))
    kept = hashed(new)
    with proved(store, name, old, at=at) as (made, user):
        user.password_hash, user.must_change = kept, False
        end_sessions(made.session, user.name, _time(at))
        made.event(user.name, "user.changed", subject=user.name, detail={"password": "changed"})


def branches_for(role: str, branches: Sequence[str]) -> tuple[str, ...]:
    """The branches kept for a role: given ones where the role is bound to them, else all or none. Raises Refused."""
    if role not in roles():
        raise Refused(error("store.unknown_role", found=role, known=", ".join(roles())))
    if not _is_bound(role):
        return (EVERY_BRANCH,) if actions()["read_loans"].scopes[role] is Scope.ALL else ()
    for branch in branches:
        if branch != EVERY_BRANCH and not _BRANCH.fullmatch(branch):
            raise Refused(error("store.bad_branch", found=branch))
    if not branches:
        raise Refused(error("store.branches_missing", role=role))
    return (EVERY_BRANCH,) if EVERY_BRANCH in branches else tuple(sorted(set(branches)))


def _is_bound(role: str) -> bool:
    return any(action.scopes.get(role) is Scope.OWN_BRANCHES for action in actions().values())


@contextmanager
def _managing(store: Store, actor: Actor) -> Iterator[Writing]:
    """A write transaction of somebody who is an active administrator while it lasts, whatever the actor was a moment ago.

    Since nobody disables or demotes himself (:func:`_other`), an active administrator is always left.
    """
    permit(actor, "manage_users")
    with writing(store) as made:
        mine = user_named(made.session, actor.user)
        if mine is None or not mine.is_active:
            raise Refused(error("store.not_logged_in"))
        permit(Actor(mine.name, mine.role), "manage_users")
        yield made


def _other(made: Writing, actor: Actor, name: str) -> User:
    user = user_named(made.session, name)
    if user is None:
        raise Refused(error("store.unknown_user", user=name))
    if user.name == actor.user:
        raise Refused(error("store.own_rights"))
    return user


def _new(name: str, role: str, branches: Sequence[str], password: str, *, display_name: str, at: datetime | None) -> User:
    plain, theirs = new_name(name), branches_for(role, branches)
    check_new_password(plain, password)
    shown = _CONTROL.sub(" ", display_name).strip()[:100]
    return User(
        name=plain,
        display_name=shown,
        role=role,
        branches=canonical_json(theirs),
        password_hash=hashed(password),
        created_at=_time(at),
    )


def _added(made: Writing, user: User, *, by: str) -> Person:
    user.created_by = by
    made.session.add(user)
    made.event(by, "user.added", subject=user.name, detail={"role": user.role, "branches": json.loads(user.branches)})
    return _person(user)


def _any_user(session: Session) -> bool:
    return session.exec(select(User.id).limit(1)).first() is not None


def _person(user: User) -> Person:
    row = user.model_dump(exclude={"id", "password_hash", "failed_count", "branches"})
    return Person(**row, branches=tuple(json.loads(user.branches)))


def _time(at: datetime | None) -> str:
    return stamp(at or datetime.now(UTC))

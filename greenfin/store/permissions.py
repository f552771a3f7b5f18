"""Who may do what (``permissions.csv``): role × action, for all branches or for the actor's own."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from greenfin.core.problems import Refused, error

EVERY_BRANCH = "*"
_MEANINGS = ("action", "zh", "en")


class Scope(StrEnum):
    """How far a role may do something."""

    NO = "no"
    OWN_BRANCHES = "own_branches"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that may be permitted, what it is called, and the scope of each role."""

    id: str
    zh: str
    en: str
    scopes: Mapping[str, Scope]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the user's name, role and branches (``*`` for all of them), as they are in the store at this moment."""

    user: str
    role: str
    branches: tuple[str, ...] = ()
    display_name: str = ""

    @property
    def has_every_branch(self) -> bool:
        """Whether no branch is closed to the actor."""
        return EVERY_BRANCH in self.branches


@cache
def actions() -> Mapping[str, Action]:
    """The matrix by action, in the order of the file."""
    lines = files("greenfin.store").joinpath("permissions.csv").read_text("utf-8").splitlines()
    return {row["action"]: _action(row) for row in csv.DictReader(lines)}


def _action(row: Mapping[str, str]) -> Action:
    scopes = {role: Scope(found) for role, found in row.items() if role not in _MEANINGS}
    return Action(row["action"], row["zh"], row["en"], scopes)


@cache
def roles() -> tuple[str, ...]:
    """The roles there are."""
    return tuple(next(iter(actions().values())).scopes)


def scope_of(actor: Actor, action: str) -> Scope:
    """How far the actor may do it; raises KeyError for an action that is not in the matrix, ``no`` for a role that is not."""
    return actions()[action].scopes.get(actor.role, Scope.NO)


def permit(actor: Actor, action: str, branch: str | None = None) -> None:
    """Nothing where the actor may do it in the branch; ``None`` asks whether he may at all, ``""`` is a row without a branch.

    Whoever permits without a branch filters the rows by :func:`allowed_branches`. Raises Refused (``store.not_permitted``).
    """
    allowed = _allowed(actor, action)
    if allowed is None or (allowed and (branch is None or branch in allowed)):
        return
    raise _refusal(actor, action, branch or "")


def permit_each(actor: Actor, action: str, branches: Iterable[str | None]) -> None:
    """Nothing where the actor may do it in every one of the branches (``None``: a row without one). Raises Refused."""
    permit(actor, action)
    allowed = _allowed(actor, action)
    if allowed is None:
        return
    outside = sorted({branch or "" for branch in branches} - allowed)
    if outside:
        raise _refusal(actor, action, " ".join(outside))


def allowed_branches(actor: Actor, action: str) -> frozenset[str] | None:
    """The branches whose rows the actor may treat so, ``None`` for all of them. Raises Refused where it is none."""
    permit(actor, action)
    return _allowed(actor, action)


def may(actor: Actor, action: str, branch: str | None = None) -> bool:
    """Whether :func:`permit` would let the actor pass."""
    try:
        permit(actor, action, branch)
    except Refused:
        return False
    return True


def _allowed(actor: Actor, action: str) -> frozenset[str] | None:
    scope = scope_of(actor, action)
    if scope is Scope.ALL or (scope is Scope.OWN_BRANCHES and actor.has_every_branch):
        return None
    return frozenset(b for b in actor.branches if b) if scope is Scope.OWN_BRANCHES else frozenset()


def _refusal(actor: Actor, action: str, where: str) -> Refused:
    return Refused(error("store.not_permitted", where, user=actor.user, role=actor.role, action=action))

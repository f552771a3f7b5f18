"""The declared order of the review queue as a key that sorts as text: attention, decision, reason, amount, and a tie-breaker."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2s
from importlib.resources import files

_SIGNS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LAST = "z"
_LARGEST = 2**60 - 1
RANKS = 3
"""How many signs of a key stand before the amount."""


@dataclass(frozen=True, slots=True)
class Order:
    """The sign of each decision and reason."""

    decisions: Mapping[str, str]
    reasons: Mapping[str, str]


@cache
def order() -> Order:
    """The order as shipped."""
    raw = tomllib.loads(files("greenfin.store").joinpath("queue.toml").read_text("utf-8"))
    return Order(*(dict(zip(raw[name], _SIGNS, strict=False)) for name in ("decisions", "reasons")))


def queue_key(receipt: str, edition: str, *, is_changed: bool, decision: str, reason: str, amount_fen: int | None) -> str:
    """Where a tag stands in the queue; no two tags have the same key."""
    tie = blake2s(f"{receipt}\0{edition}".encode(), digest_size=8).hexdigest()
    return f"{rank(is_changed, decision, reason)}{_inverted(amount_fen or 0):015x}{tie}"


def rank(is_changed: bool, decision: str, reason: str) -> str:
    """The first signs of a key."""
    return lead(is_changed=is_changed, decision=decision) + order().reasons.get(reason, _LAST)


def lead(*, is_changed: bool, decision: str) -> str:
    """The first signs of a key, which change with the attention and the decision."""
    return f"{0 if is_changed else 1}{order().decisions.get(decision, _LAST)}"


def _inverted(amount_fen: int) -> int:
    return _LARGEST - min(max(amount_fen, 0), _LARGEST)


def spans(
    *, is_changed: bool | None, decision: str | None, reason: str | None, least_fen: int | None, most_fen: int | None
) -> tuple[tuple[str, str], ...]:
    """The ranges of keys (from, below) that hold all tags of this kind, in their order."""
    if (is_changed, decision, reason, least_fen, most_fen) == (None,) * 5:
        return (("0", "2"),)
    known = order()
    changed = ["0", "1"] if is_changed is None else ["0" if is_changed else "1"]
    whole = least_fen is None and most_fen is None
    prefixes = changed
    if decision is not None or reason is not None or not whole:
        decided = [known.decisions.get(decision, _LAST)] if decision is not None else [*known.decisions.values(), _LAST]
        prefixes = [c + d for c in changed for d in decided]
    if reason is not None or not whole:
        reasons = [known.reasons.get(reason, _LAST)] if reason is not None else [*known.reasons.values(), _LAST]
        prefixes = [p + r for p in prefixes for r in reasons]
    if whole:
        return tuple((p, f"{p}{_LAST}{_LAST}") for p in prefixes)
    top, low = _inverted(_LARGEST if most_fen is None else most_fen), _inverted(least_fen or 0)
    return tuple((f"{p}{top:015x}", f"{p}{low:015x}g") for p in prefixes)

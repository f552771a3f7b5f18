"""Loans that two people have decided and that read like the one before the reviewer. No streamlit here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from greenfin.messages import Lang, say
from greenfin.store.one_loan import loan_rows
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor
from greenfin.store.queue import Filter, QueueRow, page
from greenfin.store.standings import TagRow
from greenfin.store.workflow import IN_FORCE, REPORTED
from greenfin.ui.views.loans import yuan

SHOWN = 4
LOOKED_AT = 60  # decided loans of each entry, the largest first
DECIDED = (IN_FORCE, REPORTED)


@dataclass(frozen=True, slots=True)
class Alike:
    """A decided loan, printed; ``likeness`` is the part of the pairs of signs of both purposes that they share (0 to 1)."""

    receipt: str
    decision: str
    decision_words: str
    code: str
    amount: str
    purpose: str
    likeness: float


def decided_alike(store: Store, actor: Actor, tag: TagRow, *, codes: Sequence[str], lang: Lang) -> tuple[Alike, ...]:
    """The decided loans of the same edition that read most like this one: of these entries, and not green. Raises Refused."""
    filters = [Filter(states=DECIDED, edition=tag.edition, code=code) for code in codes]
    filters.append(Filter(states=DECIDED, edition=tag.edition, decision="not_green"))
    found = {r.tag.key: r for f in filters for r in page(store, actor, f, limit=LOOKED_AT).rows if r.tag.key != tag.key}
    return nearest(store, actor, tag, list(found.values()), lang=lang)


def nearest(store: Store, actor: Actor, tag: TagRow, rows: Sequence[QueueRow], *, lang: Lang, most: int = SHOWN) -> tuple[Alike, ...]:
    """Those of the rows whose purposes are most like that of the tag, the likest first; what has nothing in common is left out."""
    texts = {r: str(loan["purpose"] or "") for r, loan in loan_rows(store, actor, [tag, *(row.tag for row in rows)], ["purpose"]).items()}
    own = _pairs(texts.get(tag.receipt, ""))
    scored = [(likeness(own, _pairs(texts.get(row.tag.receipt, ""))), row) for row in rows]
    ranked = sorted(((like, row) for like, row in scored if like > 0), key=lambda one: -one[0])
    return tuple(_alike(row, texts[row.tag.receipt], like, lang) for like, row in ranked[:most])


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The part of what is in either that is in both; 0 where there is nothing.

    >>> likeness(frozenset("ab"), frozenset("bc")), likeness(frozenset(), frozenset())
    (0.3333333333333333, 0.0)
    """
    return len(one & other) / len(one | other) if one or other else 0.0


def _pairs(text: str) -> frozenset[str]:
    """Each two signs that stand beside each other, without digits (of amounts and dates)."""
    signs = "".join(sign for sign in text if sign.isalpha())
    return frozenset(_two(signs))


def _two(signs: str) -> Iterable[str]:
    return (signs[at : at + 2] for at in range(len(signs) - 1))


def _alike(row: QueueRow, purpose: str, like: float, lang: Lang) -> Alike:
    standing = row.tag.standing
    words = say(f"decision.{standing.decision}", lang) if standing.decision else ""
    return Alike(row.tag.receipt, standing.decision, words, standing.code, yuan(row.tag.amount_fen, lang), purpose, like)

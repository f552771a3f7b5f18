"""The review queue as its readers work through it: lists by role, filters in the reader's units, a page of lines. No streamlit here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from greenfin.disclose.printed import number
from greenfin.messages import Lang, say
from greenfin.messages.words import codes
from greenfin.store.one_loan import loan_rows
from greenfin.store.opening import Store
from greenfin.store.order import order
from greenfin.store.permissions import Actor, may
from greenfin.store.queue import Count, Filter, QueueRow, counted, whole_page
from greenfin.store.workflow import IN_FORCE, PROPOSED, REPORTED, RETURNED, WITHDRAWN, workflow
from greenfin.ui.views.loans import yuan

FEN_PER_WAN = 1_000_000
SIZE = 10
WINDOWS = 40  # of the queue, looked into for one page of what no index answers
_SHOWN = ("purpose", "branch_name", "customer_name")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader wants to see; empty and None do not restrict. Amounts in ten thousand yuan, scores 0 to 1."""

    list: str = ""
    edition: str = ""
    decision: str = ""
    code: str = ""
    branch: str = ""
    reason: str = ""
    is_changed: bool = False
    least_wan: float | None = None
    most_wan: float | None = None
    least_score: float | None = None
    most_score: float | None = None

    @property
    def restricts(self) -> int:
        """How many filters restrict."""
        values = (self.edition, self.decision, self.code, self.branch, self.reason, self.is_changed)
        return sum(map(bool, values)) + sum(n is not None for n in (self.least_wan, self.most_wan, self.least_score, self.most_score))


@dataclass(frozen=True, slots=True)
class Line:
    """A loan in the queue, printed: ``key`` is where it stands, ``amount`` in yuan, ``wan`` the same in short with its unit, ``purpose`` as
    the reader may see it."""

    receipt: str
    edition: str
    key: str
    state: str
    state_words: str
    decision: str
    decision_words: str
    entry: str
    amount: str
    wan: str
    score: str
    purpose: str
    branch: str
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Lines:
    """A page of the queue, the rows behind it, and the key to go on from (empty at the end)."""

    lines: tuple[Line, ...]
    rows: tuple[QueueRow, ...]
    after: str


def lists_of(actor: Actor) -> tuple[str, ...]:
    """The lists a role works through, the one that waits for it first."""
    if may(actor, "propose"):
        return ("to_propose", "returned", "mine", "in_force", "all")
    if may(actor, "approve"):
        return ("to_approve", "with_maker", "in_force", "all")
    return ("all", "to_propose", "to_approve", "in_force")


def states_of(name: str) -> tuple[str, ...]:
    """The states that a list holds; empty: all."""
    waiting = tuple(workflow().waiting)
    return {
        "to_propose": (PROPOSED, RETURNED),
        "returned": (RETURNED,),
        "with_maker": (PROPOSED, RETURNED),
        "mine": waiting,
        "to_approve": waiting,
        "in_force": (IN_FORCE, REPORTED, WITHDRAWN),
    }.get(name, ())


def filter_of(asked: Asked, actor: Actor, *, like: QueueRow | None = None) -> Filter:
    """The same for the record; ``like``: of the same edition, state and class as a row, and where nothing
    waits of the same reason of the machine."""
    if like is not None:
        standing = like.tag.standing
        narrowed = replace(asked, edition=like.tag.edition, decision=standing.decision, is_changed=like.tag.is_changed)
        if not like.open.act:
            narrowed = replace(narrowed, reason=like.reason)
        return replace(filter_of(narrowed, actor), states=(standing.state,))
    return Filter(
        states=states_of(asked.list),
        edition=asked.edition or None,
        branch=asked.branch or None,
        code=asked.code or None,
        decision=asked.decision or None,
        reason=asked.reason or None,
        is_changed=True if asked.is_changed else None,
        least_fen=_fen(asked.least_wan),
        most_fen=_fen(asked.most_wan),
        least_score=asked.least_score,
        most_score=asked.most_score,
        maker=actor.user if asked.list in ("returned", "mine") else None,
    )


def _fen(wan: float | None) -> int | None:
    return None if wan is None else round(wan * FEN_PER_WAN)


def lines(store: Store, actor: Actor, asked: Asked, *, lang: Lang, after: str = "", size: int = SIZE) -> Lines:
    """The next lines of a list behind a key. Raises Refused."""
    found = whole_page(store, actor, filter_of(asked, actor), after=after, limit=size, windows=WINDOWS)
    return Lines(lines_of(store, actor, found.rows, lang=lang), found.rows, found.after)


def lines_of(store: Store, actor: Actor, rows: Sequence[QueueRow], *, lang: Lang) -> tuple[Line, ...]:
    """Rows of the queue, printed. Raises Refused."""
    shown = loan_rows(store, actor, [row.tag for row in rows], _SHOWN)
    return tuple(_line(row, shown.get(row.tag.receipt, {}), lang) for row in rows)


def _line(row: QueueRow, loan: Mapping[str, Any], lang: Lang) -> Line:
    tag = row.tag
    decision, code = class_of(row)
    return Line(
        receipt=tag.receipt,
        edition=tag.edition,
        key=tag.queue_key,
        state=tag.standing.state,
        state_words=say(f"state.{tag.standing.state}", lang),
        decision=decision,
        decision_words=say(f"decision.{decision}", lang) if decision else "",
        entry=code,
        amount=yuan(tag.amount_fen, lang),
        wan=_short(tag.amount_fen, lang),
        score="" if row.score is None else f"{row.score:.2f}",
        purpose=str(loan.get("purpose") or ""),
        branch=str(loan.get("branch_name") or tag.branch),
        is_changed=tag.is_changed,
    )


def _short(fen: int, lang: Lang) -> str:
    """An amount in ten thousand yuan, or in millions, with its unit."""
    wan = Fraction(fen, FEN_PER_WAN)
    return say("ui.review.wan", lang, n=number(wan, 0) if lang == "zh" else number(wan / 100, 2))


def class_of(row: QueueRow) -> tuple[str, str]:
    """The decision and entry that a row is about: what waits, else what stands (before anybody decided: the machine's)."""
    return (row.open.decision, row.open.code) if row.open.act else (row.tag.standing.decision, row.tag.standing.code)


def count_words(store: Store, actor: Actor, asked: Asked, lang: Lang) -> str:
    """How many the list holds and their amount; empty where the kept counts do not tell. Raises Refused."""
    found: Count | None = counted(store, actor, filter_of(asked, actor))
    return say("ui.review.counted", lang, tags=f"{found.tags:,}", amount=yuan(found.amount_fen, lang)) if found else ""


def waits(store: Store, actor: Actor) -> int | None:
    """How many wait for the reader's role, in the branches that are his. Raises Refused."""
    found = counted(store, actor, replace(filter_of(Asked(list=lists_of(actor)[0]), actor), maker=None))
    return found.tags if found else None


def reasons(lang: Lang) -> dict[str, str]:
    """The machine's reasons by code, in the order of the queue, each in words."""
    known = codes(lang)
    return {code: known.get(f"ui.review.by.{code}") or known.get(code, code) for code in order().reasons}


def presets(act: str, lang: Lang) -> tuple[str, ...]:
    """The reasons offered for an act, in the order of their numbers."""
    known = codes(lang)
    numbered = (known.get(f"ui.review.reason.{act}.{n}") for n in range(1, 10))
    return tuple(words for words in numbered if words)


def next_of(rows: Sequence[Line], receipt: str, edition: str, *, step: int = 1) -> Line | None:
    """The line a step on from a loan; None where there is none on this page."""
    at = next((n for n, line in enumerate(rows) if (line.receipt, line.edition) == (receipt, edition)), None)
    place = 0 if at is None else at + step
    return rows[place] if 0 <= place < len(rows) else None

"""Where a reviewer is in the queue: his list, filters, place and the loan before him; what he pressed, done when the page is drawn next.

A key press only notes what is asked for. It is done with the reader as the record knows him when the page is drawn, not as he was before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

import streamlit as st

from greenfin.core.problems import Refused
from greenfin.store.permissions import Actor
from greenfin.store.queue import QueueRow, rows_of
from greenfin.ui.views import review_acts as acts
from greenfin.ui.views.digits import Digits
from greenfin.ui.views.review import Asked, Line, lists_of
from greenfin.ui.views.review_loan import Review
from greenfin.ui.views.said import tell

Key = tuple[str, str]
_FRESH_SECONDS, _MOST_SEEN = 60.0, 40


@dataclass(frozen=True, slots=True)
class Pressed:
    """What was asked for: an act over loans as the reader saw them, and the loan to go on to."""

    act: str
    rows: tuple[QueueRow, ...]
    code: str = ""
    reason: str = ""
    then: Key | None = None


@dataclass(slots=True)
class Sitting:
    """``anchors``: the keys behind which the pages so far begin, the last one the page shown; ``mode``: which reasons are offered;
    ``last``: what the reader asked for last and may take back; ``taken_back``: what he did; ``digits``: those he pressed, in their order,
    before or after what they choose was drawn; ``choose``: what they choose of the loan that was drawn last, before the next one is."""

    user: str
    asked: Asked
    anchors: list[str] = field(default_factory=lambda: [""])
    current: Key | None = None
    mode: str = ""
    code: str = ""
    day: date | None = None
    pressed: Pressed | None = None
    told: acts.Told | None = None
    last: tuple[Key, ...] = ()
    taken_back: Key | None = None
    digits: Digits = field(default_factory=Digits)
    choose: Callable[[], object] = bool
    turns: int = 0
    seen: dict[object, tuple[float, Review]] = field(default_factory=dict)

    def view(self, of: object, make: Callable[[], Review]) -> Review:
        """What was made of a loan a moment ago, for the keys that follow; made anew after a minute."""
        now = time.monotonic()
        made = self.seen.get(of)
        if made is None or now - made[0] > _FRESH_SECONDS:
            self.seen = dict(list(self.seen.items())[-_MOST_SEEN:])
            made = self.seen[of] = (now, make())
        return made[1]

    def forget(self) -> None:
        """What was made of the loans: something was added to one of them."""
        self.seen = {}

    def press(self, pressed: Pressed) -> None:
        """Note what is asked for."""
        self.pressed = pressed

    def offer(self, mode: str, code: str = "") -> None:
        """Offer the reasons of an act."""
        self.mode, self.code, self.told = mode, code, None

    def tell(self, words: str) -> None:
        """Say why nothing was done."""
        self.told = acts.Told(0, words, ())

    def go(self, key: Key | None) -> None:
        """To a loan; None: the first one of the page."""
        self.current, self.mode, self.code = key, "", ""
        self.turns += 1

    def turn(self, after: str) -> None:
        """To the next page."""
        self.anchors.append(after)
        self.go(None)

    def back(self) -> None:
        """To the page before."""
        if len(self.anchors) > 1:
            self.anchors.pop()
        self.go(None)

    def ask(self, asked: Asked) -> None:
        """Another list or filter: from its beginning."""
        if asked != self.asked:
            self.asked, self.anchors, self.told = asked, [""], None
            self.go(None)

    def step(self, line: Line | None) -> None:
        """To a line, where there is one."""
        if line:
            self.told = None
            self.go((line.receipt, line.edition))


def sitting_of(actor: Actor) -> Sitting:
    """The reader's place, kept in his session of the browser; another reader there begins anew."""
    kept = st.session_state.get("review")
    if not isinstance(kept, Sitting) or kept.user != actor.user:
        kept = st.session_state["review"] = Sitting(actor.user, Asked(list=lists_of(actor)[0]))
    return kept


def perform(doer: acts.Doer, sitting: Sitting) -> None:
    """Do what was pressed, say what came of it, and go on to the next loan where it was done."""
    pressed, sitting.pressed = sitting.pressed, None
    if pressed is None:
        return
    try:
        sitting.told = _ACTS[pressed.act](doer, pressed, sitting)
    except Refused as refused:
        sitting.told = acts.Told(0, tell(refused.problem, doer.lang), ())
    if sitting.told.done:
        sitting.last = tuple(row.tag.key for row in pressed.rows) if pressed.act in _MAKERS else ()
        sitting.taken_back = pressed.then if pressed.act == "recall" else None
        sitting.go(pressed.then)
    sitting.mode = sitting.code = ""


def _taken_back(doer: acts.Doer, pressed: Pressed, sitting: Sitting) -> acts.Told:
    """The last act taken back, or the loan's own proposal."""
    keys = [row.tag.key for row in pressed.rows] or sitting.last
    now = [row for receipt, edition in keys for row in rows_of(doer.store, doer.actor, receipt) if row.tag.edition == edition]
    return acts.take_back(doer, now)


def _asked(decision: str) -> Callable[[acts.Doer, Pressed, Sitting], acts.Told]:
    def do(doer: acts.Doer, pressed: Pressed, sitting: Sitting) -> acts.Told:
        return acts.ask(doer, pressed.rows, acts.Class(decision, pressed.code), reason=pressed.reason, on=sitting.day)

    return do


_ACTS: dict[str, Callable[[acts.Doer, Pressed, Sitting], acts.Told]] = {
    "agree": lambda doer, pressed, sitting: acts.agree(doer, pressed.rows, reason=pressed.reason, on=sitting.day),
    "green": _asked(acts.GREEN),
    "not_green": _asked(acts.NOT_GREEN),
    "approve": lambda doer, pressed, sitting: acts.approve(doer, pressed.rows, reason=pressed.reason, on=sitting.day),
    "return": lambda doer, pressed, _: acts.send_back(doer, pressed.rows, reason=pressed.reason),
    "withdraw": lambda doer, pressed, sitting: acts.withdraw(doer, pressed.rows[0], cause=pressed.code, on=sitting.day),
    "recall": _taken_back,
}
_MAKERS = ("agree", "green", "not_green", "withdraw")


def row_asked(doer: acts.Doer, sitting: Sitting, rows: Sequence[QueueRow]) -> QueueRow | None:
    """The row of the loan before the reader; one that he took back wherever it now stands in the queue, else the first of the page.

    Raises Refused.
    """
    found = next((row for row in rows if row.tag.key == sitting.current), None)
    if found is None and sitting.current is not None and sitting.current == sitting.taken_back:
        receipt, edition = sitting.current
        found = next((row for row in rows_of(doer.store, doer.actor, receipt) if row.tag.edition == edition), None)
    return found or (rows[0] if rows else None)

"""Movement lines: each receipt's change laid over its state, class and branch, so that any cut of them adds up exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.movement.causes import CAUSES, Why
from greenfin.movement.joined import NONE, Joined, buckets, split
from greenfin.movement.sides import GREEN, NOT_GREEN, REJECTED, REVIEW, STATES, Ints

MOVES = ("branch_in", "branch_out", "green_in", "green_out", "class_in", "class_out", "rejection")
OPENING, CLOSING = "opening", "closing"
KINDS = (OPENING, *CAUSES, *MOVES, CLOSING)
_NUMBER = {kind: at for at, kind in enumerate(KINDS)}


@dataclass(slots=True)
class _Lines:
    """Lines as they are found: blocks of (receipt, kind, state, branch, code, amount)."""

    parts: list[tuple[Ints, int, int, Ints, Ints, Ints]] = field(default_factory=list)

    def add(self, kind: str, state: int, amount: Ints, *, branch: Ints, code: Ints) -> None:
        rows = np.flatnonzero(amount)
        if len(rows):
            self.parts.append((rows, _NUMBER[kind], state, branch[rows], code[rows] if state == GREEN else rows * 0 + NONE, amount[rows]))

    def signed(self, into: str, out: str, state: int, amount: Ints, *, branch: Ints, code: Ints) -> None:
        """Gains under one kind, losses under another."""
        self.add(into, state, np.maximum(amount, 0), branch=branch, code=code)
        self.add(out, state, np.minimum(amount, 0), branch=branch, code=code)


@dataclass(frozen=True, slots=True)
class Lines:
    """All lines, with the opening and closing positions; ``numbers`` holds places (of ids, kinds, states, branches, codes) and fen.

    For every branch, state and class the lines of kind ``opening``, the causes and the moves add up to those of kind ``closing``.
    """

    both: Joined
    classes: Mapping[str, str]
    numbers: pa.Table

    def named(self) -> pa.Table:
        """A row per line: loan_id, kind, state, branch_code, class1, code, amount_fen."""
        labels = self._labels(self.numbers)
        return labels.add_column(0, "loan_id", self.both.ids.take(self.numbers["at"].combine_chunks()))

    def sums(self) -> pa.Table:
        """The lines added up by kind, state, branch and code."""
        return self._labels(self.numbers.group_by(list(_KEYS)).aggregate([("amount_fen", "sum")]).rename_columns([*_KEYS, "amount_fen"]))

    def counts(self) -> Mapping[str, int]:
        """How many receipts each kind has lines of."""
        at, kind = (self.numbers[name].to_numpy() for name in ("at", "kind"))
        held = np.zeros((len(KINDS), self.both.size), np.bool_)
        held[kind, at] = True
        return dict(zip(KINDS, held.sum(axis=1).tolist(), strict=True))

    def _labels(self, numbers: pa.Table) -> pa.Table:
        class1 = pa.array([self.classes.get(name) for name in self.both.codes], pa.string())
        return pa.table(
            {
                "kind": _named(pa.array(KINDS), numbers["kind"]),
                "state": _named(pa.array(STATES), numbers["state"]),
                "branch_code": _named(pa.array(self.both.branches, pa.string()), numbers["branch"]),
                "class1": _named(class1, numbers["code"]),
                "code": _named(pa.array(self.both.codes, pa.string()), numbers["code"]),
                "amount_fen": numbers["amount_fen"],
            }
        )


_KEYS = ("kind", "state", "branch", "code")


def lines_of(both: Joined, why: Why, classes: Mapping[str, str]) -> Lines:
    """The lines of two books whose changes are explained; ``classes`` gives the first-level class of a code."""
    found = _Lines()
    old, new = both.opening, both.closing
    was, now = buckets(old), buckets(new)
    branch_old = np.where(old.branch != NONE, old.branch, new.branch)  # a branch that one book does not name is that of the other
    branch_new = np.where(new.branch != NONE, new.branch, branch_old)
    branch_old = np.where(old.is_there, branch_old, branch_new)
    code = np.where(old.at >= 0, old.code, new.code)
    for state in range(len(STATES)):
        found.add(OPENING, state, was[state], branch=branch_old, code=old.code)
        moved = np.where(branch_old != branch_new, was[state], 0)
        found.add("branch_out", state, -moved, branch=branch_old, code=old.code)
        found.add("branch_in", state, moved, branch=branch_new, code=old.code)
        found.add(CLOSING, state, now[state], branch=branch_new, code=new.code)
    then = _laid_over(both, why, found, branch=branch_new, code=code, start=was)
    _retagged(both, found, then, now, branch=branch_new, code=code)
    return Lines(both, classes, _table(found))


def _laid_over(both: Joined, why: Why, found: _Lines, *, branch: Ints, code: Ints, start: Ints) -> Ints:
    """Cause by cause over the opening tag (of a new receipt: the closing one); the amounts by state after the last."""
    level, here = both.opening.total, start
    for cause in CAUSES:
        amount = why.amounts[cause]
        if not amount.any():
            continue
        level = level + amount
        after = _shape(both, level)
        for state in range(len(STATES)):
            found.add(cause, state, after[state] - here[state], branch=branch, code=code)
        here = after
    return here


def _shape(both: Joined, level: Ints) -> Ints:
    """A balance of each receipt by state, under the tag that it has before any re-tagging."""
    old, new = both.opening, both.closing
    first = old.is_there
    held = np.where(first, old.at >= 0, new.at >= 0)
    rejected = np.where(held, np.minimum(level, np.where(first, old.rejected, new.rejected)), level)
    kind, share = np.where(first, old.kind, new.kind), np.where(first, old.share, new.share)
    made = split(level - rejected, kind=kind, share=share)
    made[REJECTED] = rejected
    return made


def _retagged(both: Joined, found: _Lines, then: Ints, now: Ints, *, branch: Ints, code: Ints) -> None:
    """What passed between states and classes while the balance stayed: to and from rejected rows, in and out of green, inside green."""
    delta = now - then
    passed = _with_rejected(delta)
    for state in range(len(STATES)):
        place = np.where(passed[state] > 0, both.closing.code, code)
        found.add("rejection", state, passed[state], branch=branch, code=place)
    delta = delta - passed
    for state in (NOT_GREEN, REVIEW):
        found.signed("green_in", "green_out", state, delta[state], branch=branch, code=code)
    old_green = then[GREEN] + np.minimum(passed[GREEN], 0)
    new_green = now[GREEN] - np.maximum(passed[GREEN], 0)
    differs = code != both.closing.code
    inside = np.where(differs, np.minimum(old_green, new_green), 0)
    found.add("class_out", GREEN, -inside, branch=branch, code=code)
    found.add("class_in", GREEN, inside, branch=branch, code=both.closing.code)
    found.signed("green_in", "green_out", GREEN, np.where(differs, inside - old_green, delta[GREEN]), branch=branch, code=code)
    found.signed("green_in", "green_out", GREEN, np.where(differs, new_green - inside, 0), branch=branch, code=both.closing.code)


def _with_rejected(delta: Ints) -> Ints:
    """The part of each change that goes to or comes from rejected rows; each column adds up to nothing."""
    passed = np.zeros_like(delta)
    passed[REJECTED] = delta[REJECTED]
    open_ = -delta[REJECTED]
    for state in (GREEN, NOT_GREEN, REVIEW):
        part = np.where(open_ > 0, np.clip(delta[state], 0, np.maximum(open_, 0)), np.clip(delta[state], np.minimum(open_, 0), 0))
        passed[state] = part
        open_ = open_ - part
    return passed


def _table(found: _Lines) -> pa.Table:
    empty = np.zeros(0, np.int64)

    def column(at: int) -> Ints:
        parts = [np.broadcast_to(np.asarray(part[at], np.int64), part[0].shape) for part in found.parts]
        return np.concatenate(parts) if parts else empty

    return pa.table({name: pa.array(column(at)) for at, name in enumerate(("at", "kind", "state", "branch", "code", "amount_fen"))})


def _named(names: pa.Array, at: pa.ChunkedArray) -> pa.Array:
    """The names of numbers; NONE is no name."""
    places = at.combine_chunks()
    return pc.take(names, pc.if_else(pc.less(places, 0), pa.scalar(None, pa.int64()), places))

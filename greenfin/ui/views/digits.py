"""Digits as the browser tells them (``digits.js``), and which of them still choose something. No streamlit here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_ONE = re.compile(r"(\d{1,16})\.(\d{1,16})\.([1-9])")
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Digit:
    """A digit: the moment it was pressed ``at``, and that of the last other key or click before it (``since``)."""

    at: int
    since: int
    digit: str


@dataclass(slots=True)
class Digits:
    """What was heard of the keys and not yet used; ``spent``: the moment of the digit that decided last, those that only follow it choose
    nothing, for they were meant for the loan before."""

    heard: int = 0
    spent: int = -1
    waiting: list[Digit] = field(default_factory=list)
    at_hand: int = -1

    def hear(self, told: str) -> None:
        """Take note of the digits that are new. Whatever is no digit is passed over."""
        found = [Digit(int(at), int(since), digit) for at, since, digit in _ONE.findall(told[:_LONGEST])]
        self.waiting += [one for one in found if one.at > self.heard]
        self.heard = max(self.heard, *(one.at for one in found), 0)

    def each(self) -> Iterator[str]:
        """The digits that choose something, one after another, until one has decided (:meth:`decide`)."""
        while self.waiting:
            one = self.waiting.pop(0)
            if one.since > self.spent:
                self.at_hand = one.at
                yield one.digit

    def decide(self) -> None:
        """The digit at hand has decided: those that wait behind it are let go."""
        self.spent, self.waiting = self.at_hand, []

"""A number and how far its rounding lets it lie: arithmetic on ranges, so that a check never asks for more than was printed."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

_SAME = 1e-9  # of a number: as far as binary fractions may be off


@dataclass(frozen=True, slots=True)
class Span:
    """``low <= value <= high``.

    >>> growth(Span(263.095, 263.10, 263.105), Span(107.335, 107.34, 107.345)).rounded(2)
    (145.09, 145.11, 145.13)
    """

    low: float
    value: float
    high: float

    def __add__(self, other: Span) -> Span:
        return Span(self.low + other.low, self.value + other.value, self.high + other.high)

    def __sub__(self, other: Span) -> Span:
        return Span(self.low - other.high, self.value - other.value, self.high - other.low)

    def scaled(self, factor: float) -> Span:
        """In another unit; of a falling number with a negative factor."""
        ends = sorted((self.low * factor, self.high * factor))
        return Span(ends[0], self.value * factor, ends[1])

    def over(self, other: Span) -> Span | None:
        """The quotient; None where the divisor may be zero."""
        if other.low <= 0 <= other.high:
            return None
        ends = [a / b for a in (self.low, self.high) for b in (other.low, other.high)]
        found = Span(min(ends), self.value / other.value, max(ends))
        return found if isfinite(found.low) and isfinite(found.high) else None

    def times(self, other: Span) -> Span:
        """The product."""
        ends = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Span(min(ends), self.value * other.value, max(ends))

    def wider(self, by: float) -> Span:
        """With more room on both sides."""
        return Span(self.low - by, self.value, self.high + by)

    def meets(self, other: Span) -> bool:
        """Whether both can be the same number."""
        slack = _SAME * max(abs(self.value), abs(other.value))
        return self.low <= other.high + slack and other.low <= self.high + slack

    @property
    def room(self) -> float:
        """Half its width: half of the last printed digit where it was read."""
        return (self.high - self.low) / 2

    def rounded(self, digits: int) -> tuple[float, float, float]:
        """The three numbers for people."""
        return round(self.low, digits), round(self.value, digits), round(self.high, digits)


def growth(now: Span, before: Span) -> Span | None:
    """The relative change in percent; None where what was before may be zero or less."""
    ratio = now.over(before) if before.low > 0 else None
    return Span((ratio.low - 1) * 100, (ratio.value - 1) * 100, (ratio.high - 1) * 100) if ratio else None


def growth_by(now: Span, added: Span) -> Span | None:
    """The relative change in percent of what stands at ``now`` after ``added``; the added amount is in both, so its room counts once."""
    before = Span(now.low - added.low, now.value - added.value, now.high - added.high)
    ends = [(added.low, now.high - added.low), (added.high, now.low - added.high)]
    if before.value <= 0 or any(base <= 0 for _, base in ends):
        return None
    low, high = (100 * part / base for part, base in ends)
    return Span(min(low, high), 100 * added.value / before.value, max(low, high))


def whole(value: float) -> Span:
    """An exact number."""
    return Span(value, value, value)

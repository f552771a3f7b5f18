"""Which part of a long list is shown, and where the next and the previous part begin. No streamlit here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Items ``start`` to ``start + shown`` (from 0) of ``total``, ``size`` at a time.

    >>> span = Span(10, 10, 10, 25)
    >>> span.first, span.last, span.before, span.after
    (11, 20, 0, 20)
    >>> Span(20, 5, 10, 25).after, Span(0, 0, 10, 0).first
    (None, 0)
    """

    start: int
    shown: int
    size: int
    total: int

    @property
    def first(self) -> int:
        """The number of the first item shown, counted from 1; 0 where there is none."""
        return self.start + 1 if self.shown else 0

    @property
    def last(self) -> int:
        """The number of the last item shown, counted from 1."""
        return self.start + self.shown

    @property
    def before(self) -> int | None:
        """Where the previous part begins; None at the beginning."""
        return max(0, self.start - self.size) if self.start > 0 else None

    @property
    def after(self) -> int | None:
        """Where the next part begins; None at the end."""
        return self.last if self.shown and self.last < self.total else None


def begin(start: int, size: int, total: int) -> int:
    """The start asked for, or the last one that shows something.

    >>> begin(40, 10, 25), begin(-3, 10, 25), begin(5, 10, 0)
    (20, 0, 0)
    """
    last = (max(total, 1) - 1) // size * size
    return min(max(start, 0), last)

"""Columns of text for a terminal, where a Chinese character is two places wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence


def width(text: str) -> int:
    """The places a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def aligned(rows: Sequence[Sequence[str]], *, gap: int = 2) -> Iterator[str]:
    """Each row as one line, its cells under those of the other rows; the last cell is as long as it is.

    >>> list(aligned([("四川", "1"), ("CN", "22")]))
    ['四川  1', 'CN    22']
    """
    if not rows:
        return
    widths = [max(width(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = [cell + " " * (wide - width(cell) + gap) for cell, wide in zip(row, widths, strict=True)]
        yield "".join(cells).rstrip()

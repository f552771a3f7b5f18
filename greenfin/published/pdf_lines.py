"""Words of a page as lines of segments, and lines as paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

_GAP = 1.1  # of the size of the type: a wider gap parts two cells
_ENDS = 2.0  # sizes short of the right margin: the last line of a paragraph
_LOOSE = 1.9  # line distances: a new paragraph
_OVERLAP = 0.5
_PARTED = 0.45  # of the size: what parts two Chinese signs, or two numbers, and is more than a space
_NUMBER = re.compile(r"[-+(]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?[%)]{0,2}")
_MARK = re.compile(r"(?:\s?\[\d{1,2}\])+$")
_DASHES = ("\u2014", "\u2013", "\u2014\u2014", "-", "--", "\uff0d")
_WIDE = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")
_HEADING = re.compile(r"\s*(?:\d{1,2}(?:\.\d{1,2}){1,3}\s|[(\uff08][\u4e00-\u9fff]{1,2}[)\uff09])")


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of words without a wide gap; ``parts``: what a gap between two Chinese signs parts, which their names do not have."""

    left: float
    right: float
    text: str
    parts: tuple[Segment, ...] = ()

    @property
    def middle(self) -> float:
        """The middle of it."""
        return (self.left + self.right) / 2


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; ``number`` counts from 1 down the page."""

    number: int
    top: float
    bottom: float
    size: float
    segments: tuple[Segment, ...]

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(segment.text for segment in self.segments)


def lines_of(words: Sequence[dict[str, Any]]) -> list[Line]:
    """The lines from top to bottom."""
    rows: list[list[dict[str, Any]]] = []
    for word in sorted(words, key=lambda each: (each["top"] + each["bottom"], each["x0"])):
        if rows and _same_line(rows[-1][0], word):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [_line(number, row) for number, row in enumerate(rows, 1)]


def _same_line(one: dict[str, Any], other: dict[str, Any]) -> bool:
    shared = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
    return bool(shared > _OVERLAP * min(one["bottom"] - one["top"], other["bottom"] - other["top"]))


def _line(number: int, words: list[dict[str, Any]]) -> Line:
    words = sorted(words, key=lambda each: each["x0"])
    size = median(float(word["size"]) for word in words)
    segments: list[Segment] = []
    for word in words:
        own = Segment(word["x0"], word["x1"], word["text"])
        if segments and own.left - segments[-1].right <= _GAP * size and not _are_two_cells(segments[-1], own, size):
            segments[-1] = _with(segments[-1], own, size)
        else:
            segments.append(own)
    return Line(number, min(w["top"] for w in words), max(w["bottom"] for w in words), size, tuple(segments))


def _with(segment: Segment, word: Segment, size: float) -> Segment:
    """A segment and the word behind it."""
    *before, last = segment.parts or (segment,)
    is_apart = word.left - last.right > _PARTED * size and _WIDE.match(last.text[-1:]) and _WIDE.match(word.text[:1])
    parts = (*before, last, word) if is_apart else (*before, Segment(last.left, word.right, glued(last.text, word.text)))
    return Segment(segment.left, word.right, glued(segment.text, word.text), parts if len(parts) > 1 else ())


def _are_two_cells(segment: Segment, word: Segment, size: float) -> bool:
    """Whether a number stands behind a number, or behind a dash, with more than a space between them.

    Thousands parted by a space are one number, and so is what runs from one number to another.
    """
    if word.left - segment.right < _PARTED * size:
        return False
    pair = (_MARK.sub("", segment.text).rpartition(" ")[2], word.text)
    numbers = [text for text in pair if _NUMBER.fullmatch(text)]
    dashes = [text for text in pair if text in _DASHES]
    is_exact = any(set(text) & {".", ",", "%"} for text in numbers)
    return len(numbers + dashes) == len(pair) and (not numbers or not dashes or is_exact)


def glued(one: str, other: str) -> str:
    """Two texts as one: with a space unless one of them is Chinese there."""
    return one + other if _WIDE.match(one[-1:]) or _WIDE.match(other[:1]) else f"{one} {other}"


def paragraphs(lines: Sequence[Line]) -> Iterator[tuple[float, int, str]]:
    """Runs of lines as (top, number of the first line, text)."""
    if not lines:
        return
    right = max(line.segments[-1].right for line in lines)
    held: list[Line] = []
    for line in lines:
        if held and _is_new(held[-1], line, right):
            yield _paragraph(held)
            held = []
        held.append(line)
    yield _paragraph(held)


def _is_new(last: Line, line: Line, right: float) -> bool:
    short = last.segments[-1].right < right - _ENDS * last.size
    apart = line.top - last.bottom > (_LOOSE - 1) * last.size or line.number != last.number + 1
    return short or apart or abs(line.size - last.size) > 1 or bool(_HEADING.match(line.text))


def _paragraph(lines: Sequence[Line]) -> tuple[float, int, str]:
    text = lines[0].text
    for line in lines[1:]:
        text = glued(text, line.text)
    return lines[0].top, lines[0].number, text

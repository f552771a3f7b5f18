"""Texts as the matcher sees them, with the way back to the code points of the original.

All texts of a run become one corpus (joined by line breaks), so that one pass of the automaton reads them all. Each
character is folded on its own (NFKC, lower case, traditional to simplified, hyphens as spaces), so that every
folded character knows the original character it came from.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
_BREAK = "\n"
_HYPHENS = frozenset("-‐‑‒–—_\t\r\n\u3000\u00a0")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Folded texts in one string. ``codes`` are its code points, ``origin`` the code point of the joined originals each
    came from; ``starts`` and ``offsets`` are where each text begins in the folded string and in the joined originals."""

    text: str
    codes: NDArray[np.uint32]
    origin: Ints
    starts: Ints
    offsets: Ints
    originals: tuple[str, ...]

    def text_of(self, positions: Ints) -> Ints:
        """Which text a folded position lies in."""
        return np.asarray(np.searchsorted(self.starts, positions, side="right") - 1, dtype=np.int64)

    def span(self, text: int, start: int, end: int) -> tuple[int, int]:
        """Folded ``start:end`` as code points of the original text."""
        base = int(self.offsets[text])
        return int(self.origin[start]) - base, int(self.origin[end - 1]) + 1 - base


@cache
def _simplified() -> Mapping[str, str]:
    lines = files("greenfin.tag").joinpath("traditional.csv").read_text("utf-8").splitlines()
    return {row["traditional"]: row["simplified"] for row in csv.DictReader(lines)}


@cache
def fold_char(char: str) -> str:
    """One character as it is compared; may become several (``㎡`` -> ``m2``)."""
    if char in _HYPHENS:
        return " "
    folded = unicodedata.normalize("NFKC", char).lower().replace(_BREAK, " ")
    return "".join(_simplified().get(c, c) for c in folded)


def fold(text: str) -> str:
    """A text folded as the corpus folds it.

    >>> fold("Wind-Farm ５０ＭＷ 風電")
    'wind farm 50mw 风电'
    """
    return "".join(map(fold_char, text))


def corpus(texts: Sequence[str]) -> Corpus:
    """The corpus of the texts, in their order."""
    joined = _BREAK.join(t.translate({10: " "}) for t in texts)
    raw = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)
    table = {ord(c): fold_char(c) for c in set(joined) if c != _BREAK}
    folded = joined.translate(table)
    lengths = np.ones(len(raw), dtype=np.int64)
    for code, value in table.items():
        if len(value) != 1:
            lengths[raw == code] = len(value)
    origin = np.repeat(np.arange(len(raw), dtype=np.int64), lengths)
    sizes = np.array([len(t) + 1 for t in texts], dtype=np.int64)
    offsets = np.concatenate(([0], np.cumsum(sizes)[:-1])) if len(sizes) else np.zeros(0, dtype=np.int64)
    before = np.concatenate(([0], np.cumsum(lengths)))
    codes = np.frombuffer(folded.encode("utf-32-le"), dtype=np.uint32)
    return Corpus(folded, codes, origin, before[offsets], offsets, tuple(texts))

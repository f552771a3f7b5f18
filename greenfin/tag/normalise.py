"""Texts as the matcher sees them, with the way back to the code points of the original.

Many texts become one corpus (each followed by a line break), so that one pass of the automaton reads them all. Each
character is folded on its own (NFKC, lower case, traditional to simplified, hyphens as spaces), so that every
folded character knows the original character it came from.
"""

from __future__ import annotations

import csv
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.tag.compiled import WAY, kernel

Ints = NDArray[np.int64]
Codes = NDArray[np.uint32]
_BREAK = "\n"
_NOT_MET, _SEVERAL = 0xFFFFFFFF, 0xFFFFFFFE  # no code points
_HYPHENS = frozenset("-‐‑‒–—_\t\r\n\u3000\u00a0")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Folded texts in one string, each followed by a line break; positions are code points of it.

    ``text`` the string, ``codes`` its code points, ``lines`` the same as UTF-8, one row a text (its line break with it);
    ``starts`` where each text begins, ``ends`` where its line break stands. ``raw`` and ``offsets`` are the code points and
    the beginnings of the texts as the bank wrote them; ``origin`` the place in ``raw`` of each folded position (None: the same).
    """

    text: str
    codes: Codes
    lines: pa.StringArray
    starts: Ints
    ends: Ints
    raw: Codes
    offsets: Ints
    origin: Ints | None

    @property
    def size(self) -> int:
        """How many texts."""
        return len(self.starts)

    def text_of(self, positions: Ints) -> Ints:
        """Which text a folded position lies in."""
        return np.asarray(np.searchsorted(self.starts, positions, side="right") - 1, dtype=np.int64)

    def spans(self, start: Ints, end: Ints) -> tuple[Ints, Ints]:
        """Folded ``start:end`` as places in ``raw``."""
        return (start, end) if self.origin is None else (self.origin[start], self.origin[end - 1] + 1)

    def span(self, text: int, start: int, end: int) -> tuple[int, int]:
        """Folded ``start:end`` as code points of the original text."""
        first, last = self.spans(np.array([start]), np.array([end]))
        return int(first[0] - self.offsets[text]), int(last[0] - self.offsets[text])


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


def corpus(texts: Sequence[str] | pa.Array, *, way: str = "") -> Corpus:
    """The corpus of the texts, in their order; ``way`` see match.find."""
    given = pa.array(texts, type=pa.string())
    compiled = kernel("texts") if way == WAY else None
    raw, folded, offsets = compiled.read(given, _table()) if compiled else _read(given)
    folded, origin = _met(folded, raw)
    starts = offsets if origin is None else np.searchsorted(origin, offsets)
    ends = np.append(starts, len(folded))[1:] - 1
    folded[ends] = ord(_BREAK)
    text = folded.tobytes().decode("utf-32-le")
    return Corpus(text, folded, compiled.lines(folded, ends) if compiled else _lines(text), starts, ends, raw, offsets, origin)


def _read(texts: pa.StringArray) -> tuple[Codes, Codes, Ints]:
    """The code points of all texts, each with a line break behind it; the same folded; where each text begins."""
    raw = _codes(texts)
    return raw, _table()[raw], _starts(pc.utf8_length(texts).to_numpy() + 1)


def _codes(texts: pa.StringArray) -> Codes:
    """The code points of all texts, each with a line break behind it."""
    joined = pc.binary_join_element_wise(texts, "", _BREAK)
    size = pc.sum(pc.binary_length(joined)).as_py() or 0
    data = memoryview(joined.buffers()[2] or b"")[:size]
    return np.frombuffer(str(data, "utf-8").encode("utf-32-le"), dtype=np.uint32)


def _starts(sizes: Ints) -> Ints:
    return np.asarray(np.cumsum(sizes) - sizes, dtype=np.int64)


@cache
def _table() -> Codes:
    """What each code point becomes, as far as it has been met."""
    return np.full(sys.maxunicode + 1, _NOT_MET, dtype=np.uint32)


def _met(folded: Codes, raw: Codes) -> tuple[Codes, Ints | None]:
    """The folded code points with those that had not been met, or become several, written out, and the place in ``raw`` of each (None:
    the same)."""
    highest = folded.max(initial=0)
    if highest == _NOT_MET:
        table = _table()
        for code in np.unique(raw[folded == _NOT_MET]).tolist():
            char = fold_char(chr(code))
            table[code] = ord(char) if len(char) == 1 else _SEVERAL
        folded = table[raw]
        highest = folded.max(initial=0)
    return _several(folded, raw) if highest == _SEVERAL else (folded, None)


def _several(folded: Codes, raw: Codes) -> tuple[Codes, Ints]:
    """The code points with those that become several written out, and the place in ``raw`` of each."""
    at = np.flatnonzero(folded == _SEVERAL)
    codes, which = np.unique(raw[at], return_inverse=True)
    become = [fold_char(chr(code)) for code in codes.tolist()]
    lengths = np.ones(len(raw), dtype=np.int64)
    lengths[at] = np.array([len(chars) for chars in become])[which]
    origin = np.repeat(np.arange(len(raw), dtype=np.int64), lengths)
    longer = folded[origin]
    longer[longer == _SEVERAL] = np.frombuffer("".join(map(become.__getitem__, which.tolist())).encode("utf-32-le"), dtype=np.uint32)
    return longer, origin


def _lines(text: str) -> pa.StringArray:
    data = text.encode()
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord(_BREAK)) + 1
    places = np.concatenate(([0], ends)).astype(np.int32)
    return pa.StringArray.from_buffers(len(ends), pa.py_buffer(places), pa.py_buffer(data))

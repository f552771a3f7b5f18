"""Short runs of signs in a text: what the likeness of texts is counted by.

A text is read with its figures all alike and everything but letters and figures as blanks. Runs with a Chinese sign are two to four
signs long and hold no blank; runs of Latin letters are four to seven long, blanks with them, so that a word's edge counts.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from greenfin.tag.normalise import Corpus

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Keys = NDArray[np.uint64]
Codes = NDArray[np.uint64]

CHINESE, LATIN = (2, 3, 4), (4, 5, 6, 7)
BLANK, FIGURE = ord(" "), ord("0")
_BREAK, _WIDE = 0, 128
_OTHER = 0xF8FF  # every rarer sign; below the mark, so that no run with a Chinese sign looks like one of Latin letters
_NOT_MET = 0xFFFF
_FRAME = 3  # signs around a text: a blank before it, a blank and a break behind
LATIN_MARK = 0xFF << 56  # a run of Latin letters has eight bits a sign, one with a Chinese sign sixteen


@dataclass(frozen=True, slots=True)
class Grams:
    """Runs of signs: ``row`` (of the texts asked for), ``key``, and where they stand in the corpus (``start:end``)."""

    row: Ints
    key: Keys
    start: Ints
    end: Ints

    def take(self, keep: Flags | Ints) -> Grams:
        """Some of them."""
        return Grams(self.row[keep], self.key[keep], self.start[keep], self.end[keep])


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of texts one behind the other, a blank before each and a blank and a break behind; of figures or blanks in a row only
    the first. ``row`` of each (of the texts asked for); ``kept``: those of all that are here; ``shift``: from one of all to its place
    in the corpus; ``first`` and ``last`` place of each text."""

    sign: NDArray[np.uint16]
    row: Ints
    kept: Ints
    shift: Ints
    first: Ints
    last: Ints

    def places(self, at: Ints) -> Ints:
        """Where these of the signs stand in the corpus; what is put around a text stands at its edge."""
        row = self.row[at]
        return np.asarray(np.clip(self.kept.take(at) + self.shift[row], self.first[row], self.last[row]), dtype=np.int64)


def signs_of(body: Corpus, texts: Ints) -> Signs:
    """The signs of the texts; of an empty one none."""
    sizes = body.ends[texts] - body.starts[texts]
    framed = np.where(sizes > 0, sizes + _FRAME, 0)
    behind = np.cumsum(framed)
    shift = body.starts[texts] - (behind - framed) - 1
    filled = np.flatnonzero(framed)
    first, behind = (behind - framed)[filled], behind[filled]
    sign = _plain(body.codes.take(_running(body.starts[texts][filled] - 1, first, size=int(framed.sum()), step=1), mode="clip"))
    sign[first], sign[behind - 2], sign[behind - 1] = BLANK, BLANK, _BREAK
    turns = (sign[1:] != sign[:-1]) | ((sign[1:] != FIGURE) & (sign[1:] != BLANK))
    kept = np.flatnonzero(np.append(True, turns)[: len(sign)])
    sign = sign.take(kept)
    first = np.append(0, np.flatnonzero(sign == _BREAK) + 1)[: len(filled)]
    return Signs(sign, _running(filled, first, size=len(sign), step=0), kept, shift, body.starts[texts], body.ends[texts] - 1)


def _running(begin: Ints, first: Ints, *, size: int, step: int) -> Ints:
    """Numbers that from each place of ``first`` on run in steps from its ``begin`` (what ``np.repeat`` makes, which keeps other threads
    waiting)."""
    found = np.full(size, step, dtype=np.int64)
    found[first[:1]] = begin[:1]
    found[first[1:]] = np.diff(begin) - step * (np.diff(first) - 1)
    return np.cumsum(found, out=found)


def grams(body: Corpus, texts: Ints) -> Grams:
    """All runs of the texts, in the order of their length."""
    signs = signs_of(body, texts)
    found = [*_chinese(signs.sign.astype(np.uint64)), *_latin(signs.sign.astype(np.uint64))]
    first = np.concatenate([at for at, _, _ in found])
    last = np.concatenate([at + size - 1 for at, _, size in found])
    return Grams(signs.row[first], np.concatenate([key for _, key, _ in found]), signs.places(first), signs.places(last) + 1)


def _plain(codes: NDArray[np.uint32]) -> NDArray[np.uint16]:
    table = _table()
    found = table[codes]
    if found.max(initial=0) == _NOT_MET:
        for code in np.unique(codes[found == _NOT_MET]).tolist():
            char = chr(code)
            table[code] = FIGURE if char.isdigit() else BLANK if not char.isalnum() else min(code, _OTHER)
        found = table[codes]
    return np.asarray(found)


@cache
def _table() -> NDArray[np.uint16]:
    """What each code point counts as, as far as it has been met."""
    return np.full(sys.maxunicode + 1, _NOT_MET, dtype=np.uint16)


@cache
def all_signs() -> NDArray[np.uint16]:
    """What each code point counts as."""
    codes = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    is_figure, is_blank = np.strings.isdigit(codes.view("U1")), ~np.strings.isalnum(codes.view("U1"))
    return np.where(is_figure, FIGURE, np.where(is_blank, BLANK, np.minimum(codes, _OTHER))).astype(np.uint16)


_Found = Sequence[tuple[Ints, Keys, int]]


def _chinese(signs: Codes) -> _Found:
    stops = (signs == BLANK) | (signs == _BREAK)
    return _runs(signs, sizes=CHINESE, bits=16, mark=0, stops=stops, wanted=signs >= _WIDE)


def _latin(signs: Codes) -> _Found:
    """Looked for only where Latin letters are: those stretches, each with the sign behind it as its stop."""
    narrow = signs < _WIDE
    at = np.flatnonzero(narrow | np.append(False, narrow[:-1]))
    part = signs[at]
    stops = (part >= _WIDE) | (part == _BREAK)
    found = _runs(part, sizes=LATIN, bits=8, mark=LATIN_MARK, stops=stops, wanted=part != BLANK)
    return [(at[begins], key, size) for begins, key, size in found]


def _runs(
    signs: Codes,
    *,
    sizes: Sequence[int],
    bits: int,
    mark: int,
    stops: Flags,
    wanted: Flags,
) -> _Found:
    """(where it begins, key, length) of the runs that hold no stop and at least one wanted sign."""
    stopped, had = (np.concatenate(([0], np.cumsum(flags, dtype=np.int32))) for flags in (stops, wanted))
    key = np.full(len(signs), mark, dtype=np.uint64)
    found = []
    for size in range(1, max(sizes) + 1):
        count = max(len(signs) - size + 1, 0)
        key = key[:count] | (signs[size - 1 : size - 1 + count] << np.uint64(bits * (size - 1)))
        if size in sizes:
            whole = (stopped[size : size + count] == stopped[:count]) & (had[size : size + count] > had[:count])
            at = np.flatnonzero(whole)
            found.append((at, key[at], size))
    return found


def written(key: int) -> str:
    """A run as text.

    >>> written(key_of("风电")), written(key_of("wind"))
    ('风电', 'wind')
    """
    if key & LATIN_MARK == LATIN_MARK:
        signs = ((key >> 8 * n) & 0xFF for n in range(max(LATIN)))
    else:
        signs = ((key >> 16 * n) & 0xFFFF for n in range(max(CHINESE)))
    return "".join(chr(sign) for sign in signs if sign)


def key_of(text: str) -> int:
    """The key of a run written out."""
    return int(keys_of([text])[0])


def keys_of(texts: Sequence[str]) -> Keys:
    """The key of each run written out."""
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    of = np.repeat(np.arange(len(texts)), lengths)
    codes = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    nth = (np.arange(len(of)) - (np.cumsum(lengths) - lengths)[of]).astype(np.uint64)
    is_wide = np.zeros(len(texts), dtype=np.bool_)
    is_wide[of[codes >= _WIDE]] = True
    keys = np.where(is_wide, np.uint64(0), np.uint64(LATIN_MARK))
    np.bitwise_or.at(keys, of, codes << nth * np.where(is_wide[of], np.uint64(16), np.uint64(8)))
    return keys

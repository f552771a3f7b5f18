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
Keys = NDArray[np.uint64]
Codes = NDArray[np.uint64]

CHINESE, LATIN = (2, 3, 4), (4, 5, 6, 7)
_BREAK, _BLANK, _FIGURE, _WIDE = 0, ord(" "), ord("0"), 128
_OTHER = 0xF8FF  # every rarer sign; below the mark, so that no run with a Chinese sign looks like one of Latin letters
_NOT_MET = 0xFFFF
SLOT_BITS, _SPREAD = 20, np.uint64(0x9E3779B97F4A7C15)
_FRAME = 3  # signs around a text: a blank before it, a blank and a break behind
_LATIN_MARK = 0xFF << 56  # a run of Latin letters has eight bits a sign, one with a Chinese sign sixteen


@dataclass(frozen=True, slots=True)
class Grams:
    """Runs of signs: ``row`` (of the texts asked for), ``key``, and where they stand in the corpus (``start:end``)."""

    row: Ints
    key: Keys
    start: Ints
    end: Ints

    def take(self, keep: NDArray[np.bool_] | Ints) -> Grams:
        """Some of them."""
        return Grams(self.row[keep], self.key[keep], self.start[keep], self.end[keep])


def slot(keys: Keys) -> Ints:
    """The place of each key in a table of ``2 ** SLOT_BITS``; several keys may share one."""
    return ((keys * _SPREAD) >> np.uint64(64 - SLOT_BITS)).astype(np.int64)


def grams(body: Corpus, texts: Ints, *, known: NDArray[np.bool_] | None = None) -> Grams:
    """All runs of the texts, in the order of their length; ``known``: only those of these slots."""
    if not len(texts):
        none = np.zeros(0, dtype=np.int64)
        return Grams(none, none.astype(np.uint64), none, none)
    row, place, signs = _signs(body, texts)
    found = [*_chinese(signs, known), *_latin(signs, known)]
    first = np.concatenate([at for at, _, _ in found])
    last = np.concatenate([at + size - 1 for at, _, size in found])
    return Grams(row[first], np.concatenate([key for _, key, _ in found]), place[first], place[last] + 1)


def _signs(body: Corpus, texts: Ints) -> tuple[Ints, Ints, Codes]:
    """Row, place and sign of the texts, a blank before each and a blank and a break behind; of figures or blanks in a row the first."""
    sizes = body.ends[texts] - body.starts[texts]
    framed = sizes + _FRAME
    row = np.repeat(np.arange(len(texts), dtype=np.int64), framed)
    first = np.cumsum(framed) - framed
    place = np.arange(len(row), dtype=np.int64) + np.repeat(body.starts[texts] - first - 1, framed)
    signs = _plain(body.codes[np.clip(place, 0, len(body.codes) - 1)])
    signs[first], signs[first + sizes + 1], signs[first + sizes + 2] = _BLANK, _BLANK, _BREAK
    place[first] += 1
    place[first + sizes + 1] -= 1
    place[first + sizes + 2] -= 2
    kept = np.ones(len(signs), dtype=np.bool_)
    kept[1:] = (signs[1:] != signs[:-1]) | ((signs[1:] != _FIGURE) & (signs[1:] != _BLANK))
    return row[kept], place[kept], signs[kept].astype(np.uint64)


def _plain(codes: NDArray[np.uint32]) -> NDArray[np.uint16]:
    table = _table()
    found = table[codes]
    if found.max(initial=0) == _NOT_MET:
        for code in np.unique(codes[found == _NOT_MET]).tolist():
            char = chr(code)
            table[code] = _FIGURE if char.isdigit() else _BLANK if not char.isalnum() else min(code, _OTHER)
        found = table[codes]
    return np.asarray(found)


@cache
def _table() -> NDArray[np.uint16]:
    """What each code point counts as, as far as it has been met."""
    return np.full(sys.maxunicode + 1, _NOT_MET, dtype=np.uint16)


_Found = Sequence[tuple[Ints, Keys, int]]


def _chinese(signs: Codes, known: NDArray[np.bool_] | None) -> _Found:
    stops = (signs == _BLANK) | (signs == _BREAK)
    return _runs(signs, sizes=CHINESE, bits=16, mark=0, stops=stops, wanted=signs >= _WIDE, known=known)


def _latin(signs: Codes, known: NDArray[np.bool_] | None) -> _Found:
    """Looked for only where Latin letters are: those stretches, each with the sign behind it as its stop."""
    narrow = signs < _WIDE
    at = np.flatnonzero(narrow | np.append(False, narrow[:-1]))
    part = signs[at]
    stops = (part >= _WIDE) | (part == _BREAK)
    found = _runs(part, sizes=LATIN, bits=8, mark=_LATIN_MARK, stops=stops, wanted=part != _BLANK, known=known)
    return [(at[begins], key, size) for begins, key, size in found]


def _runs(
    signs: Codes,
    *,
    sizes: Sequence[int],
    bits: int,
    mark: int,
    stops: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
    known: NDArray[np.bool_] | None,
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
            if known is not None:
                whole &= known[slot(key)]
            at = np.flatnonzero(whole)
            found.append((at, key[at], size))
    return found


def written(key: int) -> str:
    """A run as text.

    >>> written(key_of("风电")), written(key_of("wind"))
    ('风电', 'wind')
    """
    if key & _LATIN_MARK == _LATIN_MARK:
        signs = ((key >> 8 * n) & 0xFF for n in range(max(LATIN)))
    else:
        signs = ((key >> 16 * n) & 0xFFFF for n in range(max(CHINESE)))
    return "".join(chr(sign) for sign in signs if sign)


def key_of(text: str) -> int:
    """The key of a run written out."""
    bits, mark = (8, _LATIN_MARK) if text.isascii() else (16, 0)
    return mark | sum(ord(char) << bits * n for n, char in enumerate(text))

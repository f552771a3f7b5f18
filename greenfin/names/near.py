"""Pairs of names that are nearly the same, found without comparing every name with every other.

Two names are near where the whole names are alike by at least ``WHOLE`` and the brands (before their first word of business, without
blanks) by at least ``BRAND``. Alike is rapidfuzz's indel similarity, 2 x common subsequence / (both lengths); brands of letters
alone must also have that much of their pairs of letters in common. For brands to reach that, they must share signs (pairs of
letters), and one of these must be among the rarest of each (prefix filter): only such pairs are compared, and none that would
reach it is missed. So chunks, threads and the order of rows cannot change the result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
WHOLE = 0.7
BRAND = 0.5
CHUNK = 2_000
_ROUNDING = 1e-9
_ASCII = 128
_PAIRS = 1 << 21  # above every code point
_TOKENS = 1 << 22


@dataclass(frozen=True, slots=True)
class Near:
    """Pairs in the order of their rows: row of the left names, row of the right names, likeness of the whole names."""

    left: Ints
    right: Ints
    score: NDArray[np.float64]

    def where(self, keep: NDArray[np.bool_]) -> Near:
        """Some of the pairs."""
        return Near(self.left[keep], self.right[keep], self.score[keep])


def near(
    left: tuple[Sequence[str], Sequence[str]],
    right: tuple[Sequence[str], Sequence[str]],
    *,
    whole: float = WHOLE,
    chunk: int = CHUNK,
    workers: int = -1,
) -> Near:
    """The near pairs of two lists, each given as whole names and brands; empty names are near to nothing."""
    ours, theirs = ([brand.replace(" ", "") for brand in side[1]] for side in (left, right))
    tokens = _Tokens.of(ours, theirs)
    names, others = (np.asarray(side[0], dtype=object) for side in (left, right))
    parts = []
    for rows, columns in tokens.pairs(chunk, _Signatures.of(left[0]), _Signatures.of(right[0]), least=whole - _ROUNDING):
        score = _alike(names[rows].tolist(), others[columns].tolist(), least=whole, workers=workers)
        pairs = Near(rows, columns, score).where(score > 0)
        mine, other = ([side[row] for row in at.tolist()] for side, at in ((ours, pairs.left), (theirs, pairs.right)))
        parts.append(pairs.where(_brands_alike(mine, other, workers=workers)))
    if not parts:
        return Near(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    return Near(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("left", "right", "score")))


@dataclass(frozen=True, slots=True)
class _Signatures:
    """Length and 64 bits of each name: every sign sets the bit of its code. A bit that the other name lacks is a sign it lacks."""

    length: Ints
    bits: NDArray[np.uint64]

    @classmethod
    def of(cls, texts: Sequence[str]) -> _Signatures:
        codes = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32)
        length = np.fromiter(map(len, texts), np.int64, len(texts))
        bits = np.zeros(len(texts), dtype=np.uint64)
        np.bitwise_or.at(bits, np.repeat(np.arange(len(texts)), length), np.uint64(1) << (codes % 61).astype(np.uint64))
        return cls(length, bits)

    def may_be_alike(self, other: _Signatures, rows: Ints, columns: Ints, *, least: float) -> NDArray[np.bool_]:
        """Pairs whose lengths and signs do not keep them apart: 2 x common signs at most must reach the likeness."""
        long, wide = self.length[rows], other.length[columns]
        one, two = self.bits[rows], other.bits[columns]
        common = np.minimum(long - np.bitwise_count(one & ~two), wide - np.bitwise_count(two & ~one))
        return np.asarray((2 * common >= least * (long + wide)) & (common > 0))


def _brands_alike(one: Sequence[str], other: Sequence[str], *, workers: int) -> NDArray[np.bool_]:
    found = _alike(one, other, least=BRAND, workers=workers) > 0
    letters = [row for row in np.flatnonzero(found).tolist() if one[row].isascii() and other[row].isascii()]
    found[letters] = [pairs_in_common(one[row], other[row]) >= BRAND - _ROUNDING for row in letters]
    return found


def pairs_in_common(one: str, other: str) -> float:
    """How much of their pairs of letters two texts share, 2 x common / all.

    >>> pairs_in_common("huaneng", "huangeng"), pairs_in_common("abc", "cba")
    (0.7692307692307693, 0.0)
    """
    ours, theirs = (Counter(map("".join, pairwise(text)) if len(text) > 1 else [text]) for text in (one, other))
    return 2 * (ours & theirs).total() / max(ours.total() + theirs.total(), 1)


def _alike(one: Sequence[str], other: Sequence[str], *, least: float, workers: int) -> NDArray[np.float64]:
    """The likeness of each pair, 0 where it is below ``least``."""
    from rapidfuzz.distance import Indel
    from rapidfuzz.process import cpdist

    if not len(one):
        return np.zeros(0)
    found = cpdist(one, other, scorer=Indel.normalized_similarity, score_cutoff=least - _ROUNDING, dtype=np.float64, workers=workers)
    return np.asarray(found, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Tokens:
    """The rarest signs of each brand on both sides; the second same sign of a brand is a token of its own."""

    left: tuple[Ints, Ints]  # row, token; in the order of rows
    right: tuple[Ints, Ints]  # row, token; in the order of tokens
    size: int

    @classmethod
    def of(cls, left: Sequence[str], right: Sequence[str]) -> _Tokens:
        ours, theirs = _signs(left), _signs(right)
        every = np.concatenate([ours[1], theirs[1]])
        listed, counts = np.unique(every, return_counts=True)
        rank = np.empty(listed.size, np.int64)
        rank[np.lexsort((listed, counts))] = np.arange(listed.size)
        one = _rarest(ours[0], rank[np.searchsorted(listed, ours[1])])
        other = _rarest(theirs[0], rank[np.searchsorted(listed, theirs[1])])
        order = np.lexsort((other[0], other[1]))
        return cls(one, (other[0][order], other[1][order]), len(left))

    def pairs(self, chunk: int, names: _Signatures, others: _Signatures, *, least: float) -> Iterator[tuple[Ints, Ints]]:
        """Pairs that share a token and may be alike, chunk by chunk of the left rows, each pair once."""
        rows, tokens = self.left
        columns, listed = self.right
        for start in range(0, self.size, chunk):
            part = slice(*np.searchsorted(rows, [start, start + chunk]))
            begin = np.searchsorted(listed, tokens[part], side="left")
            counts = np.searchsorted(listed, tokens[part], side="right") - begin
            ours = np.repeat(rows[part], counts)
            offset = np.arange(ours.size) - np.repeat(np.cumsum(counts) - counts, counts)
            theirs = columns[np.repeat(begin, counts) + offset]
            keep = names.may_be_alike(others, ours, theirs, least=least)
            keys = np.unique(ours[keep] << 32 | theirs[keep])
            yield keys >> 32, keys & 0xFFFFFFFF


def _signs(texts: Sequence[str]) -> tuple[Ints, Ints]:
    """Row and token of every sign of the texts, or of every pair of letters of a text of letters alone."""
    codes = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    rows = np.repeat(np.arange(len(texts)), np.fromiter(map(len, texts), np.int64, len(texts)))
    paired = np.array([len(text) > 1 and text.isascii() for text in texts], dtype=np.bool_)[rows]
    following = np.r_[codes[1:], 0][: codes.size]
    last = np.r_[rows[1:] != rows[:-1], True][: rows.size]
    tokens = np.where(paired, _PAIRS + codes * _ASCII + following, codes)[~(paired & last)]
    rows = rows[~(paired & last)]
    order = np.lexsort((tokens, rows))
    rows, tokens = rows[order], tokens[order]
    heads = np.flatnonzero(np.r_[True, (rows[1:] != rows[:-1]) | (tokens[1:] != tokens[:-1])][: rows.size])
    again = np.arange(rows.size) - np.repeat(heads, np.diff(np.r_[heads, rows.size]))
    return rows, tokens + again * _TOKENS


def _rarest(rows: Ints, ranks: Ints) -> tuple[Ints, Ints]:
    """So many of the rarest tokens of each row that a row alike by ``BRAND`` has one of them: length - least common + 1."""
    order = np.lexsort((ranks, rows))
    rows, ranks = rows[order], ranks[order]
    heads = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]][: rows.size])
    length = np.diff(np.r_[heads, rows.size])
    common = np.maximum(np.ceil(length * BRAND / (2 - BRAND) - _ROUNDING), 1).astype(np.int64)
    place = np.arange(rows.size) - np.repeat(heads, length)
    keep = place < np.repeat(length - common + 1, length)
    return rows[keep], ranks[keep]

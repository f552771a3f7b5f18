"""Many words looked up in many texts at once, in whole columns: all places take a step through the words together, and those that have
left every word fall away. ``take`` looks up faster than brackets do.

What words begin with is a node. A node and the next sign together are looked up in a table of hashes of which no two share a cell.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
_WORD = np.uint64(64)
_ROOM, _BUCKET = np.uint64(1), np.uint64(2)  # powers of two: cells for each pair, cells for each bucket
_FEWEST = np.uint64(6)


@dataclass(frozen=True, slots=True)
class Step:
    """From nodes of one length to those one sign longer. The hash of a pair (node times signs, plus the sign) names its bucket and, with
    what the bucket is ``moved`` by, its cell: the next node, if the ``pair`` stands there. ``word``: what ends at a node (-1: nothing)."""

    spread: np.uint64
    bits: np.uint64
    moved: Ints
    pair: Ints
    word: Ints

    def nodes(self, pairs: Ints) -> Ints:
        """The node of each pair, if it is there at all."""
        bucket, cell = self.places(pairs)
        cell ^= self.moved.take(bucket)
        return cell

    def places(self, pairs: Ints) -> tuple[Ints, Ints]:
        """The bucket of each pair, and its cell before it is moved."""
        hashes = pairs.view(np.uint64) * self.spread
        to_bucket, left, to_cell = self.shifts
        bucket = hashes >> to_bucket
        hashes <<= left
        hashes >>= to_cell
        return bucket.view(np.int64), hashes.view(np.int64)

    @property
    def shifts(self) -> tuple[np.uint64, np.uint64, np.uint64]:
        """By how many bits a hash is shifted: right for its bucket, left and then right for its cell."""
        return _WORD - self.bits + _BUCKET, self.bits - _BUCKET, _WORD - self.bits


@dataclass(frozen=True, slots=True, eq=False)
class Trie:
    """Words by what they begin with. ``marks``: the number of each code point (0: in no word) of ``signs``; ``single``: the word that a
    sign is by itself (-1: none); ``steps``: from one sign to two, and so on."""

    marks: NDArray[np.int32]
    signs: int
    single: Ints
    steps: tuple[Step, ...]

    def walk(self, codes: NDArray[np.unsignedinteger]) -> Iterator[tuple[Ints, Ints, int]]:
        """(where it begins, word, length) of all words that stand in the code points, by length."""
        marked = self.marks.take(codes).astype(np.int64)
        if (self.single >= 0).any():
            at = np.flatnonzero((self.single >= 0).take(marked))
            yield at, self.single.take(marked.take(at)), 1
        at, pairs = np.arange(0), marked[:-1] * self.signs + marked[1:]
        for size, step in enumerate(self.steps, 2):
            if size > 2:
                inside = int(np.searchsorted(at, len(marked) - size + 1))
                at, pairs = at[:inside], pairs[:inside] * self.signs + marked.take(at[:inside] + (size - 1))
            node = step.nodes(pairs)
            on = np.flatnonzero(step.pair.take(node) == pairs)
            at, pairs = (on if size == 2 else at.take(on)), node.take(on)
            word = step.word.take(pairs)
            ends = np.flatnonzero(word >= 0)
            yield at.take(ends), word.take(ends), size
            if not len(at):
                return


def trie(words: Sequence[str]) -> Trie:
    """The words, each by its place."""
    lengths = np.array([len(word) for word in words], dtype=np.int64)
    first = np.cumsum(lengths) - lengths
    codes, given = np.unique(np.frombuffer("".join(words).encode("utf-32-le"), dtype=np.uint32), return_inverse=True)
    marks = np.zeros(sys.maxunicode + 1, dtype=np.int32)
    marks[codes] = np.arange(1, len(codes) + 1)
    signs, longest = len(codes) + 1, int(lengths.max(initial=0))
    single, steps, has = np.full(signs, -1, dtype=np.int64), [], np.flatnonzero(lengths)
    node = given[first[has]] + 1
    single[node[lengths[has] == 1]] = has[lengths[has] == 1]
    for size in range(2, longest + 1):
        longer = lengths[has] >= size
        has, node = has[longer], node[longer]
        pairs, which = np.unique(node * signs + given[first[has] + size - 1] + 1, return_inverse=True)
        ends = lengths[has] == size
        step = _step(pairs, which[ends], has[ends])
        steps.append(step)
        node = step.nodes(pairs)[which]
    return Trie(marks, signs, single, tuple(steps))


def _step(pairs: Ints, ends: Ints, words: Ints) -> Step:
    """The step to the pairs; ``words`` end at those of ``ends``. A hash under which they find no room is drawn anew, with more room."""
    draw = np.random.default_rng(0)
    bits = max(np.uint64(len(pairs).bit_length()) + _ROOM, _FEWEST)
    while (step := _placed(pairs, bits, draw)) is None:
        bits += _ROOM
    step.word[step.nodes(pairs)[ends]] = words
    return step


def _empty(pairs: Ints, bits: np.uint64, draw: np.random.Generator) -> Step:
    """A step that holds no pair yet; its hash keeps pairs of one bucket in cells of their own, else they could not be moved apart."""
    size = 1 << int(bits)
    moved, pair, word = np.zeros(size >> int(_BUCKET), np.int64), np.full(size, -1, np.int64), np.full(size, -1, np.int64)
    while True:
        step = Step(draw.integers(1 << 63, dtype=np.uint64) * np.uint64(2) + np.uint64(1), bits, moved, pair, word)
        bucket, cell = step.places(pairs)
        if len(np.unique(bucket << int(bits) | cell)) == len(pairs):
            return step


def _placed(pairs: Ints, bits: np.uint64, draw: np.random.Generator) -> Step | None:
    """The step with each pair in a cell of its own; None where its buckets were moved as often as there are cells, in vain."""
    step = _empty(pairs, bits, draw)
    size, moved, pair = len(step.pair), step.moved, step.pair
    bucket, cell = step.places(pairs)
    left = np.argsort(-np.bincount(bucket)[bucket], kind="stable")  # full buckets first: they find room while there is some
    claimed = np.empty(size, dtype=np.int64)
    for _ in range(size):
        if not len(left):
            return step
        drawn = draw.integers(size, size=len(moved))
        at = cell[left] ^ drawn[bucket[left]]
        claimed[at[::-1]] = left[::-1]
        taken = (pair[at] >= 0) | (claimed[at] != left)
        again = np.zeros(len(moved), dtype=np.bool_)
        again[bucket[left[taken]]] = True
        again = again[bucket[left]]
        kept = left[~again]
        pair[at[~again]], moved[bucket[kept]] = pairs[kept], drawn[bucket[kept]]
        left = left[again]
    return None if len(left) else step

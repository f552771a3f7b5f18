"""A trie as compiled code reads it, and how functions are compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numba import types
from numba.core import errors
from numpy.typing import NDArray

from greenfin.tag.normalise import Corpus
from greenfin.tag.trie import Step, Trie

_Function = TypeVar("_Function", bound=Callable[..., object])
U1, U2, U4, U8 = (types.Array(getattr(types, name), 1, "C") for name in ("u1", "u2", "u4", "u8"))
I4, I8, F4, F8 = (types.Array(getattr(types, name), 1, "C") for name in ("i4", "i8", "f4", "f8"))
U1S = types.Array(types.u1, 2, "C")
I8S = types.Array(types.i8, 2, "C")
U1_READ, U4_READ, I4_READ = (types.Array(getattr(types, name), 1, "C", readonly=True) for name in ("u1", "u4", "i4"))
B1, B1S = (types.Array(types.boolean, dimensions, "C") for dimensions in (1, 2))


def compiled(result: Any, *arguments: Any) -> Callable[[_Function], _Function]:
    """A function compiled for these types, at once; what was compiled before is read from the cache. Raises ImportError where it
    cannot be."""

    def made(function: _Function) -> _Function:
        try:
            return cast(_Function, numba.njit(result(*arguments), nogil=True, cache=True)(function))
        except errors.NumbaError as wrong:
            raise ImportError(function.__name__) from wrong

    return made


def inlined(function: _Function) -> _Function:
    """A function that compiled ones hold a copy of."""
    return cast(_Function, numba.njit(function, inline="always"))


class Chart(NamedTuple):
    """A trie's steps one behind the other (see trie.Step). ``bucket``, ``left``, ``cell``: by how much a hash is shifted; ``cells``: pair
    and word (plus one) of each together; ``moved_from`` and ``cells_from``: where those of each step begin. ``begins``: bits by the hash of
    two signs (its highest ones, the others shifted out by ``rest``): 0 where nothing begins with the two."""

    marks: NDArray[np.int32]
    signs: int
    single: NDArray[np.int32]
    spread: NDArray[np.uint64]
    bucket: NDArray[np.uint64]
    left: NDArray[np.uint64]
    cell: NDArray[np.uint64]
    moved: NDArray[np.int32]
    moved_from: NDArray[np.int64]
    cells: NDArray[np.int64]
    cells_from: NDArray[np.int64]
    begins: NDArray[np.uint8]
    rest: int


CHART = types.BaseTuple.from_types((I4, types.i8, I4, U8, U8, U8, U8, I4, I8, I8, I8, U1, types.i8), Chart)
_WORD_BITS = 24
_SPARE = 4  # bits of ``begins``: of so many times more than there are pairs at most a few are 1


class Texts(NamedTuple):
    """The texts of a corpus: its code points, and where each text starts and ends."""

    codes: NDArray[np.uint32]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


TEXTS = types.BaseTuple.from_types((U4, I8, I8), Texts)


def texts_of(body: Corpus) -> Texts:
    """The texts of the corpus."""
    return Texts(body.codes, body.starts, body.ends)


@inlined
def longest(texts: Texts) -> int:
    """The length of the longest text."""
    size = 0
    for text in range(len(texts.starts)):
        size = max(size, texts.ends[text] - texts.starts[text])
    return size


@lru_cache(maxsize=8)
def chart(trie: Trie) -> Chart:
    """The trie for compiled code."""
    steps = trie.steps
    bucket, left, cell = (np.array([s.shifts[n] for s in steps], dtype=np.uint64) for n in range(3))
    moved, cells = (np.concatenate([np.zeros(0, np.int64), *parts]) for parts in ([s.moved for s in steps], [_cells(s) for s in steps]))
    moved_from, cells_from = (np.cumsum([0] + [len(getattr(s, name)) for s in steps])[:-1] for name in ("moved", "pair"))
    spread = np.array([s.spread for s in steps], dtype=np.uint64)
    single, moved = (column.astype(np.int32) for column in (trie.single, moved))
    return Chart(trie.marks, trie.signs, single, spread, bucket, left, cell, moved, moved_from, cells, cells_from, *_begins(steps))


def _begins(steps: Sequence[Step]) -> tuple[NDArray[np.uint8], int]:
    """The columns ``begins`` and ``rest`` of Chart."""
    pairs = steps[0].pair[steps[0].pair >= 0] if steps else np.zeros(0, dtype=np.int64)
    bits = len(pairs).bit_length() + _SPARE
    rest = np.iinfo(np.uint64).bits - bits
    begins = np.zeros(1 << bits, dtype=np.bool_)
    begins[(pairs.astype(np.uint64) * steps[0].spread) >> np.uint64(rest) if steps else []] = True
    return np.packbits(begins, bitorder="little"), rest


def _cells(step: Step) -> NDArray[np.int64]:
    return step.pair << _WORD_BITS | (step.word + 1)


@inlined
def word_at(chart: Chart, place: int) -> int:
    """The word that ends at a place in ``cells``; -1: none."""
    return int(chart.cells[place] & ((1 << _WORD_BITS) - 1)) - 1


@inlined
def may_begin(chart: Chart, node: int, mark: int) -> bool:
    """Whether something may begin with two signs; cheaper than finding out what."""
    at = np.int64(np.uint64(node * chart.signs + mark) * chart.spread[0] >> np.uint64(chart.rest))
    return bool(chart.begins[at >> 3] >> (at & 7) & 1)


@inlined
def onward(chart: Chart, size: int, node: int, mark: int) -> int:
    """The place in ``cells`` of the node that a sign leads to, ``size`` signs being behind it; -1: none."""
    at = size - 1
    pair = node * chart.signs + mark
    hashed = np.uint64(pair) * chart.spread[at]
    moved = chart.moved[chart.moved_from[at] + np.int64(hashed >> chart.bucket[at])]
    place = chart.cells_from[at] + (np.int64((hashed << chart.left[at]) >> chart.cell[at]) ^ moved)
    return place if chart.cells[place] >> _WORD_BITS == pair else -1

"""A trie as compiled code reads it, and how functions are compiled."""

from __future__ import annotations

from collections.abc import Callable
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
I8S = types.Array(types.i8, 2, "C")
U4_READ = types.Array(types.u4, 1, "C", readonly=True)
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
    and word (plus one) of each together; ``moved_from`` and ``cells_from``: where those of each step begin."""

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


CHART = types.BaseTuple.from_types((I4, types.i8, I4, U8, U8, U8, U8, I4, I8, I8, I8), Chart)
_WORD_BITS = 24


class Texts(NamedTuple):
    """The texts of a corpus: its code points, and where each text starts and ends."""

    codes: NDArray[np.uint32]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


TEXTS = types.BaseTuple.from_types((U4, I8, I8), Texts)


def texts_of(body: Corpus) -> Texts:
    """The texts of the corpus."""
    return Texts(body.codes, body.starts, body.ends)


@lru_cache(maxsize=8)
def chart(trie: Trie) -> Chart:
    """The trie for compiled code."""
    steps = trie.steps
    bucket, left, cell = (np.array([s.shifts[n] for s in steps], dtype=np.uint64) for n in range(3))
    moved, cells = (np.concatenate([np.zeros(0, np.int64), *parts]) for parts in ([s.moved for s in steps], [_cells(s) for s in steps]))
    moved_from, cells_from = (np.cumsum([0] + [len(getattr(s, name)) for s in steps])[:-1] for name in ("moved", "pair"))
    spread = np.array([s.spread for s in steps], dtype=np.uint64)
    marks, single, moved = (column.astype(np.int32) for column in (trie.marks, trie.single, moved))
    return Chart(marks, trie.signs, single, spread, bucket, left, cell, moved, moved_from, cells, cells_from)


def _cells(step: Step) -> NDArray[np.int64]:
    return step.pair << _WORD_BITS | (step.word + 1)


@inlined
def word_at(chart: Chart, place: int) -> int:
    """The word that ends at a place in ``cells``; -1: none."""
    return int(chart.cells[place] & ((1 << _WORD_BITS) - 1)) - 1


@inlined
def onward(chart: Chart, size: int, node: int, mark: int) -> int:
    """The place in ``cells`` of the node that a sign leads to, ``size`` signs being behind it; -1: none."""
    at = size - 1
    pair = node * chart.signs + mark
    hashed = np.uint64(pair) * chart.spread[at]
    moved = chart.moved[chart.moved_from[at] + np.int64(hashed >> chart.bucket[at])]
    place = chart.cells_from[at] + (np.int64((hashed << chart.left[at]) >> chart.cell[at]) ^ moved)
    return place if chart.cells[place] >> _WORD_BITS == pair else -1

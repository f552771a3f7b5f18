"""Evidence written as JSON, case by case (see evidence.listed)."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numba import types
from numpy.typing import NDArray

from greenfin.tag.compiled.charts import I8, I8S, U1, U4_READ, compiled, inlined
from greenfin.tag.evidence import BETWEEN, OPENING, Items, closing, inside_quotes
from greenfin.tag.normalise import Corpus

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
_ASCII, _ROOM, _OFFSET = 0x80, 100, np.int32().nbytes  # bytes a list, at first; of an offset


class Pieces(NamedTuple):
    """Written pieces one behind the other: piece ``n`` is ``first[n]:first[n + 1]`` of ``data``."""

    data: Bytes
    first: Ints


class Said(NamedTuple):
    """``columns`` of evidence.Items, which are in the order of their cases; what ``opens`` and ``closes`` an item by its source and by
    what it says, what stands ``between`` its parts, each sign of ASCII ``plain`` inside quotes, an ``empty`` list."""

    columns: Ints
    opens: Pieces
    closes: Pieces
    between: Pieces
    plain: Pieces


class Body(NamedTuple):
    """The bank's own texts, and where each begins."""

    raw: NDArray[np.uint32]
    offsets: Ints


class Lists(NamedTuple):
    """Texts as Arrow holds them."""

    first: Ints
    data: Bytes


PIECES = types.BaseTuple.from_types((U1, I8), Pieces)
SAID = types.BaseTuple.from_types((I8S, PIECES, PIECES, PIECES, PIECES), Said)
BODY = types.BaseTuple.from_types((U4_READ, I8), Body)
LISTS = types.BaseTuple.from_types((I8, U1), Lists)


@inlined
def _put(data: Bytes, at: int, pieces: Pieces, which: int) -> int:
    """Writes a piece to a place if there is room; the place behind it."""
    start, size = pieces.first[which], pieces.first[which + 1] - pieces.first[which]
    if at + size <= len(data):
        for n in range(size):
            data[at + n] = pieces.data[start + n]
    return at + int(size)


@inlined
def _put_number(data: Bytes, at: int, number: int) -> int:
    """Writes a number of nought or more in figures."""
    figures, rest = 1, number // 10
    while rest:
        figures, rest = figures + 1, rest // 10
    if at + figures <= len(data):
        for n in range(figures - 1, -1, -1):
            data[at + n], number = 48 + number % 10, number // 10
    return at + figures


@inlined
def _put_sign(data: Bytes, at: int, code: int) -> int:
    """Writes a code point above ASCII as UTF-8: its last six bits, those before them, in front what says how many bytes there are."""
    size = 2 + int(code > 0x7FF) + int(code > 0xFFFF)
    if at + size <= len(data):
        for n in range(size - 1, 0, -1):
            data[at + n], code = 0x80 | code & 0x3F, code >> 6
        data[at] = (0xF00 >> size) & 0xFF | code
    return at + size


@inlined
def _put_text(data: Bytes, at: int, codes: NDArray[np.uint32], plain: Pieces) -> int:
    """Writes signs as they stand inside quotes."""
    for code in codes:
        at = _put(data, at, plain, int(code)) if code < _ASCII else _put_sign(data, at, int(code))
    return at


@compiled(types.i8, SAID, BODY, LISTS)
def lists_in(said: Said, body: Body, lists: Lists) -> int:
    """Writes the list of each case, as far as there is room; how many bytes they take."""
    case, source, text, start, end, says = said.columns
    at, item, sources = 0, 0, len(said.opens.first) // 2
    for row in range(len(lists.first) - 1):
        lists.first[row], first = at, item
        while item < len(case) and case[item] == row:
            at = _put(lists.data, at, said.opens, source[item] + (sources if item == first else 0))
            at = _put_text(lists.data, at, body.raw[start[item] : end[item]], said.plain)
            at = _put(lists.data, at, said.between, 0)
            at = _put_number(lists.data, at, start[item] - body.offsets[text[item]])
            at = _put(lists.data, at, said.between, 1)
            at = _put_number(lists.data, at, end[item] - body.offsets[text[item]])
            at = _put(lists.data, at, said.closes, says[item])
            item += 1
        at = _put(lists.data, at, said.between, 2 if item > first else 3)
    lists.first[-1] = at
    return at


def listed(items: Items, size: int, body: Corpus, names: tuple[str, ...]) -> pa.StringArray:
    """What evidence.listed writes."""
    pieces = (_pieces(OPENING), _pieces(closing(names)), _pieces(BETWEEN), _plain())
    said = Said(np.stack([getattr(items, name) for name in Items.__slots__]), *pieces)
    return _filled(said, Body(body.raw, body.offsets), Lists(np.empty(size + 1, dtype=np.int64), np.empty(_ROOM * size, dtype=np.uint8)))


def _filled(said: Said, body: Body, lists: Lists) -> pa.StringArray:
    """The lists, for which room is made again if there is too little."""
    size = lists_in(said, body, lists)
    if size > len(lists.data):
        return _filled(said, body, Lists(lists.first, np.empty(size, dtype=np.uint8)))
    first, data = (pa.allocate_buffer(count) for count in (len(lists.first) * _OFFSET, size))
    np.frombuffer(first, dtype=np.int32)[:] = lists.first
    np.frombuffer(data, dtype=np.uint8)[:] = lists.data[:size]
    return pa.StringArray.from_buffers(len(lists.first) - 1, first, data)


@lru_cache(maxsize=8)
def _pieces(texts: tuple[str, ...]) -> Pieces:
    written = [text.encode() for text in texts]
    return Pieces(np.frombuffer(b"".join(written), dtype=np.uint8).copy(), np.cumsum([0, *map(len, written)]))


@cache
def _plain() -> Pieces:
    return _pieces(tuple(inside_quotes(chr(code)) for code in range(_ASCII)))

"""Texts read from UTF-8 and written back, text by text (see normalise.corpus)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numba import types
from numpy.typing import NDArray

from greenfin.tag.compiled.charts import I4_READ, I8, U1, U1_READ, U4, compiled

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Codes = NDArray[np.uint32]
_BREAK, _OFFSET = ord("\n"), np.int32().nbytes


class Read(NamedTuple):
    """Code points of texts, each text with a line break behind it, the same folded, and where each text begins."""

    raw: Codes
    folded: Codes
    starts: Ints


class Lines(NamedTuple):
    """Texts as Arrow holds them."""

    first: Ints
    data: Bytes


READ = types.BaseTuple.from_types((U4, U4, I8), Read)
LINES = types.BaseTuple.from_types((I8, U1), Lines)


@compiled(types.i8, U1_READ, I4_READ, U4, READ)
def codes_in(data: Bytes, first: NDArray[np.int32], table: Codes, read: Read) -> int:
    """Reads texts (``first``: where each begins among the bytes) and folds each code point by the ``table``; how many there are."""
    size = 0
    for text in range(len(first) - 1):
        read.starts[text], at, end = size, first[text], first[text + 1]
        while at < end:
            code = np.uint32(data[at])
            more = int(code >= 0xC0) + int(code >= 0xE0) + int(code >= 0xF0)  # bytes that follow, of six bits each
            code &= np.uint32(0x3F >> more if more else 0x7F)
            for n in range(1, more + 1):
                code = np.uint32(code << 6 | data[at + n] & 0x3F)
            read.raw[size], read.folded[size] = code, table[code]
            size, at = size + 1, at + more + 1
        read.raw[size], read.folded[size] = _BREAK, _BREAK
        size += 1
    return size


@compiled(types.i8, U4, I8, LINES)
def lines_in(codes: Codes, ends: Ints, lines: Lines) -> int:
    """Writes the texts (``ends``: where the line break of each stands), as far as there is room for; how many bytes they take."""
    at, place, room = 0, 0, len(lines.data)
    for text in range(len(ends)):
        lines.first[text] = at
        while place <= ends[text]:
            code = codes[place]
            place += 1
            more = int(code > 0x7F) + int(code > 0x7FF) + int(code > 0xFFFF)
            if at + more < room:
                for n in range(more, 0, -1):
                    lines.data[at + n], code = 0x80 | code & 0x3F, code >> 6
                lines.data[at] = code | (0xF00 >> more + 1) & 0xFF if more else code
            at += more + 1
    lines.first[len(ends)] = at
    return at


def read(texts: pa.StringArray, table: Codes) -> Read:
    """The code points of the texts; ``table``: what each becomes when folded."""
    first = np.frombuffer(texts.buffers()[1] or bytes(_OFFSET), dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    room = int(first[-1] - first[0]) + len(texts)
    found = Read(np.empty(room, dtype=np.uint32), np.empty(room, dtype=np.uint32), np.empty(len(texts), dtype=np.int64))
    size = codes_in(np.frombuffer(texts.buffers()[2] or b"", dtype=np.uint8), first, table, found)
    raw = found.raw[:size]
    raw.flags.writeable = False
    return Read(raw, found.folded[:size], found.starts)


def lines(codes: Codes, ends: Ints) -> pa.StringArray:
    """The texts as Arrow holds them, each with its line break."""
    return _written(codes, ends, Lines(np.empty(len(ends) + 1, dtype=np.int64), np.empty(3 * len(codes), dtype=np.uint8)))


def _written(codes: Codes, ends: Ints, room: Lines) -> pa.StringArray:
    """The texts, for which room is made again if there is too little."""
    size = lines_in(codes, ends, room)
    if size > len(room.data):
        return _written(codes, ends, Lines(room.first, np.empty(size, dtype=np.uint8)))
    return pa.StringArray.from_buffers(len(ends), pa.py_buffer(room.first.astype(np.int32)), pa.py_buffer(room.data[:size]))

"""Joins of columns: every pair of rows with equal keys, and addresses of rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.records import Book

Ints = NDArray[np.int64]


def equal_pairs(left: pa.Array, right: pa.Array) -> tuple[Ints, Ints]:
    """The pairs of rows whose texts are equal, in the order of the left rows; empty and missing texts are equal to nothing."""
    both = pa.concat_arrays([left.cast(pa.string()), right.cast(pa.string())])
    codes = codes_of(both)
    ours, theirs = codes[: len(left)], codes[len(left) :]
    order = np.argsort(theirs, kind="stable")
    begin = np.searchsorted(theirs[order], ours, side="left")
    counts = np.where(ours >= 0, np.searchsorted(theirs[order], ours, side="right") - begin, 0)
    rows = np.repeat(np.arange(ours.size), counts)
    offset = np.arange(rows.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows, order[np.repeat(begin, counts) + offset]


def pairs_within(codes: Ints) -> tuple[Ints, Ints]:
    """The pairs of different rows of equal numbers, each pair once, the lower row first; a negative number is equal to nothing."""
    rows = np.flatnonzero(codes >= 0)
    rows = rows[np.argsort(codes[rows], kind="stable")]
    ends = np.searchsorted(codes[rows], codes[rows], side="right")
    later = ends - np.arange(rows.size) - 1
    offset = np.arange(later.sum()) - np.repeat(np.cumsum(later) - later, later)
    return np.repeat(rows, later), rows[np.repeat(np.arange(rows.size) + 1, later) + offset]


def codes_of(texts: pa.Array) -> Ints:
    """A number for each distinct text; -1 where it is empty or missing."""
    found = pc.if_else(pc.equal(texts, ""), None, texts).dictionary_encode()
    return np.asarray(pc.fill_null(found.indices, -1).to_numpy(zero_copy_only=False), dtype=np.int64)


def groups_of(keys: pa.Array) -> list[Ints]:
    """The rows of each text that stands more than once, in the order of the rows."""
    codes = codes_of(keys)
    counts = np.bincount(codes[codes >= 0], minlength=1)
    rows = np.flatnonzero((codes >= 0) & (counts[np.maximum(codes, 0)] > 1))
    order = rows[np.argsort(codes[rows], kind="stable")]
    return [part for part in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1) if part.size]


def column(table: pa.Table, name: str) -> pa.Array:
    """A column of texts in one piece, missing values as empty texts, without blanks around."""
    values = table[name].combine_chunks()
    return pc.utf8_trim_whitespace(pc.fill_null(values.cast(pa.string()), ""))


def cells(book: Book, table: pa.Table, rows: Ints | Sequence[int], name: str) -> list[str]:
    """The addresses of a column's cells in some rows of a table of the book."""
    few = table.select(["source_sheet", "source_row"]).take(pa.array(np.asarray(rows, dtype=np.int64)))
    places = few.to_pylist()
    return [book.cell(p["source_sheet"] or "", p["source_row"] or 0, name) if p["source_sheet"] else "" for p in places]

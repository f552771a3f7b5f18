"""Bulk tables of the record: parquet files by their sha256."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from greenfin.core.columns import fitted
from greenfin.core.problems import Refused, error
from greenfin.store.hashed import ROWS, keeping, path_of, read_kept
from greenfin.store.opening import Store

_ROW_GROUP = 50_000
_HELD = 8  # tables of books, in the memory of a server


@dataclass(frozen=True, slots=True)
class _Held:
    """Rows of a book's table, and where they stand in the order of a column that was searched."""

    rows: pa.Table
    orders: dict[str, Any]

    def order(self, column: str) -> Any:
        if column not in self.orders:
            self.orders[column] = pc.sort_indices(self.rows[column]).cast(pa.uint32()).to_numpy()
        return self.orders[column]


def keep_rows(store: Store, table: pa.Table) -> str:
    """Keep a table; its file's sha256. Raises Refused where it cannot be written."""
    with keeping(store.files, ROWS) as kept:
        pq.write_table(table, kept.stream, compression="zstd", row_group_size=_ROW_GROUP)
    return kept.sha256


def read_rows(store: Store, sha256: str) -> pa.Table:
    """The table kept under a sha256; raises Refused where the file is gone or altered."""
    return _read(store.files, sha256)


def _read(files: Path, sha256: str) -> pa.Table:
    found = read_kept(files, ROWS, sha256)
    try:
        return pq.read_table(pa.BufferReader(found))
    except pa.ArrowException as bad:
        raise Refused(error("store.file_altered", ROWS, name=f"{ROWS}/{sha256}")) from bad


def held_rows(store: Store, sha256: str, table: str) -> pa.Table:
    """The rows of a table of a book in today's schema, held in memory: whoever asks for one loan after another reads the file once.

    A file that has been touched since is read (and held to its sha256) again. Raises Refused.
    """
    return _held_of(store, sha256, table).rows


def held_with(store: Store, sha256: str, table: str, column: str, values: Iterable[str | None], *, read: Sequence[str] = ()) -> pa.Table:
    """Those of :func:`held_rows` with one of these values in a column, in their order; ``read``: these columns alone.

    They are found by bisection: the column is sorted once. Raises Refused.
    """
    held = _held_of(store, sha256, table)
    rows = held.rows.select(read or held.rows.column_names)
    cells, order = held.rows[column], held.order(column)
    there = range(len(cells) - cells.null_count)  # nulls come last

    def cell(n: int) -> str:
        return str(cells[int(order[n])].as_py())

    at: list[int] = []
    for value in {value for value in values if value}:
        n = bisect_left(there, value, key=cell)
        while n < len(there) and cell(n) == value:
            at.append(int(order[n]))
            n += 1
    return pa.concat_tables([rows.slice(0, 0), *(rows.slice(n, 1) for n in sorted(at))])


def _held_of(store: Store, sha256: str, table: str) -> _Held:
    try:
        status = path_of(store.files, ROWS, sha256).stat()
    except OSError:
        return _Held(fitted(read_rows(store, sha256), table), {})  # which says what is wrong
    return _held(store.files, sha256, table, (status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=_HELD)
def _held(files: Path, sha256: str, table: str, _touched: tuple[int, int]) -> _Held:
    return _Held(fitted(_read(files, sha256), table), {})


def content_sha256(table: pa.Table) -> str:
    """A sha256 over names, types and values, whatever file or release of a library they come from."""
    digest = hashlib.sha256(str(table.num_rows).encode())
    for field in table.schema:
        column = table[field.name].combine_chunks()
        digest.update(f"|{field.name}|{field.type}|".encode())
        digest.update(np.packbits(column.is_null().to_numpy(zero_copy_only=False)).tobytes())
        digest.update(_values(column))
    return digest.hexdigest()


def _values(column: pa.Array) -> bytes:
    """The values without the nulls, text with its lengths."""
    there = column.drop_null()
    if pa.types.is_string(there.type) or pa.types.is_large_string(there.type):
        joined = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(there)], pa.int32()), there.cast(pa.string())), "")
        lengths = pc.binary_length(there).cast(pa.int64()).to_numpy(zero_copy_only=False)
        return bytes(lengths.tobytes()) + (joined[0].as_buffer().to_pybytes() if len(there) else b"")
    if pa.types.is_date32(there.type):
        there = there.cast(pa.int32())
    return bytes(there.to_numpy(zero_copy_only=False).tobytes())

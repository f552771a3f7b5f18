"""Bulk tables of the record: parquet files by their sha256."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from greenfin.core.problems import Refused, error
from greenfin.store.hashed import ROWS, keeping, read_kept
from greenfin.store.opening import Store

_ROW_GROUP = 50_000


def keep_rows(store: Store, table: pa.Table) -> str:
    """Keep a table; its file's sha256. Raises Refused where it cannot be written."""
    with keeping(store.files, ROWS) as kept:
        pq.write_table(table, kept.stream, compression="zstd", row_group_size=_ROW_GROUP)
    return kept.sha256


def read_rows(store: Store, sha256: str) -> pa.Table:
    """The table kept under a sha256; raises Refused where the file is gone or altered."""
    found = read_kept(store.files, ROWS, sha256)
    try:
        return pq.read_table(pa.BufferReader(found))
    except pa.ArrowException as bad:
        raise Refused(error("store.file_altered", ROWS, name=f"{ROWS}/{sha256}")) from bad


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

"""ORC files, and folders of ORC or parquet files as Hive and Spark leave them, copied into one parquet file that is read as any other.

Rows come in the order of the files' names and keep it, so that a row number of the copy is the row of the table in that order.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    from pyarrow.dataset import Dataset

ROWS = 65_536  # of a row group of the copy: what is read at once
_MAGIC = {b"ORC": "orc", b"PAR1": "parquet"}
_HIDDEN = (".", "_")  # files that are no part of a table


def is_columnar(path: Path) -> bool:
    """Whether this is an ORC file or a folder of ORC or parquet files; a parquet file is read as it is."""
    found = _format(path)
    return found == "orc" or (bool(found) and path.is_dir())


def _format(path: Path) -> str:
    first = next(_files(path), None) if path.is_dir() else path
    try:
        with (first or path).open("rb") as stream:
            head = stream.read(4)
    except OSError:
        return ""
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "")


def _files(folder: Path) -> Iterator[Path]:
    shown = (path for path in sorted(folder.rglob("*")) if not any(part.startswith(_HIDDEN) for part in path.relative_to(folder).parts))
    return (path for path in shown if path.is_file())


def copied(path: Path, folder: Path) -> Path:
    """One parquet file in ``folder`` under the name of the table, some rows at a time.

    Raises Refused for a table that cannot be read, OSError where the copy cannot be written.
    """
    return written(_batches(path), folder, name=path.name)


def written(batches: Iterator[pa.RecordBatch], folder: Path, *, name: str) -> Path:
    """Batches of one table as a parquet file of that name. Raises OSError, and Refused for a table without rows."""
    target = folder / name
    writer: pq.ParquetWriter | None = None
    rows = 0
    try:
        for table in _gathered(batches):
            writer = writer or pq.ParquetWriter(target, table.schema, compression="zstd")
            writer.write_table(table.cast(writer.schema), row_group_size=ROWS)
            rows += len(table)
    except pa.ArrowException as bad:  # a column of a kind that is no value of a ledger: a map, a nested list
        raise Refused(error("ingest.file_damaged", name, found=type(bad).__name__)) from bad
    finally:
        if writer:
            writer.close()
    if not rows:
        raise Refused(error("ingest.file_empty", name))
    return target


def _gathered(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The same rows, so many at a time."""
    held: list[pa.Table] = []
    for batch in batches:
        held.append(plain(pa.Table.from_batches([batch])))
        while sum(map(len, held)) >= ROWS:
            whole = pa.concat_tables(held)
            yield whole.slice(0, ROWS)
            held = [whole.slice(ROWS)]
    if held:
        yield pa.concat_tables(held)


def plain(table: pa.Table) -> pa.Table:
    """Moments as the clock of the table's zone shows them, to the microsecond; words instead of their numbers."""
    for at, field in enumerate(table.schema):
        column = table[field.name]
        if pa.types.is_timestamp(field.type):
            column = pc.local_timestamp(column) if field.type.tz else column
            table = table.set_column(at, field.name, column.cast(pa.timestamp("us"), safe=False))
        elif pa.types.is_dictionary(field.type):
            table = table.set_column(at, field.name, column.cast(field.type.value_type))
    return table


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    try:
        yield from _table(path).scanner(batch_size=ROWS, batch_readahead=1, fragment_readahead=1).to_batches()
    except (pa.ArrowException, OSError, ValueError) as bad:
        raise Refused(error("ingest.file_damaged", path.name, found=type(bad).__name__)) from bad


def _table(path: Path) -> Dataset:
    """All files as one table that has every column of any of them; what folders are named after (``机构号=010101``) stays text.

    Raises Refused where a column is of one kind in one file and of another in the next.
    """
    import pyarrow.dataset as ds

    inside = [part for file in _files(path) for part in file.relative_to(path).parts[:-1]] if path.is_dir() else []
    named = pa.schema([(key, pa.string()) for key in dict.fromkeys(part.split("=")[0] for part in inside if "=" in part)])
    folders, kind = ds.partitioning(named, flavor="hive"), _format(path)
    whole = named
    for fragment in ds.dataset(path, format=kind, partitioning=folders).get_fragments():
        try:
            whole = pa.unify_schemas([whole, fragment.physical_schema], promote_options="permissive")
        except (pa.ArrowTypeError, pa.ArrowInvalid) as bad:
            raise Refused(error("ingest.parts_differ", f"{path.name}/{Path(fragment.path).name}")) from bad
    return ds.dataset(path, schema=whole, format=kind, partitioning=folders)

"""The files of a run in batches: spans sorted by shard, results of shards; each written whole or not at all, so that a run goes on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from secrets import token_hex

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")
_MADE_OF = "made_of.json"
_WHOLE = b"whole"  # the schema with the columns that are not written
_FINISHED = ("span-??????.parquet", "shard-??????")


class Spool:
    """A folder of a run that is not finished; what is in it under its last name is whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, made_of: Mapping[str, object], *, resume: bool) -> int:
        """An empty folder, or the one there was of the same inputs; how many parts are there already. Raises OSError."""
        kept = self.folder / _MADE_OF
        said = json.dumps(made_of, sort_keys=True, ensure_ascii=False)
        same = resume and kept.is_file() and kept.read_text("utf-8") == said
        if not same:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(0o700, parents=True)
            kept.write_text(said, "utf-8")
        for half in self.folder.glob("*.partial"):
            shutil.rmtree(half) if half.is_dir() else half.unlink()
        return sum(1 for pattern in _FINISHED for _ in self.folder.glob(pattern))

    def end(self) -> None:
        """Take the folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def has(self, name: str) -> bool:
        """Whether a part is there."""
        return (self.folder / name).exists()

    def half(self, name: str) -> Path:
        """Where a part is written until it is whole: a path of its own for each that tries, on whatever machine."""
        return self.folder / f"{name}.{token_hex(8)}.partial"

    def write_parts(self, name: str, table: pa.Table, *, by: str, parts: int) -> None:
        """A table sorted by a column of numbers, so that the rows of each number can be read alone. Columns that say nothing are not
        written: there is a batch for each number, and what it costs to read is the number of its columns. Raises OSError."""
        table = table.sort_by(by).combine_chunks()
        ends = np.searchsorted(table[by].to_numpy(), np.arange(parts + 1))
        said = table.select([column for column in table.column_names if column == by or table[column].null_count < len(table)])
        said = said.replace_schema_metadata({_WHOLE: table.schema.serialize().to_pybytes()})
        half = self.half(name)
        with pa.OSFile(str(half), "wb") as file, pa.ipc.new_file(file, said.schema, options=_OPTIONS) as writer:
            for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
                batches = said.slice(start, end - start).to_batches()
                writer.write_batch(batches[0] if batches else pa.RecordBatch.from_pylist([], schema=said.schema))
        half.replace(self.folder / name)

    def read_part(self, pattern: str, part: int) -> pa.Table:
        """The rows of one number in all files of a pattern."""
        return _whole([_part(path, part) for path in sorted(self.folder.glob(pattern))])

    def scan(self, pattern: str, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        """Some columns of each file of a pattern."""
        for path in sorted(self.folder.glob(pattern)):
            with pa.OSFile(str(path), "rb") as file:
                reader = pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=_places(file, columns)))
                yield _whole([reader.read_all()]).select(list(columns)).combine_chunks()

    def chosen(self, pattern: str, column: str, values: pa.Array) -> pa.Table | None:
        """All rows of the files whose column has one of the values; None where no file is."""
        found = []
        for path in sorted(self.folder.glob(pattern)):
            with pa.OSFile(str(path), "rb") as file:
                table = pa.ipc.open_file(file).read_all()
                if column in table.column_names:
                    found.append(table.filter(pc.is_in(table[column], value_set=values)).combine_chunks())
        return _whole(found) if found else None


def _part(path: Path, part: int) -> pa.Table:
    with pa.OSFile(str(path), "rb") as file:
        return pa.Table.from_batches([pa.ipc.open_file(file).get_batch(part)])


def _places(file: pa.NativeFile, columns: tuple[str, ...]) -> list[int]:
    """Where those of the columns stand that the file has; its first column where it has none."""
    schema = pa.ipc.open_file(file).schema
    file.seek(0)
    return [at for at in map(schema.get_field_index, columns) if at >= 0] or [0]


def _whole(tables: list[pa.Table]) -> pa.Table:
    """The rows of some files together, with the columns that were not written."""
    whole = pa.ipc.read_schema(pa.py_buffer(tables[0].schema.metadata[_WHOLE]))
    rows = pa.concat_tables(tables, promote_options="default")
    nothing = {kind: pa.nulls(len(rows), kind) for kind in {field.type for field in whole if field.name not in rows.column_names}}
    return pa.Table.from_arrays(
        [rows[field.name] if field.name in rows.column_names else nothing[field.type] for field in whole], schema=whole
    )

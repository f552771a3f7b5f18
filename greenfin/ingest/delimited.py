"""A large delimited file as a parquet file of texts, some rows at a time: the same cells, so that its ledger goes in batches."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as arrow_csv

from greenfin.core.problems import Refused
from greenfin.ingest.columnar import written

_SUFFIX, _COMMA, _QUOTE = ".csv", ",", '"'
_LINE = b"\n"
_ODD = re.compile(rb'\0|="|\xe2\x80[\x8b-\x8f]|\xe2\x81\xa0|(?<!^)\xef\xbb\xbf')  # what a file that is read whole is rid of, or refused for
_AT_ONCE = 2**23  # bytes


def lines_in(path: Path) -> int:
    """The lines of a CSV file; 0 for any other file, and for one that cannot be read."""
    if path.suffix.casefold() != _SUFFIX:
        return 0
    try:
        return sum(part.count(_LINE) for part in _parts(path))
    except OSError:
        return 0


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        yield from iter(lambda: stream.read(_AT_ONCE), b"")


def as_parquet(path: Path, folder: Path) -> Path | None:
    """The file's cells as texts in a parquet file of the same name, row for row; None where it is not plainly one table in UTF-8: a line
    of headers, all different, and as many cells in every line below. Raises OSError where it cannot be written."""
    if any(_ODD.search(part) for part in _parts(path)):
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            names = next(csv.reader(stream), [])
        if len(names) < 2 or len({*names}) < len(names) or "" in names or any(_QUOTE in name for name in names):
            return None
        return written(_batches(path, names), folder, name=path.name)
    except (pa.ArrowInvalid, UnicodeError, csv.Error, Refused):
        (folder / path.name).unlink(missing_ok=True)
        return None


def _batches(path: Path, names: list[str]) -> Iterator[pa.RecordBatch]:
    reader = arrow_csv.open_csv(
        path,
        read_options=arrow_csv.ReadOptions(block_size=_AT_ONCE),
        parse_options=arrow_csv.ParseOptions(delimiter=_COMMA, newlines_in_values=True, ignore_empty_lines=False),
        convert_options=arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )
    if reader.schema.names != names:
        raise pa.ArrowInvalid(path.name)
    yield from reader

"""Rows of any table as the user asked for them: parquet as they are, csv and xlsx with text that cannot execute."""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from greenfin.core.problems import Refused, error
from greenfin.disclose.to_csv import safe_text

KINDS = (".csv", ".xlsx", ".parquet")
_ACTS = "^[ \\x{3000}']*[=+\\-@\t\r\n\\x{FF1D}\\x{FF0B}\\x{FF0D}\\x{FF20}]"
_BOM = b"\xef\xbb\xbf"


def write_rows(rows: pa.Table, path: Path) -> None:
    """Write the table; the ending of the path says how. Its owner alone can read it.

    Raises Refused for another ending or where nothing can be written.
    """
    if path.suffix.lower() not in KINDS:
        raise Refused(error("disclose.unknown_ending", str(path), known=", ".join(KINDS)))
    writers = {".csv": _csv, ".xlsx": _xlsx, ".parquet": _parquet}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        with contextlib.suppress(OSError):  # a file system without modes
            path.chmod(0o600)
        writers[path.suffix.lower()](rows, path)
    except OSError as bad:
        raise Refused(error("run.cannot_write", str(path), reason=bad.strerror or type(bad).__name__)) from bad


def _parquet(rows: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(rows, path, compression="zstd")


def _lines(rows: pa.Table) -> Iterator[list[object]]:
    columns = [[safe_text(v) if isinstance(v, str) else v for v in rows[name].to_pylist()] for name in rows.column_names]
    return (list(line) for line in zip(*columns, strict=True))


def _csv(rows: pa.Table, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        writer = csv.writer(stream)
        writer.writerow(rows.column_names)
        writer.writerows(_lines(rows))


def _xlsx(rows: pa.Table, path: Path) -> None:
    from greenfin.disclose.xlsx_rows import write_sheet

    write_sheet(_harmless(rows), path)


def write_detail(rows: pa.Table, path: Path) -> None:
    """Rows as CSV (UTF-8 with BOM) whose texts no spreadsheet runs, written column by column."""
    import pyarrow.csv as pacsv

    with path.open("wb") as stream:
        stream.write(_BOM)
        pacsv.write_csv(_harmless(rows), stream)


def _harmless(rows: pa.Table) -> pa.Table:
    """The rows with :func:`safe_text` in every column of texts, however they are kept."""
    return pa.table([_safe(column.cast(pa.string())) if _is_text(column.type) else column for column in rows.columns], rows.column_names)


def _is_text(kind: pa.DataType) -> bool:
    of = kind.value_type if pa.types.is_dictionary(kind) else kind
    return any((pa.types.is_string(of), pa.types.is_large_string(of), pa.types.is_string_view(of)))


def _safe(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """:func:`safe_text` over a whole column."""
    import pyarrow.compute as pc

    return pc.if_else(pc.match_substring_regex(column, _ACTS), pc.binary_join_element_wise("'", column, ""), column)

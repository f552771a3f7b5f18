"""Files of the user -> grids: xlsx, csv and parquet, told apart by content, refused when they are something else."""

from __future__ import annotations

import csv
import gc
import hashlib
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from itertools import zip_longest
from pathlib import Path
from sys import intern

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from greenfin.core.problems import Outcome, Refused, error, info
from greenfin.core.records import SourceFile
from greenfin.ingest.archive import MAX_CELLS, MAX_FILE, MAX_UNPACKED, Archive, look_into
from greenfin.ingest.arrays import Cells, is_kept
from greenfin.ingest.encodings import text_of
from greenfin.ingest.grids import CellValue, Grid, column_number
from greenfin.ingest.unpacked import unpacking
from greenfin.ingest.vocabulary import marks

_OLE = b"\xd0\xcf\x11\xe0"
_DELIMITERS = (",", "\t", ";", "|", "\x01")
_MOST_COLUMNS = 16_384  # as in a workbook
_PLAIN_SPLITS, _SURE_SPLITS = (",", "\t", "\x01"), ("\t", "\x01")  # a comma is in a sentence too
_FIRST_LINES = 20
_UNSEEN = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF))  # signs without width
_LEAST_BARS = 3  # in a text file: fewer are part of a sentence


def read_source(path: Path, *, role: str = "book", most: int = MAX_FILE) -> SourceFile:
    """Name, sha256 and size of a file; raises Refused when it is not there or larger than ``most`` bytes."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise Refused(error("ingest.file_missing", path.name, found=path.name))
        if size > most:
            raise Refused(error("ingest.file_too_large", path.name, found=size, limit=most))
        with path.open("rb") as stream:
            return SourceFile(path.name, hashlib.file_digest(stream, "sha256").hexdigest(), size, role)
    except OSError as bad:
        raise Refused(error("ingest.file_missing", path.name, found=path.name)) from bad


def read_grids(path: Path) -> Outcome[tuple[Grid, ...]]:
    """All sheets of a file with something in them (hidden ones are marked); raises Refused for a file that cannot be read."""
    source = read_source(path)
    if source.size == 0:
        raise Refused(error("ingest.file_empty", path.name))
    with path.open("rb") as stream:
        head = stream.read(8)
    if head.startswith(_OLE):
        raise Refused(error("ingest.file_encrypted", path.name))
    if head.startswith(b"PK"):
        return _workbook(path)
    if head.startswith(b"PAR1"):
        return Outcome((_parquet(path),))
    return _delimited(path)


def _workbook(path: Path) -> Outcome[tuple[Grid, ...]]:
    with unpacking(path) as unpacked:
        archive = look_into(path, uncalculated=str(marks()["not_calculated"]), unpacked=unpacked)
        grids = _sheets(unpacked.path)
    problems = (info("ingest.macros_ignored", path.name),) if archive.has_macros else ()
    return Outcome(tuple(_with_marks(grid, archive, grid.sheet.partition("!")[2]) for grid in grids), problems)


def _sheets(path: Path) -> list[Grid]:
    try:
        with CalamineWorkbook.from_path(path) as book:
            return [
                grid
                for about in book.sheets_metadata
                if about.typ == SheetTypeEnum.WorkSheet
                and (grid := _sheet(book.get_sheet_by_name(about.name), path.name, about.visible != SheetVisibleEnum.Visible))
            ]
    except (CalamineError, OSError, ValueError) as bad:
        raise Refused(error("ingest.file_damaged", path.name, found=type(bad).__name__)) from bad


def _sheet(sheet: CalamineSheet, file: str, is_hidden: bool) -> Grid | None:
    if not sheet.start:
        return None
    with _nothing_collected():
        columns: list[Sequence[CellValue]] = [list(column) for column in zip(*sheet.to_python(), strict=True)]
    if not columns:
        return None
    top, left = sheet.start
    merged = tuple((a - top, b - left, c - top, d - left) for (a, b), (c, d) in sheet.merged_cell_ranges or [])
    return Grid(file, f"{file}!{sheet.name}", columns, top + 1, left + 1, merged, is_hidden)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """No search for garbage meanwhile: a list for every row sets off many, and cells of a sheet refer to nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _with_marks(grid: Grid, archive: Archive, name: str) -> Grid:
    """The grid with the text of error cells put where the cell reader left a blank, units behind numbers, and what is hidden in it."""
    found, units = archive.marks.get(name, {}), archive.units.get(name, {})
    columns: Sequence[Sequence[CellValue]] = grid.columns
    if found or units:
        filled = [list(column) for column in columns]
        for where, unit in units.items():
            letters = where.rstrip("0123456789")
            column, row = column_number(letters) - grid.first_column, int(where[len(letters) :]) - grid.first_row
            if 0 <= column < len(filled) and 0 <= row < grid.height and type(cell := filled[column][row]) in {int, float}:
                filled[column][row] = f"{cell:.15g}{unit}"
        for where, text in found.items():
            letters = where.rstrip("0123456789")
            column, row = column_number(letters) - grid.first_column, int(where[len(letters) :]) - grid.first_row
            if 0 <= column < len(filled) and 0 <= row < grid.height and filled[column][row] == "":
                filled[column][row] = text
        columns = filled
    rows, hidden_columns = archive.hidden.get(name, ((), 0))
    inside = np.array([row - grid.first_row for row in rows if 0 <= row - grid.first_row < grid.height], dtype=np.int64)
    return replace(grid, columns=columns, is_1904=archive.is_1904, hidden_rows=inside, hidden_columns=hidden_columns, memo={})


def _parquet(path: Path) -> Grid:
    """The one sheet of a parquet file; texts stay coded until they are known to fit: few bytes can say a value millions of times."""
    try:
        texts = [field.name for field in pq.read_schema(path) if is_text_type(field.type)]
        table = pq.ParquetFile(path, read_dictionary=texts).read()  # where two columns have one name, both
        if (found := sum(_unfolded(column) for column in table.columns)) > MAX_UNPACKED:
            raise Refused(error("ingest.archive_bomb", path.name, found=found, limit=MAX_UNPACKED))
        columns = [parquet_column(name, table.column(i)) for i, name in enumerate(table.column_names)]
    except (pa.ArrowException, OSError, ValueError) as bad:
        raise Refused(error("ingest.file_damaged", path.name, found=type(bad).__name__)) from bad
    return Grid(path.name, path.name, columns)


def is_text_type(kind: pa.DataType) -> bool:
    """Whether a column holds texts, or bytes that are taken for such."""
    return any(test(kind) for test in (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary))


def _unfolded(column: pa.ChunkedArray) -> int:
    """The bytes of a column with every value written out."""
    if not pa.types.is_dictionary(column.type) or not is_text_type(column.type.value_type):
        return int(column.nbytes) + len(column)
    parts = (pc.sum(pc.take(pc.binary_length(chunk.dictionary), chunk.indices)).as_py() or 0 for chunk in column.chunks)
    return int(sum(parts)) + len(column)


def parquet_column(name: str, column: pa.ChunkedArray) -> Sequence[CellValue]:
    """A column under its name; texts, numbers and days stay as they are kept."""
    column = as_values(column)
    if pa.types.is_dictionary(column.type) and is_text_type(column.type.value_type):
        whole = column.unify_dictionaries().combine_chunks()
        return Cells((name,), pa.DictionaryArray.from_arrays(whole.indices, whole.dictionary.cast(pa.string())))
    return Cells((name,), column.combine_chunks()) if is_kept(column.type) else [name, *parquet_cells(column)]


def as_values(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column: as texts where its values are lists, bytes of one length, or days of which one is beyond the calendar; in local time."""
    column = _local(column)
    kind = column.type
    if pa.types.is_nested(kind):
        return pa.chunked_array([pa.array([None if cell is None else str(cell) for cell in column.to_pylist()], pa.string())])
    if pa.types.is_fixed_size_binary(kind):
        return column.cast(pa.binary()).cast(pa.string())
    if not (pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.unit != "ns")):
        return column
    first, last = (pa.scalar(datetime.combine(*edge)).cast(kind, safe=False) for edge in ((date.min, time.min), (date.max, time.max)))
    most = pc.min_max(column)
    is_beyond = pc.or_(pc.less(most["min"], first), pc.greater(most["max"], last)).as_py()
    return column.cast(pa.string()) if is_beyond else column


def _local(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Moments of a time zone as the clock there says; of one that nobody knows as texts, which are no days."""
    if not (pa.types.is_timestamp(column.type) and column.type.tz):
        return column
    try:
        return pc.local_timestamp(column)
    except pa.ArrowInvalid:
        return pc.binary_join_element_wise(column.cast(pa.timestamp(column.type.unit)).cast(pa.string()), column.type.tz, " ")


def parquet_cells(column: pa.ChunkedArray) -> list[CellValue]:
    """A column's cells; bytes are taken for UTF-8 text, single precision for the decimal digits it was written with."""
    if pa.types.is_dictionary(column.type) and is_text_type(column.type.value_type):
        shared: list[CellValue] = []
        for chunk in column.chunks:
            values = chunk.dictionary.cast(pa.string()).to_pylist()
            shared += [None if at is None else values[at] for at in chunk.indices.to_pylist()]
        return shared
    cells: list[CellValue] = column.to_pylist()
    if pa.types.is_float32(column.type):
        return [None if cell is None else float(f"{cell:.7g}") for cell in cells]
    return cells


def _delimited(path: Path) -> Outcome[tuple[Grid, ...]]:
    text, problems = text_of(path)
    return Outcome((_cells(path, text.translate(_UNSEEN)),), problems)


def _cells(path: Path, text: str) -> Grid:
    csv.field_size_limit(MAX_FILE)  # a cell of any length is a cell: what is too long for a text is told at its place
    if text.lstrip()[:1] == "<":
        raise Refused(error("ingest.not_a_workbook", path.name))
    if path.suffix.casefold() == ".txt" and not _is_split(text):
        return Grid(path.name, path.name, [["text", *text.splitlines()]], first_row=0)
    try:
        rows = [[*map(intern, row)] for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))]  # most come again
    except csv.Error as bad:
        raise Refused(error("ingest.file_damaged", path.name, found="csv")) from bad
    if len(rows) < text.count("\n"):
        rows = _unquoted(text, _delimiter(text)) or rows
    if '="' in text:
        rows = [[cell[2:-1] if cell.startswith('="') and cell.endswith('"') else cell for cell in row] for row in rows]
    wide = max(map(len, rows), default=0)
    if wide > _MOST_COLUMNS or wide * len(rows) > max(MAX_CELLS, 4 * sum(map(len, rows))):
        raise Refused(error("ingest.sheet_too_large", path.name, found=wide * len(rows), limit=MAX_CELLS))
    columns: list[Sequence[CellValue]] = [list(column) for column in zip_longest(*rows, fillvalue="")]
    return Grid(path.name, path.name, columns)


def _unquoted(text: str, sign: str) -> list[list[str]]:
    """The lines split where they stand when a sign of quotation is part of a text: in a file with bars, and in one that is a table so."""
    rows = [line.split(sign) for line in text.splitlines()]
    if sign == "|":
        return rows
    rows = [row for row in rows if row != [""]]
    is_table = len(rows) > 1 and {*map(len, rows)} == {len(rows[0])} and len(rows[0]) > 1
    return [[cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell for cell in row] for row in rows] if is_table else []


def _is_split(text: str) -> bool:
    """Whether a text file is a table: its first line has columns, or most of its first lines behind a title have."""
    first, *more = [line for line in text.split("\n", _FIRST_LINES)[:_FIRST_LINES] if line.strip()] or [""]
    if any(sign in first for sign in _PLAIN_SPLITS) or first.count("|") >= _LEAST_BARS:
        return True
    return 2 * sum(any(sign in line for sign in _SURE_SPLITS) for line in more) > len(more)


def _delimiter(text: str) -> str:
    """The sign that splits the first lines into most columns."""
    lines = text.splitlines()[:20]
    return max(_DELIMITERS, key=lambda sign: sum(line.count(sign) for line in lines))

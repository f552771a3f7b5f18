"""A ledger of loans in parquet read batch by batch: the same rows, cells and problems as read whole, in bounded memory.

What a column's unit is, all its cells say together (rates as decimals or percent): :func:`ledger_of` looks at those columns first, as
distinct values. A ledger whose other columns need all rows at once is told with the reason (:class:`NeedsAll`), and is read whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from greenfin.core.problems import Outcome, Refused, error
from greenfin.ingest.blocks import Block, find_block, next_header
from greenfin.ingest.cells import is_blank
from greenfin.ingest.exchange import Rates
from greenfin.ingest.files import as_values, is_text_type, parquet_cells, parquet_column
from greenfin.ingest.given_tags import is_tag_table
from greenfin.ingest.grids import CellValue, Grid
from greenfin.ingest.joined import with_ids
from greenfin.ingest.loans import read_loans
from greenfin.ingest.vocabulary import fields, kinds

LOANS = "loans"
_HEAD = 64  # rows that show what the columns are
_BALANCES = ("loan.balance", "loan.balance_rmb")
# Columns whose meaning in one row depends on other rows, or that make other tables of the book.
_APART = ("proj.name", "loan.data_date", "loan.env_rights", "loan.carbon_tool", "loan.fund_source")
_MOST_DISTINCT = 100_000  # values of a column of rates


class NeedsAll(Exception):
    """A ledger that must be read whole; the text says which column or row is the reason."""


@dataclass(frozen=True, slots=True)
class Span:
    """Some row groups of a ledger: its first data row (from 0) and how many it has."""

    groups: tuple[int, ...]
    first: int
    rows: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """A parquet file of receipts: the block that its head is, and its parts."""

    path: Path
    head: Block
    spans: tuple[Span, ...]

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return sum(span.rows for span in self.spans)


def rows_in(path: Path) -> int:
    """The rows of a parquet file; 0 for any other file."""
    try:
        with path.open("rb") as stream:
            is_parquet = stream.read(4) == b"PAR1"
        return int(pq.ParquetFile(path).metadata.num_rows) if is_parquet else 0
    except (pa.ArrowException, OSError):
        return 0


def ledger_of(path: Path, *, wanted: tuple[str, ...], at_once: int) -> Ledger | None:
    """The ledger in a parquet file, in spans of about so many rows; None where it is another table.

    Raises NeedsAll for a ledger that cannot be read in batches, Refused for a damaged file.
    """
    try:
        file = pq.ParquetFile(path)
        head = next(file.iter_batches(batch_size=_HEAD), None)
        grid = _grid(path, pa.table({}) if head is None else pa.Table.from_batches([head]), 0)
        block = find_block(grid, wanted=wanted)
        if block is None or block.kind != LOANS or is_tag_table(block):
            return None
        if block.grid is not grid:  # one class in columns by level: put together once, for all rows
            raise NeedsAll(path.name)
        _check(block)
        return Ledger(path, replace(block, whole=_whole(file, block)), tuple(_spans(file, at_once)))
    except (pa.ArrowException, OSError) as bad:
        raise Refused(error("ingest.file_damaged", path.name, found=type(bad).__name__)) from bad


def _check(block: Block) -> None:
    """Raises NeedsAll where a batch would be read otherwise than the whole."""
    if block.header_row or block.first != 1 or block.layout or block.more or block.periods or block.as_of:
        raise NeedsAll(block.grid.file)
    for field in _APART:
        if field in block.places:
            raise NeedsAll(block.places[field].header)
    if not set(_BALANCES) & set(block.places):
        raise NeedsAll(block.grid.file)


def _whole(file: pq.ParquetFile, block: Block) -> Mapping[int, Sequence[CellValue]]:
    """The distinct cells of the columns of rates and shares, and of branches that would be filled from the row above."""
    found: dict[int, Sequence[CellValue]] = {}
    for name, place in block.places.items():
        known = fields().get(name)
        if known is not None and known.kind in ("rate", "share"):
            found[place.column] = _distinct(file, place.column, place.header)
        elif name in kinds()[LOANS].group:
            cells = _distinct(file, place.column, place.header)
            wordy = name == "loan.org_code" and any(not any(map(str.isdigit, str(cell))) for cell in cells if not is_blank(cell))
            if wordy or any(map(is_blank, cells)):
                raise NeedsAll(place.header)
    return found


def _distinct(file: pq.ParquetFile, column: int, header: str) -> list[CellValue]:
    """The distinct cells of a column, in the order in which they come; raises NeedsAll for more than a column of rates has."""
    name = file.schema_arrow.names[column]
    found: dict[CellValue, None] = {}
    for batch in file.iter_batches(columns=[name]):
        found |= dict.fromkeys(parquet_cells(as_values(pa.chunked_array([batch.column(0)])).unique()))
        if len(found) > _MOST_DISTINCT:
            raise NeedsAll(header)
    return list(found)


def _spans(file: pq.ParquetFile, at_once: int) -> Iterator[Span]:
    """Row groups together until they have so many rows."""
    groups: list[int] = []
    first = rows = 0
    for group in range(file.metadata.num_row_groups):
        groups.append(group)
        rows += file.metadata.row_group(group).num_rows
        if rows >= at_once or group == file.metadata.num_row_groups - 1:
            yield Span(tuple(groups), first, rows)
            groups, first, rows = [], first + rows, 0


def read_batches(
    ledger: Ledger, span: Span, *, at_once: int, as_of: date, industries: Mapping[str, object], rates: Rates | None = None
) -> Iterator[tuple[int, Outcome[pa.Table]]]:
    """Candidate loans of a span, batch by batch, each with the number of its first data row.

    Raises NeedsAll where a row is found that only the whole ledger explains (a total, a header in the middle), and Refused with the row
    from which the file cannot be read.
    """
    first = span.first
    try:
        texts = [field.name for field in pq.read_schema(ledger.path) if is_text_type(field.type)]
        file = pq.ParquetFile(ledger.path, read_dictionary=texts)
        for batch in file.iter_batches(batch_size=at_once, row_groups=list(span.groups)):
            yield first, _read(ledger, pa.Table.from_batches([batch]), first, as_of=as_of, industries=industries, rates=rates)
            first += batch.num_rows
    except (pa.ArrowException, OSError) as bad:
        raise Refused(error("ingest.file_damaged", f"{ledger.path.name}!{first + 2}", found=type(bad).__name__)) from bad


def _read(
    ledger: Ledger, rows: pa.Table, first: int, *, as_of: date, industries: Mapping[str, object], rates: Rates | None
) -> Outcome[pa.Table]:
    grid = _grid(ledger.path, rows, first)
    block = replace(ledger.head, grid=grid, first=1, end=grid.height)
    if next_header(block, wanted=(LOANS,)):
        raise NeedsAll(grid.at(1))
    read = read_loans(block, as_of=as_of, industries=industries, rates=rates)
    for problem in read.problems:
        if problem.code == "ingest.rows_skipped" and problem.params["what"] != "blank":
            raise NeedsAll(problem.where)
    return Outcome(with_ids(read.value, block), read.problems)


def _grid(path: Path, rows: pa.Table, first: int) -> Grid:
    """A batch under the names of its columns, each row with its own number in the file."""
    columns = [parquet_column(name, rows.column(at)) for at, name in enumerate(rows.column_names)]
    return Grid(path.name, path.name, columns, gap=first)

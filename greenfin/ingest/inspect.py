"""What a file looks like to the program: its sheets, the columns recognised with their units, counts, totals and problems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import columns
from greenfin.core.problems import Outcome, Problem, Refused
from greenfin.core.records import BOOK_TABLES, Book
from greenfin.ingest.blocks import Block
from greenfin.ingest.book import book_of, find_sheets
from greenfin.ingest.grids import column_letter
from greenfin.ingest.mapping import SavedMapping, effective_unit
from greenfin.ingest.rows import body_of
from greenfin.ingest.vocabulary import aliases, allowed, kinds, measures, names_of, plain
from greenfin.messages import codes
from greenfin.reference.load import Reference

_NEAR = 3


@dataclass(frozen=True, slots=True)
class ColumnSeen:
    """A column: letter, header, our field (``""``: not known), the unit it is read in, and fields it might be where it is not known."""

    letter: str
    header: str
    field: str = ""
    unit: str = ""
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetSeen:
    """A recognised part of a sheet: its rows, how many were read and rejected, the sum of its main amount (None: not counted)."""

    sheet: str
    kind: str
    layout: str
    header_row: int
    rows: int
    columns: tuple[ColumnSeen, ...]
    unknown: tuple[ColumnSeen, ...]
    read: int | None = None
    rejected: int | None = None
    total_of: str = ""
    total_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """Everything seen; ``book`` is None where the files could not be read as a book (``refused`` says why)."""

    sheets: tuple[SheetSeen, ...]
    blocks: tuple[Block, ...]
    book: Book | None
    refused: Problem | None = None

    @property
    def headers(self) -> dict[str, int]:
        """Sheet as addresses print it -> the last row of a header in it."""
        found: dict[str, int] = {}
        for seen in self.sheets:
            found[seen.sheet] = max(found.get(seen.sheet, 0), seen.header_row)
        return found


def inspect(
    paths: Sequence[Path],
    *,
    as_of: date | None,
    controls: Path | None = None,
    rates: Path | None = None,
    reference: Reference | None = None,
    mapping: SavedMapping | None = None,
) -> Outcome[Inspection]:
    """The files as they are understood; raises Refused for files that cannot be opened or in which nothing is recognised."""
    sheets = find_sheets(paths, controls=controls, mapping=mapping, rates=rates)
    book: Book | None = None
    refused: Problem | None = None
    problems = sheets.problems
    try:
        read = book_of(sheets, as_of=as_of, reference=reference)
        book, problems = read.value, read.problems
    except Refused as bad:
        refused = bad.problem
        problems = (*problems, bad.problem)
    seen = tuple(_sheet(block, book) for block in sheets.blocks)
    return Outcome(Inspection(seen, sheets.blocks, book, refused), problems)


def _sheet(block: Block, book: Book | None) -> SheetSeen:
    columns_seen = [_column(block, field, block.places[field].column, block.places[field].header) for field in block.places]
    columns_seen += [_column(block, field, place.column, place.header) for field, place in block.more]
    unknown = tuple(ColumnSeen(block.grid.letter(p.column), p.header, near=tuple(_near(block.kind, p.header))) for p in block.unknown)
    ordered = tuple(sorted(columns_seen, key=lambda c: (len(c.letter), c.letter)))
    rows = len(body_of(block).rows)
    table = kinds()[block.kind].table
    header = block.grid.first_row + block.header_row
    counts = _counted(book, table, block) if book else (None, None, "", None)
    return SheetSeen(block.grid.sheet, block.kind, block.layout, header, rows, ordered, unknown, *counts)


def _column(block: Block, field: str, column: int, header: str) -> ColumnSeen:
    place = block.places[field] if field in block.places and block.places[field].column == column else None
    place = place or next(p for f, p in block.more if f == field and p.column == column)
    return ColumnSeen(column_letter(block.grid.first_column + column), header, field, effective_unit(block, field, place))


def _counted(book: Book, table: str, block: Block) -> tuple[int | None, int | None, str, int | None]:
    """Rows of a block that were read and rejected, and the sum of its first amount."""
    if table not in BOOK_TABLES or block.kind == "loan_supplement" or "source_sheet" not in getattr(book, table).column_names:
        return None, None, "", None
    first, end = block.grid.first_row + block.first, block.grid.first_row + block.end

    def mine(rows: pa.Table) -> pa.Table:
        here = pc.equal(rows["source_sheet"], block.grid.sheet)
        between = pc.and_(pc.greater_equal(rows["source_row"], first), pc.less(rows["source_row"], end))
        return rows.filter(pc.and_(here, between))

    held, out = mine(getattr(book, table)), mine(book.rejected.filter(pc.equal(book.rejected["table"], table)))
    wanted = ("balance_fen", "total_fen", "total_invest_fen", "amount_fen", "par_fen")
    name = next((n for n in wanted if n in held.column_names), "")
    total = pc.sum(held[name]).as_py() if name else None
    return held.num_rows, out.num_rows, name, total


def _near(kind: str, header: str) -> Iterator[str]:
    """Names of the fields whose headers are most like one that is not known."""
    known = _headers_of(kind)
    found = get_close_matches(plain(header), list(known), n=12, cutoff=0.6)
    yield from list(dict.fromkeys(known[alias] for alias in found))[:_NEAR]


@cache
def _headers_of(kind: str) -> dict[str, str]:
    fields = allowed(kind)
    found = {alias: next(f for f in ids if f in fields) for alias, ids in aliases().items() if any(f in fields for f in ids)}
    if any(name.startswith("input.") for name in fields):
        found |= {alias: f"input.{name}" for alias, name in names_of("input.").items()}
    return found


@cache
def name_of(field: str, lang: str) -> str:
    """A field's name in words; the id itself where it has none."""
    for column in columns():
        if column.field == field:
            return column.en if lang == "en" else column.zh
    measure = measures().get(field)
    if measure is not None:
        return measure.en if lang == "en" else measure.zh
    return codes("en" if lang == "en" else "zh").get(f"field.{field}", field)

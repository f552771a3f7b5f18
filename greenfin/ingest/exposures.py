"""Loans or holdings with their borrowers' data beside them, for financed emissions: a flat sheet, with the other sheets of a book."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import schema
from greenfin.core.problems import Outcome, Problem, Refused, Severity
from greenfin.core.records import Book
from greenfin.ingest.blocks import SCAN_ROWS, Block, find_block, next_header
from greenfin.ingest.book import book_of, find_sheets
from greenfin.ingest.doubled import once
from greenfin.ingest.exchange import read_rates
from greenfin.ingest.files import read_grids, read_source
from greenfin.ingest.foreign_headers import split_header
from greenfin.ingest.frames import Frame, frame_of
from greenfin.ingest.fuels_used import fuels_used
from greenfin.ingest.grids import Grid
from greenfin.ingest.headers import read_header
from greenfin.ingest.month_ends import MonthEnds, average_kind, has_months, kinds_of, month_ends, unused
from greenfin.ingest.month_rows import averages_of, collapsed, filled, sheet_of_months
from greenfin.ingest.own_money import Amounts, in_yuan
from greenfin.ingest.quantities import quantities
from greenfin.ingest.units_beside import units_beside
from greenfin.ingest.vocabulary import column_of, fields
from greenfin.reference.load import Reference

KIND = "exposures"
NO_CURRENCY = "XXX"  # the code that ISO 4217 keeps for "no currency"
_KEYS = ("fin.exposure_id", "loan.receipt_no", "bond.code", "bond.trade_no", "loan.contract_no")
_OWN_NUMBERS = ("fin.exposure_id", "loan.receipt_no", "bond.trade_no")  # no two rows have the same
_FIRST: Mapping[str, tuple[str, ...]] = {  # a column -> the fields that fill it, the best first
    "exposure_id": _KEYS,
    "customer_no": ("loan.customer_no", "cust.no"),
    "project_id": ("loan.project_no", "proj.no"),
    "industry": ("loan.industry_use", "proj.industry", "loan.industry_customer", "cust.industry"),
    "region": ("proj.region", "loan.region_use", "cust.reg_region"),
    "product": ("loan.product", "loan.kind"),
}
_BALANCES = ("loan.balance_rmb", "loan.balance", "loan.original_balance", "bond.balance", "fin.market_value", "bond.par")
_NOT_HERE = ("ingest.no_loans", "ingest.column_missing")
_Currencies = Mapping[int, tuple[str, str]]  # column -> the currency its header names and the unit to read it by


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a file says of exposures: flat rows (``exposures``, as they stand), and the book its other sheets make."""

    flat: pa.Table
    book: Book


@dataclass(frozen=True, slots=True)
class _Flat:
    """A flat block, and the foreign currencies its headers name."""

    block: Block
    currencies: _Currencies


def read_exposures(
    paths: Sequence[Path], *, as_of: date | None, otherwise: date, reference: Reference, rates: Path | None = None
) -> Outcome[Holdings]:
    """The exposures of one or more files: rows with borrower columns beside them, else a book of loans, customers, projects and bonds.

    Amounts come back in fen of yuan, at ``rates`` where they stand in another currency; in their own where the file has only that one.
    Flat rows of a file without a date are of the day ``otherwise``. Raises Refused for a file that cannot be read, for one in which
    nothing is recognised, and where a book has no date and none is given.
    """
    flat, months, is_all, problems = _flat_blocks(paths)
    day = as_of or _stated(flat) or (otherwise if flat else None)
    if flat and is_all:
        book = Outcome(_no_book(paths, day or otherwise))
    else:
        book = _book(paths, [*(one.block for one in flat), *months], as_of=day, reference=reference, rates=rates)
    day = day or book.value.as_of
    known = read_rates(rates).value if rates else None
    read = [_rows(one, day=day, industries=reference.industries) for one in flat]
    whole = in_yuan([part.value.amounts for part in read], rates=known, day=day)
    ends = averages_of(months, year=day.year, until=day.month)
    kept = once(whole.value, pa.chunked_array([part.value.numbers for part in read], pa.string()).combine_chunks())
    told = (*problems, *(p for part in read for p in part.problems), *whole.problems, *kept.problems, *book.problems)
    table = filled(kept.value, ends, key="exposure_id", average="average_fen", kind="average_kind")
    loans = filled(book.value.loans, ends, key="loan_id", average="avg_balance_fen", kind="avg_balance_kind")
    return Outcome(Holdings(table, replace(book.value, as_of=day, loans=loans)), (*told, *(p for one in ends for p in one.problems)))


def _stated(flat: Sequence[_Flat]) -> date | None:
    """The data date that stands above the headers, where there is one."""
    return next((one.block.as_of for one in flat if one.block.as_of), None)


def _flat_blocks(paths: Sequence[Path]) -> tuple[list[_Flat], list[Block], bool, list[Problem]]:
    """The flat sheets of the files, those of month ends in rows, and whether there are no others.

    Flat are sheets with a number of a loan or holding, else all that qualify.
    """
    found: list[_Flat] = []
    months: list[Block] = []
    shown = 0
    problems: list[Problem] = []
    for path in paths:
        grids = read_grids(path)
        problems.extend(grids.problems)
        for grid in (one for one in grids.value if not one.is_hidden and one.height):
            shown += 1
            if one := _flat(grid):
                found.extend(_chain(one))
            elif ends := sheet_of_months(grid):
                months.append(ends)
    keyed = [one for one in found if any(key in one.block.places for key in _KEYS)]
    kept = keyed or found
    is_all = len(kept) + len(months) == shown
    return kept, months if kept or len(months) < shown else [], is_all, problems if is_all else []


def _flat(grid: Grid) -> _Flat | None:
    """A sheet read as exposures, its headers without the foreign currencies they name."""
    columns = list(grid.columns)
    named: dict[int, tuple[str, str]] = {}
    for at, column in enumerate(columns):
        for row in range(min(SCAN_ROWS, len(column))):
            cell = column[row]
            if isinstance(cell, str) and (said := split_header(cell)) and read_header(said[0]).fields:
                cells = list(columns[at])
                cells[row], named[at] = said[0], said[1]
                columns[at] = cells
                break
    block = find_block(replace(grid, columns=columns, memo={}) if named else grid, wanted=(KIND,))
    has_balance = block and (any(field in block.places for field in (*_BALANCES, "loan.avg_balance")) or has_months(block))
    return _Flat(block, named) if block and has_balance else None


def _chain(one: _Flat) -> Iterator[_Flat]:
    """A flat block and those under further headers of its sheet, each down to the next."""
    block, end = one.block, one.block.end
    while after := next_header(block, wanted=(KIND,)):
        yield replace(one, block=replace(block, end=after.header_row - after.depth + 1))
        block, one = replace(after, end=end), replace(one, currencies={})
    yield replace(one, block=replace(block, end=end))


def _no_book(paths: Sequence[Path], day: date) -> Book:
    return Book(as_of=day, files=tuple(read_source(path) for path in paths))


def _book(paths: Sequence[Path], flat: Sequence[Block], *, as_of: date | None, reference: Reference, rates: Path | None) -> Outcome[Book]:
    """The book that the other sheets make; without any, an empty one where there are flat rows."""
    mine = {block.grid.sheet for block in flat}
    try:
        sheets = find_sheets(paths, rates=rates)
    except Refused:
        if as_of is None or not flat:
            raise
        return Outcome(_no_book(paths, as_of))
    rest = replace(sheets, blocks=tuple(block for block in sheets.blocks if block.grid.sheet not in mine))
    found = book_of(rest, as_of=as_of, reference=reference)
    return found if not flat else Outcome(found.value, tuple(p for p in found.problems if p.code not in _NOT_HERE))


@dataclass(frozen=True, slots=True)
class _Read:
    """The rows of a flat block, and the number that each row has alone (none: it has none)."""

    amounts: Amounts
    numbers: pa.Array


def _rows(one: _Flat, *, day: date, industries: Mapping[str, object]) -> Outcome[_Read]:
    """The rows of a flat block as they stand, with the currency of each amount."""
    block = _with_units(one)
    frame = frame_of(block, industries=industries)
    made = {name: frame.columns[field] for field, name in column_of(KIND).items() if field in frame.columns}
    numbers, said = quantities(frame, KIND)
    burnt, odd = fuels_used(frame, is_gas_apart=True)
    made |= burnt | numbers | units_beside(frame) | {name: _first(frame, names) for name, names in _FIRST.items()}
    made["balance_fen"] = _first(frame, _BALANCES, pa.int64())
    made["source_cell"] = pa.array([block.grid.at(int(row)) for row in frame.rows.tolist()], pa.string())
    made["exposure_id"] = pc.coalesce(made["exposure_id"], made["source_cell"])
    made |= _persons(frame, made)
    made["currency"] = _currencies(frame)
    made["evic_fen"] = pc.coalesce(frame.column("fin.evic", pa.int64()), frame.column("cust.equity_debt", pa.int64()))
    ends = month_ends(block, year=day.year, months=day.month)
    average = _average(block, frame, ends)
    made["balance_fen"] = pc.coalesce(made["balance_fen"], *([ends.last] if ends else []))
    arrays = [(made | average).get(f.name, pa.nulls(frame.size, f.type)).cast(f.type) for f in schema(KIND)]
    table = pa.Table.from_arrays(arrays, schema=schema(KIND))
    table, rows, monthly = collapsed(table, block, year=day.year, until=day.month)
    codes = {_money_column(f): one.currencies[p.column][0] for f, p in block.places.items() if p.column in one.currencies}
    plain = frozenset(_money_column(f) for f, p in block.places.items() if p.heading.unit and f in fields())
    told = (*unused(frame.problems(), ends), *said, *odd, *(ends.problems if ends else ()), *monthly)
    problems = tuple(p for p in told if p.code not in _NOT_HERE)
    return Outcome(
        _Read(Amounts(table, codes, plain - codes.keys()), _first(frame, _OWN_NUMBERS, pa.string()).take(pa.array(rows))), problems
    )


def _money_column(field: str) -> str:
    """The column in which an amount ends: what is no column of its own is a balance, but for what stands for the EVIC."""
    return column_of(KIND).get(field, "evic_fen" if field == "cust.equity_debt" else "balance_fen")


def _with_units(one: _Flat) -> Block:
    """The block with the scale of foreign amounts as the unit of their columns."""
    places = {
        field: replace(place, heading=replace(place.heading, unit=one.currencies[place.column][1], doubt=""))
        if place.column in one.currencies
        else place
        for field, place in one.block.places.items()
    }
    return replace(one.block, places=places)


def _first(frame: Frame, names: Sequence[str], kind: pa.DataType | None = None) -> pa.Array:
    return pc.coalesce(*(frame.column(name, kind) for name in names))


def _currencies(frame: Frame) -> pa.Array:
    """The currency of each row; one that cannot be read is no currency, and not yuan."""
    unread = np.zeros(frame.size, np.bool_)
    for fault in frame.faults:
        if fault.field == "loan.currency" and fault.problem.severity is Severity.ERROR:
            unread[fault.rows] = True
    return pc.if_else(pa.array(unread), NO_CURRENCY, frame.column("loan.currency"))


def _persons(frame: Frame, made: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """Natural persons by the kind of their certificate; what arises abroad by the loan's own mark (``false``: not domestic)."""
    person = pc.equal(frame.column("cust.id_type"), "person")
    abroad = pc.equal(frame.column("loan.domestic").cast(pa.string()), "false")
    nothing = pa.nulls(frame.size, pa.bool_())
    return {
        "is_person": pc.coalesce(made.get("is_person", nothing), person),
        "is_abroad": pc.coalesce(made.get("is_abroad", nothing), abroad),
    }


def _average(block: Block, frame: Frame, ends: MonthEnds | None) -> dict[str, pa.Array]:
    """The average balance: the file's own, else that of its month ends."""
    own = frame.column("loan.avg_balance", pa.int64())
    said = frame.column("fin.average_kind")
    if "loan.avg_balance" in block.places:
        named = kinds_of(own, average_kind(block, "loan.avg_balance"))
        return {"average_fen": own, "average_kind": pc.coalesce(said, named)}
    return {"average_fen": ends.average, "average_kind": kinds_of(ends.average, "monthly")} if ends else {}

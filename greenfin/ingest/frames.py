"""The fields of a block read into Arrow columns, with every fault placed at its cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from greenfin.core.problems import Problem, Severity, error, info, warning
from greenfin.core.units import same_dimension
from greenfin.ingest.blocks import Block, Place
from greenfin.ingest.cells import ColumnRead, Reader, blank_rows, read_cells, read_encoded, texts_of
from greenfin.ingest.codes import READERS, industry_reader, read_unit, word_reader
from greenfin.ingest.dates import read_date, read_period, read_year, since_1904, sure_days
from greenfin.ingest.fuel_names import fuel_named
from greenfin.ingest.grids import CellValue, Rows
from greenfin.ingest.headers import foreign_unit, names_money, names_quantity
from greenfin.ingest.numbers import (
    is_monthly_permille,
    money_reader,
    plain_number,
    ppm_reader,
    rate_scale,
    read_count,
    share_scale,
    sure_amounts,
)
from greenfin.ingest.rows import Body, body_of
from greenfin.ingest.subtotals import check_totals
from greenfin.ingest.sure import KNOWN
from greenfin.ingest.vocabulary import Field, column_of, fields, kinds, plain, starts

_TYPES: Mapping[str, pa.DataType] = {
    "money": pa.int64(),
    "original": pa.int64(),
    "count": pa.int64(),
    "rate": pa.int64(),
    "share": pa.int64(),
    "year": pa.int64(),
    "date": pa.date32(),
    "flag": pa.bool_(),
    "number": pa.struct([("value", pa.float64()), ("unit", pa.string())]),
}
_WITH_FUELS = ("exposures", "customers")
_OF_ITEMS = ("operations_wide", "operations_row")  # sheets in which a column is an item
_ONCE = ("ingest.date_serial", "ingest.rows_without_amount", "ingest.permille_as_monthly")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in cells of a field: ``rows`` are positions among the data rows."""

    field: str
    rows: Rows
    problem: Problem
    rejects: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """A block as read: one Arrow column per field, over the data rows."""

    block: Block
    rows: Rows
    columns: Mapping[str, pa.Array]
    faults: tuple[Fault, ...]
    notes: tuple[Problem, ...]

    @property
    def size(self) -> int:
        """Number of data rows."""
        return len(self.rows)

    def column(self, field: str, dtype: pa.DataType | None = None) -> pa.Array:
        """A field's values; all null where the block has no such column."""
        return self.columns.get(field, pa.nulls(self.size, dtype or pa.string()))

    def at(self, position: int, field: str) -> str:
        """The address of a field's cell in a data row."""
        return self.block.at(int(self.rows[position]), field)

    def problems(self) -> Iterator[Problem]:
        """Every fault at its cell, and what is to be said about the block as a whole."""
        yield from self.notes
        for fault in self.faults:
            yield from _placed(self, fault)

    def rejects(self) -> list[str | None]:
        """For each data row the code that rejects it, None where it stands."""
        codes: list[str | None] = [None] * self.size
        for fault in (f for f in self.faults if f.rejects):
            for row in fault.rows.tolist():
                codes[row] = codes[row] or fault.problem.code
        return codes

    def fault(self, field: str, rows: Rows, problem: Problem) -> Fault:
        """A fault of this frame that rejects its rows."""
        return Fault(field, rows, problem, rejects=True)


def _placed(frame: Frame, fault: Fault) -> Iterator[Problem]:
    place = frame.block.places.get(fault.field)
    column = place.header if place else fault.field
    problem = fault.problem
    if problem.code in _ONCE:
        where = frame.at(int(fault.rows[0]), fault.field)
        yield Problem(problem.code, problem.severity, where, {**problem.params, "column": column, "count": len(fault.rows)})
        return
    for row in fault.rows.tolist():
        yield Problem(problem.code, problem.severity, frame.at(row, fault.field), {**problem.params, "column": column})


def frame_of(block: Block, *, industries: Mapping[str, object]) -> Frame:
    """All fields of a block but the measures, read."""
    body = body_of(block)
    columns: dict[str, pa.Array] = {}
    faults: list[Fault] = []
    notes = [*body.problems, *_about(block)]
    for name, place in block.places.items():
        field = fields().get(name)
        if field is None or field.kind == "measure":
            continue
        read, said = _read(block, body, field, place, industries=industries)
        notes.extend(said)
        columns[name] = read.values
        faults.extend(
            Fault(name, rows, problem, problem.severity is Severity.ERROR and field.fault == "reject") for rows, problem in read.faults
        )
    faults.extend(_overlong(block, body))
    broken = {name: np.concatenate(rows) for name, rows in _broken(faults).items()}
    notes.extend(check_totals(block, body, columns, broken))
    return Frame(block, body.rows, columns, _merged_faults(faults), tuple(notes))


def _broken(faults: Sequence[Fault]) -> Mapping[str, list[Rows]]:
    """The rows of each field whose cells could not be read."""
    found: dict[str, list[Rows]] = {}
    for fault in faults:
        if fault.problem.severity is Severity.ERROR:
            found.setdefault(fault.field, []).append(fault.rows)
    return found


def _overlong(block: Block, body: Body) -> Iterator[Fault]:
    """Rows of a delimited file with cells beyond the header: their columns may have moved."""
    if block.grid.merged is not None:
        return
    beyond = range(block.last_column + 1, len(block.grid.columns))
    filled = [~blank_rows(body.cells(column)) for column in beyond]
    rows = np.nonzero(np.any(filled, axis=0))[0] if filled else np.zeros(0, np.int64)
    if len(rows):
        yield Fault(kinds()[block.kind].key, rows, error("ingest.row_too_long"), rejects=True)


def _merged_faults(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """Faults that are said once per column, put together."""
    once: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        if fault.problem.code in _ONCE:
            once.setdefault((fault.field, fault.problem.code), []).append(fault)
    joined = [
        Fault(f, np.sort(np.concatenate([x.rows for x in group])), group[0].problem, group[0].rejects) for (f, _), group in once.items()
    ]
    return (*(fault for fault in faults if fault.problem.code not in _ONCE), *joined)


def _about(block: Block) -> Iterator[Problem]:
    """What is to be said of the columns as a whole."""
    for place in (one for one in block.unknown if not (block.kind in _WITH_FUELS and fuel_named(one.header))):
        is_part = plain(place.header).startswith(starts("tariff_starts")) and "item.electricity" in block.places
        is_item = block.kind in _OF_ITEMS and names_quantity(place.header) and not is_part
        said = warning("ingest.item_column_unknown") if is_item else info("ingest.column_unknown")
        yield Problem(said.code, said.severity, block.grid.at(block.header_row, place.column), {"column": place.header})
    for place in block.twice:
        yield warning("ingest.column_twice", block.grid.at(block.header_row, place.column), column=place.header)
    for group in kinds()[block.kind].must:
        if not any(field in block.places for field in group):
            yield error("ingest.column_missing", block.grid.at(block.header_row), columns=_label(block, group[0]), sheet=block.grid.sheet)


def _label(block: Block, field: str) -> str:
    return column_of(kinds()[block.kind].table).get(field, field)


def _read(block: Block, body: Body, field: Field, place: Place, *, industries: Mapping[str, object]) -> tuple[ColumnRead, list[Problem]]:
    if field.kind == "money":
        return _money(block, body, field, place)
    if field.kind == "original":
        return _original(block, body, place), []
    if field.kind == "date" and (days := _sure(body, place, sure_days)):
        return days, []
    values, codes = body.encoded(place.column)
    if field.kind == "date" and block.grid.is_1904:
        values = [since_1904(value) for value in values]
    dtype = _TYPES.get(field.kind, pa.string())
    every = block.whole.get(place.column, values)
    notes = list(_scale_notes(block, field, place, every))
    texts = texts_of(values) if field.kind in KNOWN else None
    known = None if texts is None else KNOWN[field.kind](texts)
    return read_encoded(values, codes, _reader(field, every, place, industries=industries), dtype=dtype, known=known), notes


def _scale_notes(block: Block, field: Field, place: Place, cells: Sequence[CellValue]) -> Iterator[Problem]:
    """A column headed % whose numbers are all fractions of one (percent as a cell format) is read as such, and said."""
    if field.kind == "rate" and place.heading.unit == "percent" and rate_scale(cells, unit="percent").is_decimal:
        yield warning("ingest.percent_as_decimal", block.grid.at(block.header_row, place.column), column=place.header)


def _reader(field: Field, cells: Sequence[CellValue], place: Place, *, industries: Mapping[str, object]) -> Reader:
    made: dict[str, Reader] = {"date": read_date, "month": read_period, "year": read_year, "number": plain_number, "count": read_count}
    if field.kind in made:
        return made[field.kind]
    if field.kind == "industry":
        return industry_reader(industries)
    if field.kind in ("word", "choice", "choices"):
        return word_reader(field.id, kind=field.kind)
    if field.kind in ("rate", "share"):
        return _ppm(field, cells, place)
    return READERS[field.kind]


def _ppm(field: Field, values: Sequence[CellValue], place: Place) -> Reader:
    if field.kind == "share":
        return ppm_reader(share_scale(values, unit=place.heading.unit), times=1, lowest=0, highest=1_000_000)
    monthly = field.id == "loan.rate_monthly" or is_monthly_permille(values, unit=place.heading.unit)
    said = "ingest.permille_as_monthly" if monthly and field.id != "loan.rate_monthly" else ""
    times = 12 if monthly else 1
    return ppm_reader(rate_scale(values, unit=place.heading.unit), times=times, said=said, lowest=5_000, highest=240_000)


def _original(block: Block, body: Body, place: Place) -> ColumnRead:
    """An amount in each row's own currency, in hundredths; the header or the sheet says in what scale (``万美元``: ten thousands)."""
    named = place.heading.unit or place.heading.doubt or block.money_unit or block.money_doubt
    return read_encoded(*body.encoded(place.column), money_reader(foreign_unit(named)), dtype=pa.int64())


def _money(block: Block, body: Body, field: Field, place: Place) -> tuple[ColumnRead, list[Problem]]:
    """An amount column; its unit is the header's, else that of the row's unit column, of the sheet, of the dictionary."""
    where = block.grid.at(block.header_row, place.column)
    unit, notes = place.heading.unit, []
    doubt = place.heading.doubt if names_money(place.heading.doubt) else "" if unit else block.money_doubt
    if doubt:
        return ColumnRead(pa.nulls(len(body.rows), pa.int64()), ()), [
            error("ingest.unit_of_column_unknown", where, found=doubt, column=place.header)
        ]
    if unit and not same_dimension(unit, "CNY"):
        return ColumnRead(pa.nulls(len(body.rows), pa.int64()), ()), [
            error("ingest.unit_wrong", where, found=unit, wanted=field.unit, column=place.header)
        ]
    beside = block.places.get("row.money_unit") or (block.places.get("row.unit") if block.kind == "controls" else None)
    if not unit and beside:
        return _money_by_row(body.cells(place.column), body.cells(beside.column), default=block.money_unit or field.unit), []
    if not unit and block.money_unit:
        unit = block.money_unit
        notes.append(info("ingest.unit_of_sheet", where, unit=unit, column=place.header))
    elif not unit:
        unit = field.unit
        notes.append(info("ingest.unit_assumed", where, unit=unit, column=place.header))
    known = partial(sure_amounts, unit=unit)
    if amounts := _sure(body, place, known):
        return amounts, notes
    values, codes = body.encoded(place.column)
    return read_encoded(values, codes, money_reader(unit), dtype=pa.int64(), known=known(values)), notes


def _sure(body: Body, place: Place, known: Callable[[Sequence[CellValue]], pa.Array | None]) -> ColumnRead | None:
    """A column of numbers or days of which each filled cell is known as it stands; None where some cell must be looked at."""
    cells = body.numbers(place.column)
    found = None if cells is None else known(cells)
    return ColumnRead(found, ()) if cells is not None and found is not None and found.null_count == cells.array.null_count else None


def _money_by_row(cells: Sequence[CellValue], units: Sequence[CellValue], *, default: str) -> ColumnRead:
    """Amounts whose unit stands in another column of the row."""
    named = read_cells(units, read_unit, dtype=pa.string())
    spelled = np.array([u if u and u != "dimensionless" else default for u in named.values.to_pylist()], dtype=object)
    values = np.full(len(cells), None, dtype=object)
    faults = list(named.faults)
    for rows, _ in named.faults:  # an amount in an unknown unit is no amount
        spelled[rows] = ""
    for unit in sorted(set(spelled.tolist()) - {""}):
        rows = np.nonzero(spelled == unit)[0]
        if not same_dimension(unit, "CNY"):
            faults.append((rows, error("ingest.unit_wrong", found=unit, wanted=default)))
            continue
        part = read_cells([cells[row] for row in rows.tolist()], money_reader(unit), dtype=pa.int64())
        values[rows] = part.values.to_pylist()
        faults.extend((rows[wrong], problem) for wrong, problem in part.faults)
    return ColumnRead(pa.array(values.tolist(), type=pa.int64()), tuple(faults))

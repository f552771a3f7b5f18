"""Portfolio sheets for alignment: companies with their technologies, intensities or targets, and tables of scenarios, by their headers."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Outcome, Problem, error, info, warning
from greenfin.core.units import UnknownUnit, WrongDimension, ratio
from greenfin.ingest.cells import distinct, is_blank, read_encoded
from greenfin.ingest.dates import read_year
from greenfin.ingest.files import read_grids
from greenfin.ingest.foreign_headers import split_header
from greenfin.ingest.grids import CellValue, Grid
from greenfin.ingest.headers import unit_of
from greenfin.ingest.numbers import plain_number
from greenfin.ingest.vocabulary import plain

SCAN_ROWS = 20
LEAST = 2  # known headers that make a table
_NUMBER = pa.struct([("value", pa.float64()), ("unit", pa.string())])
_YUAN = "CNY"
_PERCENT = ("%", "percent")
_YEARLY = "yearly"  # a number of which a sheet may have one for each year


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says: our column, its unit, the year it is of (0: none), the foreign currency it names."""

    column: str
    unit: str = ""
    year: int = 0
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: our columns beside ``cell`` (where each row stands); columns of a year are rows of their own (``year``).

    Amounts are in units of their currency, shares as they are (0.3 is 30 %), numbers in the unit of their header (``units``).
    """

    rows: pl.DataFrame
    units: Mapping[str, str]
    currencies: frozenset[str]


@cache
def _columns() -> Mapping[str, str]:
    """Our columns with the kind of each."""
    return {row["column"]: row["kind"] for row in _listed()}


@cache
def _words() -> Mapping[str, str]:
    return {plain(word): row["column"] for row in _listed() for word in row["words"].split("|")}


def _listed() -> list[dict[str, str]]:
    return list(csv.DictReader(files("greenfin.ingest").joinpath("portfolio_columns.csv").read_text("utf-8").splitlines()))


@lru_cache(maxsize=4096)
def header_of(text: str) -> Header | None:
    """What a header of a portfolio says; None for one that is not known.

    >>> header_of("2030年计划产量(MW)"), header_of("loan_size_outstanding"), header_of("备注")
    (Header(column='planned', unit='MW', year=2030, currency=''), Header(column='loan', unit='', year=0, currency=''), None)
    """
    clean = " ".join(unicodedata.normalize("NFKC", text).split())
    foreign = split_header(clean)
    bare = foreign[0] if foreign else clean
    inner = re.findall(r"[(\[]([^()\[\]]*)[)\]]", bare)
    outer = re.sub(r"[(\[][^()\[\]]*[)\]]", "", bare).strip(" :-_/*")
    year = re.search(r"(?<!\d)((?:19|20)\d\d)(?!\d)\D?", outer)
    unit = next((found for part in inner if (found := unit_of(part) or _percent(part))), "")
    for name in (outer, outer.replace(year[0], "") if year else "", outer.replace(year[1], "") if year else ""):
        if column := _words().get(plain(name).strip("-_:/")):
            return Header(column, foreign[1][1] if foreign else unit, int(year[1]) if year else 0, foreign[1][0] if foreign else "")
    return None


def _percent(text: str) -> str:
    return "percent" if text.strip() in _PERCENT else ""


def read_portfolio(paths: Sequence[Path]) -> Outcome[tuple[Sheet, ...]]:
    """The tables of the files whose headers are known, and what could not be read in them; hidden sheets are left out."""
    problems: list[Problem] = []
    sheets: list[Sheet] = []
    for path in paths:
        grids = read_grids(path)
        problems.extend(grids.problems)
        for grid in (one for one in grids.value if not one.is_hidden and one.height):
            sheets.extend(_sheet(grid, found, problems) for found in [_header_row(grid)] if found is not None)
    return Outcome(tuple(sheets), tuple(problems))


def _header_row(grid: Grid) -> int | None:
    """The row with the most known headers, the first of such."""
    counts = [len({h.column for _, h in _headers(grid, row)}) for row in range(min(SCAN_ROWS, grid.height))]
    best = max(counts, default=0)
    return counts.index(best) if best >= LEAST else None


def _headers(grid: Grid, row: int) -> Iterator[tuple[int, Header]]:
    for at, column in enumerate(grid.columns):
        cell = column[row] if row < len(column) else None
        if isinstance(cell, str) and (said := header_of(cell)):
            yield at, said


def _sheet(grid: Grid, header_row: int, problems: list[Problem]) -> Sheet:
    first, size = header_row + 1, grid.height - header_row - 1
    made: dict[str, pa.Array] = {}
    units: dict[str, str] = {}
    by_year: dict[int, dict[str, pa.Array]] = {}
    for at, said in _headers(grid, header_row):
        held = by_year.setdefault(said.year, {}) if said.year and _columns()[said.column] == _YEARLY else made
        if said.column in held:
            problems.append(warning("ingest.column_twice", grid.at(header_row, at), column=str(grid.columns[at][header_row]).strip()))
            continue
        cells = [*grid.columns[at][first:], *[None] * (size - len(grid.columns[at][first:]))]
        held[said.column] = _read(grid, at, cells, said, first=first, problems=problems)
        units.setdefault(said.column, said.unit)
    _unknown(grid, header_row, problems)
    rows = pl.DataFrame({name: pl.Series(values) for name, values in made.items()} | {"cell": _cells(grid, first, size)})
    currencies = frozenset(said.currency or _YUAN for _, said in _headers(grid, header_row) if _columns()[said.column] == "money")
    return Sheet(_long(rows, by_year), units, currencies)


def _cells(grid: Grid, first: int, size: int) -> list[str]:
    return [grid.at(row) for row in range(first, first + size)]


def _unknown(grid: Grid, row: int, problems: list[Problem]) -> None:
    for at, column in enumerate(grid.columns):
        cell = column[row] if row < len(column) else None
        if isinstance(cell, str) and cell.strip() and header_of(cell) is None:
            problems.append(info("ingest.column_unknown", grid.at(row, at), column=cell))


def _read(grid: Grid, at: int, cells: Sequence[CellValue], said: Header, *, first: int, problems: list[Problem]) -> pa.Array:
    """A column by its kind."""
    kind = _columns()[said.column]
    values, codes = distinct(cells)
    if kind == "text":
        texts = [None if is_blank(value) else str(value).strip() for value in values]
        return pa.array(texts, pa.string()).take(pa.array(codes))
    reader, dtype = (read_year, pa.int64()) if kind == "year" else (plain_number, _NUMBER)
    read = read_encoded(values, codes, reader, dtype=dtype)
    for rows, problem in read.faults:
        problems.append(error(problem.code, grid.at(first + int(rows[0]), at), **problem.params))
    if kind == "year":
        return read.values
    made = _number(read.values, said, kind)
    if pc.any(lost := pc.fill_null(pc.is_nan(made), False)).as_py():
        odd = pc.struct_field(read.values, "unit").filter(lost)[0].as_py() or said.unit
        where = grid.at(first + pc.index(lost, True).as_py(), at)
        problems.append(error("ingest.unit_wrong", where, found=odd, wanted=said.unit or _wanted(kind), column=said.column))
    return pc.if_else(lost, pa.scalar(None, pa.float64()), made)


def _wanted(kind: str) -> str:
    return _YUAN if kind == "money" else "1"


def _number(read: pa.Array, said: Header, kind: str) -> pa.Array:
    """Numbers in the unit of their header; money in units of its currency, shares as parts of one; NaN where a unit does not fit."""
    values, units = pc.struct_field(read, "value"), pc.struct_field(read, "unit")
    encoded = units.dictionary_encode(null_encoding="encode")
    if kind in ("number", _YEARLY):
        own = [_scale(text if said.unit else "", said.unit) for text in encoded.dictionary.to_pylist()]
        return pc.multiply(values, pa.array(own, pa.float64()).take(encoded.indices))
    scales = [_scale(text or said.unit, _wanted(kind)) for text in encoded.dictionary.to_pylist()]
    scaled = pc.multiply(values, pa.array(scales, pa.float64()).take(encoded.indices))
    most = pc.max(scaled).as_py()
    is_percent = kind == "share" and not said.unit and most is not None and most > 1  # no target reduces by more than all
    return pc.divide(scaled, 1e2) if is_percent else scaled


def _scale(unit: str | None, wanted: str) -> float:
    if not unit:
        return 1.0
    try:
        return ratio(unit, wanted)
    except (UnknownUnit, WrongDimension):
        return float("nan")


def _long(rows: pl.DataFrame, by_year: Mapping[int, Mapping[str, pa.Array]]) -> pl.DataFrame:
    """The rows as they stand, and once for each year that columns are of with its numbers alone; a row without any text is no row."""
    texts = [name for name in rows.columns if name != "cell" and rows.schema[name] == pl.String]
    kept = pl.any_horizontal(pl.col(name).is_not_null() for name in texts) if texts else pl.lit(True)
    if not by_year:
        return rows.filter(kept)
    plain_numbers = [name for name in rows.columns if _columns().get(name) == _YEARLY]
    bare = rows.drop(plain_numbers)
    years = [
        bare.with_columns(pl.lit(year, pl.Int64).alias("year"), *(pl.Series(name, values) for name, values in columns.items()))
        for year, columns in sorted(by_year.items())
    ]
    return pl.concat([*([rows] if plain_numbers else []), *years], how="diagonal").filter(kept)

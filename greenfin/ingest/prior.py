"""Last year's published figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path

from greenfin.core.problems import Outcome, Problem, error
from greenfin.core.records import PriorCell
from greenfin.ingest.blocks import Block, find_block
from greenfin.ingest.cells import is_blank, shown
from greenfin.ingest.codes import read_edition, read_text, read_unit
from greenfin.ingest.files import read_grids
from greenfin.ingest.grids import CellValue
from greenfin.ingest.numbers import Number, number_in
from greenfin.ingest.prior_run import read_prior_run
from greenfin.ingest.prior_years import cells_by_years
from greenfin.ingest.rows import body_of


def read_prior(path: Path, *, before: date | None = None) -> Outcome[tuple[PriorCell, ...]]:
    """The published cells of a file: table, row, column (``current`` where the file has none), value in its unit, edition; or those of
    last year's run, the year ``before``, where the path is its folder.

    A value is exact as printed. An unreadable value or unit is an error and its cell left out; an empty value is left out
    silently (it was printed as missing); the same cell twice is an error. A file of another layout is read as indicators by years
    (table "", row as printed, column the year), which the report finds by their names; one without either is an error and nothing.
    """
    if path.is_dir():
        return read_prior_run(path, before=before)
    grids = read_grids(path)
    blocks = [block for grid in grids.value if not grid.is_hidden and (block := find_block(grid, wanted=("prior",)))]
    if not blocks:
        named = tuple(cell for grid in grids.value if not grid.is_hidden for cell in cells_by_years(grid))
        return Outcome(named, (*grids.problems, *(() if named else (error("ingest.prior_unknown", path.name),))))
    found: dict[tuple[str, str, str], PriorCell] = {}
    problems = list(grids.problems)
    for cell in (made for block in blocks for made in _cells(block)):
        if isinstance(cell, Problem):
            problems.append(cell)
        elif (key := (cell.table, cell.row, cell.column)) in found:
            problems.append(error("ingest.prior_twice", cell.source_cell, cell="{}!{}.{}".format(*key), first=found[key].source_cell))
        else:
            found[key] = cell
    return Outcome(tuple(found.values()), tuple(problems))


def _cells(block: Block) -> Iterator[PriorCell | Problem]:
    body = body_of(block)
    names = ("prior.table", "prior.row", "prior.column", "row.value", "row.unit", "prior.edition", "prior.restated")
    columns = [list(body.cells(block.places[n].column)) if n in block.places else [None] * len(body.rows) for n in names]
    for row, cells in zip(body.rows.tolist(), zip(*columns, strict=True), strict=True):
        made = _cell(block, row, dict(zip(names, cells, strict=True)))
        if made is not None:
            yield made


def _cell(block: Block, row: int, cells: dict[str, CellValue]) -> PriorCell | Problem | None:
    value, where = cells["row.value"], block.at(row, "row.value")
    if is_blank(value):
        return None
    table, line = _text(cells["prior.table"]), _text(cells["prior.row"])
    if not table or not line:
        return error("ingest.key_missing", block.at(row, "prior.row" if table else "prior.table"), column=block.places["prior.row"].header)
    unit = read_unit(cells["row.unit"])
    if unit.problem:
        return Problem(unit.problem.code, unit.problem.severity, block.at(row, "row.unit"), {**unit.problem.params, "column": "unit"})
    try:
        number = number_in(value, unit=str(unit.value or ""))
    except ValueError:
        return error("ingest.number_unreadable", where, found=shown(value), column=block.places["row.value"].header)
    return PriorCell(
        table, line, _text(cells["prior.column"]) or "current", *_valued(number, str(unit.value or "")),
        edition=str(read_edition(cells["prior.edition"]).value or ""), restated=_text(cells["prior.restated"]), source_cell=where,
    )  # fmt: skip


def _valued(number: Number, unit: str) -> tuple[Fraction, str]:
    return Fraction(number.value), number.unit or unit or "dimensionless"


def _text(cell: CellValue) -> str:
    return str(read_text(cell).value or "")

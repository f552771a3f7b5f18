"""Last year's figures as a table of indicators by years: any layout with a row of years above and names at the left."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction

from greenfin.core.records import PriorCell
from greenfin.ingest.cells import is_blank
from greenfin.ingest.codes import read_unit
from greenfin.ingest.grids import CellValue, Grid
from greenfin.ingest.numbers import number_in
from greenfin.ingest.vocabulary import marks

_HEADERS = 12  # rows from the top in which the years may stand
_BRACKETS = re.compile(r"[(（]([^()（）]*)[)）]\s*$")


def cells_by_years(grid: Grid) -> Iterator[PriorCell]:
    """The figures of a table with years in a header row: table "" , row as printed, column the year (``"2024"``), value in its unit.

    The unit is that of a column of units, else the one in brackets behind the name. Cells without a number or without a unit that
    can be read are left out; nothing comes back where no row of the head has a year.
    """
    for at in range(min(_HEADERS, grid.height)):
        head = grid.row(at)
        years = {column: year for column, cell in enumerate(head) if (year := _year(cell))}
        if years and min(years) > 0:
            yield from _below(grid, at, years)
            return


def _below(grid: Grid, head: int, years: dict[int, str]) -> Iterator[PriorCell]:
    unit_column = next((c for c, cell in enumerate(grid.row(head)) if _is_unit_head(cell)), None)
    for at in range(head + 1, grid.height):
        row = grid.row(at)
        names = [c for c in range(min(years)) if c != unit_column and isinstance(row[c], str) and not is_blank(row[c])]
        if not names:
            continue
        name = str(row[names[-1]]).strip()
        unit = _unit(row[unit_column] if unit_column is not None else None, name)
        for column, year in years.items():
            value = _value(row[column], unit)
            if unit and value is not None:
                yield PriorCell("", name, year, value, unit, source_cell=grid.at(at, column))


def _year(cell: CellValue) -> str:
    """The year that a header is, with nothing else said of it than that its end or the whole of it is meant."""
    text = unicodedata.normalize("NFKC", str(cell)).strip() if isinstance(cell, str | int | float) and not isinstance(cell, bool) else ""
    found = re.fullmatch(marks()["year_head"], text.removesuffix(".0"), re.IGNORECASE)
    return found[1] if found else ""


def _is_unit_head(cell: CellValue) -> bool:
    return isinstance(cell, str) and bool(re.fullmatch(marks()["unit_head"], cell.strip(), re.IGNORECASE))


def _unit(cell: CellValue, name: str) -> str:
    inside = _BRACKETS.search(name)
    for text in (cell, inside[1] if inside else None):
        if text is not None and not is_blank(text) and (found := read_unit(text)).problem is None:
            return str(found.value or "")
    return ""


def _value(cell: CellValue, unit: str) -> Fraction | None:
    if is_blank(cell):
        return None
    try:
        found = number_in(cell, unit=unit)
    except ValueError:
        return None
    return Fraction(found.value) if found.unit in ("", unit) else None

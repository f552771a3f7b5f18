"""Rule X-17: what was published of this year in a register, against the tables of now: year ends agree, running totals never shrink."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction

from greenfin.core.money import round_half_up
from greenfin.core.problems import Problem, error, warning
from greenfin.core.records import Cell, Table
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio
from greenfin.ingest.dates import month_end, read_date, stretch_of
from greenfin.ingest.register import Published, decimals_of, is_same
from greenfin.reference.same_figures import is_running, same_figures
from greenfin.reference.templates import Template

RULE = "X-17"
_DAY = re.compile(r"\d{4}\D?\d{1,2}\D?\d{1,2}\D?")
_YEAR = re.compile(r"\d{4}")


def day_of(period: str) -> date | None:
    """The last day of a register's period: of a year, a quarter or half (``2025Q3``), or the day itself."""
    if _YEAR.fullmatch(period):
        return date(int(period), 12, 31)
    if stretch := stretch_of(period, year=None):
        first, months = stretch
        return month_end(date(first.year, first.month + months - 1, 1))
    day = read_date(period).value if _DAY.fullmatch(period) else None
    return day if isinstance(day, date) else None


def of_this_year(entries: Sequence[Published], as_of: date) -> tuple[Published, ...]:
    """The figures of days of this year up to the data date."""
    days = ((one, day_of(one.period)) for one in entries)
    return tuple(one for one, day in days if day and day.year == as_of.year and day <= as_of)


def contradicted(
    entries: Sequence[Published], tables: Sequence[Table], as_of: date, templates: Mapping[str, Template]
) -> Iterator[Problem]:
    """X-17: figures of the data date that are not what a return published for it (an error), and running totals of the year that are less
    than what was published earlier in it (a warning: what was taken back is to be told)."""
    same = same_figures(templates)
    cells = {cell.id: cell for table in tables for cell in table.cells.values() if cell.value is not None}
    for entry in entries:
        day, cell = day_of(entry.period), cells.get(entry.cell) or cells.get(same.get(entry.cell, ""))
        if cell is None or cell.value is None or day is None:
            continue
        slots = {"rule": RULE, "cell": cell.id, "found": _told(cell), "unit": entry.unit, "first": entry.place}
        slots["published"] = f"{float(entry.value):,.{entry.decimals}f}"
        if day == as_of and not is_same(_now(cell, entry), entry):
            yield error("ingest.return_differs", cell.id, **slots)
        elif day < as_of and is_running(cell.id, templates) and _is_less(cell, entry):
            yield warning("ingest.return_shrinks", cell.id, **slots)


def _now(cell: Cell, entry: Published) -> Published:
    value = cell.value or Fraction(0)
    return Published(cell.id, entry.period, value, decimals_of(value), cell.unit)


def _is_less(cell: Cell, entry: Published) -> bool:
    """Whether a cell is less than what was published, by more than rounding."""
    try:
        now = (cell.value or Fraction(0)) * exact_ratio(cell.unit, entry.unit)
    except (UnknownUnit, WrongDimension):
        return False
    return round_half_up(now, entry.decimals) < entry.value


def _told(cell: Cell) -> str:
    return f"{round_half_up(cell.value or Fraction(0), cell.decimals):,f} {cell.unit}"

"""Live formulas: what a cell was made of, written so that a spreadsheet program computes the same value.

A formula is written only where all its arguments stand in the workbook with a value and the formula, computed exactly, gives the cell's
own value; a power of ten between the units of arguments and cell (ten thousand yuan and a hundred million, a ratio and per cent) is part
of the formula. Everything else stays a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from greenfin.core.records import Cell, signed

_POWERS = tuple(Fraction(10) ** power for power in range(-12, 13) if power)
_LONGEST = 4000
_CLOSE = Fraction(1, 10**12)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell stands: sheet, column letter, row."""

    sheet: str
    column: str
    row: int

    def seen_from(self, sheet: str) -> str:
        """The reference as a formula on ``sheet`` writes it."""
        here = f"{self.column}{self.row}"
        return here if sheet == self.sheet else f"{quoted(self.sheet)}!{here}"


def quoted(sheet: str) -> str:
    """A sheet's name inside a formula."""
    return "'" + sheet.replace("'", "''") + "'"


def formula(cell: Cell, sheet: str, cells: Mapping[str, Cell], places: Mapping[str, Place]) -> str | None:
    """The formula of a cell on ``sheet``, or None where the cell is to stay a number."""
    if cell.value is None or not cell.how.args:
        return None
    named = [signed(arg) for arg in cell.how.args]
    found = [(places.get(name), cells.get(name)) for _, name in named]
    known = [(place, arg.value) for place, arg in found if place is not None and arg is not None and arg.value is not None]
    if len(known) != len(found) or cell.id in [name for _, name in named]:
        return None
    signs = [sign for sign, _ in named]
    if min(signs) < 0:
        made: tuple[str, Fraction] | None = _less(signs, [place for place, _ in known], [value for _, value in known], sheet)
    else:
        made = _expression(cell, [place for place, _ in known], [value for _, value in known], sheet)
    text = _scaled(*made, cell.value) if made else None
    return text if text and len(text) <= _LONGEST else None


def _expression(cell: Cell, places: Sequence[Place], values: Sequence[Fraction], sheet: str) -> tuple[str, Fraction] | None:
    """The formula without its sign of equality, and what it gives."""
    op = cell.how.op
    if op == "total":
        return _sum(places, sheet), sum(values, Fraction(0))
    if op == "ref" and len(places) == 1:
        return places[0].seen_from(sheet), values[0]
    if len(places) != 2 or (op in ("ratio", "growth") and not values[1]):
        return None
    a, b = (place.seen_from(sheet) for place in places)
    return _of_two(op, (a, b), (values[0], values[1]), percent=cell.unit == "percent")


def _less(signs: Sequence[int], places: Sequence[Place], values: Sequence[Fraction], sheet: str) -> tuple[str, Fraction]:
    """A total with cells that are taken off."""
    added, taken = ([place for sign, place in zip(signs, places, strict=True) if sign == wanted] for wanted in (1, -1))
    return f"({_sum(added, sheet)}-{_sum(taken, sheet)})", sum((s * v for s, v in zip(signs, values, strict=True)), Fraction(0))


def _of_two(op: str, refs: tuple[str, str], values: tuple[Fraction, Fraction], *, percent: bool) -> tuple[str, Fraction] | None:
    (a, b), (first, second) = refs, values
    if op in ("diff", "points"):
        return f"{a}-{b}", first - second
    if op == "ratio":
        return (f"{a}/{b}*100", first / second * 100) if percent else (f"{a}/{b}", first / second)
    return (f"({a}/{b}-1)*100", (first / second - 1) * 100) if op == "growth" else None


def _sum(places: Sequence[Place], sheet: str) -> str:
    """A sum over ranges: neighbours in a column become one range."""
    runs: list[list[Place]] = []
    for place in places:
        last = runs[-1][-1] if runs else None
        if last and (last.sheet, last.column, last.row + 1) == (place.sheet, place.column, place.row):
            runs[-1].append(place)
        else:
            runs.append([place])
    ranges = [run[0].seen_from(sheet) + (f":{run[-1].column}{run[-1].row}" if len(run) > 1 else "") for run in runs]
    return f"SUM({','.join(ranges)})" if len(ranges) <= 250 else ""


def _scaled(expression: str, gives: Fraction, wanted: Fraction) -> str | None:
    """The formula with the power of ten between both values; None where there is another difference than that."""
    if not expression:
        return None
    if _same(gives, wanted):
        return f"={expression}"
    for power in _POWERS:
        if gives and _same(gives * power, wanted):
            whole = expression if expression.startswith("SUM(") or not set(expression) & set("+-") else f"({expression})"
            return f"={whole}*{power}" if power > 1 else f"={whole}/{1 / power}"
    return None


def _same(one: Fraction, other: Fraction) -> bool:
    return abs(one - other) <= _CLOSE * abs(other)

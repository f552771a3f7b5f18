"""The report's chart: horizontal bars of a total's parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from greenfin.core.records import Cell, Table, TableRow
from greenfin.disclose import printed
from greenfin.disclose.typeset import BOLD, REGULAR, Typesetter, color_of, register

BY_CLASS, SCORES, SCORE = "T03", "T32", "score"
BAR, LESS, PRINT, AXIS = "#2f7d52", "#9a3412", "#1f2421", "#8a938e"
SIZE, LABEL_SHARE = 8.5, 0.36


@dataclass(frozen=True, slots=True)
class Bars:
    """What the chart shows: a label and an exact value per bar, in one unit; ``left_out`` parts have no figure."""

    table: Table
    unit: str
    decimals: int
    bars: tuple[tuple[str, str, Fraction], ...]  # label zh, label en, value
    left_out: int = 0
    cells: tuple[str, ...] = ()  # whose values the bars are


def parts_of_total(tables: Sequence[Table]) -> Bars | None:
    """The parts of the green balance by class (T03), else of the first table whose rows are all parts of one total; None: no such total."""
    ordered = sorted(tables, key=lambda table: table.id != BY_CLASS)
    return next((bars for table in ordered if (bars := _bars(table)) is not None), None)


def scores(tables: Sequence[Table]) -> Bars | None:
    """The marks of the scorecard's indicators in its order; None without a scorecard."""
    table = next((t for t in tables if t.id == SCORES), None)
    cells = [(row, table.cell(row.id, SCORE)) for row in table.rows if row.kind == "row"] if table else []
    found = [(row, cell, cell.value) for row, cell in cells if cell is not None and cell.value is not None]
    if table is None or not found:
        return None
    bars = tuple((row.zh, row.en, value) for row, _, value in found)
    return Bars(table, found[0][1].unit, found[0][1].decimals, bars, cells=tuple(cell.id for _, cell, _ in found))


def _bars(table: Table) -> Bars | None:
    rows = {row.id: row for row in table.rows}
    by_id = {cell.id: (key.rpartition(".")[0], cell) for key, cell in table.cells.items()}
    for row in table.rows:
        for column in table.columns:
            total = table.cell(row.id, column.id)
            if total is None or total.how.op != "total" or total.value is None:
                continue
            found = _parts(total, by_id, rows) if table.id == BY_CLASS or _is_whole(total, table, column.id) else None
            if found is not None and len(found) > 1:
                bars = tuple((row.zh, row.en, value) for row, value, _ in found)
                left_out = len(total.how.args) - len(found)
                return Bars(table, total.unit, total.decimals, bars, left_out, tuple(cell for *_, cell in found))
    return None


def _is_whole(total: Cell, table: Table, column: str) -> bool:
    """Whether the total is of all rows of its column: one of a few lines among many is no picture of the table."""
    least = min((row.level for row in table.rows if row.kind == "row"), default=0)
    rows = (row for row in table.rows if row.kind == "row" and row.level == least)
    return {cell.id for row in rows if (cell := table.cell(row.id, column)) is not None} == set(total.how.args)


def _parts(
    total: Cell, by_id: Mapping[str, tuple[str, Cell]], rows: Mapping[str, TableRow]
) -> tuple[tuple[TableRow, Fraction, str], ...] | None:
    """The parts with a figure, largest first, each with its cell; None when they are not rows of this table in this unit."""
    if any(arg not in by_id or by_id[arg][0] not in rows or by_id[arg][1].unit != total.unit for arg in total.how.args):
        return None
    cells = [(rows[by_id[arg][0]], by_id[arg][1].value, arg) for arg in total.how.args]
    return tuple(sorted(((row, value, cell) for row, value, cell in cells if value is not None), key=lambda part: -part[1]))


def draw(bars: Bars, *, lang: str, width: float, typesetter: Typesetter) -> Any:
    """The chart as a drawing of the graphics library, ``drawing.height`` points high."""
    from reportlab.graphics.shapes import Drawing, Line

    register()
    labels = [typesetter.wrap(printed.pick(zh, en, lang), SIZE, width * LABEL_SHARE - 12) for zh, en, _ in bars.bars]
    steps = [max(20.0, len(lines) * SIZE * 1.25 + 8) for lines in labels]
    drawing = Drawing(width, sum(steps) + 6)
    scale = _Scale(bars, width)
    top = drawing.height - 3
    for lines, step, (_, _, value) in zip(labels, steps, bars.bars, strict=True):
        _put_label(drawing, lines, width * LABEL_SHARE - 8, top - step / 2)
        _put_bar(drawing, scale, value, top - step / 2, printed.number(value, bars.decimals))
        top -= step
    drawing.add(Line(scale.zero, 0, scale.zero, drawing.height, strokeColor=color_of(AXIS), strokeWidth=0.6))
    return drawing


class _Scale:
    """From values to places: room for the figures is kept on both sides where there are negative values."""

    def __init__(self, bars: Bars, width: float) -> None:
        values = [float(value) for _, _, value in bars.bars]
        low, high = min(0.0, *values), max(0.0, *values)
        left = width * LABEL_SHARE + (64 if low < 0 else 0)
        self.unit = (width - left - 70) / ((high - low) or 1.0)
        self.zero = left - low * self.unit


def _put_label(drawing: Any, lines: Sequence[str], right: float, middle: float) -> None:
    from reportlab.graphics.shapes import String

    base = middle + (len(lines) - 1) * SIZE * 1.25 / 2 - SIZE * 0.36
    for at, line in enumerate(lines):
        y = base - at * SIZE * 1.25
        drawing.add(String(right, y, line, fontName=REGULAR, fontSize=SIZE, fillColor=color_of(PRINT), textAnchor="end"))


def _put_bar(drawing: Any, scale: _Scale, value: Fraction, middle: float, figure: str) -> None:
    from reportlab.graphics.shapes import Rect, String

    length = float(value) * scale.unit
    color = color_of(BAR if value >= 0 else LESS)
    drawing.add(Rect(scale.zero + min(0.0, length), middle - 5.5, abs(length), 11, fillColor=color, strokeColor=None))
    place, anchor = (scale.zero + length + 4, "start") if value >= 0 else (scale.zero + length - 4, "end")
    drawing.add(String(place, middle - 3, figure, fontName=BOLD, fontSize=SIZE - 0.5, fillColor=color_of(PRINT), textAnchor=anchor))

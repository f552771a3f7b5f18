"""From last year's environmental benefit to this year's, as steps: dark for the years, light for what came and went between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from greenfin.core.records import Cell, Table
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio
from greenfin.disclose import printed
from greenfin.disclose.typeset import BOLD, REGULAR, Typesetter, color_of, register

KEY, ROW, AFTER = "T01", "co2_reduction", "T16"
INK, LIGHT, RULE = "#1f2421", "#c9d1cc", "#8a938e"
HIGH, BELOW, ABOVE, SIZE = 190.0, 34.0, 22.0, 8.5


@dataclass(frozen=True, slots=True)
class Step:
    """A column: from ``start`` up or down by ``value``; a year begins at zero."""

    label: str
    start: float
    value: float
    figure: str
    is_year: bool


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of one figure of the key table, in its unit."""

    table: Table
    after: str
    unit: str
    steps: tuple[Step, ...]


def steps(tables: Sequence[Table], lang: str) -> Steps | None:
    """Last year, what changed, this year; None where the key table lacks one of the years."""
    by_id = {table.id: table for table in tables}
    table = by_id.get(KEY)
    now, then = (table.cell(ROW, name) if table else None for name in ("current", "prior"))
    if table is None or now is None or then is None or now.value is None or then.value is None:
        return None
    then_value = _in_unit(then, now.unit)
    if then_value is None:
        return None
    change = now.value - then_value
    sign = "+" if change > 0 else ""
    made = (
        Step(printed.word("step_prior", lang), 0.0, float(then_value), printed.number(then_value, now.decimals), True),
        Step(printed.word("step_change", lang), float(then_value), float(change), sign + printed.number(change, now.decimals), False),
        Step(printed.word("step_current", lang), 0.0, float(now.value), printed.number(now.value, now.decimals), True),
    )
    return Steps(table, AFTER if AFTER in by_id else KEY, now.unit, made)


def _in_unit(cell: Cell, unit: str) -> Fraction | None:
    try:
        return None if cell.value is None else cell.value * exact_ratio(cell.unit, unit)
    except (UnknownUnit, WrongDimension):
        return None


def draw(found: Steps, *, width: float, typesetter: Typesetter) -> Any:
    """Columns with their figures above and their names below."""
    from reportlab.graphics.shapes import Drawing, Line, Rect, String

    register()
    drawing = Drawing(width, HIGH)
    most = max(max(step.start, step.start + step.value) for step in found.steps) or 1.0
    scale, wide = (HIGH - BELOW - ABOVE) / most, width / len(found.steps)
    for at, step in enumerate(found.steps):
        low, high = sorted((step.start, step.start + step.value))
        fill = INK if step.is_year else LIGHT
        box = (at * wide + wide * 0.22, BELOW + low * scale, wide * 0.56, max((high - low) * scale, 0.8))
        drawing.add(Rect(*box, fillColor=color_of(fill), strokeColor=color_of(INK), strokeWidth=0.6))
        middle = at * wide + wide / 2
        for y, text, font in ((BELOW + high * scale + 6, step.figure, BOLD), (BELOW - 14, step.label, REGULAR)):
            clean = typesetter.clean(text)
            drawing.add(String(middle, y, clean, fontName=font, fontSize=SIZE, fillColor=color_of(INK), textAnchor="middle"))
        if at + 1 < len(found.steps):
            level = BELOW + (step.start + step.value) * scale
            ends = (at * wide + wide * 0.78, level, (at + 1) * wide + wide * 0.22, level)
            drawing.add(Line(*ends, strokeColor=color_of(RULE), strokeWidth=0.5, strokeDashArray=[3, 2]))
    drawing.add(Line(0, BELOW, width, BELOW, strokeColor=color_of(RULE), strokeWidth=0.6))
    return drawing

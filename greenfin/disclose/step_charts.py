"""From last year's environmental benefit to this year's, as steps: dark for the years, light for what came and went between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from greenfin.core.records import Cell, Table, TableRow
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio
from greenfin.disclose import printed
from greenfin.disclose.typeset import BOLD, REGULAR, Typesetter, color_of, register
from greenfin.messages.words import LANGUAGES

KEY, ROW, AFTER, COLUMN = "T01", "co2_reduction", "T16", "co2"
BEFORE = ("prior_co2", "co2_prior")  # the column of last year's figures by class, where a table has one
LEAST = 2  # steps: the year before and one that changed
INK, LIGHT, PAPER, RULE = "#1f2421", "#c9d1cc", "#ffffff", "#8a938e"
HIGH, BELOW, ABOVE, SIZE = 190.0, 34.0, 22.0, 8.5


@dataclass(frozen=True, slots=True)
class Step:
    """A column: from ``start`` up or down by ``value``; a year begins at zero. ``cells`` are those that it is drawn from."""

    zh: str
    en: str
    start: Fraction
    value: Fraction
    decimals: int
    is_year: bool
    cells: tuple[str, ...] = ()

    @property
    def figure(self) -> str:
        """The value as it is printed: what changed has its sign."""
        sign = "+" if self.value > 0 and not self.is_year else ""
        return sign + printed.number(self.value, self.decimals)


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of one figure, in its unit; ``table`` is where its figures stand, ``after`` behind which table it is drawn."""

    table: Table
    after: str
    unit: str
    steps: tuple[Step, ...]


def steps(tables: Sequence[Table]) -> Steps | None:
    """Last year, what changed class by class where last year's figures by class are known (else as one), this year; None where the
    tables lack one of the years."""
    by_id = {table.id: table for table in tables}
    of_class = _by_class(by_id[AFTER]) if AFTER in by_id else None
    if of_class is not None:
        return of_class
    table = by_id.get(KEY)
    now, then = (table.cell(ROW, name) if table else None for name in ("current", "prior"))
    made = _whole(now, then) if now is not None and then is not None else ()
    return Steps(table, AFTER if AFTER in by_id else KEY, now.unit, made) if table and now and made else None


def _by_class(table: Table) -> Steps | None:
    """The steps of the classes; None where a class with a figure of one year may not be compared with the other."""
    name = next((name for name in BEFORE if any(column.id == name for column in table.columns)), "")
    total = next((row.id for row in table.rows if row.kind == "total"), "")
    now, then = table.cell(total, COLUMN), table.cell(total, name)
    if now is None or then is None or now.value is None or then.value is None or then.unit != now.unit:
        return None
    first, last = _whole(now, then)[0], _whole(now, then)[-1]
    made, at = [first], first.value
    for row in (r for r in table.rows if r.kind == "row"):
        step = _class_step(row, table.cell(row.id, COLUMN), table.cell(row.id, name), at)
        if step is not None:
            made.append(step)
            at += step.value
    if len(made) < LEAST or at != last.value:
        return None
    return Steps(table, AFTER, now.unit, (*made, last))


def _class_step(row: TableRow, now: Cell | None, then: Cell | None, at: Fraction) -> Step | None:
    """What a class changed; a year without a figure of it counts as none of its results, as the total does."""
    values = [cell.value for cell in (now, then) if cell is not None and cell.value is not None]
    if now is None or then is None or not values:
        return None
    change = (now.value or Fraction(0)) - (then.value or Fraction(0))
    return Step(row.zh, row.en, at, change, now.decimals, False, (now.id, then.id)) if change else None


def _whole(now: Cell, then: Cell) -> tuple[Step, ...]:
    """Last year, the change and this year; empty where one of them is not known."""
    before = _in_unit(then, now.unit)
    if now.value is None or before is None:
        return ()
    (prior_zh, prior_en), (change_zh, change_en), (current_zh, current_en) = (
        [printed.word(f"step_{name}", lang) for lang in LANGUAGES] for name in ("prior", "change", "current")
    )
    none = Fraction(0)
    return (
        Step(prior_zh, prior_en, none, before, now.decimals, True, (then.id,)),
        Step(change_zh, change_en, before, now.value - before, now.decimals, False, (now.id, then.id)),
        Step(current_zh, current_en, none, now.value, now.decimals, True, (now.id,)),
    )


def _in_unit(cell: Cell, unit: str) -> Fraction | None:
    try:
        return None if cell.value is None else cell.value * exact_ratio(cell.unit, unit)
    except (UnknownUnit, WrongDimension):
        return None


def draw(found: Steps, *, lang: str, width: float, typesetter: Typesetter) -> Any:
    """Columns with their figures above and their names below: years dark, what came grey, what went white with a rim."""
    from reportlab.graphics.shapes import Drawing, Line

    register()
    wide = width / len(found.steps)
    names = [typesetter.wrap(printed.pick(step.zh, step.en, lang), SIZE, wide - 6) for step in found.steps]
    below = BELOW + (max(map(len, names)) - 1) * SIZE * 1.25
    drawing = Drawing(width, HIGH + below - BELOW)
    ends = [point for step in found.steps for point in (float(step.start), float(step.start + step.value))]
    least = _base(found.steps)
    scale = (HIGH - BELOW - ABOVE) / ((max(ends) - least) or 1.0)
    for at, (step, lines) in enumerate(zip(found.steps, names, strict=True)):
        _column(drawing, step, at * wide, wide, lambda value: below + (value - least) * scale)
        for row, line in enumerate(lines):
            _text(drawing, at * wide + wide / 2, below - 14 - row * SIZE * 1.25, line)
        if at + 1 < len(found.steps):
            level = below + (float(step.start + step.value) - least) * scale
            across = (at * wide + wide * 0.78, level, (at + 1) * wide + wide * 0.22, level)
            drawing.add(Line(*across, strokeColor=color_of(RULE), strokeWidth=0.5, strokeDashArray=[3, 2]))
    drawing.add(Line(0, below, width, below, strokeColor=color_of(RULE), strokeWidth=0.6))
    return drawing


def _base(found: Sequence[Step]) -> float:
    """Where the drawing begins: at zero, or below it where a step goes there."""
    return min(0.0, *(float(min(step.start, step.start + step.value)) for step in found))


def _column(drawing: Any, step: Step, left: float, wide: float, place: Callable[[float], float]) -> None:
    from reportlab.graphics.shapes import Rect

    low, high = sorted((float(step.start), float(step.start + step.value)))
    fill = INK if step.is_year else LIGHT if step.value >= 0 else PAPER
    box = (left + wide * 0.22, place(low), wide * 0.56, max(place(high) - place(low), 0.8))
    drawing.add(Rect(*box, fillColor=color_of(fill), strokeColor=color_of(INK), strokeWidth=0.6))
    _text(drawing, left + wide / 2, place(high) + 6, step.figure, bold=True)


def _text(drawing: Any, middle: float, low: float, text: str, *, bold: bool = False) -> None:
    from reportlab.graphics.shapes import String

    font, size = (BOLD, SIZE - 0.5) if bold else (REGULAR, SIZE)
    drawing.add(String(middle, low, text, fontName=font, fontSize=size, fillColor=color_of(INK), textAnchor="middle"))

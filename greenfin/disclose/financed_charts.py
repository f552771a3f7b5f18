"""Financed emissions by industry with the quality of their data, as a picture that reads in black and white."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from greenfin.core.records import Table
from greenfin.disclose import printed
from greenfin.disclose.typeset import BOLD, REGULAR, Typesetter, color_of, register

BY_SECTION = "T27"
INK, RULE = "#1f2421", "#8a938e"
GRADES = ((2, "#1f2421"), (3, "#9aa39d"), (5, "#ffffff"))  # quality up to here: dark, grey, white with a rim
SIZE, LABEL_SHARE, FIGURES, LEGEND, STEP = 8.5, 0.34, 118.0, 26.0, 15.0


@dataclass(frozen=True, slots=True)
class Industry:
    """A bar: what it is called, its emissions in the table's unit and their data quality (None: not known)."""

    zh: str
    en: str
    emissions: Fraction
    quality: Fraction | None
    cells: tuple[str, ...] = ()  # of the emissions, and of their quality where it is known


def industries(tables: Sequence[Table]) -> tuple[Table, str, tuple[Industry, ...]] | None:
    """The sections with emissions, largest first, with the table and its unit; None where there are none."""
    table = next((t for t in tables if t.id == BY_SECTION), None)
    if table is None:
        return None
    found, unit = [], ""
    for row in (r for r in table.rows if r.kind == "row"):
        emissions, quality = table.cell(row.id, "emissions"), table.cell(row.id, "quality")
        if emissions is not None and emissions.value:
            unit = emissions.unit
            known = quality if quality is not None and quality.value is not None else None
            cells = tuple(cell.id for cell in (emissions, known) if cell is not None)
            found.append(Industry(row.zh, row.en, emissions.value, known.value if known else None, cells))
    return (table, unit, tuple(sorted(found, key=lambda each: -each.emissions))) if found else None


def draw(found: Sequence[Industry], *, lang: str, width: float, typesetter: Typesetter) -> Any:
    """Horizontal bars, filled by the grade of their data, with figures and quality behind them."""
    from reportlab.graphics.shapes import Drawing, Line

    register()
    labels = [typesetter.wrap(printed.pick(each.zh, each.en, lang), SIZE, width * LABEL_SHARE - 12) for each in found]
    steps = [max(20.0, len(lines) * SIZE * 1.25 + 8) for lines in labels]
    names = [typesetter.clean(printed.word(f"chart_grade_{name}", lang)) for name in ("good", "fair", "poor")]
    is_long = any(typesetter.width(name, SIZE) + 24 > width / len(GRADES) for name in names)
    legend = LEGEND + (2 * STEP if is_long else 0)
    drawing = Drawing(width, sum(steps) + legend)
    zero, most = width * LABEL_SHARE, float(max(each.emissions for each in found))
    top = drawing.height - legend
    for lines, step, each in zip(labels, steps, found, strict=True):
        for at, line in enumerate(lines):
            _text(drawing, zero - 8, top - step / 2 + (len(lines) - 1 - 2 * at) * SIZE * 0.625 - 3, line, anchor="end")
        length = (width - zero - FIGURES) * float(each.emissions) / most
        _box(drawing, zero, top - step / 2 - 5.5, length, fill=fill_of(each.quality))
        _text(drawing, zero + length + 4, top - step / 2 - 3, figure(each, lang), bold=True)
        top -= step
    drawing.add(Line(zero, 0, zero, drawing.height - legend, strokeColor=color_of(RULE), strokeWidth=0.6))
    _legend(drawing, names, is_long=is_long)
    return drawing


def fill_of(quality: Fraction | None) -> str:
    """The fill of a grade; the lightest where the quality is not known.

    >>> fill_of(Fraction(3, 2)), fill_of(None)
    ('#1f2421', '#ffffff')
    """
    return next((fill for most, fill in GRADES if quality is not None and quality <= most), GRADES[-1][1])


def figure(each: Industry, lang: str) -> str:
    """The emissions of an industry with the quality of their data."""
    grade = printed.number(each.quality, 2) if each.quality is not None else "-"
    return f"{printed.number(each.emissions, 0)}  {printed.word('chart_quality', lang, quality=grade)}"


def _legend(drawing: Any, names: Sequence[str], *, is_long: bool) -> None:
    """What the fills mean, side by side, or one below the other where they are long."""
    for at, (text, (_, fill)) in enumerate(zip(names, GRADES, strict=True)):
        left, low = (0.0, drawing.height - 14 - at * STEP) if is_long else (at * drawing.width / len(GRADES), drawing.height - 14)
        _box(drawing, left, low, 10, fill=fill)
        _text(drawing, left + 14, low + 2, text)


def _box(drawing: Any, left: float, low: float, length: float, *, fill: str) -> None:
    from reportlab.graphics.shapes import Rect

    drawing.add(Rect(left, low, length, 11, fillColor=color_of(fill), strokeColor=color_of(INK), strokeWidth=0.6))


def _text(drawing: Any, left: float, low: float, text: str, *, bold: bool = False, anchor: str = "start") -> None:
    from reportlab.graphics.shapes import String

    font, size = (BOLD, SIZE - 0.5) if bold else (REGULAR, SIZE)
    drawing.add(String(left, low, text, fontName=font, fontSize=size, fillColor=color_of(INK), textAnchor=anchor))

"""The own footprint as pictures: scopes by month, and the years against the target path. They read in black and white."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from greenfin.disclose import printed
from greenfin.disclose.factor_chart import round_step
from greenfin.disclose.front import Operating
from greenfin.disclose.typeset import REGULAR, Typesetter, register
from greenfin.messages.words import LANGUAGES, say

HIGH, LEFT, RIGHT, TOP, BOTTOM, SIZE = 220.0, 62.0, 12.0, 34.0, 26.0, 8.5
INK, RULE, QUIET = "#1f2421", "#c9d1cc", "#5d6762"
FILLS = ("#1f2421", "#9aa39d", "#ffffff")  # dark, grey, white with a rim: by scope


class _Canvas:
    """A drawing with a scale from 0 to the most, ruled across."""

    def __init__(self, width: float, most: float, typesetter: Typesetter) -> None:
        from reportlab.graphics.shapes import Drawing

        register()
        self.width, self.clean = width, typesetter.clean
        self.drawing = Drawing(width, HIGH)
        step = round_step(most)
        self.top = step * math.ceil(most / step)
        for n in range(round(self.top / step) + 1):
            self.line((LEFT, self.y(n * step)), (width - RIGHT, self.y(n * step)), color=RULE)
            self.text(LEFT - 6, self.y(n * step) - SIZE / 3, f"{n * step:,.6g}", anchor="end")

    def y(self, value: float) -> float:
        """The height of a value."""
        return BOTTOM + (HIGH - TOP - BOTTOM) * value / (self.top or 1.0)

    def line(self, start: tuple[float, float], end: tuple[float, float], *, color: str = INK, dashed: bool = False) -> None:
        from reportlab.graphics.shapes import Line

        dashes = [4, 3] if dashed else None
        self.drawing.add(Line(*start, *end, strokeColor=_color(color), strokeWidth=0.5 if color == RULE else 1.2, strokeDashArray=dashes))

    def text(self, x: float, y: float, text: str, *, anchor: str = "start") -> None:
        from reportlab.graphics.shapes import String

        self.drawing.add(String(x, y, self.clean(text), fontName=REGULAR, fontSize=SIZE, fillColor=_color(INK), textAnchor=anchor))

    def box(self, x: float, y: float, *, width: float, height: float, fill: str) -> None:
        from reportlab.graphics.shapes import Rect

        self.drawing.add(Rect(x, y, width, height, fillColor=_color(fill), strokeColor=_color(INK), strokeWidth=0.6))

    def dot(self, x: float, y: float) -> None:
        from reportlab.graphics.shapes import Circle

        self.drawing.add(Circle(x, y, 3, fillColor=_color(INK), strokeColor=_color(INK)))


def draw_months(of: Operating, *, lang: str, width: float, typesetter: Typesetter) -> Any:
    """Stacked columns, one for each month, the scopes in dark, grey and white."""
    sums = [sum(values) for values in zip(*(values for _, values in of.months), strict=True)]
    canvas = _Canvas(width, max(sums), typesetter)
    step = (width - LEFT - RIGHT) / len(sums)
    for at in range(len(sums)):
        base = 0.0
        for fill, (_, values) in zip(FILLS, of.months, strict=False):
            height = canvas.y(base + values[at]) - canvas.y(base)
            if height > 0:
                canvas.box(LEFT + step * (at + 0.2), canvas.y(base), width=step * 0.6, height=height, fill=fill)
            base += values[at]
        canvas.text(LEFT + step * (at + 0.5), BOTTOM - 14, str(at + 1), anchor="middle")
    _legend(canvas, [_named(scope, lang) for scope, _ in of.months])
    return canvas.drawing


def _named(scope: str, lang: str) -> str:
    zh, en = (say(f"scope.{scope}", each) for each in LANGUAGES)
    return printed.pick(zh, en, lang, between=" / ")


def _legend(canvas: _Canvas, names: Sequence[str]) -> None:
    x = LEFT
    for fill, name in zip(FILLS, names, strict=False):
        canvas.box(x, HIGH - 16, width=10, height=10, fill=fill)
        canvas.text(x + 14, HIGH - 14, name)
        x += (canvas.width - LEFT - RIGHT) / len(names)


def draw_path(of: Operating, *, lang: str, width: float, typesetter: Typesetter) -> Any:
    """The path as a dashed line, the years' emissions as dots with their figures."""
    canvas = _Canvas(width, max(value for _, value in (*of.path, *of.actual)), typesetter)
    years = [year for year, _ in (*of.path, *of.actual)]
    first, last = min(years), max(years)

    def at(year: int, value: float) -> tuple[float, float]:
        return LEFT + 20 + (width - LEFT - RIGHT - 60) * (year - first) / ((last - first) or 1), canvas.y(value)

    for one, other in pairwise(of.path):
        canvas.line(at(*one), at(*other), dashed=True)
    for year, value in of.actual:
        x, y = at(year, value)
        canvas.dot(x, y)
        canvas.text(x + 6, y + 4, f"{value:,.0f}")
    for year in sorted({of.path[0][0], of.path[-1][0], *(year for year, _ in of.actual)}):
        canvas.text(at(year, 0.0)[0], BOTTOM - 14, str(year), anchor="middle")
    canvas.line((LEFT, HIGH - 11), (LEFT + 24, HIGH - 11), dashed=True)
    canvas.text(LEFT + 30, HIGH - 14, printed.word("chart_path", lang))
    canvas.dot(LEFT + (width - LEFT) / 2, HIGH - 11)
    canvas.text(LEFT + (width - LEFT) / 2 + 8, HIGH - 14, printed.word("chart_emitted", lang))
    return canvas.drawing


def _color(text: str) -> Any:
    from reportlab.lib.colors import HexColor

    return HexColor(text)

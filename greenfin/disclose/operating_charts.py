"""The own footprint as pictures: scopes by month, and the years against the target path. They read in black and white."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from greenfin.disclose import printed
from greenfin.disclose.factor_chart import round_step
from greenfin.disclose.front import Operating, TargetPath
from greenfin.disclose.typeset import REGULAR, Typesetter, color_of, register
from greenfin.messages.words import LANGUAGES, say

HIGH, LEFT, RIGHT, TOP, BOTTOM, SIZE = 178.0, 62.0, 12.0, 48.0, 26.0, 8.5
SIGN, LINE = 28.0, 14.0  # what a sign of the legend takes, and a line of it
FIGURES, PLACES = 4, 4  # digits of a figure beside a dot, and how many of them behind the point at most
INK, RULE = "#1f2421", "#c9d1cc"
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
        self.drawing.add(Line(*start, *end, strokeColor=color_of(color), strokeWidth=0.5 if color == RULE else 1.2, strokeDashArray=dashes))

    def text(self, x: float, y: float, text: str, *, anchor: str = "start") -> None:
        from reportlab.graphics.shapes import String

        self.drawing.add(String(x, y, self.clean(text), fontName=REGULAR, fontSize=SIZE, fillColor=color_of(INK), textAnchor=anchor))

    def box(self, x: float, y: float, *, width: float, height: float, fill: str) -> None:
        from reportlab.graphics.shapes import Rect

        self.drawing.add(Rect(x, y, width, height, fillColor=color_of(fill), strokeColor=color_of(INK), strokeWidth=0.6))

    def dot(self, x: float, y: float, *, hollow: bool = False) -> None:
        from reportlab.graphics.shapes import Circle

        self.drawing.add(Circle(x, y, 3.4 if hollow else 3, fillColor=color_of(FILLS[-1] if hollow else INK), strokeColor=color_of(INK)))


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
    _legend(canvas, [named(scope, lang) for scope, _ in of.months])
    return canvas.drawing


def named(scope: str, lang: str) -> str:
    """A scope in words."""
    zh, en = (say(f"scope.{scope}", each) for each in LANGUAGES)
    return printed.pick(zh, en, lang, between=" / ")


def _legend(canvas: _Canvas, names: Sequence[str]) -> None:
    for fill, (x, y, name) in zip(FILLS, _spread(canvas, names), strict=False):
        canvas.box(x, y - 2, width=10, height=10, fill=fill)
        canvas.text(x + SIGN, y, name)


def _spread(canvas: _Canvas, names: Sequence[str]) -> list[tuple[float, float, str]]:
    """Where the entries of a legend stand: side by side, and on another line where the next does not fit."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    x, y, found = LEFT, HIGH - 14, []
    for name in names:
        taken = SIGN + stringWidth(canvas.clean(name), REGULAR, SIZE) + SIGN / 2
        if x > LEFT and x + taken > canvas.width:
            x, y = LEFT, y - LINE
        found.append((x, y, name))
        x += taken
    return found


def as_told(value: float) -> Fraction:
    """The number that a float was written for, so that it is rounded as in the tables.

    >>> printed.number(as_told(2.675), 2), printed.number(as_told(-0.001), 2)
    ('2.68', '0.00')
    """
    return Fraction(str(value))


def places_of(of: TargetPath) -> int:
    """With how many decimals a target's figures are printed."""
    most = max(value for _, value in (*of.path, *of.actual, *(() if of.expected is None else (of.expected,))))
    return min(PLACES, max(0, FIGURES - 1 - math.floor(math.log10(most or 1))))


def draw_path(of: TargetPath, *, lang: str, width: float, typesetter: Typesetter) -> Any:
    """The path as a dashed line with what it allows in the last year, the years as dots with their figures, the forecast as a ring."""
    expected = () if of.expected is None else (of.expected,)
    points = (*of.path, *of.actual, *expected)
    canvas = _Canvas(width, max(value for _, value in points), typesetter)
    first, last = (pick(year for year, _ in points) for pick in (min, max))
    places = places_of(of)

    def at(year: int, value: float) -> tuple[float, float]:
        return LEFT + 20 + (width - LEFT - RIGHT - 60) * (year - first) / ((last - first) or 1), canvas.y(value)

    for one, other in pairwise(of.path):
        canvas.line(at(*one), at(*other), dashed=True)
    for year, value in of.actual:
        x, y = at(year, value)
        canvas.dot(x, y)
        canvas.text(x + 6, y + 4 if value >= dict(of.path).get(year, value) else y - 12, printed.number(as_told(value), places))
    for year, value in expected:
        canvas.dot(*at(year, value), hollow=True)
    for year in sorted({of.path[0][0], of.path[-1][0], *(year for year, _ in of.actual)}):
        canvas.text(at(year, 0.0)[0], BOTTOM - 14, str(year), anchor="middle")
    end, allowed = of.path[-1]
    x, y = at(end, allowed)
    canvas.text(x + 4, y + 5, printed.number(as_told(allowed), places), anchor="middle")
    _signs(canvas, lang, forecast=bool(expected))
    return canvas.drawing


def _signs(canvas: _Canvas, lang: str, *, forecast: bool) -> None:
    """What the dashes, dots and rings are, in columns above the drawing."""
    names = ["chart_path", "chart_emitted", *(("chart_expected",) if forecast else ())]
    for number, (x, y, name) in enumerate(_spread(canvas, [printed.word(name, lang) for name in names])):
        if number == 0:
            canvas.line((x, y + 3), (x + SIGN - 4, y + 3), dashed=True)
        else:
            canvas.dot(x + SIGN / 2, y + 3, hollow=number > 1)
        canvas.text(x + SIGN, y, name)

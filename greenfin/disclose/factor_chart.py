"""A factor over the years as a picture: PDF and SVG by the report's graphics library, PNG by the library of images it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from itertools import pairwise
from pathlib import Path
from typing import Any

from greenfin.core.problems import Refused, error
from greenfin.disclose.typeset import REGULAR, Typesetter, register

KINDS = (".pdf", ".svg", ".png")
WIDE, HIGH, LEFT, RIGHT, TOP, BOTTOM = 640.0, 380.0, 70.0, 180.0, 60.0, 46.0
SIZE, TITLE, SHARP = 9.0, 13.0, 2  # SHARP: dots of an image for a point
INK, FAINT, RULE, ACCENT = "#1f2421", "#9aa39d", "#d5dbd7", "#175c3a"
STEPS = 5


@dataclass(frozen=True, slots=True)
class Point:
    """A value of a year; one that was not checked against its document is drawn hollow."""

    year: int
    value: float
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one region from one publisher, in the order of the years; the ``main`` ones stand out and are named."""

    name: str
    points: tuple[Point, ...]
    main: bool = False


@dataclass(slots=True)
class _Marks:
    """What is drawn, in points from the lower left corner: lines, dots and texts."""

    lines: list[tuple[tuple[float, float], tuple[float, float], str, float]] = field(default_factory=list)
    dots: list[tuple[float, float, str, bool]] = field(default_factory=list)
    texts: list[tuple[float, float, str, float, str, str]] = field(default_factory=list)  # x, y, text, size, anchor, colour


def write_chart(series: Sequence[Series], path: Path, *, title: str, unit: str, note: str) -> None:
    """Draw the series into a file whose ending says the kind. The same series give the same bytes.

    Raises Refused for another ending and where no value has a year.
    """
    if path.suffix.lower() not in KINDS:
        raise Refused(error("factor.chart_kind", str(path), known=" ".join(KINDS)))
    if not any(each.points for each in series):
        raise Refused(error("factor.chart_empty", str(path)))
    marks = _marks(series, title=title, unit=unit, note=note)
    draw = _png if path.suffix.lower() == ".png" else _drawn
    draw(marks, path)


def _marks(series: Sequence[Series], *, title: str, unit: str, note: str) -> _Marks:
    marks = _Marks()
    points = [point for each in series for point in each.points]
    years = range(min(p.year for p in points), max(p.year for p in points) + 1)
    most, least = max(0.0, *(p.value for p in points)), min(0.0, *(p.value for p in points))
    step = round_step(most - least)
    low, high = step * (least // step), step * -(-most // step)

    def at(year: int, value: float) -> tuple[float, float]:
        across = (WIDE - LEFT - RIGHT) * ((year - years[0]) / (len(years) - 1) if len(years) > 1 else 0.5)
        return LEFT + across, BOTTOM + (HIGH - TOP - BOTTOM) * (value - low) / ((high - low) or 1.0)

    marks.texts.append((LEFT, HIGH - 24, title, TITLE, "start", ACCENT))
    marks.texts.append((LEFT, HIGH - 44, unit, SIZE, "start", FAINT))
    marks.texts.append((LEFT, 10, note, SIZE, "start", FAINT))
    for n in range(round((high - low) / step) + 1):
        y = at(years[0], low + n * step)[1]
        marks.lines.append(((LEFT, y), (WIDE - RIGHT, y), RULE, 0.5))
        marks.texts.append((LEFT - 8, y - SIZE / 3, f"{low + n * step:.6g}", SIZE, "end", INK))
    for year in years[:: -(-len(years) // 12)]:
        marks.texts.append((at(year, low)[0], BOTTOM - 16, str(year), SIZE, "middle", INK))
    for each in sorted(series, key=lambda s: s.main):
        _line(marks, each, at)
    ended = [each for each in series if each.main and each.points]
    _names(marks, [(f"{each.name} {_years(each)}", at(each.points[-1].year, each.points[-1].value)[1]) for each in ended])
    return marks


def _line(marks: _Marks, series: Series, at: Any) -> None:
    color, weight = (ACCENT, 1.6) if series.main else (FAINT, 0.5)
    places = [at(point.year, point.value) for point in series.points]
    marks.lines.extend((one, other, color, weight) for one, other in pairwise(places))
    marks.dots.extend((x, y, color, point.is_verified) for (x, y), point in zip(places, series.points, strict=True) if series.main)
    marks.dots.extend((x, y, color, True) for x, y in places if not series.main and len(places) == 1)


def _names(marks: _Marks, named: Iterable[tuple[str, float]]) -> None:
    """The names at the ends of their lines, one under the other where they would meet."""
    below = HIGH
    for name, y in sorted(named, key=lambda each: -each[1]):
        below = min(y - SIZE / 3, below - SIZE * 1.3)
        marks.texts.append((WIDE - RIGHT + 8, below, name, SIZE, "start", ACCENT))


def _years(series: Series) -> str:
    first, last = series.points[0].year, series.points[-1].year
    return str(first) if first == last else f"{first}\N{EN DASH}{last}"


def round_step(span: float) -> float:
    """A round step that cuts the span into about five: 1, 2 or 5 times a power of ten."""
    rough = (span or 1.0) / STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    return next((n * power for n in (1, 2, 5, 10) if n * power >= rough), 10 * power)


def _drawn(marks: _Marks, path: Path) -> None:
    from reportlab.graphics import renderPDF, renderSVG
    from reportlab.graphics.shapes import Circle, Drawing, Line, String
    from reportlab.lib.colors import HexColor, white
    from reportlab.pdfgen.canvas import Canvas

    register()
    clean = Typesetter().clean
    drawing = Drawing(WIDE, HIGH)
    for (x, y), (to_x, to_y), color, weight in marks.lines:
        drawing.add(Line(x, y, to_x, to_y, strokeColor=HexColor(color), strokeWidth=weight))
    for x, y, color, full in marks.dots:
        drawing.add(Circle(x, y, 2.6, strokeColor=HexColor(color), strokeWidth=1, fillColor=HexColor(color) if full else white))
    for x, y, text, size, anchor, color in marks.texts:
        drawing.add(String(x, y, clean(text), fontName=REGULAR, fontSize=size, fillColor=HexColor(color), textAnchor=anchor))
    if path.suffix.lower() == ".svg":
        path.write_text(renderSVG.drawToString(drawing), "utf-8")
    else:
        canvas = Canvas(str(path), pagesize=(WIDE, HIGH), invariant=1, initialFontName=REGULAR)
        renderPDF.draw(drawing, canvas, 0, 0)
        canvas.save()


def _png(marks: _Marks, path: Path) -> None:
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (int(WIDE * SHARP), int(HIGH * SHARP)), "white")
    draw = ImageDraw.Draw(image)

    def at(x: float, y: float) -> tuple[float, float]:
        return x * SHARP, (HIGH - y) * SHARP

    for one, other, color, weight in marks.lines:
        draw.line((at(*one), at(*other)), fill=color, width=max(1, round(weight * SHARP)))
    for x, y, color, full in marks.dots:
        (left, upper), (right, lower) = at(x - 2.6, y + 2.6), at(x + 2.6, y - 2.6)
        draw.ellipse((left, upper, right, lower), fill=color if full else "white", outline=color, width=SHARP)
    anchors = {"start": "ls", "middle": "ms", "end": "rs"}
    with as_file(files("greenfin.disclose").joinpath(f"fonts/{REGULAR}.ttf")) as font:
        for x, y, text, size, anchor, color in marks.texts:
            draw.text(at(x, y), text, fill=color, font=ImageFont.truetype(str(font), size * SHARP), anchor=anchors[anchor])
    image.save(path)

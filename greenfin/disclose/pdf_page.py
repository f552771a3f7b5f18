"""Pages as data, and how they are put on paper. All places are in points from the page's upper left corner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from greenfin.disclose.typeset import BOLD, REGULAR, Typesetter, color_of

A4 = (595.276, 841.89)
MARGIN, TOP, BOTTOM = 54.0, 64.0, 56.0
INK, QUIET, FAINT, RULE, TINT, ACCENT, ALERT, MARKED = (
    "#1f2421", "#5d6762", "#8a938e", "#c9d1cc", "#eef4f0", "#14532d", "#9a3412", "#e9ebea",
)  # fmt: skip
ASCENT = 0.88  # of the size: from a line's top to its base


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text with its base at ``y``; ``align`` is left, right or center about ``x``."""

    x: float
    y: float
    text: str
    size: float
    bold: bool = False
    color: str = INK
    align: str = "left"


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle; ``y`` is its upper edge."""

    x: float
    y: float
    width: float
    height: float
    color: str


@dataclass(frozen=True, slots=True)
class Line:
    """A horizontal rule."""

    x: float
    y: float
    width: float
    weight: float = 0.4
    color: str = RULE


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing of the graphics library; ``y`` is its upper edge."""

    x: float
    y: float
    height: float
    drawing: Any


@dataclass(frozen=True, slots=True)
class Link:
    """A place that leads to a page's anchor."""

    x: float
    y: float
    width: float
    height: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place that can be led to; with ``outline`` it stands in the bookmarks and in the contents, ``level`` deep."""

    y: float
    name: str
    outline: str = ""
    level: int = 0


Mark = Text | Box | Line | Picture | Link | Anchor


@dataclass(frozen=True, slots=True)
class Page:
    """One page with its marks."""

    marks: Sequence[Mark]
    landscape: bool = False
    plain: bool = False  # the cover: without running head and foot

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """The places on it that can be led to."""
        return tuple(mark for mark in self.marks if isinstance(mark, Anchor))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in points."""
        return (A4[1], A4[0]) if self.landscape else A4


@dataclass(frozen=True, slots=True)
class Running:
    """What stands on every page: head (left and right), foot, and the watermark's lines."""

    head: str
    mark: str
    foot: str
    page: str  # with {page} and {pages}
    watermark: tuple[str, ...] = ()


def body_height(*, landscape: bool) -> float:
    """How much height a page has for its content."""
    return A4[0 if landscape else 1] - TOP - BOTTOM


def body_width(*, landscape: bool) -> float:
    """How much width a page has for its content."""
    return A4[1 if landscape else 0] - 2 * MARGIN


def paint(canvas: Any, pages: Sequence[Page], running: Running, *, typesetter: Typesetter) -> None:
    """Put all pages on the canvas, each with head, foot and watermark."""
    above = -1
    for at, page in enumerate(pages, 1):
        canvas.setPageSize(page.size)
        for anchor in page.anchors:
            above = _bookmark(canvas, anchor, page.size[1], above)
        _watermark(canvas, page, running.watermark)
        marks = [] if page.plain else _running_marks(page, running, at, len(pages), typesetter)
        for mark in (*marks, *page.marks):
            _put(canvas, mark, page.size[1])
        canvas.showPage()


def _bookmark(canvas: Any, anchor: Anchor, height: float, above: int) -> int:
    """Note the place; the level of the last bookmark comes back, below which the next one may stand."""
    canvas.bookmarkHorizontal(anchor.name, 0, height - anchor.y + 6)
    if not anchor.outline:
        return above
    level = min(anchor.level, above + 1)
    canvas.addOutlineEntry(anchor.outline, anchor.name, level=level)
    return level


def _watermark(canvas: Any, page: Page, lines: Iterable[str]) -> None:
    width, height = page.size
    canvas.saveState()
    canvas.translate(width / 2, height / 2)
    canvas.rotate(35)
    canvas.setFillColor(color_of(MARKED))
    for at, line in enumerate(lines):
        canvas.setFont(BOLD, 40 if at == 0 else 24)
        canvas.drawCentredString(0, -44 * at, line)
    canvas.restoreState()


def _running_marks(page: Page, running: Running, at: int, count: int, typesetter: Typesetter) -> list[Mark]:
    width, height = page.size
    right = width - MARGIN
    marks: list[Mark] = [
        Text(MARGIN, 40, _short(typesetter, running.head, right - MARGIN - 24 - typesetter.width(running.mark, 7.5)), 7.5, color=QUIET),
        Text(right, 40, running.mark, 7.5, color=ALERT if running.watermark else QUIET, align="right"),
        Line(MARGIN, 46, width - 2 * MARGIN, 0.6, ACCENT),
        Line(MARGIN, height - 40, width - 2 * MARGIN),
        Text(MARGIN, height - 28, running.foot, 7, color=FAINT),
        Text(right, height - 28, running.page.format(page=at, pages=count), 7, color=QUIET, align="right"),
    ]
    return marks


def _short(typesetter: Typesetter, text: str, width: float) -> str:
    first, *rest = typesetter.wrap(text, 7.5, width)
    return first + "\u2026" if rest else first


def _put(canvas: Any, mark: Mark, height: float) -> None:
    match mark:
        case Text():
            canvas.setFont(BOLD if mark.bold else REGULAR, mark.size)
            canvas.setFillColor(color_of(mark.color))
            draw = {"left": canvas.drawString, "right": canvas.drawRightString, "center": canvas.drawCentredString}[mark.align]
            draw(mark.x, height - mark.y, mark.text)
        case Box():
            canvas.setFillColor(color_of(mark.color))
            canvas.rect(mark.x, height - mark.y - mark.height, mark.width, mark.height, stroke=0, fill=1)
        case Line():
            canvas.setStrokeColor(color_of(mark.color))
            canvas.setLineWidth(mark.weight)
            canvas.line(mark.x, height - mark.y, mark.x + mark.width, height - mark.y)
        case Picture():
            from reportlab.graphics import renderPDF

            renderPDF.draw(mark.drawing, canvas, mark.x, height - mark.y - mark.height)
        case Anchor():
            return
        case Link():
            box = (mark.x, height - mark.y - mark.height, mark.x + mark.width, height - mark.y)
            canvas.linkAbsolute("", mark.anchor, Rect=box, Border="[0 0 0]")


class Sheets:
    """Fills pages from top to bottom; a new page is begun when the next thing does not fit."""

    def __init__(self, typesetter: Typesetter, *, landscape: bool = False, anchor: str = "", outline: str = "") -> None:
        self.typesetter = typesetter
        self.landscape = landscape
        self._pages: list[list[Mark]] = [[]]
        self.y = TOP
        if anchor:
            self.anchor(anchor, outline)

    @property
    def width(self) -> float:
        """The width of the text area."""
        return body_width(landscape=self.landscape)

    @property
    def room(self) -> float:
        """The height left on the page."""
        return TOP + body_height(landscape=self.landscape) - self.y

    @property
    def is_empty(self) -> bool:
        """Whether nothing is set on the page yet."""
        return all(isinstance(mark, Anchor) for mark in self._pages[-1])

    def turn(self) -> None:
        """Begin a new page, unless this one is empty."""
        if not self.is_empty:
            self._pages.append([])
            self.y = TOP

    def anchor(self, name: str, outline: str = "", level: int = 0) -> None:
        """Make this place one that can be led to."""
        self.put(Anchor(self.y, name, self.typesetter.clean(outline), level))

    def fork(self) -> Sheets:
        """Sheets that go on from here, to try how something falls; :meth:`join` keeps what was set on them."""
        made = Sheets(self.typesetter, landscape=self.landscape)
        made.y = self.y
        return made

    def join(self, tried: Sheets) -> None:
        """Keep what was set on a fork."""
        first, *rest = tried._pages
        self._pages[-1].extend(first)
        self._pages.extend(rest)
        self.y = tried.y

    def need(self, height: float) -> None:
        """Begin a new page when so much height is not left."""
        if height > self.room:
            self.turn()

    def put(self, *marks: Mark) -> None:
        """Add marks to this page."""
        self._pages[-1].extend(marks)

    def text(self, text: str, size: float, *, bold: bool = False, color: str = INK, indent: float = 0.0, after: float = 0.0) -> None:
        """Add a paragraph, broken over lines (and pages)."""
        for line in self.typesetter.wrap(text, size, self.width - indent, bold=bold):
            self.need(size * 1.5)
            self.put(Text(MARGIN + indent, self.y + size * ASCENT, line, size, bold, color))
            self.y += size * 1.5
        self.y += after

    def heading(self, text: str, *, room: float = 60.0) -> None:
        """Add a heading with at least ``room`` for what follows."""
        self.need(room)
        self.y += 8
        self.text(text, 11, bold=True, color=ACCENT, after=3)

    def count(self) -> int:
        """How many pages were begun."""
        return len(self._pages)

    def pages(self) -> list[Page]:
        """The pages made so far."""
        kept = self._pages if not self.is_empty or len(self._pages) == 1 else self._pages[:-1]
        return [Page(marks, self.landscape) for marks in kept]

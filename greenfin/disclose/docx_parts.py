"""Pieces of a Word document as XML: paragraphs, fields, bookmarks, tables. Built as text: a report has tens of thousands of cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from xml.sax.saxutils import escape

from greenfin.disclose.narrative.filling import CLOSE, OPEN

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MARKED = re.compile(f"({OPEN}[^{CLOSE}]*{CLOSE})")
TWIPS = 20  # a point
INK, ACCENT, TINT, RULE, MARK = "1F2421", "14532D", "EEF4F0", "C9D1CC", "9A3412"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: its text, footnote marks, whether it is set to the right, bold, and how far it is moved in."""

    text: str
    marks: str = ""
    is_number: bool = False
    is_bold: bool = False
    indent: int = 0
    fill: str = ""
    color: str = ""
    code: str = ""  # a field that Word computes; the text stands there until then


@dataclass(slots=True)
class Names:
    """Bookmarks by the anchors of the report: a name in Word begins with a letter and has few signs."""

    numbers: count[int] = field(default_factory=lambda: count(1))

    def mark(self, anchor: str) -> str:
        """A bookmark at this place."""
        if not anchor:
            return ""
        number = next(self.numbers)
        return f'<w:bookmarkStart w:id="{number}" w:name="{bookmark(anchor)}"/><w:bookmarkEnd w:id="{number}"/>'


def clean(text: str) -> str:
    """The text without the characters that no Word document may hold."""
    return _CONTROL.sub("", text)


def bookmark(anchor: str) -> str:
    """The name of an anchor's bookmark."""
    return re.sub(r"[^A-Za-z0-9_]", "_", anchor)[:40]


def run(text: str, *, size: float = 0, bold: bool = False, color: str = "", raised: bool = False, marked: bool = False) -> str:
    """A run of text; lines in it are broken where it has line ends."""
    properties = "".join(
        (
            "<w:b/>" if bold else "",
            f'<w:color w:val="{color}"/>' if color else "",
            f'<w:sz w:val="{round(size * 2)}"/><w:szCs w:val="{round(size * 2)}"/>' if size else "",
            '<w:highlight w:val="yellow"/>' if marked else "",
            '<w:vertAlign w:val="superscript"/>' if raised else "",
        )
    )
    lines = (f'<w:t xml:space="preserve">{escape(clean(line))}</w:t>' for line in text.split("\n"))
    return f"<w:r>{f'<w:rPr>{properties}</w:rPr>' if properties else ''}{'<w:br/>'.join(lines)}</w:r>"


def words(text: str, *, size: float = 0, color: str = "") -> str:
    """Runs of prose; marked places are highlighted."""
    parts = (part for part in _MARKED.split(text) if part)
    return "".join(run(part, size=size, color=MARK if part[0] == OPEN else color, marked=part[0] == OPEN) for part in parts)


def paragraph(inner: str, style: str = "", *, keep: bool = False, right: bool = False, indent: int = 0) -> str:
    """A paragraph of runs; ``keep`` holds it with the next one."""
    properties = "".join(
        (
            f'<w:pStyle w:val="{style}"/>' if style else "",
            "<w:keepNext/>" if keep else "",
            f'<w:ind w:left="{indent}"/>' if indent else "",
            '<w:jc w:val="right"/>' if right else "",
        )
    )
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{inner}</w:p>"


def a_field(code: str, shown: str, *, size: float = 0, color: str = "") -> str:
    """A field that Word computes; ``shown`` until then."""
    look = f'<w:sz w:val="{round(size * 2)}"/><w:szCs w:val="{round(size * 2)}"/>' if size else ""
    properties = f"<w:rPr>{look}</w:rPr>" if look else ""
    marks = {kind: f'<w:r>{properties}<w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")}
    told = f'<w:r>{properties}<w:instrText xml:space="preserve"> {escape(code)} </w:instrText></w:r>'
    return marks["begin"] + told + marks["separate"] + run(shown, size=size, color=color) + marks["end"]


def table(heads: Sequence[Cell], rows: Sequence[Sequence[Cell]], widths: Sequence[float], *, size: float) -> str:
    """A table over the width of the page: its heads are repeated on every page and no row is torn apart; ``widths`` in points."""
    grid = "".join(f'<w:gridCol w:w="{round(width * TWIPS)}"/>' for width in widths)
    lines = "".join(_row(row, widths, size) for row in rows)
    head = _row([_head(cell) for cell in heads], widths, size, is_head=True) if heads else ""
    return f"<w:tbl>{_table_properties(widths)}<w:tblGrid>{grid}</w:tblGrid>{head}{lines}</w:tbl>"


def _head(cell: Cell) -> Cell:
    return Cell(cell.text, "", cell.is_number, True, 0, TINT, ACCENT)


def _table_properties(widths: Sequence[float]) -> str:
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="{weight}" w:space="0" w:color="{color}"/>'
        for side, weight, color in (("top", 8, ACCENT), ("bottom", 6, ACCENT), ("insideH", 2, RULE))
    )
    margins = "".join(f'<w:{side} w:w="60" w:type="dxa"/>' for side in ("left", "right"))
    return (
        f'<w:tblPr><w:tblW w:w="{round(sum(widths) * TWIPS)}" w:type="dxa"/><w:tblBorders>{edges}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>'
    )


def _row(cells: Sequence[Cell], widths: Sequence[float], size: float, *, is_head: bool = False) -> str:
    inner = "".join(_cell(cell, width, size) for cell, width in zip(cells, widths, strict=True))
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if is_head else ''}</w:trPr>{inner}</w:tr>"


def _cell(cell: Cell, width: float, size: float) -> str:
    fill = f'<w:shd w:val="clear" w:color="auto" w:fill="{cell.fill}"/>' if cell.fill else ""
    text = _text(cell, size)
    marks = run(cell.marks, size=size, raised=True, color=ACCENT) if cell.marks else ""
    inner = paragraph(text + marks, "Cell", right=cell.is_number, indent=cell.indent)
    return f'<w:tc><w:tcPr><w:tcW w:w="{round(width * TWIPS)}" w:type="dxa"/>{fill}<w:vAlign w:val="center"/></w:tcPr>{inner}</w:tc>'


def _text(cell: Cell, size: float) -> str:
    if cell.code:
        return a_field(cell.code, cell.text, size=size)
    return words(cell.text, size=size) if OPEN in cell.text else run(cell.text, size=size, bold=cell.is_bold, color=cell.color)

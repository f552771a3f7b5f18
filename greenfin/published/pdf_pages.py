"""The pages of a PDF file as blocks: tables with lines, tables by their columns alone, and the text around them."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greenfin.published.pdf_lines import Line, lines_of, paragraphs
from greenfin.published.pdf_tables import aligned_tables
from greenfin.published.shapes import Cell, Passage, Table

_MOST_LINES = 4_000  # drawn on one page: more are a picture
_LEAST_TEXT = 2
_NEAR = 3.0  # points
_ASLANT = 0.1  # of the longer part of a sign's direction: more is neither along a line nor across it
_SPLIT = re.compile(r"(?<=[\d,.])\s+(?=[\d,.])")
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Page:
    """A page's blocks from top to bottom; ``is_picture``: it shows something, and no text."""

    number: int
    blocks: tuple[Table | Passage, ...]
    is_picture: bool = False


def pages_of(path: str, *, start: int = 1, most: int) -> Iterator[Page]:
    """The pages from one on. Raises PermissionError for an encrypted file, ValueError for one that is no PDF."""
    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfplumber.utils.exceptions import PdfminerException

    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    name = Path(path).name
    try:
        with pdfplumber.open(path) as opened:
            for number in range(start, min(len(opened.pages), most) + 1):
                page = opened.pages[number - 1]
                yield _page(page, name, number)
                page.close()
    except PdfminerException as bad:
        if bad.args and isinstance(bad.args[0], PDFPasswordIncorrect):
            raise PermissionError(name) from bad
        raise ValueError(name) from bad


def _page(page: Any, name: str, number: int) -> Page:
    where = f"{name}!p{number}"
    page = page.filter(_is_straight)
    words = page.extract_words(extra_attrs=["size"], keep_blank_chars=False)
    ruled = _ruled(page) if len(page.lines) + len(page.rects) + len(page.curves) <= _MOST_LINES else []
    boxes = [table.bbox for table in ruled]
    lines = lines_of([word for word in words if not any(_inside(word, box) for box in boxes)])
    blocks: list[tuple[float, Table | Passage]] = []
    for table in ruled:
        above = [line.text for line in lines if -_NEAR <= table.bbox[1] - line.bottom < _NEAR * 10]
        if made := _ruled_table(table, caption=" ".join(above[-2:]), page=str(number)):
            blocks.append((table.bbox[1], made))
    aligned, rest = aligned_tables(lines, page=str(number))
    blocks += aligned
    blocks += [(top, Passage(f"{where}!L{at}", text, str(number))) for top, at, text in paragraphs(rest)]
    ordered = [block for _, block in sorted(blocks, key=lambda each: each[0])]
    return Page(number, tuple(_addressed(ordered, where)), not words and bool(page.images or page.rects or page.curves))


def _is_straight(thing: Mapping[str, Any]) -> bool:
    """Whether a sign stands along a side of the page: a mark drawn aslant over it (draft, not for publication) is no text of its lines."""
    along, across = (abs(float(part)) for part in thing.get("matrix", (1, 0))[:2])
    return min(along, across) <= _ASLANT * max(along, across)


def _addressed(blocks: Sequence[Table | Passage], where: str) -> Iterator[Table | Passage]:
    """Tables numbered from the top of the page, their cells by row and column."""
    count = 0
    for block in blocks:
        if isinstance(block, Passage):
            yield block
            continue
        count += 1
        at = f"{where}!t{count}"
        rows = tuple(
            tuple(Cell(cell.text, f"{at}!r{r}c{c}", is_filled=cell.is_filled) for c, cell in enumerate(row, 1))
            for r, row in enumerate(block.rows, 1)
        )
        yield Table(at, rows, block.caption, block.page)


def _inside(word: dict[str, Any], box: Box) -> bool:
    across, down = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
    return bool(box[0] - 1 <= across <= box[2] + 1 and box[1] - 1 <= down <= box[3] + 1)


def _ruled(page: Any) -> list[Any]:
    """Tables whose cells have lines around them; one column or one row is a frame."""
    found = page.find_tables()
    return [table for table in found if len(table.rows) > 1 and max(len(row.cells) for row in table.rows) > 1 and len(table.cells) >= 4]


def _ruled_table(table: Any, *, caption: str, page: str) -> Table | None:
    """A table from its boxes: a box over several rows or columns fills all of them with its text."""
    boxes = [box for box in table.cells if box]
    across, down = _edges([x for box in boxes for x in (box[0], box[2])]), _edges([y for box in boxes for y in (box[1], box[3])])
    texts = dict(zip([cell for row in table.rows for cell in row.cells], [text for row in table.extract() for text in row], strict=False))
    grid = [[Cell("", "") for _ in across[1:]] for _ in down[1:]]
    for box in boxes:
        left, right = _at(across, box[0]), _at(across, box[2])
        top, bottom = _at(down, box[1]), _at(down, box[3])
        text = _SPLIT.sub("", (texts.get(box) or "").strip())
        for r in range(top, bottom):
            for c in range(left, right):
                grid[r][c] = Cell(text, "", is_filled=(r, c) != (top, left))
    filled = [row for row in grid if any(cell.text.strip() for cell in row)]
    return Table("", tuple(map(tuple, filled)), caption, page) if len(filled) >= _LEAST_TEXT else None


def _edges(values: Sequence[float]) -> list[float]:
    """Sorted, those within a hair of each other as one."""
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > _NEAR:
            found.append(value)
    return found


def _at(edges: Sequence[float], value: float) -> int:
    return min(range(len(edges)), key=lambda i: abs(edges[i] - value))


__all__ = ["Line", "Page", "pages_of"]

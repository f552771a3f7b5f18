"""Reads the pages of a PDF file in a process of its own, bounded in memory, and says each as one line of JSON."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import Any

from greenfin.published.pdf_pages import Page, pages_of
from greenfin.published.shapes import Cell, Passage, Table

MEMORY = 3 * 2**30
LOCKED, DAMAGED, END = "locked", "damaged", "end"


def packed(page: Page) -> str:
    """A page as a line."""
    return json.dumps([page.number, page.is_picture, [_packed(block) for block in page.blocks]], ensure_ascii=True)


def _packed(block: Table | Passage) -> list[Any]:
    if isinstance(block, Passage):
        return [block.where, block.page, block.text]
    return [block.where, block.page, block.caption, [[[cell.text, cell.where, cell.is_filled] for cell in row] for row in block.rows]]


def unpacked(line: bytes) -> Page | str:
    """The page of a line, or the word with which the reading ended."""
    said = json.loads(line)
    if isinstance(said, str):
        return said
    number, is_picture, blocks = said
    return Page(number, tuple(_unpacked(*block) for block in blocks), is_picture)


def _unpacked(where: str, page: str, text: str, rows: list[list[list[Any]]] | None = None) -> Table | Passage:
    if rows is None:
        return Passage(where, text, page)
    cells = tuple(tuple(Cell(said, at, is_filled=bool(filled)) for said, at, filled in row) for row in rows)
    return Table(where, cells, text, page)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(path: str, start: int, most: int) -> None:
    """All pages from one on."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        for page in pages_of(path, start=start, most=most):
            _say(packed(page))
        _say(json.dumps(END))
    except PermissionError:
        _say(json.dumps(LOCKED))
    except ValueError:
        _say(json.dumps(DAMAGED))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

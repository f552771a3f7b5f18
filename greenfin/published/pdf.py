"""A PDF file read page by page in a process of its own: with a bound on memory, and on the time of each page."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from greenfin.core.problems import Outcome, Problem, Refused, error, warning
from greenfin.published import pdf_child
from greenfin.published.pdf_child import DAMAGED, END, LOCKED
from greenfin.published.pdf_pages import Page
from greenfin.published.shapes import Cell, Passage, Table

PAGE_SECONDS = 30.0
OPEN_SECONDS = 60.0
MOST_PAGES = 2_000
_FAILURES = 3


def read_pdf(path: Path) -> Outcome[tuple[Table | Passage, ...]]:
    """The blocks of all pages; a page that takes too long or breaks is a problem and left out. Raises Refused for a file that is no PDF."""
    pages: list[Page] = []
    problems: list[Problem] = []
    start = 1
    for _ in range(_FAILURES):
        said = ""
        for found in _read(path, start):
            if isinstance(found, str):
                said = found
            else:
                pages.append(found)
        start = (pages[-1].number if pages else start - 1) + 1
        if said == END:
            break
        if said in (LOCKED, DAMAGED):
            raise Refused(error("published.pdf_locked" if said == LOCKED else "published.pdf_damaged", path.name))
        problems.append(warning("published.page_left_out", f"{path.name}!p{start}", page=start, seconds=int(PAGE_SECONDS)))
        start += 1
        pages.append(Page(start - 1, ()))
    silent = [page.number for page in pages if page.is_picture]
    if silent:
        problems.append(warning("published.pages_without_text", f"{path.name}!p{silent[0]}", count=len(silent)))
    return Outcome(tuple(_continued(pages)), tuple(problems))


def _read(path: Path, start: int) -> Iterator[Page | str]:
    """Pages as they come, and how it ended; an end without a word is a page that was too much."""
    command = [sys.executable, "-m", pdf_child.__name__, str(path.absolute()), str(start), str(MOST_PAGES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:  # noqa: S603  # our own module, no shell
        wait = OPEN_SECONDS
        while child.stdout and (line := _line(child, wait)):
            if isinstance(found := pdf_child.unpacked(line), str):
                yield found
                return
            yield found
            wait = PAGE_SECONDS


def _line(child: subprocess.Popen[bytes], seconds: float) -> bytes:
    """What the child says next; nothing where it takes too long, and then it is ended."""
    ending = threading.Timer(seconds, child.kill)
    ending.start()
    try:
        return child.stdout.readline() if child.stdout else b""
    finally:
        ending.cancel()


def _continued(pages: list[Page]) -> Iterator[Table | Passage]:
    """The blocks in order; a table that goes on over the page without its header gets that of the page before."""
    last: Table | None = None
    for page in pages:
        blocks = list(page.blocks)
        if last is not None and blocks and isinstance(blocks[0], Table) and _goes_on(last, blocks[0]):
            blocks[0] = Table(blocks[0].where, (*_header(last), *blocks[0].rows), last.caption, blocks[0].page)
        yield from blocks
        last = blocks[-1] if blocks and isinstance(blocks[-1], Table) else None


def _goes_on(table: Table, following: Table) -> bool:
    from greenfin.published.layout import layout_of

    width = len(table.rows[0])
    if len(following.rows[0]) != width or not _header(table):
        return False
    alone = layout_of(following)
    return alone is None or not any(label.text for label in alone.columns.values())


def _header(table: Table) -> tuple[tuple[Cell, ...], ...]:
    from greenfin.published.layout import layout_of

    layout = layout_of(table)
    return table.rows[: min(layout.rows)] if layout and layout.rows else ()

"""A PDF file read page by page in a process of its own: with a bound on memory, and on the time of each page."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeGuard

from greenfin.core.problems import Outcome, Problem, Refused, error, warning
from greenfin.published import pdf_child
from greenfin.published.labels import read_label
from greenfin.published.pdf_child import DAMAGED, END, LOCKED
from greenfin.published.pdf_pages import Page
from greenfin.published.shapes import Cell, Passage, Table
from greenfin.published.words import pattern, plain

PAGE_SECONDS = 30.0
OPEN_SECONDS = 60.0
MOST_PAGES = 2_000
_FAILURES = 3
_AT_EDGE = 3  # passages from the head or the foot of a page that may be running ones
_MOST_RUNNING = 60


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
    else:  # too many: what follows is left out too
        problems.append(warning("published.page_left_out", f"{path.name}!p{start}", page=f"{start}…", seconds=int(PAGE_SECONDS)))
    silent = [page.number for page in pages if page.is_picture]
    if silent:
        problems.append(warning("published.pages_without_text", f"{path.name}!p{silent[0]}", count=len(silent)))
    if pages and pages[-1].number >= MOST_PAGES:
        problems.append(warning("published.pages_beyond", path.name, most=MOST_PAGES))
    return Outcome(tuple(blocks_of(pages)), tuple(problems))


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
        line = child.stdout.readline() if child.stdout else b""
        return line if line.endswith(b"\n") else b""  # broken off: its page is left out
    finally:
        ending.cancel()


def blocks_of(pages: Sequence[Page]) -> Iterator[Table | Passage]:
    """The blocks in order without running heads and feet; a table that goes on over the page is one table."""
    running = _running(pages)
    held: Table | None = None
    for page in pages:
        blocks = [block for block in page.blocks if not _is_running(block, page.number, running)]
        if held is not None and (first := _goes_on_at(blocks)):
            yield from (block for block in blocks[:first] if not _is_title_of_rest(block))
            blocks = blocks[first:]
        if held is not None and blocks and isinstance(blocks[0], Table) and (rest := _rest(held, blocks[0])):
            held, blocks = replace(held, rows=(*held.rows, *rest)), blocks[1:]
        if held is not None and blocks:
            yield held
            held = None
        if blocks and isinstance(blocks[-1], Table):
            held = blocks[-1]
            blocks = blocks[:-1]
        yield from blocks
    if held is not None:
        yield held


def _goes_on_at(blocks: Sequence[Table | Passage]) -> int:
    """Where on a page the table stands that goes on under its title, with only short texts before it; 0 where there is none."""
    first = next((at for at, block in enumerate(blocks) if not _is_short(block)), 0)
    is_said = any(_is_title_of_rest(block) for block in blocks[:first])
    return first if is_said and isinstance(blocks[first], Table) else 0


def _is_title_of_rest(block: Table | Passage) -> bool:
    return _is_short(block) and bool(pattern("page.goes_on").search(plain(block.text)))


def _masks(passage: Passage, page: int) -> Iterator[tuple[str, int]]:
    """A text as it is, and without each of the numbers that may be the page's, with how far it is from it."""
    text = passage.text.strip()
    yield text, 0
    for found in pattern("page.number").finditer(text):
        yield f"{text[: found.start()]}#{text[found.end() :]}", int(found[0]) - page


def _running(pages: Sequence[Page]) -> set[tuple[str, int]]:
    """Short texts at the head or the foot of several pages, the same but for the number of the page."""
    found: Counter[tuple[str, int]] = Counter()
    for page in pages:
        ends = dict.fromkeys([*page.blocks[:_AT_EDGE], *page.blocks[-_AT_EDGE:]])
        found.update({mask for block in ends if _is_short(block) for mask in _masks(block, page.number)})
    return {mask for mask, count in found.items() if count > 1}


def _is_short(block: Table | Passage) -> TypeGuard[Passage]:
    return isinstance(block, Passage) and len(block.text) < _MOST_RUNNING


def _is_running(block: Table | Passage, page: int, running: Collection[tuple[str, int]]) -> bool:
    return _is_short(block) and any(mask in running for mask in _masks(block, page))


def _rest(table: Table, following: Table) -> tuple[tuple[Cell, ...], ...]:
    """The rows that a table goes on with on the next page; none where it is another table."""
    header = _header(table)
    if not header or len(following.rows[0]) != len(table.rows[0]):
        return ()
    first = following.rows[: len(header)]
    is_repeated = [[cell.text for cell in row] for row in first] == [[cell.text for cell in row] for row in header]
    if is_repeated:
        is_whole = any(read_label(plain(cell.text)).is_total for cell in table.rows[-1][:1])
        return () if is_whole else following.rows[len(header) :]
    return following.rows if _goes_on(following) else ()


def _goes_on(following: Table) -> bool:
    """Whether a table has no header of its own."""
    from greenfin.published.layout import layout_of

    alone = layout_of(following)
    return alone is None or not any(label.text for label in alone.columns.values())


def _header(table: Table) -> tuple[tuple[Cell, ...], ...]:
    from greenfin.published.layout import layout_of

    layout = layout_of(table)
    return table.rows[: min(layout.rows)] if layout and layout.rows else ()

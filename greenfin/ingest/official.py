"""The bank's copy of an official text -> lines: pdf, docx, xlsx, csv, txt, md, told apart by content, time and memory bounded."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from greenfin.core.problems import Refused, error
from greenfin.ingest import official_child
from greenfin.ingest.archive import look_into_document
from greenfin.ingest.encodings import decode
from greenfin.ingest.files import read_grids, read_source
from greenfin.ingest.grids import Grid
from greenfin.reference.official_text import Line

MOST_BYTES = 64 * 2**20
MOST_LETTERS = 3_000_000
_SECONDS = 90
_OLE = b"\xd0\xcf\x11\xe0"
_TABLES, _TEXTS = (".csv",), (".txt", ".md", "")
_ENDINGS = "pdf, docx, xlsx, csv, txt, md"


def read_official(path: Path) -> tuple[Line, ...]:
    """The lines of a document, table rows with their cells.

    Raises Refused: not there, empty, too large or too long, encrypted, damaged, without text (a scan), another kind of file, or one that
    takes too much time or memory.
    """
    source = read_source(path, role="official")
    if source.size > MOST_BYTES:
        raise Refused(error("ingest.file_too_large", path.name, found=source.size, limit=MOST_BYTES))
    if not source.size:
        raise Refused(error("ingest.file_empty", path.name))
    lines = tuple(_within(path, _lines(path)))
    if not any(cell.strip() for line in lines for cell in line.cells):
        raise Refused(error("ingest.no_text", path.name))
    return lines


def _lines(path: Path) -> Iterator[Line]:
    with path.open("rb") as stream:
        head = stream.read(1024)
    ending = path.suffix.casefold()
    if b"%PDF-" in head:
        return _in_child(path, "pdf")
    if head.startswith(b"PK"):
        look_into_document(path)
    if head.startswith(b"PK") and ending != ".xlsx":
        return _in_child(path, "docx")
    if head.startswith(b"PK") or ending in _TABLES:
        return (line for grid in read_grids(path).value for line in _rows(grid))
    if head.startswith(_OLE) or ending not in _TEXTS:
        raise Refused(error("ingest.official_kind", path.name, known=_ENDINGS))
    return _written(path)


def _within(path: Path, lines: Iterator[Line]) -> Iterator[Line]:
    """The lines, as long as they are not too many letters."""
    letters = 0
    for line in lines:
        letters += sum(map(len, line.cells)) + len(line.cells)
        if letters > MOST_LETTERS:
            raise Refused(error("ingest.text_too_long", path.name, limit=MOST_LETTERS))
        yield line


def _in_child(path: Path, kind: str) -> Iterator[Line]:
    """The lines that a process of its own reads; isolated: neither the environment nor the working directory adds to its paths."""
    command = [sys.executable, "-I", official_child.__file__, kind, str(path.resolve()), str(MOST_LETTERS)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL)  # noqa: S603
    except subprocess.TimeoutExpired as bad:
        raise Refused(error("ingest.official_heavy", path.name, seconds=_SECONDS)) from bad
    if done.returncode == official_child.TOO_LONG:
        raise Refused(error("ingest.text_too_long", path.name, limit=MOST_LETTERS))
    if done.returncode == official_child.ENCRYPTED:
        raise Refused(error("ingest.file_encrypted", path.name))
    if done.returncode < 0 or done.returncode == official_child.TOO_MUCH:
        raise Refused(error("ingest.official_heavy", path.name, seconds=_SECONDS))
    if done.returncode:
        raise Refused(error("ingest.file_damaged", path.name, found=kind))
    return (Line(place, tuple(cells), page) for place, page, cells in map(json.loads, done.stdout.splitlines()))


def _rows(grid: Grid) -> Iterator[Line]:
    """The rows of a sheet, blank cells kept."""
    for number, row in enumerate(zip(*grid.columns, strict=True), grid.first_row):
        yield Line(f"{grid.sheet.rpartition('!')[2]}!{number}", tuple("" if cell is None else str(cell) for cell in row))


def _written(path: Path) -> Iterator[Line]:
    """The lines of a plain text; a line of a Markdown table is a row, its marks of headings and emphasis fall away."""
    written = decode(path)
    if len(written) > MOST_LETTERS:
        raise Refused(error("ingest.text_too_long", path.name, limit=MOST_LETTERS))
    for number, line in enumerate(written.splitlines(), 1):
        text = line.strip()
        if text.startswith("|"):
            yield Line(f"{path.name}:{number}", tuple(cell.strip(" *`") for cell in text.strip("|").split("|")))
        elif text:
            yield Line(f"{path.name}:{number}", (text.lstrip("#*->\u3000 ").rstrip("*"),))

"""Markdown, plain text and csv as blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from greenfin.core.problems import Outcome
from greenfin.ingest.encodings import text_of
from greenfin.ingest.files import read_grids
from greenfin.ingest.grids import column_letter
from greenfin.published.rows import blocks_of_rows
from greenfin.published.shapes import Cell, Passage, Table
from greenfin.published.words import pattern, plain

_RULE = re.compile(r"\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*")
_MARKS = re.compile(r"^\s*(?:#{1,6}\s+|[-*+]\s+|>\s?|\d+\.\s+(?=\D))|\*\*|__|`")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


def read_plain(path: Path) -> Outcome[tuple[Table | Passage, ...]]:
    """The blocks of a text file: a csv file is one sheet, anything else is read as Markdown."""
    if path.suffix.casefold() in (".csv", ".tsv"):
        grids = read_grids(path)
        rows = [_csv_row(path.name, number, row) for grid in grids.value for number, row in enumerate(zip(*grid.columns, strict=True), 1)]
        return Outcome(tuple(blocks_of_rows(rows, path.name)), grids.problems)
    text, problems = text_of(path)
    return Outcome(tuple(_markdown(text.splitlines(), path.name)), problems)


def _csv_row(name: str, number: int, row: Sequence[object]) -> tuple[Cell, ...]:
    return tuple(Cell("" if value is None else str(value), f"{name}!{column_letter(c)}{number}") for c, value in enumerate(row, 1))


def _markdown(lines: Sequence[str], name: str) -> Iterator[Table | Passage]:
    """Tables with bars, and paragraphs between blank lines; what stands right above a table is its caption."""
    index, last = 0, ""
    while index < len(lines):
        if index + 1 < len(lines) and "|" in lines[index] and _RULE.fullmatch(lines[index + 1]) and "|" in lines[index + 1]:
            end = next((i for i in range(index + 2, len(lines)) if "|" not in lines[i]), len(lines))
            yield _table(lines, index, end, name, caption=last)
            index, last = end, ""
            continue
        end = _paragraph_end(lines, index)
        text = " ".join(_prose(line) for line in lines[index:end])
        if text.strip():
            yield Passage(f"{name}!L{index + 1}", text)
            last = text
        index = max(end, index + 1)


def _paragraph_end(lines: Sequence[str], start: int) -> int:
    """A heading or an item of a list is a paragraph; else it ends with a sentence at a line's end, at a blank line or before a table."""
    if not lines[start].strip() or re.match(r"\s*(?:#{1,6}\s|[-*+]\s|\d+\.\s)", lines[start]):
        return start + 1
    for index in range(start + 1, len(lines)):
        is_new = not lines[index].strip() or re.match(r"\s*(?:#{1,6}\s|[-*+]\s|\|)", lines[index])
        if is_new or pattern("prose.ends").search(plain(lines[index - 1])):
            return index
        if "|" in lines[index] and index + 1 < len(lines) and _RULE.fullmatch(lines[index + 1]):
            return index
    return len(lines)


def _prose(line: str) -> str:
    return _MARKS.sub("", _LINK.sub(r"\1", line)).strip()


def _table(lines: Sequence[str], start: int, end: int, name: str, *, caption: str) -> Table:
    texts = [(number, _split(lines[number])) for number in range(start, end) if number != start + 1]
    wide = max(len(cells) for _, cells in texts)
    rows = tuple(
        tuple(Cell(_prose(cells[c]) if c < len(cells) else "", f"{name}!L{number + 1}!c{c + 1}") for c in range(wide))
        for number, cells in texts
    )
    return Table(f"{name}!L{start + 1}", rows, caption)


def _split(line: str) -> list[str]:
    return [part.strip().replace("\\|", "|").replace("<br>", " ") for part in re.split(r"(?<!\\)\|", line.strip().strip("|"))]

"""Workbooks and Word documents as blocks, read as they print: number formats, merged cells, paragraphs in order."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from greenfin.core.problems import Outcome, Problem, Refused, error, info
from greenfin.ingest.archive import MAX_CELLS, look_into, look_into_document
from greenfin.ingest.grids import column_letter
from greenfin.published.rows import Row, blocks_of_rows
from greenfin.published.shapes import Cell, Passage, Table

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DECIMALS = re.compile(r"[0#](?:\.(0*))?")
_MOST_DECIMALS = 10
_MOST_CELLS = MAX_CELLS // 20
Blocks = Outcome[tuple[Table | Passage, ...]]


def read_office(path: Path) -> Blocks:
    """The blocks of an xlsx or docx file; raises Refused for one that must not be opened."""
    look_into_document(path)
    with zipfile.ZipFile(path) as packed:
        is_word = "word/document.xml" in packed.namelist()
    return _word(path) if is_word else _workbook(path)


def _workbook(path: Path) -> Blocks:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    archive = look_into(path, uncalculated="")
    problems: list[Problem] = [info("ingest.macros_ignored", path.name)] if archive.has_macros else []
    try:
        book = load_workbook(path, data_only=True, keep_links=False)
    except (InvalidFileException, ValueError, KeyError, TypeError, IndexError, AttributeError, zipfile.BadZipFile) as bad:
        raise Refused(error("ingest.file_damaged", path.name, found=type(bad).__name__)) from bad
    blocks: list[Table | Passage] = []
    for sheet in book.worksheets:
        if sheet.max_row * sheet.max_column > _MOST_CELLS:
            raise Refused(
                error("ingest.sheet_too_large", f"{path.name}!{sheet.title}", found=sheet.max_row * sheet.max_column, limit=_MOST_CELLS)
            )
        if sheet.sheet_state == "visible":
            blocks += blocks_of_rows(_sheet_rows(sheet, f"{path.name}!{sheet.title}"), f"{path.name}!{sheet.title}", sheet.title)
    return Outcome(tuple(blocks), tuple(problems))


def _sheet_rows(sheet: Any, name: str) -> list[Row]:
    filled: dict[tuple[int, int], Cell] = {}
    for area in sheet.merged_cells.ranges:
        first = sheet.cell(area.min_row, area.min_col)
        cell = Cell(_printed(first)[0], f"{name}!{first.coordinate}", is_filled=True)
        filled |= {(r, c): cell for r in range(area.min_row, area.max_row + 1) for c in range(area.min_col, area.max_col + 1)}
        filled.pop((area.min_row, area.min_col))
    rows = []
    for r, row in enumerate(sheet.iter_rows(), 1):
        rows.append(tuple(filled.get((r, c)) or _cell(cell, f"{name}!{column_letter(c)}{r}") for c, cell in enumerate(row, 1)))
    return rows


def _cell(cell: Any, where: str) -> Cell:
    text, is_number = _printed(cell)
    return Cell(text, where, is_number)


def _printed(cell: Any) -> tuple[str, bool]:
    """The text of a cell, and whether it is a number whose decimals nobody chose."""
    value = cell.value
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value), False
    if isinstance(value, int | float):
        return _number(value, str(cell.number_format or "General"))
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m-%d}", False
    return str(value), False


def _number(value: float, looks: str) -> tuple[str, bool]:
    """A number in its format; a general format shows what is held, without the noise of binary fractions."""
    first = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", looks.split(";", maxsplit=1)[0])
    is_percent = "%" in first
    number = Decimal(repr(value)) * (100 if is_percent else 1)
    if not number.is_finite():
        return "", False
    chosen = _DECIMALS.findall(first)
    if chosen and first not in ("General", "@"):
        decimals = len(chosen[-1]) if "." in first else 0
        printed = f"{number:,.{decimals}f}" if "," in first else f"{number:.{decimals}f}"
        return printed + ("%" if is_percent else ""), False
    return f"{number:.{_MOST_DECIMALS}f}".rstrip("0").rstrip("."), True


def _word(path: Path) -> Blocks:
    try:
        with zipfile.ZipFile(path) as packed:
            root: Element = fromstring(packed.read("word/document.xml"), forbid_dtd=True)
    except (ParseError, DefusedXmlException, KeyError) as bad:
        raise Refused(error("ingest.file_damaged", path.name, found=type(bad).__name__)) from bad
    body = root.find(f"{_W}body")
    return Outcome(tuple(_body(body, path.name)) if body is not None else ())


def _body(body: Element, name: str) -> Iterator[Table | Passage]:
    """Paragraphs and tables in order; the last paragraphs before a table are its caption."""
    above: list[str] = []
    paragraphs, tables = 0, 0
    for element in _flat(body):
        if element.tag == f"{_W}p":
            paragraphs += 1
            text = _text(element)
            if text.strip():
                above.append(text)
                yield Passage(f"{name}!¶{paragraphs}", text)
        else:
            tables += 1
            rows = _word_rows(element, f"{name}!t{tables}")
            if rows:
                yield Table(f"{name}!t{tables}", tuple(rows), " ".join(text for text in above[-2:] if len(text) < 60))
            above = []


def _flat(element: Element) -> Iterator[Element]:
    """Paragraphs and tables, also those inside content controls."""
    for child in element:
        if child.tag in (f"{_W}p", f"{_W}tbl"):
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins"):
            yield from _flat(child)


def _text(element: Element) -> str:
    parts = []
    for node in element.iter():
        if node.tag == f"{_W}t":
            parts.append(node.text or "")
        elif node.tag in (f"{_W}tab", f"{_W}br"):
            parts.append(" ")
    return "".join(parts)


def _word_rows(table: Element, name: str) -> list[Row]:
    """The cells of a table; one that spans columns or goes on from above is filled with its text."""
    rows: list[list[Cell]] = []
    for r, tr in enumerate(table.iter(f"{_W}tr"), 1):
        row: list[Cell] = []
        for tc in tr.findall(f"{_W}tc"):
            at = len(row)
            span, goes_on = _span(tc)
            text = " ".join(_text(p) for p in tc.iter(f"{_W}p")).strip()
            above = rows[-1][at] if goes_on and rows and at < len(rows[-1]) else None
            row += [Cell(above.text, above.where, is_filled=True) if above else Cell(text, f"{name}!r{r}c{at + 1}")]
            row += [Cell(row[at].text, row[at].where, is_filled=True)] * (span - 1)
        rows.append(row)
    wide = max(map(len, rows), default=0)
    return [(*row, *[Cell("", "")] * (wide - len(row))) for row in rows]


def _span(tc: Element) -> tuple[int, bool]:
    wide = tc.find(f"{_W}tcPr/{_W}gridSpan")
    merged = tc.find(f"{_W}tcPr/{_W}vMerge")
    said = (wide.get(f"{_W}val") if wide is not None else None) or "1"
    return max(1, min(int(said), 100)) if said.isdigit() else 1, merged is not None and merged.get(f"{_W}val") != "restart"

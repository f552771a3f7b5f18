"""One sheet of a workbook as its XML has it: cells with their place in the bytes, so that values go in and nothing else is touched."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path

from defusedxml.ElementTree import fromstring
from openpyxl.formula.translate import Translator

from greenfin.ingest.grids import column_number

BOOK, RELS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_ROW = re.compile(rb"<((?:\w+:)?)row\b([^>]*?)(/>|>(.*?)</\1row>)", re.DOTALL)
_CELL = re.compile(rb"<((?:\w+:)?)c\b((?:\s[^>]*?)?)(/>|>(.*?)</\1c>)", re.DOTALL)
_FORMULA = re.compile(rb"<(?:\w+:)?f\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?f>)", re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)\b[^>]*>.*?</(?:\w+:)?(?:v|is)>", re.DOTALL)
_NUMBER = re.compile(rb"<(?:\w+:)?v[^>]*>(.*?)</(?:\w+:)?v>", re.DOTALL)
_AT = re.compile(rb"\br=\"([A-Z]+)(\d+)\"")
_TYPE = re.compile(rb"\s\bt=\"[^\"]*\"")
_SHARED = re.compile(rb"\bsi=\"(\d+)\"")
_DIGITS = 1000  # more than any number of a workbook has
_CALC = re.compile(rb"<((?:\w+:)?)calcPr\b[^>]*?(?:/>|>.*?</\1calcPr>)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class XmlCell:
    """A cell: its bytes from ``start`` to ``end``, its formula (with ``=``; empty: none) and whether it holds anything."""

    at: str
    start: int
    end: int
    attributes: bytes
    prefix: bytes
    formula: str = ""
    is_filled: bool = False
    number: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The XML of a sheet, its cells by address, and where each row's cells end (``ends``: row -> byte, prefix)."""

    part: str
    content: bytes
    cells: Mapping[str, XmlCell]
    ends: Mapping[int, tuple[int, bytes]] = field(default_factory=dict)


def read_sheet(path: Path, name: str) -> Sheet:
    """The sheet of that name. The workbook has been looked into before (:func:`greenfin.ingest.files.read_grids`)."""
    with zipfile.ZipFile(path) as packed:
        part = _part_of(packed, name)
        content = packed.read(part)
    cells: dict[str, XmlCell] = {}
    ends: dict[int, tuple[int, bytes]] = {}
    shared: dict[bytes, XmlCell] = {}
    for row in _ROW.finditer(content):
        if row[4] is None:
            continue
        for cell in _cells(row[4], row.start(4), shared):
            cells[cell.at] = cell
        if found := re.search(rb"\br=\"(\d+)\"", row[2]):
            ends[int(found[1])] = (row.end(4), row[1])
    return Sheet(part, content, cells, ends)


def _part_of(packed: zipfile.ZipFile, name: str) -> str:
    book, rels = (fromstring(packed.read(part), forbid_dtd=True) for part in (BOOK, RELS))
    targets = {one.get("Id", ""): one.get("Target", "") for one in rels}
    for element in book.iter():
        if element.tag.endswith("}sheet") and element.get("name") == name:
            target = targets.get(next((v for k, v in element.attrib.items() if k.endswith("}id")), ""), "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise KeyError(name)


def _cells(row: bytes, offset: int, shared: dict[bytes, XmlCell]) -> Iterator[XmlCell]:
    for found in _CELL.finditer(row):
        where = _AT.search(found[2])
        if where is None:
            continue
        inner = found[4] or b""
        at = (where[1] + where[2]).decode()
        formula = _FORMULA.search(inner)
        number = _NUMBER.search(inner) if b't="' not in found[2] or b't="n"' in found[2] else None
        cell = XmlCell(
            at=at,
            start=offset + found.start(),
            end=offset + found.end(),
            attributes=found[2],
            prefix=found[1],
            formula=_text_of(formula, at, shared) if formula else "",
            is_filled=bool(formula or _VALUE.search(inner)),
            number=_read(number[1]) if number else None,
        )
        if formula and formula[2] and (group := _SHARED.search(formula[1])):
            shared[group[1]] = cell
        yield cell


def _read(text: bytes) -> Fraction | None:
    try:
        number = Decimal(text.decode().strip())
    except (InvalidOperation, UnicodeDecodeError):
        return None
    return Fraction(number) if number.is_finite() and abs(number.adjusted()) < _DIGITS else None


def _text_of(formula: re.Match[bytes], at: str, shared: Mapping[bytes, XmlCell]) -> str:
    """The formula in full: one that is shared with another cell is that one's, moved."""
    if formula[2]:
        return "=" + html.unescape(formula[2].decode())
    group = _SHARED.search(formula[1])
    first = shared.get(group[1]) if group else None
    return str(Translator(first.formula, origin=first.at).translate_formula(at)) if first else "="


def written(sheet: Sheet, values: Mapping[str, str], cached: Mapping[str, str]) -> bytes:
    """The sheet with numbers in empty cells (``values``) and beside formulas (``cached``); all else stays byte for byte."""
    edits: list[tuple[int, int, bytes]] = []
    missing: dict[int, list[tuple[str, str]]] = {}
    for at, text in values.items():
        cell = sheet.cells.get(at)
        if cell is None:
            missing.setdefault(_row(at), []).append((at, text))
        else:
            edits.append((cell.start, cell.end, _with_value(cell, text)))
    edits += [(sheet.cells[at].start, sheet.cells[at].end, _cached(sheet, at, text)) for at, text in cached.items()]
    for row, cells in missing.items():
        edits += _inserted(sheet, row, cells)
    content = sheet.content
    for start, end, new in sorted(edits, reverse=True):
        content = content[:start] + new + content[end:]
    return content


def _with_value(cell: XmlCell, text: str) -> bytes:
    return b"<%bc%b><%bv>%b</%bv></%bc>" % (
        cell.prefix, _TYPE.sub(b"", cell.attributes).rstrip(), cell.prefix, text.encode(), cell.prefix, cell.prefix,
    )  # fmt: skip


def _cached(sheet: Sheet, at: str, text: str) -> bytes:
    """The cell with the formula as it stands and the value that it has now."""
    cell = sheet.cells[at]
    old = sheet.content[cell.start : cell.end]
    formula = _FORMULA.search(old)
    return _with_value(cell, text).replace(b"><%bv>" % cell.prefix, b">%b<%bv>" % (formula[0] if formula else b"", cell.prefix), 1)


def _inserted(sheet: Sheet, row: int, cells: list[tuple[str, str]]) -> Iterator[tuple[int, int, bytes]]:
    """Cells that the row does not have yet, each before the next one that it has."""
    if row not in sheet.ends:
        return
    end, prefix = sheet.ends[row]
    there = sorted((column_number(_letters(one.at)), one.start) for one in sheet.cells.values() if _row(one.at) == row)
    places: dict[int, list[tuple[int, bytes]]] = {}
    for at, text in cells:
        number = column_number(_letters(at))
        place = next((start for column, start in there if column > number), end)
        made = XmlCell(at, place, place, f' r="{at}"'.encode(), prefix)
        places.setdefault(place, []).append((number, _with_value(made, text)))
    for place, several in places.items():
        yield place, place, b"".join(one for _, one in sorted(several))


def calculated_on_load(book: bytes) -> bytes:
    """``workbook.xml`` so that the program that opens it computes all formulas anew."""
    found = _CALC.search(book)
    if found:
        kept = re.sub(rb"\sfullCalcOnLoad=\"[^\"]*\"", b"", found[0])
        return book.replace(found[0], kept.replace(b"calcPr", b'calcPr fullCalcOnLoad="1"', 1), 1)
    for closing in (rb"</(?:\w+:)?definedNames>", rb"</(?:\w+:)?externalReferences>", rb"</(?:\w+:)?sheets>"):
        if place := re.search(closing, book):
            prefix = re.match(rb"</((?:\w+:)?)", place[0])
            new = b'<%bcalcPr fullCalcOnLoad="1"/>' % (prefix[1] if prefix else b"")
            return book[: place.end()] + new + book[place.end() :]
    return book


def save(path: Path, out: Path, parts: Mapping[str, bytes]) -> None:
    """The workbook with some parts replaced, every other part as it was; raises OSError when it cannot be written."""
    with zipfile.ZipFile(path) as packed, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for entry in packed.infolist():
            new = zipfile.ZipInfo(entry.filename, entry.date_time)
            new.compress_type, new.external_attr = zipfile.ZIP_DEFLATED, entry.external_attr
            content = packed.read(entry.filename)
            if entry.filename == BOOK:
                content = calculated_on_load(content)
            made.writestr(new, parts.get(entry.filename, content))


def _letters(at: str) -> str:
    return at.rstrip("0123456789")


def _row(at: str) -> int:
    return int(at[len(_letters(at)) :])

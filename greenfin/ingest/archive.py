"""The zip container of a workbook or document, looked at before anything reads it: bombs, entities, encryption, impossible sheets.

One pass over each part; what comes back is only what the cell reader does not tell: error cells and formulas never calculated.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from greenfin.core.problems import Refused, error
from greenfin.ingest.formats import STYLES, cells_with_unit, units_by_style
from greenfin.ingest.grids import column_number
from greenfin.ingest.unpacked import Unpacked

MAX_FILE = 512 * 2**20
MAX_LEDGER = 2**40  # of a ledger that is read some rows at a time
MAX_PARTS = 5_000
MAX_UNPACKED = 3 * 2**30
MAX_RATIO = 400
MAX_CELLS = 40_000_000
MAX_DOCUMENT = 256 * 2**20  # of a text document with its pictures
MAX_DOCUMENT_PART = 64 * 2**20
_CHUNK = 2**20
_BOOK, _DOCUMENT = "xl/workbook.xml", "word/document.xml"
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ParseError, DefusedXmlException, UnicodeDecodeError)
_CELL = re.compile(rb"<c\s[^>]*?r=\"([A-Z]{1,3})(\d{1,7})\"[^>]*?(?<!/)>")
_ERROR = re.compile(rb"<c\s[^>]*?\bt=\"e\"[^>]*>(?:<f[^>]*?(?:/>|>[^<]*</f>))?<v>([^<]{2,12})</v>")
_UNCALCULATED = re.compile(rb"<c\s[^>]*?r=\"([A-Z]{1,3}\d{1,7})\"[^>]*><f[^>]*>[^<]*</f>(?:<v\s*/>|<v></v>)?</c>")
_WHERE = re.compile(rb"\br=\"([A-Z]{1,3}\d{1,7})\"")
_HIDDEN = rb"[^>]*\bhidden=\"(?:1|true)\"[^>]*>"
_HIDDEN_ROW, _ROW = re.compile(rb"<row\s" + _HIDDEN), re.compile(rb"\br=\"(\d{1,7})\"")
_HIDDEN_COLUMN, _SPAN = re.compile(rb"<col\s" + _HIDDEN), re.compile(rb"\b(min|max)=\"(\d{1,5})\"")
_SINCE_1904 = re.compile(rb"<(?:\w+:)?workbookPr\s[^>]*\bdate1904=\"(?:1|true)\"")
# What must be there where the patterns above and below find anything; each begins with a sign that is rare in a sheet.
_ANY_ERROR, _ANY_UNCALCULATED, _ANY_HIDDEN, _ANY_DECLARATION = 't="e"', r"f>(?:</c>|<v></v>|<v ?/>)", r'hidden="(?:1|true)"', "![DdEe]"
_FAR = r'r="(?:A[M-Z]|[B-Z][A-Z]|[A-Z]{3})\d'  # beyond AL: so many columns of as many rows as a sheet has are no more than MAX_CELLS
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Archive:
    """What the container says beside the cells: per sheet name, cell reference -> error text; whether it carries macros.

    ``hidden`` are, per sheet name, the rows (1-based) and the number of columns that are hidden; ``is_1904``: days count from 1904.
    ``units`` are, per sheet name, cell reference -> the unit that the cell's number format writes behind its number.
    """

    marks: Mapping[str, Mapping[str, str]]
    has_macros: bool
    hidden: Mapping[str, tuple[tuple[int, ...], int]] = field(default_factory=dict)
    is_1904: bool = False
    units: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def look_into(path: Path, *, uncalculated: str, unpacked: Unpacked | None = None) -> Archive:
    """Checks the container of a workbook and returns its marks; raises Refused for one that must not be opened.

    The parts are kept in ``unpacked`` as they are looked at.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            _check_sizes(packed, path.name, limit=MAX_UNPACKED, held=path.stat().st_size)
            if _BOOK not in packed.namelist():
                raise Refused(error("ingest.not_a_workbook", path.name))
            names = _sheet_names(packed, path.name)
            marks, hidden, units = {}, {}, {}
            shown = units_by_style(packed.read(STYLES)) if STYLES in packed.namelist() else {}
            if unpacked:
                unpacked.begin(packed.infolist(), names)
            for entry in packed.infolist():
                content = _unpack(packed, entry, path.name)
                if entry.filename in names:
                    marks[names[entry.filename]] = _cell_marks(content, uncalculated)
                    hidden[names[entry.filename]] = _hidden(content)
                    units[names[entry.filename]] = dict(cells_with_unit(content, shown)) if shown else {}
                    _check_area(content, path.name, names[entry.filename])
                if unpacked:
                    unpacked.add(entry.filename, content, is_sheet=entry.filename in names)
            if unpacked:
                unpacked.end()
            has_macros = any(e.filename.endswith("vbaProject.bin") for e in packed.infolist())
            return Archive(marks, has_macros, hidden, bool(_SINCE_1904.search(packed.read(_BOOK))), units)
    except _DAMAGED as bad:
        raise Refused(error("ingest.file_damaged", path.name, found=type(bad).__name__)) from bad


def look_into_document(path: Path) -> None:
    """Checks the container of a document of ordinary size (docx, xlsx); raises Refused for one that must not be opened."""
    try:
        with zipfile.ZipFile(path) as packed:
            _check_sizes(packed, path.name, limit=MAX_DOCUMENT, held=path.stat().st_size)
            if not {_DOCUMENT, _BOOK} & set(packed.namelist()):
                raise Refused(error("ingest.not_a_document", path.name))
            for entry in packed.infolist():
                if entry.filename.endswith((".xml", ".rels")) and entry.file_size > MAX_DOCUMENT_PART:
                    raise Refused(error("ingest.archive_bomb", path.name, found=entry.file_size, limit=MAX_DOCUMENT_PART))
                _unpack(packed, entry, path.name)
    except _DAMAGED as bad:
        raise Refused(error("ingest.file_damaged", path.name, found=type(bad).__name__)) from bad


def _check_sizes(packed: zipfile.ZipFile, name: str, *, limit: int, held: int) -> None:
    entries = packed.infolist()
    if len(entries) > MAX_PARTS:
        raise Refused(error("ingest.archive_bomb", name, found=len(entries), limit=MAX_PARTS))
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refused(error("ingest.file_encrypted", name))
    if (total := sum(entry.file_size for entry in entries)) > limit:
        raise Refused(error("ingest.archive_bomb", name, found=total, limit=limit))
    if (packed_size := sum(entry.compress_size for entry in entries)) > held:  # sizes that cannot be: memory is not asked for on their word
        raise Refused(error("ingest.archive_bomb", name, found=packed_size, limit=held))
    for entry in entries:
        if entry.file_size > 2**23 and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise Refused(error("ingest.archive_bomb", name, found=entry.file_size, limit=MAX_RATIO * entry.compress_size))


def _unpack(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytearray:
    """The part's content; the zip reader stops at the declared size and refuses one that lies about it."""
    content, at = bytearray(entry.file_size), 0
    with packed.open(entry) as stream, memoryview(content) as whole:
        while piece := stream.read(_CHUNK):
            whole[at : at + len(piece)] = piece
            at += len(piece)
    del content[at:]
    if entry.filename.endswith((".xml", ".rels")) and _holds(content, _ANY_DECLARATION) and _DECLARATION.search(content):
        raise Refused(error("ingest.xml_entities", name, found=entry.filename))
    return content


def _sheet_names(packed: zipfile.ZipFile, name: str) -> dict[str, str]:
    """Part name -> sheet name."""
    book = _xml(packed, _BOOK)
    if "xl/_rels/workbook.xml.rels" not in packed.namelist():
        raise Refused(error("ingest.not_a_workbook", name))
    targets = {r.get("Id", ""): r.get("Target", "") for r in _xml(packed, "xl/_rels/workbook.xml.rels")}
    found = {}
    for element in book.iter():
        if element.tag.endswith("}sheet"):
            link = next((v for k, v in element.attrib.items() if k.endswith("}id")), "")
            target = targets.get(link, "")
            found[target.lstrip("/") if target.startswith("/") else f"xl/{target}"] = element.get("name", "")
    return found


def _xml(packed: zipfile.ZipFile, part: str) -> Element:
    root: Element = fromstring(packed.read(part), forbid_dtd=True)
    return root


def _holds(content: bytearray, pattern: str) -> bool:
    """Whether there is a match, found in a fraction of the time that the patterns take where there is none, as in most books."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ends = pa.py_buffer(struct.pack("=2q", 0, len(content)))
    whole = pa.Array.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(content)])
    return bool(pc.match_substring_regex(whole, pattern)[0].as_py())


def _cell_marks(content: bytearray, uncalculated: str) -> dict[str, str]:
    marks: dict[str, str] = {}
    if _holds(content, _ANY_ERROR):
        for found in _ERROR.finditer(content):
            if where := _WHERE.search(found[0]):
                marks[where[1].decode()] = found[1].decode("utf-8", "replace")
    if _holds(content, _ANY_UNCALCULATED):
        marks |= {found[1].decode(): uncalculated for found in _UNCALCULATED.finditer(content)}
    return marks


def _hidden(content: bytearray) -> tuple[tuple[int, ...], int]:
    """The hidden rows (1-based), and how many columns are hidden among those that a sheet could use."""
    if not _holds(content, _ANY_HIDDEN):
        return (), 0
    rows = tuple(int(at[1]) for found in _HIDDEN_ROW.finditer(content) if (at := _ROW.search(found[0])))
    spans = [dict(_SPAN.findall(found[0])) for found in _HIDDEN_COLUMN.finditer(content)]
    wide = sum(int(span[b"max"]) - int(span[b"min"]) + 1 for span in spans if len(span) == 2 and int(span[b"max"]) < 1024)
    return rows, wide


def _check_area(content: bytearray, name: str, sheet: str) -> None:
    """Refuses a sheet whose used area could not be held: one stray cell in the last corner is enough for that."""
    if not _holds(content, _FAR):
        return
    letters = set(re.findall(rb"r=\"([A-Z]{1,3})\d", content))
    wide = max((column_number(text.decode()) for text in letters), default=0)
    deep = 1_048_576 if re.search(rb"r=\"[A-Z]{0,3}\d{6}", content) else 99_999
    if wide * deep <= MAX_CELLS:
        return
    cells = _CELL.findall(content)
    wide = max((column_number(letters.decode()) for letters, _ in cells), default=0)
    deep = max((int(row) for _, row in cells), default=0)
    if wide * deep > MAX_CELLS:
        raise Refused(error("ingest.sheet_too_large", f"{name}!{sheet}", found=wide * deep, limit=MAX_CELLS))

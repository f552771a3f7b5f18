"""Rows as a plain workbook, made column by column: as many as a sheet holds, a batch of them in memory at a time."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_BATCH_ROWS = 16_384
_LONGEST = 32_767  # characters of a cell, by the format
_EPOCH_DAYS = 25_569  # from the format's day nought to 1970-01-01
_UNPRINTABLE = "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f]|\\x{FFFE}|\\x{FFFF}"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="rows" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
        '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="2"><xf xfId="0"/><xf numFmtId="164" xfId="0" applyNumberFormat="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    ),
}  # fmt: skip


def write_sheet(rows: pa.Table, path: Path) -> None:
    """A workbook of one sheet, ``rows``: names, then rows; days are days, null is an empty cell. The same rows give the same bytes.

    Texts are written as they are (who calls makes them harmless), cut where a cell ends. Raises OSError.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
        for name, content in _PARTS.items():
            with out.open(name, "w") as part:
                part.write((_HEAD + content).encode())
        with out.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for lines in _lines(rows):
                sheet.write(lines)
            sheet.write(b"</sheetData></worksheet>")


def _lines(rows: pa.Table) -> Iterator[bytes]:
    """The names, then the rows, as XML."""
    yield _xml(pa.table([pa.array([name]) for name in rows.column_names], names=[str(n) for n in range(rows.num_columns)]), 1)
    for begin in range(0, rows.num_rows, _BATCH_ROWS):
        yield _xml(rows.slice(begin, _BATCH_ROWS), begin + 1 + 1)


def _xml(rows: pa.Table, first: int) -> bytes:
    """Some rows, the first of them that number of the sheet."""
    from openpyxl.utils import get_column_letter

    at = pc.cast(pa.array(np.arange(first, first + rows.num_rows)), pa.string())
    cells = [_cells(column.combine_chunks(), f'<c r="{get_column_letter(n)}', at) for n, column in enumerate(rows.columns, 1)]
    lines = _joined('<row r="', at, '">', *cells, "</row>").cast(pa.large_string())
    _, ends, content = lines.buffers()  # the texts lie one after the other
    return bytes(memoryview(content)[: np.frombuffer(ends, np.int64)[len(lines)]])


def _joined(*parts: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def _cells(column: pa.Array, place: str, at: pa.Array) -> pa.Array:
    """The cells of a column; nothing where there is no value."""
    kind = column.type
    if pa.types.is_boolean(kind):
        made = _joined(place, at, '" t="b"><v>', pc.cast(pc.cast(column, pa.int8()), pa.string()), "</v></c>")
    elif pa.types.is_date(kind):
        days = pc.add(pc.cast(pc.cast(column, pa.date32()), pa.int32()), _EPOCH_DAYS)
        made = _joined(place, at, '" s="1"><v>', pc.cast(days, pa.string()), "</v></c>")
    elif pa.types.is_floating(kind):
        finite = pc.if_else(pc.is_finite(column), column, None)
        made = _joined(place, at, '"><v>', pc.cast(finite, pa.string()), "</v></c>")
    elif pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        made = _joined(place, at, '"><v>', pc.cast(column, pa.string()), "</v></c>")
    else:
        made = _joined(place, at, '" t="inlineStr"><is><t xml:space="preserve">', _escaped(pc.cast(column, pa.string())), "</t></is></c>")
    return pc.fill_null(made, "")


def _escaped(texts: pa.Array) -> pa.Array:
    """Texts as XML: no signs that it cannot hold, none longer than a cell."""
    texts = pc.utf8_slice_codeunits(pc.replace_substring_regex(texts, _UNPRINTABLE, ""), 0, _LONGEST)
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;")):
        texts = pc.replace_substring(texts, sign, written)
    return texts

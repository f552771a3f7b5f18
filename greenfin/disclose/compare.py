"""Two workbooks cell by cell: what somebody changed in one of them, whatever program saved it."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

_LARGEST = 256 * 2**20
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ParseError, DefusedXmlException)
Values = Mapping[str, object]


def workbook_differences(found: Path, made: Path) -> tuple[tuple[str, str, str], ...] | None:
    """Cells of ``found`` that read otherwise than in ``made``: ``Sheet!B7``, what stands there, what should; None: cannot be read.

    Compared are the shown values and the formulas of all sheets. ``found`` may have been changed by anybody: it is looked at with care.
    """
    if not _is_sound(found):
        return None
    try:
        theirs = [_cells(found, shown=shown) for shown in (True, False)]
    except (OSError, LookupError, ValueError, TypeError, AttributeError, *_BROKEN):
        return None  # the reader has no error of its own for a file that is no workbook
    ours = [_cells(made, shown=shown) for shown in (True, False)]
    differing: dict[str, tuple[str, str]] = {}
    for their, our in zip(theirs, ours, strict=True):
        for where in sorted(their.keys() | our.keys()):
            if not _same(their.get(where), our.get(where)):
                differing.setdefault(where, (_text(their.get(where)), _text(our.get(where))))
    return tuple((where, was, now) for where, (was, now) in differing.items())


def _is_sound(path: Path) -> bool:
    """Whether the container is a zip of reasonable size whose parts declare no entities."""
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > _LARGEST:
                return False
            for name in packed.namelist():
                if name.endswith((".xml", ".rels")):
                    fromstring(packed.read(name), forbid_dtd=True)
    except (OSError, ValueError, *_BROKEN):
        return False
    return True


def _cells(path: Path, *, shown: bool) -> Values:
    from openpyxl import load_workbook

    workbook = load_workbook(path, data_only=shown)
    return dict(_of_sheets(workbook))


def _of_sheets(workbook: Any) -> Iterator[tuple[str, object]]:
    for sheet in workbook.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    yield f"{sheet.title}!{cell.coordinate}", cell.value


def _same(one: object, other: object) -> bool:
    """Numbers as a spreadsheet program keeps them: equal to fifteen digits."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= 1e-15 * max(abs(one), abs(other))
    return one == other


def _text(value: object) -> str:
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)

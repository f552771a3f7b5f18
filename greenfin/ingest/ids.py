"""Ids as text."""

from __future__ import annotations

import re
from datetime import date, time

from greenfin.core.problems import error
from greenfin.ingest.cells import Read, is_blank, narrow, shown
from greenfin.ingest.grids import CellValue

_SCIENTIFIC = re.compile(r"[-+]?\d(\.\d+)?E\+?\d{1,3}", re.IGNORECASE)
_EXACT_DIGITS = 10**15


def read_id(cell: CellValue) -> Read:
    """An id as text, case and leading zeros kept; digits that a spreadsheet has thrown away are an error."""
    if is_blank(cell):
        return Read()
    if isinstance(cell, bool | date | time):
        return Read(problem=error("ingest.id_unreadable", found=shown(cell)))
    if isinstance(cell, int | float):
        if abs(cell) >= _EXACT_DIGITS or cell != int(cell):
            return Read(problem=error("ingest.id_lost_digits", found=shown(cell)))
        return Read(str(int(cell)))
    text = narrow(cell)
    if _SCIENTIFIC.fullmatch(text):
        return Read(problem=error("ingest.id_lost_digits", found=shown(cell)))
    return Read(text or None)

"""The finished workbook file: values beside its formulas, fixed dates, so that the same input gives the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

_NUMBER = re.compile(rb'(<c r="([A-Z]+[0-9]+)"[^>]* t="n"><v>)[^<]*(</v>)')
_FORMULA = re.compile(rb'(<c r="([A-Z]+[0-9]+)"[^>]*)(><f>[^<]*</f>)<v ?/?>(?:</v>)?')
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(<)")
_ZIP_DAY = (1980, 1, 1, 0, 0, 0)


def save(workbook: Any, path: Path, *, values: Mapping[str, Mapping[str, float]], on: date) -> None:
    """Write the workbook; ``values`` gives the number in each cell by sheet part (``xl/worksheets/sheet2.xml``) and cell.

    With the values beside the formulas a program that does not compute shows the same numbers; one that does computes them anew.
    Raises OSError when the file cannot be written.
    """
    raw = io.BytesIO()
    workbook.save(raw)
    with zipfile.ZipFile(raw) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name in made.namelist():
            content = made.read(name)
            if name in values:
                content = _with_values(content, values[name])
            elif name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + f"{on.isoformat()}T00:00:00Z".encode() + rb"\2", content)
            entry = zipfile.ZipInfo(name, _ZIP_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(entry, content)


def _with_values(content: bytes, values: Mapping[str, float]) -> bytes:
    """The sheet with every number in full (the library keeps 16 digits, a double needs 17) and beside every formula its value."""

    def digits(found: re.Match[bytes]) -> bytes:
        return repr(values[found[2].decode()]).encode()

    content = _FORMULA.sub(lambda found: found[1] + found[3] + b"<v>" + digits(found) + b"</v>", content)
    return _NUMBER.sub(lambda found: found[1] + digits(found) + found[3] if found[2].decode() in values else found[0], content)

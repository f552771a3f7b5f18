"""A branch's workbook: first sheet, questions, hidden lists and marks; the same questions give the same bytes."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from greenfin.collect import wording
from greenfin.collect.ask import FORMAT, SHEETS, Ask
from greenfin.collect.checking import Lists
from greenfin.collect.columns import LISTS, META
from greenfin.collect.guide import BY_ROW, ENTRY_COLUMN, ON_ROW, write_guide
from greenfin.collect.looks import Looks
from greenfin.collect.sheet import Writing, write_sheet
from greenfin.messages import say

_ZIP_DAY = (1980, 1, 1, 0, 0, 0)
_FORMULA = re.compile(rb'<c r="([A-Z]+[0-9]+)"((?: s="\d+")?)><f>(.*?)</f><v ?/?>(?:</v>)?</c>', re.DOTALL)
_DAYS = re.compile(rb"(<dcterms:(?:modified|created)[^>]*>)[^<]*(<)")


def write_workbook(
    path: Path, asks: Sequence[Ask], *, asked: str, branch: str, branch_name: str, as_of: date, report: str, due: date | None
) -> tuple[str, ...]:
    """Write the workbook of a branch; the marks of its rows come back. Its owner alone can read it. Raises OSError."""
    from openpyxl import Workbook

    book: Any = Workbook()
    guide = book.active
    guide.title = _title("guide", report)
    sheets = {name: [ask for ask in asks if ask.sheet == name] for name in SHEETS}
    groups = {_title(name, report): mine for name, mine in sheets.items() if mine}
    pattern = book.create_sheet("pattern").cell(1, 1)
    lists = Lists(book.create_sheet(LISTS))
    writing = Writing(asked, branch, as_of, report, Looks(pattern), lists, _words(report, as_of, guide.title))
    for title, mine in groups.items():
        write_sheet(book.create_sheet(title), mine[0].sheet, mine, writing)
    write_guide(guide, groups, writing, branch_name=branch_name, due=due)
    _write_meta(book.create_sheet(META), asked=asked, branch=branch, as_of=as_of, rows=len(asks))
    book.remove(book["pattern"])
    book.move_sheet(LISTS, offset=len(book.sheetnames))
    book[LISTS].sheet_state, book[META].sheet_state = "hidden", "veryHidden"
    book[LISTS].protection.sheet = book[META].protection.sheet = True
    book.security.lockStructure = True
    book.calculation.fullCalcOnLoad = True
    book.properties.creator, book.properties.title = "greenfin", guide.title
    _save(book, path, writing.shown, as_of)
    return tuple(writing.checks)


def _title(sheet: str, report: str) -> str:
    return say(f"collect.sheet.{sheet}", wording.main_lang(report))


def _words(report: str, as_of: date, guide: str) -> Mapping[str, Any]:
    """The words and addresses that all rows share."""
    lang = wording.main_lang(report)
    states = {name: say(f"collect.status.{name}", lang) for name in ("todo", "optional", "wrong", "unsigned", "done")}
    return {
        **states,
        "basis": (say("collect.basis.actual", lang), say("collect.basis.design", lang)),
        "basis_how": wording.word("collect.how.basis", report),
        "year_how": wording.word("collect.how.year", report),
        "day_how": wording.word("collect.how.date", report),
        "year": as_of.year,
        "error": say("collect.guide.error", lang),
        "page": say("collect.guide.page", lang, page="&P", pages="&N"),
        "top": wording.word("collect.guide.step1", report),
        "default_by": f"'{guide}'!${ENTRY_COLUMN}${BY_ROW}",
        "default_on": f"'{guide}'!${ENTRY_COLUMN}${ON_ROW}",
    }


def _write_meta(ws: Any, **facts: object) -> None:
    for row, (name, value) in enumerate({"format": FORMAT, **facts}.items(), 1):
        ws.cell(row, 1).value, ws.cell(row, 2).value = name, str(value)
        ws.cell(row, 2).data_type = "s"


def _save(book: Any, path: Path, shown: Mapping[str, Mapping[str, str | int]], on: date) -> None:
    """Write the file with the first value beside each formula and with fixed days in it."""
    raw = io.BytesIO()
    book.save(raw)
    parts = {f"xl/worksheets/sheet{at}.xml": shown.get(name, {}) for at, name in enumerate(book.sheetnames, 1)}
    day = f"{on.isoformat()}T00:00:00Z".encode()
    private = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(private, "wb") as stream, zipfile.ZipFile(raw) as made, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as out:
        for name in made.namelist():
            content = made.read(name)
            if parts.get(name):
                content = _with_values(content, parts[name])
            elif name == "docProps/core.xml":
                content = _DAYS.sub(rb"\g<1>" + day + rb"\2", content)
            entry = zipfile.ZipInfo(name, _ZIP_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(entry, content)


def _with_values(content: bytes, values: Mapping[str, str | int]) -> bytes:
    def one(found: re.Match[bytes]) -> bytes:
        value = values.get(found[1].decode())
        if value is None:
            return found[0]
        kind = b' t="str"' if isinstance(value, str) else b""
        text = escape(str(value)).encode()
        return b'<c r="' + found[1] + b'"' + found[2] + kind + b"><f>" + found[3] + b"</f><v>" + text + b"</v></c>"

    return _FORMULA.sub(one, content)

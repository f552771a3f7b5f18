"""Findings as a file: csv or xlsx by its name."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from greenfin.core.problems import Refused, error
from greenfin.messages import Lang, say
from greenfin.published.checking import Checked, as_json

COLUMNS = ("rule", "severity", "where", "published", "recomputed", "low", "high", "message")
_SIGNS = ("=", "+", "-", "@")


def write(found: Checked, path: Path, lang: Lang) -> None:
    """Writes the findings; raises Refused for another kind of file or a place that cannot be written."""
    if path.suffix.casefold() not in (".csv", ".xlsx"):
        raise Refused(error("published.out_unknown", path.name))
    findings = as_json(found, lang)["findings"]
    rows: list[list[object]] = [[say(f"check.column.{name}", lang) for name in COLUMNS]]
    rows += [[_safe(each[name]) for name in COLUMNS] for each in findings] if isinstance(findings, list) else []
    writer = _csv if path.suffix.casefold() == ".csv" else _xlsx
    try:
        writer(path, rows)
    except OSError as bad:
        raise Refused(error("published.out_unwritable", path.name, reason=bad.strerror or type(bad).__name__)) from bad


def _safe(value: object) -> object:
    """A text that a spreadsheet would take for a formula stays a text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_SIGNS) else value


def _csv(path: Path, rows: list[list[object]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    path.write_text(text.getvalue(), "utf-8-sig", newline="")


def _xlsx(path: Path, rows: list[list[object]]) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("check")
    for row in rows:
        sheet.append(row)
    book.save(path)

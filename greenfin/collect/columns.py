"""The columns of the sheets that branches fill in, and where the machine finds them again."""

from __future__ import annotations

from collections.abc import Mapping

from greenfin.collect.ask import SHEETS

LOCKED = ("key", "subject", "asked", "why", "now", "how", "code")  # what a row's mark is made of
_BEFORE = ("number", "key", "subject", "asked", "why", "now", "how", "answer")
_AFTER = ("note", "by", "on", "status", "check", "code")
_BETWEEN = {"loans": ("unit",), "projects": ("unit",), "inputs": ("unit", "basis", "year"), "papers": ("valid_to",)}
COLUMNS: Mapping[str, tuple[str, ...]] = {
    sheet: tuple(name for name in (*_BEFORE, *_BETWEEN[sheet], *_AFTER) if (sheet, name) != ("papers", "now")) for sheet in SHEETS
}
HIDDEN = ("check", "code")
ENTRIES = ("answer", "unit", "basis", "year", "valid_to", "note", "by", "on")

WIDTHS: Mapping[str, float] = {
    "number": 5, "key": 20, "subject": 20, "asked": 18, "why": 30, "now": 17, "how": 23, "answer": 24, "unit": 10, "basis": 9,
    "year": 9, "valid_to": 12, "note": 15, "by": 9, "on": 12, "status": 10, "check": 14, "code": 20,
}  # fmt: skip

TITLE_ROW, IDS_ROW, HEAD_ROW = 1, 2, 3  # the row of ids is hidden
FIRST_ROW = 4
META, LISTS = "_meta", "_lists"


def letters(sheet: str) -> Mapping[str, str]:
    """The sheet's letter of each column.

    >>> letters("loans")["answer"]
    'H'
    """
    return {name: chr(ord("A") + at) for at, name in enumerate(COLUMNS[sheet])}

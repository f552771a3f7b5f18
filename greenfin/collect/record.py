"""The folder of what was asked: a workbook for each branch and ``collect.json`` beside them."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from greenfin.collect.ask import FORMAT, SHEETS, Ask, book_print, file_names
from greenfin.collect.asking import branch_names, by_branch
from greenfin.collect.workbook import write_workbook
from greenfin.core.problems import Refused, error
from greenfin.core.records import Book

RECORD = "collect.json"
_PRIVATE, _FOLDER = 0o600, 0o700


@dataclass(frozen=True, slots=True)
class Asked:
    """What was sent out: the print of the book, and for each mark of a row its branch and whether it is required."""

    book: str
    marks: Mapping[str, tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Sent:
    """A workbook that was written: how many questions it has, by sheet, and how many of them are required."""

    branch: str
    name: str
    file: str
    counts: Mapping[str, int]
    required: int
    optional: int


def send(folder: Path, book: Book, asks: Sequence[Ask], *, edition: str, report: str = "zh", due: date | None = None) -> tuple[Sent, ...]:
    """Write the workbooks and the record of them, for their owner alone.

    Raises Refused where the folder holds workbooks already (they may have been filled in) or cannot be written.
    """
    old = sorted(folder.glob("collect*")) if folder.is_dir() else []
    if old:
        raise Refused(error("collect.folder_taken", str(folder), count=sum(path.suffix == ".xlsx" for path in old)))
    try:
        folder.mkdir(_FOLDER, parents=True, exist_ok=True)
        return _send(folder, book, asks, edition=edition, report=report, due=due)
    except OSError as bad:
        raise Refused(error("collect.cannot_write", str(folder), reason=bad.strerror or type(bad).__name__)) from bad


def _send(folder: Path, book: Book, asks: Sequence[Ask], *, edition: str, report: str, due: date | None) -> tuple[Sent, ...]:
    asked, names, groups = book_print(book), branch_names(book), by_branch(asks)
    files = file_names(tuple(groups))
    sent: list[Sent] = []
    marks: list[list[str]] = []
    for branch, mine in groups.items():
        path = folder / files[branch]
        made = write_workbook(
            path, mine, asked=asked, branch=branch, branch_name=names.get(branch, ""), as_of=book.as_of, report=report, due=due
        )
        counts = Counter(ask.sheet for ask in mine)
        required = sum(ask.is_required for ask in mine)
        by_sheet = {sheet: counts[sheet] for sheet in SHEETS}
        sent.append(Sent(branch, names.get(branch, ""), path.name, by_sheet, required, len(mine) - required))
        marks.append(list(made))
    flags = [[ask.is_required for name in SHEETS for ask in mine if ask.sheet == name] for mine in groups.values()]
    branches = [_branch(each, mine, needed) for each, mine, needed in zip(sent, marks, flags, strict=True)]
    about: dict[str, Any] = {"format": FORMAT, "book": asked, "as_of": book.as_of.isoformat(), "edition": edition}
    about["files"] = [{"name": f.name, "sha256": f.sha256} for f in book.files]
    write_private(folder / RECORD, json.dumps({**about, "branches": branches}, ensure_ascii=False, indent=1) + "\n")
    return tuple(sent)


def _branch(each: Sent, marks: Sequence[str], needed: Sequence[bool]) -> dict[str, Any]:
    return {
        "branch": each.branch,
        "file": each.file,
        "required": each.required,
        "optional": each.optional,
        "asked": dict(each.counts),
        "marks": [mark for mark, flag in zip(marks, needed, strict=True) if flag],
        "optional_marks": [mark for mark, flag in zip(marks, needed, strict=True) if not flag],
    }


def write_private(path: Path, text: str) -> None:
    """Write a text that its owner alone can read. Raises Refused."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE), "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        path.chmod(_PRIVATE)
    except OSError as bad:
        raise Refused(error("collect.cannot_write", str(path), reason=bad.strerror or type(bad).__name__)) from bad


def read_asked(path: Path) -> Asked:
    """What was sent out, from its record. Raises Refused."""
    place = path / RECORD if path.is_dir() else path
    try:
        found = json.loads(place.read_text("utf-8"))
        marks = {
            str(mark): (str(each["branch"]), name == "marks")
            for each in found["branches"]
            for name in ("marks", "optional_marks")
            for mark in each[name]
        }
        if found["format"] != FORMAT:
            raise ValueError(found["format"])
        return Asked(str(found["book"]), marks)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as bad:
        raise Refused(error("collect.asked_unreadable", place.name)) from bad

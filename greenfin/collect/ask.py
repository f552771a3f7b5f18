"""A question to a branch, and the marks by which its row is known again when it comes back."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from greenfin.core.records import Book

SHEETS = ("loans", "projects", "inputs", "papers")
FORMAT = "1"
_LONGEST = 200
_NAME_ENDS = 2


@dataclass(frozen=True, slots=True)
class Ask:
    """One value that is wanted: where it belongs (``target``, ``key``, ``field``), why, and what the book has now.

    ``reason`` says what is the matter (missing, short, invalid …), ``serves`` fills the words of what it is for, ``seal`` is
    the print of the book's value where that was asked about. ``method`` is that of an input; of a document, whose it is
    (loans, projects). ``balance_fen`` is what hangs on it.
    """

    branch: str
    sheet: str
    key: str
    subject: str
    target: str
    field: str
    reason: str
    serves: Mapping[str, str] = dataclasses.field(default_factory=dict)
    method: str = ""
    is_required: bool = True
    was: str = ""
    seal: str = ""
    balance_fen: int = 0

    @property
    def code(self) -> str:
        """What the row asks for, in one text for machines."""
        need = "required" if self.is_required else "optional"
        return "|".join((self.target, self.field, self.method, need, self.seal))


@dataclass(frozen=True, slots=True)
class Paper:
    """How a kind of document is asked for: whether it runs out, and the project's column its number belongs to."""

    is_dated: bool
    into: str


@cache
def papers() -> Mapping[str, Paper]:
    """The kinds of documents that are special."""
    lines = files("greenfin.collect").joinpath("papers.csv").read_text("utf-8").splitlines()
    return {row["need"]: Paper(row["is_dated"] == "yes", row["into"]) for row in csv.DictReader(lines)}


@cache
def unit_words() -> Mapping[str, tuple[str, ...]]:
    """For each unit of ours the units that people write instead, the usual one first."""
    lines = files("greenfin.collect").joinpath("units.csv").read_text("utf-8").splitlines()
    return {row["unit"]: tuple(row["words"].split("|")) for row in csv.DictReader(lines)}


def book_print(book: Book) -> str:
    """The print of a book: of its files and its data date."""
    content = json.dumps([sorted(f.sha256 for f in book.files), book.as_of.isoformat()])
    return hashlib.sha256(content.encode()).hexdigest()


def row_check(asked: str, branch: str, texts: Sequence[str]) -> str:
    """The mark of a row: of what was asked (``book_print``), the branch and all that is locked in it, white space aside."""
    clean = ["".join(str(text).split()) for text in (FORMAT, asked, branch, *texts)]
    return hashlib.sha256("\x1f".join(clean).encode("utf-8", "replace")).hexdigest()[:12]


def masked(name: str) -> str:
    """A name of which its first and last signs are left.

    >>> masked("四川某某新能源有限公司"), masked("张三"), masked("李*"), masked("")
    ('四川***公司', '张*', '李*', '')
    """
    if "*" in name:  # masked already
        return name
    if len(name) > _NAME_ENDS * 3:
        return f"{name[:_NAME_ENDS]}***{name[-_NAME_ENDS:]}"
    return name[:1] + "*" * (len(name) - 1)


def shortened(text: str) -> str:
    """A text no longer than a row can show."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def file_names(branches: Sequence[str]) -> dict[str, str]:
    """A file name for each branch: safe on every system, different also where case does not count.

    >>> file_names(["0101", "", "../x"])
    {'0101': 'collect_0101.xlsx', '': 'collect_-.xlsx', '../x': 'collect____x_d6b96a.xlsx'}
    """
    made: dict[str, str] = {}
    used: set[str] = set()
    for branch in branches:
        clean = re.sub(r"[^0-9A-Za-z\u4e00-\u9fff-]", "_", branch)[:60] if branch else "-"
        if (branch and clean != branch) or clean.casefold() in used:
            clean += "_" + hashlib.sha256(branch.encode("utf-8", "replace")).hexdigest()[:6]
        used.add(clean.casefold())
        made[branch] = f"collect_{clean}.xlsx"
    return made

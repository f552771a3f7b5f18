"""The problems of a run, grouped and a page at a time, out of ``problems.csv``. No streamlit here."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from string import Formatter
from urllib.parse import quote

from greenfin.core.problems import Problem, Refused, Severity, error
from greenfin.disclose.to_csv import plain_text
from greenfin.messages import Lang, say
from greenfin.messages.words import codes
from greenfin.ui.views.said import in_words
from greenfin.ui.views.span import Span, begin

FILE = "problems.csv"
_ORDER = tuple(severity.value for severity in Severity)
_CELL = re.compile(r"T\d{2}!.+\.[a-z_0-9]+")
_ID = re.compile(r"(?=.*\d)[A-Za-z0-9_\-]{4,64}")  # of a receipt: no file, sheet or line


@dataclass(frozen=True, slots=True)
class Group:
    """All problems of one code: ``words`` are those of the first, ``count`` how many."""

    code: str
    severity: str
    severity_words: str
    count: int
    words: str


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """One problem in words, with its address."""

    code: str
    severity: str
    severity_words: str
    where: str
    words: str

    @property
    def leads_to(self) -> str:
        """The page of the front end where it can be seen, as an address: a cell of a table, or a receipt; else empty."""
        if _CELL.fullmatch(self.where):
            return f"disclosure?cell={quote(self.where)}"
        return f"loans?loan={quote(self.where)}" if _ID.fullmatch(self.where) else ""


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """Some problems of those that match."""

    lines: tuple[ProblemLine, ...]
    span: Span


def _rows(folder: Path, code: str = "", severity: str = "") -> Iterator[dict[str, str]]:
    """Every row of the file of a code and severity (empty: all), read as it is asked for; raises Refused where it cannot be read."""
    try:
        with (folder / FILE).open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                if code in ("", row["code"]) and severity in ("", Severity(row["severity"]).value):
                    yield row
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, ValueError) as bad:
        raise Refused(error("run.damaged", str(folder / FILE))) from bad


def _line(row: dict[str, str], lang: Lang) -> ProblemLine:
    severity = Severity(row["severity"])
    where, words = plain_text(row["where"]), _told(row, severity, lang)
    return ProblemLine(row["code"], severity.value, say(f"severity.{severity.value}", lang), where, words)


def _told(row: dict[str, str], severity: Severity, lang: Lang) -> str:
    """The problem in the language asked for; as it was written where this version has no words for its code."""
    params = json.loads(row["params"] or "{}")
    words = codes(lang).get(row["code"])
    slots = {name for _, name, _, _ in Formatter().parse(words or "") if name}
    known = Problem(row["code"], severity, row["where"], params)
    return in_words(known, lang) if words and slots <= params.keys() else plain_text(row["message"])


def groups(folder: Path, lang: Lang) -> tuple[Group, ...]:
    """Codes with their counts, errors first, then the most frequent. Raises Refused."""
    first: dict[tuple[str, str], dict[str, str]] = {}
    count: Counter[tuple[str, str]] = Counter()
    for row in _rows(folder):
        key = (row["severity"], row["code"])
        first.setdefault(key, row)
        count[key] += 1
    keys = sorted(first, key=lambda key: (_ORDER.index(key[0]), -count[key], key[1]))
    told = {key: _told_line(folder, first[key], lang) for key in keys}
    return tuple(
        Group(code, severity, told[severity, code].severity_words, count[severity, code], told[severity, code].words)
        for severity, code in keys
    )


def severities(found: Sequence[Group]) -> dict[str, str]:
    """The severities that were met, each with how many problems are of it."""
    return {group.severity: f"{group.severity_words} · {number_of(found, group.severity):,}" for group in found}


def kinds(found: Sequence[Group], severity: str = "") -> dict[str, str]:
    """The codes of a severity (empty: all), each with how many problems are of it."""
    return {group.code: f"{group.code} · {number_of(found, severity, group.code):,}" for group in found if severity in ("", group.severity)}


def number_of(found: Sequence[Group], severity: str = "", code: str = "") -> int:
    """How many problems are of a severity and code (empty: all)."""
    return sum(group.count for group in found if severity in ("", group.severity) and code in ("", group.code))


def counts(found: Sequence[Group], severity: str = "", code: str = "") -> dict[str, int]:
    """How many problems of a code there are of each severity, or of one (empty: all)."""
    return {one.value: number_of(found, one.value, code) for one in Severity if severity in ("", one.value)}


def problems(
    folder: Path, lang: Lang, *, code: str = "", severity: str = "", start: int = 0, size: int = 20, of: Mapping[str, int] | None = None
) -> ProblemPage:
    """Problems ``start`` to ``start + size`` of a code and severity (empty: all), errors first and else as they lie in the file.

    ``of``: their number by severity, counted here where it is not given. Raises Refused.
    """
    of = Counter(row["severity"] for row in _rows(folder, code, severity)) if of is None else of
    total = sum(of.values())
    start = begin(start, size, total)
    wanted = range(start, min(start + size, total))
    found: dict[int, dict[str, str]] = {}
    next_ = dict(zip(_ORDER, accumulate((of.get(one, 0) for one in _ORDER), initial=0), strict=False))
    for row in _rows(folder, code, severity):
        at = next_[row["severity"]]
        next_[row["severity"]] = at + 1
        if at in wanted:
            found[at] = row
            if len(found) == len(wanted):
                break
    return ProblemPage(tuple(_told_line(folder, found[at], lang) for at in sorted(found)), Span(start, len(found), size, total))


def _told_line(folder: Path, row: dict[str, str], lang: Lang) -> ProblemLine:
    """A row in words. Raises Refused where it is none."""
    try:
        return _line(row, lang)
    except (KeyError, TypeError, ValueError) as bad:
        raise Refused(error("run.damaged", str(folder / FILE))) from bad

"""The problems of a run, grouped and a page at a time, out of ``problems.csv``. No streamlit here."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from string import Formatter

from greenfin.core.problems import Problem, Refused, Severity, error
from greenfin.disclose.to_csv import plain_text
from greenfin.messages import Lang, say
from greenfin.messages.words import codes
from greenfin.methods.worded import in_words
from greenfin.ui.views_span import Span, begin

FILE = "problems.csv"


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


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """Some problems of those that match."""

    lines: tuple[ProblemLine, ...]
    span: Span


def _lines(folder: Path, lang: Lang) -> Iterator[ProblemLine]:
    """Every problem of the file, read as it is asked for; raises Refused where the file cannot be read."""
    try:
        with (folder / FILE).open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                yield _line(row, lang)
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
    first: dict[tuple[str, str], ProblemLine] = {}
    count: dict[tuple[str, str], int] = {}
    for line in _lines(folder, lang):
        key = (line.severity, line.code)
        first.setdefault(key, line)
        count[key] = count.get(key, 0) + 1
    order = [severity.value for severity in Severity]
    keys = sorted(first, key=lambda key: (order.index(key[0]), -count[key], key[1]))
    return tuple(
        Group(code, severity, first[severity, code].severity_words, count[severity, code], first[severity, code].words)
        for severity, code in keys
    )


def problems(folder: Path, lang: Lang, *, code: str = "", severity: str = "", start: int = 0, size: int = 20) -> ProblemPage:
    """Problems ``start`` to ``start + size`` of a code and severity (empty: all). Raises Refused."""
    total = sum(1 for _ in _matching(folder, lang, code, severity))
    start = begin(start, size, total)
    lines = tuple(islice(_matching(folder, lang, code, severity), start, start + size))
    return ProblemPage(lines, Span(start, len(lines), size, total))


def _matching(folder: Path, lang: Lang, code: str, severity: str) -> Iterator[ProblemLine]:
    return (line for line in _lines(folder, lang) if code in ("", line.code) and severity in ("", line.severity))

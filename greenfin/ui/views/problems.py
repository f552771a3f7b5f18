"""The problems of a run, grouped and a page at a time, out of ``problems.csv``. No streamlit here."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from urllib.parse import quote

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as pa_csv

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
_KIND = ("severity", "code")
_QUOTE, _LINE_END = b'"\n'
_BLOCK = 1 << 24  # bytes read at a time


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


@dataclass(frozen=True, slots=True)
class Listed:
    """Where each problem of a run stands in its file: errors first, else as they lie in it.

    ``kinds``: severity and code of each kind that there is; of every problem ``kind`` is the number of its kind, ``at`` the byte that its
    row begins at. So a page of a long list is as quick as one of a short list, and no list is held.
    """

    path: Path
    kinds: tuple[tuple[str, str], ...]
    kind: NDArray[np.int32]
    at: NDArray[np.int64]

    def rows(self, at: Iterable[int]) -> Iterator[dict[str, str]]:
        """The rows that begin at these bytes. Raises Refused where they cannot be read."""
        with _readable(self.path), self.path.open("rb") as stream:
            names = next(csv.reader([stream.readline().decode("utf-8-sig")]))
            for begin_ in at:
                stream.seek(begin_)
                yield dict(zip(names, next(csv.reader(line.decode() for line in stream)), strict=True))


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Refuse a file that turns out meanwhile to be none of ours."""
    try:
        yield
    except (OSError, csv.Error, KeyError, ValueError, StopIteration, pa.ArrowException) as bad:
        raise Refused(error("run.damaged", str(path))) from bad


def listed(folder: Path) -> Listed:
    """The problems of a run. Raises Refused where they cannot be read."""
    path = folder / FILE
    whole = pa_csv.ParseOptions(newlines_in_values=True)
    wanted = pa_csv.ConvertOptions(include_columns=_KIND, column_types=dict.fromkeys(_KIND, pa.dictionary(pa.int32(), pa.string())))
    with _readable(path):
        found = pa_csv.read_csv(path, parse_options=whole, convert_options=wanted)
        severities_, severity = _numbered(found["severity"])
        codes_, code = _numbered(found["code"])
        at = _begins(path)
        if len(at) != len(found):
            raise ValueError(len(at))
        pairs, kind = np.unique(severity * len(codes_) + code, return_inverse=True)
        kinds = tuple((Severity(severities_[pair // len(codes_)]).value, codes_[pair % len(codes_)]) for pair in pairs.tolist())
        ranks = np.array([_ORDER.index(severity) for severity, _ in kinds], np.int8)
        order = np.argsort(ranks[kind], kind="stable")
        return Listed(path, kinds, kind[order].astype(np.int32), at[order])


def _numbered(column: pa.ChunkedArray) -> tuple[list[str], NDArray[np.int64]]:
    """The different values of a column, and of each row the number of its own. Raises ValueError where a row has none."""
    encoded = column.unify_dictionaries().combine_chunks()
    if encoded.null_count:
        raise ValueError(encoded.null_count)
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)


def _begins(path: Path) -> NDArray[np.int64]:
    """The byte that each row below the head begins at; a line that ends between quotes ends no row. Raises OSError."""
    found, quotes, read = [np.empty(0, np.int64)], 0, 0
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            content = np.frombuffer(block, np.uint8)
            ends, marks = np.flatnonzero(content == _LINE_END), np.flatnonzero(content == _QUOTE)
            found.append(read + 1 + ends[(quotes + np.searchsorted(marks, ends)) % 2 == 0])
            quotes, read = quotes + len(marks), read + len(block)
    at = np.concatenate(found)
    return at[at < read]


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


def groups(of: Listed, lang: Lang) -> tuple[Group, ...]:
    """Codes with their counts, errors first, then the most frequent; the words of each are those of its first problem. Raises Refused."""
    _, first, count = np.unique(of.kind, return_index=True, return_counts=True)
    told = (_told_line(of.path, row, lang) for row in of.rows(of.at[first].tolist()))
    found = [Group(one.code, one.severity, one.severity_words, number, one.words) for one, number in zip(told, count.tolist(), strict=True)]
    return tuple(sorted(found, key=lambda group: (_ORDER.index(group.severity), -group.count, group.code)))


def severities(found: Sequence[Group]) -> dict[str, str]:
    """The severities that were met, each with how many problems are of it."""
    return {group.severity: f"{group.severity_words} · {number_of(found, group.severity):,}" for group in found}


def kinds(found: Sequence[Group], severity: str = "") -> dict[str, str]:
    """The codes of a severity (empty: all), each with how many problems are of it."""
    return {group.code: f"{group.code} · {number_of(found, severity, group.code):,}" for group in found if severity in ("", group.severity)}


def number_of(found: Sequence[Group], severity: str = "", code: str = "") -> int:
    """How many problems are of a severity and code (empty: all)."""
    return sum(group.count for group in found if severity in ("", group.severity) and code in ("", group.code))


def problems(of: Listed, lang: Lang, *, code: str = "", severity: str = "", start: int = 0, size: int = 20) -> ProblemPage:
    """Problems ``start`` to ``start + size`` of a code and severity (empty: all), errors first and else as they lie in the file.

    Raises Refused.
    """
    asked = [severity in ("", kind[0]) and code in ("", kind[1]) for kind in of.kinds]
    wanted = np.flatnonzero(np.array(asked, bool)[of.kind])
    start = begin(start, size, len(wanted))
    rows = of.rows(of.at[wanted[start : start + size]].tolist())
    lines = tuple(_told_line(of.path, row, lang) for row in rows)
    return ProblemPage(lines, Span(start, len(lines), size, len(wanted)))


def _told_line(path: Path, row: dict[str, str], lang: Lang) -> ProblemLine:
    """A row in words. Raises Refused where it is none."""
    with _readable(path):
        return _line(row, lang)

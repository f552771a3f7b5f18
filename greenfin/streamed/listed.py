"""The problems of a part as lines of the run's files, made where the part is made: the run only puts the lines of all parts together.

A list of problems has a stem; ``.csv`` are lines of ``problems.csv``, ``.lines`` those of the record of the inputs, ``.once.parquet`` what
is said once a book, ``.json`` how many there are of the others, ``.parquet`` (written last) the first of each code of these.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from greenfin import disclose
from greenfin.core.problems import Problem, Severity
from greenfin.messages import Lang
from greenfin.messages.words import codes
from greenfin.methods.worded import in_words
from greenfin.streamed.problems import SCHEMA, first_of_each, problems_of, split, table_of

MOST_OF_A_CODE = 2_000  # problems of a code that are held in memory
BETWEEN = ",\n"  # of two lines of a record
_CSV, _LINES, _ONCE, _COUNTS, _FIRST = ".csv", ".lines", ".once.parquet", ".json", ".parquet"
_WHERE = "{where}"  # in the words of a code


@dataclass(frozen=True, slots=True)
class Found:
    """The first problems of each code by their places, and how many there are by severity and by code."""

    few: tuple[Problem, ...]
    severities: Counter[str]
    codes: Counter[str]


def keep(stem: Path, problems: pa.Table, lang: Lang) -> None:
    """Write a list of problems, those that are said once a book apart. Raises OSError."""
    single, once = split(problems)
    with _whole(stem, _ONCE) as path:
        pq.write_table(once, path)
    keep_all(stem, single, lang)


def keep_all(stem: Path, problems: pa.Table, lang: Lang) -> None:
    """Write a list of problems that all stand as they are. Raises OSError."""
    with _whole(stem, _CSV) as path, path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(_in_words(problems, lang))
    with _whole(stem, _LINES) as path, path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(BETWEEN.join(_recorded(problems)))
    counts = {name: {one["values"]: one["counts"] for one in pc.value_counts(problems[name]).to_pylist()} for name in ("severity", "code")}
    with _whole(stem, _COUNTS) as path:
        path.write_text(json.dumps(counts), "utf-8")
    with _whole(stem, _FIRST) as path:
        pq.write_table(first_of_each(problems, MOST_OF_A_CODE), path)


@contextmanager
def _whole(stem: Path, ending: str) -> Iterator[Path]:
    """A file to write, whole under its name when the block ends well: several processes may make the same part."""
    half = stem.with_name(f"{stem.name}{ending}.{token_hex(8)}.partial")
    yield half
    half.replace(_of(stem, ending))


def is_there(stem: Path) -> bool:
    """Whether all of a list is there."""
    return _of(stem, _FIRST).exists()


def _of(stem: Path, ending: str) -> Path:
    return stem.with_name(stem.name + ending)


def lines(stem: Path) -> Path:
    """The lines of ``problems.csv``."""
    return _of(stem, _CSV)


def recorded(stem: Path) -> Path:
    """The lines of the record of the inputs."""
    return _of(stem, _LINES)


def of_book(stem: Path) -> Iterator[Problem]:
    """Those that are said once a book."""
    return problems_of(pq.read_table(_of(stem, _ONCE)))


def first(stem: Path) -> pa.Table:
    """The first of each code of those that stand for themselves."""
    return pq.read_table(_of(stem, _FIRST))


def counted_in(stems: Iterable[Path]) -> Found:
    """The problems of some lists."""
    few = table_of(())
    counts: dict[str, Counter[str]] = {"severity": Counter(), "code": Counter()}
    for stem in stems:
        for name, found in json.loads(_of(stem, _COUNTS).read_text("utf-8")).items():
            counts[name].update(found)
        few = first_of_each(pa.concat_tables([few, first(stem)]), MOST_OF_A_CODE)
    return Found(tuple(problems_of(few)), counts["severity"], counts["code"])


def _in_words(table: pa.Table, lang: Lang) -> Iterator[tuple[str, str, str, str, str]]:
    """Severity, code, where, words and parameters of each row; what several rows say is put into words once."""
    said: dict[tuple[str, str, str], str] = {}
    for severity, code, where, params in _rows(table):
        key = (code, params, where if _WHERE in codes(lang)[code] else "")
        if key not in said:
            said[key] = disclose.safe_text(in_words(Problem(code, Severity(severity), where, json.loads(params)), lang))
        yield severity, code, disclose.safe_text(where), said[key], params


def _recorded(table: pa.Table) -> Iterator[str]:
    quoted = json.JSONEncoder(ensure_ascii=False).encode
    for severity, code, where, params in _rows(table):
        yield f'{{"code": "{code}", "params": {params}, "severity": "{severity}", "where": {quoted(where)}}}'


def _rows(table: pa.Table) -> Iterator[tuple[str, str, str, str]]:
    return zip(*(table[name].to_pylist() for name in SCHEMA.names), strict=True)

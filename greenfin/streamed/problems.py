"""Problems by the million: what a run needs of those of a part, and what is said once a book added up over parts."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Problem, Severity, by_place

SCHEMA = pa.schema([("severity", pa.string()), ("code", pa.string()), ("where", pa.string()), ("params", pa.string())])

_ROW = re.compile(r"\d+$")
_HEADER = r"![A-Z]*1$"  # of a ledger in batches: its first row
_ROW_OF_CELL = r"(\d{1,18})$"
_COUNTS = ("n", "count")
_LIST, _SHOWN = "projects", 5


def table_of(problems: Iterable[Problem]) -> pa.Table:
    """Problems as rows, their parameters as JSON text with its names in order; equal parameters are written once."""
    written: dict[str, str] = {}
    rows = [(p.severity.value, p.code, p.where, _written(p.params, written)) for p in problems]
    columns = zip(*rows, strict=True) if rows else ([] for _ in SCHEMA)
    return pa.table([pa.array(column, pa.string()) for column in columns], schema=SCHEMA)


def _written(params: Mapping[str, object], known: dict[str, str]) -> str:
    key = repr(params)
    if key not in known:
        known[key] = json.dumps(dict(params), ensure_ascii=False, sort_keys=True, default=str)
    return known[key]


def problems_of(table: pa.Table) -> Iterator[Problem]:
    """The problems of such rows."""
    for row in table.to_pylist():
        yield Problem(row["code"], Severity(row["severity"]), row["where"], json.loads(row["params"]))


@cache
def _rules() -> dict[str, dict[str, str]]:
    text = files("greenfin.streamed").joinpath("told_once.csv").read_text("utf-8")
    return {row["code"]: row for row in csv.DictReader(text.splitlines())}


def split(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The rows of problems that stand for themselves, and of those said once a book."""
    whole = pc.is_in(table["code"], value_set=pa.array(list(_rules()), pa.string()))
    at_header = pc.is_in(
        table["code"], value_set=pa.array([code for code, rule in _rules().items() if rule["how"] == "header"], pa.string())
    )
    whole = pc.and_(whole, pc.or_(pc.invert(at_header), pc.match_substring_regex(table["where"], _HEADER)))
    return table.filter(pc.invert(whole)), table.filter(whole)


def first_of_each(table: pa.Table, most: int) -> pa.Table:
    """So many rows of each code, the first by their places (:func:`greenfin.core.problems.by_place`); codes as they come."""
    at = pc.index_in(table["code"], value_set=pc.unique(table["code"]))
    where = pl.col("where")
    number = where.str.extract(_ROW_OF_CELL).cast(pl.Int64, strict=False).fill_null(0)
    frame = pl.DataFrame(table.append_column("at", at)).with_columns(
        row=pl.when(where.str.contains("!", literal=True)).then(number).otherwise(0)
    )
    first = frame.sort("at", "row", "where", maintain_order=True).group_by("at", maintain_order=True).head(most)
    return first.select(SCHEMA.names).to_arrow().cast(SCHEMA)


def is_of_book(problem: Problem) -> bool:
    """Whether a problem is said once a book or a column, with how many it is about."""
    rule = _rules().get(problem.code)
    return rule is not None and (rule["how"] != "header" or re.search(_HEADER, problem.where) is not None)


class Told:
    """What is said once a book, put together from its batches and shards."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], Problem] = {}
        self._seen: Counter[tuple[str, str, str]] = Counter()

    def add(self, problems: Iterable[Problem]) -> None:
        """The problems of one more batch or shard that :func:`is_of_book`."""
        seen = set()
        for problem in problems:
            key = _key(problem)
            self._found[key] = _plus(self._found[key], problem) if key in self._found else problem
            seen.add(key)
        self._seen.update(seen)

    def problems(self, parts: int) -> list[Problem]:
        """All of them; some only where every one of so many parts said so."""
        return [p for key, p in self._found.items() if _rules()[p.code]["how"] != "all" or self._seen[key] == parts]


def _key(problem: Problem) -> tuple[str, str, str]:
    kept = _rules()[problem.code]["by"].split()
    named = {name: str(problem.params.get(name)) for name in kept}
    return problem.code, _ROW.sub("", problem.where) if "where" in kept else "", json.dumps(named, sort_keys=True)


def _plus(one: Problem, other: Problem) -> Problem:
    """Counts and amounts added; the place is the first."""
    if _rules()[one.code]["how"] != "add":
        return one
    first, second = sorted((one, other), key=by_place)
    params: dict[str, Any] = dict(first.params)
    for name in _COUNTS:
        if name in params:
            params[name] += second.params[name]
    for name in _rules()[one.code]["money"].split():
        params[name] = f"{_amount(one.params[name]) + _amount(other.params[name]):,}"
    if _LIST in params:  # the first few of all
        every = {name for problem in (one, other) for name in str(problem.params[_LIST]).split(", ")}
        params |= {_LIST: ", ".join(sorted(every)[:_SHOWN])}
    return replace(first, params=params)


def _amount(text: object) -> Any:
    from decimal import Decimal

    return Decimal(str(text).replace(",", ""))


def told_apart(problems: Sequence[Problem]) -> tuple[list[Problem], list[Problem]]:
    """Those of single rows, and those said once a book."""
    single: list[Problem] = []
    whole: list[Problem] = []
    for problem in problems:
        (whole if is_of_book(problem) else single).append(problem)
    return single, whole

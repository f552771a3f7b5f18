"""Month-end balances in columns -> the average of the year: months before drawdown count as nothing (PBOC-CA-AVGBAL)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from greenfin.core.problems import Problem, info, warning
from greenfin.ingest.blocks import Block, Place
from greenfin.ingest.cells import read_encoded
from greenfin.ingest.grids import Rows
from greenfin.ingest.headers import unit_of
from greenfin.ingest.numbers import money_reader
from greenfin.ingest.rows import body_of
from greenfin.ingest.vocabulary import fields, marks, plain

BALANCE = "loan.balance"


@dataclass(frozen=True, slots=True)
class MonthEnds:
    """Each row's average over the month ends of a year, and the last of them, in fen; null where a row has none."""

    average: pa.Array
    last: pa.Array
    problems: tuple[Problem, ...]
    headers: frozenset[str]


def unused(problems: Iterable[Problem], ends: MonthEnds | None) -> tuple[Problem, ...]:
    """The problems but for columns called unknown that are month ends."""
    return tuple(p for p in problems if not (ends and p.code == "ingest.column_unknown" and p.params["column"] in ends.headers))


def month_columns(block: Block, *, year: int) -> list[tuple[int, Place]]:
    """The columns that hold a month end of the year, by month; a column of a year alone or of another year is none."""
    found: dict[int, Place] = {}
    for place in (*block.periods, *block.unknown, *block.twice):
        if month := _month(place.header, year):
            found.setdefault(month, place)
    return sorted(found.items()) if len(found) > 1 else []


def has_months(block: Block) -> bool:
    """Whether a sheet has columns of month ends, of whatever year."""
    return sum(_said(place.header) is not None for place in (*block.periods, *block.unknown, *block.twice)) > 1


def _said(header: str) -> re.Match[str] | None:
    said = re.fullmatch(marks()["month_ends"]["header"], re.sub(r"[(（].*?[)）]", "", plain(header)))
    return said if said and (said["year"] or said["sign"]) else None


def _month(header: str, year: int) -> int:
    said = _said(header)
    return 0 if said is None or (said["year"] and int(said["year"]) != year) else int(said["month"])


def month_ends(block: Block, *, year: int, months: int) -> MonthEnds | None:
    """The average over the month ends of the year, half up to the fen; None where the sheet has none.

    An empty month counts as nothing; a row without any has no average.
    """
    places = month_columns(block, year=year)
    if not places:
        return None
    body = body_of(block)
    size = len(body.rows)
    total, last, has = np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size, np.bool_)
    for _, place in places:
        read = read_encoded(*body.encoded(place.column), money_reader(_unit(block, place)), dtype=pa.int64())
        last = read.values.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        total += last
        has |= np.asarray(read.values.is_valid().to_numpy(zero_copy_only=False))
    count = len(places)
    average = (2 * total + count) // (2 * count)
    told = _about(block, len(places), months=months)
    return MonthEnds(pa.array(average, mask=~has), pa.array(last, mask=~has), tuple(told), frozenset(place.header for _, place in places))


def _about(block: Block, count: int, *, months: int) -> Iterator[Problem]:
    where = block.grid.at(block.header_row)
    yield info("ingest.month_ends_averaged", where, count=count)
    if count != months:
        yield warning("ingest.month_ends_incomplete", where, count=count, months=months)


def _unit(block: Block, place: Place) -> str:
    beside = block.places.get(BALANCE)
    inner = re.search(r"[(（](.*?)[)）]", place.header)
    named = place.heading.unit or (unit_of(inner[1]) if inner else "")
    return named or (beside.heading.unit if beside else "") or block.money_unit or fields()[BALANCE].unit


def average_kind(block: Block, field: str) -> str:
    """Of what an average column is, by its header: days or months."""
    header = plain(block.places[field].header) if field in block.places else ""
    return "daily" if any(plain(word) in header for word in marks()["month_ends"]["daily"]) else "monthly"


def kinds_of(average: pa.Array, kind: str) -> pa.Array:
    """The kind of average beside each row that has one."""
    rows: Rows = np.flatnonzero(np.asarray(average.is_valid().to_numpy(zero_copy_only=False)))
    texts = np.full(len(average), None, dtype=object)
    texts[rows] = kind
    return pa.array(texts, pa.string())

"""Loans with their tags, a page at a time out of ``loans.parquet``. No streamlit here."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import accumulate
from operator import and_, or_
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from greenfin.core.problems import Refused, error
from greenfin.disclose.printed import number, word
from greenfin.messages import Lang, say
from greenfin.ui.views.eyes import EVERYTHING, Eyes
from greenfin.ui.views.span import Span, begin

FILE = "loans.parquet"
LISTED = ("loan_id", "purpose", "outcome", "balance_fen", "code", "name_zh", "name_en")
OF_EYES = ("customer_name", "branch_code")  # what tells who may read the others
SEARCHED = ("loan_id", "receipt_no", "purpose", "customer_name", "project_id", "code", "name_zh")
OUTCOMES = ("green", "not_green", "review")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which loans to show; an empty value does not restrict."""

    outcome: str = ""
    class1: str = ""
    branch: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A loan in the list, printed; ``balance`` in yuan."""

    loan_id: str
    purpose: str
    outcome: str
    outcome_words: str
    balance: str
    entry: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some loans of those that match."""

    lines: tuple[Line, ...]
    span: Span


def loans_of(folder: Path) -> ds.Dataset:
    """The loans of a run, nothing read yet; raises Refused where the file cannot be opened."""
    return rows_of(folder / FILE)


def rows_of(path: Path) -> ds.Dataset:
    """The rows of a parquet file, nothing read yet; raises Refused where it cannot be opened."""
    try:
        return ds.dataset(path, format="parquet")
    except (OSError, pa.ArrowException) as bad:
        raise Refused(error("run.damaged", str(path))) from bad


def row_of(folder: Path, loan_id: str) -> dict[str, Any] | None:
    """One loan's row, or None; reads the ids and then the one row group that has it. Raises Refused."""
    try:
        with pq.ParquetFile(folder / FILE) as stored:
            at = _position(stored.iter_batches(columns=["loan_id"]), loan_id)
            return None if at is None else _row(stored, at)
    except (OSError, pa.ArrowException) as bad:
        raise Refused(error("run.damaged", str(folder / FILE))) from bad


def sharing(folder: Path, row: Mapping[str, Any]) -> frozenset[str]:
    """The names of all who borrow for the project of a loan's row, which its texts may hold; none without a project. Raises Refused."""
    loans = loans_of(folder)
    if not row.get("project_id") or not {"project_id", "customer_name"} <= set(loans.schema.names):
        return frozenset()
    found = loans.to_table(columns=["customer_name"], filter=pc.field("project_id") == row["project_id"])
    return frozenset(name for name in found["customer_name"].to_pylist() if name)


def _row(stored: pq.ParquetFile, at: int) -> dict[str, Any]:
    """The row at a position, out of its row group."""
    begins = list(accumulate((stored.metadata.row_group(g).num_rows for g in range(stored.num_row_groups)), initial=0))
    group = bisect_right(begins, at) - 1
    rows: list[dict[str, Any]] = stored.read_row_group(group).slice(at - begins[group], 1).to_pylist()
    return rows[0]


def _position(batches: Iterator[pa.RecordBatch], loan_id: str) -> int | None:
    before = 0
    for batch in batches:
        at = pc.index(batch.column(0), loan_id).as_py()
        if at >= 0:
            return before + int(at)
        before += len(batch)
    return None


def _condition(wanted: Filter, names: Sequence[str], eyes: Eyes) -> ds.Expression | None:
    exact = {"outcome": wanted.outcome, "class1": wanted.class1, "branch_name": wanted.branch}
    parts = [pc.field(name) == value for name, value in exact.items() if value and name in names]
    if (seen := eyes.branches()) is not None:
        parts.append(pc.field("branch_code").isin(sorted(seen)) if "branch_code" in names else pc.scalar(False))
    text = wanted.text.strip()
    if text:
        found = (pc.match_substring(pc.field(name), text, ignore_case=True) for name in eyes.searched(SEARCHED) if name in names)
        parts.append(reduce(or_, (pc.if_else(pc.is_valid(hit), hit, pc.scalar(False)) for hit in found)))
    return reduce(and_, parts) if parts else None


def page(folder: Path, wanted: Filter, *, start: int = 0, size: int = 10, lang: Lang, eyes: Eyes = EVERYTHING) -> Page:
    """Loans ``start`` to ``start + size`` of those that match, in the order of the book; no more than those rows are held.

    Raises Refused where the file cannot be read.
    """
    loans = loans_of(folder)
    condition = _condition(wanted, loans.schema.names, eyes)
    total = loans.count_rows(filter=condition)
    start = begin(start, size, total)
    listed = [name for name in (*LISTED, *OF_EYES) if name in loans.schema.names]
    rows = _slice(loans.to_batches(columns=listed, filter=condition), start, size, eyes)
    lines = tuple(_line(row, lang) for row in rows)
    return Page(lines, Span(start, len(lines), size, total))


def _slice(batches: Iterator[pa.RecordBatch], start: int, size: int, eyes: Eyes) -> list[dict[str, Any]]:
    """Rows ``start`` to ``start + size`` of a stream; reading stops when they are found."""
    rows: list[dict[str, Any]] = []
    for batch in batches:
        taken = batch.slice(start, size - len(rows)) if start < len(batch) else batch.slice(0, 0)
        start = max(0, start - len(batch))
        rows += eyes.table(pa.Table.from_batches([taken])).to_pylist() if len(taken) else []
        if len(rows) >= size:
            break
    return rows


def _line(row: Mapping[str, Any], lang: Lang) -> Line:
    outcome = row.get("outcome") or "review"
    entry = f"{row.get('code') or ''} {row.get(f'name_{lang}') or row.get('name_zh') or ''}".strip()
    return Line(
        row["loan_id"], row.get("purpose") or "", outcome, say(f"decision.{outcome}", lang), yuan(row.get("balance_fen"), lang), entry
    )


def yuan(fen: int | None, lang: Lang) -> str:
    """An amount in yuan as printed; a dash where it is missing."""
    return word("missing", lang) if fen is None else number(Fraction(fen, 100), 2)


@dataclass(frozen=True, slots=True)
class Offers:
    """What the filters offer: classes and branches that occur in the run, sorted."""

    classes: tuple[str, ...]
    branches: tuple[str, ...]


def offers(folder: Path, eyes: Eyes = EVERYTHING) -> Offers:
    """The distinct classes and branches of the loans of a run that the reader may see; holds one batch at a time. Raises Refused."""
    loans = loans_of(folder)
    seen: dict[str, set[str]] = {name: set() for name in ("class1", "branch_name")}
    known = [name for name in seen if name in loans.schema.names]
    for batch in loans.to_batches(columns=known, filter=_condition(Filter(), loans.schema.names, eyes)):
        for name in known:
            seen[name].update(pc.unique(batch.column(name)).drop_null().to_pylist())
    return Offers(tuple(sorted(seen["class1"])), tuple(sorted(seen["branch_name"])))

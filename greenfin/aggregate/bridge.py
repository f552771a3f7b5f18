"""The bridge between the green totals of two editions over one book: to the fen, every loan counted once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.aggregate.reasons import Reasons, reasons_of
from greenfin.reference.load import Reference

Ints = NDArray[np.int64]
BOTH, FIRST, SECOND, NEITHER = PARTS = ("both", "first", "second", "neither")
REVIEW = "review"
MARKS = ("direct", "enabling")
SHARE = "share"
_LOAN = ("loan_id", "receipt_no", "branch_code", "branch_name", "balance_fen", "source_sheet", "source_row")
_TAG = ("outcome", "code", "name_zh", "name_en", "class1", "class2", "carbon_mark", "share_ppm", "rule", "reason", "needs", "green_fen")
_LINE = ("part", "first_outcome", "second_outcome", "class1", "class2", "why")


@dataclass(frozen=True, slots=True)
class BridgeLine:
    """An amount of the bridge: its part, the outcomes under the two editions, class and reason; ``marked_fen`` by carbon mark.

    ``class1`` and ``class2`` are of the first edition in the parts both and first, of the second in the part second. ``receipts`` counts
    each loan in one line only: one that is green under both with other shares counts in the part both, its difference counts no loan.
    """

    part: str
    first_outcome: str
    second_outcome: str
    class1: str
    class2: str
    why: str
    fen: int
    receipts: int
    marked_fen: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Bridge:
    """Two editions over one book: ``lines`` add up to the book's balance; ``loans`` are those that differ, a row each."""

    first: str
    second: str
    lines: tuple[BridgeLine, ...]
    loans: pa.Table

    def fen(self, *parts: str) -> int:
        """The amount of some parts; both with first is the first edition's green total, both with second the second's."""
        return sum(line.fen for line in self.lines if line.part in parts)

    def receipts(self, *parts: str) -> int:
        """The number of loans in some parts."""
        return sum(line.receipts for line in self.lines if line.part in parts)


def bridge(first: pa.Table, second: pa.Table, *, editions: tuple[str, str], reference: Reference) -> Bridge:
    """The bridge between two tables of :func:`outcomes` over the same loans in the same order.

    Amounts in fen: green under both is the smaller green amount, what is over is green under one alone; what is green under neither
    makes up the balance (a loan without one counts as nothing).
    """
    own, other = (_numbers(table["green_fen"]) for table in (first, second))
    balance = _numbers(first["balance_fen"])
    rows = _rows(first, second, editions, reference)
    amounts = {
        BOTH: np.minimum(own, other),
        FIRST: np.maximum(own - other, 0),
        SECOND: np.maximum(other - own, 0),
        NEITHER: balance - np.maximum(own, other),
    }
    lines = tuple(line for part in PARTS for line in _lines(rows, part, amounts[part]))
    return Bridge(*editions, lines, _different(rows, amounts))


def _numbers(column: pa.ChunkedArray) -> Ints:
    return np.asarray(pc.fill_null(column, 0).to_numpy(), dtype=np.int64)


def _rows(first: pa.Table, second: pa.Table, editions: tuple[str, str], reference: Reference) -> pa.Table:
    """Each loan with both tags, and why it is not green under the edition under which it is not."""
    columns = {name: first[name] for name in _LOAN}
    for side, table in (("first", first), ("second", second)):
        columns |= {f"{side}_{name}": table[name] for name in _TAG}
    greens = [np.asarray(pc.equal(table["outcome"], "green").to_numpy(), dtype=np.bool_) for table in (first, second)]
    amounts = [_numbers(table["green_fen"]) for table in (first, second)]
    why, crosswalk = (np.full(len(first), "", dtype=object) for _ in range(2))
    why[greens[0] & greens[1] & (amounts[0] != amounts[1])] = SHARE
    for at, pair in ((0, (first, second)), (1, (second, first))):
        alone = np.flatnonzero(greens[at] & ~greens[1 - at])
        green, other = (table.take(pa.array(alone)) for table in pair)
        why[alone], crosswalk[alone] = reasons_of(green, other, Reasons(reference, editions[at], editions[1 - at]))
    both = greens[0] & greens[1]
    columns |= {"why": pa.array(why, pa.string()), "crosswalk": pa.array(crosswalk, pa.string())}
    columns["part"] = pa.array(np.select([both, greens[0], greens[1]], [BOTH, FIRST, SECOND], NEITHER).tolist(), pa.string())
    return pa.table(columns)


def _lines(rows: pa.Table, part: str, fen: Ints) -> Iterator[BridgeLine]:
    """The lines of a part: its own loans, and the amounts that loans of other parts have in it."""
    own = np.asarray(pc.equal(rows["part"], part).to_numpy(), dtype=np.bool_)
    side = SECOND if part == SECOND else FIRST
    mark = pc.fill_null(rows[f"{side}_carbon_mark"], "")
    columns = {name: rows[name] for name in ("first_outcome", "second_outcome", "why")}
    if part == BOTH:
        columns["why"] = pa.array([""] * len(rows), pa.string())
    if part == NEITHER:  # what is left of a loan that is green in part is not green
        columns = {name: pc.if_else(pc.equal(rows[name], "green"), "not_green", rows[name]) for name in ("first_outcome", "second_outcome")}
    table = pa.table(columns | {"fen": pa.array(fen), "receipts": pa.array(own.astype(np.int64))})
    for name in ("class1", "class2") if part != NEITHER else ():
        table = table.append_column(name, pc.fill_null(rows[f"{side}_{name}"], ""))
    for name in MARKS if part != NEITHER else ():
        table = table.append_column(name, pa.array(np.where(np.asarray(pc.equal(mark, name).to_numpy()), fen, 0)))
    kept = table.filter(pa.array(own | (fen != 0)))
    keys = [name for name in _LINE if name in kept.column_names]
    sums = [(name, "sum") for name in ("fen", "receipts", *MARKS) if name in kept.column_names]
    for row in sorted(kept.group_by(keys).aggregate(sums).to_pylist(), key=lambda one: tuple(str(one[k]) for k in keys)):
        words = {name: str(row.get(name) or "") for name in _LINE[1:]}
        marked = tuple(int(row.get(f"{name}_sum", 0)) for name in MARKS)
        yield BridgeLine(part, **words, fen=row["fen_sum"], receipts=row["receipts_sum"], marked_fen=(marked[0], marked[1]))


def _different(rows: pa.Table, amounts: dict[str, Ints]) -> pa.Table:
    """The loans whose outcome or green amount differs, the largest difference first."""
    differs = np.asarray(pc.not_equal(rows["first_outcome"], rows["second_outcome"]).to_numpy(), dtype=np.bool_)
    size = amounts[FIRST] + amounts[SECOND]
    for part in (FIRST, SECOND):
        rows = rows.append_column(f"only_{part}_fen", pa.array(amounts[part]))
    chosen = np.flatnonzero(differs | (size != 0))
    return rows.take(pa.array(chosen[np.argsort(-size[chosen], kind="stable")]))

"""Two books side by side: every receipt that stands in either, once, as columns of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.aggregate.outcomes import part_of
from greenfin.core.columns import empty
from greenfin.movement.sides import GREEN, NOT_GREEN, REJECTED, REVIEW, Flags, Ints, Side, ints, kinds, unique_keys

NONE = -1
LISTED = ("drawn", "repaid", "written_off", "transferred")
UNKEYED = ""  # rejected rows without a readable number, together


@dataclass(frozen=True, slots=True)
class Standing:
    """All receipts at one date. Rows that stand only in the other book have ``at`` NONE and no amounts.

    ``rejected_rows`` counts the rejected rows of a receipt, ``unreadable`` says that one of them has no readable balance.
    """

    side: Side
    at: Ints
    balance: Ints
    rejected: Ints
    rejected_rows: Ints
    unreadable: Flags
    kind: Ints
    share: Ints
    code: Ints
    branch: Ints

    @property
    def total(self) -> Ints:
        """Balance and rejected balance together."""
        return self.balance + self.rejected

    @property
    def is_there(self) -> Flags:
        """Whether the receipt stands in the book with an amount (or as an accepted row)."""
        found: Flags = (self.at >= 0) | ((self.rejected_rows > 0) & ~self.unreadable) | (self.rejected != 0)
        return found

    def taken(self, column: str) -> pa.Array:
        """A column of the book's rows, one value per receipt."""
        return pc.take(self.side.rows[column].combine_chunks(), pa.array(self.at, mask=self.at < 0))

    def numbers(self, column: str, missing: int = 0) -> Ints:
        """The same as numbers."""
        return ints(self.taken(column), missing)


@dataclass(frozen=True, slots=True)
class Joined:
    """The receipts of both books in the order of their ids; ``codes`` and ``branches`` name the numbers in both standings."""

    ids: pa.Array
    opening: Standing
    closing: Standing
    codes: tuple[str, ...]
    branches: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many receipts."""
        return len(self.ids)


def joined(opening: Side, closing: Side) -> Joined:
    """Every receipt of either book, matched by its loan id."""
    keys = [unique_keys(side.rows["loan_id"]) for side in (opening, closing)]
    others = [pc.fill_null(side.rejected["key"], UNKEYED).combine_chunks() for side in (opening, closing)]
    ids = pc.unique(pa.concat_arrays([*keys, *others]))
    ids = ids.take(pc.sort_indices(ids))
    branches, (of_opening, of_closing) = _branches(opening, closing)
    codes = _names([pc.unique(side.rows["code"]) for side in (opening, closing)])
    standings = [
        _standing(side, ids, own, rejected, branch=branch, codes=codes)
        for side, own, rejected, branch in zip((opening, closing), keys, others, (of_opening, of_closing), strict=True)
    ]
    return Joined(ids, standings[0], standings[1], codes, branches)


def _standing(side: Side, ids: pa.Array, keys: pa.Array, others: pa.Array, *, branch: Ints, codes: tuple[str, ...]) -> Standing:
    at = ints(pc.index_in(ids, value_set=keys), NONE)
    of = ints(pc.index_in(others, value_set=ids))
    rejected, rows = np.zeros(len(ids), np.int64), np.zeros(len(ids), np.int64)
    np.add.at(rejected, of, ints(side.rejected["balance_fen"]))
    np.add.at(rows, of, 1)
    blank = np.zeros(len(ids), np.bool_)
    blank[of[side.rejected["balance_fen"].combine_chunks().is_null().to_numpy(zero_copy_only=False)]] = True
    code = ints(pc.index_in(side.rows["code"], value_set=pa.array(codes, pa.string())), NONE)
    kind = kinds(side.rows)
    return Standing(
        side=side,
        at=at,
        balance=_spread(ints(side.rows["balance_fen"]), at, 0),
        rejected=rejected,
        rejected_rows=rows,
        unreadable=blank,
        kind=_spread(kind, at, NONE),
        share=_spread(np.clip(ints(side.rows["share_ppm"]), 0, None), at, 0),
        code=_spread(np.where(kind == GREEN, code, NONE), at, NONE),
        branch=_spread(branch, at, NONE),
    )


def _spread(values: Ints, at: Ints, missing: int) -> Ints:
    return np.where(at >= 0, values[at] if len(values) else missing, missing).astype(np.int64)


def _names(columns: Sequence[pa.Array | pa.ChunkedArray]) -> tuple[str, ...]:
    found = {text for column in columns for text in column.to_pylist() if text is not None}
    return tuple(sorted(found))


def _branches(opening: Side, closing: Side) -> tuple[tuple[str, ...], tuple[Ints, Ints]]:
    """Branch names and the branch of each row: by code; where a row has only a name, by the code that name has elsewhere."""
    tables = [side.rows.select(["branch_code", "branch_name"]) for side in (opening, closing)]
    pairs = pa.concat_tables(tables).group_by(["branch_code", "branch_name"]).aggregate([]).to_pylist()
    codes: dict[str, set[str]] = {}
    for pair in pairs:
        if pair["branch_code"] and pair["branch_name"]:
            codes.setdefault(pair["branch_name"], set()).add(pair["branch_code"])
    known = {name: next(iter(found)) for name, found in codes.items() if len(found) == 1}
    by_name = [pair["branch_name"] for pair in pairs if pair["branch_name"]]
    names = pa.array(sorted(set(by_name)), pa.string())
    meant = pa.array([known.get(name, name) for name in names.to_pylist()], pa.string())
    labels = []
    for table in tables:
        named = pc.take(meant, pc.index_in(table["branch_name"], value_set=names).combine_chunks())
        labels.append(pc.coalesce(table["branch_code"].combine_chunks(), named))
    found = _names([pc.unique(label) for label in labels])
    numbered = [ints(pc.index_in(label, value_set=pa.array(found, pa.string())), NONE) for label in labels]
    return found, (numbered[0], numbered[1])


def split(balance: Ints, *, kind: Ints, share: Ints) -> Ints:
    """Balances by state (a row per state of STATES): the green share rounded half up, the rest not green; review whole."""
    made = np.zeros((4, len(balance)), np.int64)
    made[GREEN] = np.where(kind == GREEN, part_of(balance, np.clip(share, 0, 1_000_000)), 0)
    made[REVIEW] = np.where(kind == REVIEW, balance, 0)
    made[NOT_GREEN] = balance - made[GREEN] - made[REVIEW]
    return made


def buckets(standing: Standing) -> Ints:
    """The amounts of a standing by state, as its book has them."""
    made = split(standing.balance, kind=standing.kind, share=standing.share)
    made[REJECTED] = standing.rejected
    return made


@dataclass(frozen=True, slots=True)
class Drawn:
    """Drawings and repayments of the period by receipt in fen; ``listed`` says which receipts the list names.

    ``ended`` holds what the list says was written off or transferred (all of a receipt or a part of it), above nothing.
    """

    drawn: Ints
    repaid: Ints
    listed: Flags
    ended: Mapping[str, Ints]


def drawings_of(both: Joined, drawings: pa.Table | None) -> tuple[Drawn, int, int]:
    """The list's amounts after the opening date up to the closing date; how many rows name no receipt of either book, and their fen."""
    size = both.size
    table = empty("drawings") if drawings is None else drawings
    kinds = pc.if_else(pc.equal(table["kind"], "withdrawn"), "repaid", table["kind"])
    table = table.set_column(table.column_names.index("kind"), "kind", kinds)
    first, last = (pa.scalar(standing.side.book.as_of, pa.date32()) for standing in (both.opening, both.closing))
    inside = pc.and_(pc.greater(table["moved_on"], first), pc.less_equal(table["moved_on"], last))
    usable = pc.and_(inside, pc.and_(pc.is_valid(table["amount_fen"]), pc.is_in(table["kind"], value_set=pa.array(LISTED))))
    table = table.filter(pc.fill_null(usable, False))
    at = _receipt_at(both, table["receipt_no"].combine_chunks())
    amount, kind = ints(table["amount_fen"]), ints(pc.index_in(table["kind"], value_set=pa.array(LISTED)))
    found = at >= 0
    made = {name: np.zeros(size, np.int64) for name in LISTED}
    for number, name in enumerate(LISTED):
        which = found & (kind == number)
        np.add.at(made[name], at[which], amount[which])
    listed = np.zeros(size, np.bool_)
    listed[at[found]] = True
    ended = {name: made[name] for name in LISTED[2:]}
    return Drawn(made["drawn"], made["repaid"], listed, ended), int((~found).sum()), int(amount[~found].sum())


def _receipt_at(both: Joined, names: pa.Array) -> Ints:
    """The place of each receipt: by loan id, else by a receipt number that only one loan has."""
    if names.null_count == len(names):
        return np.full(len(names), NONE, np.int64)
    at = ints(pc.index_in(names, value_set=both.ids), NONE)
    for standing in (both.closing, both.opening):
        numbers = standing.taken("receipt_no")
        counts = pc.value_counts(numbers)
        single = counts.field("values").filter(pc.equal(counts.field("counts"), 1)).drop_null()
        known = pc.index_in(names, value_set=numbers)
        alone = pc.is_in(names, value_set=single).to_numpy(zero_copy_only=False)
        at = np.where((at < 0) & alone, ints(known, NONE), at)
    return at


def previous_at(both: Joined) -> Ints:
    """For each receipt the place of the one it refinances, as its own row says; NONE where there is none."""
    return _receipt_at(both, both.closing.taken("prev_receipt_no"))

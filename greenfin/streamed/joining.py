"""What all spans say together: receipts that are there twice, projects under two records, branch codes without their zeros."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import fitted
from greenfin.core.problems import Outcome, Problem, info
from greenfin.core.records import Book
from greenfin.ingest.branches import padded
from greenfin.ingest.checks import Layout, without_doubles
from greenfin.ingest.links import with_customers
from greenfin.ingest.outside import out_of_book
from greenfin.names.projects import doubles
from greenfin.streamed.plan import Plan
from greenfin.streamed.reading import KEY, ROW, SHARD, hashed, twins
from greenfin.streamed.spool import Spool

SPANS = "span-*.arrow"
_OWNER = ("customer_uscc", "customer_no", "customer_name")
_OWNED = ("project_id", *_OWNER, "industry_customer", "source_sheet", "source_row")  # what a list of customers adds to
_SCANNED = (*_OWNED, "reject", "branch_code", KEY, ROW)
_IDS = ("loan_id", "receipt_no")
_JOIN = "\x1f"
_AT_ONCE = 1 << 17  # loans sorted at once, at least


@dataclass(frozen=True, slots=True)
class Joined:
    """``moved``: loans that are looked at apart from their spans (their rows are left out there), as they are to be taken, each with its
    shard. ``shards``: the shard of each project of the book, in its order. ``branches``: codes as they must have been."""

    gone: pa.Array
    moved: pa.Table
    shards: pa.Array
    branches: Mapping[str, str]
    problems: tuple[Problem, ...]
    named: Book  # projects with one loan for each of their borrowers, and the receipts that are there twice
    unknown: pa.Array  # receipts of decisions that no row of the book has


def joined(plan: Plan, book: Book, spool: Spool, *, decided: pa.Array) -> Joined:
    """Look over all spans, in bounded memory but for what is there twice; ``decided`` are the receipts of decisions."""
    layout = plan.layout
    again = twins([table[KEY].to_numpy() for table in spool.scan(SPANS, (KEY,))])
    doubled = spool.chosen(SPANS, KEY, again) if len(again) else None
    single = _single(doubled.sort_by(ROW), layout) if doubled is not None and len(doubled) else None
    owners, branches, said = _scanned(plan, spool, again, customers=book.customers)
    twice = single.value if single else None
    named = _named(book, owners, twice, plan)
    shards, strays = _shards(plan, book, named)
    gone, moved = doubled.select([ROW])[ROW] if doubled is not None else pa.chunked_array([], pa.int64()), twice
    if len(strays) and (more := spool.chosen(SPANS, "project_id", strays)) is not None:
        more = more.filter(pc.invert(pc.is_in(more[ROW], value_set=gone.combine_chunks())))
        moved = more if moved is None else pa.concat_tables([moved, more])
        gone = pa.chunked_array([*gone.chunks, *more[ROW].chunks], pa.int64())
    placed = _placed(moved, book, shards) if moved is not None else pa.table({})
    problems = (*(single.problems if single else ()), *said)
    return Joined(gone.combine_chunks(), placed, shards, branches, problems, named, _unknown(spool, decided))


def _single(doubled: pa.Table, layout: Layout) -> Outcome[pa.Table]:
    """The loans without those that stand twice, with what puts them into shards."""
    ours = (ROW, KEY, SHARD)
    found = without_doubles(doubled.drop_columns(list(ours)), "loan_id", layout=layout)
    at = pc.index_in(_cell(found.value), value_set=_cell(doubled))
    table = found.value
    for name in ours:
        table = table.append_column(name, pc.take(doubled[name].combine_chunks(), at))
    return replace(found, value=table)


def _cell(loans: pa.Table) -> pa.Array:
    rows = pc.cast(loans["source_row"], pa.string())
    return pc.binary_join_element_wise(loans["source_sheet"], rows, _JOIN).combine_chunks()


def _unknown(spool: Spool, decided: pa.Array) -> pa.Array:
    """The receipts of decisions that stand in no span."""
    for table in spool.scan(SPANS, _IDS) if len(decided) else ():
        for name in _IDS:
            decided = decided.filter(pc.invert(pc.is_in(decided, value_set=table[name].combine_chunks())))
    return decided


def _scanned(plan: Plan, spool: Spool, again: pa.Array, *, customers: pa.Table) -> tuple[pa.Table, Mapping[str, str], tuple[Problem, ...]]:
    """Two loans at most of each project, of its first and its last borrower; and the branch codes that lost zeros."""
    owners = _Owners()
    codes: list[pa.Table] = []
    for table in spool.scan(SPANS, _SCANNED):
        sound = pc.and_(pc.is_null(table["reject"]), pc.is_valid(table["project_id"]))
        mine = table.filter(pc.and_(sound, pc.invert(pc.is_in(table[KEY], value_set=again)))).select(_OWNED)
        owners.add(with_customers(mine, customers, layout={})[0])
        codes.append(table.group_by("branch_code", use_threads=False).aggregate([(ROW, "min"), (ROW, "count")]))
    if not codes:
        return pa.table({name: pa.array([], pa.string()) for name in _OWNED}), {}, ()
    counted = pa.concat_tables(codes).group_by("branch_code", use_threads=False).aggregate([(f"{ROW}_min", "min"), (f"{ROW}_count", "sum")])
    known = padded([code for code in counted["branch_code"].to_pylist() if code])
    return owners.all(), known, tuple(_restored(plan, counted, known))


class _Owners:
    """The outermost loans of each project so far, and those of the spans that came since: sorted when these have become as many."""

    def __init__(self) -> None:
        self._new: list[pa.Table] = []
        self._waiting = self._kept = 0

    def add(self, loans: pa.Table) -> None:
        """Those of one more span."""
        self._new.append(loans)
        self._waiting += len(loans)
        if self._waiting > max(self._kept, _AT_ONCE):
            self.all()

    def all(self) -> pa.Table:
        """Those of all spans; there was one at least."""
        owners = _outermost(pa.concat_tables(self._new))
        self._new, self._waiting, self._kept = [owners], 0, len(owners)
        return owners


def _restored(plan: Plan, counted: pa.Table, known: Mapping[str, str]) -> Iterator[Problem]:
    """What is said of each code that lost its zeros, at its first row."""
    rows = {row["branch_code"]: row for row in counted.to_pylist()}
    for code, whole in sorted(known.items()):
        number = rows[code][f"{ROW}_min_min"]
        sheet = plan.ledgers[number >> 40].head.grid.sheet
        where = f"{sheet}!{plan.layout.get(sheet, {}).get('branch_code', '')}{number & (1 << 40) - 1}"
        yield info("ingest.branch_zero_restored", where, found=code, value=whole, count=rows[code][f"{ROW}_count_sum"])


def _outermost(loans: pa.Table) -> pa.Table:
    """Of each project the loans of the first and the last borrower in the order of codes, numbers and names."""
    text = pc.binary_join_element_wise(*(pc.fill_null(loans[name], "") for name in _OWNER), _JOIN)
    order = loans.append_column("owner", text).sort_by([("project_id", "ascending"), ("owner", "ascending")])
    names = order["project_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    edge = np.flatnonzero(np.diff(names))
    kept = np.unique(np.concatenate([[0], edge, edge + 1, [len(order) - 1]])) if len(order) else np.zeros(0, np.int64)
    return order.take(pa.array(kept)).select(loans.column_names)


def _named(book: Book, owners: pa.Table, twice: pa.Table | None, plan: Plan) -> Book:
    """The book with as many loans as tell its projects apart, and those whose receipts may be one."""
    loans = [fitted(owners, "loans")]
    if twice is not None:
        left = out_of_book(twice, layout=plan.layout).value
        single = fitted(left.filter(pc.is_null(left["reject"])), "loans")
        loans.append(with_customers(single, book.customers, layout=plan.layout)[0])
    return replace(book, loans=pa.concat_tables(loans))


def _shards(plan: Plan, book: Book, named: Book) -> tuple[pa.Array, pa.Array]:
    """The shard of each project, those of one project together; and the ids of those that have moved for it."""
    ids = book.projects["project_id"]
    own = (hashed(pc.fill_null(ids, "")) % np.uint64(plan.shards)).astype(np.int64)
    found = doubles(named)
    together = own.copy()
    pairs = list(zip(found.left[found.sure].tolist(), found.right[found.sure].tolist(), strict=True))
    while True:
        before = together.copy()
        for one, other in pairs:
            together[one] = together[other] = min(together[one], together[other])
        if (before == together).all():
            return pa.array(together), ids.filter(pa.array(together != own)).combine_chunks()


def _placed(moved: pa.Table, book: Book, shards: pa.Array) -> pa.Table:
    """The loans with the shard of their project where the book has it."""
    at = pc.index_in(moved["project_id"], value_set=book.projects["project_id"].combine_chunks())
    shard = pc.coalesce(pc.take(shards, at.combine_chunks()).cast(pa.int32()), moved[SHARD].combine_chunks())
    return moved.set_column(moved.column_names.index(SHARD), SHARD, shard)

"""What was drawn, event by event: net of what was withdrawn, with the part of its project's yearly result that each drawing carries."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.aggregate.facts import Facts
from greenfin.core.records import Book

DRAWN, WITHDRAWN, REPAID = "drawn", "withdrawn", "repaid"
FROM_LEDGER = "from_ledger"  # the mark of an event that is a loan's own start and amount
_EVENTS = ("loan_id", "project_id", "kind", "moved_on", "amount_fen", "rate_ppm", "is_facility", "fund_source", "from_ledger")
_WHERE = ("source_sheet", "source_row")
Integers = NDArray[np.object_]
Rows = NDArray[np.int64]


def events_of(book: Book) -> pa.Table:
    """Drawings, repayments and withdrawals until the data date, in the order of their days.

    A movement has its own project, rate, flag of the facility and funding source, else those of its loan. A loan that no drawing is
    listed of stands with its own start and amount (``from_ledger``). ``loan_id`` of a movement without a loan is its receipt or contract.
    """
    listed = _listed(book)
    drawn = listed.filter(pc.equal(listed["kind"], DRAWN))
    own = _of_loans(book.loans, drawn["loan_id"].combine_chunks(), book.as_of)
    both = pa.concat_tables([listed, own])
    order = pc.sort_indices(both, sort_keys=[(name, "ascending") for name in ("moved_on", "loan_id", "source_sheet", "source_row")])
    return both.take(order)


def _listed(book: Book) -> pa.Table:
    moves = book.drawings
    usable = pc.and_(pc.is_valid(moves["amount_fen"]), pc.less_equal(moves["moved_on"], pa.scalar(book.as_of, pa.date32())))
    moves = moves.filter(pc.fill_null(usable, False))
    loans = book.loans if len(moves) else book.loans.slice(0, 0)
    found = [
        pc.index_in(moves["receipt_no"], value_set=loans[name].combine_chunks(), skip_nulls=True) for name in ("loan_id", "receipt_no")
    ]
    by_contract = pc.index_in(moves["contract_no"], value_set=loans["contract_no"].combine_chunks(), skip_nulls=True)
    at = pc.coalesce(*found, pc.if_else(pc.is_null(moves["receipt_no"]), by_contract, None))

    def of(name: str) -> pa.ChunkedArray:
        return pc.take(loans[name].combine_chunks(), at)

    made = {
        "loan_id": pc.coalesce(of("loan_id"), moves["receipt_no"], moves["contract_no"]),
        "project_id": pc.coalesce(moves["project_id"], _named(moves["project_name"], book.projects), of("project_id")),
        "kind": moves["kind"],
        "moved_on": moves["moved_on"],
        "amount_fen": moves["amount_fen"],
        "rate_ppm": pc.coalesce(moves["rate_ppm"], of("rate_ppm")),
        "is_facility": pc.fill_null(pc.coalesce(moves["is_carbon_tool"], of("is_carbon_tool")), False),
        "fund_source": pc.coalesce(moves["fund_source"], of("fund_source")),
        "from_ledger": pa.array([False] * len(moves), pa.bool_()),
    }
    return pa.table({name: made[name] for name in _EVENTS} | {name: moves[name] for name in _WHERE})


def _named(names: pa.ChunkedArray, projects: pa.Table) -> pa.ChunkedArray:
    """The projects of these names; none where a name is not among them."""
    at = pc.index_in(names, value_set=projects["project_name"].combine_chunks(), skip_nulls=True)
    return pc.take(projects["project_id"].combine_chunks(), at)


def _of_loans(loans: pa.Table, drawn: pa.Array, as_of: date) -> pa.Table:
    """Loans but those that are drawn of as one drawing each: their start, and the amount that was lent (else the balance)."""
    begun = pc.fill_null(pc.less_equal(loans["start_on"], pa.scalar(as_of, pa.date32())), False)
    loans = loans.filter(pc.and_(begun, pc.or_(pc.fill_null(loans["is_carbon_tool"], False), pc.is_valid(loans["fund_source"]))))
    loans = loans.filter(pc.invert(pc.is_in(loans["loan_id"], value_set=drawn)))
    made = {
        "loan_id": loans["loan_id"],
        "project_id": loans["project_id"],
        "kind": pa.array([DRAWN] * len(loans), pa.string()),
        "moved_on": loans["start_on"],
        "amount_fen": pc.coalesce(loans["amount_fen"], loans["balance_fen"]),
        "rate_ppm": loans["rate_ppm"],
        "is_facility": pc.fill_null(loans["is_carbon_tool"], False),
        "fund_source": loans["fund_source"],
        "from_ledger": pa.array([True] * len(loans), pa.bool_()),
    }
    return pa.table({name: made[name] for name in _EVENTS} | {name: loans[name] for name in _WHERE})


def netted(events: pa.Table, withdrawn: pa.Table) -> pa.Table:
    """Drawings with their amounts less what was withdrawn of the same loan, the latest drawing first; one of nothing is left out."""
    taken = withdrawn.group_by("loan_id", use_threads=False).aggregate([("amount_fen", "sum")])
    at = pc.index_in(events["loan_id"], value_set=taken["loan_id"].combine_chunks())
    off = np.asarray(pc.fill_null(pc.take(taken["amount_fen_sum"].combine_chunks(), at), 0).to_numpy(zero_copy_only=False), dtype=np.int64)
    _, loan = np.unique(np.asarray(events["loan_id"].to_pylist(), dtype=str), return_inverse=True)
    amounts = events["amount_fen"].to_numpy()
    order = np.lexsort((-np.arange(len(events)), loan))  # each loan's events, the latest first
    before = _running(amounts[order], loan[order]) - amounts[order]
    net = amounts.copy()
    net[order] = amounts[order] - np.clip(off[order] - before, 0, amounts[order])
    made = events.set_column(events.column_names.index("amount_fen"), "amount_fen", pa.array(net, pa.int64()))
    return made.filter(pa.array(net != 0))


def _running(values: NDArray[np.int64], group: Rows) -> NDArray[np.int64]:
    """The sum up to and with each value, within its group; groups stand together."""
    if not len(values):
        return values
    whole = np.cumsum(values)
    heads = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    start = whole[heads] - values[heads]
    sums: NDArray[np.int64] = whole - np.repeat(start, np.diff(np.r_[heads, len(values)]))
    return sums


def carried(events: pa.Table, facts: Facts, output: str) -> pa.Array:
    """What each drawing carries of its project's yearly result, in the small unit; null where result or total investment is not known.

    All drawings of a project up to one have result x min(1, drawn / total investment), rounded half up; a drawing has what it adds to
    that. So parts of periods add up to the whole exactly, and no project gives more than its result.
    """
    results = facts.measurements.filter(pc.equal(facts.measurements["output"], output))
    result = _looked_up(events["project_id"], results, "amount")
    invest = _looked_up(events["project_id"], facts.book.projects, "total_invest_fen")
    known = np.asarray([r is not None and i is not None and i > 0 for r, i in zip(result, invest, strict=True)], dtype=np.bool_)
    _, project = np.unique(np.asarray([p or "" for p in events["project_id"].to_pylist()], dtype=str), return_inverse=True)
    order = np.lexsort((np.arange(len(events)), project))
    amounts = events["amount_fen"].to_numpy()[order]
    after = _running(amounts, project[order])
    upper = np.empty(len(events), dtype=object)
    lower = np.empty(len(events), dtype=object)
    upper[order], lower[order] = after, after - amounts
    made = [
        _up_to(r, int(above), i) - _up_to(r, int(below), i) if is_known else None
        for r, i, above, below, is_known in zip(result, invest, upper, lower, known, strict=True)
    ]
    return pa.array(made, pa.int64())


def _looked_up(projects: pa.ChunkedArray, table: pa.Table, column: str) -> list[int | None]:
    at = pc.index_in(projects, value_set=table["project_id"].combine_chunks(), skip_nulls=True)
    found: list[int | None] = pc.take(table[column].combine_chunks(), at).to_pylist()
    return found


def _up_to(result: int | None, drawn: int, invest: int | None) -> int:
    whole = invest or 1
    product = abs(result or 0) * min(drawn, whole)
    part = (2 * product + whole) // (2 * whole)
    return part if (result or 0) >= 0 else -part

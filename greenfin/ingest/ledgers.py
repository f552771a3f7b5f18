"""The ledgers beside the loans: customers, drawings, bonds, bills, letters of credit, risk events, evidence.

Each block -> candidate rows: the columns of its table and ``reject`` (a problem code, null: accepted).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import empty, schema
from greenfin.core.problems import Outcome, Problem, error, warning
from greenfin.ingest.blocks import Block
from greenfin.ingest.checks import Layout, without_doubles
from greenfin.ingest.exchange import Rates
from greenfin.ingest.foreign import in_yuan
from greenfin.ingest.frames import Fault, Frame, frame_of
from greenfin.ingest.fuels_used import fuels_used
from greenfin.ingest.grids import Rows
from greenfin.ingest.persons import without_persons
from greenfin.ingest.quantities import quantities
from greenfin.ingest.titles import titles_of
from greenfin.ingest.vocabulary import column_of, marks, plain

LEDGERS: Mapping[str, str] = {  # table -> the column that tells its rows apart
    "customers": "customer_no",
    "drawings": "receipt_no",
    "bonds": "trade_no",
    "bills": "bill_no",
    "letters": "letter_no",
    "risk_events": "event_no",
    "evidence": "evidence_id",
}
_NEEDED: Mapping[str, tuple[str, ...]] = {  # one of these fields, or the row has no key
    "customers": ("cust.no", "cust.uscc"),
    "drawings": ("loan.receipt_no", "loan.contract_no"),
    "bonds": ("bond.code", "bond.trade_no", "bond.name"),
    "bills": ("bill.no",),
    "letters": ("lc.no",),
    "risk_events": ("loan.customer_no", "cust.uscc", "loan.customer_name"),
    "evidence": ("evid.id", "evid.sha256", "evid.name"),
}
_AMOUNTS: Mapping[str, tuple[str, ...]] = {  # one of these fields, or the row has no amount
    "bonds": ("bond.balance", "bond.par", "bond.proceeds_total", "bond.proceeds_used"),
    "bills": ("bill.balance", "bill.amount"),
    "letters": ("lc.balance", "lc.amount"),
}
_NAMES: Mapping[str, str] = {  # ledgers with names of customers
    "customers": "cust.name", "bills": "loan.customer_name", "letters": "loan.customer_name", "risk_events": "loan.customer_name",
}  # fmt: skip
_TEXTS: Mapping[str, tuple[str, ...]] = {
    "customers": ("main_business", "business_scope"),
    "bills": ("purpose",),
    "letters": ("purpose",),
    "risk_events": ("description", "measure"),
}
_BESIDE: Mapping[str, tuple[str, ...]] = {"bills": ("kind",), "letters": ("kind",), "evidence": ("receipt_no", "project_id")}
_ORDERED: tuple[tuple[str, str, str], ...] = (  # table, first day, last day
    ("bonds", "issued_on", "due_on"),
    ("bills", "issued_on", "due_on"),
    ("letters", "issued_on", "due_on"),
    ("risk_events", "happened_on", "closed_on"),
    ("evidence", "valid_from", "valid_to"),
)


def read_ledgers(
    blocks: Iterable[Block], *, layout: Layout, industries: Mapping[str, object], rates: Rates | None = None, as_of: date | None = None
) -> Outcome[dict[str, pa.Table]]:
    """The candidate rows of every ledger, by table, repeated rows dropped.

    Amounts in foreign money are converted at ``rates`` of the last month-end up to ``as_of``; without a rate the row is rejected.
    """
    parts: dict[str, list[pa.Table]] = {name: [] for name in LEDGERS}
    problems: list[Problem] = []
    for block in blocks:
        if block.kind in LEDGERS:
            read = read_ledger(block, industries=industries, rates=rates, as_of=as_of)
            parts[block.kind].append(read.value)
            problems.extend(read.problems)
    tables = {}
    for name, key in LEDGERS.items():
        nothing = empty(name).append_column("reject", pa.array([], pa.string()))
        table = pa.concat_tables([nothing, *parts[name]]).combine_chunks()
        for column, beside in _told_by(name, key):
            unique = without_doubles(table, column, layout=layout, beside=beside)
            table = unique.value
            problems.extend(unique.problems)
        tables[name] = table
        problems.extend(_about_rows(table, name, layout=layout))
    return Outcome(tables, tuple(problems))


def _told_by(name: str, key: str) -> Iterator[tuple[str, Sequence[str]]]:
    """What tells the rows of a ledger apart; equal movements are told later and stay."""
    if name != "drawings":
        yield key, _BESIDE.get(name, ())
    if name == "bonds":  # lots without a trade number: the same in everything is the same
        yield "bond_code", [n for n in schema(name).names if n not in ("bond_code", "source_sheet", "source_row")]


def read_ledger(
    block: Block, *, industries: Mapping[str, object], rates: Rates | None = None, as_of: date | None = None
) -> Outcome[pa.Table]:
    """Candidate rows of one block."""
    name = block.kind
    frame = in_yuan(frame_of(block, industries=industries), rates=rates, as_of=as_of)
    frame = Frame(block, frame.rows, frame.columns, (*frame.faults, *_incomplete(frame, name)), frame.notes)
    made, said = _SPECIAL.get(name, _nothing)(frame)
    table = _table(frame, name, made)
    if name == "drawings" and "draw.repaid" in block.places:
        table = _both_ways(table, frame)
    if name == "drawings" and "draw.returned" in block.places:
        table = _with_returns(table, frame)
    hidden: list[Problem] = []
    if name in _NAMES:
        table, hidden = without_persons(table, frame, name=_NAMES[name], texts=_TEXTS[name])
    return Outcome(table, (*frame.problems(), *said, *hidden))


def _table(frame: Frame, name: str, made: Mapping[str, pa.Array]) -> pa.Table:
    held = {column: frame.columns[f] for f, column in column_of(name).items() if f in frame.columns}
    held |= made
    held["source_sheet"] = pa.array([frame.block.grid.sheet] * frame.size, type=pa.string())
    held["source_row"] = pa.array(frame.rows + frame.block.grid.first_row, type=pa.int64())
    arrays = [held.get(f.name, pa.nulls(frame.size, f.type)).cast(f.type) for f in schema(name)]
    return pa.Table.from_arrays(arrays, schema=schema(name)).append_column("reject", pa.array(frame.rejects(), type=pa.string()))


def _incomplete(frame: Frame, name: str) -> Iterator[Fault]:
    """Rows without a key or without an amount, where nothing else is wrong with those cells."""
    yield from _without(frame, _NEEDED[name], error("ingest.key_missing"))
    wanted = _AMOUNTS.get(name, ())
    if name == "drawings":
        wanted = ("draw.amount", "draw.repaid")
    yield from _without(frame, wanted, error("ingest.amount_missing"))
    if name == "drawings":
        yield from _without(frame, ("draw.date",), error("ingest.date_missing"))


def _without(frame: Frame, wanted: Sequence[str], problem: Problem) -> Iterator[Fault]:
    if not wanted:
        return
    missing = np.ones(frame.size, np.bool_)
    for field in wanted:
        missing &= np.asarray(pc.is_null(frame.column(field)).to_numpy(zero_copy_only=False))
    for fault in frame.faults:
        missing[fault.rows] &= fault.field not in wanted
    rows = np.nonzero(missing)[0]
    if len(rows):
        yield frame.fault(next((f for f in wanted if f in frame.block.places), wanted[0]), rows, problem)


Made = tuple[dict[str, pa.Array], list[Problem]]


def _nothing(frame: Frame) -> Made:
    return {}, []


def _customer(frame: Frame) -> Made:
    """Emissions, energy and output in the units of their columns, whatever the sheet's."""
    (numbers, said), (burnt, odd) = quantities(frame, "customers"), fuels_used(frame)
    return burnt | numbers, [*said, *odd]


def _drawing(frame: Frame) -> Made:
    """Drawn or repaid: by the row's own column, else by what header, sheet or title speak of."""
    if "draw.amount" not in frame.block.places:
        kind = "repaid"
    else:
        said = (frame.block.places["draw.amount"].header, *titles_of(frame.block))
        kind = next((kind for text in said for kind, words in marks()["drawing_words"].items() if _holds(text, words)), "drawn")
    amount = pc.coalesce(frame.column("draw.amount", pa.int64()), frame.column("draw.repaid", pa.int64()))
    monthly = frame.column("loan.rate_monthly", pa.int64())
    made = {
        "kind": pc.fill_null(frame.column("draw.kind"), kind),
        "amount_fen": amount,
        "currency": pc.fill_null(frame.column("loan.currency"), "CNY"),
        "rate_ppm": pc.coalesce(frame.column("loan.rate", pa.int64()), monthly),
    }
    return made, []


def _both_ways(table: pa.Table, frame: Frame) -> pa.Table:
    """A row with an amount drawn and an amount repaid is two movements; one with an amount repaid alone is a repayment."""
    drawn, repaid = frame.column("draw.amount", pa.int64()), frame.column("draw.repaid", pa.int64())
    back = pc.fill_null(pc.greater(repaid, 0), False)
    only = pc.and_(back, pc.fill_null(pc.less_equal(drawn, 0), True))
    kinds = pc.if_else(only, "repaid", table["kind"].combine_chunks())
    table = table.set_column(table.column_names.index("kind"), "kind", kinds)
    table = table.set_column(
        table.column_names.index("amount_fen"), "amount_fen", pc.if_else(only, repaid, table["amount_fen"].combine_chunks())
    )
    second = pc.and_(back, pc.invert(only))
    if not pc.any(second).as_py():
        return table
    more = table.filter(second)
    more = more.set_column(more.column_names.index("kind"), "kind", pa.array(["repaid"] * more.num_rows, pa.string()))
    return pa.concat_tables([table, more.set_column(more.column_names.index("amount_fen"), "amount_fen", repaid.filter(second))])


def _with_returns(table: pa.Table, frame: Frame) -> pa.Table:
    """A row with an amount drawn and an amount returned is two movements; the second on its own day, else on that of the row."""
    back = frame.column("draw.returned", pa.int64())
    there = pc.fill_null(pc.greater(back, 0), False)
    more = table.slice(0, frame.size).filter(there)
    day = pc.coalesce(frame.column("draw.returned_on", pa.date32()), table["moved_on"].slice(0, frame.size).combine_chunks())
    made = {"kind": pa.array(["withdrawn"] * len(more), pa.string()), "amount_fen": back.filter(there), "moved_on": day.filter(there)}
    for column, values in made.items():
        more = more.set_column(more.column_names.index(column), column, values)
    return pa.concat_tables([table, more])


def _bond(frame: Frame) -> Made:
    """Held, issued or underwritten: by the row's own column, else by what sheet, title or headers speak of."""
    given = frame.column("bond.side")
    words = marks()["bond_side_words"]
    headers = [p.header for p in frame.block.places.values()]
    side = next((s for text in titles_of(frame.block) for s, found in words.items() if _holds(text, found)), None)
    side = side or next((s for s, found in marks()["bond_side_headers"].items() if any(_holds(h, found) for h in headers)), None)
    made = {"side": pc.fill_null(given, side) if side else given, "currency": pc.fill_null(frame.column("loan.currency"), "CNY")}
    unknown = int(made["side"].null_count)
    where = frame.block.grid.at(frame.block.header_row)
    return made, [warning("ingest.bond_side_unknown", where, count=unknown)] if unknown else []


def _holds(text: str, words: Sequence[str]) -> bool:
    return any(plain(word) in plain(text) for word in words)


def _in_yuan(frame: Frame) -> Made:
    return {"currency": pc.fill_null(frame.column("loan.currency"), "CNY")}, []


def _event(frame: Frame) -> Made:
    """A day of rectification says that it is rectified."""
    closed = frame.column("risk.closed", pa.bool_())
    done = pc.is_valid(frame.column("risk.closed_on", pa.date32()))
    return {"is_closed": pc.if_else(pc.and_(pc.is_null(closed), done), True, closed)}, []


_SPECIAL: Mapping[str, Callable[[Frame], Made]] = {
    "customers": _customer, "drawings": _drawing, "bonds": _bond, "bills": _in_yuan, "letters": _in_yuan, "risk_events": _event,
}  # fmt: skip


def _about_rows(table: pa.Table, name: str, *, layout: Layout) -> Iterator[Problem]:
    """What accepted rows say against themselves: dates out of order, more used or left than there was, negative amounts."""
    sound = table.filter(pc.is_null(table["reject"]))
    if not sound.num_rows:
        return
    for _, first, last in (entry for entry in _ORDERED if entry[0] == name):
        for row in _where(sound, pc.less(sound[last], sound[first])):
            yield warning("ingest.due_before_start", _at(row, last, layout), found=row[last], start=row[first])
    pairs = [("proceeds_used_fen", "proceeds_fen", "ingest.used_over_proceeds")] if name == "bonds" else []
    pairs += [("balance_fen", "amount_fen", "ingest.balance_over_amount")] if name in ("bills", "letters") else []
    for less, more, code in pairs:
        for row in _where(sound, pc.greater(sound[less], sound[more])):
            yield _over(code, _at(row, less, layout), row[less], row[more])
    for column in (f.name for f in sound.schema if f.name.endswith("_fen") and f.name not in _MAY_BE_NEGATIVE):
        for row in _where(sound, pc.less(sound[column], 0)):
            yield warning("ingest.amount_negative", _at(row, column, layout), found=_yuan(row[column]))


_MAY_BE_NEGATIVE = ("equity_fen", "minority_fen")  # of a borrower that owes more than it has


def _over(code: str, at: str, less: object, more: object) -> Problem:
    if code == "ingest.used_over_proceeds":
        return warning("ingest.used_over_proceeds", at, found=_yuan(less), amount=_yuan(more))
    return warning("ingest.balance_over_amount", at, found=_yuan(less), amount=_yuan(more))


def _where(table: pa.Table, mask: pa.Array) -> list[dict[str, object]]:
    rows: Rows = np.nonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False))[0]
    found: list[dict[str, object]] = table.take(rows).to_pylist()
    return found


def _at(row: Mapping[str, object], column: str, layout: Layout) -> str:
    return f"{row['source_sheet']}!{layout.get(str(row['source_sheet']), {}).get(column, '')}{row['source_row']}"


def _yuan(fen: object) -> str:
    return f"{int(str(fen)) / 100:,.2f}"

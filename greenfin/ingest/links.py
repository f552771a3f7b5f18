"""What the ledgers say of each other: numbers that lead nowhere, facts that differ, green loans of customers in trouble."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Problem, info, warning
from greenfin.ingest.checks import Layout
from greenfin.ingest.grids import Rows
from greenfin.ingest.vocabulary import plain

Tables = Mapping[str, pa.Table]
_SHOWN = 3  # addresses in a message
_FACTS = (("customer_uscc", "customer_uscc"), ("industry_customer", "industry"), ("customer_name", "customer_name"))
_LINKS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (  # table, column, where it must be found (one of)
    ("given_tags", "receipt_no", (("loans", "receipt_no"), ("loans", "loan_id"), ("loans", "contract_no"))),
    ("drawings", "receipt_no", (("loans", "receipt_no"), ("loans", "loan_id"))),
    ("drawings", "contract_no", (("loans", "contract_no"),)),
    ("drawings", "project_id", (("projects", "project_id"),)),
    ("evidence", "receipt_no", (("loans", "receipt_no"), ("loans", "loan_id"))),
    ("evidence", "project_id", (("projects", "project_id"), ("loans", "project_id"))),
    ("stated_benefits", "project_id", (("projects", "project_id"),)),
    ("bills", "customer_no", (("customers", "customer_no"),)),
    ("letters", "customer_no", (("customers", "customer_no"),)),
    ("risk_events", "customer_no", (("customers", "customer_no"), ("loans", "customer_no"))),
)


def with_customers(loans: pa.Table, customers: pa.Table, *, layout: Layout) -> tuple[pa.Table, list[Problem]]:
    """Loans with what they lack filled in from the customer list; where both speak and differ, the loan's stands and it is told."""
    if not customers.num_rows or not loans.num_rows:
        return loans, []
    at = _customer_of(loans, customers)
    problems: list[Problem] = []
    for column, theirs in _FACTS:
        own = loans[column].combine_chunks()
        other = customers[theirs].combine_chunks().take(at)
        filled = _rows(pc.and_(pc.is_null(own), pc.is_valid(other)))
        if len(filled):
            problems.append(info("ingest.customer_filled", _first(loans, filled, column, layout), column=column, count=len(filled)))
        differ = _rows(pc.not_equal(_even(own), _even(other)))
        if len(differ):
            seen = _first(customers.take(at.take(pa.array(differ[:1]))), np.zeros(1, np.int64), theirs, layout)
            where = _first(loans, differ, column, layout)
            problems.append(warning("ingest.customer_differs", where, column=column, count=len(differ), other=seen))
        loans = loans.set_column(loans.column_names.index(column), column, pc.coalesce(own, other))
    return loans, problems


def check_links(book: Tables, rejected: pa.Table, *, layout: Layout) -> Iterator[Problem]:
    """Warnings and notes over accepted tables; ``rejected`` rows count as known where a number is looked for."""
    yield from _unknown(book, rejected, layout=layout)
    yield from _two_of_one_code(book["customers"], layout=layout)
    green = _green_receipts(book)
    yield from _open_events(book, green, layout=layout)
    yield from _class_a(book, green, layout=layout)
    yield from _tags_differ(book, layout=layout)
    yield from _movements(book, layout=layout)


def _customer_of(rows: pa.Table, customers: pa.Table) -> pa.Array:
    """For each row the customer of its number, else of its credit code."""
    by_number = pc.index_in(rows["customer_no"].combine_chunks(), value_set=customers["customer_no"].combine_chunks(), skip_nulls=True)
    by_code = pc.index_in(rows["customer_uscc"].combine_chunks(), value_set=customers["customer_uscc"].combine_chunks(), skip_nulls=True)
    return pc.coalesce(by_number, pc.if_else(pc.is_null(rows["customer_no"].combine_chunks()), by_code, None))


def _even(values: pa.Array) -> pa.Array:
    """Texts as they are compared (brackets and blanks evened out); a covered name says nothing."""
    encoded = values.dictionary_encode()
    texts = [None if not text or "*" in text else plain(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(encoded.indices)


def _rows(mask: pa.Array | pa.ChunkedArray) -> Rows:
    found: Rows = np.nonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False))[0]
    return found


def _at(row: Mapping[str, object], column: str, layout: Layout) -> str:
    sheet = str(row["source_sheet"])
    return f"{sheet}!{layout.get(sheet, {}).get(column, '')}{row['source_row']}"


def _first(table: pa.Table, rows: Rows, column: str, layout: Layout) -> str:
    return _at(table.select(["source_sheet", "source_row"]).slice(int(rows[0]), 1).to_pylist()[0], column, layout)


def _unknown(book: Tables, rejected: pa.Table, *, layout: Layout) -> Iterator[Problem]:
    """Numbers that the book does not have, one warning a table and column."""
    for name, column, places in _LINKS:
        table = book[name]
        if not table.num_rows or not any(book[other].num_rows for other, _ in places):
            continue
        sets = [book[other][theirs].combine_chunks() for other, theirs in places]
        known = pa.concat_arrays([*sets, rejected["key"].combine_chunks()])
        values = table[column].combine_chunks()
        rows = _rows(pc.and_(pc.is_valid(values), pc.invert(pc.is_in(values, value_set=known))))
        if len(rows):
            cells = _cells(table, rows, column, layout)
            yield warning("ingest.link_unknown", cells[0], table=name, column=column, count=len(rows), others=", ".join(cells))


def _cells(table: pa.Table, rows: Rows, column: str, layout: Layout) -> list[str]:
    """The addresses of the first rows; a value without a column of its own stands in ``source_cell``."""
    few = table.take(rows[:_SHOWN])
    if "source_cell" in few.column_names:
        return [str(cell) for cell in few["source_cell"].to_pylist()]
    return [_at(row, column, layout) for row in few.select(["source_sheet", "source_row"]).to_pylist()]


def _two_of_one_code(customers: pa.Table, *, layout: Layout) -> Iterator[Problem]:
    """Customers with different numbers and one credit code."""
    sound = customers.filter(pc.and_(pc.is_valid(customers["customer_uscc"]), pc.is_valid(customers["customer_no"])))
    counted = sound.group_by("customer_uscc", use_threads=False).aggregate([("customer_no", "distinct"), ("customer_no", "count_distinct")])
    twice = counted.filter(pc.greater(counted["customer_no_count_distinct"], 1))
    for code, numbers in zip(twice["customer_uscc"].to_pylist(), twice["customer_no_distinct"].to_pylist(), strict=True):
        rows = _rows(pc.equal(sound["customer_uscc"], code))
        one, other = sorted(numbers)[:2]
        yield warning("ingest.customer_uscc_twice", _first(sound, rows[1:], "customer_uscc", layout), one=one, other=other)


def _green_receipts(book: Tables) -> pa.Array:
    """A mask over the loans: flagged or classed green by the bank, in the ledger or in a table of tags."""
    loans, tags = book["loans"], book["given_tags"]
    given = tags.filter(pc.fill_null(tags["is_green"], False))["receipt_no"].combine_chunks()
    in_tags = pc.is_in(loans["receipt_no"].combine_chunks(), value_set=given, skip_nulls=True)
    own = [pc.fill_null(loans[name].combine_chunks(), False) for name in ("bank_green", "bank_green_nfra")]
    return pc.or_(in_tags, pc.or_(*own))


@dataclass(frozen=True, slots=True)
class _Owned:
    """Green loans counted by customer number and by credit code."""

    numbers: Mapping[str, int]
    codes: Mapping[str, int]

    def of(self, row: Mapping[str, object]) -> int:
        return self.numbers.get(str(row["customer_no"]), 0) or self.codes.get(str(row["customer_uscc"]), 0)


def _owned(loans: pa.Table, green: pa.Array) -> _Owned:
    mine = loans.filter(green)
    return _Owned(_counted(mine["customer_no"]), _counted(mine["customer_uscc"]))


def _counted(values: pa.ChunkedArray) -> dict[str, int]:
    return {entry["values"]: entry["counts"] for entry in pc.value_counts(values.drop_null()).to_pylist()}


def _open_events(book: Tables, green: pa.Array, *, layout: Layout) -> Iterator[Problem]:
    events = book["risk_events"]
    if not events.num_rows:
        return
    owned = _owned(book["loans"], green)
    for row in events.filter(pc.invert(pc.fill_null(events["is_closed"], False))).to_pylist():
        if count := owned.of(row):
            yield warning("ingest.green_with_open_event", _at(row, "is_closed", layout), count=count)


def _class_a(book: Tables, green: pa.Array, *, layout: Layout) -> Iterator[Problem]:
    customers = book["customers"]
    if not customers.num_rows:
        return
    owned = _owned(book["loans"], green)
    for row in customers.filter(pc.fill_null(pc.equal(customers["env_class"], "A"), False)).to_pylist():
        if count := owned.of(row):
            yield warning("ingest.green_in_class_a", _at(row, "env_class", layout), count=count)


def _tags_differ(book: Tables, *, layout: Layout) -> Iterator[Problem]:
    """Classes of a table of tags that are not those of the ledger's own columns, one warning a system."""
    tags = book["given_tags"]
    of_ledger = pc.is_in(tags["source_sheet"].combine_chunks(), value_set=pc.unique(book["loans"]["source_sheet"]))
    own, others = tags.filter(of_ledger), tags.filter(pc.invert(of_ledger))
    for system in pc.unique(others["system"]).to_pylist():
        theirs, mine = (part.filter(pc.equal(part["system"], system)) for part in (others, own))
        at = pc.index_in(theirs["receipt_no"].combine_chunks(), value_set=mine["receipt_no"].combine_chunks(), skip_nulls=True)
        beside = mine.take(at)
        differs = [pc.not_equal(_even(theirs["code"].combine_chunks()), _even(beside["code"].combine_chunks()))]
        differs.append(pc.not_equal(theirs["is_green"].combine_chunks(), beside["is_green"].combine_chunks()))
        both = pc.and_(pc.is_valid(theirs["edition"]), pc.is_valid(beside["edition"]))
        comparable = pc.or_(pc.invert(both), pc.fill_null(pc.equal(theirs["edition"], beside["edition"]), False))
        rows = _rows(pc.and_(comparable, pc.or_(*(pc.fill_null(mask, False) for mask in differs))))
        if len(rows):
            column = {"pboc": "code", "nfra": "loan.green_nfra", "bond": "loan.green_bond_cat", "local": "loan.green_local"}.get(system, "")
            ledger = {"pboc": "bank_green_code", "nfra": "green_nfra", "bond": "green_bond_code", "local": "green_local"}.get(system, "")
            other = _first(beside, rows, ledger, layout)
            yield warning("ingest.tag_differs", _first(theirs, rows, column, layout), count=len(rows), system=system, other=other)


def _movements(book: Tables, *, layout: Layout) -> Iterator[Problem]:
    """Movements that are in twice, and loans whose movements do not add up to the balance."""
    drawings, loans = book["drawings"], book["loans"]
    drawings = drawings.filter(pc.not_equal(drawings["kind"], "excluded"))  # taken out of a facility: no money moved
    if not drawings.num_rows:
        return
    keys = ["receipt_no", "contract_no", "project_id", "kind", "moved_on", "amount_fen"]
    counted = drawings.group_by(keys, use_threads=False).aggregate([("source_row", "count")])
    again = int(pc.sum(pc.subtract(counted["source_row_count"], 1)).as_py() or 0)
    if again:
        whole = pc.binary_join_element_wise(*(pc.fill_null(drawings[k].cast(pa.string()), "") for k in keys), "|").combine_chunks()
        _, first = np.unique(np.asarray(whole.to_pylist(), dtype=object).astype(str), return_index=True)
        second = np.setdiff1d(np.arange(drawings.num_rows), first)
        yield warning("ingest.drawing_twice", _first(drawings, second, "amount_fen", layout), count=again)
    signed = pc.if_else(pc.equal(drawings["kind"], "drawn"), drawings["amount_fen"], pc.negate(drawings["amount_fen"]))
    sums = drawings.append_column("net", signed).group_by("receipt_no", use_threads=False).aggregate([("net", "sum")])
    at = pc.index_in(loans["receipt_no"].combine_chunks(), value_set=sums["receipt_no"].combine_chunks(), skip_nulls=True)
    gap = pc.subtract(loans["balance_fen"].combine_chunks(), sums["net_sum"].combine_chunks().take(at))
    rows = _rows(pc.not_equal(gap, 0))
    if len(rows):
        difference = f"{gap[int(rows[0])].as_py() / 100:,.2f}"
        yield info("ingest.drawings_differ", _first(loans, rows, "balance_fen", layout), count=len(rows), difference=difference)

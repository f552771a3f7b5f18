"""The loan ledger: a block -> candidate rows (columns of ``loans`` and the code that rejects the row)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import schema
from greenfin.core.problems import Outcome, Problem, error, info, warning
from greenfin.ingest.blocks import Block
from greenfin.ingest.codes import is_resident_number, is_uscc
from greenfin.ingest.frames import Fault, Frame, frame_of
from greenfin.ingest.vocabulary import column_of, marks, words_of

_CLOSED = pa.array(["settled", "written_off", "transferred"])


def read_loans(block: Block, *, as_of: date | None, industries: Mapping[str, object], needs_balance: bool = True) -> Outcome[pa.Table]:
    """Candidate rows of a loan block: the columns of ``loans`` and ``reject`` (a problem code, null: accepted).

    Rows of another data date than ``as_of`` are left out with a warning.
    """
    frame = frame_of(block, industries=industries)
    balance, faults = _balance(frame, needs_balance=needs_balance)
    faults = [*faults, *_keys(frame)] if needs_balance else faults
    whole = Frame(frame.block, frame.rows, frame.columns, (*frame.faults, *faults), frame.notes)
    table = _table(whole, balance)
    table, hidden = _masked(table, frame)
    kept, skipped = _of_date(table, frame, as_of=as_of)
    return Outcome(kept, (*whole.problems(), *hidden, *skipped))


def _balance(frame: Frame, *, needs_balance: bool) -> tuple[pa.Array, list[Fault]]:
    """Balance in RMB: its own column where there is one, else the balance of rows in RMB."""
    own, rmb = frame.column("loan.balance", pa.int64()), frame.column("loan.balance_rmb", pa.int64())
    currency = frame.column("loan.currency")
    foreign = pc.fill_null(pc.not_equal(currency, "CNY"), False)
    balance = pc.coalesce(rmb, pc.if_else(foreign, pa.scalar(None, pa.int64()), own))
    if not needs_balance:
        return balance, []
    field = "loan.balance" if "loan.balance" in frame.block.places else "loan.balance_rmb"
    unconverted = _true(pc.and_(foreign, pc.is_null(rmb)))
    broken = np.zeros(frame.size, np.bool_)
    for fault in frame.faults:
        broken[fault.rows] |= fault.field in ("loan.balance", "loan.balance_rmb") and fault.rejects
    closed = _true(pc.is_in(frame.column("loan.status"), value_set=_CLOSED))
    missing = np.setdiff1d(_true(pc.is_null(balance)), [*unconverted.tolist(), *np.nonzero(broken)[0].tolist(), *closed.tolist()])
    negative = _true(pc.less(balance, 0))
    faults = [
        frame.fault("loan.currency", _one(row), error("ingest.currency_unsupported", found=currency[row].as_py()))
        for row in unconverted.tolist()
    ]
    if len(missing):
        has_column = field in frame.block.places
        faults.append(
            frame.fault(field, missing, error("ingest.amount_missing") if has_column else error("ingest.rows_without_amount", count=1))
        )
    faults.extend(
        frame.fault(field, _one(row), error("ingest.balance_negative", found=balance[row].as_py() / 100)) for row in negative.tolist()
    )
    return balance, faults


def _one(row: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([row], dtype=np.int64)


def _true(mask: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.nonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False))[0]


def _keys(frame: Frame) -> list[Fault]:
    """A row without a readable receipt number (or contract number where the sheet has no receipts) cannot stand."""
    field = _key_field(frame)
    already = {int(row) for fault in frame.faults if fault.field == field for row in fault.rows}
    empty = [row for row in _true(pc.is_null(frame.column(field))).tolist() if row not in already]
    return [frame.fault(field, np.array(empty, dtype=np.int64), error("ingest.key_missing"))] if empty else []


def _key_field(frame: Frame) -> str:
    return "loan.receipt_no" if "loan.receipt_no" in frame.block.places else "loan.contract_no"


def _table(frame: Frame, balance: pa.Array) -> pa.Table:
    rejects = pa.array(frame.rejects(), type=pa.string())
    made: dict[str, pa.Array] = {name: frame.columns[f] for f, name in column_of("loans").items() if f in frame.columns}
    made |= _branches(frame)
    made["loan_id"] = frame.column(_key_field(frame))
    made["balance_fen"] = balance
    made["rate_ppm"] = pc.coalesce(frame.column("loan.rate", pa.int64()), frame.column("loan.rate_monthly", pa.int64()))
    made["currency"] = pc.if_else(pc.is_null(balance), frame.column("loan.currency"), "CNY")
    made["source_sheet"] = pa.array([frame.block.grid.sheet] * frame.size, type=pa.string())
    made["source_row"] = pa.array(frame.rows + frame.block.grid.first_row, type=pa.int64())
    arrays = [made.get(f.name, pa.nulls(frame.size, f.type)).cast(f.type) for f in schema("loans")]
    return pa.Table.from_arrays(arrays, schema=schema("loans")).append_column("reject", rejects)


def _branches(frame: Frame) -> dict[str, pa.Array]:
    """Branch code and name; names under a header that could also mean codes (``经办机构``) are names."""
    codes, names = frame.column("loan.org_code"), frame.column("loan.org_name")
    wordy = pc.invert(pc.fill_null(pc.match_substring_regex(codes, r"\d"), True))
    if names.null_count < frame.size or not pc.any(wordy).as_py():
        return {"branch_code": codes, "branch_name": names}
    nothing = pa.scalar(None, pa.string())
    return {"branch_code": pc.if_else(wordy, nothing, codes), "branch_name": pc.if_else(wordy, codes, nothing)}


def _masked(table: pa.Table, frame: Frame) -> tuple[pa.Table, list[Problem]]:
    """Natural persons' names with all but the last sign covered, their identity numbers gone."""
    person = _person_rows(table, frame)
    if not person.any():
        return table, []
    mask = pa.array(person)
    names = table["customer_name"].combine_chunks()
    known = pc.unique(names.filter(mask)).to_pylist()
    covered = dict(zip(known, (cover(name) for name in known), strict=True))
    values = pa.array([covered[n] if is_person else n for n, is_person in zip(names.to_pylist(), person.tolist(), strict=True)], names.type)
    codes = pc.if_else(mask, pa.scalar(None, pa.string()), table["customer_uscc"].combine_chunks())
    for column in ("purpose", "remark", "product"):
        table = _replaced(table, column, _without_names(table[column].combine_chunks(), names, covered, person))
    table = _replaced(_replaced(table, "customer_name", values), "customer_uscc", codes)
    count = int(person.sum())
    return table, [info("ingest.persons_masked", frame.block.at(frame.block.header_row, "loan.customer_name"), count=count)]


def _without_names(
    texts: pa.Array, names: pa.Array, covered: Mapping[str | None, str | None], person: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> pa.Array:
    """The texts with the name of the row's own borrower, where that is a person, covered sign by sign (offsets stay)."""
    triples = zip(texts.to_pylist(), names.to_pylist(), person.tolist(), strict=True)
    made = [t.replace(n, covered[n] or n) if is_person and t and n and len(n) > 1 and n in t else t for t, n, is_person in triples]
    return pa.array(made, texts.type)


def cover(name: str | None) -> str | None:
    """A person's name with all but the last sign covered.

    >>> cover("ABC")
    '**C'
    """
    if not name:
        return name
    said = re.search(marks()["remark_behind"], name)  # a remark behind the name stays
    bare = name[: said.start()] if said else name
    return f"{str(marks()['mask']) * (len(bare) - 1)}{bare[-1:]}{name[len(bare) :]}"


def _person_rows(table: pa.Table, frame: Frame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Rows of natural persons: by kind of certificate, by product, or by an identity number in place of a credit code."""
    kind = pc.fill_null(pc.equal(frame.column("cust.id_type"), "person"), False)
    organisation = pc.fill_null(pc.equal(frame.column("cust.id_type"), "organisation"), False)
    words = "|".join(words_of("retail_word"))
    retail = pa.array(np.zeros(table.num_rows, np.bool_))
    for name in ("product", "kind", "industry_use"):
        retail = pc.or_(retail, pc.fill_null(pc.match_substring_regex(table[name].combine_chunks(), words), False))
    codes = pa.array([bool(text and is_uscc(text)) for text in table["customer_uscc"].to_pylist()], type=pa.bool_())
    numbers = pa.array([bool(text and is_resident_number(text)) for text in table["customer_uscc"].to_pylist()], type=pa.bool_())
    dropped = np.zeros(table.num_rows, np.bool_)
    for fault in frame.faults:
        if fault.problem.code == "ingest.identity_number_dropped":
            dropped[fault.rows] = True
    retail = pc.or_(retail, pc.fill_null(_named_like_persons(table["customer_name"].combine_chunks()), False))
    mine = pc.or_(kind, pc.or_(numbers, pc.and_(retail, pc.invert(pc.or_(organisation, codes)))))
    return np.asarray(mine.to_numpy(zero_copy_only=False)) | dropped


def _named_like_persons(names: pa.Array) -> pa.Array:
    """Names of two to four signs without a word for a firm: covered where nothing says that it is one."""
    like = pc.match_substring_regex(names, f"^(?:{marks()['person_name']})$")
    return pc.and_(like, pc.invert(pc.match_substring_regex(names, str(marks()["organisation_signs"]))))


def _of_date(table: pa.Table, frame: Frame, *, as_of: date | None) -> tuple[pa.Table, list[Problem]]:
    """Only the rows of the data date, where the sheet gives one per row and holds several."""
    dates = frame.column("loan.data_date", pa.date32())
    several = [day for day in pc.unique(dates).to_pylist() if day]
    if as_of is None or len(several) < 2 or as_of not in several:
        return table, []
    other = pc.fill_null(pc.not_equal(dates, pa.scalar(as_of)), False)
    where = frame.block.at(frame.block.header_row, "loan.data_date")
    count = int(pc.sum(other).as_py() or 0)
    return table.filter(pc.invert(other)), [warning("ingest.other_dates_left_out", where, count=count, as_of=as_of.isoformat())]


def _replaced(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def closed_out(table: pa.Table, *, layout: Mapping[str, Mapping[str, str]]) -> tuple[pa.Table, list[Problem]]:
    """Settled, written-off and transferred loans with nothing left in the balance; what stood there is said."""
    closed = pc.fill_null(pc.is_in(table["status"].combine_chunks(), value_set=_CLOSED), False)
    balance = table["balance_fen"].combine_chunks()
    said = list(_closed_said(table, _true(pc.and_(closed, pc.fill_null(pc.not_equal(balance, 0), False))), layout=layout))
    return _replaced(table, "balance_fen", pc.if_else(closed, pa.scalar(0, pa.int64()), balance)), said


def _closed_said(
    table: pa.Table, rows: np.ndarray[tuple[int], np.dtype[np.int64]], *, layout: Mapping[str, Mapping[str, str]]
) -> Iterator[Problem]:
    for row in table.take(rows).select(["source_sheet", "source_row", "status", "balance_fen"]).to_pylist():
        letter = layout.get(row["source_sheet"], {}).get("balance_fen", "")
        yield warning(
            "ingest.closed_with_balance",
            f"{row['source_sheet']}!{letter}{row['source_row']}",
            status=row["status"],
            found=row["balance_fen"] / 100,
        )

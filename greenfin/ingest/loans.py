"""The loan ledger: a block -> candidate rows (columns of ``loans`` and the code that rejects the row)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import schema
from greenfin.core.credit_codes import valid_codes
from greenfin.core.problems import Outcome, Problem, error, info, warning
from greenfin.ingest.arrays import of_distinct
from greenfin.ingest.balances import amounts_of
from greenfin.ingest.blocks import Block
from greenfin.ingest.credit_codes import is_certain_resident, pseudonym
from greenfin.ingest.exchange import OWN, Rates
from greenfin.ingest.frames import Fault, Frame, frame_of
from greenfin.ingest.month_ends import average_kind, kinds_of, month_ends, unused
from greenfin.ingest.outside import entrusted
from greenfin.ingest.titles import branch_of
from greenfin.ingest.vocabulary import column_of, marks, words_of


def read_loans(
    block: Block, *, as_of: date | None, industries: Mapping[str, object], needs_balance: bool = True, rates: Rates | None = None
) -> Outcome[pa.Table]:
    """Candidate rows of a loan block: the columns of ``loans`` and ``reject`` (a problem code, null: accepted).

    Rows of another data date than ``as_of`` are left out with a warning. ``rates`` turn balances in foreign money into yuan.
    """
    frame = frame_of(block, industries=industries)
    amounts = amounts_of(frame, rates=rates, as_of=as_of, needs_balance=needs_balance)
    faults = [*amounts.faults, *_keys(frame)] if needs_balance else []
    ends = month_ends(block, year=as_of.year, months=as_of.month) if as_of and "loan.avg_balance" not in block.places else None
    averages = {"loan.avg_balance": ends.average} if ends else {}
    columns = {**frame.columns, **amounts.columns, **averages}
    whole = Frame(frame.block, frame.rows, columns, (*frame.faults, *faults), (*frame.notes, *amounts.notes))
    table = _table(whole, amounts.columns["loan.balance"])
    table, unread = _readable_purposes(table, frame)
    tidied = [*_tidied(table, frame), *unread]
    table, hidden = _masked(table, frame)
    kept, skipped = _of_date(table, frame, as_of=as_of)
    return Outcome(kept, (*unused(whole.problems(), ends), *tidied, *hidden, *skipped, *(ends.problems if ends else ())))


def _tidied(table: pa.Table, frame: Frame) -> Iterator[Problem]:
    """How many names of customers were evened out, and the branch that was taken from the sheet's title."""
    if frame.size and not {"loan.org_code", "loan.org_name"} & set(frame.block.places) and (branch := branch_of(frame.block)):
        yield info("ingest.branch_of_sheet", frame.block.grid.sheet, found=branch)
    written = frame.column("loan.customer_name")
    count = int(pc.sum(pc.cast(pc.not_equal(table["customer_name"].combine_chunks(), written), pa.int64())).as_py() or 0)
    if count:
        yield info("ingest.name_tidied", frame.block.at(frame.block.header_row, "loan.customer_name"), count=count)


def _readable_purposes(table: pa.Table, frame: Frame) -> tuple[pa.Table, list[Problem]]:
    """The table with the purposes that no one can read emptied: longer than any cell of a workbook, or without letter and figure."""
    purpose = table["purpose"].combine_chunks()
    long = pc.greater(pc.utf8_length(purpose), _LONGEST_PURPOSE)
    wordless = pc.invert(pc.match_substring_regex(purpose, _LETTER_OR_FIGURE))
    problems = [
        error(
            "ingest.purpose_too_long",
            frame.block.at(int(frame.rows[row]), "loan.purpose"),
            count=len(purpose[row].as_py()),
            limit=_LONGEST_PURPOSE,
        )
        for row in _true(long)
    ]
    problems += [
        warning("ingest.purpose_wordless", frame.block.at(int(frame.rows[row]), "loan.purpose"), found=purpose[row].as_py()[:_SHOWN])
        for row in _true(pc.and_(wordless, pc.invert(long)))
    ]
    kept = pc.if_else(pc.fill_null(pc.or_(long, wordless), False), pa.scalar(None, pa.string()), purpose)
    return _replaced(table, "purpose", kept), problems


_LONGEST_PURPOSE = 32_767  # what a cell of a workbook holds
_LETTER_OR_FIGURE = r"[\p{L}\p{N}]"
_SHOWN = 20


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
    made["avg_balance_kind"] = kinds_of(frame.column("loan.avg_balance"), average_kind(frame.block, "loan.avg_balance"))
    made["rate_ppm"] = pc.coalesce(frame.column("loan.rate", pa.int64()), frame.column("loan.rate_monthly", pa.int64()))
    made["currency"] = pc.if_else(pc.is_valid(balance), pc.fill_null(frame.column("loan.currency"), OWN), frame.column("loan.currency"))
    made["env_rights"] = _rights(frame)
    made["is_entrusted"] = entrusted(frame)
    names = frame.column("loan.customer_name")
    made["customer_name"] = of_distinct(names, lambda each: pc.utf8_trim_whitespace(pc.replace_substring_regex(each, r"\s+", " ")))
    made["source_sheet"] = pa.array([frame.block.grid.sheet] * frame.size, type=pa.string())
    made["source_row"] = pa.array(frame.block.grid.numbers(frame.rows), type=pa.int64())
    arrays = [made.get(f.name, pa.nulls(frame.size, f.type)).cast(f.type) for f in schema("loans")]
    return pa.Table.from_arrays(arrays, schema=schema("loans")).append_column("reject", rejects)


def _branches(frame: Frame) -> dict[str, pa.Array]:
    """Branch code and name; names under a header that could also mean codes (``经办机构``) are names."""
    codes, names = frame.column("loan.org_code"), frame.column("loan.org_name")
    if not {"loan.org_code", "loan.org_name"} & set(frame.block.places):
        return {"branch_name": pa.array([branch_of(frame.block) or None] * frame.size, pa.string())}
    wordy = pc.invert(pc.fill_null(pc.match_substring_regex(codes, r"\d"), True))
    if names.null_count < frame.size or not pc.any(wordy).as_py():
        return {"branch_code": codes, "branch_name": names}
    nothing = pa.scalar(None, pa.string())
    return {"branch_code": pc.if_else(wordy, nothing, codes), "branch_name": pc.if_else(wordy, codes, nothing)}


def _rights(frame: Frame) -> pa.Array:
    """Which environmental rights are financed or pledged; a bare yes under a header that names carbon is a pledge of carbon rights."""
    found = frame.column("loan.env_rights")
    place = frame.block.places.get("loan.env_rights")
    named = "carbon_pledged" if place and marks()["carbon_sign"] in place.header else "yes"
    found = pc.if_else(pc.fill_null(pc.equal(found, "yes"), False), named, found)
    return pc.if_else(pc.fill_null(pc.equal(found, "none"), False), pa.scalar(None, pa.string()), found)


def _masked(table: pa.Table, frame: Frame) -> tuple[pa.Table, list[Problem]]:
    """Natural persons' names with all but the last sign covered, their numbers as six digits and a hash; account managers covered."""
    table, numbers = _pseudonyms(table), table["customer_uscc"].combine_chunks()
    table = _replaced(table, "manager", _managers(table["manager"].combine_chunks()))
    person = _person_rows(table, frame)
    if not person.any():
        return table, []
    mask, rows = pa.array(person), pa.array(np.nonzero(person)[0])
    names = table["customer_name"].combine_chunks()
    theirs = names.take(rows).dictionary_encode()
    covered = pa.array([cover(name) for name in theirs.dictionary.to_pylist()], names.type).take(theirs.indices)
    hashed = pc.if_else(pc.match_substring_regex(numbers, _PSEUDONYM), numbers, pa.scalar(None, pa.string()))
    for column in ("purpose", "remark", "product"):
        texts = table[column].combine_chunks()
        hidden = _without_names(texts.take(rows), names.take(rows), covered)
        table = _replaced(table, column, pc.replace_with_mask(texts, mask, hidden))
    table = _replaced(table, "customer_name", pc.replace_with_mask(names, mask, covered))
    table = _replaced(table, "customer_uscc", pc.if_else(mask, hashed, numbers))
    count = int(person.sum())
    return table, [info("ingest.persons_masked", frame.block.at(frame.block.header_row, "loan.customer_name"), count=count)]


_PSEUDONYM = r"^\p{Nd}{6}[0-9a-f]{32}$"  # as :func:`is_pseudonym` has it
_LIKE_RESIDENT = r"^\p{Nd}{17}[\p{Nd}Xx]$"


def _pseudonyms(table: pa.Table) -> pa.Table:
    """The table without identity numbers that stand as customer numbers."""
    numbers = table["customer_no"].combine_chunks()
    like = pc.fill_null(pc.match_substring_regex(numbers, _LIKE_RESIDENT), False)
    if not pc.any(like).as_py():
        return table
    made = [pseudonym(text) if is_certain_resident(text) else text for text in numbers.filter(like).to_pylist()]
    return _replaced(table, "customer_no", pc.replace_with_mask(numbers, like, pa.array(made, numbers.type)))


def _managers(names: pa.Array) -> pa.Array:
    """Names of account managers covered; numbers of employees stay."""
    names = names.dictionary_encode()
    values = [text if any(map(str.isdigit, text)) or text.isascii() else cover(text) for text in names.dictionary.to_pylist()]
    return pa.array(values, pa.string()).take(names.indices) if values else pa.nulls(len(names), pa.string())


def _without_names(texts: pa.Array, names: pa.Array, covered: pa.Array) -> pa.Array:
    """The texts of persons' rows with the name of the row's own borrower covered sign by sign (offsets stay)."""
    if texts.null_count == len(texts):
        return texts
    rows = zip(texts.to_pylist(), names.to_pylist(), covered.to_pylist(), strict=True)
    made = [text.replace(name, stars or name) if text and name and len(name) > 1 and name in text else text for text, name, stars in rows]
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
        found = of_distinct(table[name].combine_chunks(), lambda each: pc.match_substring_regex(each, words))
        retail = pc.or_(retail, pc.fill_null(found, False))
    written = table["customer_uscc"].combine_chunks()
    codes = pa.array(valid_codes(written.to_pylist()))
    numbers = pc.fill_null(pc.match_substring_regex(written, _PSEUDONYM), False)
    retail = pc.or_(retail, pc.fill_null(of_distinct(table["customer_name"].combine_chunks(), _named_like_persons), False))
    mine = pc.or_(kind, pc.or_(numbers, pc.and_(retail, pc.invert(pc.or_(organisation, codes)))))
    return np.asarray(mine.to_numpy(zero_copy_only=False))


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

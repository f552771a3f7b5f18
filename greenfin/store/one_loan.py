"""A receipt's own rows out of the book it was last in, as the reader may see them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import text

from greenfin.core.problems import Refused, error
from greenfin.core.records import Book
from greenfin.store.masking import mask_rules, masked, masked_for
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, may, permit
from greenfin.store.rows import held_rows, held_with
from greenfin.store.standings import TagRow
from greenfin.store.writing import reading

_OTHERS = {"projects": "project_id", "customers": "customer_no", "given_tags": "receipt_no"}  # by what of the loan they are found


def book_of_loan(store: Store, actor: Actor, tag: TagRow) -> Book:
    """The book that a receipt was last in, with that loan, its project, its borrower and the tags given to it alone.

    Names and identity numbers are covered where the actor may not read them. Raises Refused.
    """
    permit(actor, "read_loans", tag.branch)
    day, tables = _book(store, tag.book)
    loan = held_with(store, tables["loans"], "loans", "loan_id", [tag.receipt])
    found = {name: _where(held_rows(store, tables[name], name), key, loan[key].to_pylist()) for name, key in _OTHERS.items()}
    if not may(actor, "read_names", tag.branch):
        names = _names(held_rows(store, tables["loans"], "loans"), loan, found["customers"])
        return Book(day, loans=masked(loan, names=names), **{name: masked(rows, names=names) for name, rows in found.items()})
    return Book(day, loans=loan, **found)


def _names(loans: pa.Table, loan: pa.Table, customers: pa.Table) -> frozenset[str]:
    """The names that the texts of a loan may hold: its own and its borrower's, and those of whoever borrowed for the same project."""
    shared = _where(loans, "project_id", loan["project_id"].to_pylist())
    columns = [rows[name] for rows in (loan, shared, customers) for name in mask_rules().of if name in rows.column_names]
    return frozenset(name for column in columns for name in column.to_pylist() if name)


def loan_rows(store: Store, actor: Actor, tags: Iterable[TagRow], columns: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """These columns of each receipt's row in the book it was last in, covered where the actor may not read names; what is not in the
    record is not in the result. Raises Refused."""
    permit(actor, "read_loans")
    of_book: dict[str, list[str]] = {}
    for tag in tags:
        permit(actor, "read_loans", tag.branch)
        of_book.setdefault(tag.book, []).append(tag.receipt)
    read = list(dict.fromkeys((*columns, "loan_id", "branch_code", "customer_name")))
    found: dict[str, Mapping[str, Any]] = {}
    for book, receipts in of_book.items():
        if (entry := _entry(store, book)) is None:
            continue
        rows = masked_for(actor, held_with(store, entry[1]["loans"], "loans", "loan_id", receipts, read=read))
        found |= {row["loan_id"]: row for row in rows.select(list(dict.fromkeys((*columns, "loan_id")))).to_pylist()}
    return found


def _book(store: Store, book: str) -> tuple[date, Mapping[str, str]]:
    entry = _entry(store, book)
    if entry is None:
        raise Refused(error("store.no_such_book", "", book=book))
    return entry


def _entry(store: Store, book: str) -> tuple[date, Mapping[str, str]] | None:
    """The data date of a book and where its tables are; None where it is not in the record."""
    with reading(store) as session:
        row = session.connection().execute(text("SELECT as_of, tables FROM books WHERE id = :book"), {"book": book}).first()
    return (date.fromisoformat(row[0]), json.loads(row[1])) if row else None


def _where(table: pa.Table, column: str, values: Sequence[str | None]) -> pa.Table:
    """The rows with one of these values."""
    wanted = [value for value in values if value]
    if not wanted:
        return table.slice(0, 0)
    return table.filter(pc.fill_null(pc.is_in(table[column], value_set=pa.array(wanted, pa.string())), False))

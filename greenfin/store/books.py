"""Books in the record: the tables as parquet by hash, one line for the book, entered in the logs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlmodel import Session, col, select

from greenfin.core.columns import fitted
from greenfin.core.problems import Problem, Refused, error
from greenfin.core.records import BOOK_TABLES, Book, SourceFile
from greenfin.store.masking import masked, masked_for, of_projects, visible
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, allowed_branches, permit, permit_each
from greenfin.store.rows import content_sha256, keep_rows, read_rows
from greenfin.store.tables import BookRecord
from greenfin.store.writing import canonical_json, reading, writing


@dataclass(frozen=True, slots=True)
class BookEntry:
    """A book in the record; ``counts`` are its rows by table and its problems by code, ``imported_at`` is UTC."""

    id: str
    as_of: date
    files: tuple[SourceFile, ...]
    tables: Mapping[str, str]
    loans: int
    balance_fen: int
    counts: Mapping[str, Any]
    imported_by: str
    imported_at: str


def import_book(store: Store, actor: Actor, book: Book, problems: Iterable[Problem] = ()) -> BookEntry:
    """Enter a book as it was read, with a count of the problems met; one that is there already keeps its entry. Raises Refused."""
    permit_each(actor, "import_book", pc.unique(book.loans["branch_code"]).to_pylist())
    book_id = id_of(book)
    if known := _found(store, book_id):
        return known
    made = _record(book, book_id, problems, {name: keep_rows(store, getattr(book, name)) for name in BOOK_TABLES})
    with writing(store) as now:
        if known_record := now.session.get(BookRecord, book_id):
            return _entry(known_record)  # somebody else entered it at the same moment
        made.imported_by, made.imported_at = actor.user, now.at
        now.session.add(made)
        now.append("imports", [{"actor": actor.user, "book": book_id}])
        detail = {"as_of": made.as_of, "tables": json.loads(made.tables), "loans": made.loans, "balance_fen": made.balance_fen}
        now.event(actor.user, "book.imported", subject=book_id, detail=detail)
    return _entry(made)


def id_of(book: Book) -> str:
    """The sha256 over a book's data date and what its tables hold."""
    content = {name: content_sha256(getattr(book, name)) for name in BOOK_TABLES if len(getattr(book, name))}
    return sha256(canonical_json({"as_of": book.as_of.isoformat(), "tables": content}).encode()).hexdigest()


def _record(book: Book, book_id: str, problems: Iterable[Problem], tables: Mapping[str, str]) -> BookRecord:
    met = Counter(f"{problem.severity.value}:{problem.code}" for problem in problems)
    rows = {name: len(getattr(book, name)) for name in BOOK_TABLES}
    return BookRecord(
        id=book_id,
        as_of=book.as_of.isoformat(),
        files=canonical_json([asdict(file) for file in book.files]),
        layout=canonical_json({sheet: dict(columns) for sheet, columns in book.layout.items()}),
        tables=canonical_json(tables),
        loans=len(book.loans),
        balance_fen=pc.sum(book.loans["balance_fen"]).as_py() or 0,
        counts=canonical_json({"rows": rows, "problems": met}),
        imported_by="",
        imported_at="",
    )


def _entry(record: BookRecord) -> BookEntry:
    return BookEntry(
        record.id,
        date.fromisoformat(record.as_of),
        tuple(SourceFile(**file) for file in json.loads(record.files)),
        json.loads(record.tables),
        record.loans,
        record.balance_fen,
        json.loads(record.counts),
        record.imported_by,
        record.imported_at,
    )


def _found(store: Store, book_id: str) -> BookEntry | None:
    with reading(store) as session:
        record = session.get(BookRecord, book_id)
        return _entry(record) if record else None


def books(store: Store, actor: Actor, *, before: str = "", limit: int = 50) -> tuple[BookEntry, ...]:
    """Books, the last imported first; the next page begins ``before`` the last one's ``imported_at``.

    Whoever is bound to branches gets the books that hold loans of these, with the number and balance of these alone. Raises Refused.
    """
    branches = allowed_branches(actor, "read_loans")
    found: list[BookEntry] = []
    with reading(store) as session:
        while len(found) < limit:
            query = select(BookRecord).order_by(col(BookRecord.imported_at).desc()).limit(limit)
            entries = [_entry(record) for record in session.exec(query.where(col(BookRecord.imported_at) < before) if before else query)]
            found += entries if branches is None else [mine for entry in entries if (mine := _of_branches(store, entry, branches))]
            if len(entries) < limit:
                break
            before = entries[-1].imported_at
    return tuple(found[:limit])


def _of_branches(store: Store, entry: BookEntry, branches: frozenset[str]) -> BookEntry | None:
    """The entry with what it says of the branches alone; None where it holds none of their loans."""
    loans = _table(store, "loans", entry.tables["loans"]).select(["branch_code", "balance_fen"])
    mine = loans.filter(pc.fill_null(pc.is_in(loans["branch_code"], value_set=pa.array(sorted(branches), pa.string())), False))
    if not len(mine):
        return None
    return replace(entry, loans=len(mine), balance_fen=pc.sum(mine["balance_fen"]).as_py() or 0, counts={})


def read_book_back(store: Store, actor: Actor, book_id: str) -> Book:
    """The book as it was imported, as far as the actor may see it: rows of other branches left out, names masked where they are to be.

    Raises Refused where there is no such book, or its files of rows are gone or altered.
    """
    permit(actor, "read_loans")
    with reading(store) as session:
        record = _record_of(session, book_id)
        entry, layout = _entry(record), json.loads(record.layout)
    tables = {name: _table(store, name, sha) for name, sha in entry.tables.items()}
    return Book(entry.as_of, **_readable(actor, tables), files=entry.files, layout=layout)


def _record_of(session: Session, book_id: str) -> BookRecord:
    record = session.get(BookRecord, book_id)
    if record is None:
        raise Refused(error("store.no_such_book", "", book=book_id))
    return record


def _table(store: Store, name: str, sha: str) -> pa.Table:
    """The table in today's schema: a column added since is empty."""
    return fitted(read_rows(store, sha), name)


_OF_THE_BANK = ("operations",)  # nothing of a loan in them


def _readable(actor: Actor, tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """The tables as the actor may see them: what stands under no branch goes with the loans it belongs to."""
    every = tables["loans"]
    if allowed_branches(actor, "read_loans") is None:
        return {name: masked_for(actor, table, loans=every) for name, table in tables.items()}
    loans = visible(actor, every, of=every)
    found = {"loans": loans}
    for name, table in tables.items():
        key = next((key for key in ("branch_code", "loan_id", "project_id") if key in table.column_names), None)
        if key == "branch_code":
            found[name] = visible(actor, table, of=every)
        elif key:
            kept = table.filter(pc.is_in(table[key], value_set=loans[key].combine_chunks().drop_null()))
            found[name] = masked(kept, own=of_projects(kept, every))
        else:
            found[name] = table if name in _OF_THE_BANK else table.slice(0, 0)
    return found

"""The matches of a book's borrowers as a table (``name_matches``), and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.columns import schema
from greenfin.core.problems import Outcome, Problem, info, warning
from greenfin.core.records import Book
from greenfin.names.apart import forms_apart, places_same, written_otherwise
from greenfin.names.joins import cells, column
from greenfin.names.match import CODE, DIFFERS, EQUAL, SHORT, SURE, WAYS, Pairs, Side, find_pairs, side_of
from greenfin.names.near import CHUNK
from greenfin.names.parts import Parts

Ints = NDArray[np.int64]
_PERSON, _NONE = "person", "none"


def match(book: Book, companies: Book, *, chunk: int = CHUNK, workers: int = -1) -> Outcome[pa.Table]:
    """Each loan with the company of its borrower (``name_matches``), in the order of the loans.

    A loan has one row where its company is known, one for each proposal where a person must say, and one with ``none`` or
    ``person`` (natural persons are left alone). ``chunk`` and ``workers`` change nothing but the time. Problems name ids and cells.
    """
    listed = side_of(companies, "customers")
    borrowers, first, loan = _distinct(book)
    pairs = find_pairs(borrowers, listed, chunk=chunk, workers=workers)
    table = _table(book, companies, pairs, _differences(borrowers, listed, pairs), borrowers=borrowers, loan=loan)
    return Outcome(table, tuple(_problems(book, companies, pairs, borrowers=borrowers, first=first, loan=loan)))


def _distinct(book: Book) -> tuple[Side, Ints, Ints]:
    """Each borrower's name and code once, the first loan of each, and the borrower of each loan."""
    names, codes = column(book.loans, "customer_name"), pc.utf8_upper(column(book.loans, "customer_uscc"))
    keys = pc.binary_join_element_wise(names, codes, "\x1f").dictionary_encode()
    loan = np.asarray(keys.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
    _, first = np.unique(loan, return_index=True)
    rows = pa.array(first)
    return Side.of(names.take(rows), codes.take(rows)), first.astype(np.int64), loan


def _differences(borrowers: Side, companies: Side, pairs: Pairs) -> list[str]:
    """Per pair what differs: codes of kinds, and for names that are not one the signs."""
    one, other = borrowers.parts.take(pairs.left), companies.parts.take(pairs.right)
    names = borrowers.names.take(pa.array(pairs.left)), companies.names.take(pa.array(pairs.right))
    written = np.asarray(pc.not_equal(*names).to_numpy(zero_copy_only=False), dtype=np.bool_)
    kinds = {
        "code": pairs.way == DIFFERS,
        "name": (pairs.way == CODE) & written,
        "twice": _twice(pairs),
        **{kind: mask & written for kind, mask in _kinds(one, other).items()},
    }
    texts = [""] * pairs.left.size
    for kind, mask in kinds.items():
        for row in np.flatnonzero(mask):
            texts[row] = f"{texts[row]} {kind}".strip()
    for row in np.flatnonzero(pairs.way >= SHORT):
        texts[row] = f"{texts[row]} {written_otherwise(one.whole[row].as_py(), other.whole[row].as_py())}".strip()
    return texts


def _kinds(one: Parts, other: Parts) -> dict[str, NDArray[np.bool_]]:
    def unequal(name: str) -> NDArray[np.bool_]:
        return np.asarray(pc.not_equal(getattr(one, name), getattr(other, name)).to_numpy(zero_copy_only=False), dtype=np.bool_)

    same_place = places_same(one, other)
    return {
        "signs": ~unequal("folded"),
        "form": unequal("form"),
        "forms_apart": forms_apart(one, other),
        "place_moved": same_place & unequal("placed"),
        "place": ~same_place,
        "group": unequal("group"),
        "unit": unequal("unit"),
    }


def _twice(pairs: Pairs) -> NDArray[np.bool_]:
    """Pairs of a sure way that several companies share."""
    counts = np.bincount(pairs.left, minlength=1) if pairs.left.size else np.zeros(1, dtype=np.int64)
    return (counts[pairs.left] > 1) & (pairs.way <= SURE)


def _table(book: Book, companies: Book, pairs: Pairs, differences: list[str], *, borrowers: Side, loan: Ints) -> pa.Table:
    """Pairs spread over the loans; a loan whose borrower has none keeps a row."""
    size = len(borrowers.names)
    bare = np.setdiff1d(np.arange(size), pairs.left)
    left, right = np.concatenate([pairs.left, bare]), np.concatenate([pairs.right, np.full(bare.size, -1)])
    order = np.argsort(left, kind="stable")
    counts = np.bincount(left, minlength=size)
    starts = np.cumsum(counts) - counts
    rows = np.repeat(np.arange(loan.size), counts[loan])
    at = order[starts[loan][rows] + np.arange(rows.size) - np.repeat(np.cumsum(counts[loan]) - counts[loan], counts[loan])]
    ways = np.array([WAYS[way] for way in pairs.way] + [_PERSON if borrowers.person[row] else _NONE for row in bare], dtype=object)
    company = pa.array(right[at], mask=right[at] < 0)
    scores = np.concatenate([np.round(pairs.score, 4), np.full(bare.size, np.nan)])[at]
    accepted = np.concatenate([pairs.accepted.astype(np.int8), np.full(bare.size, -1, dtype=np.int8)])[at]
    columns = {
        "loan_id": book.loans["loan_id"].combine_chunks().take(pa.array(rows)),
        "customer_no": companies.customers["customer_no"].combine_chunks().take(company),
        "customer_uscc": companies.customers["customer_uscc"].combine_chunks().take(company),
        "way": pa.array(ways[at].tolist(), pa.string()),
        "score": pa.array(scores, mask=right[at] < 0),
        "accepted": pa.array(accepted == 1, mask=accepted < 0),
        "difference": pa.array([differences[i] if i < len(differences) else None for i in at], pa.string()),
        "loan_cell": pa.array(cells(book, book.loans, np.arange(loan.size), "customer_name"), pa.string()).take(pa.array(rows)),
        "company_cell": _company_cells(companies).take(company),
    }
    return pa.Table.from_arrays([columns[f.name].cast(f.type) for f in schema("name_matches")], schema=schema("name_matches"))


def _company_cells(companies: Book) -> pa.Array:
    return pa.array(cells(companies, companies.customers, np.arange(companies.customers.num_rows), "customer_name"), pa.string())


def _problems(book: Book, companies: Book, pairs: Pairs, *, borrowers: Side, first: Ints, loan: Ints) -> Iterator[Problem]:
    """What a person must look at, by cells; how many were left alone or only offered."""
    listed = companies.customers
    seen = {"names.code_differs": pairs.way == DIFFERS, "names.company_twice": _twice(pairs)}
    for code, mask in seen.items():
        rows = np.flatnonzero(mask)
        ours = cells(book, book.loans, first[pairs.left[rows]], "customer_name")
        theirs = cells(companies, listed, pairs.right[rows], "customer_name")
        for one, other in zip(ours, theirs, strict=True):
            if code == "names.code_differs":
                yield warning("names.code_differs", one, other=other)
            else:
                yield warning("names.company_twice", one, other=other)
    offered = np.unique(pairs.left[~pairs.accepted & (pairs.way >= EQUAL)])
    if offered.size:
        yield info("names.proposed", count=int(np.isin(loan, offered).sum()))
    if borrowers.person.any():
        yield info("names.persons_left", count=int(borrowers.person[loan].sum()))

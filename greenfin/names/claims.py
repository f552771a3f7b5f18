"""What is claimed twice: a loan by a green bond and by the facility, a certificate, a bill, a receipt of two branches."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.problems import Problem, warning
from greenfin.core.records import Book
from greenfin.names.joins import cells, column, equal_pairs, groups_of
from greenfin.names.parts import folded
from greenfin.names.projects import project_problems
from greenfin.names.words import words

Mask = NDArray[np.bool_]
Say = Callable[[str, str], Problem]


def double_claims(book: Book) -> tuple[Problem, ...]:
    """A problem with both cells for everything that a book holds or claims twice; projects among them."""
    return (
        *project_problems(book),
        *_bond_and_facility(book),
        *_certificates(book),
        *_bills(book),
        *_receipts(book),
    )


def _flags(mask: pa.Array | pa.ChunkedArray) -> Mask:
    return np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _bond_and_facility(book: Book) -> Iterator[Problem]:
    """Loans paid out of the proceeds of a green bond that are claimed for the carbon-reduction facility too."""
    claimed = _flags(book.loans["is_carbon_tool"])
    source = folded(column(book.loans, "fund_source"))
    if not claimed.any() or not pc.any(pc.not_equal(source, "")).as_py():
        return
    said = words()["claims"]
    green = _flags(pc.match_substring_regex(source, f"(?:{said['bond_green']}).*(?:{said['bond_sign']})"))
    bonds = book.bonds.filter(_green_bonds(book.bonds)) if len(book.bonds) else book.bonds
    known: dict[int, int] = {}
    for name in ("bond_code", "bond_name", "trade_no"):
        loans, rows = equal_pairs(source, folded(column(bonds, name)))
        known |= dict(zip(loans.tolist(), rows.tolist(), strict=True))
    green[list(known)] = True
    for row in np.flatnonzero(claimed & green).tolist():
        where, facility = (cells(book, book.loans, [row], name)[0] for name in ("fund_source", "is_carbon_tool"))
        at = cells(book, bonds, [known[row]], "bond_code")[0] if row in known else ""
        loan = book.loans["loan_id"][row].as_py()
        yield warning("names.bond_and_facility", where, loan=loan, other=f"{facility} {at}".strip())


def _green_bonds(bonds: pa.Table) -> pa.Array:
    """Green bonds: labelled, or with a class of the bond catalogue, or called so."""
    said = f"(?:{words()['claims']['bond_green']})"
    label = folded(column(bonds, "label"))
    no = pa.array(words()["claims"]["no_marks"])
    labelled = pc.and_(pc.not_equal(label, ""), pc.invert(pc.is_in(label, value_set=no)))
    classed = pc.not_equal(column(bonds, "green_bond_code"), "")
    return pc.or_(pc.or_(labelled, classed), pc.match_substring_regex(folded(column(bonds, "bond_name")), said))


def _certificates(book: Book) -> Iterator[Problem]:
    """Certificates and rights with one number under several projects or loans."""
    yield from _twice(book, book.projects, "green_cert", of="project_id", say=_certificate)
    yield from _twice(book, book.loans, "env_rights", of="project_id", say=_certificate, also="contract_no")
    papers = book.evidence
    if len(papers):
        kinds = pc.match_substring_regex(folded(column(papers, "kind")), words()["claims"]["certificate"])
        mine = papers.filter(_flags(kinds))
        for name in ("evidence_id", "name"):
            yield from _twice(book, mine, name, of="project_id", say=_certificate, also="receipt_no")


def _certificate(where: str, other: str) -> Problem:
    return warning("names.certificate_twice", where, other=other)


def _twice(book: Book, table: pa.Table, name: str, *, of: str, say: Say, also: str = "") -> Iterator[Problem]:
    """Rows with one number in a column that belong to different things."""
    if not len(table):
        return
    numbers = _numbers(column(table, name))
    owners = column(table, of)
    if also:
        owners = pc.if_else(pc.equal(owners, ""), column(table, also), owners)
    for rows in groups_of(numbers):
        first = rows[0]
        others = [row for row in rows[1:] if owners[int(row)] != owners[int(first)]]
        places = cells(book, table, [first, *others], name)
        for where in places[1:]:
            yield say(where, places[0])


def _numbers(texts: pa.Array) -> pa.Array:
    """Numbers of papers without blanks and marks; a text without a number of some length is none."""
    bare = pc.replace_substring_regex(folded(texts), r"[^\p{Han}a-z0-9]", "")
    return pc.if_else(pc.match_substring_regex(bare, words()["claims"]["number"]), bare, "")


def _bills(book: Book) -> Iterator[Problem]:
    """Bills that were discounted more than once; a bill discounted here and rediscounted is one."""
    if not len(book.bills):
        return
    said = words()["claims"]
    kinds = folded(column(book.bills, "kind"))
    mine = pc.and_(pc.match_substring_regex(kinds, said["discount"]), pc.invert(pc.match_substring_regex(kinds, said["rediscount"])))
    bills = book.bills.filter(_flags(mine))
    numbers = pc.replace_substring_regex(folded(column(bills, "bill_no")), r"[^a-z0-9]", "")
    for rows in groups_of(numbers):
        places = cells(book, bills, rows, "bill_no")
        for where in places[1:]:
            yield warning("names.bill_twice", where, other=places[0])


def _receipts(book: Book) -> Iterator[Problem]:
    """Receipts that stand in the ledgers of two branches: one number, or one contract, day and amount, of one borrower."""
    loans = book.loans
    if not len(loans):
        return
    number = pc.replace_substring_regex(folded(column(loans, "receipt_no")), r"[^a-z0-9]", "")
    branch, uscc = column(loans, "branch_code"), column(loans, "customer_uscc")
    borrower = pc.if_else(pc.equal(uscc, ""), column(loans, "customer_no"), uscc)
    amounts = [column(loans, name) for name in ("amount_fen", "start_on")]
    told = pc.if_else(pc.equal(borrower, ""), pc.binary_join_element_wise(*amounts, "|"), borrower)
    keys = pc.if_else(pc.equal(number, ""), "", pc.binary_join_element_wise(number, told, "\x1f"))
    for rows in groups_of(keys):
        others = [row for row in rows[1:] if branch[int(row)] != branch[int(rows[0])]]
        places = cells(book, loans, [rows[0], *others], "receipt_no")
        ids = [loans["loan_id"][int(row)].as_py() for row in [rows[0], *others]]
        for where, loan in zip(places[1:], ids[1:], strict=True):
            yield warning("names.receipt_twice", where, loan=loan, first=ids[0], other=places[0])

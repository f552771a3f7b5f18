"""Which green loans have a claim on a project, and how large it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.attribute.numerator import DRAWN, MONTHLY_AVERAGE, PERIOD_END, amounts
from greenfin.core.money import round_half_up, to_yuan
from greenfin.core.problems import Problem, error, info, warning
from greenfin.core.records import Book

GREEN = "green"
PPM = 10**6

Integers = NDArray[np.object_]  # Python integers: products of money, shares and amounts do not fit 64 bits
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Claims:
    """Green loans that have a claim, ordered by project and loan id: ``owner`` is the row of the project table."""

    loan_ids: NDArray[np.object_]
    rows: Rows  # of the loan table
    owner: Rows
    weight: Integers  # fen × ppm


def claims_of(book: Book, tags: pa.Table, problems: list[Problem], *, numerator: str = PERIOD_END) -> Claims:
    """The claims of the green loans of known projects; what keeps a loan from having one goes to ``problems``."""
    green = tags.select(["loan_id", "decision", "share_ppm"])
    green = green.filter(pc.equal(green["decision"], GREEN))
    if len(pc.unique(green["loan_id"])) < len(green):  # tags of several editions
        _, first = np.unique(np.asarray(green["loan_id"].to_pylist(), dtype=str), return_index=True)
        green = green.take(pa.array(np.sort(first)))
    at = pc.index_in(green["loan_id"], value_set=book.loans["loan_id"].combine_chunks())
    green, rows = green.filter(pc.is_valid(at)), pc.drop_null(at)
    loans = book.loans.select(["loan_id", "project_id"]).take(rows)
    homeless = pc.or_(pc.is_null(loans["project_id"]), pc.equal(pc.fill_null(loans["project_id"], ""), ""))
    if count := pc.sum(homeless).as_py():
        problems.append(info("attribute.no_project", "", count=count))
    owner = pc.index_in(loans["project_id"], value_set=book.projects["project_id"].combine_chunks())
    known = pc.and_(pc.is_valid(owner), pc.invert(homeless))
    green, loans, rows, owner = (column.filter(known) for column in (green, loans, rows, owner))
    balances = amounts(book, rows, numerator=numerator)
    shares = np.asarray(green["share_ppm"].to_pylist(), dtype=object)
    at_loan, at_project = (np.asarray(column.to_numpy(), dtype=np.int64) for column in (rows, owner))
    good, refused = _usable(book, at_loan, at_project, balances=balances, shares=shares, numerator=numerator)
    problems.extend(refused)
    names = np.asarray(loans["loan_id"].to_pylist(), dtype=object)[good]
    order = np.lexsort((names.astype(str), at_project[good]))
    weight = (balances[good] * shares[good])[order]
    return Claims(names[order], at_loan[good][order], at_project[good][order], weight)


def _usable(book: Book, rows: Rows, owners: Rows, *, balances: Integers, shares: Integers, numerator: str) -> tuple[Rows, list[Problem]]:
    """Which claims have an amount and a share; the others get a problem."""
    problems: list[Problem] = []
    good = np.ones(rows.size, dtype=np.bool_)
    no_balance, no_share = (np.fromiter((v is None for v in column), np.bool_, column.size) for column in (balances, shares))
    negative = ~no_balance & np.where(no_balance, 0, balances).astype(object).__lt__(0)
    wrong = ~no_share & ((np.where(no_share, 0, shares) < 0) | (np.where(no_share, 0, shares) > PPM))
    for mask, make in ((no_balance, _UNKNOWN[numerator]), (negative, _negative), (no_share, _no_share), (wrong, _wrong_share)):
        places = np.flatnonzero(mask & good)
        problems.extend(make(loan_cell(book, rows[at]), project_id(book, owners[at]), shares[at]) for at in places)
        good &= ~mask.astype(np.bool_)
    return np.flatnonzero(good), problems


def _no_balance(where: str, project: str, share: object) -> Problem:
    return error("attribute.balance_missing", where, project=project)


def _no_average(where: str, project: str, share: object) -> Problem:
    return error("attribute.average_missing", where, project=project)


def _no_drawings(where: str, project: str, share: object) -> Problem:
    return error("attribute.drawings_missing", where, project=project)


_UNKNOWN: Mapping[str, Callable[[str, str, object], Problem]] = {
    PERIOD_END: _no_balance,
    MONTHLY_AVERAGE: _no_average,
    DRAWN: _no_drawings,
}


def _negative(where: str, project: str, share: object) -> Problem:
    return error("attribute.balance_negative", where, project=project)


def _no_share(where: str, project: str, share: object) -> Problem:
    return error("attribute.share_missing", where, project=project)


def _wrong_share(where: str, project: str, share: object) -> Problem:
    return error("attribute.share_impossible", where, project=project, share=str(Fraction(int(str(share)), PPM)))


def loan_cell(book: Book, row: int, column: str = "balance_fen") -> str:
    """Where a loan's amount stands; its id where the book is of no file."""
    sheet, at = book.loans["source_sheet"][row].as_py(), book.loans["source_row"][row].as_py()
    return book.cell(sheet, at, column) if sheet else str(book.loans["loan_id"][row].as_py())


def project_id(book: Book, row: int) -> str:
    """The id of a row of the projects."""
    return str(book.projects["project_id"][row].as_py())


def project_cell(book: Book, row: int) -> str:
    """Where a project's total investment stands; its id where the book is of no file."""
    sheet, at = book.projects["source_sheet"][row].as_py(), book.projects["source_row"][row].as_py()
    return book.cell(sheet, at, "total_invest_fen") if sheet else project_id(book, row)


def only(claims: Claims, keep: NDArray[np.bool_]) -> Claims:
    """Some of the claims."""
    return Claims(claims.loan_ids[keep], claims.rows[keep], claims.owner[keep], claims.weight[keep])


def measured(book: Book, claims: Claims, measurements: pa.Table, problems: list[Problem]) -> Claims:
    """The claims on projects that have a result."""
    measured = pc.is_in(book.projects["project_id"], value_set=measurements["project_id"].combine_chunks())
    has = np.asarray(measured.to_pylist(), dtype=np.bool_)
    keep = has[claims.owner] if claims.owner.size else np.zeros(0, dtype=np.bool_)
    problems.extend(
        info("attribute.project_not_measured", project_cell(book, row), project=project_id(book, row))
        for row in np.unique(claims.owner[~keep])
    )
    return only(claims, keep)


def invested(book: Book, claims: Claims, totals: Integers, problems: list[Problem]) -> Claims:
    """The claims on projects with a total investment above zero."""
    has = np.asarray([t is not None and t > 0 for t in totals], dtype=np.bool_)
    keep = has[claims.owner] if claims.owner.size else np.zeros(0, dtype=np.bool_)
    problems.extend(
        error("attribute.no_total_investment", project_cell(book, row), project=project_id(book, row))
        for row in np.unique(claims.owner[~keep])
    )
    return only(claims, keep)


def summed(claims: Claims) -> tuple[Rows, Integers]:
    """Where each project's claims begin, and the sum of their weights."""
    heads = np.flatnonzero(np.r_[True, claims.owner[1:] != claims.owner[:-1]])
    return heads, np.add.reduceat(claims.weight, heads)


def above(book: Book, owners: Rows, claimed: Integers, totals: Integers) -> list[Problem]:
    """A warning for each project with more green loans than investment."""
    return [
        warning(
            "attribute.above_investment",
            project_cell(book, owners[at]),
            project=project_id(book, owners[at]),
            balance=f"{to_yuan(int(round_half_up(Fraction(claimed[at], PPM), 0))):,}",
            total=f"{to_yuan(totals[at]):,}",
        )
        for at in np.flatnonzero((claimed > totals * PPM).astype(np.bool_))
    ]

"""What of a loan counts against the total investment: its balance at the end of the period, its monthly average, or all that was drawn.

The guide for green-credit projects takes the balance at the end of the period; the PBoC's guide for carbon accounting the average of
the month ends of the period, months before the first drawing as nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.records import Book
from greenfin.methods.choices import choices_of
from greenfin.methods.registry import METHODS

Integers = NDArray[np.object_]
Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]

METHOD, CONVENTION = "CBRC-ATTR", "numerator"
PERIOD_END, MONTHLY_AVERAGE, DRAWN = "period_end", "monthly_average", "cumulative_drawings"
EXCLUDED = "excluded"  # taken out of a facility: no money moved
COLUMN = {PERIOD_END: "balance_fen", MONTHLY_AVERAGE: "avg_balance_fen", DRAWN: "balance_fen"}


def numerator_of(conventions: Mapping[str, str]) -> str:
    """What counts under these conventions. Raises Refused for a choice there is not."""
    return choices_of(METHODS[METHOD].declaration, conventions)[CONVENTION]


def amounts(book: Book, rows: pa.Array, *, numerator: str) -> Integers:
    """Fen of these rows of the loans that count; None where the book does not say.

    The monthly average is the ledger's own, else that of the month ends from January to the data date, counted back from the balance
    by the list of drawings and repayments; a loan that the list does not name has none.
    """
    if numerator == PERIOD_END:
        return _column(book, "balance_fen", rows)
    if numerator == DRAWN:
        drawn: Integers = _drawn(book)[rows.to_numpy()]
        return drawn
    own = _column(book, "avg_balance_fen", rows)
    counted = _averages(book)[rows.to_numpy()]
    own[~_is_known(own)] = counted[~_is_known(own)]
    return own


def month_averages(book: Book) -> pa.Array:
    """The average of each loan's month ends of the year by the list of drawings, in fen; null for a loan that the list does not name."""
    return pa.array(_averages(book).tolist(), pa.int64())


def moves_of(book: Book, loans: pa.Array) -> pa.Table:
    """The listed movements of some of the loans (flags over the book's), the ones that ``amounts`` counts for them."""
    moves, at = _joined(book)
    return moves.filter(pc.take(loans, at))


def _column(book: Book, name: str, rows: pa.Array) -> Integers:
    return np.asarray(book.loans[name].take(rows).to_pylist(), dtype=object)


def _joined(book: Book) -> tuple[pa.Table, pa.ChunkedArray]:
    """The listed movements until the data date that are of a loan of the book, and its row."""
    moves = book.drawings
    usable = pc.and_(pc.is_valid(moves["amount_fen"]), pc.less_equal(moves["moved_on"], pa.scalar(book.as_of, pa.date32())))
    moves = moves.filter(pc.and_(pc.fill_null(usable, False), pc.fill_null(pc.not_equal(moves["kind"], EXCLUDED), True)))
    at = pc.coalesce(*(pc.index_in(moves["receipt_no"], value_set=known, skip_nulls=True) for known in _names(book)))
    return moves.filter(pc.is_valid(at)), pc.drop_null(at)


def _moves(book: Book) -> tuple[Rows, NDArray[np.int64], NDArray[np.datetime64], Flags]:
    """Of each listed movement: the loan's row, fen, day, and whether it was drawn."""
    moves, at = _joined(book)
    drawn = np.asarray(pc.fill_null(pc.equal(moves["kind"], "drawn"), False).to_numpy(), dtype=np.bool_)
    return at.to_numpy().astype(np.int64), moves["amount_fen"].to_numpy(), moves["moved_on"].to_numpy(), drawn


def _names(book: Book) -> tuple[pa.Array, pa.Array]:
    """What a loan may be called in the list: its id, and its receipt number where no other loan has that."""
    numbers = book.loans["receipt_no"].combine_chunks()
    counts = pc.value_counts(numbers)
    several = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    own = pc.if_else(pc.is_in(numbers, value_set=several), None, numbers)
    return book.loans["loan_id"].combine_chunks(), own


def _drawn(book: Book) -> Integers:
    """All that was drawn of each loan until the data date."""
    at, fen, _, drawn = _moves(book)
    return _or_none(_summed(at[drawn], fen[drawn], book.loans.num_rows), _marked(at[drawn], book.loans.num_rows))


def _averages(book: Book) -> Integers:
    """The average of each loan's month ends of the year up to the data date, half up to the fen; None where the list makes one negative."""
    at, fen, day, drawn = _moves(book)
    size, months = book.loans.num_rows, book.as_of.month
    signed = np.where(drawn, fen, -fen)
    firsts = np.array([date(book.as_of.year, month + 1, 1) for month in range(1, months)], dtype="datetime64[D]")
    before = np.searchsorted(firsts, day, side="right")  # month ends of the year before the movement
    balance = _column(book, "balance_fen", pa.array(np.arange(size)))
    known = _marked(at, size) & _is_known(balance)
    total = last = np.where(known, balance, 0)
    for month in range(months - 1):
        then = last - _summed(at[before > month], signed[before > month], size)
        known &= (then >= 0).astype(np.bool_)
        total = total + then
    return _or_none((2 * total + months) // (2 * months), known)


def _summed(at: Rows, fen: NDArray[np.int64], size: int) -> Integers:
    found = np.zeros(size, dtype=object)
    np.add.at(found, at, fen.astype(object))
    return found


def _is_known(values: Integers) -> Flags:
    return np.fromiter((value is not None for value in values), np.bool_, values.size)


def _marked(at: Rows, size: int) -> Flags:
    marked = np.zeros(size, dtype=np.bool_)
    marked[at] = True
    return marked


def _or_none(values: Integers, known: Flags) -> Integers:
    found = values.copy()
    found[~known] = None
    return found

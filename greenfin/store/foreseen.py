"""What a book would do to the books in force, before it is entered: which of their loans stay, which come, which leave.

In force is, for every branch, the book that was entered last by somebody to whom the branch was open, as far as its loans are still
held under it: a loan that left with an earlier book does not leave again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fractions import Fraction

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from greenfin.store.opening import Store
from greenfin.store.permissions import EVERY_BRANCH, Actor, Scope, allowed_branches, scope_of
from greenfin.store.standings import rows_among
from greenfin.store.writing import reading

Held = tuple[str, str]  # branch, book
_HELD = (
    "SELECT branch, book, count(*), sum(amount_fen) FROM"
    " (SELECT receipt, branch, book, max(amount_fen) AS amount_fen FROM tags GROUP BY receipt, branch, book) AS held GROUP BY branch, book"
)
_OF_RECEIPTS = "SELECT receipt, branch, book, max(amount_fen) FROM tags WHERE receipt {among} GROUP BY receipt, branch, book"
_ENTERED = "SELECT subject, actor, detail FROM events WHERE kind = 'proposals.entered' ORDER BY number"


@dataclass(frozen=True, slots=True)
class Lot:
    """So many loans and their balance."""

    loans: int = 0
    fen: int = 0


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would come of a book: ``held`` is in force, of it ``stay`` (at the book's balances) and ``leave`` (at those of the record),
    ``come`` is new; ``as_of`` are the data dates of the books in force."""

    held: Lot
    stay: Lot
    come: Lot
    leave: Lot
    as_of: tuple[str, ...] = ()

    @property
    def then(self) -> Lot:
        """What is in force afterwards."""
        return Lot(self.stay.loans + self.come.loans, self.stay.fen + self.come.fen)

    @property
    def share_leaving(self) -> Fraction:
        """What of the loans in force leaves, or of their balance where that is more."""
        pairs = ((self.leave.loans, self.held.loans), (self.leave.fen, self.held.fen))
        return max(Fraction(part, whole) if whole > 0 else Fraction(0) for part, whole in pairs)


def foreseen(store: Store, actor: Actor, loans: pa.Table) -> Foreseen:
    """What would come of a book with these loans (``loan_id``, ``balance_fen``) in the branches that are the actor's. Raises Refused."""
    branches = allowed_branches(actor, "import_book")
    own = dict(zip(loans["loan_id"].to_pylist(), pc.fill_null(loans["balance_fen"], 0).to_pylist(), strict=True))
    with reading(store) as session:
        connection = session.connection()
        rows = connection.exec_driver_sql(_HELD).fetchall()
        held = {(str(b), str(k)): Lot(int(n), int(fen or 0)) for b, k, n, fen in rows if branches is None or b in branches}
        live = in_force(held, _entered(connection))
        known = [row for row in rows_among(connection, _OF_RECEIPTS, list(own) if live else ()) if (row[1], row[2]) in live]
        days = rows_among(connection, "SELECT as_of FROM books WHERE id {among}", sorted({book for _, book in live}))
        as_of = tuple(sorted({str(day) for (day,) in days}))
    whole, seen = _sum(held[one] for one in live), _sum(Lot(1, int(row[3] or 0)) for row in known)  # type: ignore[call-overload]  # a sum
    stay = _sum(Lot(1, own[receipt]) for receipt in {str(row[0]) for row in known})
    every = _sum(Lot(1, fen) for fen in own.values())
    return Foreseen(whole, stay, _less(every, stay), _less(whole, seen), as_of)


def last_entered(store: Store) -> int:
    """A number that grows with every book that is entered (0: none yet). Raises Refused."""
    with reading(store) as session:
        query = "SELECT coalesce(max(number), 0) FROM events WHERE kind = 'proposals.entered'"
        return int(session.connection().exec_driver_sql(query).scalar_one())


def in_force(held: Iterable[Held], entered: Sequence[tuple[str, AbstractSet[str] | None]]) -> set[Held]:
    """Which (branch, book) are in force: ``entered`` are the books in their order, each with the branches open to whoever entered it
    (None: all of them)."""
    held = set(held)
    last: dict[str, str] = {}
    for book, scope in entered:
        own = {branch for branch, of in held if of == book}
        last |= {branch: book for branch, _ in held if scope is None or branch in scope or branch in own}
    return {(branch, book) for branch, book in held if last.get(branch, book) == book}


def books_in_force(connection: Connection) -> set[Held]:
    """Which (branch, book) are in force, as far as tags are held under them."""
    rows = connection.exec_driver_sql("SELECT DISTINCT branch, book FROM tags").fetchall()
    return in_force({(str(branch), str(book)) for branch, book in rows}, _entered(connection))


def _entered(connection: Connection) -> list[tuple[str, AbstractSet[str] | None]]:
    """The books in the order in which they were entered last, those that hold no loan any more too (they ended others), each with the
    branches that were open then to whoever did it; where its event has none yet, with those that are open to him today."""
    by: dict[str, tuple[str, Sequence[str] | None]] = {}
    for book, actor, detail in connection.exec_driver_sql(_ENTERED):
        by.pop(str(book), None)
        by[str(book)] = str(actor), json.loads(str(detail)).get("branches")
    unsaid = sorted({actor for actor, branches in by.values() if branches is None})
    users = rows_among(connection, "SELECT name, role, branches FROM users WHERE name {among}", unsaid)
    people = {str(name): Actor(str(name), str(role), tuple(json.loads(str(own)))) for name, role, own in users}
    return [(book, _open_to(people.get(name)) if own is None else _bounds(own)) for book, (name, own) in by.items()]


def _bounds(branches: Sequence[str]) -> AbstractSet[str] | None:
    return None if EVERY_BRANCH in branches else frozenset(branches)


def _open_to(actor: Actor | None) -> AbstractSet[str] | None:
    if actor is None:
        return frozenset()
    return None if scope_of(actor, "import_book") is Scope.ALL or actor.has_every_branch else frozenset(actor.branches)


def _sum(lots: Iterable[Lot]) -> Lot:
    loans = fen = 0
    for lot in lots:
        loans, fen = loans + lot.loans, fen + lot.fen
    return Lot(loans, fen)


def _less(whole: Lot, part: Lot) -> Lot:
    return Lot(whole.loans - part.loans, whole.fen - part.fen)

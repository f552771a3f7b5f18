"""The machine's tags of a book as proposals: new ones enter the queue, decisions in force stay, what the machine sees anew is marked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, text

from greenfin.core.problems import Problem, Refused, error, warning
from greenfin.store.foreseen import Held, books_in_force
from greenfin.store.opening import Store
from greenfin.store.order import queue_key
from greenfin.store.permissions import EVERY_BRANCH, Actor, allowed_branches
from greenfin.store.standings import Key, add_counts, collector_paused, rows_among, update_many
from greenfin.store.workflow import PROPOSED
from greenfin.store.writing import Writing, writing

_MACHINE = ("decision", "code", "share_ppm", "score", "reason", "needs", "evidence", "rule")
_NEW = (
    *("receipt", "edition", "branch", "project", "book", "state", "version", *_MACHINE, "amount_fen"),
    *("proposal_decision", "proposal_code", "proposal_score", "maker", "checker", "in_force_from", "reported_run", "withdrawn_on"),
    *("decided_project", "is_changed", "queue_key"),
)
_SEEN = (
    *("branch", "project", "book", *_MACHINE, "amount_fen"),
    *("proposal_decision", "proposal_code", "proposal_score", "is_changed", "queue_key"),
)
_KNOWN = (
    *("receipt", "edition", "state", "branch", "decision", "code", "share_ppm", "amount_fen"),
    *("proposal_decision", "proposal_code", "is_changed", "version", "project", "decided_project"),
)
_TYPES = {
    "share_ppm": "integer",
    "score": "double precision",
    "amount_fen": "bigint",
    "proposal_score": "double precision",
    "is_changed": "boolean",
    "version": "bigint",
}
_COPY_ROWS = 50
_TOLD = 5  # receipts named in a warning
_Count = tuple[str, str, str, str, bool]


@dataclass(frozen=True, slots=True)
class Entered:
    """What came of a book's tags: how many are new, seen again as before, seen otherwise, and left with this book; what is to be told."""

    new: int
    same: int
    changed: int
    gone: int
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """A tag as the machine gives it now."""

    receipt: str
    edition: str
    branch: str
    project: str
    amount_fen: int | None
    machine: tuple[object, ...]

    @property
    def decision(self) -> str:
        return str(self.machine[0] or "")

    @property
    def code(self) -> str:
        return str(self.machine[1] or "")

    def key_of_queue(self, *, is_changed: bool, decision: str) -> str:
        reason = str(self.machine[4] or "")
        return queue_key(self.receipt, self.edition, is_changed=is_changed, decision=decision, reason=reason, amount_fen=self.amount_fen)


def enter_proposals(store: Store, actor: Actor, tags: pa.Table, *, book: str, loans: pa.Table) -> Entered:
    """Enter the machine's tags (schema ``tags``) of a book (its id in the store, its ``loans``) under the editions they name.

    What nobody has decided takes the machine's new view. What was decided stays as decided; where the machine now sees another class
    than at the last import, or the book another project, it is marked as changed. Receipts that are no longer in the book stay.
    A book of an earlier data date than that of the last import is entered all the same, and told. Raises Refused.
    """
    branches = allowed_branches(actor, "import_book")
    seen = list(_seen(tags, loans))
    if branches is not None and (outside := {s.branch for s in seen} - branches):
        raise Refused(error("store.branch_closed", "", found=", ".join(sorted(outside)[:5]), count=len(outside)))
    with collector_paused(), writing(store) as w:
        if branches is not None:
            _none_of_others(w.connection, {s.receipt for s in seen}, branches)
        newer = _of_newer_books(w.connection, seen, book)
        live = books_in_force(w.connection)
        made = _entered(w, seen, book)
        gone = _gone(
            w.connection, sorted({s.edition for s in seen}), book, {held for held in live if branches is None or held[0] in branches}
        )
        entered = Entered(made.new, made.same, made.changed, gone, (*newer, *made.told()))
        open_to = [EVERY_BRANCH] if branches is None else sorted(branches)
        counts = {"new": entered.new, "same": entered.same, "changed": entered.changed, "gone": entered.gone}
        w.event(actor.user, "proposals.entered", subject=book, detail={**counts, "branches": open_to})
    return entered


def _seen(tags: pa.Table, loans: pa.Table) -> Iterator[_Seen]:
    at = pc.index_in(tags["loan_id"], value_set=loans["loan_id"].combine_chunks())
    of_loan = [pc.take(loans[name].combine_chunks(), at).to_pylist() for name in ("branch_code", "project_id", "balance_fen")]
    own = [tags[name].to_pylist() for name in ("loan_id", "edition")]
    machine = zip(*(tags[name].to_pylist() for name in _MACHINE), strict=True)
    for receipt, edition, branch, project, amount, values in zip(*own, *of_loan, machine, strict=True):
        yield _Seen(receipt, edition, branch or "", project or "", amount, values)


def _none_of_others(connection: Connection, receipts: Iterable[str], branches: frozenset[str]) -> None:
    """Raises Refused where a receipt stands in a branch that is not the actor's: naming it under his own would bring it over."""
    rows = rows_among(connection, "SELECT receipt, branch FROM tags WHERE receipt {among}", sorted(receipts))
    if taken := sorted({str(receipt) for receipt, branch in rows if branch not in branches}):
        raise Refused(error("store.of_other_branch", "", found=", ".join(taken[:5]), count=len(taken)))


def _of_newer_books(connection: Connection, seen: Sequence[_Seen], book: str) -> tuple[Problem, ...]:
    """A warning where receipts were last seen in a book of a later data date: branch, amount and the machine's view go back to this one."""
    day = connection.execute(text("SELECT as_of FROM books WHERE id = :book"), {"book": book}).scalar()
    query = (
        "SELECT was.as_of, count(DISTINCT t.receipt) FROM tags t JOIN books was ON was.id = t.book"
        " WHERE t.receipt {among} AND was.as_of > ? GROUP BY was.as_of ORDER BY was.as_of"
    )
    found = list(rows_among(connection, query, sorted({s.receipt for s in seen}), day)) if day else []
    if not found:
        return ()
    return (warning("store.older_book", count=sum(int(str(n)) for _, n in found), day=day, newest=found[-1][0]),)


@dataclass(slots=True)
class _Made:
    """What came of the tags of a book that were entered; the receipts that the book moves out of the project they were decided in."""

    new: int = 0
    same: int = 0
    changed: int = 0
    moved: set[str] = field(default_factory=set)

    def told(self) -> Iterator[Problem]:
        if self.moved:
            yield warning("store.project_moved", count=len(self.moved), found=", ".join(sorted(self.moved)[:_TOLD]))


def _entered(w: Writing, seen: Sequence[_Seen], book: str) -> _Made:
    made, known = _Made(), _known(w.connection, seen)
    moves: dict[_Count, list[int]] = {}
    fresh, again = [], []
    for tag in seen:
        was = known.get((tag.receipt, tag.edition))
        if was is None:
            fresh.append(_fresh(tag, book))
            _move(moves, 1, (tag.edition, PROPOSED, tag.branch, tag.decision, False), tag.amount_fen)
            continue
        row, now, is_new_view = _again(tag, was, book)
        again.append(row)
        made.changed += is_new_view
        if _moves(tag, was):
            made.moved.add(tag.receipt)
        _move(moves, -1, (tag.edition, was["state"], was["branch"], was["decision"], bool(was["is_changed"])), was["amount_fen"])
        _move(moves, 1, (tag.edition, was["state"], tag.branch, *now), tag.amount_fen)
    fresh.sort(key=itemgetter(_NEW.index("queue_key")))  # as the indexes of the queue lie: each page of them is met once
    again.sort(key=itemgetter(_SEEN.index("queue_key")))
    _insert(w.connection, fresh)
    update_many(w.connection, "tags", _SEEN, ("receipt", "edition"), again, types=_TYPES)
    add_counts(w.connection, {k: (n, fen) for k, (n, fen) in moves.items() if n or fen})
    made.new, made.same = len(fresh), len(again) - made.changed
    return made


def _move(moves: dict[_Count, list[int]], sign: int, key: _Count, fen: int | None) -> None:
    at = moves.setdefault(key, [0, 0])
    at[0] += sign
    at[1] += sign * (fen or 0)


def _known(connection: Connection, seen: Sequence[_Seen]) -> dict[Key, Mapping[str, Any]]:
    found: dict[Key, Mapping[str, Any]] = {}
    query = f"SELECT {', '.join(_KNOWN)} FROM tags WHERE receipt {{among}} AND edition = ?"  # noqa: S608  # our own columns
    for edition in sorted({s.edition for s in seen}):
        for row in rows_among(connection, query, [s.receipt for s in seen if s.edition == edition], edition):
            found[str(row[0]), str(row[1])] = dict(zip(_KNOWN, row, strict=True))
    return found


def _fresh(tag: _Seen, book: str) -> tuple[object, ...]:
    decision, code, share, score, reason, needs, evidence, rule = tag.machine
    machine = (decision or "", code or "", share, score, reason or "", needs or "[]", evidence or "[]", rule or "")
    key = tag.key_of_queue(is_changed=False, decision=tag.decision)
    own = (tag.receipt, tag.edition, tag.branch, tag.project, book, PROPOSED, 0, *machine, tag.amount_fen)
    return (*own, tag.decision, tag.code, score, "", "", "", "", "", "", False, key)


def _again(tag: _Seen, was: Mapping[str, Any], book: str) -> tuple[tuple[object, ...], tuple[str, bool], bool]:
    """The row as it now is, its decision and flag for the counts, and whether the machine sees it otherwise than before."""
    _, _, share, score, reason, needs, evidence, rule = tag.machine
    seen = _class(tag.decision, tag.code)
    is_new_view = seen != _class(was["proposal_decision"], was["proposal_code"])
    decision, code = str(was["decision"]), str(was["code"])
    if was["version"]:
        is_other, is_moved = seen != _class(decision, code), tag.project != was["decided_project"]
        is_changed = (is_other and is_new_view) or _moves(tag, was) or ((is_other or is_moved) and bool(was["is_changed"]))
        share = was["share_ppm"]
    else:
        decision, code, is_changed = tag.decision, tag.code, False
    key = tag.key_of_queue(is_changed=is_changed, decision=decision)
    row = (tag.branch, tag.project, book, decision, code, share, score, reason or "", needs or "[]", evidence or "[]", rule or "")
    whole = (*row, tag.amount_fen, tag.decision, tag.code, score, is_changed, key, tag.receipt, tag.edition)
    return whole, (decision, is_changed), is_new_view


def _moves(tag: _Seen, was: Mapping[str, Any]) -> bool:
    """Whether the book now names another project than at the last import, and not the one that the tag was decided in."""
    return bool(was["version"]) and tag.project not in (was["project"], was["decided_project"])


def _class(decision: str, code: str) -> tuple[str, str]:
    """What counts as the same class: the nearest entry of what is not green does not."""
    return decision, "" if decision == "not_green" else code


def _insert(connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
    if not rows:
        return
    names = ", ".join(_NEW)
    if connection.dialect.name == "postgresql" and len(rows) >= _COPY_ROWS:
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101  # it is in a transaction
        with driver.cursor() as cursor, cursor.copy(f"COPY tags ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    connection.exec_driver_sql(f"INSERT INTO tags ({names}) VALUES ({', '.join([mark] * len(_NEW))})", list(rows))  # noqa: S608  # our own names


def _gone(connection: Connection, editions: Sequence[str], book: str, live: AbstractSet[Held]) -> int:
    """How many tags of these editions a book ends: they are still held under one that was in force before it."""
    query = "SELECT branch, book, count(*) FROM tags WHERE edition {among} AND book <> ? GROUP BY branch, book"
    rows = rows_among(connection, query, editions, book)
    return sum(int(str(n)) for branch, was, n in rows if (str(branch), str(was)) in live)

"""The monthly watch list: what may end a green tag, as of a day. Documents that run out, permits past due, open events, other views."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from greenfin.core.columns import fitted
from greenfin.store.evidence import evidence_rules
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, allowed_branches
from greenfin.store.rows import read_rows
from greenfin.store.standings import READ, TagRow, row_of, rows_among
from greenfin.store.workflow import workflow
from greenfin.store.writing import reading

EXPIRED, EXPIRING, PERMIT, RISK, DIVERTED, CHANGED = (
    *("evidence_expired", "evidence_expiring", "permit_past_due", "open_risk_event"),
    *("diverted_funds", "changed_proposal"),
)
REASONS = (EXPIRED, EXPIRING, PERMIT, RISK, DIVERTED, CHANGED)
_DIVERTED_KIND = "diverted_funds"
_GREEN = "green"
_OF_BOOK = ("loans", "customers", "risk_events", "evidence")


@dataclass(frozen=True, slots=True)
class Watched:
    """A green tag and why it must be looked at: the reason, the day it fell (or falls) due, and the id of what tells so."""

    receipt: str
    edition: str
    branch: str
    state: str
    amount_fen: int
    reason: str
    day: date | None
    source: str


def watch(store: Store, actor: Actor, *, as_of: date) -> tuple[Watched, ...]:
    """What may end a green tag in force, on a day and in the month after it, by reason, day and receipt. Raises Refused."""
    branches = allowed_branches(actor, "read_loans")
    with reading(store) as session:
        connection = session.connection()
        states = sorted(_held())
        query = f"SELECT {', '.join(READ)} FROM tags WHERE state {{among}} AND decision = ?"  # noqa: S608  # our own columns
        rows = [row_of(row) for row in rows_among(connection, query, states, _GREEN)]
        tags = [row for row in rows if branches is None or row.branch in branches]
        books = list(_books(connection, tags, as_of))
        papers = _papers(connection, tags)
    found = [_watched(row, CHANGED, None, row.book[:12]) for row in tags if row.is_changed]
    found += _running_out(tags, papers, as_of)
    for theirs, book in books:
        tables = {name: fitted(read_rows(store, book[name]), name) for name in _OF_BOOK}
        found += _of_borrowers(theirs, tables, as_of)
        found += _running_out(theirs, _book_papers(tables), as_of)
    unique = {(w.receipt, w.edition, w.reason, w.day, w.source): w for w in found}
    return tuple(sorted(unique.values(), key=lambda w: (REASONS.index(w.reason), w.day or date.min, w.receipt, w.edition, w.source)))


def _held() -> set[str]:
    """The states in which a class counts."""
    return set(workflow().reported_from)


def _watched(row: TagRow, reason: str, day: date | None, source: str) -> Watched:
    return Watched(row.receipt, row.edition, row.branch, row.standing.state, row.amount_fen, reason, day, source)


def _books(connection: Connection, tags: Sequence[TagRow], as_of: date) -> Iterator[tuple[list[TagRow], Mapping[str, str]]]:
    """Every book of a data date with the tags that it speaks for: those last seen in a book of that date.

    Dates after the day are left out, where there is any on or before it; a tag seen only after it goes with the last of these. All books
    of a date are read, since branches bring in their own, and a second one without an event takes nothing back.
    """
    rows = connection.exec_driver_sql("SELECT id, as_of, tables FROM books ORDER BY as_of, imported_at").all()
    days = {str(book): str(day) for book, day, _ in rows}
    usable = [day for day in days.values() if day <= as_of.isoformat()] or sorted(days.values())[:1]
    of_day: dict[str, list[TagRow]] = {}
    for tag in tags:
        day = days.get(tag.book, "")
        of_day.setdefault(day if day in usable else max(usable, default=""), []).append(tag)
    for _, day, tables in rows:
        if theirs := of_day.get(str(day)):
            yield theirs, json.loads(tables)


@dataclass(frozen=True, slots=True)
class _Paper:
    """A document of a receipt or project: its kind, its last day and its id."""

    receipt: str
    project: str
    kind: str
    last: date
    source: str


def _papers(connection: Any, tags: Sequence[TagRow]) -> list[_Paper]:
    """The dated documents of the store that are linked to the tags."""
    query = "SELECT l.receipt, l.project, e.kind, e.valid_to, e.sha256 FROM evidence e JOIN evidence_links l ON l.sha256 = e.sha256"
    receipts, projects = sorted({t.receipt for t in tags}), sorted({t.project for t in tags} - {""})
    rows = [*rows_among(connection, f"{query} WHERE l.receipt {{among}}", receipts)]
    rows += rows_among(connection, f"{query} WHERE l.project {{among}}", projects)
    return [_Paper(str(r), str(p), str(k), date.fromisoformat(str(d)) if d else date.max, str(sha)[:12]) for r, p, k, d, sha in rows]


def _book_papers(tables: Mapping[str, pa.Table]) -> list[_Paper]:
    """The dated documents that the book lists."""
    ids: dict[str, list[str]] = {}
    for receipt, loan in zip(tables["loans"]["receipt_no"].to_pylist(), tables["loans"]["loan_id"].to_pylist(), strict=True):
        ids.setdefault(receipt, []).append(loan)  # one receipt may be of several contracts
    columns = ("receipt_no", "project_id", "kind", "valid_to", "evidence_id")
    listed = zip(*(tables["evidence"][name].to_pylist() for name in columns), strict=True)
    return [_Paper(one or "", p or "", k or "", d or date.max, i or "") for r, p, k, d, i in listed for one in ids.get(r, [r])]


def _running_out(tags: Sequence[TagRow], papers: Sequence[_Paper], as_of: date) -> Iterator[Watched]:
    """Documents that have run out or will within the month, where no other of the kind goes on for the same tag."""
    until = as_of + timedelta(days=evidence_rules().warn_days)
    of: dict[tuple[str, str], list[_Paper]] = {}
    for paper in papers:
        for key in {("receipt", paper.receipt), ("project", paper.project)} - {("receipt", ""), ("project", "")}:
            of.setdefault(key, []).append(paper)
    for tag in tags:
        last: dict[str, _Paper] = {}
        for paper in (*of.get(("receipt", tag.receipt), ()), *of.get(("project", tag.project), ())):
            if paper.kind not in last or paper.last > last[paper.kind].last:
                last[paper.kind] = paper
        for paper in last.values():
            if paper.last <= until:
                yield _watched(tag, EXPIRED if paper.last < as_of else EXPIRING, paper.last, paper.source)


def _of_borrowers(tags: Sequence[TagRow], tables: Mapping[str, pa.Table], as_of: date) -> Iterator[Watched]:
    """Permits past due, events not closed and funds used otherwise, of the tags' borrowers."""
    loans = tables["loans"]
    at = pc.index_in(pa.array([t.receipt for t in tags], pa.string()), value_set=loans["loan_id"].combine_chunks())
    of_loan = [loans[name].combine_chunks().take(at).to_pylist() for name in ("customer_no", "customer_uscc")]
    told = _told(tables, as_of)
    for tag, number, uscc in zip(tags, *of_loan, strict=True):
        for reason, day, source in dict.fromkeys((*told.get(("no", number), ()), *told.get(("uscc", uscc), ()))):
            yield _watched(tag, reason, day, source)


Fact = tuple[str, date | None, str]


def _told(tables: Mapping[str, pa.Table], as_of: date) -> dict[tuple[str, str | None], list[Fact]]:
    """What is open of a borrower on a day, by customer number and by social credit code."""
    found: dict[tuple[str, str | None], list[Fact]] = {}
    customers = tables["customers"].filter(pc.fill_null(pc.less(tables["customers"]["permit_due_on"], pa.scalar(as_of)), False))
    for row in customers.select(["customer_no", "customer_uscc", "permit_due_on"]).to_pylist():
        _tell(found, row, (PERMIT, row["permit_due_on"], ""))
    events = tables["risk_events"].select(["customer_no", "customer_uscc", "event_no", "kind", "happened_on", "is_closed", "closed_on"])
    for row in events.to_pylist():
        if (row["happened_on"] or date.min) <= as_of and _is_open(row, as_of):
            _tell(found, row, (DIVERTED if row["kind"] == _DIVERTED_KIND else RISK, row["happened_on"], row["event_no"] or ""))
    return found


def _is_open(row: Mapping[str, Any], as_of: date) -> bool:
    """Whether an event is not known to be closed by the day."""
    return row["closed_on"] > as_of if row["closed_on"] else not row["is_closed"]


def _tell(found: dict[tuple[str, str | None], list[Fact]], row: Mapping[str, Any], fact: Fact) -> None:
    for name, value in (("no", row["customer_no"]), ("uscc", row["customer_uscc"])):
        if value:
            found.setdefault((name, value), []).append(fact)

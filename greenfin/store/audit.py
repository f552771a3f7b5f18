"""Auditing: is the record what was written? Rows, blocks, heads noted elsewhere, files, and tags that follow from the decisions."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from greenfin.core.problems import Problem, Refused, error
from greenfin.store import chain_child
from greenfin.store.audit_guards import guards_missing
from greenfin.store.audit_people import steps_differ, users_differing
from greenfin.store.audit_rules import Broken
from greenfin.store.chain import NOTHING_BEFORE, bytes_query, canonical, columns_of, link_sha256, rows_sha256
from greenfin.store.faults import refusing
from greenfin.store.hashed import ANSWERS, EVIDENCE, ROWS, check_file
from greenfin.store.heads import HEADS, Head, read_heads
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, permit
from greenfin.store.replay import differences
from greenfin.store.tables import LOGS
from greenfin.store.writing import reading, writing

_MOST = 1_000  # findings of one kind: more say nothing new
_AT_ONCE = 4
_PAYS, _A_BLOCK = 100_000, 100  # rows for which processes are worth their start; what a block costs beside its rows
_Link = Mapping[str, Any]
STAGES = ("chain", "rows", "files", "rights", "tags")
Progress = Callable[[str], None]


def _quiet(_stage: str) -> None:
    """Nobody waits."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written: the problem, the log (or table) and the number (of the row or block) it is at."""

    problem: Problem
    log: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an audit came to: so many blocks and rows were looked at."""

    blocks: int
    rows: int
    findings: tuple[Finding, ...]
    head: Head | None = None

    @property
    def same(self) -> bool:
        """Whether all is as it was written."""
        return not self.findings


def verify(store: Store, actor: Actor, *, anchors: Iterable[Head] = (), progress: Progress = _quiet) -> Verdict:
    """:func:`verify_chain`, entered as an event where the store can be written. Raises Refused."""
    permit(actor, "verify_audit")
    verdict = verify_chain(store, anchors=anchors, progress=progress)
    with contextlib.suppress(Refused), writing(store) as now:
        detail = {"same": verdict.same, "blocks": verdict.blocks, "rows": verdict.rows, "findings": len(verdict.findings)}
        now.event(actor.user, "audit.verified", detail=detail)
    return verdict


def verify_chain(store: Store, *, anchors: Iterable[Head] = (), with_tags: bool = True, progress: Progress = _quiet) -> Verdict:
    """Everything in the record against the chain, the chain against its noted heads; ``anchors`` are heads written down elsewhere.

    Without tags: what follows from the decisions is not worked out again. ``progress`` is told each of :data:`STAGES` as it begins.
    """
    progress("chain")
    heads, broken = read_heads(store.files)  # before the picture of the store is taken: they may lag, never lead
    with reading(store) as session:
        connection = session.connection()
        links = [dict(row) for row in connection.execute(text("SELECT * FROM blocks ORDER BY number")).mappings()]
        found = [*_broken_links(links), *_head_of_chain(connection, links), *_heads(links, [*anchors, *heads])]
        found += [Finding(error("audit.heads_unreadable", HEADS, name=HEADS, line=line), "", line) for line in broken[:_MOST]]
        if links and not heads:
            found.append(Finding(error("audit.heads_missing", HEADS, name=HEADS)))
        progress("rows")
        found += _altered_rows(store, links)
        found += _rows_outside(connection, links)
        progress("files")
        found += _books(connection, store)
        found += _evidence(connection, store)
        found += _files(store, ANSWERS, _answers(connection))
        progress("rights")
        found += _rights(connection)
        found += (Finding(error("audit.guard_missing", name, name=name), "", 0) for name in guards_missing(connection, (*LOGS, "blocks")))
        progress("tags")
        found += _tags(connection) if with_tags else ()
    rows = sum(max(0, link["last"] - link["first"] + 1) for link in links)
    return Verdict(len(links), rows, tuple(found), head_of(links))


def head_of(links: Sequence[_Link]) -> Head | None:
    """The last block's number and sha256."""
    return Head(links[-1]["number"], links[-1]["sha256"]) if links else None


def head(store: Store, actor: Actor) -> Head | None:
    """The head of the chain, to be written down elsewhere; None where nothing has been recorded. Raises Refused."""
    permit(actor, "verify_audit")
    with reading(store) as session:
        row = session.connection().execute(text("SELECT number, sha256 FROM blocks ORDER BY number DESC LIMIT 1")).first()
    return Head(row.number, row.sha256) if row else None


def _broken_links(links: Sequence[_Link]) -> Iterator[Finding]:
    """Blocks that were changed, left out or put elsewhere."""
    previous, expected = NOTHING_BEFORE, 1
    ends: dict[str, int] = {}
    for link in links:
        number, log = link["number"], str(link["log"])
        if number != expected:
            yield Finding(error("audit.block_missing", str(expected), number=expected, found=number), log, expected)
        elif link["previous"] != previous:
            yield Finding(error("audit.block_not_linked", str(number), number=number), log, number)
        if link_sha256(link) != link["sha256"]:
            yield Finding(error("audit.block_altered", str(number), number=number), log, number)
        if log not in LOGS or link["first"] != ends.get(log, 0) + 1 or link["last"] < link["first"]:
            yield Finding(error("audit.block_out_of_order", str(number), number=number, first=link["first"]), log, number)
        previous, expected, ends[log] = link["sha256"], number + 1, link["last"]


def _head_of_chain(connection: Connection, links: Sequence[_Link]) -> Iterator[Finding]:
    kept = connection.execute(text("SELECT number, sha256 FROM chain_head WHERE id = 1")).first()
    last = head_of(links) or Head(0, NOTHING_BEFORE)
    if kept is None or Head(kept.number, kept.sha256) != last:
        yield Finding(error("audit.head_differs", number=last.number, found=kept.number if kept else None), "chain_head", last.number)


def _heads(links: Sequence[_Link], heads: Iterable[Head]) -> Iterator[Finding]:
    known = {link["number"]: link["sha256"] for link in links}
    last = links[-1]["number"] if links else 0
    for noted in sorted(set(heads), key=lambda one: one.number):
        if noted.number not in known:
            yield Finding(error("audit.tail_removed", str(noted.number), number=noted.number, last=last), "blocks", noted.number)
        elif known[noted.number] != noted.sha256:
            yield Finding(error("audit.head_not_the_same", str(noted.number), number=noted.number), "blocks", noted.number)


def _altered_rows(store: Store, links: Sequence[_Link]) -> list[Finding]:
    """Blocks whose rows are not those that were written; several at once, since the database and the hash do the work."""
    wanted = [link for link in links if link["log"] in LOGS]
    at_once = min(_AT_ONCE, os.cpu_count() or 1)
    with ThreadPoolExecutor(at_once) as pool:
        if not store.is_sqlite:
            return [found for found in pool.map(lambda link: _rows_of(store, link), wanted) if found]
        if sum(link["last"] - link["first"] for link in wanted) + len(wanted) * _A_BLOCK > _PAYS:
            by_size = sorted(wanted, key=lambda link: link["last"] - link["first"])
            parts = [by_size[begin::at_once] for begin in range(at_once)]
            unsure = {link["number"] for part in pool.map(lambda part: _unsure(store, part), parts) for link in part}
            wanted = [link for link in wanted if link["number"] in unsure]
    return [found for link in wanted if (found := _rows_of(store, link))]


def _unsure(store: Store, links: Sequence[_Link]) -> Sequence[_Link]:
    """The blocks of a SQLite store that a process of its own does not find as they were written; all where there is no such process."""
    queries = {log: bytes_query(log, "sqlite") for log in LOGS}
    blocks = [(link["log"], link["first"], link["last"]) for link in links]
    asked = {"address": f"{Path(store.place).absolute().as_uri()}?mode=ro", "queries": queries, "blocks": blocks}
    command = [sys.executable, "-I", "-S", chain_child.__file__]
    try:
        done = subprocess.run(command, input=json.dumps(asked), stdout=PIPE, stderr=DEVNULL, text=True, check=False)  # noqa: S603  # our own file, no shell
    except OSError:
        return links
    told = done.stdout.splitlines()
    return [link for link, sha in zip_longest(links, told[: len(links)]) if sha != link["rows_sha256"]]


def _rows_of(store: Store, link: _Link) -> Finding | None:
    log, first, last = link["log"], link["first"], link["last"]
    with refusing(store.place), store.engine.connect() as connection:
        try:
            if rows_sha256(connection, log, first, last) == link["rows_sha256"]:
                return None
        except DBAPIError:  # a value of a kind that was never written
            connection.rollback()
        query = text(f"SELECT {', '.join(columns_of(log))} FROM {log} WHERE number BETWEEN :first AND :last ORDER BY number")  # noqa: S608  # our own
        rows = connection.execute(query, {"first": first, "last": last}).all()
    there = {row[0] for row in rows}
    missing = next((number for number in range(first, last + 1) if number not in there), None)
    if missing is not None:
        n = last - first + 1 - len(rows)
        return Finding(error("audit.rows_missing", f"{log}:{missing}", log=log, first=first, last=last, n=n, missing=missing), log, missing)
    if _is_as_written([tuple(row) for row in rows], link["rows_sha256"]):
        return None
    return Finding(error("audit.rows_altered", f"{log}:{first}", log=log, first=first, last=last), log, first)


def _is_as_written(rows: Sequence[Sequence[object]], sha256: str) -> bool:
    """By our own bytes: a database's JSON may one day be written otherwise."""
    try:
        return hashlib.sha256(canonical(rows)).hexdigest() == sha256
    except (TypeError, ValueError):
        return False


def _rows_outside(connection: Connection, links: Sequence[_Link]) -> Iterator[Finding]:
    ends = {link["log"]: link["last"] for link in links}
    for log in LOGS:
        query = text(f"SELECT count(*) AS n, min(number) AS first FROM {log} WHERE number > :last OR number < 1")  # noqa: S608  # our own names
        row = connection.execute(query, {"last": ends.get(log, 0)}).one()
        if row.n:
            yield Finding(error("audit.rows_inserted", f"{log}:{row.first}", log=log, first=row.first, n=row.n), log, row.first)


def _books(connection: Connection, store: Store) -> Iterator[Finding]:
    """Books that are not what their import entered, and their files of rows."""
    kept = {row.id: row for row in connection.execute(text("SELECT id, as_of, tables FROM books"))}
    entered = connection.execute(text("SELECT number, subject, detail FROM events WHERE kind = 'book.imported'")).all()
    listed = [detail for _, _, detail in entered]
    for number, book, detail in entered:
        row = kept.pop(book, None)
        found = _json_of(detail)
        if row is None or row.as_of != found.get("as_of") or _json_of(row.tables) != found.get("tables"):
            yield Finding(error("audit.book_differs", book, book=book), "books", number)
    for book, row in kept.items():
        yield Finding(error("audit.book_not_entered", book, book=book), "books")
        listed.append(json.dumps({"tables": _json_of(row.tables)}))
    names = {str(sha) for detail in listed for sha in dict(_json_of(detail).get("tables") or {}).values()}
    yield from _files(store, ROWS, names)


_STATED = ("kind", "size", "valid_from", "valid_to", "region")
_LINKED = ("receipt", "project", "edition", "need")


def _evidence(connection: Connection, store: Store) -> Iterator[Finding]:
    """Documents whose kind, days, region or links are not those that were entered, and their files."""
    kept = {str(row["sha256"]): dict(row) for row in connection.execute(text("SELECT * FROM evidence")).mappings()}
    links: dict[str, set[tuple[str, ...]]] = {}
    for sha, *link in connection.execute(text(f"SELECT sha256, {', '.join(_LINKED)} FROM evidence_links")):  # noqa: S608  # our own columns
        links.setdefault(sha, set()).add(tuple(link))
    entered: dict[str, tuple[int, dict[str, Any], set[tuple[str, ...]]]] = {}
    query = text("SELECT number, subject, detail FROM events WHERE kind = 'evidence.added' ORDER BY number")
    for number, sha, detail in connection.execute(query):
        found = _json_of(detail)
        _, _, theirs = entered.setdefault(sha, (number, found, set()))
        theirs |= {tuple(str(link.get(name)) for name in _LINKED) for link in found.get("links", ())}
    for sha in sorted(kept.keys() | entered.keys() | links.keys()):
        number, stated, theirs = entered.get(sha, (0, {}, set()))
        row = kept.get(sha, {})
        if any(row.get(name) != stated.get(name) for name in _STATED) or links.get(sha, set()) != theirs:
            yield Finding(error("audit.evidence_differs", sha, sha=sha[:12]), "evidence", number)
    yield from _files(store, EVIDENCE, kept)


def _answers(connection: Connection) -> set[str]:
    """The files of answers that were saved."""
    saved = connection.execute(text("SELECT detail FROM events WHERE kind = 'answers.saved'")).scalars()
    return {str(_json_of(detail).get("sha256")) for detail in saved}


def _files(store: Store, kind: str, names: Iterable[str]) -> Iterator[Finding]:
    for name in sorted(names):
        if problem := check_file(store.files, kind, name):
            yield Finding(problem, kind)


def _json_of(found: str) -> dict[str, Any]:
    try:
        value = json.loads(found)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _rights(connection: Connection) -> Iterator[Finding]:
    """Rights and steps of approval that were changed past the program."""
    try:
        for name, number in users_differing(connection):
            yield Finding(error("audit.user_differs", name, user=name), "users", number)
        if steps_differ(connection):
            yield Finding(error("audit.steps_differ"), "settings")
    except (ValueError, KeyError, TypeError):  # an event's own text was altered, which its block tells
        yield Finding(error("audit.user_differs", user="?"), "users")


def _tags(connection: Connection) -> Iterator[Finding]:
    """Decisions that the workflow does not allow, and tags that do not follow from the decisions."""
    broken: list[Broken] = []
    for one in islice(differences(connection, broken), _MOST):
        where = f"{one.receipt}!{one.edition}"
        yield Finding(error("audit.tag_differs", where, receipt=one.receipt, edition=one.edition, column=one.column), "tags")
    for bad in broken:
        shown = {"number": bad.number, "receipt": bad.receipt, "act": bad.act, "state": bad.state, "broken_rule": bad.rule}
        yield Finding(error("audit.rule_broken", f"decisions:{bad.number}", **shown), "decisions", bad.number)

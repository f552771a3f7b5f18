"""Calculations kept with projects: which there are, and one opened; whoever may not read names gets it without what could hold one."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, text

from greenfin.core.problems import Refused, error
from greenfin.methods.declare import declarations
from greenfin.names import firms_in
from greenfin.store.evidence import seen_documents
from greenfin.store.hashed import EVIDENCE, read_kept
from greenfin.store.masking import cover_in, cover_name
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, allowed_branches, may, permit
from greenfin.store.writing import reading

KIND = "calculation"  # of evidence
FORM = "calculation"  # the column of the file that holds the form as JSON
PROJECT = "key"  # the column of the project's id
_MOST = 1 << 20  # bytes; what is longer is no form
_FREE = ("claim",)  # texts of the form in anybody's words
_NAMING = ("labels",)  # of results in a list: what stands in a free input


@dataclass(frozen=True, slots=True)
class Calculation:
    """A calculation kept with a project: its file's name and sha256, who kept it and when (ISO, UTC)."""

    project: str
    sha256: str
    name: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A calculation opened: the file, or its form alone; ``is_covered`` where it had texts that may hold names, and has them no more."""

    data: bytes
    is_covered: bool


def calculations(store: Store, actor: Actor, *, project: str = "", start: int = 0, size: int = 20) -> tuple[tuple[Calculation, ...], int]:
    """Those kept with a project, or with any project of the actor's branches, the newest first; and how many there are. Raises Refused."""
    branches = allowed_branches(actor, "read_evidence")
    bounds = {"kind": KIND, "project": project, "branches": sorted(branches or ()), "size": max(size, 0), "start": max(start, 0)}
    inner = _FOUND + (" AND l.project = :project" if project else "") + ("" if branches is None else _OF_BRANCHES)
    queries = [f"SELECT * FROM ({inner}) AS found {_IN_ORDER}", f"SELECT COUNT(*) FROM ({inner}) AS found"]  # noqa: S608  # our own
    with reading(store) as session:
        rows, total = (_run(session.connection(), query, bounds) for query in queries)
        return tuple(Calculation(*map(str, row)) for row in rows), int(total[0][0])


_FOUND = (
    "SELECT DISTINCT l.project, e.sha256, e.name, e.added_by, e.added_at FROM evidence e JOIN evidence_links l ON l.sha256 = e.sha256"
    " WHERE e.kind = :kind AND l.project <> ''"
)
_OF_BRANCHES = " AND EXISTS (SELECT 1 FROM tags t WHERE t.project = l.project AND t.branch IN :branches)"
_IN_ORDER = "ORDER BY added_at DESC, sha256, project LIMIT :size OFFSET :start"


def _run(connection: Connection, query: str, bounds: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    used = {name: value for name, value in bounds.items() if f":{name}" in query}
    made = text(query)
    return connection.execute(made.bindparams(bindparam("branches", expanding=True)) if "branches" in used else made, used).all()


def read_calculation(store: Store, actor: Actor, sha256: str) -> Kept:
    """A calculation as it was kept; for whoever may not read names its form without the texts that may hold one.

    Raises Refused where it is unknown to the actor, no calculation, gone or altered, or cannot be covered.
    """
    branches = allowed_branches(actor, "read_evidence")
    naming = allowed_branches(actor, "read_names") if may(actor, "read_names") else frozenset[str]()
    with reading(store) as session:
        connection = session.connection()
        kind = connection.execute(_KIND_OF, {"sha": sha256}).scalar()
        is_seen, is_named = (sha256 in seen_documents(connection, [sha256], each) for each in (branches, naming))
    if kind != KIND or not is_seen:
        raise Refused(error("store.unknown_evidence", "", found=sha256[:80]))
    data = read_kept(store.files, EVIDENCE, sha256)[:_MOST]
    if is_named:
        return Kept(data, is_covered=False)
    covered = _covered(data)
    if covered is None:
        permit(actor, "read_names")
        raise Refused(error("store.unknown_evidence", "", found=sha256[:80]))
    return covered


_KIND_OF = text("SELECT kind FROM evidence WHERE sha256 = :sha")


def _covered(data: bytes) -> Kept | None:
    """A file with the form alone, without texts that may hold names; None for what is no calculation."""
    try:
        row = next(one for one in csv.DictReader(io.StringIO(data.decode("utf-8-sig"))) if one.get(FORM))
        before = json.loads(row[FORM])
        form = _without_names(before)
        kept = {name: str(row.get(name) or "") for name in (PROJECT, "basis", "year")} | {FORM: json.dumps(form, ensure_ascii=False)}
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration, csv.Error, RecursionError):
        return None
    made = io.StringIO()
    writer = csv.DictWriter(made, list(kept))
    writer.writeheader()
    writer.writerow(kept)
    return Kept(made.getvalue().encode(), is_covered=form != before)


def _without_names(form: dict[str, Any]) -> dict[str, Any]:
    """The form with its free words covered; raises KeyError for a method that nobody knows."""
    free = {each for i in declarations()[form["method"]].inputs if i.free for each in (i.name, i.series) if each}
    given = {name: _cover(value) if name in free else value for name, value in form["given"].items()}
    bare: dict[str, Any] = _bare({**form, "given": given})
    return bare | dict.fromkeys(_FREE, "")


def _cover(words: str) -> str:
    """Each of the words covered, their number as it was."""
    return ";".join(cover_name(one.strip()) for one in words.replace("\uff1b", ";").split(";"))


def _bare(value: Any) -> Any:
    """The same without labels and without what looks like a firm."""
    if isinstance(value, str):
        return cover_in(value, firms_in(value))
    if isinstance(value, dict):
        return {name: _bare(inner) for name, inner in value.items() if name not in _NAMING}
    return [_bare(inner) for inner in value] if isinstance(value, list) else value

"""Documents that show something of a receipt or project: kept by their sha256, dated, linked; an expired one shows nothing any more."""

from __future__ import annotations

import os
import re
import stat
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from greenfin.core.problems import Refused, error
from greenfin.store.hashed import EVIDENCE, keeping, read_kept
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, allowed_branches, may
from greenfin.store.standings import rows_among
from greenfin.store.writing import reading, writing

_OPENING = ("read_evidence", "read_names")
_CHUNK = 1 << 20
_LONGEST_NAME = 120
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_ODD = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')


@dataclass(frozen=True, slots=True)
class EvidenceRules:
    """The whole of ``evidence.toml``: the largest file in bytes, the days before an expiry to warn, and what each kind answers."""

    max_bytes: int
    warn_days: int
    kinds: Mapping[str, tuple[str, ...]]


@cache
def evidence_rules() -> EvidenceRules:
    """The rules as shipped."""
    raw = tomllib.loads(files("greenfin.store").joinpath("evidence.toml").read_text("utf-8"))
    return EvidenceRules(raw["max_bytes"], raw["warn_days"], {kind: tuple(needs) for kind, needs in raw["kinds"].items()})


@dataclass(frozen=True, slots=True)
class Link:
    """What a document is said to be about; ``need`` is what it answers (empty: whatever its kind does)."""

    receipt: str = ""
    project: str = ""
    edition: str = ""
    need: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A document in the store with one of its links; days are None where not stated, ``region`` GB/T 2260 or empty."""

    sha256: str
    kind: str
    name: str
    size: int
    valid_from: date | None
    valid_to: date | None
    region: str
    added_by: str
    link: Link

    def holds_on(self, day: date) -> bool:
        """Whether it is valid on a day (its last day included)."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


def add_evidence(
    store: Store,
    actor: Actor,
    path: Path,
    *,
    kind: str,
    links: Sequence[Link],
    name: str | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    region: str = "",
) -> str:
    """Keep a copy of a file and link it; its sha256. A file that is there already only gets its new links.

    What was stated of a file stays so: another kind, day or region for the same file is refused. Raises Refused.
    """
    branches = allowed_branches(actor, "attach_evidence")
    _check(kind, links, valid_from, valid_to, region)
    shown = plain_name(name or path.name)
    sha, size = _kept(store, path)
    with writing(store) as w:
        _check_links(w.connection, links, branches)
        stated = {"kind": kind, "valid_from": _iso(valid_from), "valid_to": _iso(valid_to), "region": region}
        known = w.connection.execute(_KNOWN, {"sha": sha}).mappings().first()
        if known is None:
            row = {"sha": sha, "name": shown, "size": size, "by": actor.user, "at": w.at}
            w.connection.execute(_ADDED, {**row, **stated})
        elif any(value and value != known[name] for name, value in stated.items()):
            raise Refused(error("store.evidence_known", "", found=sha[:12], **{name: known[name] or "—" for name in stated}))
        w.connection.execute(_LINKED, [{"sha": sha, **_fields(link)} for link in links])
        detail = {**(known or stated), "size": size, "links": [_fields(link) for link in links]}
        w.event(actor.user, "evidence.added", subject=sha, detail=detail)
    return sha


_ADDED = text(
    "INSERT INTO evidence (sha256, kind, name, size, valid_from, valid_to, region, added_by, added_at)"
    " VALUES (:sha, :kind, :name, :size, :valid_from, :valid_to, :region, :by, :at)"
)
_KNOWN = text("SELECT kind, valid_from, valid_to, region FROM evidence WHERE sha256 = :sha")
_LINKED = text(
    "INSERT INTO evidence_links (sha256, receipt, project, edition, need) VALUES (:sha, :receipt, :project, :edition, :need)"
    " ON CONFLICT (sha256, receipt, project, edition, need) DO NOTHING"
)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _day(text_: str) -> date | None:
    return date.fromisoformat(text_) if text_ else None


def _fields(link: Link) -> dict[str, str]:
    return {"receipt": link.receipt, "project": link.project, "edition": link.edition, "need": link.need}


def plain_name(name: str) -> str:
    """A file's name that leads nowhere and steers nothing: no folders, no control or direction signs, no device names, not hidden.

    >>> plain_name("../../etc/passwd"), plain_name("C:\\\\x\\\\=cmd.pdf"), plain_name("nul.txt")
    ('passwd', '=cmd.pdf', '_nul.txt')
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(sign for sign in last if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    kept = _ODD.sub("_", kept).strip().lstrip(".").rstrip(". ")
    if not kept:
        raise Refused(error("store.bad_file_name", ""))
    stem, dot, ending = kept.rpartition(".")
    if len(kept) > _LONGEST_NAME:
        kept = f"{stem[: _LONGEST_NAME - len(ending) - 1]}.{ending}" if dot and len(ending) < 10 else kept[:_LONGEST_NAME]
    return f"_{kept}" if _DEVICE.fullmatch(kept) else kept


def _check(kind: str, links: Sequence[Link], valid_from: date | None, valid_to: date | None, region: str) -> None:
    rules = evidence_rules()
    if kind not in rules.kinds:
        raise Refused(error("store.unknown_evidence_kind", "", found=kind, known=", ".join(rules.kinds)))
    if not links or any(not (link.receipt or link.project) for link in links):
        raise Refused(error("store.evidence_of_nothing", ""))
    known = {need for needs in rules.kinds.values() for need in needs}
    if unknown := {link.need for link in links if link.need} - known:
        raise Refused(error("store.unknown_need", "", found=", ".join(sorted(unknown)), known=", ".join(sorted(known))))
    if valid_from and valid_to and valid_to < valid_from:
        raise Refused(error("store.days_reversed", "", first=valid_from.isoformat(), last=valid_to.isoformat()))
    if region and not re.fullmatch(r"\d{2,6}", region):
        raise Refused(error("store.bad_region", "", found=region))


def _at_once(path: str, flags: int) -> int:
    """Opens without waiting for anybody: a pipe has nobody at its other end."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _kept(store: Store, path: Path) -> tuple[str, int]:
    """A copy of the file under its sha256; raises Refused for what is no plain file, is empty, too large or unreadable."""
    most = evidence_rules().max_bytes
    try:
        with open(path, "rb", opener=_at_once) as source:
            status = os.fstat(source.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Refused(error("store.not_a_file", path.name))
            size = 0
            with keeping(store.files, EVIDENCE) as kept:
                while chunk := source.read(_CHUNK):
                    size += len(chunk)
                    if size > most:
                        raise Refused(error("store.file_too_large", path.name, most=most))
                    kept.stream.write(chunk)
                if not size:
                    raise Refused(error("store.file_empty", path.name))
    except OSError as bad:
        raise Refused(error("store.file_unreadable", path.name, reason=bad.strerror or type(bad).__name__)) from bad
    return kept.sha256, size


def _check_links(connection: Connection, links: Iterable[Link], branches: frozenset[str] | None) -> None:
    """Raises Refused where a receipt or project is unknown, or of a branch that is not the actor's (which says the same)."""
    for column in ("receipt", "project"):
        wanted = {getattr(link, column) for link in links} - {""}
        query = f"SELECT {column}, branch FROM tags WHERE {column} {{among}}"  # noqa: S608  # our own columns
        found = {str(key) for key, branch in rows_among(connection, query, sorted(wanted)) if branches is None or branch in branches}
        if wanted - found:
            raise Refused(error("store.evidence_of_unknown", "", found=", ".join(sorted(wanted - found)[:5])))


def may_open(actor: Actor, branch: str | None = None) -> bool:
    """Whether somebody may open documents (of a branch)."""
    return all(may(actor, action, branch) for action in _OPENING)


def read_evidence(store: Store, actor: Actor, sha256: str) -> bytes:
    """The document as it was kept, for whoever may read evidence and the names that stand in it, which nobody can cover.

    Raises Refused where it is unknown to the actor, gone or altered.
    """
    bounds = [allowed_branches(actor, action) for action in _OPENING]
    with reading(store) as session:
        is_seen = all(sha256 in seen_documents(session.connection(), [sha256], branches) for branches in bounds)
    if not is_seen:
        raise Refused(error("store.unknown_evidence", "", found=sha256[:80]))
    return read_kept(store.files, EVIDENCE, sha256)


def seen_documents(connection: Connection, shas: Sequence[str], branches: frozenset[str] | None) -> dict[str, tuple[str, str]]:
    """The first and the last day of those documents that are about a loan of the branches (None: of any)."""
    known = {str(s): (str(a), str(b)) for s, a, b in rows_among(connection, _DAYS, sorted(set(shas)))}
    if branches is None:
        return known
    rows = (row for query in _BRANCHES_OF for row in rows_among(connection, query, sorted(known)))
    seen = {sha for sha, branch in rows if branch in branches}
    return {sha: days for sha, days in known.items() if sha in seen}


_DAYS = "SELECT sha256, valid_from, valid_to FROM evidence WHERE sha256 {among}"
_BRANCHES_OF = tuple(
    f"SELECT DISTINCT l.sha256, t.branch FROM evidence_links l JOIN tags t ON t.{key} = l.{key} WHERE l.{key} <> '' AND l.sha256 {{among}}"  # noqa: S608
    for key in ("receipt", "project")
)


def evidence_of(store: Store, actor: Actor, receipt: str) -> tuple[Document, ...]:
    """The documents linked to a receipt or to its project, the newest last. Raises Refused."""
    branches = allowed_branches(actor, "read_evidence")
    with reading(store) as session:
        connection = session.connection()
        tags = connection.execute(text("SELECT DISTINCT project, branch FROM tags WHERE receipt = :receipt"), {"receipt": receipt}).all()
        allowed = [(project, branch) for project, branch in tags if branches is None or branch in branches]
        if not allowed:
            raise Refused(error("store.evidence_of_unknown", "", found=receipt))
        return _documents(connection, [receipt], sorted({project for project, _ in allowed if project}))


def _documents(connection: Connection, receipts: Sequence[str], projects: Sequence[str]) -> tuple[Document, ...]:
    columns = "e.sha256, e.kind, e.name, e.size, e.valid_from, e.valid_to, e.region, e.added_by, l.receipt, l.project, l.edition, l.need"
    joined = f"SELECT e.added_at, {columns} FROM evidence e JOIN evidence_links l ON l.sha256 = e.sha256"  # noqa: S608  # our own columns
    rows: list[tuple[Any, ...]] = [*rows_among(connection, f"{joined} WHERE l.receipt {{among}}", receipts)]
    rows += rows_among(connection, f"{joined} WHERE l.project {{among}}", projects)
    return tuple(_document(row[1:]) for row in sorted(set(map(tuple, rows))))


def _document(row: Sequence[Any]) -> Document:
    sha, kind, name, size, first, last, region, by, *link = row
    return Document(sha, kind, name, size, _day(first), _day(last), region, by, Link(*link))

"""Every table of the record. Times are UTC in ISO form with microseconds, days ISO, money fen, JSON canonical text, ids text.

The append-only logs (:data:`LOGS`) are numbered from 1 without gaps and are linked by :class:`Block`; their rows are never changed.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, UniqueConstraint, text
from sqlmodel import Field, SQLModel


def _number() -> Any:
    kind = BigInteger().with_variant(Integer(), "sqlite")  # there the key of the rows themselves, and as long
    return Field(sa_column=Column(kind, primary_key=True, autoincrement=False))


def _big(*, is_null: bool = False) -> Any:
    return Field(default=None if is_null else 0, sa_column=Column(BigInteger, nullable=is_null))


class Event(SQLModel, table=True):
    """Something that happened: who, what, of which subject and branch; ``detail`` is JSON without names of borrowers."""

    __tablename__ = "events"
    __table_args__ = (Index("events_kind", "kind", "number"), Index("events_subject", "subject", "number"))

    number: int = _number()
    at: str
    actor: str
    kind: str
    subject: str = ""
    branch: str = ""
    detail: str = "{}"
    reason: str = ""


class Decision(SQLModel, table=True):
    """One step of the workflow over one receipt under one edition; ``replaces`` is the number of the decision it answers."""

    __tablename__ = "decisions"
    __table_args__ = (Index("decisions_receipt", "receipt", "edition", "number"),)

    number: int = _number()
    at: str
    actor: str
    role: str
    step: str
    receipt: str
    edition: str
    branch: str = ""
    project: str = ""
    state_from: str = ""
    state_to: str
    decision: str = ""
    code: str = ""
    share_ppm: int | None = None
    reason: str = ""
    effective_on: str = ""
    evidence: str = "[]"
    replaces: int | None = _big(is_null=True)
    book: str = ""


class Publication(SQLModel, table=True):
    """A figure of a period (its data date) as it went out: ``kind`` is report, return, exchange or rating; ``value`` as printed."""

    __tablename__ = "publications"
    __table_args__ = (Index("publications_cell", "cell", "period", "number"), Index("publications_run", "run", "number"))

    number: int = _number()
    at: str
    actor: str
    run: str
    kind: str
    place: str
    published_on: str
    cell: str
    period: str
    value: str
    unit: str
    edition: str = ""


class Restatement(SQLModel, table=True):
    """A published figure restated: both values, both methods and the reason."""

    __tablename__ = "restatements"
    __table_args__ = (Index("restatements_cell", "cell", "period", "number"),)

    number: int = _number()
    at: str
    actor: str
    cell: str
    period: str
    old_value: str
    new_value: str
    unit: str
    reason: str
    old_method: str = ""
    new_method: str = ""
    decided_on: str


class Import(SQLModel, table=True):
    """A book read into the record."""

    __tablename__ = "imports"

    number: int = _number()
    at: str
    actor: str
    book: str


class Block(SQLModel, table=True):
    """A link of the chain: rows ``first`` to ``last`` of ``log``; ``sha256`` is over this row's other values and so over ``previous``."""

    __tablename__ = "blocks"
    __table_args__ = (UniqueConstraint("log", "first", name="blocks_log_first"),)

    number: int = _number()
    log: str
    first: int = _big()
    last: int = _big()
    rows_sha256: str
    previous: str
    sha256: str
    at: str


class ChainHead(SQLModel, table=True):
    """The last block; its one row (``id`` 1) is locked by whoever writes."""

    __tablename__ = "chain_head"

    id: int = Field(primary_key=True)
    number: int = _big()
    sha256: str


class User(SQLModel, table=True):
    """A person who works with the record; ``branches`` is a JSON list, ``["*"]`` for all; ``subject``: his name at ``issuer``."""

    __tablename__ = "users"
    __table_args__ = (
        Index(
            "users_identity", "issuer", "subject", unique=True, sqlite_where=text("subject <> ''"), postgresql_where=text("subject <> ''")
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    display_name: str = ""
    role: str
    branches: str = "[]"
    password_hash: str
    is_active: bool = True
    failed_count: int = 0
    locked_until: str = ""
    must_change: bool = False
    created_at: str
    created_by: str = ""
    issuer: str = Field(default="", sa_column_kwargs={"server_default": ""})
    subject: str = Field(default="", sa_column_kwargs={"server_default": ""})


class UserSession(SQLModel, table=True):
    """Somebody logged in; the token itself is not kept."""

    __tablename__ = "sessions"

    token_sha256: str = Field(primary_key=True)
    user: str = Field(index=True)
    created_at: str
    last_seen_at: str
    expires_at: str
    ended_at: str = ""


class BookRecord(SQLModel, table=True):
    """A book in the record: ``id`` is over its content, ``tables`` a JSON mapping of table name to the sha256 of its rows."""

    __tablename__ = "books"

    id: str = Field(primary_key=True)
    as_of: str = Field(index=True)
    files: str
    layout: str = "{}"
    tables: str
    loans: int = _big()
    balance_fen: int = _big()
    counts: str
    imported_by: str
    imported_at: str


class RunRecord(SQLModel, table=True):
    """One run in one folder; ``number`` grows with each registration and is the key of the pages; ``made_at`` is UTC in ISO form."""

    __tablename__ = "runs"
    __table_args__ = (UniqueConstraint("run", "folder"),)

    number: int | None = Field(default=None, primary_key=True)
    run: str = Field(index=True)
    folder: str
    as_of: str
    edition: str
    policy: str
    made_at: str
    loans: int
    errors: int
    warnings: int
    version: str
    reference: str


class EvidenceFile(SQLModel, table=True):
    """A document, kept by its sha256; ``valid_from`` and ``valid_to`` are ISO days or empty."""

    __tablename__ = "evidence"

    sha256: str = Field(primary_key=True)
    kind: str
    name: str
    size: int = _big()
    valid_from: str = ""
    valid_to: str = Field(default="", index=True)
    region: str = ""
    added_by: str
    added_at: str


class EvidenceLink(SQLModel, table=True):
    """A document said to show something of a receipt or a project."""

    __tablename__ = "evidence_links"
    __table_args__ = (
        UniqueConstraint("sha256", "receipt", "project", "edition", "need", name="evidence_links_once"),
        Index("evidence_links_receipt", "receipt"),
        Index("evidence_links_project", "project"),
    )

    id: int | None = Field(default=None, primary_key=True)
    sha256: str = Field(foreign_key="evidence.sha256")
    receipt: str = ""
    project: str = ""
    edition: str = ""
    need: str = ""


class FactorSet(SQLModel, table=True):
    """A named set of factors, frozen: its content is kept by ``content_sha256``."""

    __tablename__ = "factor_sets"

    fingerprint: str = Field(primary_key=True)
    name: str = Field(index=True)
    content_sha256: str
    frozen_at: str
    frozen_by: str


class Tag(SQLModel, table=True):
    """How a receipt stands under an edition now: a projection of ``decisions``; ``version`` is the number of its last decision or 0.

    ``project`` is the one the book names now, ``decided_project`` the one it was decided in.
    """

    __tablename__ = "tags"
    __table_args__ = (
        Index("tags_queue", "edition", "state", "queue_key"),
        Index("tags_branch_queue", "branch", "edition", "state", "queue_key"),
        Index("tags_code_queue", "code", "edition", "state", "queue_key"),
        Index("tags_project", "project", "edition"),
        Index("tags_decided_project", "decided_project", "edition"),
    )

    receipt: str = Field(primary_key=True)
    edition: str = Field(primary_key=True)
    branch: str = ""
    project: str = ""
    book: str = ""
    state: str
    version: int = _big()
    decision: str = ""
    code: str = ""
    share_ppm: int | None = None
    score: float | None = None
    reason: str = ""
    amount_fen: int | None = _big(is_null=True)
    proposal_decision: str = ""
    proposal_code: str = ""
    proposal_score: float | None = None
    needs: str = "[]"
    evidence: str = "[]"
    rule: str = ""
    maker: str = ""
    checker: str = ""
    in_force_from: str = ""
    reported_run: str = ""
    withdrawn_on: str = ""
    decided_project: str = ""
    is_changed: bool = False
    queue_key: str = ""


class TagCount(SQLModel, table=True):
    """How many tags stand where, kept up with every change of ``tags``: what the review queue counts by."""

    __tablename__ = "tag_counts"

    edition: str = Field(primary_key=True)
    state: str = Field(primary_key=True)
    branch: str = Field(primary_key=True)
    decision: str = Field(primary_key=True)
    is_changed: bool = Field(primary_key=True)
    tags: int = _big()
    amount_fen: int = _big()


class Setting(SQLModel, table=True):
    """A choice of the bank that the record keeps, such as the steps of approval in use."""

    __tablename__ = "settings"

    name: str = Field(primary_key=True)
    value: str


LOGS: dict[str, type[SQLModel]] = {
    "events": Event,
    "decisions": Decision,
    "publications": Publication,
    "restatements": Restatement,
    "imports": Import,
}
"""The append-only logs by name."""

"""The record: logs, chain, people, books, evidence, tags; the logs and the chain can only be added to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from greenfin.store.migrations.append_only import refuse_changes

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_LOGS = ("events", "decisions", "publications", "restatements", "imports", "blocks")


def upgrade() -> None:
    """All tables of the record; a chain without blocks."""
    for make in _MADE:
        make()
    op.execute(sa.text("INSERT INTO chain_head (id, number, sha256) VALUES (1, 0, :nothing)").bindparams(nothing="0" * 64))
    for log in _LOGS:
        refuse_changes(log)


def _blocks() -> None:
    op.create_table(
        "blocks",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("log", sa.String(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("rows_sha256", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("log", "first", name="blocks_log_first"),
    )


def _books() -> None:
    op.create_table(
        "books",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("as_of", sa.String(), nullable=False),
        sa.Column("files", sa.String(), nullable=False),
        sa.Column("layout", sa.String(), nullable=False),
        sa.Column("tables", sa.String(), nullable=False),
        sa.Column("loans", sa.BigInteger(), nullable=False),
        sa.Column("balance_fen", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.String(), nullable=False),
        sa.Column("imported_by", sa.String(), nullable=False),
        sa.Column("imported_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_books_as_of"), "books", ["as_of"], unique=False)


def _chain_head() -> None:
    op.create_table(
        "chain_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("receipt", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("state_from", sa.String(), nullable=False),
        sa.Column("state_to", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("share_ppm", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("effective_on", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("replaces", sa.BigInteger(), nullable=True),
        sa.Column("book", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("decisions_receipt", "decisions", ["receipt", "edition", "number"], unique=False)


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("events_kind", "events", ["kind", "number"], unique=False)
    op.create_index("events_subject", "events", ["subject", "number"], unique=False)


def _evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.String(), nullable=False),
        sa.Column("valid_to", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_index(op.f("ix_evidence_valid_to"), "evidence", ["valid_to"], unique=False)


def _factor_sets() -> None:
    op.create_table(
        "factor_sets",
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content_sha256", sa.String(), nullable=False),
        sa.Column("frozen_at", sa.String(), nullable=False),
        sa.Column("frozen_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
    op.create_index(op.f("ix_factor_sets_name"), "factor_sets", ["name"], unique=False)


def _imports() -> None:
    op.create_table(
        "imports",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("book", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )


def _publications() -> None:
    op.create_table(
        "publications",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("published_on", sa.String(), nullable=False),
        sa.Column("cell", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("publications_cell", "publications", ["cell", "period", "number"], unique=False)
    op.create_index("publications_run", "publications", ["run", "number"], unique=False)


def _restatements() -> None:
    op.create_table(
        "restatements",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("cell", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("old_value", sa.String(), nullable=False),
        sa.Column("new_value", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("old_method", sa.String(), nullable=False),
        sa.Column("new_method", sa.String(), nullable=False),
        sa.Column("decided_on", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("restatements_cell", "restatements", ["cell", "period", "number"], unique=False)


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("token_sha256", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("last_seen_at", sa.String(), nullable=False),
        sa.Column("expires_at", sa.String(), nullable=False),
        sa.Column("ended_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("token_sha256"),
    )
    op.create_index(op.f("ix_sessions_user"), "sessions", ["user"], unique=False)


def _settings() -> None:
    op.create_table(
        "settings",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _tag_counts() -> None:
    op.create_table(
        "tag_counts",
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("is_changed", sa.Boolean(), nullable=False),
        sa.Column("tags", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("edition", "state", "branch", "decision", "is_changed"),
    )


def _tags() -> None:
    op.create_table(
        "tags",
        sa.Column("receipt", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("book", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("share_ppm", sa.Integer(), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("proposal_decision", sa.String(), nullable=False),
        sa.Column("proposal_code", sa.String(), nullable=False),
        sa.Column("proposal_score", sa.Float(), nullable=True),
        sa.Column("needs", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("maker", sa.String(), nullable=False),
        sa.Column("checker", sa.String(), nullable=False),
        sa.Column("in_force_from", sa.String(), nullable=False),
        sa.Column("reported_run", sa.String(), nullable=False),
        sa.Column("withdrawn_on", sa.String(), nullable=False),
        sa.Column("is_changed", sa.Boolean(), nullable=False),
        sa.Column("queue_key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("receipt", "edition"),
    )
    op.create_index("tags_branch_queue", "tags", ["branch", "edition", "state", "queue_key"], unique=False)
    op.create_index("tags_code_queue", "tags", ["code", "edition", "state", "queue_key"], unique=False)
    op.create_index("tags_project", "tags", ["project", "edition"], unique=False)
    op.create_index("tags_queue", "tags", ["edition", "state", "queue_key"], unique=False)


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("branches", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.String(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )


def _evidence_links() -> None:
    op.create_table(
        "evidence_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("receipt", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("need", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sha256"],
            ["evidence.sha256"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256", "receipt", "project", "edition", "need", name="evidence_links_once"),
    )
    op.create_index("evidence_links_project", "evidence_links", ["project"], unique=False)
    op.create_index("evidence_links_receipt", "evidence_links", ["receipt"], unique=False)


_MADE = (
    _blocks,
    _books,
    _chain_head,
    _decisions,
    _events,
    _evidence,
    _factor_sets,
    _imports,
    _publications,
    _restatements,
    _sessions,
    _settings,
    _tag_counts,
    _tags,
    _users,
    _evidence_links,
)

"""The project that each tag was decided in, out of the decisions: a later book may name another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from greenfin.store.replay import replayed_tags

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The column and its index; what has been decided so far is filled in."""
    with op.batch_alter_table("tags") as tags:
        tags.add_column(sa.Column("decided_project", sa.String(), nullable=False, server_default=""))
    op.create_index("tags_decided_project", "tags", ["decided_project", "edition"], unique=False)
    connection = op.get_bind()
    found = [
        {"receipt": receipt, "edition": edition, "project": stands.project}
        for (receipt, edition), stands in replayed_tags(connection).items()
        if stands.project
    ]
    if found:
        fill = "UPDATE tags SET decided_project = :project WHERE receipt = :receipt AND edition = :edition"
        connection.execute(sa.text(fill), found)

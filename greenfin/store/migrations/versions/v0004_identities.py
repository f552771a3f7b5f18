"""Who a user is to the bank's own log-in: the provider and its name for him; empty for one who logs in by password."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The columns, and that no two users are one person there."""
    with op.batch_alter_table("users") as users:
        users.add_column(sa.Column("issuer", sa.String(), nullable=False, server_default=""))
        users.add_column(sa.Column("subject", sa.String(), nullable=False, server_default=""))
    stated = sa.text("subject <> ''")
    op.create_index("users_identity", "users", ["issuer", "subject"], unique=True, sqlite_where=stated, postgresql_where=stated)

"""A record whose append-only triggers were taken away still verifies row by row, and the audit says that they are gone."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from greenfin.store.audit import verify_chain
from greenfin.store.opening import Store
from tests.reviewed import entered


@pytest.mark.parametrize("log", ["decisions", "blocks"])
def test_a_guard_taken_away_is_found(store: Store, log: str) -> None:
    entered(store, ["R1"])
    assert verify_chain(store).same
    name = f"{log}_no_update" if store.is_sqlite else f"{log}_no_change"
    on = "" if store.is_sqlite else f" ON {log}"
    with store.engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER {name}{on}"))
    assert [(f.problem.code, f.problem.where) for f in verify_chain(store).findings] == [("audit.guard_missing", name)]


def test_a_guard_switched_off_is_found(store: Store) -> None:
    if store.is_sqlite:
        pytest.skip("SQLite cannot switch a trigger off, only drop it")
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE events DISABLE TRIGGER events_no_truncate"))
    assert [f.problem.where for f in verify_chain(store).findings] == ["events_no_truncate"]

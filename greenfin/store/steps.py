"""Which steps of approval the bank uses: kept in the record, two by default."""

from __future__ import annotations

from sqlalchemy import Connection, text

from greenfin.core.problems import Refused, error
from greenfin.store.opening import Store
from greenfin.store.permissions import Actor, permit
from greenfin.store.workflow import workflow
from greenfin.store.writing import reading, writing

DEFAULT_STEPS = "two"
SETTING = "workflow.steps"


def steps_in_use(connection: Connection) -> str:
    """The name of the steps in use."""
    found = connection.execute(text("SELECT value FROM settings WHERE name = :name"), {"name": SETTING}).scalar()
    return str(found) if found in workflow().steps else DEFAULT_STEPS


def steps_used(store: Store) -> str:
    """The name of the steps in use. Raises Refused."""
    with reading(store) as session:
        return steps_in_use(session.connection())


def use_steps(store: Store, actor: Actor, name: str) -> None:
    """From now on proposals need these approvals; what waits goes on under them. Raises Refused."""
    permit(actor, "set_workflow")
    if name not in workflow().steps:
        raise Refused(error("store.unknown_steps", "", found=name, known=", ".join(workflow().steps)))
    with writing(store) as w:
        was = steps_in_use(w.connection)
        sql = "INSERT INTO settings (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        w.connection.execute(text(sql), {"name": SETTING, "value": name})
        w.event(actor.user, "workflow.changed", detail={"from": was, "to": name})

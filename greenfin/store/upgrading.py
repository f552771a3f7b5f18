"""Which release's tables a database holds, and the way to this one's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from greenfin.core.problems import Problem, Refused, error
from greenfin.store.faults import refusing

if TYPE_CHECKING:
    from greenfin.store.opening import Store

REVISION = "0004"
_LOCK = 0x67_66_69_6E  # one upgrade at a time on a server
_VERSIONS = "alembic_version"


def revision_of(connection: Connection) -> str:
    """The revision of the tables: ``""`` for an empty database, ``0001`` for one of release 0.1.0."""
    names = set(inspect(connection).get_table_names())
    if _VERSIONS in names:
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")
    return "0001" if "runs" in names else ""


def upgrade(store: Store, *, to: str = REVISION) -> tuple[str, str]:
    """Bring the tables to this release's (or to a revision); those before and after. Raises Refused, also where they are of a later one."""
    with refusing(store.place), store.engine.connect().execution_options(immediate=True) as connection, connection.begin():
        if not store.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        found = revision_of(connection)
        if found > REVISION:
            raise Refused(error("store.newer", store.place, found=found, known=REVISION))
        if found < to:
            _run(connection, to)
    return found, max(found, to)


def _run(connection: Connection, to: str) -> None:
    from alembic import command  # here: most commands never need it
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    command.upgrade(config, to)


def check_revision(store: Store) -> Problem | None:
    """What is wrong with the tables, None where they are this release's."""
    with refusing(store.place), store.engine.connect() as connection:
        found = revision_of(connection)
    if found == REVISION:
        return None
    if not found:
        return error("store.no_tables", store.place)
    if found > REVISION:
        return error("store.newer", store.place, found=found, known=REVISION)
    return error("store.needs_upgrade", store.place, found=found, known=REVISION)

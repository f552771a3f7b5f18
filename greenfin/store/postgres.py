"""Roles on a PostgreSQL server: the owner makes and upgrades the tables, the application reads them and adds to the logs."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import ProgrammingError

from greenfin.core.problems import Refused, error
from greenfin.store.faults import refusing
from greenfin.store.opening import Store
from greenfin.store.tables import LOGS
from greenfin.store.upgrading import check_revision

_ADDED_TO = (*LOGS, "blocks")
_READ = ("alembic_version",)
_LONGEST = 63


def grant_application(store: Store, role: str) -> None:
    """Give a role what the program needs, and no more; a role that is not there is made (its password is the server's business).

    To be run as the owner after each upgrade. Raises Refused.
    """
    if store.is_sqlite:
        raise Refused(error("store.no_roles", store.place))
    if not role or len(role.encode()) > _LONGEST or "\0" in role:
        raise Refused(error("store.bad_role", store.place, role=role[:_LONGEST]))
    if wrong := check_revision(store):
        raise Refused(wrong)
    with refusing(store.place), store.engine.begin() as connection:
        name = store.engine.dialect.identifier_preparer.quote_identifier(role)
        if connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).first() is None:
            _make_role(connection, store, name, role)
        _check_role(connection, store, role)
        for statement in _statements(connection, name):
            connection.exec_driver_sql(statement)


def _make_role(connection: Connection, store: Store, name: str, role: str) -> None:
    """Raises Refused where the owner may not make roles: then the server's administrator has to."""
    try:
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE")
    except ProgrammingError as bad:
        raise Refused(error("store.role_not_made", store.place, role=role)) from bad


def _check_role(connection: Connection, store: Store, role: str) -> None:
    """Raises Refused for a role that could change the logs all the same: a superuser, or the owner of a table."""
    is_super = connection.execute(text("SELECT rolsuper FROM pg_roles WHERE rolname = :role"), {"role": role}).scalar()
    query = text("SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tableowner = :role")
    owns = connection.execute(query, {"role": role}).first()
    if is_super or owns:
        raise Refused(error("store.role_too_strong", store.place, role=role))


def _statements(connection: Connection, role: str) -> list[str]:
    schema = connection.execute(text("SELECT quote_ident(current_schema())")).scalar_one()
    made = [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}, PUBLIC",
        f"REVOKE CREATE ON SCHEMA {schema} FROM {role}, PUBLIC",
        f"GRANT USAGE ON SCHEMA {schema} TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
    ]
    for table in sorted(inspect(connection).get_table_names()):
        rights = "SELECT" if table in _READ else "SELECT, INSERT" if table in _ADDED_TO else "SELECT, INSERT, UPDATE, DELETE"
        made.append(f'GRANT {rights} ON "{table}" TO {role}')
    return made

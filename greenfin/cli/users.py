"""``user …``: who may work with a store, and who is logged in to it."""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from greenfin.cli.aligned import aligned
from greenfin.cli.session import Guard, JsonOption, LangOption, Session, help_of
from greenfin.cli.store_session import FilesOption, StoreOption, opened, store_with_users
from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    from greenfin.store import Store
    from greenfin.store.people import Person
    from greenfin.store.sessions import Login

user_app = typer.Typer(no_args_is_help=True, help=help_of("user"))

PASSWORD, NEW_PASSWORD = "GREENFIN_PASSWORD", "GREENFIN_NEW_PASSWORD"  # names of variables

NameArgument = Annotated[str, typer.Argument(help="name to log in with", metavar="NAME")]
BranchOption = Annotated[list[str] | None, typer.Option("--branch", help="branch code, * for all; again for more", show_default=False)]
ReasonOption = Annotated[str, typer.Option("--reason", help="kept in the log", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for name, command in (
        ("add", add), ("list", listed), ("grant", grant), ("disable", disable), ("enable", enable), ("passwd", passwd),
        ("identity", identity), ("login", login), ("logout", logout), ("whoami", whoami),
    ):  # fmt: skip
        user_app.command(name, help=help_of(f"user_{name}"))(command)
    app.add_typer(user_app, name="user")


def add(
    name: NameArgument,
    role: Annotated[str, typer.Option("--role", metavar="ROLE", help="maker checker esg loan_officer auditor admin")] = "",
    branch: BranchOption = None,
    display_name: Annotated[str, typer.Option("--display-name", help="as shown to others", show_default=False)] = "",
    first_admin: Annotated[bool, typer.Option("--first-admin", help="the administrator of a store without users")] = False,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Add a user with a first password, which he must change."""
    with Guard(lang, as_json) as session:
        from greenfin.store import people

        if first_admin:
            person = _first_admin(session, name, role, place, files, display_name)
        else:
            store, actor = opened(session, place, files)
            if not role:
                raise Refused(error("store.role_missing", "--role"))
            password = _password(session, PASSWORD, "people.ask_first", twice=True)
            person = people.add_user(store, actor, name, role=role, branches=branch or (), password=password, display_name=display_name)
        session.line(session.say("people.added", user=person.name, role=person.role, branches=_branches(session, person)))
        _done(session, person)


def _first_admin(session: Session, name: str, role: str, place: StoreOption, files: FilesOption, display_name: str) -> Person:
    from greenfin.store import open_store, people

    if role not in ("", people.ADMIN):
        raise Refused(error("cli.not_one_of", "--role", found=role, known=people.ADMIN))
    store = open_store(place, files=files)
    if people.has_users(store):
        raise Refused(error("store.has_users", store.place))
    return people.add_first_admin(store, name, _password(session, PASSWORD, "people.ask_new", twice=True), display_name=display_name)


def listed(place: StoreOption = None, files: FilesOption = None, lang: LangOption = "", as_json: JsonOption = False) -> None:
    """Every user with role, branches and state."""
    with Guard(lang, as_json) as session:
        from greenfin.store import people

        store, actor = opened(session, place, files)
        found = people.users(store, actor)
        rows = [
            (p.name, p.display_name or "—", session.say(f"role.{p.role}"), _branches(session, p), session.say(f"people.{_state(p)}"))
            for p in found
        ]
        session.lines(aligned([tuple(session.say("people.columns").split("|")), *rows]))
        session.dump({"users": [asdict(p) | {"state": _state(p)} for p in found], "problems": []})
        session.finish(())


def grant(
    name: NameArgument,
    role: Annotated[str | None, typer.Option("--role", metavar="ROLE", show_default=False)] = None,
    branch: BranchOption = None,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Another role, or other branches in place of those there are."""
    with Guard(lang, as_json) as session:
        from greenfin.store import people

        store, actor = opened(session, place, files)
        if role is None and not branch:
            raise Refused(error("store.role_missing", "--role --branch"))
        person = people.grant(store, actor, name, role=role, branches=branch or None)
        session.line(session.say("people.granted", user=person.name, role=person.role, branches=_branches(session, person)))
        _done(session, person)


def disable(
    name: NameArgument,
    reason: ReasonOption = "",
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Close an account and end its sessions."""
    with Guard(lang, as_json) as session:
        from greenfin.store import people

        store, actor = opened(session, place, files)
        person = people.disable(store, actor, name, reason=reason)
        session.line(session.say("people.disabled_now", user=person.name))
        _done(session, person)


def enable(
    name: NameArgument,
    reason: ReasonOption = "",
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Open an account again, unlocked."""
    with Guard(lang, as_json) as session:
        from greenfin.store import people

        store, actor = opened(session, place, files)
        person = people.enable(store, actor, name, reason=reason)
        session.line(session.say("people.enabled_now", user=person.name))
        _done(session, person)


def passwd(
    name: NameArgument,
    reset: Annotated[bool, typer.Option("--reset", help="an administrator sets another user's first password")] = False,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Change one's own password, by the old one; every session of the user ends."""
    with Guard(lang, as_json) as session:
        from greenfin.store import people

        if reset:
            store, actor = opened(session, place, files)
            people.check_may_reset(store, actor, name)
            people.set_password(store, actor, name, _password(session, NEW_PASSWORD, "people.ask_first", twice=True))
        else:
            store = store_with_users(place, files)
            old = _password(session, PASSWORD, "people.ask_old")
            people.change_password(store, name, old, _password(session, NEW_PASSWORD, "people.ask_new", twice=True))
        session.line(session.say("people.password_changed", user=name))
        session.dump({"user": name, "problems": []})
        session.finish(())


def identity(
    name: NameArgument,
    issuer: Annotated[str, typer.Option("--issuer", help="address of the bank's identity provider", metavar="URL")],
    subject: Annotated[str, typer.Option("--subject", help="the name (sub) that it gives the user")],
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Let the bank's identity provider prove who a user is, in place of a password."""
    with Guard(lang, as_json) as session:
        from greenfin.store import people

        store, actor = opened(session, place, files)
        person = people.set_identity(store, actor, name, issuer=issuer, subject=subject)
        session.line(session.say("people.identity_set", user=person.name, issuer=person.issuer))
        _done(session, person)


def login(
    name: NameArgument, place: StoreOption = None, files: FilesOption = None, lang: LangOption = "", as_json: JsonOption = False
) -> None:
    """Log in to a store; the token is kept in a private file of this machine's user."""
    with Guard(lang, as_json) as session:
        from greenfin.cli.tokens import keep_token

        store = store_with_users(place, files)
        made = _logged_in(session, store, name)
        file = keep_token(store, made.token)
        shown = session.say("people.logged_in", user=made.actor.user, role=made.actor.role, until=_local_time(made.expires_at))
        session.line(shown)
        session.dump(
            {"user": made.actor.user, "role": made.actor.role, "expires_at": made.expires_at, "token_file": str(file), "problems": []}
        )
        session.finish(())


def _logged_in(session: Session, store: Store, name: str) -> Login:
    """A session; a first password is changed on the way, else nobody is logged in."""
    from greenfin.store.people import change_password
    from greenfin.store.sessions import log_in, log_out

    password = _password(session, PASSWORD, "people.ask")
    made = log_in(store, name, password)
    if not made.must_change:
        return made
    log_out(store, made.token)
    if NEW_PASSWORD not in os.environ and not sys.stdin.isatty():
        raise Refused(error("store.must_change", user=made.actor.user))
    session.line(session.say("people.first_password", user=made.actor.user))
    new = _password(session, NEW_PASSWORD, "people.ask_new", twice=True)
    change_password(store, name, password, new)
    return log_in(store, name, new)


def logout(place: StoreOption = None, files: FilesOption = None, lang: LangOption = "", as_json: JsonOption = False) -> None:
    """End this machine's session with a store."""
    with Guard(lang, as_json) as session:
        from greenfin.cli.tokens import drop_token, token_for
        from greenfin.store.sessions import log_out

        store = store_with_users(place, files)
        token = token_for(store)
        ended = bool(token) and log_out(store, token or "")
        drop_token(store)
        session.line(session.say("people.logged_out" if ended else "people.was_not_in"))
        session.dump({"ended": ended, "problems": []})
        session.finish(())


def whoami(place: StoreOption = None, files: FilesOption = None, lang: LangOption = "", as_json: JsonOption = False) -> None:
    """Who is logged in, and what he may do where."""
    with Guard(lang, as_json) as session:
        from greenfin.store.permissions import Scope, actions, may, scope_of

        _store, actor = opened(session, place, files)
        scopes = {action: scope_of(actor, action) for action in actions() if may(actor, action)}
        session.line(f"{actor.user}  {session.say(f'role.{actor.role}')}")
        own = session.say("people.every_branch") if actor.has_every_branch else " ".join(actor.branches)
        for action, scope in scopes.items():
            session.line(f"  {session.say(f'action.{action}')}{'' if scope is Scope.ALL else f': {own}'}")
        session.dump({"user": actor.user, "role": actor.role, "branches": actor.branches, "may": scopes, "problems": []})
        session.finish(())


def _password(session: Session, variable: str, ask: str, *, twice: bool = False) -> str:
    """A password from a variable, else typed without being shown. Raises Refused where neither can be, or two differ."""
    if variable in os.environ:
        return os.environ[variable]
    if not sys.stdin.isatty():
        raise Refused(error("store.no_password", variable, variable=variable))
    typed = getpass.getpass(session.say(ask) + " ", stream=sys.stderr)
    if twice and getpass.getpass(session.say("people.ask_again") + " ", stream=sys.stderr) != typed:
        raise Refused(error("store.passwords_differ"))
    return typed


def _state(person: Person) -> str:
    return person.state(datetime.now(UTC))


def _branches(session: Session, person: Person) -> str:
    return session.say("people.every_branch") if "*" in person.branches else " ".join(person.branches) or "—"


def _local_time(at: str) -> str:
    return datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M")


def _done(session: Session, person: Person) -> None:
    session.dump({"user": asdict(person) | {"state": _state(person)}, "problems": []})
    session.finish(())

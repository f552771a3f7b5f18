"""``db …`` and ``audit …``: the care of a store, and whether it is as it was written."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenfin.cli.aligned import aligned
from greenfin.cli.session import Guard, JsonOption, LangOption, Session, help_of
from greenfin.cli.store_session import FilesOption, StoreOption, opened
from greenfin.core.problems import Refused, error
from greenfin.messages import tell

if TYPE_CHECKING:
    from greenfin.store.audit import Verdict
    from greenfin.store.backup import Manifest
    from greenfin.store.heads import Head

db_app = typer.Typer(no_args_is_help=True, help=help_of("db"))
audit_app = typer.Typer(no_args_is_help=True, help=help_of("audit"))

_ANCHOR = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    commands: tuple[tuple[typer.Typer, str, str, Callable[..., None]], ...] = (
        (db_app, "db", "upgrade", upgrade), (db_app, "db", "backup", backup), (db_app, "db", "restore", restore),
        (db_app, "db", "grant", grant), (audit_app, "audit", "verify", verify), (audit_app, "audit", "head", head),
        (audit_app, "audit", "list", listed),
    )  # fmt: skip
    for group, of, name, command in commands:
        group.command(name, help=help_of(f"{of}_{name}"))(command)
    app.add_typer(db_app, name="db")
    app.add_typer(audit_app, name="audit")


def upgrade(place: StoreOption = None, files: FilesOption = None, lang: LangOption = "", as_json: JsonOption = False) -> None:
    """Bring the tables of a store to this release's; on a server to be run as their owner."""
    with Guard(lang, as_json) as session:
        from greenfin.store.opening import connect
        from greenfin.store.upgrading import upgrade as upgrade_store

        store = connect(place, files=files)
        was, now = upgrade_store(store)
        session.line(session.say("db.as_it_was" if was == now else "db.upgraded", place=store.place, was=was or "—", now=now))
        session.dump({"store": store.place, "was": was, "now": now, "problems": []})


def grant(
    role: Annotated[str, typer.Argument(help="role of the application on the server", metavar="ROLE")],
    place: StoreOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Give the application's role on a server what it needs; to be run as the owner after each upgrade."""
    with Guard(lang, as_json) as session:
        from greenfin.store.opening import connect
        from greenfin.store.postgres import grant_application

        store = connect(place)
        grant_application(store, role)
        session.line(session.say("db.granted", role=role, place=store.place))
        session.dump({"store": store.place, "role": role, "problems": []})


def backup(
    target: Annotated[Path, typer.Argument(help="new folder, or new file with the ending .zip", metavar="TARGET")],
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Back up the whole store while it is in use."""
    with Guard(lang, as_json) as session:
        from greenfin.store.backup import backup as back_up

        store, actor = opened(session, place, files)
        manifest = back_up(store, actor, target)
        session.line(session.say("db.backed_up", target=target, files=len(manifest.files), size=_size(manifest)))
        if manifest.head:
            session.line(session.say("audit.head_line", head=f"{manifest.head['number']}:{manifest.head['sha256']}"))
        session.dump({"target": str(target), **asdict(manifest), "problems": []})


def _size(manifest: Manifest) -> int:
    return sum(int(one["size"]) for one in manifest.files.values())


def restore(
    origin: Annotated[Path, typer.Argument(help="a backup", metavar="BACKUP")],
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Bring a backup into an empty place and audit it there; exit 1 when the audit finds something."""
    with Guard(lang, as_json) as session:
        from greenfin.store.backup import restore as bring_back
        from greenfin.store.opening import chosen_place

        chosen = chosen_place(place)
        manifest, verdict = bring_back(origin, chosen, files=files)
        session.line(session.say("db.restored", origin=origin, made_at=manifest.made_at, files=len(manifest.files)))
        _say(session, verdict)
        session.dump({"made_at": manifest.made_at, "head": manifest.head, **_as_json(session, verdict), "problems": []})
        raise typer.Exit(0 if verdict.same else 1)


def verify(
    anchor: Annotated[
        list[str] | None,
        typer.Option("--anchor", metavar="NUMBER:SHA256", help="a head written down elsewhere; again for more", show_default=False),
    ] = None,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Whether every row, block, file and tag is as it was written; exit 1 when something is not."""
    with Guard(lang, as_json) as session:
        from greenfin.store.audit import verify as verify_store

        anchors = [_anchor(one) for one in anchor or ()]
        store, actor = opened(session, place, files)
        verdict = verify_store(store, actor, anchors=anchors)
        _say(session, verdict)
        session.dump(_as_json(session, verdict))
        raise typer.Exit(0 if verdict.same else 1)


def _anchor(found: str) -> Head:
    from greenfin.store.heads import Head

    matched = _ANCHOR.fullmatch(found.strip().lower())
    if not matched:
        raise Refused(error("audit.bad_anchor", "--anchor", found=found[:100]))
    return Head(int(matched[1]), matched[2])


def _say(session: Session, verdict: Verdict) -> None:
    code = "audit.same" if verdict.same else "audit.not_same"
    session.line(session.say(code, blocks=verdict.blocks, rows=verdict.rows, n=len(verdict.findings)))
    for found in verdict.findings:
        session.line(f"  {found.problem.code}: {tell(found.problem, session.lang)}")
    if verdict.head:
        session.line(session.say("audit.head_line", head=f"{verdict.head.number}:{verdict.head.sha256}"))


def _as_json(session: Session, verdict: Verdict) -> dict[str, object]:
    findings = [
        {"code": found.problem.code, "log": found.log, "number": found.number, "message": tell(found.problem, session.lang)}
        for found in verdict.findings
    ]
    return {"same": verdict.same, "blocks": verdict.blocks, "rows": verdict.rows, "findings": findings}


def head(place: StoreOption = None, files: FilesOption = None, lang: LangOption = "", as_json: JsonOption = False) -> None:
    """The head of the chain, to be written down elsewhere and given to ``audit verify --anchor``."""
    with Guard(lang, as_json) as session:
        from greenfin.store.audit import head as head_of

        store, actor = opened(session, place, files)
        found = head_of(store, actor)
        session.line(f"{found.number}:{found.sha256}" if found else session.say("audit.nothing_yet"))
        session.dump({"number": found.number if found else 0, "sha256": found.sha256 if found else "", "problems": []})


def listed(
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="book.imported, login.failed, …", show_default=False)] = "",
    subject: Annotated[str, typer.Option("--subject", metavar="ID", show_default=False)] = "",
    by: Annotated[str, typer.Option("--by", metavar="USER", show_default=False)] = "",
    before: Annotated[int | None, typer.Option("--before", min=1, help="number to page from", show_default=False)] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 50,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """What happened, the last first."""
    with Guard(lang, as_json) as session:
        from greenfin.store.events import events

        store, actor = opened(session, place, files)
        found = events(store, actor, kind=kind, subject=subject, by=by, before=before, limit=limit)
        rows = [(str(e.number), e.at[:19], e.actor or "—", e.kind, e.subject or "—", e.branch or "—", e.reason) for e in found]
        session.lines(aligned([tuple(session.say("audit.columns").split("|")), *rows]))
        session.dump({"events": [asdict(e) for e in found], "problems": []})

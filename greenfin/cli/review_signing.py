"""``review …``: a run on its way out: submitted, checked by somebody else, published, and a published figure restated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from greenfin.cli.asked import day_of, day_or_today
from greenfin.cli.session import Guard, JsonOption, LangOption, help_of
from greenfin.cli.store_session import FilesOption, StoreOption, opened

RunArgument = Annotated[Path, typer.Argument(help="folder of a run", metavar="RUN")]


def register(review_app: typer.Typer) -> None:
    """Add the commands of this module."""
    for name, command in (
        ("submit", submit), ("check", check), ("publish", publish), ("restate", restate), ("agree", agree),
    ):  # fmt: skip
        review_app.command(name, help=help_of(f"review_{name}"))(command)


def submit(
    run: RunArgument,
    reason: Annotated[str, typer.Option("--reason", help="kept in the record", show_default=False)] = "",
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say that a run is finished: somebody else is to check it before its figures are published."""
    with Guard(lang, as_json) as session:
        from datetime import UTC, datetime

        from greenfin import run_folder
        from greenfin.store import register as register_run
        from greenfin.store import sign_off

        store, actor = opened(session, place, files)
        saved = run_folder.open_run(run)
        register_run(store, actor, saved, made_at=datetime.now(UTC))
        sign_off.submit(store, actor, saved.id, reason=reason)
        session.line(session.say("review.run_submitted", run=saved.id))
        session.dump({"run": saved.id, "waits": True, "problems": []})
        session.finish(())


def check(
    run: RunArgument,
    send_back: Annotated[bool, typer.Option("--send-back", help="it does not hold: back to whoever made it, with --reason")] = False,
    reason: Annotated[str, typer.Option("--reason", help="kept in the record", show_default=False)] = "",
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say that a submitted run, which somebody else made, was looked at and holds."""
    with Guard(lang, as_json) as session:
        from greenfin import run_folder
        from greenfin.store import sign_off

        store, actor = opened(session, place, files)
        saved = run_folder.open_run(run)
        act, said = (sign_off.send_back, "review.run_sent_back") if send_back else (sign_off.check, "review.run_checked")
        act(store, actor, saved.id, reason=reason)
        session.line(session.say(said, run=saved.id))
        session.dump({"run": saved.id, "checked": not send_back, "problems": []})
        session.finish(())


def publish(
    run: RunArgument,
    kind: Annotated[str, typer.Option("--kind", metavar="report|return|exchange|rating")],
    where: Annotated[str, typer.Option("--where", metavar="TEXT", help="where it can be read")],
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="day of publication (today)", show_default=False)] = None,
    table: Annotated[list[str] | None, typer.Option("--table", metavar="ID", help="only these tables", show_default=False)] = None,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Enter that a run's figures went out; refused where one differs from what was published."""
    with Guard(lang, as_json) as session:
        from greenfin import publishing, run_folder
        from greenfin.store.permissions import permit

        store, actor = opened(session, place, files)
        permit(actor, "publish")
        saved = run_folder.open_run(run)
        going = publishing.Going(kind, where, day_or_today("--on", on), tuple(table or ()))
        done = publishing.publish(store, actor, run_folder.replay(saved), going, run=saved.id)
        session.line(session.say("review.published", run=saved.id, n=done.value))
        session.problems(done.problems)
        session.dump({"run": saved.id, "figures": done.value, "problems": session.problems_json(done.problems)})
        session.finish(done.problems)


def restate(
    cell: Annotated[str, typer.Argument(help="T01!co2_reduction.current", metavar="CELL")],
    period: Annotated[str, typer.Option("--period", metavar="DATE", help="data date of the figure")],
    value: Annotated[str, typer.Option("--value", metavar="NUMBER", help="as it will be printed, in the same unit")],
    reason: Annotated[str, typer.Option("--reason", help="kept in the record")],
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="day of the decision (today)", show_default=False)] = None,
    old_method: Annotated[str, typer.Option("--old-method", show_default=False)] = "",
    new_method: Annotated[str, typer.Option("--new-method", show_default=False)] = "",
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Ask that a published figure has another value from now on; it has when somebody else agrees."""
    with Guard(lang, as_json) as session:
        from greenfin.store import publications, restating

        store, actor = opened(session, place, files)
        day = day_of("--period", period).isoformat()
        known = publications.stated(store, actor, [cell], period=day).get(cell)
        unit = known.unit if known else ""
        figure = publications.Figure(cell, publications.printed_number(value), unit)
        decided = day_or_today("--on", on)
        number, was = restating.ask(
            store, actor, figure, period=day, reason=reason, on=decided, old_method=old_method, new_method=new_method
        )
        told = {"number": number, "cell": cell, "period": day, "old": was.value, "new": figure.value, "unit": unit}
        session.line(session.say("review.restatement_asked", **told))
        session.dump({**told, "waits": True, "problems": []})
        session.finish(())


def agree(
    number: Annotated[int | None, typer.Argument(metavar="[NUMBER]", help="without: what waits", show_default=False)] = None,
    decline: Annotated[bool, typer.Option("--decline", help="do not agree; one's own is so taken back, with --reason")] = False,
    reason: Annotated[str, typer.Option("--reason", help="kept in the record", show_default=False)] = "",
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """The restatements that wait for another person; agree to one, or decline it."""
    with Guard(lang, as_json) as session:
        from dataclasses import asdict

        from greenfin.store import restating

        store, actor = opened(session, place, files)
        if number is None:
            found, code = restating.waiting(store, actor), "review.restatement_waits"
        elif decline:
            found, code = (restating.decline(store, actor, number, reason=reason),), "review.restatement_declined"
        else:
            found, code = (restating.agree(store, actor, number),), "review.restated"
        for one in found:
            shown = {"number": one.number, "cell": one.cell, "period": one.period, "old": one.old_value, "new": one.new_value}
            session.line(session.say(code, **shown, unit=one.unit, user=one.actor, reason=one.reason))
        if not found:
            session.line(session.say("review.no_restatement_waits"))
        session.dump({"restatements": [asdict(one) for one in found], "problems": []})
        session.finish(())

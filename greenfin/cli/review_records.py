"""``review …``: what goes into the record beside decisions (books, documents, publications) and what comes out of it."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from greenfin.cli import review_signing
from greenfin.cli.aligned import aligned
from greenfin.cli.asked import day_of, day_or_today
from greenfin.cli.review_asked import finite
from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, Session, help_of
from greenfin.cli.store_session import FilesOption, StoreOption, opened
from greenfin.core.money import to_yuan

if TYPE_CHECKING:
    from greenfin.store.watch import Watched

evidence_app = typer.Typer(no_args_is_help=True, help=help_of("review_evidence"))
MAY_LEAVE = 20.0  # per cent of the book in force
RunArgument = Annotated[Path, typer.Argument(help="folder of a run", metavar="RUN")]


def register(review_app: typer.Typer) -> None:
    """Add the commands of this module."""
    for name, command in (
        ("import", import_), ("report", report), ("watch", watch), ("export", export), ("restatements", restatements),
        ("steps", steps), ("freeze", freeze),
    ):  # fmt: skip
        review_app.command(name, help=help_of(f"review_{name}"))(command)
    evidence_app.command("add", help=help_of("review_evidence_add"))(evidence_add)
    evidence_app.command("list", help=help_of("review_evidence_list"))(evidence_list)
    review_signing.register(review_app)
    review_app.add_typer(evidence_app, name="evidence")


def import_(
    book: Annotated[list[Path], typer.Argument(help="xlsx, csv, parquet", metavar="BOOK...")],
    as_of: Annotated[str, typer.Option("--as-of", help="data date", metavar="DATE")],
    edition: Annotated[
        list[str] | None, typer.Option("--edition", "--catalogue", metavar="ID|auto", help="in force at the data date", show_default=False)
    ] = None,
    controls: Annotated[Path | None, typer.Option("--controls", help="control totals", show_default=False)] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", help="the bank's saved mapping (yaml)", show_default=False)] = None,
    rates: Annotated[Path | None, typer.Option("--rates", help="exchange rates", show_default=False)] = None,
    supplements: Annotated[Path | None, typer.Option("--supplements", help="what the branches filled in", show_default=False)] = None,
    model: Annotated[Path | None, typer.Option("--model", help="a model that tag --learn wrote", show_default=False)] = None,
    may_leave: Annotated[
        float, typer.Option("--may-leave", metavar="PERCENT", min=0, max=100, help="refuse where more of the book in force would leave")
    ] = MAY_LEAVE,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Read a book, say what would come of the loans in force, tag it, keep it, and enter the machine's tags as proposals."""
    with Guard(lang, as_json, data) as session:
        from greenfin.cli.review_foretold import foretold
        from greenfin.entered import enter_book
        from greenfin.pipeline import Files

        most = finite("--may-leave", may_leave)
        store, actor = opened(session, place, files)
        given = Files(tuple(book), controls=controls, mapping=mapping, rates=rates, supplements=supplements, model=model)
        done = enter_book(
            store,
            actor,
            given,
            as_of=day_of("--as-of", as_of),
            reference=session.reference(),
            editions=edition or (),
            progress=session.progress,
            before=partial(foretold, session, most=most),
        )
        kept, made, problems = done.value.book, done.value.entered, done.problems
        entered = {"new": made.new, "same": made.same, "changed": made.changed, "gone": made.gone}
        session.line(session.say("review.imported", book=kept.id[:12], loans=kept.loans, **entered))
        session.problems(problems)
        foreseen = {name: value for name, value in asdict(done.value.foreseen).items() if name != "as_of"}
        whole = {"book": kept.id, "loans": kept.loans, "foreseen": foreseen, "entered": entered}
        session.dump({**whole, "problems": session.problems_json(problems)})
        session.finish(problems)


def report(
    run: RunArgument,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Mark the approved tags that a run used as reported by it."""
    with Guard(lang, as_json) as session:
        import pyarrow.compute as pc

        from greenfin import run_folder
        from greenfin.cli.review import finish
        from greenfin.cli.review_asked import Asked, items_of
        from greenfin.core.problems import Outcome
        from greenfin.store import decisions
        from greenfin.store.permissions import permit
        from greenfin.store.resting import not_of_record

        store, actor = opened(session, place, files)
        permit(actor, "report")
        saved = run_folder.open_run(run)
        result = run_folder.replay(saved)
        used = result.tags.filter(pc.and_(pc.equal(result.tags["edition"], result.edition), pc.fill_null(result.tags["approved"], False)))
        wrong = not_of_record(store, actor, result.tags, edition=result.edition, as_of=result.as_of)
        unlike = {problem.where for problem in wrong}
        asked = Asked([r for r in used["loan_id"].to_pylist() if r not in unlike], result.edition, problems=wrong)
        if unlike and not asked.receipts:
            finish(session, "report", Outcome(decisions.Done()), asked)
        items, _, _ = items_of(store, actor, asked)
        finish(session, "report", decisions.report(store, actor, items, run_id=saved.id), asked)


def watch(
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="the day (today)", show_default=False)] = None,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """What may end a green tag, on a day and in the month after it."""
    with Guard(lang, as_json) as session:
        from greenfin.store import watch as watching

        store, actor = opened(session, place, files)
        day = day_or_today("--as-of", as_of)
        found = watching.watch(store, actor, as_of=day)
        session.lines(aligned([tuple(session.say("review.watch_columns").split("|")), *(_watched(session, w) for w in found)]))
        session.line(session.say("review.watch_counted", n=len(found), day=day))
        session.dump({"as_of": day.isoformat(), "watch": [asdict(w) for w in found], "problems": []})
        session.finish(())


def _watched(session: Session, w: Watched) -> tuple[str, ...]:
    day = w.day.isoformat() if w.day else "—"
    state, amount = session.say(f"state.{w.state}"), f"{to_yuan(w.amount_fen):,.2f}"
    return (session.say(f"watch.{w.reason}"), day, w.receipt, w.edition, w.branch, state, amount, w.source)


def evidence_add(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="approval eia contract invoice certificate …")],
    receipt: Annotated[list[str] | None, typer.Option("--receipt", metavar="RECEIPT", show_default=False)] = None,
    project: Annotated[list[str] | None, typer.Option("--project", metavar="PROJECT", show_default=False)] = None,
    edition: Annotated[str, typer.Option("--edition", "--catalogue", metavar="ID", show_default=False)] = "",
    need: Annotated[str, typer.Option("--need", metavar="NEED", help="what it answers", show_default=False)] = "",
    name: Annotated[str | None, typer.Option("--name", help="instead of the file's own", show_default=False)] = None,
    valid_from: Annotated[str | None, typer.Option("--valid-from", metavar="DATE", show_default=False)] = None,
    valid_to: Annotated[str | None, typer.Option("--valid-to", metavar="DATE", show_default=False)] = None,
    region: Annotated[str, typer.Option("--region", metavar="CODE", show_default=False)] = "",
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Keep a document and say what it is about."""
    with Guard(lang, as_json) as session:
        from greenfin.store.evidence import Link, add_evidence

        store, actor = opened(session, place, files)
        links = [Link(receipt=r, edition=edition, need=need) for r in receipt or ()]
        links += [Link(project=p, edition=edition, need=need) for p in project or ()]
        first = day_of("--valid-from", valid_from) if valid_from else None
        last = day_of("--valid-to", valid_to) if valid_to else None
        sha = add_evidence(store, actor, file, kind=kind, links=links, name=name, valid_from=first, valid_to=last, region=region)
        session.line(session.say("review.evidence_added", sha=sha))
        session.dump({"sha256": sha, "problems": []})
        session.finish(())


def evidence_list(
    receipt: Annotated[str, typer.Argument(metavar="RECEIPT")],
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """The documents of a receipt and of its project."""
    with Guard(lang, as_json) as session:
        from greenfin.store.evidence import evidence_of
        from greenfin.store.history import readable_documents

        store, actor = opened(session, place, files)
        found = readable_documents(store, actor, receipt, evidence_of(store, actor, receipt))
        for d in found:
            session.line(session.say("review.document", sha=d.sha256[:12], paper=d.kind, name=d.name, to=d.valid_to or "—"))
        session.dump({"documents": [asdict(d) for d in found], "problems": []})
        session.finish(())


def export(
    out: Annotated[Path, typer.Option("--out", help="csv, xlsx or parquet")],
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="the day (today)", show_default=False)] = None,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """The decisions in force on a day, in the columns that ``run --decisions`` reads."""
    with Guard(lang, as_json) as session:
        from greenfin import disclose
        from greenfin.store.exporting import as_file, decisions_table

        store, actor = opened(session, place, files)
        day = day_or_today("--as-of", as_of)
        rows = decisions_table(store, actor, as_of=day)
        disclose.write_rows(as_file(rows), out)
        session.line(session.say("review.exported", n=rows.num_rows, day=day, path=out))
        session.dump({"rows": rows.num_rows, "as_of": day.isoformat(), "path": str(out), "problems": []})
        session.finish(())


def restatements(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="xlsx, csv or parquet")],
    period: Annotated[
        str | None, typer.Option("--period", metavar="DATE", help="data date of the figures (all)", show_default=False)
    ] = None,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """The restatements of the record, as run --restatements reads them."""
    with Guard(lang, as_json) as session:
        from greenfin import disclose, publishing

        store, actor = opened(session, place, files)
        rows = publishing.restatements_file(store, actor, period=day_of("--period", period).isoformat() if period else "")
        disclose.write_rows(rows, out)
        session.line(session.say("review.restatements_out", n=rows.num_rows, path=out))
        session.dump({"rows": rows.num_rows, "path": str(out), "problems": []})
        session.finish(())


def steps(
    name: Annotated[str | None, typer.Argument(metavar="[two|three]", show_default=False)] = None,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """The steps of approval in use; with a name, these from now on."""
    with Guard(lang, as_json) as session:
        from greenfin.store import steps as steps_

        store, actor = opened(session, place, files)
        if name:
            steps_.use_steps(store, actor, name)
        used = steps_.steps_used(store)
        session.line(session.say("review.steps", name=used))
        session.dump({"steps": used, "problems": []})
        session.finish(())


def freeze(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Keep every factor in use under a name, by fingerprint."""
    with Guard(lang, as_json, data) as session:
        from greenfin.store.publications import freeze_factors

        store, actor = opened(session, place, files)
        shown: dict[str, Any] = {"name": name, "fingerprint": freeze_factors(store, actor, session.reference(), name=name)}
        session.line(session.say("review.frozen", **shown))
        session.dump({**shown, "problems": []})
        session.finish(())

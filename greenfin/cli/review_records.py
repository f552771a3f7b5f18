"""``review …``: what goes into the record beside decisions (books, documents, publications) and what comes out of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from greenfin.cli.aligned import aligned
from greenfin.cli.asked import day_of, day_or_today
from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, Session, help_of
from greenfin.cli.store_session import FilesOption, StoreOption, opened
from greenfin.core.money import round_half_up, to_yuan
from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    from greenfin.pipeline import RunResult
    from greenfin.reference.load import Reference
    from greenfin.store.publications import Figure
    from greenfin.store.watch import Watched

evidence_app = typer.Typer(no_args_is_help=True, help=help_of("review_evidence"))
RunArgument = Annotated[Path, typer.Argument(help="folder of a run", metavar="RUN")]


def register(review_app: typer.Typer) -> None:
    """Add the commands of this module."""
    for name, command in (
        ("import", import_), ("report", report), ("watch", watch), ("export", export), ("publish", publish), ("restate", restate),
        ("steps", steps), ("freeze", freeze),
    ):  # fmt: skip
        review_app.command(name, help=help_of(f"review_{name}"))(command)
    evidence_app.command("add", help=help_of("review_evidence_add"))(evidence_add)
    evidence_app.command("list", help=help_of("review_evidence_list"))(evidence_list)
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
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Read a book, tag it, keep it, and enter the machine's tags as proposals."""
    with Guard(lang, as_json, data) as session:
        from greenfin import tag as tagger
        from greenfin.pipeline import Files, read_book
        from greenfin.store.books import import_book
        from greenfin.store.permissions import permit
        from greenfin.store.proposals import enter_proposals

        store, actor = opened(session, place, files)
        permit(actor, "import_book")
        reference = session.reference()
        session.progress("read")
        given = Files(tuple(book), controls=controls, mapping=mapping, rates=rates, supplements=supplements)
        read = read_book(given, as_of=day_of("--as-of", as_of), reference=reference)
        session.progress("tag")
        tags = tagger.tag(read.value, reference, editions=tuple(edition or ()))
        problems = (*read.problems, *tags.problems)
        session.progress("write")
        kept = import_book(store, actor, read.value, problems)
        made = enter_proposals(store, actor, tags.value, book=kept.id, loans=read.value.loans)
        problems = (*problems, *made.problems)
        entered = {"new": made.new, "same": made.same, "changed": made.changed, "gone": made.gone}
        session.line(session.say("review.imported", book=kept.id[:12], loans=kept.loans, **entered))
        session.problems(problems)
        session.dump({"book": kept.id, "loans": kept.loans, "entered": entered, "problems": session.problems_json(problems)})
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
        from greenfin import run_folder
        from greenfin.core.problems import Outcome
        from greenfin.store import publications
        from greenfin.store.permissions import permit
        from greenfin.store.resting import not_of_record

        store, actor = opened(session, place, files)
        permit(actor, "publish")
        saved = run_folder.open_run(run)
        result = run_folder.replay(saved)
        if not result.policy.needs_approval:
            raise Refused(error("store.run_is_draft", saved.id, policy=result.policy.id))
        figures, period = _figures(result, tuple(table or ())), result.as_of.isoformat()
        day = day_or_today("--on", on)
        wrong = not_of_record(store, actor, result.tags, edition=result.edition, as_of=result.as_of)
        done = Outcome(0, wrong) if wrong else publications.publish(
            store, actor, figures, run=saved.id, period=period, kind=kind, place=where, on=day, edition=result.edition
        )  # fmt: skip
        session.line(session.say("review.published", run=saved.id, n=done.value))
        session.problems(done.problems)
        session.dump({"run": saved.id, "figures": done.value, "problems": session.problems_json(done.problems)})
        session.finish(done.problems)


def _figures(result: RunResult, tables: tuple[str, ...]) -> list[Figure]:
    """The figures of a run as they are printed; what is missing or words is none."""
    from greenfin.store.publications import Figure

    if unknown := set(tables) - set(result.tables):
        raise Refused(error("cli.not_one_of", "--table", found=", ".join(sorted(unknown)), known=", ".join(result.tables)))
    shown = {name: table for name, table in result.tables.items() if not tables or name in tables}
    return [
        Figure(c.id, f"{round_half_up(c.value, c.decimals):f}", c.unit, _earlier(result.reference, name, c.id))
        for name, table in shown.items()
        for c in table.cells.values()
        if c.value is not None and c.text is None
    ]


def _earlier(reference: Reference, table: str, cell: str) -> str:
    """The cell that stated it a year before, of a cell in a column of last year's figures; else empty."""
    row, _, column = cell.rpartition(".")
    spec = reference.templates[table].column(column)
    return f"{row}.{spec.of[0]}" if spec and spec.role == "prior" else ""


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
    """From now on a published figure has another value."""
    with Guard(lang, as_json) as session:
        from greenfin.store import publications

        store, actor = opened(session, place, files)
        day = day_of("--period", period).isoformat()
        known = publications.stated(store, actor, [cell], period=day).get(cell)
        unit = known.unit if known else ""
        figure = publications.Figure(cell, _number(value), unit)
        was = publications.restate(
            store, actor, figure, period=day, reason=reason, on=day_or_today("--on", on), old_method=old_method, new_method=new_method
        )
        session.line(session.say("review.restated", cell=cell, period=day, old=was.value, new=figure.value, unit=unit))
        session.dump({"cell": cell, "period": day, "old": was.value, "new": figure.value, "unit": unit, "problems": []})
        session.finish(())


def _number(text: str) -> str:
    from decimal import Decimal, InvalidOperation

    try:
        found = Decimal(text.replace(",", ""))
    except InvalidOperation as bad:
        raise Refused(error("cli.not_a_number", "--value", found=text)) from bad
    if not found.is_finite():
        raise Refused(error("cli.not_a_number", "--value", found=text))
    return f"{found:f}"


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

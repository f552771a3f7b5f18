"""``demo``, ``run``, ``why``, ``verify``, ``ui``: the main job and what is asked of its result."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenfin.cli.asked import day_of, pairs_of
from greenfin.cli.in_batches import Asked
from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, Session, help_of
from greenfin.core.money import to_yuan
from greenfin.core.problems import Refused, Severity, error, warning
from greenfin.messages import tell

if TYPE_CHECKING:
    from greenfin.pipeline import Files, Options, RunResult
    from greenfin.run_folder import Saved
    from greenfin.verify import Verdict


_RUNS = Path("runs")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("demo", help=help_of("demo"))(demo)
    app.command("run", help=help_of("run"))(run)
    app.command("why", help=help_of("why"))(why)
    app.command("verify", help=help_of("verify"))(verify)
    app.command("pack", help=help_of("pack"))(pack)


def demo(
    out: Annotated[Path, typer.Option("--out", help="folder of the run")] = Path("demo"),
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Run the example bank under the working policy; exits 0 when its problems are the expected ones."""
    with Guard(lang, as_json, data) as session:
        from greenfin import example
        from greenfin.pipeline import Options

        files = example.files()
        result, saved = _run(session, files, as_of=example.AS_OF, options=Options(policy="working"), asked=Asked(out, _RUNS))
        unexpected = example.unexpected(result.problems)
        session.line()
        session.line(session.say("demo.as_expected") if not unexpected else session.say("demo.unexpected", n=len(unexpected)))
        for code, n in unexpected:
            session.line(f"    {code} ×{n}")
        session.line(session.say("demo.next", folder=out))
        _dump(session, result, saved)
        raise typer.Exit(1 if unexpected else 0)


def run(
    book: Annotated[list[Path], typer.Argument(help="xlsx, csv, parquet", metavar="BOOK...")],
    as_of: Annotated[str, typer.Option("--as-of", help="data date", metavar="DATE")],
    bank: Annotated[Path | None, typer.Option("--bank", help="the bank's name and contact (yaml)", show_default=False)] = None,
    prior: Annotated[Path | None, typer.Option("--prior", help="last year's published table", show_default=False)] = None,
    restatements: Annotated[Path | None, typer.Option("--restatements", help="records of restated figures", show_default=False)] = None,
    register: Annotated[Path | None, typer.Option("--register", help="register of published figures", show_default=False)] = None,
    controls: Annotated[Path | None, typer.Option("--controls", help="control totals", show_default=False)] = None,
    decisions: Annotated[Path | None, typer.Option("--decisions", help="decisions taken", show_default=False)] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", help="the bank's saved mapping (yaml)", show_default=False)] = None,
    rates: Annotated[Path | None, typer.Option("--rates", help="exchange rates", show_default=False)] = None,
    supplements: Annotated[Path | None, typer.Option("--supplements", help="what the branches filled in", show_default=False)] = None,
    model: Annotated[Path | None, typer.Option("--model", help="a model that tag --learn wrote", show_default=False)] = None,
    answers: Annotated[Path | None, typer.Option("--answers", help="answers to the questionnaire (yaml, xlsx)", show_default=False)] = None,
    shell: Annotated[str | None, typer.Option("--shell", metavar="ID", help="chapters of the report", show_default=False)] = None,
    policy: Annotated[
        str, typer.Option("--policy", metavar="strict|working", help="strict: approved decisions, verified factors")
    ] = "strict",
    edition: Annotated[
        list[str] | None, typer.Option("--edition", "--catalogue", metavar="ID|auto", help="in force at the data date", show_default=False)
    ] = None,
    template: Annotated[list[str] | None, typer.Option("--template", metavar="ID", help="tables to make", show_default=False)] = None,
    report_lang: Annotated[str, typer.Option("--report-lang", metavar="zh|en|both", help="language of the documents")] = "zh",
    factors: Annotated[str | None, typer.Option("--factors", help="named factor set", show_default=False)] = None,
    convention: Annotated[
        list[str] | None, typer.Option("--convention", metavar="NAME=CHOICE", help="numerator=monthly_average", show_default=False)
    ] = None,
    engine: Annotated[str, typer.Option("--engine", metavar="local|spark", help="where it is computed")] = "local",
    master: Annotated[str, typer.Option("--master", metavar="URL", help="spark://host:7077 or yarn", show_default=False)] = "",
    batch: Annotated[
        int, typer.Option("--batch", metavar="N", min=0, help="loans of a parquet ledger read at once", show_default=False)
    ] = 0,
    workers: Annotated[
        int, typer.Option("--workers", metavar="N", min=0, help="processes for a large book; one a processor", show_default=False)
    ] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="keep a finished run of the same inputs, go on with one broken off")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="folder of the run", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """The main job. Exit status 0 no error, 1 errors in the data (the result is still written), 2 misuse."""
    with Guard(lang, as_json, data) as session:
        from greenfin.disclose import DEFAULT_SHELL
        from greenfin.pipeline import DEFAULT_TEMPLATES, Files, Options

        _one_of("--engine", engine, ("local", "spark"))
        if (engine == "spark") != bool(master):
            raise Refused(error("cluster.no_master", "--engine"))
        _one_of("--report-lang", report_lang, ("zh", "en", "both"))
        options = Options(
            policy=policy,
            editions=tuple(edition or ()),
            templates=tuple(template or DEFAULT_TEMPLATES),
            report_lang=report_lang,
            factor_set=factors,
            conventions=pairs_of("--convention", convention or ()),
            shell=shell or DEFAULT_SHELL,
        )
        files = Files(tuple(book), bank, prior, controls, decisions, mapping, rates, supplements, model, answers, restatements, register)
        day = day_of("--as-of", as_of)
        asked = Asked(out, _RUNS, batch=batch, resume=resume, workers=workers)
        result, saved = _run(session, files, as_of=day, options=options, asked=asked, master=master)
        _dump(session, result, saved)
        session.finish(result.problems)


def _one_of(option: str, found: str, known: tuple[str, ...]) -> None:
    if found not in known:
        raise Refused(error("cli.not_one_of", option, found=found, known=", ".join(known)))


def _run(
    session: Session,
    files: Files,
    *,
    as_of: date,
    options: Options,
    asked: Asked,
    master: str = "",
) -> tuple[RunResult, Saved]:
    from greenfin import pipeline, run_folder
    from greenfin.cli.at_hand import at_hand
    from greenfin.cli.in_batches import run_in_batches

    out = asked.out
    if out:
        run_folder.check_place(out)
    with at_hand(files, master=master, work=asked.work) as (here, each):
        if found := run_in_batches(session, here, options, as_of=as_of, asked=asked, each=each):
            return _finished(session, *found, is_kept=out is None)
        result = pipeline.run(here, options, as_of=as_of, reference=session.reference(), progress=session.progress)
    folder = out or _RUNS / run_folder.run_id(result)
    if asked.resume and (there := run_folder.whole_run(folder, run_folder.run_id(result))):
        session.line(session.say("run.already_there", folder=folder))
        return result, there
    session.progress("write")
    saved = run_folder.save(result, folder, lang=session.lang)
    return _finished(session, result, saved, is_kept=out is None)


def _finished(session: Session, result: RunResult, saved: Saved, *, is_kept: bool) -> tuple[RunResult, Saved]:
    if is_kept:
        _register(session, saved)
    _report(session, result, saved)
    return result, saved


def _register(session: Session, saved: Saved) -> None:
    """Runs in the default folder are kept in the store's register; a store that has users asks who is logged in."""
    from datetime import UTC, datetime

    from greenfin import store
    from greenfin.cli.store_session import opened
    from greenfin.store.opening import PLACE_VARIABLE
    from greenfin.store.people import has_users

    place = os.environ.get(PLACE_VARIABLE) or _RUNS
    try:
        kept, actor = store.open_store(place), None
        if has_users(kept):
            kept, actor = opened(session, place)
        store.register(kept, actor, saved, made_at=datetime.now(UTC))
    except Refused as bad:  # the run is whole on disk; only its line in the register is missing
        session.problems([warning("run.not_registered", saved.id, reason=tell(bad.problem, session.lang))])


def _report(session: Session, result: RunResult, saved: Saved) -> None:
    from greenfin import bridged
    from greenfin.cli.bridged import bridge_lines
    from greenfin.run_folder import outcome_totals

    session.line(session.say("run.done", run=saved.id, edition=result.edition, policy=result.policy.id))
    for name, fen in outcome_totals(result).items():
        amount = "—" if fen is None else f"{to_yuan(fen):,.2f}"
        session.line(f"  {session.say(f'run.{name}'):<12}{amount:>24} {session.say('unit.yuan')}")
    for table in result.tables.values():
        session.line(f"  {table.id}  {table.title_zh if session.lang == 'zh' else table.title_en}")
    session.lines(bridge_lines(session, result.bridges, result.reference))
    session.line()
    problems = (*result.problems, *saved.problems)
    session.problems(problems, told=result.told)
    counts = saved.record["counts"]["problems"]
    session.line(session.say("run.problem_counts", **{s.value: counts[s.value] for s in Severity}))
    if result.bridges:
        session.line(session.say("bridge.files", files=", ".join(bridged.FILES)))
    session.line(session.say("run.written", folder=saved.folder))


def _dump(session: Session, result: RunResult, saved: Saved) -> None:
    from greenfin.cli.bridged import bridge_json

    cells = {cell.id: _shown(cell.value, cell.text) for table in result.tables.values() for cell in table.cells.values()}
    record = saved.record
    session.dump(
        {
            "run": saved.id,
            "folder": str(saved.folder),
            "as_of": result.as_of.isoformat(),
            "edition": result.edition,
            "policy": result.policy.id,
            "outcomes_fen": record["outcomes"],
            "tables": list(result.tables),
            "cells": cells,
            "bridges": bridge_json(result.bridges),
            "problems": session.problems_json(result.problems, told=result.told),
        }
    )


def _shown(value: object, text: str | None) -> object:
    from fractions import Fraction

    if isinstance(value, Fraction):
        return float(value)
    return text


def why(
    run: Annotated[Path, typer.Argument(help="folder of a run")],
    cell: Annotated[str, typer.Argument(help="T01!co2_reduction.current")],
    limit: Annotated[int, typer.Option("--limit", min=1, help="longest list of parts")] = 20,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """The lineage of a cell, down to cells of the bank's file and to documents."""
    with Guard(lang, as_json) as session:
        from greenfin import explain, run_folder

        result = run_folder.replay(run_folder.open_run(run))
        trace = explain.why(result, cell, limit=limit)
        for line in () if as_json else explain.told(trace, session.lang):
            session.line(line)
        session.dump(trace.as_json())


def verify(
    run: Annotated[Path, typer.Argument(help="folder of a run, or a pack")],
    book: Annotated[list[Path] | None, typer.Option("--book", help="the bank's original file", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Recompute a run, or a pack with the book; exit 1 when a cell differs or a file was altered."""
    with Guard(lang, as_json) as session:
        from greenfin.pack import is_pack, verify_pack
        from greenfin.verify import verify as verify_run

        verdict = (verify_pack if is_pack(run) else verify_run)(run, books=tuple(book or ()))
        _say_verdict(session, verdict)
        session.dump(verdict.as_json())
        raise typer.Exit(0 if verdict.same else 1)


def _say_verdict(session: Session, verdict: Verdict) -> None:
    from greenfin._version import __version__

    same = "pack.same_by_hash" if verdict.is_by_hash else "verify.same"
    session.line(session.say(same if verdict.same else "verify.not_same"))
    for found in verdict.differences:
        place = f"{found.cell} ({found.where})" if found.where and found.where != found.cell else found.cell
        session.line("  " + session.say("verify.difference", cell=place, was=found.was, now=found.now))
    for name in verdict.altered:
        kind = "missing" if name in verdict.missing else "added" if name in verdict.added else "altered"
        session.line("  " + session.say(f"verify.{kind}", name=name))
    if not verdict.is_replayed and not verdict.is_by_hash:
        session.line("  " + session.say("verify.not_replayed"))
    if verdict.made_by != __version__:
        session.line("  " + session.say("verify.other_version", made=verdict.made_by, now=__version__))


def pack(
    run: Annotated[Path, typer.Argument(help="folder of a run")],
    out: Annotated[Path, typer.Option("--out", metavar="ZIP", help="the pack")],
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Write the assurance pack of a run: what an auditor needs beside the book, without borrowers' data."""
    with Guard(lang, as_json) as session:
        from greenfin.pack import pack as pack_run

        made = pack_run(run, out)
        session.line(session.say("pack.written", path=made.path, files=made.files, cells=made.cells, sha256=made.sha256))
        session.line(session.say("pack.left_out", names=", ".join(made.left_out)))
        session.dump(made.as_json())

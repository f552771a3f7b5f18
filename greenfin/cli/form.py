"""``form``: the regulator's blank workbook, filled from a run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from greenfin.cli.session import Guard, JsonOption, LangOption, help_of
from greenfin.core.problems import Refused, error


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("form", help=help_of("form"))(form)


def form(
    file: Annotated[Path, typer.Argument(help="the blank workbook (xlsx)", metavar="FILE")],
    run: Annotated[Path, typer.Option("--run", help="folder of a run that made the table")],
    table: Annotated[str, typer.Option("--table", metavar="ID", help="T08, T09, T10", show_default=False)] = "",
    out: Annotated[Path | None, typer.Option("--out", help="the filled workbook; default FILE-filled.xlsx", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Fill a return in place: numbers into empty cells; formulas, styles and protection stay, and are held against the figures."""
    with Guard(lang, as_json) as session:
        from greenfin import forms, run_folder

        saved = run_folder.open_run(run)
        result = run_folder.replay(saved)
        target = out or file.with_name(f"{file.stem}-filled{file.suffix}")
        try:
            done = forms.fill(file, result.tables, result.reference.templates, table=table, out=target)
        except OSError as bad:
            raise Refused(error("run.cannot_write", str(target), reason=bad.strerror or type(bad).__name__)) from bad
        for one in done:
            slots = {"n": one.cells, "formulas": one.formulas, "same": one.same}
            session.line(session.say("form.filled", table=one.table, sheet=one.sheet, **slots))
        session.line(session.say("form.written", file=target))
        problems = tuple(problem for one in done for problem in one.problems)
        session.problems(problems)
        told = [{key: value for key, value in asdict(one).items() if key != "problems"} for one in done]
        session.dump({"run": saved.id, "file": str(target), "tables": told, "problems": session.problems_json(problems)})
        session.finish(problems)

"""``register``: the figures of a run entered in the register of published figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from greenfin.cli.asked import day_of
from greenfin.cli.session import Guard, JsonOption, LangOption, help_of
from greenfin.core.problems import Refused, error


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("register", help=help_of("register"))(enter)


def enter(
    run: Annotated[Path, typer.Argument(help="folder of a run")],
    where: Annotated[str, typer.Option("--where", metavar="report|return|exchange|rating", help="where the figures went out")],
    document: Annotated[str, typer.Option("--document", metavar="TITLE", help="the document they stand in")],
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="the day of publication")],
    file: Annotated[Path, typer.Option("--register", metavar="FILE", help="the register (csv), made where there is none")],
    perimeter: Annotated[str, typer.Option("--perimeter", help="perimeter of the figures")] = "",
    table: Annotated[list[str] | None, typer.Option("--table", metavar="ID", help="only these tables", show_default=False)] = None,
    restatements: Annotated[Path | None, typer.Option("--restatements", help="records of restated figures", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """Append a run's figures to the register; nothing is overwritten, and a figure there with another value needs a record."""
    with Guard(lang, as_json) as session:
        from greenfin import registered, run_folder
        from greenfin.ingest.register import KINDS

        if where not in KINDS:
            raise Refused(error("cli.not_one_of", "--where", found=where, known=", ".join(KINDS)))
        told = registered.Publication(where, document, day_of("--on", on).isoformat(), perimeter, tuple(table or ()))
        saved = run_folder.open_run(run)
        made = registered.entered(run_folder.replay(saved), told, register=file, restatements=restatements)
        session.problems(made.problems)
        session.line(session.say("register.entered", n=made.value, file=file))
        session.dump({"run": saved.id, "register": str(file), "entered": made.value, "problems": session.problems_json(made.problems)})
        session.finish(made.problems)

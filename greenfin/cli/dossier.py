"""``dossier``: one page on one receipt."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenfin.cli.session import Guard, JsonOption, LangOption, help_of

if TYPE_CHECKING:
    from greenfin.core.problems import Problem
    from greenfin.disclose.dossier import Dossier


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("dossier", help=help_of("dossier"))(dossier)


def dossier(
    receipt: Annotated[str, typer.Argument(help="receipt number")],
    run: Annotated[Path, typer.Option("--run", help="folder of a run")] = Path("demo"),
    out: Annotated[Path | None, typer.Option("--out", help="the page (pdf); default dossier-RECEIPT.pdf", show_default=False)] = None,
    names: Annotated[bool, typer.Option("--with-names", help="show the borrower's name")] = False,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """The dossier of a receipt: loan, entry, rules, papers, decisions, benefit, and the tables that count it."""
    with Guard(lang, as_json) as session:
        from greenfin import run_folder
        from greenfin.dossier import dossier_of

        saved = run_folder.open_run(run)
        made = dossier_of(run_folder.replay(saved), receipt, run=saved.id, lang=session.lang, names=names)
        place = out or Path(f"dossier-{_plain(receipt)}.pdf")
        problems = _write(made, place)
        session.line(session.say("dossier.written", file=place))
        session.problems(problems)
        session.dump({"receipt": receipt, "run": saved.id, "file": str(place), **asdict(made), "problems": session.problems_json(problems)})
        session.finish(problems)


def _write(made: Dossier, place: Path) -> tuple[Problem, ...]:
    from greenfin import landing
    from greenfin.disclose.dossier import write_dossier

    with landing.private_file(place) as written:
        return write_dossier(made, written)


def _plain(receipt: str) -> str:
    """A receipt number as part of a file's name.

    >>> _plain("../XD/2025:1")
    '---XD-2025-1'
    """
    return re.sub(r"[^\w-]", "-", receipt)[:80]

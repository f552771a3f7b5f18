"""``dossier``: one page on one receipt."""

from __future__ import annotations

import os
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenfin.cli.session import Guard, JsonOption, LangOption, Session, help_of
from greenfin.cli.store_session import FilesOption, StoreOption

if TYPE_CHECKING:
    from greenfin.core.problems import Problem
    from greenfin.disclose.dossier import Dossier
    from greenfin.dossier import Trail
    from greenfin.run_folder import Saved


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("dossier", help=help_of("dossier"))(dossier)


def dossier(
    receipt: Annotated[str, typer.Argument(help="receipt number")],
    run: Annotated[Path, typer.Option("--run", help="folder of a run")] = Path("demo"),
    out: Annotated[Path | None, typer.Option("--out", help="the page (pdf); default dossier-RECEIPT.pdf", show_default=False)] = None,
    names: Annotated[bool, typer.Option("--with-names", help="show the borrower's name")] = False,
    place: StoreOption = None,
    files: FilesOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
) -> None:
    """The dossier of a receipt: loan, entry, rules, papers, decisions, benefit, and the tables that count it."""
    with Guard(lang, as_json) as session:
        from greenfin import run_folder
        from greenfin.cli.catalogue import attached_place
        from greenfin.dossier import dossier_of
        from greenfin.reference.attached import read

        saved = run_folder.open_run(run)
        asked = place or files or os.environ.get("GREENFIN_STORE")
        trail = _trail(session, receipt, place, files, run=saved, names=names) if asked else None
        copies = read(attached_place(files, store=place), saved.record["made_of"]["edition"])
        result = run_folder.replay(saved)
        made = dossier_of(result, receipt, run=saved.id, lang=session.lang, trail=trail, copies=copies, names=names)
        target = out or Path(f"dossier-{_plain(receipt)}.pdf")
        problems = _write(made, target)
        session.line(session.say("dossier.written", file=target))
        session.problems(problems)
        session.dump(
            {"receipt": receipt, "run": saved.id, "file": str(target), **asdict(made), "problems": session.problems_json(problems)}
        )
        session.finish(problems)


def _trail(session: Session, receipt: str, place: str | None, files: Path | None, *, run: Saved, names: bool) -> Trail:
    """What the store knows of the receipt, as far as the one who is logged in may see it."""
    from greenfin.cli.store_session import opened
    from greenfin.dossier import trail_in

    store, actor = opened(session, place, files)
    return trail_in(store, actor, receipt, run=run, reference=session.reference(), lang=session.lang, names=names)


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

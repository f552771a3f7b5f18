"""``dossier``: one page on one receipt."""

from __future__ import annotations

import os
import re
from dataclasses import asdict
from datetime import date
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
    from greenfin.dossier import Trail
    from greenfin.messages import codes
    from greenfin.store import trails
    from greenfin.store.needs import needs_on

    store, actor = opened(session, place, files)
    found = trails.trail_of(store, actor, receipt, runs=[run.id], names=names)
    made_of = run.record["made_of"]
    needs = needs_on(
        store, actor, receipt, made_of["edition"], on=date.fromisoformat(made_of["as_of"]), regions=session.reference().regions
    )
    said = session.say
    verdicts = {act.decision: said(f"decision.{act.decision}") if act.decision else "" for act in found.acts}
    acts = [(a.day, said(f"act.{a.act}"), a.actor, f"{verdicts[a.decision]} {a.code}".strip(), a.reason) for a in found.acts]
    papers = [
        (codes(session.lang).get(f"paper.{d.kind}", d.kind), d.name, said("dossier.until", day=d.valid_to) if d.valid_to else "")
        for d in found.documents
    ]
    returns = [(said(f"publication.{r.kind}"), r.place, r.published_on, said("dossier.cells", n=r.cells)) for r in found.returns]
    return Trail(tuple(acts), tuple(papers), tuple(returns), frozenset(state.need for state in needs if state.met_by))


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

"""``answers``: a blank questionnaire of the report, or what a filled one still lacks."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, help_of
from greenfin.core.problems import Refused, error

_LANGS = ("zh", "en", "both")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("answers", help=help_of("answers"))(answers)


def answers(
    file: Annotated[Path | None, typer.Argument(help="yaml, xlsx", metavar="[FILE]", show_default=False)] = None,
    new: Annotated[Path | None, typer.Option("--new", help="write a blank one (yaml, xlsx)", metavar="FILE", show_default=False)] = None,
    shell: Annotated[str | None, typer.Option("--shell", metavar="ID", help="chapters of the report", show_default=False)] = None,
    report_lang: Annotated[str, typer.Option("--report-lang", metavar="zh|en|both", help="language of the answers")] = "zh",
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Write a blank questionnaire, or read a filled one strictly. Exit status 1 where something in it is wrong."""
    with Guard(lang, as_json, data) as session:
        from greenfin import ingest
        from greenfin.collect.report_questions import unanswered, write_blank
        from greenfin.disclose import DEFAULT_SHELL

        reference = session.reference()
        name = shell or DEFAULT_SHELL
        if name not in reference.shells:
            raise Refused(error("run.unknown_shell", name, known=", ".join(reference.shells)))
        if report_lang not in _LANGS:
            raise Refused(error("cli.not_one_of", "--report-lang", found=report_lang, known=", ".join(_LANGS)))
        if (file is None) == (new is None):
            raise Refused(error("cli.answers_which", ""))
        if new is not None:
            count = write_blank(new, reference=reference, shell=reference.shells[name], lang=report_lang)
            session.line(session.say("answers.written", file=new, n=count))
            session.dump({"file": str(new), "questions": count, "shell": name})
            return
        found = ingest.read_answers(file or Path(), questions=reference.questions, tables=reference.named)
        said = Counter((one.item, one.field) for one in found.value if one.text)
        left = unanswered(said, reference.questions)
        session.line(session.say("answers.read", n=sum(said.values()), left=len(left)))
        session.lines(f"  {name}" for name in left)
        session.problems(found.problems)
        session.dump({"answers": sum(said.values()), "unanswered": list(left), "problems": session.problems_json(found.problems)})
        session.finish(found.problems)

"""``check``: anybody's published report, without a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, Session, help_of

if TYPE_CHECKING:
    from greenfin.published import Checked


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("check", help=help_of("check"))(check)


def check(
    file: Annotated[Path, typer.Argument(help="xlsx, csv, md, txt, docx, pdf")],
    prior: Annotated[Path | None, typer.Option("--prior", help="the report of the year before", show_default=False)] = None,
    out: Annotated[Path | None, typer.Option("--out", help="findings as csv or xlsx", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """What does not reproduce in a published report, page by page. Exit 1 where a finding is an error."""
    with Guard(lang, as_json, data) as session:
        from greenfin.published import as_json as findings_json
        from greenfin.published import check as check_report
        from greenfin.published.written import write

        found = check_report(file, reference=session.reference(), prior=prior)
        session.dump(findings_json(found.value, session.lang))
        session.lines(_lines(found.value, session))
        session.problems(found.problems, quiet_info=True)
        if out:
            write(found.value, out, session.lang)
            session.line(session.say("check.written", path=str(out)))
        raise typer.Exit(1 if any(finding.severity == "error" for finding in found.value.findings) else 0)


def _lines(found: Checked, session: Session) -> Iterator[str]:
    """The findings by page or sheet, and how many numbers hold."""
    from greenfin.published import message

    place = None
    for finding in found.findings:
        here = "!".join(finding.where.split("!")[:2])
        if here != place and finding.where.count("!") > 1:
            yield here
        place = here
        yield f"  [{session.say(f'severity.{finding.severity}')}] {finding.rule} {finding.where}: {message(finding, session.lang)}"
    counts = Counter(finding.severity for finding in found.findings)
    yield session.say(
        "check.summary",
        name=found.document.name,
        checked=found.checked,
        reproduced=found.reproduced,
        errors=counts["error"],
        warnings=counts["warning"],
        infos=counts["info"],
    )

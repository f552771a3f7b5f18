"""``footprint``: the bank's own operations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from greenfin.cli.asked import day_or_today
from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, help_of


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("footprint", help=help_of("footprint"))(footprint)


def footprint(
    file: Annotated[Path, typer.Argument(help="xlsx, csv, parquet")],
    year: Annotated[int, typer.Option("--year", min=1990, max=2199)],
    factors: Annotated[str | None, typer.Option("--factors", metavar="SET", show_default=False)] = None,
    on: Annotated[str | None, typer.Option("--on", help="day the factors are used (today)", metavar="DATE", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Scopes 1 and 2 of a year, each factor shown."""
    with Guard(lang, as_json, data) as session:
        from greenfin import footprint as own
        from greenfin import ingest

        reference = session.reference()
        day = day_or_today("--on", on)
        book = ingest.read_operations(file, year=year)
        emitted = own.footprint(book.value.operations, year=year, reference=reference, factor_set=factors, on=day)
        problems = [*book.problems, *emitted.problems]
        shown: dict[str, Any] = dict(own.footprint_json(emitted.value, book.value.operations, year=year, reference=reference))
        session.dump({**shown, "problems": session.problems_json(problems)})
        for scope, amount in shown["scopes"].items():
            if amount is not None:
                session.line(f"{session.say('scope.' + scope):<24}{float(amount['value']):>16,.2f} {amount['unit']}")
        if shown["total"] is not None:
            session.line(f"{session.say('scope.total'):<24}{float(shown['total']['value']):>16,.2f} {shown['total']['unit']}")
        session.problems(problems)
        session.finish(problems)

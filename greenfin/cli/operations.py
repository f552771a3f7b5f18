"""``footprint``: the bank's own operations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from greenfin.cli.asked import day_or_today, pairs_of
from greenfin.cli.operations_shown import lines
from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, help_of

if TYPE_CHECKING:
    from greenfin.core.problems import Outcome
    from greenfin.core.records import Book


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("footprint", help=help_of("footprint"))(footprint)


def footprint(
    file: Annotated[Path, typer.Argument(help="xlsx, csv, parquet")],
    year: Annotated[int, typer.Option("--year", min=1990, max=2199)],
    factors: Annotated[str | None, typer.Option("--factors", metavar="SET", show_default=False)] = None,
    on: Annotated[str | None, typer.Option("--on", help="day the factors are used (today)", metavar="DATE", show_default=False)] = None,
    explain_total: Annotated[
        str | None, typer.Option("--explain-total", metavar="T", help="a published total, such as 16058.29t", show_default=False)
    ] = None,
    compare: Annotated[
        list[str] | None, typer.Option("--compare", metavar="SET", help="restated under another set of factors", show_default=False)
    ] = None,
    bank: Annotated[Path | None, typer.Option("--bank", help="YAML: targets, offsets", show_default=False)] = None,
    gwp: Annotated[str | None, typer.Option("--gwp", metavar="SET", show_default=False)] = None,
    convention: Annotated[list[str] | None, typer.Option("--convention", metavar="NAME=CHOICE", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Scopes 1 to 3 of a year, each factor shown; a published total explained; where the bank stands against its target."""
    with Guard(lang, as_json, data) as session:
        from greenfin.footprint.uses import Question, used

        conventions = {**pairs_of("--convention", convention or ()), **({"gwp": gwp} if gwp else {})}
        question = Question(year, day_or_today("--on", on), factors, conventions, explain_total, tuple(compare or ()))
        book, texts = _read(file, bank, year)
        found = used(book.value.operations, question, texts=texts, reference=session.reference())
        problems = [*book.problems, *found.problems]
        shown: dict[str, Any] = {**found.value, "problems": session.problems_json(problems)}
        session.dump(shown)
        session.lines(lines(shown, session))
        session.problems(problems)
        session.finish(problems)


def _read(file: Path, bank: Path | None, year: int) -> tuple[Outcome[Book], dict[str, str]]:
    """The operations of a file, and what it and the bank's YAML say of targets and credits."""
    from greenfin import ingest

    book = ingest.read_operations(file, year=year)
    said = dict(ingest.read_bank(bank).value.extra) if bank else {}
    return book, {**said, **ingest.read_notes(file)}

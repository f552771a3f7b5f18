"""``ingest``: look at a bank's files before anything is made of them; save a mapping; make a marked copy."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from greenfin.cli.asked import day_of
from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, Session, help_of
from greenfin.core.money import to_yuan
from greenfin.core.problems import Severity

if TYPE_CHECKING:
    from greenfin.ingest.inspect import Inspection, SheetSeen


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("ingest", help=help_of("ingest"))(ingest)


def ingest(
    book: Annotated[list[Path], typer.Argument(help="xlsx, csv, txt, dat, parquet", metavar="BOOK...")],
    as_of: Annotated[str | None, typer.Option("--as-of", help="data date", metavar="DATE", show_default=False)] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", help="saved mapping (yaml)", show_default=False)] = None,
    save_mapping: Annotated[Path | None, typer.Option("--save-mapping", help="write what was recognised", show_default=False)] = None,
    rates: Annotated[Path | None, typer.Option("--rates", help="exchange rates", show_default=False)] = None,
    controls: Annotated[Path | None, typer.Option("--controls", help="control totals", show_default=False)] = None,
    marked: Annotated[Path | None, typer.Option("--marked", help="folder for the marked copies", metavar="DIR", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """The sheets, columns, units, totals and problems of a bank's files."""
    with Guard(lang, as_json, data) as session:
        from greenfin.ingest.inspect import inspect
        from greenfin.ingest.mapping_file import read_mapping

        saved = read_mapping(mapping) if mapping else None
        day = day_of("--as-of", as_of) if as_of else None
        seen = inspect(book, as_of=day, controls=controls, rates=rates, reference=session.reference(), mapping=saved)
        problems = list(seen.problems)
        for sheet in seen.value.sheets:
            session.lines(_told(session, sheet))
        session.line()
        written = _written(session, seen.value, save_mapping)
        copies = []
        if marked:
            from greenfin.ingest.marked import mark_copies

            files = [*book, *([controls] if controls else [])]
            made = mark_copies(files, problems, marked, lang=session.lang, headers=seen.value.headers)
            problems.extend(made.problems)
            copies = [copy.path for copy in made.value]
        session.problems(problems)
        counts = Counter(problem.severity for problem in problems)
        session.line(session.say("inspect.problem_counts", **{severity.value: counts[severity] for severity in Severity}))
        for path in copies:
            session.line(session.say("inspect.marked_written", file=path))
        session.dump(
            {
                "sheets": [_json(session, sheet) for sheet in seen.value.sheets],
                "as_of": seen.value.book.as_of.isoformat() if seen.value.book else None,
                "mapping": str(written) if written else None,
                "marked": [str(path) for path in copies],
                "problems": session.problems_json(problems),
            }
        )
        if seen.value.refused:
            raise typer.Exit(2)
        session.finish(problems)


def _written(session: Session, seen: Inspection, path: Path | None) -> Path | None:
    if path is None:
        return None
    from greenfin.core.problems import Refused, error
    from greenfin.ingest.mapping import mapping_of
    from greenfin.ingest.mapping_file import write_mapping

    try:
        write_mapping(mapping_of(seen.blocks, name=path.name), path, comment=session.say("inspect.mapping_comment"))
    except OSError as bad:
        raise Refused(error("ingest.mapping_cannot_write", str(path), reason=bad.strerror or type(bad).__name__)) from bad
    session.line(session.say("inspect.mapping_written", file=path))
    return path


def _told(session: Session, sheet: SheetSeen) -> list[str]:
    from greenfin.ingest.inspect import name_of

    def known(field: str) -> str:
        return f"{name_of(field, session.lang)} ({field})"

    layout = session.say("inspect.layout", name=_layout(session, sheet.layout)) if sheet.layout else ""
    kind = session.say(f"kind.{sheet.kind}")
    lines = [session.say("inspect.sheet", sheet=sheet.sheet, kind=kind, row=sheet.header_row, rows=sheet.rows, layout=layout)]
    for c in sheet.columns:
        unit = f"  [{c.unit}]" if c.unit else ""
        lines.append(session.say("inspect.columns", letter=c.letter, header=c.header, field=known(c.field), unit=unit))
    for c in sheet.unknown:
        near = session.say("inspect.near", near=", ".join(known(field) for field in c.near)) if c.near else ""
        lines.append(session.say("inspect.unknown", letter=c.letter, header=c.header, near=near))
    if sheet.read is not None:
        amount = ""
        if sheet.total_fen is not None:
            amount = session.say("inspect.amount", name=_column_name(session, sheet.total_of), total=f"{to_yuan(sheet.total_fen):,.2f}")
        lines.append(session.say("inspect.total", rows=sheet.read, rejected=sheet.rejected, amount=amount))
    return lines


def _layout(session: Session, layout: str) -> str:
    from greenfin.messages import codes

    return codes(session.lang).get(f"layout.{layout}", layout)


def _column_name(session: Session, column: str) -> str:
    from greenfin.core.columns import columns

    return next((c.zh if session.lang == "zh" else c.en for c in columns() if c.name == column), column)


def _json(session: Session, sheet: SheetSeen) -> dict[str, Any]:
    from greenfin.ingest.inspect import name_of

    return {
        "sheet": sheet.sheet,
        "kind": sheet.kind,
        "layout": sheet.layout or None,
        "header_row": sheet.header_row,
        "rows": sheet.rows,
        "read": sheet.read,
        "rejected": sheet.rejected,
        "total": {"column": sheet.total_of, "fen": sheet.total_fen} if sheet.total_of else None,
        "columns": [
            {"column": c.letter, "header": c.header, "field": c.field, "name": name_of(c.field, session.lang), "unit": c.unit or None}
            for c in sheet.columns
        ],
        "unknown": [{"column": c.letter, "header": c.header, "near": list(c.near)} for c in sheet.unknown],
    }

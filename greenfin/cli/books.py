"""``tag``: green tags alone, for a file of loans or of texts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenfin.cli.asked import day_or_today
from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, Session, help_of
from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    import pyarrow as pa


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("tag", help=help_of("tag"))(tag)


def tag(
    file: Annotated[Path, typer.Argument(help="xlsx, csv, parquet")],
    edition: Annotated[list[str] | None, typer.Option("--edition", "--catalogue", metavar="ID|auto", show_default=False)] = None,
    text: Annotated[str | None, typer.Option("--text", help="column that holds the text", show_default=False)] = None,
    decisions: Annotated[Path | None, typer.Option("--decisions", show_default=False)] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="data date (today)", show_default=False)] = None,
    out: Annotated[Path | None, typer.Option("--out", help="csv, xlsx or parquet", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Green with an entry, not green or review, with the words, the rule and the score."""
    with Guard(lang, as_json, data) as session:
        from greenfin import disclose, ingest
        from greenfin import tag as tagger
        from greenfin.core.records import Book

        reference = session.reference()
        _known(edition or [], tuple(reference.catalogues))
        loans = ingest.read_texts(file, column=text)
        decided = ingest.read_decisions(decisions) if decisions else None
        book = Book(as_of=day_or_today("--as-of", as_of), loans=loans.value)
        tags = tagger.tag(book, reference, editions=tuple(edition or ()), decisions=decided.value if decided else None)
        problems = [*loans.problems, *(decided.problems if decided else ()), *tags.problems]
        if out:
            disclose.write_rows(_flat(tags.value, loans.value), out)
        _show(session, tags.value, loans.value)
        session.dump({**tagger.tag_json(tags.value, loans.value), "problems": session.problems_json(problems)})
        session.problems(problems)
        session.finish(problems)


def _known(wanted: list[str], known: tuple[str, ...]) -> None:
    unknown = [name for name in wanted if name not in (*known, "auto")]
    if unknown:
        raise Refused(error("run.unknown_edition", ", ".join(unknown), known=", ".join(known)))


def _flat(tags: pa.Table, loans: pa.Table) -> pa.Table:
    import pyarrow.compute as pc

    at = pc.index_in(tags["loan_id"], value_set=loans["loan_id"].combine_chunks())
    return tags.add_column(1, "text", pc.take(loans["purpose"].combine_chunks(), at))


def _show(session: Session, tags: pa.Table, loans: pa.Table) -> None:
    if session.as_json:
        return
    shown = _flat(tags, loans).select(["loan_id", "decision", "code", "name_zh", "score", "text"]).slice(0, 50)
    for row in shown.to_pylist():
        decision = session.say("decision." + row["decision"])
        session.line(f"{row['loan_id']}\t{decision}\t{row['code'] or ''} {row['name_zh'] or ''}\t{(row['text'] or '')[:40]}")
    if len(tags) > len(shown):
        session.line(session.say("cli.and_more", n=len(tags) - len(shown)))

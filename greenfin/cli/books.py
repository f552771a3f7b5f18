"""``tag``: green tags alone, for a file of loans or of texts."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenfin.cli import tag_shown
from greenfin.cli.asked import day_or_today
from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, Session, help_of
from greenfin.core.problems import Outcome, Problem, Refused, error

if TYPE_CHECKING:
    import pyarrow as pa


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("tag", help=help_of("tag"))(tag)


def tag(
    file: Annotated[Path | None, typer.Argument(help="xlsx, csv, parquet", show_default=False)] = None,
    edition: Annotated[list[str] | None, typer.Option("--edition", "--catalogue", metavar="ID|auto", show_default=False)] = None,
    text: Annotated[
        str | None, typer.Option("--text", help="column that holds the text; without a file a sentence", show_default=False)
    ] = None,
    decisions: Annotated[Path | None, typer.Option("--decisions", show_default=False)] = None,
    evaluate: Annotated[
        Path | None, typer.Option("--evaluate", metavar="LABELLED", help="how right the tags are on it", show_default=False)
    ] = None,
    learn: Annotated[Path | None, typer.Option("--learn", metavar="DECISIONS", help="fit a model to it", show_default=False)] = None,
    model: Annotated[Path | None, typer.Option("--model", help="a model that --learn wrote", show_default=False)] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="data date (today)", show_default=False)] = None,
    out: Annotated[Path | None, typer.Option("--out", help="csv, xlsx or parquet; the model of --learn", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Green with an entry, not green or review, with the words, the rule and the score."""
    with Guard(lang, as_json, data) as session:
        day, editions = day_or_today("--as-of", as_of), edition or []
        _one_job(file, evaluate, learn, text=text, model=model, decisions=decisions, out=out)
        labels = evaluate or learn
        if labels:
            from greenfin.cli import tagging

            asked = tagging.asked_of(session.reference(), labels, book=file, editions=editions, as_of=day, column=text)
            problems = tagging.evaluate(session, asked, model=model, out=out) if evaluate else tagging.learn(session, asked, out=out)
            session.problems(problems)
            raise typer.Exit(0)
        session.finish(_tag(session, file, editions=editions, text=text, decisions=decisions, model=model, day=day, out=out))


def _one_job(
    file: Path | None,
    evaluate: Path | None,
    learn: Path | None,
    *,
    text: str | None,
    model: Path | None,
    decisions: Path | None,
    out: Path | None,
) -> None:
    """Raises Refused where it is not clear what to do."""
    if not (file or evaluate or learn or text):
        raise Refused(error("cli.needs_one_of", "", found="FILE | --text | --evaluate | --learn"))
    if (evaluate and learn) or (learn and model) or (decisions and (evaluate or learn)):
        raise Refused(error("cli.not_together", "", found="--evaluate, --learn, --model, --decisions"))
    if learn and not out:
        raise Refused(error("cli.needs_one_of", "", found="--learn … --out"))


def _tag(
    session: Session,
    file: Path | None,
    *,
    editions: list[str],
    text: str | None,
    decisions: Path | None,
    model: Path | None,
    day: date,
    out: Path | None,
) -> list[Problem]:
    from greenfin import disclose, ingest
    from greenfin import tag as tagger
    from greenfin.cli.bridged import edition_counts
    from greenfin.core.records import Book
    from greenfin.tag.model import read_model

    reference = session.reference()
    _known(editions, tuple(reference.catalogues))
    read = ingest.read_uses(file, column=text) if file else Outcome(_sentence(text or ""))
    loans, projects = read.value
    decided = ingest.read_decisions(decisions) if decisions else None
    book = Book(as_of=day, loans=loans, projects=projects)
    learned = read_model(model, reference) if model else None
    tags = tagger.tag(
        book,
        reference,
        editions=tuple(editions),
        decisions=decided.value if decided else None,
        model=learned.value if learned else None,
    )
    problems = [p for step in (read, decided, learned, tags) if step for p in step.problems]
    if out:
        disclose.write_rows(_flat(tags.value, loans), out)
    found = tagger.tag_json(tags.value, loans)
    session.lines(tag_shown.listed(session, found["tags"]) if file else tag_shown.told(session, found["tags"]))
    session.lines(edition_counts(session, tags.value))
    session.dump({**found, "problems": session.problems_json(problems)})
    session.problems(problems)
    return problems


def _sentence(text: str) -> tuple[pa.Table, pa.Table]:
    """A sentence as the purpose of a loan without a number, and no project."""
    from greenfin.core.columns import empty, table_of

    return table_of("loans", {"loan_id": ["1"], "purpose": [text]}), empty("projects")


def _known(wanted: list[str], known: tuple[str, ...]) -> None:
    unknown = [name for name in wanted if name not in (*known, "auto")]
    if unknown:
        raise Refused(error("run.unknown_edition", ", ".join(unknown), known=", ".join(known)))


def _flat(tags: pa.Table, loans: pa.Table) -> pa.Table:
    import pyarrow.compute as pc

    at = pc.index_in(tags["loan_id"], value_set=loans["loan_id"].combine_chunks())
    return tags.add_column(1, "text", pc.take(loans["purpose"].combine_chunks(), at))

"""``roll-forward`` and ``retag``: from one book to the next, and from one edition to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenfin.cli.asked import day_of
from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, Session, help_of
from greenfin.core.problems import Problem, Refused, error, warning

if TYPE_CHECKING:
    import pyarrow as pa

    from greenfin.core.records import Bank, Book, Table
    from greenfin.movement.retagged import Retagged
    from greenfin.movement.sides import Side
    from greenfin.reference.load import Reference
    from greenfin.reference.policies import Policy

_DEFAULT_POLICY = "working"
DecisionsOption = Annotated[Path | None, typer.Option("--decisions", help="decisions taken", show_default=False)]
PolicyOption = Annotated[
    str | None, typer.Option("--policy", metavar="strict|working", help="the runs' own, else working", show_default=False)
]
ReportOption = Annotated[str, typer.Option("--report-lang", metavar="zh|en|both", help="language of the documents")]
OutOption = Annotated[Path | None, typer.Option("--out", help="folder of the result", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("roll-forward", help=help_of("roll_forward"))(roll_forward)
    app.command("retag", help=help_of("retag"))(retag)


@dataclass(frozen=True, slots=True)
class Given:
    """One side as it was read: a book, its decisions, and what a run folder says besides."""

    book: Book
    bank: Bank
    decisions: pa.Table | None = None
    tags: pa.Table | None = None
    edition: str = ""
    policy: str = ""
    problems: tuple[Problem, ...] = ()


def roll_forward(
    opening: Annotated[Path, typer.Argument(help="book (xlsx, csv, parquet) or run folder", metavar="OPENING")],
    closing: Annotated[Path, typer.Argument(help="book (xlsx, csv, parquet) or run folder", metavar="CLOSING")],
    opening_as_of: Annotated[str | None, typer.Option("--opening-as-of", help="data date", metavar="DATE", show_default=False)] = None,
    closing_as_of: Annotated[str | None, typer.Option("--closing-as-of", help="data date", metavar="DATE", show_default=False)] = None,
    also_opening: Annotated[
        list[Path] | None, typer.Option("--also-opening", help="further file of the opening", show_default=False)
    ] = None,
    also_closing: Annotated[
        list[Path] | None, typer.Option("--also-closing", help="further file of the closing", show_default=False)
    ] = None,
    edition: Annotated[str | None, typer.Option("--edition", "--catalogue", metavar="ID", show_default=False)] = None,
    drawings: Annotated[list[Path] | None, typer.Option("--drawings", help="drawings and repayments", show_default=False)] = None,
    decisions: DecisionsOption = None,
    policy: PolicyOption = None,
    report_lang: ReportOption = "zh",
    out: OutOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Opening, new, drawn, repaid, re-tagged, written off, transferred, currency, corrected, closing: to the fen."""
    with Guard(lang, as_json, data) as session:
        from greenfin.movement import roll_tables, rolled, written

        _languages(report_lang)
        if opening.absolute() == closing.absolute():
            raise Refused(error("movement.book_twice", str(opening), found=opening.name))
        reference = session.reference()
        session.progress("read")
        sides = [
            _given(opening, also_opening, _day("--opening-as-of", opening_as_of), reference),
            _given(closing, also_closing, _day("--closing-as-of", closing_as_of), reference),
        ]
        taken, said = _decided(decisions)
        chosen = _edition(reference, edition or sides[1].edition, sides[1].book.as_of)
        rule = _policy(reference, policy, sides)
        session.progress("tag")
        first, last, problems = _tagged(sides, taken, chosen, rule, reference)
        moved, more = _drawings(drawings, sides[1].book, reference)
        session.progress("sum")
        result = rolled.roll_forward(first, last, reference=reference, drawings=moved)
        problems = [*said, *problems, *more, *result.problems]
        tables = roll_tables.roll_tables(result.value, report_lang)
        made = written.made_of(
            {"opening": first.book, "closing": last.book}, reference, edition=chosen, policy=rule.id, command="roll-forward"
        )
        number = f"M-{last.book.as_of.isoformat()}-{written.fingerprint(made)}"
        bank = next((side.bank for side in reversed(sides) if side.bank.name_zh), sides[1].bank)
        about = {"as_of": last.book.as_of, "edition": chosen, "policy": rule, "bank": bank, "problems": problems, "reference": reference}
        papers = written.Papers(
            "roll_forward",
            tables,
            [roll_tables.compact(table) for table in tables],
            written.front_of("report", run_id=number, **about),  # type: ignore[arg-type]  # the keywords above
            made,
            {"movements": roll_tables.movements(result.value), "receipts": result.value.receipts},
            lang=report_lang,
        )
        folder = out or Path("runs") / number
        session.progress("write")
        written.write(papers, folder)
        days = {"opening": first.book.as_of.isoformat(), "closing": last.book.as_of.isoformat()}
        session.line(session.say("movement.done", **days, edition=chosen, policy=rule.id))
        _bridge(session, tables[0], "green", "all")
        if all(proof.holds for proof in result.value.proofs):
            session.line(session.say("movement.tied"))
        _close(session, problems, folder, tables, number=number, **days, edition=chosen, policy=rule.id)


def _close(session: Session, problems: Sequence[Problem], folder: Path, tables: Sequence[Table], **about: object) -> None:
    """What every command of this module ends with: problems, where the files are, the JSON, the exit status."""
    session.line()
    session.problems(problems)
    session.line(session.say("movement.written", folder=folder))
    session.dump({**about, "folder": str(folder), "cells": _cells(tables), "problems": session.problems_json(problems)})
    session.finish(problems)


def _cells(tables: Sequence[Table]) -> dict[str, object]:
    """Every cell by id as the CSV prints it; a missing value is null."""
    from greenfin.disclose import printed_text

    return {c.id: (printed_text(c) if c.text is not None or c.value is not None else None) for t in tables for c in t.cells.values()}


def _bridge(session: Session, table: Table, *columns: str) -> None:
    """The rows of a bridge in which something stands, as lines."""
    from greenfin.disclose.printed import number

    for row in table.rows:
        cells = [table.cell(row.id, name) for name in columns]
        if row.kind == "row" and not any(cell and cell.value for cell in cells):
            continue
        shown = [("—" if cell.value is None else number(cell.value, cell.decimals)) if cell else "" for cell in cells]
        label = row.zh if session.lang == "zh" else row.en
        session.line("  " + "".join(f"{text:>24}" for text in shown) + f"  {label}")


def _languages(found: str) -> None:
    if found not in ("zh", "en", "both"):
        raise Refused(error("cli.not_one_of", "--report-lang", found=found, known="zh, en, both"))


def _day(option: str, text: str | None) -> date | None:
    return day_of(option, text) if text else None


def _given(path: Path, more: Sequence[Path] | None, day: date | None, reference: Reference) -> Given:
    """A run folder, or the book of one or more files."""
    from greenfin import ingest, run_folder
    from greenfin.core.records import Bank

    if path.is_dir():
        saved = run_folder.open_run(path)
        inputs, options, _ = run_folder.load_inputs(saved)
        tags = _saved_tags(path / run_folder.TAGS)
        return Given(inputs.book, inputs.bank, inputs.decisions, tags, str(saved.record["made_of"]["edition"]), options.policy)
    read = ingest.read_book((path, *(more or ())), as_of=day, reference=reference)
    return Given(read.value, Bank(), problems=read.problems)


def _saved_tags(path: Path) -> pa.Table:
    """The tags of a run folder."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from greenfin.core.columns import fitted

    try:
        return fitted(pq.read_table(path), "tags")
    except (OSError, pa.ArrowException) as bad:
        raise Refused(error("run.damaged", str(path))) from bad


def _decided(path: Path | None) -> tuple[pa.Table | None, tuple[Problem, ...]]:
    from greenfin import ingest

    found = ingest.read_decisions(path) if path else None
    return (found.value, found.problems) if found else (None, ())


def _edition(reference: Reference, wanted: str, as_of: date) -> str:
    if wanted and wanted not in reference.catalogues:
        raise Refused(error("run.unknown_edition", wanted, known=", ".join(reference.catalogues)))
    return wanted or reference.editions.for_return(as_of)


def _policy(reference: Reference, wanted: str | None, sides: Sequence[Given]) -> Policy:
    """The policy asked for, else that of the runs, else the working one."""
    own = {side.policy for side in sides if side.policy}
    if wanted is None and len(own) > 1:
        raise Refused(error("movement.policies_differ", opening=sides[0].policy, closing=sides[-1].policy))
    name = wanted or next(iter(own), _DEFAULT_POLICY)
    if name not in reference.policies:
        raise Refused(error("run.unknown_policy", name, known=", ".join(reference.policies)))
    return reference.policies[name]


def _tagged(
    sides: Sequence[Given], taken: pa.Table | None, edition: str, policy: Policy, reference: Reference
) -> tuple[Side, Side, list[Problem]]:
    """Both sides under one edition; a decision counts from its day on, and one about a receipt of either book is no stranger."""
    from greenfin.movement.sides import side_of

    found, problems, strangers = [], [], []
    for side in sides:
        tags, said = _tags(side, taken, edition, reference)
        strange = {p.where: p for p in said if p.code == "tag.decision_unknown_receipt"}
        strangers.append(strange)
        made = side_of(side.book, tags, edition=edition, policy=policy, reference=reference)
        problems += [*side.problems, *(p for p in said if p.code != "tag.decision_unknown_receipt"), *made.problems]
        found.append(made.value)
    problems += [problem for where, problem in strangers[0].items() if where in strangers[-1]]
    return found[0], found[-1], problems


def _tags(side: Given, taken: pa.Table | None, edition: str, reference: Reference) -> tuple[pa.Table, tuple[Problem, ...]]:
    """The tags of a run as it saved them where nothing else is asked for, else made now."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from greenfin import tag

    if side.tags is not None and taken is None and edition == side.edition:
        return side.tags, ()
    both = [one for one in (side.decisions, taken) if one is not None]
    decisions = pa.concat_tables(both) if both else None
    if decisions is not None:
        known = pc.fill_null(pc.less_equal(decisions["decided_on"], pa.scalar(side.book.as_of, pa.date32())), True)
        decisions = decisions.filter(known)
    made = tag.tag(side.book, reference, editions=(edition,), decisions=decisions)
    return made.value, made.problems


def _drawings(paths: Sequence[Path] | None, book: Book, reference: Reference) -> tuple[pa.Table | None, list[Problem]]:
    """The drawings of the closing book and of the files given; none at all: net changes count."""
    import pyarrow as pa

    from greenfin import ingest

    found, problems = [book.drawings], []
    for path in paths or ():
        read = ingest.read_book((path,), as_of=book.as_of, reference=reference)
        found.append(read.value.drawings)
        if not read.value.drawings.num_rows:
            problems.append(warning("movement.no_drawings", path.name))
        problems += [p for p in read.problems if p.code != "ingest.no_loans"]
    table = pa.concat_tables(found)
    return (table if table.num_rows else None), problems


def retag(
    book: Annotated[list[Path], typer.Argument(help="book (xlsx, csv, parquet) or run folder", metavar="BOOK...")],
    old: Annotated[str, typer.Option("--from", help="old edition", metavar="EDITION")],
    new: Annotated[str, typer.Option("--to", help="new edition", metavar="EDITION")],
    as_of: Annotated[str | None, typer.Option("--as-of", help="data date", metavar="DATE", show_default=False)] = None,
    prior: Annotated[list[Path] | None, typer.Option("--prior-book", help="earlier book or run folder", show_default=False)] = None,
    prior_as_of: Annotated[str | None, typer.Option("--prior-as-of", help="its data date", metavar="DATE", show_default=False)] = None,
    decisions: DecisionsOption = None,
    policy: PolicyOption = None,
    report_lang: ReportOption = "zh",
    out: OutOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Old tag, new tag and why, by loan; what was lost and gained; a draft explanation."""
    with Guard(lang, as_json, data) as session:
        from greenfin.movement import retag_tables, retagged, written

        _languages(report_lang)
        reference = session.reference()
        for name in (old, new):
            _edition(reference, name, date.max)
        session.progress("read")
        now = _given(book[0], book[1:], _day("--as-of", as_of), reference)
        before = _given(prior[0], prior[1:], _day("--prior-as-of", prior_as_of), reference) if prior else None
        given = [one for one in (before, now) if one is not None]
        if before is not None and before.book.as_of >= now.book.as_of:
            days = {"opening": before.book.as_of.isoformat(), "closing": now.book.as_of.isoformat()}
            raise Refused(error("movement.wrong_order", "--prior-book", **days))
        taken, said = _decided(decisions)
        rule = _policy(reference, policy, given)
        session.progress("tag")
        first = _under(given, taken, old, rule, reference)
        last = _under(given, taken, new, rule, reference)
        earlier = (first[0][0], last[0][0]) if before is not None else None
        result = retagged.retag(first[0][-1], last[0][-1], reference=reference, prior=earlier)
        problems = [*said, *first[1], *(p for p in last[1] if p not in first[1]), *result.problems]
        session.progress("sum")
        tables = retag_tables.retag_tables(result.value, report_lang)
        books = {"book": now.book} | ({"prior": before.book} if before else {})
        made = written.made_of(books, reference, old=old, new=new, policy=rule.id, command="retag")
        number = f"R-{now.book.as_of.isoformat()}-{written.fingerprint(made)}"
        front = written.front_of(
            "retag",
            as_of=now.book.as_of,
            edition=new,
            policy=rule,
            bank=now.bank,
            problems=problems,
            reference=reference,
            run_id=number,
        )
        papers = written.Papers(
            "retag", tables, tables, front, made, {"loans": result.value.rows}, _drafts(result.value, tables), report_lang
        )
        folder = out or Path("runs") / number
        session.progress("write")
        written.write(papers, folder)
        day = now.book.as_of.isoformat()
        session.line(session.say("movement.retag_done", as_of=day, old=old, new=new, policy=rule.id))
        _bridge(session, tables[0], "amount", "receipts")
        _close(session, problems, folder, tables, number=number, as_of=day, old=old, new=new, policy=rule.id)


def _under(
    given: Sequence[Given], taken: pa.Table | None, edition: str, policy: Policy, reference: Reference
) -> tuple[tuple[Side, ...], list[Problem]]:
    """All books under one edition; a decision about another edition is no problem here."""
    one, other, problems = _tagged(given, taken, edition, policy, reference)
    return (one, other), [problem for problem in problems if problem.code != "tag.decision_other_edition"]


def _drafts(made: Retagged, tables: Sequence[Table]) -> dict[str, str]:
    """The draft explanation in both languages, as Markdown and as plain text."""
    from greenfin.messages.words import LANGUAGES
    from greenfin.movement.explanation import explanation, plain

    found: dict[str, str] = {}
    for lang in LANGUAGES:
        text = explanation(made, tables, lang)
        found |= {f"explanation.{lang}.md": text, f"explanation.{lang}.txt": plain(text)}
    return found

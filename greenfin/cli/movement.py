"""``roll-forward`` and ``retag``: from one book to the next, and from one edition to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenfin import between
from greenfin.between import Given
from greenfin.cli.asked import day_of
from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, Session, help_of
from greenfin.core.problems import Problem, Refused, error

if TYPE_CHECKING:
    from greenfin.core.records import Bank, Table
    from greenfin.movement.retagged import Retagged
    from greenfin.movement.rolled import Rolled

_RUNS = Path("runs")
AlsoOpening = Annotated[list[Path] | None, typer.Option("--also-opening", help="further file of the opening", show_default=False)]
AlsoClosing = Annotated[list[Path] | None, typer.Option("--also-closing", help="further file of the closing", show_default=False)]
EditionOption = Annotated[
    str | None,
    typer.Option("--edition", "--catalogue", metavar="ID|auto", help="in force at the closing date", show_default=False),
]
DecisionsOption = Annotated[Path | None, typer.Option("--decisions", help="decisions taken", show_default=False)]
RatesOption = Annotated[Path | None, typer.Option("--rates", help="exchange rates of all books", show_default=False)]
MappingOption = Annotated[Path | None, typer.Option("--mapping", help="the bank's saved mapping (yaml)", show_default=False)]
PolicyOption = Annotated[
    str | None, typer.Option("--policy", metavar="strict|working", help="the runs' own, else working", show_default=False)
]
ReportOption = Annotated[str, typer.Option("--report-lang", metavar="zh|en|both", help="language of the documents")]
OutOption = Annotated[Path | None, typer.Option("--out", help="folder of the result", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("roll-forward", help=help_of("roll_forward"))(roll_forward)
    app.command("retag", help=help_of("retag"))(retag)


def roll_forward(
    opening: Annotated[Path, typer.Argument(help="book (xlsx, csv, parquet) or run folder", metavar="OPENING")],
    closing: Annotated[Path, typer.Argument(help="book (xlsx, csv, parquet) or run folder", metavar="CLOSING")],
    opening_as_of: Annotated[str | None, typer.Option("--opening-as-of", help="data date", metavar="DATE", show_default=False)] = None,
    closing_as_of: Annotated[str | None, typer.Option("--closing-as-of", help="data date", metavar="DATE", show_default=False)] = None,
    also_opening: AlsoOpening = None,
    also_closing: AlsoClosing = None,
    edition: EditionOption = None,
    drawings: Annotated[list[Path] | None, typer.Option("--drawings", help="drawings and repayments", show_default=False)] = None,
    decisions: DecisionsOption = None,
    rates: RatesOption = None,
    mapping: MappingOption = None,
    policy: PolicyOption = None,
    report_lang: ReportOption = "zh",
    out: OutOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Opening, new, drawn, repaid, re-tagged, written off, transferred, currency, corrected, closing: to the fen."""
    with Guard(lang, as_json, data) as session:
        _check_language(report_lang)
        if opening.absolute() == closing.absolute():
            raise Refused(error("movement.book_twice", str(opening), found=opening.name))
        reference, beside = session.reference(), between.Beside(rates, mapping)
        session.progress("read")
        days = _day("--opening-as-of", opening_as_of), _day("--closing-as-of", closing_as_of)
        sides = (
            between.given(opening, also_opening, days[0], beside=beside, reference=reference),
            between.given(closing, also_closing, days[1], beside=beside, reference=reference),
        )
        chosen = between.edition_of(reference, edition or sides[1].edition, sides[1].book.as_of)
        rule = between.policy_of(reference, policy, sides)
        files = between.Files(decisions, drawings or (), rates)
        result, problems = between.rolled(sides, chosen, rule, reference=reference, files=files, at=session.progress)
        more = {"decisions": [decisions] if decisions else [], "drawings": drawings or []}
        _roll_written(session, result, problems, sides=sides, more=more, lang=report_lang, out=out)


def _check_language(found: str) -> None:
    if found not in ("zh", "en", "both"):
        raise Refused(error("cli.not_one_of", "--report-lang", found=found, known="zh, en, both"))


def _day(option: str, text: str | None) -> date | None:
    return day_of(option, text) if text else None


def _roll_written(
    session: Session,
    result: Rolled,
    problems: Sequence[Problem],
    *,
    sides: Sequence[Given],
    more: Mapping[str, Sequence[Path]],
    lang: str,
    out: Path | None,
) -> None:
    """The files of a roll-forward, and what is said of it."""
    from greenfin.movement import roll_tables, written

    first, last = result.opening, result.closing
    about = {"edition": last.edition, "policy": last.policy.id}
    books = {"opening": first.book, "closing": last.book}
    made = written.made_of(books, result.reference, more=more, **about, command="roll-forward", runs=_runs(sides))
    number = f"M-{last.book.as_of.isoformat()}-{written.fingerprint(made)}"
    front = written.front_of("report", last, bank=_bank(sides), problems=problems, reference=result.reference, run_id=number)
    tables = roll_tables.roll_tables(result, lang)
    shown = [roll_tables.compact(table) for table in tables]
    details = {"movements": roll_tables.movements(result), "receipts": result.receipts}
    folder = out or _RUNS / number
    session.progress("write")
    written.write(written.Papers("roll_forward", tables, shown, front, made, details, lang=lang), folder)
    days = {"opening": first.book.as_of.isoformat(), "closing": last.book.as_of.isoformat()}
    session.line(session.say("movement.done", **days, **about))
    _bridge(session, tables[0], "green", "all")
    if all(proof.holds for proof in result.proofs):
        session.line(session.say("movement.tied"))
    _close(session, problems, folder, tables, number=number, **days, **about)


def _runs(sides: Sequence[Given]) -> str:
    """The runs that sides were taken from, a dash for a book."""
    return " ".join(side.run or "-" for side in sides)


def _bank(sides: Sequence[Given]) -> Bank:
    """The bank that the later side names, else an earlier one."""
    return next((side.bank for side in reversed(sides) if side.bank.name_zh), sides[-1].bank)


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
    from greenfin.cli.aligned import width
    from greenfin.disclose.printed import number

    heads = {column.id: column.zh if session.lang == "zh" else column.en for column in table.columns}
    session.line("  " + "".join(" " * (24 - width(heads[name])) + heads[name] for name in columns))
    for row in table.rows:
        cells = [table.cell(row.id, name) for name in columns]
        if row.kind == "row" and not any(cell and cell.value for cell in cells):
            continue
        shown = [("—" if cell.value is None else number(cell.value, cell.decimals)) if cell else "" for cell in cells]
        label = row.zh if session.lang == "zh" else row.en
        session.line("  " + "".join(f"{text:>24}" for text in shown) + f"  {label}")


def retag(
    book: Annotated[list[Path], typer.Argument(help="book (xlsx, csv, parquet) or run folder", metavar="BOOK...")],
    old: Annotated[str, typer.Option("--from", help="old edition", metavar="EDITION")],
    new: Annotated[str, typer.Option("--to", help="new edition", metavar="EDITION")],
    as_of: Annotated[str | None, typer.Option("--as-of", help="data date", metavar="DATE", show_default=False)] = None,
    prior: Annotated[list[Path] | None, typer.Option("--prior-book", help="earlier book or run folder", show_default=False)] = None,
    prior_as_of: Annotated[str | None, typer.Option("--prior-as-of", help="its data date", metavar="DATE", show_default=False)] = None,
    decisions: DecisionsOption = None,
    rates: RatesOption = None,
    mapping: MappingOption = None,
    policy: PolicyOption = None,
    report_lang: ReportOption = "zh",
    out: OutOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Old tag, new tag and why, by loan; what was lost and gained; a draft explanation."""
    with Guard(lang, as_json, data) as session:
        _check_language(report_lang)
        reference, beside = session.reference(), between.Beside(rates, mapping)
        for name in (old, new):
            between.known_edition(reference, name)
        session.progress("read")
        sides = [between.given(book[0], book[1:], _day("--as-of", as_of), beside=beside, reference=reference)]
        if prior:
            day = _day("--prior-as-of", prior_as_of)
            sides.insert(0, between.given(prior[0], prior[1:], day, beside=beside, reference=reference))
        between.check_order(sides, "--prior-book")
        rule = between.policy_of(reference, policy, sides)
        files = between.Files(decisions)
        result, problems = between.retagged(sides, (old, new), rule, reference=reference, files=files, at=session.progress)
        more = {"decisions": [decisions] if decisions else []}
        _retag_written(session, result, problems, sides=sides, more=more, lang=report_lang, out=out)


def _retag_written(
    session: Session,
    result: Retagged,
    problems: Sequence[Problem],
    *,
    sides: Sequence[Given],
    more: Mapping[str, Sequence[Path]],
    lang: str,
    out: Path | None,
) -> None:
    """The files of a re-tagging, and what is said of it."""
    from greenfin.movement import retag_tables, written

    session.progress("sum")
    tables = retag_tables.retag_tables(result, lang)
    now = result.new.book
    books = {"book": now} | ({"prior": result.prior[0].book} if result.prior else {})
    about = {"old": result.old.edition, "new": result.new.edition, "policy": result.new.policy.id}
    made = written.made_of(books, result.reference, more=more, **about, command="retag", runs=_runs(sides))
    number = f"R-{now.as_of.isoformat()}-{written.fingerprint(made)}"
    front = written.front_of("retag", result.new, bank=_bank(sides), problems=problems, reference=result.reference, run_id=number)
    folder = out or _RUNS / number
    session.progress("write")
    details, texts = {"loans": result.rows}, _drafts(result, tables)
    written.write(written.Papers("retag", tables, tables, front, made, details, texts, lang), folder)
    day = now.as_of.isoformat()
    session.line(session.say("movement.retag_done", as_of=day, **about))
    _bridge(session, tables[0], "amount", "receipts")
    _close(session, problems, folder, tables, number=number, as_of=day, **about)


def _drafts(made: Retagged, tables: Sequence[Table]) -> dict[str, str]:
    """The draft explanation in both languages, as Markdown and as plain text."""
    from greenfin.messages.words import LANGUAGES
    from greenfin.movement.explanation import explanation, plain

    found: dict[str, str] = {}
    for lang in LANGUAGES:
        text = explanation(made, tables, lang)
        found |= {f"explanation.{lang}.md": text, f"explanation.{lang}.txt": plain(text)}
    return found

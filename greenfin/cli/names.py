"""``names``: borrowers in a list of companies, what a book holds twice; ``customers``: likely green customers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from greenfin.cli.aligned import aligned
from greenfin.cli.asked import day_or_today
from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, Session, help_of
from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    import pyarrow as pa

    from greenfin.reference.load import Reference

names_app = typer.Typer(no_args_is_help=True, help=help_of("names"))
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="data date (today)", metavar="DATE", show_default=False)]
OutOption = Annotated[Path | None, typer.Option("--out", help="csv, xlsx or parquet", show_default=False)]
_ROWS = 50


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    names_app.command("match", help=help_of("names_match"))(match)
    names_app.command("duplicates", help=help_of("names_duplicates"))(duplicates)
    app.add_typer(names_app, name="names")
    app.command("customers", help=help_of("customers"))(customers)


def match(
    loans: Annotated[Path, typer.Argument(help="xlsx, csv, parquet")],
    companies: Annotated[Path, typer.Argument(help="xlsx, csv, parquet")],
    out: OutOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Which company each loan's borrower is, how it was found, and what a person must confirm."""
    with Guard(lang, as_json, data) as session:
        from greenfin import disclose, ingest, names

        day = day_or_today("--as-of", None)
        borrowers, listed = ingest.read_borrowers(loans, as_of=day), ingest.read_customers(companies, as_of=day)
        found = names.match(borrowers.value, listed.value)
        problems = [*borrowers.problems, *listed.problems, *found.problems]
        if out:
            disclose.write_rows(found.value, out)
        _show_matches(session, found.value)
        session.dump({"matches": found.value.to_pylist() if as_json else [], "problems": session.problems_json(problems)})
        session.problems(problems)
        session.finish(problems)


def _show_matches(session: Session, table: pa.Table) -> None:
    if session.as_json:
        return
    rows = table.to_pylist()
    firsts = {row["loan_id"]: row for row in reversed(rows)}.values()
    counts = {
        "loans": len(firsts),
        "accepted": sum(row["accepted"] is True for row in firsts),
        "proposed": sum(row["accepted"] is False for row in firsts),
        **{way: sum(row["way"] == way for row in firsts) for way in ("none", "person")},
    }
    session.line(session.say("names.counted", **counts))
    shown = [row for row in rows if row["accepted"] is False][:_ROWS]
    session.lines(aligned([(*_cells(session, row), row["difference"] or "") for row in shown]))


def _cells(session: Session, row: Mapping[str, Any]) -> tuple[str, ...]:
    score = "" if row["score"] is None else f"{row['score']:.2f}"
    return (row["loan_id"] or "", row["customer_no"] or "", session.say(f"way.{row['way']}"), score)


def duplicates(
    book: Annotated[list[Path], typer.Argument(help="xlsx, csv, parquet", metavar="BOOK...")],
    as_of: AsOfOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Projects, receipts, bills, certificates and claims that are there twice, each with both cells."""
    with Guard(lang, as_json, data) as session:
        from greenfin import ingest, names

        day = day_or_today("--as-of", as_of)
        read = ingest.read_book(book, as_of=day, reference=session.reference())
        found = list(names.double_claims(read.value))
        told = [*(p for p in read.problems if p.code in _TWICE), *found]
        session.dump({"problems": session.problems_json(told)})
        session.problems(told)
        if not told:
            session.line(session.say("names.duplicates_none"))
        session.finish(told)


_TWICE = ("ingest.duplicate_equal", "ingest.duplicate_unequal", "ingest.drawing_twice", "ingest.customer_uscc_twice")


def customers(
    file: Annotated[Path, typer.Argument(help="xlsx, csv, parquet")],
    top: Annotated[int, typer.Option("--top", min=0, help="how many (0: all)")] = 100,
    edition: Annotated[str, typer.Option("--edition", metavar="ID", show_default=False)] = "",
    as_of: AsOfOption = None,
    out: OutOption = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Likely green customers in order, with the entries, the words that speak for and against, and what to ask for."""
    with Guard(lang, as_json, data) as session:
        from greenfin import customers as ranking
        from greenfin import disclose, ingest

        reference = session.reference()
        _known(edition, reference)
        read = ingest.read_customers(file, as_of=day_or_today("--as-of", as_of), industries=reference.industries)
        found = ranking.likely_green(read.value, reference, edition=edition, top=top or None)
        problems = [*read.problems, *found.problems]
        if out:
            disclose.write_rows(found.value, out)
        rows = [{**row, **{name: json.loads(row[name]) for name in ("entries", "reasons", "needs")}} for row in _rows(found.value, as_json)]
        likely = sum(score >= ranking.LIKELY for score in found.value["score"].to_pylist())
        session.line(session.say("customers.counted", customers=len(read.value.customers), likely=likely, shown=len(found.value)))
        session.lines(aligned([_customer(session, row) for row in rows]))
        session.dump({"customers": rows, "problems": session.problems_json(problems)})
        session.problems(problems)
        session.finish(problems)


def _known(edition: str, reference: Reference) -> None:
    if edition and edition not in reference.catalogues:
        raise Refused(error("run.unknown_edition", edition, known=", ".join(reference.catalogues)))


def _rows(table: pa.Table, as_json: bool) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (table if as_json else table.slice(0, _ROWS)).to_pylist()
    return rows


def _customer(session: Session, row: Mapping[str, Any]) -> tuple[str, ...]:
    entries = " ".join(f"{e['code']} {e['name_zh' if session.lang == 'zh' else 'name_en']}" for e in row["entries"][:2])
    return (str(row["rank"]), row["customer_no"], f"{row['score']:.2f}", entries, _reasons(session, row["reasons"]))


def _reasons(session: Session, reasons: Sequence[Mapping[str, Any]]) -> str:
    """Each reason with its first words."""
    said = []
    for reason in reasons:
        words = reason.get("words") or []
        said.append(session.say(f"customers.reason.{reason['kind']}") + (f" {words[0]['text']}" if words else ""))
    return "; ".join(said)

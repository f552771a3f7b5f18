"""``financed``: financed emissions under one standard, or three side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from greenfin.cli.asked import day_or_today
from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, Session, help_of
from greenfin.core.problems import Problem, Refused, Severity, error
from greenfin.messages import tell

if TYPE_CHECKING:
    import pyarrow as pa

    from greenfin.financed.totals import Total
    from greenfin.reference.load import Reference


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("financed", help=help_of("financed"))(financed)


def financed(
    files: Annotated[list[Path], typer.Argument(help="xlsx, csv, parquet", metavar="FILE...")],
    standard: Annotated[
        str | None, typer.Option("--standard", help="pboc-2021, pboc-high-carbon-draft, pcaf (all three side by side)", show_default=False)
    ] = None,
    year: Annotated[int | None, typer.Option("--year", min=1990, max=2199, show_default=False)] = None,
    rates: Annotated[Path | None, typer.Option("--rates", help="table of exchange rates", show_default=False)] = None,
    on: Annotated[str | None, typer.Option("--on", help="day the factors are used (today)", metavar="DATE", show_default=False)] = None,
    prior: Annotated[list[Path] | None, typer.Option("--prior", help="last year's files", metavar="FILE", show_default=False)] = None,
    split: Annotated[str, typer.Option("--split", help="--prior: shapley, sequential", metavar="NAME")] = "shapley",
    out: Annotated[Path | None, typer.Option("--out", help="a csv, xlsx or parquet file, or a folder", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Each exposure's part of its borrower's or project's emissions, with totals, coverage and data quality."""
    with Guard(lang, as_json, data) as session:
        from greenfin.financed import STANDARDS
        from greenfin.financed import financed as counted
        from greenfin.financed.as_json import financed_json
        from greenfin.financed.compare import compare_json
        from greenfin.financed.standards import standard_of

        if standard is not None:
            standard_of(standard)
        day = day_or_today("--on", on)
        reference = session.reference()
        exposures, as_of, problems = _read(files, reference, year=year, rates=rates, today=day)
        wanted = [standard] if standard else list(STANDARDS)
        results = {name: counted(exposures, name, reference=reference, year=as_of.year, on=day) for name in wanted}
        problems += [p for one in results.values() for p in one.problems]
        tables = {name: one.value for name, one in results.items()}
        if out:
            _write(tables, out)
        before, moved = _since(prior, tables, reference, year=year, rates=rates, day=day, split=split, problems=problems)
        more = _more(standard, tables, exposures, before)
        if standard:
            shown = financed_json(tables[standard], exposures, standard, problems=session.problems_json(problems))
            session.dump({**shown, "year": as_of.year, **more, **({"movement": moved[0]} if moved else {})})
            session.lines(_one(session, tables[standard], exposures, standard, as_of.year))
            session.lines(_portfolio(session, more))
        else:
            shown = compare_json(tables, problems=session.problems_json(problems))
            session.dump({**shown, "year": as_of.year, **({"movement": moved} if moved else {})})
            session.lines(_side_by_side(session, tables))
        session.lines(_moved(session, moved))
        session.lines(_each(session, problems))
        session.problems([p for p in problems if p.code not in EACH])
        session.finish(problems)


def _since(
    prior: list[Path] | None,
    tables: Mapping[str, pa.Table],
    reference: Reference,
    *,
    year: int | None,
    rates: Path | None,
    day: date,
    split: str,
    problems: list[Problem],
) -> tuple[pa.Table | None, list[dict[str, object]]]:
    """Last year's exposures and what moved since, under each standard; nothing where last year is not asked for."""
    if not prior:
        return None, []
    from greenfin.cli.financed_moved import compared_years

    before, was, odd = _read(prior, reference, year=year - 1 if year else None, rates=rates, today=day)
    problems += odd
    return before, compared_years(before, tables, reference=reference, year=was.year, on=day, split=split)


def _moved(session: Session, moved: Sequence[Mapping[str, object]]) -> Iterator[str]:
    if moved:
        from greenfin.cli.financed_moved import lines

        yield from lines(session, moved)


MOST = 10  # factors named
EACH = ("financed.marked", "financed.left_out")  # said one by one: each is of another reason


def _each(session: Session, problems: Sequence[Problem]) -> Iterator[str]:
    for problem in problems:
        if problem.code in EACH and problem.severity is not Severity.INFO:
            yield f"[{session.say('severity.' + problem.severity.value)}] {tell(problem, session.lang)} {problem.where}"


def _more(standard: str | None, tables: Mapping[str, pa.Table], exposures: pa.Table, before: pa.Table | None) -> dict[str, object]:
    """What PCAF asks for beside the totals: WACI, carbon intensity, footprint; with last year's exposures at their enterprise values."""
    if standard != "pcaf":
        return {}
    from greenfin.financed.pcaf.metrics import portfolio

    return {"portfolio": portfolio(tables[standard], exposures, prior=before)}


def _portfolio(session: Session, more: Mapping[str, Any]) -> Iterator[str]:
    from greenfin.cli.financed_portfolio import lines

    return lines(session, more["portfolio"]) if more else iter(())


def _read(
    files: list[Path], reference: Reference, *, year: int | None, rates: Path | None, today: date
) -> tuple[pa.Table, date, list[Problem]]:
    """The exposures of the files, their day, and what is wrong with them; raises Refused where there are none."""
    from greenfin import attribute, ingest
    from greenfin.financed.exposures import of_book

    as_of = date(year, 12, 31) if year else None
    read = ingest.read_exposures(files, as_of=as_of, otherwise=today, reference=reference, rates=rates)
    book = read.value.book
    averages = attribute.month_averages(book) if len(book.drawings) else None
    made = of_book(book, reference=reference, flat=read.value.flat, averages=averages)
    if not len(made.value):
        raise Refused(error("financed.no_exposures", files[0].name))
    return made.value, book.as_of, [*read.problems, *made.problems]


def _write(tables: Mapping[str, pa.Table], out: Path) -> None:
    """One file of all rows, or a folder with one for each standard."""
    import pyarrow as pa

    from greenfin import disclose

    if out.suffix:
        disclose.write_rows(pa.concat_tables(tables.values()), out)
        return
    for name, table in tables.items():
        disclose.write_rows(table, out / f"{name}.csv")


def _one(session: Session, table: pa.Table, exposures: pa.Table, standard: str, year: int) -> Iterator[str]:
    """One standard in words: total, groups, quality, what is left out."""
    from greenfin.financed.as_json import GROUPS, quality_json
    from greenfin.financed.totals import left_out, totals

    whole = totals(table)[()]
    yield session.say("financed.head", standard=standard, year=year, count=whole.included, of=whole.count, share=_percent(whole.coverage))
    yield from _lines(session, session.say("financed.total"), whole)
    branches = table.append_column("branch_code", exposures["branch_code"])
    for name, column in GROUPS.items():
        yield f"— {session.say('by.' + name)}"
        for (key,), one in totals(branches, [column]).items():
            if key or one.included:
                yield _line(session, _group(session, key), one)
    quality = quality_json(standard, whole)
    band = session.say("financed.band", band=quality["band"]) if quality["band"] else ""
    yield session.say(
        "financed.quality",
        by_outstanding=_score(whole.by_outstanding),
        by_emissions=_score(whole.by_emissions),
        weight=str(quality["weight"]),
        band=band,
    )
    for reason, (count, fen) in left_out(table).items():
        yield session.say("financed.left", reason=reason, count=count, amount=f"{float(Fraction(fen, 10**6)):,.2f}")


def _lines(session: Session, label: str, total: Total) -> Iterator[str]:
    yield _line(session, label, total)
    if total.intensity is not None:
        yield f"{session.say('financed.intensity'):<24}{float(total.intensity):>18,.4f} {session.say('unit.financed_intensity')}"


def _line(session: Session, label: str, total: Total) -> str:
    grams = total.grams["financed_g"]
    amount = "—" if grams is None else f"{float(Fraction(grams, 10**6)):,.2f} tCO2e"
    return f"{label:<24}{amount:>26}{total.included:>8}{_percent(total.coverage):>9}"


def _group(session: Session, key: str) -> str:
    return session.say(f"group.{key}") if key and len(key) > 1 and key.isascii() and key[0].isalpha() else key or "—"


def _percent(share: Fraction | None) -> str:
    return "—" if share is None else f"{float(100 * share):.1f}%"


def _score(value: Fraction | None) -> str:
    return "—" if value is None else f"{float(value):.2f}"


_WORDS = {"denominators": "kind", "balances": "kind", "options": "option"}  # codes of PCAF (2b) and keys of factors stay


def _said(session: Session, aspect: str, name: str) -> str:
    """What a standard rests on in words, where it is a word and not a code."""
    return session.say(f"{_WORDS[aspect]}.{name}") if aspect in _WORDS and not name[:1].isdigit() else name


def _side_by_side(session: Session, tables: Mapping[str, pa.Table]) -> Iterator[str]:
    """The standards in one table, and in what they differ."""
    from greenfin.financed.compare import compared, differing

    found = compared(tables)
    for one in found:
        yield from _lines(session, session.say(f"standard.{one.standard}"), one.total)
    yield session.say("financed.not_added")
    for aspect in differing(found):
        yield f"— {session.say('financed.differ.' + aspect)}"
        for one in found:
            if aspect == "perimeter":
                text = session.say("financed.perimeter", count=one.total.included, share=_percent(one.total.coverage))
            else:
                names = getattr(one.basis, aspect)
                said = [_said(session, aspect, name) for name in names]
                text = (", ".join(said[:MOST]) or "—") + (session.say("cli.and_more", n=len(said) - MOST) if len(said) > MOST else "")
            yield f"    {session.say('standard.' + one.standard)}: {text}"

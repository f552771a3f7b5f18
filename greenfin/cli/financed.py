"""``financed``: financed emissions under one standard, or three side by side; with ``--align`` a portfolio against a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from greenfin.cli.asked import day_of, day_or_today, pairs_of
from greenfin.cli.financed_shown import EACH, each_reason, one_standard, side_by_side
from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, Session, help_of
from greenfin.core.period import last_day
from greenfin.core.problems import Problem, Refused, error

if TYPE_CHECKING:
    import pyarrow as pa

    from greenfin.financed.own import Own
    from greenfin.reference.load import Reference


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("financed", help=help_of("financed"))(financed)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the user asked for, as typed."""

    standard: str | None
    year: int | None
    on: str | None
    rates: Path | None
    prior: Sequence[Path]
    split: str
    own: Own


@dataclass(frozen=True, slots=True)
class _Counted:
    """The exposures of some files, their day, the tables of the standards asked for."""

    exposures: pa.Table
    as_of: date
    on: date
    tables: Mapping[str, pa.Table]


def financed(
    files: Annotated[list[Path], typer.Argument(help="xlsx, csv, parquet", metavar="FILE...")],
    standard: Annotated[
        str | None, typer.Option("--standard", help="pboc-2021, pboc-high-carbon-draft, pcaf (all three side by side)", show_default=False)
    ] = None,
    year: Annotated[int | None, typer.Option("--year", min=1990, max=2199, show_default=False)] = None,
    rates: Annotated[Path | None, typer.Option("--rates", help="table of exchange rates", show_default=False)] = None,
    on: Annotated[str | None, typer.Option("--on", help="day the factors are used (data date)", metavar="DATE", show_default=False)] = None,
    factor: Annotated[
        list[str] | None, typer.Option("--factor", metavar="ID=VALUE", help="product.NAME, sector.CODE, building.TYPE", show_default=False)
    ] = None,
    prior: Annotated[list[Path] | None, typer.Option("--prior", help="last year's files", metavar="FILE", show_default=False)] = None,
    split: Annotated[str, typer.Option("--split", help="--prior: shapley, sequential", metavar="NAME")] = "shapley",
    align: Annotated[str | None, typer.Option("--align", help="sda, pacta, temperature", metavar="NAME", show_default=False)] = None,
    scenario: Annotated[
        list[Path] | None, typer.Option("--scenario", help="--align: tables of scenarios or targets", metavar="FILE", show_default=False)
    ] = None,
    convention: Annotated[
        list[str] | None,
        typer.Option("--convention", metavar="NAME=CHOICE", help="--align: time_frame=mid", show_default=False),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="a csv, xlsx or parquet file, or a folder", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Each exposure's part of its borrower's or project's emissions, with totals, coverage and data quality; or a portfolio's alignment."""
    with Guard(lang, as_json, data) as session:
        if align is not None:
            from greenfin.cli.financed_align import show_alignment

            show_alignment(session, align, files, scenario=scenario or [], choices=pairs_of("--convention", convention or []), out=out)
            return
        own = _own(factor or [], session.reference())
        _emissions(session, files, _Asked(standard, year, on, rates, prior or [], split, own), out=out)


def _own(texts: Sequence[str], reference: Reference) -> Own:
    """The user's own factors; raises Refused for one that cannot be read or used."""
    from greenfin.core.units import UnknownUnit, parse_quantity
    from greenfin.financed.own import own_factors

    found = {}
    for name, text in pairs_of("--factor", texts).items():
        try:
            found[name] = parse_quantity(text)
        except (UnknownUnit, ValueError) as bad:
            raise Refused(error("cli.not_name_value", "--factor", found=f"{name}={text}")) from bad
    return own_factors(found, reference)


def _emissions(session: Session, files: Sequence[Path], asked: _Asked, *, out: Path | None) -> None:
    """Count, write what is to be written and show the result."""
    problems: list[Problem] = []
    found = _count(session.reference(), files, asked, problems)
    if out:
        _write(found.tables, out)
    before, moved = _since(found, asked, session.reference(), problems=problems)
    if asked.standard:
        _show_one(session, found, asked.standard, moved=moved, before=before, problems=problems)
    else:
        _show_all(session, found, moved=moved, problems=problems)
    session.lines(_moved(session, moved))
    session.lines(each_reason(session, problems))
    session.problems([p for p in problems if p.code not in EACH])
    session.finish(problems)


def _count(reference: Reference, files: Sequence[Path], asked: _Asked, problems: list[Problem]) -> _Counted:
    """The files under the standards asked for, with factors of the data date unless another day is named."""
    from greenfin.financed import STANDARDS
    from greenfin.financed import financed as counted
    from greenfin.financed.standards import standard_of

    if asked.standard is not None:
        standard_of(asked.standard)
    day = day_of("--on", asked.on) if asked.on else None
    exposures, as_of, odd = _read(files, reference, year=asked.year, rates=asked.rates)
    problems += odd
    on = day or as_of
    wanted = [asked.standard] if asked.standard else list(STANDARDS)
    results = {name: counted(exposures, name, reference=reference, year=as_of.year, on=on, own=asked.own) for name in wanted}
    problems += [p for one in results.values() for p in one.problems]
    return _Counted(exposures, as_of, on, {name: one.value for name, one in results.items()})


def _show_one(
    session: Session,
    found: _Counted,
    standard: str,
    *,
    moved: Sequence[Mapping[str, object]],
    before: pa.Table | None,
    problems: Sequence[Problem],
) -> None:
    from greenfin.financed.as_json import financed_json

    table, year = found.tables[standard], found.as_of.year
    more = _more(standard, found, before)
    shown = financed_json(table, found.exposures, standard, problems=session.problems_json(problems))
    session.dump({**shown, "year": year, **more, **({"movement": moved[0]} if moved else {})})
    session.lines(one_standard(session, table, found.exposures, standard, year))
    session.lines(_portfolio(session, more))


def _show_all(session: Session, found: _Counted, *, moved: Sequence[Mapping[str, object]], problems: Sequence[Problem]) -> None:
    from greenfin.financed.compare import compare_json

    shown = compare_json(found.tables, problems=session.problems_json(problems))
    session.dump({**shown, "year": found.as_of.year, **({"movement": moved} if moved else {})})
    session.lines(side_by_side(session, found.tables))


def _since(
    found: _Counted, asked: _Asked, reference: Reference, *, problems: list[Problem]
) -> tuple[pa.Table | None, list[dict[str, object]]]:
    """Last year's exposures and what moved since, under each standard; nothing where last year is not asked for."""
    if not asked.prior:
        return None, []
    from greenfin.cli.financed_moved import compared_years

    before, was, odd = _read(asked.prior, reference, year=asked.year - 1 if asked.year else None, rates=asked.rates)
    problems += odd
    years = (was.year, found.as_of.year)
    now = compared_years(
        before, found.exposures, found.tables, reference=reference, years=years, on=found.on, split=asked.split, own=asked.own
    )
    return before, now


def _moved(session: Session, moved: Sequence[Mapping[str, object]]) -> Iterator[str]:
    if moved:
        from greenfin.cli.financed_moved import lines

        yield from lines(session, moved)


def _more(standard: str, found: _Counted, before: pa.Table | None) -> dict[str, object]:
    """What PCAF asks for beside the totals: WACI, carbon intensity, footprint; with last year's exposures at their enterprise values."""
    if standard != "pcaf":
        return {}
    from greenfin.financed.pcaf.metrics import portfolio

    return {"portfolio": portfolio(found.tables[standard], found.exposures, prior=before)}


def _portfolio(session: Session, more: Mapping[str, Any]) -> Iterator[str]:
    from greenfin.cli.financed_portfolio import lines

    return lines(session, more["portfolio"]) if more else iter(())


def _read(files: Sequence[Path], reference: Reference, *, year: int | None, rates: Path | None) -> tuple[pa.Table, date, list[Problem]]:
    """The exposures of the files, their day, and what is wrong with them; raises Refused where there are none."""
    from greenfin import attribute, ingest
    from greenfin.financed.exposures import of_book

    as_of = last_day(year) if year else None
    read = ingest.read_exposures(files, as_of=as_of, otherwise=day_or_today("--on", None), reference=reference, rates=rates)
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

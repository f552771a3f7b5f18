"""``measure``: one project's benefit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from greenfin.cli.asked import day_or_today, pairs_of, region_of
from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, Session, help_of
from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    from greenfin.measure import Single
    from greenfin.measure.ranges import Range
    from greenfin.measure.solve import Given
    from greenfin.reference.load import Reference

Read = TypeVar("Read")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("measure", help=help_of("measure"))(measure)


def measure(
    method: Annotated[str, typer.Argument(help="CBRC-PWR", metavar="METHOD")],
    given: Annotated[list[str] | None, typer.Argument(help="NAME=VALUE with unit", metavar="NAME=VALUE...", show_default=False)] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", show_default=False)] = None,
    region: Annotated[str, typer.Option("--region", metavar="CODE")] = "CN",
    convention: Annotated[list[str] | None, typer.Option("--convention", metavar="NAME=CHOICE", show_default=False)] = None,
    factor: Annotated[list[str] | None, typer.Option("--factor", metavar="ID=VALUE", show_default=False)] = None,
    factors: Annotated[str | None, typer.Option("--factors", metavar="SET", show_default=False)] = None,
    gwp: Annotated[str, typer.Option("--gwp", metavar="SET", help="ar4, ar5, ar6", show_default=False)] = "",
    ranges: Annotated[list[str] | None, typer.Option("--range", metavar="NAME=LOW..HIGH", help="±10%", show_default=False)] = None,
    solve: Annotated[str, typer.Option("--solve", metavar="OUTPUT=VALUE", show_default=False)] = "",
    unknown: Annotated[str, typer.Option("--for", metavar="NAME", help="--solve", show_default=False)] = "",
    entry: Annotated[str, typer.Option("--entry", metavar="CODE", help="4.2.1, green-bond-2021:3.2.2.1", show_default=False)] = "",
    claim: Annotated[str, typer.Option("--claim", metavar="TEXT", show_default=False)] = "",
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="FILE", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """One project's annual benefit, with each factor and how it was found."""
    with Guard(lang, as_json, data) as session:
        from greenfin import measure as measuring

        reference = session.reference()
        measured = partial(
            measuring.measure_one,
            method,
            reference=reference,
            on=day_or_today("--on", on),
            region=region_of(reference, region),
            conventions=_conventions(convention or [], gwp),
            own_factors=_quantities(factor or []),
            factor_set=factors,
            ranges=_ranges(ranges or []),
            entry=entry,
        )
        _tell(
            session,
            _solved(method, pairs_of("NAME=VALUE", given or []), measured, solve=solve, unknown=unknown),
            reference,
            claim=claim,
            pdf=pdf,
        )


def _tell(session: Session, single: Single, reference: Reference, *, claim: str, pdf: Path | None) -> None:
    """The outcome in lines or as JSON, beside what is claimed of the project, and its page where one is asked for."""
    from greenfin import measure as measuring
    from greenfin.cli.projects_shown import told
    from greenfin.methods.worded import said_of

    claims, about = measuring.compare_claim(single, claim, reference) if claim else ((), ())
    problems = tuple(said_of(single.declaration, (*single.problems, *about)))
    shown = measuring.single_json(single, session.lang, reference) | {"problems": session.problems_json(problems)}
    shown["claims"] = [measuring.claim_json(each) for each in claims]
    if pdf:
        from greenfin.cli.projects_page import write_page

        case = single.done.case
        problems += write_page(session, shown, reference, on=case.on, region=case.projects.regions[0], place=pdf)
        shown |= {"problems": session.problems_json(problems), "file": str(pdf)}
    session.dump(shown)
    session.lines(told(session, shown, reference))
    session.finish(problems)


def _conventions(texts: Sequence[str], gwp: str) -> dict[str, str]:
    """The conventions asked for, the set of warming potentials among them."""
    found = pairs_of("--convention", texts)
    return found | {"gwp": gwp.strip().lower()} if gwp.strip() else found


def _quantities(texts: Sequence[str]) -> dict[str, tuple[Decimal, str]]:
    """Quantities by name."""
    from greenfin.core.units import parse_quantity

    return {name: _read(name, text, parse_quantity) for name, text in pairs_of("NAME=VALUE", texts).items()}


def _ranges(texts: Sequence[str]) -> dict[str, Range]:
    if not texts:
        return {}
    from greenfin.measure.ranges import parse_range

    return {name: _read(name, text, parse_range) for name, text in pairs_of("--range", texts).items()}


def _read(name: str, text: str, parse: Callable[[str], Read]) -> Read:
    """What a text says; raises Refused, which shows no more of it than fits a line."""
    from greenfin.core.units import UnknownUnit

    try:
        return parse(text)
    except UnknownUnit as bad:
        raise Refused(error("cli.unknown_unit", name, found=bad.text)) from bad
    except ValueError as bad:
        raise Refused(error("cli.not_a_number", name, found=text[:_SHOWN])) from bad


_SHOWN = 60


def _solved(method: str, given: Given, measured: Callable[[Given], Single], *, solve: str, unknown: str) -> Single:
    """The project measured as given, or with the input that makes the result asked for true."""
    if not solve.strip():
        if unknown.strip():
            raise Refused(error("cli.not_name_value", "--solve", found=solve))
        return measured(given)
    from greenfin.core.units import parse_quantity
    from greenfin.measure.solve import Target, solve_for
    from greenfin.methods.registry import method as method_of

    ((output, text),) = pairs_of("--solve", [solve]).items()
    value, unit = _read(output, text, parse_quantity)
    return solve_for(method_of(method).declaration, given, Target(output, value, unit, unknown.strip()), measured)

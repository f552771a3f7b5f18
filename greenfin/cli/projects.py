"""``measure``: one project's benefit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from greenfin.cli.asked import day_or_today, pairs_of, region_of
from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, Session, help_of
from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    from collections.abc import Sequence


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
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """One project's annual benefit, with each factor and how it was found."""
    with Guard(lang, as_json, data) as session:
        from greenfin import measure as measuring

        reference = session.reference()
        single = measuring.measure_one(
            method,
            _quantities(given or []),
            reference,
            on=day_or_today("--on", on),
            region=region_of(reference, region),
            conventions=pairs_of("--convention", convention or []),
            own_factors=_quantities(factor or []),
            factor_set=factors,
        )
        shown = {**measuring.single_json(single, session.lang), "problems": session.problems_json(single.problems)}
        session.dump(shown)
        _print_single(session, shown)
        session.problems(single.problems)
        session.finish(single.problems)


def _quantities(texts: Sequence[str]) -> dict[str, tuple[Decimal, str]]:
    from greenfin.core.units import UnknownUnit, parse_quantity

    found: dict[str, tuple[Decimal, str]] = {}
    for name, value in pairs_of("NAME=VALUE", texts).items():
        try:
            found[name] = parse_quantity(value)
        except UnknownUnit as bad:
            raise Refused(error("cli.unknown_unit", name, found=bad.text)) from bad
        except ValueError as bad:
            raise Refused(error("cli.not_a_number", name, found=value)) from bad
    return found


def _print_single(session: Session, shown: Mapping[str, Any]) -> None:
    names = _output_names(session, shown["method"])
    for name, output in shown["outputs"].items():
        session.line(_result_line(name, output, names))
    if shown.get("attribution"):
        session.line(session.say("measure.share", share=f"{float(shown['attribution']['share']):.4%}"))
        for name, output in shown["attribution"].get("outputs", {}).items():
            session.line(_result_line(name, output, names))
    for used in shown["factors"]:
        found = session.say("ui.list_comma").join(_known_word(session, f"render.found.{how}", how) for how in used["found"].split("+"))
        parts = (used["id"], f"{used['value']} {used['unit']}", used["region"], used["data_year"], f"[{found}]", used["source"])
        session.line("  " + "  ".join(str(part) for part in parts if part is not None))


def _result_line(name: str, output: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return f"{name:<12}{output['value']:>20,.6g} {output['unit']:<8} {names.get(name, '')}".rstrip()


def _output_names(session: Session, method: str) -> dict[str, str]:
    """What a method's results are called in the session's language."""
    from greenfin.methods import registry

    declared = registry.METHODS.get(method.upper())
    shown: Mapping[str, Any] = registry.method_json(declared) if declared else {"outputs": []}
    return {output["name"]: output[f"name_{session.lang}"] for output in shown["outputs"]}


def _known_word(session: Session, code: str, plain: str) -> str:
    from greenfin.messages import codes

    return codes(session.lang).get(code, plain)

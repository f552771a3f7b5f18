"""``factor`` and ``check-data``: the reference data."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from greenfin.cli.asked import day_or_today, near, region_of
from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, help_of
from greenfin.core.problems import Refused, error

factor_app = typer.Typer(no_args_is_help=True, help=help_of("factor"))


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    factor_app.command("list", help=help_of("factor_list"))(factor_list)
    factor_app.command("show", help=help_of("factor_show"))(factor_show)
    factor_app.command("find", help=help_of("factor_find"))(factor_find)
    app.add_typer(factor_app, name="factor")
    app.command("check-data", help=help_of("check_data"))(check_data)


def factor_list(
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORDS...]", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """The ids of all factors (or of those whose id or name holds the words), with unit, years and how many values each has."""
    with Guard(lang, as_json, data) as session:
        from greenfin.cli.reference_words import factor_lines
        from greenfin.reference.factors import summaries

        rows = summaries(session.reference().factors, words or ())
        session.dump({"factors": rows})
        session.lines(factor_lines(session, rows))


def factor_show(
    factor: Annotated[str, typer.Argument(metavar="ID")],
    chart: Annotated[Path | None, typer.Option("--chart", metavar="FILE", help=".pdf .svg .png", show_default=False)] = None,
    region: Annotated[str | None, typer.Option("--region", metavar="CODE", help="--chart", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Every row of a factor: value, unit, region, year, document, verified or why not."""
    with Guard(lang, as_json, data) as session:
        from greenfin.cli.reference_words import value_lines
        from greenfin.reference.factors import factor_json

        reference = session.reference()
        found = reference.factors.by_id(factor) or tuple(f for f in [reference.factors.get(factor)] if f)
        if not found:
            raise Refused(error("cli.unknown_factor", factor, near=near(factor, reference.factors.ids)))
        if chart:
            from greenfin.cli.factor_chart import draw

            draw(session, reference, found, region=region_of(reference, region) if region else None, place=chart)
        session.dump({"id": factor, "factors": [factor_json(f) for f in found], **({"chart": str(chart)} if chart else {})})
        session.lines(value_lines(session, reference, found))


def factor_find(
    factor: Annotated[str, typer.Argument(metavar="ID")],
    region: Annotated[str, typer.Option("--region", metavar="CODE")] = "CN",
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", show_default=False)] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """The factor for a place and a day, how it was found, and what was passed over."""
    with Guard(lang, as_json, data) as session:
        from greenfin.cli.reference_words import found_lines, passed_lines
        from greenfin.reference.factors import found_json, resolve

        reference = session.reference()
        day = day_or_today("--on", on)
        if not reference.factors.by_id(factor):
            raise Refused(error("cli.unknown_factor", factor, near=near(factor, reference.factors.ids)))
        place = region_of(reference, region)
        found = resolve(reference.factors, factor, regions=reference.regions.chain(region, day.year), on=day)
        session.dump(found_json(found))
        if found.factor is None:
            named = reference.regions.name(place, session.lang)
            session.line(session.say("factor.none_found", id=factor, region=f"{named} ({place})", day=day))
            if note := reference.regions.by_code[place].note:
                session.line("  " + session.say("data.region_note", note=note))
        else:
            session.lines(found_lines(session, reference, found, day))
        session.lines(passed_lines(session, reference, found))
        raise typer.Exit(0 if found.factor else 1)


def check_data(
    policy: Annotated[str, typer.Option("--policy", metavar="strict|working")] = "strict",
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Check factors, catalogues and templates; list unverified values and what they blank. Exit 2 when the data are broken."""
    with Guard(lang, as_json, data) as session:
        from greenfin.cli.checked import report
        from greenfin.core.problems import Severity
        from greenfin.data_checks import checked_data, kept
        from greenfin.reference.lifts import lifts

        reference, problems = checked_data(session.data)
        chosen = reference.policies.get(policy)
        if chosen is None and policy not in ("strict", "working"):
            raise Refused(error("cli.not_one_of", "--policy", found=policy, known=", ".join(reference.policies)))
        found = tuple(kept(problems, allow_unverified=chosen is not None and chosen.allow_unverified))
        broken = [p for p in found if p.severity is Severity.ERROR]
        documents = [asdict(lift) for lift in lifts(reference, found)]
        session.dump({"ok": not broken, "policy": policy, "documents": documents, "problems": session.problems_json(found)})
        report(session, reference, found, policy)
        session.line(session.say("check_data.done", errors=len(broken), others=len(found) - len(broken)))
        raise typer.Exit(2 if broken else 0)

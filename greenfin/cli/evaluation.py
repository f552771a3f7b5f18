"""``evaluate``: the scorecard of the PBoC's evaluation of green finance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenfin.cli.session import DataOption, Guard, JsonOption, LangOption, Session, help_of

if TYPE_CHECKING:
    from greenfin.core.series import Point
    from greenfin.evaluate import Evaluation, WhatIf

MISSING = "–"
HUNDRED = 10**2


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("evaluate", help=help_of("evaluate"))(evaluate)


def evaluate(
    file: Annotated[Path, typer.Argument(help="xlsx, csv")],
    scheme: Annotated[str, typer.Option("--scheme", metavar="ID")] = "pboc-2021",
    quarter: Annotated[str | None, typer.Option("--quarter", metavar="2025Q4", help="(the last)", show_default=False)] = None,
    own: Annotated[
        str | None, typer.Option("--own", metavar="NAME", help="the bank's own name among the participants", show_default=False)
    ] = None,
    what_if: Annotated[
        list[str] | None, typer.Option("--what-if", metavar="TARGET", help="final+1, quantitative=80, GFE-I1+2", show_default=False)
    ] = None,
    lang: LangOption = "",
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Indicators, scores and the final score of a quarter, the quarters before, and what more green lending would change."""
    with Guard(lang, as_json, data) as session:
        from greenfin import evaluate as room
        from greenfin import ingest

        read = ingest.read_evaluation(file)
        series = room.series_of(_named(read.value, own), room.scheme(scheme))
        at = room.quarter_of(series, quarter)
        found = room.evaluate(series, at)
        answers = [room.what_if(series, at, asked) for asked in what_if or ()]
        before = [room.evaluate(series, day).value for day in series.quarters if day < at]
        problems = [*read.problems, *found.problems, *(problem for one in answers for problem in one.problems)]
        shown: dict[str, object] = {**room.as_json(found.value), "series": [room.as_json(one) for one in before]}
        asked_for = {"what_if": [room.what_if_json(one.value) for one in answers]} if answers else {}
        session.dump({**shown, **asked_for, "problems": session.problems_json(problems)})
        session.lines(_lines(found.value, before, session))
        session.lines(_answers([one.value for one in answers], session))
        session.problems(problems, quiet_info=False)
        session.finish(problems)


def _named(points: Sequence[Point], own: str | None) -> tuple[Point, ...]:
    """The points with the bank's own name as what it is."""
    return tuple(replace(point, party="") if own and point.party == own else point for point in points)


def _lines(found: Evaluation, before: Sequence[Evaluation], session: Session) -> Iterator[str]:
    from greenfin.evaluate import shown

    name = found.scheme.zh if session.lang == "zh" else found.scheme.en
    yield session.say("evaluation.title", quarter=shown(found.quarter), scheme=name)
    for one in found.indicators:
        yield session.say(
            "evaluation.line",
            indicator=one.id,
            value=_percent(one.value),
            own=_percent(one.own_mean),
            peers=_percent(one.peers_mean),
            longitudinal=_points(one.longitudinal),
            cross=_points(one.cross),
            score=_points(one.score),
        )
    scores = {name: _points(getattr(found, name)) for name in ("quantitative", "qualitative", "final")}
    yield session.say("evaluation.result", **scores)
    if found.known < 1:
        yield session.say("evaluation.known", share=_percent(found.known))
    if found.scheme.is_simulated:
        yield session.say("evaluation.simulated", lacks=" ".join(f"evaluation.doubt.{doubt}" for doubt in found.scheme.unverified))
    for each in before:
        scores = {"quantitative": _points(each.quantitative), "final": _points(each.final)}
        yield session.say("evaluation.before", quarter=shown(each.quarter), **scores)


def _answers(found: Sequence[WhatIf | None], session: Session) -> Iterator[str]:
    for one in found:
        if one is not None and one.lending is not None:
            amount = f"{float(one.lending) / HUNDRED**2:,.2f}"
            scores = {"now": _points(one.now), "reached": _points(one.reached)}
            yield session.say("evaluation.answer", target=one.target, lending=amount, **scores)


def _percent(value: Fraction | None) -> str:
    return MISSING if value is None else f"{float(value * HUNDRED):.2f}%"


def _points(value: Fraction | None) -> str:
    return MISSING if value is None else f"{float(value):.2f}"

"""A single measurement as the JSON of the command line."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from greenfin.core.money import round_half_up
from greenfin.core.problems import Problem
from greenfin.core.units import exact_ratio
from greenfin.measure.one import Share, Single
from greenfin.messages.words import tell
from greenfin.methods.declare import Output
from greenfin.methods.numbers import printed


def single_json(single: Single, lang: Literal["zh", "en"]) -> dict[str, object]:
    """The outcome shaped as the CLI contract says: numbers are JSON numbers in the printed units."""
    outputs = {o.name: o for o in single.declaration.outputs}
    return {
        "method": single.declaration.id,
        "outputs": {name: _output(amount, outputs[name]) for name, amount in single.amounts.items()},
        "inputs": {name: {"value": float(value), "unit": unit} for name, (value, unit) in single.given.items()},
        "conventions": dict(single.done.case.choices),
        "factors": _factors(single),
        "attribution": _attribution(single, outputs),
        "problems": [_problem(p, lang) for p in single.problems],
    }


def _output(amount: int, output: Output) -> dict[str, object]:
    return {"value": float(printed(amount, output)), "unit": output.printed, "low": None, "high": None}


def _factors(single: Single) -> list[dict[str, object]]:
    found = []
    for filled in single.done.filled.values():
        use, result = filled.use(0), filled.found(0)
        if use is None or not filled.needed[0]:
            continue
        row: dict[str, object] = {"id": filled.slot.id, "slot": filled.slot.slot, "found": use.found, "key": use.key}
        if result is None or result.factor is None:
            row |= {"region": None, "value": float(filled.values[0]), "unit": filled.slot.unit, "data_year": None, "source": None}
        else:
            factor = result.factor
            row |= {"region": factor.region, "value": float(factor.value), "unit": factor.unit}
            row |= {"data_year": factor.data_year, "source": factor.source}
        found.append(row)
    return found


def _attribution(single: Single, outputs: dict[str, Output]) -> dict[str, object] | None:
    if single.share is None:
        return None
    parts = {name: _part(amount, single.share, outputs[name]) for name, amount in single.amounts.items()}
    return {
        "share": float(single.share.share),
        "numerator": float(single.share.numerator),
        "denominator": float(single.share.denominator),
        "outputs": parts,
    }


def _part(amount: int, share: Share, output: Output) -> dict[str, object]:
    part = round_half_up(Fraction(amount) * share.share, 0)
    return {"value": float(Fraction(part) * exact_ratio(output.small, output.printed)), "unit": output.printed}


def _problem(problem: Problem, lang: Literal["zh", "en"]) -> dict[str, object]:
    return {
        "code": problem.code,
        "severity": str(problem.severity),
        "where": problem.where,
        "message": tell(problem, lang),
        "params": dict(problem.params),
    }

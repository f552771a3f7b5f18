"""A single measurement as the JSON of the command line."""

from __future__ import annotations

from fractions import Fraction
from math import isnan
from typing import TYPE_CHECKING

from greenfin.core.money import round_half_up
from greenfin.core.problems import Problem
from greenfin.measure.chosen import counting
from greenfin.measure.lists_json import outputs_together
from greenfin.measure.more_json import (
    ends,
    in_print,
    inputs_json,
    interval_json,
    lineage_json,
    solved_json,
    spans_json,
    tornado_json,
    unseen_json,
)
from greenfin.measure.one import Single
from greenfin.messages.words import Lang
from greenfin.methods.declare import Output
from greenfin.methods.finding import factor_title
from greenfin.methods.worded import in_words

if TYPE_CHECKING:
    from greenfin.reference.load import Reference


def single_json(single: Single, lang: Lang, reference: Reference | None = None) -> dict[str, object]:
    """The outcome shaped as the CLI contract says: numbers are JSON numbers in the printed units.

    With ``reference`` the factors name their documents, and ``spans`` compares the choices that the documents leave open.
    """
    outputs = {o.name: o for o in single.declaration.outputs}
    shown = {name: _output(single, name, amount) for name, amount in single.amounts.items()}
    return {
        "method": single.declaration.id,
        "outputs": outputs_together(single, shown),
        "inputs": inputs_json(single),
        "conventions": dict(single.done.case.choices),
        "conventions_counting": list(counting(single.done)),
        "factors": [*_factors(single, reference, lang), *unseen_json(single)],
        "attribution": _attribution(single, outputs),
        "interval": interval_json(single),
        "tornado": tornado_json(single),
        "spans": spans_json(single, reference) if reference else {},
        "solved": solved_json(single),
        "lineage": lineage_json(single),
        "problems": [_problem(p, lang) for p in single.problems],
    }


def _output(single: Single, name: str, amount: int) -> dict[str, object]:
    output = single.declaration.output(name)
    low, high = ends(single, name)
    shown: dict[str, object] = {"value": in_print(amount, output), "unit": output.printed, "low": low, "high": high}
    if output.words_of:
        shown["word"] = _word(single, output, amount)
    return {**shown, "small_unit": output.small, "kind": output.kind, "basis": output.basis}


def _word(single: Single, output: Output, amount: int) -> str:
    """The word that a result is the place of."""
    words = next(i.words for i in single.declaration.inputs if output.words_of in (i.name, i.series))
    return words[int(in_print(amount, output))][0]


def _factors(single: Single, reference: Reference | None, lang: Lang) -> list[dict[str, object]]:
    found = []
    for filled in single.done.filled.values():
        use, result = filled.use(0), filled.found(0)
        if use is None or not filled.needed[0] or isnan(filled.values[0]):
            continue
        row: dict[str, object] = {"id": filled.slot.id, "slot": filled.slot.slot, "found": use.found, "key": use.key}
        if result is None or result.factor is None:
            row |= {"region": None, "value": float(filled.values[0]), "unit": filled.slot.unit, "data_year": None, "source": None}
        else:
            factor = result.factor
            row |= {"region": factor.region, "value": float(factor.value), "unit": factor.unit}
            row |= {"data_year": factor.data_year, "source": factor.source, "locator": factor.locator, "verified": factor.verified}
            row |= {"document": factor_title(factor, reference, lang)} if reference else {}
        found.append(row)
    return found


def _attribution(single: Single, outputs: dict[str, Output]) -> dict[str, object] | None:
    if single.share is None:
        return None
    shown = {name: _part(single, amount, outputs[name]) for name, amount in single.amounts.items() if outputs[name].additive}
    return {
        "share": float(single.share.share),
        "numerator": float(single.share.numerator),
        "denominator": float(single.share.denominator),
        "outputs": outputs_together(single, shown),
    }


def _part(single: Single, amount: int, output: Output) -> dict[str, object]:
    is_shared = "balance" in {i.name for i in single.declaration.inputs}  # the results are the bank's part already
    share = single.share.share if single.share and not is_shared else Fraction(1)

    def part(whole: int) -> float:
        return in_print(int(round_half_up(Fraction(whole) * share, 0)), output)

    shown: dict[str, object] = {"value": part(amount), "unit": output.printed, "low": None, "high": None}
    if single.uncertain and output.name in single.uncertain.low:
        shown |= {"low": part(single.uncertain.low[output.name]), "high": part(single.uncertain.high[output.name])}
    return shown


def _problem(problem: Problem, lang: Lang) -> dict[str, object]:
    return {
        "code": problem.code,
        "severity": str(problem.severity),
        "where": problem.where,
        "message": in_words(problem, lang),
        "params": dict(problem.params),
    }

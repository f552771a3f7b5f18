"""What a single measurement says beside its results: where inputs come from, intervals, spans, what was solved, and its lineage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from greenfin._version import __version__
from greenfin.measure.lists_json import inputs_together
from greenfin.measure.one import Single
from greenfin.measure.settings import settings
from greenfin.measure.slots import needed
from greenfin.methods.declare import Output
from greenfin.methods.numbers import plain_number, printed
from greenfin.methods.show import fingerprint

if TYPE_CHECKING:
    from greenfin.measure.ranges import Spread
    from greenfin.reference.load import Reference


def in_print(amount: int, output: Output) -> float:
    """An amount of the small unit in the printed one, for JSON."""
    return float(printed(amount, output))


def unseen_json(single: Single) -> list[dict[str, object]]:
    """Numbers of the method itself that count here and whose document was not seen, told beside the factors as those not verified."""
    case = single.done.case
    return [
        {"id": p.name, "slot": p.name, "found": "unverified", "key": f"{case.declaration.id}:{p.name}", "region": None}
        | {"value": float(p.value), "unit": p.unit, "data_year": None, "source": p.source}
        for p in case.declaration.parameters_for(case.choices)
        if not p.verified and needed(case, p)[0]
    ]


def ends(single: Single, name: str) -> tuple[float | None, float | None]:
    """The interval of a result in its printed unit; None where no range was given."""
    if single.uncertain is None or name not in single.uncertain.low:
        return None, None
    output = single.declaration.output(name)
    return in_print(single.uncertain.low[name], output), in_print(single.uncertain.high[name], output)


def inputs_json(single: Single) -> dict[str, object]:
    """Each input (a list as one) with its value as stated and where it came from: given, middle of its range, solved for, or assumed."""
    done = single.done
    shown: dict[str, dict[str, object]] = {}
    for name, (value, unit) in single.given.items():
        used = name in done.used and not np.isnan(done.used[name][0])
        shown[name] = {"value": float(value), "unit": unit, "from": _origin(single, name), "used": used}
    for name in (name for name, flags in done.assumed.items() if flags[0]):
        spec = done.case.declaration.input(name)
        shown[name] = {"value": float(done.used[name][0]), "unit": spec.unit, "from": "assumed", "used": True}
    return inputs_together(single, shown)


def _origin(single: Single, name: str) -> str:
    if single.solved and single.solved.input == name:
        return "solved"
    taken = any(p.code == "measure.range_middle" and p.where == name for p in single.problems)
    return "middle_of_range" if taken else "given"


def interval_json(single: Single) -> dict[str, object] | None:
    """How the intervals were made; None without ranges."""
    found = single.uncertain
    if found is None:
        return None
    known = settings()
    made = {"confidence": known.confidence, "draws": known.draws, "seed": known.seed, "how": dict(found.how)}
    return {**made, "ranges": [{**_spread(spread), "shape": spread.shape} for spread in found.spreads]}


def tornado_json(single: Single) -> dict[str, object]:
    """Per result what each range alone makes of it, the greatest first."""
    if single.uncertain is None:
        return {}
    shown: dict[str, object] = {}
    for name, bars in single.uncertain.tornado.items():
        output = single.declaration.output(name)
        found = [(bar.spread, in_print(bar.at_low, output), in_print(bar.at_high, output)) for bar in bars]
        shown[name] = [{**_spread(spread), "at_low": low, "at_high": high} for spread, low, high in found]
    return shown


def _spread(spread: Spread) -> dict[str, object]:
    return {"name": spread.name, "low": spread.low, "high": spread.high, "unit": spread.unit}


def spans_json(single: Single, reference: Reference) -> dict[str, object]:
    """Per result the smallest and the greatest that the choices of the documents give, and what each choice gives."""
    from greenfin.measure.span import spans

    shown: dict[str, object] = {}
    for name, span in spans(single.done, reference).items():
        output = single.declaration.output(name)
        cases = [{"value": in_print(amount, output), "conventions": dict(choices)} for amount, choices in span.cases]
        spread = None if span.spread is None else round(span.spread, settings().digits)
        shown[name] = {"unit": output.printed, "by": list(span.by), "low": cases[0], "high": cases[-1], "spread": spread, "cases": cases}
    return shown


def solved_json(single: Single) -> dict[str, object] | None:
    """The input that was solved for, and the result it reaches."""
    found = single.solved
    if found is None:
        return None
    output = single.declaration.output(found.output)
    asked = {"output": found.output, "wanted": in_print(round(found.wanted), output), "unit": output.printed}
    return {**asked, "input": found.input, "value": float(found.value), "input_unit": found.unit}


def lineage_json(single: Single) -> dict[str, object]:
    """What travels with the results: the program, the method and its version, the day and the place, how amounts are rounded."""
    case = single.done.case
    return {
        "greenfin": __version__,
        "method": case.declaration.id,
        "declaration": fingerprint(case.declaration),
        "on": case.on.isoformat(),
        "region": case.projects.regions[0],
        "factor_set": case.factor_set,
        "parameters": [
            {"name": p.name, "value": plain_number(p.value), "unit": p.unit, "source": p.source}
            for p in case.declaration.parameters_for(case.choices)
        ],
        "rounding": {"to": "small_unit", "half": "away_from_zero"},
    }

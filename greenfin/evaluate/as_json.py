"""An evaluation as the contract's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from greenfin.evaluate.evaluation import Evaluation
from greenfin.evaluate.series import shown
from greenfin.evaluate.what_if import WhatIf


def as_json(found: Evaluation) -> dict[str, object]:
    """The scores of a quarter: values are ratios, scores run to 100, an indicator's ``score`` is its points in the quantitative score."""
    return {
        "quarter": shown(found.quarter),
        "scheme": {
            "id": found.scheme.id,
            "document": found.scheme.document,
            "applies_from": found.scheme.applies_from.isoformat(),
            "unverified": list(found.scheme.unverified),
        },
        "indicators": [
            {
                "id": one.id,
                "value": number(one.value),
                "own_mean": number(one.own_mean),
                "peers_mean": number(one.peers_mean),
                "longitudinal": number(one.longitudinal),
                "cross": number(one.cross),
                "score": number(one.score),
            }
            for one in found.indicators
        ],
        "quantitative": number(found.quantitative),
        "quantitative_known": number(found.known),
        "marks": {name: number(value) for name, value in found.marks.items()},
        "qualitative": number(found.qualitative),
        "final": number(found.final),
        "simulated": found.scheme.is_simulated,
    }


def what_if_json(found: WhatIf | None) -> Mapping[str, object] | None:
    """The answer to a what-if: lending in yuan."""
    if found is None:
        return None
    lending = None if found.lending is None else {"value": number(found.lending), "unit": "CNY"}
    scores = {"from": number(found.now), "to": number(found.wanted), "reached": number(found.reached)}
    return {"target": found.target, **scores, "green_lending": lending}


def number(value: Fraction | None) -> float | None:
    """A fraction as a JSON number."""
    return None if value is None else float(value)

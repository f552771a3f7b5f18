"""What ``method show`` tells, and that declarations and formulas fit together."""

from __future__ import annotations

import json

import numpy as np
import pytest

from greenfin.core.problems import Refused
from greenfin.core.units import dimension, parse_unit
from greenfin.methods.declare import Declaration
from greenfin.methods.registry import METHODS, calculate, method, method_json

DECLARED = [pytest.param(m.declaration, id=name) for name, m in METHODS.items()]


@pytest.mark.parametrize("declaration", DECLARED)
def test_show_names_everything(declaration: Declaration) -> None:
    shown = json.loads(json.dumps(method_json(declaration)))
    assert shown["id"] == declaration.id
    for key in ("name_zh", "name_en", "source", "evidence"):
        assert shown[key]
    for given in shown["inputs"]:
        assert given["dimension"] == dimension(given["unit"])
        assert given["name_zh"]
        assert given["name_en"]
    assert [o["name"] for o in shown["outputs"]] == [o.name for o in declaration.outputs]
    assert set(shown["conventions"]) == {c.name for c in declaration.conventions}


@pytest.mark.parametrize("declaration", DECLARED)
def test_everything_named_in_a_declaration_is_declared(declaration: Declaration) -> None:
    inputs = {i.name for i in declaration.inputs}
    for way in declaration.ways:
        assert set(way.needs) | set(way.refined_by) <= inputs
    for names in (*declaration.any_of, *(i.inputs for i in declaration.indicators), *(s.for_inputs for s in declaration.slots)):
        assert set(names) <= inputs
    choices = {c.name: {choice.name for choice in c.choices} for c in declaration.conventions}
    for when in [*(s.when for s in declaration.slots), *(p.when for p in declaration.parameters)]:
        for convention, allowed in when.items():
            assert set(allowed) <= choices[convention]
    fixed = {p.name for p in declaration.parameters}
    for reading in [r for i in declaration.inputs for r in i.reads]:
        assert not reading.over or reading.over in fixed
        assert parse_unit(reading.from_unit)


@pytest.mark.parametrize("declaration", DECLARED)
def test_a_formula_gives_nothing_from_nothing(declaration: Declaration) -> None:
    empty = {i.name: np.full(2, np.nan) for i in declaration.inputs}
    slots = {s.slot: np.full(2, np.nan) for s in declaration.slots}
    choices = {c.name: c.default for c in declaration.conventions}
    result = calculate(declaration, empty, stated=empty, slots=slots, choices=choices)
    assert set(result.outputs) == {o.name for o in declaration.outputs}
    assert all(np.isnan(values).all() for values in (*result.outputs.values(), *result.indicators.values()))


def test_an_unknown_method_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Refused) as refused:
        method("CBRC-NOTHING")
    assert "CBRC-PWR" in str(refused.value.problem.params["known"])

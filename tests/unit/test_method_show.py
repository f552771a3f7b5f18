"""What ``method show`` tells, and that declarations and formulas fit together."""

from __future__ import annotations

import json
from datetime import date
from typing import Literal

import numpy as np
import pytest

from greenfin.cli.methods import _lines
from greenfin.cli.session import Session
from greenfin.core.problems import Refused
from greenfin.core.units import dimension, parse_unit, quantity
from greenfin.measure import measure_one
from greenfin.methods.choices import choices_of
from greenfin.methods.declare import BASES, KINDS, Declaration, Input, Output, Way, declaration_of
from greenfin.methods.parts import years_given
from greenfin.methods.registry import METHODS, Given, calculate, method, method_json
from greenfin.reference.load import load

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
    for names in (
        *declaration.any_of,
        *declaration.together,
        *(i.inputs for i in declaration.indicators),
        *(s.for_inputs for s in declaration.slots),
    ):
        assert set(names) <= inputs
    choices = {c.name: {choice.name for choice in c.choices} for c in declaration.conventions}
    for when in [*(s.when for s in declaration.slots), *(p.when for p in declaration.parameters)]:
        for convention, allowed in when.items():
            assert set(allowed) <= choices[convention]
    fixed = {p.name for p in declaration.parameters}
    assert all({*p.for_inputs, *p.unless} <= inputs for p in declaration.parameters)
    assert all(p.verified == ("未见" not in p.source) for p in declaration.parameters)
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
    assert measure_one(declaration.id, {}, load(), on=date(2025, 12, 31), region="CN").amounts == {}


def test_an_unknown_method_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Refused) as refused:
        method("CBRC-NOTHING")
    assert "CBRC-PWR" in str(refused.value.problem.params["known"])


@pytest.mark.parametrize("declaration", DECLARED)
def test_what_a_result_is_and_stands_for_is_declared(declaration: Declaration) -> None:
    for output in declaration.outputs:
        assert output.kind in KINDS
        assert output.basis in BASES
        if output.kind in ("reduction", "removal", "credit", "emission"):
            assert output.small != "s"
        if output.name.startswith("baseline_"):
            assert output.kind == "amount"  # what would have been is no emission of anybody
    assert declaration.basis in BASES


def test_no_entry_or_scene_has_a_method_that_a_book_cannot_use() -> None:
    """Loans share in the results of mapped methods: one that is the bank's part already would be shared twice."""
    reference = load()
    mapped = {rule.method for rule in reference.method_map} | {scene.method for scene in reference.scenes.values() if scene.is_computable}
    for name in mapped:
        declared = METHODS[name].declaration
        assert not {"balance", "avg_balance", "loan", "proceeds", "facility_balance", "balance_foreign"} & {i.name for i in declared.inputs}
        assert "share" not in {o.name for o in declared.outputs}
        assert all(p.verified for p in declared.parameters)  # policies look at factors alone


def test_shared_conventions_come_with_their_factors() -> None:
    power = method("CBRC-PWR").declaration
    chosen = choices_of(power, {"co2": "combined_margin", "margin": "other"})
    slots = {s.slot: s.id for s in power.slots_for(chosen)}
    assert slots["om_rate"] == "grid.om"
    assert slots["om_weight"] == "grid.cm.w_om.other.cp1"
    assert "co2_rate" not in slots
    assert "margin" not in choices_of(power, {})


def test_a_series_is_one_input_a_year_that_needs_the_first() -> None:
    raw = dict.fromkeys(("name_zh", "name_en", "source_zh", "source_en", "clause", "evidence"), "x")
    mass = {"name": "waste", "unit": "t", "name_zh": "x", "name_en": "x", "series": 3}
    declared = declaration_of({**raw, "id": "M", "ways": [{"needs": ["waste"]}], "inputs": [mass], "outputs": []})
    assert [i.name for i in declared.inputs] == ["waste_1", "waste_2", "waste_3"]
    assert declared.ways == (Way(("waste_1",), ("waste_2", "waste_3")),)
    columns = {i.name: quantity(np.array([i.year * 10.0, np.nan if i.year > 1 else 5.0]), "t") for i in declared.inputs}
    given = Given(columns, {}, {})
    assert [year for year, _ in given.series("waste")] == [1, 2, 3]
    assert years_given(given, "waste").magnitude.tolist() == [3, 1]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_show_tells_everything_in_words(lang: Literal["zh", "en"]) -> None:
    session = Session(lang, False, None)
    for declared in METHODS.values():
        told = "\n".join(_lines(session, method_json(declared, {"green-finance-2025": ["4.2.1"]})))
        assert "4.2.1" in told
        assert declared.declaration.clause in told
        each: list[Input | Output] = [*declared.declaration.inputs, *declared.declaration.outputs]
        assert all((one.name_zh if lang == "zh" else one.name_en) in told for one in each)

"""One project by hand: conventions, what is refused, and what travels with the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from greenfin.core.units import parse_quantity
from greenfin.measure import Single, measure_one, single_json
from greenfin.methods.registry import METHODS
from greenfin.methods.show import fingerprint
from greenfin.reference.load import load

REFERENCE = load()
DAY = date(2025, 12, 31)


def measured(of: str, *, conventions: Mapping[str, str] | None = None, region: str = "CN-JS", **given: str) -> Single:
    quantities = {name: parse_quantity(text) for name, text in given.items()}
    return measure_one(of, quantities, REFERENCE, on=DAY, region=region, conventions=conventions or {})


def codes(single: Single) -> set[str]:
    return {problem.code for problem in single.problems}


def test_the_first_year_by_its_months() -> None:
    whole = measured("CBRC-PWR", supply="1000MWh", months_in_operation="3月").amounts
    part = measured("CBRC-PWR", conventions={"first_year": "pro_rata"}, supply="1000MWh", months_in_operation="3月").amounts
    assert part["energy"] * 4 == whole["energy"]
    assert part["co2"] * 4 == whole["co2"]
    assert part["tce_first_year"] == whole["tce_first_year"] == part["tce"]


def test_a_first_year_without_months_is_a_full_one_and_told() -> None:
    part = measured("CBRC-PWR", conventions={"first_year": "pro_rata"}, supply="1000MWh")
    assert part.amounts == measured("CBRC-PWR", supply="1000MWh").amounts
    assert "measure.full_year_taken" in codes(part)
    assert part.done.case.choices["first_year"] == "pro_rata"


def test_a_combined_margin_weighs_the_margins_of_the_grid() -> None:
    wind = measured("CBRC-PWR", conventions={"co2": "combined_margin", "margin": "wind_solar"}, supply="1000MWh", region="CN-GRID-E")
    water = measured("CBRC-PWR", conventions={"co2": "combined_margin"}, supply="1000MWh", region="CN-GRID-E")
    om, bm = (wind.done.filled[slot].values[0] for slot in ("om_rate", "bm_rate"))
    assert wind.amounts["co2"] == pytest.approx(1e9 * (3 * om + bm) / 4, abs=1)
    assert water.amounts["co2"] == pytest.approx(1e9 * (om + bm) / 2, abs=1)


def test_no_margin_without_a_grid() -> None:
    nation = measured("CBRC-PWR", conventions={"co2": "combined_margin"}, supply="1000MWh", region="CN")
    assert "co2" not in nation.amounts
    assert "measure.factor_missing" in codes(nation)


def test_the_set_of_warming_potentials_is_a_convention() -> None:
    sets = ("ar4", "ar5", "ar6")
    found = {gwp: measured("CDM-TOOL04-FOD", conventions={"gwp": gwp}, waste="1000t", doc="0.15", k="0.09") for gwp in sets}
    weights = {gwp: float(single.done.filled["gwp_ch4"].values[0]) for gwp, single in found.items()}
    assert weights == {"ar4": 25, "ar5": 28, "ar6": 27.9}
    methane = [single.amounts["co2e"] / weights[gwp] for gwp, single in found.items()]
    assert methane == pytest.approx([methane[0]] * 3, abs=0.1)
    assert single_json(found["ar6"], "en")["conventions"]["gwp"] == "ar6"  # type: ignore[index]


def test_a_series_of_years_adds_up() -> None:
    one = measured("CDM-TOOL04-FOD", waste="1000t", doc="0.15", k="0.09").amounts["co2e"]
    two = measured("CDM-TOOL04-FOD", waste_1="1000t", waste_2="1000t", doc="0.15", k="0.09").amounts["co2e"]
    assert one < two < 2 * one


def test_the_lineage_of_a_result() -> None:
    shown = single_json(measured("CBRC-PWR", capacity="50MW", hours="2000h", own_use="3%"), "en", REFERENCE)
    lineage: Any = shown["lineage"]
    assert (lineage["method"], lineage["on"], lineage["region"]) == ("CBRC-PWR", "2025-12-31", "CN-JS")
    assert lineage["declaration"] == fingerprint(METHODS["CBRC-PWR"].declaration)
    inputs: Any = shown["inputs"]
    assert {name: each["from"] for name, each in inputs.items()} == {
        "capacity": "given",
        "hours": "given",
        "own_use": "given",
        "curtailment": "assumed",
    }
    factors: Any = shown["factors"]
    assert all(each["document"] and each["found"] and each["key"] for each in factors)


def test_the_version_of_a_method_changes_with_any_number_of_it() -> None:
    declared = METHODS["CBRC-IND-EE"].declaration
    (coal,) = declared.parameters
    other = replace(declared, parameters=(replace(coal, value=coal.value + 1),))
    assert fingerprint(other) != fingerprint(declared)
    assert fingerprint(replace(declared)) == fingerprint(declared)


def test_shares_and_hours_are_never_shared_out() -> None:
    single = measured("CBRC-PWR", capacity="50MW", hours="2000h", balance="1亿元", total_invest="4亿元")
    shown: Any = single_json(single, "en")
    assert "full_hours" in shown["outputs"]
    assert "full_hours" not in shown["attribution"]["outputs"]
    assert shown["attribution"]["outputs"]["energy"]["value"] * 4 == shown["outputs"]["energy"]["value"]

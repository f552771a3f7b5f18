"""One project by hand: conventions, what is refused, and what travels with the result."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from greenfin.core.units import parse_quantity
from greenfin.measure import Single, measure_one
from greenfin.reference.load import load

REFERENCE = load()
DAY = date(2025, 12, 31)


def measured(method: str, *, conventions: Mapping[str, str] | None = None, region: str = "CN-JS", **given: str) -> Single:
    quantities = {name: parse_quantity(text) for name, text in given.items()}
    return measure_one(method, quantities, REFERENCE, on=DAY, region=region, conventions=conventions or {})


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
    wind = measured("CBRC-PWR", conventions={"co2": "combined_margin"}, supply="1000MWh", region="CN-GRID-E")
    water = measured("CBRC-PWR", conventions={"co2": "combined_margin", "margin": "other"}, supply="1000MWh", region="CN-GRID-E")
    om, bm = (wind.done.filled[slot].values[0] for slot in ("om_rate", "bm_rate"))
    assert wind.amounts["co2"] == pytest.approx(1e9 * (3 * om + bm) / 4, abs=1)
    assert water.amounts["co2"] == pytest.approx(1e9 * (om + bm) / 2, abs=1)


def test_no_margin_without_a_grid() -> None:
    nation = measured("CBRC-PWR", conventions={"co2": "combined_margin"}, supply="1000MWh", region="CN")
    assert "co2" not in nation.amounts
    assert "measure.factor_missing" in codes(nation)

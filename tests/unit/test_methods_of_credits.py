"""What must hold of the credit methods beyond single cases: years of decay add up, weights agree, deductions are absent or taken off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenfin.core.units import parse_quantity
from greenfin.measure import measure_one, single_json
from greenfin.reference.load import load

REFERENCE, DAY = load(), date(2025, 12, 31)
ONE = Decimal(1)


def results(method: str, stated: Mapping[str, str], conventions: Mapping[str, str] | None = None, region: str = "CN-GD") -> dict[str, int]:
    """The outputs in their small units."""
    quantities = {name: parse_quantity(text) for name, text in stated.items()}
    return measure_one(method, quantities, REFERENCE, on=DAY, region=region, conventions=conventions or {}).amounts


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=6), st.integers(1, 8))
def test_the_years_of_decay_add_up_to_what_is_told_of_all(waste: list[int], last: int) -> None:
    stated = {f"waste_{year}": f"{mass} t" for year, mass in enumerate(waste, 1)} | {"share_food": "60 %", "share_paper": "20 %"}
    years = [results("CDM-TOOL04-FOD", {**stated, "year": str(year)}) for year in range(1, last + 1)]
    summed = sum(each["co2e"] for each in years)
    assert years[-1]["co2e_total"] == pytest.approx(summed, rel=1e-9, abs=last)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 10**6), st.integers(1, 12), st.integers(1, 20))
def test_the_same_mass_a_year_is_the_series_of_it(mass: int, years: int, year: int) -> None:
    kinds = {"doc": "0.15", "k": "0.17", "year": str(year)}
    series = results("CDM-TOOL04-FOD", {f"waste_{each}": f"{mass} t" for each in range(1, years + 1)} | kinds)
    steady = results("CDM-TOOL04-FOD", {"waste_a_year": f"{mass} t", "years": str(years)} | kinds)
    for name in ("co2e", "co2e_total", "waste"):
        assert steady[name] == pytest.approx(series[name], rel=1e-9, abs=1)


@pytest.mark.parametrize(("conventions", "weight"), [({}, "0.75"), ({"margin": "other"}, "0.5"), ({"margin": "other_later"}, "0.25")])
def test_the_weight_of_a_convention_is_the_weight_stated(conventions: dict[str, str], weight: str) -> None:
    stated = {"supply": "100000 MWh", "om": "0.9 tCO2/MWh", "bm": "0.5 tCO2/MWh"}
    assert results("CDM-ACM0002", stated, conventions) == results("CDM-ACM0002", {**stated, "weight": weight})


def test_small_and_large_plants_of_one_grid_agree() -> None:
    stated = {"supply": "15000 MWh"}
    small, large = results("CDM-AMS-I.D", stated), results("CDM-ACM0002", stated)
    assert small["co2e"] == large["co2e"] > 0


@pytest.mark.parametrize("name", ["project_emissions", "leakage"])
def test_what_is_stated_of_emissions_is_taken_off(name: str) -> None:
    stated = {"supply": "1000 MWh", "margin_stated": "0.8 tCO2/MWh"}
    without, taken = results("CDM-ACM0002", stated), results("CDM-ACM0002", {**stated, name: "10 tCO2e"})
    assert without["co2e"] - taken["co2e"] == 10 * 10**6


def test_waste_that_is_not_told_by_kind_has_no_figure() -> None:
    single = measure_one("CDM-TOOL04-FOD", {"waste_1": (ONE, "t")}, REFERENCE, on=DAY)
    assert single.amounts == {}
    assert [p.code for p in single.problems] == ["measure.input_missing"]


def test_a_bond_asks_for_no_balance() -> None:
    stated = {"result_co2": (Decimal(100000), "tCO2"), "proceeds": (ONE, "亿元"), "total_invest": (Decimal(4), "亿元")}
    single = measure_one("GB-ATTR", stated, REFERENCE, on=DAY)
    assert single.share is None
    assert single.amounts["co2"] == 25000 * 10**6
    assert single.problems == ()


def test_what_is_the_banks_part_is_not_shared_again() -> None:
    stated = {"result_tce": (Decimal(10000), "tce"), "balance": (Decimal(4), "亿元"), "total_invest": (Decimal(10), "亿元")}
    shown = single_json(measure_one("CBRC-ATTR", stated, REFERENCE, on=DAY), "en")
    outputs, attribution = shown["outputs"], shown["attribution"]
    assert isinstance(outputs, dict)
    assert isinstance(attribution, dict)
    assert outputs["tce"]["value"] == attribution["outputs"]["tce"]["value"] == 4000
    assert attribution["share"] == 2 / 5


@pytest.mark.parametrize(
    ("method", "stated", "conventions", "gone"),
    [
        ("CDM-ACM0001", {"methane": "1000000 Nm3", "destruction": "1", "electricity_use": "9000 MWh"}, {"co2": "combined_margin"}, "co2e"),
        ("CDM-ACM0012", {"supply": "1000 MWh", "heat": "5 TJ"}, {"co2": "combined_margin"}, "co2e"),
        ("CDM-ACM0012", {"heat": "5 TJ", "electricity_use": "500 MWh"}, {"co2": "combined_margin"}, "project_co2e"),
        ("CBRC-WHR", {"supply": "1000 MWh", "heat": "5000 GJ", "boiler_efficiency": "80 %"}, {"co2": "combined_margin"}, "co2"),
        ("CBRC-LFG", {"methane_mass": "100 t", "supply": "1000 MWh"}, {"co2": "combined_margin"}, "co2e"),
    ],
)
def test_a_sum_does_not_go_on_without_a_factor_it_needs(
    method: str, stated: dict[str, str], conventions: dict[str, str], gone: str
) -> None:
    quantities = {name: parse_quantity(text) for name, text in stated.items()}
    single = measure_one(method, quantities, REFERENCE, on=DAY, region="CN", conventions=conventions)
    codes = {p.code for p in single.problems}
    assert gone not in single.amounts
    assert "measure.factor_missing" in codes
    assert not codes & {"measure.result_impossible", "measure.indicator_unusual"}
    assert gone in measure_one(method, quantities, REFERENCE, on=DAY, region="CN-SC").amounts


@pytest.mark.parametrize(
    ("method", "stated", "lacking"),
    [
        ("NFRA-HEATPOWER", {"supply": "1000000 kWh", "cofired": "200 t"}, "cofired_coefficient"),
        ("NFRA-COGEN", {"supply": "1000000 kWh", "supply_coal_rate": "0.25 kgce/kWh", "heat": "10000 GJ"}, "heat_coal_rate"),
        ("NFRA-BIOFUEL", {"generation": "1000000 kWh", "solid_fuel": "1000 t"}, "solid_calorific"),
        ("CDM-ACM0002", {"supply": "100000 MWh", "margin_stated": "0.8 tCO2/MWh", "steam": "1000 t"}, "steam_co2"),
        ("CDM-ACM0002", {"supply": "100000 MWh", "margin_stated": "0.8 tCO2/MWh", "reservoir_area": "1000000 m2"}, "capacity"),
        ("CDM-ACM0012", {"supply": "1000 MWh", "leakage_energy": "10 MWh"}, "leakage_ef"),
    ],
)
def test_an_amount_without_what_it_is_counted_with_has_no_figure(method: str, stated: dict[str, str], lacking: str) -> None:
    quantities = {name: parse_quantity(text) for name, text in stated.items()}
    single = measure_one(method, quantities, REFERENCE, on=DAY, region="CN-SC")
    assert single.amounts == {}
    (problem,) = (p for p in single.problems if p.code == "measure.input_missing")
    assert lacking in str(problem.params["needs"])


@pytest.mark.parametrize(
    ("method", "stated", "told"),
    [
        ("CDM-ACM0001", {"methane": "1000 Nm3", "destruction": "1"}, {"default_oxidation"}),
        ("CDM-ACM0001", {"methane": "1000 Nm3", "destruction": "1", "oxidation": "0.1"}, set()),
        ("CCER-01-002", {"supply": "1000 MWh"}, {"om_weight"}),
        ("CCER-01-002", {"supply": "1000 MWh", "margin_stated": "0.8 tCO2/MWh"}, set()),
        ("CRST-LEND", {"principal": "1 亿元", "days": "90"}, {"days_a_year"}),
    ],
)
def test_numbers_of_documents_not_seen_are_told_where_they_count(method: str, stated: dict[str, str], told: set[str]) -> None:
    single = measure_one(method, {name: parse_quantity(text) for name, text in stated.items()}, REFERENCE, on=DAY, region="CN-SC")
    factors = single_json(single, "en", REFERENCE)["factors"]
    assert isinstance(factors, list)
    assert {f["slot"] for f in factors if f["key"].startswith(f"{method}:")} == told
    assert all(f["found"] == "unverified" for f in factors if f["slot"] in told)

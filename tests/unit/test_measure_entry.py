"""What the entry or the technology of one project decides, sizes without a unit, and what is told in words."""

from __future__ import annotations

from datetime import date

import pytest

from greenfin.core.problems import Refused
from greenfin.measure import Single, measure_one
from greenfin.methods.worded import in_words
from greenfin.reference.load import load

REFERENCE = load()
DAY = date(2025, 12, 31)


def measured(of: str, *, entry: str = "", region: str = "CN-GRID-E", margins: bool = False, **given: str) -> Single:
    conventions = {"co2": "combined_margin"} if margins else {}
    return measure_one(of, given, REFERENCE, on=DAY, region=region, entry=entry, conventions=conventions)


def codes(single: Single) -> list[str]:
    return [problem.code for problem in single.problems]


@pytest.mark.parametrize("entry", ["4.2.4", "green-bond-2021:3.2.2.4", "大型水力发电设施建设和运营", "水电", "Hydro"])
def test_an_entry_its_name_or_a_technology_tells_the_weights(entry: str) -> None:
    single = measured("CDM-ACM0002", entry=entry, supply="100GWh")
    assert single.done.case.choices["margin"] == "other"
    assert "measure.technology_taken" not in codes(single)


@pytest.mark.parametrize(
    ("technology", "margin"), [("海上风电", "wind_solar"), ("集中式光伏", "wind_solar"), ("生物质", "other"), ("nuclear", "other")]
)
def test_a_technology_among_the_inputs_does_so_too(technology: str, margin: str) -> None:
    single = measured("CBRC-PWR", margins=True, supply="100GWh", technology=technology)
    assert single.done.case.choices["margin"] == margin
    assert codes(single) == ["measure.entry_taken"]


def test_an_entry_decides_what_is_plausible() -> None:
    single = measured("CBRC-PWR", entry="4.2.2", capacity="100MW", hours="4000h")
    assert "measure.indicator_unusual" in codes(single)
    assert "measure.indicator_unusual" not in codes(measured("CBRC-PWR", entry="4.2.1", capacity="100MW", hours="4000h"))


def test_what_nobody_told_is_told() -> None:
    single = measured("CDM-ACM0002", supply="100GWh")
    (told,) = single.problems
    assert told.code == "measure.technology_taken"
    assert "margin=wind_solar" in in_words(told, "en")
    assert measured("CDM-ACM0002", supply="100GWh", om="0.9tCO2/MWh", bm="0.5tCO2/MWh", weight="0.75").problems == ()


def test_a_reservoir_is_hydropower() -> None:
    single = measured("CDM-ACM0002", supply="100GWh", reservoir_area="1km2", capacity="50MW")
    assert single.done.case.choices["margin"] == "other"
    assert codes(single) == ["measure.choice_by_input"]


@pytest.mark.parametrize("entry", ["9.9.9", "风险", "green-bond-2021:9.9", "no-such:4.2.1"])
def test_what_is_no_entry_is_refused(entry: str) -> None:
    with pytest.raises(Refused):
        measured("CBRC-PWR", entry=entry, supply="100GWh")


def test_two_technologies_are_refused() -> None:
    with pytest.raises(Refused):
        measured("CBRC-PWR", entry="4.2.1", supply="100GWh", technology="光伏")


def test_a_size_of_money_is_yuan_and_told() -> None:
    short = measured("CBRC-PWR", supply="100GWh", balance="3000万", total_invest="6.5亿")
    whole = measured("CBRC-PWR", supply="100GWh", balance="3000万元", total_invest="6.5亿元")
    assert short.share == whole.share
    assert [code for code in codes(short) if code not in codes(whole)] == ["measure.money_in_yuan"] * 2


def test_a_size_of_anything_else_lacks_its_unit() -> None:
    single = measured("CBRC-PWR", generation="1.2亿")
    assert single.amounts == {}
    (problem,) = (each for each in single.problems if each.code == "measure.unit_after_size")
    assert "千瓦时" in in_words(problem, "zh")


def test_a_size_of_a_number_is_a_number() -> None:
    fleet = {"mileage": "5万km", "fuel_before": "30L/100km", "electricity_after": "100kWh/100km"}
    assert measured("CBRC-NEV", vehicles="1.2万", **fleet).amounts == measured("CBRC-NEV", vehicles="12000辆", **fleet).amounts

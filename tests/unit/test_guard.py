"""The guard of magnitudes: wrong powers of ten in inputs and money are told with the input and the slip, right sizes are not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from greenfin.core.columns import table_of
from greenfin.core.problems import Problem
from greenfin.core.slips import fitting, slips, told
from greenfin.measure import measure
from greenfin.measure.claims import words
from greenfin.measure.one import measure_one
from greenfin.methods.bands import _scale, odd, ranges
from greenfin.methods.declare import declarations
from greenfin.reference.load import load
from tests.measured_book import DAY, book_of, given, loan, project, tag

REFERENCE = load()
TOLD = ("measure.magnitude", "measure.indicator_unusual", "measure.input_unusual", "measure.input_impossible")
FARM = {"supply": "220000 MWh", "capacity": "100 MW", "total_invest": "65000 万元", "balance": "45500 万元"}
WORKS = {"flow": "20000 m3/d", "days": "365 d", "load_rate": "80 %", "cod_in": "300 mg/L", "cod_out": "50 mg/L", "total_invest": "1 亿元"}
BUSES = {"vehicles": "100 辆", "mileage": "60000 km/辆", "fuel_before": "40 L/100km", "electricity_after": "100 kWh/100km"}
BUSES |= {"total_invest": "1 亿元"}
SAVING = {"energy_before": "115 kgce/t", "energy_after": "105 kgce/t", "output": "1500000 t", "total_invest": "5000 万元"}
GAS = {"gas": "1000 万Nm3", "calorific": "38.931 MJ/Nm3", "total_invest": "5000 万元"}
PROJECTS = {"CBRC-PWR": FARM, "CBRC-WWTP": WORKS, "CBRC-NEV": BUSES, "CBRC-IND-EE": SAVING, "CBRC-NG": GAS}


def asked(method: str, inputs: dict[str, str]) -> list[Problem]:
    pairs = {name: text.split(" ", 1) for name, text in inputs.items()}
    single = measure_one(method, {name: (Decimal(value), unit) for name, (value, unit) in pairs.items()}, REFERENCE, on=date(2025, 12, 31))
    return [p for p in single.problems if p.code in TOLD]


@pytest.mark.parametrize("method", PROJECTS)
def test_right_sizes_are_not_told(method: str) -> None:
    assert asked(method, PROJECTS[method]) == []


@pytest.mark.parametrize(
    ("method", "name", "text", "slip"),
    [
        ("CBRC-PWR", "total_invest", "65000 元", "×10000"),
        ("CBRC-PWR", "total_invest", "650 亿元", "÷100 "),
        ("CBRC-PWR", "capacity", "100 kW", "÷1000 "),
        ("CBRC-PWR", "capacity", "100 GW", "×1000 "),
        ("CBRC-PWR", "supply", "220000 万kWh", "÷10"),
        ("CBRC-PWR", "supply", "220000 kWh", "×1000"),
        ("CBRC-PWR", "supply", "2.2 万kWh", "×"),
        ("CBRC-WWTP", "flow", "20000 万m3/d", "10000 "),
        ("CBRC-WWTP", "total_invest", "10000 元", "×10000 "),
        ("CBRC-NEV", "mileage", "6000000 km/辆", "÷100"),
        ("CBRC-NEV", "fuel_before", "400 L/100km", "÷10"),
        ("CBRC-NEV", "total_invest", "1 万元", "×"),
        ("CBRC-IND-EE", "output", "1500000 万t", "÷10000"),
        ("CBRC-IND-EE", "total_invest", "5000 元", "÷10000 "),
        ("CBRC-NG", "calorific", "43.1 MJ/Nm3", "÷1.108 (gross / net"),
    ],
)
def test_wrong_sizes_are_told_with_their_slip(method: str, name: str, text: str, slip: str) -> None:
    found = asked(method, PROJECTS[method] | {name: text})
    assert any(slip in str(p.params.get("slip")) for p in found), [dict(p.params) for p in found]
    assert any(name in f"{p.params.get('inputs')} {p.params.get('input')}" for p in found)


def test_mixed_conventions_are_told() -> None:
    pair = (Decimal("0.5366"), "tCO2/MWh"), (Decimal("0.1229"), "kgce/kWh")
    own = dict(zip(("grid.avg", "coal.net"), pair, strict=True))
    single = measure_one("CBRC-PWR", {"supply": (Decimal(1000), "MWh")}, REFERENCE, on=date(2025, 12, 31), own_factors=own)
    assert [p.params["ratio"] for p in single.problems if p.code == "measure.magnitude"] == ["co2 / tce"]


def test_a_place_with_its_own_factor_is_not_asked_for_the_band_of_national_factors() -> None:
    supply = {"supply": (Decimal(1000), "MWh")}
    single = measure_one("CBRC-PWR", supply, REFERENCE, on=date(2025, 12, 31), region="CN-YN")
    assert [p for p in single.problems if p.code == "measure.magnitude"] == []


def test_the_investment_of_a_project_of_the_book() -> None:
    inputs = [given("P1", "supply", 220000, "MWh"), given("P1", "capacity", 100, "MW")]
    for fen, count in ((65_000 * 10**6, 0), (65_000 * 10**2, 4)):
        book = book_of(loans=[loan("L1", "P1")], projects=[project("P1", total=fen)], inputs=inputs)
        found = measure(book, table_of("tags", [tag("L1", "4.2.1")]), REFERENCE, on=DAY).problems
        magnitudes = [p for p in found if p.code == "measure.magnitude"]
        assert len(magnitudes) == count
        assert all("total_invest" in str(p.params["inputs"]) and "10000 (" in str(p.params["slip"]) for p in magnitudes)


def test_slips_of_units_that_do_not_fit_the_value_are_not_offered() -> None:
    assert fitting(22000.0, 900.0, 1900.0, unit="h")[0].startswith("÷12 ")
    assert all("亩" not in text for text in fitting(22000.0, 900.0, 1900.0, unit="h"))
    assert [told(value, 1.0, 2.0) for value in (1.5, -3.0, 0.0, float("nan"), float("inf"))] == ["-"] * 5
    assert sorted({slip.factor for slip in slips()}) == [slip.factor for slip in sorted(slips(), key=lambda s: s.factor)]


def test_bands_are_whole_and_of_known_units() -> None:
    units = {i.name: i.unit for d in declarations().values() for i in d.inputs}
    units |= {o.name: o.small for d in declarations().values() for o in d.outputs} | words("base")
    for each in ranges():
        assert each.low < each.high
        assert each.source
        assert each.look_at
        if {each.above, each.below} <= {*units, ""}:
            sizes = {name: (np.asarray([1.0]), units[name]) for name in (each.above, each.below) if name}
            assert _scale(sizes[each.above][1], sizes[each.below][1] if each.below else "1", each.unit) is not None, each


def test_a_ratio_of_other_kinds_or_of_nothing_is_left_aside() -> None:
    one = np.asarray([1.0])
    assert list(odd({"co2": (one, "t"), "tce": (one, "tce")}, method="", entries=[("", "")])) == []
    assert list(odd({"co2": (one, "tCO2"), "tce": (one * 0, "tce")}, method="", entries=[("", "")])) == []

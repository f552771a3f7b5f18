"""Names and units as people write them: other words for inputs and results, a year below, a mass without its substance."""

from __future__ import annotations

import csv
from decimal import Decimal
from functools import partial
from importlib.resources import files

import pytest

from greenfin.core.units import parse_quantity, ratio
from greenfin.measure import Single, measure_one
from greenfin.measure.ranges import parse_range
from greenfin.measure.solve import Target, solve_for
from greenfin.messages.words import LANGUAGES
from greenfin.methods.called import input_called, output_called
from greenfin.methods.declare import declarations
from greenfin.methods.registry import method
from greenfin.methods.worded import in_words
from tests.unit.test_measure_one import DAY, REFERENCE, codes


def measured(of: str, **given: str) -> Single:
    return measure_one(of, {name: parse_quantity(text) for name, text in given.items()}, REFERENCE, on=DAY)


@pytest.mark.parametrize(
    ("of", "words", "own"),
    [
        ("CBRC-PWR", {"装机容量": "100MWp", "利用小时": "1500h"}, {"capacity": "100MW", "hours": "1500h"}),
        ("CBRC-PWR", {"gross generation a year": "5GWh"}, {"generation": "5GWh"}),
        ("CBRC-SO2", {"flow": "1Nm3/h", "hours": "1h", "c_before": "2mg/m3", "c_after": "1mg/m3"}, {}),
        ("CBRC-AGG", {"balance": "1元", "balance_2": "2元", "total_invest": "9元", "result_tce": "9tce"}, {}),
    ],
)
def test_other_words_for_inputs(of: str, words: dict[str, str], own: dict[str, str]) -> None:
    found = measured(of, **words)
    assert found.amounts
    assert not own or found.amounts == measured(of, **own).amounts
    assert ("measure.input_called" in codes(found)) is any(word.isascii() for word in words)


def test_a_value_under_two_names_is_told() -> None:
    found = measured("CBRC-PWR", installed_capacity="90MW", capacity="100MW", hours="1500h")
    assert "measure.input_twice" in codes(found)
    assert found.given["capacity"] == (Decimal(100), "MW")


def test_a_name_that_means_two_inputs_means_none() -> None:
    assert input_called(method("CBRC-AIR").declaration, "c_before") == "c_before"
    assert output_called(method("CBRC-PWR").declaration, "co2e") == "co2"


def test_the_list_of_other_names_names_what_there_is() -> None:
    every = [i.name for d in declarations().values() for i in d.inputs]
    every += [o.name for d in declarations().values() for o in d.outputs]
    every += [s.slot for d in declarations().values() for s in d.slots]
    rows = csv.DictReader(files("greenfin.methods").joinpath("called.csv").read_text("utf-8").splitlines())
    assert {row["name"] for row in rows} <= {*every, "balance", "total_invest"}


def test_ranges_and_own_factors_go_by_the_same_names() -> None:
    quantities = {"net_supply": parse_quantity("1GWh")}
    own = {"ef_grid": parse_quantity("0.5tCO2/MWh")}
    found = measure_one("CBRC-PWR", quantities, REFERENCE, on=DAY, own_factors=own, ranges={"net_supply": parse_range("±10%")})
    assert found.amounts["co2"] == 500_000_000
    assert found.uncertain is not None
    assert found.uncertain.low["co2"] == pytest.approx(500e6 * (1 - 0.1 * 0.95), abs=1)


@pytest.mark.parametrize(
    ("of", "name", "text", "plain"),
    [
        ("CBRC-PWR", "supply", "1.2亿千瓦时/年", "1.2亿千瓦时"),
        ("CBRC-NG", "gas", "1000万立方米/年", "1000万立方米"),
        ("PBOC-CA-RED", "result_co2", "9万吨/年", "90000tCO2"),
        ("CDM-ACM0002", "om", "0.9t/MWh", "0.9tCO2/MWh"),
    ],
)
def test_units_of_a_year_and_without_a_substance(of: str, name: str, text: str, plain: str) -> None:
    one, other = (measured(of, **{name: each}) for each in (text, plain))
    assert "measure.unit_wrong" not in codes(one)
    stated = [float(each.done.case.stated[name].values[0]) for each in (one, other)]
    assert stated[0] == pytest.approx(stated[1])
    assert stated[0] > 0


@pytest.mark.parametrize(
    ("of", "name", "text"), [("CBRC-PWR", "supply", "100MW"), ("CBRC-PWR", "supply", "5GWh/d"), ("M-000", "energy", "5tce")]
)
def test_other_kinds_stay_refused(of: str, name: str, text: str) -> None:
    assert "measure.unit_wrong" in codes(measured(of, **{name: text}))


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [("万kWp", "MW", 10), ("吨CO2当量", "tCO2e", 1), ("kgCO2eq/kWh", "tCO2e/MWh", 1), ("立方米/秒", "m3/h", 3600), ("kWh/kWp", "h", 1)],
)
def test_units_of_papers(text: str, unit: str, value: float) -> None:
    assert ratio(text, unit) == pytest.approx(value)


@pytest.mark.parametrize(("given", "unknown"), [({}, "supply"), ({"capacity": "50MW"}, "hours"), ({"hours": "1800h"}, "capacity")])
def test_the_unknown_is_the_first_that_is_missing(given: dict[str, str], unknown: str) -> None:
    quantities = {name: parse_quantity(text) for name, text in given.items()}
    ask = partial(measure_one, "CBRC-PWR", reference=REFERENCE, on=DAY)
    found = solve_for(method("CBRC-PWR").declaration, quantities, Target("co2e", Decimal(10000), "tCO2e"), ask)
    assert found.solved is not None
    assert found.solved.input == unknown
    assert "measure.solve_chosen" in codes(found)


def test_what_is_wrong_calls_things_by_their_names() -> None:
    found = measured("CBRC-PWR", hours="1500h")
    (zh,), (en,) = ([in_words(p, lang) for p in found.problems if p.code == "measure.input_missing"] for lang in LANGUAGES)
    assert "年等效利用小时（hours）" in zh
    assert "installed capacity (capacity)" in en
    assert all(p.params == q.params for p, q in zip(found.problems, measured("CBRC-PWR", hours="1500h").problems, strict=True))

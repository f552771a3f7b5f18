"""Intervals, what drives them, the span between conventions, and the reverse question."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from math import sqrt
from statistics import NormalDist

import pytest

from greenfin.core.problems import Refused
from greenfin.core.units import UnknownUnit, parse_quantity
from greenfin.measure import Single, measure_one, single_json
from greenfin.measure import uncertain as module
from greenfin.measure.ranges import parse_range
from greenfin.measure.settings import settings
from greenfin.measure.solve import Target, solve_for
from greenfin.measure.span import spans
from greenfin.measure.uncertain import ANALYTIC, DRAWN, _half_of_uniforms
from greenfin.methods.registry import method
from tests.unit.test_measure_one import DAY, REFERENCE, codes

WIND = {"capacity": "100MW", "hours": "2000h", "own_use": "2%", "curtailment": "5%"}
BUSES = {"vehicles": "100辆", "mileage": "60000km", "fuel_before": "35L/100km", "electricity_after": "100kWh/100km"}


def ranged(given: dict[str, str], ranges: dict[str, str], *, of: str = "CBRC-PWR") -> Single:
    read = {name: parse_range(text) for name, text in ranges.items()}
    quantities = {name: parse_quantity(text) for name, text in given.items()}
    return measure_one(of, quantities, REFERENCE, on=DAY, region="CN-JS", ranges=read)


def test_a_straight_line_is_exact() -> None:
    found = ranged(WIND, {"hours": "1800h..2200h"}).uncertain
    assert found is not None
    assert found.how["energy"] == ANALYTIC
    whole = 100 * 2000 * 0.98 * 0.95 * 1e6
    assert found.low["energy"] == pytest.approx(whole * (1 - 0.1 * 0.95), abs=1)
    assert found.high["energy"] == pytest.approx(whole * (1 + 0.1 * 0.95), abs=1)


@pytest.mark.parametrize("shape", ["", " normal"])
@pytest.mark.parametrize("output", ["co2", "tce"])
def test_the_exact_way_and_the_draws_agree(shape: str, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ranges = {"fuel_before": f"±5%{shape}", "electricity_after": f"80..120kWh/100km{shape}"}
    exact = ranged(BUSES, ranges, of="CBRC-NEV").uncertain
    monkeypatch.setattr(module, "_exact", lambda *_: None)
    drawn = ranged(BUSES, ranges, of="CBRC-NEV").uncertain
    assert exact is not None
    assert drawn is not None
    assert (exact.how[output], drawn.how[output]) == (ANALYTIC, DRAWN)
    width = exact.high[output] - exact.low[output]
    assert abs(exact.low[output] - drawn.low[output]) < width / 100
    assert abs(exact.high[output] - drawn.high[output]) < width / 100


def test_the_law_of_sums_of_uniform_ranges() -> None:
    assert _half_of_uniforms([1, 1]) == pytest.approx(2 - 2 * sqrt(0.05), abs=1e-6)  # the triangle from -2 to 2
    many = _half_of_uniforms([1] * 7)
    assert many == pytest.approx(NormalDist().inv_cdf(0.975) * sqrt(7 / 3), rel=0.01)
    assert _half_of_uniforms([1] * 40) is None


def test_a_product_of_ranges_is_drawn_and_the_same_each_time() -> None:
    ranges = {"hours": "±10%", "grid.avg": "0.5..0.6", "own_use": "0..4% triangular"}
    one, other = ranged(WIND, ranges).uncertain, ranged(WIND, ranges).uncertain
    assert one == other
    assert one is not None
    assert one.how["co2"] == DRAWN
    single = ranged(WIND, ranges)
    assert one.low["co2"] < single.amounts["co2"] < one.high["co2"]
    assert [bar.spread.name for bar in one.tornado["co2"]] == ["hours", "co2_rate", "own_use"]
    swings = [abs(bar.at_high - bar.at_low) for bar in one.tornado["co2"]]
    assert swings == sorted(swings, reverse=True)
    assert [bar.spread.name for bar in one.tornado["tce"]] == ["hours", "own_use"]


def test_json_has_the_interval_the_tornado_and_the_span() -> None:
    shown = single_json(ranged(WIND | {"balance": "1亿元", "total_invest": "4亿元"}, {"hours": "±10%"}), "zh", REFERENCE)
    co2 = shown["outputs"]["co2"]  # type: ignore[index]
    assert co2["low"] < co2["value"] < co2["high"]
    part = shown["attribution"]["outputs"]["co2"]  # type: ignore[index]
    assert part["low"] == pytest.approx(co2["low"] / 4, abs=1e-5)
    assert shown["interval"]["draws"] == settings().draws  # type: ignore[index]
    assert shown["tornado"]["co2"][0]["name"] == "hours"  # type: ignore[index]
    assert shown["spans"]["co2"]["by"] == ["co2"]  # type: ignore[index]
    assert all(f["document"] and f["locator"] is not None for f in shown["factors"])  # type: ignore[attr-defined]


def test_an_input_with_a_range_alone_is_its_middle_and_told() -> None:
    given = {name: text for name, text in WIND.items() if name != "hours"}
    single = ranged(given, {"hours": "1800..2200h"})
    assert single.amounts == ranged(WIND, {}).amounts
    assert "measure.range_middle" in codes(single)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("hours", "2200h..1800h", "measure.range_turned"),
        ("hours", "1800MW..2200MW", "measure.unit_wrong"),
        ("hours", "1800..2200", "measure.unit_missing"),
        ("hours", "-1h..2200h", "measure.range_impossible"),
        ("hours", "1800h..9000h", "measure.range_impossible"),
        ("hours", "2100h..2200h", "measure.range_elsewhere"),
        ("supply", "1MWh..2MWh", "measure.range_middle"),
        ("nothing", "1..2", "measure.range_not_used"),
        ("grid.bm", "0.1..0.2", "measure.range_not_used"),
        ("grid.avg", "0.1MWh..0.2MWh", "measure.factor_unit_wrong"),
    ],
)
def test_ranges_that_cannot_be_used_are_told(name: str, text: str, code: str) -> None:
    assert code in codes(ranged(WIND, {name: text}))


@pytest.mark.parametrize("text", ["", "5", "..", "1..", "..2", "a..b", "±", "±5", "±-5%", "1...", "5%"])
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # what it says is the text itself
        parse_range(text)


@pytest.mark.parametrize("text", ["1..9**9**9", "9**9**9..2", "1.." + "9" * 10 + "光年"])
def test_a_range_in_no_unit(text: str) -> None:
    with pytest.raises(UnknownUnit):
        parse_range(text)


def test_the_span_of_a_wind_farm() -> None:
    done = ranged({"supply": "220000MWh"}, {}).done
    found = spans(done, REFERENCE)["co2"]
    assert found.by == ("co2",)
    known = {"national_average", "grid_average", "combined_margin", "operating_margin", "fossil", "by_tce"}
    assert {choices["co2"] for _, choices in found.cases} == known
    assert found.spread is not None
    assert found.spread > 0.5
    tce = spans(done, REFERENCE)["tce"]
    assert (tce.cases[0][1]["tce"], tce.cases[-1][1]["tce"]) == ("calorific", "supply_coal_rate")
    assert "energy" not in spans(done, REFERENCE)


def test_facts_of_a_project_are_no_convention_to_compare() -> None:
    done = ranged(BUSES, {}, of="CBRC-NEV").done
    assert {choices["fuel"] for span in spans(done, REFERENCE).values() for _, choices in span.cases} == {"diesel"}


def asked(given: dict[str, str], target: Target, *, of: str = "CBRC-PWR") -> Single:
    quantities = {name: parse_quantity(text) for name, text in given.items()}
    measured = partial(measure_one, of, reference=REFERENCE, on=DAY, region="CN-JS")
    return solve_for(method(of).declaration, quantities, target, measured)


@pytest.mark.parametrize(
    ("of", "given", "target"),
    [
        ("CBRC-PWR", {}, Target("co2", Decimal(10000), "tCO2e", "generation")),
        ("CBRC-PWR", {"capacity": "50MW"}, Target("co2", Decimal(40000), "t", "hours")),
        ("CBRC-PWR", {"supply": "5MWh"}, Target("tce", Decimal(3), "万吨标准煤", "supply")),
        ("CBRC-WWTP", {"sewage": "1000000m3", "cod_in": "300mg/L"}, Target("cod", Decimal(200), "tCOD")),
        ("CBRC-NEV", {k: v for k, v in BUSES.items() if k != "electricity_after"}, Target("co2", Decimal(0), "tCO2")),
    ],
)
def test_the_reverse_question_is_answered(of: str, given: dict[str, str], target: Target) -> None:
    single = asked(given, target, of=of)
    assert single.solved is not None
    assert single.amounts[target.output] == pytest.approx(single.solved.wanted, rel=1e-12, abs=1)
    assert single.given[single.solved.input] == (single.solved.value, single.solved.unit)


def test_what_cannot_be_reached_says_how_far_it_goes() -> None:
    single = asked({"capacity": "0.5MW"}, Target("co2", Decimal(10000), "t", "hours"))
    assert single.solved is None
    assert not single.amounts
    (problem,) = [p for p in single.problems if p.code == "measure.solve_impossible"]
    assert float(str(problem.params["high"])) == pytest.approx(8784 * 0.5 * 0.5827, rel=1e-5)


@pytest.mark.parametrize(
    ("given", "target", "code"),
    [
        ({"supply": "5MWh"}, Target("co2", Decimal(1), "t"), "measure.solve_which"),
        ({"supply": "5MWh"}, Target("co2", Decimal(1), "t", "hours"), "measure.solve_not_used"),
        ({}, Target("co3", Decimal(1), "t", "supply"), "measure.output_unknown"),
        ({}, Target("co2", Decimal(1), "kWh", "supply"), "measure.unit_wrong"),
        ({}, Target("co2", Decimal(1), "t", "nothing"), "measure.input_unknown"),
    ],
)
def test_reverse_questions_that_are_refused(given: dict[str, str], target: Target, code: str) -> None:
    with pytest.raises(Refused) as refused:
        asked(given, target)
    assert refused.value.problem.code == code


def test_an_output_that_does_not_move_has_no_answer() -> None:
    single = asked({"supply": "5MWh"}, Target("co2", Decimal(1), "t", "months_in_operation"))
    assert "measure.solve_unmoved" in codes(single)

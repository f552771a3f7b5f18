"""What is typed wrong is told clearly, in both languages, and nothing is evaluated."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from greenfin.cli.asked import pairs_of
from greenfin.cli.projects import _ranges
from greenfin.core.problems import Refused, Severity
from greenfin.core.units import parse_quantity
from greenfin.measure import Single, measure_one, single_json
from greenfin.measure.lists import taken
from greenfin.messages.words import tell
from greenfin.methods.registry import method
from greenfin.reference.values import Factor, Factors
from tests.unit.test_measure_one import DAY, REFERENCE, codes

Quantity = tuple[Decimal, str]
RATE = "tCO2/MWh"


def single(given: dict[str, Quantity] | None = None, **more: Any) -> Single:
    quantities = {"supply": (Decimal(5000), "MWh")} | (given or {})
    asked: dict[str, Any] = {"on": DAY, "region": "CN-JS"} | more
    return measure_one("CBRC-PWR", quantities, REFERENCE, **asked)


def told(found: Single, code: str) -> list[str]:
    """The problem in both languages, short enough to read."""
    texts = [tell(p, lang) for p in found.problems if p.code == code for lang in ("zh", "en")]
    assert texts, codes(found)
    assert all(len(text) < 300 and "…" not in text for text in texts)
    return texts


@pytest.mark.parametrize(
    ("value", "unit", "code"),
    [
        ("-5", "MWh", "measure.input_impossible"),
        ("0", "MWh", "measure.input_unusual"),
        ("5", "", "measure.unit_missing"),
        ("5", "t", "measure.unit_wrong"),
        ("5", "9**9**9", "measure.unit_wrong"),
        ("5", "__import__('os')", "measure.unit_wrong"),
        ("5", "x" * 10000, "measure.unit_wrong"),
        ("5", "(" * 10000, "measure.unit_wrong"),
        ("Infinity", "MWh", "measure.not_a_number"),
        ("-Infinity", "MWh", "measure.not_a_number"),
        ("NaN", "MWh", "measure.not_a_number"),
        ("sNaN", "MWh", "measure.not_a_number"),
        ("1e400", "MWh", "measure.not_a_number"),
        ("1e300", "MWh", "measure.result_impossible"),
    ],
)
def test_an_input_that_cannot_be_used(value: str, unit: str, code: str) -> None:
    found = single({"supply": (Decimal(value), unit)})
    assert told(found, code)
    assert not any(found.amounts.values())


@pytest.mark.parametrize(
    ("value", "unit", "code"),
    [
        ("-1", RATE, "measure.factor_negative"),
        ("NaN", RATE, "measure.not_a_number"),
        ("Infinity", RATE, "measure.not_a_number"),
        ("1", "9**9**9", "measure.factor_unit_wrong"),
        ("1", "kg", "measure.factor_unit_wrong"),
    ],
)
def test_a_factor_that_cannot_be_used(value: str, unit: str, code: str) -> None:
    assert told(single(own_factors={"grid.avg": (Decimal(value), unit)}), code)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-1"])
def test_money_that_is_none(value: str) -> None:
    found = single({"balance": (Decimal(value), "CNY"), "total_invest": (Decimal(1), "CNY")})
    assert found.share is None
    assert told(found, "measure.share_missing")


def test_nothing_given_says_what_is_needed() -> None:
    found = measure_one("CBRC-PWR", {}, REFERENCE, on=DAY, region="CN-JS")
    assert "capacity + hours" in told(found, "measure.input_missing")[0]


@pytest.mark.parametrize("region", ["nowhere", "CN-XX", "x" * 10000])
def test_a_region_that_does_not_exist_is_refused(region: str) -> None:
    with pytest.raises(Refused) as refused:
        single(region=region)
    assert refused.value.problem.code == "measure.region_unknown"
    assert len(tell(refused.value.problem, "en")) < 100


def test_a_day_without_a_factor_leaves_out_what_needs_it() -> None:
    found = single(on=date(1900, 1, 1))
    assert set(found.amounts) == {"energy"}
    assert told(found, "measure.factor_missing")


def test_two_factors_equally_good_are_told() -> None:
    factors = REFERENCE.factors
    taken = single().done.filled["co2_rate"].found(0)
    assert taken is not None
    assert taken.factor is not None
    other = replace(taken.factor, key="grid.avg@CN-JS@2023@zzz", value=taken.factor.value * 2)
    found = single_with(factors, other)
    assert told(found, "measure.factor_tie")
    same = single_with(factors, replace(other, value=taken.factor.value))
    assert "measure.factor_tie" not in codes(same)


def single_with(factors: Factors, other: Factor) -> Single:
    parts = {name: getattr(REFERENCE, name) for name in ("regions", "sources", "factor_sets")}
    data = replace(REFERENCE, given={**REFERENCE.given, **parts, "factors": replace(factors, factors=(*factors.factors, other))})
    return measure_one("CBRC-PWR", {"supply": (Decimal(5000), "MWh")}, data, on=DAY, region="CN-JS")


@pytest.mark.parametrize(
    "text", ["supply=", "supply", "=5MWh", "supply=多", "supply=5光年", "supply=9**9**9", "supply=5" + "x" * 10000, "supply=inf MWh"]
)
def test_what_is_typed_wrong_is_refused_in_short(text: str) -> None:
    with pytest.raises(Refused) as refused:
        measure_one("CBRC-PWR", pairs_of("NAME=VALUE", [text]), REFERENCE, on=DAY)
    assert len(tell(refused.value.problem, "zh")) < 200


@pytest.mark.parametrize("text", ["hours=1h", "hours=..", "hours=1..9**9", "hours=" + "9" * 10000 + "..x", "hours=±" + "x" * 10000])
def test_a_range_typed_wrong_is_refused_in_short(text: str) -> None:
    with pytest.raises(Refused) as refused:
        _ranges([text])
    assert len(tell(refused.value.problem, "zh")) < 200


def test_a_series_is_typed_with_semicolons() -> None:
    typed = taken(method("CDM-TOOL04-FOD").declaration, {"waste": "1,000t; 1200t；900t", "years": "3"}).given
    assert [typed[f"waste_{year}"][0] for year in (1, 2, 3)] == [1000, 1200, 900]
    assert typed["years"] == (Decimal(3), "dimensionless")


@pytest.mark.parametrize("text", ["-300gce/kWh", "300kg", "1e400gce/kWh"])
def test_an_own_factor_that_can_be_none_is_not_replaced_by_the_published(text: str) -> None:
    given = {"supply": parse_quantity("1GWh")}
    found = measure_one("CBRC-PWR", given, REFERENCE, on=DAY, own_factors={"coal.net": parse_quantity(text)})
    assert "tce" not in found.amounts
    assert "co2" in found.amounts
    assert "coal.net" not in str(single_json(found, "zh", REFERENCE)["factors"])
    assert any(p.severity is Severity.ERROR and "coal.net" in p.params.values() for p in found.problems)

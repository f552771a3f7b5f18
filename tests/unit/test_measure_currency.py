"""Money of one currency other than the yuan: ratios are the same in any, results say which, two of them are refused."""

from __future__ import annotations

from datetime import date

import pytest

from greenfin.core.problems import Refused
from greenfin.core.units import parse_unit, ratio, same_dimension
from greenfin.measure import measure_one, single_json
from greenfin.measure.currency import currency_of, words
from greenfin.measure.one import Single
from greenfin.reference.load import load


def measured(method: str, **given: str) -> Single:
    return measure_one(method, given, load(), on=date(2025, 12, 31))


@pytest.mark.parametrize("currency", ["CNY", "USD", "EUR", "HKD", "JPY"])
def test_a_ratio_is_the_same_in_any_currency(currency: str) -> None:
    single = measured("PCAF-BL", outstanding=f"5 M{currency}", equity=f"20 M{currency}", debt=f"30000 k{currency}", emissions="700 t")
    assert single.amounts["financed_co2e"] == 70 * 10**6
    assert single.amounts["attribution"] == 10**11


def test_an_intensity_says_its_currency() -> None:
    single = measured("PCAF-WACI", outstanding="100;200 MUSD", emissions="10;20 t", revenue="50;100 MUSD")
    shown = single_json(single, "en")["outputs"]
    assert isinstance(shown, dict)
    assert same_dimension(shown["waci"]["unit"], "tCO2e/MUSD")
    assert shown["waci"]["value"] == 0.2


def test_two_currencies_are_refused_in_words() -> None:
    with pytest.raises(Refused) as refused:
        measured("PCAF-BL", outstanding="5 MUSD", equity_debt="20 百万元", emissions="700 t")
    assert refused.value.problem.code == "measure.currencies_mixed"
    assert "USD" in str(refused.value.problem.params["found"])


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("million USD", "MUSD"),
        ("musd", "MUSD"),
        ("M USD", "MUSD"),
        ("$", "USD"),
        ("亿美元", "亿USD"),
        ("€m", "MEUR"),
        ("t CO2", "tCO2"),
        ("Mt CO2", "MtCO2"),
        ("kt CO2e", "ktCO2e"),
    ],
)
def test_spellings(written: str, means: str) -> None:
    assert ratio(written, means) == 1
    assert parse_unit(written)


def test_currencies_never_become_each_other() -> None:
    assert not same_dimension("USD", "CNY")
    assert [currency_of(code) for code in words()] == [*words()]

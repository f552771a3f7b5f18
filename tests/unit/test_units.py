"""Units: the words of real files, refused bridges, and hostile text."""

from __future__ import annotations

import re
import time
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from greenfin.core import units
from greenfin.disclose.printed import unit_text
from greenfin.methods.declare import declarations
from greenfin.reference.load import load


@pytest.mark.parametrize(
    ("written", "same_as", "how_many"),
    [
        ("万千瓦时", "MWh", 10),
        ("亿千瓦时", "MWh", 100_000),
        ("亿度", "万千瓦时", 10_000),
        ("ｋＷｈ", "kWh", 1),
        ("kwh", "度", 1),
        ("万kWh", "MWh", 10),
        ("万千瓦", "MW", 10),
        ("吨标准煤", "kgce", 1000),
        ("万吨标准煤", "tce", 10_000),
        ("公斤标煤", "gce", 1000),
        ("㎡", "平方米", 1),
        ("万平方米", "m2", 10_000),
        ("公顷", "亩", 15),
        ("m³", "升", 1000),
        ("万立方米", "立方米", 10_000),
        ("10^4 Nm3", "标准立方米", 10_000),
        ("亿元", "万元", 10_000),
        ("万元", "fen", 1_000_000),
        ("%", "dimensionless", 0.01),
        ("‰", "dimensionless", 0.001),
        ("吨/日", "t/d", 1),
        ("毫克/升", "g/m3", 1),
        ("kgce/(m2·a)", "kgce/m2/年", 1),
        ("L/100km", "升/百公里", 1),
        ("gCO2/kWh", "tCO2/MWh", 0.001),
        ("MtCO2", "万tCO2", 100),
        ("（万元）", "元", 10_000),
        ("车公里", "vehicle*km", 1),
    ],
)
def test_words_of_real_files(written: str, same_as: str, how_many: float) -> None:
    unit = units.parse_unit(written)
    assert units.parse_unit(unit) == unit
    assert units.ratio(unit, units.parse_unit(same_as)) == pytest.approx(how_many, rel=1e-12)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MWh", "tce"),
        ("tCO2e", "t"),
        ("tCO2e", "tCO2"),
        ("t", "tCO2"),
        ("tcoal", "tCO2"),
        ("tC", "tCO2"),
        ("Nm3", "m3"),
        ("tCOD", "tNH3N"),
        ("CNY", "t"),
    ],
)
def test_what_must_not_be_mixed(one: str, other: str) -> None:
    assert not units.same_dimension(one, other)
    with pytest.raises(units.WrongDimension):
        units.ratio(one, other)


@pytest.mark.parametrize("text", ["9**9**9", "__import__('os')", "万", "吨吨吨", "kWh;", "千瓦时" * 40, "1e400", "π", "lambda: 0", "=1+1"])
def test_text_that_is_no_unit_is_refused_at_once(text: str) -> None:
    began = time.perf_counter()
    with pytest.raises(units.UnknownUnit):
        units.parse_unit(text)
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("1.2亿千瓦时", "1.2", "亿千瓦时"),
        ("１，２３４．５０ 万元", "1234.50", "万元"),
        ("35%", "35", "percent"),
        ("500 MWh", "500", "MWh"),
        ("3e4 t", "3e4", "t"),
        ("-5吨", "-5", "吨"),
        ("100", "100", "dimensionless"),
        ("CNY 500 million", "500", "百万CNY"),
        ("¥5亿", "5", "亿CNY"),
        ("RMB 5亿元", "5", "亿元"),
        ("￥5,000,000", "5000000", "CNY"),
        ("US$ 3 million", "3", "百万USD"),
        ("−5吨", "-5", "吨"),
    ],
)
def test_a_quantity_carries_its_unit(text: str, number: str, unit: str) -> None:
    assert units.parse_quantity(text) == (Decimal(number), unit)


@pytest.mark.parametrize("text", ["", "—", "约100吨", "1.2.3吨", "1,23,4吨", "kWh 5", "¥", "USD 5亿元", "CNY5亿千瓦时"])
def test_no_number_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        units.parse_quantity(text)


def test_ratios_of_money_and_small_units_are_exact() -> None:
    assert units.exact_ratio("fen", "亿元") == Fraction(1, 10**10)
    assert units.exact_ratio("gCO2", "tCO2") == Fraction(1, 10**6)
    assert units.exact_ratio("亿元", "fen") == 10**10
    assert units.ratio("kWh", "MWh") == 0.001


def test_a_formula_gets_whole_columns_and_refuses_a_wrong_unit() -> None:
    supply = units.quantity(np.array([1.0, 2.0]), "万千瓦时")
    rate = units.quantity(300.0, "gce/kWh")
    assert units.magnitude(supply * rate, "tce").tolist() == pytest.approx([3.0, 6.0])
    with pytest.raises(units.WrongDimension):
        units.magnitude(supply * rate, "tCO2")


def test_every_unit_of_the_data_is_said_in_the_language_of_the_reader() -> None:
    """No Chinese in an English unit, no sign of a formula in either."""
    units = {quantity.unit for quantity in load().factors.quantities.values()}
    units |= {of.unit for each in declarations().values() for of in (*each.inputs, *each.parameters)}
    units |= {of.printed for each in declarations().values() for of in each.outputs}
    assert [unit for unit in sorted(units) if re.search("[\u4e00-\u9fff*]", unit_text(unit, "en"))] == []
    assert [unit for unit in sorted(units) if "*" in unit_text(unit, "zh")] == []

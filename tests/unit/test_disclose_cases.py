"""``cases/rounding.yaml``: what a figure and its change print as."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from greenfin.core.records import Cell, How
from greenfin.disclose import printed_text
from greenfin.disclose.making import compute

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "rounding.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES["print"], ids=lambda c: c["value"])
def test_a_figure_prints_rounded_half_up(case: dict[str, str]) -> None:
    assert printed_text(Cell("x", Fraction(case["value"]), "", int(case["decimals"]), How("sum"))) == case["printed"]


@pytest.mark.parametrize("case", CASES["change"], ids=lambda c: c["row"])
def test_a_change_goes_by_the_kind_of_figure(case: dict[str, str]) -> None:
    unit = "pp" if case["kind"] == "points" else "percent"
    now, then = (Cell("x", Fraction(case[year]), case["unit"], 2, How("sum")) for year in ("now", "then"))
    value, reason = compute(case["kind"], now, then, unit)
    assert reason == ""
    assert printed_text(Cell("x", value, unit, 2, How(case["kind"]))) == case["printed"]

"""The range of an input that may be a list: by its name where it has one place, by its place where it has several."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from greenfin.measure import measure_one
from greenfin.measure.ranges import Range
from greenfin.reference.load import load

LOAN = {"outstanding": "10 万元", "equity_debt": "100 万元", "emissions": "50000 t"}


def test_a_list_of_one_takes_a_range_by_its_name() -> None:
    around = {"emissions": Range((Decimal(40000), "t"), (Decimal(60000), "t"))}
    single = measure_one("PCAF-BL", LOAN, load(), on=date(2025, 12, 31), ranges=around)
    assert single.uncertain is not None
    assert single.uncertain.low["financed_co2e"] < single.amounts["financed_co2e"] < single.uncertain.high["financed_co2e"]


def test_a_list_of_several_does_not() -> None:
    around = {"emissions": Range((Decimal(40000), "t"), (Decimal(60000), "t"))}
    two = {"outstanding": "10;10 万元", "equity_debt": "100;100 万元", "emissions": "50000;50000 t"}
    single = measure_one("PCAF-BL", two, load(), on=date(2025, 12, 31), ranges=around)
    assert any(problem.params.get("name") == "emissions" or "emissions" in problem.where for problem in single.problems)

"""Runs ``footprint.yaml``: what a bank used, by hand, with what must come out of each scope and where that is from."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from greenfin.core.columns import table_of
from greenfin.core.units import parse_quantity
from greenfin.footprint import footprint, total
from greenfin.reference.load import load

CASES = yaml.safe_load((Path(__file__).parent / "footprint.yaml").read_text("utf-8"))
SCOPES = ("1", "2_location", "2_market", "3", "outside")
NEAR = 2e-6  # what is written has six digits; published totals are matched by the tests of the reverse check


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    year = int(case.get("year", 2023))
    rows = []
    for item, text in case["used"].items():
        value, unit = parse_quantity(text)
        at = {"site": "HQ", "region": "510100", "month_on": date(year, 1, 1), "months": 12, "source_cell": f"x!{item}"}
        rows.append({**at, "item": item, "quantity": float(value), "unit": unit, "document": case.get("document")})
    table = footprint(
        table_of("operations", rows),
        year=year,
        reference=load(),
        factor_set=case.get("factor_set"),
        on=date(2026, 6, 30),
        conventions=case.get("conventions"),
    ).value
    found = {scope: total(table, scope) for scope in SCOPES}
    for scope, tonnes in case["expect"].items():
        assert found[scope] == pytest.approx(tonnes * 1e6, rel=NEAR, abs=1), scope
    if "3" not in case["expect"] and not {"water", "paper"} & set(case["used"]):
        assert found["3"] is None

"""Runs the cases of ``methods/*.yaml``: each a project by hand, with what must come out and where that is from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from greenfin.core.problems import Severity
from greenfin.core.units import exact_ratio, parse_quantity
from greenfin.measure import measure_one, single_json
from greenfin.methods.registry import METHODS
from greenfin.reference.load import load

CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted((Path(__file__).parent / "methods").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text("utf-8"))
]


def quantities(stated: Mapping[str, Any]) -> dict[str, tuple[Decimal, str]]:
    return {name: parse_quantity(str(text)) for name, text in stated.items()}


def one_by_one(stated: Mapping[str, Any]) -> dict[str, Any]:
    """What is expected, with a list (``0.9;1.75``) as the places of it."""
    found: dict[str, Any] = {}
    for name, text in stated.items():
        parts = str(text).split(";")
        found |= {f"{name}_{place}": part for place, part in enumerate(parts, start=1)} if parts[1:] else {name: text}
    return found


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict[str, Any]) -> None:
    assert case["source"], "every case says where its expected values come from"
    single = measure_one(
        case["method"],
        {name: str(text) for name, text in case["given"].items()},
        load(),
        on=case.get("on", date(2025, 12, 31)),
        region=case.get("region"),
        conventions=case.get("conventions", {}),
        own_factors=quantities(case.get("factors", {})),
    )
    for said, (value, unit) in quantities(one_by_one(case.get("expect", {}))).items():
        name = said if said in single.amounts else f"{said}_1"  # a list of one
        amount = single.amounts[name] * exact_ratio(single.declaration.output(name).small, unit)
        assert abs(amount - Fraction(value)) <= Fraction(str(case.get("within", 0))), (name, float(amount))
    if case.get("expect") == {}:
        assert single.amounts == {}
    assert set(case.get("expect_some", ())) <= set(single.amounts)
    if "problems" in case:
        ignored = {"measure.region_missing"} if case["given"] and not case.get("region") else set()
        assert sorted(p.code for p in single.problems if p.code not in ignored) == sorted(case["problems"])
    if "share" in case:
        assert single.share is not None
        assert single.share.share == Fraction(str(case["share"]))
    printed = single_json(single, "en")
    assert printed["method"] == case["method"]
    assert bool(printed["outputs"]) or any(p.severity == Severity.ERROR for p in single.problems)


def test_every_method_has_cases() -> None:
    covered = {case.values[0]["method"] for case in CASES}
    assert covered == set(METHODS)

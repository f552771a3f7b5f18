"""Every method by its own cases: intervals hold the value, and the reverse question finds the input again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from greenfin.core.units import parse_quantity
from greenfin.measure import measure_one, single_json, uncertain
from greenfin.measure.ranges import parse_range
from greenfin.measure.settings import settings
from greenfin.measure.solve import Target, solve_for
from greenfin.methods.numbers import printed
from tests.unit.test_measure_one import REFERENCE

FOLDER = Path(__file__).parents[1] / "cases" / "methods"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _cases() -> list[dict[str, Any]]:
    """The first case of each method that gives a result."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for case in yaml.load(path.read_text("utf-8"), Loader=LOADER):  # noqa: S506  # both are safe loaders
            if case.get("expect"):
                found.setdefault(case["method"], case)
    return list(found.values())


CASES = [pytest.param(case, id=case["method"]) for case in _cases()]


def _asked(case: dict[str, Any]) -> tuple[dict[str, str], Any]:
    given = {k: str(v) for k, v in case.get("given", {}).items()}
    factors = {k: parse_quantity(str(v)) for k, v in case.get("factors", {}).items()}
    known = {"region": case.get("region"), "conventions": case.get("conventions", {}), "own_factors": factors}
    return given, partial(measure_one, case["method"], reference=REFERENCE, on=case.get("on", date(2025, 12, 31)), **known)


@pytest.mark.parametrize("case", CASES)
def test_an_interval_holds_the_value(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    few = replace(settings(), draws=2000)
    monkeypatch.setattr(uncertain, "settings", lambda: few)
    given, measured = _asked(case)
    single = measured(given)
    used = [name for name, column in single.done.used.items() if name in given and column[0] > 0]
    ranged = measured(given, ranges={name: parse_range("±5%") for name in used})
    assert ranged.amounts == single.amounts
    shown: Any = single_json(ranged, "zh", REFERENCE)
    for output in shown["outputs"].values():
        assert output["low"] is None or output["low"] <= output["value"] <= output["high"]
    assert not used or any(bars for bars in shown["tornado"].values())


@pytest.mark.parametrize("case", CASES)
def test_the_reverse_question_finds_the_input_again(case: dict[str, Any]) -> None:
    given, measured = _asked(case)
    single = measured(given)
    output = next(o for o in single.declaration.outputs if o.name in single.amounts)
    wanted = Decimal(printed(single.amounts[output.name], output))
    used = [name for name in given if name in single.done.used and not np.isnan(single.done.used[name][0])]
    for name in used[:2]:
        found = solve_for(single.declaration, single.given, Target(output.name, wanted, output.printed, name), measured)
        if found.solved is None:
            assert {p.code for p in found.problems} & {"measure.solve_unmoved"}
        else:
            assert found.amounts[output.name] == pytest.approx(single.amounts[output.name], rel=1e-9, abs=1)

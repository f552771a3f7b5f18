"""Many questions to one branch: written and read back in seconds."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from collected import AS_OF, reference

from greenfin import collect
from greenfin.collect.ask import Ask
from greenfin.collect.workbook import write_workbook


@pytest.mark.slow
def test_five_thousand_rows_are_quick(tmp_path: Path) -> None:
    rows = [Ask("01", "loans", f"{n:015}", "某***司", "loans", "purpose", "missing", {"code": "4.2.1"}) for n in range(2500)]
    rows += [Ask("01", "inputs", f"P{n}", "x", "inputs", "supply", "missing", method="CBRC-PWR") for n in range(2500)]
    start = time.perf_counter()
    write_workbook(tmp_path / "a.xlsx", rows, asked="x", branch="01", branch_name="", as_of=AS_OF, report="zh", due=None)
    assert time.perf_counter() - start < 15
    assert collect.merge([tmp_path / "a.xlsx"], reference=reference()).value.progress[0].open == 5000

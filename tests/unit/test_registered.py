"""A run's figures entered in the register: appended, never twice, refused where the register has another value."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from greenfin.core.problems import Refused
from greenfin.core.records import Cell, How, Table
from greenfin.pipeline import RunResult
from greenfin.reference.load import load
from greenfin.registered import Publication, entered

REPORT = Publication("report", "环境报告", "2026-04-30")


def made(value: str) -> RunResult:
    cells = {name: Cell(f"T20!{name}", Fraction(value), "t", 1, How("sum")) for name in ("water.current", "water.prior")}
    table = Table("T20", "表", "Table", (), (), cells)
    return cast(RunResult, SimpleNamespace(as_of=date(2025, 12, 31), tables={"T20": table}, reference=load().whole()))


def test_figures_of_this_year_are_appended_once_as_printed(tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    file.write_text("Document,Cell,Value,Unit,Period,Where,Date\nold,T20!water.current,9,t,2024,,", "utf-8")
    assert [entered(made("12.34"), REPORT, register=file).value for _ in range(2)] == [1, 0]
    lines = ["old,T20!water.current,9,t,2024,,", "环境报告,T20!water.current,12.3,t,2025,报告,2026-04-30"]
    assert file.read_text("utf-8").splitlines()[1:] == lines


def test_another_value_is_refused_and_nothing_written(tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    assert entered(made("12.34"), REPORT, register=file).value == 1
    before = file.read_bytes()
    again = entered(made("13"), REPORT, register=file)
    assert (again.value, [p.code for p in again.problems], file.read_bytes()) == (0, ["ingest.register_differs"], before)
    assert entered(made("12.34"), REPORT, register=file).value == 0


def test_a_workbook_is_not_appended_to(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        entered(made("1"), REPORT, register=tmp_path / "register.xlsx")

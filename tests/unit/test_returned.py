"""X-17: figures of this year that were published before, held against the tables of now."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from greenfin import pipeline, run_folder
from greenfin.core.problems import Severity
from greenfin.core.records import Cell, How, Table
from greenfin.ingest.register import read_register
from greenfin.ingest.returned import contradicted, day_of, of_this_year
from greenfin.reference.load import load
from tests.run_made import AS_OF, book

HEADER = "单元格,期间,披露数,单位,披露场合,文件,日期,口径"


def told(tmp_path: Path, row: str, *, value: str = "120") -> list[tuple[str, Severity, object]]:
    """What is said of T10's hours of publicity and per-head use at the year end, by a register of one row."""
    path = tmp_path / "register.csv"
    path.write_text(f"{HEADER}\n{row}\n", "utf-8")
    cells = {
        "publicity_hours.current": Cell("T10!publicity_hours.current", Fraction(value), "小时", 2, How("sum", ("stated",))),
        "green_specialists.current": Cell("T10!green_specialists.current", Fraction(18), "人", 0, How("sum", ("stated",))),
    }
    table = Table("T10", "", "", (), (), cells)
    entries = of_this_year(read_register(path).value, date(2025, 12, 31))
    found = contradicted(entries, (table,), date(2025, 12, 31), load().templates)
    return [(p.code, p.severity, p.params["rule"]) for p in found]


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("2025", date(2025, 12, 31)),
        ("2025Q3", date(2025, 9, 30)),
        ("2025年上半年", date(2025, 6, 30)),
        ("2025-09-30", date(2025, 9, 30)),
        ("2025年9月30日", date(2025, 9, 30)),
        ("某日", None),
    ],
)
def test_the_last_day_of_a_period(period: str, day: date | None) -> None:
    assert day_of(period) == day


def test_a_total_that_runs_through_the_year_never_shrinks(tmp_path: Path) -> None:
    assert told(tmp_path, "T10!publicity_hours.current,2025Q3,121.5,小时,return,三季度,,") == [
        ("ingest.return_shrinks", Severity.WARNING, "X-17")
    ]
    assert not told(tmp_path, "T10!publicity_hours.current,2025Q3,90,小时,return,三季度,,")
    assert not told(tmp_path, "T10!publicity_hours.current,2025Q3,120.00,小时,return,三季度,,", value="119.996")
    assert not told(tmp_path, "T10!green_specialists.current,2025Q3,20,人,return,三季度,,")  # a state, not a total
    assert not told(tmp_path, "T10!publicity_hours.current,2024Q3,500,小时,return,去年,,")


def test_the_year_end_of_a_return_is_that_of_the_report(tmp_path: Path) -> None:
    assert told(tmp_path, "T10!green_specialists.current,2025年末,17,人,return,四季度,,") == [
        ("ingest.return_differs", Severity.ERROR, "X-17")
    ]
    assert not told(tmp_path, "T10!green_specialists.current,2025-12-31,18,人,return,四季度,,")
    assert not told(tmp_path, "T10!publicity_hours.current,2025,7200,分钟,return,四季度,,")


def test_a_run_keeps_what_it_was_held_against(tmp_path: Path) -> None:
    register = tmp_path / "register.csv"
    register.write_text(f"{HEADER}\nT02!all_loans.current,2025-12-31,900.00,元,return,四季度,,\n", "utf-8")
    files = pipeline.Files((book(tmp_path / "book.xlsx"),), register=register)
    inputs = pipeline.read(files, as_of=AS_OF, reference=load())
    result = pipeline.compute(inputs, pipeline.Options(policy="working", templates=("T02",)), reference=load())
    assert [p.where for p in result.problems if p.code == "ingest.return_differs"] == ["T02!all_loans.current"]
    again = run_folder.replay(run_folder.save(result, tmp_path / "run"))
    assert again.inputs.this_year == inputs.this_year
    assert [p.code for p in again.problems] == [p.code for p in result.problems]

"""Published tables made to keep the checks busy: the time stays near that of their cells."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest

from greenfin.published.checking import check
from greenfin.reference.load import load


def _grid(path: Path, rows: int, columns: int) -> Path:
    lines = [["name", "unit", *(f"{2024 - c}年" for c in range(columns))]]
    lines += [[f"row {r}", "万元", *(str((7 * r + 13 * c) % 1000) for c in range(columns))] for r in range(rows)]
    return _written(path, lines)


def _totals(path: Path, rows: int) -> Path:
    lines = [["name", "unit", "2024年", "2023年"]]
    for r in range(rows):
        lines += [[f"row {r}", "万元", str(r % 97), str(r % 89)], ["合计", "万元", str(r % 97), str(r % 89)]]
    return _written(path, lines)


def _across(path: Path, columns: int) -> Path:
    lines = [["name", *(f"item {c}" for c in range(columns)), "合计"]]
    lines += [[f"row {r}", *(str(r + c) for c in range(columns)), "1"] for r in range(10)]
    return _written(path, lines)


def _written(path: Path, lines: list[list[str]]) -> Path:
    path.write_text("\n".join(map(",".join, lines)), "utf-8")
    return path


def _seconds(path: Path) -> float:
    begun = process_time()
    assert check(path, reference=load()).value.document.blocks
    return process_time() - begun


@pytest.mark.parametrize("kind", ["grid", "totals", "across"])
def test_time_grows_with_the_cells_and_no_faster(tmp_path: Path, kind: str) -> None:
    make = {
        "grid": lambda path, n: _grid(path, 20 * n, 40),
        "totals": lambda path, n: _totals(path, 61 * n),
        "across": lambda path, n: _across(path, 70 * n),
    }[kind]
    _seconds(_grid(tmp_path / "first.csv", 3, 3))  # words and reference data are read
    small, large = (min(_seconds(make(tmp_path / f"{n}.csv", n)) for _ in range(2)) for n in (1, 4))
    assert large < 12 * small + 0.5, (small, large)  # sixteen were it by pairs


def test_a_wrong_total_is_found_among_many_and_in_a_long_table(tmp_path: Path) -> None:
    lines = [["name", "unit", "2024年"]]
    for section in range(80):
        lines += [[f"item {section}-{n}", "万元", str(100 + n)] for n in range(3)]
        lines += [["合计", "万元", "313" if section == 50 else "303"]]
    found = check(_written(tmp_path / "many.csv", lines), reference=load()).value
    assert [(f.rule, f.published, f.recomputed) for f in found.findings] == [("V-SUM", 313.0, 303.0)]
    assert found.reproduced == 79
    whole = [["name", "unit", "2024年"], *([f"item {n}", "万元", str(n)] for n in range(1, 701)), ["合计", "万元", "246350"]]
    (finding,) = check(_written(tmp_path / "long.csv", whole), reference=load()).value.findings
    assert (finding.published, finding.recomputed) == (246350.0, 245350.0)

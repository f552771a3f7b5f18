"""A branch's workbook in a spreadsheet program: states compute, limits survive, what was saved there still merges."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from collected import PARTLY, WIND, fill, holed, read, reference, sent, sheet_rows
from openpyxl import load_workbook

from greenfin import collect

BRANCH = "collect_030301.xlsx"
pytestmark = [pytest.mark.desktop, pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice here")]


def recalculated(path: Path, folder: Path) -> Path:
    """The workbook opened, computed anew and saved by LibreOffice."""
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder / path.name


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook partly filled in, rightly and wrongly, and saved by LibreOffice."""
    folder = tmp_path_factory.mktemp("desktop")
    sent(read(holed(folder / "book.xlsx")), folder / "out")
    fill(folder / "out" / BRANCH, PARTLY)
    (folder / "saved").mkdir()
    return recalculated(folder / "out" / BRANCH, folder / "saved")


def test_states_and_progress_compute(saved: Path) -> None:
    book = load_workbook(saved, data_only=True)
    states = {key: cells["status"].value for sheet in book.worksheets[1:5] for key, cells in sheet_rows(sheet).items()}
    assert states[WIND, "supply"] == "完成"
    assert states[WIND, "total_invest_fen"] == "格式有误"  # half a yuan
    assert states[WIND, "stage"] == "完成"
    assert states[WIND, "contract_or_invoice"] == "待填"
    guide = book.worksheets[0]
    total = next(row for row in guide.iter_rows(values_only=True) if row[0] == "合计")
    assert total[3:6] == (2, 1, len(states) - 3)
    assert total[6] == pytest.approx(2 / len(states))


def test_limits_and_locks_survive(saved: Path) -> None:
    book = load_workbook(saved)
    sheet = book["测算输入"]
    assert sheet.protection.sheet
    assert {v.type for v in sheet.data_validations.dataValidation} >= {"list", "date", "whole", "decimal"}
    cells = sheet_rows(sheet)[WIND, "supply"]
    assert not cells["answer"].protection.locked
    assert cells["key"].protection.locked


def test_what_was_saved_there_merges(saved: Path) -> None:
    merged = collect.merge([saved], reference=reference()).value
    assert sorted(merged.supplements["field"].to_pylist()) == ["stage", "supply"]
    assert [cell.problem.code for cell in merged.wrong] == ["collect.value_unlikely"]

"""``check``: its JSON, its exit status, its files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from greenfin.cli.main import app
from tests.published_reports import report, write

KEYS = {"rule", "severity", "where", "published", "recomputed", "low", "high", "message"}


def _run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["check", *words])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, done.stdout


def test_json_is_the_contract(tmp_path: Path) -> None:
    code, said = _run(str(write(report("city_bank_2022"), "md", tmp_path)), "--json", "--lang", "en")
    shown = json.loads(said)
    assert code == 1
    assert set(shown) == {"findings", "checked", "reproduced"}
    assert all(set(finding) == KEYS and finding["message"] for finding in shown["findings"])
    assert (shown["checked"], shown["reproduced"]) == (26, 18)
    slip = next(finding for finding in shown["findings"] if finding["published"] == -11.99)
    assert (slip["rule"], slip["where"], round(slip["recomputed"], 2)) == ("V-TEXT", "city_bank_2022_md.md!L24", -11.59)


@pytest.mark.parametrize(("name", "code"), [("use_shares_clean", 0), ("facility_early_low", 0), ("use_shares_wrong", 1)])
def test_only_errors_make_the_exit_status(name: str, code: int, tmp_path: Path) -> None:
    assert _run(str(write(report(name), "csv", tmp_path)), "--lang", "zh")[0] == code


def test_misuse_is_told_and_exits_two(tmp_path: Path) -> None:
    path = write(report("use_shares_wrong"), "csv", tmp_path)
    assert _run(str(tmp_path / "absent.pdf"), "--json")[0] == 2
    assert _run(str(path), "--out", str(tmp_path / "findings.doc"))[0] == 2
    assert _run(str(path), "--out", str(tmp_path / "no" / "findings.csv"))[0] == 2


def test_findings_are_written(tmp_path: Path) -> None:
    path = write(report("use_shares_wrong"), "csv", tmp_path)
    table, book = tmp_path / "findings.csv", tmp_path / "findings.xlsx"
    assert [_run(str(path), "--out", str(out), "--lang", "zh")[0] for out in (table, book)] == [1, 1]
    rows = list(csv.reader(table.read_text("utf-8-sig").splitlines()))
    sheet = load_workbook(book).worksheets[0]
    assert len(rows) == sheet.max_row == 1 + len(report("use_shares_wrong").expect)
    assert rows[1][0].startswith("V-")

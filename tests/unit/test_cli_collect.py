"""``greenfin collect``: out and back over the command line."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from collected import PARTLY, fill, holed
from typer.testing import CliRunner

from greenfin.cli.main import app

RUN = CliRunner()
DAY = ["--as-of", "2025-12-31", "--lang", "zh"]


def test_out_and_back(tmp_path: Path) -> None:
    book, out = holed(tmp_path / "book.xlsx"), tmp_path / "out"
    sent = RUN.invoke(app, ["collect", str(book), *DAY, "--out", str(out), "--json"])
    assert sent.exit_code == 1  # the example has errors of its own
    told = json.loads(sent.stdout)
    assert {each["file"] for each in told["branches"]} == {path.name for path in out.glob("*.xlsx")}
    fill(out / "collect_030301.xlsx", PARTLY)
    answers = tmp_path / "supplements.csv"
    back = RUN.invoke(app, ["collect", str(out), "--merge", "--asked", str(out / "collect.json"), "--out", str(answers), "--lang", "zh"])
    assert back.exit_code == 1
    assert "已填 2" in back.stdout
    assert stat.S_IMODE(answers.stat().st_mode) == 0o600
    listed = (tmp_path / "supplements.wrong.csv").read_text("utf-8-sig")
    assert "项目补充" in listed
    assert "collect.value_unlikely" in listed


@pytest.mark.parametrize(
    "words",
    [["x.xlsx"], ["x.xlsx", *DAY, "--report-lang", "fr"], [".", "--merge"], [".", "--merge", "--asked", "no.json", "--out", "s.csv"]],
)
def test_misuse_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert RUN.invoke(app, ["collect", *words]).exit_code == 2

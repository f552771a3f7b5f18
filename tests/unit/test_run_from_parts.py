"""A run from a book with a mapping, exchange rates, control totals and supplements: verified from the bank's own files."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from greenfin import pipeline, run_folder
from greenfin.verify import verify
from tests.run_made import AS_OF, OPTIONS, book

HEAD = "target,key,field,value,unit\n"


@pytest.fixture
def files(tmp_path: Path) -> pipeline.Files:
    ledger = book(tmp_path / "book.xlsx", {"借据号": "JJ2", "币种": "USD", "贷款余额（元）": 1000.0}, project={"项目总投资（万元）": None})
    rates = openpyxl.Workbook()
    for row in (["日期", "币种", "汇率中间价"], ["2025-12-31", "USD", 7.0288]):
        rates.active.append(row)  # type: ignore[union-attr]
    rates.save(tmp_path / "rates.xlsx")
    (tmp_path / "supplements.csv").write_text(HEAD + "projects,XM1,total_invest_fen,9000,万元\n", "utf-8")
    return pipeline.Files((ledger,), rates=tmp_path / "rates.xlsx", supplements=tmp_path / "supplements.csv")


def test_rates_and_supplements_reach_the_figures(files: pipeline.Files) -> None:
    result = pipeline.run(files, OPTIONS, as_of=AS_OF)
    loans = {row["loan_id"]: row for row in result.book.loans.to_pylist()}
    assert loans["JJ2"]["balance_fen"] == 702880
    assert loans["JJ2"]["original_balance_fen"] == 100000
    assert result.book.projects["total_invest_fen"].to_pylist() == [9_000_000_000]


def test_such_a_run_is_verified_from_its_own_files(files: pipeline.Files, tmp_path: Path) -> None:
    saved = run_folder.save(pipeline.run(files, OPTIONS, as_of=AS_OF), tmp_path / "run")
    own = [*files.books, files.rates, files.supplements]
    assert [f["role"] for f in saved.record["made_of"]["files"]] == ["book", "rates", "supplements"]
    assert verify(tmp_path / "run", books=tuple(p for p in own if p)).same
    supplements = files.supplements
    assert supplements
    supplements.write_text(HEAD + "projects,XM1,total_invest_fen,8000,万元\n", "utf-8")
    assert not verify(tmp_path / "run", books=tuple(p for p in own if p)).same

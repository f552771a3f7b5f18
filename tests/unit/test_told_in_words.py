"""What a person reads is words and exact amounts: no True, no fraction, no missing value spelt out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from greenfin.attribute import explain_part
from greenfin.core.columns import table_of
from greenfin.core.lineage import Trace
from greenfin.core.problems import info
from greenfin.messages import Lang, tell
from tests.measured_book import book_of, loan, project, tag


@pytest.mark.parametrize(("lang", "yes", "totals"), [("zh", "是", "合计"), ("en", "yes", "totals")])
def test_flags_and_kinds_of_rows_are_words(lang: Lang, yes: str, totals: str) -> None:
    differs = tell(info("tag.bank_flag_differs", "book.xlsx!A1", flag=True, decision="not_green"), lang)
    assert yes in differs
    assert "True" not in differs
    assert totals in tell(info("ingest.rows_skipped", "book.xlsx!A1", count=9, what="total"), lang)


def test_columns_are_named_without_how_they_are_kept() -> None:
    differs = info("ingest.duplicate_unequal", "book.xlsx!A2", key="1", columns="rate_ppm industry_use purpose", first="book.xlsx!A1")
    said = tell(differs, "en")
    assert "annual interest rate, industry of use, loan purpose" in said
    assert "millionths" not in said


def test_claims_are_exact_amounts_not_fractions() -> None:
    book = book_of(loans=[loan("a", "P", 1_000_001), loan("b", "P", 300)], projects=[project("P", total=10**9)])
    tags = table_of("tags", [tag("a", share=333_333), tag("b")])
    measured = {"project_id": "P", "method": "CBRC-PWR", "output": "tce", "amount": 10**9, "unit": "gce", "basis": "actual"}
    trace = explain_part(
        book, tags, table_of("measurements", [measured]), loan_id="a", output="tce", project_trace=Trace("P!tce", "1", "tce")
    )
    claimed = trace.parts[1]
    assert (claimed.value, [part.value for part in claimed.parts]) == ("3336.33333333", ["3333.33333333", "3.00"])


def _said(*words: str, cwd: Path) -> str:
    command = [sys.executable, "-m", "greenfin.cli.main", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout


def test_measure_names_its_results_and_says_the_banks_part(tmp_path: Path) -> None:
    asked = [
        "measure",
        "CBRC-PWR",
        "supply=10MWh",
        "balance=1亿元",
        "total_invest=5亿元",
        "--factor",
        "grid.avg=0.5tCO2/MWh",
        "--lang",
        "zh",
    ]
    lines = [line.split() for line in _said(*asked, cwd=tmp_path).splitlines()]
    assert ["co2", "5", "吨二氧化碳", "二氧化碳减排量"] in lines
    assert ["co2", "1", "吨二氧化碳", "二氧化碳减排量"] in lines
    assert not any({"None", "nan"} & set(line) for line in lines)


def test_a_method_is_shown_without_the_programs_own_words(tmp_path: Path) -> None:
    shown = _said("method", "show", "CBRC-NEV", "--lang", "en", cwd=tmp_path)
    assert not any(inner in shown for inner in ("dimension=", "small_unit", "[mass]", "{"))
    assert "annual" in shown or "mileage" in shown

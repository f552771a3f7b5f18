"""CSV: what is printed is what is read back, and no text acts as a formula."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_disclose_build import built

from greenfin.core.problems import Refused
from greenfin.disclose import plain_text, printed_cells, read_csv, safe_text, write_csv


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "  =1", "＝1", "'=1"])
def test_text_that_could_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert safe_text(text) == f"'{text}"


@given(st.text())
def test_safe_text_can_be_taken_back(text: str) -> None:
    assert plain_text(safe_text(text)) == text


def test_a_project_named_like_a_formula_is_harmless_and_comes_back(tmp_path: Path) -> None:
    write_csv(built().value, tmp_path, lang="zh")
    raw = (tmp_path / "T17.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(raw.decode("utf-8-sig").splitlines()))
    assert "'=示例污水厂" in [row[1] for row in rows]
    assert not [field for row in rows for field in row if field[:1] in ("=", "+", "@")]


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_what_is_printed_is_what_is_read_back(tmp_path: Path, lang: str) -> None:
    tables = built().value
    found: dict[str, str] = {}
    for path in write_csv(tables, tmp_path, lang=lang):
        found |= read_csv(path)
    printed = printed_cells(tables)
    assert {name: found[name] for name in printed} == printed
    assert printed["T02!green_balance.current"] == "4.25"
    assert printed["T20!paper.current"] == ""


def test_columns_are_row_label_unit_and_the_tables_own(tmp_path: Path) -> None:
    write_csv(built().value, tmp_path, lang="en")
    header, *rows = list(csv.reader((tmp_path / "T02.csv").read_text("utf-8-sig").splitlines()))
    assert header == ["row", "label", "unit", "current", "prior", "change", "note"]
    assert rows[0][:3] == ["all_loans", "All loans", "CNY 100 million"]


def test_a_table_with_units_by_column_says_them_once(tmp_path: Path) -> None:
    write_csv(built().value, tmp_path, lang="zh")
    header, units, *_ = list(csv.reader((tmp_path / "T03.csv").read_text("utf-8-sig").splitlines()))
    assert units[0] == ""
    assert dict(zip(header, units, strict=True))["balance"] == "亿元"


def test_another_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "T02.csv"
    other.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(Refused):
        read_csv(other)
    with pytest.raises(Refused):
        read_csv(tmp_path / "none.csv")

"""The workbook: values, live formulas, words that stay words, the same bytes twice."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from time import process_time

import openpyxl
import pytest
import sample_report as sample

from greenfin.core.records import Cell, How, Table, TableRow
from greenfin.disclose.to_xlsx import write_xlsx
from greenfin.disclose.xlsx_formula import Place, formula


def written(folder: Path, lang: str = "zh", tables: tuple[Table, ...] | None = None) -> tuple[Path, dict[str, str]]:
    path = folder / f"{lang}.xlsx"
    found = write_xlsx(tables or sample.tables(), path, front=sample.FRONT, lang=lang, factors=sample.FACTORS)
    return path, dict(found)


def at(workbook: openpyxl.Workbook, address: str) -> object:
    sheet, _, place = address.rpartition("!")
    return workbook[sheet][place]


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_a_table_read_back_equals_the_table(tmp_path: Path, lang: str) -> None:
    path, addresses = written(tmp_path, lang)
    read = openpyxl.load_workbook(path, data_only=True)
    for table in sample.tables():
        for cell in table.cells.values():
            found = at(read, addresses[cell.id]).value
            if cell.text is not None:
                assert found == cell.text
            elif cell.value is None:
                assert found == "—"
            else:
                assert found == float(cell.value)


def test_formulas_are_live_for_totals_ratios_differences_changes_and_references(tmp_path: Path) -> None:
    path, where = written(tmp_path)
    book = openpyxl.load_workbook(path)
    formulas = {cell: at(book, where[cell]).value for cell in where}
    assert formulas["T03!total.balance"] == "=SUM(B5:B12)"
    assert formulas["T03!c1.share"] == "=B5/B14*100"
    assert formulas["T02!increase.current"] == "=C6-D6"
    assert formulas["T02!green.change"] == "=(C6/D6-1)*100"
    assert formulas["T02!share.change"] == "=C7-D7"
    assert formulas["T01!green.current"] == "='T02 绿色信贷规模与占比'!C6"
    assert formulas["T01!co2.current"] == "='T16 环境效益汇总'!F8/10000"
    assert formulas["T02!all_loans.current"] == float(Fraction(1234567890123, 10**8))


def test_no_formula_over_a_missing_value_or_one_that_gives_another_value() -> None:
    cells = {
        "a": Cell("a", Fraction(3), "t", 0, How("sum")),
        "b": Cell("b", None, "t", 0, How("missing")),
        "z": Cell("z", Fraction(0), "t", 0, How("sum")),
    }
    places = {name: Place("S", "B", row) for row, name in enumerate(cells, 5)}

    def of(op: str, value: int, *args: str, unit: str = "t") -> str | None:
        return formula(Cell("x", Fraction(value), unit, 0, How(op, args)), "S", cells, places)

    assert of("total", 3, "a", "b") is None
    assert of("ratio", 1, "a", "z") is None
    assert of("diff", 5, "a", "z") is None
    assert of("total", 3, "a", "elsewhere") is None
    assert of("total", 3, "a", "z") == "=SUM(B5,B7)"
    assert of("ratio", 0, "z", "a", unit="percent") == "=B7/B5*100"


def test_words_that_look_like_formulas_stay_words(tmp_path: Path) -> None:
    path, where = written(tmp_path)
    book = openpyxl.load_workbook(path)
    cell = at(book, where["T17!p1.method"])
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=HYPERLINK(1)", "s", True)
    live = [c.value for ws in book for row in ws.iter_rows() for c in row if c.data_type == "f"]
    assert live
    assert not [text for text in live if "HYPERLINK" in text or text.startswith("=1+1")]


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\x00"])
def test_any_first_character_and_control_characters_are_written(tmp_path: Path, first: str) -> None:
    row = TableRow("r", f"{first}cmd|' /C calc'!A0", "", "t")
    table = Table("T99", "a[b]:c*d?e/f\\" + "长" * 40, "", (sample.LABEL, sample.UNIT, sample.NOW), (row,), {})
    path, _ = written(tmp_path, tables=(table, replace(table, id="T99")))
    book = openpyxl.load_workbook(path)
    assert len(set(book.sheetnames)) == 5
    assert all(len(name) <= 31 for name in book.sheetnames)
    assert book.worksheets[1]["A5"].data_type == "s"
    assert "calc" in book.worksheets[1]["A5"].value


def test_every_cell_has_a_name_a_line_of_lineage_and_a_lock(tmp_path: Path) -> None:
    path, where = written(tmp_path)
    book = openpyxl.load_workbook(path)
    named = {name.attr_text.replace("$", "").replace("'", "") for name in book.defined_names.values()}
    assert set(where.values()) <= named
    first = next(name for name in where if name.startswith("T02!"))
    place = book.defined_names[first.replace("!", "_").replace(".", "_")].attr_text
    assert place.replace("$", "").replace("'", "") == where[first]
    lines = {row[0].value: row for row in book["数据来源"].iter_rows(min_row=4)}
    assert lines.keys() == where.keys()
    assert lines[first][0].hyperlink.location.replace("'", "") == where[first]
    assert all(ws.protection.sheet and ws.protection.password is None for ws in book)
    live = [cell for ws in book for row in ws.iter_rows() for cell in row if cell.data_type == "f"]
    assert all(cell.protection.locked for cell in live)


def test_how_the_sheets_print(tmp_path: Path) -> None:
    path, where = written(tmp_path)
    book = openpyxl.load_workbook(path)
    lent, wide = book["T02 绿色信贷规模与占比"], book["T16 环境效益汇总"]
    assert (lent.freeze_panes, lent.print_title_rows, lent.print_area) == ("C5", "$4:$4", "'T02 绿色信贷规模与占比'!$A$1:$E$14")
    assert (lent.page_setup.orientation, wide.page_setup.orientation) == ("portrait", "landscape")
    assert lent.sheet_properties.pageSetUpPr.fitToPage
    assert "工作稿" in lent.oddHeader.center.text
    assert sample.FRONT.run_id in lent.oddFooter.left.text
    assert at(book, where["T02!green.current"]).number_format == '#,##0.00" [1]"'
    assert at(book, where["T02!share.change"]).number_format == '#,##0.00" 个百分点"'
    assert at(book, where["T03!total.balance"]).font.bold
    assert at(book, where["T03!total.balance"]).border.top.style == "thin"


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    one, _ = written(tmp_path)
    first = one.read_bytes()
    again, _ = written(tmp_path)
    assert again.read_bytes() == first


def test_time_grows_with_the_rows_not_with_their_square(tmp_path: Path) -> None:
    def seconds(rows: int) -> float:
        start = process_time()
        written(tmp_path, tables=(sample.projects(rows),))
        return process_time() - start

    seconds(10)
    assert seconds(2000) < 12 * seconds(500)

"""The regulator's blank workbook filled in place: what goes in, what stays, what is refused and what is told."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from returns_bank import made, reference, whole_bank

from greenfin.core.problems import Refused
from greenfin.core.records import Table
from greenfin.forms import Filled, fill
from greenfin.forms.formulas import Calculator, Unread
from greenfin.forms.found import find
from greenfin.ingest.grids import Grid

FIRST_ROW, FIRST_COLUMN = 8, 3


@cache
def tables() -> Mapping[str, Table]:
    return {table.id: table for table in made(whole_bank(), "T08", "T09", "T10", "T20").value}


def blank(path: Path, *, unit: str = "万元", letters: bool = True, lacking: str = "", formulas: bool = True) -> Path:
    """A return as a regulator hands it out: title, unit, merged heads, numbers in the first column, formulas, locked cells."""
    template = reference().templates["T08"]
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "B001"
    sheet["A1"], sheet["C2"] = "绿色融资统计表", f"单位：{unit}、吨"
    columns = [column for column in template.columns if column.form]
    for at, column in enumerate(columns, FIRST_COLUMN):
        sheet.cell(5, at, column.zh)
        if letters:
            sheet.cell(6, at, f"[{column.form[0]}]")
    rows = {row.id: FIRST_ROW + n for n, row in enumerate(template.rows)}
    for row in template.rows:
        if row.form and row.form[0] == lacking:
            continue
        sheet.cell(rows[row.id], 1, rows[row.id] - FIRST_ROW + 1)
        sheet.cell(rows[row.id], 2, row.zh).font = Font(bold=row.style == "total")
        for at, column in enumerate(columns, FIRST_COLUMN):
            cell = sheet.cell(rows[row.id], at)
            if row.of and formulas and (not row.only or column.id in row.only):
                letter = get_column_letter(at)
                taken = "".join(f"-{letter}{rows[name]}" for name in row.less)
                cell.value = f"=SUM({'+'.join(f'{letter}{rows[name]}' for name in row.of)}{taken})"
            elif not row.only or column.id in row.only:
                cell.fill, cell.protection = PatternFill("solid", fgColor="FFFFCC"), Protection(locked=False)
    end = FIRST_ROW + len(rows) + 1
    total, five = f"C{rows['line_1']}", "+".join(f"{letter}{rows['line_1']}" for letter in "DEFGH")
    sheet.cell(end, 2, "[A]应等于[B]-[F]之和")
    sheet.cell(end, 3, f"=IF({total}=({five}),1,2)")
    sheet.protection.sheet = True
    book.save(path)
    return path


def filled(path: Path, out: Path, table: str = "") -> Filled:
    (one,) = fill(path, tables(), reference().templates, out=out, table=table)
    return one


def sheet_of(path: Path, *, values: bool = False) -> Worksheet:
    sheet = load_workbook(path, data_only=values).active
    assert isinstance(sheet, Worksheet)
    return sheet


def at_of(row: str, column: str) -> str:
    template = reference().templates["T08"]
    columns = [one.id for one in template.columns if one.form]
    return f"{get_column_letter(FIRST_COLUMN + columns.index(column))}{FIRST_ROW + [one.id for one in template.rows].index(row)}"


def test_numbers_go_into_empty_cells_and_nothing_else_changes(tmp_path: Path) -> None:
    path = blank(tmp_path / "blank.xlsx")
    done = filled(path, tmp_path / "out.xlsx")
    before, after = sheet_of(path), sheet_of(tmp_path / "out.xlsx")
    changed = {c.coordinate for row in after.iter_rows() for c in row if c.value != before[c.coordinate].value}
    assert len(changed) == done.cells
    assert all(before[at].value is None for at in changed)
    assert all(before[at].style_id == after[at].style_id for at in changed)
    assert after.protection.sheet
    assert (after[at_of("line_1_2", "balance")].value, after[at_of("line_8_1", "acceptances")].value) == (2, 2)
    assert after[at_of("line_8_1", "tce")].value is None
    assert (done.table, done.formulas) == ("T08", done.same)
    assert done.formulas > 300
    assert {p.code for p in done.problems} <= {"form.no_value"}


def test_formulas_stay_and_show_what_they_give(tmp_path: Path) -> None:
    filled(blank(tmp_path / "blank.xlsx"), tmp_path / "out.xlsx")
    assert str(sheet_of(tmp_path / "out.xlsx")[at_of("total", "balance")].value).startswith("=SUM(")
    cell = tables()["T08"].cell("total", "balance")
    assert cell
    assert sheet_of(tmp_path / "out.xlsx", values=True)[at_of("total", "balance")].value == cell.value
    with zipfile.ZipFile(tmp_path / "out.xlsx") as packed:
        assert b'fullCalcOnLoad="1"' in packed.read("xl/workbook.xml")


def test_every_other_part_of_the_workbook_is_the_same(tmp_path: Path) -> None:
    path = blank(tmp_path / "blank.xlsx")
    filled(path, tmp_path / "out.xlsx")
    with zipfile.ZipFile(path) as one, zipfile.ZipFile(tmp_path / "out.xlsx") as other:
        assert one.namelist() == other.namelist()
        differing = {name for name in one.namelist() if one.read(name) != other.read(name)}
        sheet = re.sub(rb"<c [^>]*?(/>|>.*?</c>)", b"", other.read("xl/worksheets/sheet1.xml"))
        assert sheet == re.sub(rb"<c [^>]*?(/>|>.*?</c>)", b"", one.read("xl/worksheets/sheet1.xml"))
    assert differing == {"xl/workbook.xml", "xl/worksheets/sheet1.xml"}


@pytest.mark.parametrize(("unit", "shown"), [("元", 20_000), ("万元", 2), ("亿元", 0.0002)])
def test_money_is_in_the_unit_that_the_sheet_states(tmp_path: Path, unit: str, shown: float) -> None:
    filled(blank(tmp_path / "blank.xlsx", unit=unit), tmp_path / "out.xlsx")
    assert sheet_of(tmp_path / "out.xlsx")[at_of("line_1_2", "balance")].value == shown


def test_columns_are_found_by_their_words_where_there_are_no_letters(tmp_path: Path) -> None:
    done = filled(blank(tmp_path / "blank.xlsx", letters=False), tmp_path / "out.xlsx")
    assert done.same == done.formulas


def test_a_layout_that_is_not_whole_is_refused_with_what_lacks(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        filled(blank(tmp_path / "blank.xlsx", lacking="3.2.4"), tmp_path / "out.xlsx")
    assert (refused.value.problem.code, refused.value.problem.params["lacking"]) == ("form.not_recognised", "3.2.4")
    assert not (tmp_path / "out.xlsx").exists()


def test_a_cell_that_is_filled_already_is_left_and_told(tmp_path: Path) -> None:
    path = blank(tmp_path / "blank.xlsx")
    book = load_workbook(path)
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet[at_of("line_1_2", "balance")], sheet[at_of("line_1_3", "balance")] = 99, 3
    book.save(path)
    done = filled(path, tmp_path / "out.xlsx")
    told = [p for p in done.problems if p.code == "form.already_filled"]
    assert [p.where.rpartition("!")[2] for p in told] == [at_of("line_1_2", "balance")]
    assert sheet_of(tmp_path / "out.xlsx")[at_of("line_1_2", "balance")].value == 99
    assert "form.formula_differs" in {p.code for p in done.problems}
    assert "form.check_fails" in {p.code for p in done.problems}


def test_a_formula_that_gives_another_value_is_told(tmp_path: Path) -> None:
    path = blank(tmp_path / "blank.xlsx")
    book = load_workbook(path)
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    at = at_of("line_2_1", "balance")
    sheet[at] = f"={at_of('line_2_1_1', 'balance')}"
    sheet[at_of("line_2_3", "balance")] = "=VLOOKUP(A1,Z1:Z9,1)"
    book.save(path)
    told = {p.where.rpartition("!")[2]: p.code for p in filled(path, tmp_path / "out.xlsx").problems}
    assert told[at] == "form.formula_differs"
    assert told[at_of("line_2_3", "balance")] == "form.formula_unread"


@pytest.mark.parametrize("name", ["T09", "T10"])
def test_returns_without_numbers_are_found_by_their_names(tmp_path: Path, name: str) -> None:
    template = reference().templates[name]
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for at, column in enumerate((c for c in template.columns if c.form), 2):
        sheet.cell(3, at, column.form[0])
    for at, row in enumerate((r for r in template.rows if r.form), 4):
        sheet.cell(at, 1, re.sub(r"^[\d.]+|（小计）", "", row.zh))
    book.save(tmp_path / "blank.xlsx")
    if name == "T10":
        filled(tmp_path / "blank.xlsx", tmp_path / "out.xlsx")
        assert sheet_of(tmp_path / "out.xlsx")["B4"].value == 100
        return
    with pytest.raises(Refused) as refused:  # recognised; this bank has no register
        filled(tmp_path / "blank.xlsx", tmp_path / "out.xlsx", table=name)
    assert refused.value.problem.code == "form.nothing_to_fill"


NAMES = {
    "T09": [
        "一、环境保护违法违规未整改企业", "二、安全生产违法违规未整改企业", "三、属于落后产能未淘汰企业", "四、职业病防控不达标未整改企业",
    ],
    "T10": [
        "人均用电", "人均用水", "人均用纸", "员工人均绿色信贷培训小时", "新员工培训小时", "中高层培训小时", "对外绿色宣传", "专业人才",
        "其他宣传", "电子替代率",
    ],
}  # fmt: skip
MEASURES = ("其中：督促整改", "压缩退出", "清收处置", "其他")


@pytest.mark.parametrize("name", ["T09", "T10"])
def test_returns_are_found_under_other_names(name: str) -> None:
    labels = [label for one in NAMES[name] for label in (one, *(MEASURES if name == "T09" else ()))] + ["合计"] * (name == "T09")
    template = reference().templates[name]
    heads = [column.form[-1] for column in template.columns if column.form]
    columns = [["序号", *range(1, len(labels) + 1)], ["项目", *labels], *([head, *([""] * len(labels))] for head in heads)]
    found = find(Grid("b.xlsx", "b.xlsx!s", columns), template)
    assert found.is_whole, (found.lacking_rows, found.lacking_columns)
    assert sorted(found.rows.values()) == list(range(2, len(labels) + 2))


def test_every_return_in_a_workbook_is_filled(tmp_path: Path) -> None:
    path = blank(tmp_path / "blank.xlsx")
    book = load_workbook(path)
    sheet = book.create_sheet("B003")
    sheet.append(["指标", "当年累计", "去年累计"])
    for label in NAMES["T10"]:
        sheet.append([label])
    book.save(path)
    done = fill(path, tables(), reference().templates, out=tmp_path / "out.xlsx")
    assert [(one.table, one.sheet.partition("!")[2]) for one in done] == [("T08", "B001"), ("T10", "B003")]
    assert load_workbook(tmp_path / "out.xlsx")["B003"]["B2"].value == 100
    assert sheet_of(tmp_path / "out.xlsx")[at_of("line_1_2", "balance")].value == 2


def test_what_is_no_blank_form_is_refused(tmp_path: Path) -> None:
    path = blank(tmp_path / "blank.xlsx")
    cases = {"form.same_place": (path, path, ""), "form.table_unknown": (path, tmp_path / "o.xlsx", "T01")}
    (tmp_path / "text.csv").write_text("a,b\n", "utf-8")
    cases["form.not_a_workbook"] = (tmp_path / "text.csv", tmp_path / "o.xlsx", "")
    for code, (file, out, table) in cases.items():
        with pytest.raises(Refused) as refused:
            filled(file, out, table=table)
        assert refused.value.problem.code == code
    with pytest.raises(Refused) as refused:
        fill(path, {}, reference().templates, out=tmp_path / "o.xlsx")
    assert refused.value.problem.code == "form.table_not_in_run"


def test_a_hostile_workbook_is_refused(tmp_path: Path) -> None:
    path = blank(tmp_path / "blank.xlsx")
    with zipfile.ZipFile(path) as packed, zipfile.ZipFile(tmp_path / "bad.xlsx", "w") as bad:
        for name in packed.namelist():
            content = packed.read(name)
            bad.writestr(
                name, content.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet', 1) if "sheet1" in name else content
            )
    with pytest.raises(Refused) as refused:
        filled(tmp_path / "bad.xlsx", tmp_path / "out.xlsx")
    assert refused.value.problem.code == "ingest.xml_entities"


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("SUM(A1:A3)", 6), ("SUM(A1+A2,A3)-$A$1*2", 4), ("IF(A1=(A2-1),1,2)", 1), ("IF(A1>A2,1,2)", 2), ("ROUND(-A3/2,0)", -2),
        ("ABS(A1-A3)", 2), ("IF(AND(A1=1,A2=2),A3,0)", 3), ("-(A1+0.5)", Fraction(-3, 2)), ("B9+1", 1),
    ],
)  # fmt: skip
def test_formulas_are_computed_exactly(formula: str, value: Fraction | int) -> None:
    numbers = {f"A{n}": Fraction(n) for n in (1, 2, 3)}
    assert Calculator(numbers, {"C1": f"={formula}"}).value("C1") == value


@pytest.mark.parametrize(
    "formula", ["C1+1", "VLOOKUP(A1,A2)", "'x'!A1", "A1/0", "SUM(A1:A999999)", "(" * 3000 + "1", "1+", "[1]B!A1", "IF(1)"]
)
def test_formulas_beyond_that_are_left_alone(formula: str) -> None:
    with pytest.raises(Unread):
        Calculator({}, {"C1": f"={formula}"}).value("C1")

"""The marked copy: the user's workbook as it was, bad cells coloured and commented, a list of problems in front, nothing that executes."""

from __future__ import annotations

import hashlib
import json
import stat
import subprocess
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from typer.testing import CliRunner

from greenfin.cli.main import app
from greenfin.core.problems import Problem, Refused, error, info, warning
from greenfin.ingest import marked, read_book
from greenfin.ingest.marked import mark_copies

AS_OF = date(2025, 12, 31)
LONG = "用于建设集中式光伏电站项目，采购组件与逆变器，并支付安装工程款与并网工程款"
RED, YELLOW = "FFFFB3B3", "FFFFE699"


def ledger(path: Path) -> Path:
    made = openpyxl.Workbook()
    page = made.active
    assert page is not None
    page.title = "借据 台账's"
    for row in [
        ["示例银行贷款明细表"],
        ["机构名称", "借据号", "贷款余额（元）", "五级分类", "贷款用途", "占余额"],
        ["东城支行", "J1", 100, "正常", LONG, "=C3/SUM(C3:C6)"],
        [None, "J2", "abc", "不知道", LONG, "=C4/2"],
        ["西城支行", "J3", 300, "正常", "=cmd|' /C calc'!A0", None],
        [None, "J4", 400, "正常", None, None],
    ]:
        page.append(row)
    page["E5"].data_type = "s"
    page.merge_cells("A1:F1")
    page.merge_cells("A3:A4")
    page["C4"].comment = Comment("用户原来的批注", "甲")
    page["B3"].font, page["B3"].fill = Font(bold=True, color="FF112233"), PatternFill("solid", fgColor="FF00FF00")
    page.column_dimensions["E"].width = 44
    page.freeze_panes = "B3"
    hidden = made.create_sheet("参数")
    hidden.sheet_state = "hidden"
    hidden["A1"] = "=1+1"
    made.save(path)
    return path


def marked_of(folder: Path, *paths: Path, problems: list[Problem] | None = None) -> list[Any]:
    found = problems if problems is not None else list(read_book(paths, as_of=AS_OF).problems)
    return list(mark_copies(paths, found, folder / "out", lang="zh").value)


def test_cells_are_coloured_and_commented_and_all_else_stays(tmp_path: Path) -> None:
    path = ledger(tmp_path / "台账.xlsx")
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    (copy,) = marked_of(tmp_path, path)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert copy.path.name == "台账.marked.xlsx"
    assert stat.S_IMODE(copy.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.path.parent.stat().st_mode) == 0o700
    assert list(copy.path.parent.iterdir()) == [copy.path]
    book = openpyxl.load_workbook(copy.path)
    assert book.sheetnames == ["问题清单", "借据 台账's", "参数"]
    assert book["参数"].sheet_state == "hidden"
    page, was = book["借据 台账's"], openpyxl.load_workbook(path)["借据 台账's"]
    assert page["C4"].fill.fgColor.rgb == RED
    assert page["C4"].comment.text.startswith("用户原来的批注\n—\n[错误] ingest.amount_unreadable\n")
    assert page["D4"].fill.fgColor.rgb == RED
    assert page["E6"].fill.fgColor.rgb == YELLOW
    assert {str(a) for a in page.merged_cells.ranges} == {"A1:F1", "A3:A4"}
    assert [[c.value for c in row] for row in page] == [[c.value for c in row] for row in was]
    assert (page["B3"].font.color.rgb, page["B3"].fill.fgColor.rgb) == ("FF112233", "FF00FF00")
    assert (page.column_dimensions["E"].width, page.freeze_panes) == (44, "B3")
    assert (page["E5"].data_type, page["F3"].data_type) == ("s", "f"), "a text stays a text, a formula a formula"
    assert book["参数"]["A1"].value == "=1+1"


def test_the_list_counts_and_leads_to_the_cells(tmp_path: Path) -> None:
    (copy,) = marked_of(tmp_path, ledger(tmp_path / "台账.xlsx"))
    page = openpyxl.load_workbook(copy.path).worksheets[0]
    texts = [[str(c.value) for c in row if c.value is not None] for row in page]
    assert texts[0] == ["台账.xlsx 的问题清单"]
    assert ["1", "错误", "ingest.amount_unreadable"] in [row[:3] for row in texts]
    links = {c.value: c.hyperlink.location for row in page for c in row if c.hyperlink}
    assert links["C4"] == "'借据 台账''s'!C4"
    assert not [c for row in page for c in row if c.data_type == "f"]


HOSTILE = ['=HYPERLINK("http://x","y")', "+1+cmd|' /C calc'!A0", "@SUM(1)", "-2+3", "\t=1", "a\x00\x1bb\ud800"]


def test_no_text_that_is_added_can_execute(tmp_path: Path) -> None:
    path = tmp_path / "=1+1.csv"
    path.write_text(
        "借据号,贷款余额（元）,贷款用途\n" + "\n".join(f'J{n},abc,"{t}"' for n, t in enumerate(["=1+1", "@x", "+cmd|x", "-1"])), "utf-8"
    )
    found = [error("ingest.amount_unreadable", f"{path.name}!B{n + 2}", column=t, found=t) for n, t in enumerate(HOSTILE)]
    (copy,) = marked_of(tmp_path, path, problems=found)
    book = openpyxl.load_workbook(copy.path)
    cells = [cell for page in book for row in page for cell in row]
    assert not [c.coordinate for c in cells if c.data_type == "f"]
    assert [book.worksheets[1].cell(n + 2, 3).value for n in range(4)] == ["=1+1", "@x", "+cmd|x", "-1"]
    assert all(book.worksheets[1].cell(n + 2, 3).quotePrefix for n in range(4))
    with zipfile.ZipFile(copy.path) as packed:
        parts = b"".join(packed.read(name) for name in packed.namelist() if name.endswith(".xml"))
    assert b"<f>" not in parts
    assert b"externalLink" not in parts


def test_text_files_and_parquet_become_workbooks_with_text_as_it_was(tmp_path: Path) -> None:
    table, ledger_csv = tmp_path / "a.parquet", tmp_path / "a.csv"
    pq.write_table(pa.table({"借据号": ["0012345678901234567"], "贷款余额": [5.5], "贷款用途": [LONG]}), table)
    ledger_csv.write_text("借据号,贷款余额（元）,贷款用途\n0012345678901234567,x,说明\n", "gb18030")
    copies = marked_of(tmp_path, table, ledger_csv)
    assert [copy.path.name for copy in copies] == ["a.marked.xlsx", "a.2.marked.xlsx"]
    pages = [openpyxl.load_workbook(copy.path).worksheets[1] for copy in copies]
    assert [page["A2"].value for page in pages] == ["0012345678901234567"] * 2
    assert pages[0]["B2"].value == 5.5
    assert pages[1]["B2"].fill.fgColor.rgb == RED


def test_a_mark_in_a_merged_cell_goes_to_the_cell_that_is_shown(tmp_path: Path) -> None:
    path = ledger(tmp_path / "a.xlsx")
    (copy,) = marked_of(tmp_path, path, problems=[warning("ingest.purpose_missing", "a.xlsx!借据 台账's!A4")])
    page = openpyxl.load_workbook(copy.path)["借据 台账's"]
    assert page["A3"].fill.fgColor.rgb == YELLOW
    assert page["A3"].comment


def test_too_many_cells_too_many_comments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "big.csv"
    path.write_text(
        "借据号,贷款余额（元）,贷款用途\n" + "".join(f"J{n},{'x' if n % 50 == 7 else n},{LONG}\n" for n in range(1000)), "utf-8"
    )
    monkeypatch.setattr(marked, "MAX_CELLS", 1000)
    monkeypatch.setattr(marked, "MAX_COMMENTS", 5)
    (copy,) = marked_of(tmp_path, path)
    assert not copy.is_whole
    assert copy.uncommented > 10
    book = openpyxl.load_workbook(copy.path)
    page = book.worksheets[1]
    held = [row for row in range(1, page.max_row + 1) if page.cell(row, 1).value is not None]
    assert page["A9"].value == "J7"
    assert 20 < len(held) < 40, "the header and the bad rows, each at its own number"
    assert sum(cell.comment is not None for row in page for cell in row) == 5
    words = " ".join(str(row[0].value) for row in book.worksheets[0].iter_rows(min_row=1, max_row=7))
    assert "1,000" in words
    assert "最多加 5 条批注" in words


def test_a_copy_never_replaces_a_file_of_the_users(tmp_path: Path) -> None:
    one = ledger(tmp_path / "a.xlsx")
    other = ledger(tmp_path / "a.marked.xlsx")
    with pytest.raises(Refused) as refused:
        mark_copies([one, other], [], tmp_path, lang="zh")
    assert refused.value.problem.code == "ingest.marked_exists"
    (tmp_path / "file").write_text("x")
    with pytest.raises(Refused) as refused:
        mark_copies([one], [], tmp_path / "file", lang="zh")
    assert refused.value.problem.code == "ingest.marked_cannot_write"


def test_macros_are_not_copied_and_a_workbook_that_cannot_be_copied_is_marked_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.xlsm"
    ledger(path)
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("xl/vbaProject.bin", b"macro")
    (copy,) = marked_of(tmp_path, path)
    with zipfile.ZipFile(copy.path) as packed:
        assert not [name for name in packed.namelist() if "vba" in name]

    def broken(*_: object, **__: object) -> object:
        raise ValueError

    monkeypatch.setattr(openpyxl, "load_workbook", broken)
    outcome = mark_copies([path], [error("ingest.key_missing", "m.xlsm!借据 台账's!B6", column="x")], tmp_path / "out", lang="en")
    monkeypatch.undo()
    assert [p.code for p in outcome.problems] == ["ingest.marked_unreadable"]
    page = openpyxl.load_workbook(outcome.value[0].path)["借据 台账's"]
    assert (page["B6"].value, page["B6"].fill.fgColor.rgb) == ("J4", RED)


def test_problems_without_a_cell_are_listed_and_notes_only_counted(tmp_path: Path) -> None:
    path = ledger(tmp_path / "a.xlsx")
    found = [
        error("ingest.no_loans", "a.xlsx"),
        warning("ingest.unit_jump", "a.xlsx!借据 台账's!C", ratio="1", count=3),
        error("ingest.as_of_missing"),
    ]
    found += [
        info("ingest.purpose_short", "a.xlsx!借据 台账's!E3", count=3, wanted=30),
        error("ingest.key_missing", "other.xlsx!s!A1", column="x"),
    ]
    (copy,) = marked_of(tmp_path, path, problems=found)
    book = openpyxl.load_workbook(copy.path)
    codes = [cell.value for row in book.worksheets[0] for cell in row if str(cell.value).startswith("ingest.")]
    assert sorted(codes) == sorted(["ingest.no_loans", "ingest.unit_jump"] * 2 + ["ingest.as_of_missing", "ingest.purpose_short"])
    assert not [c for row in book["借据 台账's"] for c in row if c.comment and c.comment.author == "greenfin"]


def test_the_command_makes_the_copies(tmp_path: Path) -> None:
    path = ledger(tmp_path / "a.xlsx")
    called = CliRunner().invoke(
        app, ["ingest", str(path), "--as-of", "2025-12-31", "--marked", str(tmp_path / "out"), "--json", "--lang", "en"]
    )
    said = json.loads(called.output)
    assert called.exit_code == 1
    assert said["marked"] == [str(tmp_path / "out" / "a.marked.xlsx")]
    assert openpyxl.load_workbook(said["marked"][0]).sheetnames[0] == "Problems"


@pytest.mark.desktop
def test_a_spreadsheet_program_opens_the_copy_and_calculates_it(tmp_path: Path) -> None:
    (copy,) = marked_of(tmp_path, ledger(tmp_path / "a.xlsx"))
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "xlsx:Calc MS Excel 2007 XML"]
    subprocess.run([*command, "--outdir", str(tmp_path / "calc"), str(copy.path)], check=True, capture_output=True, timeout=120)
    book = openpyxl.load_workbook(tmp_path / "calc" / copy.path.name, data_only=True)
    page = book["借据 台账's"]
    assert page["F3"].value == pytest.approx(100 / 800)
    assert page["C4"].fill.fgColor.rgb == RED
    assert page["C4"].comment
    assert book.worksheets[0]["A1"].value == "a.xlsx 的问题清单"

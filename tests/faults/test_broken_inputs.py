"""Broken input of more than sixty kinds: each has its message, in both languages, with an address, and none a traceback."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from greenfin.core.problems import Problem, Refused
from greenfin.ingest import read_bank, read_book, read_decisions, read_operations, read_prior, read_texts
from greenfin.messages import LANGUAGES, tell

AS_OF = date(2025, 12, 31)
GOOD: dict[str, object] = {
    "借据号": "JJ2025000001",
    "合同号": "HT1",
    "机构号": "010101",
    "机构名称": "东城支行",
    "客户名称": "示例水务有限公司",
    "统一社会信用代码": None,
    "产品名称": "项目贷款",
    "贷款用途": "用于示例市城镇污水处理厂二期扩建工程设备采购及管网建设施工费用支付",
    "贷款投向行业": "4620",
    "币种": "人民币",
    "合同金额（元）": 1000000,
    "贷款余额（元）": 800000.25,
    "执行利率（%）": 3.45,
    "发放日": "2025-01-02",
    "到期日": "2030-01-02",
    "贷款状态": "正常",
    "五级分类": "正常",
    "是否绿色贷款": "是",
    "项目编号": "XM1",
}
PROJECT: dict[str, object] = {
    "项目编号": "XM1",
    "项目名称": "示例污水处理厂",
    "项目总投资（万元）": 9000,
    "建设状态": "在建",
    "日处理水量（立方米/日）": 20000,
}
Rows = Sequence[Mapping[str, object]]


def rows_of(records: Rows) -> list[list[object]]:
    header = list(dict.fromkeys(key for record in records for key in record))
    return [list(header), *([record.get(key) for key in header] for record in records)]


def workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]], *, hidden: Sequence[str] = ()) -> Path:
    book = openpyxl.Workbook()
    del book["Sheet"]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        sheet.sheet_state = "hidden" if name in hidden else "visible"
    book.save(path)
    return path


def ledger(path: Path, *changes: Mapping[str, object], extra: Mapping[str, Sequence[Sequence[object]]] | None = None) -> Path:
    """Three sound loans, then one per change; a project; whatever else is given."""
    sound = [{**GOOD, "借据号": f"JJ202500000{n}"} for n in (1, 2, 3)]
    changed = [{**GOOD, "借据号": f"JJ202500010{n}", **change} for n, change in enumerate(changes)]
    return workbook(path, {"借据台账": rows_of([*sound, *changed]), "项目台账": rows_of([PROJECT]), **(extra or {})})


def book_problems(path: Path, as_of: date | None = AS_OF) -> tuple[Problem, ...]:
    return read_book([path], as_of=as_of).problems


def assert_told(problems: Sequence[Problem], code: str) -> None:
    """The code is there, with an address, and its words come out filled in both languages."""
    mine = [problem for problem in problems if problem.code == code]
    assert mine, f"{code} not among {sorted({p.code for p in problems})}"
    for problem in mine:
        assert problem.where
        for language in LANGUAGES:
            words = tell(problem, language)
            assert words
            assert "{" not in words
            assert "…" not in words


CELLS = [
    ("balance in words", {"贷款余额（元）": "很多"}, "ingest.amount_unreadable", "L5"),
    ("balance empty", {"贷款余额（元）": None}, "ingest.amount_missing", "L5"),
    ("balance a dash", {"贷款余额（元）": "—"}, "ingest.amount_missing", "L5"),
    ("balance negative", {"贷款余额（元）": -12.5}, "ingest.balance_negative", "L5"),
    ("balance beyond reason", {"贷款余额（元）": 1e30}, "ingest.amount_too_large", "L5"),
    ("balance a date", {"贷款余额（元）": date(2025, 1, 1)}, "ingest.amount_unreadable", "L5"),
    ("balance in tonnes", {"贷款余额（元）": "30吨"}, "ingest.unit_wrong", "L5"),
    ("balance with two points", {"贷款余额（元）": "1.234.567"}, "ingest.amount_unreadable", "L5"),
    ("formula never calculated", {"贷款余额（元）": "=1+1"}, "ingest.formula_not_calculated", "L5"),
    ("error cell", {"贷款余额（元）": "#REF!"}, "ingest.error_cell", "L5"),
    ("receipt empty", {"借据号": None}, "ingest.key_missing", "A5"),
    ("receipt in scientific notation", {"借据号": "2.02401E+13"}, "ingest.id_lost_digits", "A5"),
    ("receipt as a number too long", {"借据号": 91320300069480065}, "ingest.id_lost_digits", "A5"),
    ("contract in scientific notation", {"合同号": "2.02E+20"}, "ingest.id_lost_digits", "B5"),
    ("impossible date", {"发放日": "20230229"}, "ingest.date_impossible", "N5"),
    ("date in words", {"发放日": "去年春天"}, "ingest.date_unreadable", "N5"),
    ("class unknown", {"五级分类": "优秀"}, "ingest.word_unknown", "Q5"),
    ("status unknown", {"贷款状态": "冻存"}, "ingest.word_unknown", "P5"),
    ("foreign currency", {"币种": "美元"}, "ingest.currency_unsupported", "J5"),
    ("currency unknown", {"币种": "贝壳"}, "ingest.word_unknown", "J5"),
    ("credit code wrong", {"统一社会信用代码": "911100001000000001"}, "ingest.credit_code_wrong", "F5"),
    ("credit code lost digits", {"统一社会信用代码": 911100001000000001}, "ingest.id_lost_digits", "F5"),
    ("industry unknown", {"贷款投向行业": "不知道"}, "ingest.industry_unknown", "I5"),
    ("rate absurd", {"执行利率（%）": 88}, "ingest.rate_unlikely", "M5"),
    ("rates of two units", {"执行利率（%）": 0.0345}, "ingest.percent_units_mixed", "M5"),
    ("flag unknown", {"是否绿色贷款": "大概"}, "ingest.flag_unknown", "R5"),
    ("balance over amount", {"合同金额（元）": 5}, "ingest.balance_over_amount", "L5"),
    ("due before start", {"到期日": "2024-01-02"}, "ingest.due_before_start", "O5"),
    ("starts after the data date", {"发放日": "2026-03-01"}, "ingest.starts_later", "N5"),
    ("purpose says nothing", {"贷款用途": "流动资金周转"}, "ingest.purpose_generic", "H5"),
    ("purpose empty", {"贷款用途": None}, "ingest.purpose_missing", "H5"),
    ("settled with a balance", {"贷款状态": "结清"}, "ingest.closed_with_balance", "L5"),
    ("project unknown", {"项目编号": "XM404"}, "ingest.project_unknown", "S5"),
    ("project missing", {"项目编号": None}, "ingest.project_missing", "S5"),
    ("loan above investment", {"贷款余额（元）": 95000000, "合同金额（元）": 99000000}, "ingest.loan_over_investment", "L5"),
    ("receipt twice, unequal", {"借据号": "JJ2025000001", "贷款余额（元）": 1}, "ingest.duplicate_unequal", "A5"),
    ("receipt twice, equal", {"借据号": "JJ2025000001"}, "ingest.duplicate_equal", "A5"),
]


@pytest.mark.parametrize(("change", "code", "cell"), [case[1:] for case in CELLS], ids=[case[0] for case in CELLS])
def test_broken_cell(tmp_path: Path, change: dict[str, object], code: str, cell: str) -> None:
    path = ledger(tmp_path / "book.xlsx", change)
    if change.get("贷款余额（元）") == "#REF!":
        book = openpyxl.load_workbook(path)
        book["借据台账"]["L5"].data_type = "e"
        book.save(path)
    problems = book_problems(path)
    assert_told(problems, code)
    assert f"book.xlsx!借据台账!{cell}" in {p.where for p in problems if p.code == code}


def _sheet(name: str, *rows: Sequence[object]) -> Callable[[Path], Path]:
    return lambda folder: ledger(folder / "book.xlsx", extra={name: rows})


MONTHS = [["总部", f"2025-{m:02d}", "用电量", 10, "千瓦时"] for m in range(1, 13)]
OPS_HEADER = ["场所", "月份", "能源种类", "数量", "单位"]
SHEETS = [
    ("control differs", _sheet("控制总额", ["机构号", "控制总额（元）"], [None, 1.0]), "ingest.control_differs"),
    ("control of an unknown branch", _sheet("控制总额", ["机构号", "控制总额（元）"], ["9999", 1.0]), "ingest.control_branch_unknown"),
    ("indicator unknown", _sheet("测算", ["项目编号", "指标", "数值", "单位"], ["XM1", "幸福指数", 3, ""]), "ingest.input_unknown"),
    ("indicator in a wrong unit", _sheet("测算", ["项目编号", "指标", "数值", "单位"], ["XM1", "装机容量", 3, "吨"]), "ingest.unit_wrong"),
    ("unit unknown", _sheet("测算", ["项目编号", "指标", "数值", "单位"], ["XM1", "装机容量", 3, "葫芦"]), "ingest.unit_unknown"),
    (
        "indicator twice",
        _sheet("测算", ["项目编号", "指标", "数值", "单位"], ["XM1", "装机容量", 3, "MW"], ["XM1", "装机容量", 4, "MW"]),
        "ingest.input_conflict",
    ),
    ("negative use", _sheet("运营", OPS_HEADER, *MONTHS[:11], ["总部", "2025-12", "用电量", -3, "千瓦时"]), "ingest.quantity_negative"),
    ("month twice", _sheet("运营", OPS_HEADER, *MONTHS, ["总部", "2025-12", "用电量", 3, "千瓦时"]), "ingest.month_twice"),
    ("bill twice", _sheet("运营", OPS_HEADER, *MONTHS, MONTHS[-1]), "ingest.month_repeated"),
    ("month missing", _sheet("运营", OPS_HEADER, *MONTHS[:11]), "ingest.months_missing"),
    ("month unreadable", _sheet("运营", OPS_HEADER, *MONTHS, ["总部", "初夏", "用电量", 3, "千瓦时"]), "ingest.month_unreadable"),
    ("electricity by the tonne", _sheet("运营", OPS_HEADER, *MONTHS, ["总部", "2025-12", "用电量", 3, "吨"]), "ingest.unit_wrong"),
    ("item unknown", _sheet("运营", OPS_HEADER, *MONTHS, ["总部", "2025-12", "香薰", 3, "升"]), "ingest.item_unknown"),
    ("a small table nobody knows", _sheet("杂项", *([["甲", "乙", n] for n in range(3)])), "ingest.sheet_unknown_large"),
    ("a long sheet nobody knows", _sheet("杂项", *([["甲乙丙丁", n] for n in range(40)])), "ingest.sheet_unknown_large"),
]


@pytest.mark.parametrize(("make", "code"), [case[1:] for case in SHEETS], ids=[case[0] for case in SHEETS])
def test_broken_sheet(tmp_path: Path, make: Callable[[Path], Path], code: str) -> None:
    assert_told(book_problems(make(tmp_path)), code)


def test_hidden_ledger_is_not_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "b.xlsx", {"台账": rows_of([GOOD]), "旧台账": rows_of([GOOD])}, hidden=["旧台账"])
    assert_told(book_problems(path), "ingest.sheet_hidden")


def test_ledger_without_balance(tmp_path: Path) -> None:
    path = workbook(tmp_path / "b.xlsx", {"台账": rows_of([{k: v for k, v in GOOD.items() if not k.startswith("贷款余额")}])})
    assert_told(book_problems(path), "ingest.column_missing")


def test_projects_in_the_wrong_unit(tmp_path: Path) -> None:
    loans = [{**GOOD, "借据号": f"A{n}"} for n in range(5)]
    project = {("项目总投资（元）" if "投资" in k else k): v for k, v in PROJECT.items()}
    path = workbook(tmp_path / "b.xlsx", {"台账": rows_of(loans), "项目": rows_of([{**project, "项目总投资（元）": 900}])})
    assert_told(book_problems(path), "ingest.unit_jump")


def test_other_data_date(tmp_path: Path) -> None:
    path = workbook(tmp_path / "b.xlsx", {"台账": rows_of([{**GOOD, "数据日期": "2024-12-31"}])})
    assert_told(book_problems(path), "ingest.as_of_differs")


def test_row_with_a_comma_too_many(tmp_path: Path) -> None:
    path = tmp_path / "loans.csv"
    path.write_text("借据号,贷款余额,贷款用途\nA1,100,建设光伏电站\nA2,1,234,建设光伏电站\n", "utf-8")
    assert_told(book_problems(path), "ingest.row_too_long")


def _bytes(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def _truncated(folder: Path) -> Path:
    path = ledger(folder / "book.xlsx")
    path.write_bytes(path.read_bytes()[:-200])
    return path


def _flipped(folder: Path) -> Path:
    path = ledger(folder / "book.xlsx")
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))
    return path


def _zip_of_text(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "book.xlsx", "w") as packed:
        packed.writestr("readme.txt", "nothing here")
    return folder / "book.xlsx"


REFUSED = [
    ("not there", lambda folder: folder / "nowhere.xlsx", "ingest.file_missing"),
    ("a folder", lambda folder: folder, "ingest.file_missing"),
    ("empty", _bytes("book.xlsx", b""), "ingest.file_empty"),
    ("old or encrypted", _bytes("book.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600), "ingest.file_encrypted"),
    ("a web page", _bytes("book.xls", "<html><table><tr><td>借据号</td></tr></table></html>".encode()), "ingest.not_a_workbook"),
    ("truncated", _truncated, "ingest.file_damaged"),
    ("bits flipped", _flipped, "ingest.file_damaged"),
    ("a zip of something else", _zip_of_text, "ingest.not_a_workbook"),
    ("no text at all", _bytes("book.csv", bytes([0xFF, 0xFF, 0x00, 0x81, 0x20]) * 30), "ingest.encoding_unknown"),
    ("parquet cut off", _bytes("book.parquet", b"PAR1" + b"\0" * 50), "ingest.file_damaged"),
    ("headers unknown", _bytes("book.csv", "甲,乙\n1,2\n".encode()), "ingest.nothing_recognised"),
    ("only a header sign", _bytes("book.csv", b"\n\n\n"), "ingest.nothing_recognised"),
]


@pytest.mark.parametrize(("make", "code"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused_file(tmp_path: Path, make: Callable[[Path], Path], code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_book([make(tmp_path)], as_of=AS_OF)
    assert_told([refused.value.problem], code)


def test_no_data_date(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        read_book([ledger(tmp_path / "book.xlsx")], as_of=None)
    assert_told([refused.value.problem], "ingest.as_of_missing")


OTHERS = [
    ("bank: key twice", read_bank, "bank.yaml", "name_zh: 甲\nname_zh: 乙\n", "ingest.bank_unreadable"),
    ("bank: anchors", read_bank, "bank.yaml", "a: &x [1]\nb: [*x, *x]\n", "ingest.bank_unreadable"),
    ("bank: a tag", read_bank, "bank.yaml", "a: !!python/object/apply:os.getcwd []\n", "ingest.bank_unreadable"),
    ("bank: no mapping", read_bank, "bank.yaml", "- 1\n- 2\n", "ingest.bank_unreadable"),
    ("bank: broken", read_bank, "bank.yaml", "a: [1, 2\n", "ingest.bank_unreadable"),
    ("bank: missing", read_bank, "none/bank.yaml", None, "ingest.file_missing"),
    ("decisions: something else", read_decisions, "d.csv", "甲,乙\n1,2\n", "ingest.decisions_unknown"),
    ("texts: no text column", read_texts, "t.csv", "甲,乙\n1,2\n", "ingest.no_text_column"),
    ("operations: none", read_operations, "o.csv", "甲,乙\n1,2\n", "ingest.nothing_recognised"),
]


@pytest.mark.parametrize(("read", "name", "text", "code"), [case[1:] for case in OTHERS], ids=[case[0] for case in OTHERS])
def test_other_refused_files(tmp_path: Path, read: Callable[[Path], object], name: str, text: str | None, code: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(Refused) as refused:
        read(tmp_path / name)
    assert_told([refused.value.problem], code)


def test_a_prior_file_of_something_else_is_told_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("甲,乙\n1,2\n", "utf-8")
    outcome = read_prior(tmp_path / "p.csv")
    assert outcome.value == ()
    assert_told(outcome.problems, "ingest.prior_unknown")


DECISION_HEADER = ["借据号", "认定结果", "条目代码", "经办", "复核"]
DECISIONS = [
    ("class code as a number", ["J1", "绿色", 3.2, "甲", "乙"], "ingest.code_ambiguous"),
    ("class code as a date", ["J1", "绿色", date(2025, 4, 1), "甲", "乙"], "ingest.code_ambiguous"),
    ("green without a class", ["J1", "绿色", None, "甲", "乙"], "ingest.decision_without_code"),
    ("word unknown", ["J1", "也许吧", "3.2.1", "甲", "乙"], "ingest.word_unknown"),
    ("no receipt", [None, "绿色", "3.2.1", "甲", "乙"], "ingest.key_missing"),
]


@pytest.mark.parametrize(("row", "code"), [case[1:] for case in DECISIONS], ids=[case[0] for case in DECISIONS])
def test_broken_decision(tmp_path: Path, row: list[object], code: str) -> None:
    outcome = read_decisions(workbook(tmp_path / "d.xlsx", {"决定": [DECISION_HEADER, row]}))
    assert_told(outcome.problems, code)
    assert outcome.value.num_rows == 0


PRIOR_HEADER = "表号,指标编号,列,数值,单位"
PRIOR = [
    ("value in words", "T01,a,current,很多,亿元", "ingest.number_unreadable"),
    ("unit unknown", "T01,a,current,1.5,葫芦", "ingest.unit_unknown"),
    ("no row", "T01,,current,1.5,亿元", "ingest.key_missing"),
    ("twice", "T01,a,current,1.5,亿元\nT01,a,,1.6,亿元", "ingest.prior_twice"),
]


@pytest.mark.parametrize(("line", "code"), [case[1:] for case in PRIOR], ids=[case[0] for case in PRIOR])
def test_broken_prior(tmp_path: Path, line: str, code: str) -> None:
    (tmp_path / "p.csv").write_text(f"{PRIOR_HEADER}\n{line}\n", "utf-8")
    assert_told(read_prior(tmp_path / "p.csv").problems, code)


def test_no_borrower_in_any_message(tmp_path: Path) -> None:
    changes = [case[1] for case in CELLS]
    problems = book_problems(ledger(tmp_path / "book.xlsx", *changes))
    assert not [p for p in problems if "示例水务" in tell(p, "zh") or "示例水务" in str(p.params)]


def run_cli(arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """The program itself, as a user starts it."""
    return subprocess.run(
        [sys.executable, "-m", "greenfin.cli.main", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )


SMOKE = [
    ("ledger with errors", lambda folder: ledger(folder / "book.xlsx", *(case[1] for case in CELLS)), 1),
    ("truncated", _truncated, 2),
    ("a web page", _bytes("book.xls", b"<html></html>"), 2),
    ("not there", lambda folder: folder / "nowhere.xlsx", 2),
]


@pytest.mark.skipif(not Path("greenfin/cli/main.py").exists(), reason="the command line is not there yet")
@pytest.mark.parametrize(("make", "status"), [case[1:] for case in SMOKE], ids=[case[0] for case in SMOKE])
def test_command_line_shows_no_traceback(tmp_path: Path, make: Callable[[Path], Path], status: int) -> None:
    path = make(tmp_path)
    done = run_cli(["run", str(path), "--as-of", "2025-12-31", "--out", str(tmp_path / "out")], Path.cwd())
    assert "Traceback" not in done.stderr + done.stdout
    assert done.returncode == status
    assert path.name in done.stderr + done.stdout

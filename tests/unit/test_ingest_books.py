"""Whole files -> a Book: layouts, merged cells, units, controls, persons, several files and formats."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from greenfin.core.columns import schema
from greenfin.core.problems import Problem, Severity
from greenfin.core.records import Book
from greenfin.ingest import read_bank, read_book, read_decisions, read_operations, read_prior, read_texts

AS_OF = date(2025, 12, 31)
Grid = Sequence[Sequence[object]]


def book(path: Path, sheets: Mapping[str, Grid], *, merge: Mapping[str, Sequence[str]] | None = None) -> Path:
    made = openpyxl.Workbook()
    del made["Sheet"]
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for area in (merge or {}).get(name, ()):
            sheet.merge_cells(area)
    made.save(path)
    return path


def read(path: Path, *more: Path) -> tuple[Book, tuple[Problem, ...]]:
    outcome = read_book([path, *more], as_of=AS_OF)
    return outcome.value, outcome.problems


def codes(problems: Sequence[Problem], severity: Severity | None = None) -> set[str]:
    return {p.code for p in problems if severity is None or p.severity is severity}


LEDGER: Grid = [
    ["示例银行贷款明细表", None, None, None],
    ["数据日期：2025年12月31日", None, None, "单位：万元"],
    ["机构名称", "借据号", "贷款余额", "贷款用途"],
    ["A", "B", "C", "D"],
    ["东城支行", "J1", "1.5", "建设集中式光伏电站项目，用于组件与逆变器采购及安装工程款"],
    [None, "J2", "2,000.25", "建设陆上风电场项目，用于风力发电机组采购及安装工程款支付"],
    ["小计", None, 2001.75, None],
    ["西城支行", "J3", "３", "新建城镇污水处理厂项目，用于土建工程及设备采购款项支付"],
    ["合计", None, 2004.75, None],
    [None, None, None, None],
    ["填表人：甲", None, "复核人：乙", None],
    ["注：本表为月末数", None, None, None],
]


def test_titles_units_totals_letters_and_merged_cells(tmp_path: Path) -> None:
    value, problems = read(book(tmp_path / "b.xlsx", {"台账": LEDGER}, merge={"台账": ["A1:D1", "A5:A6"]}))
    assert value.loans["loan_id"].to_pylist() == ["J1", "J2", "J3"]
    assert value.loans["balance_fen"].to_pylist() == [1_500_000, 2_000_250_000, 3_000_000]
    assert value.loans["branch_name"].to_pylist() == ["东城支行", "东城支行", "西城支行"]
    assert value.loans["source_row"].to_pylist() == [5, 6, 8]
    assert value.loans.schema == schema("loans")
    assert {"ingest.rows_skipped", "ingest.filled_down", "ingest.unit_of_sheet"} <= codes(problems)
    assert not codes(problems, Severity.ERROR)
    assert codes(problems, Severity.WARNING) == {"ingest.purpose_short"}
    assert value.cell("b.xlsx!台账", 6, "balance_fen") == "b.xlsx!台账!C6"


def test_two_row_header_and_offset(tmp_path: Path) -> None:
    rows = [
        [None] * 6,
        [None, None, "借款人信息", None, "贷款信息", None],
        [None, "借据号", "客户名称", "统一社会信用代码", "合同金额（万元）", "贷款余额（万元）"],
        [None, "J1", "示例公司", None, 5, 4],
    ]
    value, _ = read(book(tmp_path / "b.xlsx", {"台账": rows}, merge={"台账": ["C2:D2", "E2:F2"]}))
    assert value.loans.select(["receipt_no", "amount_fen", "balance_fen"]).to_pylist() == [
        {"receipt_no": "J1", "amount_fen": 5_000_000, "balance_fen": 4_000_000}
    ]
    assert value.layout["b.xlsx!台账"]["balance_fen"] == "F"


def test_units_under_the_header_and_beside_the_amount(tmp_path: Path) -> None:
    under = [["借据号", "贷款余额", "执行利率"], [None, "万元", "%"], ["J1", 2, 3.5]]
    beside = [["借据号", "贷款余额", "金额单位"], ["K1", 2, "万元"], ["K2", 2, "元"]]
    value, _ = read(book(tmp_path / "b.xlsx", {"一": under, "二": beside}))
    assert value.loans["balance_fen"].to_pylist() == [2_000_000, 2_000_000, 200]
    assert value.loans["rate_ppm"].to_pylist()[0] == 35_000


def test_two_blocks_in_one_sheet(tmp_path: Path) -> None:
    rows = [
        ["借据号", "贷款余额（元）", "贷款用途"],
        ["J1", 10, "建设光伏"],
        ["J2", 20, "建设风电"],
        [None, None, None],
        ["二、项目情况", None, None],
        ["项目编号", "项目名称", "项目总投资（万元）"],
        ["X1", "示例项目", 3],
    ]
    value, problems = read(book(tmp_path / "b.xlsx", {"台账": rows}))
    assert value.loans.num_rows == 2
    assert value.projects["total_invest_fen"].to_pylist() == [3_000_000]
    assert not codes(problems, Severity.ERROR)


def test_header_again_on_each_page(tmp_path: Path) -> None:
    rows = [["借据号", "贷款余额（元）"], ["J1", 10], ["借据号", "贷款余额（元）"], ["J2", 20]]
    value, problems = read(book(tmp_path / "b.xlsx", {"台账": rows}))
    assert value.loans["receipt_no"].to_pylist() == ["J1", "J2"]
    assert not codes(problems, Severity.ERROR)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("sign", [",", "\t", ";"])
def test_delimited_files(tmp_path: Path, codec: str, sign: str) -> None:
    path = tmp_path / "loans.csv"
    rows = [["借据号", "贷款余额（元）", "贷款用途"], ["00123", "1234.50", "建设光伏电站"]]
    path.write_bytes("\r\n".join(sign.join(row) for row in rows).encode(codec))
    value, _ = read(path)
    assert value.loans["receipt_no"].to_pylist() == ["00123"]
    assert value.loans["balance_fen"].to_pylist() == [123450]
    assert value.loans["source_sheet"].to_pylist() == ["loans.csv"]


def test_parquet_and_csv_and_xlsx_make_one_book(tmp_path: Path) -> None:
    pq.write_table(pa.table({"receipt_no": ["P1"], "balance_fen": [12345], "purpose": ["x"]}), tmp_path / "p.parquet")
    (tmp_path / "c.csv").write_text("借据号,贷款余额\nC1,2\n", "utf-8")
    sheet = book(tmp_path / "x.xlsx", {"台账": [["借据号", "贷款余额"], ["X1", 3]]})
    value, _ = read(tmp_path / "p.parquet", tmp_path / "c.csv", sheet)
    assert dict(zip(value.loans["loan_id"].to_pylist(), value.loans["balance_fen"].to_pylist(), strict=True)) == {
        "P1": 12345,
        "C1": 200,
        "X1": 300,
    }
    assert [f.name for f in value.files] == ["p.parquet", "c.csv", "x.xlsx"]
    assert value.files[1].sha256 == hashlib.sha256((tmp_path / "c.csv").read_bytes()).hexdigest()


def test_same_receipt_in_two_branch_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("借据号,贷款余额\nC1,2\nC2,5\n", "utf-8")
    (tmp_path / "b.csv").write_text("借据号,贷款余额\nC1,3\n", "utf-8")
    value, problems = read(tmp_path / "a.csv", tmp_path / "b.csv")
    assert value.loans["loan_id"].to_pylist() == ["C2"]
    assert sorted(value.rejected["balance_fen"].to_pylist()) == [200, 300]
    assert {p.where for p in problems if p.code == "ingest.duplicate_unequal"} == {"a.csv!A2", "b.csv!A2"}


def test_control_totals_hold_with_rejected_rows(tmp_path: Path) -> None:
    loans = [["借据号", "机构号", "贷款余额（元）", "发放日"], ["J1", "01", 10.01, "2025-01-01"], ["J2", "02", 20.02, "2025-02-30"]]
    totals = [["机构号", "科目", "控制总额（元）"], ["01", "各项贷款", 10.01], ["02", "各项贷款", 20.02], ["合计", None, 30.03]]
    value, problems = read(book(tmp_path / "b.xlsx", {"台账": loans, "控制总额": totals}))
    assert value.loans["receipt_no"].to_pylist() == ["J1"]
    assert value.rejected.to_pylist()[0]["balance_fen"] == 2002
    assert value.controls["total_fen"].to_pylist() == [1001, 2002, 3003]
    assert "ingest.control_differs" not in codes(problems)
    assert len([p for p in problems if p.code == "ingest.control_agrees"]) == 3


def test_control_total_off_by_a_fen(tmp_path: Path) -> None:
    loans = [["借据号", "贷款余额（元）"], ["J1", 10.01]]
    path = book(tmp_path / "b.xlsx", {"台账": loans})
    (tmp_path / "gl.csv").write_text("科目,控制总额（元）\n各项贷款,10.02\n", "utf-8")
    problems = read_book([path], as_of=AS_OF, controls=tmp_path / "gl.csv").problems
    found = [p for p in problems if p.code == "ingest.control_differs"]
    assert [(p.where, p.params["difference"]) for p in found] == [("gl.csv!B2", "-0.01")]


def test_closed_loans_and_foreign_currency(tmp_path: Path) -> None:
    loans = [
        ["借据号", "币种", "贷款余额", "折人民币余额", "贷款状态"],
        ["J1", "美元", 100, 715.5, "正常"],
        ["J2", "人民币", 100, None, "核销"],
        ["J3", "人民币", None, None, "结清"],
        ["J4", "人民币", 7, None, "正常"],
    ]
    value, problems = read(book(tmp_path / "b.xlsx", {"台账": loans}))
    assert value.loans["balance_fen"].to_pylist() == [71550, 0, 0, 700]
    assert [p.where for p in problems if p.code == "ingest.closed_with_balance"] == ["b.xlsx!台账!C3"]


def test_persons_are_masked(tmp_path: Path) -> None:
    loans = [
        ["借据号", "客户名称", "证件号码", "产品名称", "贷款余额"],
        ["J1", "张三丰", "510104199001011234", "个人经营贷款", 1],
        ["J2", "示例有限公司", None, "流动资金贷款", 1],
        ["J3", "李四", None, "个人住房按揭", 1],
    ]
    value, problems = read(book(tmp_path / "b.xlsx", {"台账": loans}))
    assert value.loans["customer_name"].to_pylist() == ["**丰", "示例有限公司", "*四"]
    first, *others = value.loans["customer_uscc"].to_pylist()
    assert (first[:6], others) == ("510104", [None, None])
    assert "510104199001011234" not in str(value.loans.to_pylist())
    assert "510104199001011234" not in str(problems)


def test_only_the_rows_of_the_data_date(tmp_path: Path) -> None:
    loans = [["借据号", "贷款余额", "数据日期"], ["J1", 1, "2025-11-30"], ["J1", 2, "2025-12-31"]]
    value, problems = read(book(tmp_path / "b.xlsx", {"台账": loans}))
    assert value.loans["balance_fen"].to_pylist() == [200]
    assert "ingest.other_dates_left_out" in codes(problems)
    single = book(tmp_path / "c.xlsx", {"台账": loans[:1] + loans[2:]})
    assert read_book([single], as_of=None).value.as_of == AS_OF


def test_wide_and_long_inputs(tmp_path: Path) -> None:
    wide = [
        ["项目编号", "项目名称", "项目总投资（万元）", "装机容量（MW）", "设计年上网电量（万千瓦时）", "负荷率", "建设状态"],
        ["X1", "示例光伏", "1,000", 20, "2,400", 0.8, "投产"],
        ["X2", "示例水务", 500, "—", None, "85%", "在建"],
    ]
    long = [
        ["项目编号", "指标", "数值", "单位", "数据性质", "年份"],
        ["X2", "日处理水量", 20000, "立方米/日", "实际值", 2025],
        [None, "进水COD浓度", 300, "mg/L", "实际值", 2025],
        ["X1", "年上网电量", "0.23亿", "千瓦时", "实际值", 2025],
    ]
    value, problems = read(book(tmp_path / "b.xlsx", {"项目": wide, "测算": long}, merge={"测算": ["A2:A3"]}))
    rows = {(r["project_id"], r["input"], r["basis"]): (r["value"], r["unit"], r["source_cell"]) for r in value.inputs.to_pylist()}
    assert rows["X1", "capacity", "design"] == (20.0, "MW", "b.xlsx!项目!D2")
    assert rows["X1", "supply", "design"] == (2400.0, "万千瓦时", "b.xlsx!项目!E2")
    assert rows["X1", "supply", "actual"] == (23_000_000.0, "千瓦时", "b.xlsx!测算!C4")
    assert rows["X1", "load_rate", "design"][:2] == (0.8, "dimensionless")
    assert rows["X2", "load_rate", "design"][:2] == (85.0, "percent")
    assert rows["X2", "flow", "actual"][0] == 20000.0
    assert rows["X2", "cod_in", "actual"][2] == "b.xlsx!测算!C3"
    assert ("X2", "capacity", "design") not in rows
    assert codes(problems, Severity.ERROR) == {"ingest.no_loans"}
    assert value.projects["total_invest_fen"].to_pylist() == [1_000_000_000, 500_000_000]


def test_operations_long_wide_and_by_year(tmp_path: Path) -> None:
    long = [["场所", "月份", "项目", "数量", "单位"], ["总部", "2025-01", "用电量", 1.2, "万千瓦时"], [None, None, "天然气", 30, "立方米"]]
    path = book(tmp_path / "l.xlsx", {"运营": long}, merge={"运营": ["A2:A3", "B2:B3"]})
    rows = read_operations(path).value.operations.to_pylist()
    assert [(r["site"], r["month_on"], r["item"], r["quantity"], r["unit"]) for r in rows] == [
        ("总部", date(2025, 1, 1), "electricity", 1.2, "万千瓦时"),
        ("总部", date(2025, 1, 1), "natural_gas", 30.0, "Nm3"),
    ]
    wide = [["场所", "月份", "用电量（千瓦时）", "天然气（万立方米）", "员工人数"], ["总部", date(2025, 3, 1), 5, "0.3", 12]]
    rows = read_operations(book(tmp_path / "w.xlsx", {"运营": wide})).value.operations.to_pylist()
    assert {(r["item"], r["quantity"], r["unit"]) for r in rows} == {
        ("electricity", 5.0, "千瓦时"),
        ("natural_gas", 0.3, "万Nm3"),
        ("staff", 12.0, "person"),
    }
    (tmp_path / "y.csv").write_text("年份,用电量（MWh）,汽油（升）\n2021,30851.5,449600\n2022,27275,514400\n", "utf-8")
    outcome = read_operations(tmp_path / "y.csv")
    assert outcome.value.as_of == date(2022, 12, 31)
    assert outcome.value.operations.num_rows == 4
    assert "ingest.months_missing" not in codes(outcome.problems)


def test_operations_with_years_or_months_across(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("指标,单位,2022年,2021年\n外购电力,千瓦时,27275000,30851500\n汽油,升,514400,449600\n", "utf-8")
    rows = read_operations(tmp_path / "p.csv").value.operations.to_pylist()
    assert {(r["item"], r["month_on"].year, r["quantity"]) for r in rows} == {
        ("electricity", 2022, 27275000.0), ("electricity", 2021, 30851500.0), ("gasoline", 2022, 514400.0), ("gasoline", 2021, 449600.0),
    }  # fmt: skip
    across = [["2025年能耗", None, None, None], ["项目", "单位", "1月", "2月"], ["用电量", "度", 5, 6]]
    outcome = read_book([book(tmp_path / "m.xlsx", {"运营": across})], as_of=AS_OF)
    assert outcome.value.operations["month_on"].to_pylist() == [date(2025, 1, 1), date(2025, 2, 1)]
    assert outcome.value.operations["source_cell"].to_pylist() == ["m.xlsx!运营!C3", "m.xlsx!运营!D3"]


def test_decisions(tmp_path: Path) -> None:
    rows = [
        ["借据号", "目录版本", "认定结果", "条目代码", "绿色占比", "理由", "经办", "复核", "日期"],
        ["J1", "绿色金融支持项目目录（2025年版）", "绿色", "3.20", 1, "齐备", "甲", "乙", "2025-12-01"],
        ["J2", "2025年版", "非绿", None, None, "煤电", "甲", "乙", "2025-12-02"],
    ]
    outcome = read_decisions(book(tmp_path / "d.xlsx", {"决定": rows}))
    assert not outcome.problems
    assert outcome.value.schema == schema("decisions")
    first, second = outcome.value.to_pylist()
    assert (first["edition"], first["decision"], first["code"], first["share_ppm"]) == ("green-finance-2025", "green", "3.20", 1_000_000)
    assert (second["decision"], second["code"], second["decided_on"]) == ("not_green", None, date(2025, 12, 2))
    assert first["source_cell"] == "d.xlsx!决定!A2"


def test_prior(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(
        "table,row,value,unit,edition,restated\nT01,green_balance,12.34,亿元,green-industry-2019,\nT01,x,,亿元,,\n", "utf-8"
    )
    (cell,) = read_prior(tmp_path / "p.csv").value
    assert (cell.table, cell.row, cell.column, cell.value, cell.unit) == ("T01", "green_balance", "current", Fraction(1234, 100), "亿元")
    assert cell.source_cell == "p.csv!C2"


def test_bank(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("name_zh: 示例银行\nname_en: Sample\nreport_year: 2025\ncontact:\n  email: a@b.invalid\n", "utf-8")
    bank = read_bank(tmp_path / "b.yaml").value
    assert (bank.name_zh, bank.name_en, dict(bank.extra)) == ("示例银行", "Sample", {"report_year": "2025", "contact.email": "a@b.invalid"})


def test_texts(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("text,gbt4754\n建设光伏电站,4416\n购买煤炭,\n", "utf-8")
    rows = read_texts(tmp_path / "t.csv", column="text").value.to_pylist()
    assert [(r["loan_id"], r["purpose"], r["industry_use"]) for r in rows] == [("2", "建设光伏电站", "4416"), ("3", "购买煤炭", None)]
    (tmp_path / "u.csv").write_text("编号,说明文字\nA,建设光伏电站\n", "utf-8")
    assert read_texts(tmp_path / "u.csv", column="说明文字").value["loan_id"].to_pylist() == ["A"]
    (tmp_path / "v.txt").write_text("建设光伏电站\n购买煤炭\n", "utf-8")
    assert read_texts(tmp_path / "v.txt", column=None).value["loan_id"].to_pylist() == ["1", "2"]


def test_a_large_ledger_takes_seconds(tmp_path: Path) -> None:
    import time

    count = 100_000
    table = pa.table(
        {
            "借据号": [f"JJ{n:08d}" for n in range(count)],
            "客户名称": [f"示例公司{n % 5000}" for n in range(count)],
            "贷款用途": [f"用于示例市第{n % 3000}号分布式光伏电站项目设备采购及安装工程款项支付" for n in range(count)],
            "贷款投向行业": ["4416"] * count,
            "合同金额（元）": [n * 1.01 + 1000 for n in range(count)],
            "贷款余额（元）": [n * 1.01 for n in range(count)],
            "发放日": ["2025-01-02"] * count,
        }
    )
    pq.write_table(table, tmp_path / "big.parquet")
    begun = time.process_time()
    value, _ = read(tmp_path / "big.parquet")
    assert value.loans.num_rows == count
    assert time.process_time() - begun < 30


def test_a_value_in_an_unknown_unit_is_not_guessed(tmp_path: Path) -> None:
    ledger = [["借据号", "贷款余额", "金额单位"], ["K1", 2, "葫芦"], ["K2", 2, None]]
    inputs = [["项目编号", "指标", "数值", "单位"], ["X1", "装机容量", 3, "葫芦"], ["X1", "年利用小时", 1200, None]]
    use = [["场所", "月份", "项目", "数量", "单位"], ["总部", "2025-01", "用电量", 3, "葫芦"]]
    value, problems = read(book(tmp_path / "b.xlsx", {"台账": ledger, "测算": inputs, "运营": use}))
    assert value.loans["loan_id"].to_pylist() == ["K2"]
    assert value.inputs["input"].to_pylist() == ["hours"]
    assert value.operations.num_rows == 0
    assert {(r["table"], r["balance_fen"]) for r in value.rejected.to_pylist()} == {("loans", None), ("inputs", None), ("operations", None)}
    assert "b.xlsx!测算!C3" in {p.where for p in problems if p.code == "ingest.unit_assumed"}

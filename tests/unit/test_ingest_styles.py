"""Other banks' styles: the same facts under other headers, in other units and layouts, must come out the same."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from greenfin.core.problems import Problem, Refused
from greenfin.core.records import Book
from greenfin.core.units import ratio
from greenfin.ingest import read_book, read_operations
from greenfin.ingest.headers import read_header, unit_of
from greenfin.ingest.loose import loose_fields
from greenfin.ingest.vocabulary import measures
from greenfin.messages import LANGUAGES, tell
from greenfin.methods.registry import METHODS
from greenfin.reference.load import data_dir

AS_OF = date(2025, 12, 31)
USE = "用于示例市集中式光伏电站项目的组件与逆变器采购及安装工程款项支付"
Grid = Sequence[Sequence[object]]


def book(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]], *, merge: Sequence[str] = ()) -> Path:
    made = openpyxl.Workbook()
    del made["Sheet"]
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for area in merge:
            sheet.merge_cells(area)
    made.save(path)
    return path


def delimited(path: Path, rows: Grid, *, sign: str = ",", encoding: str = "utf-8") -> Path:
    path.write_text("\n".join(sign.join(str(cell) for cell in row) for row in rows), encoding=encoding)
    return path


def read(*paths: Path, controls: Path | None = None) -> tuple[Book, tuple[Problem, ...]]:
    outcome = read_book(paths, as_of=AS_OF, controls=controls)
    return outcome.value, outcome.problems


def codes(problems: Sequence[Problem]) -> list[str]:
    return [problem.code for problem in problems]


def used(path: Path, *, year: int | None = None) -> tuple[dict[tuple[str, str, int], tuple[int, float]], tuple[Problem, ...]]:
    """(site, item, year) -> number of rows and total in the base unit of the item."""
    outcome = read_operations(path, year=year)
    found: dict[tuple[str, str, int], tuple[int, float]] = {}
    for row in outcome.value.operations.to_pylist():
        key = (row["site"], row["item"], row["month_on"].year)
        count, total = found.get(key, (0, 0.0))
        base = {"electricity": "kWh", "natural_gas": "Nm3"}.get(row["item"], row["unit"])
        found[key] = (count + 1, round(total + row["quantity"] * ratio(row["unit"], base), 6))
    return found, outcome.problems


@pytest.mark.parametrize(
    ("header", "field", "unit"),
    [
        ("LOAN_BAL", "loan.balance", ""),
        ("loanBalance", "loan.balance", ""),
        ("DISTR_DT", "loan.start_date", ""),
        ("MATU_DT", "loan.due_date", ""),
        ("INT_RATE", "loan.rate", ""),
        ("Outstanding balance (RMB million)", "loan.balance", "MCNY"),
        ("Use of proceeds", "loan.purpose", ""),
        ("DKJE", "loan.amount", ""),
        ("WJFL", "loan.class5", ""),
        ("DKTXHY", "loan.industry_use", ""),
        ("贷款年利率（%）", "loan.rate", "percent"),
        ("借款余额", "loan.balance", ""),
        ("自有车辆汽油消耗量（升）", "item.gasoline", "升"),
        ("E2001035", "input.supply", ""),
    ],
)
def test_headers_that_are_not_in_the_dictionary_word_for_word(header: str, field: str, unit: str) -> None:
    heading = read_header(header)
    assert field in heading.fields
    assert heading.unit == unit


@pytest.mark.parametrize("header", ["人均用水量", "欠本余额", "基准利率", "贷款入账账号", "BZ", "连续欠款期数", "其中：绿色贷款余额"])
def test_headers_that_must_stay_unknown(header: str) -> None:
    assert not {"loan.balance", "loan.rate", "item.water", "loan.currency"} & set(read_header(header).fields)


def test_initials_that_could_be_two_fields_are_none() -> None:
    assert "loan.currency" not in loose_fields("BZ")
    assert loose_fields("XYZ") == ()


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("RMB mn", 1e6),
        ("in RMB thousands", 1e3),
        ("CNY'000", 1e3),
        ("RMB bn", 1e9),
        ("人民币万元", 1e4),
        ("百万元", 1e6),
        ("人民币亿元", 1e8),
    ],
)
def test_money_units_as_tables_state_them(text: str, yuan: float) -> None:
    assert ratio(unit_of(text), "CNY") == yuan


@pytest.mark.parametrize("unit", ["RMB mn", "百万元"])
@pytest.mark.parametrize("where", ["header", "above", "marked"])
def test_the_money_unit_of_a_table(tmp_path: Path, unit: str, where: str) -> None:
    above = {"header": "", "above": f"（{unit}）", "marked": f"单位：{unit}"}[where]
    header = f"贷款余额（{unit}）" if where == "header" else "贷款余额"
    value, _ = read(book(tmp_path / "b.xlsx", {"t": [["台账", above], ["借据号", header, "贷款用途"], ["A", 10, USE]]}))
    assert value.loans["balance_fen"].to_pylist() == [1_000_000_000]


@pytest.mark.parametrize("rows", [[["借据号", "贷款余额（万美元）"]], [["台账", "单位：万美元"], ["借据号", "贷款余额"]]])
def test_a_money_unit_that_nobody_knows_is_never_taken_for_yuan(tmp_path: Path, rows: list[list[object]]) -> None:
    value, problems = read(book(tmp_path / "b.xlsx", {"t": [*rows, ["A", 10]]}))
    assert value.loans.num_rows == 0
    assert value.rejected["key"].to_pylist() == ["A"]
    said = next(p for p in problems if p.code == "ingest.unit_of_column_unknown")
    assert "万美元" in tell(said, "zh")
    assert said.where.startswith("b.xlsx!t!B")


def test_columns_known_but_not_used_do_not_shift_the_row(tmp_path: Path) -> None:
    rows: Grid = [["借据号", "贷款余额", "贷款用途", "计息方式", "终结日期"], ["A", "10", USE, "按月", "99991231"]]
    value, problems = read(delimited(tmp_path / "b.csv", rows, sign=";", encoding="gbk"))
    assert value.loans["loan_id"].to_pylist() == ["A"]
    assert "ingest.row_too_long" not in codes(problems)


def test_a_known_header_wins_over_a_look_alike_to_its_left(tmp_path: Path) -> None:
    rows: Grid = [["借据号", "借款用途描述", "年末余额", "贷款余额", "贷款用途"], ["A", "x", "1", "10", USE]]
    value, _ = read(delimited(tmp_path / "b.csv", rows))
    assert value.loans["balance_fen"].to_pylist() == [1000]
    assert value.loans["purpose"].to_pylist() == [USE]


def test_a_parent_header_says_whose_name_it_is(tmp_path: Path) -> None:
    rows: Grid = [["借据编号", "借款人信息", None, "贷款余额（元）"], [None, "名称", "统一社会信用代码", None], ["A", "示例公司", None, 10]]
    value, _ = read(book(tmp_path / "b.xlsx", {"t": rows}, merge=["A1:A2", "B1:C1", "D1:D2"]))
    assert value.loans["customer_name"].to_pylist() == ["示例公司"]
    assert value.loans["balance_fen"].to_pylist() == [1000]


def test_branch_names_under_a_header_for_codes_are_names(tmp_path: Path) -> None:
    value, _ = read(delimited(tmp_path / "b.csv", [["借据号", "经办机构", "贷款余额"], ["A", "东城支行", "1"], ["B", "0102", "2"]]))
    assert value.loans["branch_name"].to_pylist() == ["东城支行", None]
    assert value.loans["branch_code"].to_pylist() == [None, "0102"]


def test_the_same_receipt_in_two_files_with_other_columns_is_kept_once(tmp_path: Path) -> None:
    one = delimited(tmp_path / "a.csv", [["借据号", "机构号", "贷款余额"], ["A", "01", "10"]])
    two = delimited(tmp_path / "b.csv", [["借据号", "贷款余额", "贷款用途", "到期日"], ["A", "10", USE, "2030-01-01"]])
    value, problems = read(one, two)
    assert value.loans["purpose"].to_pylist() == [USE]  # the fuller row stays
    assert "ingest.duplicate_equal" in codes(problems)
    other = delimited(tmp_path / "c.csv", [["借据号", "贷款余额"], ["A", "11"]])
    value, problems = read(one, other)
    assert value.loans.num_rows == 0
    assert codes(problems).count("ingest.duplicate_unequal") == 2


def test_a_list_of_disbursements_beside_the_ledger_is_not_a_ledger(tmp_path: Path) -> None:
    flow: Grid = [["流水号", "借据号", "放款日期", "放款金额"], ["1", "A", "2025-01-01", 3], ["2", "A", "2025-02-01", 7]]
    value, problems = read(book(tmp_path / "b.xlsx", {"借据": [["借据号", "贷款余额"], ["A", 10]], "放款流水": flow}))
    assert value.loans["balance_fen"].to_pylist() == [1000]
    assert value.rejected.num_rows == 0
    assert value.drawings.select(["receipt_no", "kind", "amount_fen"]).to_pylist() == [
        {"receipt_no": "A", "kind": "drawn", "amount_fen": 300},
        {"receipt_no": "A", "kind": "drawn", "amount_fen": 700},
    ]
    assert "ingest.drawings_not_ledger" in codes(problems)


def test_page_lines_between_pages_are_no_receipts(tmp_path: Path) -> None:
    rows: Grid = [["借据号", "贷款余额"], ["A", 1], ["第1页 共2页", None], ["借据号", "贷款余额"], ["B", 2]]
    value, _ = read(book(tmp_path / "b.xlsx", {"t": rows}))
    assert value.loans["loan_id"].to_pylist() == ["A", "B"]
    assert value.rejected.num_rows == 0


def test_parquet_types_of_other_writers(tmp_path: Path) -> None:
    table = pa.table(
        {
            "loan_num": pa.array([100001]),
            "bal": pa.array([1000000.1]),
            "rate": pa.array([3.85], pa.float32()),
            "org_code": pa.array([b"0101"]),
            "class5": pa.array([2], pa.int8()),
        }
    )
    pq.write_table(table, tmp_path / "b.parquet")
    value, _ = read(tmp_path / "b.parquet")
    row = value.loans.to_pylist()[0]
    assert (row["loan_id"], row["balance_fen"], row["rate_ppm"]) == ("100001", 100_000_010, 38_500)
    assert (row["branch_code"], row["class5"]) == ("0101", "special_mention")


@pytest.mark.parametrize(
    ("stated", "code"),
    [("123.46", "ingest.control_rounded"), ("123.47", "ingest.control_differs"), ("123.456789", "ingest.control_agrees")],
)
def test_totals_in_wan_yuan_hold_as_exactly_as_they_are_printed(tmp_path: Path, stated: str, code: str) -> None:
    ledger = delimited(tmp_path / "l.csv", [["借据号", "贷款余额"], ["A", "1234567.89"]])
    totals = delimited(tmp_path / "c.csv", [["机构名称", "余额（万元）"], ["合计", stated]])
    _, problems = read(ledger, controls=totals)
    assert [c for c in codes(problems) if ".control_" in c] == [code]
    assert all("全行" in tell(p, "zh") for p in problems if p.code == code)


def test_a_branch_code_without_its_zeros_is_still_the_branch(tmp_path: Path) -> None:
    ledger = delimited(tmp_path / "l.csv", [["借据号", "机构号", "贷款余额"], ["A", "0101", "10"], ["B", "0102", "20"]])
    _, problems = read(ledger, controls=delimited(tmp_path / "c.csv", [["机构号", "余额（元）"], ["101", "10"], ["109", "5"]]))
    assert [c for c in codes(problems) if ".control_" in c] == ["ingest.control_agrees", "ingest.control_branch_unknown"]


ELEMENTS: Grid = [
    ["项目编号", "要素代码", "要素名称", "要素值", "单位", "数据性质", "数据年份"],
    ["P1", "E2001035", "项目年供电量", "65000000", "千瓦时", "设计值", 2025],
    ["P1", "E2001001", "电网所在区域", "E200100104", None, None, None],
    ["P2", "E2001031", "改造前项目单位产品综合能耗", "560", "千克标准煤/吨·产品", "实际", 2025],
    ["P2", "E2001088", "项目年供电量", "1", None, None, None],
    ["P2", None, "不知名指标", "1", None, None, None],
]


def test_elements_by_code_and_name(tmp_path: Path) -> None:
    value, problems = read(book(tmp_path / "b.xlsx", {"借据": [["借据号", "贷款余额"], ["A", 1]], "要素": ELEMENTS}))
    found = [
        (r["project_id"], r["input"], r["value"], ratio(r["unit"], u), r["basis"])
        for r, u in zip(value.inputs.to_pylist(), ("kWh", "kgce/t"), strict=True)
    ]
    assert found == [("P1", "supply", 65e6, 1, "design"), ("P2", "energy_before", 560, 1, "actual")]
    said = codes(problems)
    assert {"ingest.element_unused", "ingest.input_code_differs", "ingest.input_unknown"} <= set(said)
    assert "ingest.number_unreadable" not in said  # an element whose value is a word is not a broken number


def test_elements_by_code_alone(tmp_path: Path) -> None:
    rows: Grid = [[row[i] for i in (0, 1, 3)] for row in ELEMENTS[:2]]
    value, _ = read(book(tmp_path / "b.xlsx", {"借据": [["借据号", "贷款余额"], ["A", 1]], "要素": rows}))
    assert [(r["input"], r["value"], r["unit"]) for r in value.inputs.to_pylist()] == [("supply", 65e6, "kWh")]


def test_every_input_of_a_project_method_can_be_read() -> None:
    with (data_dir() / "taxonomy" / "methods.csv").open(encoding="utf-8") as lines:
        mapped = {row["method"] for row in csv.DictReader(lines)}
    wanted = {field.name for name, method in METHODS.items() if name in mapped for field in method.declaration.inputs}
    assert len(wanted) > 20
    assert not {name for name in wanted if f"input.{name}" not in measures()}


MONTHS = [f"{month}月" for month in range(1, 13)]


def pivot(title: str, unit: str, amount: float) -> Grid:
    return [[title], ["能源种类", "单位", *MONTHS, "合计"], ["外购电力", unit, *[amount] * 12, amount * 12]]


def test_sheets_of_sites_and_their_sum(tmp_path: Path) -> None:
    sheets = {"汇总": pivot("2025年", "千瓦时", 30), "总行": pivot("2025年", "万千瓦时", 0.001), "一支行": pivot("2025年", "度", 20)}
    found, problems = used(book(tmp_path / "b.xlsx", sheets))
    assert found == {("总行", "electricity", 2025): (12, 120.0), ("一支行", "electricity", 2025): (12, 240.0)}
    assert "ingest.sum_left_out" in codes(problems)
    sheets["汇总"] = pivot("2025年", "千瓦时", 40)
    _, problems = used(book(tmp_path / "c.xlsx", sheets))
    assert codes(problems).count("ingest.sum_not_its_sites") == 12


def test_a_line_for_all_sites_is_not_a_site(tmp_path: Path) -> None:
    rows: list[list[object]] = [["场所", "月份", "能源种类", "用量", "单位"]]
    for month in range(1, 13):
        rows += [[site, f"2025-{month:02d}", "电", amount, "千瓦时"] for site, amount in (("甲", 100), ("乙", 50), ("合计", 150))]
    found, _ = used(delimited(tmp_path / "b.csv", rows))
    assert found == {("甲", "electricity", 2025): (12, 1200.0), ("乙", "electricity", 2025): (12, 600.0)}


def test_a_column_for_the_year_beside_its_months(tmp_path: Path) -> None:
    rows: Grid = [["能源", "单位", *MONTHS, "2025年"], ["电", "万度", *[1] * 12, 12], ["天然气", "立方米", *[10] * 12, 130]]
    found, problems = used(book(tmp_path / "b.xlsx", {"能耗": rows}))
    assert found == {("全行", "electricity", 2025): (12, 120000.0), ("全行", "natural_gas", 2025): (12, 120.0)}
    assert {"ingest.year_left_out", "ingest.year_not_its_months"} <= set(codes(problems))


def test_sheets_of_years_keep_their_years(tmp_path: Path) -> None:
    rows: dict[int, Grid] = {year: [["月份", "用电量(千瓦时)"], *[[month, year] for month in MONTHS]] for year in (2024, 2025)}
    sheets: dict[str, Grid] = {f"{year}年": rows[year] for year in (2024, 2025)}
    sheets["借据"] = [["借据号", "贷款余额"], ["A", 1]]
    path = book(tmp_path / "b.xlsx", sheets)
    value, _ = read(path)
    assert {(r["month_on"].year, r["quantity"]) for r in value.operations.to_pylist()} == {(2024, 2024.0), (2025, 2025.0)}
    assert used(path)[0] == {("全行", "electricity", year): (12, year * 12.0) for year in (2024, 2025)}


def test_months_under_two_years(tmp_path: Path) -> None:
    rows: Grid = [
        ["能源种类", "单位", "2024年", *[None] * 11, "2025年", *[None] * 11],
        [None, None, *MONTHS * 2],
        ["电", "千瓦时", *[1] * 12, *[2] * 12],
    ]
    found, _ = used(book(tmp_path / "b.xlsx", {"能耗": rows}, merge=["C1:N1", "O1:Z1"]))
    assert found == {("全行", "electricity", 2024): (12, 12.0), ("全行", "electricity", 2025): (12, 24.0)}


def test_months_without_a_year_take_the_asked_one_or_say_so(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", {"x": [["月份", "用电量(千瓦时)"], *[[month, 1] for month in MONTHS]]})
    assert used(path, year=2023)[0] == {("全行", "electricity", 2023): (12, 12.0)}
    with pytest.raises(Refused) as refused:
        read_operations(path)
    assert refused.value.problem.code == "ingest.month_unreadable"


@pytest.mark.parametrize("header", ["纸张（捆）", "天然气（瓶）"])
def test_a_quantity_in_an_unknown_unit_is_not_read(tmp_path: Path, header: str) -> None:
    rows: Grid = [["月份", "用电量(千瓦时)", header], *[[f"2025年{month}", 1, 2] for month in MONTHS]]
    found, problems = used(book(tmp_path / "b.xlsx", {"x": rows}))
    assert set(found) == {("全行", "electricity", 2025)}
    said = next(p for p in problems if p.code == "ingest.unit_of_column_unknown")
    assert said.where == "b.xlsx!x!C1"
    assert all(str(said.params["found"]) in tell(said, lang) for lang in LANGUAGES)


@pytest.mark.parametrize("first", [["A", "01", "10"], ["1", "20", "300"], ["1", "2", "4"]])
def test_a_first_row_of_short_values_is_not_a_row_of_letters(tmp_path: Path, first: list[str]) -> None:
    value, _ = read(delimited(tmp_path / "b.csv", [["借据号", "机构号", "贷款余额"], first, ["Z", "09", "5"]]))
    assert value.loans["loan_id"].to_pylist() == [first[0], "Z"]


@pytest.mark.parametrize("letters", [["A", "B", "C"], ["(1)", "(2)", "(3)"], ["1", "2", "3"]])
def test_a_row_of_letters_is_no_loan(tmp_path: Path, letters: list[str]) -> None:
    value, _ = read(delimited(tmp_path / "b.csv", [["借据号", "机构号", "贷款余额"], letters, ["Z", "09", "5"]]))
    assert value.loans["loan_id"].to_pylist() == ["Z"]


def test_persons_are_covered_wherever_they_are_named(tmp_path: Path) -> None:
    rows: Grid = [
        ["借据号", "客户名称", "证件类型", "证件号码", "产品名称", "贷款余额", "贷款用途"],
        ["A", "赵甲乙", "身份证", "110101199003074578", "流动资金贷款", 1, "赵甲乙购买农机具"],
        ["B", "钱丙", "", "110101900307457", "", 1, "购牛"],
        ["C", "孙丁", "", "", "", 1, "孙丁承包果园"],
        ["D", "示例光伏发电有限公司", "", "", "", 1, "示例光伏发电有限公司建设电站"],
    ]
    value, problems = read(delimited(tmp_path / "b.csv", rows))
    assert value.loans["customer_name"].to_pylist() == ["**乙", "*丙", "*丁", "示例光伏发电有限公司"]
    assert value.loans["purpose"].to_pylist() == ["**乙购买农机具", "购牛", "*丁承包果园", "示例光伏发电有限公司建设电站"]
    assert [code and code[:6] for code in value.loans["customer_uscc"].to_pylist()] == ["110101", "110101", None, None]
    assert not [number for number in ("110101199003074578", "110101900307457") if number in str(value.loans.to_pylist())]
    said = " ".join(tell(problem, lang) + str(problem.params) for problem in problems for lang in LANGUAGES)
    assert not [name for name in ("赵甲乙", "钱丙", "孙丁", "110101900307457", "光伏发电有限公司") if name in said]


def test_a_missing_column_is_called_by_its_name(tmp_path: Path) -> None:
    _, problems = read(delimited(tmp_path / "b.csv", [["借据号", "贷款用途"], ["A", USE], ["B", USE]]))
    said = {problem.code: problem for problem in problems}
    assert "贷款余额" in tell(said["ingest.column_missing"], "zh")
    assert "outstanding balance" in tell(said["ingest.column_missing"], "en")
    assert "2" in tell(said["ingest.rows_without_amount"], "zh")  # once for all rows, not once a row
    assert codes(problems).count("ingest.rows_without_amount") == 1

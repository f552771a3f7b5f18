"""Lists of drawings and registers of bonds as banks keep them: their headers, units and words, up to the printed statement."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from facility_bank import reference
from openpyxl import Workbook

from greenfin import pipeline
from greenfin.aggregate.drawn import events_of
from greenfin.core.money import round_half_up
from greenfin.ingest import read_book

LOANS: list[list[object]] = [
    ["借据编号", "客户名称", "贷款用途", "投向行业", "贷款余额（万元）", "执行利率(%)", "放款日", "到期日", "项目编号"],
    ["J1", "甲风电有限公司", "风电场项目建设", "4415", 4000, 3.9, "2024-03-01", "2034-03-01", "P1"],
    ["J2", "乙光伏有限公司", "集中式光伏电站建设", "4416", 6000, 3.5, "2024-11-05", "2034-03-01", "P2"],
]
PROJECTS: list[list[object]] = [
    ["项目编号", "项目名称", "项目总投资（亿元）", "年二氧化碳减排量（万吨）"],
    ["P1", "甲", 2, 6],
    ["P2", "乙", 3, 9],
]
MOVES: list[list[object]] = [
    ["2024年四季度碳减排贷款发放明细表"],
    ["单位：万元"],
    ["序号", "借据编号", "发放日期", "发放金额", "发放利率（%）", "是否使用碳减排支持工具", "收付标志", "募集资金来源"],
    [1, "J1", "2024年3月1日", 3000, "3.90", "是", "发放", None],
    [2, "J1", "2024/10/8", 2000, 3.85, "是", "提款", None],
    [3, "J2", date(2024, 11, 5), 6000, 3.5, "Y", "放款", None],
    [4, "J2", "20241220", 500, None, "是", "调出", None],
    ["合计", None, None, 11500, None, None, None, None],
]


def book(path: Path, **sheets: list[list[object]]) -> Path:
    made = Workbook()
    for name, rows in {"借据台账": LOANS, "项目台账": PROJECTS, **sheets}.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.remove(made.worksheets[0])
    made.save(path)
    return path


def test_a_list_of_drawings_is_read(tmp_path: Path) -> None:
    """Amounts in the sheet's unit, days in every spelling, rates, flags, and loans taken out."""
    read = read_book([book(tmp_path / "b.xlsx", 发放明细=MOVES)], as_of=date(2024, 12, 31)).value
    assert read.drawings["amount_fen"].to_pylist() == [3000 * 10**6, 2000 * 10**6, 6000 * 10**6, 500 * 10**6]
    assert read.drawings["kind"].to_pylist() == ["drawn", "drawn", "drawn", "excluded"]
    assert read.drawings["is_carbon_tool"].to_pylist() == [True] * 4
    assert read.drawings["rate_ppm"].to_pylist()[:3] == [39_000, 38_500, 35_000]


def test_what_was_returned_stands_beside_what_was_drawn(tmp_path: Path) -> None:
    """A row with both is two movements; a project is known by its name where the list has no number."""
    moves: list[list[object]] = [
        ["借据编号", "支持项目", "提款日期", "提款金额（万元）", "提款利率（%）", "支持工具标识", "退回日期", "退回金额（万元）"],
        ["J2", "甲", "2024-05-01", 1000, 3.9, "1", "2024-09-01", 200],
    ]
    read = read_book([book(tmp_path / "b.xlsx", 放款明细=moves)], as_of=date(2024, 12, 31)).value
    rows = read.drawings.to_pylist()
    assert [(row["kind"], row["amount_fen"] // 10**6, row["moved_on"].month) for row in rows] == [("drawn", 1000, 5), ("withdrawn", 200, 9)]
    assert events_of(read)["project_id"].to_pylist()[0] == "P1"


@pytest.mark.parametrize("policy", ["strict", "working"])
def test_the_statement_of_such_a_book(tmp_path: Path, policy: str) -> None:
    """What the bank states of its projects counts where nothing was measured, approved or not."""
    files = pipeline.Files((book(tmp_path / "b.xlsx", 发放明细=MOVES),))
    result = pipeline.run(files, pipeline.Options(policy=policy, templates=("T18",)), as_of=date(2024, 12, 31), reference=reference())
    cells = result.tables["T18"].cells
    figures = [cells[f"total.{name}"].value for name in ("quarter_projects", "quarter_amount", "quarter_reduction", "cumulative_reduction")]
    assert figures == [2, 7500, 22_500, 31_500]
    assert not [p for p in result.problems if p.where.startswith("T18!")]


def test_a_register_of_bonds_is_read(tmp_path: Path) -> None:
    """Proceeds in their own unit, where unused funds are kept, and the side by the sheet's name."""
    issued: list[list[object]] = [
        ["债券代码", "债券简称", "发行人", "发行规模(亿元)", "已使用募集资金（万元）", "闲置资金投向", "是否绿色债券", "起息日期"],
        ["2428001.IB", "24示例绿金01", "示例银行", 5, 40000, "同业存单", "是", "2024-04-01"],
    ]
    read = read_book([book(tmp_path / "b.xlsx", 绿色债券发行登记=issued)], as_of=date(2024, 12, 31)).value
    row = read.bonds.to_pylist()[0]
    assert (row["side"], row["proceeds_used_fen"], row["idle_use"]) == ("issued", 40_000 * 10**6, "同业存单")
    assert (row["proceeds_fen"] or row["par_fen"]) == 5 * 10**10


def test_a_published_statement_of_a_bank_is_reproduced(tmp_path: Path) -> None:
    """The second quarter of 2023 of a city bank in Jiangxi, as it printed it: loans of the ledger, results as the bank states them."""
    loans: list[list[object]] = [
        ["单位：万元"],
        ["借据号", "项目编号", "借款人", "投向行业", "贷款用途", "放款日期", "放款金额", "执行利率(%)", "贷款余额", "是否碳减排贷款"],
        ["A1", "P1", "甲光伏公司", "4416", "光伏电站建设", date(2023, 2, 1), 1500, 3.74, 1500, "是"],
        ["A2", "P2", "乙风电公司", "4415", "风电场建设", date(2023, 5, 1), 10000, 4.2, 10000, "是"],
    ]
    projects: list[list[object]] = [
        ["项目编号", "项目名称", "项目总投资（万元）", "项目年碳减排量（吨二氧化碳当量）"],
        ["P1", "甲", 1500, 18246.43],
        ["P2", "乙", 20000, 48856],
    ]
    files = pipeline.Files((book(tmp_path / "b.xlsx", 借据台账=loans, 项目台账=projects),))
    result = pipeline.run(files, pipeline.Options(templates=("T18",)), as_of=date(2023, 6, 30), reference=reference())
    cells = result.tables["T18"].cells

    def row(period: str) -> list[float]:
        return [float(round_half_up(cells[f"total.{period}_{name}"].value or 0, 2)) for name in ("projects", "amount", "rate", "reduction")]

    assert row("quarter") == [1, 10_000, 4.2, 24_428]
    assert row("year") == row("cumulative") == [2, 11_500, 4.14, 42_674.43]
    assert "disclose.rule_doubtful" in {p.code for p in result.problems}  # the first quarter: 12.16 tonnes a ten thousand yuan

"""Registers as banks keep them, read and put on the lines of the returns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from openpyxl import Workbook
from returns_bank import made, reference, whole_bank

from greenfin.core.records import Book
from greenfin.ingest import read_book

SHEETS: dict[str, list[list[object]]] = {
    "风险企业登记": [
        ["示例银行环境、安全等重大风险企业登记表（虚构）"],
        [
            "序号",
            "企业名称",
            "客户号",
            "风险类别",
            "处罚决定书文号",
            "处罚日期",
            "违法事实",
            "本行采取的措施",
            "是否完成整改",
            "整改完成日期",
        ],
        [1, "示例化工（虚构）有限公司", "C-L5", "环境保护违法违规未整改", "环罚1号", "2025-03-04", "废水超标", "督促整改", "否", None],
        [2, "示例矿业（虚构）有限公司", "C-L6", "安全生产违法违规", "应急罚2号", "2025/4/9", "隐患", "压缩退出", "未完成", None],
        [3, "示例化工（虚构）有限公司", "C-L5", "职业病防控不达标", "卫罚3号", "20250506", "粉尘", "督促整改", "是", "2025-10-01"],
        ["合计", None, None, None, None, None, None, None, None, None],
    ],
    "承兑汇票台账": [
        ["单位：万元"],
        ["汇票号码", "出票人", "业务种类", "票面金额(万元)", "承兑余额(万元)", "出票日期", "绿色融资类型"],
        [
            "130010000001120250101123456789",
            "示例贸易（虚构）有限公司",
            "银行承兑汇票",
            100,
            80,
            "2025-06-01",
            "8.1高效节能装备和绿色标识产品贸易",
        ],
        ["130010000001120250101123456790", "示例贸易（虚构）有限公司", "电子银行承兑汇票贴现", 200, 200, "2025-06-01", "8.1"],
        ["130010000001120250101123456791", "示例贸易（虚构）有限公司", "银行承兑汇票", 300, 300, "2025-06-01", None],
    ],
    "信用证": [
        ["信用证编号", "开证申请人", "信用证类型", "币种", "信用证金额（元）", "信用证余额（元）", "开证日期", "银保监绿色融资分类"],
        ["LC001", "示例贸易（虚构）有限公司", "国内证", "人民币", 3000000, 1500000, "2025-07-01", "080500"],
    ],
    "绿色债券投资": [
        ["债券代码", "债券简称", "发行人", "是否绿色债券", "账面余额(亿元)", "绿色融资投向", "发行人类型"],
        ["032500001", "25示例GN001", "示例水务（虚构）集团有限公司", "是", 1.5, "1.6.1", "非金融企业"],
        ["2520001", "25示例银行绿色金融债01", "示例银行（虚构）股份有限公司", "是", 2, "3.2.1", None],
        ["032500002", "25示例MTN002", "示例建设（虚构）集团有限公司", "否", 4, None, "企业"],
        ["032500003", "25示例GN003", "示例建设（虚构）集团有限公司", "是", 7, "3.2.1", "金融机构"],
        ["032500004", "25示例GN004", "示例银行大厦（虚构）物业有限公司", "绿色", 0.5, "5.1.2", "非金融企业"],
    ],
    "借据": [
        ["借据号", "客户号", "客户名称", "贷款用途", "贷款余额（元）"],
        ["J1", "C-L5", "示例化工（虚构）有限公司", "支付化工原料采购货款用于日常经营周转使用，不涉及固定资产投资", 1000000],
    ],
}


def read(folder: Path) -> Book:
    book = Workbook()
    for name, rows in SHEETS.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(folder / "book.xlsx")
    return read_book([folder / "book.xlsx"], as_of=date(2025, 12, 31), reference=reference()).value


def test_registers_of_a_bank_stand_on_the_lines(tmp_path: Path) -> None:
    found = read(tmp_path)
    facts = whole_bank()
    registers = {name: getattr(found, name) for name in ("bonds", "bills", "letters", "risk_events")}
    tables = made(replace(facts, book=replace(facts.book, **registers)), "T08", "T09").value
    cells = {cell.id: cell.value for table in tables for cell in table.cells.values()}
    assert cells["T08!line_8_1.acceptances"] == cells["T08!total.acceptances"] == 80
    assert cells["T08!line_8_5.letters"] == 150
    assert [cells[f"T08!{row}.bonds"] for row in ("line_1_6", "line_5_1_2", "total")] == [15_000, 5_000, 20_000]
    assert [cells[f"T09!{row}.balance"] for row in ("environment_urge", "safety_reduce", "occupational_health", "total")] == [5, 6, 0, 11]

"""Registers of the invented bank beside its ledger: enterprises at risk, own acceptances, letters of credit. All of it is invented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from rows import Loan

RISKS = "风险企业登记"
RISK_COLUMNS = (
    "序号", "企业名称", "客户编号", "风险类别", "处罚决定书文号", "处罚日期", "违法事实", "处置措施", "是否完成整改", "整改完成日期",
)  # fmt: skip
# group of the loan, its place among that group's, kind of risk, day, what happened, measure, day of rectification
EVENTS: tuple[tuple[str, int, str, date, str, str, date | None], ...] = (
    ("not_green", 0, "环保违法", date(2025, 3, 18), "废水总排口化学需氧量超标（虚构）", "督促整改", None),
    ("not_green", 0, "安全生产违法", date(2025, 5, 9), "未按规定检测可燃气体（虚构）", "督促整改", None),
    ("not_green", 1, "环保违法", date(2025, 6, 2), "在线监测数据不实（虚构）", "压缩退出", None),
    ("ordinary", 0, "职业病", date(2025, 7, 21), "粉尘浓度超过职业接触限值（虚构）", "督促整改", None),
    ("ordinary", 1, "落后产能", date(2025, 9, 30), "列入年度淘汰计划（虚构）", "督促完成淘汰", None),
    ("ordinary", 2, "安全生产违法", date(2025, 2, 11), "特种作业人员无证上岗（虚构）", "督促整改", date(2025, 8, 15)),
    ("green", 0, "环保违法", date(2025, 10, 20), "施工扬尘污染（虚构）", "督促整改", None),
)
BILLS, BILL_COLUMNS = (
    "银行承兑汇票",
    ("票据号码", "出票人", "客户编号", "业务种类", "票面金额", "承兑余额", "出票日期", "票据到期日", "绿色融资分类"),
)
BILL_ROWS = ((0, 320, "8.1"), (1, 150, "8.4"), (2, 500, None), (3, 90, "8.6.1"), (4, 260, None), (5, 410, "8.5"))
LETTERS, LETTER_COLUMNS = (
    "信用证",
    ("信用证编号", "开证申请人", "客户编号", "信用证类型", "信用证金额", "信用证余额", "开证日期", "信用证到期日", "绿色融资分类"),
)
LETTER_ROWS = ((6, 800, 640, "8.5"), (7, 300, 300, None), (8, 450, 120, "8.2"))


def _of_year(made: Sequence[Loan], group: str) -> list[Loan]:
    """Loans to enterprises drawn in the year, one a customer that owes nothing older."""
    older = {loan.customer_no for loan in made if loan.start.year < 2025}
    found = {loan.customer_no: loan for loan in made if loan.group == group and loan.kind in "GLX" and loan.customer_no not in older}
    return sorted(found.values(), key=lambda loan: loan.key)


def risk_rows(made: Sequence[Loan]) -> list[dict[str, object]]:
    """The register of enterprises at risk."""
    rows: list[dict[str, object]] = []
    for number, (group, place, kind, on, what, measure, done) in enumerate(EVENTS, 1):
        loan = _of_year(made, group)[place]
        paper = f"虚构罚〔2025〕{number:03d}号"
        told = (number, loan.customer, loan.customer_no, kind, paper, on, what, measure, "是" if done else "否", done)
        rows.append(dict(zip(RISK_COLUMNS, told, strict=True)))
    return rows


def bill_rows(made: Sequence[Loan]) -> list[dict[str, object]]:
    """The bank's own acceptances, in 万元."""
    drawers = _of_year(made, "ordinary") + _of_year(made, "not_green")
    rows = []
    for number, (place, amount, entry) in enumerate(BILL_ROWS, 1):
        by, size = drawers[place], Decimal(amount)
        told = (
            f"1900{number:026d}",
            by.customer,
            by.customer_no,
            "银行承兑汇票",
            size,
            size,
            date(2025, 8, number),
            date(2026, 2, number),
            entry,
        )
        rows.append(dict(zip(BILL_COLUMNS, told, strict=True)))
    return rows


def letter_rows(made: Sequence[Loan]) -> list[dict[str, object]]:
    """Letters of credit, in 万元."""
    drawers = _of_year(made, "ordinary") + _of_year(made, "not_green")
    rows = []
    for number, (place, amount, left, entry) in enumerate(LETTER_ROWS, 1):
        by = drawers[place % len(drawers)]
        days = date(2025, 9, number), date(2026, 3, number)
        told = (f"LC2025{number:04d}", by.customer, by.customer_no, "国内信用证", Decimal(amount), Decimal(left), *days, entry)
        rows.append(dict(zip(LETTER_COLUMNS, told, strict=True)))
    return rows

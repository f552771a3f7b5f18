"""What the invented bank knows of its corporate customers: size, statements, emissions and energy, from a fixed seed."""

from __future__ import annotations

import random
from collections.abc import Iterable
from decimal import Decimal

from rows import PERSONS, Loan

SEED = 20251230
EMITTERS = {  # the first digits of the industry -> tonnes of CO2 per 10 000 yuan of revenue, low and high
    "22": ("0.4", "1.1"), "25": ("0.5", "1.6"), "26": ("0.9", "2.6"), "30": ("1.2", "4.0"), "31": ("1.5", "3.2"), "32": ("0.3", "1.4"),
    "44": ("0.8", "6.0"), "46": ("0.05", "0.3"), "13": ("0.04", "0.2"), "17": ("0.1", "0.4"), "36": ("0.02", "0.1"),
}  # fmt: skip
SOURCES = ("第三方核查报告", "碳市场履约", "企业披露", None)
COLUMNS = (
    "客户编号", "企业规模", "营业收入", "资产总额", "所有者权益", "有息负债", "报表年度", "从业人数", "范围一排放（吨）",
    "范围二排放（吨）", "排放数据来源", "排放年度", "综合能耗（吨标准煤）", "外购电力（万千瓦时）",
    "环境风险分类", "ESG评级", "两高标识",
)  # fmt: skip
TWO_HIGH = ("25", "26", "30", "31", "32", "44")
GRADES = ("AA", "A", "BBB", "BB")
SEVERE, REAL, UNSEEN, UNRATED = 17, 3, 13, 4  # every so many customers: class A, class B, not classified yet, not rated yet
NO_REVENUE, NO_EQUITY, NOT_LISTED = 7, 11, 5  # every so many customers: not yet in business, over-indebted, unknown to the list


def _size(revenue: Decimal) -> str:
    bounds = ((Decimal(100_000), "大型"), (Decimal(20_000), "中型"), (Decimal(2_000), "小型"))
    if revenue == 0:
        return "中型"  # by its assets
    return next((word for least, word in bounds if revenue >= least), "微型")


def _between(rnd: random.Random, low: str, high: str) -> Decimal:
    return Decimal(low) + (Decimal(high) - Decimal(low)) * rnd.randint(0, 1000) / 1000


def _carbon(rnd: random.Random, industry: str, revenue: Decimal) -> dict[str, object]:
    """Emissions where the borrower reports them, its energy where it only keeps that, else nothing."""
    known = EMITTERS.get(industry[:2])
    if known is None or revenue <= 0:
        return {}
    tonnes = revenue * _between(rnd, *known)
    source = SOURCES[rnd.randrange(len(SOURCES))]
    if source is None:
        energy = (tonnes * Decimal("0.35")).quantize(Decimal(1))
        return {"综合能耗（吨标准煤）": energy, "外购电力（万千瓦时）": (tonnes / 60).quantize(Decimal("0.1"))}
    found: dict[str, object] = {"范围一排放（吨）": (tonnes * 4 / 5).quantize(Decimal(1)), "排放数据来源": source, "排放年度": 2025}
    if source == "碳市场履约":
        return found | {"外购电力（万千瓦时）": (tonnes / 50).quantize(Decimal("0.1"))}
    return found | {"范围二排放（吨）": (tonnes / 5).quantize(Decimal(1))}


def _environment(number: int, industry: str) -> dict[str, object]:
    """The class of environmental risk, the ESG grade where there is one, and whether the industry is of high energy use and emission."""
    found: dict[str, object] = {"两高标识": "是" if industry[:2] in TWO_HIGH else "否"}
    if number % UNSEEN:
        found["环境风险分类"] = "A类" if number % SEVERE == 0 else "B类" if number % REAL == 0 else "C类"
    return found | ({"ESG评级": GRADES[number // UNRATED % len(GRADES)]} if number % UNRATED else {})


def customer_rows(made: Iterable[Loan]) -> list[dict[str, object]]:
    """A row for each corporate customer but those the list lacks, in 万元; some earn nothing yet, some owe more than they have."""
    rnd = random.Random(SEED)
    first: dict[str, Loan] = {}
    owed: dict[str, Decimal] = {}
    for loan in sorted((m for m in made if m.kind not in PERSONS + "J"), key=lambda m: (m.customer_no, m.key)):
        first.setdefault(loan.customer_no, loan)
        owed[loan.customer_no] = owed.get(loan.customer_no, Decimal(0)) + loan.amount / 10_000
    rows: list[dict[str, object]] = []
    for number, (customer, loan) in enumerate(first.items(), 1):
        revenue = (owed[customer] * _between(rnd, "1.2", "9")).quantize(Decimal("0.01"))
        assets = (owed[customer] * _between(rnd, "1.5", "6")).quantize(Decimal("0.01"))
        carbon = _carbon(rnd, loan.industry, revenue)
        equity = (assets * _between(rnd, "0.2", "0.6")).quantize(Decimal("0.01"))
        if number % (NO_REVENUE * NO_EQUITY) == 0:
            revenue = Decimal(0)
        equity = -equity if number % (NO_EQUITY * NOT_LISTED) == 0 else equity
        row = {
            "客户编号": customer, "企业规模": _size(revenue), "营业收入": revenue, "资产总额": assets, "所有者权益": equity,
            "有息负债": (assets * _between(rnd, "0.2", "0.45")).quantize(Decimal("0.01")), "报表年度": 2025,
            "从业人数": rnd.randint(20, 2400),
        }  # fmt: skip
        if number % (NOT_LISTED * NO_REVENUE):
            rows.append(row | carbon | _environment(number, loan.industry))
    return rows

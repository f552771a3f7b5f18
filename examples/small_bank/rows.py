"""The clean rows of the invented bank, built from the hand-written texts in ``source/`` with a fixed seed."""

from __future__ import annotations

import csv
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "source"
AS_OF = date(2025, 12, 31)
SEED = 20251231
GROUPS = ("green", "review", "not_green", "ordinary")
PERSONS = "HCA"

# kind -> product, loan kind, years to run (low, high), days before the data date it was drawn (low, high), rate in 1/100 % (low, high)
KINDS = {
    "X": ("项目贷款", "固定资产贷款", (8, 15), (30, 900), (310, 395)),
    "G": ("固定资产贷款", "固定资产贷款", (4, 8), (20, 800), (320, 420)),
    "L": ("流动资金贷款", "流动资金贷款", (1, 1), (5, 330), (335, 480)),
    "M": ("贸易融资", "贸易融资", (1, 1), (5, 160), (300, 410)),
    "J": ("个人经营贷款", "个人经营贷款", (1, 3), (10, 340), (380, 590)),
    "H": ("个人住房按揭贷款", "个人住房贷款", (15, 30), (60, 2600), (305, 360)),
    "C": ("个人综合消费贷款", "个人消费贷款", (1, 3), (10, 340), (450, 720)),
    "A": ("个人汽车贷款", "个人消费贷款", (3, 5), (10, 700), (390, 550)),
}


GUARANTEES = {
    "X": ("质押", "抵押", "抵押+保证", "质押+保证"), "G": ("抵押", "保证", "抵押+保证"), "L": ("信用", "保证", "抵押"),
    "M": ("信用", "保证"), "J": ("抵押", "信用"), "H": ("抵押",), "C": ("信用",), "A": ("抵押",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loan:
    """A receipt as it should be, before any dirt; money is in yuan."""

    key: str
    group: str
    intended: str
    code: str
    also: str
    why: str
    receipt: str
    branch: str
    branch_name: str
    customer_no: str
    customer: str
    uscc: str
    kind: str
    purpose: str
    industry: str
    region: str
    amount: Decimal
    balance: Decimal
    rate: Decimal
    approved: date
    start: date
    due: date
    status: str
    class5: str
    flag: str
    project: str
    contract: str = field(default="")

    def values(self) -> dict[str, object]:
        """The row under the header words of the ledger sheet."""
        product, kind, *_ = KINDS[self.kind]
        return {
            "借据号": self.receipt,
            "合同号": self.contract,
            "机构号": self.branch,
            "机构名称": self.branch_name,
            "客户编号": self.customer_no,
            "客户名称": self.customer,
            "统一社会信用代码": self.uscc or None,
            "产品名称": product,
            "贷款类型": kind,
            "贷款用途": self.purpose,
            "贷款投向行业": self.industry or "个人贷款",
            "投向地区": self.region,
            "币种": "人民币",
            "合同金额": self.amount,
            "贷款余额": self.balance,
            "执行利率（%）": self.rate,
            "审批日期": self.approved,
            "放款日": self.start,
            "到期日": self.due,
            "贷款状态": self.status,
            "五级分类": self.class5,
            "是否绿色贷款": self.flag or None,
            "项目编号": self.project or None,
            "备注": None,
            "月均余额": self.average,
            "担保方式": self.guarantee,
        }

    @property
    def guarantee(self) -> str:
        """How the loan is secured, by its kind and its number."""
        choices = GUARANTEES[self.kind]
        return choices[int(self.receipt[-5:]) % len(choices)]

    @property
    def average(self) -> Decimal:
        """The average of the month ends of the year, a loan drawn in it counting from its month, paid down evenly."""
        months = AS_OF.month - self.start.month + 1 if self.start.year == AS_OF.year else AS_OF.month
        middle = (self.balance + min(self.amount, self.balance * Decimal("1.06"))) / 2
        return (middle * months / AS_OF.month).quantize(Decimal("0.01"), ROUND_HALF_UP)


def read(name: str) -> list[dict[str, str]]:
    """The rows of a source file."""
    with SOURCE.joinpath(name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def check_sign(text: str, signs: str, weights: list[int], modulus: int) -> int:
    """The number of the check sign over ``text``."""
    return (modulus - sum(signs.index(sign) * weight for sign, weight in zip(text, weights, strict=True)) % modulus) % modulus


def uscc(number: int) -> str:
    """An invented unified social credit code: right check signs, a place (999900) that does not exist."""
    body = f"MA{number:06d}"
    organisation = check_sign(body, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", [3, 7, 9, 10, 5, 8, 4, 2], 11)
    text = f"91999900{body}{'X' if organisation == 10 else organisation}"
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    return text + signs[check_sign(text, signs, [pow(3, i, 31) for i in range(17)], 31)]


def _full_name(name: str, kind: str) -> str:
    return f"{name}（虚构）" if kind in PERSONS + "J" else f"{name}有限公司（虚构）"


def _money(wan: Decimal) -> Decimal:
    return (wan * 10_000).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _balance(row: dict[str, str], kind: str, rnd: random.Random) -> Decimal:
    """What is still owed: given in the source, else a seeded part of the amount."""
    share = Decimal(rnd.randint(5200, 9700)) / 10_000
    fen = Decimal(rnd.randint(0, 99_999)) / 1_000_000
    amount = Decimal(row["amount"])
    if row["balance"]:
        return _money(Decimal(row["balance"]))
    if kind in "LMC" and rnd.random() < 0.7:
        return _money(amount)
    return _money(amount * share - (fen if kind in "HXJA" else 0))


def _dates(kind: str, opened: str, rnd: random.Random) -> tuple[date, date, date]:
    """Approval, drawing and maturity; a project is drawn on after its construction began."""
    _, _, years, ago, _ = KINDS[kind]
    start = AS_OF - timedelta(days=rnd.randint(*ago))
    if opened:
        earliest = date.fromisoformat(opened) + timedelta(days=20)
        start = max(start, min(earliest, AS_OF - timedelta(days=12)))
    approved = start - timedelta(days=rnd.randint(4, 45))
    run = rnd.randint(*years)
    return approved, start, date(start.year + run, start.month, min(start.day, 28))


def _quality(group: str, kind: str, number: int) -> tuple[str, str]:
    """Status and five-level class; a few of the ordinary and of the not green loans went wrong."""
    bad = {"关注": (31, 112, 139, 163, 194), "次级": (58, 148, 177), "可疑": (155, 186), "损失": (201,)}
    found = next((name for name, numbers in bad.items() if number in numbers), "正常")
    if kind in "LJC" and found in ("次级", "可疑", "损失"):
        return "逾期", found
    return "正常", found


def loans() -> list[Loan]:
    """All loans, ordered by branch; the same on every machine."""
    rnd = random.Random(SEED)
    branches = read("branches.csv")
    opened = {row["id"]: row["start"] for row in read("projects.csv")}
    customers: dict[str, int] = {}
    seen: Counter[str] = Counter()
    made: list[Loan] = []
    for group in GROUPS:
        for row in read(f"loans_{group}.csv"):
            name, kind = row["customer"], row["kind"]
            number = customers.setdefault(name, len(customers) + 1)
            seen[name] += 1
            branch = branches[int(row["branch"]) - 1]
            approved, start, due = _dates(kind, opened.get(row["project"], ""), rnd)
            status, class5 = _quality(group, kind, len(made) + 1)
            balance = _balance(row, kind, rnd)
            if balance == 0:
                status = "核销" if "核销" in row["why"] else "结清"
            if status == "逾期":
                start, due = start - timedelta(days=420), start - timedelta(days=55)
                approved = start - timedelta(days=15)
            made.append(
                Loan(
                    key=f"{name}#{seen[name]}", group=group, intended="not_green" if group == "ordinary" else group,
                    code=row["code"], also=row["also"], why=row["why"], receipt=f"{branch['code']}{start.year}{len(made) + 1:05d}",
                    branch=branch["code"], branch_name=branch["name"], customer_no=f"C{number:08d}", customer=_full_name(name, kind),
                    uscc="" if kind in PERSONS + "J" else uscc(number), kind=kind, purpose=row["purpose"], industry=row["industry"],
                    region=row["region"], amount=_money(Decimal(row["amount"])), balance=balance,
                    rate=Decimal(rnd.randint(*KINDS[kind][4]) - (15 if group == "green" else 0)) / 100,
                    approved=approved, start=start, due=due, status=status, class5=class5, flag=row["flag"], project=row["project"],
                    contract=f"HT{start.year}-{branch['code']}-{number:04d}",
                )
            )  # fmt: skip
    return _corrected(sorted(made, key=lambda loan: (loan.branch, loan.receipt)))


SETTLED_GREEN = {"采购污水处理药剂聚合氯化铝": "6.4.7", "山地风电场一期升压站": "4.2.1"}


def _corrected(made: list[Loan]) -> list[Loan]:
    """The settled receipts of green use were green when they were drawn: settling leaves a balance of nothing, not another tag."""

    def one(loan: Loan) -> Loan:
        code = next((code for words, code in SETTLED_GREEN.items() if loan.purpose.startswith(words)), "")
        return replace(loan, intended="green", code=code) if code else loan

    return [one(loan) for loan in made]

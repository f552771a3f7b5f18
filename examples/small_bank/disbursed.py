"""What the invented bank drew under the carbon-reduction facility and from its green bond, and its bonds. All of it is invented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from rows import AS_OF, Loan

DRAWINGS = "发放明细"
DRAWING_COLUMNS = ("借据号", "合同号", "项目编号", "收付标志", "发生日期", "发生额", "执行利率（%）", "是否碳减排贷款", "资金来源", "备注")
FACILITY = ("XM2023001", "XM2024003", "XM2023004", "XM2024006", "XM2023008", "XM2022012", "XM2022005")
WITHDRAWN, WITHDRAWN_ON = "XM2022005", date(2025, 11, 18)
FUNDED = ("XM2023025", "XM2024024", "XM2023028", "XM2024029")
BOND_CODE, BOND_NAME = "2320099.IB", "23示例银行绿色金融债01（虚构）"
BONDS = "绿色债券"
BOND_COLUMNS = (
    "业务方向", "债券代码", "债券简称", "发行人", "绿色标签", "面值", "账面余额", "票面利率（%）", "发行日期", "到期日",
    "绿色融资分类", "募集资金总额", "已使用金额", "闲置资金投向",
)  # fmt: skip
_CUT = 90  # days between two drawings of a loan
# side, code, name, issuer, label, face, book balance, coupon, day of issue, years, class of the regulator's return
BOUGHT: tuple[tuple[str, str, str, str, str, int, int | None, str, date, int, str | None], ...] = (
    (
        "投资", "132499001.IB", "24虚江水务GN001（虚构）", "虚江水务集团有限公司（虚构）",
        "绿色债券", 8000, 8046, "2.85", date(2024, 4, 18), 3, "5.2.1",
    ),
    (
        "投资", "137990.SH", "25虚风绿色公司债（虚构）", "虚风新能源有限公司（虚构）",
        "碳中和债", 6000, 6021, "2.62", date(2025, 3, 6), 5, "3.2.2",
    ),
    (
        "投资", "132599002.IB", "25虚轨GN002绿色中期票据（虚构）", "虚城轨道交通集团有限公司（虚构）",
        "绿色债券", 5000, 4987, "2.40", date(2025, 8, 21), 3, "5.4.1",
    ),
    (
        "投资", "2420098.IB", "24虚农绿色金融债（虚构）", "虚构农村商业银行股份有限公司",
        "绿色债券", 10000, 10035, "2.31", date(2024, 9, 10), 3, None,
    ),
    (
        "投资", "2599010.IB", "25虚省绿色专项债券（虚构）", "虚构省政府",
        "绿色债券", 4000, 4008, "1.98", date(2025, 5, 22), 10, None,
    ),
    (
        "承销", "132599003.IB", "25虚环GN001（虚构）", "虚环保科技有限公司（虚构）",
        "绿色债券", 12000, None, "2.55", date(2025, 6, 12), 3, None,
    ),
)  # fmt: skip


def _of(made: Sequence[Loan], projects: Sequence[str]) -> list[Loan]:
    return [loan for loan in made if loan.project in projects and loan.group == "green"]


def _moves(loan: Loan) -> list[tuple[str, date, Decimal]]:
    """What was drawn in up to three parts and what was repaid, so that the balance is left."""
    days = [loan.start + timedelta(days=_CUT * part) for part in range(3)]
    days = [day for day in days if day < AS_OF] or [loan.start]
    part = (loan.amount / len(days)).quantize(Decimal("10000"))
    drawn = [part] * (len(days) - 1)
    moves = [("放款", day, size) for day, size in zip(days, [*drawn, loan.amount - sum(drawn)], strict=True)]
    back = loan.amount - loan.balance
    return [*moves, ("还款", AS_OF - timedelta(days=10), back)] if back else moves


def drawing_rows(made: Sequence[Loan]) -> list[dict[str, object]]:
    """The movements of both kinds of loans, in yuan, in the order of their days."""
    rows: list[dict[str, object]] = []
    for loan in (*_of(made, FACILITY), *_of(made, FUNDED)):
        is_tool = loan.project in FACILITY
        source = None if is_tool else BOND_CODE
        told = [(kind, day, size, loan.rate if kind == "放款" else None, None) for kind, day, size in _moves(loan)]
        if loan.project == WITHDRAWN:
            told.append(("调出", WITHDRAWN_ON, loan.amount, None, "不再使用碳减排支持工具资金（虚构）"))
        for kind, day, size, rate, note in told:
            values = (loan.receipt, loan.contract, loan.project, kind, day, size, rate, "是" if is_tool else "否", source, note)
            rows.append(dict(zip(DRAWING_COLUMNS, values, strict=True)))
    return sorted(rows, key=lambda row: (str(row["发生日期"]), str(row["借据号"]), str(row["收付标志"])))


def bond_rows(made: Sequence[Loan]) -> list[dict[str, object]]:
    """The register of bonds, in 万元: bought, underwritten, and the bank's own, of which what its loans drew is used."""
    rows: list[dict[str, object]] = []
    for side, code, name, issuer, label, face, book, coupon, issued, years, entry in BOUGHT:
        money = (Decimal(face), None if book is None else Decimal(book), Decimal(coupon))
        values = (side, code, name, issuer, label, *money, issued, issued.replace(year=issued.year + years), entry, None, None, None)
        rows.append(dict(zip(BOND_COLUMNS, values, strict=True)))
    used = sum((loan.amount for loan in _of(made, FUNDED)), Decimal(0)) / 10_000
    raised = Decimal(40000)
    issued = date(2023, 6, 15)
    own = (
        "发行",
        BOND_CODE,
        BOND_NAME,
        "示例城市商业银行（虚构）",
        "绿色债券",
        raised,
        None,
        Decimal("2.78"),
        issued,
        issued.replace(year=2026),
    )
    rows.append(dict(zip(BOND_COLUMNS, (*own, None, raised, used, "同业存单（虚构）"), strict=True)))
    return rows

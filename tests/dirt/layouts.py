"""Ledgers as banks really lay them out: the same loans under other headers, units, dates and file kinds. All names are invented."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl.utils import get_column_letter

AS_OF = date(2025, 12, 31)
Value = object
Cells = list[Value]


def uscc(body: str) -> str:
    """A unified social credit code with its check sign (GB 32100-2015)."""
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(signs.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + signs[(31 - total % 31) % 31]


_USES = (
    "用于示例市集中式光伏电站项目的组件与逆变器采购及安装工程款项支付",
    "用于示例县城镇污水处理厂二期扩建工程的土建施工与设备购置款项支付",
    "用于购置纯电动公交车二十辆并支付充电设施建设安装工程款项及税费",
    "用于支付服装加工企业日常生产经营所需面料辅料采购款项及工人工资",
    "用于示例区工业园余热回收利用技术改造项目的设备采购与安装调试款",
    "用于补充建筑施工企业承建普通商品住宅项目的钢材水泥等材料采购款",
)
_INDUSTRIES = ("4416", "4620", "5411", "1811", "2614", "4710")


def truth(count: int = 6) -> list[dict[str, Value]]:
    """The loans every layout holds, in our own units: fen, millionths, days."""
    rows: list[dict[str, Value]] = []
    for n in range(count):
        rows.append(  # noqa: PERF401  # a comprehension of this would be no shorter
            {
                "receipt": f"JJ2025{n:08d}", "contract": f"HT2025{n:06d}", "branch": f"01010{n % 3 + 1}", "branch_name": f"示例{'一二三'[n % 3]}支行",
                "customer_no": f"C{n:09d}", "customer": f"示例{'甲乙丙丁戊己'[n]}有限公司", "uscc": uscc(f"9132{n:04d}MA1X2Y3K{n}"[:17]),
                "product": "流动资金贷款", "purpose": _USES[n], "industry": _INDUSTRIES[n], "currency": "CNY", "amount": 500_000_000 + n * 1_000_000,
                "balance": 320_000_000 + n * 12_340_000, "rate": 43_500 - n * 500, "start": date(2025, 1 + n, 10 + n), "due": date(2030, 1 + n, 10 + n),
                "class5": "normal", "green": n % 2 == 0,
            }
        )  # fmt: skip
    return rows


COLUMN = {
    "receipt": "receipt_no", "contract": "contract_no", "branch": "branch_code", "branch_name": "branch_name", "customer_no": "customer_no",
    "customer": "customer_name", "uscc": "customer_uscc", "product": "product", "purpose": "purpose", "industry": "industry_use",
    "currency": "currency", "amount": "amount_fen", "balance": "balance_fen", "rate": "rate_ppm", "start": "start_on", "due": "due_on",
    "class5": "class5", "green": "bank_green",
}  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """How one bank writes: columns (role, header), how each role is written, what stands above and below, which kind of file."""

    id: str
    zh: str
    columns: tuple[tuple[str, str], ...]
    writes: Mapping[str, Callable[[Value], Value]] = field(default_factory=dict)
    above: tuple[Cells, ...] = ()
    parents: tuple[str, ...] = ()  # a header row above the header, merged over the blanks to the right
    under: tuple[Cells, ...] = ()  # rows between header and body: letters, units
    below: tuple[Cells, ...] = ()
    kind: str = "xlsx"
    encoding: str = "utf-8"
    sign: str = ","
    sheet: str = "借据台账"
    money: Decimal = Decimal(100)  # fen in one unit of the file

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of the columns, from left to right."""
        return tuple(role for role, _ in self.columns)

    @property
    def first(self) -> int:
        """The sheet row (1-based) of the first loan."""
        return len(self.above) + (1 if self.parents else 0) + 2 + len(self.under)

    def written(self, role: str, value: Value) -> Value:
        """A value as this layout writes it."""
        if role in ("amount", "balance"):
            value = float(Decimal(int(str(value))) / self.money)
        made = self.writes.get(role)
        return made(value) if made else value

    def sheet_of(self, rows: Sequence[Mapping[str, Value]]) -> Sheet:
        """The loans written in this layout, still to be spoilt."""
        body = [[self.written(role, row[role]) for role in self.roles] for row in rows]
        return Sheet(self, [list(c) for c in self.above], [h for _, h in self.columns], body, [list(c) for c in self.below])


@dataclass
class Sheet:
    """A sheet about to be saved: everything in it can still be spoilt."""

    layout: Layout
    above: list[Cells]
    header: list[str]
    body: list[Cells]
    below: list[Cells]
    merged: list[str] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    other: dict[str, list[Cells]] = field(default_factory=dict)
    far: tuple[str, Value] | None = None

    def at(self, role: str) -> int:
        """The place of a role's column."""
        return self.layout.roles.index(role)

    def put(self, row: int, role: str, value: Value) -> None:
        """Write a value into a loan's cell."""
        self.body[row][self.at(role)] = value

    def address(self, row: int, role: str) -> str:
        """The cell of a loan's role, without the file's name."""
        letter = get_column_letter(self.at(role) + 1)
        return f"{letter}{len(self.above) + (1 if self.layout.parents else 0) + 2 + len(self.layout.under) + row}"

    def rows(self) -> list[Cells]:
        """The whole sheet from top to bottom."""
        parents = [[text or None for text in self.layout.parents]] if self.layout.parents else []
        return [*self.above, *parents, list(self.header), *map(list, self.layout.under), *self.body, *self.below]

    def save(self, folder: Path) -> Path:
        """The file on disk."""
        return {"xlsx": self._xlsx, "csv": self._csv, "parquet": self._parquet}[self.layout.kind](folder)

    def _xlsx(self, folder: Path) -> Path:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.title = self.layout.sheet
        for row in self.rows():
            sheet.append(row)
        for area in (*self.merged, *self._parents()):
            sheet.merge_cells(area)
        for at in self.hidden_rows:
            sheet.row_dimensions[at].hidden = True
        if self.far:
            sheet[self.far[0]] = self.far[1]
        for name, rows in self.other.items():
            extra = book.create_sheet(name)
            for row in rows:
                extra.append(row)
        path = folder / f"{self.layout.id}.xlsx"
        book.save(path)
        return path

    def _parents(self) -> list[str]:
        """The merged cells of the parent row."""
        row, texts = len(self.above) + 1, self.layout.parents
        if not texts:
            return []
        starts = [at for at, text in enumerate(texts) if text]
        ends = [*(at - 1 for at in starts[1:]), len(texts) - 1]
        return [f"{get_column_letter(a + 1)}{row}:{get_column_letter(b + 1)}{row}" for a, b in zip(starts, ends, strict=True) if b > a]

    def _csv(self, folder: Path) -> Path:
        path = folder / f"{self.layout.id}.csv"
        with path.open("w", encoding=self.layout.encoding, newline="") as out:
            writer = csv.writer(out, delimiter=self.layout.sign)
            writer.writerows([["" if cell is None else cell for cell in row] for row in self.rows()])
        return path

    def _parquet(self, folder: Path) -> Path:
        path = folder / f"{self.layout.id}.parquet"
        columns = {name: [row[at] for row in self.body] for at, name in enumerate(self.header)}
        pq.write_table(pa.table({name: pa.array(_alike(values)) for name, values in columns.items()}), path)
        return path


def _alike(values: list[Value]) -> list[Value]:
    """Values of one type, as a parquet column must have; text where they differ."""
    kinds = {type(v) for v in values if v is not None}
    return values if len(kinds) < 2 else [None if v is None else str(v) for v in values]


def _plain(day: Value) -> str:
    return f"{day:%Y%m%d}"


def _iso(day: Value) -> str:
    return f"{day:%Y-%m-%d}"


def _yes(flag: Value) -> str:
    return "是" if flag else "否"


def _percent(ppm: Value) -> float:
    return int(str(ppm)) / 10_000


def _decimal(ppm: Value) -> float:
    return int(str(ppm)) / 1_000_000


CN = {"green": _yes, "rate": _percent, "class5": lambda _: "正常", "currency": lambda _: "人民币"}
BASE = (
    ("receipt", "借据号"), ("contract", "合同号"), ("branch", "机构号"), ("customer_no", "客户编号"), ("customer", "客户名称"),
    ("uscc", "统一社会信用代码"), ("product", "产品名称"), ("purpose", "贷款用途"), ("industry", "贷款投向行业"), ("currency", "币种"),
    ("amount", "合同金额（元）"), ("balance", "贷款余额（元）"), ("rate", "执行利率（%）"), ("start", "发放日"), ("due", "到期日"),
    ("class5", "五级分类"), ("green", "绿色贷款标识"),
)  # fmt: skip


def _headed(*headers: str) -> tuple[tuple[str, str], ...]:
    return tuple((role, header) for (role, _), header in zip(BASE, headers, strict=True))


LAYOUTS = (
    Layout("hand", "手工台账（元，一行表头）", BASE, CN),
    Layout(
        "titled", "手工台账（万元，标题、日期、单位在表头之上，表尾合计与签字）", tuple((r, h.replace("（元）", "")) for r, h in BASE), CN,
        above=(["示例城商行绿色贷款明细表"], ["数据日期：2025年12月31日", None, None, None, None, "单位：万元"]),
        below=([None] * len(BASE), ["填表人：", None, None, "复核人：", None, None], ["注：本表按借据逐笔填列。"]), money=Decimal(1_000_000),
    ),
    Layout(
        "east", "EAST 5.0 对公信贷业务借据表",
        _headed("信贷借据号", "信贷合同号", "内部机构号", "客户统一编号", "客户名称", "统一社会信用代码", "信贷业务种类", "借据贷款用途", "贷款投向行业", "币种",
                "贷款金额", "贷款余额", "利率", "贷款发放日期", "贷款到期日期", "贷款五级分类", "绿色贷款标识"),
        {"green": _yes, "rate": _percent, "class5": lambda _: "正常", "start": _plain, "due": _plain},
    ),
    Layout(
        "ybt", "一表通 8.1 贷款借据（文字日期，代码值）",
        _headed("借据ID", "合同编号", "机构ID", "客户ID", "客户名称", "统一社会信用代码", "业务品种", "贷款用途", "行业类型（按贷款投向划分）", "币种",
                "借款金额", "贷款余额", "执行利率", "贷款发放日期", "到期日期", "五级分类", "是否绿色贷款"),
        {"green": lambda v: "1" if v else "0", "rate": _percent, "class5": lambda _: "01", "start": _iso, "due": _iso},
    ),
    Layout(
        "pboc", "人行金融基础数据 存量单位贷款信息（竖线分隔文本）",
        _headed("贷款借据编码", "贷款合同编码", "内部机构号", "客户号", "借款人名称", "借款人证件代码", "产品类别", "贷款用途", "贷款实际投向", "币种",
                "贷款金额", "贷款余额", "利率水平", "贷款发放日期", "贷款到期日期", "贷款质量", "绿色贷款标识"),
        {"green": lambda v: "1" if v else "0", "rate": lambda v: f"{_percent(v):.5f}", "class5": lambda _: "FQ01", "start": _iso, "due": _iso,
         "amount": lambda v: f"{v:.2f}", "balance": lambda v: f"{v:.2f}"},
        kind="csv", sign="|", encoding="utf-8",
    ),
    Layout("gbk", "核心系统导出 csv（GBK）", BASE, {**CN, "start": _iso, "due": _iso}, kind="csv", encoding="gbk"),
    Layout("bom", "报表平台导出 csv（UTF-8 带 BOM）", BASE, {**CN, "start": _iso, "due": _iso}, kind="csv", encoding="utf-8-sig"),
    Layout(
        "mart", "数据集市英文字段名",
        _headed("LOAN_NUM", "CONTRACT_NO", "ORG_NO", "CUST_NO", "CUST_NAME", "USCC", "PRODUCT", "LOAN_PURPOSE", "INDUSTRY_OF_USE", "CURRENCY",
                "LOAN_AMT", "LOAN_BAL", "INT_RATE", "DISTR_DT", "MATU_DT", "CLASS5", "GREEN_FLAG"),
        {"green": lambda v: "Y" if v else "N", "rate": _decimal, "class5": lambda _: "PF", "currency": lambda _: "CNY"},
    ),
    Layout(
        "pinyin", "拼音首字母字段名",
        (("receipt", "XDJJH"), ("contract", "XDHTH"), ("customer_no", "KHTYBH"), ("customer", "KHMC"), ("purpose", "DKYT"), ("amount", "DKJE"),
         ("balance", "DKYE"), ("start", "DKFFRQ"), ("due", "DKDQRQ"), ("class5", "DKWJFL")),
        {"class5": lambda _: "1", "start": _plain, "due": _plain},
    ),
    Layout(
        "levels", "两级合并表头",
        _headed("借据号", "合同号", "机构号", "编号", "名称", "统一社会信用代码", "产品名称", "贷款用途", "贷款投向行业", "币种", "合同金额（元）", "贷款余额（元）",
                "执行利率（%）", "发放日", "到期日", "五级分类", "绿色贷款标识"),
        CN, parents=("基本信息", "", "", "客户信息", "", "", "", "", "", "", "金额", "", "", "期限", "", "分类", ""),
    ),
    Layout(
        "english", "英文台账（百万元）",
        _headed("Loan receipt no", "Contract no", "Branch code", "Customer no", "Borrower name", "Unified social credit code", "Product", "Loan purpose",
                "Industry of use", "Currency", "Amount (RMB million)", "Outstanding balance (RMB million)", "Interest rate (%)", "Disbursement date",
                "Maturity date", "Five-level class", "Green flag"),
        {"green": lambda v: "Yes" if v else "No", "rate": _percent, "class5": lambda _: "Normal", "currency": lambda _: "CNY"}, money=Decimal(100_000_000),
    ),
    Layout("parquet", "数据平台 parquet", BASE, CN, kind="parquet"),
    Layout(
        "lettered", "监管模板（表头下有字母行与单位）", BASE, CN, above=(["绿色贷款逐笔明细"], ["报表日期：2025-12-31"]),
        under=([chr(65 + n) for n in range(len(BASE))],),
    ),
    Layout("tab", "制表符分隔文本（GB18030）", BASE, {**CN, "start": _plain, "due": _plain}, kind="csv", sign="\t", encoding="gb18030"),
)  # fmt: skip

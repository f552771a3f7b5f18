"""What is wrong with the workbook on purpose, and where.

``kind`` is what a reader of the file should say about it; empty: read without a word.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ZERO = date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class Spot:
    """A value that is written otherwise than it should be: row key, column, how, what it is, what should be said."""

    key: str
    column: str
    change: Callable[[object], object]
    what: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Dirt:
    """A line of ``dirt.csv``."""

    sheet: str
    cell: str
    what: str
    expected: str


def wide(value: object) -> object:
    """Full-width digits: １２，３４５．６７."""
    text = f"{value:,.2f}" if isinstance(value, Decimal) else str(value)
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def commas(value: object) -> object:
    """A number as text with thousands separators."""
    return f"{value:,.2f}"


def day(form: str) -> Callable[[object], object]:
    """A date as text in another form."""
    return lambda value: value.strftime(form) if isinstance(value, date) else value


def chinese_day(value: object) -> object:
    """2025年3月5日."""
    return f"{value.year}年{value.month}月{value.day}日" if isinstance(value, date) else value


def serial(value: object) -> object:
    """The day number of a spreadsheet."""
    return (value - ZERO).days if isinstance(value, date) else value


def text(words: str) -> Callable[[object], object]:
    """Other words altogether."""
    return lambda _: words


def number(value: object) -> object:
    """A code as a number: the leading zero is lost."""
    return int(str(value))


LOANS = (
    Spot("中卫虚晖光伏发电#1", "贷款余额", wide, "full-width digits in an amount"),
    Spot("凉山虚岚能源#1", "投向地区", wide, "full-width digits in a place code"),
    Spot("察北虚风发电#1", "贷款余额", commas, "amount as text with thousands separators"),
    Spot("湘江虚储能科技#1", "贷款余额", commas, "amount as text with thousands separators"),
    Spot("吴越虚轨交通#1", "合同金额", commas, "amount as text with thousands separators"),
    Spot("城北虚栖酒店#1", "放款日", text("2025-02-30"), "impossible date", "ingest.date_impossible"),
    Spot("渝江虚建工程#1", "合同金额", text("详见合同"), "amount that cannot be read", "ingest.amount_unreadable"),
    Spot("吴越虚模精密#1", "借据号", text("5.05012E+14"), "receipt number in scientific notation", "ingest.id_lost_digits"),
    Spot("唐某（种植大户）#1", "贷款投向行业", number, "industry code that lost its zero (0111)", "ingest.zero_restored"),
    Spot("桂北虚林储备林#1", "贷款投向行业", number, "industry code that lost its zero (0220)", "ingest.zero_restored"),
    Spot("蓝天虚农化#1", "贷款投向行业", text("C2631-化学农药制造"), "industry code and name in one cell"),
    Spot("蓉北虚阳能源#1", "贷款投向行业", text("[D4416]太阳能发电"), "industry code and name in one cell"),
    Spot("河西虚风新能源#1", "贷款投向行业", text("D4415"), "industry code with its letter"),
    Spot("锦城虚公交#1", "放款日", day("%Y%m%d"), "date as 20250131"),
    Spot("金城虚巴公交#1", "放款日", day("%Y.%m.%d"), "date as 2025.01.31"),
    Spot("金城虚巴公交#2", "放款日", day("%Y/%m/%d"), "date as text 2025/01/31"),
    Spot("涪城虚清水务#1", "放款日", chinese_day, "date as 2025年1月31日"),
    Spot("泰东虚源水务#1", "放款日", serial, "date as a serial number", "ingest.date_serial"),
    Spot("忠州虚镇环境#1", "放款日", day("%Y-%m-%d 00:00:00"), "date as text with a time"),
    Spot("锦城虚控投资#1", "到期日", text("99991231"), "9999-12-31 stands for no date"),
    Spot("江南虚河水环境#1", "项目编号", text(""), "project loan without its project", "ingest.project_missing"),
    Spot("吴越虚轨交通#1", "项目编号", text(""), "project loan without its project", "ingest.project_missing"),
    Spot("渝江虚铁投资#1", "项目编号", text(""), "project loan without its project", "ingest.project_missing"),
    Spot("城北虚明市政照明#1", "项目编号", text("—"), "dash for empty"),
    Spot("高新虚磁电机#1", "项目编号", text("-"), "dash for empty"),
    Spot("攀西虚钢钢铁#1", "备注", text("无"), "word for empty"),
    Spot("江南虚酿酒业#1", "是否绿色贷款", text("/"), "slash for empty"),
    Spot("锦城虚粮贸易#1", "五级分类", text("正常类"), "another word for a class"),
    Spot("锦城虚肉食品#1", "币种", text("CNY"), "another word for a currency"),
    Spot("锦城虚新能源贸易#1", "币种", text("RMB"), "another word for a currency"),
)
SAME_RECEIPT = ("高新虚芯微电子#1", "高新虚推传播#1")  # two loans, one receipt number
TWICE = "锦城虚充新能源#1"  # the same row twice
MERGED_BRANCH = "040401"  # the branch's code and name are written once and merged downwards

PROJECTS = (
    Spot("XM2024029", "开工日期", chinese_day, "date as 2024年3月12日"),
    Spot("XM2024030", "开工日期", day("%Y.%m.%d"), "date as 2024.06.03"),
    Spot("XM2023035", "项目投向行业", number, "industry code that lost its zero (0220)", "ingest.zero_restored"),
    Spot("XM2023035", "投产日期", text("—"), "dash for empty"),
    Spot("XM2022012", "项目总投资", commas, "amount as text with thousands separators"),
    Spot("XM2023004", "项目总投资", wide, "full-width digits in an amount"),
)

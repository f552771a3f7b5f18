"""The dirt itself: each kind spoils a sheet in one way and says what must come of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from tests.dirt.layouts import LAYOUTS, Sheet, Value, uscc


@dataclass(frozen=True)
class Expected:
    """What must come of it.

    ``values``: (row, role) -> what is read instead of the truth. ``rejected``: rows that must be in ``rejected``. ``gone``: rows that
    are neither read nor rejected (said). ``extra``: rows read beyond the truth. ``codes``: one of these problems must be told;
    ``at``: at this cell (row, role). Everything else must be read as if there were no dirt.
    """

    values: dict[tuple[int, str], Value] = field(default_factory=dict)
    rejected: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()
    codes: tuple[str, ...] = ()
    at: tuple[int, str] | None = None


@dataclass(frozen=True)
class Kind:
    """One kind of dirt: ``roles`` it needs, ``kinds`` of file it can stand in, ``spoil`` puts it in and says what must come of it."""

    id: str
    zh: str
    spoil: Callable[[Sheet], Expected]
    roles: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ("xlsx", "csv", "parquet")
    layouts: tuple[str, ...] = ()  # only these; empty: all


SAME = Expected()
ROW = 2  # the loan that is spoilt


def _cell(role: str, value: Value, *, reads: Value = ..., codes: Sequence[str] = (), rejected: bool = False) -> Callable[[Sheet], Expected]:
    """A value put into a cell of the spoilt row: read as before, as ``reads``, or told (and rejected)."""

    def spoil(sheet: Sheet) -> Expected:
        sheet.put(ROW, role, value)
        values = {} if reads is ... else {(ROW, role): reads}
        return Expected(values, frozenset({ROW} if rejected else ()), codes=tuple(codes), at=(ROW, role) if codes else None)

    return spoil


def _money(text: str) -> Callable[[Sheet], Expected]:
    """A balance of 1,234.50 yuan (in the unit of the layout) spelt in another way."""

    def spoil(sheet: Sheet) -> Expected:
        sheet.put(ROW, "balance", text)
        return Expected({(ROW, "balance"): int(123450 * sheet.layout.money / 100)})

    return spoil


def _as_text(role: str, made: Callable[[Value], Value]) -> Callable[[Sheet], Expected]:
    """The cell's own value spelt in another way: it must be read as before."""

    def spoil(sheet: Sheet) -> Expected:
        sheet.put(ROW, role, made(sheet.body[ROW][sheet.at(role)]))
        return SAME

    return spoil


def _day(spelt: Callable[[date], Value]) -> Callable[[Sheet], Expected]:
    """The drawing date 2025-03-12 spelt in another way, in every row (a column is written in one way)."""

    def spoil(sheet: Sheet) -> Expected:
        for row in range(len(sheet.body)):
            sheet.put(row, "start", spelt(date(2025, 1 + row, 10 + row)))
        return SAME

    return spoil


def _serial(day: date) -> int:
    return (day - date(1899, 12, 30)).days


def _column(role: str, made: Callable[[int], Value]) -> Callable[[Sheet], Expected]:
    def spoil(sheet: Sheet) -> Expected:
        for row in range(len(sheet.body)):
            sheet.put(row, role, made(row))
        return SAME

    return spoil


_FORMULA = '=HYPERLINK("http://x","y")用于示例县污水处理厂设备采购与安装工程款项支付'
_UNICODE = tuple(layout.id for layout in LAYOUTS if layout.encoding != "gbk")
_UNREADABLE = ("ingest.amount_unreadable",)


def _over(sheet: Sheet) -> Expected:
    sheet.put(ROW, "balance", float(str(sheet.body[ROW][sheet.at("amount")])) * 10)
    return Expected({(ROW, "balance"): ...}, codes=("ingest.balance_over_amount",), at=(ROW, "balance"))


def _zero_check(sheet: Sheet) -> Expected:
    code = next(c for n in range(999) if (c := uscc(f"91320{n:03d}MA1X2Y3K4"[:17])).endswith("0"))
    sheet.put(ROW, "uscc", code)
    return Expected({(ROW, "uscc"): code})


def _numbers(sheet: Sheet) -> Expected:
    """The whole column lost its zeros, so nobody can know them: the codes are kept as they stand, each row its own."""
    _column("branch", lambda n: 10101 + n % 3)(sheet)
    return Expected({(n, "branch"): f"{10101 + n % 3}" for n in range(len(sheet.body))})


def _mixed_rates(sheet: Sheet) -> Expected:
    sheet.put(ROW, "rate", 0.0425)
    return Expected({(ROW, "rate"): None}, codes=("ingest.percent_units_mixed",), at=(ROW, "rate"))


def _phone(sheet: Sheet) -> Expected:
    sheet.put(ROW, "purpose", "用于示例县污水处理厂设备采购与安装工程款，联系人电话13912345678")
    masked = "用于示例县污水处理厂设备采购与安装工程款，联系人电话***********"
    return Expected({(ROW, "purpose"): masked}, codes=("ingest.private_number_masked",), at=(ROW, "purpose"))


def _person(sheet: Sheet) -> Expected:
    sheet.put(ROW, "customer", "张三丰")
    sheet.put(ROW, "uscc", None) if "uscc" in sheet.layout.roles else None
    return Expected({(ROW, "customer"): "**丰", (ROW, "uscc"): None})


VALUES = (
    Kind("money-full-width", "金额是全角数字 １，２３４．５０", _money("１，２３４．５０"), ("balance",)),
    Kind("money-thousands", "金额带千分位 1,234.50", _money("1,234.50"), ("balance",)),
    Kind("money-text", "金额是文本 1234.50", _money("1234.50"), ("balance",)),
    Kind("money-blanks", "金额前后有空格", _money("  1234.50  "), ("balance",)),
    Kind("money-nbsp", "金额带不间断空格", _money("1 234.50".replace(" ", "\u00a0")), ("balance",), layouts=_UNICODE),
    Kind("money-sign", "金额带 ￥", _money("￥1,234.50"), ("balance",)),
    Kind("money-apostrophe", "金额带撇号 '1234.50", _money("'1234.50"), ("balance",)),
    Kind("money-wan", "单元格自带单位 1.2万元", _cell("balance", "1.2万元", reads=1_200_000), ("balance",)),
    Kind("money-yi", "单元格自带单位 0.05亿元", _cell("balance", "0.05亿元", reads=500_000_000), ("balance",)),
    Kind("money-dash", "金额是横线（空，不是零）", _cell("balance", "—", codes=("ingest.amount_missing",), rejected=True), ("balance",)),
    Kind("money-none", "金额写“无”", _cell("balance", "无", codes=("ingest.amount_missing",), rejected=True), ("balance",)),
    Kind("money-na", "金额写 N/A", _cell("balance", "N/A", codes=("ingest.amount_missing",), rejected=True), ("balance",)),
    Kind("money-empty", "金额为空", _cell("balance", None, codes=("ingest.amount_missing",), rejected=True), ("balance",)),
    Kind("money-about", "金额写“约100”", _cell("balance", "约100", codes=_UNREADABLE, rejected=True), ("balance",)),
    Kind("money-dots", "金额有两个小数点", _cell("balance", "1.234.50", codes=_UNREADABLE, rejected=True), ("balance",)),
    Kind("money-words", "金额写成汉字", _cell("balance", "壹佰万", codes=_UNREADABLE, rejected=True), ("balance",)),
    Kind("money-negative", "余额为负 -100.00", _cell("balance", "-100.00", codes=("ingest.balance_negative",), rejected=True), ("balance",)),
    Kind("money-brackets", "会计负数 (100.00)", _cell("balance", "(100.00)", codes=("ingest.balance_negative",), rejected=True), ("balance",)),
    Kind("money-error", "公式错误 #REF!", _cell("balance", "#REF!", codes=("ingest.error_cell",), rejected=True), ("balance",)),
    Kind("money-huge", "金额大得不可能", _cell("balance", "9" * 25, codes=("ingest.amount_too_large",), rejected=True), ("balance",)),
    Kind("money-over", "余额大于合同金额（多写一位）", _over, ("balance", "amount")),
    Kind("date-compact", "日期 20250312", _day(lambda d: f"{d:%Y%m%d}"), ("start",)),
    Kind("date-number", "日期是数 20250312", _day(lambda d: int(f"{d:%Y%m%d}")), ("start",)),
    Kind("date-dots", "日期 2025.3.12", _day(lambda d: f"{d.year}.{d.month}.{d.day}"), ("start",)),
    Kind("date-slashes", "日期 2025/3/12", _day(lambda d: f"{d.year}/{d.month}/{d.day}"), ("start",)),
    Kind("date-chinese", "日期 2025年3月12日", _day(lambda d: f"{d.year}年{d.month}月{d.day}日"), ("start",)),
    Kind("date-serial", "日期是 Excel 序列数 45728", _day(_serial), ("start",), ("xlsx", "csv")),
    Kind("date-serial-float", "日期是 45728.0", _day(lambda d: f"{_serial(d)}.0"), ("start",), ("xlsx", "csv")),
    Kind("date-time", "日期带时间 00:00:00", _day(lambda d: f"{d:%Y-%m-%d} 00:00:00"), ("start",)),
    Kind("date-cell", "日期单元格", _day(lambda d: datetime(d.year, d.month, d.day)), ("start",), ("xlsx",)),  # noqa: DTZ001
    Kind("date-full-width", "日期全角 ２０２５－０３－１２", _day(lambda d: f"{d:%Y-%m-%d}".translate({**{48 + n: 0xFF10 + n for n in range(10)}, 45: 0xFF0D})), ("start",)),
    Kind("date-9999", "到期日 99991231（空）", _cell("due", "99991231", reads=None), ("due",)),
    Kind("date-0001", "到期日 00010101（空）", _cell("due", "00010101", reads=None), ("due",)),
    Kind("date-0000", "到期日 00000000（空）", _cell("due", "00000000", reads=None), ("due",)),
    Kind("date-1900", "到期日 1900-01-01（空）", _cell("due", "1900-01-01", reads=None), ("due",)),
    Kind("date-impossible", "不存在的日期 20230229", _cell("start", "20230229", codes=("ingest.date_impossible",), rejected=True), ("start",)),
    Kind("date-month-13", "十三月 2025-13-01", _cell("start", "2025-13-01", codes=("ingest.date_impossible", "ingest.date_unreadable"), rejected=True), ("start",)),
    Kind("date-words", "日期写“年底”", _cell("start", "年底", codes=("ingest.date_unreadable",), rejected=True), ("start",)),
    Kind("date-after", "发放日在数据日期之后", _cell("start", "2026-05-01", reads=date(2026, 5, 1), codes=("ingest.starts_later",)), ("start",)),
    Kind("date-crossed", "到期日早于发放日", _cell("due", "2020-01-01", reads=date(2020, 1, 1), codes=("ingest.due_before_start",)), ("start", "due")),
    Kind("id-blanks", "借据号前后有空格", _as_text("receipt", lambda v: f" {v} "), ("receipt",)),
    Kind("id-full-width", "借据号全角", _as_text("receipt", lambda v: "".join(chr(ord(c) + 0xFEE0) for c in str(v))), ("receipt",)),
    Kind("id-apostrophe", "借据号带撇号", _as_text("receipt", lambda v: f"'{v}"), ("receipt",)),
    Kind("id-scientific", "借据号成了科学计数 2.02401E+13", _cell("receipt", "2.02401E+13", codes=("ingest.id_lost_digits",), rejected=True), ("receipt",)),
    Kind("id-number", "借据号是数", _cell("receipt", 20250312, reads="20250312"), ("receipt",), ("xlsx",)),
    Kind("id-float", "借据号带 .0", _cell("receipt", "20250312.0", reads="20250312"), ("receipt",)),
    Kind("id-long-number", "借据号是 17 位数（末位已失）", _cell("receipt", 91320300069480065, codes=("ingest.id_lost_digits",), rejected=True), ("receipt",), ("xlsx",)),
    Kind("id-empty", "借据号为空", _cell("receipt", None, codes=("ingest.key_missing",), rejected=True), ("receipt",)),
    Kind("branch-number", "机构号成了数，少了前导零", _numbers, ("branch",), ("xlsx",)),
    Kind("uscc-lower", "信用代码小写", _as_text("uscc", lambda v: str(v).lower()), ("uscc",)),
    Kind("uscc-blanks", "信用代码带空格", _as_text("uscc", lambda v: f"{str(v)[:8]} {str(v)[8:]}"), ("uscc",)),
    Kind("uscc-check", "信用代码校验位错", _cell("uscc", "913200000000000001", reads=..., codes=("ingest.credit_code_wrong",)), ("uscc",)),
    Kind("uscc-zero", "信用代码校验位是 0", _zero_check, ("uscc",)),
    Kind("uscc-17", "信用代码只剩 17 位", _cell("uscc", "91320300069480065", reads=..., codes=("ingest.credit_code_wrong", "ingest.id_lost_digits")), ("uscc",)),
    Kind("industry-letter", "行业带门类 D4416", _cell("industry", "D4416", reads="4416"), ("industry",)),
    Kind("industry-name", "行业代码带名称 C2662-专项化学用品制造", _cell("industry", "C2662-专项化学用品制造", reads="2662"), ("industry",)),
    Kind("industry-brackets", "[D4416]太阳能发电", _cell("industry", "[D4416]太阳能发电", reads="4416"), ("industry",)),
    Kind("industry-zero", "行业少了零 111", _cell("industry", "111", reads="0111"), ("industry",)),
    Kind("industry-number", "行业是数 4416", _cell("industry", 4416, reads="4416"), ("industry",), ("xlsx",)),
    Kind("industry-unknown", "行业不在国标 9999", _cell("industry", "9999", reads=None, codes=("ingest.industry_unknown",)), ("industry",)),
    Kind("industry-two", "行业只有两位 44", _cell("industry", "D44", reads=None, codes=("ingest.industry_unknown",)), ("industry",)),
    Kind("class5-code", "五级分类 QL01", _cell("class5", "QL01"), ("class5",)),
    Kind("class5-level", "五级分类 正常一级", _cell("class5", "正常一级"), ("class5",)),
    Kind("class5-word", "五级分类 关注类", _cell("class5", "关注类", reads="special_mention"), ("class5",)),
    Kind("class5-unknown", "五级分类 优", _cell("class5", "优", codes=("ingest.word_unknown",), rejected=True), ("class5",)),
    Kind("flag-tick", "标识打勾 √", _column("green", lambda n: "√" if n % 2 == 0 else None), ("green",), ("xlsx", "csv")),
    Kind("flag-has", "标识 有/无", _column("green", lambda n: "有" if n % 2 == 0 else "否"), ("green",)),
    Kind("flag-full-width", "标识全角 Ｙ", _column("green", lambda n: "Ｙ" if n % 2 == 0 else "Ｎ"), ("green",)),
    Kind("flag-unknown", "标识“待定”", _cell("green", "待定", reads=None, codes=("ingest.flag_unknown",)), ("green",)),
    Kind("currency-code", "币种 156", _cell("currency", "156"), ("currency",)),
    Kind("currency-01", "币种 01", _cell("currency", "01"), ("currency",)),
    Kind("currency-usd", "美元余额，没有汇率", _cell("currency", "USD", codes=("ingest.currency_unsupported", "ingest.rate_missing"), rejected=True), ("currency",)),
    Kind("rate-percent", "利率带 %", _column("rate", lambda n: f"{4.35 - n * 0.05:.2f}%"), ("rate",)),
    Kind("rate-mixed", "一列利率里小数与百分数混用", _mixed_rates, ("rate",), layouts=("ybt", "east", "hand")),
    Kind("rate-absurd", "利率 435%", _cell("rate", "435%", reads=..., codes=("ingest.rate_unlikely",)), ("rate",)),
    Kind("purpose-newline", "用途里有换行", _as_text("purpose", lambda v: f"{str(v)[:10]}\n{str(v)[10:]}"), ("purpose",), ("xlsx", "parquet")),
    Kind("purpose-generic", "用途“流动资金周转”", _cell("purpose", "流动资金周转", reads="流动资金周转", codes=("ingest.purpose_generic", "ingest.purpose_short")), ("purpose",)),
    Kind("purpose-empty", "用途为空", _cell("purpose", None, reads=None, codes=("ingest.purpose_missing",)), ("purpose",)),
    Kind("purpose-phone", "用途里有手机号", _phone, ("purpose",)),
    Kind("purpose-formula", "用途以 = 开头（公式注入，只当文字）", _cell("purpose", _FORMULA, reads=_FORMULA), ("purpose",), ("csv",)),
    Kind("name-person", "客户是自然人", _person, ("customer",)),
    Kind("name-brackets", "客户名称全角括号", _cell("customer", "示例（江苏）能源有限公司", reads="示例（江苏）能源有限公司"), ("customer",)),
)  # fmt: skip

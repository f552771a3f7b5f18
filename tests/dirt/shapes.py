"""Dirt in the shape of a sheet: rows that are no loans, headers written otherwise, columns moved, other sheets."""

from __future__ import annotations

from collections.abc import Callable

from tests.dirt.kinds import SAME, Expected, Kind
from tests.dirt.layouts import Cells, Sheet, Value

XLSX = ("xlsx",)
TEXT = ("xlsx", "csv")


def _width(sheet: Sheet) -> int:
    return len(sheet.header)


def _line(sheet: Sheet, first: str, **amounts: Value) -> Cells:
    line: Cells = [None] * _width(sheet)
    line[0] = first
    for role, value in amounts.items():
        line[sheet.at(role)] = value
    return line


def _sum(sheet: Sheet, rows: list[Cells]) -> float:
    at = sheet.at("balance")
    return round(sum(float(str(row[at])) for row in rows), 6)


def _total(word: str) -> Callable[[Sheet], Expected]:
    def spoil(sheet: Sheet) -> Expected:
        sheet.body.append(_line(sheet, word, balance=_sum(sheet, sheet.body)))
        return SAME

    return spoil


def _subtotal(sheet: Sheet) -> Expected:
    top, rest = sheet.body[:3], sheet.body[3:]
    sheet.body[:] = [*top, _line(sheet, "小计", balance=_sum(sheet, top)), *rest, _line(sheet, "小计", balance=_sum(sheet, rest))]
    return SAME


def _blank_rows(sheet: Sheet) -> Expected:
    sheet.body[2:2] = [[None] * _width(sheet)]
    return SAME


def _of_which(sheet: Sheet) -> Expected:
    sheet.body.append(_line(sheet, "其中：项目贷款", balance=1.0))
    return SAME


def _signature(sheet: Sheet) -> Expected:
    sheet.below += [_line(sheet, "填表人：甲  复核人：乙  负责人：丙")]
    return SAME


def _note(sheet: Sheet) -> Expected:
    sheet.below += [_line(sheet, "注：余额为人民币口径，不含委托贷款。")]
    return SAME


def _header_rows(sheet: Sheet) -> list[Cells]:
    parents = [[text or None for text in sheet.layout.parents]] if sheet.layout.parents else []
    return [*parents, list(sheet.header)]


def _page_header(sheet: Sheet) -> Expected:
    sheet.body[3:3] = _header_rows(sheet)
    return SAME


def _headers(made: Callable[[str], str]) -> Callable[[Sheet], Expected]:
    def spoil(sheet: Sheet) -> Expected:
        sheet.header = [made(text) for text in sheet.header]
        return SAME

    return spoil


def _full_width(text: str) -> str:
    return text.replace("(", "（").replace(")", "）").replace("（", "（ ").replace("）", " ）")


def _moved(sheet: Sheet) -> Expected:
    """Columns in another order: the truth is read all the same; the addresses are those of the new places."""
    order = list(range(_width(sheet)))[::-1]
    sheet.header = [sheet.header[i] for i in order]
    sheet.body = [[row[i] for i in order] for row in sheet.body]
    return SAME


def _extra_columns(sheet: Sheet) -> Expected:
    sheet.header += ["经办柜员", "系统时间", "自定义标签"]
    for row in sheet.body:
        row += ["T001", "08:30", "x"]
    return SAME


def _check_column(sheet: Sheet) -> Expected:
    sheet.header += ["校验"]
    for row in sheet.body:
        row += ["校验正确"]
    return SAME


def _twice(sheet: Sheet) -> Expected:
    at = sheet.at("balance")
    sheet.header += [sheet.header[at]]
    for row in sheet.body:
        row += [1.0]
    return Expected(codes=("ingest.column_twice", "ingest.column_unknown"))


def _far(sheet: Sheet) -> Expected:
    sheet.far = ("GT252", "x")
    return SAME


def _empty_sheets(sheet: Sheet) -> Expected:
    sheet.other = {"Sheet2": [], "Sheet3": [[None]]}
    return SAME


def _readme_sheet(sheet: Sheet) -> Expected:
    sheet.other = {"说明": [["填报说明"], ["一、本表按借据填列"], ["二、金额单位见表头"]]}
    return SAME


def _summary_sheet(sheet: Sheet) -> Expected:
    sheet.other = {"汇总": [["分行", "贷款余额（万元）", "笔数"], ["示例一支行", 100, 2], ["合计", 100, 2]]}
    return SAME


def _hidden_rows(sheet: Sheet) -> Expected:
    sheet.hidden_rows = [sheet.layout.first + 1]
    return Expected(codes=("ingest.rows_hidden",))


def _merged_branch(sheet: Sheet) -> Expected:
    """The branch stands once for a block of rows, merged over it."""
    at = sheet.at("branch")
    sheet.body.sort(key=lambda row: str(row[at]))
    letter = chr(65 + at)
    for first in range(0, len(sheet.body), 2):
        sheet.body[first + 1][at] = None
        sheet.merged.append(f"{letter}{sheet.layout.first + first}:{letter}{sheet.layout.first + first + 1}")
    return SAME


def _twin(sheet: Sheet) -> Expected:
    sheet.body.append(list(sheet.body[1]))
    return Expected(codes=("ingest.duplicate_equal",))


def _other_twin(sheet: Sheet) -> Expected:
    other = list(sheet.body[1])
    other[sheet.at("balance")] = 1.0 if sheet.layout.kind != "csv" else "1.00"
    sheet.body.append(other)
    return Expected(rejected=frozenset({1}), codes=("ingest.duplicate_unequal",))


def _second_block(sheet: Sheet) -> Expected:
    """The last two loans under a header of their own further down."""
    sheet.body[4:4] = [[None] * _width(sheet), *_header_rows(sheet)]
    return SAME


def _title_far_above(sheet: Sheet) -> Expected:
    sheet.above[:0] = [[f"第{n}行说明"] for n in range(8)]
    return SAME


def _trailing_columns(sheet: Sheet) -> Expected:
    sheet.header += [None, None]  # type: ignore[list-item]  # as a used range that runs on
    for row in sheet.body:
        row += [None, ""]
    return SAME


def _empty_body_tail(sheet: Sheet) -> Expected:
    sheet.below += [[None] * _width(sheet) for _ in range(30)]
    return SAME


def _star(text: str) -> str:
    return f"*{text}"


def _numbered(sheet: Sheet) -> Expected:
    sheet.header = [f"{n}.{text}" for n, text in enumerate(sheet.header, 1)]
    return SAME


CHINESE = ("hand", "titled", "east", "ybt", "gbk", "bom", "lettered", "tab", "parquet", "pboc")
SHAPES = (
    Kind("row-total", "表尾合计行", _total("合计"), ("balance",), TEXT),
    Kind("row-grand-total", "表尾总计行", _total("总　计"), ("balance",), TEXT),
    Kind("row-subtotal", "分段小计行", _subtotal, ("balance",), TEXT),
    Kind("row-blank", "中间有空行", _blank_rows, (), TEXT),
    Kind("row-of-which", "“其中：”行", _of_which, ("balance",), TEXT),
    Kind("row-signature", "签字行", _signature, (), TEXT),
    Kind("row-note", "表尾注释", _note, (), TEXT),
    Kind("row-page-header", "每页重复表头", _page_header, (), TEXT),
    Kind("row-tail", "表尾三十行空行", _empty_body_tail, (), TEXT),
    Kind("row-hidden", "有隐藏行（照读并提示）", _hidden_rows, (), XLSX),
    Kind("row-twin", "同一行出现两次", _twin, ("receipt",)),
    Kind("row-other-twin", "同一借据号两行不同", _other_twin, ("receipt", "balance")),
    Kind("row-second-block", "同一张表里第二段表头", _second_block, (), TEXT),
    Kind("row-title-far", "表头在第九行之后", _title_far_above, (), TEXT),
    Kind("header-break", "表头里有换行", _headers(lambda t: t[:2] + "\n" + t[2:]), (), XLSX, CHINESE),
    Kind("header-blanks", "表头前后有空格", _headers(lambda t: f" {t} ")),
    Kind("header-full-width", "表头括号带空格", _headers(_full_width), (), layouts=("hand", "gbk", "bom", "lettered", "parquet", "tab")),
    Kind("header-star", "必填列带星号", _headers(_star)),
    Kind("header-numbered", "表头带序号 1.", _numbered, (), layouts=CHINESE),
    Kind("column-moved", "列序全部颠倒", _moved, (), layouts=tuple(x for x in (*CHINESE, "mart", "pinyin", "english") if x != "lettered")),
    Kind("column-extra", "多出不认识的列", _extra_columns),
    Kind("column-check", "表内自带校验列", _check_column),
    Kind("column-twice", "同一表头出现两次", _twice, ("balance",), TEXT),
    Kind("column-trailing", "表右有空列", _trailing_columns, (), TEXT),
    Kind("sheet-far", "远处有一个游离单元格 GT252", _far, (), XLSX),
    Kind("sheet-empty", "空的 Sheet2、Sheet3", _empty_sheets, (), XLSX),
    Kind("sheet-readme", "另有说明页", _readme_sheet, (), XLSX),
    Kind("sheet-summary", "另有汇总页", _summary_sheet, (), XLSX),
    Kind("merged-branch", "机构列合并单元格", _merged_branch, ("branch",), XLSX),
)

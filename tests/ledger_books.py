"""Workbooks of invented ledgers for the tests of ``greenfin.ingest``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import openpyxl

from greenfin.core.problems import Problem, Severity
from greenfin.core.records import Book
from greenfin.ingest import read_book
from greenfin.messages import LANGUAGES, tell

AS_OF = date(2025, 12, 31)
Grid = Sequence[Sequence[object]]
USE = "用于示例市集中式光伏电站项目的组件与逆变器采购及安装工程款项支付"
LOANS: Grid = [
    [
        "借据号",
        "合同号",
        "客户编号",
        "客户名称",
        "统一社会信用代码",
        "贷款余额（元）",
        "贷款用途",
        "发放日",
        "项目编号",
        "绿色贷款标识",
        "人行绿色分类",
    ],
    ["J001", "H1", "C1", "示例光伏有限公司", None, 1000, USE, "2025-01-10", "P1", "是", "4.2.2"],
    ["J002", "H2", "C2", "示例水务有限公司", None, 2000, USE, "2025-02-10", None, "否", None],
    ["J003", "H3", "C3", "示例建材厂", None, 3000, USE, "2025-03-10", None, "是", "1.4.1"],
]


def workbook(path: Path, sheets: Mapping[str, Grid], *, merge: Mapping[str, Sequence[str]] | None = None) -> Path:
    """The path of a workbook with these sheets."""
    made = openpyxl.Workbook()
    del made["Sheet"]
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for area in (merge or {}).get(name, ()):
            sheet.merge_cells(area)
    made.save(path)
    return path


def read(path: Path, sheets: Mapping[str, Grid], *, merge: Mapping[str, Sequence[str]] | None = None) -> tuple[Book, tuple[Problem, ...]]:
    """The book of a workbook with these sheets; every problem can be told in every language."""
    outcome = read_book([workbook(path / "b.xlsx", sheets, merge=merge)], as_of=AS_OF)
    for problem in outcome.problems:
        assert all(tell(problem, language) for language in LANGUAGES)
    return outcome.value, outcome.problems


def codes(problems: Sequence[Problem], severity: Severity | None = None) -> list[str]:
    """The codes of problems of a severity."""
    return [p.code for p in problems if severity is None or p.severity is severity]


def where(problems: Sequence[Problem], code: str) -> list[str]:
    """The places of the problems with a code."""
    return [p.where for p in problems if p.code == code]


def bad(problems: Sequence[Problem]) -> list[str]:
    """The codes of errors and warnings."""
    return [p.code for p in problems if p.severity is not Severity.INFO]

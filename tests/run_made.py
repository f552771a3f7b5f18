"""A small run on disk, for tests of the run folder, of verify and of what an operator can do wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import openpyxl

from greenfin import pipeline, run_folder
from greenfin.reference.load import load

AS_OF = date(2025, 12, 31)
OPTIONS = pipeline.Options(policy="working", templates=("T01",))
LOAN: Mapping[str, object] = {
    "借据号": "JJ2025000001",
    "合同号": "HT1",
    "机构号": "010101",
    "客户名称": "示例水务有限公司",
    "产品名称": "项目贷款",
    "贷款用途": "示例市城镇污水处理厂二期扩建工程建设",
    "贷款投向行业": "4620",
    "贷款余额（元）": 800000.25,
    "发放日": "2025-01-02",
    "到期日": "2030-01-02",
    "五级分类": "正常",
    "项目编号": "XM1",
}
PROJECT: Mapping[str, object] = {
    "项目编号": "XM1",
    "项目名称": "示例污水处理厂",
    "项目总投资（万元）": 9000,
    "建设状态": "在建",
    "日处理水量（立方米/日）": 20000,
}


def book(path: Path, *changes: Mapping[str, object], project: Mapping[str, object] | None = None) -> Path:
    """A workbook of one sound loan and one per change, and their project."""
    loans = [{**LOAN}, *({**LOAN, "借据号": f"JJ202500010{n}", **change} for n, change in enumerate(changes))]
    made = openpyxl.Workbook()
    del made["Sheet"]
    for name, rows in {"借据台账": loans, "项目台账": [{**PROJECT, **(project or {})}]}.items():
        _fill(made.create_sheet(name), rows)
    made.save(path)
    return path


def _fill(sheet: object, rows: Sequence[Mapping[str, object]]) -> None:
    header = list(dict.fromkeys(key for row in rows for key in row))
    for at, values in enumerate([header, *([row.get(key) for key in header] for row in rows)], 1):
        for column, value in enumerate(values, 1):
            cell = sheet.cell(at, column, value)  # type: ignore[attr-defined]  # a worksheet
            if isinstance(value, str):
                cell.data_type = "s"  # also what begins like a formula


def computed(path: Path, options: pipeline.Options = OPTIONS) -> pipeline.RunResult:
    """The book's run, in memory."""
    reference = load()
    inputs = pipeline.read(pipeline.Files((path,)), as_of=AS_OF, reference=reference)
    return pipeline.compute(inputs, options, reference=reference)


def saved(path: Path, folder: Path) -> run_folder.Saved:
    """The book's run, on disk."""
    return run_folder.save(computed(path), folder)


def everything(folder: Path) -> dict[str, bytes]:
    """All files below a folder with their bytes."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@contextmanager
def changed(path: Path, content: bytes | None) -> Iterator[None]:
    """The file with other bytes (None: gone) for a while."""
    was = path.read_bytes() if path.exists() else None
    path.unlink(missing_ok=True)
    if content is not None:
        path.write_bytes(content)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        if was is not None:
            path.write_bytes(was)


def without_loans(folder: Path) -> Path:
    """The run of a book with a heading and no row."""
    ledger = folder / "book.csv"
    ledger.write_text("借据号,借款人,贷款用途,余额（元）,机构,数据日期\n", "utf-8")
    result = pipeline.run(pipeline.Files((ledger,)), pipeline.Options(), as_of=AS_OF, reference=load())
    run_folder.save(result, folder / "run", lang="zh")
    return folder / "run"

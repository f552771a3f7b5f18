"""Makes the files of the invented bank: ``python examples/small_bank/make_book.py [--out DIR]``.

Everything is invented (虚构): the bank, its borrowers, its projects and its figures. The same seed gives the same cells.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path

os.environ["OPENPYXL_LXML"] = "False"  # the same bytes whether lxml is installed or not

import customers
import dirt
import disbursed
import operations
import registers
import sheets
from dirt import Dirt, Spot
from openpyxl import Workbook
from rows import AS_OF, SOURCE, Loan, loans, read

BANK = "示例城市商业银行（虚构）"
EDITION = "green-finance-2025"
SIGNED = "填表人：示例甲（虚构）        复核人：示例乙（虚构）        填表日期：2026年1月15日"


def _spots(values: dict[str, object], spots: Iterable[Spot]) -> dict[str, object]:
    return values | {spot.column: spot.change(values[spot.column]) for spot in spots}


def _listed(sheet: sheets.Sheet, name: str, spots: Iterable[Spot]) -> list[Dirt]:
    return [Dirt(name, sheet.cells[(spot.key, spot.column)], spot.what, spot.kind) for spot in spots]


def _numbered(made: list[Loan]) -> list[Loan]:
    """The loans as the sheet has them: two different loans share a receipt number."""
    first, second = (next(loan for loan in made if loan.key == key) for key in dirt.SAME_RECEIPT)
    return [replace(loan, receipt=first.receipt) if loan is second else loan for loan in made]


LOAN_WIDTHS = {
    "借据号": 19,
    "合同号": 23,
    "机构名称": 22,
    "客户名称": 34,
    "统一社会信用代码": 22,
    "贷款用途": 70,
    "合同金额": 19,
    "贷款余额": 19,
}


def _sums(rows: list[Loan]) -> dict[str, object]:
    return {"合同金额": sum(row.amount for row in rows), "贷款余额": sum(row.balance for row in rows)}


def loan_sheet(book: Workbook, made: list[Loan]) -> list[Dirt]:
    """The ledger, in yuan: a block a branch with its subtotal, a total, a signature and a note."""
    name, columns = "借据台账", list(made[0].values())
    sheet = sheets.Sheet(book.create_sheet(name), columns)
    sheet.title(f"{BANK}贷款借据台账", len(columns))
    sheet.line("数据日期：2025年12月31日", key="date")
    sheet.line("单位：元", column=len(columns), key="unit")
    sheet.header(columns)
    spots = {key: list(found) for key, found in groupby(sorted(dirt.LOANS, key=lambda s: s.key), lambda s: s.key)}
    found: list[Dirt] = []
    for code, block in groupby(made, lambda loan: loan.branch):
        rows = list(block)
        first = sheet.row
        for loan in rows:
            values = _spots(loan.values(), spots.get(loan.key, ()))
            sheet.add(loan.key, values)
            if loan.key == dirt.TWICE:
                sheet.add(f"{loan.key} again", values)
        if code == dirt.MERGED_BRANCH:
            merged = [sheet.merge(column, first, sheet.row - 1) for column in ("机构号", "机构名称")]
            found += [Dirt(name, cell, "merged branch cells", "ingest.filled_down") for cell in merged]
        sheet.add(f"sum {code}", {"机构名称": "小计"} | _sums(rows), total=True)
    sheet.add("sum", {"借据号": "合计"} | _sums(made), total=True)
    sheet.line(SIGNED, key="signed")
    sheet.line("注：本表机构、客户、借据均为虚构；已结清借据保留至次年一月末。", key="note")
    sheet.widths(LOAN_WIDTHS)
    return found + _listed(sheet, name, dirt.LOANS) + _layout(sheet, name, [loan.branch for loan in made]) + _doubles(sheet, name)


def _layout(sheet: sheets.Sheet, name: str, branches: list[str]) -> list[Dirt]:
    keys = {"title": "title row above the header", "unit": "unit row above the header"}
    keys |= {"sum": "total row", "signed": "signature row", "note": "note row"}
    rows = [Dirt(name, sheet.cells[(key, "")], what, "") for key, what in keys.items()]
    return rows + [Dirt(name, sheet.cells[(f"sum {code}", "")], "subtotal row in the body", "") for code in sorted(set(branches))]


def _doubles(sheet: sheets.Sheet, name: str) -> list[Dirt]:
    again = sheet.cells[(f"{dirt.TWICE} again", "")]
    pair = [sheet.cells[(key, "")] for key in dirt.SAME_RECEIPT]
    return [
        Dirt(name, again, "exactly the row above once more", "ingest.duplicate_equal"),
        *(Dirt(name, cell, "same receipt number on two different rows", "ingest.duplicate_unequal") for cell in pair),
    ]


PROJECT_GROUPS = (("", 2), ("项目概况", 4), ("建设进度", 3), ("批复与认证", 3), ("环境效益参数（年）", 6), ("碳排放（年）", 3))


def _project(row: Mapping[str, str]) -> dict[str, object]:
    def day(key: str) -> date | None:
        return date.fromisoformat(row[key]) if row[key] else None

    def wide(key: str) -> Decimal | None:
        return Decimal(row[key]) if row[key] else None

    measured = any(row[key] for key in ("capacity", "supply", "flow", "vehicles"))
    return {
        "项目编号": row["id"],
        "项目名称": f"{row['name']}（虚构）",
        "项目投向行业": row["industry"],
        "项目总投资": Decimal(row["invest"]),
        "项目所在地": row["region"],
        "建设内容与规模": row["content"],
        "建设状态": row["stage"],
        "开工日期": day("start"),
        "投产日期": day("cod"),
        "立项批复文号": row["approval"],
        "环评批复文号": row["eia"] or None,
        "绿色认证": row["cert"] or None,
        "装机容量（MW）": wide("capacity"),
        "年上网电量（万千瓦时）": wide("supply"),
        "日处理水量（吨/日）": wide("flow"),
        "车辆数量（辆）": wide("vehicles"),
        "数据性质": "实际值" if measured else None,
        "数据年份": 2025 if measured else None,
        "范围一排放（吨）": wide("scope1"),
        "范围二排放（吨）": wide("scope2"),
        "排放数据来源": row["emission_source"] or None,
    }


def project_sheet(book: Workbook) -> list[Dirt]:
    """The projects, in 万元, under a header of two merged rows."""
    name = "项目台账"
    rows = [_project(row) for row in read("projects.csv")]
    columns = list(rows[0])
    sheet = sheets.Sheet(book.create_sheet(name), columns)
    sheet.title(f"{BANK}绿色及重点项目台账", len(columns))
    sheet.line("单位：万元", column=len(columns), key="unit")
    sheet.header(columns, PROJECT_GROUPS)
    for values in rows:
        key = str(values["项目编号"])
        sheet.add(key, _spots(values, [spot for spot in dirt.PROJECTS if spot.key == key]))
    sheet.add("sum", {"项目编号": "合计", "项目总投资": sum(Decimal(row["invest"]) for row in read("projects.csv"))}, total=True)
    sheet.line(SIGNED, key="signed")
    sheet.widths({"项目名称": 40, "建设内容与规模": 60, "立项批复文号": 30, "环评批复文号": 30, "绿色认证": 32})
    found = {"unit": "projects in 万元, ledger in 元", "groups": "header of two rows, merged"}
    found |= {"sum": "total row", "signed": "signature row"}
    return [Dirt(name, sheet.cells[(key, "")], what, "") for key, what in found.items()] + _listed(sheet, name, dirt.PROJECTS)


def benefit_sheet(book: Workbook) -> list[Dirt]:
    """The inputs of the benefit methods, one a row, in the units the projects' papers use."""
    names = {row["id"]: f"{row['name']}（虚构）" for row in read("projects.csv")}
    columns = ("项目编号", "项目名称", "测算指标", "数值", "单位", "数据性质", "数据年份", "备注")
    sheet = sheets.Sheet(book.create_sheet("环境效益数据"), columns)
    sheet.title("项目环境效益测算数据（虚构）", len(columns))
    sheet.header(columns)
    for number, row in enumerate(read("benefits.csv")):
        named = (row["project"], names[row["project"]], row["input"])
        values = (*named, Decimal(row["value"]), row["unit"], row["basis"], int(row["year"]), row["note"] or None)
        sheet.add(str(number), dict(zip(columns, values, strict=True)))
    sheet.line("注：数据来源为可研报告、在线监测及企业报送，均为虚构。", key="note")
    sheet.widths({"项目名称": 40, "测算指标": 26, "备注": 26})
    return [Dirt("环境效益数据", sheet.cells[("note", "")], "note row", "")]


def operation_sheet(book: Workbook) -> list[Dirt]:
    """Two years of energy, water and paper by site and month; the months of 2025 are written as text."""
    rows = operations.month_rows()
    sheet = sheets.Sheet(book.create_sheet("运营台账"), list(rows[0]))
    sheet.title(f"{BANK}能源资源消耗台账", len(rows[0]))
    sheet.header(list(rows[0]))
    for number, row in enumerate(rows):
        month = row["月份"]
        written = f"{month.year}年{month.month}月" if isinstance(month, date) and month.year == 2025 else month
        sheet.add(str(number), row | {"月份": written})
    sheet.line(SIGNED, key="signed")
    sheet.widths({"场所": 22, "能源/资源种类": 16})
    first = next(str(n) for n, row in enumerate(rows) if row["月份"] == date(2025, 1, 1))
    site, year, gap = operations.MISSING
    begin = next(str(n) for n, row in enumerate(rows) if row["场所"] == site and row["月份"] == date(year, 1, 1))
    return [
        Dirt("运营台账", sheet.cells[(first, "月份")], "month as 2025年1月 where others are dates", ""),
        Dirt("运营台账", sheet.cells[(begin, "数量")], f"this site's year lacks {year}-{gap:02d}", "ingest.months_missing"),
        Dirt("运营台账", sheet.cells[("signed", "")], "signature row", ""),
    ]


def customer_sheet(book: Workbook, made: list[Loan]) -> None:
    """The corporate customers' statements and emissions, in 万元 and the units of each column."""
    rows = customers.customer_rows(made)
    sheet = sheets.Sheet(book.create_sheet("客户清单"), customers.COLUMNS)
    sheet.title(f"{BANK}对公客户财务与碳排放清单", len(customers.COLUMNS))
    sheet.line("单位：万元", column=len(customers.COLUMNS), key="unit")
    sheet.header(customers.COLUMNS)
    for row in rows:
        sheet.add(str(row["客户编号"]), row)


def register_sheets(book: Workbook, made: list[Loan]) -> None:
    """Enterprises at risk, own acceptances, letters of credit, drawings and bonds; amounts in 万元, drawings in 元."""
    listed = (
        (registers.RISKS, registers.RISK_COLUMNS, registers.risk_rows(made), ""),
        (registers.BILLS, registers.BILL_COLUMNS, registers.bill_rows(made), "单位：万元"),
        (registers.LETTERS, registers.LETTER_COLUMNS, registers.letter_rows(made), "单位：万元"),
        (disbursed.DRAWINGS, disbursed.DRAWING_COLUMNS, disbursed.drawing_rows(made), "单位：元"),
        (disbursed.BONDS, disbursed.BOND_COLUMNS, disbursed.bond_rows(made), "单位：万元"),
    )
    for name, columns, rows, unit in listed:
        sheet = sheets.Sheet(book.create_sheet(name), columns)
        sheet.title(f"{BANK}{name}", len(columns))
        if unit:
            sheet.line(unit, column=len(columns), key="unit")
        sheet.header(columns)
        for number, row in enumerate(rows):
            sheet.add(str(number), row)
        sheet.widths(
            {
                "企业名称": 34,
                "出票人": 34,
                "开证申请人": 34,
                "票据号码": 34,
                "违法事实": 40,
                "债券简称": 34,
                "发行人": 34,
                "借据号": 19,
                "合同号": 23,
            }
        )


def control_sheet(book: Workbook, made: list[Loan]) -> None:
    """What the general ledger says: by branch and in all, each receipt once, rows with faults included."""
    columns = ("机构号", "机构名称", "科目", "币种", "控制总额")
    sheet = sheets.Sheet(book.create_sheet("控制总额"), columns)
    sheet.title(f"{BANK}各项贷款余额控制总额（2025年12月31日）", len(columns))
    sheet.line("单位：元", column=len(columns), key="unit")
    sheet.header(columns)
    for code, block in groupby(made, lambda loan: loan.branch):
        rows = list(block)
        sheet.add(code, dict(zip(columns, (code, rows[0].branch_name, "各项贷款", "人民币", sum(r.balance for r in rows)), strict=True)))
    sheet.add("all", dict(zip(columns, (None, "全行", "各项贷款", "人民币", sum(r.balance for r in made)), strict=True)))
    sheet.widths({"机构名称": 26, "控制总额": 22})


def make_book(folder: Path, made: list[Loan]) -> None:
    """``book.xlsx`` and the list of its dirt."""
    book = sheets.workbook("示例城市商业银行（虚构）台账")
    found = loan_sheet(book, made) + project_sheet(book) + benefit_sheet(book) + operation_sheet(book)
    customer_sheet(book, made)
    control_sheet(book, made)
    register_sheets(book, made)
    book.create_sheet("Sheet3")
    found.append(Dirt("Sheet3", "", "empty sheet", ""))
    sheets.save(book, folder / "book.xlsx")
    _csv(folder / "dirt.csv", ("sheet", "cell", "what", "expected"), ((d.sheet, d.cell, d.what, d.expected) for d in found))


def make_intended(folder: Path, made: list[Loan]) -> None:
    """What a careful reviewer would say of each receipt; never read by the pipeline."""
    kinds = {"ingest.id_lost_digits", "ingest.date_impossible", "ingest.amount_unreadable"}
    rejected = {spot.key for spot in dirt.LOANS if spot.kind in kinds} | set(dirt.SAME_RECEIPT)
    rows = ((m.receipt, "rejected" if m.key in rejected else m.intended, m.code, m.also, m.why) for m in made)
    _csv(folder / "intended.csv", ("loan", "decision", "code", "also", "why"), rows)


def make_decisions(folder: Path, made: list[Loan]) -> None:
    """What the bank's people decided so far."""
    receipts = {loan.key: loan.receipt for loan in made}
    columns = ("借据号", "目录版本", "认定结果", "条目代码", "绿色占比", "理由", "经办", "复核", "日期")
    book = sheets.workbook("绿色认定复核决定（虚构）")
    sheet = sheets.Sheet(book.create_sheet("认定决定"), columns)
    sheet.header(columns)
    words = {"green": "绿色", "not_green": "非绿", "review": "待复核"}
    for row in read("decisions.csv"):
        share = row["share"] or None
        decided = (receipts[row["key"]], EDITION, words[row["decision"]], row["code"] or None, share)
        values = (*decided, row["reason"], row["maker"], row["checker"], date.fromisoformat(row["on"]))
        sheet.add(row["key"], dict(zip(columns, values, strict=True)))
    sheet.widths({"借据号": 19, "目录版本": 20, "理由": 60})
    sheets.save(book, folder / "decisions.xlsx")


def make_prior(folder: Path) -> None:
    """What the bank printed last year; own consumption is that of the ledger's 2024 rows but for one item restated since."""
    used = operations.totals(2024)
    columns = ("表号", "指标编号", "列", "数值", "单位", "目录版本", "重述说明")
    book = sheets.workbook("2024年度已披露数据（虚构）")
    sheet = sheets.Sheet(book.create_sheet("上年披露"), columns)
    sheet.title("示例城市商业银行（虚构）2024年度环境信息披露已公布数据", len(columns))
    sheet.header(columns)
    for row in read("prior.csv"):
        value = used[row["value"].removeprefix("=")] if row["value"].startswith("=") else Decimal(row["value"])
        values = (row["table"], row["row"], row["column"], value, row["unit"], row["edition"] or None, row["restated"] or None)
        sheet.add(f"{row['table']}!{row['row']}.{row['column']}", dict(zip(columns, values, strict=True)))
    sheet.widths({"指标编号": 22, "目录版本": 20, "重述说明": 60, "数值": 18})
    sheets.save(book, folder / "prior.xlsx")


def _csv(path: Path, head: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


def main() -> None:
    """Writes all files into the folder asked for (default: beside this script)."""
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=here)
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    made = _numbered(loans())
    make_book(folder, made)
    make_decisions(folder, made)
    make_prior(folder)
    make_intended(folder, made)
    if folder.resolve() != here:
        shutil.copyfile(here / "bank.yaml", folder / "bank.yaml")
    print(f"{folder}: {len(made)} loans at {AS_OF}, source {SOURCE.name}")


if __name__ == "__main__":
    main()

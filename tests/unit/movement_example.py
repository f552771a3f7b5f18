"""An earlier book made from the shipped one: what the year's movements were is known, because they are undone here."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl

from greenfin import example

HEAD, FIRST = 4, 5
COLUMNS = {"id": "借据号", "branch": "机构号", "branch_name": "机构名称", "purpose": "贷款用途", "balance": "贷款余额", "start": "放款日"}
SOLAR = "010101202400010"  # green at the closing; without its asset words at the opening
MOVED = "010101202000217"  # came from another branch
ENDED = "OLD0001"  # not in the closing book, which says nothing about it


def opening_book(path: Path) -> dict[str, int]:
    """Write the book of 2024-12-31 and return what was undone, in fen: drawn, repaid, new rows taken out, the ended receipt."""
    book = openpyxl.load_workbook(example.files().books[0])
    sheet = book["借据台账"]
    for name in book.sheetnames:
        if name != "借据台账":
            del book[name]
    _unmerged(sheet)
    where = {key: [cell.value for cell in sheet[HEAD]].index(title) + 1 for key, title in COLUMNS.items()}
    undone = {"new": 0, "drawn": 0, "repaid": 0, "left": 500_000_00}
    for at in range(sheet.max_row, FIRST - 1, -1):
        cells = {key: sheet.cell(at, column) for key, column in where.items()}
        start, balance = cells["start"].value, cells["balance"].value
        if not isinstance(balance, int | float) or not isinstance(start, datetime) or start.year > 2024:
            sheet.delete_rows(at)
            continue
        fen = int(Decimal(str(balance)) * 100)
        step = (0, 1_000_01, -2_000_00)[at % 3]  # what the year added; undone for the opening
        if balance and fen - step > 0:
            cells["balance"].value = float(Decimal(fen - step) / 100)
            undone["drawn" if step > 0 else "repaid"] += abs(step)
        if cells["id"].value == SOLAR:
            cells["purpose"].value = "购置办公家具"
        if cells["id"].value == MOVED:
            cells["branch"].value, cells["branch_name"].value = "019999", "示例城商行已撤支行（虚构）"
    row = [None] * sheet.max_column
    given = {"id": ENDED, "branch": "010101", "purpose": "购买原材料", "balance": 500_000, "start": datetime(2023, 5, 1)}  # noqa: DTZ001  # a day
    for key, value in given.items():
        row[where[key] - 1] = value
    sheet.append(row)
    book.save(path)
    return undone


def _unmerged(sheet: Any) -> None:
    """Every row with its own branch, so that rows can be taken out."""
    for merged in [one for one in sheet.merged_cells.ranges if one.min_row > HEAD]:
        value = sheet.cell(merged.min_row, merged.min_col).value
        sheet.unmerge_cells(str(merged))
        for at in range(merged.min_row, merged.max_row + 1):
            sheet.cell(at, merged.min_col).value = value

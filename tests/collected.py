"""The example bank with holes in it, and its workbooks filled in as a branch would."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from greenfin import collect, ingest, tag
from greenfin.collect.columns import FIRST_ROW, IDS_ROW
from greenfin.core.records import Book
from greenfin.reference.load import Reference, load

AS_OF = date(2025, 12, 31)
SOURCE = Path(__file__).parents[1] / "examples" / "small_bank" / "book.xlsx"
WIND = "XM2023001"  # operating wind farm: its supply and its total investment are taken out
SEWAGE = "XM2022023"  # operating sewage works: its water figures are taken out


@cache
def reference() -> Reference:
    """The shipped reference data."""
    return load()


def holed(path: Path) -> Path:
    """The example's book without a wind farm's electricity, investment and stage, a sewage works' water, and a right credit code."""
    book = load_workbook(SOURCE)
    projects, loans = book["项目台账"], book["借据台账"]
    for row in projects.iter_rows(min_row=5):
        if row[0].value == WIND:
            row[3].value = row[13].value = None
            row[6].value = None
        if row[0].value == SEWAGE:
            row[14].value = None
    benefits = book["环境效益数据"]
    for row in benefits.iter_rows(min_row=2):
        if (row[0].value == WIND and row[2].value != "装机容量") or row[0].value == SEWAGE:
            for cell in row:
                cell.value = None
    first = next(row for row in loans.iter_rows(min_row=2) if row[22].value == WIND)
    first[6].value = "915101007000000000"
    first[9].value = "流动资金"
    book.save(path)
    return path


def read(path: Path) -> Book:
    """The book of a file."""
    return ingest.read_book([path], as_of=AS_OF, reference=reference()).value


def asks(book: Book, **options: Any) -> tuple[Any, ...]:
    """What is asked about it."""
    tags = tag.tag(book, reference(), editions=(reference().editions.for_return(book.as_of),)).value
    return collect.asks_of(book, reference(), tags=tags, **options).value


def sent(book: Book, folder: Path, **options: Any) -> tuple[Any, ...]:
    """The workbooks of its questions."""
    return collect.send(folder, book, asks(book), edition="green-finance-2025", **options)


def sheet_rows(sheet: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """The cells of each row of a sheet by column id, under its key and what it asks for."""
    ids = [cell.value for cell in sheet[IDS_ROW]]
    found = {}
    for row in sheet.iter_rows(min_row=FIRST_ROW):
        cells = dict(zip(ids, row, strict=True))
        if cells["key"].value:
            found[cells["key"].value, cells["code"].value.split("|")[1]] = cells
    return found


def fill(
    path: Path, answers: Mapping[tuple[str, str], Mapping[str, Any]], *, by: str | None = "李", on: date | None = date(2026, 1, 10)
) -> None:
    """Write answers into a workbook: by key and field, the entry cells by column id."""
    book = load_workbook(path)
    guide = book.worksheets[0]
    guide["B7"].value, guide["B8"].value = by, on
    for sheet in book.worksheets[1:]:
        if sheet.sheet_state != "visible":
            continue
        for key, cells in sheet_rows(sheet).items():
            for name, value in answers.get(key, {}).items():
                cells[name].value = value
    book.save(path)


PARTLY: Mapping[tuple[str, str], Mapping[str, Any]] = {
    (WIND, "supply"): {"answer": 23860, "unit": "万千瓦时", "basis": "实际值", "year": 2025},
    (WIND, "stage"): {"answer": "投产"},
    (WIND, "total_invest_fen"): {"answer": 0.5, "unit": "元"},
}

"""The invented bank of ``examples/small_bank``: what its script makes is what is committed, and it holds what it promises."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from greenfin.ingest import read_book, read_decisions, read_prior

BANK = Path(__file__).resolve().parents[2] / "examples" / "small_bank"
BOOKS = ("book.xlsx", "decisions.xlsx", "prior.xlsx")
AS_OF = date(2025, 12, 31)
INVENTED = "（虚构）"
SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def cells(path: Path) -> dict[tuple[str, str], Any]:
    """Every filled cell of a workbook, with its number format."""
    book = load_workbook(path)
    return {(s.title, c.coordinate): (c.value, c.number_format) for s in book for row in s.iter_rows() for c in row if c.value is not None}


def rows(name: str) -> list[dict[str, str]]:
    with BANK.joinpath(name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bank")
    done = subprocess.run([sys.executable, str(BANK / "make_book.py"), "--out", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def ledger() -> Iterator[dict[str, Any]]:
    """The receipts of the ledger as they stand in the sheet, the branch filled down, without totals and notes."""
    sheet: Worksheet = load_workbook(BANK / "book.xlsx")["借据台账"]
    grid = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(i for i, row in enumerate(grid) if row[0] == "借据号")
    branch = ""
    for number, row in enumerate(grid[head + 1 :], head + 2):
        found = dict(zip(grid[head], row, strict=True))
        branch = found["机构号"] or branch
        if found["客户编号"]:
            yield found | {"机构号": branch, "row": number}


def yuan(value: object) -> Decimal:
    """An amount however it is written in the ledger."""
    text = str(value).translate({ord(wide): ord(wide) - 0xFEE0 for wide in "０１２３４５６７８９．，"})
    return Decimal(text.replace(",", ""))


def test_the_script_makes_what_is_committed(made: Path) -> None:
    for name in BOOKS:
        assert cells(made / name) == cells(BANK / name), name
    for name in ("dirt.csv", "intended.csv", "bank.yaml"):
        assert (made / name).read_text("utf-8") == (BANK / name).read_text("utf-8"), name


def test_the_script_makes_the_same_bytes_twice(made: Path) -> None:
    assert all((made / name).read_bytes() == (BANK / name).read_bytes() for name in BOOKS)


def test_there_is_enough_of_everything() -> None:
    intended = rows("intended.csv")
    green = [row for row in intended if row["decision"] == "green"]
    assert len({row["loan"] for row in intended}) >= 240
    assert len(green) >= 80
    assert len({row["code"] for row in green}) >= 30
    assert all(row["code"].count(".") == 2 for row in green)
    assert sum(row["decision"] == "review" for row in intended) >= 20
    assert sum(row["decision"] == "rejected" for row in intended) == 5
    assert len(rows("source/projects.csv")) == 40
    assert len(rows("source/decisions.csv")) >= 60


def test_controls_equal_the_ledger_to_the_fen() -> None:
    twice = next(line["cell"] for line in rows("dirt.csv") if line["expected"] == "ingest.duplicate_equal")
    sums: Counter[str] = Counter()
    for row in ledger():
        if f"A{row['row']}" != twice:
            sums[row["机构号"]] += int(yuan(row["贷款余额"]) * 100)
    sheet = load_workbook(BANK / "book.xlsx")["控制总额"]
    stated = {row[0]: int(Decimal(str(row[4])) * 100) for row in sheet.iter_rows(min_row=4, values_only=True) if row[4] is not None}
    assert stated.pop(None) == sum(sums.values())
    assert stated == dict(sums)


def test_every_borrower_and_project_is_marked_as_invented() -> None:
    assert all(str(row["客户名称"]).endswith(INVENTED) for row in ledger())
    sheet = load_workbook(BANK / "book.xlsx")["项目台账"]
    names = [row[1] for row in sheet.iter_rows(min_row=5, values_only=True) if str(row[0]).startswith("XM")]
    assert len(names) == 40
    assert all(str(name).endswith(INVENTED) for name in names)


def test_credit_codes_have_right_check_signs_and_a_place_that_is_none() -> None:
    codes = {str(row["统一社会信用代码"]) for row in ledger() if row["统一社会信用代码"]}
    assert len(codes) > 100
    for code in codes:
        total = sum(SIGNS.index(sign) * pow(3, i, 31) for i, sign in enumerate(code[:17]))
        assert code.startswith("91999900")
        assert SIGNS[(31 - total % 31) % 31] == code[17]


def test_purposes_are_mostly_as_long_as_the_supervisor_wants() -> None:
    lengths = [len(str(row["贷款用途"])) for row in ledger()]
    assert sum(length >= 30 for length in lengths) > 0.8 * len(lengths)
    assert min(lengths) < 10


def test_loans_exceed_the_investment_of_one_project_only() -> None:
    invested = {row["id"]: Decimal(row["invest"]) * 10_000 for row in rows("source/projects.csv")}
    lent: dict[str, Decimal] = {}
    seen = set()
    for row in ledger():
        if row["项目编号"] in invested and row["借据号"] not in seen:
            seen.add(row["借据号"])
            lent[row["项目编号"]] = lent.get(row["项目编号"], Decimal(0)) + yuan(row["贷款余额"])
    assert [project for project, amount in lent.items() if amount > invested[project]] == ["XM2024030"]
    assert len({row["机构号"] for row in ledger() if row["项目编号"] == "XM2024007"}) == 2


def test_decisions_hold_a_refused_one_and_partial_shares() -> None:
    sheet = load_workbook(BANK / "decisions.xlsx").active
    assert sheet is not None
    head, *body = sheet.iter_rows(values_only=True)
    decided = [dict(zip(head, row, strict=True)) for row in body]
    assert sum(row["经办"] == row["复核"] for row in decided) == 1
    assert {row["绿色占比"] for row in decided} == {None, "60%", "45%"}
    assert all(row["条目代码"] is None or isinstance(row["条目代码"], str) for row in decided)
    assert all(isinstance(row["日期"], datetime) for row in decided)
    receipts = {row["loan"] for row in rows("intended.csv")}
    assert {row["借据号"] for row in decided} <= receipts


def test_ingest_reports_the_dirt_where_it_is() -> None:
    outcome = read_book([BANK / "book.xlsx"], as_of=AS_OF)
    told = {(problem.code, problem.where.split("!", 1)[-1]) for problem in outcome.problems}
    expected = [line for line in rows("dirt.csv") if line["expected"].startswith("ingest.")]
    missed = [line for line in expected if not any(c == line["expected"] and _covers(w, line) for c, w in told)]
    assert missed == []


def _covers(where: str, line: dict[str, str]) -> bool:
    """Whether an address is the cell's own row, or the header of its column (what is said once a column)."""
    sheet, _, cell = where.partition("!")
    found, wanted = (re.match(r"([A-Z]*)(\d*)", text) for text in (cell, line["cell"]))
    assert found
    assert wanted
    return sheet == line["sheet"] and (found[2] == wanted[2] or (found[1] == wanted[1] and int(found[2] or 0) <= 5))


def test_ingest_says_nothing_bad_about_what_is_clean() -> None:
    outcome = read_book([BANK / "book.xlsx"], as_of=AS_OF)
    expected = Counter(line["expected"] for line in rows("dirt.csv") if line["expected"])
    errors = Counter(problem.code for problem in outcome.problems if problem.severity == "error")
    assert set(errors) <= set(expected)


def test_ingest_reads_every_row_of_the_book() -> None:
    book = read_book([BANK / "book.xlsx"], as_of=AS_OF).value
    rejected = book.rejected.num_rows
    assert book.loans.num_rows + rejected == len(rows("intended.csv"))
    assert book.projects.num_rows == 40
    assert book.controls.num_rows == 9
    wide = 4 * 2 + 2 + 2  # capacity and supply of four projects, flow of two, vehicles of two
    assert book.inputs.num_rows == len(rows("source/benefits.csv")) + wide


def test_ingest_reads_every_decision_and_every_figure_of_last_year() -> None:
    decisions = read_decisions(BANK / "decisions.xlsx")
    assert (decisions.value.num_rows, decisions.problems) == (len(rows("source/decisions.csv")), ())
    printed = {(cell.table, cell.row, cell.column) for cell in read_prior(BANK / "prior.xlsx").value}
    assert printed == {(row["table"], row["row"], row["column"]) for row in rows("source/prior.csv")}

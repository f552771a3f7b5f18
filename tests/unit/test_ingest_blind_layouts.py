"""Known layouts as a bank's own export varies them: a currency under another name, codes of guarantees, sheets told apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from greenfin.ingest import read_book

USE = "用于建设集中式光伏电站项目，采购组件与逆变器，并支付安装工程款与并网工程款"
Rows = Sequence[Sequence[object]]


def workbook(path: Path, **sheets: Rows) -> Path:
    made = openpyxl.Workbook()
    del made["Sheet"]
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    made.save(path)
    return path


def stock(currency_header: str, currency: str, guarantee: str) -> dict[str, object]:
    return {
        "金融机构代码": "91330000142912345K", "内部机构号": "330100201", "借款人证件类型": "A01", "借款人行业": "D4416",
        "贷款借据编码": "XD1", "贷款合同编码": "HT1", "贷款产品类别": "F023", "贷款实际投向": "D4416", "贷款发放日期": "2024-03-15",
        "贷款到期日期": "2034-03-14", currency_header: currency, "贷款余额": "100.00", "贷款余额折人民币": "702.88",
        "利率水平": "5.32", "贷款担保方式": guarantee, "贷款质量": "FQ01", "贷款状态": "LS01", "贷款用途": USE, "报表日期": "2025-12-31",
    }  # fmt: skip


@pytest.mark.parametrize("header", ["币种", "贷款币种", "借款币种", "币种代码"])
def test_a_currency_under_another_name_is_not_lost(tmp_path: Path, header: str) -> None:
    row = stock(header, "USD", "B01")
    book = read_book([workbook(tmp_path / "b.xlsx", 存量单位贷款=[list(row), list(row.values())])], as_of=None).value
    loan = book.loans.to_pylist()[0]
    assert (loan["currency"], loan["original_balance_fen"], loan["balance_fen"]) == ("USD", 10_000, 70_288)


@pytest.mark.parametrize(("code", "word"), [("A", "pledge"), ("B01", "mortgage"), ("C99", "guarantee"), ("D", "credit")])
def test_the_guarantee_of_the_central_banks_statistics(tmp_path: Path, code: str, word: str) -> None:
    row = stock("币种", "CNY", code) | {"贷款余额折人民币": "100.00"}
    book = read_book([workbook(tmp_path / "b.xlsx", 存量单位贷款=[list(row), list(row.values())])], as_of=None).value
    assert book.loans["guarantee"].to_pylist() == [word]


def test_receipts_with_many_columns_of_the_supplement_are_still_the_ledger(tmp_path: Path) -> None:
    receipts = {
        "借据ID": "YJ1", "协议ID": "YX1", "分户账号": "330", "机构ID": "B1", "客户ID": "K1", "科目ID": "1303", "科目名称": "中长期贷款",
        "币种": "CNY", "借款金额": 300, "贷款余额": 250, "贷款状态": "01", "实际利率": "4.35", "采集日期": "2025-12-31",
    }  # fmt: skip
    more = {
        "借据ID": "YJ1", "协议ID": "YX1", "客户ID": "K1", "币种": "CNY", "借款金额": 300, "贷款用途": USE,
        "行业类型（按贷款投向划分）": "D4416", "绿色融资类型": "201010", "采集日期": "2025-12-31",
    }  # fmt: skip
    path = workbook(tmp_path / "b.xlsx", T_8_1=[list(receipts), list(receipts.values())], T_6_27=[list(more), list(more.values())])
    outcome = read_book([path], as_of=None)
    loan = outcome.value.loans.to_pylist()[0]
    assert outcome.value.as_of == date(2025, 12, 31)
    assert (loan["balance_fen"], loan["amount_fen"], loan["industry_use"], loan["green_nfra"]) == (25_000, 30_000, "4416", "201010")

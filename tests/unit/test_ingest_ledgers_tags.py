"""Classes that the bank has given: tables of green tags, and the ledger's own green columns."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.ledger_books import LOANS, USE, Grid, bad, codes, read, where

SUB_TABLE: Grid = [
    ["绿色贷款标识子表", None, None, None, None, None, None, None, None, None, None],
    [
        "数据日期",
        "内部机构号",
        "借据号",
        "客户号",
        "币种",
        "贷款余额",
        "人行绿色贷款分类",
        "1104绿色融资投向",
        "贸易标的绿色分类",
        "以碳排放权为抵押的贷款标志",
        "新版绿色分类",
    ],
    ["20251231", "0101", "J001", "C1", "CNY", 1000, "3.2.2", "320200", None, "否", "4.2.2"],
    ["20251231", "0101", "J002", "C2", "CNY", 2000, None, None, None, "否", None],
    ["20251231", "0102", "J003", "C3", "CNY", 3000, "1.4.1", None, None, "否", "1.4.2"],
    ["20251231", "0102", "J077", "C4", "CNY", 10, None, None, "010101", "否", None],
]


def tags(value: object) -> list[tuple[object, ...]]:
    rows = value.given_tags.to_pylist()  # type: ignore[attr-defined]
    return [(r["receipt_no"], r["system"], r["code"], r["edition"], r["is_green"]) for r in rows]


def test_a_table_of_tags_with_balances_is_no_ledger_beside_one(tmp_path: Path) -> None:
    ledger: Grid = [["借据号", "贷款余额", "贷款用途"], ["J001", 1000, USE], ["J002", 2000, USE], ["J003", 3000, USE]]
    value, problems = read(tmp_path, {"借据台账": ledger, "绿色标识": SUB_TABLE})
    assert value.loans["balance_fen"].to_pylist() == [100_000, 200_000, 300_000]
    assert tags(value) == [
        ("J001", "pboc", "3.2.2", None, True),
        ("J003", "pboc", "1.4.1", None, True),
        ("J001", "nfra", "320200", None, True),
        ("J077", "trade", "010101", None, True),
        ("J001", "pboc", "4.2.2", "green-finance-2025", True),
        ("J003", "pboc", "1.4.2", "green-finance-2025", True),
    ]
    assert value.given_tags["branch_code"].to_pylist()[:2] == ["0101", "0102"]
    assert where(problems, "ingest.tag_table_not_ledger") == ["b.xlsx!绿色标识!2"]
    assert where(problems, "ingest.link_unknown") == ["b.xlsx!绿色标识!C6"]
    assert value.cell("b.xlsx!绿色标识", 3, "code") == "b.xlsx!绿色标识!G3"


def test_alone_it_is_the_ledger(tmp_path: Path) -> None:
    value, _ = read(tmp_path, {"绿色标识": SUB_TABLE})
    assert value.loans["receipt_no"].to_pylist() == ["J001", "J002", "J003", "J077"]
    assert value.loans["green_nfra"].to_pylist() == ["320200", None, None, None]
    assert [t for t in tags(value) if t[0] == "J001"] == [
        ("J001", "pboc", "3.2.2", None, True),
        ("J001", "nfra", "320200", None, True),
        ("J001", "pboc", "4.2.2", "green-finance-2025", True),
    ]


def test_a_second_short_ledger_is_not_taken_for_tags(tmp_path: Path) -> None:
    other: Grid = [["借据号", "贷款余额", "绿色贷款标识"], ["K1", 7, "是"], ["K2", 8, "否"]]
    value, _ = read(tmp_path, {"甲行": LOANS, "乙行": other})
    assert value.loans["receipt_no"].to_pylist() == ["J001", "J002", "J003", "K1", "K2"]


def test_the_ledgers_own_columns_are_tags_too(tmp_path: Path) -> None:
    rows: Grid = [
        ["示例银行贷款台账", None, None, None, None, None, None, None, None],
        ["目录版本：绿色金融支持项目目录（2025年版）", None, None, None, None, None, None, None, None],
        [
            "借据号",
            "贷款余额",
            "贷款用途",
            "PBOC绿色贷款标志",
            "CBRC绿色贷款标志",
            "人行绿色贷款分类",
            "银保监绿色融资分类",
            "绿债目录代码",
            "绿色认定日期",
        ],
        ["J1", 1, USE, "是", "否", "4.2.2", None, None, "2025-11-01"],
        ["J2", 2, USE, "否", "是", None, "320200", None, None],
        ["J3", 3, USE, "否", "否", None, None, "3.2.1.1", None],
        ["J4", 4, USE, "是", None, None, None, None, None],
    ]
    value, _ = read(tmp_path, {"台账": rows})
    assert tags(value) == [
        ("J1", "pboc", "4.2.2", "green-finance-2025", True),
        ("J4", "pboc", None, "green-finance-2025", True),
        ("J2", "nfra", "320200", "green-finance-2025", True),
        ("J3", "bond", "3.2.1.1", "green-finance-2025", True),
    ]
    assert value.given_tags["given_on"].to_pylist()[0] == date(2025, 11, 1)
    assert value.loans["bank_green"].to_pylist() == [True, False, False, True]


def test_a_ledger_with_the_regulators_flag_alone(tmp_path: Path) -> None:
    rows: Grid = [["借据号", "贷款余额", "贷款用途", "CBRC绿色贷款标志"], ["J1", 1, USE, "是"], ["J2", 2, USE, "否"]]
    value, _ = read(tmp_path, {"台账": rows})
    assert value.loans["bank_green"].to_pylist() == [True, False]
    assert tags(value) == [("J1", "nfra", None, None, True)]


def test_two_editions_in_one_ledger(tmp_path: Path) -> None:
    rows: Grid = [
        ["借据号", "贷款余额", "贷款用途", "绿色贷款分类（2019年版）", "绿色贷款分类（2025年版）"],
        ["J1", 1, USE, "3.2.2", "4.2.2"],
        ["J2", 1, USE, None, "4.2.1"],
    ]
    value, problems = read(tmp_path, {"台账": rows})
    assert "ingest.column_twice" not in codes(problems)
    assert set(tags(value)) == {
        ("J1", "pboc", "3.2.2", "green-industry-2019", True),
        ("J1", "pboc", "4.2.2", "green-finance-2025", True),
        ("J2", "pboc", "4.2.1", "green-finance-2025", True),
    }


def test_tags_that_are_not_those_of_the_ledger(tmp_path: Path) -> None:
    table: Grid = [
        ["借据号", "绿色贷款标识", "人行绿色分类", "目录版本"],
        ["J001", "是", "4.2.2", "2025年版"],
        ["J003", "是", "1.4.2", None],
        ["J003", "是", "1.4.2", None],
        [None, "是", "1.4.2", None],
        ["J002", "是", 3.2, None],
    ]
    value, problems = read(tmp_path, {"借据": LOANS, "绿色认定结果": table})
    assert [t for t in tags(value) if t[3]] == [("J001", "pboc", "4.2.2", "green-finance-2025", True)]
    differ = [p for p in problems if p.code == "ingest.tag_differs"]
    assert [(p.where, p.params["count"], p.params["other"]) for p in differ] == [("b.xlsx!绿色认定结果!C3", 1, "b.xlsx!借据!K4")]
    assert where(problems, "ingest.tags_repeated") == ["b.xlsx!绿色认定结果!4"]
    assert where(problems, "ingest.key_missing") == ["b.xlsx!绿色认定结果!A5"]
    assert where(problems, "ingest.code_ambiguous") == ["b.xlsx!绿色认定结果!C6"]
    assert value.rejected["table"].to_pylist() == ["given_tags"]


def test_tags_that_agree_are_quiet(tmp_path: Path) -> None:
    table: Grid = [["借据号", "人行绿色分类"], ["J001", "4.2.2"], ["J003", "1.4.1"]]
    _, problems = read(tmp_path, {"借据": LOANS, "绿色": table})
    assert not bad(problems)


def test_tags_with_purposes_and_no_balances(tmp_path: Path) -> None:
    table: Grid = [["借据号", "贷款用途", "人行绿色分类"], ["J001", USE, "4.2.2"]]
    value, problems = read(tmp_path, {"借据": LOANS, "绿色": table})
    assert value.loans.num_rows == 3
    assert ("J001", "pboc", "4.2.2", None, True) in tags(value)
    assert where(problems, "ingest.tag_table_not_ledger") == ["b.xlsx!绿色!1"]

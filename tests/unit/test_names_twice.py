"""Projects, loans, bills and certificates that are in a book twice."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from greenfin import attribute, names
from greenfin.core.columns import table_of
from greenfin.core.lineage import Trace
from greenfin.core.problems import Problem
from greenfin.core.records import Book
from greenfin.names import projects, works
from greenfin.names.projects import doubles, one_record
from greenfin.names.works import works_of

DAY = date(2025, 12, 31)
LETTERS = {"projects.xlsx!1": {"project_name": "B"}, "loans.xlsx!1": {"receipt_no": "A", "fund_source": "K", "is_carbon_tool": "L"}}


def rows_of(table: str, rows: list[dict[str, Any]], sheet: str) -> Any:
    return table_of(table, [{"source_sheet": sheet, "source_row": n, **row} for n, row in enumerate(rows, 2)])


def book_of(projects: list[dict[str, Any]], **tables: Any) -> Book:
    """A book of projects, numbered P0, P1 … where they have no id."""
    listed = [{"project_id": f"P{n}", "total_invest_fen": 1000, **row} for n, row in enumerate(projects)]
    return Book(as_of=DAY, projects=rows_of("projects", listed, "projects.xlsx!1"), layout=LETTERS, **tables)


def seen(book: Book) -> list[str]:
    """sure or perhaps, pair by pair."""
    return ["sure" if sure else "perhaps" for sure in doubles(book).sure]


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.code for problem in problems]


NUMBER = {"approval_no": "川发改能源〔2024〕88号"}
BASE = {"project_name": "青坪光伏发电项目50MW", "region": "510700", **NUMBER}


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        ({"project_name": "青坪50兆瓦光伏电站", "region": "510722", "approval_no": "川发改能源[2024]88号"}, ["sure"]),
        ({"project_name": "四川省绵阳市青坪光伏发电工程（50MW）", "region": "510700"}, ["sure"]),
        ({"project_name": "青坪光伏发电项目", "region": "510700"}, ["perhaps"]),
        ({"project_name": "青坪光伏发电项目二期50MW", "region": "510700"}, ["perhaps"]),  # the other says no phase
        ({"project_name": "青坪光伏发电项目50MW", "region": "620900"}, []),
        ({"project_name": "青坪光伏发电项目50MW", "region": "510000"}, ["perhaps"]),  # the province alone
        ({"project_name": "四川青坪光伏发电项目50MW", **NUMBER}, ["sure"]),
        ({"project_name": "甘肃青坪光伏发电项目50MW", **NUMBER}, []),
        ({"project_name": "青坪光伏发电项目30MW", "region": "510700"}, []),
        ({"project_name": "青坪光伏发电项目扩建工程50MW", "region": "510700"}, []),
        ({"project_name": "青平光伏发电项目50MW", "region": "510700"}, ["perhaps"]),  # sounds alike
        ({"project_name": "东坪光伏发电项目50MW", "region": "510700"}, []),
        ({"project_name": "南河污水处理厂", "region": "510700", **NUMBER}, []),  # one approval of several
        ({"project_name": "南河光伏发电项目50MW", "region": "510700", **NUMBER}, ["perhaps"]),
        ({"project_name": "青坪光伏发电项目50MW二期", "region": "510700", **NUMBER}, ["perhaps"]),
    ],
)
def test_two_records(other: dict[str, Any], verdict: list[str]) -> None:
    assert seen(book_of([BASE, other])) == verdict
    assert seen(book_of([other, BASE])) == verdict


def test_phases_in_all_their_ways() -> None:
    first = [
        {**BASE, "project_name": f"青坪风电场{phase}", "approval_no": None}
        for phase in ("一期", "一期工程", "首期", "第1期", "（Ⅰ期）项目")
    ]
    second = [{**BASE, "project_name": f"青坪风电场{phase}", "approval_no": None} for phase in ("二期", "Ⅱ期工程")]
    inputs = [
        {"project_id": f"P{n}", "input": "capacity", "value": v, "unit": u} for n, (v, u) in enumerate([(50, "MW"), (5, "万千瓦")] * 4)
    ][:7]
    found = doubles(book_of(first + second, inputs=table_of("inputs", inputs)))
    pairs = set(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert found.sure.all()
    assert pairs == {(a, b) for a in range(5) for b in range(a + 1, 5)} | {(5, 6)}


@pytest.mark.parametrize("number", ["无", "办理中", "—", "", None, "待批", "1"])
def test_a_number_that_is_none_makes_no_pair(number: str | None) -> None:
    projects = [
        {"project_name": "青坪光伏发电项目", "official_code": number, "approval_no": number},
        {"project_name": "南河水厂", "official_code": number},
    ]
    assert seen(book_of(projects)) == []


def test_one_official_code_is_one_project() -> None:
    code = "2024-510700-44-03-123456"
    assert seen(
        book_of(
            [{"project_name": "青坪光伏", "official_code": code}, {"project_name": "老鹰岩电站", "official_code": code.replace("-", " ")}]
        )
    ) == ["sure"]


def test_the_problem_names_both_ids_and_both_cells() -> None:
    (problem,) = names.double_claims(book_of([BASE, BASE]))
    assert (problem.code, problem.where) == ("names.project_twice", "projects.xlsx!1!B3")
    assert problem.params == {"project": "P1", "first": "P0", "other": "projects.xlsx!1!B2"}
    assert codes(names.double_claims(book_of([BASE, {**BASE, "project_name": "青坪光伏发电项目", "approval_no": None}]))) == [
        "names.project_maybe_twice"
    ]


def claims(book: Book, balances: list[int]) -> Any:
    """The parts of green loans, one a project, with a result of 1000 for each project."""
    loans = [{"loan_id": f"L{n}", "receipt_no": f"L{n}", "project_id": f"P{n}", "balance_fen": b} for n, b in enumerate(balances)]
    whole = Book(as_of=DAY, projects=book.projects, loans=rows_of("loans", loans, "loans.xlsx!1"), layout=LETTERS)
    tags = table_of("tags", [{"loan_id": f"L{n}", "decision": "green", "share_ppm": 10**6} for n in range(len(balances))])
    results = [{"project_id": f"P{n}", "output": "co2", "amount": 1000, "unit": "gCO2"} for n in range(len(balances))]
    return attribute.attribute(whole, tags, table_of("measurements", results)).value.to_pylist()


def test_a_project_under_two_records_counts_once_with_all_its_loans() -> None:
    parts = claims(book_of([BASE, BASE]), [800, 700])
    assert {part["project_id"] for part in parts} == {"P0"}
    assert sum(part["amount"] for part in parts) == 1000
    assert [part["amount"] for part in claims(book_of([BASE, BASE]), [500, 300])] == [500, 300]


def test_a_part_is_explained_as_it_was_made() -> None:
    loans = [{"loan_id": f"L{n}", "project_id": f"P{n}", "balance_fen": balance} for n, balance in enumerate((500, 300))]
    book = book_of([BASE, BASE], loans=rows_of("loans", loans, "loans.xlsx!1"))
    tags = table_of("tags", [{"loan_id": f"L{n}", "decision": "green", "share_ppm": 10**6} for n in range(2)])
    results = table_of("measurements", [{"project_id": f"P{n}", "output": "co2", "amount": 1000, "unit": "gCO2"} for n in range(2)])
    project = Trace("P0", "1000", "gCO2")
    for loan, amount in (("L0", "500"), ("L1", "300")):
        trace = attribute.explain_part(book, tags, results, loan_id=loan, output="co2", project_trace=project)
        assert (trace.value, len(trace.parts[1].parts)) == (amount, 2)


def test_two_phases_count_each() -> None:
    other = {**BASE, "project_name": "青坪光伏发电项目二期50MW", "approval_no": "川发改能源〔2025〕9号"}
    assert sum(part["amount"] for part in claims(book_of([BASE, other]), [1000, 1000])) == 2000


def test_the_measured_record_is_kept() -> None:
    loans = [{"loan_id": "L", "project_id": "P0"}]
    book = book_of([BASE, BASE], loans=table_of("loans", loans))
    only = table_of("measurements", [{"project_id": "P1", "output": "co2", "amount": 1, "unit": "gCO2"}])
    assert one_record(book, only).loans["project_id"].to_pylist() == ["P1"]
    assert one_record(one_record(book, only), only).loans.equals(one_record(book, only).loans)
    single = book_of([BASE], loans=table_of("loans", loans))
    assert one_record(single, only) is single


def loans_of(*rows: dict[str, Any], **tables: Any) -> Book:
    return Book(as_of=DAY, loans=rows_of("loans", list(rows), "loans.xlsx!1"), layout=LETTERS, **tables)


BOND = {"bond_code": "2528001", "bond_name": "25某行绿色金融债01", "side": "issued", "label": "绿色"}


@pytest.mark.parametrize(
    ("source", "claimed", "told"),
    [
        ("2528001", True, True),
        ("25某行绿色金融债01", True, True),
        ("2025年绿色金融债券", True, True),
        ("2528001", False, False),
        ("自有资金", True, False),
        (None, True, False),
        ("2528002", True, False),  # an ordinary bond
    ],
)
def test_a_loan_of_a_green_bond_is_not_claimed_for_the_facility(source: str | None, claimed: bool, told: bool) -> None:
    plain = {"bond_code": "2528002", "bond_name": "25某行小微债", "label": "否"}
    bonds = rows_of("bonds", [BOND, plain], "bonds.xlsx!1")
    found = names.double_claims(loans_of({"loan_id": "L1", "fund_source": source, "is_carbon_tool": claimed}, bonds=bonds))
    assert bool(found) is told
    if told:
        assert (found[0].code, found[0].where) == ("names.bond_and_facility", "loans.xlsx!1!K2")
        assert str(found[0].params["other"]).startswith("loans.xlsx!1!L2")


def test_a_bill_is_discounted_once() -> None:
    bill = {"bill_no": "1 3135 1000 0000 1", "kind": "贴现"}
    kinds = [bill, {**bill, "bill_no": "1-3135-1000-0000-1", "kind": "银票贴现"}, {**bill, "kind": "转贴现"}, {**bill, "kind": "承兑"}]
    found = names.double_claims(Book(as_of=DAY, bills=rows_of("bills", kinds, "bills.xlsx!1")))
    assert [(p.code, p.where, p.params["other"]) for p in found] == [("names.bill_twice", "bills.xlsx!1!3", "bills.xlsx!1!2")]


def test_a_certificate_is_used_once() -> None:
    papers = [
        {"evidence_id": "GEC-2025-000123", "kind": "绿证", "project_id": "P1"},
        {"evidence_id": "GEC 2025 000123", "kind": "绿证", "project_id": "P2"},
        {"evidence_id": "EIA-0001", "kind": "环评批复", "project_id": "P3"},
        {"evidence_id": "EIA-0001", "kind": "环评批复", "project_id": "P4"},
    ]
    found = names.double_claims(Book(as_of=DAY, evidence=rows_of("evidence", papers, "evidence.xlsx!1")))
    assert [(p.code, p.where) for p in found] == [("names.certificate_twice", "evidence.xlsx!1!3")]
    grades = [{**BASE, "green_cert": "绿色建筑二星级"}, {"project_name": "别的", "green_cert": "绿色建筑二星级"}]
    assert names.double_claims(book_of(grades)) == ()


def test_a_receipt_stands_in_one_branch() -> None:
    loan = {"receipt_no": "JJ 2025-001", "customer_no": "C1", "branch_code": "01", "loan_id": "01-JJ2025001"}
    again = {**loan, "receipt_no": "JJ2025001", "branch_code": "02", "loan_id": "02-JJ2025001"}
    (problem,) = names.double_claims(loans_of(loan, again))
    assert (problem.code, problem.where, problem.params["other"]) == ("names.receipt_twice", "loans.xlsx!1!A3", "loans.xlsx!1!A2")
    assert names.double_claims(loans_of(loan, {**again, "customer_no": "C2"})) == ()


def test_an_empty_book_holds_nothing_twice() -> None:
    assert names.double_claims(Book(as_of=DAY)) == ()


@pytest.mark.parametrize(
    ("other", "owner", "verdict"),
    [
        ("红沙岗200MW风力发电项目", "C1", ["sure"]),
        ("红沙岗风电项目", "C1", ["perhaps"]),
        ("红沙岗风电项目二期", "C1", ["perhaps"]),
        ("红沙岗20万千瓦风电项目扩建", "C1", []),
        ("红沙岗10万千瓦风电项目", "C1", []),
        ("红沙岗风电项目", "C2", []),
        ("黑沙岗20万千瓦风电项目", "C1", []),
    ],
)
def test_the_borrower_stands_for_a_place_that_no_name_says(other: str, owner: str, verdict: list[str]) -> None:
    loans = [{"loan_id": f"L{n}", "project_id": f"P{n}", "customer_no": of} for n, of in enumerate(("C1", owner))]
    projects = [{"project_name": "红沙岗20万千瓦风电项目"}, {"project_name": other}]
    assert seen(book_of(projects, loans=rows_of("loans", loans, "loans.xlsx!1"))) == verdict


@pytest.mark.parametrize(
    ("borrowers", "owner"),
    [
        ([{"customer_uscc": "U1", "customer_no": "C1"}, {"customer_uscc": "U1", "customer_no": "C2"}], "U1"),
        ([{"customer_no": "C1", "customer_name": "甲"}, {"customer_no": "C1", "customer_name": "乙"}], "C1"),
        ([{"customer_name": " 華能"}, {"customer_name": "华能"}], "华能"),
        ([{"customer_no": "C1"}, {"customer_no": "C2"}, {"customer_no": "C1"}], ""),
        ([{"customer_no": "C1"}, {"customer_name": None}], ""),
        ([{}], ""),
        ([], ""),
    ],
)
def test_the_only_borrower_of_a_project_is_its_owner(borrowers: list[dict[str, Any]], owner: str) -> None:
    others = [{"project_id": None, "customer_no": "C9"}, {"project_id": "P1", "customer_no": "C8"}]
    loans = [{"loan_id": f"L{n}", **row} for n, row in enumerate([*({"project_id": "P0", **row} for row in borrowers), *others])]
    given = book_of([{"project_name": "甲"}, {"project_name": "乙"}], loans=rows_of("loans", loans, "loans.xlsx!1"))
    assert works_of(given).owner.to_pylist() == [owner, "C8"]


def test_names_looked_at_a_few_at_a_time_are_the_same_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    written = ["青坪光伏电站", "青坪光伏站", "青平光伏电站", "东坪光伏电站", "东坪光电站", "南河水厂", "南河污水厂", "", "光伏"]
    listed = [{"project_name": name, "region": place} for place in ("510700", "620900") for name in (*written, *written[:4])]
    listed += [BASE, {**BASE, "project_name": "青坪50兆瓦光伏电站"}]
    whole = doubles(book_of(listed))
    assert whole.sure.any()
    assert not whole.sure.all()
    for at_once in (1, 3, 16):
        monkeypatch.setattr(projects, "_AT_ONCE", at_once)
        monkeypatch.setattr(works, "_AT_ONCE", at_once)
        found = doubles(book_of(listed))
        assert [column.tolist() for column in (found.left, found.right, found.sure)] == [
            column.tolist() for column in (whole.left, whole.right, whole.sure)
        ]


def test_names_that_no_other_shares_are_left_out() -> None:
    rows, texts = projects._shortened(pa.array(["青坪光伏", "青坪风伏", "南河水厂", "光伏", ""]))
    assert sorted(rows.tolist()) == [0, 1]
    assert len(set(texts.tolist())) == 1

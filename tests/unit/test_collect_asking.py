"""What is asked, of whom and why: only what blocks or weakens a tag or a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from collected import AS_OF, reference

from greenfin import collect, tag
from greenfin.collect.ask import Ask
from greenfin.core.columns import table_of
from greenfin.core.problems import Problem
from greenfin.core.records import Book

LOAN = {
    "loan_id": "L1", "receipt_no": "L1", "branch_code": "01", "customer_name": "示例新能源有限公司", "customer_uscc": "91350100M000100Y43",
    "product": "项目贷款", "kind": "固定资产贷款", "purpose": "建设100兆瓦集中式光伏电站", "industry_use": "4416", "class5": "normal",
    "rate_ppm": 35_000, "balance_fen": 1_000_000_00, "project_id": "P1", "region_use": "510100", "start_on": AS_OF, "due_on": AS_OF,
}  # fmt: skip
PROJECT = {
    "project_id": "P1", "project_name": "示例光伏电站", "industry": "4416", "total_invest_fen": 40_000_000_000, "region": "510100",
    "content": "建设100兆瓦光伏发电场区及升压站", "stage": "operation", "operating_on": AS_OF, "eia_no": "环审1号",
}  # fmt: skip


def given(name: str, value: float, unit: str, *, cell: str = "b.xlsx!I!D2") -> dict[str, object]:
    return {"project_id": "P1", "input": name, "value": value, "unit": unit, "basis": "actual", "year": 2025, "source_cell": cell}


WHOLE = (given("capacity", 100, "MW", cell="b.xlsx!I!D3"), given("supply", 13_000, "万kWh"))


def asked(
    *loans: Mapping[str, object], project: Mapping[str, object] | None = PROJECT, inputs: Sequence[Mapping[str, object]] = WHOLE
) -> tuple[dict[tuple[str, str], Ask], tuple[Problem, ...]]:
    """The questions by key and field about a small book, and what is said beside them."""
    book = Book(
        AS_OF,
        loans=table_of("loans", [dict(loan) for loan in loans or (LOAN,)]),
        projects=table_of("projects", [dict(project)] if project else []),
        inputs=table_of("inputs", [dict(row) for row in inputs]),
    )
    tags = tag.tag(book, reference()).value
    found = collect.asks_of(book, reference(), tags=tags)
    return {(ask.key, ask.field): ask for ask in found.value if ask.sheet != "papers"}, found.problems


def test_a_whole_book_is_asked_nothing() -> None:
    found, problems = asked()
    assert not found
    assert not problems


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("industry_use", None, "missing"), ("customer_uscc", None, "missing"), ("customer_uscc", "913501000000000000", "invalid"),
        ("class5", None, "missing"), ("rate_ppm", None, "missing"), ("start_on", None, "missing"), ("due_on", None, "missing"),
    ],
)  # fmt: skip
def test_what_a_green_loan_lacks_is_asked(column: str, value: object, reason: str) -> None:
    found, _ = asked({**LOAN, column: value})
    assert {key: ask.reason for key, ask in found.items()} == {("L1", column): reason}


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("total_invest_fen", None, "missing"), ("total_invest_fen", 0, "impossible"), ("region", None, "missing"),
        ("stage", None, "missing"), ("content", "光伏", "short"), ("operating_on", None, "missing"), ("project_name", None, "missing"),
    ],
)  # fmt: skip
def test_what_its_project_lacks_is_asked(column: str, value: object, reason: str) -> None:
    found, _ = asked(project={**PROJECT, column: value})
    assert {key: ask.reason for key, ask in found.items()} == {("P1", column): reason}


@pytest.mark.parametrize(
    ("inputs", "wanted"),
    [
        ((), {"supply": "missing"}),
        ((given("hours", 1300, "hour"),), {"supply": "missing"}),
        ((given("generation", 13_200, "万kWh"),), {"own_use": "assumed"}),
        ((given("supply", 13_000, "t"),), {"supply": "unit"}),
        ((given("supply", -1, "kWh"),), {"supply": "impossible"}),
        ((given("supply", 2, "kWh"),), {"supply": "unusual"}),
        ((given("supply", 1e7, "kWh"), given("supply", 2e7, "kWh", cell="b.xlsx!I!D9")), {"supply": "conflict"}),
    ],
)
def test_of_inputs_only_those_that_are_missing_or_wrong_are_asked(
    inputs: Sequence[Mapping[str, object]], wanted: Mapping[str, str]
) -> None:
    found, _ = asked(inputs=inputs)
    assert {field: ask.reason for (_, field), ask in found.items()} == wanted
    assert all(ask.is_required == (ask.reason != "assumed") for ask in found.values())
    assert all(bool(ask.seal) == (ask.reason not in ("missing", "assumed")) for ask in found.values())


def test_a_project_that_the_ledger_lacks_is_asked_in_full() -> None:
    found, _ = asked(project=None, inputs=())
    assert {field for key, field in found if key == "P1"} >= {"project_name", "total_invest_fen", "region", "content", "stage", "supply"}


def test_the_branch_with_the_greatest_balance_is_asked_about_a_project() -> None:
    other = {**LOAN, "loan_id": "L2", "branch_code": "02", "balance_fen": 9_000_000_00}
    found, _ = asked(LOAN, other, project={**PROJECT, "stage": None})
    assert found["P1", "stage"].branch == "02"
    assert found["P1", "stage"].balance_fen == 10_000_000_00


def test_no_borrower_of_the_project_is_named_in_its_texts() -> None:
    other = {**LOAN, "loan_id": "L2", "receipt_no": "L2", "customer_name": "甲乙电力", "class5": None, "purpose": "甲乙电力"}
    found, _ = asked(
        LOAN, other, project={**PROJECT, "project_name": "甲乙电力与示例新能源有限公司光伏电站", "stage": None, "content": "甲乙电力"}
    )
    shown = {text for ask in found.values() for text in (ask.subject, ask.was)}
    assert found["P1", "stage"].subject == "甲***与示例***公司光伏电站"
    assert not [text for text in shown if "甲乙" in text or "新能源有限" in text]


def test_a_number_of_the_book_is_shown_in_full() -> None:
    found, _ = asked(inputs=(WHOLE[0], given("supply", 126_543_210.5, "t")))
    assert found["P1", "supply"].was.startswith("126,543,210.5 ")


def test_a_loan_that_is_not_green_is_left_alone() -> None:
    plain = {**LOAN, "purpose": "日常经营周转", "industry_use": None, "product": "流动资金贷款", "kind": "流动资金贷款", "project_id": None}
    assert not asked(plain, project=None, inputs=())[0]


def test_a_column_that_the_whole_book_lacks_is_the_head_offices_matter() -> None:
    found, problems = asked(*({**LOAN, "loan_id": f"L{n}", "class5": None} for n in range(30)))
    assert not found
    assert [(p.code, p.params["count"]) for p in problems] == [("collect.column_absent", 30)]

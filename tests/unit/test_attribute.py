"""Attribution: shares of loans in a project's result (worked examples ATTR-02, ATTR-03 and AGG-01 of the method notes)."""

from __future__ import annotations

import pytest

from greenfin.attribute import attribute, explain_part
from greenfin.core.columns import schema, table_of
from greenfin.core.lineage import Trace
from greenfin.core.problems import Problem
from tests.measured_book import book_of, loan, project, tag

WAN = 10**6  # fen of ten thousand yuan


def result(project_id: str, amount: int, *, output: str = "tce") -> dict[str, object]:
    return {"project_id": project_id, "method": "CBRC-PWR", "output": output, "amount": amount, "unit": "gce", "basis": "actual"}


def parts_of(
    loans: list[tuple[str, str | None, int | None]],
    *,
    totals: dict[str, int | None],
    amounts: dict[str, int],
    shares: dict[str, int | None] | None = None,
) -> tuple[dict[str, int], tuple[Problem, ...]]:
    book = book_of(loans=[loan(*row) for row in loans], projects=[project(p, total=t) for p, t in totals.items()])
    tags = table_of("tags", [tag(row[0], share=(shares or {}).get(row[0], 10**6)) for row in loans])
    found = attribute(book, tags, table_of("measurements", [result(p, a) for p, a in amounts.items()]))
    assert found.value.schema == schema("parts")
    return dict(zip(found.value["loan_id"].to_pylist(), found.value["amount"].to_pylist(), strict=True)), found.problems


def test_a_loan_has_its_balance_over_the_total_investment() -> None:
    parts, problems = parts_of([("L", "P", 40000 * WAN)], totals={"P": 100000 * WAN}, amounts={"P": 10_000_000_000})
    assert parts == {"L": 4_000_000_000}
    assert problems == ()


def test_a_balance_above_the_investment_counts_as_the_whole_and_is_flagged() -> None:
    parts, problems = parts_of([("L", "P", 120000 * WAN)], totals={"P": 100000 * WAN}, amounts={"P": 10_000_000_000})
    assert parts == {"L": 10_000_000_000}
    assert [p.code for p in problems] == ["attribute.above_investment"]
    assert problems[0].where == "book.xlsx!projects!F7"
    assert problems[0].params["balance"] == "1,200,000,000.00"


def test_two_facilities_of_a_project_do_not_count_it_twice() -> None:
    parts, _ = parts_of(
        [("A1", "A", 2000 * WAN), ("A2", "A", 1000 * WAN), ("B1", "B", 8000 * WAN)],
        totals={"A": 10000 * WAN, "B": 20000 * WAN},
        amounts={"A": 10_000_000_000, "B": 5_000_000_000},
    )
    assert sum(parts.values()) == 5_000_000_000
    assert parts == {"A1": 2_000_000_000, "A2": 1_000_000_000, "B1": 2_000_000_000}


def test_the_green_share_of_the_use_counts() -> None:
    parts, _ = parts_of([("L", "P", 400)], totals={"P": 1000}, amounts={"P": 1000}, shares={"L": 250_000})
    assert parts == {"L": 100}


def test_largest_remainder_gives_the_rest_to_the_earlier_loan_on_a_tie() -> None:
    parts, _ = parts_of([("c", "P", 1), ("a", "P", 1), ("b", "P", 1)], totals={"P": 3}, amounts={"P": 100})
    assert parts == {"a": 34, "b": 33, "c": 33}


def test_a_negative_result_is_shared_too() -> None:
    parts, _ = parts_of([("a", "P", 1), ("b", "P", 1)], totals={"P": 4}, amounts={"P": -5})
    assert parts == {"a": -2, "b": -1}


def test_amounts_beyond_64_bits_of_products_stay_exact() -> None:
    parts, _ = parts_of([("a", "P", 10**15), ("b", "P", 2 * 10**15)], totals={"P": 9 * 10**15}, amounts={"P": 9 * 10**17 + 7})
    assert sum(parts.values()) == (9 * 10**17 + 7) // 3


@pytest.mark.parametrize("total", [None, 0, -5])
def test_without_a_total_investment_there_are_no_parts(total: int | None) -> None:
    parts, problems = parts_of([("L", "P", 400)], totals={"P": total}, amounts={"P": 1000})
    assert parts == {}
    assert [p.code for p in problems] == ["attribute.no_total_investment"]


@pytest.mark.parametrize(
    ("balance", "share", "code"),
    [
        (None, 10**6, "attribute.balance_missing"),
        (-1, 10**6, "attribute.balance_negative"),
        (10, None, "attribute.share_missing"),
        (10, 10**6 + 1, "attribute.share_impossible"),
    ],
)
def test_a_loan_without_usable_values_has_no_part_and_the_others_keep_theirs(balance: int | None, share: int | None, code: str) -> None:
    parts, problems = parts_of([("L", "P", balance), ("M", "P", 100)], totals={"P": 1000}, amounts={"P": 1000}, shares={"L": share})
    assert parts == {"M": 100}
    assert [p.code for p in problems] == [code]


def test_loans_without_a_project_and_projects_without_a_result_are_told() -> None:
    parts, problems = parts_of([("L", None, 10), ("M", "P", 100)], totals={"P": 1000}, amounts={})
    assert parts == {}
    assert [p.code for p in problems] == ["attribute.no_project", "attribute.project_not_measured"]


def test_a_loan_of_balance_zero_has_a_part_of_zero() -> None:
    parts, problems = parts_of([("L", "P", 0)], totals={"P": 1000}, amounts={"P": 1000})
    assert parts == {"L": 0}
    assert problems == ()


def test_explain_has_the_value_of_the_column_path_and_all_claims() -> None:
    book = book_of(loans=[loan("a", "P", 100), loan("b", "P", 200)], projects=[project("P", total=1000)])
    tags = table_of("tags", [tag("a"), tag("b", share=500_000)])
    measurements = table_of("measurements", [result("P", 999)])
    parts = attribute(book, tags, measurements).value.to_pylist()
    trace = explain_part(book, tags, measurements, loan_id="b", output="tce", project_trace=Trace("P!tce", "999", "gce"))
    assert int(trace.value) == next(p["amount"] for p in parts if p["loan_id"] == "b")
    assert [part.name for part in trace.parts] == ["P!tce", "claimed", "total_invest"]
    assert [claim.name for claim in trace.parts[1].parts] == ["a", "b"]
    assert trace.parts[1].parts[1].parts[1].value == "0.5"

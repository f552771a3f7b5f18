"""The confusing cases of tagging, as a reviewer reads them."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from greenfin.core.columns import table_of
from greenfin.core.records import Book
from greenfin.reference.load import load
from greenfin.tag import tag

GROUPS: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("tagging.yaml").read_text("utf-8"))
CASES = [(group["case"], group["why"], *row, *[None] * (3 - len(row))) for group in GROUPS for row in group["texts"]]


@cache
def tagged() -> list[dict[str, Any]]:
    """All texts of the file tagged together."""
    rows = [{"loan_id": str(n), "receipt_no": str(n), "purpose": case[2]} for n, case in enumerate(CASES)]
    book = Book(as_of=date(2025, 12, 31), loans=table_of("loans", rows))
    return list(tag(book, load(), editions=("green-finance-2025",)).value.to_pylist())


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{c[0]}: {c[2]}" for c in CASES])
def test_case(number: int) -> None:
    case, why, _, decision, code = CASES[number]
    found = tagged()[number]
    assert found["decision"] == decision, (case, why, found["rule"], found["reason"], found["evidence"])
    if code is not None:
        assert found["code"] == str(code), (case, why, found["rule"])
    if decision == "green":
        assert found["code"]
        assert found["evidence"] != "[]"


def test_each_of_the_thirty_cases_is_there_both_ways() -> None:
    decisions = defaultdict(set)
    for case, _, _, decision, _ in CASES:
        decisions[case].add(decision)
    assert all(len(decisions[n]) >= 2 for n in range(1, 31)), {n: d for n, d in decisions.items() if len(d) < 2}

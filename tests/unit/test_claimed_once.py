"""A benefit whose right went elsewhere is selected out of what the bank may claim; nothing is subtracted, nothing counts twice."""

from __future__ import annotations

import dataclasses

import pytest

from greenfin import aggregate
from greenfin.attribute import attribute
from greenfin.core.columns import empty, table_of
from greenfin.core.records import Book
from greenfin.measure import measure
from greenfin.measure.claims import claimed_elsewhere
from greenfin.reference.load import load
from tests.measured_book import DAY, book_of, given, loan, project, tag

REFERENCE = load()
PROJECTS = ("P1", "P2")


def book(scope: str, **more: object) -> Book:
    return book_of(
        loans=[loan("L1", "P1") | more, loan("L2", "P2")],
        projects=[project("P1") | {"content": scope}, project("P2")],
        inputs=[given(p, "supply", 1.2, "亿千瓦时") for p in PROJECTS],
    )


def totals(of: Book) -> dict[tuple[str, str], int]:
    """The whole sums of benefits, by name and output."""
    tags = table_of("tags", [tag("L1"), tag("L2")])
    measured = measure(of, tags, REFERENCE, on=DAY).value
    parts = attribute(of, tags, measured).value
    facts = aggregate.Facts(of, tags, measured, parts, empty("emissions"), REFERENCE.policies["working"], DAY.year)
    sums = aggregate.aggregate(facts).value.values()
    return {(s.name, s.keys["output"]): s.value or 0 for s in sums if s.name.startswith("benefit") and set(s.keys) == {"output"}}


@pytest.mark.parametrize("scope", ["风电，绿证已售出", "绿色电力证书已核发", "已备案CCER", "carbon credits sold"])
def test_a_sold_right_stands_apart_and_parts_are_the_whole(scope: str) -> None:
    sold, kept = totals(book(scope)), totals(book("风电场"))
    assert sold["benefit_apart", "co2"] == sold["benefit", "co2"] == kept["benefit", "co2"] // 2
    assert ("benefit_apart", "co2") not in kept
    assert ("benefit_apart", "tce") not in sold
    assert sold["benefit", "tce"] == kept["benefit", "tce"]


@pytest.mark.parametrize("scope", ["绿证未出售", "未申请CCER", "无碳信用", "银团贷款"])
def test_what_is_denied_or_shared_stays(scope: str) -> None:
    assert totals(book(scope)) == totals(book("风电场"))


def test_a_receipt_under_the_facility_counts_once() -> None:
    assert totals(book("风电场", is_carbon_tool=True, fund_source="绿色金融债")) == totals(book("风电场"))


def test_a_denial_reaches_no_other_clause() -> None:
    assert claimed_elsewhere("不含税，绿证已售出，未申请CCER") == ("green certificate",)


def test_where_every_right_is_sold_nothing_may_be_claimed() -> None:
    both = dataclasses.replace(book("绿证已售出"))
    projects = table_of("projects", [project(p) | {"content": "绿证已售出"} for p in PROJECTS])
    assert totals(dataclasses.replace(both, projects=projects))["benefit", "co2"] == 0

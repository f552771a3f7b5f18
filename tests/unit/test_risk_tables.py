"""Tables of risk classes, ratings and the bank's lists: filled as they say, rules find what is planted, all tables are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from aggregate_bank import LOANS, WORKING, bank

from greenfin.aggregate import Facts, aggregate
from greenfin.core.columns import table_of
from greenfin.core.records import Bank, Cell, Sum, Table
from greenfin.disclose import build
from greenfin.disclose.checks import declared
from greenfin.pipeline import DEFAULT_TEMPLATES
from greenfin.reference.load import Reference, load

EDITION = "green-finance-2025"
TABLES = ("T09", "T11", "T29", "T30", "T31", "T34", "T35", "T36")
SAID = {
    "stress_test.1.scenario": "无序转型",
    "stress_test.1.npl_before": "1%",
    "stress_test.1.npl_after": "3.5%",
    "stress_test.1.pd_before": "0.8%",
    "stress_test.1.pd_after": "2%",
    "vetoes.1.cases": "2",
    "vetoes.1.amount": "4500万元",
    "vetoes.2.cases": "1",
    "training.1.people": "20",
    "training.2.people": "30 人",
    "training.1.hours": "1.5 小时",
    "training.2.hours": "很久",
    "carbon_accounts.1.reduction": "12 吨",
    "carbon_accounts.1.lending": "3万元",
    "data_quality.lending.preparer": "公司业务部",
}
GIVEN: Mapping[str, Any] = {"templates": TABLES, "prior": (), "policy": WORKING, "as_of": date(2025, 12, 31), "edition": EDITION}
PLANTED = (
    ("T29", "class_a.balance", "X-20"),
    ("T29", "total.non_performing", "V-SUM"),
    ("T29", "class_none.green", "V-SHARE"),
    ("T29", "over_capacity.balance", "V-PART"),
    ("T29", "high_carbon.balance", "V-PART"),
    ("T29", "penalties.balance", "V-PART"),
    ("T30", "01.pd_before", "V-NEST"),
    ("T30", "01.npl_before", "V-NEST"),
    ("T31", "grade_AA.customers", "X-20"),
    ("T31", "total.balance", "V-SUM"),
    ("T34", "total.people", "V-SUM"),
    ("T35", "total.reduction", "V-SUM"),
)


@cache
def reference() -> Reference:
    return load().whole()


@cache
def facts() -> Facts:
    made = bank(loans=LOANS)
    rows = [
        {"customer_no": "C1", "env_class": "A", "esg_grade": "AA", "two_high": True, "industry": "3011"},
        {"customer_no": "C2", "env_class": "C"},
    ]
    events = [
        {"customer_no": "C1", "kind": "environment", "measure": "督促"},
        {"customer_no": "C2", "kind": "environment", "is_closed": True},
    ]
    book = replace(made.book, customers=table_of("customers", rows), risk_events=table_of("risk_events", events))
    counted = [{"exposure_id": "L1", "standard": "pboc-high-carbon-draft", "high_carbon": "building_materials"}]
    return replace(made, book=book, financed=table_of("financed", counted), reference=reference(), bank=Bank(extra=SAID))


@cache
def sums() -> Mapping[str, Sum]:
    return aggregate(facts()).value


@cache
def tables() -> tuple[Table, ...]:
    return build(reference(), sums(), facts=facts(), **GIVEN).value


def cell(table: str, name: str) -> Cell:
    return next(one for one in tables() if one.id == table).cells[name]


def test_lists_of_the_bank_are_tables() -> None:
    assert cell("T30", "01.npl_after").value == Fraction(35, 10)
    assert cell("T30", "01.scenario").text == "无序转型"
    assert cell("T34", "total.people").value == 50
    assert cell("T34", "02.hours").value is None
    assert cell("T35", "01.reduction").value == 12
    assert cell("T35", "01.points").value is None
    assert cell("T36", "lending.preparer").text == "公司业务部"
    told = [p for p in aggregate(facts()).problems if p.code == "aggregate.stated_unreadable"]
    assert [p.where for p in told] == ["training.2.hours"]


def test_classes_are_those_of_the_customers() -> None:
    rows = next(one for one in tables() if one.id == "T29").cells
    parts = [found.value or Fraction(0) for name, found in rows.items() if name.startswith("class_") and name.endswith(".balance")]
    assert len(parts) > 1
    assert sum(parts) == cell("T29", "total.balance").value
    assert "class_b.balance" not in next(one for one in tables() if one.id == "T29").cells
    assert cell("T31", "grade_AA.balance").value == cell("T29", "class_a.balance").value == cell("T29", "two_high.balance").value


def test_groups_of_risk_and_vetoes_stand_below_the_classes() -> None:
    """Over-capacity by the borrower's industry, high-carbon as in T26, penalties still open; what was vetoed is in no balance."""
    whole = cell("T29", "class_a.balance").value
    assert cell("T29", "over_capacity.balance").value == cell("T29", "penalties.balance").value == whole
    assert cell("T29", "high_carbon.customers").value == 1
    assert (cell("T29", "vetoes.cases").value, cell("T29", "vetoes.vetoed").value) == (3, Fraction(45, 100))
    assert cell("T29", "vetoes.vetoed").marks  # one of the two does not say its amount
    assert "total.cases" not in next(one for one in tables() if one.id == "T29").cells


def test_without_any_grade_the_table_of_grades_does_not_apply() -> None:
    ungraded = replace(facts().book, customers=table_of("customers", [{"customer_no": "C1", "env_class": "A"}]))
    found = replace(facts(), book=ungraded)
    made = build(reference(), aggregate(found).value, facts=found, **(GIVEN | {"templates": ("T31", "T29")}))
    assert [p.where for p in made.problems if p.code == "disclose.table_not_applicable"] == ["T31"]
    assert {one.how.reason for one in made.value[0].cells.values()} == {"not_applicable"}
    assert made.value[0].notes_zh[0].startswith("不适用")


def test_customers_who_owe_nothing_are_not_counted() -> None:
    rows = [{**row, "balance_fen": 0} if row["loan_id"] == "L2" else row for row in LOANS]
    now = aggregate(bank(loans=rows)).value
    assert now["loans_count"].value == len(LOANS) - 1
    assert now["loans_balance"].rows == len(LOANS)


def test_a_ledger_without_industries_is_not_split_by_them() -> None:
    """What cannot be told is missing with its reason; no line of an industry says that it has no green loan."""
    bare = [{**row, "industry_use": None, "class5": None} for row in LOANS]
    found = replace(facts(), book=replace(facts().book, loans=table_of("loans", bare)))
    made = build(reference(), aggregate(found).value, facts=found, **(GIVEN | {"templates": ("T04", "T05", "T07")})).value
    assert {made[0].cells[f"section_{letter}.balance"].how.reason for letter in "ACDN"} == {"unsaid"}
    assert made[0].cells["section_unknown.balance"].value == made[0].cells["total.balance"].value
    assert made[1].cells["normal.balance"].how.reason == "unsaid"
    assert not [column.id for column in made[2].columns if column.id.startswith("section_") and len(column.id) == len("section_A")]


@pytest.mark.parametrize(("table", "name", "rule"), PLANTED)
def test_rules_find_what_is_planted(table: str, name: str, rule: str) -> None:
    found = cell(table, name)
    wrong = replace(found, value=(found.value or Fraction(0)) * 1000 + 1000)
    made = tuple(replace(one, cells={key: wrong if each.id == found.id else each for key, each in one.cells.items()}) for one in tables())
    templates = {table: reference().templates[table]}
    assert rule in {p.params["rule"] for p in declared(made, templates)}
    assert not [p for p in declared(tables(), templates) if p.params["rule"] == rule]


def test_all_tables_exist_and_are_in_a_run() -> None:
    known = reference().templates
    every = {f"T{number:02d}" for number in (*range(1, 19), *range(20, 37), 38)}
    assert every <= set(known)
    assert every - set(DEFAULT_TEMPLATES) == {"T08"}  # the regulator's form is asked for by itself; T37 is the index of the report

"""Working capital of a green borrower: its business asks, its audited share of green revenue answers, its name never decides."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from greenfin.core.columns import table_of
from greenfin.core.records import Book
from greenfin.reference.load import load
from greenfin.tag import rules_of, tag

NEW = "green-finance-2025"
CUSTOMERS = [
    {"customer_no": "maker", "main_business": "光伏组件生产、销售", "green_revenue_ppm": 650_000},
    {"customer_no": "plant", "main_business": "污水处理厂运营"},
    {"customer_no": "half", "main_business": "污水处理厂运营", "green_revenue_ppm": 300_000},
    {"customer_no": "coal", "main_business": "煤炭贸易", "green_revenue_ppm": 900_000},
    {"customer_no": "cloth", "main_business": "服装加工", "green_revenue_ppm": 900_000},
    {"customer_no": "unknown", "main_business": None, "green_revenue_ppm": 900_000},
]


def book(*loans: dict[str, Any]) -> Book:
    rows = [{"loan_id": f"L{n}", "receipt_no": f"R{n}", "purpose": "流动资金周转", **loan} for n, loan in enumerate(loans)]
    return Book(date(2025, 12, 31), loans=table_of("loans", rows), customers=table_of("customers", CUSTOMERS))


def tagged(*loans: dict[str, Any]) -> list[dict[str, Any]]:
    return list(tag(book(*loans), load(), editions=(NEW,)).value.to_pylist())


@pytest.mark.parametrize(
    ("customer", "decision", "code", "rule"),
    [
        ("maker", "green", "4.1.2", "R14-entity"),
        ("plant", "review", "6.4.7", "R14-entity"),
        ("half", "review", "6.4.7", "R14-entity-below"),
        ("coal", "not_green", None, "R14-plain"),
        ("cloth", "not_green", None, "R14-plain"),
        ("nobody", "not_green", None, "R14-plain"),
    ],
)
def test_working_capital_by_the_business_of_the_borrower(customer: str, decision: str, code: str | None, rule: str) -> None:
    (row,) = tagged({"customer_no": customer})
    assert (row["decision"], row["code"], row["rule"]) == (decision, code, rule)


def test_by_entity_there_is_no_benefit_and_the_audit_is_still_to_be_shown() -> None:
    (row,) = tagged({"customer_no": "maker"})
    assert (row["basis"], row["carbon_mark"], json.loads(row["needs"])) == ("entity", "none", ["audited_green_revenue"])
    assert {e["text"] for e in json.loads(row["evidence"])} <= {"流动资金", "资金周转", "流动资金周转"}


@pytest.mark.parametrize(
    ("name", "decision", "rule"),
    [
        ("阳光光伏科技有限公司", "review", "R14-name"),
        ("绿动新能源贸易有限公司", "not_green", "R14-plain"),
        ("绿能光伏贸易有限公司", "not_green", "R14-plain"),
        ("恒信五金有限公司", "not_green", "R14-plain"),
        ("大连海湾东港供热有限公司", "not_green", "R14-plain"),
    ],
)
def test_a_name_never_decides(name: str, decision: str, rule: str) -> None:
    for customer in (None, "unknown"):
        (row,) = tagged({"customer_name": name, "customer_no": customer})
        assert (row["decision"], row["rule"]) == (decision, rule)
        assert name[:4] not in row["evidence"]


def test_a_purpose_that_says_more_is_tagged_by_it() -> None:
    wind, steel = tagged({"customer_no": "maker", "purpose": "风电场建设"}, {"customer_no": "maker", "purpose": "购买写字楼自用"})
    assert (wind["decision"], wind["code"], wind["basis"]) == ("green", "4.2.1", "use")
    assert steel["decision"] == "not_green"


def test_a_loan_alone_equals_the_book() -> None:
    loans = [{"customer_no": c["customer_no"]} for c in CUSTOMERS] * 3
    whole = [{k: v for k, v in row.items() if k != "loan_id"} for row in tagged(*loans)]
    alone = [{k: v for k, v in tagged(loan)[0].items() if k != "loan_id"} for loan in loans[:6]]
    assert whole == alone * 3


def test_a_threshold_of_the_bank_changes_on_a_day() -> None:
    """The bank ends its rule and puts a stricter one behind it: loans approved before keep the old number."""
    reference = load()
    catalogue = reference.catalogues[NEW]
    at = next(n for n, r in enumerate(catalogue.rules) if r.id == "R14-entity")
    old = catalogue.rules[at]
    assert old.threshold is not None
    day = date(2025, 12, 1)
    new = replace(old, id="R14-entity-2", threshold=replace(old.threshold, value=Decimal(70)), applies_from=day)
    changed = replace(catalogue)
    vars(changed)["rules_read"] = ((*catalogue.rules[:at], replace(old, applies_until=day), new, *catalogue.rules[at + 1 :]), ())
    other = replace(reference, given={"catalogues": {**reference.catalogues, NEW: changed}, "fingerprint": "a stricter threshold"})
    loans = [{"customer_no": "maker", "approved_on": d} for d in (date(2025, 11, 30), day)]
    found = tag(book(*loans), other, editions=(NEW,)).value.to_pylist()
    assert [(t["decision"], t["rule"]) for t in found] == [("green", "R14-entity"), ("review", "R14-entity-below")]


def test_the_rules_of_the_borrower_are_told() -> None:
    said = {
        one.rule.id: (one.outcome, one.decided, one.found)
        for one in rules_of(book({"customer_no": "half"}), load(), edition=NEW, loan_id="L0").said
    }
    assert said["R14-entity"] == ("unmet", False, 30.0)
    assert said["R14-entity-below"][:2] == ("met", True)
    assert "R14-name" not in said

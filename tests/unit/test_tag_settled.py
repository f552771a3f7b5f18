"""What follows a decision: thresholds of the leaf, shares a text states, the class where the leaf is open."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from greenfin.core.columns import table_of
from greenfin.core.records import Book
from greenfin.reference.load import load
from greenfin.tag import rules_of, tag

NEW = "green-finance-2025"


def book(*loans: dict[str, Any], projects: list[dict[str, Any]] | None = None) -> Book:
    rows = [{"loan_id": f"L{n}", "receipt_no": f"R{n}", **loan} for n, loan in enumerate(loans)]
    return Book(date(2025, 12, 31), loans=table_of("loans", rows), projects=table_of("projects", projects or []))


def tagged(*purposes: str, **more: Any) -> list[dict[str, Any]]:
    return list(tag(book(*({"purpose": p, **more} for p in purposes)), load(), editions=(NEW,)).value.to_pylist())


def evidence(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item["text"], item["rule"]) for item in json.loads(row["evidence"])]


def needs(row: dict[str, Any]) -> list[str]:
    return list(json.loads(row["needs"]))


def test_a_stated_grade_below_the_catalogues_is_not_green() -> None:
    below, reached, unsaid = tagged("年产节能电机20万台，二级能效", "年产节能电机20万台，一级能效", "年产节能电机20万台")
    assert (below["decision"], below["code"], below["reason"]) == ("not_green", None, "tag.threshold_unmet")
    assert ("二级能效", "GB 18613") in evidence(below)
    assert (reached["decision"], reached["code"]) == (unsaid["decision"], unsaid["code"]) == ("green", "1.1.7")
    assert "efficiency_certificate" in needs(unsaid)


@pytest.mark.parametrize("text", ["能效2级及以上", "能效不低于2级", "二级以上能效"])
def test_a_floor_is_no_grade(text: str) -> None:
    """What is of grade 2 or better may be of grade 1: the certificate must show it."""
    (row,) = tagged(f"年产节能电机20万台，{text}")
    assert row["decision"] == "green"
    assert "efficiency_certificate" in needs(row)


def test_the_grade_may_stand_in_the_project() -> None:
    projects = [{"project_id": "P1", "project_name": "节能电机扩产", "content": "年产节能电机20万台，能效等级3级"}]
    given = book({"purpose": "项目建设", "project_id": "P1"}, projects=projects)
    (row,) = tag(given, load(), editions=(NEW,)).value.to_pylist()
    assert row["decision"] == "not_green"
    assert [e["kind"] for e in json.loads(row["evidence"]) if e["rule"] == "GB 18613"] == ["project"]


def test_a_standard_without_a_number_is_a_need() -> None:
    (row,) = tagged("电镀园区污水集中处理厂建设")
    assert row["decision"] == "green"
    assert "standard_conformity" in needs(row)


@pytest.mark.parametrize(
    ("text", "share", "reason"),
    [
        ("厂房及屋顶光伏项目，其中光伏部分投资占比40%", 400_000, "tag.share_budget"),
        ("用于污水处理厂3000万元、道路7000万元", 300_000, "tag.share_budget"),
        ("总建筑面积10万平方米的商业综合体，其中二星级绿色建筑面积3万平方米", 300_000, "tag.share_area"),
        ("风电场建设", 1_000_000, None),
    ],
)
def test_a_stated_share_is_the_share(text: str, share: int, reason: str | None) -> None:
    (row,) = tagged(text)
    assert (row["decision"], row["share_ppm"], row["share_reason"]) == ("green", share, reason)
    assert any(rule == "share" for _, rule in evidence(row)) == (reason is not None)


def test_the_ledgers_own_share_comes_first() -> None:
    (row,) = tagged("厂房及屋顶光伏项目，其中光伏部分投资占比40%", green_share_ppm=250_000)
    assert (row["share_ppm"], row["share_reason"]) == (250_000, "tag.share_ledger")


@pytest.mark.parametrize(
    ("text", "rule", "code", "share"),
    [
        ("高标准农田建设，总投资2亿元，其中高效节水灌溉5000万元", "R26-scheme", "3.2.2", 250_000),
        ("片区开发含污水处理厂，污水处理厂部分投资占比30%", "R21-package", "6.4.7", 300_000),
        ("混线生产燃油车和新能源动力电池，动力电池订单占比60%", "R10-mixed", "1.2.1", 600_000),
    ],
)
def test_a_stated_share_answers_a_question_of_splitting(text: str, rule: str, code: str, share: int) -> None:
    split, open_ = tagged(text, text.partition("，")[0])
    assert (split["decision"], split["rule"], split["code"], split["share_ppm"]) == ("green", rule, code, share)
    assert set(needs(split)) & {"budget_split", "order_share"}
    assert open_["decision"] == "review"


def test_a_share_of_what_is_not_green_stays_nothing() -> None:
    for row in tagged("办公楼装修，其中家具投资占比40%", "道路3000万元、桥梁7000万元"):
        assert (row["decision"], row["share_ppm"], row["share_reason"]) == ("not_green", 0, None)


def test_words_that_reach_a_class_only_name_the_class() -> None:
    power, traffic, nothing = tagged("清洁能源项目前期工作", "低碳交通建设", "节能环保项目")
    assert [(r["decision"], r["code"], r["reason"]) for r in (power, traffic)] == [("review", c, "tag.class_only") for c in ("4.2", "6.2")]
    assert ("低碳交通", "6.2") in evidence(traffic)
    assert needs(traffic) == ["leaf_open"]
    assert (nothing["decision"], nothing["code"]) == ("review", None)


def test_general_words_alone_are_a_question_by_rule_with_the_class_they_name() -> None:
    power, bare, host, both = tagged("清洁能源项目", "厂区综合节能改造", "铝锭均热炉节能改造", "某市环保设备更新（二期）")
    assert (power["decision"], power["code"], power["rule"]) == ("review", "4.2", "P-bare")
    assert (bare["decision"], bare["rule"], needs(bare)[0]) == ("review", "P-bare", "named_asset")
    assert (both["decision"], both["rule"]) == ("review", "P-bare")
    assert (host["decision"], host["rule"]) == ("green", None)


def test_general_words_beside_a_project_that_is_named_are_no_question() -> None:
    project = {"project_id": "P1", "project_name": "50MW光伏", "content": "新建50MW光伏电站"}
    given = book({"purpose": "节能项目建设", "project_id": "P1"}, {"purpose": "节能项目建设"}, projects=[project])
    with_project, alone = tag(given, load(), editions=(NEW,)).value.to_pylist()
    assert (with_project["decision"], with_project["code"]) == ("green", "4.2.2")
    assert (alone["decision"], alone["rule"]) == ("review", "P-bare")


def test_needs_are_of_the_entry_that_the_asset_is() -> None:
    maker, plant = tagged("光伏组件生产线", "光伏电站建设")
    assert "pv_norms" in needs(maker)
    assert "pv_norms" not in needs(plant)


def test_the_thresholds_of_a_loan_are_told_one_by_one() -> None:
    given = book({"purpose": "年产节能电机20万台，二级能效"}, {"purpose": "风电场建设"})
    found = rules_of(given, load(), edition=NEW, loan_id="L0")
    told = {(one.line.standard, one.outcome, one.found) for one in found.thresholds}
    assert ("GB 18613", "unmet", 2.0) in told
    assert rules_of(given, load(), edition=NEW, loan_id="L1").thresholds == ()


@pytest.mark.parametrize(
    ("purpose", "unsaid"),
    [("新建装机110兆瓦水电站工程", False), ("新建11万千瓦水电站工程", False), ("水电站建设，装机1200MW", False), ("水电站工程建设", True)],
)
@pytest.mark.parametrize("edition", [NEW, "green-industry-2019", "green-bond-2021"])
def test_a_rule_of_what_is_not_stated_is_silent_where_it_is_stated(purpose: str, unsaid: bool, edition: str) -> None:
    told = {one.rule.id: one for one in rules_of(book({"purpose": purpose}), load(), edition=edition, loan_id="L0").said}
    assert ("R06-unknown" in told) is unsaid
    assert [one.outcome for one in told.values() if one.decided] == ["met"]


def test_a_retail_dealer_of_new_energy_vehicles_is_green_by_the_invoice_and_a_mixed_stock_is_not() -> None:
    rows = [
        ("采购新能源汽车用于销售", "5261"),
        ("采购新能源汽车用于销售", "5271"),
        ("购进新能源汽车及燃油车整车", "5261"),
        ("购进比亚迪汽车一批", "5261"),
    ]
    given = book(*({"purpose": purpose, "industry_use": industry} for purpose, industry in rows))
    dealer, shop, mixed, brand = tag(given, load(), editions=(NEW,)).value.to_pylist()
    assert (dealer["decision"], dealer["code"], dealer["rule"], "invoice" in needs(dealer)) == ("green", "8.2.1", "R16-nev-dealer", True)
    assert (shop["decision"], shop["reason"]) == ("review", "tag.industry_contradicts")
    assert mixed["decision"] == "review"
    assert (brand["decision"], brand["rule"]) == ("review", "R16-brand")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("污水处理站及厂区道路建设", "P-beside"),
        ("商业街改造，含少量充电桩", "P-minor"),
        ("造纸厂新建及配套污水处理", "P-host"),
        ("光伏支架用钢材采购", "R16-raw-for"),
        ("储能设备经销商日常经营周转", "R14-kind"),
    ],
)
def test_green_words_beside_or_behind_ordinary_things_are_a_question(text: str, rule: str) -> None:
    (row,) = tagged(text)
    assert (row["decision"], row["rule"]) == ("review", rule)

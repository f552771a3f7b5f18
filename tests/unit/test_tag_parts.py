"""Normalising, matching, facts, names, rules files, decisions and the shape of a tag."""

from __future__ import annotations

import json
import math
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from greenfin.core.columns import schema, table_of
from greenfin.core.problems import Refused
from greenfin.core.records import Book
from greenfin.messages.words import codes
from greenfin.reference.load import load
from greenfin.reference.rules import Threshold, read
from greenfin.tag import tag, tag_json
from greenfin.tag.company_names import in_names
from greenfin.tag.facts import read_facts
from greenfin.tag.lexicon import lexicon
from greenfin.tag.match import find
from greenfin.tag.normalise import corpus, fold

DAY = date(2025, 12, 31)
NEW, OLD = "green-finance-2025", "green-industry-2019"


def book(*loans: dict[str, Any], projects: list[dict[str, Any]] | None = None) -> Book:
    rows = [{"loan_id": f"L{n}", "receipt_no": f"R{n}", **loan} for n, loan in enumerate(loans)]
    return Book(as_of=DAY, loans=table_of("loans", rows), projects=table_of("projects", projects or []))


def tags_of(given: Book, **options: Any) -> list[dict[str, Any]]:
    return list(tag(given, load(), **options).value.to_pylist())


def test_offsets_lead_back_to_the_original() -> None:
    text = "新建㎡㎡ 風電場，Wind-Farm １００ＭＷ"
    body = corpus(["前文", text])
    hits = find(["风电场", "wind farm", "100mw"], body)
    found = [text[slice(*body.span(1, int(s), int(e)))] for s, e in zip(hits.start, hits.end, strict=True)]
    assert found == ["風電場", "Wind-Farm", "１００ＭＷ"]


def test_latin_words_end_at_their_edges() -> None:
    body = corpus(["a broad railroad", "two roads", "LED by ledger"])
    hits = find(["road", "led"], body)
    assert [(int(t), int(s)) for t, s in zip(hits.text, hits.start, strict=True)] == [(1, 21), (2, 27)]


def test_fold() -> None:
    assert fold("Ｗind–Farm　風電　㎡") == "wind farm 风电 m2"
    assert fold("屋頂分佈式、充電樁換電、煙氣脫硫擴建、園區滙集") == "屋顶分布式、充电桩换电、烟气脱硫扩建、园区汇集"


@pytest.mark.parametrize(
    ("text", "fact", "value"),
    [
        ("2×660MW机组", "capacity", 1320),
        ("装机15万千瓦", "capacity", 150),
        ("储能100MW/200MWh", "capacity", 100),
        ("年发电1.2亿千瓦时", "capacity", None),
        ("24台单机容量2000kW", "capacity", 2),
        ("设计PUE不高于1.25", "pue", 1.25),
        ("二星级绿色建筑", "star", 2),
        ("一级能效空调", "grade", 1),
        ("综合能源利用率85%", "efficiency", 85),
        ("绿色业务收入占比65%", "green_revenue", 65),
    ],
)
def test_facts(text: str, fact: str, value: float | None) -> None:
    facts = lexicon(load(), (NEW,)).tag_words.facts
    found = float(read_facts(corpus([text]), facts)[fact][np.zeros(1, dtype=np.int64)][0])
    assert math.isnan(found) if value is None else found == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "word", "inside"),
    [
        ("达力污水处理有限公司", "污水处理", True),
        ("清源供排水有限公司污水处理厂", "污水处理", False),
        ("用于建设光伏电站的某某公司", "光伏", False),
        ("Xiehe Solar Power Co., Ltd.", "solar power", True),
    ],
)
def test_company_names(text: str, word: str, inside: bool) -> None:
    body = corpus([text])
    hits = find([word], body)
    found = in_names(body, lexicon(load(), (NEW,)).tag_words.names, starts=hits.start, ends=hits.end)
    assert found.tolist() == [inside]


def test_schema_share_and_basis() -> None:
    projects = [{"project_id": "P1", "project_name": "50MW光伏", "content": "新建50MW光伏电站", "eia_no": "环审1号"}]
    given = book(
        {"purpose": "项目建设", "project_id": "P1", "green_share_ppm": 800000},
        {"purpose": "风电场建设"},
        {"purpose": "开餐馆"},
        projects=projects,
    )
    table = tag(given, load(), editions=(NEW,)).value
    assert table.schema == schema("tags")
    by_project, by_use, none = table.to_pylist()
    assert (by_project["decision"], by_project["code"], by_project["share_ppm"], by_project["basis"]) == (
        "green",
        "4.2.2",
        800000,
        "project",
    )
    assert {e["kind"] for e in json.loads(by_project["evidence"])} == {"project"}
    assert (by_use["code"], by_use["share_ppm"], by_use["basis"]) == ("4.2.1", 1_000_000, "use")
    assert (none["decision"], none["code"], none["share_ppm"], none["basis"]) == ("not_green", None, 0, None)


def test_papers_of_the_project_answer_needs() -> None:
    projects = [{"project_id": "P1", "project_name": "水电", "content": "装机50万千瓦水电站", "eia_no": "环审1号"}]
    loans = [{"purpose": "装机50万千瓦水电站"}, {"purpose": "建设", "project_id": "P1"}]
    open_, answered = tags_of(book(*loans, projects=projects), editions=(NEW,))
    assert json.loads(open_["needs"]) == ["eia_approval"]
    assert json.loads(answered["needs"]) == []


def test_the_industry_of_use_agrees_contradicts_and_chooses() -> None:
    loans = [{"purpose": "光伏电站建设", "industry_use": i} for i in ("", "4416", "0610", "4700")]
    plain, agrees, against, neutral = tags_of(book(*loans), editions=(NEW,))
    assert agrees["score"] > plain["score"]
    assert (against["decision"], against["reason"]) == ("review", "tag.industry_contradicts")
    assert neutral["decision"] == "green"
    maker, trader = tags_of(
        book({"purpose": "光伏组件", "industry_use": "3825"}, {"purpose": "光伏组件", "industry_use": "5175"}), editions=(NEW,)
    )
    assert (maker["code"], trader["code"]) == ("4.1.2", "8.5.2")


def test_carbon_mark_follows_the_industry() -> None:
    found = load().catalogues[NEW].entries["4.2.1"]
    assert tags_of(book({"purpose": "风电场建设", "industry_use": "4415"}))[0]["carbon_mark"] == found.carbon_by_industry["4415"]


def test_editions_given_default_and_by_the_loans_dates() -> None:
    given = book({"purpose": "风电场", "approved_on": date(2024, 5, 1)}, {"purpose": "风电场", "approved_on": date(2025, 11, 1)})
    assert {t["edition"] for t in tags_of(given)} == {NEW}
    assert [(t["edition"], t["code"]) for t in sorted(tags_of(given, editions=("auto",)), key=lambda t: t["loan_id"])] == [
        (OLD, "3.2.1"),
        (NEW, "4.2.1"),
    ]
    assert len(tags_of(given, editions=(NEW, OLD))) == 4
    with pytest.raises(Refused):
        tag(given, load(), editions=("no-such-edition",))


def test_products_speak_of_persons_only() -> None:
    car, corporate = tags_of(book({"purpose": "购车", "product": "新能源汽车个人贷款"}, {"purpose": "支付货款", "product": "光伏贷"}))
    assert car["decision"] == "not_green" or car["code"] == "9.1.1"
    assert corporate["decision"] != "green"


def test_no_text_is_a_question() -> None:
    assert [(t["decision"], t["reason"]) for t in tags_of(book({}))] == [("review", "tag.no_text")]


def decisions(*rows: dict[str, Any]) -> Any:
    return table_of("decisions", [{"edition": NEW, "maker": "甲", "checker": "乙", "source_cell": "d.xlsx!s!2", **r} for r in rows])


def test_decisions_win_and_the_machine_stays_visible() -> None:
    given = book({"purpose": "数据中心建设项目"}, {"purpose": "风电场建设"})
    rows = decisions(
        {"receipt_no": "R0", "decision": "green", "code": "6.6.2", "share_ppm": 400000}, {"receipt_no": "R1", "decision": "not_green"}
    )
    found = tag(given, load(), editions=(NEW,), decisions=rows)
    first, second = found.value.to_pylist()
    assert not found.problems
    assert (first["decision"], first["code"], first["share_ppm"], first["decided_by"], first["approved"]) == (
        "green",
        "6.6.2",
        400000,
        "decision",
        True,
    )
    assert first["rule"] == "R23-unknown"
    assert (second["decision"], second["code"], second["share_ppm"], second["score"] > 0.6) == ("not_green", None, 0, True)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"checker": "甲"}, "tag.maker_is_checker"),
        ({"receipt_no": "R9"}, "tag.decision_unknown_receipt"),
        ({"code": "9.9.9"}, "tag.decision_unknown_entry"),
        ({"code": "4.2"}, "tag.decision_unknown_entry"),
        ({"code": None}, "tag.decision_unknown_entry"),
        ({"decision": "是"}, "tag.decision_unreadable"),
        ({"edition": "x"}, "tag.decision_unknown_edition"),
        ({"edition": OLD, "code": "3.2.1"}, "tag.decision_other_edition"),
    ],
)
def test_decisions_that_do_not_count(change: dict[str, Any], code: str) -> None:
    rows = decisions({"receipt_no": "R0", "decision": "green", "code": "4.2.1", **change})
    found = tag(book({"purpose": "开餐馆"}), load(), editions=(NEW,), decisions=rows)
    assert [p.code for p in found.problems] == [code]
    assert found.value.to_pylist()[0]["decided_by"] == "machine"


def test_a_decision_without_a_checker_counts_but_is_not_approved() -> None:
    rows = decisions({"receipt_no": "R0", "decision": "green", "code": "4.2.1", "checker": None})
    found = tag(book({"purpose": "开餐馆"}), load(), decisions=rows).value.to_pylist()[0]
    assert (found["decision"], found["approved"]) == ("green", False)


def test_the_later_decision_counts() -> None:
    one = {"receipt_no": "R0", "decision": "green", "code": "4.2.1", "decided_on": date(2025, 3, 1)}
    two = {"receipt_no": "R0", "decision": "not_green", "decided_on": date(2025, 2, 1)}
    found = tag(book({"purpose": "开餐馆"}), load(), decisions=decisions(one, two))
    assert found.value.to_pylist()[0]["decision"] == "green"
    assert [p.code for p in found.problems] == ["tag.decision_superseded"]


def test_the_banks_own_flag_is_shown_and_is_not_the_result() -> None:
    given = book(
        {"purpose": "开餐馆", "bank_green": True, "source_sheet": "b.xlsx!s", "source_row": 7},
        {"purpose": "风电场建设", "bank_green": True},
    )
    found = tag(given, load())
    assert [(p.code, p.where) for p in found.problems] == [("tag.bank_flag_differs", "b.xlsx!s!7")]
    assert [t["decision"] for t in found.value.to_pylist()] == ["not_green", "green"]


def test_json_has_row_numbers_for_missing_ids() -> None:
    loans = table_of("loans", [{"purpose": "风电场建设"}, {"loan_id": "X", "purpose": "开餐馆"}])
    found = tag_json(tag(Book(as_of=DAY, loans=loans), load()).value, loans)["tags"]
    assert [(t["id"], t["text"], t["decision"]) for t in found] == [("1", "风电场建设", "green"), ("X", "开餐馆", "not_green")]
    assert set(found[0]) == {
        *("id", "text", "edition", "decision", "code", "name_zh", "name_en", "share", "basis", "carbon_mark"),
        *("score", "runner_up", "evidence", "needs", "model"),
    }
    assert found[0]["share"] == 1.0


def test_an_empty_book() -> None:
    assert tag(Book(as_of=DAY), load()).value.num_rows == 0


def test_rules_have_dates(tmp_path: Path) -> None:
    text = (
        "- {id: A, verdict: review, any: ['@pv'], applies_from: 2025-01-01, date_of: approval, source: s, reason_zh: a, reason_en: b,\n"
        "   threshold: {fact: pue, op: '<=', value: 1.3, unit: ''}}\n"
        "- {id: A, verdict: no, any: ['@pv'], source: s, reason_zh: a, reason_en: b, odd: 1}\n"
        "- {id: B, verdict: green, source: s, reason_zh: a, reason_en: b, threshold: {fact: pue}}\n"
    )
    path = tmp_path / "rules.yaml"
    path.write_text(text, "utf-8")
    rules, problems = read(path)
    assert [r.id for r in rules] == ["A"]
    assert (rules[0].applies_from, rules[0].threshold is not None) == (date(2025, 1, 1), True)
    assert isinstance(rules[0].threshold, Threshold)
    assert {(p.where.split(":")[-1], p.params.get("field", p.params.get("id"))) for p in problems} == {
        ("3", "odd"),
        ("3", "verdict"),
        ("3", "A"),
        ("4", "any"),
        ("4", "threshold"),
    }


@pytest.mark.parametrize("content", ["a: 1", "- [", "- 5"])
def test_a_rules_file_that_is_no_list_is_a_problem(tmp_path: Path, content: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(content, "utf-8")
    rules, problems = read(path)
    assert not rules
    assert problems[0].code in ("reference.rules_unreadable", "reference.rule_field")


def test_every_need_and_reason_has_words() -> None:
    reference = load()
    needs = {n for e in (NEW, OLD) for r in reference.catalogues[e].rules for n in r.needs}
    needs |= {n for e in lexicon(reference, (NEW, OLD)).editions.values() for a in e.assets for n in a.needs}
    for lang in ("zh", "en"):
        assert {f"need.{n}" for n in needs} <= set(codes(lang))

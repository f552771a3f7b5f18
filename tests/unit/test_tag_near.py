"""Words that stand near each other: gaps, exceptions, missing papers, buildings that serve an asset; rules by their dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from greenfin.core.columns import table_of
from greenfin.core.records import Book
from greenfin.messages.words import tell
from greenfin.reference.load import Reference, load
from greenfin.tag import tag
from greenfin.tag.match import find
from greenfin.tag.near import gapped, marks
from greenfin.tag.normalise import corpus

NEW = "green-finance-2025"


def tagged(*texts: str, reference: Reference | None = None, **loan: Any) -> list[dict[str, Any]]:
    rows = [{"loan_id": str(n), "receipt_no": str(n), "purpose": t, **loan} for n, t in enumerate(texts)]
    book = Book(as_of=date(2025, 12, 31), loans=table_of("loans", rows))
    return list(tag(book, reference or load(), editions=(NEW,)).value.to_pylist())


def test_a_word_in_two_parts_is_found_within_its_clause_and_reach() -> None:
    body = corpus(
        ["垃圾压缩转运", "转运垃圾", "垃圾，转运", "垃圾及人员转运", "垃圾一二三四五六七转运", "waste of a town, power", "waste to power"]
    )
    words = ["power", "waste", "垃圾", "转运", "垃圾~转运", "waste~power"]
    hits = gapped(body, find(words, body), np.array([[4, 2, 3], [5, 1, 0]]), stops=marks(body, ands="及", places="").parts)
    assert [(int(t), words[w]) for t, w in zip(hits.text, hits.word, strict=True) if w > 3] == [(0, "垃圾~转运"), (6, "waste~power")]
    assert (np.diff(hits.start) >= 0).all()


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("住宅项目取得绿色建筑二星级预评价", "green"),
        ("住宅项目，未见绿色建筑标识证书或预评价文件", "review"),
        ("住宅项目为绿色建筑，但没有二星级标识", "review"),
        ("绿色建筑办公楼，暂无预评价", "review"),
        ("有机蔬菜基地取得有机认证证书", "green"),
        ("有机蔬菜基地，尚无有机认证", "review"),
        ("Green building office without LEED label", "review"),
    ],
)
def test_missing_papers_are_no_papers(text: str, decision: str) -> None:
    assert tagged(text)[0]["decision"] == decision


@pytest.mark.parametrize("text", ["新能源车以外的燃油车采购", "厂区供电工程，不含光伏", "煤炭以外的矿石码头，不包括岸电"])
def test_what_is_left_out_does_not_count(text: str) -> None:
    assert tagged(text)[0]["decision"] != "green"


@pytest.mark.parametrize("text", ["污水处理站门前道路工程", "风力发电场员工宿舍建设", "垃圾焚烧厂办公楼装修", "光伏产业园安置房项目"])
def test_a_building_that_serves_an_asset_is_not_the_asset(text: str) -> None:
    assert tagged(text)[0]["decision"] != "green"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("利用学校屋顶建设分布式光伏", "4.2.2"),
        ("污水处理厂及道路照明节能改造", "1.3.5"),
        ("装配式住宅项目达到AA级", "6.1.6"),
        ("新建铁路跨江大桥", "6.2.8"),
        ("充电基础设施建设", "6.2.3"),
    ],
)
def test_a_building_that_is_the_asset_or_holds_it(text: str, code: str) -> None:
    found = tagged(text)[0]
    assert (found["decision"], found["code"]) == ("green", code)


@pytest.mark.parametrize("text", ["高铁新城住宅开发", "水电安装队工资", "有机硅下游项目", "Railway station hotel"])
def test_words_that_only_sound_like_an_asset(text: str) -> None:
    assert tagged(text)[0]["decision"] != "green"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("废旧锂电池拆解利用", "3.2.5"),
        ("光伏制氢合成绿氨", "4.2.8"),
        ("红树林造林", "5.2.13"),
        ("开发区集中式污水处理", "2.3.5"),
        ("生物质颗粒燃料厂", "3.2.4"),
        ("海上风电送出工程", "4.3.5"),
        ("制药废水处理站扩能，采用超滤膜和高级氧化", "2.3.4"),
    ],
)
def test_the_asset_that_is_described_wins_over_what_describes_it(text: str, code: str) -> None:
    assert tagged(text)[0]["code"] == code


def test_a_customer_is_not_the_object() -> None:
    assert tagged("注塑件车间扩建，为新能源整车厂供货")[0]["decision"] != "green"


def test_a_capacity_before_an_english_h_is_read() -> None:
    large, small = tagged("Construction of a 1,200 MW hydropower station", "New 20 MW hydroelectric plant")
    assert (large["decision"], large["code"]) == ("green", "4.2.4")
    assert small["decision"] != "green"


def test_a_rule_counts_only_within_its_dates_and_by_its_date() -> None:
    reference = load()
    catalogue = reference.catalogues[NEW]
    first = next(r for r in catalogue.rules if r.id == "R01")
    extra = replace(
        first,
        id="X-wind",
        verdict="review",
        any_of=("@wind",),
        none_of=(),
        applies_from=date(2025, 11, 1),
        applies_until=date(2025, 12, 1),
        date_of="approval",
    )
    dated = replace(catalogue)
    vars(dated)["rules_read"] = ((extra, *catalogue.rules), ())
    changed = replace(reference, given={"catalogues": {**reference.catalogues, NEW: dated}, "fingerprint": "dated rules"})

    def verdict(**loan: Any) -> str:
        return str(tagged("风电场建设", reference=changed, **loan)[0]["decision"])

    days = [date(2025, 10, 31), date(2025, 11, 1), date(2025, 11, 30), date(2025, 12, 1)]
    assert [verdict(approved_on=d) for d in days] == ["green", "review", "review", "green"]
    assert verdict(start_on=date(2025, 11, 5)) == "review"  # no approval date: the drawing
    assert verdict(green_on=date(2025, 11, 5)) == "green"  # the tag's own day is another date


def test_the_banks_flag_is_told_in_words() -> None:
    rows = [{"loan_id": "1", "receipt_no": "1", "purpose": "开餐馆", "bank_green": True}]
    found = tag(Book(as_of=date(2025, 12, 31), loans=table_of("loans", rows)), load()).problems
    assert [tell(p, "zh").split("，")[0] for p in found] == ["本行绿色标识为 绿色"]
    assert all("True" not in tell(p, lang) for p in found for lang in ("zh", "en"))

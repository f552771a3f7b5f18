"""Green shares that a text states: parts of a budget, of a floor area, of orders; and what is no share."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from greenfin.core.problems import BadReference
from greenfin.messages.words import codes
from greenfin.reference.load import load
from greenfin.reference.shares import read_shares
from greenfin.tag.lexicon import lexicon
from greenfin.tag.normalise import fold
from greenfin.tag.shares import REASONS, Mark, Stated, stated_share

WORDS = load().root / "taxonomy" / "words" / "shares.yaml"


def stated(text: str, *, is_mixed: bool = False) -> Stated | None:
    """The share of a text, its marks found word by word."""
    words = lexicon(load(), ("green-finance-2025",))
    folded = fold(text)
    marks = []
    for number, word in enumerate(words.words):
        groups = words.links.to[words.links.first[number] : words.links.first[number + 1]]
        at = folded.find(word)
        while at >= 0:
            kinds = [(int(g), words.kinds[g] == "asset") for g in groups if words.kinds[g] in ("asset", "brown")]
            marks += [Mark(at, at + len(word), group, green) for group, green in kinds]
            at = folded.find(word, at + 1)
    return stated_share(folded, marks, read_shares(WORDS), is_mixed=is_mixed)


@pytest.mark.parametrize(
    ("text", "ppm", "reason"),
    [
        ("厂房及屋顶光伏项目，其中光伏部分投资占比40%", 400_000, "budget"),
        ("绿色部分占６０％的产业园项目", 600_000, "budget"),
        ("用于污水处理厂3000万元、道路7000万元", 300_000, "budget"),
        ("3000万元用于污水处理厂，7000万元用于市政道路", 300_000, "budget"),
        ("商业综合体总投资10亿元，其中屋顶光伏4,000万元", 40_000, "budget"),
        ("概算5000万元，其中光伏800万元", 160_000, "budget"),
        ("厂房项目概算5000万元（其中：屋顶光伏800万元，充电桩200万元）", 200_000, "budget"),
        ("项目预算1.2亿元，其中污水处理站2400万元、道路9600万元", 200_000, "budget"),
        ("Workshop, budget 50 million, of which rooftop solar 8 million", 160_000, "budget"),
        ("总投资8亿元，其中污水处理厂2亿元，市政道路6亿元", 250_000, "budget"),
        ("污水处理厂及进厂道路，其中道路投资占20%", 800_000, "budget"),
        ("光伏占总投资的40%的厂房项目", 400_000, "budget"),
        ("混线生产，新能源汽车订单占比60%", 600_000, "order"),
        ("总建筑面积10万平方米的写字楼，其中绿色建筑二星级面积3万平方米", 300_000, "area"),
        ("USD 30 million for the sewage plant and USD 70 million for roads", 300_000, "budget"),
        ("Industrial park, of which 40% of the budget is for rooftop solar", 400_000, "budget"),
        ("Shopping mall; rooftop solar accounts for 25% of the investment", 250_000, "budget"),
        ("The green part is 60% of the floor area of the complex", 600_000, "area"),
    ],
)
def test_a_stated_share(text: str, ppm: int, reason: str) -> None:
    found = stated(text)
    assert found is not None
    assert (found.ppm, found.reason) == (ppm, REASONS[reason])
    assert re.search(read_shares(WORDS).gate, fold(text)), "a text that states a share is let through"
    assert all(fold(text)[start:end].strip() == fold(text)[start:end] != "" for start, end in found.places)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "光伏电站项目总投资1.9亿元，拟贷2.4亿元",
        "污水处理厂总投资1亿元，其中资本金2000万元",
        "风光储项目总投资10亿元，其中光伏4亿元",
        "数据中心绿电占比40%",
        "光伏组件覆盖面积占屋顶面积60%",
        "光伏电站年产值3000万元，道路7000万元",
        "用于污水处理厂3000万元、设备7000万元",
        "光伏部分投资占比70%，道路部分投资占比50%",
        "总投资1亿元，其中污水处理厂2亿元",
        "Solar park with 40% local content",
    ],
)
def test_what_states_no_share(text: str) -> None:
    assert stated(text) is None


def test_a_part_beside_another_green_thing_counts_where_the_rest_is_known_not_to() -> None:
    text = "高标准农田建设，总投资2亿元，其中高效节水灌溉5000万元"
    known = stated(text, is_mixed=True)
    assert stated(text) is None
    assert known is not None
    assert known.ppm == 250_000


def test_reasons_have_words() -> None:
    for lang in ("zh", "en"):
        assert set(REASONS.values()) | {"tag.share_ledger"} <= set(codes(lang))


@pytest.mark.parametrize(
    ("old", "new"), [("percent: 1}", "percent: none}"), ("part: '", "prat: '"), ("budget: '", "budgets: '"), ("'其中|", "'(其中|")]
)
def test_broken_words_are_told(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "shares.yaml"
    path.write_text(WORDS.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(BadReference):
        read_shares(path)

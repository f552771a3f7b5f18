"""Laws of tagging."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from greenfin.core.columns import table_of
from greenfin.core.records import Book
from greenfin.reference.load import load
from greenfin.tag import tag
from greenfin.tag.company_names import _pattern, in_names
from greenfin.tag.lexicon import lexicon
from greenfin.tag.match import WAYS, find
from greenfin.tag.normalise import corpus

GROUPS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parents[1] / "cases" / "tagging.yaml").read_text("utf-8"))
KNOWN = [row[0] for group in GROUPS for row in group["texts"]]
PIECES = ["光伏", "风電場", "燃煤", "有限公司", "５０ＭＷ", "㎡", "wind-farm", " road", "替代", "。", ". ", "改造", "\n", "é", "水厂", "𠮷"]
TEXTS = st.one_of(st.sampled_from(KNOWN), st.lists(st.sampled_from(PIECES), max_size=8).map("".join), st.text(max_size=20))
INDUSTRIES = st.sampled_from(["", "4415", "4416", "0610", "3825", "5175", "4700", "44"])
LOANS = st.lists(st.tuples(TEXTS, INDUSTRIES), min_size=1, max_size=12)


def tagged(rows: list[tuple[str, str]], **options: Any) -> list[dict[str, Any]]:
    loans: list[dict[str, object]] = [
        {"loan_id": str(n), "receipt_no": str(n), "purpose": t, "industry_use": i} for n, (t, i) in enumerate(rows)
    ]
    book = Book(as_of=date(2025, 12, 31), loans=table_of("loans", loans))
    return list(tag(book, load(), **options).value.to_pylist())


def without_id(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != "loan_id"} for row in rows]


@settings(max_examples=40, deadline=None)
@given(LOANS)
def test_twice_gives_the_same_and_a_loan_alone_equals_the_book(rows: list[tuple[str, str]]) -> None:
    whole = without_id(tagged(rows))
    assert whole == without_id(tagged(rows))
    assert whole[0] == without_id(tagged(rows[:1]))[0]


@settings(max_examples=40, deadline=None)
@given(LOANS)
def test_row_order_does_not_matter(rows: list[tuple[str, str]]) -> None:
    assert without_id(tagged(rows)) == without_id(tagged(rows[::-1]))[::-1]


@settings(max_examples=15, deadline=None)
@given(LOANS)
def test_the_plain_search_gives_the_same_tags(rows: list[tuple[str, str]]) -> None:
    assert tagged(rows) == tagged(rows, way="search") == tagged(rows, way="automaton") == tagged(rows, way="compiled")


@settings(max_examples=15, deadline=None)
@given(st.lists(TEXTS, max_size=4))
def test_all_ways_of_matching_find_the_same(texts: list[str]) -> None:
    words, body = lexicon(load(), ("green-finance-2025",)).words, corpus(texts)
    found = [find(words, body, way=way) for way in (*WAYS, "compiled")]
    assert len({tuple(getattr(hits, name).tobytes() for name in ("word", "text", "start", "end")) for hits in found}) == 1


NAMES = [
    *("有限公司", "(集团)有限公司", "集团公司", "公司", "企业", "合作社", "核心企业"),
    *("甲乙丙", "新能源", "（北京）", "(一)", "购买", "向", "的", "a", "，", "A1"),
]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(NAMES), max_size=24).map("".join), st.sampled_from(["", "compiled"]))
def test_names_found_from_their_ends_are_those_of_the_pattern(text: str, way: str) -> None:
    names = lexicon(load(), ("green-finance-2025",)).tag_words.names
    body = corpus(["甲", text])
    starts = np.arange(body.starts[1], body.ends[1])
    found = in_names(body, names, starts=starts, ends=starts + 1, way=way)
    held = {at for match in _pattern(names).finditer(body.text) for at in range(*match.span())}
    assert found.tolist() == [at in held for at in starts.tolist()]


@settings(max_examples=60, deadline=None)
@given(LOANS)
def test_evidence_is_the_original_text_at_its_place(rows: list[tuple[str, str]]) -> None:
    for (text, _), row in zip(rows, tagged(rows), strict=True):
        for item in json.loads(row["evidence"]):
            assert item["start"] < item["end"]
            assert text[item["start"] : item["end"]] == item["text"]


@settings(max_examples=40, deadline=None)
@given(LOANS)
def test_a_tag_is_whole(rows: list[tuple[str, str]]) -> None:
    entries = load().catalogues["green-finance-2025"].entries
    for row in tagged(rows):
        assert row["decision"] in ("green", "not_green", "review")
        assert (row["code"] in entries) if row["decision"] == "green" else (row["code"] is None or row["decision"] == "review")
        assert 0 <= row["score"] <= 1
        assert (row["share_ppm"] == 0) == (row["decision"] == "not_green")
        assert row["runner_up"] is None or row["runner_up"] != row["code"]

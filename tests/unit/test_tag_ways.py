"""The same tags however they are made: ways of matching, pieces, threads, gathered cases; and texts of any size and kind in linear time."""

from __future__ import annotations

import random
import re
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml

from greenfin.core.columns import table_of
from greenfin.core.records import Book
from greenfin.reference.load import load
from greenfin.tag import cases as cases_module
from greenfin.tag import match, tag
from greenfin.tag.lexicon import lexicon
from greenfin.tag.normalise import corpus, fold

NEW = "green-finance-2025"
GROUPS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parents[1] / "cases" / "tagging.yaml").read_text("utf-8"))
TEXTS = [row[0] for group in GROUPS for row in group["texts"]]


def book_of(texts: list[str], *, seed: int = 1) -> Book:
    rng = random.Random(seed)
    projects: list[dict[str, object]] = [
        {"project_id": f"P{n}", "project_name": rng.choice(TEXTS), "eia_no": rng.choice([None, "1"])} for n in range(9)
    ]
    loans: list[dict[str, object]] = [
        {
            "loan_id": str(n),
            "purpose": text,
            "industry_use": rng.choice(["", "4415", "3825", "5175"]),
            "project_id": rng.choice([None, "P3", "P8", "P77"]),
            "product": rng.choice([None, "新能源汽车个人贷款", "流动资金贷款"]),
            "approved_on": rng.choice([None, date(2024, 5, 1), date(2025, 11, 1)]),
        }
        for n, text in enumerate(texts)
    ]
    return Book(as_of=date(2025, 12, 31), loans=table_of("loans", loans), projects=table_of("projects", projects))


def same(one: pa.Table, other: pa.Table) -> bool:
    return bool(one.combine_chunks().equals(other.combine_chunks()))


@pytest.fixture(scope="module")
def mixed() -> Book:
    rng = random.Random(5)
    joined = [rng.choice(TEXTS) + rng.choice(["，", "。", "㎡①…", "\n", " "]) + rng.choice(TEXTS)[: rng.randint(0, 20)] for _ in range(300)]
    return book_of([*TEXTS, *joined, "", "😀🚲", " \n ", "（集团）有限公司" * 3])


@pytest.mark.parametrize(
    "options",
    [
        *({"way": way} for way in ("automaton", "search", "polars", "compiled")),
        *({"threads": 1}, {"cases": 100}, {"cases": 300, "threads": 5}, {"way": "compiled", "cases": 100}),
    ],
)
def test_way_pieces_and_threads_do_not_show(mixed: Book, options: dict[str, Any]) -> None:
    for editions in ((NEW,), ("auto",)):
        assert same(tag(mixed, load(), editions=editions).value, tag(mixed, load(), editions=editions, **options).value)


def test_gathered_cases_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    given = book_of([TEXTS[n % 40] for n in range(900)])
    assert cases_module._repeats(given.loans["purpose"])
    gathered = tag(given, load()).value
    monkeypatch.setattr(cases_module, "_repeats", lambda *_: False)
    assert same(gathered, tag(given, load()).value)


@pytest.mark.parametrize(("distinct", "pays"), [(10, True), (4000, True), (100_000, False)])
def test_gathering_is_chosen_from_a_sample(distinct: int, *, pays: bool) -> None:
    purposes = pa.chunked_array([pa.array(np.random.default_rng(2).integers(distinct, size=60_000).astype(str))])
    assert cases_module._repeats(purposes) is pays


def test_a_word_at_the_border_of_pieces_is_not_found_across_it() -> None:
    given = book_of(["光", "伏电站建设", "数据中心建设，PUE", "1.25", "某某", "有限公司", "a", "b"])
    alone = [tag(Book(given.as_of, loans=given.loans.slice(n, 1), projects=given.projects), load()).value for n in range(8)]
    assert same(tag(given, load()).value, pa.concat_tables(alone))
    assert same(tag(given, load(), cases=1).value, pa.concat_tables(alone))


def test_without_polars_the_result_is_the_same(monkeypatch: pytest.MonkeyPatch, mixed: Book) -> None:
    whole = tag(mixed, load()).value
    monkeypatch.setattr(match, "polars", lambda: None)
    assert same(whole, tag(mixed, load()).value)


def seconds(texts: list[str]) -> float:
    given = book_of(texts)
    began = time.process_time()
    assert tag(given, load()).value.num_rows == len(texts)
    return time.process_time() - began


@pytest.mark.parametrize(
    "piece", ["光伏电站建设，", "某某新能源有限公司", "甲(乙丙)公司", "2×660MW机组PUE1.2 ", "wind farm of a co., ltd. ", "😀", "㎡"]
)
def test_ten_megabytes_in_one_cell_take_linear_time(piece: str) -> None:
    tag(book_of(["光伏"]), load())
    size = 10_000_000 // len(piece.encode())
    assert seconds([piece * size]) < 40 * max(seconds([piece * (size // 10)]), 0.2)  # ten times as long; a hundred if it were squared


def test_many_empty_and_emoji_purposes_are_questions() -> None:
    texts = ["", " ", "😀", "🚲☀️✨"] * 5000
    found = tag(book_of(texts), load(), editions=(NEW,)).value
    assert set(found["decision"].to_pylist()) <= {"green", "not_green", "review"}
    assert seconds([""] * 20_000) < 20


def test_a_name_ends_so_that_the_quick_search_and_the_pattern_agree() -> None:
    names = lexicon(load(), (NEW,)).tag_words.names
    ends, stops = [fold(e) for e in names.ends], [fold(s) for s in names.stops]
    overlapping = [(a, b) for a in ends for b in ends for n in range(1, len(a)) if len(a) - n < len(b) and b.startswith(a[n:])]
    assert not overlapping, "an ending that begins inside another one and ends behind it"
    assert not [(s, e) for s in stops for e in ends if re.search(f"{e}.", s)], "a stop that goes on behind an ending"


def test_offsets_of_characters_that_become_several() -> None:
    texts = ["①㎡…风电", "㎡", "", "风电㎡风电"]
    body = corpus(texts)
    hits = match.find(["风电", "m2"], body)
    spans = [body.span(int(t), int(s), int(e)) for t, s, e in zip(hits.text, hits.start, hits.end, strict=True)]
    assert [texts[t][a:b] for t, (a, b) in zip(hits.text.tolist(), spans, strict=True)] == ["㎡", "风电", "㎡", "风电", "㎡", "风电"]

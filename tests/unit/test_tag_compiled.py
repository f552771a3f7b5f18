"""Compiled looks through texts find what the columns find, and are only used where they pay and work."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc

import numpy as np
import pyarrow as pa
import pytest

from greenfin.reference.load import load
from greenfin.tag import compiled
from greenfin.tag import likeness as columns
from greenfin.tag.company_names import in_names
from greenfin.tag.compiled import kernel, way_for, works
from greenfin.tag.evidence import Items, listed
from greenfin.tag.grams import _plain, all_signs
from greenfin.tag.lexicon import lexicon
from greenfin.tag.likeness import read_weights
from greenfin.tag.match import find
from greenfin.tag.near import gapped, marks
from greenfin.tag.normalise import corpus
from greenfin.tag.packed import Bits
from greenfin.tag.reading import Named, read, said_of
from greenfin.tag.signals import mentions_of

NEW = "green-finance-2025"
WORDS = lexicon(load(), (NEW,))
MANY = 10**6
TEXTS = [
    *("", "甲", "aaaa", "wind farms", "windfarmsx", "用于建设光伏发电站，绿色建筑改造", "向（一二）绿能股份有限公司支付货款", "风" * 70),
    *("甲乙公司" * 9, "1234，，，。。。56", "污水 处理厂的提标改造及管网建设；节能、环保、节水改造", "😀光伏🚲", "新能源汽车充电桩" * 40),
]


@pytest.fixture(autouse=True)
def _again() -> None:
    works.cache_clear()


@pytest.mark.parametrize("texts", [["z", *TEXTS, "㎡㎏ ５０ＭＷ 風電", "a\nb é"], ["z"], ["z", ""]])
def test_texts_are_read_and_written_the_same(texts: list[str]) -> None:
    given = pa.array(texts, pa.string()).slice(1)
    one, other = corpus(given), corpus(given, way="compiled")
    assert (one.text, one.lines.to_pylist()) == (other.text, other.lines.to_pylist())
    for name in ("codes", "starts", "ends", "raw", "offsets", "origin"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


def test_flags_in_bits_are_the_flags() -> None:
    flags = np.random.default_rng(7).random((5, 37)) < 0.4
    bits, rows, columns = Bits.of(flags), np.array([0, 4, 2, 2]), np.array([0, 36, 8, 7])
    assert np.array_equal(bits.row(3), flags[3])
    assert np.array_equal(bits.any_of([1, 2]), flags[1] | flags[2])
    assert np.array_equal(bits.at(rows, columns), flags[rows, columns])
    assert np.array_equal(bits.at(2, columns), flags[2, columns])


def test_all_hits_are_the_same_and_in_the_same_order() -> None:
    words = ("a", "aa", "aaa", "wind", "wind farm", "光伏", "光伏发电", "发电站")
    for known, texts in ((words, TEXTS), (WORDS.words, TEXTS), (WORDS.words, [])):
        body = corpus(texts)
        one, other = find(known, body), find(known, body, way="compiled")
        assert all(np.array_equal(getattr(one, name), getattr(other, name)) for name in one.__slots__)


def test_words_in_two_parts_are_the_same() -> None:
    parts = [(WORDS.words[first], WORDS.words[second]) for _, first, second in WORDS.gaps[:60]]
    texts = [first + between + second for first, second in parts for between in ("", "甲", "，", "及", first, "丙" * 6, "丙" * 7, second)]
    body = corpus(texts)
    stops = marks(body, ands=WORDS.tag_words.ands, places=WORDS.tag_words.places).parts
    hits = find(WORDS.words, body)
    one, other = gapped(body, hits, WORDS.gaps, stops=stops), kernel("words").with_gaps(WORDS, body, hits)
    assert len(one.word) > len(hits.word)
    assert all(np.array_equal(getattr(one, name), getattr(other, name)) for name in one.__slots__)


def test_names_are_the_same() -> None:
    body = corpus([*TEXTS, "to Green Power Co., Ltd for wages", "(甲)公司", "（甲乙）公司", "甲（乙丙）集团（丁）有限公司"])
    at = np.arange(len(body.codes))
    one, other = (in_names(body, WORDS.tag_words.names, starts=at, ends=at + 1, way=way) for way in ("", "compiled"))
    assert one.any()
    assert np.array_equal(one, other)


def test_likeness_is_the_same() -> None:
    edition = WORDS.editions[NEW]
    weights = read_weights(edition.catalogue.folder, edition.codes)
    assert weights is not None
    body, size = corpus(["", *TEXTS]), len(TEXTS)
    texts, rows = [np.arange(1, size + 1), np.arange(size)], np.arange(0, size, 2)
    ways = [(look, look.read_runs(body, texts, np.arange(size) % 4 - 1, weights=weights)) for look in (columns, kernel("likeness"))]
    (_, one), (_, other) = ways
    assert np.array_equal(one.green, other.green)
    assert np.array_equal(one.scale, other.scale)
    found = [look.likeness(runs, rows, weights=weights) for look, runs in ways]
    assert all(np.array_equal(getattr(found[0], name), getattr(found[1], name)) for name in found[0].__slots__)


def test_runs_that_speak_for_a_leaf_are_the_same() -> None:
    edition = WORDS.editions[NEW]
    weights = read_weights(edition.catalogue.folder, edition.codes)
    assert weights is not None
    texts = [*TEXTS, "12海上风电345，  wind farm 67", "，，海上风电，，", "77光伏发电99"]
    body, rows = corpus(["", *texts]), np.tile(np.arange(len(texts) + 1), 200)
    leaf = np.random.default_rng(3).integers(0, len(edition.codes), len(rows))
    (one, run), (other, same) = (look.known_grams(body, rows, weights=weights, leaf=leaf) for look in (columns, kernel("likeness")))
    assert len(run) > 1000
    assert np.array_equal(run, same)
    assert all(np.array_equal(getattr(one, name), getattr(other, name)) for name in one.__slots__)


def test_what_is_kept_of_a_very_long_text_is_what_it_holds() -> None:
    edition = WORDS.editions[NEW]
    weights = read_weights(edition.catalogue.folder, edition.codes)
    assert weights is not None
    for text in ("〇" * 10**5, "新能源汽车充电桩" * 10**4):
        body = corpus(["", "甲", text])
        texts, none = [np.arange(3), np.zeros(3, dtype=np.int64)], np.full(3, -1)
        one, other = (look.read_runs(body, texts, none, weights=weights) for look in (columns, kernel("likeness")))
        assert np.array_equal(np.bincount(one.row, minlength=3), np.diff(other.first))
        tracemalloc.start()
        kernel("likeness").read_runs(body, texts, none, weights=weights)
        assert tracemalloc.get_traced_memory()[1] < 5 * 8 * len(text)  # bytes of five numbers a sign
        tracemalloc.stop()


def test_sums_of_weights_are_exact_so_that_their_order_does_not_matter() -> None:
    edition = WORDS.editions[NEW]
    weights = read_weights(edition.catalogue.folder, edition.codes)
    assert weights is not None
    for held in (weights.weight, weights.green):
        of_2_to_the_27 = held.astype(np.float64) * 2**27
        assert np.array_equal(of_2_to_the_27, np.round(of_2_to_the_27))


def test_groups_of_texts_are_the_same() -> None:
    size, draw, groups = 200, np.random.default_rng(7), len(WORDS.groups)
    few = np.concatenate(
        [np.flatnonzero(WORDS.is_kind("brown")), np.flatnonzero(WORDS.is_of("certain_asset")), draw.integers(0, groups, 40)]
    )
    text, in_head = np.sort(draw.integers(0, size - 1, 900)), draw.random(900) < 0.6
    place = np.where(in_head, draw.random(900), -1).astype(np.float32)
    marked = {3: np.array([0, 0, 5, size - 1]), groups - 1: np.arange(size), 7: np.zeros(0, dtype=np.int64)}
    named = Named(text, draw.choice(few, 900), place, in_head)
    one, other = (said(WORDS, named, marked=marked, size=size) for said in (said_of, kernel("reading").said_of))
    for mine, same in (
        (one.group, other.group),
        (one.place, other.place),
        (one.rows.of, other.rows.of),
        (one.rows.first, other.rows.first),
    ):
        assert np.array_equal(mine, same)
    assert len(one.group) < len(text) + WORDS.in_unions.expand(named.group)[0].size + size + 3


def test_mentions_of_cases_are_the_same() -> None:
    said = read([*TEXTS, "个人汽车贷款", "绿色建筑", "个人消费贷款购买新能源汽车"], WORDS).said
    size, draw = len(said.rows.first) - 1, np.random.default_rng(5)
    sources = [np.where(draw.random(300) < share, 0, draw.integers(0, size, 300)) for share in (0.4, 0.5, 0.1)]
    speaks = draw.random(len(WORDS.groups)) < 0.5
    (present, one), (same, other) = (mentions(sources, said, speaks) for mentions in (mentions_of, kernel("signals").mentions))
    assert present.size == same.size
    assert np.array_equal(present.packed, same.packed)
    assert all(np.array_equal(getattr(one, name), getattr(other, name)) for name in one.__slots__)
    assert len(one.case) > 100


def test_evidence_is_written_the_same() -> None:
    texts = ["", 'a"b\\c\x01\x7f\té 风😀' * 3, "〇" * 12345, "x", *TEXTS]
    body = corpus([*texts, "㎡" * 30])
    size, draw = 400, np.random.default_rng(6)
    text = draw.choice(np.flatnonzero(body.ends > body.starts), size)
    ends = np.append(body.offsets, len(body.raw))[text + 1] - 1
    start = draw.integers(body.offsets[text], ends)
    case = np.sort(draw.integers(0, 300, size))
    names = ("", "D3.2.2", 'rule "of" one')
    items = Items(case, draw.integers(0, 3, size), text, start, draw.integers(start + 1, ends + 1), draw.integers(0, 3, size))
    one, other = (listed(items, 310, body, names) for listed in (listed, kernel("evidence").listed))
    other.validate(full=True)
    assert one.equals(other)
    assert [json.loads(row) for row in one.to_pylist()].count([]) > 10
    nothing = items.take(np.zeros(0, dtype=np.int64))
    assert kernel("evidence").listed(nothing, 0, body, names).to_pylist() == []
    assert kernel("evidence").listed(nothing, 2, body, names).to_pylist() == listed(nothing, 2, body, names).to_pylist() == ["[]", "[]"]


def test_each_code_point_counts_as_the_same_sign() -> None:
    codes = np.arange(0, 0x30000, dtype=np.uint32)
    assert np.array_equal(_plain(codes), all_signs()[codes])


def test_only_many_loans_are_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert works()
    assert (way_for("", MANY), way_for("search", MANY), way_for("", 1000)) == ("compiled", "search", "")
    monkeypatch.setattr(compiled, "works", lambda: pytest.fail("looked for"))
    assert way_for("", 1000) == ""


@pytest.mark.parametrize("wrong", [ImportError, RuntimeError, OSError])
def test_what_cannot_be_compiled_is_done_in_columns(monkeypatch: pytest.MonkeyPatch, wrong: type[Exception]) -> None:
    def fails(name: str) -> None:
        raise wrong(name)

    monkeypatch.setattr(compiled, "kernel", fails)
    assert way_for("", MANY) == ""


@pytest.mark.slow
def test_numba_is_not_read_until_it_is_needed_and_may_be_missing() -> None:
    code = """
import sys
import greenfin.tag
assert "numba" not in sys.modules
sys.modules["numba"] = None
from greenfin.tag.compiled import works
assert not works()
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""Words looked up in whole columns: those that a plain search finds, wherever they stand."""

from __future__ import annotations

import random

import numpy as np
import pytest

from greenfin.tag import match
from greenfin.tag.match import find
from greenfin.tag.normalise import corpus
from greenfin.tag.trie import _step, trie


def found(words: list[str], text: str) -> list[tuple[int, str]]:
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    walked = [(at, word, size) for at, word, size in trie(words).walk(codes) if len(at)]
    assert all(len(words[n]) == size for _, word, size in walked for n in word.tolist())
    return sorted((int(a), words[int(w)]) for at, word, _ in walked for a, w in zip(at, word, strict=True))


@pytest.mark.parametrize("text", ["", "风", "风电", "海上风电场𠮷", "电风电风" * 9])
def test_words_within_words_are_all_found(text: str) -> None:
    words = ["风", "风电", "风电场", "电场", "上风电场𠮷", "场𠮷", "无"]
    assert found(words, text) == sorted((at, word) for word in words for at in range(len(text)) if text.startswith(word, at))


@pytest.mark.parametrize("signs", [2, 5, 300])
def test_many_words_are_found_as_a_plain_search_finds_them(signs: int) -> None:
    rng = random.Random(signs)
    chars = [chr(0x4E00 + 7 * n) for n in range(signs)]
    words = sorted({"".join(rng.choices(chars, k=rng.randint(1, 7))) for _ in range(3000)})
    text = "".join(rng.choices([*chars, "\n"], k=3000))
    assert found(words, text) == sorted((at, word) for word in words for at in range(len(text)) if text.startswith(word, at))


@pytest.mark.parametrize("size", [61, 100, 127])
def test_pairs_that_find_no_room_under_one_hash_get_another(size: int) -> None:
    for seed in range(60):
        pairs = np.random.default_rng(seed).choice(9000, size, replace=False).astype(np.int64)
        step = _step(pairs, pairs[:0], pairs[:0])
        assert (step.pair[step.nodes(pairs)] == pairs).all()


def test_nothing_is_looked_for() -> None:
    assert found([], "风电") == []


def test_no_word_is_lost_where_a_corpus_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    body = corpus(["海上风电场", "", "风电" * 40, "x", "光伏风电"])
    whole = find(["风电", "电风", "光伏风电"], body)
    for size in (1, 2, 7, 50):
        monkeypatch.setattr(match, "_AT_ONCE", size)
        parts = find(["风电", "电风", "光伏风电"], body)
        assert all((getattr(parts, name) == getattr(whole, name)).all() for name in ("word", "text", "start", "end"))

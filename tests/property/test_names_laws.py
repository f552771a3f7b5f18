"""Laws of names: order, chunks and threads change nothing; the quick way finds what comparing every pair finds."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Indel

from greenfin import names
from greenfin.core.columns import table_of
from greenfin.core.records import Book
from greenfin.names.near import BRAND, WHOLE, near, pairs_in_common
from greenfin.names.parts import parts_of
from greenfin.names.words import places

DAY = date(2025, 12, 31)
SIGNS = "华能源泰恒瑞新科技电力光伏风东西北京成都石油时由"
NAMES = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "北京", "北京市", "四川省成都市", "上海"]),
        st.text(SIGNS, min_size=1, max_size=5),
        st.sampled_from(["", "科技", "新能源", "环保工程"]),
        st.sampled_from(["", "有限公司", "有限责任公司", "股份有限公司", "集团有限公司", "（北京）有限公司", "有限公司成都分公司"]),
    ),
)
WORDS = st.one_of(st.text(SIGNS, max_size=6), st.text("abcd ", max_size=8).map(str.strip))


def books(ours: list[str], theirs: list[str]) -> tuple[Book, Book]:
    loans = table_of("loans", {"loan_id": [f"{i:04d}" for i in range(len(ours))], "customer_name": ours})
    customers = table_of("customers", {"customer_no": [f"{i:04d}" for i in range(len(theirs))], "customer_name": theirs})
    return Book(as_of=DAY, loans=loans), Book(as_of=DAY, customers=customers)


def found(ours: list[str], theirs: list[str], **how: int) -> set[tuple[object, ...]]:
    """Matches by name, whatever the order of the rows; equal names on a side stand for each other."""
    loans, companies = books(ours, theirs)
    rows = names.match(loans, companies, **how).value.to_pylist()
    return {
        (ours[int(r["loan_id"])], r["customer_no"] and theirs[int(r["customer_no"])], r["way"], r["score"], r["accepted"], r["difference"])
        for r in rows
    }


@given(st.lists(NAMES, max_size=12), st.lists(NAMES, max_size=12, unique=True), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_order_chunks_and_threads_change_nothing(ours: list[str], theirs: list[str], seed: int) -> None:
    plain = found(ours, theirs)
    assert found(ours, theirs, chunk=1, workers=1) == plain
    assert found(ours, theirs, chunk=3, workers=2) == plain
    rng = random.Random(seed)
    assert found(rng.sample(ours, len(ours)), rng.sample(theirs, len(theirs))) == plain


@given(st.lists(WORDS, max_size=25), st.lists(WORDS, max_size=25), st.sampled_from([1, 4, 1000]))
@settings(max_examples=150, deadline=None)
def test_near_pairs_are_those_of_comparing_every_pair(ours: list[str], theirs: list[str], chunk: int) -> None:
    pairs = near((ours, ours), (theirs, theirs), chunk=chunk)
    got = {(int(i), int(j)): s for i, j, s in zip(pairs.left, pairs.right, pairs.score, strict=True)}
    want = {}
    for i, one in enumerate(ours):
        for j, other in enumerate(theirs):
            score, brand = Indel.normalized_similarity(one, other), _brands(one.replace(" ", ""), other.replace(" ", ""))
            if one and other and score >= WHOLE - 1e-9 and brand:
                want[i, j] = score
    assert got == want


def _brands(one: str, other: str) -> bool:
    if one.isascii() and other.isascii() and pairs_in_common(one, other) < BRAND:
        return False
    return Indel.normalized_similarity(one, other) >= BRAND


@given(NAMES)
@settings(max_examples=100, deadline=None)
def test_taking_apart_again_changes_nothing(name: str) -> None:
    """A name put together of its parts has these parts; of two places in a row the first is the place, whichever stands there."""
    parts = parts_of([name])
    core, place = parts.core[0].as_py(), parts.city[0].as_py() or parts.province[0].as_py()
    again = parts_of([f"{core}({place})" if place else core])
    if len(core) >= 2 and not core.startswith(tuple(places())):
        assert again.whole.to_pylist() == parts.whole.to_pylist()


@given(NAMES, NAMES)
@settings(max_examples=150, deadline=None)
def test_two_names_are_to_each_other_what_they_are_the_other_way_round(one: str, other: str) -> None:
    forth, back = ({row[2:5] for row in found([a], [b])} for a, b in ((one, other), (other, one)))
    persons = {("person", None, None)}
    assert forth == back or persons in (forth, back)


@pytest.mark.parametrize("size", [1, 7, 2000])
def test_the_benchmark_keeps_its_true_pairs_and_takes_no_homophone(size: int) -> None:
    from benchmarks.names import books as named
    from benchmarks.names import made, quality

    labelled = made(600, 300, seed=size)
    said = quality(labelled)
    assert said["recall"] == 1
    assert said["homophones"]
    assert (said["homophones_accepted"], said["homophones_offered"], said["accepted_wrongly"]) == (0, 0, 0)
    loans, companies = named(labelled)
    assert names.match(loans, companies, chunk=size, workers=1).value.equals(names.match(loans, companies).value)

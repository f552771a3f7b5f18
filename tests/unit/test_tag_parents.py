"""A class instead of a leaf: where two of its leaves are nearly alike, and where the words reach no further."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from greenfin.aggregate import Facts, outcomes
from greenfin.core.columns import empty, table_of
from greenfin.core.records import Book
from greenfin.reference.editions import method_for
from greenfin.reference.load import load
from greenfin.tag.normalise import fold
from greenfin.tag.parents import NO_CLASS, TIED, Classes, classes_of, only_class, tied

CATALOGUE = load().catalogues["green-finance-2025"]
LEAVES = tuple(e.code for e in CATALOGUE.leaves())


def classes(weak: tuple[str, ...] = ("清洁能源", "低碳", "节能")) -> Classes:
    return classes_of(CATALOGUE, LEAVES, weak=weak)


def code(found: Classes, at: int) -> str | None:
    return None if at == NO_CLASS else found.codes[at]


@pytest.mark.parametrize(
    ("leaf", "runner_up", "apart", "expected"),
    [
        ("4.2.1", "4.2.2", TIED / 2, "4.2"),
        ("4.2.1", "4.2.2", TIED * 2, None),
        ("4.2.1", "4.1.1", 0.0, None),
        ("4.2.1", None, 0.0, None),
        (None, "4.2.2", 0.0, None),
    ],
)
def test_two_leaves_of_a_class_nearly_alike(leaf: str | None, runner_up: str | None, apart: float, expected: str | None) -> None:
    of = classes()
    at = {c: n for n, c in enumerate(LEAVES)} | {None: -1}
    (found,) = tied(
        of,
        leaf=np.array([at[leaf]]),
        score=np.array([0.8]),
        runner_up=np.array([at[runner_up]]),
        runner_up_score=np.array([0.8 - apart]),
    )
    assert code(of, int(found)) == expected


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ((), None),
        (("4.2",), "4.2"),
        (("4", "4.2"), "4.2"),
        (("4.1", "4.2"), "4"),
        (("4.2", "6.2"), None),
        (("4",), "4"),
        (("4", "6"), None),
    ],
)
def test_the_words_reach_a_class(named: tuple[str, ...], expected: str | None) -> None:
    of = classes()
    present = np.array([[c in named for c in of.codes]])
    assert code(of, int(only_class(of, present)[0])) == expected


def test_words_of_a_class_are_its_names_and_green_words_that_no_leaf_has() -> None:
    of = classes()
    words = dict(zip(of.codes, of.words, strict=True))
    assert {fold("清洁能源设施建设和运营"), fold("clean energy facility construction and operation"), "清洁能源项目"} <= set(words["4.2"])
    assert "发电项目" not in words["4.2"]
    of_leaves = {fold(w) for leaf in CATALOGUE.leaves() for w in leaf.words}
    names = {fold(e.name_zh) for e in CATALOGUE.entries.values()} | {fold(e.name_en) for e in CATALOGUE.entries.values()}
    assert not ({w for own in of.words for w in own} - names) & of_leaves


def test_a_class_is_counted_under_its_top_class_and_has_no_method_of_its_own() -> None:
    book = Book(
        date(2025, 12, 31), loans=table_of("loans", [{"loan_id": c, "receipt_no": c, "balance_fen": 100} for c in ("leaf", "class")])
    )
    rows = [{"loan_id": n, "edition": CATALOGUE.id, "decision": "green", "share_ppm": 1_000_000} for n in ("leaf", "class")]
    tags = table_of("tags", [{**rows[0], "code": "4.2.1"}, {**rows[1], "code": "4.2"}])
    nothing = (empty("measurements"), empty("parts"), empty("emissions"))
    facts = Facts(book, tags, *nothing, policy=load().policies["working"], year=2025, reference=load())
    found = outcomes(facts)
    assert found.column("class1").to_pylist() == ["4", "4"]
    assert found.column("class2").to_pylist() == ["4.2", "4.2"]
    assert found.column("outcome").to_pylist() == ["green", "green"]
    assert method_for(load().method_map, CATALOGUE.id, "4.2", date(2025, 12, 31)) is None

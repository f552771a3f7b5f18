"""A learned model: what it may move and what not, how it learns, and files that only look like one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from greenfin.core.problems import Refused
from greenfin.reference.load import load
from greenfin.tag.features import Said, cleaned, pieces
from greenfin.tag.learn import NEEDED, Lesson, fitted, grouped
from greenfin.tag.model import Model, moved, parsed, read_model

ABOUT = {"edition": "green-finance-2025", "reference": "0", "greenfin": "0", "as_of": "2025-12-31", "trained_on": {}, "quality": {}}
NEVER: dict[str, float | None] = {
    "review_green": None,
    "review_not_green": None,
    "green_review": None,
    "not_green_review": None,
    "swap": None,
}


def said(*rows: tuple[str, str, str, str, str], ruled: bool = False) -> Said:
    """Cases of (text, decision, reason, code, runner-up)."""
    columns = [np.array(column, dtype=object) for column in zip(*rows, strict=True)]
    score = np.full(len(rows), 0.5)
    where = np.arange(len(rows), dtype=np.int64)
    return Said(
        [r[0] for r in rows], where, columns[1], columns[3], columns[4], score, score - 0.1, columns[2], np.full(len(rows), ruled)
    )  # fmt: skip


def model(weights: dict[str, float], entries: dict[str, dict[str, float]] | None = None, **moves: float) -> Model:
    return Model(0.0, weights, entries or {}, {}, {**NEVER, **moves}, ABOUT)


CASES = (
    ("甲类项目", "review", "tag.doubtful", "4.2.2", "4.2.1"),
    ("甲类项目", "not_green", "tag.no_entry", "", "4.2.1"),
    ("甲类项目", "green", "tag.by_words", "4.2.2", ""),
    ("乙类项目", "review", "tag.doubtful", "4.2.2", "4.2.1"),
    ("乙类项目", "green", "tag.by_words", "4.2.2", "4.2.1"),
    ("乙类项目", "not_green", "tag.no_entry", "", "4.2.1"),
    ("甲类项目", "review", "tag.weak_words", "", ""),
    ("甲类项目", "not_green", "tag.no_entry", "", ""),
    ("甲类项目", "review", "tag.industry_contradicts", "4.2.2", ""),
)
BOLD = {"review_green": 0.6, "review_not_green": 0.4, "green_review": 0.4, "not_green_review": 0.6}


def test_decided_goes_to_review_and_review_is_decided_never_green_to_not_green() -> None:
    found = moved(model({"text:甲类": 3.0, "text:乙类": -3.0}, **BOLD), said(*CASES), activities={})
    assert found.decision.tolist() == ["green", "review", "green", "not_green", "review", "not_green", "review", "not_green", "review"]
    pairs = {(was[1], now) for was, now in zip(CASES, found.decision, strict=True)}
    assert not pairs & {("green", "not_green"), ("not_green", "green")}


def test_what_a_rule_decided_stays() -> None:
    given = said(*CASES, ruled=True)
    found = moved(model({"text:甲类": 3.0, "text:乙类": -3.0}, swap=0.5, **BOLD), given, activities={})
    assert found.decision.tolist() == given.decision.tolist()
    assert not found.swapped.any()
    assert set(found.told.to_pylist()) == {None}


def test_a_model_without_moves_moves_nothing() -> None:
    given = said(*CASES)
    found = moved(model({"text:甲类": 9.0}), given, activities={})
    assert not found.changed(given).any()
    assert json.loads(found.told[0].as_py())["moved"] is None


def test_the_two_entries_change_places() -> None:
    weights = {"4.2.1": {"text:甲类": 2.0}, "4.2.2": {"text:乙类": 2.0}}
    found = moved(model({}, weights, swap=0.7), said(*CASES), activities={})
    assert found.swapped.tolist() == [True, *[False] * 8]  # only where both are there and the words speak for the other
    told = json.loads(found.told[0].as_py())
    assert told["moved"] == "4.2.2->4.2.1"
    assert told["weights"] == [{"feature": "text:甲类", "weight": -2.0}]


def test_the_weights_of_a_decision_are_told() -> None:
    told = json.loads(moved(model({"text:甲类": 3.0, "score": 1.0}, **BOLD), said(*CASES), activities={}).told[0].as_py())
    assert told["moved"] == "review->green"
    assert told["weights"][0] == {"feature": "text:甲类", "weight": 3.0}
    assert told["green"] == pytest.approx(1 / (1 + np.exp(-3.5)), abs=1e-4)


def test_pieces_of_texts() -> None:
    assert set(pieces(cleaned(["光伏电站50MW"])[0])) == {"光伏", "伏电", "电站", "光伏电", "伏电站", "光伏电站", " mw "}


# learning


def lesson(*, green: int = 40, not_green: int = 40) -> Lesson:
    """Reviewers decide by a word that the tagger does not know: 甲型 is green (of 4.2.1, its second entry), 乙型 is not."""
    nouns = [f"{a}{b}" for a in "东西南北中上下左右前" for b in "山河湖海城镇村路桥港"]
    texts = [f"{noun}甲型装置" for noun in nouns[:green]] + [f"{noun}乙型装置" for noun in nouns[:not_green]]
    given = said(*[(t, "review", "tag.doubtful", "4.2.2", "4.2.1") for t in texts])
    label = np.array(["green"] * green + ["not_green"] * not_green, dtype=object)
    accepted = [("4.2.1",)] * green + [()] * not_green
    return Lesson(given, label, accepted, np.arange(len(texts), dtype=np.int64), {})


def test_it_learns_what_the_tagger_has_wrong() -> None:
    taught = lesson()
    learned = fitted(taught, ABOUT)
    assert learned.about["quality"]["before"] == {"right": 0, "wrong": 0, "review": 80}
    assert learned.about["quality"]["after"]["right"] == 80
    found = moved(learned, said(("新的甲型装置", "review", "tag.doubtful", "4.2.2", "4.2.1")), activities={})
    assert (found.decision.tolist(), found.swapped.tolist()) == (["green"], [True])
    found = moved(learned, said(("新的乙型装置", "review", "tag.doubtful", "4.2.2", "4.2.1")), activities={})
    assert found.decision.tolist() == ["not_green"]


def test_labels_without_a_pattern_move_nothing() -> None:
    taught = lesson()
    shuffled = np.random.default_rng(3).permutation(taught.label)
    learned = fitted(replace(taught, label=shuffled, accepted=[()] * 80), ABOUT)
    assert learned.moves["review_green"] is None
    assert learned.moves["review_not_green"] is None
    assert learned.about["quality"]["roc_auc"] < 0.7


def test_the_same_decisions_give_the_same_bytes() -> None:
    assert fitted(lesson(), ABOUT).text() == fitted(lesson(), ABOUT).text()


def test_duplicates_are_never_on_both_sides_of_a_trial() -> None:
    """Four texts a hundred times over: held apart they teach nothing of each other, so no quality comes of remembering them."""
    texts = [
        f"{mark}{'建设' if n % 2 else '采购'}"
        for n, mark in enumerate("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章")
    ]
    label = np.array(["green" if n in LOT else "not_green" for n in range(40)] * 5, dtype=object)
    given = said(*[(t, "review", "tag.doubtful", "4.2.2", "") for t in texts * 5])
    groups = grouped(given.texts, given.where, pa.chunked_array([pa.nulls(200, pa.string())]))
    assert len(set(groups.tolist())) == 40
    held = fitted(Lesson(given, label, [()] * 200, groups, {}), ABOUT)
    leaked = fitted(Lesson(given, label, [()] * 200, np.arange(200, dtype=np.int64), {}), ABOUT)
    assert held.about["quality"]["roc_auc"] < 0.75 < leaked.about["quality"]["roc_auc"]


LOT = frozenset(np.random.default_rng(7).permutation(40)[:20].tolist())


def test_texts_of_a_project_or_alike_but_for_figures_belong_together() -> None:
    texts = ["一期 50 兆瓦", "一期 60 兆瓦", "别的", "另外"]
    projects = pa.chunked_array([pa.array([None, "P1", "P1", None])])
    groups = grouped(texts, np.arange(4, dtype=np.int64), projects)
    assert groups[0] == groups[1] == groups[2] != groups[3]


@pytest.mark.parametrize(("green", "not_green"), [(NEEDED - 1, 60), (60, NEEDED - 1), (60, 0)])
def test_too_few_or_one_sided(green: int, not_green: int) -> None:
    with pytest.raises(Refused) as refused:
        fitted(lesson(green=green, not_green=not_green), ABOUT)
    assert refused.value.problem.code == "tag.learn_too_few"
    assert refused.value.problem.params["needed"] == NEEDED


# files


def test_a_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    learned = fitted(lesson(), ABOUT)
    path = tmp_path / "model.json"
    path.write_text(learned.text(), "utf-8")
    found = read_model(path, load())
    assert found.value == learned
    assert found.value.version == learned.version
    assert [p.code for p in found.problems] == ["tag.model_other_reference"]


def changed(path: tuple[str, ...], value: object) -> str:
    whole: dict[str, Any] = json.loads(model({"text:甲": 1.0}).text())
    at = whole
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    return json.dumps(whole)


HOSTILE = {
    "not json": "{",
    "a list": "[]",
    "another kind": changed(("kind",), "x"),
    "a later format": changed(("format",), 2),
    "an unknown key": changed(("more",), 1),
    "a nan": changed(("verdict", "weights", "text:甲"), float("nan")),
    "an infinite": changed(("verdict", "intercept"), float("inf")),
    "a huge weight": changed(("verdict", "weights", "text:甲"), 1e9),
    "a weight beyond any float": changed(("verdict", "weights", "text:甲"), 10**400),
    "a text for a weight": changed(("verdict", "weights", "text:甲"), "1"),
    "a flag for a weight": changed(("verdict", "intercept"), True),
    "a list of weights": changed(("verdict", "weights"), [1]),
    "a threshold of one": changed(("moves", "swap"), 1),
    "an unknown move": changed(("moves", "green_not_green"), 0.5),
    "a leaf that is no block": changed(("entries", "weights", "4.2.2"), 1),
    "a long name": changed(("verdict", "weights", "x" * 100), 1),
    "too many weights": changed(("verdict", "weights"), {str(n): 1 for n in range(60_000)}),
    "too many weights by leaf": changed(("entries", "weights"), {str(n): {str(m): 1 for m in range(600)} for n in range(100)}),
    "an edition that is a number": changed(("edition",), 2025),
    "keys twice": '{"kind": "greenfin.tag.model", "kind": "greenfin.tag.model"}',
    "very deep": "[" * 200_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_are_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parsed(text, where="model.json")
    assert refused.value.problem.code in {"tag.model_wrong", "tag.model_unreadable"}


def test_a_huge_or_binary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    for content in (b" " * 9_000_000, b"\x80\x04\x95pickle"):
        path.write_bytes(content)
        with pytest.raises(Refused):
            read_model(path, load())

"""Likeness: runs of signs, weights made by hand with scores worked out by hand, and what they may and may not change."""

from __future__ import annotations

import json
from datetime import date
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from greenfin.core.columns import table_of
from greenfin.core.problems import BadReference
from greenfin.core.records import Book
from greenfin.reference.likeness import BIAS, FILE, GREEN, read_likeness
from greenfin.reference.load import Reference, load, snapshot
from greenfin.reference.rules import ACTIVITIES
from greenfin.tag import tag
from greenfin.tag.grams import grams, key_of, written
from greenfin.tag.lexicon import lexicon
from greenfin.tag.likeness import activity_sign, known_grams, likeness, read_runs, read_weights
from greenfin.tag.normalise import corpus

NEW = "green-finance-2025"
LEAF = "1.1.7"
CODES = ("a", "b")
UNSAID, MAKE = -1, ACTIVITIES.index("make")
GROUPS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parents[1] / "cases" / "tagging.yaml").read_text("utf-8"))
TEXTS = [row[0] for group in GROUPS for row in group["texts"]]
OPEN = [
    *("原农药厂退役地块异位热脱附加固化稳定化修复", "青海八眉猪国家级保种场活体保种群扩繁"),
    *("流域生态风险早期预警与修复项目一张图信息系统", "公共建筑能效标识测评和运行阶段碳排放检测"),
    *("主要污染物排放权指标储备库建设", "碳酸锂副产物回收利用产线", "替钢厂搭建能源管理平台的实施费用", "购苗木"),
]
Row = tuple[str, str, float]
BY_HAND: list[Row] = [
    *((BIAS, "a", 0.1), (BIAS, "b", -0.2), (BIAS, GREEN, -0.5)),
    *(("风电", "a", 1.0), ("风电", GREEN, 0.6), ("wind", "b", 0.8), ("海上风电", "b", 0.5)),
    *((activity_sign(UNSAID), "a", 0.2), (activity_sign(MAKE), "b", 0.4)),
]


def put(folder: Path, rows: list[Row]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    runs, entries, weights = zip(*rows, strict=True)
    table = pa.table({"run": pa.array(runs), "entry": pa.array(entries), "weight": pa.array(weights, pa.float32())})
    pq.write_table(table, folder / FILE)
    return folder


# runs of signs


@pytest.mark.parametrize("text", ["风电", "光伏板", "海上风电", "0吨", "wind", "d fa", " pv 0 x", "abcdefg"])
def test_a_run_is_its_key(text: str) -> None:
    assert written(key_of(text)) == text


def test_runs_of_a_text() -> None:
    found = grams(corpus(["５０MW风电场", "", "a-b 12"]), np.arange(3))
    runs = sorted((int(row), written(int(key))) for row, key in zip(found.row, found.key, strict=True))
    chinese = ["0mw风", "mw风", "mw风电", "w风", "w风电", "w风电场", "风电", "风电场", "电场"]
    latin = [" 0mw", " a b", " a b ", " a b 0", " a b 0 ", "a b ", "a b 0", "a b 0 ", " b 0", " b 0 ", "b 0 "]
    assert runs == sorted([*((0, run) for run in [*chinese, " 0mw"]), *((2, run) for run in latin if run != " 0mw")])


def test_a_run_that_ends_in_a_rare_sign_is_no_latin_one() -> None:
    runs = {written(int(key)) for key in grams(corpus(["三氯甲𠀀"]), np.arange(1)).key}
    assert len(runs) == 6
    assert all(key_of(run) in grams(corpus(["三氯甲𠀀"]), np.arange(1)).key for run in runs)


def test_a_run_stands_where_it_says() -> None:
    body = corpus(["😀㎡１２Wind　风电", "海上风电"])
    found = grams(body, np.array([1, 0]))
    at = (found.row == 1) & (found.key == key_of("wind"))
    start, end = body.spans(found.start[at], found.end[at])
    assert "".join(map(chr, body.raw[start[0] : end[0]])) == "Wind"
    assert written(int(found.key[(found.row == 0) & (found.end - found.start == 4)][0])) == "海上风电"


# weights


def test_scores_worked_out_by_hand(tmp_path: Path) -> None:
    weights = read_weights(put(tmp_path, BY_HAND), CODES)
    assert weights is not None
    body = corpus(["", "风电", "风电，风电", "海上风电 wind", "其他"])
    texts, nothing = np.arange(5), np.zeros(5, dtype=np.int64)
    runs = read_runs(body, [texts, nothing], np.array([UNSAID, UNSAID, UNSAID, MAKE, UNSAID]), weights=weights)
    green = [-0.5, 0.6 / sqrt(2) - 0.5, 1.2 / sqrt(3) - 0.5, 0.6 / sqrt(4) - 0.5, -0.5]
    assert runs.green == pytest.approx(green, abs=1e-6)
    found = likeness(runs, np.array([1, 2, 3, 4]), weights=weights)
    a = [1.2 / sqrt(2) + 0.1, 2.2 / sqrt(3) + 0.1, 1.0 / sqrt(4) + 0.1, 0.2 + 0.1]
    b = [-0.2, -0.2, 1.7 / sqrt(4) - 0.2, -0.2]
    assert found.leaf.tolist() == [0, 0, 1, 0]
    assert found.second.tolist() == [1, 1, 0, 1]
    assert found.score == pytest.approx(np.maximum(a, b), abs=1e-6)
    assert found.second_score == pytest.approx(np.minimum(a, b), abs=1e-6)


def test_purpose_and_project_are_read_together(tmp_path: Path) -> None:
    weights = read_weights(put(tmp_path, BY_HAND), CODES)
    assert weights is not None
    both = read_runs(corpus(["", "风电", "wind"]), [np.array([1]), np.array([2])], np.array([UNSAID]), weights=weights)
    assert likeness(both, np.array([0]), weights=weights).score == pytest.approx([1.2 / sqrt(3) + 0.1], abs=1e-6)


def test_only_runs_with_a_weight_are_found(tmp_path: Path) -> None:
    weights = read_weights(put(tmp_path, BY_HAND), CODES)
    assert weights is not None
    held, place = known_grams(corpus(["甲海上风电乙"]), np.array([0]), weights=weights)
    assert sorted(written(int(key)) for key in held.key) == ["海上风电", "风电"]
    assert (weights.keys[place] == held.key).all()


def test_an_activity_without_a_weight_says_nothing(tmp_path: Path) -> None:
    weights = read_weights(put(tmp_path, [row for row in BY_HAND if not row[0].startswith("@")]), CODES)
    assert weights is not None
    runs = read_runs(corpus(["", "风电", "其他"]), [np.array([1, 2])], np.array([MAKE, UNSAID]), weights=weights)
    assert runs.green == pytest.approx([0.6 - 0.5, -0.5], abs=1e-6)
    assert likeness(runs, np.array([0, 1]), weights=weights).score == pytest.approx([1.0 + 0.1, 0.1], abs=1e-6)


def test_weights_that_changed_are_read_anew(tmp_path: Path) -> None:
    before = read_weights(put(tmp_path, BY_HAND), CODES)
    after = read_weights(put(tmp_path, [*BY_HAND, ("光伏", "b", 0.3)]), CODES)
    assert before is not None
    assert after is not None
    assert len(after.keys) == len(before.keys) + 1


def test_an_edition_without_the_file_has_no_likeness(tmp_path: Path) -> None:
    assert read_likeness(tmp_path, CODES) is None
    assert read_weights(tmp_path, CODES) is None


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([*BY_HAND, ("光伏", "a", float("nan"))], "weight"),
        ([*BY_HAND, ("光伏", "a", float("-inf"))], "weight"),
        ([*BY_HAND, ("光伏", "a", None)], "weight"),
        ([*BY_HAND, (None, "a", 1.0)], "run"),
        ([*BY_HAND, ("太阳能光伏", "a", 1.0)], "run"),
        ([*BY_HAND, ("photovoltaic", "a", 1.0)], "run"),
        ([*BY_HAND, ("@whatever", "a", 1.0)], "run"),
        ([*BY_HAND, ("风\U0001f600", "a", 1.0)], "run"),
        (BY_HAND[3:], "run"),
    ],
)
def test_weights_no_text_can_have_are_refused(rows: list[Row], found: str, tmp_path: Path) -> None:
    with pytest.raises(BadReference) as bad:
        read_likeness(put(tmp_path, rows), CODES)
    assert [(p.code, p.params["found"]) for p in bad.value.problems] == [("reference.likeness_broken", found)]


@pytest.mark.parametrize("entry", ["c", None])
def test_weights_of_no_leaf_are_refused(entry: Any, tmp_path: Path) -> None:
    with pytest.raises(BadReference) as bad:
        read_likeness(put(tmp_path, [*BY_HAND, ("光伏", entry, 1.0)]), CODES)
    assert [p.code for p in bad.value.problems] == ["reference.entry_unknown"]


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    whole = put(tmp_path, BY_HAND).joinpath(FILE).read_bytes()
    for content in (b"", b"PAR1", whole[: len(whole) // 2], whole[:-4], whole[:40] + b"\xff" * 60 + whole[100:]):
        (tmp_path / FILE).write_bytes(content)
        with pytest.raises(BadReference):
            read_likeness(tmp_path, CODES)
    pq.write_table(pa.table({"run": [BIAS], "entry": [GREEN]}), tmp_path / FILE)
    with pytest.raises(BadReference):
        read_likeness(tmp_path, CODES)


# decisions


def book(*purposes: str) -> Book:
    rows = [{"loan_id": str(n), "receipt_no": str(n), "purpose": purpose} for n, purpose in enumerate(purposes)]
    return Book(date(2025, 12, 31), loans=table_of("loans", rows))


def reference(root: Path, rows: list[Row] | None) -> Reference:
    """The shipped data with these weights for the edition, or with none."""
    snapshot(load(), root)
    folder = root / "taxonomy" / NEW
    folder.joinpath(FILE).unlink()
    if rows is not None:
        put(folder, rows)
    return load(root)


def tagged(given: Reference, *purposes: str) -> list[dict[str, Any]]:
    return tag(book(*purposes), given, editions=(NEW,)).value.to_pylist()


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    return reference(tmp_path_factory.mktemp("without"), None)


def all_alike(root: Path, green: float) -> Reference:
    """Every text speaks so much for being green."""
    signs = [(activity_sign(n), LEAF, 0.001) for n in range(-1, len(ACTIVITIES))]
    return reference(root, [(BIAS, GREEN, green), (BIAS, LEAF, 1.0), ("风电", LEAF, 0.1), *signs])


@pytest.fixture(scope="module")
def greener(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    return all_alike(tmp_path_factory.mktemp("greener"), 2.0)


def test_what_a_rule_decides_stays_and_a_plain_rule_is_asked_about(without: Reference, greener: Reference) -> None:
    plain = {rule.id for rule in lexicon(greener, (NEW,)).editions[NEW].rules if rule.plain}
    pairs = [pair for pair in zip(tagged(without, *TEXTS), tagged(greener, *TEXTS), strict=True) if pair[0]["rule"]]
    asked = [(was, now) for was, now in pairs if was["rule"] in plain and was["decision"] == "not_green"]
    assert len(asked) > 10
    assert {(now["decision"], now["reason"], now["code"]) for _, now in asked} == {("review", "tag.alike", LEAF)}
    assert all(now["rule"] == was["rule"] for was, now in asked)
    held = [(was, now) for was, now in pairs if (was, now) not in asked]
    assert len(held) > 50
    assert all(was == now for was, now in held)


def test_what_no_rule_decides_is_answered(without: Reference, greener: Reference) -> None:
    before, after = tagged(without, *OPEN), tagged(greener, *OPEN)
    assert {row["reason"] for row in before} == {"tag.doubtful", "tag.no_entry", "tag.weak_words"}
    assert {(now["decision"], now["reason"], now["code"]) for now in after} == {("green", "tag.by_likeness", LEAF)}
    assert all(now["score"] <= 0.9 for now in after)


def test_a_likelier_leaf_of_the_same_class_is_told_itself(without: Reference, greener: Reference) -> None:
    text = "年产高效节能型空气压缩机5万台"
    (was,), (now,) = tagged(without, text), tagged(greener, text)
    assert (was["code"], was["reason"]) == ("1.1.6", "tag.by_words")
    assert (now["code"], now["runner_up"], now["reason"]) == (LEAF, "1.1.6", "tag.by_words")
    assert "leaf_open" not in json.loads(now["needs"])


def test_likeness_against_the_industry_of_use_is_a_question(greener: Reference) -> None:
    rows = [{"loan_id": code, "receipt_no": code, "purpose": "购苗木", "industry_use": code} for code in ("2511", "3812", "4790")]
    tags = tag(Book(date(2025, 12, 31), loans=table_of("loans", rows)), greener, editions=("green-industry-2019",)).value
    assert "tag.by_likeness" not in tags["reason"].to_pylist()
    tags = tag(Book(date(2025, 12, 31), loans=table_of("loans", rows)), greener, editions=(NEW,)).value
    assert tags["reason"].to_pylist() == ["tag.industry_contradicts", *("tag.by_likeness",) * 2]
    assert tags["decision"].to_pylist() == ["review", "green", "green"]


def test_names_and_silence_are_never_answered(without: Reference, greener: Reference) -> None:
    names = [f"{name}绿色科技有限公司" for name in ("甲乙", "丙丁")]
    texts = ["", " \n ", *names]
    rows = tagged(greener, *texts)
    assert [row["reason"] for row in rows] == ["tag.no_text", "tag.no_text", "tag.name_only", "tag.name_only"]
    assert rows == tagged(without, *texts)


def test_a_product_alone_is_not_read_for_likeness(without: Reference, greener: Reference) -> None:
    loans = table_of("loans", [{"loan_id": "1", "receipt_no": "1", "product": "某某贷款"}])
    one, other = (tag(Book(date(2025, 12, 31), loans=loans), r, editions=(NEW,)).value for r in (without, greener))
    assert one.equals(other)


def test_a_leaf_that_all_speaks_against_becomes_a_question(without: Reference, tmp_path: Path) -> None:
    against = all_alike(tmp_path, -2.0)
    pairs = list(zip(tagged(without, *TEXTS), tagged(against, *TEXTS), strict=True))
    by_words = [(was, now) for was, now in pairs if was["reason"] == "tag.by_words"]
    assert len(by_words) > 20
    assert {(now["decision"], now["reason"]) for _, now in by_words} == {("review", "tag.unlike")}
    assert all(was == now for was, now in pairs if was["rule"] or was["reason"] in ("tag.no_entry", "tag.name_only", "tag.no_text"))


@pytest.mark.parametrize("before", ["", "😀㎡ ", "Ａ－１２　㎡“", "项目\t①：", "𠀀\u0301 "])
def test_evidence_stands_in_the_text_as_written(before: str, tmp_path: Path) -> None:
    signs = [(activity_sign(n), LEAF, 0.001) for n in range(-1, len(ACTIVITIES))]
    runs = [(run, entry, 3.0) for run in ("甲乙丙", "乙丙丁", "abcd", "bcde") for entry in (LEAF, GREEN)]
    given = reference(tmp_path, [(BIAS, GREEN, 0.0), (BIAS, LEAF, 0.0), *signs, *runs])
    for written_so, shown in (("甲乙丙丁戊", "甲乙丙丁"), ('ＡＢＣｄｅ"f', "ＡＢＣｄｅ")):
        text = f"{before}{written_so}"
        (row,) = tagged(given, text)
        assert (row["decision"], row["code"], row["reason"]) == ("green", LEAF, "tag.by_likeness")
        (item,) = json.loads(row["evidence"])
        assert (item["kind"], item["text"], item["rule"]) == ("purpose", shown, LEAF)
        assert text[item["start"] : item["end"]] == shown


def test_an_edition_without_the_file_decides_nothing_by_likeness(without: Reference) -> None:
    assert not {"tag.by_likeness", "tag.alike", "tag.unlike"} & {row["reason"] for row in tagged(without, *TEXTS)}


@pytest.mark.parametrize(("cases", "threads"), [(1, 1), (7, 2), (100, 1)])
def test_the_same_in_pieces_and_threads(cases: int, threads: int) -> None:
    given, texts = load(), [text + other for text, other in zip(["", *TEXTS], [*OPEN * 3, *TEXTS[:99]], strict=False)]
    whole = tag(book(*OPEN, *texts), given, editions=(NEW,)).value
    assert "tag.by_likeness" in whole["reason"].to_pylist()
    assert tag(book(*OPEN, *texts), given, editions=(NEW,), cases=cases, threads=threads).value.equals(whole)

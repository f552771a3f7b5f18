"""Rules of tagging that an edition takes over from another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenfin.core.problems import BadReference
from greenfin.reference.inherited import Called, Inherited, entries_by_assets, merged, taken_over
from greenfin.reference.load import check, load, snapshot
from greenfin.reference.rules import Rule
from greenfin.reference.words import Asset, read_assets

THEIRS = Called("新目录（2025年版）", "New catalogue (2025)", "2025年版", "2025 catalogue")
OURS = Called("旧目录（2021年版）", "Old catalogue (2021)", "2021年版", "2021 catalogue")


def rule(name: str, verdict: str, entry: str = "", source: str = "bank practice") -> Rule:
    reason_zh, reason_en = "不在2025年版目录", "not in the 2025 catalogue"
    return Rule(name, verdict, entry=entry, any_of=("@wind",), source=source, reason_zh=reason_zh, reason_en=reason_en)


def test_an_entry_is_the_one_that_most_assets_share() -> None:
    theirs = [
        Asset("wind", "make", {"make": "4.1", "trade": "8"}),
        Asset("sun", "make", {"make": "4.1"}),
        Asset("sea", "make", {"make": "4.1"}),
    ]
    ours = [Asset("wind", "make", {"make": "3.1"}), Asset("sun", "make", {"make": "3.2"}), Asset("sea", "make", {"make": "3.2"})]
    assert entries_by_assets(theirs, ours) == {"4.1": "3.2"}


def test_what_finds_for_an_entry_that_is_not_ours_falls_away_and_a_no_stays() -> None:
    rules = [
        rule("a", "green", "4.1"),
        rule("b", "green", "4.2"),
        rule("c", "review", "4.2"),
        rule("d", "not_green", "4.2"),
        rule("e", "review"),
    ]
    found = taken_over(rules, Inherited("new"), entries={"4.1": "3.1"}, names=(THEIRS, OURS))
    assert [(r.id, r.entry) for r in found] == [("a", "3.1"), ("d", ""), ("e", "")]


def test_named_entries_and_rules_left_out_come_first() -> None:
    rules = [rule("a", "green", "4.1"), rule("b", "green", "4.2")]
    found = taken_over(
        rules, Inherited("new", without=("b",), entries={"4.1": "3.9"}), entries={"4.1": "3.1", "4.2": "3.2"}, names=(THEIRS, OURS)
    )
    assert [(r.id, r.entry) for r in found] == [("a", "3.9")]


def test_source_and_reason_name_our_edition() -> None:
    (found,) = taken_over(
        [rule("a", "green", "4.1", "新目录(2025年版) 4.1")], Inherited("new"), entries={"4.1": "3.1"}, names=(THEIRS, OURS)
    )
    assert found.source == "旧目录（2021年版） 3.1"
    assert found.reason_zh == "不在2021年版目录"
    assert found.reason_en == "not in the 2021 catalogue"


def test_own_rules_replace_or_stand_behind_the_one_before_them() -> None:
    taken = [rule("a", "green"), rule("b", "green"), rule("c", "green")]
    own = [rule("first", "review"), rule("b", "not_green"), rule("behind", "review")]
    found = merged(taken, own)
    assert [(r.id, r.verdict) for r in found] == [
        ("first", "review"),
        ("a", "green"),
        ("b", "not_green"),
        ("behind", "review"),
        ("c", "green"),
    ]


def test_the_statistics_of_the_central_bank_tag_as_the_catalogue_of_2019() -> None:
    reference = load()
    old, like = (reference.catalogues[name] for name in ("green-industry-2019", "pboc-green-loan-stat-2019"))
    assert [(r.id, r.entry, r.verdict) for r in like.rules] == [(r.id, r.entry, r.verdict) for r in old.rules]
    assert read_assets(like.folder / "assets.csv") == read_assets(old.folder / "assets.csv")


def test_leaves_that_are_the_same_share_their_search_words() -> None:
    catalogues = load().catalogues
    new, old, like = (catalogues[n].entries for n in ("green-finance-2025", "green-industry-2019", "pboc-green-loan-stat-2019"))
    assert set(new["1.1.1"].words) <= set(old["1.1.1"].words) <= set(like["1.1.1"].words)
    assert set(old["1.1.1"].words) - set(new["1.1.1"].words)  # never the other way


def test_no_reason_speaks_of_another_edition() -> None:
    for catalogue in load().catalogues.values():
        others = {c.called.short_zh for c in load().catalogues.values()} - {catalogue.called.short_zh}
        assert [(catalogue.id, r.id) for r in catalogue.rules if any(name in r.reason_zh for name in others)] == []


def test_a_broken_rule_of_another_edition_is_told_by_check_and_where_it_is_used(tmp_path: Path) -> None:
    snapshot(load(), tmp_path)
    path = tmp_path / "taxonomy/green-bond-2021/rules.yaml"
    path.write_text(path.read_text("utf-8").replace("verdict: review", "verdict: perhaps", 1), "utf-8")
    assert "reference.rule_field" in {p.code for p in check(tmp_path)}
    with pytest.raises(BadReference):
        tuple(load(tmp_path).catalogues["green-bond-2021"].rules)

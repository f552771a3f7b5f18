"""Needs of assets and rules: known ids, by activity where the file says so, answered by some kind of document."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from greenfin.core.problems import BadReference
from greenfin.messages.words import codes
from greenfin.reference.load import load
from greenfin.reference.rules import read, read_needs
from greenfin.reference.words import Asset, read_assets

ROOT = load().root / "taxonomy"
HEAD = "asset,default,make,build_operate,retrofit,trade,consume,serve,needs"


def assets(root: Path, *lines: str) -> tuple[Asset, ...]:
    folder = root / "taxonomy" / "mine"
    folder.mkdir(parents=True)
    shutil.copytree(ROOT / "words", root / "taxonomy" / "words")
    (folder / "entries.csv").write_text("code,parent\n4.1,\n4.1.2,4.1\n4.2.2,4.1\n8.5.2,4.1\n", "utf-8")
    (folder / "assets.csv").write_text("\n".join((HEAD, *lines, "")), "utf-8")
    return read_assets(folder / "assets.csv")


def test_a_need_holds_for_the_entry_of_its_activity(tmp_path: Path) -> None:
    (pv,) = assets(tmp_path, "pv_equipment,make,4.1.2,4.2.2,,8.5.2,,,make:pv_norms|eia_approval|trade:invoice")
    assert pv.needs_of("4.1.2") == ("pv_norms", "eia_approval")
    assert pv.needs_of("4.2.2") == ("eia_approval",)
    assert pv.needs_of("8.5.2") == ("eia_approval", "invoice")
    assert pv.needs == ("pv_norms", "eia_approval", "invoice")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("pv,make,4.1.2,,,,,,no_such_need", "no_such_need"),
        ("pv,make,4.1.2,,,,,,build_operate:pv_norms", "build_operate:pv_norms"),
        ("pv,make,4.1.2,,,,,,dig:pv_norms", "dig:pv_norms"),
        ("pv,make,4.1.2,,,,,,pv_norms|make:pv_norms", "pv_norms"),
        ("pv,dig,4.1.2,,,,,,", "dig"),
        ("pv,make,9.9.9,,,,,,", "9.9.9"),
        ("pv,make,4.1,,,,,,", "4.1"),
    ],
)
def test_an_asset_that_cannot_be_used_is_told_with_its_line(tmp_path: Path, line: str, found: str) -> None:
    with pytest.raises(BadReference) as bad:
        assets(tmp_path, "pv_equipment,make,4.1.2,,,,,,", line)
    (problem,) = bad.value.problems
    assert problem.where == "taxonomy/mine/assets.csv:3"
    assert found in problem.params.values()


def test_the_shipped_needs_are_scoped() -> None:
    of = {a.group: a for a in read_assets(ROOT / "green-finance-2025" / "assets.csv")}
    assert of["pv_equipment"].needs_of("4.1.2") == ("pv_norms",)
    assert of["pv_equipment"].needs_of("8.5.2") == ("invoice",)
    assert of["green_building"].needs_of("6.1.1") == ("green_building_label",)


def test_every_need_has_words_and_a_document_that_answers_it() -> None:
    needs = read_needs(ROOT / "words")
    for lang in ("zh", "en"):
        assert {key.removeprefix("need.") for key in codes(lang) if key.startswith("need.")} >= needs
    kinds = tomllib.loads((Path(__file__).parents[2] / "greenfin" / "store" / "evidence.toml").read_text("utf-8"))["kinds"]
    assert {need for answered in kinds.values() for need in answered} == needs


def test_a_rule_has_known_needs_and_a_known_status(tmp_path: Path) -> None:
    folder = tmp_path / "taxonomy" / "mine"
    folder.mkdir(parents=True)
    shutil.copytree(ROOT / "words", tmp_path / "taxonomy" / "words")
    line = "- {{id: {}, verdict: review, any: [x], needs: [{}], status: {}, source: s, reason_zh: a, reason_en: b}}\n"
    (folder / "rules.yaml").write_text(line.format("A", "pue_report", "unverified") + line.format("B", "wish", "rumour"), "utf-8")
    rules, problems = read(folder / "rules.yaml")
    assert [(r.id, r.status) for r in rules] == [("A", "unverified")]
    assert {(p.where, p.params["field"], p.params["found"]) for p in problems} == {
        ("mine/rules.yaml:2", "needs", "wish"),
        ("mine/rules.yaml:2", "status", "rumour"),
    }

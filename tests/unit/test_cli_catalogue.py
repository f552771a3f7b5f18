"""``greenfin catalogue``: what is told of an edition and of an entry, for people and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from greenfin.cli.main import app
from greenfin.messages import codes
from greenfin.reference.load import load
from greenfin.reference.thresholds import read_thresholds

EDITION = "green-finance-2025"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENFIN_FILES", str(tmp_path))


def said(*words: str, lang: str = "zh") -> str:
    done = CliRunner().invoke(app, ["catalogue", *words, "--lang", lang])
    assert done.exit_code == 0, done.output
    return done.output


def shown(*words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said(*words, "--json"))
    return found


def test_every_edition_is_listed_with_its_counts_dates_and_gaps() -> None:
    catalogues = load().catalogues
    listed = {one["id"]: one for one in shown("list")["catalogues"]}
    assert set(listed) == set(catalogues)
    for id_, one in listed.items():
        kept = Counter(str(entry.level) for entry in catalogues[id_].entries.values())
        assert one["counts"] == dict(kept)
        assert one["families"], id_
        missing = {str(gap["level"]): gap["missing"] for gap in one["gaps"] if gap["what"] == "entries"}
        assert all(kept[level] + missing.get(level, 0) == n for level, n in one["official_counts"].items()), id_
    assert [id_ for id_, one in listed.items() if one["default"]] == [EDITION]


def test_the_list_reads_in_both_languages() -> None:
    zh, en = said("list"), said("list", lang="en")
    assert zh.splitlines()[0].startswith(EDITION)
    for words, text in (
        ("3级 271（官方 271）", zh),
        ("缺口：", zh),
        ("银发〔2025〕132号", zh),
        ("level 3: 271 (official 271)", en),
        ("gap: ", en),
    ):
        assert words in text
    assert "None" not in zh + en


def test_an_entry_says_what_is_asked_of_it_and_where_it_is_elsewhere() -> None:
    words = said("show", EDITION, "1.1.1")
    for part in ("GB 24500 达到1级", "TSG 91 达到目标值", "3411 锅炉及辅助设备制造", "间接碳减排", "green-industry-2019"):
        assert part in words
    found = shown("show", EDITION, "1.1.1")
    assert {(one["standard"], one["grade"]) for one in found["thresholds"]} >= {("GB 24500", "1"), ("TSG 91", "target")}
    assert {one["edition"] for one in found["neighbours"]} >= {"green-industry-2019"}
    assert found["attached"] == []
    assert shown("show", EDITION, "4.2.1")["method"] == "CBRC-PWR"


def test_marks_that_differ_by_industry_stand_at_each_industry() -> None:
    mixed = next(e for e in load().catalogues[EDITION].leaves() if e.carbon_mark == "mixed" and "direct" in e.carbon_by_industry.values())
    code = next(code for code, mark in mixed.carbon_by_industry.items() if mark == "direct")
    line = next(line for line in said("show", EDITION, mixed.code).splitlines() if code in line)
    assert line.partition(code)[2].partition("[")[2].startswith("直接碳减排（√√）]")


def test_every_line_of_the_thresholds_can_be_read_by_a_person() -> None:
    """Numbers with their unit, grades in words; no blank line, no code of ours."""
    for catalogue in load().catalogues.values():
        asked = {one.entry: one for one in read_thresholds(catalogue.folder / "thresholds.csv") if one.fact or one.standard}
        numbered = [one for one in asked.values() if one.fact and not one.grade][:2]
        for one in numbered:
            words = said("show", catalogue.id, one.entry, lang="en")
            assert f"{codes('en')[f'fact.{one.fact}']} {one.op} {one.value}{one.unit}" in words


def test_the_tree_of_an_edition_begins_with_what_it_is() -> None:
    lines = said("show", "green-bond-2021").splitlines()
    assert lines[0].startswith("green-bond-2021  绿色债券支持项目目录")
    assert any("缺口" in line for line in lines)
    assert sum(line.lstrip().startswith("3.2.2.1 ") for line in lines) == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "green-finance-1999"), "run.unknown_edition"),
        (("attach", "green-finance-1999", "x.txt"), "run.unknown_edition"),
        (("attach", EDITION, "no-such-file.txt"), "ingest.file_missing"),
        (("search", "风电", "--edition", "green-finance-1999"), "run.unknown_edition"),
        (("crosswalk", "green-industry-2019", "9.9.9", EDITION), "cli.unknown_entry"),
    ],
)
def test_what_is_not_there_is_said(words: tuple[str, ...], code: str) -> None:
    done = CliRunner().invoke(app, ["catalogue", *words, "--json"])
    assert done.exit_code == 2
    assert json.loads(done.stdout)["problems"][0]["code"] == code


def test_all_words_of_problems_and_options_are_there_in_both_languages() -> None:
    for lang in ("zh", "en"):
        done = CliRunner().invoke(app, ["catalogue", "attach", EDITION, "no-such-file.txt", "--lang", lang])
        assert done.exit_code == 2
        assert "{" not in done.output

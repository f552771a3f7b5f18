"""Thresholds of an edition: strictly read, and laid against what a text states."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from greenfin.core.problems import BadReference
from greenfin.reference.load import load
from greenfin.reference.thresholds import COLUMNS, Criterion, read_thresholds
from greenfin.reference.words import read_words
from greenfin.tag.thresholds import MET, NO_LINE, NOT_APPLICABLE, UNKNOWN, UNMET, Judged, by_leaf, judge

WORDS = load().root / "taxonomy" / "words"
HEAD = ",".join(COLUMNS)
MOTOR = "1.1.7,grade,<=,1,,1,GB 18613,,s,p. 1,yes,"
PUMP = "1.1.5,,,,,energy_saving,GB 19762,,s,p. 1,yes,"
GENERATOR = "4.1.1,capacity,>=,5,MW,,,陆上风机,s,p. 1,yes,"
OFFSHORE = "4.1.1,capacity,>=,8,MW,,,海上风机,s,p. 1,no,"


def edition(root: Path, *lines: str) -> Path:
    """A taxonomy folder with the shipped words, three leaves and these lines."""
    folder = root / "taxonomy" / "mine"
    folder.mkdir(parents=True)
    shutil.copytree(WORDS, root / "taxonomy" / "words")
    (folder / "entries.csv").write_text("code,parent\n1.1,\n1.1.7,1.1\n1.1.5,1.1\n4.1.1,1.1\n", "utf-8")
    path = folder / "thresholds.csv"
    path.write_text("\n".join((HEAD, *lines, "")), "utf-8")
    return path


def judged(root: Path, lines: Sequence[str], *, leaf: str, grade: float = math.nan, capacity: float = math.nan, text: str = "") -> Judged:
    read = read_thresholds(edition(root, *lines))
    codes = ("1.1.7", "1.1.5", "4.1.1")
    return judge(
        np.array([codes.index(leaf), -1]),
        read,
        of_leaf=by_leaf(read, codes),
        stated={"grade": np.array([grade, grade]), "capacity": np.array([capacity, capacity])},
        facts=read_words(WORDS).facts,
        texts=lambda rows: [text] * len(rows),
    )


def asked(found: Judged) -> list[str]:
    return [name for name, open_ in zip(found.ids, found.needs[0], strict=True) if open_]


def test_an_edition_without_thresholds_has_none(tmp_path: Path) -> None:
    assert read_thresholds(tmp_path / "mine" / "thresholds.csv") == ()


def test_a_line_is_read_whole(tmp_path: Path) -> None:
    (found,) = read_thresholds(edition(tmp_path, GENERATOR))
    assert isinstance(found, Criterion)
    assert (found.entry, found.fact, found.op, int(found.value), found.unit, found.scope) == (
        "4.1.1",
        "capacity",
        ">=",
        5,
        "MW",
        "陆上风机",
    )
    assert (found.is_strict, found.where) == (True, "taxonomy/mine/thresholds.csv:2")


def test_a_grade_alone_is_a_number_a_text_can_state(tmp_path: Path) -> None:
    (found,) = read_thresholds(edition(tmp_path, "1.1.7,,,,,2,GB 18613,,s,,yes,"))
    assert (found.fact, found.op, int(found.value)) == ("grade", "<=", 2)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("9.9.9,,,,,1,GB 1,,s,,yes,", "entry"),
        ("1.1,,,,,1,GB 1,,s,,yes,", "entry"),
        ("1.1.7,weight,<=,1,,,GB 1,,s,,yes,", "fact"),
        ("1.1.7,grade,=,1,,,GB 1,,s,,yes,", "op"),
        ("1.1.7,capacity,>=,5,t,,GB 1,,s,,yes,", "unit"),
        ("1.1.7,,,5,MW,,GB 1,,s,,yes,", "fact"),
        ("1.1.7,,,,,,,,s,,yes,", "standard"),
    ],
)
def test_a_line_that_cannot_be_used_is_told_with_its_place(tmp_path: Path, line: str, field: str) -> None:
    with pytest.raises(BadReference) as bad:
        read_thresholds(edition(tmp_path, MOTOR, line))
    found = {(p.code, p.where, p.params["field"]) for p in bad.value.problems if "field" in p.params}
    assert ("reference.threshold_field", "taxonomy/mine/thresholds.csv:3", field) in found


@pytest.mark.parametrize(
    "line", ["1.1.7,,,,,best,GB 1,,s,,yes,", "1.1.7,,,,,1,GB 1,,s,,maybe,", "1.1.7,grade,<=,one,,,GB 1,,s,,yes,", MOTOR[:-1]]
)
def test_an_unknown_grade_status_number_or_width_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(BadReference) as bad:
        read_thresholds(edition(tmp_path, line))
    assert all(p.where == "taxonomy/mine/thresholds.csv:2" for p in bad.value.problems)


@pytest.mark.parametrize(("grade", "outcome", "needs"), [(1, MET, []), (2, UNMET, []), (math.nan, UNKNOWN, ["efficiency_certificate"])])
def test_a_stated_grade_is_met_missed_or_asked_for(tmp_path: Path, grade: float, outcome: int, needs: list[str]) -> None:
    found = judged(tmp_path, [MOTOR], leaf="1.1.7", grade=grade)
    assert (found.outcome[0], asked(found)) == (outcome, needs)
    assert (found.missed[0], found.is_strict[0]) == ((0, True) if outcome == UNMET else (NO_LINE, False))
    assert (found.outcome[1], found.missed[1]) == (NOT_APPLICABLE, NO_LINE)


def test_one_standard_that_is_reached_is_enough(tmp_path: Path) -> None:
    lines = [MOTOR, "1.1.7,,,,,2,GB 30253,,s,,yes,"]
    assert judged(tmp_path, lines, leaf="1.1.7", grade=2).outcome[0] == MET


def test_what_was_not_read_in_the_catalogue_only_asks(tmp_path: Path) -> None:
    found = judged(tmp_path, ["1.1.7,,,,,1,GB 18613,,s,,no,"], leaf="1.1.7", grade=3)
    assert (found.outcome[0], found.is_strict[0]) == (UNMET, False)


def test_a_grade_in_words_only_papers_can_show(tmp_path: Path) -> None:
    found = judged(tmp_path, [PUMP], leaf="1.1.5", grade=1)
    assert (found.outcome[0], asked(found)) == (UNKNOWN, ["efficiency_certificate"])
    plain = judged(tmp_path / "b", ["1.1.5,,,,,,GB 19762,,s,,yes,"], leaf="1.1.5")
    assert asked(plain) == ["standard_conformity"]


@pytest.mark.parametrize(
    ("text", "capacity", "outcome"),
    [
        ("陆上风机制造", 3, UNMET),
        ("陆上风机制造", 6, MET),
        ("海上风机制造", 6, UNMET),
        ("陆上风机制造", math.nan, UNKNOWN),
        ("风电叶片", 3, NOT_APPLICABLE),
    ],
)
def test_a_line_about_one_thing_applies_where_the_text_names_it(tmp_path: Path, text: str, capacity: float, outcome: int) -> None:
    found = judged(tmp_path, [GENERATOR, OFFSHORE], leaf="4.1.1", capacity=capacity, text=text)
    assert found.outcome[0] == outcome

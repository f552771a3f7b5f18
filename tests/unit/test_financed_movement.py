"""Financed emissions year on year: effects that add up to the change, to the gram."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from greenfin.cli.main import app
from greenfin.core.columns import table_of
from greenfin.core.problems import Refused
from greenfin.financed.movement import EFFECTS, METHODS, Movement, movement, movement_json

T = 1_000_000


def row(name: str, numerator: int | None, emitted: int, denominator: int | None, **more: Any) -> dict[str, Any]:
    """An exposure whose borrower emits so many tonnes."""
    part = emitted * T * (numerator or 0) / denominator if denominator else emitted * T
    own = {"exposure_id": name, "standard": "pcaf", "numerator_fen": numerator, "denominator_fen": denominator, "financed_g": round(part)}
    return {**own, "included": True, "option": "1b", "quality": 2, "denominator_kind": "assets", "section": "C", **more}


def moved(before: list[dict[str, Any]], now: list[dict[str, Any]], method: str = "shapley") -> Movement:
    return movement(table_of("financed", before), table_of("financed", now), method=method)


def effects(found: Movement) -> dict[str, int]:
    return {name: found.total(name) for name in EFFECTS if found.total(name)}


def test_a_balance_an_emission_or_a_denominator_that_changes_alone_is_the_whole_effect() -> None:
    start = row("A", 10, 1000, 100)
    assert effects(moved([start], [row("A", 20, 1000, 100)])) == {"balance": 100 * T}
    assert effects(moved([start], [row("A", 10, 500, 100)])) == {"emissions": -50 * T}
    assert effects(moved([start], [row("A", 10, 1000, 200)])) == {"attribution": -50 * T}


def test_one_after_the_other_is_balance_then_emissions_then_denominator() -> None:
    found = moved([row("A", 10, 1000, 100)], [row("A", 20, 2000, 50)], "sequential")
    assert effects(found) == {"balance": 100 * T, "emissions": 200 * T, "attribution": 400 * T}


def test_shapley_is_the_mean_over_all_orders() -> None:
    """By hand: 100 → 400 by two doublings of numerator and emissions; each order gives one 100 and the other 200."""
    found = moved([row("A", 10, 1000, 100)], [row("A", 20, 2000, 100)])
    assert effects(found) == {"balance": 150 * T, "emissions": 150 * T}


def test_other_data_are_an_effect_of_data() -> None:
    before = [row("A", 10, 1000, 100)]
    assert effects(moved(before, [row("A", 10, 700, 100, option="3b", quality=5)])) == {"data_quality": -30 * T}
    other = effects(moved(before, [row("A", 10, 1000, 50, denominator_kind="revenue")]))
    assert other == {"data_quality": 100 * T}


def test_new_gone_entered_and_left_stand_apart() -> None:
    out = {"included": False, "financed_g": None}
    before = [row("gone", 10, 100, 100), row("left", 10, 200, 100), row("in", 10, 300, 100, **out)]
    now = [row("new", 10, 400, 100), row("left", 10, 200, 100, **out), row("in", 10, 300, 100)]
    found = moved(before, now)
    assert effects(found) == {"new": 40 * T, "gone": -10 * T, "entered": 30 * T, "left": -20 * T}
    assert found.counts == {"kept": 0, "new": 1, "gone": 1, "entered": 1, "left": 1}


def test_without_a_denominator_the_emissions_are_those_of_the_balance() -> None:
    assert effects(moved([row("A", 10, 100, None)], [row("A", 10, 150, None)])) == {"emissions": 50 * T}


def test_what_was_owed_by_nobody_comes_with_the_balance() -> None:
    assert effects(moved([row("A", 0, 100, 100)], [row("A", 10, 100, 100)])) == {"balance": 10 * T}


NUMBERS = st.tuples(st.integers(0, 10**13), st.integers(0, 10**8), st.one_of(st.none(), st.integers(1, 10**14)), st.booleans())


@settings(max_examples=60, deadline=None)
@given(st.lists(NUMBERS, max_size=6), st.lists(NUMBERS, max_size=6), st.sampled_from(METHODS))
def test_the_effects_add_up_to_the_change_of_each_exposure(before: list[Any], now: list[Any], method: str) -> None:
    tables = [
        [row(str(at), n, e, d, included=i, financed_g=min(e * T * n // (d or n or 1), 10**17)) for at, (n, e, d, i) in enumerate(rows)]
        for rows in (before, now)
    ]
    found = moved(*tables, method)
    summed = sum(found.effects.values(), np.zeros(len(found.exposures), np.int64))
    assert summed.tolist() == (found.now - found.before).tolist()


def test_the_json_adds_up_whole_and_by_group() -> None:
    before = [row("A", 10, 1000, 100), row("B", 5, 10, 100, section="D")]
    shown: Any = movement_json(moved(before, [row("A", 30, 900, 110), row("C", 1, 1, 3, section=None)]), "pcaf")
    grams = shown["grams"]
    assert sum(grams["effects"].values()) == grams["change"] == grams["now"] - grams["before"]
    for groups in shown["by"].values():
        assert sum(one["grams"]["change"] for one in groups) == grams["change"]
    assert [one["section"] for one in shown["by"]["section"]] == [None, "C", "D"]
    assert shown["method"] == "shapley"


def test_two_standards_or_an_unknown_method_are_refused() -> None:
    one, other = (pa.Table.from_batches(table_of("financed", [row("A", 1, 1, 1, standard=name)]).to_batches()) for name in ("pcaf", "x"))
    for call in (lambda: movement(one, other), lambda: movement(one, one, method="guess")):
        with pytest.raises(Refused):
            call()


def test_the_command_says_what_moved_since_last_year(tmp_path: Path) -> None:
    head = (
        "借据号,客户名称,资产类别,余额(万元),总资产(万元),所有者权益(万元),有息负债(万元),范围一排放(吨),范围二排放(吨),行业代码,数据来源\n"
    )
    rows = {
        "prior.csv": "A1,甲,business_loan,1000,60000,40000,20000,10000,3000,4411,reported\n"
        "A2,乙,business_loan,1000,30000,10000,20000,800,200,2611,reported\n",
        "now.csv": "A1,甲,business_loan,2000,80000,40000,40000,12000,3000,4411,reported\n",
    }
    for name, text in rows.items():
        (tmp_path / name).write_text(head + text, encoding="utf-8")
    words = ["financed", str(tmp_path / "now.csv"), "--prior", str(tmp_path / "prior.csv"), "--standard", "pcaf", "--year", "2025"]
    shown = CliRunner().invoke(app, [*words, "--json"])
    moved = json.loads(shown.stdout)["movement"]
    assert moved["prior_year"] == 2024
    assert moved["exposures"] == {"kept": 1, "new": 0, "gone": 1, "entered": 0, "left": 0}
    assert sum(moved["grams"]["effects"].values()) == moved["grams"]["now"] - moved["grams"]["before"]
    assert moved["effects"]["balance"] > 0 > moved["effects"]["attribution"]
    told = CliRunner().invoke(app, [*words, "--split", "sequential", "--lang", "en"]).stdout
    assert "since 2024" in told
    assert "exposures gone" in told


def test_rows_of_one_id_are_all_counted() -> None:
    before, now = ([row("A", part, 1000, 100), row("A", part, 500, 100)] for part in (10, 20))
    found = moved(before, now)
    assert (int(found.before.sum()), int(found.now.sum())) == (150 * T, 300 * T)
    assert found.exposures == ["A", "A #2"]
    assert effects(found) == {"balance": 150 * T}


def test_a_change_of_source_is_told_from_what_the_borrower_did(tmp_path: Path) -> None:
    """Last year by revenue, this year reported: both years are compared by revenue, the rest is the change of source."""
    head = "借据号,客户编号,行业代码,月均余额(万元),贷款余额(万元),资产总额(万元),营业收入(万元),排放量(吨),数据来源\n"
    files = [tmp_path / name for name in ("then.csv", "now.csv", "bare.csv")]
    for path, row in zip(files, ("100000,,", "200000,5000,企业披露", "200000,,"), strict=True):
        path.write_text(head + f"A,K,3011,5000,5000,100000,{row}\n", encoding="utf-8")

    def counted(now: Path) -> dict[str, Any]:
        asked = ["financed", str(now), "--prior", str(files[0]), "--year", "2024", "--standard", "pboc-high-carbon-draft", "--json"]
        done = CliRunner().invoke(app, asked)
        found: dict[str, Any] = json.loads(done.stdout)["movement"]
        return found

    found, bare = counted(files[1]), counted(files[2])
    assert (found["by_same_source"], bare["by_same_source"]) == (1, 0)
    assert found["effects"]["emissions"] == bare["effects"]["emissions"] > 0
    assert found["effects"]["data_quality"] == pytest.approx(found["now"] - bare["now"])
    assert found["grams"]["change"] == sum(found["grams"]["effects"].values())


def test_effects_that_no_number_holds_are_the_borrowers_and_add_up() -> None:
    found = moved([row("A", 1, 10**6, 1)], [{**row("A", 10**18, 1, 10**18), "financed_g": 5}])
    assert sum(found.total(name) for name in EFFECTS) == 5 - int(found.before[0])

"""Inputs and results that are lists: how they are typed, what is refused, how a book states them, what the JSON says."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from greenfin.cli.main import app
from greenfin.core.problems import Refused
from greenfin.core.units import magnitude, quantity
from greenfin.measure import compare_claim, measure_one, single_json
from greenfin.measure.lists import in_book, taken
from greenfin.messages.words import LANGUAGES, tell
from greenfin.methods.lists import by_group, first_given, last_given, of_group, side_by_side, weighted
from greenfin.methods.registry import METHODS, method
from tests.unit.test_measure_one import DAY, REFERENCE

ONE = Decimal(1)


def values(of: str, name: str, text: str) -> list[tuple[float, str]]:
    read = taken(method(of).declaration, {name: text})
    return [(float(value), unit) for value, unit in read.given.values()]


@pytest.mark.parametrize(
    "text", ["0.5;0.4", "0.5；0.4;", "0.5, 0.4", "0.5、0.4", "[0.5, 0.4]", "['0.5'; '0.4']", "2020:0.5;2025:0.4", "５０％；40%"]
)
def test_a_list_is_typed_in_many_ways(text: str) -> None:
    found = single_json(measure_one("SDA", {"scenario_ef": text, "i0": "0.5"}, REFERENCE, on=DAY), "en")
    outputs: Any = found["outputs"]
    assert outputs["targets"]["value"] == [0.5, 0.4]
    assert outputs["targets"]["labels"] == (["2020", "2025"] if ":" in text else [])


def test_the_unit_at_the_end_is_that_of_all_where_no_other_is_there() -> None:
    assert values("CDM-TOOL04-FOD", "waste", "1,000; 2;3 t") == [(1000, "t"), (2, "t"), (3, "t")]
    assert values("CDM-TOOL04-FOD", "waste", "1kg;2;3 t") == [(1, "kg"), (2, "dimensionless"), (3, "t")]


def test_a_list_stands_in_python_as_one() -> None:
    texts = {"scenario_ef": "1;0.5", "i0": "2"}
    typed = {"scenario_ef": [(ONE, "1"), (Decimal("0.5"), "1")], "i0": (Decimal(2), "1")}
    numbered = {"scenario_ef_1": "1", "scenario_ef_2": "0.5", "i0": "2"}
    found = [measure_one("SDA", given, REFERENCE, on=DAY).amounts for given in (texts, typed, numbered)]
    assert found[0] == found[1] == found[2]
    assert found[0]["targets_2"] == 500_000_000_000


@pytest.mark.parametrize(
    ("of", "given", "code", "place"),
    [
        ("SDA", {"scenario_ef": "0.5;x;1"}, "measure.list_value", "2"),
        ("SDA", {"scenario_ef": "0.5;1光年"}, "measure.list_unit", "2"),
        ("SDA", {"scenario_ef": "0.5;1;-"}, "measure.list_gap", "3"),
        ("SDA", {"scenario_ef": "100,200"}, "measure.list_comma", "100,200"),
        ("SDA", {"i0": "1;2"}, "measure.not_a_list", "i0"),
        ("SDA", {"i0": [(ONE, "1"), (ONE, "1")]}, "measure.not_a_list", "i0"),
        ("SDA", {"intensity": "1;2", "loan": "1;2;3"}, "measure.list_lengths", "loan"),
        ("SDA", {"scenario_ef": "1;2", "scenario_ef_2": "3"}, "measure.input_twice", "scenario_ef_2"),
        ("PACTA-ALIGN", {"p": "1", "s": "1", "direction": "sideways"}, "measure.word_unknown", "build_out"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(of: str, given: dict[str, Any], code: str, place: str) -> None:
    with pytest.raises(Refused) as refused:
        measure_one(of, given, REFERENCE, on=DAY)
    assert refused.value.problem.code == code
    for lang in LANGUAGES:
        assert place in tell(refused.value.problem, lang)


def test_a_value_may_be_alike_in_all_places_and_a_gap_is_none() -> None:
    given = {"company": "a;b;c", "reduction_pct": "50;-;30", "base": "2020", "end": "2030", "investment": "1;1;1 亿元"}
    single = measure_one("SBTI-TEMP", given, REFERENCE, on=DAY)
    shown: Any = single_json(single, "zh")
    assert shown["outputs"]["annual_pct"]["value"] == [5, None, 3]
    assert shown["outputs"]["annual_pct"]["labels"] == ["a", "b", "c"]
    assert shown["inputs"]["company"]["value"] == ["a", "b", "c"]
    assert shown["inputs"]["reduction_pct"]["value"] == [50, None, 30]
    assert shown["inputs"]["investment"]["unit"] == "亿元"


def test_a_figure_stated_of_a_result_of_the_method_is_held_against_it() -> None:
    given = {"score": "2;3", "investment": "1;1"}
    single = measure_one("SBTI-TEMP", given, REFERENCE, on=DAY)
    compared, problems = compare_claim(single, "WATS 2.5，ts_2: 2.9")
    assert {each.claim.output: each.fits for each in compared} == {"ts_2": False, "wats": True}
    assert {p.code for p in problems} == {"measure.claim_fits", "measure.claim_near"}


@pytest.mark.parametrize(
    ("text", "stated"), [("截至当年累计处置量 30 万吨", 300000.0), ("截至当年累计处置量 30", None), ("截至当年累计处置量 30 亿元", None)]
)
def test_a_figure_of_a_result_with_a_unit_is_read_in_it(text: str, stated: float | None) -> None:
    single = measure_one("CDM-TOOL04-FOD", {"waste": "100000;200000 t", "doc": "0.15", "k": "0.17"}, REFERENCE, on=DAY)
    compared, _ = compare_claim(single, text)
    assert [each.stated for each in compared] == ([] if stated is None else [stated])
    assert all(each.fits for each in compared)


def test_a_book_states_the_places_by_number() -> None:
    declared = in_book(METHODS["SDA"].declaration, ["scenario_ef_3", "scenario_ef_1", "i0", "loan_2", "other_9"])
    names = {i.name for i in declared.inputs}
    assert {"scenario_ef_3", "m_3", "loan_2", "intensity_2", "i0", "market_intensity"} <= names
    assert declared.ways[0].needs == ("scenario_ef_1", "i0")


def test_a_declaration_is_itself_where_no_list_is_given() -> None:
    declared = METHODS["SDA"].declaration
    assert taken(declared, {"i0": "1"}).declaration == declared


def test_places_of_rows_of_unlike_length() -> None:
    whole = side_by_side([quantity(np.array([1.0, 3.0]), "t"), quantity(np.array([2000.0, np.nan]), "kg")])
    codes = quantity(np.array([[0.0, 1.0], [0.0, np.nan]]), "1")
    assert magnitude(whole, "t").tolist()[0] == [1, 2]
    assert magnitude(last_given(whole), "t").tolist() == [2, 3]
    assert magnitude(first_given(whole), "t").tolist() == [1, 3]
    sums = by_group(whole, codes)
    assert magnitude(sums, "t")[0].tolist() == [1, 2]
    assert np.isnan(magnitude(of_group(sums, codes), "t")[1, 1])
    assert magnitude(weighted(whole, quantity(np.array([[1.0, 3.0], [5.0, 7.0]]), "1")), "t").tolist() == [1.75, 3]


def test_a_list_of_results_is_told_with_its_names_gaps_and_intervals(tmp_path: Path) -> None:
    page = tmp_path / "page.pdf"
    stated = ["company=a;b", "annual_reduction_pct=2;-", "investment=1;1 亿元", "score=-;2"]
    asked = ["--range", "annual_reduction_pct_1=±10%", "--pdf", str(page), "--lang", "en"]
    result = CliRunner().invoke(app, ["measure", "SBTI-TEMP", *stated, *asked])
    assert result.exit_code == 0
    assert "a 2.0726 [2.01" in result.stdout
    assert "b -" in result.stdout
    assert page.read_bytes().startswith(b"%PDF")


def test_gaps_at_the_end_of_a_list_are_places_where_another_list_is_so_long() -> None:
    declared = METHODS["SBTI-TEMP"].declaration
    given = taken(declared, {"company": "a;b;c", "investment": "1;2;3;", "reduction_pct": "50;;", "target_type": "Absolute;;"}).given
    assert "reduction_pct_2" not in given
    assert [given[f"investment_{at}"][0] for at in (1, 2, 3)] == [1, 2, 3]
    assert "investment_4" not in given


def test_words_of_an_input_with_hyphens_and_intensities_of_any_mass() -> None:
    given = taken(METHODS["PACTA-ALIGN"].declaration, {"p": "25;75", "s": "20;60", "direction": "build-out;Phase out"}).given
    assert [given["direction_1"][0], given["direction_2"][0]] == [0, 1]
    stated = {"scenario_ef": "500;300 kg/MWh", "i0": "900 gCO2/kWh", "market_i0": "0.5 tCO2e/MWh"}
    outputs: Any = single_json(measure_one("SDA", stated, REFERENCE, on=DAY), "en")["outputs"]
    assert outputs["targets"]["value"] == [0.9, 0.3]


@pytest.mark.parametrize("given", [{"balance": "1;" * 10_001}, {"balance_10001": "5"}, {"balance_" + "9" * 5_000: "5"}])
def test_a_list_longer_than_can_be_worked_with_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        measure_one("PBOC-CA-AVGBAL", given, REFERENCE, on=DAY)
    assert refused.value.problem.code == "measure.list_too_long"

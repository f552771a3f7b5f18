"""What is made of the own footprint: restatement, target, forecast, credits, the statement of neutrality."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from greenfin.core.columns import table_of
from greenfin.core.problems import Refused
from greenfin.footprint.pledges import pledges_of
from greenfin.footprint.uses import Question, used
from greenfin.reference.load import load

TARGET = {"targets.base_year": "2020", "targets.base_emission": "20000 t", "targets.reduction": "30%", "targets.target_year": "2030"}
CCER = {"kind": "CCER", "quantity": "6600 吨", "vintage": "2021", "retired_on": "2024-03-01", "proof": "R-1", "year": "2023"}


def rows(
    item: str, quantity: float, unit: str, *, year: int = 2023, months: range = range(1, 13), document: str = ""
) -> list[dict[str, Any]]:
    about = {"site": "HQ", "region": "CN-SC", "item": item, "unit": unit, "document": document or None, "source_cell": f"o.xlsx!{item}"}
    return [{**about, "month_on": date(year, month, 1), "quantity": quantity} for month in months]


def ask(
    operations: list[dict[str, Any]], texts: dict[str, str] | None = None, *, year: int = 2023, **more: Any
) -> tuple[dict[str, Any], set[str]]:
    question = Question(year, date(2026, 1, 1), **more)
    found = used(table_of("operations", operations), question, texts=texts or {}, reference=load())
    return found.value, {problem.code for problem in found.problems}


def offsets(number: int = 1, **fields: str) -> dict[str, str]:
    return {f"offsets.{number}.{name}": value for name, value in {**CCER, **fields}.items() if value}


def test_a_year_and_the_year_before_stand_under_both_sets() -> None:
    operations = [*rows("electricity", 100.0, "MWh"), *rows("electricity", 80.0, "MWh", year=2022)]
    shown, _ = ask(operations, compare=("mee-national",))
    assert [(each["year"], each["set"]) for each in shown["compare"]] == [
        (2022, None),
        (2022, "mee-national"),
        (2023, None),
        (2023, "mee-national"),
    ]
    usual, national = shown["compare"][2:]
    assert usual["difference"] == 0
    assert national["total"]["value"] == pytest.approx(1200 * 0.5306)
    assert national["difference"] == pytest.approx(national["total"]["value"] - usual["total"]["value"])
    assert sum(item["difference"] for item in national["items"]) == pytest.approx(national["difference"])


def test_the_path_goes_straight_from_the_base_to_the_target() -> None:
    shown, _ = ask(rows("electricity", 100.0, "MWh"), TARGET)
    path = {point["year"]: point["value"] for point in shown["targets"]["path"]}
    assert (path[2020], path[2025], path[2030]) == (20000.0, 17000.0, 14000.0)
    assert shown["targets"]["target"] == 18200.0
    assert shown["targets"]["gap"] == pytest.approx(shown["targets"]["actual"] - 18200.0)
    assert shown["targets"]["on_track"] is True


def test_without_a_base_its_own_data_are_taken_or_asked_for() -> None:
    texts = {key: value for key, value in TARGET.items() if "emission" not in key}
    shown, codes = ask(rows("electricity", 100.0, "MWh"), texts)
    assert shown["targets"] is None
    assert "footprint.base_missing" in codes
    shown, codes = ask([*rows("electricity", 100.0, "MWh"), *rows("electricity", 50.0, "MWh", year=2020)], texts)
    assert shown["targets"]["base"]["stated"] is False
    assert shown["targets"]["on_track"] is (shown["targets"]["actual"] <= shown["targets"]["target"])


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ({"targets.base_year": "2020"}, "footprint.target_incomplete"),
        ({**TARGET, "targets.target_year": "2019"}, "footprint.target_impossible"),
        ({**TARGET, "targets.reduction": "300%"}, "footprint.target_impossible"),
        ({**TARGET, "targets.base_emission": "many"}, "footprint.pledge_unreadable"),
        (offsets(quantity="some"), "footprint.pledge_unreadable"),
        (offsets(vintage="2025"), "footprint.offset_too_young"),
        (offsets(proof=""), "footprint.offset_unproven"),
    ],
)
def test_what_cannot_be_used_is_said(texts: dict[str, str], code: str) -> None:
    assert code in {problem.code for problem in pledges_of(texts).problems}


def test_chinese_headings_with_units_are_read() -> None:
    texts = {"目标.2.基准年": "2020年", "目标.2.基准年排放量（万吨）": "2", "目标.2.目标年": "2030", "目标.2.减排目标": "较基准年下降30%"}
    target = pledges_of(texts).value.target
    assert target is not None
    assert (target.base, str(target.reduction)) == (2 * 10**10, "0.3")


def test_missing_months_follow_last_years_shape_or_their_mean() -> None:
    half = rows("electricity", 100.0, "MWh", months=range(1, 7))
    before = [*rows("electricity", 50.0, "MWh", year=2022, months=range(1, 7))]
    before += rows("electricity", 150.0, "MWh", year=2022, months=range(7, 13))
    shown, _ = ask(half, TARGET)
    pro_rata = shown["targets"]["forecast"]
    assert pro_rata["items"][0]["method"] == "pro_rata"
    assert pro_rata["value"] == pytest.approx(2 * shown["targets"]["actual"])
    shown, _ = ask([*half, *before], TARGET)
    shaped = shown["targets"]["forecast"]
    assert shaped["items"][0]["method"] == "last_year"
    assert shaped["value"] == pytest.approx(4 * shown["targets"]["actual"])


def test_the_four_lines_of_a_neutral_year() -> None:
    operations = [*rows("electricity", 1000.0, "MWh"), *rows("green_electricity", 500.0, "MWh", document="GEC-1")]
    shown, codes = ask(operations, offsets())
    lines = shown["neutrality"]
    assert lines["green_power"] == pytest.approx(lines["gross"] / 2)
    assert lines["after_green_power"] == pytest.approx(lines["gross"] - lines["green_power"])
    assert lines["offsets"] == 6600.0
    assert lines["residual"] == pytest.approx(lines["after_green_power"] - 6600.0)
    assert lines["surplus_bought"] == pytest.approx(-lines["residual"])
    assert (lines["claim"], lines["lacks"]) == ("neutral", [])
    assert shown["total"]["value"] == pytest.approx(lines["gross"])  # nothing is netted
    assert "footprint.neutral_refused" not in codes


@pytest.mark.parametrize(
    ("operations", "texts", "lack"),
    [
        (rows("electricity", 1000.0, "MWh", months=range(1, 8)), offsets(), "footprint.months_lacking"),
        (rows("electricity", 1000.0, "MWh"), {**offsets(), **offsets(2, proof="")}, "footprint.offset_unproven"),
        (
            [*rows("electricity", 1000.0, "MWh"), *rows("green_electricity", 1.0, "MWh")],
            offsets(),
            "footprint.green_without_evidence",
        ),
    ],
)
def test_the_claim_is_refused_where_evidence_lacks(operations: list[dict[str, Any]], texts: dict[str, str], lack: str) -> None:
    shown, codes = ask(operations, texts)
    assert shown["neutrality"]["claim"] == "refused"
    assert lack in shown["neutrality"]["lacks"]
    assert "footprint.neutral_refused" in codes


def test_credits_that_are_not_retired_offset_nothing() -> None:
    shown, _ = ask(rows("electricity", 1000.0, "MWh"), offsets(retired_on=""))
    assert shown["neutrality"]["offsets"] == 0.0
    assert shown["neutrality"]["bought"] == 6600.0
    assert shown["neutrality"]["claim"] == "not_neutral"


def test_a_published_total_is_explained_beside_the_usual_one() -> None:
    shown, codes = ask(rows("electricity", 100.0, "MWh"), published="630.84吨")
    assert shown["explained"][0]["parts"][0]["factors"][0]["key"] == "grid.avg@CN-GRID-C@2012@ndrc"
    assert shown["reverse"]["default"]["value"] == shown["total"]["value"]
    assert {each["set"] for each in shown["reverse"]["sets"]} >= {"chengdu-2012-central", "mee-national"}
    shown, codes = ask(rows("electricity", 100.0, "MWh"), published="63084")
    assert shown["explained"] == []
    assert len(shown["reverse"]["nearest"]) == 3
    assert "footprint.total_unexplained" in codes


@pytest.mark.parametrize("text", ["", "abc", "-5 吨", "0", "100 千瓦时"])
def test_a_published_total_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        ask(rows("electricity", 100.0, "MWh"), published=text)


@pytest.mark.parametrize("text", ["1e400", "1e308", "99999999999999999999 t"])
def test_a_total_beyond_what_the_world_emits_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        ask(rows("electricity", 100.0, "MWh"), published=text)
    assert refused.value.problem.code == "footprint.total_unreadable"

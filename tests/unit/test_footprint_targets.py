"""Targets of the whole and of intensities: read, on their path, as sums of tables and as pictures."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from greenfin.core.columns import table_of
from greenfin.footprint import Case, drawn, pledges_of, standing, target_sums
from greenfin.footprint.uses import Question, used
from greenfin.reference.load import load

REFERENCE = load()
ON = date(2026, 1, 1)
WHOLE = {"targets.1.base_year": "2020", "targets.1.base_emission": "4200 吨", "targets.1.reduction": "40%", "targets.1.target_year": "2030"}
HEAD = {
    "targets.2.metric": "人均排放",
    "targets.2.base_year": "2020",
    "targets.2.base_emission": "2.8 吨/人",
    "targets.2.reduction": "40%",
    "targets.2.target_year": "2030",
}


def row(
    item: str, quantity: float, unit: str, *, year: int = 2023, month: int = 1, site: str = "HQ", months: int | None = None
) -> dict[str, Any]:
    about = {
        "site": site,
        "region": "CN-SC",
        "item": item,
        "unit": unit,
        "source_cell": f"o.xlsx!{site}{item}{year}{month}",
        "months": months,
    }
    return {**about, "month_on": date(year, month, 1), "quantity": quantity}


def case(*rows: dict[str, Any]) -> Case:
    return Case(table_of("operations", list(rows)), REFERENCE, ON)


@pytest.mark.parametrize(
    ("texts", "per", "base"),
    [
        (HEAD, "per_head", 2_800_000),
        (
            {"目标.3.基准年": "2020", "目标.3.目标年": "2030", "目标.3.减排目标": "30%", "目标.3.基准年人均排放量（吨/人）": "2.8"},
            "per_head",
            2_800_000,
        ),
        (
            {"目标.3.基准年": "2020", "目标.3.目标年": "2030", "目标.3.降幅": "30%", "目标.3.基准年单位面积排放（kg/平方米）": "42"},
            "per_area",
            42_000,
        ),
        ({**WHOLE, "targets.1.reduction": "人均下降40%", "targets.1.base_emission": "2.8"}, "per_head", 2_800_000),
        (WHOLE, "", 4_200_000_000),
    ],
)
def test_what_a_target_is_of(texts: dict[str, str], per: str, base: int) -> None:
    found = pledges_of(texts)
    assert [(each.per, each.base) for each in found.value.targets] == [(per, base)]
    assert found.problems == ()


def test_a_cut_that_is_no_number_is_no_target() -> None:
    found = pledges_of({**WHOLE, "targets.1.reduction": "NaN"})
    assert found.value.targets == ()
    assert [p.code for p in found.problems] == ["footprint.target_incomplete"]


def test_two_targets_of_one_measure_are_told() -> None:
    again = {name.replace(".1.", ".5."): text for name, text in WHOLE.items()}
    found = pledges_of({**WHOLE, **again})
    assert len(found.value.targets) == 1
    assert [p.code for p in found.problems] == ["footprint.target_twice"]


def test_the_year_stands_on_both_paths() -> None:
    rows = [row("electricity", 1200, "MWh", months=12), row("staff", 400, "人")]
    paths = standing(case(*rows), pledges_of({**WHOLE, **HEAD}).value, year=2023).value
    whole, head = paths
    assert (whole.wanted, head.wanted) == (3_696_000_000, 2_464_000)
    assert head.actual == round(Fraction(whole.actual, 400))
    assert head.expected == head.actual


def test_a_year_that_lacks_what_it_used_is_not_held_against_the_target() -> None:
    """All of its electricity is in doubt: what is left is no whole, of this year nor of the base year."""
    wrong = [row("electricity", 200_000_000, "kWh", year=year, months=12) for year in (2020, 2023)]
    rest = [
        row(item, amount, unit, year=year) for item, amount, unit in (("gasoline", 100, "L"), ("staff", 10, "人")) for year in (2020, 2023)
    ]
    texts = {name: text for name, text in WHOLE.items() if "base_emission" not in name}
    for rows, year in ((wrong[1:], 2023), (wrong[:1], 2020)):
        found = standing(case(*rows, *rest), pledges_of(texts).value, year=2023)
        assert found.value == ()
        assert [(p.params["item"], p.params["year"]) for p in found.problems] == [("electricity", year)]
    assert standing(case(*rest), pledges_of(texts).value, year=2023).problems == ()


def test_only_sites_that_state_their_staff_count_by_head() -> None:
    rows = [row("electricity", 1200, "MWh", months=12), row("electricity", 800, "MWh", site="BR", months=12), row("staff", 400, "人")]
    whole, head = standing(case(*rows), pledges_of({**WHOLE, **HEAD}).value, year=2023).value
    assert head.actual == round(Fraction(whole.actual * 3, 5 * 400))


def test_without_staff_there_is_no_path_by_head() -> None:
    found = standing(case(row("electricity", 1200, "MWh", months=12)), pledges_of(HEAD).value, year=2023)
    assert found.value == ()
    assert [p.code for p in found.problems] == ["footprint.size_unknown"]


def test_the_base_comes_from_the_base_years_own_staff() -> None:
    texts = {name: text for name, text in HEAD.items() if "base_emission" not in name}
    rows = [row("electricity", 100, "MWh", months=12, year=year) for year in (2020, 2023)]
    rows += [row("staff", heads, "人", year=year) for year, heads in ((2020, 10), (2023, 20))]
    (path,) = standing(case(*rows), pledges_of(texts).value, year=2023).value
    (base,) = standing(case(*rows), pledges_of({**texts, "targets.2.base_emission": "1 吨/人"}).value, year=2020).value
    assert path.base == base.actual


def test_sums_for_the_tables_hold_what_was_retired_apart() -> None:
    credit = {
        "offsets.1.quantity": "800 吨",
        "offsets.1.vintage": "2021",
        "offsets.1.retired_on": "2024-01-31",
        "offsets.1.proof": "R",
        "offsets.1.year": "2023",
    }
    pledges = pledges_of({**WHOLE, **HEAD, **credit, "offsets.2.quantity": "5 吨", "offsets.2.year": "2023"}).value
    rows = [row("electricity", 100, "MWh", month=month) for month in range(1, 7)] + [row("staff", 400, "人")]
    paths = standing(case(*rows), pledges, year=2023).value
    sums = {tuple(each.keys.values()): each for each in target_sums(paths, pledges, year=2023)}
    assert sums["wanted", "whole"].value == 3_696_000_000
    assert sums["wanted", "per_head"].unit == "gCO2e/人"
    assert sums["expected", "whole"].value == 2 * (sums["actual", "whole"].value or 0)
    assert (sums["retired",].value, sums["bought",].value) == (800_000_000, 805_000_000)


def test_pictures_hold_each_target_with_the_years_there_are() -> None:
    rows = [row("electricity", 100, "MWh", year=year, month=month) for year in (2022, 2023) for month in range(1, 13)]
    rows += [row("staff", 400, "人", year=year) for year in (2022, 2023)]
    shown = drawn(case(*rows), pledges_of({**WHOLE, **HEAD}).value, year=2023)
    assert [(path.measure, path.unit) for path in shown.paths] == [("whole", "tCO2e"), ("per_head", "tCO2e/人")]
    assert [year for year, _ in shown.paths[1].actual] == [2020, 2022, 2023]
    assert shown.paths[1].actual[0] == (2020, 2.8)
    assert shown.paths[1].expected is None


def test_what_is_bought_short_is_a_shortfall_by_name() -> None:
    operations = table_of("operations", [row("electricity", 1200, "MWh", months=12)])
    texts = {"offsets.1.quantity": "1 吨", "offsets.1.year": "2023"}
    lines = used(operations, Question(2023, ON), texts=texts, reference=REFERENCE).value["neutrality"]
    assert isinstance(lines, dict)
    assert lines["surplus_bought"] == 0
    assert lines["shortfall"] == pytest.approx(lines["after_green_power"] - 1)

"""A published total, and the documented factors that may stand behind it."""

from __future__ import annotations

import itertools

import pyarrow as pa
import pytest

from greenfin.core.columns import empty
from greenfin.footprint.choices import Amount, choices_of
from greenfin.footprint.reverse import Published, Reverse, explain_total
from greenfin.reference.load import load

Row = tuple[str, str, float]
CHENGDU = {  # 成都银行环境信息披露报告（2022）: its activity data and the totals it prints
    2022: (16058.29, [("electricity", "kWh", 27275000.0), ("natural_gas", "m3", 282200.0), ("gasoline", "L", 514400.0)]),
    2021: (17742.00, [("electricity", "kWh", 30851500.0), ("natural_gas", "m3", 256000.0), ("gasoline", "L", 449600.0)]),
}


def activity(rows: list[Row], place: str = "") -> pa.Table:
    return pa.table(
        {
            "item": pa.array([item for item, _, _ in rows], pa.string()),
            "unit": pa.array([unit for _, unit, _ in rows], pa.string()),
            "quantity": pa.array([value for _, _, value in rows], pa.float64()),
            "region": pa.array([place or None] * len(rows), pa.string()),
        }
    )


def reverse(published: float, rows: list[Row], *, year: int = 2022, place: str = "") -> Reverse:
    return explain_total(Published(published), activity(rows, place), empty("emissions"), reference=load(), year=year)


@pytest.mark.parametrize("year", [2021, 2022])
@pytest.mark.parametrize("place", ["", "CN-SC"])
def test_the_old_grid_factor_is_found_in_both_years(year: int, place: str) -> None:
    published, rows = CHENGDU[year]
    best = reverse(published, rows, year=year, place=place).sets[0]
    assert best.fits == "exact"
    assert abs(best.difference) < 1e-4
    assert best.cost == 0
    assert best.scopes == ("1", "2_location")
    electricity = next(part for part in best.parts if part.item == "electricity")
    assert [factor.key for factor in electricity.factors] == ["grid.avg@CN-GRID-C@2012@ndrc"]
    guides = {factor.source for part in best.parts if part.item == "natural_gas" for factor in part.factors}
    assert guides == {"provincial-guide-2011"}
    assert sum(part.tonnes for part in best.parts) == pytest.approx(best.total)


def test_a_carbon_market_factor_taken_for_a_grid_average_is_found() -> None:
    published = 1000 * 0.5703 + 10 * 2.1622
    best = reverse(published, [("electricity", "MWh", 1000.0), ("natural_gas", "m3", 10000.0)], year=2023, place="CN-GD").sets[0]
    assert best.parts[0].factors[0].key.startswith("grid.ets@CN@2022")
    assert best.fits == "exact"


def test_a_total_that_nothing_reproduces_has_the_nearest_sets_only() -> None:
    published, rows = CHENGDU[2022]
    found = reverse(3 * published, rows)
    assert len(found.sets) == 3
    assert {each.fits for each in found.sets} == {"none"}
    assert all(abs(each.difference) > 0.005 for each in found.sets)


def test_several_places_may_each_have_their_own_value() -> None:
    table = pa.concat_tables([activity([("electricity", "MWh", 1000.0)], "CN-SC"), activity([("electricity", "MWh", 500.0)], "CN-GD")])
    found = explain_total(Published(1000 * 0.1255 + 500 * 0.4715), table, empty("emissions"), reference=load(), year=2023)
    assert [factor.key for factor in found.sets[0].parts[0].factors] == ["grid.avg@CN-SC@2021@mee", "grid.avg@CN-GD@2021@mee"]


def test_many_fuels_are_searched_in_bounded_combinations() -> None:
    rows = [(item, "t", 10.0) for item in ("gasoline", "diesel", "lpg", "kerosene", "coal", "fuel_oil")]
    liquids = [(item, "L", 1000.0) for item in ("gasoline", "diesel")]
    found = reverse(600.0, [("electricity", "MWh", 900.0), *rows, *liquids])
    assert found.cut
    assert found.looked_at < 10**8


def test_choices_of_one_value_are_told_as_one() -> None:
    choices = choices_of(Amount("natural_gas", "1", "Nm3", {"": 10000.0}), load(), year=2022)
    values = sorted(choice.tonnes for choice in choices)
    assert all(after / before - 1 > 0.00002 for before, after in itertools.pairwise(values))
    assert any(len(choice.alike) > 3 for choice in choices)


def test_a_rounded_total_is_reproduced_within_its_last_digit() -> None:
    rows: list[Row] = [("electricity", "MWh", 27000.0)]
    rounded = Published(14200.0, 100 / 14200)  # 1.42 万吨
    found = explain_total(rounded, activity(rows), empty("emissions"), reference=load(), year=2022)
    assert {each.fits for each in found.sets} == {"exact"}
    assert "grid.avg@CN-GRID-C@2012@ndrc" in {each.parts[0].factors[0].key for each in found.sets}


def test_a_set_that_gives_every_printed_digit_is_likelier() -> None:
    rows: list[Row] = [("electricity", "MWh", 30518.0), ("gasoline", "t", 118.4), ("heat", "GJ", 52000.0)]
    total = round(30518 * 0.5810 + 118.4 * 43.07 * 0.0189 * 0.98 * 44 / 12, 2)  # the heat was left out of the total
    found = explain_total(Published(total, 0.01 / total), activity(rows), empty("emissions"), reference=load(), year=2022)
    first = [[f.key for f in part.factors] for each in found.sets[:3] for part in each.parts if part.item == "electricity"]
    assert ["grid.ets@CN@2021@mee"] in first

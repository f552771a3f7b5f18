"""The engine of the own operations: evidence of green power, estimates, what is not counted, coverage, unlikely figures, why."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from greenfin.core.columns import schema, table_of
from greenfin.core.problems import Problem, Refused
from greenfin.footprint import by, explain_emission, footprint, items, total
from greenfin.footprint.activity import activity_of
from greenfin.footprint.as_json import footprint_json
from greenfin.footprint.coverage import missing_of, months_of, not_counted, share_covered
from greenfin.footprint.market import certificate_scale
from greenfin.footprint.whole_year import asked_of
from greenfin.reference.load import load

REFERENCE = load()
ON = date(2026, 6, 30)
Row = dict[str, object]


def used(item: str, quantity: float, unit: str, **more: object) -> Row:
    month = int(str(more.pop("month", 1)))
    year = int(str(more.pop("year", 2023)))
    site = more.get("site", "HQ")
    at = {"site": site, "region": "510100", "month_on": date(year, month, 1), "source_cell": f"x!{site}!{item}-{year}-{month}"}
    return {**at, "item": item, "quantity": quantity, "unit": unit, **more}


def run(*rows: Row, **conventions: str) -> tuple[pa.Table, tuple[Problem, ...]]:
    found = footprint(table_of("operations", list(rows)), year=2023, reference=REFERENCE, on=ON, conventions=conventions)
    assert found.value.schema == schema("emissions")
    return found.value, found.problems


def told(problems: tuple[Problem, ...], code: str) -> list[Problem]:
    return [p for p in problems if p.code == f"footprint.{code}"]


def year_of(item: str, values: list[float], unit: str, **more: object) -> list[Row]:
    return [used(item, value, unit, month=month, **more) for month, value in enumerate(values, 1)]


def test_green_power_without_evidence_is_not_deducted() -> None:
    rows = [used("electricity", 100, "MWh"), used("green_electricity", 60, "MWh", month=1)]
    table, problems = run(*rows)
    assert total(table, "2_market") == 100 * 609_600
    assert [p.where for p in told(problems, "green_without_evidence")] == ["x!HQ!green_electricity-2023-1"]


def test_certificates_of_the_whole_bank_come_off_all_sites_in_proportion() -> None:
    rows = [
        used("electricity", 300, "MWh"),
        used("electricity", 100, "MWh", site="BR"),
        used("green_certificates", 40, "个", site="全行", document="GEC-1"),
    ]
    table, _ = run(*rows)
    market = {row["site"]: row["quantity"] for row in table.to_pylist() if row["scope"] == "2_market"}
    assert market == {"HQ": pytest.approx(270), "BR": pytest.approx(90)}
    assert total(table, "2_market") == 360 * 609_600


def test_more_certificates_than_electricity_give_no_market_figure() -> None:
    table, problems = run(used("electricity", 1, "MWh"), used("green_certificates", 40, "个", document="GEC-1"))
    assert total(table, "2_market") is None
    assert told(problems, "green_above")


@pytest.mark.parametrize(("unit", "mwh"), [("个", 1), ("张", 1), ("", 1), ("万个", 1e4), ("MWh", 1), ("万千瓦时", 10)])
def test_a_certificate_is_a_megawatt_hour(unit: str, mwh: float) -> None:
    assert certificate_scale(unit, items()) == pytest.approx(mwh)


def test_missing_months_are_estimated_only_where_declared() -> None:
    bills = year_of("electricity", [100.0] * 6 + [160.0] * 5, "MWh")
    before = used("electricity", 90, "MWh", year=2022, month=12)
    plain, problems = run(*bills, before)
    assert plain.num_rows == 11
    assert not told(problems, "estimated")
    for how, value in (("mean", 1400 / 11), ("last_year", 90)):
        table, problems = run(*bills, before, estimate=how)
        extra = [row for row in table.to_pylist() if row["estimated"]]
        assert [(row["month_on"], row["quantity"]) for row in extra] == [(date(2023, 12, 1), pytest.approx(value))]
        assert told(problems, "estimated")[0].params["months"] == "12"


def test_an_estimate_says_so_when_asked_why() -> None:
    rows = table_of("operations", year_of("electricity", [100.0] * 11, "MWh"))
    asked: dict[str, Any] = {"site": "HQ", "month_on": date(2023, 12, 1), "item": "electricity", "scope": "2_location"}
    trace = explain_emission(rows, year=2023, reference=REFERENCE, on=ON, conventions={"estimate": "mean"}, **asked)
    assert float(trace.value) == pytest.approx(15.64)
    assert trace.parts[0].how == "footprint.how_estimated"


@pytest.mark.parametrize("scope", ["2_location", "2_market"])
def test_why_of_every_part_is_the_row_s_figure(scope: str) -> None:
    stated = [
        used("electricity", 100, "MWh"),
        used("green_certificates", 40, "个", site="全行", document="GEC-1"),
        used("heat", 10, "GJ"),
    ]
    operations = table_of("operations", stated)
    table = footprint(operations, year=2023, reference=REFERENCE, on=ON).value
    rows = [row for row in table.to_pylist() if row["scope"] == scope]
    assert {row["item"] for row in rows} == {"electricity", "heat"}
    for row in rows:
        asked = {"site": row["site"], "month_on": row["month_on"], "item": row["item"], "scope": scope}
        trace = explain_emission(operations, year=2023, reference=REFERENCE, on=ON, **asked)
        assert float(trace.value) == pytest.approx(row["amount"] / 1e6)


def test_several_gases_are_explained_as_their_sum() -> None:
    operations = table_of("operations", [used("natural_gas", 10000, "Nm3")])
    asked: dict[str, Any] = {"site": "HQ", "month_on": date(2023, 1, 1), "item": "natural_gas", "scope": "1"}
    trace = explain_emission(operations, year=2023, reference=REFERENCE, on=ON, conventions={"gases": "all"}, **asked)
    assert [part.note for part in trace.parts] == ["CH4", "CO2", "N2O"]
    assert float(trace.value) == pytest.approx(21.643106)


def test_the_file_s_own_factor_comes_first_and_is_said() -> None:
    """8157 MWh × 0.7035 tCO2/MWh = 5738.4495 t (a greenhouse gas verification report, as quoted in public test data)."""
    table, problems = run(used("electricity", 8157, "MWh", factor=0.7035, factor_unit="t/MWh"), used("electricity", 1, "MWh", month=2))
    assert table["amount"].to_pylist() == [5_738_449_500, 156_400]
    assert json.loads(table["factors"][0].as_py())[0]["found"] == "user"
    assert told(problems, "own_factor")
    table, problems = run(used("electricity", 10, "MWh", factor=0.7, factor_unit="kg"))
    assert total(table, "2_location") == 1_564_000
    assert told(problems, "own_factor_unit")


def test_what_has_no_documented_factor_is_recorded_and_never_zero() -> None:
    rows = [used("refrigerant", 3, "kg"), used("e_waste", 1, "t"), used("waste", 2, "t"), used("electricity", 1, "MWh")]
    table, problems = run(*rows)
    assert set(table["item"].to_pylist()) == {"electricity"}
    assert {p.params["item"] for p in told(problems, "not_counted_kind")} == {"refrigerant", "waste"}
    assert {p.params["item"] for p in told(problems, "not_counted")} == {"e_waste"}
    asked = asked_of(year=2023, reference=REFERENCE)
    found, _ = activity_of(table_of("operations", rows), asked, items())
    assert {(one.item, one.quantity, one.reason) for one in not_counted(found, items())} == {
        ("e_waste", 1, "no_factor"),
        ("refrigerant", 3, "kind_unknown"),
        ("waste", 2, "kind_unknown"),
    }


def test_a_scope_3_factor_that_nobody_has_yet_is_said() -> None:
    found = footprint(table_of("operations", [used("hotel", 3, "间夜", year=2019)]), year=2019, reference=REFERENCE)
    assert found.value.num_rows == 0
    assert [p.params["factor"] for p in told(found.problems, "no_factor")] == ["ops.hotel"]


def test_values_of_another_country_stand_in_and_are_said() -> None:
    table, problems = run(used("rail_travel", 1000, "pkm"), used("water", 10, "m3"))
    assert {p.params["item"] for p in told(problems, "foreign_factor")} == {"rail_travel"}
    assert json.loads(table.filter(pc.equal(table["item"], "rail_travel"))["factors"][0].as_py())[0]["found"] == "parent_region"


def test_sums_by_gas_category_and_use() -> None:
    rows = [used("gasoline", 1, "t", use="vehicles"), used("water", 10, "m3"), used("hotel", 1, "间夜"), used("refrigerant_r22", 1, "kg")]
    table, _ = run(*rows)
    assert by(table, "category") == {"1": 1680, "6": 53_500}
    assert by(table, "use") == {"vehicles": 2_925_056}
    assert by(table, "gas") == {"CO2": 2_925_056, "CO2e": 55_180}
    assert total(table, "outside") == 1_760_000


def test_months_by_what_a_row_covers() -> None:
    rows = [
        used("electricity", 12, "MWh", months=12),
        used("natural_gas", 3, "m3", months=3),
        used("natural_gas", 3, "m3", month=7, months=3),
    ]
    asked = asked_of(year=2023, reference=REFERENCE, on=ON)
    found, _ = activity_of(table_of("operations", rows), asked, items())
    assert months_of(found, items())["HQ"] == {"electricity": list(range(1, 13)), "natural_gas": [1, 2, 3, 7, 8, 9]}
    assert missing_of(found, asked, items=items()) == {"HQ": {"natural_gas": [4, 5, 6, 10, 11, 12]}}
    _, problems = run(*rows)
    assert not told(problems, "one_row")


def test_the_share_of_area_and_staff_that_is_covered() -> None:
    stated = [used("electricity", 1, "MWh"), used("area", 300, "m2"), used("area", 100, "m2", site="BR"), used("staff", 5, "人")]
    rows = table_of("operations", stated)
    found, _ = activity_of(rows, asked_of(year=2023, reference=REFERENCE), items())
    assert share_covered(rows, found, "area", unit="m2", items=items()) == pytest.approx(0.75)
    assert share_covered(rows, found, "staff", unit="人", items=items()) == 1
    assert share_covered(rows, found, "assets", unit="元", items=items()) is None
    _, problems = run(*stated)
    assert [p.params["site"] for p in told(problems, "site_without_bills")] == ["BR"]


def test_a_meter_at_two_sites_is_told() -> None:
    _, problems = run(used("electricity", 1, "MWh", meter="88"), used("electricity", 1, "MWh", site="BR", meter="88"))
    assert [(p.params["meter"], {p.params["site"], p.params["other"]}) for p in told(problems, "meter_twice")] == [("88", {"BR", "HQ"})]


def test_a_month_unlike_the_others_and_the_year_before() -> None:
    _, problems = run(*year_of("electricity", [100.0] * 11 + [900], "kWh"))
    assert [p.where for p in told(problems, "month_unlike")] == ["x!HQ!electricity-2023-12"]
    before = year_of("electricity", [20.0] + [100.0] * 11, "kWh", year=2022)
    _, problems = run(*year_of("electricity", [100.0] * 12, "kWh"), *before)
    assert [p.where for p in told(problems, "year_unlike")] == ["x!HQ!electricity-2023-1"]


def test_a_year_per_head_and_per_area_that_cannot_be() -> None:
    stocks = [used("staff", 10, "人"), used("area", 100, "m2")]
    _, problems = run(used("electricity", 5_000_000, "kWh", months=12), *stocks)
    assert [p.params["by"] for p in told(problems, "ratio_unlikely")] == ["staff", "area"]
    _, problems = run(used("electricity", 20_000, "kWh", months=12), *stocks)
    assert not told(problems, "ratio_unlikely")


def test_an_unknown_item_is_told_with_the_nearest() -> None:
    _, problems = run(used("electricty", 1, "MWh"), used("electricity", 1, "MWh"))
    assert str(told(problems, "item_unknown")[0].params["known"]).startswith("electricity")


@pytest.mark.parametrize("wrong", [{"gwp": "ar9"}, {"colour": "green"}, {"estimate": "guess"}])
def test_an_unknown_convention_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        run(used("electricity", 1, "MWh"), **wrong)
    assert refused.value.problem.code == "footprint.convention_unknown"


def test_a_gas_without_a_value_in_the_chosen_report_is_told() -> None:
    table, problems = run(used("refrigerant_r410a", 1, "kg"), gwp="sar")
    assert table.num_rows == 0
    assert [p.params["factor"] for p in told(problems, "factor_missing")] == ["gwp100.r410a"]


def test_a_year_without_factors_says_whose_stand_in() -> None:
    rows = table_of("operations", [used("electricity", 10.0, "MWh", year=2026)])
    problems = footprint(rows, year=2026, reference=REFERENCE).problems
    assert [(p.params["item"], p.params["year"]) for p in told(problems, "earlier_year")] == [("electricity", 2026)]


def test_per_area_is_of_the_sites_that_state_theirs() -> None:
    bills = [used("electricity", 100.0, "MWh", months=12), used("electricity", 300.0, "MWh", months=12, site="BR")]
    rows = table_of("operations", [*bills, used("area", 1000.0, "square_metre"), used("area", 500.0, "square_metre")])
    done = footprint(rows, year=2023, reference=REFERENCE, on=ON)
    shown: dict[str, Any] = footprint_json(done.value, rows, year=2023, reference=REFERENCE)
    mine = total(done.value.filter(pc.equal(done.value["site"], "HQ")), "2_location") or 0
    assert shown["intensity"] == {"per_area": {"value": pytest.approx(mine / 1e6 / 1500), "unit": "tCO2e/m2", "covered": 0.25}}
    assert shown["coverage"]["area_share"] is None
    assert [p.params["sites"] for p in told(done.problems, "size_missing")] == ["BR"]


def test_two_rows_of_a_year_are_held_against_two_of_the_year_before() -> None:
    rows = [used("electricity", value, "MWh", months=12, year=year) for year in (2022, 2023) for value in (90.0, 38.0)]
    _, problems = run(*rows)
    assert not told(problems, "year_unlike")
    _, problems = run(*rows[:2], *(row | {"quantity": 500.0} for row in rows[2:]))
    assert [p.params["value"] for p in told(problems, "year_unlike")] == ["1,000"]


def test_rows_of_one_month_add_up_in_the_share_that_is_covered() -> None:
    """Two buildings of a site; of several months the last counts."""
    area = [used("area", 100, "m2"), used("area", 50, "m2", month=2), used("area", 150, "m2", month=2), used("area", 200, "m2", site="BR")]
    rows = table_of("operations", [used("electricity", 1, "MWh"), *area])
    found, _ = activity_of(rows, asked_of(year=2023, reference=REFERENCE), items())
    assert share_covered(rows, found, "area", unit="m2", items=items()) == pytest.approx(0.5)

"""Measuring a whole book: which projects, which inputs win, what is said when something is wrong."""

from __future__ import annotations

import json
from datetime import date

import pytest

from greenfin.core.columns import schema, table_of
from greenfin.core.problems import Problem, Refused
from greenfin.core.units import same_dimension
from greenfin.measure import explain_project, measure
from greenfin.methods.registry import METHODS
from greenfin.methods.show import fingerprint
from greenfin.reference.load import load
from tests.measured_book import DAY, book_of, given, loan, project, tag

REFERENCE = load()


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [p.code for p in problems]


def rows_of(inputs: list[dict[str, object]], *, code: str = "4.2.1", **about: object) -> tuple[dict[str, int], tuple[Problem, ...]]:
    book = book_of(loans=[loan("L1", "P1")], projects=[project("P1", total=None, **about)], inputs=inputs)  # type: ignore[arg-type]
    found = measure(book, table_of("tags", [tag("L1", code)]), REFERENCE, on=DAY)
    table = found.value
    assert table.schema == schema("measurements")
    return dict(zip(table["output"].to_pylist(), table["amount"].to_pylist(), strict=True)), found.problems


def test_a_wind_farm_by_its_metered_supply() -> None:
    amounts, problems = rows_of([given("P1", "supply", 1.2, "亿千瓦时")])
    assert amounts == {"tce": 36288 * 10**6, "co2": 18768 * 10**6, "energy": 120000 * 10**6}
    assert codes(problems) == []


def test_actual_values_win_for_a_project_in_operation() -> None:
    amounts, _ = rows_of([given("P1", "supply", 200000, "MWh", basis="design"), given("P1", "supply", 180000, "MWh")])
    assert amounts["energy"] == 180000 * 10**6


def test_design_values_win_while_a_project_is_built() -> None:
    inputs = [given("P1", "supply", 200000, "MWh", basis="design"), given("P1", "supply", 180000, "MWh")]
    amounts, _ = rows_of(inputs, stage="construction")
    assert amounts["energy"] == 200000 * 10**6


def test_the_latest_year_that_is_not_after_the_day_wins() -> None:
    inputs = [given("P1", "supply", v, "MWh", year=y) for y, v in ((2023, 1000.0), (2025, 3000.0), (2024, 2000.0), (2026, 4000.0))]
    amounts, problems = rows_of(inputs)
    assert amounts["energy"] == 3000 * 10**6
    assert codes(problems) == ["measure.input_after_day"]


def test_an_actual_generation_beats_a_design_supply() -> None:
    inputs = [
        given("P1", "supply", 200000, "MWh", basis="design"),
        given("P1", "generation", 100000, "MWh"),
        given("P1", "own_use", 2, "%"),
    ]
    amounts, _ = rows_of(inputs)
    assert amounts["energy"] == 98000 * 10**6


def test_two_values_of_one_basis_and_year_are_an_error() -> None:
    amounts, problems = rows_of([given("P1", "supply", 1000, "MWh"), given("P1", "supply", 2000, "MWh")])
    assert amounts == {}
    assert codes(problems) == ["measure.input_conflict"]


def test_the_same_value_twice_in_two_units_is_no_conflict() -> None:
    amounts, problems = rows_of([given("P1", "supply", 1000, "MWh"), given("P1", "supply", 100, "万千瓦时")])
    assert amounts["energy"] == 1000 * 10**6
    assert problems == ()


def test_missing_inputs_leave_the_figure_out_and_name_the_row() -> None:
    amounts, problems = rows_of([given("P1", "capacity", 100, "MW")])
    assert amounts == {}
    assert codes(problems) == ["measure.input_missing"]
    assert problems[0].where == "book.xlsx!projects!A7"
    assert problems[0].params["given"] == "capacity"


@pytest.mark.parametrize(("value", "unit"), [(5.0, "t"), (5.0, ""), (5.0, "no unit at all")])
def test_a_wrong_unit_is_a_problem_at_its_cell(value: float, unit: str) -> None:
    amounts, problems = rows_of([given("P1", "supply", value, unit, cell="book.xlsx!inputs!D9")])
    assert amounts == {}
    assert codes(problems) == ["measure.unit_wrong" if unit else "measure.unit_missing"]
    assert problems[0].where == "book.xlsx!inputs!D9"


def test_an_impossible_value_leaves_the_figure_out() -> None:
    amounts, problems = rows_of([given("P1", "generation", 1000, "MWh"), given("P1", "own_use", 150, "%")])
    assert amounts == {}
    assert codes(problems) == ["measure.input_impossible"]


def test_hours_outside_of_the_band_of_the_entry_are_marked() -> None:
    inputs = [given("P1", "supply", 300000, "MWh"), given("P1", "capacity", 100, "MW")]
    assert codes(rows_of(inputs, code="4.2.1")[1]) == []
    amounts, problems = rows_of(inputs, code="4.2.2")
    assert amounts["energy"] == 300000 * 10**6
    assert codes(problems) == ["measure.indicator_unusual"]
    assert problems[0].params["inputs"] == "supply, capacity"


def test_an_own_use_that_is_not_given_is_said() -> None:
    amounts, problems = rows_of([given("P1", "generation", 1000, "MWh")])
    assert amounts["energy"] == 1000 * 10**6
    assert codes(problems) == ["measure.input_assumed"]


def test_a_project_without_a_place_takes_the_national_factor_and_says_so() -> None:
    amounts, problems = rows_of([given("P1", "supply", 1000, "MWh")], region="")
    assert codes(problems) == ["measure.region_missing"]
    assert amounts["co2"] == 530600 * 1000  # 0.5306 t/MWh, national average of 2023


def test_the_place_decides_the_factor() -> None:
    book = book_of(
        loans=[loan("L1", "P1"), loan("L2", "P2")],
        projects=[project("P1", region="510100"), project("P2", region="320500")],
        inputs=[given("P1", "supply", 1000, "MWh"), given("P2", "supply", 1000, "MWh")],
    )
    table = measure(book, table_of("tags", [tag("L1"), tag("L2")]), REFERENCE, on=DAY).value
    co2 = [row for row in table.to_pylist() if row["output"] == "co2"]
    keys = [json.loads(row["factors"])[1]["key"] for row in co2]
    assert keys == ["grid.avg@CN-SC@2023@mee", "grid.avg@CN-JS@2023@mee"]
    assert [json.loads(row["factors"])[1]["found"] for row in co2] == ["earlier_year", "earlier_year"]
    assert co2[0]["amount"] < co2[1]["amount"]


def test_conventions_change_the_factor_and_travel_with_the_row() -> None:
    book = book_of(loans=[loan("L1", "P1")], projects=[project("P1")], inputs=[given("P1", "supply", 1000, "MWh")])
    tags = table_of("tags", [tag("L1")])
    found = measure(book, tags, REFERENCE, on=DAY, conventions={"co2": "by_tce", "tce": "calorific"}).value.to_pylist()
    amounts = {row["output"]: row["amount"] for row in found}
    assert amounts["tce"] == 122_900_000
    assert amounts["co2"] == 326_963_160  # 122.9 tce × 2.6604
    assert json.loads(found[0]["conventions"]) == {"co2": "by_tce", "tce": "calorific", "air": "not_counted"}


@pytest.mark.parametrize("asked", [{"co2": "none of them"}, {"no such convention": "x"}])
def test_an_unknown_convention_is_refused(asked: dict[str, str]) -> None:
    book = book_of(loans=[loan("L1", "P1")], projects=[project("P1")], inputs=[given("P1", "supply", 1, "MWh")])
    with pytest.raises(Refused):
        measure(book, table_of("tags", [tag("L1")]), REFERENCE, on=DAY, conventions=asked)


def test_an_unknown_factor_set_is_refused() -> None:
    with pytest.raises(Refused):
        measure(book_of(loans=[], projects=[]), table_of("tags", []), REFERENCE, on=DAY, factor_set="no such set")


def test_only_green_loans_bring_a_project_in() -> None:
    book = book_of(loans=[loan("L1", "P1")], projects=[project("P1")], inputs=[given("P1", "supply", 1000, "MWh")])
    for decision in ("not_green", "review"):
        found = measure(book, table_of("tags", [tag("L1", decision=decision)]), REFERENCE, on=DAY)
        assert found.value.num_rows == 0


def test_entries_without_a_method_and_unknown_projects_are_told() -> None:
    book = book_of(loans=[loan("L1", "P1"), loan("L2", "P9"), loan("L3", None)], projects=[project("P1")])
    tags = table_of("tags", [tag("L1", "1.1.1"), tag("L2"), tag("L3")])
    found = measure(book, tags, REFERENCE, on=DAY)
    assert found.value.num_rows == 0
    assert sorted(codes(found.problems)) == ["measure.no_method", "measure.project_unknown"]


def test_a_project_with_entries_of_two_methods_is_measured_once_by_the_larger_balance() -> None:
    book = book_of(
        loans=[loan("L1", "P1", 100), loan("L2", "P1", 200)],
        projects=[project("P1", total=None)],
        inputs=[given("P1", "supply", 1000, "MWh")],
    )
    found = measure(book, table_of("tags", [tag("L1", "6.4.7"), tag("L2", "4.2.1")]), REFERENCE, on=DAY)
    assert set(found.value["method"].to_pylist()) == {"CBRC-PWR"}
    assert codes(found.problems) == ["measure.several_methods"]


def test_half_a_pair_of_concentrations_leaves_that_output_out() -> None:
    inputs = [
        given("P1", n, v, u)
        for n, v, u in (("sewage", 730, "万吨"), ("cod_in", 300, "mg/L"), ("cod_out", 50, "mg/L"), ("tn_in", 40, "mg/L"))
    ]
    amounts, problems = rows_of(inputs, code="6.4.7")
    assert amounts == {"cod": 1825 * 10**6, "sewage": 7300000 * 1000}
    assert codes(problems) == ["measure.pair_incomplete"]


def test_the_basis_is_design_as_soon_as_one_input_is() -> None:
    inputs = [given("P1", "flow", 20000, "m3/d", basis="design"), given("P1", "days", 365, "天"), given("P1", "load_rate", 0.8, "")]
    book = book_of(
        loans=[loan("L1", "P1")],
        projects=[project("P1")],
        inputs=[*inputs, given("P1", "cod_in", 300, "mg/L"), given("P1", "cod_out", 50, "mg/L")],
    )
    table = measure(book, table_of("tags", [tag("L1", "6.4.7")]), REFERENCE, on=DAY).value
    assert set(table["basis"].to_pylist()) == {"design"}


def test_explain_reaches_cells_and_documents() -> None:
    book = book_of(
        loans=[loan("L1", "P1")],
        projects=[project("P1")],
        inputs=[given("P1", "generation", 1.25, "亿千瓦时", cell="book.xlsx!inputs!D9"), given("P1", "own_use", 4, "%")],
    )
    trace = explain_project(book, table_of("tags", [tag("L1")]), REFERENCE, project_id="P1", output="co2", on=DAY)
    assert (trace.value, trace.unit) == ("18768", "tCO2")
    by_name = {part.name: part for part in trace.parts}
    assert by_name["generation"].source is not None
    assert (by_name["generation"].source.title, by_name["generation"].source.locator) == ("book.xlsx", "inputs!D9")
    assert by_name["co2_rate"].value == "0.1564"
    assert by_name["co2_rate"].source is not None
    assert "2023" in by_name["co2_rate"].source.title


def test_explain_of_a_project_without_a_result_says_so() -> None:
    book = book_of(loans=[loan("L1", "P1")], projects=[project("P1")])
    trace = explain_project(book, table_of("tags", [tag("L1")]), REFERENCE, project_id="P1", output="co2", on=DAY)
    assert (trace.value, trace.how) == ("", "measure.how_missing")


def test_an_old_day_finds_the_factors_of_that_time() -> None:
    book = book_of(loans=[loan("L1", "P1")], projects=[project("P1")], inputs=[given("P1", "supply", 1000, "MWh", year=2013)])
    tags = table_of("tags", [tag("L1")])
    trace = explain_project(book, tags, REFERENCE, project_id="P1", output="tce", on=date(2013, 12, 31))
    rate = next(part for part in trace.parts if part.name == "tce_rate")
    assert "@2012@" in rate.note
    assert trace.note.startswith(f"CBRC-PWR@{fingerprint(METHODS['CBRC-PWR'].declaration)}: tce = ")


def test_the_weights_of_margins_follow_the_entry_of_the_project() -> None:
    book = book_of(
        loans=[loan("L1", "WIND"), loan("L2", "WATER")],
        projects=[project("WIND", region="CN-GRID-E"), project("WATER", region="CN-GRID-E")],
        inputs=[given(name, "supply", 1000, "MWh") for name in ("WIND", "WATER")],
    )
    tags = table_of("tags", [tag("L1", "4.2.1"), tag("L2", "4.2.4")])

    def measured(**conventions: str) -> dict[str, tuple[str, int]]:
        rows = measure(book, tags, REFERENCE, on=DAY, conventions={"co2": "combined_margin", **conventions}).value.to_pylist()
        return {r["project_id"]: (json.loads(r["conventions"])["margin"], r["amount"]) for r in rows if r["output"] == "co2"}

    found = measured()
    assert {name: margin for name, (margin, _) in found.items()} == {"WIND": "wind_solar", "WATER": "other"}
    assert found["WIND"][1] > found["WATER"][1]
    assert len(set(measured(margin="other").values())) == 1
    for name, (_, amount) in found.items():
        trace = explain_project(book, tags, REFERENCE, project_id=name, output="co2", on=DAY, conventions={"co2": "combined_margin"})
        assert float(trace.value) * 1e6 == amount


def test_every_declared_unit_and_choice_is_usable() -> None:
    for method in METHODS.values():
        declaration = method.declaration
        for output in declaration.outputs:
            assert same_dimension(output.small, output.printed)
        for convention in declaration.conventions:
            assert convention.default in [choice.name for choice in convention.choices]


def test_projects_of_several_methods_are_measured_as_if_each_were_alone() -> None:
    plants = {"P1": ("4.2.1", [given("P1", "supply", 1.2, "亿千瓦时")]), "P2": ("4.2.2", [given("P2", "capacity", 50, "MW")])}
    plants["P2"][1].append(given("P2", "hours", 1200, "h"))
    alone = [rows for name, (code, inputs) in plants.items() for rows in _measured({name: (code, inputs)})]
    assert _measured(plants) == alone
    assert {row["project_id"] for row in alone} == {"P1", "P2"}


def _measured(plants: dict[str, tuple[str, list[dict[str, object]]]]) -> list[dict[str, object]]:
    loans, projects = [loan(f"L-{name}", name) for name in plants], [project(name, total=None) for name in plants]
    book = book_of(loans=loans, projects=projects, inputs=[line for _, inputs in plants.values() for line in inputs])
    rows: list[dict[str, object]] = measure(
        book, table_of("tags", [tag(f"L-{n}", c) for n, (c, _) in plants.items()]), REFERENCE, on=DAY
    ).value.to_pylist()
    return rows

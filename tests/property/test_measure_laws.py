"""Laws of measuring: one project equals the book, and the unit of an input does not matter."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from greenfin.core.columns import table_of
from greenfin.core.units import exact_ratio
from greenfin.measure import explain_project, measure, measure_one
from greenfin.methods.registry import METHODS
from greenfin.reference.load import load
from tests.measured_book import DAY, book_of, given, loan, project, tag

REFERENCE = load()
NOWHERE = "not a place"
PLACES = ("510100", "320500", "110000", "650100", "", NOWHERE)
ENTRIES = {"CBRC-PWR": "4.2.1", "CBRC-WWTP": "6.4.7", "CBRC-NEV": "6.2.6", "CBRC-IND-EE": "1.4.1"}
ENTRIES |= {"CBRC-GRID": "4.3.5", "CBRC-BLDG": "6.1.1", "CBRC-SINK": "5.1.9", "CBRC-WATER": "3.2.2", "CBRC-WHR": "1.3.4"}
NEEDED = {
    "CBRC-PWR": (("generation", "万千瓦时", 1, 10**6), ("own_use", "%", 0, 20), ("capacity", "MW", 1, 1000)),
    "CBRC-WWTP": (("flow", "m3/d", 100, 10**6), ("days", "d", 200, 366), ("cod_in", "mg/L", 60, 900), ("cod_out", "mg/L", 5, 60)),
    "CBRC-NEV": (
        ("vehicles", "辆", 1, 5000),
        ("mileage", "公里", 1000, 150000),
        ("fuel_before", "L/100km", 5, 60),
        ("electricity_after", "kWh/100km", 10, 150),
    ),
    "CBRC-GRID": (("electricity_transmitted", "亿千瓦时", 1, 900), ("loss_rate_before", "%", 5, 9), ("loss_rate_after", "%", 1, 5)),
    "CBRC-BLDG": (("area", "万平方米", 1, 500), ("energy_intensity_before", "kgce/m2", 5, 90), ("saving_rate", "%", 1, 80)),
    "CBRC-SINK": (("forest_area", "亩", 100, 10**6), ("removal_rate", "tCO2/ha", 1, 20)),
    "CBRC-WATER": (("water_supplied", "万吨", 1, 10**5), ("leakage_before", "%", 10, 30), ("leakage_after", "%", 1, 10)),
    "CBRC-WHR": (("supply", "万千瓦时", 1, 10**4), ("heat", "万GJ", 1, 10**3), ("boiler_efficiency", "%", 60, 90)),
    "CBRC-IND-EE": (("energy_before", "kgce/t", 100, 900), ("energy_after", "MJ/t", 100, 5000), ("output", "万吨", 1, 500)),
}


@st.composite
def projects(draw: st.DrawFn) -> tuple[str, str, list[tuple[str, str, Decimal]]]:
    method = draw(st.sampled_from(sorted(NEEDED)))
    place = draw(st.sampled_from(PLACES))
    values = [(name, unit, draw(st.decimals(low, high, places=3))) for name, unit, low, high in NEEDED[method]]
    return method, place, values


@over(st.lists(projects(), min_size=1, max_size=12))
@settings(max_examples=40, deadline=None)
def test_one_project_equals_the_book(found: list[tuple[str, str, list[tuple[str, str, Decimal]]]]) -> None:
    ids = [f"P{i:02d}" for i in range(len(found))]
    book = book_of(
        loans=[loan(f"L-{p}", p) for p in ids],
        projects=[project(p, region=place) for p, (_, place, _) in zip(ids, found, strict=True)],
        inputs=[given(p, n, float(v), u) for p, (_, _, values) in zip(ids, found, strict=True) for n, u, v in values],
    )
    tags = table_of("tags", [tag(f"L-{p}", ENTRIES[m]) for p, (m, _, _) in zip(ids, found, strict=True)])
    for row in measure(book, tags, REFERENCE, on=DAY).value.to_pylist():
        printed = METHODS[row["method"]].declaration.output(row["output"]).printed
        trace = explain_project(book, tags, REFERENCE, project_id=row["project_id"], output=row["output"], on=DAY)
        assert Fraction(Decimal(trace.value)) == row["amount"] * exact_ratio(row["unit"], printed)
        method, place, values = found[ids.index(row["project_id"])]
        named = place if place != NOWHERE else ""  # by hand a place that does not exist is refused
        alone = measure_one(method, {n: (v, u) for n, u, v in values}, REFERENCE, on=DAY, region=named)
        assert alone.amounts[row["output"]] == row["amount"]


SPELLINGS = {
    "supply": ("kWh", "万kWh", "亿千瓦时", "MWh", "GWh", "兆瓦时", "GJ"),
    "sewage": ("m3", "万立方米", "L", "吨", "万吨"),
    "cod_in": ("mg/L", "g/m3", "kg/m3", "g/L"),
    "output": ("t", "kg", "万吨", "t/a"),
    "mileage": ("km", "万公里", "百公里", "m"),
}


@over(st.sampled_from(sorted(SPELLINGS)), st.integers(1, 10**9), st.integers(0, 6), st.integers(0, 6))
@settings(max_examples=200, deadline=None)
def test_the_unit_of_an_input_does_not_matter(name: str, digits: int, one: int, other: int) -> None:
    units = SPELLINGS[name]
    from_unit, to_unit = units[one % len(units)], units[other % len(units)]
    weight = {"吨": "m3", "万吨": "万m3"} if name == "sewage" else {"t/a": "t"}
    value = Decimal(digits).scaleb(-3)
    exact = Fraction(value) * exact_ratio(weight.get(from_unit, from_unit), weight.get(to_unit, to_unit))
    moved = Decimal(exact.numerator) / Decimal(exact.denominator)
    method = next(m for m, declared in METHODS.items() if name in [i.name for i in declared.declaration.inputs])
    fixed = {n: (Decimal(v), u) for n, v, u in REST[method] if n != name}
    first, second = (
        measure_one(method, fixed | {name: (number, unit)}, REFERENCE, on=DAY, region="CN-JS").amounts
        for number, unit in ((value, from_unit), (moved, to_unit))
    )
    assert first.keys() == second.keys()
    declaration = METHODS[method].declaration
    for output, amount in first.items():
        step = exact_ratio(declaration.output(output).small, declaration.output(output).printed)
        assert round(amount * step, 2) == round(second[output] * step, 2)


REST: dict[str, list[tuple[str, str, str]]] = {
    "CBRC-PWR": [("supply", "1000", "MWh")],
    "CBRC-WWTP": [("sewage", "1000000", "m3"), ("cod_in", "300", "mg/L"), ("cod_out", "50", "mg/L")],
    "CBRC-IND-EE": [("energy_before", "115", "kgce/t"), ("energy_after", "105", "kgce/t"), ("output", "1000", "t")],
    "CBRC-NEV": [
        ("vehicles", "100", "辆"),
        ("mileage", "60000", "km"),
        ("fuel_before", "40", "L/100km"),
        ("electricity_after", "100", "kWh/100km"),
    ],
}

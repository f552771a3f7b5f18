"""X-09: quantities times factors are the emissions."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import table_of
from greenfin.footprint import footprint
from greenfin.footprint.agree import disagreements
from greenfin.reference.load import load


def operations(**last: Any) -> pa.Table:
    row = {"site": "HQ", "region": "CN-SC", "unit": "MWh", "item": "electricity"}
    months = [{**row, "month_on": date(2023, month, 1), "quantity": 10.0 + month, "source_cell": f"o!{month}"} for month in range(1, 13)]
    return table_of("operations", [*months[:-1], {**months[-1], **last}])


def found(rows: pa.Table, emissions: pa.Table | None = None) -> list[str]:
    made = footprint(rows, year=2023, reference=load()).value if emissions is None else emissions
    return [problem.code for problem in disagreements(made, rows, year=2023, reference=load())]


def test_a_footprint_agrees_with_its_quantities() -> None:
    mixed = pa.concat_tables([operations(), operations(item="natural_gas", unit="m3"), operations(region="CN-GD", unit="万千瓦时")])
    assert found(operations()) == []
    assert found(mixed) == []


def test_a_row_that_was_not_counted_is_told() -> None:
    rows = operations()
    emissions = footprint(rows, year=2023, reference=load()).value
    less = emissions.filter(pc.not_equal(emissions["month_on"], pa.scalar(date(2023, 5, 1))))
    assert found(rows, less) == ["footprint.not_its_factors"]


def test_a_difference_within_a_thousandth_is_not() -> None:
    rows = operations()
    emissions = footprint(rows, year=2023, reference=load()).value
    amounts = pc.cast(pc.floor(pc.multiply(pc.cast(emissions["amount"], pa.float64()), 1.0005)), pa.int64())
    assert found(rows, emissions.set_column(emissions.column_names.index("amount"), "amount", amounts)) == []

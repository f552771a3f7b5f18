"""Which of several results that the bank states of a project is that of a statement."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from facility_bank import facts

from greenfin.aggregate.facility import EDITION
from greenfin.core.columns import empty, table_of
from greenfin.statements import STATED, stated_first, statement

DESIGN_2023, ACTUAL_2023, ACTUAL_2024, ACTUAL_2025 = (
    ("design", 2023, 4.0),
    ("actual", 2023, 3.0),
    ("actual", 2024, 2.0),
    ("actual", 2025, 1.0),
)


@pytest.mark.parametrize(
    ("stage", "rows", "wanted"),
    [
        ("operation", (DESIGN_2023, ACTUAL_2023, ACTUAL_2024, ACTUAL_2025), 2.0),  # the last year until the day
        ("operation", (ACTUAL_2023, DESIGN_2023), 3.0),
        ("construction", (ACTUAL_2024, DESIGN_2023), 4.0),
        ("operation", (("actual", None, 7.0), ACTUAL_2023), 3.0),
    ],
)
def test_the_latest_result_of_the_stage_counts_whatever_the_order(
    stage: str, rows: tuple[tuple[str, int | None, float], ...], wanted: float
) -> None:
    known = facts()
    project = {"project_id": "P9", "stage": stage, "name": "x"}
    for given in (rows, rows[::-1]):
        told = [
            {
                "project_id": "P9",
                "output": "co2",
                "value": value,
                "unit": "tCO2/a",
                "basis": basis,
                "year": year,
                "source_cell": f"x!{value}",
            }
            for basis, year, value in given
        ]
        book = replace(
            known.book,
            projects=table_of("projects", [project]),
            stated_benefits=table_of("stated_benefits", told),
            as_of=date(2024, 12, 31),
        )
        made = statement(
            replace(known, book=book, measurements=empty("measurements")),
            edition=EDITION,
            conventions={},
            factor_set=None,
            decisions=empty("decisions"),
            model=None,
        )
        found = {row["amount"] for row in made.value.measurements.to_pylist() if row["method"] == STATED}
        assert found == {wanted * 10**6}
        assert stated_first(book)["value"][0].as_py() == wanted

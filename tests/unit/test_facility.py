"""The quarterly statement of carbon-reduction loans: drawings by period and field, what is taken out, its words and its rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from facility_bank import AS_OF, DRAWINGS, WAN, drawing, facts, made, reference, value

from greenfin.aggregate import aggregate, in_all_gases, with_forms
from greenfin.aggregate.facility import EDITION, quarter_start
from greenfin.core.problems import Problem
from greenfin.core.records import Cell, PriorCell, Sum, Table
from greenfin.disclose.checks import declared
from greenfin.disclose.quarterly import quarterly


def broken(problems: tuple[Problem, ...] | list[Problem]) -> set[str]:
    return {str(p.params["rule"]) for p in problems if p.code in ("disclose.rule_broken", "disclose.rule_doubtful")}


def statement(*more: dict[str, object], as_of: date = AS_OF) -> Table:
    return made(facts((*DRAWINGS, *more), as_of=as_of), "T18").value[0]


def test_three_periods_by_four_columns() -> None:
    """Drawings of the quarter, of the year and of all time; projects once; rates weighted by amount; results by amount over investment."""
    table = statement()
    assert [value(table, f"total.quarter_{name}") for name in ("projects", "amount", "rate", "reduction")] == [2, 8000, 3.5875, 24_000]
    assert [value(table, f"total.year_{name}") for name in ("projects", "amount", "reduction")] == [2, 11_000, 33_000]
    assert value(table, "total.year_rate") == pytest.approx((3000 * 3.9 + 2000 * 3.85 + 6000 * 3.5) / 11_000)
    assert [value(table, f"total.cumulative_{name}") for name in ("projects", "amount", "reduction")] == [3, 12_000, 34_600]


def test_fields_and_what_stands_below_them() -> None:
    """An upper field has all below it, a field without a drawing is nothing, sub-fields without one are left out."""
    table = statement()
    assert value(table, "wind_power.year_amount") == 5000
    assert value(table, "clean_energy.year_amount") == 11_000
    assert value(table, "energy_saving.year_amount") == 0
    assert "heat_pumps" not in [row.id for row in table.rows]


def test_a_loan_in_no_field_stands_apart() -> None:
    """The total holds it, and it is told."""
    found = made(facts((*DRAWINGS, drawing("other", date(2024, 12, 1), 500, project_id="P9"))), "T18")
    assert value(found.value[0], "unclassified.quarter_amount") == 500
    assert value(found.value[0], "total.quarter_amount") == 8500
    codes = {p.code for p in found.problems}
    assert {"aggregate.facility_field_unknown", "aggregate.facility_reduction_missing"} <= codes
    assert not broken(found.problems)


def test_no_project_gives_more_than_its_result() -> None:
    """Drawings above the investment carry nothing more; the parts of the periods still add up."""
    table = statement(drawing("wind", date(2024, 12, 9), 40_000))
    assert value(table, "wind_power.cumulative_reduction") == 60_000
    assert value(table, "wind_power.quarter_reduction") == 60_000 - 9000


@pytest.mark.parametrize("kind", ["withdrawn", "excluded"])
def test_loans_taken_out_leave_every_period_and_are_restated(kind: str) -> None:
    """What earlier statements held of them stands in its own columns."""
    table = statement(drawing("store", date(2024, 10, 30), 300, kind=kind))
    assert value(table, "total.cumulative_amount") == 11_700
    assert value(table, "total.restated_amount") == 300
    assert value(table, "total.restated_reduction") == 480


def test_what_was_drawn_and_taken_out_in_one_quarter_is_not_restated() -> None:
    table = statement(drawing("sun", date(2024, 12, 1), 1000, kind="withdrawn"))
    assert value(table, "total.quarter_amount") == 7000
    assert value(table, "total.restated_amount") == 0


def test_repayment_takes_nothing_off() -> None:
    assert value(statement(drawing("wind", date(2024, 12, 1), 900, kind="repaid")), "total.quarter_amount") == 8000


def test_a_date_gives_its_quarter() -> None:
    """In the first quarter quarter and year are one."""
    table = statement(as_of=date(2024, 3, 31))
    assert value(table, "total.quarter_amount") == value(table, "total.year_amount") == 3000
    assert value(table, "total.cumulative_amount") == 4000
    assert [quarter_start(date(2024, m, 15)).month for m in (1, 5, 9, 12)] == [1, 4, 7, 10]


def test_without_a_list_the_ledger_counts_and_says_so() -> None:
    """Flagged loans stand with their own start and amount."""
    found = made(facts((), flagged=True), "T18")
    assert value(found.value[0], "total.cumulative_amount") == 10_900
    assert "aggregate.facility_from_ledger" in {p.code for p in found.problems}


def test_a_bank_that_does_not_use_the_facility() -> None:
    """The table does not apply, with the reason, and nothing is zero."""
    found = made(facts(()), "T18")
    assert not any(cell.value is not None for cell in found.value[0].cells.values())
    assert found.value[0].notes_zh[0].startswith("不适用")
    assert "disclose.table_not_applicable" in {p.code for p in found.problems}


def test_words_are_bound_to_the_cells() -> None:
    """The fixed wording, the quarter, and the most effective projects."""
    notes = "\n".join(statement().notes_zh)
    for words in ("虚假记载、重大遗漏或误导性陈述", "2024年第四季度", "8,000.00万元", "3.59%", "24,000.00吨二氧化碳当量", "P1项目"):
        assert words in notes
    assert "【" not in notes
    assert "fourth quarter of 2024" in "\n".join(statement().notes_en)


def test_a_place_that_cannot_be_filled_is_an_error() -> None:
    """X-15: without a rate the cumulative sentence has an empty place."""
    found = made(facts([row | {"rate_ppm": None} for row in DRAWINGS[3:]]), "T18")
    assert value(found.value[0], "total.cumulative_rate") == pytest.approx(4.0)  # the loan's own rate
    bare = facts([drawing("loose", date(2024, 11, 1), 100, rate=None)])
    found = made(bare, "T18")
    assert "narrative.cell_missing" in {p.code for p in found.problems}
    assert "【" in "\n".join(found.value[0].notes_zh)


def planted(at: str, change: Callable[[Fraction], Fraction]) -> Table:
    """The statement with one wrong figure."""
    table = statement()
    cell = table.cells[at]
    return replace(table, cells={**table.cells, at: replace(cell, value=change(cell.value or Fraction(0)))})


@pytest.mark.parametrize(
    ("at", "factor", "rule"),
    [
        ("total.quarter_amount", 2, "V-NEST"),
        ("total.year_reduction", 3, "V-NEST"),
        ("total.quarter_projects", 2, "V-NEST"),
        ("clean_energy.quarter_amount", 2, "V-SUM"),
        ("total.quarter_reduction", 9, "V-BAND"),
    ],
)
def test_each_declared_rule_finds_its_error(at: str, factor: int, rule: str) -> None:
    assert rule in broken(list(declared([planted(at, lambda v: v * factor)], reference().templates)))


def sums_of() -> dict[str, Sum]:
    known = facts()
    return dict(with_forms(aggregate(known), {EDITION: in_all_gases(known)}, known).value)


@pytest.mark.parametrize(
    ("at", "factor", "rule"),
    [
        ("total.quarter_rate", 2, "V-RATE"),
        ("total.year_amount", 2, "X-17"),
        ("project_P1.cumulative_reduction", 5, "X-06"),
        ("total.cumulative_reduction", 9, "X-06"),
    ],
)
def test_each_coded_rule_finds_its_error(at: str, factor: int, rule: str) -> None:
    sums = sums_of()
    assert not broken(list(quarterly([statement()], sums, ())))
    assert broken(list(quarterly([planted(at, lambda v: v * factor)], sums, ()))) == {rule}


def published(wan: int) -> PriorCell:
    return PriorCell("T18", "total", "cumulative_amount", Fraction(wan), "万元")


def test_the_statement_before_with_this_quarter_gives_this_one() -> None:
    """X-17, against last quarter's and against last year's statement."""
    table = statement()
    assert not list(quarterly([table], {}, [published(4000)]))
    assert not list(quarterly([table], {}, [published(1000)]))
    assert broken(list(quarterly([table], {}, [published(4100)]))) == {"X-17"}


def test_first_quarter_and_year_are_one() -> None:
    table = statement(as_of=date(2024, 3, 31))
    cell: Cell = replace(table.cells["total.quarter_reduction"], value=Fraction(1))
    sums = {"q": Sum("facility_amount", {"quarter": "1"}, 3000 * WAN, "fen", 1, "facility", "amount_fen")}
    wrong = replace(table, cells={**table.cells, "total.quarter_reduction": cell})
    assert not list(quarterly([table], sums, ()))
    assert broken(list(quarterly([wrong], sums, ()))) == {"X-17"}

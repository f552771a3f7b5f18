"""The regulator's returns: lines, totals, the checks of the form, risk enterprises, own operations."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cache

import pyarrow as pa
import pytest
from aggregate_bank import bank, loan, tag
from returns_bank import NFRA, WAN, answered, lines, made, reference, whole_bank

from greenfin.aggregate import Facts, aggregate
from greenfin.core.columns import table_of
from greenfin.core.problems import Problem
from greenfin.core.records import Table
from greenfin.disclose.checks import check
from greenfin.reference.templates import Check


@cache
def form() -> Table:
    return made(whole_bank(), "T08").value[0]


def value(name: str, table: Table | None = None) -> Fraction | None:
    row, _, column = name.rpartition(".")
    cell = (table or form()).cell(row, column)
    return cell.value if cell else None


def rules() -> tuple[Check, ...]:
    return tuple(rule for rule in reference().templates["T08"].checks if rule.id.startswith("NFRA-"))


def leaves(row: str) -> set[str]:
    """The lowest lines that a line adds up."""
    spec = reference().templates["T08"].row(row)
    assert spec
    return (
        {row}
        if not spec.of
        else {leaf for part in spec.of for leaf in leaves(part)} - {leaf for part in spec.less for leaf in leaves(part)}
    )


def broken(table: Table, name: str, by: int = 1) -> set[str]:
    """The rules that one more in a cell breaks."""
    row, _, column = name.rpartition(".")
    cell = table.cell(row, column)
    assert cell
    assert cell.value is not None
    wrong = replace(table, cells={**table.cells, name: replace(cell, value=cell.value + by)})
    return {str(p.params["rule"]) for p in check([wrong], reference().templates) if p.code == "disclose.rule_broken"}


def test_the_form_has_its_lines_columns_and_checks() -> None:
    template = reference().templates["T08"]
    assert sum(row.id.startswith(("line_", "head_")) for row in template.rows) == 94 + 1  # and the head of the totals
    assert [column.form[0] for column in template.columns if column.form] == list("ABCDEFGHIJKLMNOPQRST")
    assert [rule.id for rule in rules()] == [f"NFRA-{n:02d}" for n in range(1, 35)]
    assert all(rule.says for rule in rules())


def test_a_sound_form_breaks_no_rule() -> None:
    found = made(whole_bank(), "T08")
    assert not [p for p in found.problems if p.code in ("disclose.rule_broken", "disclose.cell_differs", "aggregate.benefit_differs")]
    assert not check(found.value, reference().templates)


@pytest.mark.parametrize("rule", [f"NFRA-{n:02d}" for n in range(1, 35)])
def test_each_check_of_the_form_finds_a_planted_error(rule: str) -> None:
    found = next(one for one in rules() if one.id == rule)
    row, _, column = found.args[0].rpartition(".")
    cell = f"{row if row != '@' else 'line_4_2'}.{column if column != '@' else 'balance'}"
    assert rule in broken(form(), cell)


def test_totals_are_what_the_lines_give() -> None:
    amount = {entry: Fraction(n) for n, entry in enumerate(lines(), 1)}
    entry_of = {row.id: row.keys.get("entry", "") for row in reference().templates["T08"].rows}
    for row in ("production", "projects_services", "low_carbon", "circular", "climate", "mitigation", "adaptation", "line_4"):
        assert value(f"{row}.balance") == sum(amount[entry_of[leaf]] for leaf in leaves(row)), row
    assert value("total.balance") == sum(amount.values())  # 14 = 1 + … + 9
    inside = [value(f"{row}.balance") or 0 for row in ("production", "projects_services", "line_8", "line_9", "line_4_1_1", "line_4_1_2")]
    assert value("total.balance") == sum(inside[:4]) - sum(inside[4:])


def test_climate_finance_is_a_union() -> None:
    assert leaves("climate") == leaves("mitigation") | leaves("adaptation")
    both = leaves("mitigation") & leaves("adaptation")
    assert {"line_3_2_4", "line_4_1_3", "line_5_1_2", "line_5_1_4"} <= both
    twice = sum(value(f"{leaf}.balance") or 0 for leaf in both)
    assert value("climate.balance") == (value("mitigation.balance") or 0) + (value("adaptation.balance") or 0) - twice


def test_rights_pledged_are_beside_the_total() -> None:
    assert value("carbon_pledged.balance") == 7
    assert value("other_pledged.balance") == 0
    assert value("rights.balance") == 7 + (value("line_6_5.balance") or 0) + (value("line_6_6.balance") or 0)
    assert value("total.balance") == sum(range(1, len(lines()) + 1))


def test_trade_and_consumption_have_no_benefit() -> None:
    columns = [column.id for column in reference().templates["T08"].columns if column.unit and column.kind == "flow"]
    assert not [(row, c) for row in form().rows if row.id.startswith(("line_8", "line_9")) for c in columns if form().cell(row.id, c)]
    assert value("line_1.tce") == sum(range(1, 8))


def test_all_gases_stand_in_one_column() -> None:
    facts = whole_bank()
    more = {"project_id": "P1", "output": "co2e", "amount": 9 * 10**6, "unit": "gCO2e", "method": "m", "factors": "[]"}
    measured = [*facts.measurements.to_pylist(), more]
    parts = [*facts.parts.to_pylist(), {"loan_id": "L1", "project_id": "P1", "output": "co2e", "amount": 9 * 10**6, "unit": "gCO2e"}]
    table = made(replace(facts, measurements=table_of("measurements", measured), parts=table_of("parts", parts)), "T08").value[0]
    assert [value("line_1_1.co2e", table), value("line_1_2.co2e", table)] == [9, 2]


def test_registers_stand_on_their_lines() -> None:
    assert [value("line_1_6.bonds"), value("total.bonds")] == [5, 5]
    assert [value("line_8_1.acceptances"), value("total.acceptances")] == [2, 2]
    assert [value("line_8_5.letters"), value("low_carbon.letters")] == [6, 6]


def test_what_the_book_has_no_register_of_is_missing_and_not_nothing() -> None:
    facts = whole_bank()
    none = replace(facts, book=replace(facts.book, bonds=facts.book.bonds.slice(0, 0), loans=_without(facts, "env_rights")))
    table = made(none, "T08").value[0]
    assert value("total.bonds", table) is None
    assert value("carbon_pledged.balance", table) is None
    assert value("rights.balance", table) is None
    assert value("line_6_5.balance", table) is not None


def _without(facts: Facts, column: str) -> pa.Table:
    return table_of("loans", [row | {column: None} for row in facts.book.loans.to_pylist()])


def test_a_class_that_is_not_known_is_told() -> None:
    facts = whole_bank()
    letters = table_of("letters", [{"letter_no": "1", "amount_fen": WAN, "green_nfra": "77.7", "source_sheet": "b!s", "source_row": 4}])
    problems = made(replace(facts, book=replace(facts.book, letters=letters)), "T08").problems
    assert [(p.code, p.where) for p in problems if p.code == "aggregate.register_class_unknown"] == [
        ("aggregate.register_class_unknown", "b!s!4")
    ]
    bare = table_of("letters", [{"letter_no": "1", "amount_fen": WAN, "source_sheet": "b!s", "source_row": 4}])
    found = made(replace(facts, book=replace(facts.book, letters=bare)), "T08")
    assert value("total.letters", found.value[0]) is None
    assert "aggregate.register_without_class" in {p.code for p in found.problems}


def test_a_register_of_which_some_classes_lack_is_not_the_whole() -> None:
    """A green bond without a class is told and the total marked; of letters whose classes are all unknown nothing is known."""
    facts = whole_bank()
    bare = facts.book.bonds.to_pylist()[0] | {"green_nfra": None, "source_row": 9}
    bonds = pa.concat_tables([facts.book.bonds, table_of("bonds", [bare])])
    letters = table_of("letters", [{"letter_no": "1", "amount_fen": WAN, "green_nfra": "77.7", "source_sheet": "b!s", "source_row": 4}])
    found = made(replace(facts, book=replace(facts.book, bonds=bonds, letters=letters)), "T08")
    cells = found.value[0].cells
    assert (cells["total.bonds"].value, cells["total.letters"].value) == (5, None)
    assert cells["line_1_6.bonds"].marks
    assert cells["total.bonds"].marks
    assert [(p.where, p.params["n"]) for p in found.problems if p.code == "aggregate.bonds_without_class"] == [("book.xlsx!登记!9", 1)]
    whole = made(facts, "T08")
    assert not whole.value[0].cells["line_1_6.bonds"].marks
    assert "aggregate.bonds_without_class" not in {p.code for p in whole.problems}


def test_a_loan_without_a_class_of_quality_shows_in_the_check() -> None:
    facts = whole_bank()
    rows = facts.book.loans.to_pylist()
    rows[0]["class5"] = None
    problems = made(replace(facts, book=replace(facts.book, loans=table_of("loans", rows))), "T08").problems
    assert any(p.code == "disclose.rule_broken" and p.params["rule"] == "NFRA-34" for p in problems)


def test_a_form_says_when_it_is_not_for_the_data_date() -> None:
    facts = whole_bank()
    early = replace(facts, book=replace(facts.book, as_of=date(2019, 12, 31)))
    assert [p.where for p in made(early, "T08").problems if p.code == "disclose.form_not_in_force"] == ["T08"]


# risk enterprises


def events(*rows: dict[str, object]) -> pa.Table:
    sheet = {"source_sheet": "book.xlsx!风险企业", "kind": "environment", "is_closed": False, "happened_on": date(2025, 3, 1)}
    return table_of("risk_events", [sheet | {"source_row": 3 + n} | row for n, row in enumerate(rows)])


def risks(*rows: dict[str, object]) -> tuple[Table, tuple[Problem, ...]]:
    facts = whole_bank()
    found = made(replace(facts, book=replace(facts.book, risk_events=events(*rows))), "T09")
    return found.value[0], found.problems


def test_customers_at_risk_count_once_and_closed_events_leave() -> None:
    table, problems = risks(
        {"customer_no": "C-L5", "measure": "督促整改"},
        {"customer_no": "C-L5", "kind": "safety", "measure": "压缩退出"},
        {"customer_no": "C-L6", "measure": "清收处置", "is_closed": True},
        {"customer_no": "C-L7", "measure": "清收处置", "closed_on": date(2026, 1, 9), "is_closed": True},
        {"customer_no": "C-L8", "happened_on": date(2026, 1, 5)},
        {"customer_no": "nobody", "measure": "其他"},
    )
    assert [value(f"{row}.customers", table) for row in ("environment", "safety", "total")] == [2, 1, 2]
    assert [value(f"{row}.balance", table) for row in ("environment_urge", "environment_recover", "safety_reduce", "total")] == [
        5,
        7,
        5,
        12,
    ]
    assert value("total.increase", table) == 12 - 2
    assert value("outdated_capacity.balance", table) == 0
    codes = [p.code for p in problems]
    assert "aggregate.risk_not_in_ledger" in codes
    assert "disclose.rule_broken" not in codes


def test_a_customer_stands_under_the_measure_of_the_latest_event() -> None:
    table, problems = risks(
        {"customer_no": "C-L5", "measure": "清收", "happened_on": date(2025, 6, 1)},
        {"customer_no": "C-L5", "measure": "督促整改", "happened_on": date(2025, 1, 1)},
        {"customer_no": "C-L6"},
    )
    assert [value(f"environment_{m}.customers", table) for m in ("recover", "urge", "other")] == [1, 0, 1]
    assert "aggregate.risk_measure_missing" in {p.code for p in problems}


def test_a_change_that_the_ledger_does_not_know_is_missing() -> None:
    facts = whole_bank()
    book = replace(facts.book, risk_events=events({"customer_no": "C-L5", "measure": "督促"}), loans=_without(facts, "prior_balance_fen"))
    table = made(replace(facts, book=book), "T09").value[0]
    assert [value("total.increase", table), value("total.balance", table)] == [None, 5]


def test_what_a_customer_at_risk_has_paid_off_is_in_the_change() -> None:
    """A loan settled in the year is part of it; whoever owes nothing more stands in no column."""
    facts = whole_bank()
    paid = [loan(f"paid-{name}", 0, customer_no=name, prior_balance_fen=30 * WAN, start_on=date(2020, 1, 1)) for name in ("C-L5", "gone")]
    loans = pa.concat_tables([facts.book.loans, table_of("loans", [dict(row) for row in paid])])
    told = events({"customer_no": "C-L5", "measure": "督促"}, {"customer_no": "gone", "measure": "督促"})
    found = made(replace(facts, book=replace(facts.book, risk_events=told, loans=loans)), "T09")
    table = found.value[0]
    assert [value(f"total.{name}", table) for name in ("customers", "balance", "increase")] == [1, 5, (5 - 1) - 30]
    assert [p.params["n"] for p in found.problems if p.code == "aggregate.risk_not_in_ledger"] == [1]


def test_a_green_customer_of_the_same_name_is_not_at_risk() -> None:
    """The event's number says whose it is; another customer of that name has none."""
    loans = [loan(name, 100, customer_no=name, customer_name="示例建材") for name in ("one", "other")]
    tags = [tag(name, "green", "4.1.2", approved=True) for name in ("one", "other")]
    facts = bank(loans=loans, tags=tags, parts=(), measurements=())
    told = events({"customer_no": "one", "customer_name": "示例建材", "measure": "督促"})
    found = aggregate(replace(facts, book=replace(facts.book, risk_events=told))).problems
    assert [(p.where, p.params["customers"]) for p in found if p.code == "aggregate.green_at_risk"] == [("one", 1)]


def test_the_parts_of_the_return_on_risks_are_held_against_its_sums() -> None:
    table, _ = risks({"customer_no": "C-L5", "measure": "督促"}, {"customer_no": "C-L6", "kind": "safety", "measure": "退出"})
    assert broken(table, "environment.customers") >= {"V-SUM"}
    assert broken(table, "total.balance") >= {"V-SUM"}
    assert "V-NEST" in broken(table, "safety.customers", by=2)
    assert "V-NEST" in broken(table, "safety.balance", by=10)


def test_without_a_register_the_return_is_empty() -> None:
    table = made(whole_bank(), "T09").value[0]
    assert all(cell.value is None for cell in table.cells.values())


# own operations


def test_use_per_head_times_staff_is_the_total() -> None:
    stated = {"training_hours": "12.5", "electronic_share": "93.5%", "green_specialists": "8人", "publicity_hours": "abc"}
    found = made(answered(**stated), "T10", "T20")
    table = found.value[0]
    assert value("electricity_per_head.current", table) == 100
    assert value("paper_per_head.current", table) == Fraction(43659, 10**5)
    assert [value(f"{n}.current", table) for n in ("training_hours", "electronic_share", "green_specialists")] == [
        Fraction(25, 2),
        Fraction(187, 2),
        8,
    ]
    assert value("publicity_hours.current", table) is None
    assert [p.where for p in found.problems if p.code == "aggregate.stated_unreadable"] == ["green_operations.publicity_hours"]
    wrong = replace(table.cells["electricity_per_head.current"], value=Fraction(99))
    tables = [replace(table, cells={**table.cells, "electricity_per_head.current": wrong}), found.value[1]]
    assert "X-09" in {str(p.params.get("rule")) for p in check(tables, reference().templates)}


def test_a_share_beyond_a_hundred_is_told() -> None:
    problems = made(answered(electronic_share="130"), "T10").problems
    assert [p.where for p in problems if p.code == "disclose.rule_broken"] == ["T10!electronic_share.current"]


def test_every_line_is_an_entry_of_its_edition() -> None:
    assert set(lines()) <= set(reference().catalogues[NFRA].entries)

"""Every table of the example is made or says why not, every cross-check holds there, and every rule finds an error planted in a cell."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import pytest

from greenfin.core.problems import Problem, Severity
from greenfin.core.records import Cell, How, Sum, Table, sum_key
from greenfin.disclose.checks import against_sums, check
from greenfin.disclose.narrative.index import tables_of
from greenfin.messages.words import codes
from greenfin.reference.template_rules import SAME
from greenfin.reference.templates import Check
from tests.example_run import everything, reference

# Rules that no template can declare, and the test that plants an error for each.
CODED = {
    "X-03": ("test_returns_crossed", "test_a_bridge_that_does_not_give_both_totals_is_an_error"),
    "X-04": ("test_returns_crossed", "test_a_project_has_one_benefit_under_both_perimeters"),
    "X-06": ("test_facility", "test_each_coded_rule_finds_its_error"),
    "X-08": ("test_green_bonds", "test_one_benefit_is_not_claimed_twice"),
    "X-09": ("test_footprint_agree", "test_a_row_that_was_not_counted_is_told"),
    "X-13": ("test_returns_crossed", "test_green_loans_of_customers_at_risk_are_told"),
    "X-14": ("test_register", "test_last_years_figure_that_is_not_the_published_one_is_an_error"),
    "X-15": ("test_narrative", "test_a_planted_error_is_told_and_marked_in_its_place"),
    "X-16": ("test_every_rule", "test_a_class_of_another_edition_is_found"),
    "X-17": ("test_facility", "test_each_coded_rule_finds_its_error"),
    "X-18": ("test_ingest_books", "test_control_total_off_by_a_fen"),
    "X-19": ("test_rules_planted", "test_receipts_of_one_project_share_its_class"),
    "V-RATE": ("test_facility", "test_each_coded_rule_finds_its_error"),
}
OF_CELLS = {"X-01": "ref", "V-SUM": "total", "V-YOY": "growth", "V-SHARE": "ratio", "V-PP": "points"}  # rule -> how a cell is made
# What the cross-checks say where no template's rule speaks; X-13 asks a person to look again, and the example has such customers.
BROKEN = {
    "aggregate.bridge_differs", "aggregate.benefit_differs", "aggregate.benefit_claimed_twice", "aggregate.bond_unknown",
    "aggregate.project_classes", "aggregate.class_not_leaf", "aggregate.identity_broken", "aggregate.editions_mixed",
    "disclose.cell_differs", "disclose.rule_broken", "disclose.rule_doubtful", "footprint.not_its_factors", "ingest.control_differs",
    "ingest.prior_unrecorded", "ingest.register_differs",
}  # fmt: skip


def declared() -> Iterator[tuple[str, Check]]:
    yield from ((table, rule) for table, template in reference().templates.items() for rule in template.checks)


def test_thirty_seven_tables_are_filled_or_say_why_not() -> None:
    result = everything()
    index = tables_of(result.narrative.chapters, "zh")
    tables = {table.id: table for table in (*result.tables.values(), *index)}
    assert set(tables) == {f"T{number:02d}" for number in (*range(1, 19), *range(20, 39))}
    assert len(tables) == 37
    told = " ".join(p.where for p in result.problems if p.code in ("disclose.table_not_applicable", "disclose.not_applicable"))
    for name, table in tables.items():
        has = any(cell.value is not None or cell.text for cell in table.cells.values())
        assert has != (name in told), name
        assert has or table.notes_zh, name
        assert all(cell.how.reason for cell in table.cells.values() if cell.value is None and not cell.text and cell.how.op == "missing"), (
            name
        )


def test_every_cross_check_holds_on_the_example() -> None:
    assert not [(p.code, p.where, dict(p.params)) for p in everything().problems if p.code in BROKEN]
    assert not [p for p in everything().problems if p.code.startswith("narrative.") and p.severity is Severity.ERROR]


def test_every_cross_check_has_a_rule_and_an_error_planted_for_it() -> None:
    known = {rule.id for _, rule in declared()} | set(CODED) | set(OF_CELLS)
    assert {f"X-{number:02d}" for number in range(1, 21)} <= known
    for module, name in CODED.values():
        assert callable(getattr(importlib.import_module(module), name))
    for lang in ("zh", "en"):
        worded = {code.removeprefix("rule.") for code in codes(lang) if code.startswith("rule.")}
        assert {name for name in known if name[:2] in ("X-", "V-")} <= worded
    assert all(rule.says for _, rule in declared() if rule.id.startswith("NFRA-"))  # in the words of the form


def of(table: str) -> tuple[Table, ...]:
    """The table and those that its rules speak of."""
    named = {table, *(arg.lstrip("-").partition("!")[0] for rule in reference().templates[table].checks for arg in rule.args if "!" in arg)}
    return tuple(one for one in everything().tables.values() if one.id in named)


def watched(table: str, rule: Check) -> Iterator[Cell]:
    """The cells with a value that a rule speaks of first."""
    first = rule.args[0] if rule.kind != "hundred" else f"{SAME}.{rule.args[0]}"
    address = "{}!{}.{}".format(*reference().templates[table].address(first, row="", column="current"))
    pattern = re.compile(re.escape(address).replace(SAME, ".+"))
    cells = (cell for one in of(table) for cell in one.cells.values())
    yield from (cell for cell in cells if cell.value is not None and pattern.fullmatch(cell.id))


def put(tables: Sequence[Table], cell: Cell) -> tuple[Table, ...]:
    """The tables with another cell at its place."""
    name, _, key = cell.id.partition("!")
    return tuple(replace(one, cells={**one.cells, key: cell}) if one.id == name else one for one in tables)


def wrong(cell: Cell) -> Cell:
    """The cell with an absurd value."""
    return replace(cell, value=(cell.value or Fraction(0)) * 10**6 + 10**9)


def broken(tables: Sequence[Table], table: str) -> set[tuple[object, str]]:
    """Rules that a table's cells break, with where."""
    template = reference().templates[table]
    cells = {cell.id: cell for one in tables for cell in one.cells.values()}
    found: list[Problem] = [*check(tables, {table: template}), *against_sums(template, cells, everything().sums)]
    return {(p.params["rule"], p.where) for p in found if "rule" in p.params}


@pytest.mark.parametrize("table", sorted({table for table, _ in declared()}))
def test_each_declared_rule_finds_what_is_planted_in_the_example(table: str) -> None:
    """Rules about something that the example does not have are passed over: they speak of no cell with a value."""
    before, seen = broken(of(table), table), 0
    for rule in reference().templates[table].checks:
        cells = list(watched(table, rule)) if rule.kind not in ("together", "apart") else []
        found = any((rule.id, _told_at(table, rule, cell)) in broken(put(of(table), wrong(cell)), table) - before for cell in cells[:3])
        assert found or not cells, (table, rule)
        seen += bool(cells)
    assert seen or any(rule.kind == "together" for rule in reference().templates[table].checks), table


def _told_at(table: str, rule: Check, planted: Cell) -> str:
    """Where a rule tells of a planted cell: there, or at the product that its factors do not give."""
    return (
        "{}!{}.{}".format(*reference().templates[table].address(rule.args[2], row="", column="")) if rule.kind == "product" else planted.id
    )


@pytest.mark.parametrize("rule", sorted(OF_CELLS))
def test_a_cell_that_its_sources_do_not_give_is_found(rule: str) -> None:
    tables = tuple(everything().tables[name] for name in ("T01", "T02", "T03", "T12", "T14"))
    cells = [cell for one in tables for cell in one.cells.values() if cell.how.op == OF_CELLS[rule] and cell.value is not None]
    assert cells
    for cell in cells[:3]:
        assert (rule, cell.id) in {(p.params.get("rule"), p.where) for p in check(put(tables, wrong(cell)))}


def test_one_without_the_other_is_found() -> None:
    """Rules of kind ``together``: energy without emissions, a saving without its baseline, a target without its gap."""
    missing = How("missing", reason="no_rows")
    seen = set()
    for table, rule in declared():
        pair = [cell for arg in rule.args for cell in [_at(table, arg)] if cell] if rule.kind == "together" else []
        if len(pair) == 2 and None not in (pair[0].value, pair[1].value):
            lacking = replace(pair[1], value=None, how=missing)
            assert rule.id in {name for name, _ in broken(put(of(table), lacking), table)}, (table, rule)
            seen.add(rule.id)
    assert seen >= {"X-09", "V-TARGET"}


def _at(table: str, arg: str) -> Cell | None:
    name, row, column = reference().templates[table].address(arg, row="", column="current")
    return everything().tables[name].cell(row, column)


@pytest.mark.parametrize(("rule", "kinds"), [("X-12", ("financed_emissions", "benefit")), ("X-10", ("financed_emissions", "emissions"))])
def test_what_must_stay_apart_is_in_no_total_together(rule: str, kinds: tuple[str, str]) -> None:
    parts = [Cell(f"T25!planted{n}.emissions", Fraction(1), "tCO2e", 2, How("sum", (kind,))) for n, kind in enumerate(kinds)]
    whole = Cell("T25!planted.emissions", Fraction(2), "tCO2e", 2, How("total", tuple(one.id for one in parts)))
    tables = of("T25")
    for cell in (*parts, whole):
        tables = put(tables, cell)
    assert (rule, whole.id) in broken(tables, "T25") - broken(of("T25"), "T25")


def test_a_class_of_another_edition_is_found() -> None:
    """X-16: a sum under a code that only another edition has."""
    from greenfin import disclose

    result = everything()
    strange = Sum("green_balance", {"code": "9.9.9"}, 100, "fen", 1, "loans", "green_fen")
    more = Sum("green_balance", {"code": "9.9.9", "sector": "A"}, 100, "fen", 1, "loans", "green_fen")
    sums = {**result.sums, sum_key(strange.name, strange.keys): strange, sum_key(more.name, more.keys): more}
    found = disclose.build(
        reference(),
        sums,
        templates=("T07",),
        prior=(),
        policy=result.policy,
        as_of=result.as_of,
        edition=result.edition,
        facts=result.facts,
    )
    assert [p.params["found"] for p in found.problems if p.params.get("rule") == "X-16"] == ["9.9.9"]

"""Every declared rule of the tables of green loans finds an error planted in a cell it watches; and what loans are grouped by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cache

import pytest
from aggregate_bank import LOANS, MEASUREMENTS, PARTS, TAGS, bank, measurement, part, tag

from greenfin.aggregate import Facts, aggregate
from greenfin.core.columns import table_of
from greenfin.core.problems import Outcome
from greenfin.core.records import Answer, Bank, Cell, PriorCell, Sum, Table
from greenfin.disclose import build
from greenfin.disclose.checks import against_sums, declared
from greenfin.reference.load import Reference, load
from greenfin.reference.templates import Check

EDITION = "green-finance-2025"
TABLES = ("T02", "T03", "T04", "T05", "T06", "T07", "T11", "T12", "T16", "T17")
KEYS: dict[str, dict[str, object]] = {
    "L1": {"industry_use": "4415", "region_use": "510100", "guarantee": "mortgage", "branch_code": "0101", "branch_name": "示例绿色支行"},
    "L2": {"industry_use": "4415", "region_use": "510700", "guarantee": "mortgage+guarantee", "branch_code": "0102"},
    "L3": {"customer_name": "张*", "region_use": "510100", "branch_code": "0102", "carbon_mark": "none"},
    "L4": {"industry_use": "2.22买断式转贴现", "branch_code": "0102"},
    "L5": {"is_domestic": False, "branch_code": "0101"},
}
DAYS = {"start_on": date(2024, 3, 31), "due_on": date(2025, 3, 31), "extended_due_on": None}


@cache
def reference() -> Reference:
    return load().whole()


@cache
def facts() -> Facts:
    loans = [{**row, **KEYS[str(row["loan_id"])], **DAYS} for row in LOANS]
    tags = [{**row, "carbon_mark": mark} for row, mark in zip(TAGS, ("direct", "enabling", "none", None, None), strict=True)]
    made = bank(loans=loans, tags=tags, parts=[*PARTS, part("L1", "P1", "so2", 5, "gSO2")],
                measurements=[*MEASUREMENTS, measurement("P1", "so2", 12, "gSO2")])  # fmt: skip
    customers = table_of("customers", [{"customer_no": "C1", "scale": "large"}])
    green = Bank(extra={"green_branches.1.code": "0101"})
    return replace(made, book=replace(made.book, customers=customers), reference=reference(), bank=green)


@cache
def sums() -> Mapping[str, Sum]:
    return aggregate(facts()).value


@cache
def made() -> Outcome[tuple[Table, ...]]:
    return build(
        reference(), sums(), templates=TABLES, prior=(), policy=facts().policy, as_of=facts().book.as_of, edition=EDITION, facts=facts()
    )


def value(name: str) -> Fraction | None:
    return next(t for t in made().value if t.id == name[:3]).cells[name.partition("!")[2]].value


def broken(tables: tuple[Table, ...], table: str) -> set[tuple[object, str]]:
    """Rules that a table's cells break, with where."""
    cells = {cell.id: cell for one in tables for cell in one.cells.values()}
    found = list(declared(tables, {table: reference().templates[table]}))
    found += against_sums(reference().templates[table], cells, sums())
    return {(p.params["rule"], p.where) for p in found}


def watched(table: str, rule: Check) -> Iterator[Cell]:
    """The cells with a value that a rule speaks of first."""
    first = rule.args[0] if rule.kind != "hundred" else f"@.{rule.args[0]}"
    address = "{}!{}.{}".format(*reference().templates[table].address(first, row="", column="current"))
    pattern = re.compile(re.escape(address).replace("@", ".+"))
    cells = (cell for one in made().value for cell in one.cells.values())
    yield from (cell for cell in cells if cell.value is not None and pattern.fullmatch(cell.id))


def planted(cell: Cell) -> tuple[Table, ...]:
    """The tables with one cell a thousand times and a thousand more than it is."""
    wrong = replace(cell, value=(cell.value or Fraction(0)) * 1000 + 1000)
    return tuple(
        replace(one, cells={key: wrong if found.id == cell.id else found for key, found in one.cells.items()}) for one in made().value
    )


def test_the_tables_as_made_break_no_rule() -> None:
    assert not [p for p in made().problems if p.code in ("disclose.rule_broken",)]
    assert not [name for table in TABLES for name in broken(made().value, table) if name[0] != "V-BAND"]


@pytest.mark.parametrize("table", TABLES)
def test_each_rule_finds_what_is_planted(table: str) -> None:
    rules = [rule for rule in reference().templates[table].checks if rule.kind not in ("together", "apart")]
    seen = 0
    for rule in rules:
        cells = list(watched(table, rule))
        found = any((rule.id, cell.id) in broken(planted(cell), table) for cell in cells)
        assert not cells or found, (table, rule)
        seen += bool(cells)
    assert seen >= max(1, len(rules) // 2)  # the others speak of what this bank does not have


def test_loans_are_grouped_by_what_the_book_says_of_them() -> None:
    assert value("T04!section_D.balance") == 4
    assert value("T04!section_person.count") == 1
    assert value("T05!non_performing.balance") == 1
    assert value("T05!total.all_loans") == Fraction(100_000_000_000, 10**10)
    assert value("T06!scale_large.count") == 2
    assert value("T06!guarantee_combined.balance") == 1
    assert value("T06!region_510000.balance") == Fraction(42500000001, 10**10)
    assert value("T06!kind_project.count") == 3
    assert value("T06!term_short.count") == 3
    assert value("T06!remaining_past.count") == 3
    assert value("T07!4.1.2.section_D") == 40000
    assert value("T11!person_in_510100.customers") == 1
    assert value("T12!branch_0101.balance") == 30000


def test_a_day_over_a_year_is_not_within_it() -> None:
    longer = [{**row, **DAYS, "due_on": date(2025, 4, 1)} for row in LOANS]
    found = aggregate(replace(facts(), book=replace(facts().book, loans=table_of("loans", longer)))).value
    assert found["green_count|contract_term=medium"].value == 3


def test_the_headline_follows_the_official_marks() -> None:
    assert value("T02!carbon_benefit.current") == 4
    assert value("T02!carbon_direct.current") == 3
    assert value("T02!carbon_none.current") == Fraction(2500000001, 10**10)


def test_the_matrix_has_blanks_and_no_zeros() -> None:
    (table,) = (t for t in made().value if t.id == "T07")
    assert "3.2.1.section_D" not in table.cells
    assert all(cell.value for cell in table.cells.values() if cell.text is None)


def test_receipts_of_one_project_share_its_class() -> None:
    tags = [*TAGS[:1], tag("L2", "green", "4.2.1"), *TAGS[2:]]
    found = aggregate(replace(bank(tags=tags), reference=reference())).problems
    (told,) = (p for p in found if p.code == "aggregate.project_classes")
    assert (told.where, told.params["found"]) == ("P1", "4.1.2 / 4.2.1")
    assert not [p for p in aggregate(facts()).problems if p.code == "aggregate.project_classes"]


def test_a_class_with_others_under_it_is_not_exact() -> None:
    found = aggregate(replace(bank(tags=[tag("L1", "green", "4.2"), *TAGS[1:]]), reference=reference())).problems
    assert [p.where for p in found if p.code == "aggregate.class_not_leaf"] == ["L1"]


def test_a_green_branch_that_the_ledger_does_not_have_is_told() -> None:
    wrong = replace(facts(), bank=Bank(extra={"green_branches": "0101; 4161"}))
    assert [p.where for p in aggregate(wrong).problems if p.code == "aggregate.branch_unlisted"] == ["4161"]


def test_places_persons_and_sizes_are_read_as_banks_write_them() -> None:
    said: dict[str, dict[str, object]] = {
        "L1": {"region_use": "四川省成都市", "customer_scale": "small"},
        "L2": {"region_use": "境外", "industry_use": "3.对境外贷款"},
        "L3": {"region_use": "未知之地", "kind": "个人经营贷款"},
    }
    rows = [{**row, **said.get(str(row["loan_id"]), {})} for row in LOANS]
    found = aggregate(replace(facts(), book=replace(facts().book, loans=table_of("loans", rows)))).value
    assert found["green_count|province=510000"].value == 1
    assert found["green_count|province=abroad"].value == 1
    assert found["green_count|province=unknown"].value == 1
    assert found["green_count|scale=small"].value == found["green_count|scale=large"].value == 1
    assert found["green_count|sector=abroad"].value == found["green_count|borrower=person"].value == 1


def with_prior(*columns: str) -> tuple[Table, ...]:
    cells = [PriorCell("T02", "green_balance", column, Fraction(at + 1), "亿元", EDITION) for at, column in enumerate(columns)]
    return build(
        reference(), sums(), templates=("T02", "T13"), prior=cells, policy=facts().policy, as_of=facts().book.as_of, edition=EDITION,
        facts=facts(), answers=(Answer("Q04", "own_quota", "yes", "a.yaml:3"),),
    ).value  # fmt: skip


def test_a_third_year_end_is_shown_where_it_was_published() -> None:
    both, alone, none = with_prior("current", "prior")[0], with_prior("current", "before")[0], with_prior("current")[0]
    assert [t.cells["green_balance.prior"].value for t in (both, alone, none)] == [1, 1, 1]
    assert [t.cells["green_balance.before"].value for t in (both, alone)] == [2, 2]
    assert "before" not in [column.id for column in none.columns]


def test_what_the_bank_answers_stands_in_its_table() -> None:
    table = with_prior()[1]
    assert table.cells["own_quota.current"].text == "yes"
    assert table.cells["own_price.current"].how.op == "missing"


def test_the_prior_of_a_total_whose_rows_were_all_published_is_their_sum() -> None:
    def total(*rows: str) -> Cell:
        cells = [PriorCell("T12", row, "balance", Fraction(100), "万元", EDITION) for row in rows]
        given = build(
            reference(), sums(), templates=("T12",), prior=cells, policy=facts().policy, as_of=facts().book.as_of, edition=EDITION,
            facts=facts(),
        ).value  # fmt: skip
        return given[0].cells["total.prior_balance"]

    branches = [row.id for row in next(t for t in made().value if t.id == "T12").rows if row.id != "total"]
    assert total(*branches).value == 100 * len(branches)
    assert total("total").how.op == "prior"
    assert total().how.reason == "no_prior"

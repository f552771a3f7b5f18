"""Tables T23 to T28: their sums, what stands under them, and the rules that hold them together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import pyarrow as pa
import pytest
from aggregate_bank import EDITION, STRICT
from exposed_bank import PAIRS, STANDARD, UNVERIFIED, WAN, T, exposed, exposed_bank

from greenfin.aggregate import Facts, aggregate
from greenfin.aggregate.exposed import financed_rows
from greenfin.core.lineage import Source
from greenfin.core.problems import Outcome
from greenfin.core.records import Cell, How, Sum, Table
from greenfin.disclose import build, check
from greenfin.explain.exposures import exposure, rows_of
from greenfin.reference.load import Reference, load

TABLES = ("T02", "T16", "T21", "T23", "T24", "T25", "T26", "T27", "T28")
FINANCED = TABLES[3:]


@cache
def reference() -> Reference:
    return load()


def built(facts: Facts | None = None, sums: Mapping[str, Sum] | None = None) -> Outcome[tuple[Table, ...]]:
    facts = facts or exposed_bank()
    made = aggregate(facts).value if sums is None else sums
    return build(reference(), made, templates=TABLES, prior=(), policy=facts.policy, as_of=facts.book.as_of, edition=EDITION, facts=facts)


@cache
def cells() -> dict[str, Cell]:
    return {c.id: c for t in built().value for c in t.cells.values()}


def rules(made: Outcome[tuple[Table, ...]]) -> set[str]:
    return {str(p.params.get("rule")) for p in made.problems if p.code == "disclose.rule_broken"}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("T23!project.average", Fraction(8, 100)),
        ("T23!project.coverage", 100),
        ("T23!project.emissions", 40),
        ("T23!project.intensity", Fraction(40, 800)),
        ("T23!non_project.average", Fraction(9, 100)),
        ("T23!non_project.counted", Fraction(8, 100)),
        ("T23!non_project.scope3", 7),
        ("T23!total.emissions", 52),
        ("T23!total.quality", Fraction(3 * 42 + 5 * 10, 52)),
        ("T24!corporate_bond.emissions", 8),
        ("T24!total.scope1", 8),
        ("T25!loans.gross", Fraction(19, 100)),
        ("T25!total.emissions", 60),
        ("T25!total.coverage", Fraction(1800 * 100, 1900)),
        ("T26!steel.emissions", 18),
        ("T26!total.emissions", 58),
        ("T27!section_C.emissions", 20),
        ("T27!section_none.average", Fraction(1, 100)),
        ("T27!total.scope2", 16),
        ("T28!C_business_loan.scope1", 6),
        ("T28!D_project_finance.included", 100),
        ("T28!none_mortgage.counted", 0),
        ("T28!total.undrawn", Fraction(5, 1000)),
    ],
)
def test_a_cell_is_the_sum_of_its_exposures(cell: str, value: Fraction | int) -> None:
    assert cells()[cell].value == value


def test_what_there_is_nothing_of_is_left_blank_and_its_balance_is_zero() -> None:
    assert cells()["T26!aviation.emissions"].value is None
    assert cells()["T26!aviation.average"].value == 0
    assert cells()["T24!sovereign.scope1"].value is None


def test_the_tables_hold_together() -> None:
    made = built()
    assert not rules(made)
    assert not check(made.value, reference().templates)


def test_the_standard_and_what_is_left_out_stand_under_each_table() -> None:
    for table in (t for t in built().value if t.id in FINANCED):
        said = " ".join((*table.notes_zh, *table.notes_en))
        assert "征求意见稿" in said
        assert "自然人" in said
        assert "0.01 亿元" in said


def test_a_scope_that_some_exposures_lack_is_footnoted() -> None:
    table = next(t for t in built().value if t.id == "T23")
    assert cells()["T23!total.scope3"].marks
    assert any("没有该范围" in note for note in table.notes_zh)
    assert not cells()["T23!project.scope1"].marks


def test_exposures_whose_factors_the_policy_refuses_are_not_counted() -> None:
    pairs = [*PAIRS, exposed(6, "business_loan", 100, scope1_g=1, scope2_g=1, financed_g=2, factors=UNVERIFIED)]
    facts = exposed_bank(pairs, policy=STRICT)
    found = aggregate(facts)
    assert found.value[f"financed_average_counted|standard={STANDARD}"].value == 1800 * WAN
    assert found.value[f"financed_excluded|excluded_reason=factor_refused,standard={STANDARD}"].value == 100 * WAN
    assert any(p.code == "aggregate.financed_refused" for p in found.problems)


def test_a_book_without_exposures_says_that_the_tables_do_not_apply() -> None:
    made = built(exposed_bank([]))
    told = next(p for p in made.problems if p.code == "disclose.not_applicable")
    assert told.params["tables"] == ", ".join(FINANCED)
    assert all(any("不适用" in note for note in t.notes_zh) for t in made.value if t.id in FINANCED)
    assert all(c.value is None for t in made.value if t.id in FINANCED for c in t.cells.values())


def planted(key: str, more: int) -> Mapping[str, Sum]:
    sums = dict(aggregate(exposed_bank()).value)
    return {**sums, key: replace(sums[key], value=(sums[key].value or 0) + more)}


@pytest.mark.parametrize(
    ("key", "more", "rule"),
    [
        (f"financed_emissions|section=C,standard={STANDARD}", 1, "X-10"),
        (f"financed_scope1|asset_class=business_loan,section=C,standard={STANDARD}", 1, "X-10"),
        (f"financed_emissions|book=loans,kind=project,standard={STANDARD}", 1, "V-SUM"),
        (f"financed_average|asset_class=corporate_bond,book=securities,standard={STANDARD}", WAN, "V-SUM"),
        (f"financed_average_counted|book=loans,standard={STANDARD}", 200 * WAN, "V-SHARE"),
        (f"financed_emissions|high_carbon=steel,standard={STANDARD}", 3_000_000, "V-PART"),
        (f"financed_gross|book=loans,standard={STANDARD}", 200 * WAN, "X-11"),
    ],
)
def test_a_planted_error_breaks_its_rule(key: str, more: int, rule: str) -> None:
    assert rule in rules(built(sums=planted(key, more)))


def test_financed_and_avoided_emissions_in_one_total_break_the_rule() -> None:
    tables = built().value
    avoided = Cell("T02!avoided.current", Fraction(1), "tCO2", 2, How("sum", ("benefit",)))
    mixed = Cell("T02!net.current", Fraction(59), "tCO2e", 2, How("diff", ("T25!total.emissions", "T02!avoided.current")))
    changed: Any = replace(tables[0], cells={**tables[0].cells, "net.current": mixed, "avoided.current": avoided})
    found = {p.params.get("rule") for p in check((changed, *tables[1:]), reference().templates) if p.code == "disclose.rule_broken"}
    assert "X-12" in found


def test_a_sum_opens_down_to_its_exposures() -> None:
    facts = exposed_bank()
    found = aggregate(facts).value[f"financed_emissions|high_carbon=steel,standard={STANDARD}"]
    rows = rows_of(facts, found)
    assert rows["exposure_id"].to_pylist() == ["E2", "E4"]
    whole = aggregate(facts).value[f"financed_gross|standard={STANDARD}"]
    assert len(rows_of(facts, whole)) == len(PAIRS)
    traced = exposure(rows.slice(0, 1), found.column, reference())
    assert (traced.name, traced.value, traced.unit) == ("E2", "10", "tCO2e")


def test_an_exposure_shows_its_attribution_its_emissions_and_its_factors() -> None:
    used = json.dumps([{"slot": "grid", "key": reference().factors.by_id("grid.avg")[0].key, "found": "exact"}])
    row: dict[str, Any] = {
        "numerator_fen": 5 * WAN,
        "numerator_kind": "monthly",
        "denominator_fen": 50 * WAN,
        "denominator_kind": "assets",
        "factors": used,
    }
    pair = exposed(7, "business_loan", 5, scope1_g=1, scope2_g=1, financed_g=2_000_000, **row)
    stated = {**pair[0], "emission_s1_t": 12.5, "source_cell": "book.xlsx!借据!K9"}
    facts = exposed_bank([(stated, pair[1])])
    found = aggregate(facts).value[f"financed_emissions|standard={STANDARD}"]
    traced = exposure(rows_of(facts, found), found.column, reference())
    named = {part.name: part for part in traced.parts}
    assert (named["numerator"].value, named["denominator"].note) == ("50000.00", "assets")
    assert named["emission_s1"].value == "12.5"
    assert traced.source == Source("file", "book.xlsx", "借据!K9")
    assert named["grid"].source is not None


def test_a_total_of_a_scope_goes_without_the_rows_that_lack_it_and_says_so() -> None:
    sums = dict(aggregate(exposed_bank()).value)
    key = "financed_scope2|high_carbon=steel,standard=pboc-high-carbon-draft"
    before = cells()["T26!total.scope2"].value
    assert before is not None
    assert sums[key].value
    sums[key] = replace(sums[key], value=None, marks=())
    table = next(t for t in built(sums=sums).value if t.id == "T26")
    found = {c.id: c for c in table.cells.values()}
    assert found["T26!steel.scope2"].value is None
    assert found["T26!total.scope2"].value == before - (cells()["T26!steel.scope2"].value or 0)


@pytest.mark.parametrize(
    ("product", "kind"),
    [
        ("流动资金贷款", "working_capital"),
        ("国内保理", "factoring"),
        ("银行承兑汇票贴现", "discount"),
        ("固定资产贷款", "fixed_asset"),
        ("进口押汇", "trade_finance"),
        ("个人住房按揭贷款", "personal"),
        ("Working capital loan", "working_capital"),
        (None, "other"),
    ],
)
def test_kinds_of_lending_by_the_products_name(product: str | None, kind: str) -> None:
    facts = exposed_bank()
    at = facts.exposures.schema.get_field_index("product")
    named = facts.exposures.set_column(at, "product", pa.array([product] * len(facts.exposures), pa.string()))
    assert set(financed_rows(replace(facts, exposures=named))["lending"].to_pylist()) == {kind}


def test_kinds_of_lending_add_up_to_other_lending() -> None:
    kinds = ("working_capital", "fixed_asset", "discount", "factoring", "trade_finance", "personal", "other")
    for column in ("average", "counted", "emissions"):
        parts = [cells()[f"T23!{kind}.{column}"].value or 0 for kind in kinds]
        assert sum(parts, Fraction(0)) == cells()[f"T23!non_project.{column}"].value


def test_two_lots_of_one_bond_each_have_their_own_balance() -> None:
    """Lots without a trade number have the bond's code both: neither's balance stands for the other's, nor its cell."""
    lots = [exposed(6, "corporate_bond", wan, financed_g=T) for wan in (100, 900)]
    made = exposed_bank(lots)
    cells = pa.array(["book.xlsx!债券!F3", "book.xlsx!债券!F4"], pa.string())
    place = made.financed.column_names.index("source_cell")
    facts = replace(made, financed=made.financed.set_column(place, "source_cell", cells))
    sums = aggregate(facts).value
    assert sums[f"financed_gross|standard={STANDARD}"].value == 1000 * WAN
    assert sums[f"financed_average_counted|standard={STANDARD}"].value == 1000 * WAN
    rows = rows_of(facts, sums[f"financed_gross|standard={STANDARD}"])
    assert dict(zip(rows["source_cell"].to_pylist(), rows["gross_fen"].to_pylist(), strict=True)) == {
        "book.xlsx!债券!F3": 100 * WAN,
        "book.xlsx!债券!F4": 900 * WAN,
    }


def test_methods_and_what_is_excluded_stand_beside_each_group() -> None:
    facts = exposed_bank()
    at = facts.financed.schema.get_field_index("method")
    named = facts.financed.set_column(at, "method", pa.array(["PBOC-HC-PROJ"] * len(facts.financed), pa.string()))
    table = next(t for t in built(replace(facts, financed=named)).value if t.id == "T28")
    rows = {row.id: {name: table.cell(row.id, name) for name in ("gross", "counted", "excluded", "method")} for row in table.rows}
    texts = {name: row["method"].text for name, row in rows.items() if row["method"] is not None}
    assert set(texts.values()) == {"PBOC-HC-PROJ", ""}
    counted = {name for name, row in rows.items() if row["counted"] is not None and row["counted"].value}
    assert {name for name, text in texts.items() if text} == counted & texts.keys()
    whole = {name: cell.value or 0 for name, cell in rows["total"].items() if cell is not None}
    assert whole["excluded"] == whole["gross"] - whole["counted"]

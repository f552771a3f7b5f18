"""Two perimeters over one book: the bridge by class (X-03), one benefit for a project (X-04), green loans of customers at risk (X-13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from aggregate_bank import WORKING, Row, bank, loan, measurement, part, tag
from returns_bank import MAIN, NFRA, WAN, made, reference, whole_bank

from greenfin.aggregate import Facts, aggregate, bridge_agrees, in_all_gases, outcomes, with_forms
from greenfin.aggregate.bridge import FIRST, SECOND, Bridge, bridge
from greenfin.core.columns import table_of

LOANS = (
    loan("both", 5 * WAN, project_id="P1"),
    loan("home", 3 * WAN, customer_name="王*"),
    loan("rights", 2 * WAN),
    loan("other", 7 * WAN, project_id="P2"),
)
MEASURED = (measurement("P1", "co2", 10**7, "gCO2"), measurement("P2", "co2", 10**6, "gCO2"))
PARTS = (part("both", "P1", "co2", 5 * 10**6, "gCO2"), part("other", "P2", "co2", 10**6, "gCO2"))
FIRST_TAGS = (tag("both", "green", "4.1.2"), tag("home", "not_green"), tag("rights", "not_green"), tag("other", "green", "4.1.1"))
SECOND_TAGS = (("both", "3.2.2"), ("home", "9.1.1"), ("rights", "6.5"))


def sides(form_parts: tuple[dict[str, object], ...] = PARTS) -> tuple[Facts, Facts]:
    first = replace(
        bank(policy=WORKING, loans=LOANS, tags=FIRST_TAGS, measurements=MEASURED, parts=PARTS, rejected=()), reference=reference()
    )
    tags = table_of("tags", [*(tag(n, "green", c, edition=NFRA) for n, c in SECOND_TAGS), tag("other", "not_green", edition=NFRA)])
    return first, replace(first, tags=tags, parts=table_of("parts", list(form_parts)))


def bridged() -> tuple[Bridge, Facts, Facts]:
    first, second = sides()
    return bridge(outcomes(first), outcomes(second), editions=(MAIN, NFRA), reference=reference()), first, second


def test_the_bridge_goes_by_class_from_both_sets_of_tags() -> None:
    made_bridge, first, second = bridged()
    assert {line.class1 for line in made_bridge.lines if line.part == SECOND} == {"6", "9"}
    assert {line.class1 for line in made_bridge.lines if line.part == FIRST} == {"4"}
    sums = with_forms(aggregate(first), {NFRA: in_all_gases(second)}, first)
    assert not list(bridge_agrees(made_bridge, sums.value))


def test_a_bridge_that_does_not_give_both_totals_is_an_error() -> None:
    made_bridge, first, second = bridged()
    sums = dict(with_forms(aggregate(first), {NFRA: in_all_gases(second)}, first).value)
    for name in ("green_balance", f"form_balance|edition={NFRA}", "loans_balance"):
        wrong = {**sums, name: replace(sums[name], value=(sums[name].value or 0) + 1)}
        assert [(p.code, p.params["sum"]) for p in bridge_agrees(made_bridge, wrong)] == [("aggregate.bridge_differs", name)]


def test_a_project_has_one_benefit_under_both_perimeters() -> None:
    first, second = sides()
    codes = {p.code for p in with_forms(aggregate(first), {NFRA: in_all_gases(second)}, first).problems}
    assert "aggregate.benefit_differs" not in codes
    assert "aggregate.benefit_by_edition" in codes  # the loan of P2 is green under one alone
    _, wrong = sides((part("both", "P1", "co2", 5 * 10**6 + 1, "gCO2"), PARTS[1]))
    found = with_forms(aggregate(first), {NFRA: in_all_gases(wrong)}, first).problems
    assert [(p.where, p.params["output"]) for p in found if p.code == "aggregate.benefit_differs"] == [("P1", "co2")]


def test_green_loans_of_customers_at_risk_are_told() -> None:
    first, _ = sides()
    event = {
        "customer_no": "C-both",
        "kind": "environment",
        "happened_on": date(2025, 2, 1),
        "measure": "督促",
        "source_sheet": "b!r",
        "source_row": 3,
    }
    worst: list[Row] = [
        {"customer_no": "C-other", "env_class": "A"},
        {"customer_no": "C-home", "env_class": "A"},
        {"customer_no": "C-both", "env_class": "B"},
    ]
    book = replace(first.book, risk_events=table_of("risk_events", [event]), customers=table_of("customers", worst))
    found = {
        p.code: (p.where, p.params["n"], p.params["balance"]) for p in aggregate(replace(first, book=book)).problems if "green_" in p.code
    }
    assert found == {"aggregate.green_at_risk": ("both", 1, "50,000.00"), "aggregate.green_class_a": ("other", 1, "70,000.00")}
    closed = table_of("risk_events", [event | {"is_closed": True}])
    again = aggregate(replace(first, book=replace(book, risk_events=closed, customers=table_of("customers", worst[2:])))).problems
    assert not [p for p in again if "green_" in p.code]


def test_customers_are_found_by_number_code_or_name() -> None:
    facts = whole_bank()
    rows = facts.book.loans.to_pylist()
    rows[0] |= {"customer_no": None, "customer_name": "示例（虚构）化工有限公司"}
    rows[1] |= {"customer_uscc": "91110000000000001A"}
    events: list[Row] = [
        {"customer_name": "示例(虚构)化工有限公司 ", "kind": "safety", "measure": "督促"},
        {"customer_uscc": "91110000000000001A", "kind": "safety", "measure": "督促"},
    ]
    book = replace(facts.book, loans=table_of("loans", rows), risk_events=table_of("risk_events", events))
    table = made(replace(facts, book=book), "T09").value[0]
    cell = table.cell("safety_urge", "balance")
    assert cell
    assert cell.value == 1 + 2


@pytest.mark.parametrize("event", [{"customer_no": "K1"}, {"customer_uscc": "91110000000000001A"}, {"customer_name": "示例化工有限公司"}])
def test_a_customer_whose_loans_state_other_ids_counts_once_with_all_of_them(event: Row) -> None:
    """By its number, its credit code, or its name alone: the three loans are one customer's; a covered name is nobody's."""
    facts = whole_bank()
    rows = facts.book.loans.to_pylist()
    name, code = "示例化工有限公司", "91110000000000001A"
    rows[0] |= {"customer_no": "K1", "customer_uscc": code, "customer_name": name}
    rows[1] |= {"customer_no": None, "customer_uscc": code, "customer_name": "示例化工公司"}
    rows[2] |= {"customer_no": None, "customer_uscc": None, "customer_name": name}
    rows[3] |= {"customer_no": None, "customer_uscc": None, "customer_name": "张*"}
    events: list[Row] = [{**event, "kind": "safety", "measure": "督促"}, {"customer_name": "张*", "kind": "safety", "measure": "督促"}]
    book = replace(facts.book, loans=table_of("loans", rows), risk_events=table_of("risk_events", events))
    cells = made(replace(facts, book=book), "T09").value[0].cells
    assert (cells["safety.customers"].value, cells["safety.balance"].value) == (1, 1 + 2 + 3)


def test_a_parent_line_holds_what_is_tagged_below_it() -> None:
    facts = whole_bank()
    tags = facts.tags.to_pylist()
    tags[0]["code"] = "1.1.14"
    found = made(replace(facts, tags=table_of("tags", tags)), "T08")
    cell = found.value[0].cell("line_1_1", "balance")
    assert cell
    assert cell.value == 1
    tags[0]["code"] = "3.2"  # no line of its own below: the amount would be lost, and is told
    lost = made(replace(facts, tags=table_of("tags", tags)), "T08")
    assert any(p.code == "disclose.rule_broken" and p.params["rule"] == "V-SUM" for p in lost.problems)


def test_sums_are_exact_whatever_the_order_of_rows() -> None:
    facts = whole_bank()
    order = pa.array(range(len(facts.book.loans) - 1, -1, -1))
    turned = replace(facts, book=replace(facts.book, loans=pc.take(facts.book.loans, order)))
    one, other = (made(side, "T08").value[0].cells for side in (facts, turned))
    assert {k: c.value for k, c in one.items()} == {k: c.value for k, c in other.items()}

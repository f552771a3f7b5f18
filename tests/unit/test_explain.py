"""Why: every cell of the example ends at cells of the bank's files and at documents, and its parts give its value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest

from greenfin import example, pipeline
from greenfin.core.lineage import Trace
from greenfin.core.problems import Refused
from greenfin.core.units import exact_ratio
from greenfin.explain import why
from greenfin.messages import codes
from greenfin.pipeline import Options, RunResult
from greenfin.reference.load import load


@cache
def result() -> RunResult:
    reference = load()
    inputs = pipeline.read(example.files(), as_of=example.AS_OF, reference=reference)
    return pipeline.compute(inputs, Options(policy="working"), reference=reference)


def walk(trace: Trace) -> Iterator[Trace]:
    yield trace
    for part in trace.parts:
        yield from walk(part)


def number(trace: Trace) -> Fraction:
    return Fraction(trace.value.rstrip("…"))


def summed(parts: tuple[Trace, ...], unit: str) -> Fraction:
    return sum((number(p) * exact_ratio(p.unit or unit, unit) for p in parts), Fraction(0))


@pytest.mark.parametrize("limit", [1, 3, 20])
def test_the_parts_of_a_sum_and_the_rest_are_its_value(limit: int) -> None:
    for cell in ("T02!green_balance.current", "T02!all_loans.current", "T01!co2_reduction.current", "T21!total.current", "T17!total.cod"):
        checked = 0
        for trace in walk(why(result(), cell, limit=limit)):
            if trace.how in ("explain.sum", "explain.total", "explain.ref", "explain.project") and trace.parts:
                assert summed(trace.parts, trace.unit) == number(trace), trace.name
                checked += 1
        assert checked > 2


def test_a_balance_ends_at_the_workbook_cell_and_its_tag_at_a_document_or_a_decision() -> None:
    leaves = list(walk(why(result(), "T02!green_balance.current")))
    balances = [t for t in leaves if t.how == "explain.balance"]
    assert len(balances) > 50
    files = {t.source.title for t in balances if t.source}
    assert files == {"book.xlsx"}
    assert all(t.source and t.source.locator.startswith("借据台账!O") for t in balances)
    tags = [t for t in leaves if t.how in ("explain.tag", "explain.tag_by_decision")]
    assert {t.source.kind for t in tags if t.source} == {"file", "document"}
    assert all("edition=green-finance-2025" in t.note for t in tags)


def test_a_benefit_ends_at_inputs_and_at_the_documents_of_its_factors() -> None:
    leaves = list(walk(why(result(), "T01!co2_reduction.current")))
    assert {"T01!co2_reduction.current", "T16!total.co2"} <= {t.name for t in leaves}
    kinds = {(t.how, t.source.kind) for t in leaves if t.source}
    assert {("measure.how_input", "file"), ("measure.how_factor", "document")} <= kinds


def test_an_emission_ends_at_the_operations_cell_and_the_factor() -> None:
    leaves = list(walk(why(result(), "T21!scope2_electricity.current", limit=2)))
    sources = [t.source for t in leaves if t.source]
    assert any(s.kind == "file" and s.locator.startswith("运营台账!") for s in sources)
    assert any(s.kind == "document" for s in sources)


def test_last_years_figure_ends_at_the_published_cell() -> None:
    trace = why(result(), "T02!green_balance.change")
    assert trace.how == "explain.growth"
    (prior,) = [p for p in trace.parts if p.how == "explain.prior"]
    assert prior.source is not None
    assert prior.source.title == "prior.xlsx"


def test_every_cell_can_say_why_and_every_how_has_words() -> None:
    for table in result().tables.values():
        for cell in table.cells.values():
            for trace in walk(why(result(), cell.id, limit=1)) if cell.how.op in ("prior", "missing", "text") else ():
                assert trace.how in codes("zh")
    names = ["green_rate", "green_customers", "green_loans", "green_npl_ratio", "review_balance"]
    others = ["T16!total.projects", "T20!electricity.per_head", "T17!total.total_invest", "T17!total.tce_project"]
    for cell_id in (*(f"T02!{name}.current" for name in names), *others):
        traces = list(walk(why(result(), cell_id, limit=2)))
        assert len(traces) > 2
        assert {t.how for t in traces} <= set(codes("zh"))


def test_a_missing_cell_says_what_is_missing() -> None:
    trace = why(result(), "T01!water_saved.current")
    assert trace.value == ""
    assert trace.how == "disclose.missing.no_rows"


def test_a_table_that_was_not_asked_for_is_still_walked() -> None:
    alone = replace(result(), tables={"T01": result().tables["T01"]})
    whole = why(result(), "T01!co2_reduction.current", limit=1)
    assert why(alone, "T01!co2_reduction.current", limit=1) == whole


def test_an_unknown_cell_is_refused_with_near_ones() -> None:
    with pytest.raises(Refused) as refused:
        why(result(), "T01!co2_reductions.current")
    assert "T01!co2_reduction.current" in str(refused.value.problem.params["near"])


def test_the_value_is_the_cells_own() -> None:
    for name in ("T02!green_share.current", "T16!total.coverage", "T21!per_head.current", "T03!4.growth"):
        cell = next(c for t in result().tables.values() for c in t.cells.values() if c.id == name)
        assert cell.value is not None
        assert abs(number(why(result(), name, limit=1)) - cell.value) < Fraction(1, 10**11)


def test_no_borrower_is_named() -> None:
    names = {n for n in result().book.loans["customer_name"].to_pylist() if n}
    traces = list(walk(why(result(), "T02!green_balance.current", limit=5)))
    assert not [t for t in traces if any(name in (t.name, t.value) or name in t.note for name in names)]

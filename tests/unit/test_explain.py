"""Why: every cell of the example ends at cells of the bank's files and at documents, and its parts give its value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest

from greenfin import example, pipeline
from greenfin.core.lineage import Trace
from greenfin.core.problems import Refused
from greenfin.core.units import exact_ratio
from greenfin.explain import told, why
from greenfin.explain.cells import Walk
from greenfin.explain.sums import Sums
from greenfin.messages import Lang, codes
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


def test_what_is_left_out_outstanding_or_lent_again_is_explained_by_what_is_in_it() -> None:
    opened = Sums(result(), limit=3)
    for name in ("financed_excluded", "bond_balance"):
        some = [one for one in result().sums.values() if one.name == name and one.value is not None]
        assert some
        for one in some:
            trace = opened.trace(name, one.keys)
            assert summed(trace.parts, trace.unit) == number(trace), one.key
    again = next(one for one in result().sums.values() if one.name == "bond_relent")
    trace = opened.trace(again.name, again.keys)
    assert (trace.how, number(trace)) == ("explain.diff", max(Fraction(0), number(trace.parts[0]) - number(trace.parts[1])))
    for one in (one for one in result().sums.values() if one.name in ("facility_rate_min", "facility_rate_max")):
        rates = {Fraction(t.value) * 10_000 for t in walk(opened.trace(one.name, one.keys)) if t.how == "explain.rate"}
        assert rates == {one.value}, one.key


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
    cells = {cell.id: cell for table in result().tables.values() for cell in table.cells.values()}
    walker = Walk(result(), cells, limit=1)
    for cell in cells.values():
        for trace in walk(walker.cell(cell.id)) if cell.how.op in ("prior", "missing", "text") else ():
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


def test_an_average_rate_opens_into_rates_times_balances_that_add_up() -> None:
    for limit in (2, 500):
        trace = why(result(), "T02!green_rate.current", limit=limit)
        weight, balance = trace.parts
        assert sum(number(p) for p in weight.parts) == number(weight)
        assert abs(number(weight) / number(balance) - number(trace)) < Fraction(1, 10**11)
        loan = weight.parts[0]
        rate, owed = loan.parts[:2]
        assert number(rate) * number(owed) == number(loan)
        assert rate.source is not None
        assert rate.source.locator.startswith("借据台账!P")


def test_things_that_are_counted_end_at_their_cells() -> None:
    for cell, column in (
        ("T02!green_customers.current", "借据台账!E"),
        ("T02!green_loans.current", "借据台账!A"),
        ("T16!total.projects", "项目台账!A"),
    ):
        traces = list(walk(why(result(), cell, limit=500)))
        counted = [t for t in traces if t.how == "explain.count"]
        assert len(counted) == number(traces[0])
        for one in counted:
            assert any(t.source and t.source.locator.startswith(column) for t in walk(one)), one.name


def test_staff_opens_into_the_means_of_the_sites() -> None:
    (quantities,) = why(result(), "T20!staff.current", limit=3).parts
    assert sum(number(p) for p in quantities.parts) == number(quantities)
    site = quantities.parts[0]
    assert site.how == "explain.site_mean"
    assert sum(number(p) for p in site.parts) / 12 == number(site)


def test_records_of_several_units_stand_under_the_subtotal_of_each() -> None:
    (quantities,) = why(result(), "T20!electricity.current", limit=2).parts
    assert len(quantities.parts) == 3
    assert summed(quantities.parts, "kWh") == number(quantities)
    for unit in quantities.parts:
        assert sum(number(p) for p in unit.parts) == number(unit)


def test_an_entry_ends_at_the_tags_of_the_projects_loans() -> None:
    trace = why(result(), "T17!XM2023001.entry")
    assert any(t.how.startswith("explain.tag") and "entry=4.2.1" in t.note for t in walk(trace))


def test_what_a_project_stated_stands_beside_what_the_formula_took() -> None:
    found = {t.name: t for t in walk(why(result(), "T17!XM2023018.tce_project"))}
    assert found["energy_before"].note == "stated=41600 MJ/t"
    assert found["output"].note == ""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_told_in_words_without_fractions_noise_or_names_of_the_program(lang: Lang) -> None:
    cells = ["T02!green_rate.current", "T03!4.share_change", "T16!total.co2", "T20!water.per_head", "T21!per_loans.current", "T16!2.water"]
    for cell in cells:
        for line in told(why(result(), cell, limit=2), lang):
            figure = line.split(" = ", 1)[1].split("  ")[0]
            assert not re.search(r"\d/\d|\d{16}|\d{6,}9{6}", figure), line
            assert not re.search(
                r"approved=|n=\d|green_balance|percent|CNY" if lang == "zh" else r"approved=|n=\d|green_balance|percent\*", line
            ), line
    (line,) = told(why(result(), "T16!2.water"), lang)
    assert " = —  [" in line


def test_english_lines_name_the_entry_in_english() -> None:
    lines = list(told(why(result(), "T17!XM2023001.entry"), "en"))
    assert any("Wind" in line or "wind" in line for line in lines)
    assert not any("name_en=" in line for line in lines)

"""A run with the returns: the second edition is tagged without being asked for, cells are explained down to the book."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest
from returns_bank import MAIN, NFRA, reference

from greenfin import example, explain, pipeline
from greenfin.core.lineage import Trace
from greenfin.core.problems import Severity


@cache
def run() -> pipeline.RunResult:
    options = pipeline.Options(policy="working", templates=("T02", "T03", "T08", "T09", "T10", "T20"))
    return pipeline.run(example.files(), options, as_of=example.AS_OF, reference=reference())


def cell(name: str) -> Fraction:
    table, _, rest = name.partition("!")
    found = run().tables[table].cells[rest].value
    assert found is not None
    return found


def test_a_return_is_tagged_under_its_own_edition_and_the_tables_keep_theirs() -> None:
    alone = pipeline.run(example.files(), replace(run().options, templates=("T02", "T03")), as_of=example.AS_OF, reference=reference())
    assert alone.tables["T03"].cells == run().tables["T03"].cells
    assert (alone.edition, run().edition, list(run().forms)) == (MAIN, MAIN, [NFRA])
    assert set(run().tags["edition"].to_pylist()) == {MAIN, NFRA}
    assert cell("T08!total.balance") != cell("T02!green_balance.current")


def test_the_bridge_between_the_perimeters_is_made_by_class() -> None:
    (found,) = run().bridges
    assert (found.first, found.second) == (MAIN, NFRA)
    assert cell("T08!total.balance") * 10**6 == found.fen("both", "second")
    assert cell("T02!green_balance.current") * 10**10 == found.fen("both", "first")
    wrong = {p.code for p in run().problems if p.severity is Severity.ERROR}
    assert not wrong & {"aggregate.bridge_differs", "aggregate.benefit_differs", "disclose.rule_broken", "disclose.cell_differs"}


@pytest.mark.parametrize(
    "name",
    [
        "T08!line_3_2_1.balance", "T08!line_3_2_1.co2e", "T08!total.tce", "T08!line_2_5_2.substandard", "T08!line_8_5.acceptances",
        "T08!line_8_2.letters", "T09!environment_urge.balance", "T09!total.increase", "T10!electricity_per_head.current",
        "T10!training_hours.current",
    ],
)  # fmt: skip
def test_a_cell_of_a_return_is_traced_to_cells_of_the_book(name: str) -> None:
    def ends(trace: Trace) -> set[str]:
        own = {trace.source.kind} if trace.source else set()
        return own.union(*(ends(part) for part in trace.parts)) if trace.parts else own

    trace = explain.why(run(), name, limit=3)
    assert trace.value
    assert "file" in ends(trace)


def test_a_total_that_takes_lines_off_says_so() -> None:
    parts = explain.why(run(), "T08!total.balance", limit=1).parts
    assert [part.name for part in parts if part.value.startswith("-")] == ["T08!line_4_1_1.balance", "T08!line_4_1_2.balance"]
    assert sum(Fraction(part.value) for part in parts) == cell("T08!total.balance")


def test_parts_of_a_traced_sum_add_up() -> None:
    for name in ("T08!line_5.balance", "T08!line_3_2_2.tce", "T09!total.balance"):
        trace = explain.why(run(), name, limit=2)
        inner = trace.parts if len(trace.parts) > 1 else trace.parts[0].parts
        unit = Fraction(10_000) if name.endswith("balance") and len(trace.parts) == 1 else Fraction(1)
        assert sum(Fraction(part.value) for part in inner) == Fraction(trace.value) * unit, name

"""The order of the steps: what a policy lets count, and that the same inputs give the same cells."""

from __future__ import annotations

from dataclasses import replace

import pyarrow.compute as pc
import pytest

from greenfin import disclose, example, pipeline
from greenfin.core.columns import empty
from greenfin.reference.load import load


@pytest.fixture(scope="module")
def inputs() -> pipeline.Inputs:
    return pipeline.read(example.files(), as_of=example.AS_OF, reference=load())


def computed(inputs: pipeline.Inputs, policy: str) -> pipeline.RunResult:
    return pipeline.compute(inputs, pipeline.Options(policy=policy), reference=load())


def test_the_same_inputs_give_the_same_cells_whatever_the_order_of_rows(inputs: pipeline.Inputs) -> None:
    shuffled = replace(inputs, book=replace(inputs.book, loans=inputs.book.loans.sort_by([("balance_fen", "descending")])))
    cells = [disclose.printed_cells(list(computed(i, "working").tables.values())) for i in (inputs, inputs, shuffled)]
    assert cells[0] == cells[1] == cells[2]


def test_strict_counts_approved_decisions_only_and_says_when_there_are_none(inputs: pipeline.Inputs) -> None:
    strict, working = computed(inputs, "strict"), computed(inputs, "working")
    approved = pc.sum(pc.and_(pc.equal(strict.tags["decision"], "green"), strict.tags["approved"])).as_py()
    assert strict.sums["green_count"].value == approved
    assert strict.sums["green_balance"].value < working.sums["green_balance"].value  # type: ignore[operator]  # both are there
    claimed = set(strict.parts["loan_id"].to_pylist())
    green = strict.tags.filter(pc.and_(pc.equal(strict.tags["decision"], "green"), strict.tags["approved"]))
    assert claimed <= set(green["loan_id"].to_pylist())
    nobody = computed(replace(inputs, decisions=empty("decisions")), "strict")
    assert "run.nothing_approved" in {p.code for p in nobody.problems}
    assert nobody.sums["green_balance"].value == 0


@pytest.mark.parametrize("policy", ["strict", "working"])
def test_the_book_is_the_sum_of_its_outcomes_to_the_fen(inputs: pipeline.Inputs, policy: str) -> None:
    sums = computed(inputs, policy).sums
    parts = [sums[f"{name}_balance"].value or 0 for name in ("green", "not_green", "review", "rejected")]
    controls = inputs.book.controls.filter(pc.is_null(inputs.book.controls["branch_code"]))
    assert sums["book_balance"].value == sum(parts) == controls["total_fen"][0].as_py()


@pytest.mark.parametrize("asked", [("auto",), ("green-industry-2019", "auto"), ("auto", "green-finance-2025")])
def test_a_table_never_mixes_editions(inputs: pipeline.Inputs, asked: tuple[str, ...]) -> None:
    result = pipeline.compute(inputs, pipeline.Options(policy="working", editions=asked), reference=load())
    assert result.facts.tags["edition"].unique().to_pylist() == [result.edition]
    assert result.facts.tags["loan_id"].to_pylist() == inputs.book.loans["loan_id"].to_pylist()
    pairs = list(zip(result.tags["loan_id"].to_pylist(), result.tags["edition"].to_pylist(), strict=True))
    assert len(pairs) == len(set(pairs))
    assert len(set(result.tags["edition"].to_pylist())) == 2  # older approvals keep the earlier edition
    assert not [p.code for p in result.problems if p.code in ("aggregate.editions_mixed", "aggregate.tag_twice")]


def test_auto_before_another_edition_is_that_of_the_day_and_has_a_bridge(inputs: pipeline.Inputs) -> None:
    result = pipeline.compute(inputs, pipeline.Options(policy="working", editions=("auto", "green-bond-2021")), reference=load())
    assert result.edition == "green-finance-2025"
    assert [(b.first, b.second) for b in result.bridges] == [("green-finance-2025", "green-bond-2021")]

"""Templates that name a cell that is nowhere, and rules that divide by zero: told, the place marked, the rest as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from aggregate_bank import EDITION, bank

from greenfin.aggregate import aggregate
from greenfin.core.problems import Outcome
from greenfin.core.records import Cell, Table
from greenfin.disclose import build
from greenfin.disclose.printed import without_empty
from greenfin.reference.load import Reference, load, snapshot

OF_QUALITY = "environmental-report/T05.yaml"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The shipped data, to be broken."""
    snapshot(load(), tmp_path)
    return tmp_path


def change(data: Path, name: str, old: str, new: str) -> Reference:
    path = data / "disclosure_templates" / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return load(data)


def built(reference: Reference, *templates: str) -> Outcome[tuple[Table, ...]]:
    facts, sums = bank(), aggregate(bank()).value
    return build(reference, sums, templates=templates, prior=(), policy=facts.policy, as_of=facts.book.as_of, edition=EDITION, facts=facts)


def cell(name: str, made: Outcome[tuple[Table, ...]]) -> Cell:
    return {c.id: c for t in made.value for c in t.cells.values()}[name]


@pytest.mark.parametrize("target", ["T02!green_balnce", "T02x!green_balance", "T02!green_balance.nowhere"])
def test_a_cell_that_is_nowhere_is_told_and_its_place_marked(data: Path, target: str) -> None:
    reference = change(data, "environmental-report/T01.yaml", "ref: T02!green_balance}", f"ref: {target}}}")
    made = built(reference, "T01")
    wrong = [p for p in made.problems if p.code == "template.cell_unknown"]
    assert [p.params["found"] for p in wrong] == ["T01!green_balance.current"]
    lacking = cell("T01!green_balance.current", made)
    assert (lacking.value, lacking.how.reason, len(lacking.marks)) == (None, "cell_unknown", 1)
    assert any(note.startswith(lacking.marks[0]) for note in made.value[0].notes_zh)
    assert cell("T01!green_share.current", made).value == cell("T01!green_share.current", built(load(), "T01")).value


def test_a_total_of_a_row_that_is_nowhere_is_no_total_of_the_others(data: Path) -> None:
    reference = change(data, OF_QUALITY, "of: [substandard, doubtful, loss]", "of: [substandard, doubtfull, loss]")
    made = built(reference, "T05")
    assert [p.params["cell"] for p in made.problems if p.code == "template.cell_unknown"] == ["doubtfull"]
    assert cell("T05!non_performing.balance", made).how.reason == "cell_unknown"
    assert cell("T05!normal.balance", made).value is not None


def test_a_rule_that_names_a_cell_that_is_nowhere_is_told(data: Path) -> None:
    reference = change(data, OF_QUALITY, "T02!green_npl_balance.current", "T02!no_such_row.current")
    assert [p.params["cell"] for p in built(reference, "T05").problems if p.code == "template.cell_unknown"] == ["T02!no_such_row.current"]


def test_a_rule_that_divides_by_zero_everywhere_is_told_and_its_column_stays(data: Path) -> None:
    reference = change(data, OF_QUALITY, "ratio: [balance, total.balance]", "ratio: [balance, loss.balance]")
    made = built(reference, "T05")
    assert [p.params["by"] for p in made.problems if p.code == "disclose.divided_by_zero"] == ["T05!loss.balance"]
    assert "share" not in {column.id for column in without_empty(made.value[0])[1]}
    assert all(one.value is None for one in made.value[0].cells.values() if one.id.endswith(".share"))


def test_a_line_without_loans_is_no_rule_that_divides_by_zero() -> None:
    made = built(load(), "T02", "T03", "T04", "T05", "T16")
    assert any(one.how.reason == "zero_base" for table in made.value for one in table.cells.values())
    assert not {p.code for p in made.problems} & {"disclose.divided_by_zero", "template.cell_unknown"}

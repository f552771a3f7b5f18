"""Laws of a whole run over the example bank: what must not change a cell does not."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from greenfin import example, pipeline
from greenfin.core.units import exact_ratio
from greenfin.pipeline import Inputs, Options, RunResult
from greenfin.reference.load import load

WORKING = Options(policy="working")
SHARED = ("balance_fen", "avg_balance_fen", "undrawn_fen")  # what two halves of a loan have between them
COUNTS = ("green_loans.current", "green_loans.change", ".count")
# Figures that a green loan adds to: without it they are smaller or the same.
ADDED = (
    "T02!green_balance.current",
    "T02!green_loans.current",
    "T02!green_customers.current",
    "T16!total.covered",
    "T16!total.tce",
    "T16!total.cod",
)


@cache
def inputs() -> Inputs:
    return pipeline.read(example.files(), as_of=example.AS_OF, reference=load())


def run(book_inputs: Inputs, options: Options = WORKING) -> RunResult:
    return pipeline.compute(book_inputs, options, reference=load())


@cache
def straight() -> dict[str, Fraction | None]:
    return cells(run(inputs()))


def cells(result: RunResult) -> dict[str, Fraction | None]:
    return {cell.id: cell.value for table in result.tables.values() for cell in table.cells.values()}


def _part(fen: int | None, of: str) -> int | None:
    """A third of an amount, or the rest of it."""
    if fen is None:
        return None
    return fen // 3 if of == "third" else fen - fen // 3


def with_loans(loans: pa.Table) -> Inputs:
    return replace(inputs(), book=replace(inputs().book, loans=loans))


def green_ids(result: RunResult) -> list[str]:
    tags = result.tags.filter(pc.equal(result.tags["decision"], "green"))
    return sorted(tags["loan_id"].to_pylist())


def test_the_same_run_twice_gives_the_same_cells() -> None:
    assert cells(run(inputs())) == straight()


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_changes_no_cell(seed: int) -> None:
    book = inputs().book
    chance = np.random.default_rng(seed)
    turned = {
        name: getattr(book, name).take(pa.array(chance.permutation(len(getattr(book, name)))))
        for name in ("loans", "projects", "inputs", "operations", "rejected")
    }
    assert cells(run(replace(inputs(), book=replace(book, **turned)))) == straight()


@pytest.mark.parametrize("at", [0, 40, 80])
def test_splitting_a_green_loan_changes_no_cell_but_the_number_of_loans(at: int) -> None:
    loan_id = green_ids(run(inputs()))[at]
    loans = inputs().book.loans
    mine = loans.filter(pc.equal(loans["loan_id"], loan_id)).to_pylist()[0]
    third, rest = ({name: _part(mine[name], of) for name in SHARED} for of in ("third", "rest"))
    halves = [{**mine, **third}, {**mine, **rest, "loan_id": f"{loan_id}-2"}]
    others = loans.filter(pc.not_equal(loans["loan_id"], loan_id))
    split = pa.concat_tables([others, pa.Table.from_pylist(halves, schema=loans.schema)])
    found = cells(run(with_loans(split)))
    assert {name for name, value in found.items() if value != straight()[name] and not name.endswith(COUNTS)} == set()


@pytest.mark.parametrize("at", [0, 25, 50, 75])
def test_leaving_a_green_loan_out_raises_no_total(at: int) -> None:
    loan_id = green_ids(run(inputs()))[at]
    loans = inputs().book.loans
    found = cells(run(with_loans(loans.filter(pc.not_equal(loans["loan_id"], loan_id)))))
    for name in ADDED:
        assert (found[name] or 0) <= (straight()[name] or 0), name


def test_the_unit_of_an_input_or_a_reading_changes_no_printed_figure() -> None:
    book = inputs().book
    others = {"MWh": "kWh", "MW": "kW", "kWh": "MWh", "千瓦时": "万千瓦时", "度": "kWh"}
    found = cells(
        run(
            replace(
                inputs(),
                book=replace(
                    book, inputs=_in_units(book.inputs, "value", others), operations=_in_units(book.operations, "quantity", others)
                ),
            )
        )
    )
    assert found == straight()


def _in_units(table: pa.Table, column: str, others: dict[str, str]) -> pa.Table:
    rows = table.to_pylist()
    for row in rows:
        other = others.get(row["unit"])
        if other and row[column] is not None:
            row[column] = float(Fraction(str(row[column])) * exact_ratio(row["unit"], other))
            row["unit"] = other
    assert rows != table.to_pylist()
    return pa.Table.from_pylist(rows, schema=table.schema)


@pytest.mark.parametrize(
    "left", [("loans",), ("operations",), ("projects", "inputs"), ("loans", "projects", "inputs", "rejected"), ("inputs",)]
)
@pytest.mark.parametrize("policy", ["working", "strict"])
def test_a_book_without_some_of_its_sheets_runs_and_makes_no_zero_of_what_is_missing(left: tuple[str, ...], policy: str) -> None:
    book = inputs().book
    bare = replace(book, **{name: getattr(book, name).slice(0, 0) for name in left})
    found = cells(run(replace(inputs(), book=bare, prior=()), Options(policy=policy)))
    assert not any(name.split(".")[-1] in ("prior", "change", "growth") and value is not None for name, value in found.items())
    if {"loans", "rejected"} <= set(left):
        assert {name for name, value in found.items() if name.startswith(("T02", "T03", "T16", "T17")) and value is not None} == set()
    if "operations" in left:
        used = {name for name, value in found.items() if name.startswith(("T20", "T21")) and value is not None}
        assert {name for name in used if not name.startswith("T21!offsets_")} == set()  # credits are stated, not measured
    if {"projects", "inputs"} & set(left):
        assert found["T16!total.cod"] is None


WRITE = """
import sys
from pathlib import Path
from greenfin import disclose, example, pipeline
from greenfin.reference.load import load
inputs = pipeline.read(example.files(), as_of=example.AS_OF, reference=load())
result = pipeline.compute(inputs, pipeline.Options(policy="working"), reference=load())
front = disclose.front_of(result.facts, bank=result.inputs.bank, run_id="r", edition=result.edition, problems=result.problems)
tables = list(result.tables.values())
disclose.write_pdf(tables, Path(sys.argv[1]), front=front, lang="both", factors=disclose.factor_lines(result.facts))
"""


def test_two_processes_write_the_same_pdf(tmp_path: Path) -> None:
    sums = []
    for seed in ("1", "2"):
        path = tmp_path / f"{seed}.pdf"
        env = {"PYTHONHASHSEED": seed, "PATH": "", "PYTHONPATH": str(Path(__file__).parents[2])}
        subprocess.run([sys.executable, "-c", WRITE, str(path)], check=True, env=env)
        sums.append(hashlib.sha256(path.read_bytes()).hexdigest())
    assert sums[0] == sums[1]

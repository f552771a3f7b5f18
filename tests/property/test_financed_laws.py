"""Laws of financed emissions: parts are the whole, order does not matter, splitting a loan changes no total."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenfin.core.columns import table_of
from greenfin.financed import financed
from greenfin.financed.exact import floors_of, part_of, shared, summed
from greenfin.financed.totals import KEYS, rolled_up, summed_by, totals
from greenfin.reference.load import load

STANDARDS = ("pboc-2021", "pboc-high-carbon-draft")
PEOPLE = ("A", "B", "C")
FACTS = {  # of each borrower
    "A": {
        "industry": "3011",
        "revenue_fen": 3 * 10**9 + 7,
        "assets_fen": 7 * 10**9 + 1,
        "emission_s1_t": 1234.567891,
        "emission_s2_t": 99.1,
    },
    "B": {"industry": "2611", "revenue_fen": 10**10 + 3, "assets_fen": 10**9 + 9},
    "C": {"industry": "4411", "emission_t": 3.0, "revenue_fen": 10**9, "assets_fen": 10**9},
}
loans = st.lists(st.tuples(st.sampled_from(PEOPLE), st.integers(10**9, 10**12)), min_size=1, max_size=12)


def rows_of(listed: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
    return [
        {
            "exposure_id": f"J{at:03}",
            "asset_class": "business_loan",
            "customer_no": who,
            "average_fen": fen,
            "balance_fen": fen,
            **FACTS[who],
        }
        for at, (who, fen) in enumerate(listed)
    ]


def counted(rows: list[dict[str, Any]], standard: str) -> pa.Table:
    return financed(table_of("exposures", rows), standard, reference=load(), year=2025).value


def by_loan(table: pa.Table) -> dict[str, int | None]:
    return dict(zip(table["exposure_id"].to_pylist(), table["financed_g"].to_pylist(), strict=True))


@pytest.mark.parametrize("standard", STANDARDS)
@given(listed=loans)
@settings(max_examples=25, deadline=None)
def test_parts_are_the_whole(standard: str, listed: list[tuple[str, int]]) -> None:
    table = counted(rows_of(listed), standard).append_column("branch_code", pa.nulls(len(listed), pa.string()))
    whole = totals(table)[()]
    sums = summed_by(table, KEYS)
    for key in KEYS:
        parts = rolled_up(sums, [key]).values()
        assert sum(part.grams["financed_g"] or 0 for part in parts) == (whole.grams["financed_g"] or 0)
        assert sum(part.included_fen for part in parts) == whole.included_fen


@pytest.mark.parametrize("standard", STANDARDS)
@given(listed=loans, seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_the_order_of_rows_does_not_matter(standard: str, listed: list[tuple[str, int]], seed: int) -> None:
    rows = rows_of(listed)
    mixed = [rows[at] for at in np.random.default_rng(seed).permutation(len(rows))]
    one, other = (by_loan(counted(each, standard)) for each in (rows, mixed))
    assert one == other


@pytest.mark.parametrize("standard", STANDARDS)
@given(listed=loans, at=st.integers(0, 11), cut=st.floats(0.01, 0.99))
@settings(max_examples=25, deadline=None)
def test_splitting_a_loan_changes_no_total(standard: str, listed: list[tuple[str, int]], at: int, cut: float) -> None:
    rows = rows_of(listed)
    row = rows[at % len(rows)]
    first = int(row["average_fen"] * cut)
    amounts = {"a": first, "b": row["average_fen"] - first}
    halves = [row | {"average_fen": fen, "balance_fen": fen, "exposure_id": row["exposure_id"] + name} for name, fen in amounts.items()]
    split = [*(other for other in rows if other is not row), *halves]
    assert totals(counted(split, standard))[()].grams == totals(counted(rows, standard))[()].grams


@given(
    wholes=st.lists(st.tuples(st.integers(0, 10**18), st.integers(0, 10**16), st.integers(1, 10**17)), min_size=1, max_size=20),
)
def test_floors_and_rests_are_exact(wholes: list[tuple[int, int, int]]) -> None:
    kept = [row for row in wholes if row[0] * row[1] // row[2] < 2**61] or [(1, 1, 1)]
    whole, above, below = (np.array(column, np.int64) for column in zip(*kept, strict=True))
    floors, rests = floors_of(whole, above, below)
    assert list(zip(floors.tolist(), rests.tolist(), strict=True)) == [divmod(w * a, b) for w, a, b in kept]
    assert part_of(whole, above, below).tolist() == [(2 * w * a + b) // (2 * b) for w, a, b in kept]


@given(weights=st.lists(st.integers(0, 10**12), min_size=1, max_size=30), whole=st.integers(0, 10**15), groups=st.integers(1, 4))
def test_shares_add_up_to_the_whole(weights: list[int], whole: int, groups: int) -> None:
    group = np.arange(len(weights)) % groups
    wholes, weight = np.full(len(weights), whole), np.array(weights, np.int64)
    parts = shared(wholes, weight, group, lambda rows: rows)
    for found, held in zip(summed(parts, group, groups).tolist(), summed(weight, group, groups).tolist(), strict=True):
        assert found == (whole if held else 0)

"""Pairs of rows that are equal, each once."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest

from greenfin.names.joins import codes_of, pairs_within


@pytest.mark.parametrize("rows", [0, 1, 2, 7, 300])
def test_pairs_are_those_of_every_row_with_every_later_one(rows: int) -> None:
    draw = random.Random(rows)
    texts = [draw.choice(["风电", "光伏", "供热", "", None, str(draw.random())]) for _ in range(rows)]
    left, right = pairs_within(codes_of(pa.array(texts, pa.string())))
    found = set(zip(left.tolist(), right.tolist(), strict=True))
    assert found == {(one, other) for one, other in combinations(range(rows), 2) if texts[one] and texts[one] == texts[other]}
    assert left.size == len(found)


def test_nothing_is_equal_to_nothing() -> None:
    left, right = pairs_within(np.array([-1, -1, 3, -1]))
    assert left.size == right.size == 0

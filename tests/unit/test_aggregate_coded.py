"""Rows by numbers of their keys: the groups and exact totals that Arrow and whole numbers of any size give."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from greenfin.aggregate import coded as module
from greenfin.aggregate.coded import Coded, totals
from greenfin.aggregate.grouping import Measure, summed

LARGE = 2**62


def table(rows: int, *, seed: int = 5) -> pa.Table:
    draw = random.Random(seed)
    return pa.table(
        {
            "class": pa.array([draw.choice(("b", "a", "c", None)) for _ in range(rows)], pa.string()),
            "place": pa.array([str(draw.randrange(40)) for _ in range(rows)], pa.string()),
            "who": pa.array([draw.choice((None, *"xyz")) for _ in range(rows)], pa.string()),
            "fen": pa.array([draw.choice((None, draw.randrange(-LARGE, LARGE), draw.randrange(900))) for _ in range(rows)], pa.int64()),
            "mark": pa.array([draw.choice((True, False, None)) for _ in range(rows)], pa.bool_()),
        }
    )


def by_hand(rows: pa.Table, measure: Measure, cut: tuple[str, ...]) -> dict[tuple[str, ...], tuple[int | None, int, bool]]:
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows.to_pylist():
        if all(row[key] is not None for key in cut):
            found.setdefault(tuple(row[key] for key in cut), []).append(row)
    made: dict[tuple[str, ...], tuple[int | None, int, bool]] = {}
    for keys, members in found.items():
        values = [row[measure.column] for row in members if row[measure.column] is not None]
        known = {"sum": sum(values) if values and measure.how == "sum" else None, "count": len(values), "distinct": len(set(values))}
        made[keys] = known[measure.how], len(members), any(row["mark"] for row in members)
    return made


@pytest.mark.parametrize("how", ["sum", "count", "distinct"])
@pytest.mark.parametrize("cut", [("class",), ("place",), ("class", "place"), ("place", "class", "who")])
@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize("room", [2**22, 8])
def test_groups_are_those_by_hand(how: str, cut: tuple[str, ...], encoded: bool, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROOM", room)
    rows = table(500)
    if encoded:
        for key in ("class", "place"):
            rows = rows.set_column(rows.column_names.index(key), key, rows[key].dictionary_encode())
    measure = Measure("x", "who" if how == "distinct" else "fen", "fen", "loans", how, flags=("mark",))
    found = list(summed(rows, measure, (cut,)))
    wanted = by_hand(rows, measure, cut)
    assert [tuple(one.keys[key] for key in cut) for one in found] == list(wanted)
    assert [(one.value, one.rows, bool(one.marks)) for one in found] == list(wanted.values())
    assert all(isinstance(one.value, int | None) for one in found)


def test_chosen_rows_are_grouped_as_if_the_others_were_not_there() -> None:
    rows, measure = table(300), Measure("x", "fen", "fen", "loans")
    every, flags = Coded(rows), np.arange(300) % 3 != 0
    twice = flags.copy()
    twice[flags] = np.arange(int(flags.sum())) % 2 == 0
    for chosen, mask in ((every.chosen(flags), flags), (every.chosen(flags).chosen(twice[flags]), twice)):
        alone = rows.filter(pa.array(mask))
        for cut in ((), ("class",), ("class", "place")):
            assert list(summed(chosen, measure, (cut,))) == list(summed(alone, measure, (cut,)))


def test_totals_are_exact_above_64_bits_and_over_many_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_EXACT", 7)
    values = np.array([2**63 - 1, -(2**63), 2**63 - 1, 2**63 - 1, -1, 5] * 9, dtype=np.int64)
    at = np.array([0, 1, 0, 0, 1, 2] * 9, dtype=np.int32)
    assert totals(values, at, 4) == [27 * (2**63 - 1), -9 * (2**63 + 1), 45, 0]
    assert totals(values.astype(object) * 10**30, at, 4) == [each * 10**30 for each in totals(values, at, 4)]


def test_no_rows_have_no_groups() -> None:
    assert list(summed(table(0), Measure("x", "fen", "fen", "loans"), (("class",), ("class", "place")))) == []
    nameless = table(4).set_column(0, "class", pa.nulls(4, pa.string()))
    assert list(summed(nameless, Measure("x", "fen", "fen", "loans"), (("class",),))) == []

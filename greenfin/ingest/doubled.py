"""Rows of exposures under one number: repeated rows count once, unequal ones not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Outcome, Problem, error, warning
from greenfin.ingest.grids import Rows

_PLACE = "source_cell"


def once(table: pa.Table, key: pa.Array) -> Outcome[pa.Table]:
    """The rows of ``table`` without those that repeat another of the same ``key`` (warning) or contradict it (error, all of them left out).

    A row without a key is never a double.
    """
    doubles = _groups(key)
    keep = np.ones(table.num_rows, np.bool_)
    problems: list[Problem] = []
    content = [name for name in table.column_names if name != _PLACE]
    for group in doubles:
        rows = table.take(group).to_pylist()
        differ = [name for name in content if len({row[name] for row in rows}) > 1]
        keep[group if differ else group[1:]] = False
        problems += _told(rows, name=str(key[int(group[0])]), differ=differ)
    return Outcome(table.filter(pa.array(keep)) if doubles else table, tuple(problems))


def _groups(key: pa.Array) -> list[Rows]:
    """The rows of each key that several have."""
    codes = np.asarray(pc.fill_null(key.dictionary_encode().indices, -1).to_numpy(zero_copy_only=False), dtype=np.int64)
    counts = np.bincount(codes[codes >= 0], minlength=1)
    doubled = np.flatnonzero((codes >= 0) & (counts[np.maximum(codes, 0)] > 1))
    if not len(doubled):
        return []
    order = doubled[np.argsort(codes[doubled], kind="stable")]
    return list(np.split(order, np.flatnonzero(np.diff(codes[order])) + 1))


def _told(rows: Sequence[Mapping[str, object]], *, name: str, differ: Sequence[str]) -> list[Problem]:
    cells = [str(row[_PLACE] or "") for row in rows]
    if differ:
        return [error("ingest.duplicate_unequal", cell, key=name, first=cells[0], columns=" ".join(differ)) for cell in cells]
    return [warning("ingest.duplicate_equal", cell, key=name, first=cells[0]) for cell in cells[1:]]

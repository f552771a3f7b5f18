"""The rows of a year without those in doubt: a bill ten thousand times the others is left out and listed, until somebody confirms it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Problem
from greenfin.footprint.activity import Activity, activity_of, columns_of
from greenfin.footprint.emit import Asked
from greenfin.footprint.items import Items, items
from greenfin.footprint.plausible import unlikely

if TYPE_CHECKING:
    from greenfin.reference.load import Reference


@dataclass(frozen=True, slots=True)
class Usable:
    """What counts of a year, what is in doubt and does not, and what is told of both."""

    found: Activity
    in_doubt: pa.Table
    problems: tuple[Problem, ...]


def usable_of(operations: pa.Table, asked: Asked, declared: Items) -> Usable:
    """The rows of a year that can be counted; those in doubt stand apart (see :func:`~greenfin.footprint.plausible.unlikely`)."""
    stated, problems = activity_of(operations, asked, declared)
    doubts = list(unlikely(stated, operations, asked, items=declared))
    out = np.zeros(len(stated), dtype=np.bool_)
    out[[row for doubt in doubts for row in doubt.rows]] = True
    found = columns_of(stated.table.filter(pa.array(~out))) if out.any() else stated
    return Usable(found, stated.table.filter(pa.array(out)), (*problems, *(doubt.problem for doubt in doubts)))


def without_doubts(operations: pa.Table, *, year: int, reference: Reference, on: date | None = None) -> tuple[pa.Table, frozenset[str]]:
    """The operations without what is in doubt in a year, and the items it was of."""
    asked = Asked(reference, year, on or date(year, 12, 31), None, items().choices(None))
    numbered = operations.append_column("row", pa.array(range(operations.num_rows), pa.int64()))
    doubted = usable_of(numbered, asked, items()).in_doubt
    kept = operations.filter(pc.invert(pc.is_in(numbered["row"], value_set=doubted["row"].combine_chunks())))
    return kept, frozenset(doubted["item"].to_pylist())

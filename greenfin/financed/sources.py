"""Two years counted from the same sources: what a change of source alone makes is told apart from what the borrower did."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import schema

STEPS: Sequence[tuple[str, ...]] = (  # what of an exposure each step of the ladder rests on, the best first
    ("emission_t", "emission_s1_t", "emission_s2_t", "emission_s3_t", "emission_source"),
    ("fuels", "energy_tce", "energy_mwh", "gas_m3", "heat_gj", "process_t"),
    ("output",),
)
Count = Callable[[pa.Table], pa.Table]


def alike(
    before: tuple[pa.Table, pa.Table], now: tuple[pa.Table, pa.Table], count: tuple[Count, Count]
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Both years counted without the best source, then without the two best …, for the exposures whose step of the data changed.

    ``before`` and ``now`` are exposures with what was counted of them, ``count`` counts the exposures of each year again.
    """
    changed = _changed(before[1], now[1])
    if not len(changed):
        return
    tables = [before[0], now[0]]
    for columns in STEPS:
        tables = [_without(table, columns, changed) for table in tables]
        yield count[0](tables[0]), count[1](tables[1])


def _changed(before: pa.Table, now: pa.Table) -> pa.Array:
    """The ids of exposures that two years have by different steps."""
    at = pc.index_in(now["exposure_id"], value_set=before["exposure_id"].combine_chunks())
    other = pc.not_equal(now["option"], before["option"].combine_chunks().take(at.combine_chunks()))
    return now["exposure_id"].filter(pc.fill_null(other, False)).combine_chunks()


def _without(table: pa.Table, columns: Sequence[str], ids: pa.Array) -> pa.Table:
    mine = pc.is_in(table["exposure_id"], value_set=ids)
    for name in columns:
        field = schema("exposures").field(name)
        table = table.set_column(table.column_names.index(name), field, pc.if_else(mine, pa.scalar(None, field.type), table[name]))
    return table

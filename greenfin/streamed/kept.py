"""Results of shards on disk: written whole or not at all, read back one after another."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from greenfin.core.records import Sum
from greenfin.messages import Lang
from greenfin.streamed import listed, row_groups
from greenfin.streamed.problems import table_of
from greenfin.streamed.shard import BUCKET, Done, Witnesses
from greenfin.streamed.spool import Spool

CUSTOMERS = "customers-*.arrow"
SUMS, READ, MADE, RATIOS = "sums.json", "read", "made", "ratios.npy"
GROUP = 50_000  # rows of a group of the run's files


def name_of(shard: int) -> str:
    """The folder of a shard's results."""
    return f"shard-{shard:06d}"


def keep(spool: Spool, shard: int, done: Done, *, shards: int, lang: Lang) -> None:
    """Write what a shard came to. Raises OSError."""
    half = spool.half(name_of(shard))
    half.mkdir()
    for name, table in done.tables.items():
        row_groups.write(table, half / f"{name}.parquet", group=GROUP)
    for one in fields(Witnesses):
        pq.write_table(getattr(done.witnesses, one.name), half / f"w_{one.name}.parquet", compression="lz4")
    listed.keep(half / READ, table_of(done.problems[: done.read]), lang)
    listed.keep(half / MADE, table_of(done.problems[done.read :]), lang)
    np.save(half / RATIOS, done.ratios)
    (half / SUMS).write_text(json.dumps(_of_kinds(done.sums)), "utf-8")
    spool.write_parts(f"customers-{shard:06d}.arrow", _plain(done.customers), by=BUCKET, parts=shards)
    try:
        half.replace(spool.folder / name_of(shard))
    except OSError:  # another worker was given the same shard and has been faster: the same results
        shutil.rmtree(half)
        if not spool.has(name_of(shard)):
            raise


def _plain(table: pa.Table) -> pa.Table:
    """The table without numbers for words: those of several shards differ."""
    for at, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(at, field.name, pc.cast(table[field.name], field.type.value_type))
    return table


def _kind(one: Sum) -> tuple[object, ...]:
    return one.name, one.unit, one.table, one.column, one.marks, tuple(one.keys)


def _of_kinds(sums: Sequence[Sum]) -> list[object]:
    """The sums in their order, what many say one after another written once: each project has several."""
    return [[kind, [(*one.keys.values(), one.value, one.rows) for one in some]] for kind, some in groupby(sums, _kind)]


def sums_of(folder: Path) -> Iterator[Sum]:
    """The sums of a shard; a text, and a group, that several of them name is held once."""
    texts: dict[str, str] = {}
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, str]] = {}
    for (name, unit, table, column, marks, by), some in json.loads((folder / SUMS).read_text("utf-8")):
        cut, marked = tuple(by), tuple(marks)
        for *values, value, rows in some:
            group = (cut, tuple(values))
            if group not in groups:
                groups[group] = {key: texts.setdefault(text, text) for key, text in zip(cut, values, strict=True)}
            yield Sum(name, groups[group], value, unit, rows, table, column, marked)


def witnesses_of(folder: Path) -> Witnesses:
    """The witnesses of a shard."""
    return Witnesses(**{one.name: pq.read_table(folder / f"w_{one.name}.parquet") for one in fields(Witnesses)})


def ratios_of(folder: Path) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Amounts of the shard's loans over investments."""
    found: np.ndarray[tuple[int], np.dtype[np.float64]] = np.load(folder / RATIOS, allow_pickle=False)
    return found

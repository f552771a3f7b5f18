"""Every column of every table once (``columns.csv``): name, dtype, unit, meaning. Builds the Arrow schemas."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``dtype`` is text, int, real, day, flag or json (JSON text); ``field`` the id in the field dictionary."""

    table: str
    name: str
    dtype: str
    unit: str
    field: str
    zh: str
    en: str


@cache
def columns() -> tuple[Column, ...]:
    """All columns in the order of ``columns.csv``."""
    text = Path(__file__).with_name("columns.csv").read_text("utf-8")
    return tuple(Column(**row) for row in csv.DictReader(text.splitlines()))


@cache
def schema(table: str) -> pa.Schema:
    """The Arrow schema of a table; raises KeyError for a table that is not declared."""
    import pyarrow as pa  # here, so that words and --help do not load it

    dtypes = {"text": pa.string(), "int": pa.int64(), "real": pa.float64(), "day": pa.date32(), "flag": pa.bool_(), "json": pa.string()}
    found = [pa.field(c.name, dtypes[c.dtype]) for c in columns() if c.table == table]
    if not found:
        raise KeyError(table)
    return pa.schema(found)


def table_of(name: str, rows: list[dict[str, object]] | dict[str, object]) -> pa.Table:
    """An Arrow table in the declared schema from rows or from columns; columns not given are null."""
    import pyarrow as pa

    wanted = schema(name)
    if isinstance(rows, list):
        return pa.Table.from_pylist(rows, schema=wanted)
    size = max((len(v) for v in rows.values()), default=0)  # type: ignore[arg-type]  # columns are sized
    arrays = [pa.array(rows.get(f.name, [None] * size), type=f.type) for f in wanted]
    return pa.Table.from_arrays(arrays, schema=wanted)


def fitted(table: pa.Table, name: str) -> pa.Table:
    """The table in the declared schema: its columns in that order and type, those it lacks null, others left out."""
    import pyarrow as pa

    wanted = schema(name)
    nothing = {kind: pa.nulls(table.num_rows, kind) for kind in {f.type for f in wanted if f.name not in table.column_names}}
    arrays = [table[f.name].cast(f.type) if f.name in table.column_names else nothing[f.type] for f in wanted]
    return pa.Table.from_arrays(arrays, schema=wanted)


def empty(name: str) -> pa.Table:
    """A table of that schema without rows."""
    return schema(name).empty_table()


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """A table for people who work in pandas: fen stay integers and days stay days where cells are empty (Arrow-backed columns)."""
    import pandas as pd

    frame: pd.DataFrame = table.to_pandas(types_mapper=pd.ArrowDtype)
    return frame

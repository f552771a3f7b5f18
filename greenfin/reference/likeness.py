"""What short runs of signs say of an edition's entries (``taxonomy/<edition>/likeness.parquet``), read strictly."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from greenfin.core.problems import BadReference, error

FILE = "likeness.parquet"
GREEN, BIAS = "", ""  # the entry of what makes a text green at all; the run of what every text starts from
_SCHEMA = pa.schema([("run", pa.string()), ("entry", pa.string()), ("weight", pa.float32())])
_MOST = 5_000_000


def read_likeness(folder: Path, codes: Collection[str]) -> pa.Table | None:
    """The weights of an edition: ``run``, ``entry`` (GREEN: of being green at all), ``weight``; None where the edition has no file.

    Raises BadReference for other columns, entries that are no leaves of the edition, weights that are no numbers, and no start.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    where = f"taxonomy/{folder.name}/{FILE}"
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as bad:
        raise BadReference([error("reference.likeness_broken", where, found=type(bad).__name__)]) from bad
    if table.schema.remove_metadata() != _SCHEMA or table.num_rows > _MOST:
        raise BadReference([error("reference.likeness_broken", where, found=", ".join(table.schema.names))])
    unknown = pc.unique(table["entry"].filter(pc.invert(pc.is_in(table["entry"], value_set=pa.array([*codes, GREEN])))))
    if len(unknown):
        raise BadReference([error("reference.entry_unknown", where, edition=folder.name, entry=str(code)) for code in unknown])
    if table.column("run").null_count or not pc.all(pc.is_finite(table["weight"])).as_py() or BIAS not in table["run"].to_pylist():
        raise BadReference([error("reference.likeness_broken", where, found="weight")])
    return table

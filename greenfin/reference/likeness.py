"""What short runs of signs say of an edition's entries (``taxonomy/<edition>/likeness.parquet``), read strictly."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from greenfin.core.problems import BadReference, error
from greenfin.reference.rules import ACTIVITIES

FILE = "likeness.parquet"
GREEN, BIAS = "", ""  # the entry of what makes a text green at all; the run of what every text starts from
_RUN = f"^(?:|@(?:unsaid|{'|'.join(ACTIVITIES)})|[\\x00-\\x7f]{{4,7}}|[\\x00-\\x{{FFFF}}]{{2,4}})$"
_SCHEMA = pa.schema([("run", pa.string()), ("entry", pa.string()), ("weight", pa.float32())])
_MOST = 5_000_000


def read_likeness(folder: Path, codes: Collection[str]) -> pa.Table | None:
    """The weights of an edition: ``run``, ``entry`` (GREEN: of being green at all), ``weight``; None where the edition has no file.

    Raises BadReference for a file that is none, other columns, entries that are no leaves of the edition, runs that no text can hold,
    weights that are no numbers, and no start.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    where = f"taxonomy/{folder.name}/{FILE}"
    try:
        with pq.ParquetFile(path) as file:
            if file.schema_arrow.remove_metadata() != _SCHEMA or file.metadata.num_rows > _MOST:
                raise BadReference([error("reference.likeness_broken", where, found=", ".join(file.schema_arrow.names))])
            table = file.read()
    except (pa.ArrowException, OSError) as bad:
        raise BadReference([error("reference.likeness_broken", where, found=type(bad).__name__)]) from bad
    unknown = pc.unique(table["entry"].filter(pc.invert(pc.is_in(table["entry"], value_set=pa.array([*codes, GREEN])))))
    if len(unknown):
        raise BadReference([error("reference.entry_unknown", where, edition=folder.name, entry=str(code)) for code in unknown])
    runs = pc.unique(table["run"])
    if runs.null_count or not pc.all(pc.match_substring_regex(runs, _RUN)).as_py() or not pc.any(pc.equal(runs, BIAS)).as_py():
        raise BadReference([error("reference.likeness_broken", where, found="run")])
    if table["weight"].null_count or not pc.all(pc.is_finite(table["weight"])).as_py():
        raise BadReference([error("reference.likeness_broken", where, found="weight")])
    return table

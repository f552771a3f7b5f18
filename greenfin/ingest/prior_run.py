"""Last year's figures out of last year's run: the folder that greenfin wrote serves as the publication."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from greenfin.core.problems import Outcome, Problem, Refused, error
from greenfin.core.records import PriorCell

_RECORD, _TABLES, _TABLE = "run.json", "tables.json", "T"


def read_prior_run(folder: Path, *, before: date | None = None) -> Outcome[tuple[PriorCell, ...]]:
    """Every figure of the run's tables as it was printed, in its unit, by the run's edition.

    A run that is not of the day a year ``before`` is an error, and none of its figures is used. Raises Refused for a folder without a
    run, and for one whose tables are not those that it wrote.
    """
    record, tables = _read(folder)
    try:
        as_of, edition = date.fromisoformat(record["made_of"]["as_of"]), str(record["made_of"]["edition"])
        found = tuple(_cells(tables, edition, where=f"{folder.name}/{_TABLES}"))
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as bad:
        raise Refused(error("ingest.prior_run_altered", str(folder))) from bad
    problems: tuple[Problem, ...] = ()
    if before is not None and (as_of.year, as_of.month, as_of.day) != (before.year - 1, before.month, before.day):
        problems = (error("ingest.prior_run_day", folder.name, found=as_of.isoformat(), wanted=f"{before.year - 1}-{before:%m-%d}"),)
    return Outcome(() if problems else found, problems)


def _read(folder: Path) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    try:
        record = json.loads((folder / _RECORD).read_text("utf-8"))
        content = (folder / _TABLES).read_bytes()
    except (OSError, ValueError, RecursionError) as bad:
        raise Refused(error("ingest.prior_run_none", str(folder))) from bad
    kept = record.get("sha256") if isinstance(record, dict) else None
    if not isinstance(kept, dict) or kept.get(_TABLES) != hashlib.sha256(content).hexdigest():
        raise Refused(error("ingest.prior_run_altered", str(folder)))
    return record, json.loads(content)


def _cells(tables: Mapping[str, Any], edition: str, *, where: str) -> Iterator[PriorCell]:
    for table in tables["tables"]:
        for cell in table["cells"] if table["id"].startswith(_TABLE) else ():
            if cell["value"] is not None and "text" not in cell:
                row, _, column = str(cell["cell"]).partition("!")[2].rpartition(".")
                value = Fraction(cell["printed"])
                yield PriorCell(str(table["id"]), row, column, value, str(cell["unit"]), edition, source_cell=f"{where}!{cell['cell']}")

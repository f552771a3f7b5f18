"""Financed emissions under ``pboc-2021``."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa

from greenfin.core.columns import fitted
from greenfin.core.problems import Outcome

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

NAME = "pboc-2021"


def counted(exposures: pa.Table, *, reference: Reference, year: int, on: date | None = None) -> Outcome[pa.Table]:
    """One row of ``financed`` per exposure, in the order of ``exposures``."""
    rows = fitted(exposures, "financed")
    return Outcome(rows.set_column(1, rows.schema.field("standard"), pa.array([NAME] * len(rows))))

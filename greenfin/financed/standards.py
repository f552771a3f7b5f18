"""The standards of financed emissions by name: each a function from ``exposures`` to ``financed``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from greenfin.core.problems import Outcome, Refused, error
from greenfin.financed.own import NONE, Own

if TYPE_CHECKING:
    from greenfin.reference.load import Reference


class Standard(Protocol):
    """One standard over a whole book of exposures."""

    def __call__(
        self, exposures: pa.Table, *, reference: Reference, year: int, on: date | None = None, own: Own = NONE
    ) -> Outcome[pa.Table]:
        """One row of ``financed`` per exposure, in the order of ``exposures``.

        ``on`` is the day whose factors count (the year's last), ``own`` are factors that the user gives.
        """


STANDARDS: Mapping[str, str] = {
    "pboc-2021": "greenfin.financed.pboc_2021",
    "pboc-high-carbon-draft": "greenfin.financed.high_carbon",
    "pcaf": "greenfin.financed.pcaf",
}  # the module whose ``counted`` is the standard, loaded when asked for


def standard_of(name: str) -> Standard:
    """The standard of that name; raises Refused for an unknown one."""
    if name not in STANDARDS:
        raise Refused(error("financed.unknown_standard", name, known=", ".join(STANDARDS)))
    found: Standard = import_module(STANDARDS[name]).counted
    return found


def financed(
    exposures: pa.Table, standard: str, *, reference: Reference, year: int, on: date | None = None, own: Own = NONE
) -> Outcome[pa.Table]:
    """The exposures under one standard (``financed``, one row each); raises Refused for an unknown standard."""
    return standard_of(standard)(exposures, reference=reference, year=year, on=on, own=own)

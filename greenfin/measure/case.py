"""What a method is called with: projects as rows, inputs as columns, and where everything came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from greenfin.core.units import FloatColumn
from greenfin.methods.declare import Declaration

Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]

ACTUAL, DESIGN = "actual", "design"
NO_CONVENTIONS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Projects:
    """The projects of one method: id, address for problems, place, and the entry (edition, code) each is tagged with."""

    ids: tuple[str, ...]
    where: tuple[str, ...]
    regions: tuple[str, ...]
    entries: tuple[tuple[str, str], ...]
    is_operating: Flags

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Stated:
    """One input over the projects, in the method's unit (NaN: not given).

    ``rows`` is the row of the input table it came from (-1: none), ``is_actual`` whether it is a measured value,
    ``is_preferred`` whether it has the basis the project's stage asks for.
    """

    values: FloatColumn
    rows: Rows
    is_actual: Flags
    is_preferred: Flags


@dataclass(frozen=True, slots=True)
class Case:
    """A method with its projects and their inputs; ``broken`` marks projects that already have an error."""

    declaration: Declaration
    choices: Mapping[str, str]
    projects: Projects
    stated: Mapping[str, Stated]
    broken: Flags
    on: date
    factor_set: str | None = None
    own: Mapping[str, tuple[float, str]] = field(default_factory=dict)  # factor or slot -> the user's own value and unit

    def has(self, name: str) -> Flags:
        """Where an input is given."""
        return ~np.isnan(self.stated[name].values)


def nothing(size: int) -> Stated:
    """An input that nobody gave."""
    flags = np.zeros(size, dtype=np.bool_)
    return Stated(np.full(size, np.nan), np.full(size, -1, dtype=np.int64), flags, flags)

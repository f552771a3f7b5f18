"""The factors of a case: resolved once per distinct place, spread over the projects as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from greenfin.core.lineage import FactorUse
from greenfin.core.problems import Problem, error, warning
from greenfin.core.units import FloatColumn, UnknownUnit, WrongDimension
from greenfin.measure.case import Case, Flags, Rows
from greenfin.methods.declare import Parameter, Slot
from greenfin.methods.finding import USER, find, in_unit, place_known, use_of

if TYPE_CHECKING:
    from greenfin.reference.factors import Found
    from greenfin.reference.load import Reference


@dataclass(frozen=True, slots=True)
class Filled:
    """A slot over the projects: its values (NaN: none found), and per distinct place how it was found."""

    slot: Slot
    values: FloatColumn
    places: Rows  # per project: which of ``uses``
    uses: tuple[FactorUse | None, ...]
    founds: tuple[Found | None, ...]  # None: the user's own value
    needed: Flags

    @property
    def counted(self) -> FloatColumn:
        """The values as a formula takes them: endless where one is needed and not there, so that no sum goes on without it."""
        lacking = self.lacking
        return np.where(lacking, np.inf, self.values) if lacking.any() else self.values

    @property
    def lacking(self) -> Flags:
        """The projects that need the factor and have none."""
        return np.isnan(self.values) & self.needed

    def use(self, row: int) -> FactorUse | None:
        """How the factor of a project was found."""
        return self.uses[int(self.places[row])]

    def found(self, row: int) -> Found | None:
        """What was found for a project."""
        return self.founds[int(self.places[row])]


def fill(case: Case, reference: Reference) -> tuple[dict[str, Filled], list[Problem]]:
    """Every slot of the case under its choices, and a problem for each project whose factor is not there."""
    problems: list[Problem] = []
    filled: dict[str, Filled] = {}
    for slot in case.declaration.slots_for(case.choices):
        filled[slot.slot] = _own(case, slot, problems) or _found(case, slot, reference)
    for found in filled.values():
        problems.extend(_missing(case, found))
        problems.extend(_ties(found) if found.needed.any() else ())
    nearest = [f.needed for f in filled.values() if f.slot.region == "nearest" and f.founds != (None,)]
    if nearest:
        problems.extend(_without_place(case, reference, np.logical_or.reduce(nearest)))
    return filled, problems


def needed(case: Case, slot: Slot | Parameter) -> Flags:
    """Per project whether a factor (or a number of the method) counts: by what is given of ``for_inputs`` and ``unless``."""
    size = len(case.projects)
    asked = np.logical_or.reduce([case.has(name) for name in slot.for_inputs]) if slot.for_inputs else np.ones(size, dtype=np.bool_)
    instead, always = (_any(case, names) for names in (slot.unless, slot.always_for if isinstance(slot, Slot) else ()))
    return np.asarray(asked & (always | ~instead), dtype=np.bool_)


def _any(case: Case, names: Sequence[str]) -> Flags:
    """Where one of some inputs is given."""
    return np.asarray(np.logical_or.reduce([np.zeros(len(case.projects), dtype=np.bool_), *(case.has(name) for name in names)]))


def _own(case: Case, slot: Slot, problems: list[Problem]) -> Filled | None:
    given = case.own.get(slot.id) or case.own.get(slot.slot)
    if given is None:
        return None
    size = len(case.projects)
    try:
        value = in_unit(Decimal(str(given[0])), given[1], slot.unit) if isfinite(given[0]) else float("nan")
    except (WrongDimension, UnknownUnit):
        problems.append(error("measure.factor_unit_wrong", slot.id, factor=slot.id, unit=given[1], wanted=slot.unit))
        value = float("nan")
    use = FactorUse(slot.slot, f"{USER}:{slot.id}", USER)
    return Filled(slot, np.full(size, value), np.zeros(size, dtype=np.int64), (use,), (None,), needed(case, slot))


def _found(case: Case, slot: Slot, reference: Reference) -> Filled:
    regions = np.asarray(case.projects.regions if slot.region == "nearest" else [""] * len(case.projects), dtype=object)
    distinct, places = np.unique(regions.astype(str), return_inverse=True)
    founds = tuple(find(slot, reference, place=str(place), on=case.on, factor_set=case.factor_set) for place in distinct)
    numbers = np.asarray([in_unit(f.factor.value, f.factor.unit, slot.unit) if f.factor else np.nan for f in founds])
    uses = tuple(use_of(slot.slot, found) for found in founds)
    return Filled(slot, numbers[places], places.astype(np.int64), uses, founds, needed(case, slot))


def _missing(case: Case, filled: Filled) -> list[Problem]:
    if filled.founds == (None,):
        return []  # the user's own, whose unit was already refused
    rows = np.flatnonzero(filled.lacking & ~case.broken)
    wanted: Mapping[str, str] = {"factor": filled.slot.id, "on": case.on.isoformat()}
    return [error("measure.factor_missing", case.projects.where[r], project=case.projects.ids[r], **wanted) for r in rows]


def _ties(filled: Filled) -> list[Problem]:
    """Factors that another one, with another value, was as good as."""
    return [
        warning("measure.factor_tie", filled.slot.id, factor=taken.key, value=f"{taken.value} {taken.unit}", other=", ".join(others))
        for taken, others in ((f.factor, _as_good(f)) for f in filled.founds if f)
        if taken and others
    ]


def _as_good(found: Found) -> list[str]:
    taken = found.factor
    return [f.key for f, why in found.passed_over if why == "equally_good" and taken and (f.value, f.unit) != (taken.value, taken.unit)]


def _without_place(case: Case, reference: Reference, needed: Flags) -> list[Problem]:
    unknown = [place for place in set(case.projects.regions) if not place_known(reference, place)]
    rows = np.flatnonzero(np.isin(np.asarray(case.projects.regions, dtype=str), unknown) & needed & ~case.broken)
    return [warning("measure.region_missing", case.projects.where[r], project=case.projects.ids[r]) for r in rows]

"""Activity times factors, for all rows of an item and unit at once; factors found once per distinct place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from greenfin.core.problems import Problem, error, info, warning
from greenfin.core.units import FloatColumn, UnknownUnit, WrongDimension, magnitude, quantity
from greenfin.footprint.items import GWP, Part, Variant
from greenfin.methods.declare import Input, Slot
from greenfin.methods.finding import NATIONAL, USER, find, in_unit, use_of
from greenfin.methods.numbers import fits, whole
from greenfin.methods.readings import reading, scale

if TYPE_CHECKING:
    from greenfin.reference.factors import Found
    from greenfin.reference.load import Reference

UNIT = "gCO2e"
INDIRECT = "3"
OWN = "ef"
Texts = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Asked:
    """For which year the factors are asked, known on which day, through which named set, under which choices (all conventions)."""

    reference: Reference
    year: int
    on: date
    factor_set: str | None
    choices: Mapping[str, str]

    def find(self, slot: Slot, place: str) -> Found:
        """The factor of a slot for a place; a GWP is that of the chosen assessment, whenever it was published."""
        if not slot.id.startswith(GWP):
            return find(slot, self.reference, place=place, on=self.on, factor_set=self.factor_set, year=self.year)
        chosen = replace(slot, edition=self.choices["gwp"], year="same")
        return find(chosen, self.reference, place="", on=self.on, factor_set=self.factor_set, year=date.max.year)


@dataclass(frozen=True, slots=True)
class Emitted:
    """Emissions of rows of one part: whole grams, the quantities in the input's unit, the factors as JSON per row."""

    amounts: NDArray[np.int64]
    has: NDArray[np.bool_]
    beyond: NDArray[np.bool_]  # so large that the quantity must be wrong
    quantities: FloatColumn
    factors: list[str]
    problems: tuple[Problem, ...]


def variant_of(variants: Iterable[Variant], unit: str) -> Variant | None:
    """The first variant that takes the unit, the plainest first, or None."""
    fitting = [(through is not None, variant) for variant in variants if (through := _reading(variant.input, unit)) is not False]
    return next((variant for is_read, variant in sorted(fitting, key=lambda one: one[0])), None)


def _reading(spec: Input, unit: str) -> object:
    """The reading of a unit, None where it fits as it is, False where it does not fit."""
    try:
        return reading(spec, unit)
    except (WrongDimension, UnknownUnit):
        return False


def emit(item: str, spec: Input, part: Part, *, values: FloatColumn, unit: str, places: Texts, asked: Asked) -> Emitted:
    """The emissions of a part, from quantities in a stated unit at these places."""
    quantities = values * scale(spec, unit, None)
    distinct, group = np.unique(places, return_inverse=True)
    founds = [[asked.find(slot, str(place)) for slot in part.slots] for place in distinct]
    product = quantity(quantities, spec.unit)
    for parameter in part.parameters:
        product = product * quantity(float(parameter.value), parameter.unit)
    for at, slot in enumerate(part.slots):
        column = np.asarray([_number(found[at], slot) for found in founds], dtype=np.float64)[group]
        product = product * quantity(column, slot.unit)
    grams = magnitude(product, UNIT)
    texts = [_json(part, found) for found in founds]
    told = (*_missing(item, part, founds), *_told(item, part, founds), *_older(item, founds, year=asked.year))
    return Emitted(whole(grams), fits(grams), ~np.isnan(grams) & ~fits(grams), quantities, [texts[g] for g in group], told)


def emit_own(spec: Input, part: Part, at: pa.Table, *, values: FloatColumn, unit: str) -> Emitted | None:
    """The same by the file's own factors (of one unit), which are CO2 where they name no gas; None where their unit does not fit."""
    stated = str(at["factor_unit"][0].as_py() or "")
    product = _product(values, unit, np.asarray(at["factor"].to_pylist(), dtype=np.float64), stated)
    if product is None:
        return None
    use = [{"slot": OWN, "key": f"{USER}:{value:g} {stated}", "found": USER} for value in at["factor"].to_pylist()]
    quantities = values * scale(spec, unit, None)
    return Emitted(
        whole(product),
        fits(product),
        ~np.isnan(product) & ~fits(product),
        quantities,
        [json.dumps([each], ensure_ascii=False) for each in use],
        (),
    )


def _product(values: FloatColumn, unit: str, factors: FloatColumn, factor_unit: str) -> FloatColumn | None:
    """Quantities times factors in grams, whatever gas the factor names."""
    try:
        product = quantity(values, unit) * quantity(factors, factor_unit)
    except UnknownUnit:
        return None
    for grams in (UNIT, "gCO2", "g"):
        try:
            return magnitude(product, grams)
        except WrongDimension:
            continue
    return None


def _number(found: Found, slot: Slot) -> float:
    return float("nan") if found.factor is None else in_unit(found.factor.value, found.factor.unit, slot.unit)


def _json(part: Part, founds: list[Found]) -> str:
    uses = [use_of(slot.slot, found) for slot, found in zip(part.slots, founds, strict=True)]
    return json.dumps([{"slot": u.slot, "key": u.key, "found": u.found} for u in uses if u], ensure_ascii=False)


def _missing(item: str, part: Part, founds: list[list[Found]]) -> list[Problem]:
    """An error for each factor without a value; a quantity of scope 3 is recorded all the same."""
    absent = {slot.id for found in founds for slot, one in zip(part.slots, found, strict=True) if one.factor is None}
    if part.scope == INDIRECT:
        return [warning("footprint.no_factor", item, item=item, factor=factor) for factor in sorted(absent)]
    return [error("footprint.factor_missing", item, item=item, scope=part.scope, factor=factor) for factor in sorted(absent)]


def _told(item: str, part: Part, founds: list[list[Found]]) -> list[Problem]:
    """Values of another country that stand in, and parameters that no document settles."""
    abroad = {one.factor.key: one.factor.region for found in founds for one in found if one.factor and _is_abroad(one.factor.region)}
    assumed = [p for p in part.parameters if not p.verified]
    stationary = [part.gas] if part.gas.casefold() in {slot.slot for slot in part.slots} else []
    return [
        *(info("footprint.stationary_gas", item, item=item, gas=gas) for gas in stationary),
        *(info("footprint.foreign_factor", item, item=item, factor=key, region=region) for key, region in sorted(abroad.items())),
        *(info("footprint.assumed", item, item=item, value=f"{p.value} {p.unit}", source=p.source) for p in assumed),
    ]


def _older(item: str, founds: list[list[Found]], *, year: int) -> list[Problem]:
    """Values of an earlier year that stand in where the year has none (yet)."""
    older = {one.factor.key: one.factor.data_year for found in founds for one in found if one.factor and "earlier_year" in one.how}
    return [warning("footprint.earlier_year", item, item=item, year=year, factor=key, found=found) for key, found in sorted(older.items())]


def _is_abroad(region: str) -> bool:
    return region.partition("-")[0] not in (NATIONAL, "GLOBAL")

"""Activity times factors, for all rows of an item and unit at once; factors found once per distinct place."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from greenfin.core.problems import Problem, error
from greenfin.core.units import FloatColumn, UnknownUnit, WrongDimension, magnitude, quantity
from greenfin.footprint.items import Variant
from greenfin.methods.declare import Slot
from greenfin.methods.finding import find, in_unit, use_of
from greenfin.methods.numbers import fits, whole
from greenfin.methods.readings import reading, scale

if TYPE_CHECKING:
    from greenfin.reference.factors import Found
    from greenfin.reference.load import Reference

UNIT = "gCO2"
Texts = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Asked:
    """For which year the factors are asked, known on which day, through which named set."""

    reference: Reference
    year: int
    on: date
    factor_set: str | None

    def find(self, slot: Slot, place: str) -> Found:
        """The factor of a slot for a place."""
        return find(slot, self.reference, place=place, on=self.on, factor_set=self.factor_set, year=self.year)


@dataclass(frozen=True, slots=True)
class Emitted:
    """Emissions of rows of one variant: whole grams, the quantities in the variant's unit, the factors as JSON per row."""

    amounts: NDArray[np.int64]
    has: NDArray[np.bool_]
    beyond: NDArray[np.bool_]  # so large that the quantity must be wrong
    quantities: FloatColumn
    factors: list[str]
    problems: tuple[Problem, ...]


def variant_of(variants: Iterable[Variant], unit: str) -> Variant | None:
    """The first variant that takes the unit, or None."""
    for variant in variants:
        try:
            reading(variant.input, unit)
        except (WrongDimension, UnknownUnit):
            continue
        return variant
    return None


def emit(variant: Variant, values: FloatColumn, *, unit: str, places: Texts, asked: Asked) -> Emitted:
    """The emissions of quantities in a stated unit at these places."""
    quantities = values * scale(variant.input, unit, None)
    distinct, group = np.unique(places, return_inverse=True)
    founds = [[asked.find(slot, str(place)) for slot in variant.slots] for place in distinct]
    product = quantity(quantities, variant.input.unit)
    for parameter in variant.parameters:
        product = product * quantity(float(parameter.value), parameter.unit)
    for at, slot in enumerate(variant.slots):
        column = np.asarray([_number(found[at], slot) for found in founds], dtype=np.float64)[group]
        product = product * quantity(column, slot.unit)
    grams = magnitude(product, UNIT)
    texts = [_json(variant, found) for found in founds]
    return Emitted(
        whole(grams), fits(grams), ~np.isnan(grams) & ~fits(grams), quantities, [texts[g] for g in group], tuple(_missing(variant, founds))
    )


def _number(found: Found, slot: Slot) -> float:
    return float("nan") if found.factor is None else in_unit(found.factor.value, found.factor.unit, slot.unit)


def _json(variant: Variant, founds: list[Found]) -> str:
    uses = [use_of(slot.slot, found) for slot, found in zip(variant.slots, founds, strict=True)]
    return json.dumps([{"slot": u.slot, "key": u.key, "found": u.found} for u in uses if u], ensure_ascii=False)


def _missing(variant: Variant, founds: list[list[Found]]) -> list[Problem]:
    absent = {slot.id for found in founds for slot, one in zip(variant.slots, found, strict=True) if one.factor is None}
    return [
        error("footprint.factor_missing", variant.item, item=variant.item, scope=variant.scope, factor=factor) for factor in sorted(absent)
    ]

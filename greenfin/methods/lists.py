"""Inputs and results that are lists: each value a column of its own while measured, all of them side by side in a formula."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from itertools import chain
from typing import TypeVar

import numpy as np

from greenfin.core.quantities import Amounts
from greenfin.core.units import Quantity
from greenfin.methods.declare import Declaration, Input, Output, Parameter, Slot, Way

Item = TypeVar("Item", Input, Output)
Needed = TypeVar("Needed", Slot, Parameter)


def spread(declaration: Declaration, lengths: Mapping[str, int], given: Collection[str] = ()) -> Declaration:
    """The declaration with each list as so many inputs or results (``loan_1``, ``loan_2`` …).

    ``lengths`` are those of the lists that belong together (what ``list:`` names). A list that is not in it stays one of no values.
    What needs a list needs its first place, or the first of those ``given`` where it has gaps.
    """
    if not lengths:
        return declaration
    known = {i.name: lengths.get(i.list, 0) for i in declaration.inputs if i.list}

    def every(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(chain.from_iterable(_numbered(name, known.get(name, 0)) for name in names))

    def first_of(names: Iterable[str]) -> tuple[str, ...]:
        each = (_numbered(name, known.get(name, 0)) for name in names)
        return tuple(next((place for place in places if place in given), places[0]) for places in each)

    return replace(
        declaration,
        inputs=_all(declaration.inputs, lengths),
        outputs=_all(declaration.outputs, lengths),
        ways=tuple(Way(first_of(w.needs), every((*w.refined_by, *(n for n in w.needs if n in known)))) for w in declaration.ways),
        any_of=tuple(first_of(names) for names in declaration.any_of),
        together=tuple(first_of(names) for names in declaration.together),
        slots=tuple(replace(s, for_inputs=every(s.for_inputs), unless=every(s.unless)) for s in declaration.slots),
        parameters=tuple(replace(p, for_inputs=every(p.for_inputs), unless=every(p.unless)) for p in declaration.parameters),
        indicators=tuple(replace(i, inputs=every(i.inputs)) for i in declaration.indicators),
    )


def _numbered(name: str, length: int) -> tuple[str, ...]:
    return tuple(f"{name}_{place}" for place in range(1, length + 1)) or (name,)


def _all(items: Iterable[Item], lengths: Mapping[str, int]) -> tuple[Item, ...]:
    return tuple(chain.from_iterable(_each(item, lengths.get(item.list, 0)) for item in items))


def _each(item: Item, length: int) -> list[Item]:
    if not length:
        return [item]
    return [replace(item, name=f"{item.name}_{place}", series=item.name, year=place) for place in range(1, length + 1)]


def side_by_side(columns: Iterable[Quantity]) -> Quantity:
    """Columns as one quantity of rows x places, in the unit of the first."""
    first, *others = columns
    moved = [first.magnitude, *(other.to(first.units).magnitude for other in others)]
    return Amounts(np.stack(np.broadcast_arrays(*moved), axis=-1), first.units)


def across(column: Quantity) -> Quantity:
    """One value a row, to be used with each place of a list of that row."""
    return Amounts(np.asarray(column.magnitude)[..., None], column.units)


def summed(whole: Quantity) -> Quantity:
    """Per row the sum over the places that are given; missing where none is.

    >>> from greenfin.core.units import magnitude, quantity
    >>> magnitude(summed(quantity(np.array([[1.0, np.nan], [np.nan, np.nan]]), "t")), "kg").tolist()
    [1000.0, nan]
    """
    given = ~np.isnan(whole.magnitude)
    return Amounts(np.where(given.any(axis=-1), np.nansum(whole.magnitude, axis=-1), np.nan), whole.units)


def weighted(values: Quantity, weights: Quantity) -> Quantity:
    """Per row the mean of the values by their weights, over the places that have both."""
    both = np.isnan(values.magnitude * weights.magnitude)
    counted = Amounts(np.where(both, np.nan, weights.magnitude), weights.units)
    return summed(values * counted) / summed(counted)


def first_given(whole: Quantity) -> Quantity:
    """Per row the first place that is given."""
    return _at(whole, np.argmax(~np.isnan(whole.magnitude), axis=-1))


def last_given(whole: Quantity) -> Quantity:
    """Per row the last place that is given."""
    size = whole.magnitude.shape[-1]
    return _at(whole, size - 1 - np.argmax(~np.isnan(whole.magnitude[..., ::-1]), axis=-1))


def _at(whole: Quantity, places: np.ndarray[tuple[int, ...], np.dtype[np.intp]]) -> Quantity:
    return Amounts(np.take_along_axis(whole.magnitude, places[..., None], axis=-1)[..., 0], whole.units)


def by_group(whole: Quantity, groups: Quantity) -> Quantity:
    """Per row the sums of the places of each group (0, 1, 2 …), side by side; missing where none is given."""
    values, codes = np.broadcast_arrays(whole.magnitude, groups.magnitude)
    known = range(int(np.nanmax(codes, initial=0)) + 1)
    return side_by_side([summed(Amounts(np.where(codes == code, values, np.nan), whole.units)) for code in known])


def of_group(sums: Quantity, groups: Quantity) -> Quantity:
    """What stands by group (:func:`by_group`) at each place of that group; missing where a place has none."""
    codes = np.broadcast_to(groups.magnitude, (*sums.magnitude.shape[:-1], groups.magnitude.shape[-1]))
    found = np.take_along_axis(sums.magnitude, np.nan_to_num(codes).astype(np.intp), axis=-1)
    return Amounts(np.where(np.isnan(codes), np.nan, found), sums.units)

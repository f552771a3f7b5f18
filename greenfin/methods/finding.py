"""The factors a declaration asks for: by slot, place and day, with how each was found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from greenfin.core.lineage import FactorUse
from greenfin.core.problems import Refused, error
from greenfin.core.units import exact_ratio
from greenfin.messages.words import Lang
from greenfin.methods.declare import Slot

if TYPE_CHECKING:
    from greenfin.reference.factors import Factor, Found
    from greenfin.reference.load import Reference

NATIONAL = "CN"
USER = "user"


def find(slot: Slot, reference: Reference, *, place: str, on: date, factor_set: str | None = None, year: int | None = None) -> Found:
    """The factor of a slot for a place on a day, from the nearest region to the widest; a factor set's choice comes first.

    ``year`` is what the figure describes (that of ``on`` unless told); a slot with ``year: previous`` looks for the year before, one
    with ``year: known`` for what is known on the day. A region ``national|GB`` has GB stand in where there is no national value.
    Never raises: ``Found.factor`` may be None.
    """
    from greenfin.reference.factors import resolve_in

    described = on.year if slot.year == "known" else year or on.year
    data_year = described - 1 if slot.year == "previous" else described
    chosen = reference.factor_sets.get(factor_set) if factor_set else None
    near = reference.regions.chain(place, data_year) if slot.region == "nearest" and place else (NATIONAL, *slot.region.split("|")[1:])
    found = resolve_in(
        chosen,
        reference.factors,
        slot.id,
        regions=near,
        on=on,
        slot=slot.slot,
        edition=slot.edition or None,
        publisher=slot.publisher or None,
        data_year=data_year,
    )
    names_region = chosen is not None and chosen.choice(slot.slot, slot.id).region is not None
    is_placed = slot.region != "nearest" or names_region or place_known(reference, place)
    return found if is_placed or found.factor is None else replace(found, how=_widened(found.how))


def place_known(reference: Reference, place: str) -> bool:
    """Whether a place is one that factors can be looked up for."""
    return bool(place) and (place == NATIONAL or reference.regions.chain(place, 0) != (NATIONAL,))


def _widened(how: tuple[str, ...]) -> tuple[str, ...]:
    """The marks of a factor that stands in for an unknown place."""
    return ("parent_region", *(mark for mark in how if mark not in ("exact", "parent_region")))


def in_unit(value: Decimal, unit: str, wanted: str) -> float:
    """A factor's value in the unit a formula wants; raises WrongDimension.

    >>> in_unit(Decimal("302.4"), "gce/kWh", "kgce/kWh")
    0.3024
    """
    return float(Fraction(value) * exact_ratio(unit, wanted))


def use_of(slot: str, found: Found) -> FactorUse | None:
    """How a factor was used, or None where none was found."""
    if found.factor is None:
        return None
    return FactorUse(slot, found.factor.key, "+".join(found.how))


def factor_title(factor: Factor, reference: Reference, lang: Lang = "zh") -> str:
    """The title of the document a factor comes from, or its id where the document has none."""
    document = reference.sources.get(factor.source)
    if document is None:
        return factor.source
    return document.title_en if lang == "en" else document.title_zh


def known_set(reference: Reference, factor_set: str | None) -> None:
    """Nothing, where the named set exists or none is named; raises Refused otherwise."""
    if factor_set and factor_set not in reference.factor_sets:
        known = ", ".join(sorted(reference.factor_sets))
        raise Refused(error("measure.factor_set_unknown", factor_set, found=factor_set, known=known))

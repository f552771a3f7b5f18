"""What must hold between factors, documents, regions and sets: dimensions, validity, references, arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from statistics import median
from typing import TYPE_CHECKING

from greenfin.core.problems import Problem, error
from greenfin.core.units import UnknownUnit, dimension, exact_ratio, parse_unit, ratio
from greenfin.reference.factors import Factor, Quantity

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

CARBON_TO_CO2 = Fraction(44, 12)
STANDARD_COAL = "tce.def"  # what a kilogram of standard coal holds
COAL_HEAT, CARBON = "MJ/kgce", "tC/TJ"
OUTLIER = 10
NOISE = 1e-9  # of binary arithmetic


def of_numbers(reference: Reference) -> Iterator[Problem]:
    """Every factor, document, region or set that breaks a law of the data, with its file and line."""
    yield from _units(reference)
    yield from _validity(reference)
    yield from _references(reference)
    yield from _identities(reference)
    yield from _outliers(reference)


# units


def _dimension(unit: str) -> str | None:
    try:
        return dimension(unit)
    except UnknownUnit:
        return None


def _is_unit(unit: str) -> bool:
    try:
        parse_unit(unit)
    except UnknownUnit:
        return False
    return True


def _agree(one: str, other: str) -> bool:
    """Whether two units measure the same; those that are spelt alike do."""
    return _is_unit(one) and (one == other or _dimension(one) == _dimension(other))


def _units(reference: Reference) -> Iterator[Problem]:
    factors = reference.factors
    for quantity in factors.quantities.values():
        if not _is_unit(quantity.unit):
            yield error("reference.unit_unknown", quantity.where, unit=quantity.unit)
        if not factors.by_id(quantity.id):
            yield error("reference.quantity_empty", quantity.where, id=quantity.id)
    for factor in factors.factors:
        wanted = factors.quantities[factor.id].unit if factor.id in factors.quantities else factor.unit
        if not _is_unit(factor.unit):
            yield error("reference.unit_unknown", factor.where, unit=factor.unit)
        elif _is_unit(wanted) and not _agree(factor.unit, wanted):
            yield error("reference.unit_dimension", factor.where, id=factor.id, unit=factor.unit, wanted=wanted)


# validity


def _validity(reference: Reference) -> Iterator[Problem]:
    same: dict[tuple[object, ...], list[Factor]] = {}
    for factor in reference.factors.factors:
        if factor.applies_from and factor.applies_until and factor.applies_until <= factor.applies_from:
            days = {"start": factor.applies_from.isoformat(), "end": factor.applies_until.isoformat()}
            yield error("reference.interval_backwards", factor.where, key=factor.key, **days)
        yield from _too_early(reference, factor)
        same.setdefault((factor.id, factor.region, factor.edition, factor.publisher, factor.data_year), []).append(factor)
    for group in same.values():
        for one, other in combinations(group, 2):
            if one.applies.overlaps(other.applies):
                yield error("reference.interval_overlap", other.where, key=other.key, other=one.where)


def _too_early(reference: Reference, factor: Factor) -> Iterator[Problem]:
    """A value cannot be used before its document was published (a published year or month counts from its first day)."""
    document = reference.sources.get(factor.source)
    published = document.published_on if document else ""
    if factor.applies_from and factor.applies_from.isoformat()[: len(published)] < published:
        days = {"start": factor.applies_from.isoformat(), "published": published}
        yield error("reference.before_publication", factor.where, key=factor.key, source=factor.source, **days)


# what is named must exist


def _references(reference: Reference) -> Iterator[Problem]:
    for factor in reference.factors.factors:
        if factor.source not in reference.sources:
            yield error("reference.source_unknown", factor.where, source=factor.source)
        if factor.region not in reference.regions.by_code:
            yield error("reference.region_unknown", factor.where, region=factor.region)
    for quantity in reference.factors.quantities.values():
        yield from _defaults(reference, quantity)
    for each in reference.factor_sets.values():
        for name, choice in each.choices.items():
            rows = reference.factors.by_id(choice.id or name)
            wanted = {"region": choice.region, "data_year": choice.data_year, "edition": choice.edition, "publisher": choice.publisher}
            asked = {key: value for key, value in wanted.items() if value is not None}
            if not any(all(getattr(row, key) == value for key, value in asked.items()) for row in rows):
                yield error("reference.set_choice_unknown", each.where, set=each.id, id=name, asked=str(asked))


def _defaults(reference: Reference, quantity: Quantity) -> Iterator[Problem]:
    rows = reference.factors.by_id(quantity.id)
    for name, listed, known in (
        ("default_edition", quantity.default_editions, {row.edition for row in rows} | {"-"}),
        ("publishers", quantity.publishers, {row.publisher for row in rows}),
    ):
        for value in listed:
            if value not in known:
                yield error("reference.default_unknown", quantity.where, id=quantity.id, column=name, found=value)


# arithmetic


def _identities(reference: Reference) -> Iterator[Problem]:
    for quantity in reference.factors.quantities.values():
        if quantity.id.startswith("fuel.") and quantity.id.endswith(".ef"):
            for factor in reference.factors.by_id(quantity.id):
                yield from _emission_factor(reference, factor)
        if quantity.id.startswith("tce."):
            yield from _coefficients(reference, quantity.id)


def _same_edition(reference: Reference, factor: Factor, id_: str) -> Factor | None:
    same = (factor.region, factor.edition)
    return next((row for row in reference.factors.by_id(id_) if (row.region, row.edition) == same), None)


def _emission_factor(reference: Reference, factor: Factor) -> Iterator[Problem]:
    """The printed factor is NCV x carbon x oxidation x 44/12, to half a unit of its last digit."""
    base = factor.id.removesuffix("ef")
    parts = [_same_edition(reference, factor, base + part) for part in ("ncv", "cc", "ox")]
    known = [part for part in parts if part is not None]
    per = factor.unit.partition("/")[2]
    if len(known) < len(parts) or not _are_of(known, (f"TJ/{per}", CARBON, "1")) or not _are_of([factor], (f"tCO2/{per}",)):
        return
    ncv, carbon, oxidation = (
        Fraction(part.value) * exact_ratio(part.unit, unit) for part, unit in zip(known, (f"TJ/{per}", CARBON, "1"), strict=True)
    )
    computed = ncv * carbon * oxidation * CARBON_TO_CO2 * exact_ratio(f"tCO2/{per}", factor.unit)
    if abs(computed - Fraction(factor.value)) > _half_digit(factor.value):
        found = {"found": str(factor.value), "computed": f"{float(computed):.6g}"}
        yield error("reference.identity_emission_factor", factor.where, key=factor.key, **found)


def _are_of(factors: Sequence[Factor], units: Sequence[str]) -> bool:
    """Whether each has the dimension of its unit; where not, that is told elsewhere."""
    return all(_dimension(factor.unit) == _dimension(unit) is not None for factor, unit in zip(factors, units, strict=True))


def _half_digit(value: Decimal) -> Fraction:
    exponent = value.as_tuple().exponent
    return Fraction(1, 2) * Fraction(10) ** (exponent if isinstance(exponent, int) else 0)


def _coefficients(reference: Reference, id_: str) -> Iterator[Problem]:
    """A standard-coal coefficient is the calorific value over that of standard coal, within 0.2 % or half its last digit.

    (The coefficients are ratios of kilocalories, the printed calorific values were converted with a rounded calorie: 0.11 % apart.)
    """
    coal = next(iter(reference.factors.by_id(STANDARD_COAL)), None)
    ncv_id = f"fuel.{id_.partition('.')[2]}.ncv"
    for row in reference.factors.by_id(id_):
        for ncv in reference.factors.by_id(ncv_id):
            per = row.unit.partition("/")[2]
            if coal is None or ncv.publisher != "sac" or row.edition:
                continue
            if not _are_of([ncv, row, coal], (f"MJ/{per}", f"kgce/{per}", COAL_HEAT)):
                continue
            heat = Fraction(ncv.value) * exact_ratio(ncv.unit, f"MJ/{per}")
            computed = heat / (Fraction(coal.value) * exact_ratio(coal.unit, COAL_HEAT)) * exact_ratio(f"kgce/{per}", row.unit)
            tolerance = max(computed / 500, _half_digit(row.value))
            if abs(computed - Fraction(row.value)) > tolerance:
                found = {"found": str(row.value), "computed": f"{float(computed):.6g}"}
                yield error("reference.identity_coefficient", row.where, key=row.key, other=ncv.key, **found)


def _outliers(reference: Reference) -> Iterator[Problem]:
    """A value more than ten times off the median of its id needs a note."""
    factors = reference.factors
    for quantity in factors.quantities.values():
        unit = quantity.unit
        rows = [row for row in factors.by_id(quantity.id) if _agree(row.unit, unit)]
        values = [float(row.value) * (1 if row.unit == unit else ratio(row.unit, unit)) for row in rows]
        middle = median(values) if values else 0.0
        most = OUTLIER * (1 + NOISE)
        for row, value in zip(rows, values, strict=True):
            if middle > 0 and not middle / most <= value <= middle * most and not row.note:
                yield error("reference.outlier", row.where, key=row.key, found=str(row.value), median=f"{middle:.6g}")

"""The values of a factor as lines of a chart: one for each region, edition and publisher."""

from __future__ import annotations

from collections.abc import Iterable

from greenfin.core.units import ratio
from greenfin.disclose.factor_chart import Point, Series
from greenfin.messages import Lang
from greenfin.reference.factors import Factor
from greenfin.reference.load import Reference

FEW = 4  # as many lines as can all be named
HOME = "CN"


def series_of(reference: Reference, found: Iterable[Factor], *, region: str | None, lang: Lang) -> list[Series]:
    """The values that have a year, in the unit of the factor; the lines of the region asked for (else of the country) stand out."""
    rows = [factor for factor in found if factor.data_year is not None]
    lines: dict[tuple[str, str, str], list[Factor]] = {}
    for factor in sorted(rows, key=lambda f: (f.region, f.edition, f.publisher, f.data_year or 0)):
        lines.setdefault((factor.region, factor.edition, factor.publisher), []).append(factor)
    main = {key for key in lines if key[0] == (region or HOME)} or set(lines if len(lines) <= FEW else list(lines)[:1])
    main = set(lines) if len(lines) <= FEW and region is None else main
    return [
        Series(
            " ".join(part for part in (reference.regions.name(key[0], lang), key[1], key[2]) if part),
            tuple(Point(f.data_year or 0, float(f.value) * _to_unit(reference, f), f.is_verified) for f in of),
            key in main,
        )
        for key, of in lines.items()
    ]


def _to_unit(reference: Reference, factor: Factor) -> float:
    return ratio(factor.unit, reference.factors.quantities[factor.id].unit)

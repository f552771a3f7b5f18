"""A factor's values over the years as a picture."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    from greenfin.cli.session import Session
    from greenfin.disclose.factor_chart import Series
    from greenfin.reference.factors import Factor
    from greenfin.reference.load import Reference

FEW = 4  # as many lines as can all be named
HOME = "CN"


def draw(session: Session, reference: Reference, found: Iterable[Factor], *, region: str | None, place: Path) -> None:
    """The values of a factor by year, a line for each region, edition and publisher; the region asked for (else the country) stands out.

    Raises Refused where no value has a year, or the file cannot be written.
    """
    from greenfin import landing
    from greenfin.disclose.factor_chart import write_chart

    rows = [factor for factor in found if factor.data_year is not None]
    if not rows:
        raise Refused(error("factor.chart_empty", str(place)))
    quantity = reference.factors.quantities[rows[0].id]
    named = quantity.name_en if session.lang == "en" else quantity.name_zh
    series = _series(session, reference, rows, region)
    with landing.private_file(place) as written:
        write_chart(series, written, title=f"{named}  {quantity.id}", unit=quantity.unit, note=session.say("factor.chart_note"))
    session.line(session.say("factor.chart_written", file=place))


def _series(session: Session, reference: Reference, rows: list[Factor], region: str | None) -> list[Series]:
    from greenfin.core.units import ratio
    from greenfin.disclose.factor_chart import Point, Series

    unit = reference.factors.quantities[rows[0].id].unit
    lines: dict[tuple[str, str, str], list[Factor]] = {}
    for factor in sorted(rows, key=lambda f: (f.region, f.edition, f.publisher, f.data_year or 0)):
        lines.setdefault((factor.region, factor.edition, factor.publisher), []).append(factor)
    main = {key for key in lines if key[0] == (region or HOME)} or set(lines if len(lines) <= FEW else list(lines)[:1])
    main = set(lines) if len(lines) <= FEW and region is None else main
    return [
        Series(
            " ".join(part for part in (reference.regions.name(key[0], session.lang), key[1], key[2]) if part),
            tuple(Point(f.data_year or 0, float(f.value) * ratio(f.unit, unit), f.is_verified) for f in of),
            key in main,
        )
        for key, of in lines.items()
    ]

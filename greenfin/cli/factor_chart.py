"""A factor's values over the years as a picture."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from greenfin.core.problems import Refused, error

if TYPE_CHECKING:
    from greenfin.cli.session import Session
    from greenfin.reference.factors import Factor
    from greenfin.reference.load import Reference


def draw(session: Session, reference: Reference, found: Iterable[Factor], *, region: str | None, place: Path) -> None:
    """The values of a factor by year, a line for each region, edition and publisher; the region asked for (else the country) stands out.

    Raises Refused where no value has a year, or the file cannot be written.
    """
    from greenfin import landing
    from greenfin.disclose.factor_chart import write_chart
    from greenfin.disclose.factor_series import series_of

    rows = [factor for factor in found if factor.data_year is not None]
    if not rows:
        raise Refused(error("factor.chart_empty", str(place)))
    quantity = reference.factors.quantities[rows[0].id]
    named = quantity.name_en if session.lang == "en" else quantity.name_zh
    series = series_of(reference, rows, region=region, lang=session.lang)
    with landing.private_file(place) as written:
        write_chart(series, written, title=f"{named}  {quantity.id}", unit=quantity.unit, note=session.say("factor.chart_note"))
    session.line(session.say("factor.chart_written", file=place))

"""Numbers that end in a size without a unit (6.5亿, 3000万): how large they are, and the unit that people write behind a size."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from unicodedata import normalize

from greenfin.core.units import UnknownUnit, parse_quantity

__all__ = ["parse_sized", "said_behind", "size_of"]


@cache
def _rows(kind: str) -> Mapping[str, str]:
    rows = csv.DictReader(files("greenfin.core").joinpath("sizes.csv").read_text("utf-8").splitlines())
    return {row["word"]: row["means"] for row in rows if row["kind"] == kind}


def size_of(unit: str) -> Decimal | None:
    """How many a size is that stands where a unit should; None for anything else.

    >>> size_of("万"), size_of("万元")
    (Decimal('10000'), None)
    """
    found = _rows("size").get(normalize("NFKC", unit).strip().casefold())
    return Decimal(found) if found else None


def said_behind(unit: str) -> str:
    """The unit of the same kind that people write behind a size: kWh for MWh."""
    return _rows("small").get(unit, unit)


def parse_sized(text: str) -> tuple[Decimal, str]:
    """As :func:`parse_quantity`, with a size in the place of the unit where the text has no more: ``6.5亿`` -> ``(Decimal("6.5"), "亿")``.

    Raises ValueError when there is no number, UnknownUnit when the rest is neither a unit nor a size.
    """
    try:
        return parse_quantity(text)
    except UnknownUnit as bad:
        if size_of(bad.text) is None:
            raise
        number = normalize("NFKC", text).strip().removesuffix(normalize("NFKC", bad.text).strip())
        return parse_quantity(number)[0], bad.text

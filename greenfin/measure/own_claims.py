"""Figures stated of a method's own results (``WATS 2.89``, ``targets_3 = 0.71``), beside what the inputs give."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from greenfin.core.units import ratio, same_dimension
from greenfin.measure.claims import Claim, clean, unit_at, words
from greenfin.measure.one import Single
from greenfin.methods.declare import Output

_FIGURE = r"[^\d\n;+-]{{0,{most}}}?([-+]?\d[\d,]*(?:\.\d+)?)"
_BETWEEN = 20  # signs between a name and its figure


def own_claims(single: Single, text: str) -> Iterator[Claim]:
    """What a text states of results that are no general indicator: a result's id or name, then a figure in a unit of that result.

    A result without a unit takes a bare figure; of one with a unit a figure in another dimension, or in none, is not read.
    """
    said = clean(text)
    general = words("base")
    for output in single.declaration.outputs:
        found = None if output.name in general else _figure(said, output)
        if found:
            yield found


def _figure(said: str, output: Output) -> Claim | None:
    """The figure behind a result's id or name, in its printed unit."""
    for name in (output.name, clean(output.name_zh), clean(output.name_en)):
        found = re.search(rf"(?<![a-z0-9_]){re.escape(name)}(?![a-z0-9_]){_FIGURE.format(most=_BETWEEN)}", said)
        if found:
            return _claim(output, Decimal(found[1].replace(",", "")), unit_at(said, found.end()))
    return None


def _claim(output: Output, value: Decimal, unit: tuple[str, int] | None) -> Claim | None:
    is_bare = same_dimension(output.printed, "1")
    if unit is None and not is_bare:
        return None
    stated = unit[0] if unit and same_dimension(unit[0], output.printed) else ""
    if not stated and not is_bare:
        return None
    scale = Decimal(str(ratio(stated, output.printed))) if stated else Decimal(1)
    exponent = value.as_tuple().exponent
    half = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0) / 2
    return Claim(output.name, value * scale, output.printed, half * scale)

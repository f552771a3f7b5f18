"""Figures stated of a method's own results (``WATS 2.89``, ``targets_3 = 0.71``), beside what the inputs give."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from greenfin.measure.claims import Claim, clean, words
from greenfin.measure.one import Single
from greenfin.methods.declare import Output

_FIGURE = r"[^\d\n;+-]{{0,{most}}}?([-+]?\d[\d,]*(?:\.\d+)?)"
_BETWEEN = 20  # signs between a name and its figure


def own_claims(single: Single, text: str) -> Iterator[Claim]:
    """What a text states of results that are no general indicator, in their printed units: a result's id or name, then a figure."""
    said = clean(text)
    general = words("base")
    for output in single.declaration.outputs:
        found = None if output.name in general else _figure(said, output)
        if found:
            yield _claim(output, Decimal(found.replace(",", "")))


def _figure(said: str, output: Output) -> str:
    """The figure behind a result's name; empty where there is none."""
    for name in (output.name, clean(output.name_zh), clean(output.name_en)):
        found = re.search(rf"(?<![a-z0-9_]){re.escape(name)}(?![a-z0-9_]){_FIGURE.format(most=_BETWEEN)}", said)
        if found:
            return found[1]
    return ""


def _claim(output: Output, value: Decimal) -> Claim:
    exponent = value.as_tuple().exponent
    return Claim(output.name, value, output.printed, Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0) / 2)

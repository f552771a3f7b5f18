"""Measures: columns and rows that hold a method input or an operations item, each with its unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from greenfin.core.units import UnknownUnit, WrongDimension, parse_unit, same_dimension
from greenfin.ingest.cells import is_blank
from greenfin.ingest.grids import CellValue
from greenfin.ingest.numbers import number_in
from greenfin.ingest.vocabulary import Measure

_SAME = {("item.natural_gas", "m3"): "Nm3", ("item.water", "t"): "m3"}  # what meters count under another name


def kept_unit(measure: Measure, unit: str) -> str | None:
    """The unit to keep for a measure given in ``unit``; None where it measures something else.

    Gas metered in m3 is read as normal cubic metres, water by the tonne as m3; prefixes (万) stay.
    """
    try:
        if not any(same_dimension(unit, accepted) for accepted in measure.units):
            return None
    except (UnknownUnit, WrongDimension):
        return None
    for (name, found), wanted in _SAME.items():
        if measure.id == name and same_dimension(unit, found):
            return _renamed(unit, found, wanted)
    return unit


def _renamed(unit: str, found: str, wanted: str) -> str:
    from greenfin.core.units import ratio

    times = ratio(unit, found)
    for word, power in (("", 1.0), *_prefixes()):
        if abs(times - power) < power * 1e-9:
            return parse_unit(f"{word}{wanted}")
    return parse_unit(wanted) if times == 1 else unit


def _prefixes() -> Sequence[tuple[str, float]]:
    from greenfin.core.units import ratio
    from greenfin.ingest.vocabulary import marks

    return [(word, ratio(f"{word}m3", "m3")) for word in marks()["number_words"]]


def acceptor(measure: Measure) -> Callable[[str], str | None]:
    """``kept_unit`` of one measure, for a reader."""
    return lambda unit: kept_unit(measure, unit)


def column_unit(measure: Measure, unit: str, cells: Sequence[CellValue]) -> str:
    """The unit of a column's bare numbers: the header's, else the dictionary's (a share within 0..1 is a plain number)."""
    if unit:
        return unit
    if measure.default_unit != "percent":
        return measure.default_unit
    return "dimensionless" if all(abs(n) <= 1 for n in _numbers(cells)) else "percent"


def _numbers(cells: Sequence[CellValue]) -> list[float]:
    found = []
    for cell in set(cells):
        try:
            number = None if is_blank(cell) else number_in(cell, unit="percent")
        except ValueError:
            continue
        if number and not number.unit:
            found.append(float(number.value))
    return found

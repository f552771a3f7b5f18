"""Columns of numbers with units, in the unit of our column: emissions, energy, areas, whatever a sheet counts in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.columns import columns
from greenfin.core.problems import Problem, error, info
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio, same_dimension
from greenfin.ingest.frames import Frame
from greenfin.ingest.vocabulary import fields

Reals = NDArray[np.float64]
_CARBON = ("tCO2e", "tCO2", "t", "tCO2e/a", "tCO2/a", "t/a")
_LIKE = {
    "tCO2e": _CARBON,
    "m3": ("m3", "Nm3", "m3/a"),
    "tce": ("tce", "t", "tce/a"),
    "MWh": ("MWh", "MWh/a"),
    "GJ": ("GJ", "GJ/a"),
    "km": ("km", "km/a"),
}
_NUMBER = pa.struct([("value", pa.float64()), ("unit", pa.string())])


def quantities(frame: Frame, table: str) -> tuple[dict[str, pa.Array], list[Problem]]:
    """The number columns of a table as plain numbers in its units, and what was assumed or could not be read.

    A number beside a unit of another dimension is no number; columns without a unit of their own keep what is written.
    """
    made: dict[str, pa.Array] = {}
    said: list[Problem] = []
    for column in (c for c in columns() if c.table == table and c.field in frame.block.places and c.field in fields()):
        if fields()[column.field].kind == "number":
            bases = _LIKE.get(column.unit, (column.unit,) if column.unit else ())
            values, wrong = _converted(frame.column(column.field, _NUMBER), frame.block.places[column.field].heading.unit, bases)
            made[column.name] = pa.array(values, pa.float64(), from_pandas=True)
            said.extend(_told(frame, column.field, column.unit, wrong))
    return made, said


def _converted(
    numbers: pa.Array, header: str, bases: Sequence[str]
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], list[tuple[int, str]]]:
    values = pc.struct_field(numbers, "value").to_numpy(zero_copy_only=False).astype(np.float64)
    if not bases or _is_factor(bases[0]):
        return values, []
    units = pc.struct_field(numbers, "unit").dictionary_encode(null_encoding="encode")
    scales = [_factor(text or header or bases[0], bases) for text in units.dictionary.to_pylist()]
    at = units.indices.to_numpy(zero_copy_only=False)
    factors = np.array([np.nan if one is None else one for one in scales], np.float64)
    found = values * factors[at] if len(factors) else values
    texts = units.dictionary.to_pylist()
    wrong = [(int(row), texts[int(at[row])] or header) for row in np.flatnonzero(np.isnan(found) & ~np.isnan(values))]
    return found, wrong


def _is_factor(unit: str) -> bool:
    return "/" in unit


def _factor(unit: str, bases: Sequence[str]) -> float | None:
    for base in bases:
        try:
            if same_dimension(unit, base):
                return float(exact_ratio(unit, base))
        except (UnknownUnit, WrongDimension):
            continue
    return None


def _told(frame: Frame, field: str, unit: str, wrong: Sequence[tuple[int, str]]) -> Iterator[Problem]:
    place = frame.block.places[field]
    if unit and not _is_factor(unit) and not place.heading.unit:
        yield info("ingest.unit_assumed", frame.block.at(frame.block.header_row, field), unit=unit, column=place.header)
    for row, found in wrong:
        yield error("ingest.unit_wrong", frame.at(row, field), found=found, wanted=unit, column=place.header)

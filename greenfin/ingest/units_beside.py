"""Numbers with a unit column of their own: where that is empty, the unit beside the number, else what the header means."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.ingest.frames import Frame

_PAIRS = {"fin.consumption": ("consumption_unit", "fin.consumption_unit"), "fin.output": ("output_unit", "fin.output_unit")}


def units_beside(frame: Frame) -> dict[str, pa.Array]:
    """The units of consumption and output, by the column they belong in."""
    return {column: _unit(frame, field, own) for field, (column, own) in _PAIRS.items() if field in frame.block.places}


def _unit(frame: Frame, field: str, own: str) -> pa.Array:
    place = frame.block.places[field]
    beside = pc.struct_field(frame.columns[field], "unit")
    beside = pc.if_else(pc.equal(beside, ""), pa.scalar(None, pa.string()), beside)
    header = meant(field, place.header, place.heading.unit)
    return pc.coalesce(frame.column(own, pa.string()), beside, pa.scalar(header or None, pa.string()))


def meant(field: str, header: str, unit: str) -> str:
    """The unit that a header means: as it says, with what its words add.

    >>> meant("fin.consumption", "百公里油耗(升)", "L"), meant("fin.consumption", "consumption", "L/(km)"), meant("fin.output", "产量", "")
    ('L/百公里', 'L/(km)', '')
    """
    plain = header.casefold()
    word = next((word for word in _words().get(field, {}) if word in plain), "")
    if not word or "/" in unit:
        return unit
    default, per = _words()[field][word]
    return f"{unit or default}/{per}" if per else unit or default


@cache
def _words() -> Mapping[str, Mapping[str, tuple[str, str]]]:
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for row in csv.DictReader(files("greenfin.ingest").joinpath("unit_headers.csv").read_text("utf-8").splitlines()):
        found.setdefault(row["field"], {})[row["word"]] = (row["unit"], row["per"])
    return found

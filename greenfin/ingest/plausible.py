"""Figures that are possible but unlikely (``bands.csv``): full-load hours of power plants, unit prices of what the bank itself uses."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Problem, warning
from greenfin.core.units import UnknownUnit, WrongDimension, ratio

_OUTPUTS = ("generation", "supply")
_SLIP = 1e4  # a unit that was to be ten thousands, or was not


@dataclass(frozen=True, slots=True)
class Band:
    """What is likely: ``match`` is an industry or an item, ``""`` any."""

    match: str
    low: float
    high: float
    unit: str


@cache
def bands(what: str) -> Mapping[str, Band]:
    """The bands of a kind by what they are for."""
    lines = files("greenfin.ingest").joinpath("bands.csv").read_text("utf-8").splitlines()
    rows = (row for row in csv.DictReader(lines) if row["what"] == what)
    return {row["match"]: Band(row["match"], float(row["low"]), float(row["high"]), row["unit"]) for row in rows}


def unlikely(projects: pa.Table, inputs: pa.Table, operations: pa.Table) -> Iterator[Problem]:
    """A warning for each figure outside its band."""
    yield from _hours(projects, inputs)
    yield from unlikely_prices(operations)


def _hours(projects: pa.Table, inputs: pa.Table) -> Iterator[Problem]:
    """Hours as stated, else output by capacity, of each project, basis and year."""
    industries = dict(zip(projects["project_id"].to_pylist(), projects["industry"].to_pylist(), strict=True))
    wanted = pc.is_in(inputs["input"], value_set=pa.array(["hours", "capacity", *_OUTPUTS]))
    groups: dict[tuple[object, ...], dict[str, Mapping[str, object]]] = {}
    for row in inputs.filter(pc.fill_null(wanted, False)).to_pylist():
        groups.setdefault((row["project_id"], row["basis"], row["year"]), {})[row["input"]] = row
    for (project, _, _), rows in groups.items():
        band = bands("hours").get(industries.get(str(project)) or "", bands("hours")[""])
        for how, value, where in _found_hours(rows):
            if value is not None and not band.low <= value <= band.high:
                slots = {"found": f"{value:,.0f}", "how": how, "low": f"{band.low:g}", "high": f"{band.high:g}"}
                yield warning("ingest.hours_unlikely", where, project=project, **slots)


def _found_hours(rows: Mapping[str, Mapping[str, object]]) -> Iterator[tuple[str, float | None, str]]:
    if stated := rows.get("hours"):
        yield "hours", _in(stated, "hour"), str(stated["source_cell"])
    made = next((rows[name] for name in _OUTPUTS if name in rows), None)
    if made and (capacity := rows.get("capacity")):
        energy, power = _in(made, "kWh"), _in(capacity, "kW")
        yield f"{made['input']} / capacity", energy / power if energy is not None and power else None, str(made["source_cell"])


def _in(row: Mapping[str, object], unit: str) -> float | None:
    try:
        return None if row["value"] is None else float(str(row["value"])) * ratio(str(row["unit"]), unit)
    except (UnknownUnit, WrongDimension):
        return None


def unlikely_prices(operations: pa.Table) -> Iterator[Problem]:
    """A warning for each bill whose price by the unit is outside its band; one ten thousand times off is told as such."""
    mine = operations.filter(pc.fill_null(pc.is_in(operations["item"], value_set=pa.array(list(bands("unit_price")))), False))
    priced = mine.filter(pc.and_(pc.is_valid(mine["cost_fen"]), pc.fill_null(pc.greater(mine["quantity"], 0), False)))
    for row in priced.to_pylist():
        band = bands("unit_price")[row["item"]]
        unit = band.unit.partition("/")[2]
        amount = _in({"value": row["quantity"], "unit": row["unit"]}, unit)
        if not amount or band.low <= (price := row["cost_fen"] / 100 / amount) <= band.high:
            continue
        slots = {"found": f"{price:.4g}", "unit": unit, "low": f"{band.low:g}", "high": f"{band.high:g}"}
        if any(band.low <= each <= band.high for each in (price * _SLIP, price / _SLIP)):
            yield warning("ingest.unit_price_slip", row["source_cell"], item=row["item"], **slots)
        else:
            yield warning("ingest.unit_price_unlikely", row["source_cell"], item=row["item"], **slots)

"""What an exposure's emissions were counted from, where they are not stated: fuels, power, output, revenue, with their units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pyarrow as pa

from greenfin.core.columns import columns
from greenfin.core.money import to_yuan
from greenfin.financed.fuels import listed

_FUELS = "fuels"
_ENERGY = (_FUELS, "energy_tce", "gas_m3", "process_t", "energy_mwh", "heat_gj")
_BUILDING, _VEHICLE = ("floor_area_m2", "consumption"), ("distance_km", "consumption")
_OF_OPTION: Mapping[str, tuple[str, ...]] = {  # the step of a ladder, or the option in PCAF's tables
    "energy": _ENERGY, "product": ("output",), "revenue": ("revenue_fen",), "assets": ("assets_fen",), "staff": ("employees",),
    "1a": ("consumption", "energy_mwh"), "1b": _ENERGY, "2a": (*_ENERGY, *_BUILDING),
    "2b": ("output", *_VEHICLE, "floor_area_m2"), "3a": ("revenue_fen",), "3b": ("assets_fen",),
}  # fmt: skip
_STATED = ("emission_t", "emission_s1_t", "emission_s2_t", "pool_emission_t")
_BESIDE = {"output": "output_unit", "consumption": "consumption_unit"}
NEEDED = tuple(dict.fromkeys((*_STATED, *(name for names in _OF_OPTION.values() for name in names), *_BESIDE.values())))
_YUAN, _HEADS = "CNY", "person"


def held(exposures: pa.Table) -> list[str]:
    """The columns of activity that some exposure has."""
    return [name for name in NEEDED if exposures[name].null_count < len(exposures)]


def activity_of(row: Mapping[str, Any], option: str | None) -> Iterator[tuple[str, float, str]]:
    """Name, quantity and unit of what an option was counted from; nothing where the emissions are stated."""
    if option is None or (option not in _LESSER and any(row.get(name) is not None for name in _STATED)):
        return
    for name in _OF_OPTION.get(option, ()):
        value = row.get(name)
        if name == _FUELS:
            yield from ((str(each["fuel"]), float(str(each["quantity"])), str(each["unit"])) for each in listed(value))
        elif value is not None:
            yield (name.removesuffix("_fen"), float(to_yuan(value)), _YUAN) if name.endswith("_fen") else _plain(row, name, value)


_LESSER = ("revenue", "assets", "staff", "3a", "3b")


def _plain(row: Mapping[str, Any], name: str, value: float) -> tuple[str, float, str]:
    unit = row.get(_BESIDE[name]) if name in _BESIDE else _units().get(name)
    return name, float(value), str(unit or "")


@cache
def _units() -> Mapping[str, str]:
    return {c.name: c.unit for c in columns() if c.table == "exposures"} | {"employees": _HEADS}

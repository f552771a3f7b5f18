"""What a company burns by fuel, and the steam it buys: quantity × calorific value × carbon × oxidation × 44/12, each with its factor."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import nan
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from greenfin.core.units import UnknownUnit, WrongDimension, ratio
from greenfin.financed.sector import HEAT, Asked, Used, factor
from greenfin.financed.view import Flags, Ints, Reals, View
from greenfin.methods.declare import Slot
from greenfin.methods.registry import method

STEAM = "steam"
GAS = "natgas"
_LIST = pl.List(pl.Struct({"fuel": pl.String, "quantity": pl.Float64, "unit": pl.String}))
_OPERATIONS = "PBOC-CA-OPS"  # the method whose formula this is; it declares the ratio of carbon dioxide to carbon
_TO_CO2 = "carbon_to_co2"
_STANDARD = Slot("standard_coal", "tce.def", "GJ/tce", "same", "national")


@dataclass(frozen=True, slots=True)
class Burnt:
    """Tonnes of CO2 of each row (NaN: no quantity, or one without a factor), where quantities are, and the factors used.

    ``lacking``: a quantity has no factor or its unit none that fits; the row then has no tonnes.
    """

    tonnes: Reals
    has: Flags
    lacking: Flags
    texts: Sequence[str]
    at: Ints


class _Rate(NamedTuple):
    """Tonnes per unit, NaN where a factor is missing, and the factors used (JSON without its brackets)."""

    number: float
    text: str


def burnt(view: View, asked: Asked, *, is_steam: bool = False) -> Burnt:
    """What the fuels of each row (column ``fuels``, and gas as metered) give; with ``is_steam`` what the steam it buys gives."""
    size, column, gas = len(view), view.table["fuels"], view.reals("gas_m3")
    gas = np.full(size, np.nan) if is_steam else gas
    if column.null_count == size and np.isnan(gas).all():
        no = np.zeros(size, np.bool_)
        return Burnt(np.full(size, np.nan), no, no, ["[]"], np.zeros(size, np.int64))
    lists, place = _distinct(column)
    per_list = _of_lists(lists, asked, is_steam=is_steam)
    of_gas = _rate(GAS, "m3", asked)
    listed, known = per_list["tonnes"].to_numpy()[place], per_list["count"].to_numpy()[place] > 0
    metered = ~np.isnan(gas)
    tonnes = np.where(known, listed, 0) + np.where(metered, gas * of_gas.number, 0)
    has = known | metered
    texts = [f"[{', '.join(part for part in (text, also) if part)}]" for also in ("", of_gas.text) for text in per_list["text"].to_list()]
    return Burnt(np.where(has, tonnes, np.nan), has, has & np.isnan(tonnes), texts, place + len(per_list) * metered)


def _distinct(column: pa.ChunkedArray) -> tuple[pl.Series, Ints]:
    """The distinct lists, and per row the place of its own; the last place is that of none."""
    encoded = column.combine_chunks().dictionary_encode()
    at = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(zero_copy_only=False).astype(np.int64)
    return pl.Series([*encoded.dictionary.to_pylist(), "[]"], dtype=pl.String), at


def _of_lists(lists: pl.Series, asked: Asked, *, is_steam: bool) -> pl.DataFrame:
    """For each list its tonnes (NaN with a factor missing), how many quantities count, and the factors used, each once."""
    each = lists.str.json_decode(_LIST).to_frame("each").with_row_index("list").explode("each").unnest("each").drop_nulls("quantity")
    each = each.filter((pl.col("fuel") == STEAM) == is_steam).with_columns(pl.col("unit").fill_null(""))
    pairs = each.select("fuel", "unit").unique(maintain_order=True)
    rates = [_rate(fuel, unit, asked) for fuel, unit in pairs.rows()]
    numbers = pl.Series([one.number for one in rates], dtype=pl.Float64), pl.Series([one.text for one in rates], dtype=pl.String)
    known = each.join(pairs.with_columns(rate=numbers[0], text=numbers[1]), on=["fuel", "unit"], how="left", maintain_order="left")
    summed = known.group_by("list").agg(
        tonnes=(pl.col("quantity") * pl.col("rate")).sum(),
        count=pl.len(),
        text=pl.col("text").filter(pl.col("text") != "").unique(maintain_order=True).str.join(", "),
    )
    whole = pl.DataFrame({"list": np.arange(len(lists), dtype=np.uint32)})
    found = whole.join(summed, on="list", how="left", maintain_order="left")
    return found.with_columns(pl.col("tonnes").fill_null(0), pl.col("count").fill_null(0), pl.col("text").fill_null(""))


def _rate(fuel: str, unit: str, asked: Asked) -> _Rate:
    """Tonnes of CO2 of one unit of a fuel."""
    heat, used = _heat(fuel, unit, asked)
    per_heat = [_known(slot, asked) for slot in _per_heat(fuel)]
    tonnes = heat * float(np.prod([one.number for one in per_heat])) * (1.0 if fuel == STEAM else _to_co2())
    return _Rate(tonnes, ", ".join(_bare(one) for one in (*used, *per_heat) if one.value is not None))


def _heat(fuel: str, unit: str, asked: Asked) -> tuple[float, list[Used]]:
    """Gigajoules of one unit, and the factors that say so; NaN where no way of counting fits the unit."""
    for base, slots in _ways(fuel):
        scale, used = _scale(unit, base), [_known(slot, asked) for slot in slots]
        if scale is not None and all(one.value is not None for one in used):
            return scale * float(np.prod([one.number for one in used])), used
    return nan, []


def _ways(fuel: str) -> Iterator[tuple[str, Sequence[Slot]]]:
    """From a unit to heat: as stated, in standard coal, by mass, by volume as metered, by volume and density."""
    heat = Slot("enthalpy", "ops.steam.enthalpy", "GJ/t", "known", "national") if fuel == STEAM else _slot(fuel, "ncv", "GJ/t")
    by_volume = _slot(fuel, "ncv", "GJ/Nm3")
    yield "GJ", ()
    yield "tce", (_STANDARD,)
    yield from ((base, (heat,)) for base in ("t", "tcoal"))
    yield from ((base, (by_volume,)) for base in ("Nm3", "m3"))
    yield "L", (_slot(fuel, "density", "t/L"), heat)


def _per_heat(fuel: str) -> Sequence[Slot]:
    return (HEAT,) if fuel == STEAM else (_slot(fuel, "cc", "tC/GJ"), _slot(fuel, "ox", "1"))


def _slot(fuel: str, what: str, unit: str) -> Slot:
    return Slot(f"{fuel}_{what}", f"fuel.{fuel}.{what}", unit, "same", "national")


def _known(slot: Slot, asked: Asked) -> Used:
    """The factor of a slot; nothing where there is none of that name or it cannot be said in the slot's unit."""
    quantity = asked.reference.factors.quantities.get(slot.id)
    return Used(None) if quantity is None or _scale(quantity.unit, slot.unit) is None else factor(slot, asked)


def _bare(used: Used) -> str:
    return used.json.removeprefix("[").removesuffix("]")


@lru_cache(maxsize=1024)
def _scale(unit: str, base: str) -> float | None:
    try:
        return ratio(unit, base)
    except (UnknownUnit, WrongDimension):
        return None


@lru_cache(maxsize=1)
def _to_co2() -> float:
    """How much carbon dioxide a mass of carbon gives."""
    return float(next(one.value for one in method(_OPERATIONS).declaration.parameters if one.name == _TO_CO2))


def listed(text: str | None) -> list[dict[str, object]]:
    """The quantities of one list: fuel, quantity, unit."""
    found: list[dict[str, object]] = json.loads(text or "[]")
    return found

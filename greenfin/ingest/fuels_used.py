"""What a company burns and buys, by fuel: columns such as ``原煤(吨)``, ``焦炭消费量（万吨）``, ``Diesel (L)``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Problem, error, info
from greenfin.core.units import UnknownUnit, WrongDimension, ratio, same_dimension
from greenfin.ingest.blocks import Place, headings_at
from greenfin.ingest.cells import read_encoded
from greenfin.ingest.frames import Frame
from greenfin.ingest.fuel_names import fuel_named, fuels_listed
from greenfin.ingest.numbers import plain_number
from greenfin.ingest.rows import body_of

GAS = "natgas"
_METERED = "fin.gas"  # natural gas by volume has a column of its own
_NUMBER = pa.struct([("value", pa.float64()), ("unit", pa.string())])
_DIMENSIONS = ("t", "m3", "Nm3", "GJ", "tce", "tcoal")


def fuels_used(frame: Frame, *, is_gas_apart: bool = False) -> tuple[dict[str, pa.Array], list[Problem]]:
    """The columns ``fuels`` (JSON: fuel, quantity, unit, in the order of the list) and, of gas by volume, ``gas_m3``; and what is wrong.

    A quantity in a unit that is none of mass, volume or heat is no quantity; of two columns of one fuel each counts.
    """
    problems: list[Problem] = []
    read = [(fuel, *_quantities(frame, place, fuel, unit, problems)) for fuel, unit, place in _places(frame)]
    gas = [
        values for fuel, values, units in read if is_gas_apart and fuel == GAS and _METERED not in frame.block.places and _by_volume(units)
    ]
    made = {"gas_m3": _summed(gas, read)} if gas else {}
    rest = [one for one in read if not any(one[1] is values for values in gas)]
    return (made | {"fuels": _json(rest, frame.size)} if rest else made), problems


def _places(frame: Frame) -> Iterator[tuple[str, str, Place]]:
    """The columns that name a fuel and are nothing else in this sheet."""
    block = frame.block
    taken = {place.column for place in block.places.values()} | {place.column for _, place in block.more}
    for place in headings_at(block.grid, block.header_row - block.depth + 1, depth=block.depth):
        if place.column not in taken and (named := fuel_named(place.header)):
            yield *named, place


def _quantities(frame: Frame, place: Place, fuel: str, unit: str, problems: list[Problem]) -> tuple[pa.Array, pa.Array]:
    """The numbers of a column and the unit of each; null where none is stated or its unit does not fit."""
    read = read_encoded(*body_of(frame.block).encoded(place.column), plain_number, dtype=_NUMBER)
    for rows, problem in read.faults:
        problems.append(replace(problem, where=frame.block.grid.at(int(frame.rows[int(rows[0])]), place.column)))
    values, beside = pc.struct_field(read.values, "value"), pc.struct_field(read.values, "unit")
    beside = pc.if_else(pc.equal(beside, ""), pa.scalar(None, pa.string()), beside)
    if not unit and pc.any(pc.and_(pc.is_valid(values), pc.is_null(beside))).as_py():
        where = frame.block.grid.at(frame.block.header_row, place.column)
        problems.append(info("ingest.unit_assumed", where, unit=fuels_listed()[fuel], column=place.header))
    units = pc.coalesce(beside, pa.scalar(unit or fuels_listed()[fuel]))
    odd = [text for text in pc.unique(units.filter(pc.is_valid(values))).to_pylist() if not _fits(text)]
    for text in odd:
        row = int(np.argmax(np.asarray(pc.fill_null(pc.equal(units, text), False).to_numpy(zero_copy_only=False))))
        where = frame.block.grid.at(int(frame.rows[row]), place.column)
        problems.append(error("ingest.unit_wrong", where, found=text, wanted=fuels_listed()[fuel], column=place.header))
    wrong = pc.is_in(units, value_set=pa.array(odd, pa.string()))
    return pc.if_else(wrong, pa.scalar(None, pa.float64()), values), units


@lru_cache(maxsize=1024)
def _like(unit: str, other: str) -> bool:
    try:
        return same_dimension(unit, other)
    except (UnknownUnit, WrongDimension):
        return False


def _fits(unit: str) -> bool:
    return any(_like(unit, other) for other in _DIMENSIONS)


def _by_volume(units: pa.Array) -> bool:
    return all(any(_like(text, volume) for volume in ("m3", "Nm3")) for text in pc.unique(units).to_pylist())


def _summed(columns: Sequence[pa.Array], read: Sequence[tuple[str, pa.Array, pa.Array]]) -> pa.Array:
    """Natural gas of all its columns in cubic metres, as metered."""
    units = {id(values): of for _, values, of in read}
    total: pa.Array | None = None
    for values in columns:
        encoded = units[id(values)].dictionary_encode()
        scales = [ratio(text, "m3" if _like(text, "m3") else "Nm3") for text in encoded.dictionary.to_pylist()]
        amount = pc.multiply(values, pa.array(scales, pa.float64()).take(encoded.indices))
        total = amount if total is None else pc.coalesce(pc.add(total, amount), total, amount)
    return total


def _json(read: Sequence[tuple[str, pa.Array, pa.Array]], size: int) -> pa.Array:
    """The quantities of each row as a JSON list; null for a row without any."""
    order = list(fuels_listed())
    frames = [
        pl.DataFrame({"row": np.arange(size), "fuel": fuel, "quantity": values.to_numpy(zero_copy_only=False), "unit": units.to_pylist()})
        for fuel, values, units in sorted(read, key=lambda one: order.index(one[0]))
    ]
    each = pl.concat(frames).filter(pl.col("quantity").is_not_nan() & pl.col("quantity").is_not_null())
    texts = each.select("row", text=pl.struct("fuel", "quantity", "unit").struct.json_encode())
    lists = texts.group_by("row", maintain_order=True).agg(pl.col("text").str.join(","))
    whole = pl.DataFrame({"row": np.arange(size)}).join(lists, on="row", how="left", maintain_order="left")
    return whole.select(pl.format("[{}]", "text")).to_series().to_arrow().cast(pa.string())

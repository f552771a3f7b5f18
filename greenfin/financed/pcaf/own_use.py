"""What a kind of building uses per area, or of vehicle per distance, as the user gives it, where a row has no figure of its own."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from greenfin.financed.own import Own, OwnFactor, named, of_kind
from greenfin.financed.pcaf.emitted import group_of
from greenfin.financed.view import Flags, View

_BY = {"building": "building_type", "vehicle": "vehicle_type"}
_FUEL = "fuel"


def with_own(exposures: pa.Table, own: Own) -> tuple[pa.Table, Flags]:
    """The exposures with the user's consumption where they have none, and which rows those are."""
    view = View(exposures)
    filled = np.zeros(len(view), np.bool_)
    consumption = view.reals("consumption")
    units = exposures["consumption_unit"].to_numpy(zero_copy_only=False).copy() if any(of_kind(own, kind) for kind in _BY) else None
    if units is None:
        return exposures, filled
    for kind, column in _BY.items():
        for one, rows in _rows(view, own, kind, column):
            mine = rows & np.isnan(view.reals("consumption")) & ~filled
            consumption, units[mine] = np.where(mine, float(one.value), consumption), one.unit
            filled |= mine
    exposures = _set(exposures, "consumption", pa.array(consumption, pa.float64(), from_pandas=True))
    return _set(exposures, "consumption_unit", pa.array(units, pa.string())), filled


def _rows(view: View, own: Own, kind: str, column: str) -> list[tuple[OwnFactor, Flags]]:
    """Each factor of a kind with the rows it is of, by the distinct types and fuels."""
    types, fuels, group = view.words(column), view.words(_FUEL), group_of(view, kind)
    width = len(fuels.texts)
    used, at = np.unique(types.at * width + fuels.at, return_inverse=True)
    found = [named(own, kind, types.texts[code // width], fuels.texts[code % width]) for code in used.tolist()]
    return [(one, group & (at == place)) for place, one in enumerate(found) if one]


def _set(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)

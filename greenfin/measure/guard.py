"""The guard of magnitudes: ratios between a project's figures outside of their plausible band, what to look at, the likely slip."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from greenfin.core.problems import Problem, warning
from greenfin.core.slips import told
from greenfin.core.units import FloatColumn
from greenfin.measure.calculate import Measured
from greenfin.methods.bands import Columns, Odd, Range, names_for, odd
from greenfin.methods.readings import shown
from greenfin.reference.regions import HOME, WORLD

INVEST, MONEY_UNIT, RESULT = "total_invest", "CNY", "result_"


def guard(done: Measured, invest: FloatColumn | None = None) -> Iterator[Problem]:
    """A warning for each project and band that does not hold; ``invest`` is the projects' total investment in CNY (NaN: not given).

    QC-RATIO of the methods: the figure stands, marked; nothing is deleted.
    """
    projects = done.case.projects
    columns = figures(done, invest, only=names_for(done.case.declaration.id))
    far = ~_is_national(done)
    for found in odd(columns, method=done.case.declaration.id, entries=projects.entries):
        rows = [row for row in found.rows if not (found.range.is_national and far[row])]
        yield from (_unlikely(done, found, row) for row in rows)


def figures(done: Measured, invest: FloatColumn | None = None, *, only: frozenset[str] | None = None) -> Columns:
    """What is known of the projects by name: outputs, the inputs, the total investment; a stated result by the output's name.

    ``only``: the names asked for, of a whole book no more than these; None for all.
    """
    inputs = {i.name: (done.case.stated[i.name].values, i.unit) for i in done.case.declaration.inputs}
    results = {name.removeprefix(RESULT): column for name, column in inputs.items() if name.startswith(RESULT)}
    outputs = {
        o.name: (np.where(done.has[o.name], done.amounts[o.name].astype(np.float64), np.nan), o.small)
        for o in done.case.declaration.outputs
        if only is None or o.name in only
    }
    money = {} if invest is None else {INVEST: (invest, MONEY_UNIT)}
    return {**inputs, **results, **outputs, **money}


def _is_national(done: Measured) -> NDArray[np.bool_]:
    """Where every factor is the country's (or the world's): only then a band of national factors can be asked for."""
    far = np.zeros(len(done.case.projects), dtype=np.bool_)
    for filled in done.filled.values():
        places = [found is not None and found.factor is not None and found.factor.region not in (HOME, WORLD) for found in filled.founds]
        far |= np.asarray(places, dtype=np.bool_)[filled.places]
    return ~far


def _unlikely(done: Measured, found: Odd, row: int) -> Problem:
    at, project = done.case.projects.where[row], done.case.projects.ids[row]
    given = [name for name, stated in done.case.stated.items() if not np.isnan(stated.values[row])]
    inputs = [name for name in found.range.look_at if name in (*given, INVEST)]
    inputs = inputs if {*inputs} - {INVEST} else [*inputs, *given]
    return warning(
        "measure.magnitude", at, project=project, inputs=", ".join(dict.fromkeys(inputs)), **told_of(found.range, float(found.values[row]))
    )


def told_of(band: Range, value: float) -> dict[str, str]:
    """A ratio, its band and the slip of units that would explain it, for a message."""
    size = {"low": f"{band.low:g}", "high": f"{band.high:g}", "slip": told(value, band.low, band.high, unit=band.unit)}
    return {"ratio": band.shown, "value": f"{value:.4g} {shown(band.unit)}".strip(), **size}

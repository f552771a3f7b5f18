"""The long table of inputs as columns: one per declared input, in the method's unit.

Which of several values wins is a stated rule: of a project in operation the actual values come before the design values,
of one planned or under construction the design values; among those the latest data year that is not after the day; values
of the same basis and year that differ are an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Problem, error, info, warning
from greenfin.core.units import UnknownUnit, WrongDimension
from greenfin.measure.case import ACTUAL, Flags, Projects, Rows, Stated, nothing
from greenfin.methods.declare import Declaration, Input, Parameter
from greenfin.methods.readings import notices, parameters, refused, scale_of


def gather(
    inputs: pa.Table, projects: Projects, *, declaration: Declaration, choices: Mapping[str, str], on: date
) -> tuple[dict[str, Stated], Flags, list[Problem]]:
    """The declared inputs as columns over the projects, the projects with an unusable value, and the problems."""
    index = pc.index_in(inputs["project_id"], value_set=pa.array(projects.ids, pa.string())).to_numpy(zero_copy_only=False)
    owner = np.nan_to_num(index.astype(np.float64), nan=-1).astype(np.int64)
    names = np.asarray(inputs["input"].to_pylist(), dtype=object)
    reader = _Reader(inputs, owner, projects=projects, declaration=declaration, on=on)
    reader.fixed = parameters(declaration, choices)
    stated: dict[str, Stated] = {}
    for spec in declaration.inputs:
        stated[spec.name] = reader.column(spec, np.flatnonzero((owner >= 0) & (names == spec.name)))
    known = {spec.name for spec in declaration.inputs}
    strangers = sorted({str(n) for n in names[owner >= 0]} - known)
    reader.problems.extend(info("measure.input_not_used", declaration.id, input=name, method=declaration.id) for name in strangers)
    return stated, reader.broken, reader.problems


class _Reader:
    """Reads one input after the other out of the same table, collecting problems."""

    def __init__(self, inputs: pa.Table, owner: Rows, *, projects: Projects, declaration: Declaration, on: date) -> None:
        self.owner, self.projects, self.declaration, self.on = owner, projects, declaration, on
        self.fixed: Mapping[str, Parameter] = {}
        self.values = inputs["value"].to_numpy(zero_copy_only=False).astype(np.float64)
        self.units = np.asarray(pc.fill_null(inputs["unit"], "").to_pylist(), dtype=str)
        self.is_actual: Flags = np.asarray(inputs["basis"].to_pylist(), dtype=object) == ACTUAL
        self.years = np.nan_to_num(inputs["year"].to_numpy(zero_copy_only=False).astype(np.float64), nan=0)
        self.cells = inputs["source_cell"].to_pylist()
        self.broken: Flags = np.zeros(len(projects), dtype=np.bool_)
        self.problems: list[Problem] = []

    def column(self, spec: Input, rows: Rows) -> Stated:
        """The winning value of each project."""
        rows = self._not_after(spec, rows[~np.isnan(self.values[rows])])
        if rows.size == 0:
            return nothing(len(self.projects))
        converted = self._convert(spec, rows)
        rows, converted = rows[~np.isnan(converted)], converted[~np.isnan(converted)]
        preferred = self.is_actual[rows] == self.projects.is_operating[self.owner[rows]]
        order = np.lexsort((rows, -self.years[rows], ~preferred, self.owner[rows]))
        rows, converted, preferred = rows[order], converted[order], preferred[order]
        owners, heads, group = np.unique(self.owner[rows], return_index=True, return_inverse=True)
        self._same(spec, rows, converted, preferred, heads[group])
        found = nothing(len(self.projects))
        values, sources = found.values.copy(), found.rows.copy()
        actual, wanted = found.is_actual.copy(), found.is_preferred.copy()
        values[owners], sources[owners] = converted[heads], rows[heads]
        actual[owners], wanted[owners] = self.is_actual[rows[heads]], preferred[heads]
        return Stated(values, sources, actual, wanted)

    def _not_after(self, spec: Input, rows: Rows) -> Rows:
        late: Flags = self.years[rows] > self.on.year
        day = self.on.isoformat()
        self.problems.extend(
            warning("measure.input_after_day", self.cells[row] or "", input=spec.name, year=int(self.years[row]), on=day)
            for row in rows[late]
        )
        kept: Rows = rows[~late]
        return kept

    def _convert(self, spec: Input, rows: Rows) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        converted = np.full(rows.size, np.nan)
        units = self.units[rows]
        for unit in np.unique(units).tolist():
            here = units == unit
            try:
                converted[here] = self.values[rows[here]] * scale_of(spec, unit, self.fixed)
            except (WrongDimension, UnknownUnit):
                self._wrong_unit(spec, unit, rows[here])
                continue
            self.problems.extend(notices(self.declaration.id, spec, unit, self.fixed))
        return converted

    def _wrong_unit(self, spec: Input, unit: str, rows: Rows) -> None:
        self.broken[self.owner[rows]] = True
        for row in rows:
            at = self.cells[row] or self.projects.where[self.owner[row]]
            self.problems.append(refused(spec, unit, at))

    def _same(self, spec: Input, rows: Rows, values: object, preferred: Flags, head: Rows) -> None:
        """Values of the same project, basis and year as the winner must be the winner's."""
        numbers = np.asarray(values)
        winner = rows[head]
        ties = (preferred == preferred[head]) & (self.years[rows] == self.years[winner]) & (self.is_actual[rows] == self.is_actual[winner])
        for at in np.flatnonzero(ties & ~np.isclose(numbers, numbers[head], rtol=1e-12, atol=0)):
            owner = self.owner[rows[at]]
            self.broken[owner] = True
            self.problems.append(
                error(
                    "measure.input_conflict",
                    self.cells[rows[at]] or self.projects.where[owner],
                    input=spec.name,
                    one=float(self.values[rows[head[at]]]),
                    other=float(self.values[rows[at]]),
                )
            )

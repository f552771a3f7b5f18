"""The long table of inputs as columns: one per declared input, in the method's unit.

Which of several values wins is a stated rule: of a project in operation the actual values come before the design values,
of one planned or under construction the design values; among those the latest data year that is not after the day; values
of the same basis and year that differ are an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.problems import Problem, error, info, warning
from greenfin.core.units import FloatColumn, UnknownUnit, WrongDimension
from greenfin.measure.case import ACTUAL, Flags, Projects, Rows, Stated, nothing
from greenfin.methods.declare import Declaration, Input, Parameter
from greenfin.methods.readings import notices, parameters, refused, scale_of


@dataclass(frozen=True, slots=True)
class Lines:
    """The long table as columns, made once for all methods; ``by_name``: the rows of each input."""

    table: pa.Table
    values: FloatColumn
    units: NDArray[np.str_]
    is_actual: Flags
    years: FloatColumn
    cells: list[str | None]
    by_name: Mapping[str, Rows]

    @classmethod
    def of(cls, inputs: pa.Table) -> Lines:
        """Those of a table of inputs."""
        encoded = inputs["input"].combine_chunks().dictionary_encode()
        at = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
        order = np.argsort(at, kind="stable")
        starts = np.searchsorted(at[order], np.arange(len(encoded.dictionary) + 1))
        names = encoded.dictionary.to_pylist()
        return cls(
            inputs,
            inputs["value"].to_numpy(zero_copy_only=False).astype(np.float64),
            np.asarray(pc.fill_null(inputs["unit"], "").to_pylist(), dtype=str),
            np.asarray(pc.fill_null(pc.equal(inputs["basis"], ACTUAL), False).to_numpy(zero_copy_only=False), dtype=np.bool_),
            np.nan_to_num(inputs["year"].to_numpy(zero_copy_only=False).astype(np.float64), nan=0),
            inputs["source_cell"].to_pylist(),
            {name: order[starts[place] : starts[place + 1]] for place, name in enumerate(names)},
        )


_NONE = np.zeros(0, dtype=np.int64)


def gather(
    inputs: pa.Table | Lines, projects: Projects, *, declaration: Declaration, choices: Mapping[str, str], on: date
) -> tuple[dict[str, Stated], Flags, list[Problem]]:
    """The declared inputs as columns over the projects, the projects with an unusable value, and the problems."""
    lines = inputs if isinstance(inputs, Lines) else Lines.of(inputs)
    index = pc.index_in(lines.table["project_id"], value_set=pa.array(projects.ids, pa.string()))
    owner = pc.fill_null(index, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    reader = _Reader(lines, owner, projects=projects, declaration=declaration, on=on)
    reader.fixed = parameters(declaration, choices)
    known = {spec.name for spec in declaration.inputs}
    ours = {name: rows[owner[rows] >= 0] for name, rows in lines.by_name.items()}
    stated = {spec.name: reader.column(spec, ours.get(spec.name, _NONE)) for spec in declaration.inputs}
    strangers = sorted(name for name, rows in ours.items() if rows.size and name not in known)
    reader.problems.extend(info("measure.input_not_used", declaration.id, input=name, method=declaration.id) for name in strangers)
    return stated, reader.broken, reader.problems


class _Reader:
    """Reads one input after the other out of the same table, collecting problems."""

    def __init__(self, lines: Lines, owner: Rows, *, projects: Projects, declaration: Declaration, on: date) -> None:
        self.owner, self.projects, self.declaration, self.on = owner, projects, declaration, on
        self.fixed: Mapping[str, Parameter] = {}
        self.values, self.units, self.is_actual = lines.values, lines.units, lines.is_actual
        self.years, self.cells = lines.years, lines.cells
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

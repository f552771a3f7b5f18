"""From a cell to the cells and sums it was made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from greenfin.core.lineage import Trace
from greenfin.core.records import LESS, Cell, signed
from greenfin.explain import beside
from greenfin.explain.sums import Sums
from greenfin.explain.texts import exact, file_source

if TYPE_CHECKING:
    from greenfin.pipeline import RunResult


class Walk:
    """Goes from cell to cell; each sum is opened by :class:`Sums`. ``only``: the one cell over a sum that is opened (empty: all are)."""

    def __init__(self, result: RunResult, cells: Mapping[str, Cell], *, limit: int, only: str = "") -> None:
        self.cells, self.only = cells, only
        self.sums = Sums(result, limit=limit)

    def cell(self, cell_id: str) -> Trace:
        """The lineage of a cell of the run."""
        found = self.cells[cell_id]
        op = found.how.op
        if op == "sum":
            return self._sum(found)
        if op == "missing":
            reason = f"disclose.missing.{found.how.reason}" if found.how.reason else "explain.missing"
            parts = tuple(self.cell(arg) for arg in found.how.args if arg in self.cells)
            return Trace(cell_id, "", found.unit, reason, parts=parts, source=file_source(found.how.source))
        if op == "drawn":
            return beside.drawn(found, self)
        if op == "prior":
            return Trace(cell_id, exact(found.value), found.unit, "explain.prior", source=file_source(found.how.source))
        if found.text is not None:
            source = file_source(found.how.source) if found.how.source else None
            return Trace(cell_id, found.text, "", "explain.text", parts=self.sums.tagged(found.how.keys), source=source)
        named = [signed(arg) for arg in found.how.args]
        parts = tuple(_taken_off(self.cell(name)) if sign < 0 else self.cell(name) for sign, name in named if name in self.cells)
        return Trace(cell_id, exact(found.value), found.unit, f"explain.{op}", parts=parts)

    def _sum(self, cell: Cell) -> Trace:
        """A cell over one sum, or over the quotient of two."""
        names = cell.how.args
        how = "explain.sum" if len(names) == 1 else "explain.quotient"
        is_open = self.only in ("", cell.id)
        parts = tuple(self.sums.trace(name, cell.how.keys) for name in names) if is_open else ()
        return Trace(cell.id, exact(Fraction(cell.value) if cell.value is not None else None), cell.unit, how, parts=parts)


def _taken_off(trace: Trace) -> Trace:
    """A cell that a total takes off, with its sign turned."""
    value = trace.value.removeprefix(LESS) if trace.value.startswith(LESS) else f"{LESS}{trace.value}"
    return replace(trace, value=value if trace.value else "")

"""Why a cell is what it is: its lineage, down to cells of the bank's own file and to documents."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from greenfin.core.problems import Refused, error
from greenfin.core.records import Table
from greenfin.explain import beside
from greenfin.explain.cells import Walk
from greenfin.explain.counted import counted_in
from greenfin.explain.told import told

if TYPE_CHECKING:
    from greenfin.core.lineage import Trace
    from greenfin.pipeline import RunResult

__all__ = ["counted_in", "told", "why"]


def why(result: RunResult, cell_id: str, *, limit: int = 20, is_shallow: bool = False) -> Trace:
    """The lineage of a cell (``T01!co2_reduction.current``): cells, sums, classes, projects and loans, cells of the book, documents; of an
    answer of the bank (``Q02.staff``) and of a line below a table (``T23!note.4``) likewise.

    Of a long list the ``limit`` largest stand, and one part with the exact rest; ``is_shallow``: the sums of other cells that it is made of
    are not opened, each can be asked itself. Raises Refused for an unknown cell, naming near ones.
    """
    tables = _all_tables(result)
    cells = {cell.id: cell for table in tables.values() for cell in table.cells.values()}
    walk = Walk(result, cells, limit=max(1, limit), only=cell_id if is_shallow else "")
    if cell_id in cells:
        return walk.cell(cell_id)
    found = beside.answer(result, cell_id, walk) or beside.note(tables, cell_id, walk)
    if found is None:
        near = difflib.get_close_matches(cell_id, cells, n=3, cutoff=0.4)
        raise Refused(error("explain.unknown_cell", cell_id, found=cell_id, near=", ".join(near) or "T01!green_balance.current"))
    return found


def _all_tables(result: RunResult) -> Mapping[str, Table]:
    """The run's tables, and those that it rests on without showing them."""
    from greenfin import disclose, reported

    shown = reported.every_table(result)
    known = result.reference.templates
    others = [name for name in known if name not in result.tables and (not known[name].edition or known[name].edition in result.forms)]
    if not others:
        return shown
    built = disclose.build(
        result.reference,
        result.sums,
        templates=others,
        prior=result.prior,
        policy=result.policy,
        as_of=result.as_of,
        edition=result.edition,
        facts=result.facts,
    )
    return {**{table.id: table for table in built.value}, **shown}

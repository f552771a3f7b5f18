"""The other way round: in which printed cells one loan is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from greenfin.core.records import Cell, Sum, sum_key
from greenfin.explain.sums import Sums

if TYPE_CHECKING:
    from greenfin.pipeline import RunResult


def counted_in(result: RunResult, loan_id: str) -> tuple[Cell, ...]:
    """The cells whose sums hold the loan (its balance, its count, its part of a benefit), in the order of the tables.

    Cells made of other cells (totals, shares, growth) are not named again; prior-year cells never are.
    """
    sums = Sums(result, limit=1)
    sums.loans = sums.loans.filter(pc.equal(sums.loans["loan_id"], loan_id))
    if not len(sums.loans):
        return ()
    held: dict[str, bool] = {}
    found = []
    for cell in (cell for table in result.tables.values() for cell in table.cells.values() if cell.how.op == "sum"):
        names = [sum_key(name, cell.how.keys) for name in cell.how.args]
        for name in names:
            if name not in held:
                of_run = result.sums.get(name)
                held[name] = of_run is not None and _holds(sums, of_run)
        if any(held[name] for name in names):
            found.append(cell)
    return tuple(found)


def _holds(sums: Sums, found: Sum) -> bool:
    if found.name == "book_balance" or (found.name == "loans_balance" and not found.keys):
        return True
    if found.table == "loans":
        return bool(len(sums.rows_of(found)))
    if found.table == "parts":
        return bool(len(sums.parts_of(found)))
    return False

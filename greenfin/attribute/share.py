"""Each loan's part of its project's result (guide for green-credit projects: result × loan balance ÷ total investment).

All sums are exact integers. A project's part is its amount times min(1, sum of balance × green share ÷ total investment), rounded
half up once; the loans share it by largest remainder, so that the parts are the project's part exactly and splitting a loan changes
no total.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.attribute.claims import PPM, Claims, Integers, Rows, above, claims_of, invested, measured, project_id, summed
from greenfin.attribute.numerator import PERIOD_END
from greenfin.core.columns import empty, table_of
from greenfin.core.problems import Outcome, Problem
from greenfin.core.records import Book
from greenfin.names import one_record


def attribute(book: Book, tags: pa.Table, measurements: pa.Table, *, numerator: str = PERIOD_END) -> Outcome[pa.Table]:
    """The parts (``parts``: loan, project, output, amount in the small unit), one row per loan and output of its project.

    ``numerator``: what of a loan counts (of :data:`greenfin.attribute.numerator.COLUMN`). Loans of two records of surely one project
    share its one result. A loan without a usable amount or green share, and a project without a total investment, have no parts but a
    problem.
    Balances above the total investment are flagged and count as the whole. Where a loan has tags of several editions the first counts.
    """
    problems: list[Problem] = []
    book = one_record(book, measurements)
    claims = claims_of(book, tags, problems, numerator=numerator)
    claims = measured(book, claims, measurements, problems)
    totals = np.asarray(book.projects["total_invest_fen"].to_pylist(), dtype=object)
    claims = invested(book, claims, totals, problems)
    if claims.owner.size == 0 or measurements.num_rows == 0:
        return Outcome(empty("parts"), tuple(problems))
    heads, claimed = summed(claims)
    owners = claims.owner[heads]
    problems.extend(above(book, owners, claimed, totals[owners]))
    return Outcome(_parts(book, claims, measurements, heads=heads, claimed=claimed, totals=totals[owners]), tuple(problems))


def half_up(above: Integers, below: Integers) -> Integers:
    """above ÷ below as integers, half away from zero; ``below`` is positive.

    >>> half_up(np.array([5, -5, 4], dtype=object), np.array([2, 2, 3], dtype=object)).tolist()
    [3, -3, 1]
    """
    sign = np.where((above < 0).astype(np.bool_), -1, 1)
    found: Integers = sign * ((2 * (above * sign) + below) // (2 * below))
    return found


def _parts(book: Book, claims: Claims, measurements: pa.Table, *, heads: Rows, claimed: Integers, totals: Integers) -> pa.Table:
    """One row per output of each project and each of its loans."""
    owners = claims.owner[heads]
    sizes = np.diff(np.r_[heads, claims.owner.size])
    project_ids = pa.array([project_id(book, row) for row in owners], pa.string())
    at = pc.index_in(measurements["project_id"], value_set=project_ids)
    results = measurements.filter(pc.is_valid(at))
    group = np.asarray(pc.drop_null(at).to_pylist(), dtype=np.int64)
    amounts = np.asarray(results["amount"].to_pylist(), dtype=object)
    whole = totals[group] * PPM
    part = half_up(amounts * np.where((claimed[group] < whole).astype(np.bool_), claimed[group], whole), whole)
    counts = sizes[group]
    line = np.repeat(np.arange(group.size), counts)
    starts = np.cumsum(counts) - counts
    loan = np.repeat(heads[group], counts) + np.arange(line.size) - np.repeat(starts, counts)
    shared = _shared(part[line], claims.weight[loan], claimed[group][line], starts, counts)
    takes = pa.array(line)
    return table_of(
        "parts",
        {
            "loan_id": claims.loan_ids[loan],
            "project_id": results["project_id"].take(takes).to_pylist(),
            "output": results["output"].take(takes).to_pylist(),
            "amount": shared.tolist(),
            "unit": results["unit"].take(takes).to_pylist(),
        },
    )


def _shared(part: Integers, weight: Integers, claimed: Integers, starts: Rows, counts: Rows) -> Integers:
    """Each line's part among its loans by largest remainder; ties go to the earlier loan (they are in the order of loan ids)."""
    sign = np.where((part < 0).astype(np.bool_), -1, 1)
    below = np.where((claimed == 0).astype(np.bool_), 1, claimed)
    product = part * sign * weight
    floors = product // below
    remainders = product - floors * below
    line = np.repeat(np.arange(starts.size), counts)
    left = (part * sign)[starts] - np.add.reduceat(floors, starts) if starts.size else floors[:0]
    order = np.lexsort((np.arange(line.size), -remainders, line))
    place = np.empty(line.size, dtype=np.int64)
    place[order] = np.arange(line.size) - np.repeat(starts, counts)
    extra = (place < np.repeat(left, counts).astype(np.int64)) & (claimed != 0).astype(np.bool_)
    found: Integers = sign * (floors + extra.astype(np.int64).astype(object))
    return found

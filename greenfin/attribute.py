"""Each loan's part of its project's result (guide for green-credit projects: result × loan balance ÷ total investment).

All sums are exact integers. A project's part is its amount times min(1, sum of balance × green share ÷ total investment), rounded
half up once; the loans share it by largest remainder, so that the parts are the project's part exactly and splitting a loan changes
no total.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.columns import empty, table_of
from greenfin.core.lineage import Source, Trace
from greenfin.core.money import round_half_up, to_yuan
from greenfin.core.problems import Outcome, Problem, error, info, warning
from greenfin.core.records import Book
from greenfin.names import one_record

GREEN = "green"
PPM = 10**6

Integers = NDArray[np.object_]  # Python integers: products of money, shares and amounts do not fit 64 bits
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Claims:
    """Green loans that have a claim, ordered by project and loan id: ``owner`` is the row of the project table."""

    loan_ids: NDArray[np.object_]
    rows: Rows  # of the loan table
    owner: Rows
    weight: Integers  # fen × ppm


def attribute(book: Book, tags: pa.Table, measurements: pa.Table) -> Outcome[pa.Table]:
    """The parts (``parts``: loan, project, output, amount in the small unit), one row per loan and output of its project.

    Loans of two records of surely one project share its one result. A loan without a usable balance or green share, and a project
    without a total investment, have no parts but a problem.
    Balances above the total investment are flagged and count as the whole. Where a loan has tags of several editions the first counts.
    """
    problems: list[Problem] = []
    book = one_record(book, measurements)
    claims = _claims(book, tags, problems)
    claims = _measured(book, claims, measurements, problems)
    totals = np.asarray(book.projects["total_invest_fen"].to_pylist(), dtype=object)
    claims = _invested(book, claims, totals, problems)
    if claims.owner.size == 0 or measurements.num_rows == 0:
        return Outcome(empty("parts"), tuple(problems))
    heads, claimed = _summed(claims)
    owners = claims.owner[heads]
    problems.extend(_above(book, owners, claimed, totals[owners]))
    return Outcome(_parts(book, claims, measurements, heads=heads, claimed=claimed, totals=totals[owners]), tuple(problems))


def _claims(book: Book, tags: pa.Table, problems: list[Problem]) -> _Claims:
    green = tags.filter(pc.equal(tags["decision"], GREEN))
    ids = np.asarray(green["loan_id"].to_pylist(), dtype=object)
    _, first = np.unique(ids.astype(str), return_index=True)
    green = green.take(pa.array(np.sort(first)))
    at = pc.index_in(green["loan_id"], value_set=book.loans["loan_id"].combine_chunks())
    green, rows = green.filter(pc.is_valid(at)), pc.drop_null(at)
    loans = book.loans.select(["loan_id", "project_id", "balance_fen"]).take(rows)
    homeless = pc.or_(pc.is_null(loans["project_id"]), pc.equal(pc.fill_null(loans["project_id"], ""), ""))
    if count := pc.sum(homeless).as_py():
        problems.append(info("attribute.no_project", "", count=count))
    owner = pc.index_in(loans["project_id"], value_set=book.projects["project_id"].combine_chunks())
    known = np.asarray(pc.and_(pc.is_valid(owner), pc.invert(homeless)).to_pylist(), dtype=np.bool_)
    found = np.flatnonzero(known)
    balances = np.asarray(loans["balance_fen"].to_pylist(), dtype=object)[found]
    shares = np.asarray(green["share_ppm"].to_pylist(), dtype=object)[found]
    at_loan = np.asarray(rows.to_pylist(), dtype=np.int64)[found]
    at_project = np.asarray(pc.fill_null(owner, -1).to_pylist(), dtype=np.int64)[found]
    good, refused = _usable(book, at_loan, at_project, balances=balances, shares=shares)
    problems.extend(refused)
    names = np.asarray(loans["loan_id"].to_pylist(), dtype=object)[found][good]
    order = np.lexsort((names.astype(str), at_project[good]))
    weight = (balances[good] * shares[good])[order]
    return _Claims(names[order], at_loan[good][order], at_project[good][order], weight)


def _usable(book: Book, rows: Rows, owners: Rows, *, balances: Integers, shares: Integers) -> tuple[Rows, list[Problem]]:
    """Which claims have a balance and a share; the others get a problem."""
    problems: list[Problem] = []
    good = np.ones(rows.size, dtype=np.bool_)
    no_balance, no_share = (np.fromiter((v is None for v in column), np.bool_, column.size) for column in (balances, shares))
    negative = ~no_balance & np.where(no_balance, 0, balances).astype(object).__lt__(0)
    wrong = ~no_share & ((np.where(no_share, 0, shares) < 0) | (np.where(no_share, 0, shares) > PPM))
    for mask, make in ((no_balance, _no_balance), (negative, _negative), (no_share, _no_share), (wrong, _wrong_share)):
        places = np.flatnonzero(mask & good)
        problems.extend(make(_loan_cell(book, rows[at]), _project_id(book, owners[at]), shares[at]) for at in places)
        good &= ~mask.astype(np.bool_)
    return np.flatnonzero(good), problems


def _no_balance(where: str, project: str, share: object) -> Problem:
    return error("attribute.balance_missing", where, project=project)


def _negative(where: str, project: str, share: object) -> Problem:
    return error("attribute.balance_negative", where, project=project)


def _no_share(where: str, project: str, share: object) -> Problem:
    return error("attribute.share_missing", where, project=project)


def _wrong_share(where: str, project: str, share: object) -> Problem:
    return error("attribute.share_impossible", where, project=project, share=str(Fraction(int(str(share)), PPM)))


def _loan_cell(book: Book, row: int) -> str:
    sheet, at = book.loans["source_sheet"][row].as_py(), book.loans["source_row"][row].as_py()
    return book.cell(sheet, at, "balance_fen") if sheet else str(book.loans["loan_id"][row].as_py())


def _project_id(book: Book, row: int) -> str:
    return str(book.projects["project_id"][row].as_py())


def _project_cell(book: Book, row: int) -> str:
    sheet, at = book.projects["source_sheet"][row].as_py(), book.projects["source_row"][row].as_py()
    return book.cell(sheet, at, "total_invest_fen") if sheet else _project_id(book, row)


def _only(claims: _Claims, keep: NDArray[np.bool_]) -> _Claims:
    return _Claims(claims.loan_ids[keep], claims.rows[keep], claims.owner[keep], claims.weight[keep])


def _measured(book: Book, claims: _Claims, measurements: pa.Table, problems: list[Problem]) -> _Claims:
    """The claims on projects that have a result."""
    measured = pc.is_in(book.projects["project_id"], value_set=measurements["project_id"].combine_chunks())
    has = np.asarray(measured.to_pylist(), dtype=np.bool_)
    keep = has[claims.owner] if claims.owner.size else np.zeros(0, dtype=np.bool_)
    problems.extend(
        info("attribute.project_not_measured", _project_cell(book, row), project=_project_id(book, row))
        for row in np.unique(claims.owner[~keep])
    )
    return _only(claims, keep)


def _invested(book: Book, claims: _Claims, totals: Integers, problems: list[Problem]) -> _Claims:
    """The claims on projects with a total investment above zero."""
    has = np.asarray([t is not None and t > 0 for t in totals], dtype=np.bool_)
    keep = has[claims.owner] if claims.owner.size else np.zeros(0, dtype=np.bool_)
    problems.extend(
        error("attribute.no_total_investment", _project_cell(book, row), project=_project_id(book, row))
        for row in np.unique(claims.owner[~keep])
    )
    return _only(claims, keep)


def _summed(claims: _Claims) -> tuple[Rows, Integers]:
    """Where each project's claims begin, and the sum of their weights."""
    heads = np.flatnonzero(np.r_[True, claims.owner[1:] != claims.owner[:-1]])
    return heads, np.add.reduceat(claims.weight, heads)


def _above(book: Book, owners: Rows, claimed: Integers, totals: Integers) -> list[Problem]:
    return [
        warning(
            "attribute.above_investment",
            _project_cell(book, owners[at]),
            project=_project_id(book, owners[at]),
            balance=str(to_yuan(int(round_half_up(Fraction(claimed[at], PPM), 0)))),
            total=str(to_yuan(totals[at])),
        )
        for at in np.flatnonzero((claimed > totals * PPM).astype(np.bool_))
    ]


def half_up(above: Integers, below: Integers) -> Integers:
    """above ÷ below as integers, half away from zero; ``below`` is positive.

    >>> half_up(np.array([5, -5, 4], dtype=object), np.array([2, 2, 3], dtype=object)).tolist()
    [3, -3, 1]
    """
    sign = np.where((above < 0).astype(np.bool_), -1, 1)
    found: Integers = sign * ((2 * (above * sign) + below) // (2 * below))
    return found


def _parts(book: Book, claims: _Claims, measurements: pa.Table, *, heads: Rows, claimed: Integers, totals: Integers) -> pa.Table:
    """One row per output of each project and each of its loans."""
    owners = claims.owner[heads]
    sizes = np.diff(np.r_[heads, claims.owner.size])
    project_ids = pa.array([_project_id(book, row) for row in owners], pa.string())
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


def explain_part(book: Book, tags: pa.Table, measurements: pa.Table, *, loan_id: str, output: str, project_trace: Trace) -> Trace:
    """The lineage of one part: the project's result, all claims on the project, its total investment. Same value as the column path."""
    book = one_record(book, measurements)
    loans = book.loans.filter(pc.equal(book.loans["loan_id"], loan_id))
    project = loans["project_id"][0].as_py() if loans.num_rows else None
    siblings = book.loans.filter(pc.equal(book.loans["project_id"], project or ""))
    from dataclasses import replace

    own = replace(book, loans=siblings, projects=book.projects.filter(pc.equal(book.projects["project_id"], project or "")))
    results = measurements.filter(pc.and_(pc.equal(measurements["project_id"], project or ""), pc.equal(measurements["output"], output)))
    parts = attribute(own, tags, results).value
    mine = parts.filter(pc.equal(parts["loan_id"], loan_id))
    if mine.num_rows == 0:
        return Trace(f"{loan_id}!{output}", "", how="attribute.how_missing")
    unit = str(mine["unit"][0].as_py())
    claims = _claims(own, tags, [])
    traces = tuple(_claim(own, claims, at) for at in range(claims.rows.size))
    total = int(own.projects["total_invest_fen"][0].as_py())
    invested = Trace("total_invest", str(to_yuan(total)), "CNY", "attribute.how_cell", source=_file(_project_cell(own, 0)))
    summed = Trace("claimed", _yuan(int(claims.weight.sum())), "CNY", "attribute.how_sum", parts=traces)
    amount = str(mine["amount"][0].as_py())
    return Trace(f"{loan_id}!{output}", amount, unit, "attribute.how_part", parts=(project_trace, summed, invested))


def _yuan(weight: int) -> str:
    """A balance in fen times a share in millionths as yuan, exact: two decimals, more where the share makes them.

    >>> _yuan(123_456_000_000), _yuan(333_333_300_000_001)
    ('1234.56', '3333333.00000001')
    """
    whole, _, digits = f"{round_half_up(Fraction(weight, PPM * 100), 8):f}".partition(".")
    return f"{whole}.{digits.rstrip('0'):0<2}"


def _claim(book: Book, claims: _Claims, at: int) -> Trace:
    row = int(claims.rows[at])
    balance = int(book.loans["balance_fen"][row].as_py())
    share = Fraction(int(claims.weight[at]), balance * PPM) if balance else Fraction(0)
    cell = Trace("balance", str(to_yuan(balance)), "CNY", "attribute.how_cell", source=_file(_loan_cell(book, row)))
    tag = Trace("green_share", f"{float(share):.6g}", "", "attribute.how_tag")
    return Trace(str(claims.loan_ids[at]), _yuan(int(claims.weight[at])), "CNY", "attribute.how_cell", parts=(cell, tag))


def _file(address: str) -> Source:
    name, _, place = address.partition("!")
    return Source("file", name, place)

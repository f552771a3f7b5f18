"""The lineage of one loan's part."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.attribute.claims import PPM, Claims, claims_of, loan_cell, project_cell
from greenfin.attribute.numerator import COLUMN, DRAWN, MONTHLY_AVERAGE, PERIOD_END, amounts, moves_of
from greenfin.attribute.share import attribute
from greenfin.core.lineage import Source, Trace
from greenfin.core.money import round_half_up, to_yuan
from greenfin.core.records import Book
from greenfin.names import one_record


def explain_part(
    book: Book, tags: pa.Table, measurements: pa.Table, *, loan_id: str, output: str, project_trace: Trace, numerator: str = PERIOD_END
) -> Trace:
    """The lineage of one part: the project's result, all claims on the project, its total investment. Same value as the column path."""
    book = one_record(book, measurements)
    loans = book.loans.filter(pc.equal(book.loans["loan_id"], loan_id))
    project = loans["project_id"][0].as_py() if loans.num_rows else None
    siblings = pc.fill_null(pc.equal(book.loans["project_id"], project or ""), False)
    loans, moves = book.loans.filter(siblings), moves_of(book, siblings)
    own = replace(book, loans=loans, drawings=moves, projects=book.projects.filter(pc.equal(book.projects["project_id"], project or "")))
    results = measurements.filter(pc.and_(pc.equal(measurements["project_id"], project or ""), pc.equal(measurements["output"], output)))
    parts = attribute(own, tags, results, numerator=numerator).value
    mine = parts.filter(pc.equal(parts["loan_id"], loan_id))
    if mine.num_rows == 0:
        return Trace(f"{loan_id}!{output}", "", how="attribute.how_missing")
    unit = str(mine["unit"][0].as_py())
    claims = claims_of(own, tags, [], numerator=numerator)
    fen = amounts(own, pa.array(claims.rows), numerator=numerator)
    traces = tuple(_claim(own, claims, at, fen=int(fen[at]), numerator=numerator) for at in range(claims.rows.size))
    total = int(own.projects["total_invest_fen"][0].as_py())
    invested = Trace("total_invest", str(to_yuan(total)), "CNY", "attribute.how_cell", source=_file(project_cell(own, 0)))
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


def _claim(book: Book, claims: Claims, at: int, *, fen: int, numerator: str) -> Trace:
    row = int(claims.rows[at])
    share = Fraction(int(claims.weight[at]), fen * PPM) if fen else Fraction(0)
    stated = book.loans[COLUMN[numerator]][row].as_py() == fen
    how = "attribute.how_cell" if stated and numerator != DRAWN else _COUNTED[numerator]
    cell = Trace(_NAME[numerator], str(to_yuan(fen)), "CNY", how, source=_file(loan_cell(book, row, COLUMN[numerator])))
    tag = Trace("green_share", f"{float(share):.6g}", "", "attribute.how_tag")
    return Trace(str(claims.loan_ids[at]), _yuan(int(claims.weight[at])), "CNY", "attribute.how_cell", parts=(cell, tag))


_NAME = {PERIOD_END: "balance", MONTHLY_AVERAGE: "avg_balance", DRAWN: "drawn"}
_COUNTED = {PERIOD_END: "attribute.how_cell", MONTHLY_AVERAGE: "attribute.how_average", DRAWN: "attribute.how_drawn"}


def _file(address: str) -> Source:
    name, _, place = address.partition("!")
    return Source("file", name, place)

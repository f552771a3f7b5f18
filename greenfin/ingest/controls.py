"""Control totals: what the ledger must add up to, to the fen."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.money import to_yuan
from greenfin.core.problems import Outcome, Problem, error, info, warning
from greenfin.core.units import exact_ratio, ratio, same_dimension
from greenfin.ingest.blocks import Block
from greenfin.ingest.cells import is_blank
from greenfin.ingest.frames import Frame, frame_of
from greenfin.ingest.grids import CellValue
from greenfin.ingest.numbers import number_in
from greenfin.ingest.vocabulary import fields, mark, plain


def read_controls(block: Block) -> Outcome[pa.Table]:
    """Candidate rows: ``subject`` all_loans, branch (code or name; null: the whole bank), currency, total in fen, cell, reject."""
    frame = frame_of(block, industries={})
    branch = pc.coalesce(frame.column("ctl.org"), frame.column("ctl.org_name"))
    subjects = frame.column("ctl.subject").to_pylist()
    whole = pa.array([_is_whole(name) for name in branch.to_pylist()], type=pa.bool_())
    other = pa.array([b is None and not _is_whole(s) for b, s in zip(branch.to_pylist(), subjects, strict=True)], type=pa.bool_())
    size = frame.size
    table = pa.table(
        {
            "subject": pa.array(["all_loans"] * size, type=pa.string()),
            "branch_code": pc.if_else(whole, pa.scalar(None, pa.string()), branch),
            "currency": pc.fill_null(frame.column("ctl.currency"), "CNY"),
            "total_fen": frame.column("ctl.total", pa.int64()),
            "source_cell": pa.array([frame.at(r, "ctl.total") for r in range(size)], type=pa.string()),
            "reject": pa.array(frame.rejects(), type=pa.string()),
            "source_sheet": pa.array([block.grid.sheet] * size, type=pa.string()),
            "source_row": pa.array(frame.rows + block.grid.first_row, type=pa.int64()),
            "within_fen": pa.array(_printed_within(frame), type=pa.int64()),
        }
    )
    unused = [info("ingest.control_unused", table["source_cell"][r].as_py(), found=s) for r, s in enumerate(subjects) if other[r].as_py()]
    worth = pc.and_(pc.invert(other), pc.or_(pc.is_valid(table["total_fen"]), pc.is_valid(table["reject"])))
    return Outcome(table.filter(worth), (*frame.problems(), *unused))


def _printed_within(frame: Frame) -> list[int]:
    """For each total half a unit of its last decimal, in fen: 50 yuan for 万元 with two decimals; 0 where it is stated in yuan.

    A spreadsheet drops the zeros at the end, so a total with fewer than two decimals has those of its column.
    """
    place = frame.block.places["ctl.total"]
    unit = place.heading.unit or frame.block.money_unit or fields()["ctl.total"].unit
    if not same_dimension(unit, "CNY") or ratio(unit, "CNY") <= 1:
        return [0] * frame.size
    cells = [frame.block.grid.columns[place.column][row] for row in frame.rows.tolist()]
    digits = [_decimals(cell, unit) for cell in cells]
    most = max(digits, default=0)
    return [int(exact_ratio(unit, "CNY") * 100 / 10 ** (own if own >= _PRINTED else most) / 2) for own in digits]


_PRINTED = 2


def _decimals(cell: CellValue, unit: str) -> int:
    try:
        exponent = 0 if is_blank(cell) else number_in(cell, unit=unit).value.as_tuple().exponent
    except ValueError:
        return 0
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _is_whole(text: str | None) -> bool:
    """Whether a label means the whole bank: 合计, 全行, or no branch at all."""
    if text is None:
        return True
    words = [plain(part) for part in text.split()]
    return any(word in mark("total_is") or word in mark("whole_bank_words") for word in words) or not words


def agree(candidates: pa.Table, controls: pa.Table) -> Iterator[Problem]:
    """Each stated total against the balances of accepted and rejected rows; a difference of a fen is an error.

    A total stated in 万元 is held as exactly as it is printed (``within_fen``), and said to be rounded.
    """
    unreadable = int(pc.sum(pc.cast(pc.is_null(candidates["balance_fen"]), pa.int64())).as_py() or 0)
    for row in controls.to_pylist():
        if row["currency"] != "CNY":
            yield warning("ingest.control_currency", row["source_cell"], found=row["currency"])
            continue
        mine = candidates if row["branch_code"] is None else _of_branch(candidates, row["branch_code"])
        if mine is None:
            yield error("ingest.control_branch_unknown", row["source_cell"], branch=row["branch_code"])
            continue
        found = int(pc.sum(mine["balance_fen"]).as_py() or 0)
        slots = {"stated": f"{to_yuan(row['total_fen']):,}", "branch": row["branch_code"] or ""}
        if found != row["total_fen"] and abs(found - row["total_fen"]) <= row["within_fen"]:
            yield warning("ingest.control_rounded", row["source_cell"], **slots, found=f"{to_yuan(found):,}")
        elif found != row["total_fen"]:
            yield error(
                "ingest.control_differs",
                row["source_cell"],
                **slots,
                found=f"{to_yuan(found):,}",
                difference=f"{to_yuan(found - row['total_fen']):,}",
                unreadable=unreadable,
            )
        else:
            yield info("ingest.control_agrees", row["source_cell"], **slots)


def _of_branch(candidates: pa.Table, branch: str) -> pa.Table | None:
    same = pc.or_kleene(pc.equal(candidates["branch_code"], branch), pc.equal(candidates["branch_name"], branch))
    mine = candidates.filter(pc.fill_null(same, False))
    return mine if mine.num_rows else _of_bare_branch(candidates, branch)


def _of_bare_branch(candidates: pa.Table, branch: str) -> pa.Table | None:
    """The rows of the one branch whose code is the same but for lost leading zeros."""
    codes = {code for code in candidates["branch_code"].unique().to_pylist() if code and code.lstrip("0") == branch.lstrip("0")}
    if len(codes) != 1 or not branch.isdigit():
        return None
    return candidates.filter(pc.fill_null(pc.equal(candidates["branch_code"], codes.pop()), False))

"""Control totals: what the ledger must add up to, to the fen, by branch, account and currency, and how many rows it must have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import schema
from greenfin.core.money import to_yuan
from greenfin.core.problems import Outcome, Problem, error, info, warning
from greenfin.core.units import exact_ratio, ratio, same_dimension
from greenfin.ingest.blocks import Block
from greenfin.ingest.cells import is_blank
from greenfin.ingest.control_parts import part_totals
from greenfin.ingest.exchange import OWN
from greenfin.ingest.frames import Frame, frame_of
from greenfin.ingest.grids import CellValue
from greenfin.ingest.numbers import number_in
from greenfin.ingest.vocabulary import fields, mark, plain, words_of

ALL = "ALL"  # every currency, in yuan
_EXTRA = [("reject", pa.string()), ("source_sheet", pa.string()), ("source_row", pa.int64()), ("within_fen", pa.int64())]
CONTROLS = pa.schema([*schema("controls"), *(pa.field(*pair) for pair in _EXTRA), pa.field("subject_name", pa.string())])
_LEAST_ACCOUNT = 3  # signs; a shorter code says nothing about those that begin with it


def read_controls(block: Block, *, names: frozenset[str] = frozenset()) -> Outcome[pa.Table]:
    """Candidate rows (``CONTROLS``): branch (code or name; null: the whole bank), account, currency, total in fen, rows.

    ``names`` are the names of accounts in the ledger: a row of one of them is held to it. Rows of something else are said to be unused.
    """
    frame = frame_of(block, industries={})
    branch = pc.coalesce(frame.column("ctl.org"), frame.column("ctl.org_name"))
    subjects, accounts = frame.column("ctl.subject").to_pylist(), frame.column("ctl.subject_code").to_pylist()
    branches = branch.to_pylist()
    account = [_account(code) for code in accounts]
    named = [s if s in names and a is None else None for s, a in zip(subjects, account, strict=True)]
    other = [b is None and not _is_whole(s) and not (a or n) for b, s, a, n in zip(branches, subjects, account, named, strict=True)]
    made: dict[str, object] = {
        "subject": ["all_loans" if not (a or n) else "account" for a, n in zip(account, named, strict=True)],
        "branch_code": [None if _is_whole(name) else name for name in branches],
        "currency": frame.column("ctl.currency"),
        "total_fen": frame.column("ctl.total", pa.int64()),
        "subject_code": account,
        "rows": frame.column("ctl.rows", pa.int64()),
        "perimeter": frame.column("ctl.perimeter"),
        "source_cell": [frame.at(r, "ctl.total") for r in range(frame.size)],
        "reject": frame.rejects(),
        "source_sheet": [block.grid.sheet] * frame.size,
        "source_row": frame.rows + block.grid.first_row,
        "within_fen": _printed_within(frame),
        "subject_name": named,
    }
    table = pa.table({f.name: pa.array(made[f.name], f.type) if isinstance(made[f.name], list) else made[f.name] for f in CONTROLS})
    table = table.cast(CONTROLS)
    unused = [info("ingest.control_unused", table["source_cell"][r].as_py(), found=s) for r, s in enumerate(subjects) if other[r]]
    worth = pc.or_(pc.or_(pc.is_valid(table["total_fen"]), pc.is_valid(table["reject"])), pc.is_valid(table["rows"]))
    return Outcome(table.filter(pc.and_(pc.invert(pa.array(other, pa.bool_())), worth)), (*frame.problems(), *unused))


def _account(code: str | None) -> str | None:
    return None if code is None or _is_whole(code) else code


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

    A total stated in 万元 is held as exactly as it is printed (``within_fen``), and said to be rounded. One in foreign money is held
    against the original balances; one in yuan against the loans in yuan, or all loans where those are meant (and agree).
    """
    for row in controls.to_pylist():
        slots = {"branch": row["branch_code"] or "", "of": _named(row["subject_code"] or row["subject_name"])}
        mine = candidates if row["branch_code"] is None else _of_branch(candidates, row["branch_code"])
        if mine is None:
            yield error("ingest.control_branch_unknown", row["source_cell"], branch=row["branch_code"])
            continue
        mine = _of_account(mine, row)
        if mine is None:
            if row["total_fen"] or row["rows"]:
                yield warning("ingest.control_no_match", row["source_cell"], **slots)
            continue
        yield from _held(mine, row, slots)
    yield from part_totals(controls)


def _held(mine: pa.Table, row: Mapping[str, object], slots: dict[str, object]) -> Iterator[Problem]:
    """What there is to say of the rows that a control is about."""
    currency, is_foreign = row["currency"], row["currency"] not in (None, ALL, OWN)
    of_own = mine.filter(pc.fill_null(pc.equal(mine["currency"], OWN), True))
    if currency in (None, ALL):
        ways = [(mine, _sum(mine, row))]
    elif currency == OWN:
        ways = [(of_own, _sum(of_own, row)), (mine, _sum(mine, row))]
    else:
        mine = mine.filter(pc.fill_null(pc.equal(mine["currency"], currency), False))
        ways = [(mine, int(pc.sum(mine["original_balance_fen"]).as_py() or 0))]
    stated = row["total_fen"]
    chosen = next(((rows, found) for rows, found in ways if found == stated), ways[0])
    if stated is not None:
        said = _said_in_foreign if is_foreign else _said
        yield said(int(str(stated)), chosen[1], chosen[0], row, {**slots, **({"currency": currency} if is_foreign else {})})
    if row["rows"] is not None:
        narrowed = currency if is_foreign or (currency == OWN and of_own.num_rows < mine.num_rows) else None
        yield _counted(chosen[0], row, {**slots, "of": f"{slots['of']}{_named(narrowed)}"})


def _sum(rows: pa.Table, row: Mapping[str, object]) -> int:
    """The balances in fen; with the entrusted loans where the control's perimeter has them."""
    found = int(pc.sum(rows["balance_fen"]).as_py() or 0)
    told = plain(str(row["perimeter"] or ""))
    if "entrusted_fen" in rows.column_names and any(word in told for word in words_of("with_entrusted")):
        found += int(pc.sum(rows["entrusted_fen"]).as_py() or 0)
    return found


def _said(stated: int, found: int, rows: pa.Table, row: Mapping[str, object], slots: dict[str, object]) -> Problem:
    where, within = str(row["source_cell"]), int(str(row["within_fen"]))
    shown = {"stated": f"{to_yuan(stated):,}", **slots}
    if found == stated:
        return info("ingest.control_agrees", where, **shown)
    if abs(found - stated) <= within:
        return warning("ingest.control_rounded", where, **shown, found=f"{to_yuan(found):,}")
    unreadable = int(pc.sum(pc.cast(pc.is_null(rows["balance_fen"]), pa.int64())).as_py() or 0)
    difference = f"{to_yuan(found - stated):,}"
    return error("ingest.control_differs", where, **shown, found=f"{to_yuan(found):,}", difference=difference, unreadable=unreadable)


def _said_in_foreign(stated: int, found: int, rows: pa.Table, row: Mapping[str, object], slots: dict[str, object]) -> Problem:
    """Of a total in another currency, held against the original balances."""
    where, shown = str(row["source_cell"]), {"stated": f"{to_yuan(stated):,}", **slots}
    if found == stated:
        return info("ingest.control_agrees_original", where, **shown)
    shown |= {"found": f"{to_yuan(found):,}", "difference": f"{to_yuan(found - stated):,}"}
    if abs(found - stated) <= int(str(row["within_fen"])):
        return warning("ingest.control_rounded_original", where, **shown)
    return error("ingest.control_differs_original", where, **shown)


def _named(part: object) -> str:
    """What a control is about beside its branch, as it is printed behind it."""
    return f" · {part}" if part else ""


def _counted(rows: pa.Table, row: Mapping[str, object], slots: dict[str, object]) -> Problem:
    """The stated number of rows against all rows, or those with something left in the balance."""
    live = int(pc.sum(pc.cast(pc.fill_null(pc.not_equal(rows["balance_fen"], 0), True), pa.int64())).as_py() or 0)
    if row["rows"] in (rows.num_rows, live):
        return info("ingest.control_rows_agree", str(row["source_cell"]), stated=row["rows"], **slots)
    return error("ingest.control_rows_differ", str(row["source_cell"]), stated=row["rows"], found=rows.num_rows, **slots)


def _of_account(candidates: pa.Table, row: Mapping[str, object]) -> pa.Table | None:
    """The rows of an account: its own, and those of the accounts under it (whose codes begin with its code)."""
    code, name = row["subject_code"], row["subject_name"]
    if code is None and name is None:
        return candidates
    if code is None:
        return candidates.filter(pc.fill_null(pc.equal(candidates["subject_name"], name), False))
    same = pc.equal(candidates["subject_code"], code)
    if len(str(code)) >= _LEAST_ACCOUNT:
        same = pc.or_(same, pc.starts_with(candidates["subject_code"], str(code)))
    mine = candidates.filter(pc.fill_null(same, False))
    return mine if mine.num_rows else None


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

"""Balances and amounts of a loan ledger in yuan: the file's own where it has them, else the original times the month-end rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.money import round_half_up, to_yuan
from greenfin.core.problems import Problem, error, info, warning
from greenfin.ingest.exchange import OWN, Rates, last_month_end
from greenfin.ingest.frames import Fault, Frame
from greenfin.ingest.grids import Mask, Rows

CLOSED = pa.array(["settled", "written_off", "transferred"])
AMOUNTS = ("loan.amount", "loan.avg_balance", "loan.undrawn", "loan.overdue_amount")
_TOLERANCE = 1  # fen


@dataclass(frozen=True, slots=True)
class Amounts:
    """Amounts of a block in fen of yuan, by field; ``original`` balance and amount in hundredths of the row's own currency."""

    columns: dict[str, pa.Array]
    faults: tuple[Fault, ...]
    notes: tuple[Problem, ...]


def amounts_of(frame: Frame, *, rates: Rates | None, as_of: date | None, needs_balance: bool) -> Amounts:
    """The money columns of a loan block.

    Rows in foreign money without an amount in yuan are converted at the row's own rate or that of the last month end up to ``as_of``,
    half up to the fen; without a rate the row is rejected. The file's own yuan are kept where it has them, and checked to a fen.
    """
    foreign = _mask(pc.fill_null(pc.not_equal(frame.column("loan.currency"), OWN), False))
    original, in_yuan = _original(frame, foreign)
    used = _rates_by_row(frame, foreign, rates=rates, as_of=as_of)
    converted = _times(original, used.per_one)
    balance = pc.coalesce(in_yuan, pc.if_else(pa.array(foreign), converted, original))
    columns, notes = _others(frame, foreign, used.per_one)
    columns |= {"loan.balance": balance, "loan.original_balance": original}
    if not needs_balance:
        return Amounts(columns, (), ())
    faults = [
        *_unconverted(frame, balance, original, foreign, day=as_of, has_rates=rates is not None),
        *_missing(frame, balance, original, foreign),
        *_apart(frame, in_yuan, pc.if_else(pa.array(foreign), converted, original), original, used),
    ]
    return Amounts(columns, tuple(faults), (*used.notes, *notes))


def _original(frame: Frame, foreign: Mask) -> tuple[pa.Array, pa.Array]:
    """The balance in the row's own currency, and that in yuan where the file gives it."""
    own, rmb = frame.column("loan.balance", pa.int64()), frame.column("loan.balance_rmb", pa.int64())
    if "loan.original_balance" not in frame.block.places:
        return own, rmb
    original = frame.column("loan.original_balance", pa.int64())
    same = pc.and_(pc.fill_null(pc.equal(own, original), False), pa.array(foreign))  # both columns in the row's own money
    in_yuan = pc.coalesce(rmb, pc.if_else(same, pa.scalar(None, pa.int64()), own))
    return pc.coalesce(original, pc.if_else(pa.array(foreign), pa.scalar(None, pa.int64()), own)), in_yuan


@dataclass(frozen=True, slots=True)
class _Used:
    """For each row the yuan per unit of its currency, None: not known or not needed."""

    per_one: list[Fraction | None]
    notes: tuple[Problem, ...]


def _rates_by_row(frame: Frame, foreign: Mask, *, rates: Rates | None, as_of: date | None) -> _Used:
    per_one: list[Fraction | None] = [None] * frame.size
    if not foreign.any():
        return _Used(per_one, ())
    own = _own_rates(frame)
    names = frame.column("loan.currency").to_pylist()
    at = {name: rates.at(name, as_of) for name in set(names) - {None, OWN}} if rates and as_of else {}
    counts: dict[str, int] = {}
    for row in np.nonzero(foreign)[0].tolist():
        quote = at.get(names[row])
        per_one[row] = own[row] or (quote.per_one if quote else None)
        counts[names[row]] = counts.get(names[row], 0) + (own[row] is None and quote is not None)
    where = frame.block.grid.at(frame.block.header_row)
    notes = (
        info("ingest.rate_used", where, found=name, day=quote.day.isoformat(), rate=_printed(quote.per_one), count=counts[name])
        for name, quote in sorted(at.items())
        if quote and counts.get(name)
    )
    return _Used(per_one, tuple(notes))


def _own_rates(frame: Frame) -> list[Fraction | None]:
    """The rates that the ledger itself has in a column, for one unit."""
    place = frame.block.places.get("loan.exchange_rate")
    if place is None:
        return [None] * frame.size
    per = 100 if "100" in place.header else 1
    cells = pc.struct_field(frame.columns["loan.exchange_rate"], "value").to_pylist()
    return [Fraction(Decimal(repr(cell))) / per if cell and cell > 0 else None for cell in cells]


def _times(amounts: pa.Array, per_one: Sequence[Fraction | None]) -> pa.Array:
    """Amounts times rates, half up to the hundredth; null where there is no rate. Nothing is nothing in any money."""
    nothing = pc.fill_null(pc.equal(amounts, 0), False)
    if per_one.count(None) == len(per_one):
        return pc.if_else(nothing, amounts, pa.scalar(None, pa.int64()))
    rows = [row for row, rate in enumerate(per_one) if rate is not None]
    made: list[int | None] = [None] * len(per_one)
    for row, amount in zip(rows, amounts.take(pa.array(rows, pa.int64())).to_pylist(), strict=True):
        rate = per_one[row]
        made[row] = None if amount is None or rate is None else int(round_half_up(amount * rate, 0))
    return pc.if_else(nothing, pa.scalar(0, pa.int64()), pa.array(made, pa.int64()))


def _others(frame: Frame, foreign: Mask, per_one: list[Fraction | None]) -> tuple[dict[str, pa.Array], list[Problem]]:
    """The other amounts in yuan: those of foreign rows are converted, or left empty where no rate is known."""
    places, found, notes = frame.block.places, {}, []
    is_original = bool({"loan.balance", "loan.original_balance"} & set(places))
    for field in AMOUNTS:
        if field not in places and not (field == "loan.amount" and "loan.original_amount" in places):
            continue
        values = frame.column(field, pa.int64())
        own = frame.column("loan.original_amount", pa.int64()) if field == "loan.amount" else pa.nulls(frame.size, pa.int64())
        is_yuan = field == "loan.amount" and {field, "loan.original_amount"} <= set(places)
        if not foreign.any() or not is_original or is_yuan:
            found[field] = pc.coalesce(values, pc.if_else(pa.array(foreign), _times(own, per_one), own))
            if field == "loan.amount":
                found["loan.original_amount"] = pc.coalesce(own, pc.if_else(pa.array(foreign), pa.scalar(None, pa.int64()), values))
            continue
        base = pc.coalesce(own, values)
        found[field] = pc.if_else(pa.array(foreign), _times(base, per_one), base)
        lost = int(pc.sum(pc.and_(pc.is_valid(base), pc.is_null(found[field]))).as_py() or 0)
        if field == "loan.amount":
            found["loan.original_amount"] = base
        if lost:
            place = places.get(field) or places["loan.original_amount"]
            where = frame.block.grid.at(frame.block.header_row, place.column)
            notes.append(warning("ingest.foreign_amounts_empty", where, column=place.header, count=lost))
    return found, notes


def _unconverted(
    frame: Frame, balance: pa.Array, original: pa.Array, foreign: Mask, *, day: date | None, has_rates: bool
) -> Iterator[Fault]:
    rows = np.nonzero(foreign & _mask(pc.is_null(balance)) & _mask(pc.is_valid(original)))[0]
    names, amounts = (column.take(pa.array(rows)).to_pylist() for column in (frame.column("loan.currency"), original))
    for row, name, amount in zip(rows.tolist(), names, amounts, strict=True):
        slots = {"found": name, "amount": f"{to_yuan(amount):,} {name}"}
        if has_rates and day:
            month = last_month_end(day).strftime("%Y-%m")
            yield frame.fault("loan.currency", _one(row), error("ingest.rate_missing", day=day.isoformat(), month=month, **slots))
        else:
            yield frame.fault("loan.currency", _one(row), error("ingest.currency_unsupported", **slots))


def _missing(frame: Frame, balance: pa.Array, original: pa.Array, foreign: Mask) -> Iterator[Fault]:
    """Rows without a balance (unless they are closed, or their cell is already told), and rows with a negative one."""
    places = frame.block.places
    field = next((f for f in ("loan.balance", "loan.original_balance") if f in places), "loan.balance_rmb")
    broken = np.zeros(frame.size, np.bool_)
    for fault in frame.faults:
        broken[fault.rows] |= fault.field in ("loan.balance", "loan.balance_rmb", "loan.original_balance") and fault.rejects
    closed = _mask(pc.fill_null(pc.is_in(frame.column("loan.status"), value_set=CLOSED), False))
    empty = _mask(pc.is_null(balance)) & ~(foreign & _mask(pc.is_valid(original))) & ~broken & ~closed
    if empty.any():
        said = error("ingest.amount_missing") if field in places else error("ingest.rows_without_amount", count=1)
        yield frame.fault(field, np.nonzero(empty)[0], said)
    for row in np.nonzero(_mask(pc.fill_null(pc.less(balance, 0), False)))[0].tolist():
        yield frame.fault(field, _one(row), error("ingest.balance_negative", found=balance[row].as_py() / 100))


def _apart(frame: Frame, in_yuan: pa.Array, converted: pa.Array, original: pa.Array, used: _Used) -> Iterator[Fault]:
    """Balances in yuan that are not the original times the rate to a fen."""
    differ = pc.greater(pc.abs(pc.subtract(in_yuan, converted)), _TOLERANCE)
    field = "loan.balance_rmb" if "loan.balance_rmb" in frame.block.places else "loan.balance"
    names = frame.column("loan.currency")
    for row in np.nonzero(_mask(pc.fill_null(differ, False)))[0].tolist():
        said = warning(
            "ingest.balance_rmb_differs",
            found=f"{to_yuan(in_yuan[row].as_py()):,}",
            total=f"{to_yuan(converted[row].as_py()):,}",
            amount=f"{to_yuan(original[row].as_py()):,}",
            currency=names[row].as_py() or OWN,
            rate=_printed(used.per_one[row] or Fraction(1)),
        )
        yield Fault(field, _one(row), said, rejects=False)


def _printed(rate: Fraction) -> str:
    return f"{round_half_up(rate, 8):f}".rstrip("0").rstrip(".")


def _one(row: int) -> Rows:
    return np.array([row], dtype=np.int64)


def _mask(mask: pa.Array) -> Mask:
    found: Mask = np.asarray(mask.to_numpy(zero_copy_only=False), dtype=np.bool_)
    return found

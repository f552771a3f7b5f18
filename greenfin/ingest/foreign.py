"""Amounts of the ledgers beside the loans that stand in foreign money, in yuan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pyarrow.compute as pc

from greenfin.core.money import to_yuan
from greenfin.core.problems import Problem, error, info
from greenfin.ingest.blocks import Block
from greenfin.ingest.converted import converted
from greenfin.ingest.exchange import OWN, Quote, Rates, last_month_end
from greenfin.ingest.frames import Fault, Frame
from greenfin.ingest.grids import Rows
from greenfin.ingest.vocabulary import fields


def in_yuan(frame: Frame, *, rates: Rates | None, as_of: date | None) -> Frame:
    """The frame with every amount in yuan; rows whose currency has no rate on the day are rejected.

    A ledger with an amount headed as one in RMB (``折人民币``) is left as it is.
    """
    if "loan.currency" not in frame.block.places or _is_in_rmb(frame.block):
        return frame
    currency = frame.column("loan.currency")
    columns = dict(frame.columns)
    money = [name for name in columns if (field := fields().get(name)) and field.kind == "money"]
    faults, notes = list(frame.faults), list(frame.notes)
    for name in (found for found in pc.unique(currency).to_pylist() if found not in (None, OWN)):
        rows: Rows = np.nonzero(pc.fill_null(pc.equal(currency, name), False).to_numpy(zero_copy_only=False))[0]
        quote = rates.at(name, as_of) if rates and as_of else None
        if quote is None:
            faults.extend(_refused(frame, money, rows, day=as_of if rates else None))
            continue
        mine = np.zeros(frame.size, np.bool_)
        mine[rows] = True
        columns |= {field: converted(columns[field], mine, quote.per_one) for field in money}
        notes.append(_said(frame, quote, count=len(rows)))
    return Frame(frame.block, frame.rows, columns, tuple(faults), tuple(notes))


def _is_in_rmb(block: Block) -> bool:
    return any("loan.balance_rmb" in place.heading.fields for place in block.places.values())


def _refused(frame: Frame, money: list[str], rows: Rows, *, day: date | None) -> Iterator[Fault]:
    """One fault for each row, with its amount as it stands; ``day`` where a table of rates has none for that day."""
    for row in rows.tolist():
        name = frame.column("loan.currency")[row].as_py()
        amount = next((value for field in money if (value := frame.columns[field][row].as_py()) is not None), 0)
        slots = {"found": name, "amount": f"{to_yuan(amount):,} {name}"}
        one: Rows = np.array([row], dtype=np.int64)
        if day is None:
            yield frame.fault("loan.currency", one, error("ingest.currency_unsupported", **slots))
        else:
            month = last_month_end(day).strftime("%Y-%m")
            yield frame.fault("loan.currency", one, error("ingest.rate_missing", day=day.isoformat(), month=month, **slots))


def _said(frame: Frame, quote: Quote, *, count: int) -> Problem:
    where = frame.block.grid.at(frame.block.header_row)
    rate = f"{float(quote.per_one):.6g}"
    return info("ingest.rate_used", where, found=quote.currency, day=quote.day.isoformat(), rate=rate, count=count)

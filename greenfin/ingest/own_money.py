"""Amounts of exposures in their own currencies -> yuan, or the one currency that a file has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import columns, empty
from greenfin.core.problems import Outcome, Problem, error, info
from greenfin.ingest.converted import converted
from greenfin.ingest.exchange import OWN, Quote, Rates
from greenfin.ingest.grids import Mask

_LOAN = frozenset(("balance_fen", "average_fen", "undrawn_fen", "value_at_origination_fen", "proceeds_fen", "gdp_ppp_fen"))


@dataclass(frozen=True, slots=True)
class Amounts:
    """Rows of ``exposures`` in hundredths of the currencies they stand in.

    ``codes``: the currency that a column's header names; ``plain``: columns whose header names a unit of yuan. The row's own currency
    (column ``currency``) is that of its loan, and of the borrower's amounts where their headers say nothing.
    """

    table: pa.Table
    codes: Mapping[str, str]
    plain: frozenset[str]


@cache
def money_columns() -> tuple[str, ...]:
    """The columns of ``exposures`` that hold money."""
    return tuple(c.name for c in columns() if c.table == "exposures" and c.name.endswith("_fen"))


def in_yuan(parts: Sequence[Amounts], *, rates: Rates | None, day: date) -> Outcome[pa.Table]:
    """All rows with amounts in yuan, half up to the fen, at the rates of the last month-end up to ``day``.

    Where every amount stands in one foreign currency and there are no rates, that currency stays and is said. An amount without a
    rate is left empty, and the row keeps its currency.
    """
    used = sorted({code for part in parts for name in money_columns() for code in _used(part, name)})
    if len(used) == 1 and used[0] != OWN and rates is None:
        tables = [_named(part.table, used[0]) for part in parts]
        return Outcome(_whole(tables), (info("ingest.own_currency", "", found=used[0]),))
    problems: list[Problem] = []
    quotes = {code: rates.at(code, day) if rates else None for code in used if code != OWN}
    tables = [_converted(part, quotes, day, problems) for part in parts]
    return Outcome(_whole(tables), tuple(problems))


def _whole(tables: Sequence[pa.Table]) -> pa.Table:
    return pa.concat_tables([empty("exposures"), *tables]).combine_chunks()


def _currency(part: Amounts, name: str) -> pa.Array:
    """The currency of each row's amount in a column."""
    size = part.table.num_rows
    if name in part.codes:
        return pa.array([part.codes[name]] * size, pa.string())
    if name in part.plain and name not in _LOAN:
        return pa.array([OWN] * size, pa.string())
    return pc.fill_null(part.table["currency"].combine_chunks(), part.codes.get("balance_fen", OWN))


def _used(part: Amounts, name: str) -> list[str]:
    has = pc.is_valid(part.table[name].combine_chunks())
    found: list[str] = pc.unique(_currency(part, name).filter(has)).to_pylist()
    return found


def _named(table: pa.Table, code: str) -> pa.Table:
    return _with(table, "currency", pa.array([code] * table.num_rows, pa.string()))


def _with(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def _converted(part: Amounts, quotes: Mapping[str, Quote | None], day: date, problems: list[Problem]) -> pa.Table:
    table, lacking = part.table, np.zeros(part.table.num_rows, np.bool_)
    for name in money_columns():
        codes = _currency(part, name)
        values = table[name].combine_chunks()
        for code in (found for found in _used(part, name) if found != OWN):
            rows = _mask(pc.and_(pc.equal(codes, code), pc.is_valid(values)))
            quote = quotes[code]
            values = converted(values, rows, None if quote is None else quote.per_one)
            if quote is None:
                lacking |= rows
        table = _with(table, name, values)
    for code, quote in quotes.items():
        names = money_columns() if quote is None else ("balance_fen",)  # whatever has no rate is told
        rows = np.logical_or.reduce([_mask(pc.and_(pc.equal(_currency(part, n), code), pc.is_valid(part.table[n]))) for n in names])
        if rows.any():
            where = table["source_cell"][int(np.flatnonzero(rows)[0])].as_py()
            problems.append(_said(code, quote, where=where, count=int(rows.sum()), day=day))
    kept = pc.if_else(pa.array(lacking), _currency(part, "balance_fen"), OWN)
    return _with(table, "currency", kept)


def _mask(values: pa.Array) -> Mask:
    return np.asarray(pc.fill_null(values, False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _said(code: str, quote: Quote | None, *, where: str, count: int, day: date) -> Problem:
    if quote is None:
        return error("ingest.exposure_rate_missing", where, found=code, count=count, day=day.isoformat())
    return info("ingest.rate_used", where, found=code, day=quote.day.isoformat(), rate=f"{float(quote.per_one):.6g}", count=count)

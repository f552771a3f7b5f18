"""Months that nobody stated, estimated where the user declares how; each estimated row is marked."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.period import MONTHS
from greenfin.core.problems import Problem, warning
from greenfin.core.units import ratio, same_dimension
from greenfin.footprint.activity import Activity, columns_of
from greenfin.footprint.emit import Asked
from greenfin.footprint.items import Items

Row = dict[str, object]


def with_estimates(found: Activity, operations: pa.Table, asked: Asked, *, items: Items) -> tuple[Activity, list[Problem]]:
    """The rows with one more for each month a site lacks of an item (``mean``: of its other months, ``last_year``: of the year before).

    Only months until the day of asking; an item with a single row that does not say what it covers is taken as the whole year.
    """
    how = asked.choices["estimate"]
    if how == "none":
        return found, []
    rows: list[Row] = []
    for (site, item), months in covered(found, items).items():
        missing = _missing(months, asked)
        if missing and len(months) > 1 and item not in items.occasional:
            here = found.table.filter(pc.and_(pc.equal(found.table["site"], site), pc.equal(found.table["item"], item)))
            rows.extend(_estimates(here, _last_year(operations, site, item, asked.year), missing, asked=asked))
    if not rows:
        return found, []
    more = pa.Table.from_pylist(rows, schema=found.table.schema)
    told = sorted({(str(r["site"]), str(r["item"])) for r in rows})
    problems = [_said([r for r in rows if (r["site"], r["item"]) == pair], how) for pair in told]
    return columns_of(pa.concat_tables([found.table, more]).combine_chunks()), problems


def covered(found: Activity, items: Items) -> dict[tuple[str, str], set[int]]:
    """The months that rows cover, by site and counted item; stocks are not looked at."""
    months: dict[tuple[str, str], set[int]] = {}
    for site, item, month, span in zip(
        found.sites.tolist(), found.items.tolist(), found.months.tolist(), found.spans.tolist(), strict=True
    ):
        if item in items.variants:
            months.setdefault((site, item), set()).update(range(month, min(month + max(span, 1), MONTHS + 1)))
    return dict(sorted(months.items()))


def _missing(months: set[int], asked: Asked) -> list[int]:
    last = min(MONTHS, asked.on.month) if asked.on.year == asked.year else MONTHS
    return sorted(set(range(1, last + 1)) - months)


def _last_year(operations: pa.Table, site: str, item: str, year: int) -> pa.Table:
    mine = operations.filter(pc.and_(pc.equal(operations["site"], site), pc.equal(operations["item"], item)))
    mine = mine.filter(pc.fill_null(pc.greater_equal(mine["quantity"], 0.0), False))  # what lacks or cannot be says nothing
    return mine.filter(pc.fill_null(pc.equal(pc.year(mine["month_on"]), year - 1), False))


def _estimates(here: pa.Table, before: pa.Table, missing: list[int], *, asked: Asked) -> list[Row]:
    pattern = here.slice(0, 1).to_pylist()[0]
    unit = str(pattern["unit"])
    rows = []
    for month in missing:
        source = here if asked.choices["estimate"] == "mean" else before.filter(pc.equal(pc.month(before["month_on"]), month))
        value = _mean(source, unit)
        if value is not None:
            rest = {"month_on": date(asked.year, month, 1), "quantity": value, "estimated": True, "months": 1}
            rows.append({**pattern, **rest, "cost_fen": None, "document": None, "from_on": None, "until_on": None})
    return rows


def _mean(rows: pa.Table, unit: str) -> float | None:
    """What these rows use a month, in a unit; None where there are none or they measure another thing."""
    units = rows["unit"].to_pylist()
    if not units or not all(u and same_dimension(u, unit) for u in units):
        return None
    amounts = [v * ratio(u, unit) for v, u in zip(rows["quantity"].to_pylist(), units, strict=True)]
    spans = zip(rows["month_on"].to_pylist(), pc.fill_null(rows["months"], 1).to_pylist(), strict=True)
    months = {day.month + i for day, span in spans for i in range(max(span, 1))}
    return float(np.sum(amounts)) / len(months)


def _said(rows: list[Row], how: str) -> Problem:
    months = " ".join(str(row["month_on"])[5:7] for row in rows)
    slots = {"site": rows[0]["site"], "item": rows[0]["item"], "months": months, "unit": rows[0]["unit"], "how": how}
    amounts = ", ".join(dict.fromkeys(f"{float(str(row['quantity'])):.6g}" for row in rows))
    return warning("footprint.estimated", str(rows[0]["source_cell"] or rows[0]["site"]), **slots, value=amounts)

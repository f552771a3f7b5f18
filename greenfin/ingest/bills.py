"""Bills of the own operations held against each other: negative, told twice, overlapping, months that lack, too late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.period import MONTHS
from greenfin.core.problems import Outcome, Problem, error, warning
from greenfin.ingest.sites import without_sums
from greenfin.ingest.vocabulary import marks

_STOCKS = ("staff", "area", "vehicles", "assets")  # counted at a day, not used up over the month
_NEAR = 0.005  # as in sheets of sites: printed sums are rounded


def check(table: pa.Table, *, until: date | None = None) -> Outcome[pa.Table]:
    """The rows with negative quantities rejected and repeated bills dropped; doubled and missing months are said.

    ``until`` is the data date: of its year only the months so far are asked for.
    """
    negative = pc.fill_null(pc.less(table["quantity"], 0), False)
    problems = [
        error("ingest.quantity_negative", row["source_cell"], found=row["quantity"], item=row["item"])
        for row in table.filter(negative).to_pylist()
    ]
    rejects = pc.if_else(negative, "ingest.quantity_negative", table["reject"])
    sums = without_sums(table.set_column(table.column_names.index("reject"), "reject", rejects))
    table = sums.value
    wholes, summed = _year_sums(table.filter(table["is_year"]))
    table = table.filter(pc.invert(pc.is_in(table["source_cell"], value_set=pa.array(wholes, type=pa.string()))))
    repeated, said = _doubled(table.filter(pc.invert(table["is_year"])))
    kept = table.filter(pc.invert(pc.is_in(table["source_cell"], value_set=pa.array(repeated, type=pa.string()))))
    good = kept.filter(pc.and_(pc.is_null(kept["reject"]), pc.invert(kept["is_year"])))
    return Outcome(kept, (*problems, *sums.problems, *summed, *said, *_overlaps(good), *_gaps(good, until), *_after(good, until)))


def _year_sums(yearly: pa.Table) -> tuple[list[str], list[Problem]]:
    """Cells of a year's total that only repeats its parts in other rows; and what is to be said of several rows of one year."""
    sums: list[str] = []
    problems = []
    keys = ["site", "item", "month_on", "meter", "unit"]
    counted = yearly.group_by(keys, use_threads=False).aggregate([("source_cell", "list"), ("quantity", "list")])
    for row in counted.filter(pc.greater(pc.list_value_length(counted["source_cell_list"]), 1)).to_pylist():
        known = [(value, cell) for value, cell in zip(row["quantity_list"], row["source_cell_list"], strict=True) if value is not None]
        most, where = max(known, default=(0.0, ""))
        rest = sum(value for value, _ in known) - most
        slots = {"year": row["month_on"].year, "item": row["item"], "count": len(known)}
        if len(known) > 2 and abs(most - rest) <= _NEAR * abs(most):
            sums.append(where)
            problems.append(warning("ingest.year_is_sum", where, found=most, **slots))
        elif len(known) > 1:
            problems.append(warning("ingest.year_twice", where, **slots))
    return sums, problems


def _doubled(monthly: pa.Table) -> tuple[list[str], list[Problem]]:
    """Cells that repeat another cell's month and quantity; and what is to be said of every month met twice. Meters stand apart."""
    repeated: list[str] = []
    problems = []
    counted = monthly.group_by(["site", "item", "use", "meter", "month_on", "from_on"], use_threads=False).aggregate(
        [("source_cell", "list"), ("quantity", "list"), ("document", "list")]
    )
    for row in counted.filter(pc.greater(pc.list_value_length(counted["source_cell_list"]), 1)).to_pylist():
        cells, amounts = row["source_cell_list"], row["quantity_list"]
        slots = {"month": row["month_on"].strftime("%Y-%m"), "item": row["item"], "first": cells[0]}
        bills = row["document_list"]
        if len(set(amounts)) == 1 and (None in bills or len(set(bills)) < len(bills)):  # the same quantity of two bills is twice as much
            repeated.extend(cells[1:])
            problems.append(warning("ingest.month_repeated", cells[-1], **slots))
        else:
            problems.append(warning("ingest.month_twice", cells[-1], **slots))
    return repeated, problems


def _overlaps(bills: pa.Table) -> Iterator[Problem]:
    """Bills of one meter whose periods share days (the day of a reading stands on both)."""
    keys = ("site", "item", "meter")
    dated = bills.filter(pc.and_(pc.is_valid(bills["from_on"]), pc.is_valid(bills["until_on"])))
    before: dict[str, object] | None = None
    for row in dated.sort_by([(name, "ascending") for name in (*keys, "from_on", "until_on")]).to_pylist():
        if before and all(row[k] == before[k] for k in keys) and row["from_on"] < before["until_on"]:
            slots = {"item": row["item"], "start": row["from_on"], "end": before["until_on"], "first": before["source_cell"]}
            yield warning("ingest.bills_overlap", row["source_cell"], **slots)
        before = row


def _gaps(monthly: pa.Table, until: date | None) -> Iterator[Problem]:
    flows = monthly.filter(pc.invert(pc.is_in(monthly["item"], value_set=pa.array([*_STOCKS, *marks()["occasional"]]))))
    held: dict[tuple[str, str, int], tuple[str, set[int]]] = {}
    names = ("site", "item", "month_on", "months", "source_cell")
    for site, item, first, span, cell in zip(*(flows[name].to_pylist() for name in names), strict=True):
        _, months = held.setdefault((site, item, first.year), (cell, set()))
        months.update(range(first.month, min(first.month + (span or 1), MONTHS + 1)))
    for (site, item, year), (cell, months) in held.items():
        last = until.month if until and until.year == year else MONTHS
        missing = sorted(set(range(1, last + 1)) - months)
        if missing:
            slots = {"site": site, "item": item, "year": year, "months": " ".join(map(str, missing)), "count": len(missing)}
            yield warning("ingest.months_missing", cell, **slots)


def _after(monthly: pa.Table, until: date | None) -> Iterator[Problem]:
    """Readings of the data date's year whose month begins after it: they count towards the year, which is not yet over."""
    if until is None:
        return
    later = monthly.filter(pc.and_(pc.greater(monthly["month_on"], until), pc.equal(pc.year(monthly["month_on"]), until.year)))
    if later.num_rows:
        yield warning("ingest.month_after_day", later["source_cell"][0].as_py(), count=later.num_rows, day=until)

"""The bank's own operations: site x month x item, row by row (long), in columns (wide), or with months or years as columns (pivot)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import schema
from greenfin.core.problems import Outcome, Problem, error, info, warning
from greenfin.ingest.blocks import Block, Place
from greenfin.ingest.cells import read_cells, shown
from greenfin.ingest.dates import period_of
from greenfin.ingest.frames import Frame, frame_of
from greenfin.ingest.grids import CellValue
from greenfin.ingest.headers import read_header
from greenfin.ingest.measured import acceptor, column_unit, kept_unit
from greenfin.ingest.numbers import number_reader
from greenfin.ingest.rows import body_of
from greenfin.ingest.sites import without_sums, year_of
from greenfin.ingest.vocabulary import Measure, marks, measures, names_of, plain

OPERATIONS = pa.schema([*schema("operations"), pa.field("reject", pa.string()), pa.field("is_year", pa.bool_())])
_NUMBER = pa.struct([("value", pa.float64()), ("unit", pa.string())])
_STOCKS = ("staff", "area", "vehicles")  # counted at a day, not used up over the month


def read_block(block: Block, *, year: int | None) -> Outcome[pa.Table]:
    """Candidate rows (``OPERATIONS``) of a block; ``year`` is what a bare ``3月`` belongs to where the sheet names no year."""
    frame = frame_of(block, industries={})
    year = year_of(block) or year
    if block.kind == "operations":
        return _long(frame, year=year)
    if block.kind == "operations_pivot":
        return _pivot(frame, year=year)
    parts, problems = [], list(frame.problems())
    days, years, wrong = _months(frame, year=year)
    problems.extend(wrong)
    for field, place in [*((f, p) for f, p in block.places.items() if f.startswith("item.")), *block.more]:
        part = _column(frame, measures()[field], place, days=days, years=years)
        parts.append(part.value)
        problems.extend(part.problems)
    return Outcome(pa.concat_tables(parts) if parts else OPERATIONS.empty_table(), tuple(problems))


def _months(frame: Frame, *, year: int | None) -> tuple[list[date | None], list[bool], list[Problem]]:
    """The first day of each row's month (or year), whether it is a whole year, and rows whose month has no year."""
    months = frame.column("ops.period").to_pylist()
    years = frame.column("row.year", pa.int64()).to_pylist()
    found = {pair: _first_day(pair[0], pair[1] or year) for pair in set(zip(months, years, strict=True))}
    days = [found[pair] for pair in zip(months, years, strict=True)]
    broken = {int(r) for f in frame.faults if f.field in ("ops.period", "row.year") for r in f.rows}
    field = "ops.period" if "ops.period" in frame.block.places else "row.year"
    missing = [r for r, day in enumerate(days) if day is None and r not in broken]
    problems = [
        error("ingest.month_unreadable", frame.at(r, field), found=months[r] or "", column=frame.block.places[field].header)
        for r in missing
    ]
    return days, [(bool(y) and m is None) or (m is not None and len(m) == 4) for m, y in zip(months, years, strict=True)], problems


def _first_day(month: str | None, year: int | None) -> date | None:
    if month is None:
        return date(year, 1, 1) if year else None
    if len(month) == 2:
        return date(year, int(month), 1) if year else None
    return date.fromisoformat(month) if len(month) == 10 else date(int(month), 1, 1)


def _column(frame: Frame, measure: Measure, place: Place, *, days: list[date | None], years: list[bool]) -> Outcome[pa.Table]:
    """The filled cells of one item's column."""
    cells = list(body_of(frame.block).cells(place.column))
    unit = column_unit(measure, place.heading.unit, cells)
    header = frame.block.grid.at(frame.block.header_row, place.column)
    if place.heading.doubt:
        said = error("ingest.unit_of_column_unknown", header, found=place.heading.doubt, column=place.header)
        return Outcome(OPERATIONS.empty_table(), (said,))
    if kept_unit(measure, unit) is None:
        return Outcome(
            OPERATIONS.empty_table(), (error("ingest.unit_wrong", header, found=unit, wanted=measure.default_unit, column=place.header),)
        )
    problems = list(_unit_notes(measure, place, unit, header))
    read = read_cells(cells, number_reader(unit, accepted=acceptor(measure), wanted=measure.default_unit), dtype=_NUMBER)
    problems.extend(_at_cells(frame, place, read.faults))
    rows = np.array([r for r in np.nonzero(pc.is_valid(read.values).to_numpy(zero_copy_only=False))[0].tolist() if days[r]], dtype=np.int64)
    broken = sorted(int(r) for rows_, _ in read.faults for r in rows_.tolist() if days[int(r)])
    every = np.concatenate([rows, np.array(broken, dtype=np.int64)])
    table = _rows(
        frame,
        every,
        item=measure.id.removeprefix("item."),
        days=[days[r] for r in every.tolist()],
        years=[years[r] for r in every.tolist()],
        numbers=read.values.take(pa.array(every)),
        cells=[frame.block.grid.at(int(frame.rows[r]), place.column) for r in every.tolist()],
        rejects=[None] * len(rows) + ["ingest.number_unreadable"] * len(broken),
    )
    return Outcome(table, tuple(problems))


def _unit_notes(measure: Measure, place: Place, unit: str, header: str) -> Iterator[Problem]:
    kept = kept_unit(measure, unit)
    if not place.heading.unit:
        yield info("ingest.unit_assumed", header, unit=unit, column=place.header)
    if kept != unit:
        yield info("ingest.unit_read_as", header, found=unit, unit=kept, column=place.header)


def _at_cells(
    frame: Frame, place: Place, faults: Sequence[tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Problem]]
) -> Iterator[Problem]:
    for rows, problem in faults:
        for row in rows.tolist():
            where = frame.block.grid.at(int(frame.rows[row]), place.column)
            yield Problem(problem.code, problem.severity, where, {**problem.params, "column": place.header})


def _rows(
    frame: Frame,
    rows: np.ndarray[tuple[int], np.dtype[np.int64]],
    *,
    item: str | list[str | None],
    days: list[date | None],
    years: list[bool],
    numbers: pa.Array,
    cells: list[str],
    rejects: list[str | None],
) -> pa.Table:
    taken, count = pa.array(rows), len(rows)
    sites = frame.column("ops.site").take(taken)
    made = {
        "site": pc.fill_null(sites, str(marks()["whole_bank"])),
        "region": frame.column("ops.region").take(taken),
        "month_on": pa.array(days, type=pa.date32()),
        "item": pa.array([item] * count if isinstance(item, str) else item, type=pa.string()),
        "quantity": pc.struct_field(numbers, "value"),
        "unit": pc.struct_field(numbers, "unit"),
        **_costs(frame, taken),
        "source_sheet": pa.array([frame.block.grid.sheet] * count, type=pa.string()),
        "source_row": pa.array(frame.rows[rows] + frame.block.grid.first_row, type=pa.int64()),
        "source_cell": pa.array(cells, type=pa.string()),
        "reject": pa.array(rejects, type=pa.string()),
        "is_year": pa.array(years, type=pa.bool_()),
    }
    arrays = [made.get(f.name, pa.nulls(count, f.type)) for f in OPERATIONS]
    return pa.Table.from_arrays(arrays, schema=OPERATIONS)


def _costs(frame: Frame, rows: pa.Array) -> dict[str, pa.Array]:
    """What was paid and by which bill; only where a row is one item (a row of many items does not say what was paid for which)."""
    if frame.block.kind != "operations":
        return {}
    return {"cost_fen": frame.column("ops.amount", pa.int64()).take(rows), "document": frame.column("ops.doc").take(rows)}


def _items(frame: Frame) -> tuple[list[str | None], list[str], list[Problem]]:
    """Item ids of the rows, the unit in the item's own text (``用电量(千瓦时)``), and items nobody knows."""
    written = _written(frame)
    known = {text: _item(text) for text in set(written)}
    problems = [
        warning("ingest.item_unknown", frame.at(r, "ops.item"), found=shown(text))
        for r, text in enumerate(written)
        if text and not known[text][0]
    ]
    return [known[text][0] for text in written], [known[text][1] for text in written], problems


def _written(frame: Frame) -> list[str]:
    place = frame.block.places["ops.item"]
    return ["" if cell is None else str(cell).strip() for cell in body_of(frame.block).cells(place.column)]


def _item(text: str) -> tuple[str | None, str]:
    heading = read_header(text)
    fields = [f for f in heading.fields if f.startswith("item.")]
    if fields:
        return fields[0].removeprefix("item."), heading.unit or heading.doubt
    return names_of("item.").get(plain(text)), ""


def _long(frame: Frame, *, year: int | None) -> Outcome[pa.Table]:
    items, _, said = _items(frame)
    days, years, wrong = _months(frame, year=year)
    values = body_of(frame.block).cells(frame.block.places["ops.qty"].column)
    return _table(frame, items, days=days, years=years, cells=list(values), field="ops.qty", said=[*frame.problems(), *said, *wrong])


def _table(
    frame: Frame,
    items: list[str | None],
    *,
    days: list[date | None],
    years: list[bool],
    cells: list[CellValue],
    field: str,
    said: list[Problem],
    place: Place | None = None,
) -> Outcome[pa.Table]:
    """Rows of items in one column of quantities, read item and unit at a time."""
    place = place or frame.block.places[field]
    units = frame.column("row.unit").to_pylist()
    inline = _items(frame)[1]
    triples = [(i, u or t or place.heading.unit) for i, u, t in zip(items, units, inline, strict=True)]
    parts, problems = [], said
    for item, unit in dict.fromkeys(t for t in triples if t[0]):
        rows = np.array([r for r, t in enumerate(triples) if t == (item, unit) and days[r]], dtype=np.int64)
        part = _group(frame, rows, measure=measures()[f"item.{item}"], unit=unit, place=place, cells=cells, days=days, years=years)
        parts.append(part.value)
        problems.extend(part.problems)
    once = {(p.code, p.where, str(sorted(p.params.items()))): p for p in problems}  # the frame has said what no unit mends
    return Outcome(pa.concat_tables(parts) if parts else OPERATIONS.empty_table(), tuple(once.values()))


def _group(
    frame: Frame,
    rows: np.ndarray[tuple[int], np.dtype[np.int64]],
    *,
    measure: Measure,
    unit: str,
    place: Place,
    cells: list[CellValue],
    days: list[date | None],
    years: list[bool],
) -> Outcome[pa.Table]:
    mine = [cells[r] for r in rows.tolist()]
    wanted = unit if unit and unit != "dimensionless" else measure.default_unit
    where = [frame.block.grid.at(int(frame.rows[r]), place.column) for r in rows.tolist()]
    read = read_cells(mine, number_reader(wanted, accepted=acceptor(measure), wanted=measure.default_unit), dtype=_NUMBER)
    problems = [
        Problem(p.code, p.severity, where[int(r)], {**p.params, "column": place.header}) for wrong, p in read.faults for r in wrong.tolist()
    ]
    kept = kept_unit(measure, wanted)
    if where and not unit:
        problems.append(info("ingest.unit_assumed", where[0], unit=wanted, column=place.header))
    if where and kept not in (None, wanted):
        problems.append(info("ingest.unit_read_as", where[0], found=wanted, unit=kept, column=place.header))
    refused = frame.rejects()
    rejects: list[str | None] = [refused[r] for r in rows.tolist()]
    for wrong, problem in read.faults:
        for r in wrong.tolist():
            rejects[r] = problem.code
    worth = [i for i, (v, r) in enumerate(zip(read.values.is_valid().to_pylist(), rejects, strict=True)) if v or r]
    table = _rows(
        frame,
        rows[worth],
        item=measure.id.removeprefix("item."),
        days=[days[int(rows[i])] for i in worth],
        years=[years[int(rows[i])] for i in worth],
        numbers=read.values.take(pa.array(worth, type=pa.int64())),
        cells=[where[i] for i in worth],
        rejects=[rejects[i] for i in worth],
    )
    return Outcome(table, tuple(problems))


def _pivot(frame: Frame, *, year: int | None) -> Outcome[pa.Table]:
    """Items down, months or years across."""
    items, _, said = _items(frame)
    parts, problems = [], [*frame.problems(), *said]
    body = body_of(frame.block)
    whole = {found[0].year for p in frame.block.periods if (found := period_of(p.header, year=None)) and found[1]}
    year = whole.pop() if len(whole) == 1 else year  # a year's column beside its months says which year they are of
    for place in frame.block.periods:
        found = period_of(place.header, year=year)
        if found is None:
            problems.append(
                error(
                    "ingest.month_unreadable",
                    frame.block.grid.at(frame.block.header_row, place.column),
                    found=place.header,
                    column=place.header,
                )
            )
            continue
        days: list[date | None] = [found[0]] * frame.size
        part = _table(
            frame, items, days=days, years=[found[1]] * frame.size, cells=list(body.cells(place.column)), field="", said=[], place=place
        )
        parts.append(part.value)
        problems.extend(part.problems)
    return Outcome(pa.concat_tables(parts) if parts else OPERATIONS.empty_table(), tuple(problems))


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
    repeated, said = _doubled(table.filter(pc.invert(table["is_year"])))
    kept = table.filter(pc.invert(pc.is_in(table["source_cell"], value_set=pa.array(repeated, type=pa.string()))))
    good = kept.filter(pc.and_(pc.is_null(kept["reject"]), pc.invert(kept["is_year"])))
    return Outcome(kept, (*problems, *sums.problems, *said, *_gaps(good, until), *_after(good, until)))


def _doubled(monthly: pa.Table) -> tuple[list[str], list[Problem]]:
    """Cells that repeat another cell's month and quantity; and what is to be said of every month met twice."""
    repeated: list[str] = []
    problems = []
    counted = monthly.group_by(["site", "item", "month_on"], use_threads=False).aggregate(
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


def _gaps(monthly: pa.Table, until: date | None) -> Iterator[Problem]:
    flows = monthly.filter(pc.invert(pc.is_in(monthly["item"], value_set=pa.array(_STOCKS))))
    dated = flows.append_column("year", pc.year(flows["month_on"])).append_column("month", pc.month(flows["month_on"]))
    held = dated.group_by(["site", "item", "year"], use_threads=False).aggregate([("month", "distinct"), ("source_cell", "first")])
    short = held.filter(pc.less(pc.list_value_length(held["month_distinct"]), 12))
    for row in short.to_pylist():
        last = until.month if until and until.year == row["year"] else 12
        missing = sorted(set(range(1, last + 1)) - set(row["month_distinct"]))
        if missing:
            months = " ".join(map(str, missing))
            slots = {"site": row["site"], "item": row["item"], "year": row["year"], "months": months, "count": len(missing)}
            yield warning("ingest.months_missing", row["source_cell_first"], **slots)


def _after(monthly: pa.Table, until: date | None) -> Iterator[Problem]:
    """Readings of the data date's year whose month begins after it: they count towards the year, which is not yet over."""
    if until is None:
        return
    later = monthly.filter(pc.and_(pc.greater(monthly["month_on"], until), pc.equal(pc.year(monthly["month_on"]), until.year)))
    if later.num_rows:
        yield warning("ingest.month_after_day", later["source_cell"][0].as_py(), count=later.num_rows, day=until)

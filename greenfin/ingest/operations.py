"""The bank's own operations: site x month x item, row by row (long), in columns (wide), or with months or years as columns (pivot)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import schema
from greenfin.core.period import MONTHS
from greenfin.core.problems import Outcome, Problem, error, info, warning
from greenfin.ingest.blocks import Block, Place
from greenfin.ingest.cells import read_cells
from greenfin.ingest.dates import period_of, stretch_of
from greenfin.ingest.frames import Frame, frame_of
from greenfin.ingest.grids import CellValue
from greenfin.ingest.item_names import items_of_rows, uses_of_rows, with_items
from greenfin.ingest.measured import acceptor, column_unit, kept_unit
from greenfin.ingest.numbers import number_reader
from greenfin.ingest.periods import months_of_rows, spans_of_rows
from greenfin.ingest.rows import body_of
from greenfin.ingest.sites import names_sum, year_of
from greenfin.ingest.vocabulary import Measure, marks, measures

OPERATIONS = pa.schema([*schema("operations"), pa.field("reject", pa.string()), pa.field("is_year", pa.bool_())])
_LONG = ("operations", "operations_list")
_GREEN = ("green_electricity", "green_certificates")  # what counts only with its evidence
_NUMBER = pa.struct([("value", pa.float64()), ("unit", pa.string())])


def read_block(block: Block, *, year: int | None) -> Outcome[pa.Table]:
    """Candidate rows (``OPERATIONS``) of a block; ``year`` is what a bare ``3月`` belongs to where the sheet names no year."""
    block = with_items(block)
    frame = frame_of(block, industries={})
    read = _read(frame, year=year)
    return Outcome(read.value, (*read.problems, *_idle(frame, read.value)))


def _idle(frame: Frame, read: pa.Table) -> Iterator[Problem]:
    """Sites that are named without any quantity."""
    names = frame.column("ops.site").to_pylist() if "ops.site" in frame.block.places else []
    told = {name: row for row, name in reversed(list(enumerate(names))) if name and not names_sum(name)}
    for name in sorted(set(told) - set(read["site"].to_pylist())):
        yield warning("ingest.site_without_quantity", frame.at(told[name], "ops.site"), site=name)


def _read(frame: Frame, *, year: int | None) -> Outcome[pa.Table]:
    block = frame.block
    year = year_of(block) or year
    if block.kind in ("operations", "operations_list"):
        return _long(frame, year=year)
    if block.kind in ("operations_pivot", "operations_year", "operations_months"):
        return _pivot(frame, year=year)
    parts, problems = [], list(frame.problems())
    days, years, wrong = months_of_rows(frame, year=year)
    problems.extend(wrong)
    for field, place in [*((f, p) for f, p in block.places.items() if f.startswith("item.")), *block.more]:
        part = _column(frame, measures()[field], place, days=days, years=years)
        parts.append(part.value)
        problems.extend(part.problems)
    return Outcome(pa.concat_tables(parts) if parts else OPERATIONS.empty_table(), tuple(problems))


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
        header=place.header,
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
    header: str = "",
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
        "document": frame.column("ops.doc").take(taken) if frame.block.kind in _LONG or item in _GREEN else pa.nulls(count, pa.string()),
        "meter": frame.column("ops.meter").take(taken),
        "use": pa.array(uses_of_rows(frame, rows, item, header=header), type=pa.string()),
        "confirmed": frame.column("ops.confirmed", pa.bool_()).take(taken),
        **spans_of_rows(frame, rows, years),
        **_factors(frame, taken),
        "source_sheet": pa.array([frame.block.grid.sheet] * count, type=pa.string()),
        "source_row": pa.array(frame.rows[rows] + frame.block.grid.first_row, type=pa.int64()),
        "source_cell": pa.array(cells, type=pa.string()),
        "reject": pa.array(rejects, type=pa.string()),
        "is_year": pa.array(years, type=pa.bool_()),
    }
    arrays = [made.get(f.name, pa.nulls(count, f.type)) for f in OPERATIONS]
    return pa.Table.from_arrays(arrays, schema=OPERATIONS)


def _factors(frame: Frame, rows: pa.Array) -> dict[str, pa.Array]:
    """The file's own factors with the unit beside them, in their column's header or in their cell."""
    if "ops.factor" not in frame.block.places:
        return {}
    numbers = frame.column("ops.factor", _NUMBER).take(rows)
    values, written = pc.struct_field(numbers, "value"), pc.struct_field(numbers, "unit")
    stated = pc.coalesce(frame.column("ops.factor_unit").take(rows), pc.if_else(pc.equal(written, ""), None, written))
    units = pc.fill_null(stated, frame.block.places["ops.factor"].heading.unit)
    return {"factor": values, "factor_unit": pc.if_else(pc.is_valid(values), units, None)}


def _costs(frame: Frame, rows: pa.Array) -> dict[str, pa.Array]:
    """What was paid; only where a row is one item (a row of many items does not say what was paid for which)."""
    return {"cost_fen": frame.column("ops.amount", pa.int64()).take(rows)} if frame.block.kind in _LONG else {}


def _long(frame: Frame, *, year: int | None) -> Outcome[pa.Table]:
    items, _, said = items_of_rows(frame)
    days, years, wrong = months_of_rows(frame, year=year)
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
    inline = items_of_rows(frame)[1]
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
    """Items down, months, quarters or years across; a quarter beside its months only repeats them."""
    items, _, said = items_of_rows(frame)
    parts, problems = [], [*frame.problems(), *said]
    body, grid = body_of(frame.block), frame.block.grid
    whole = {known[0].year for p in frame.block.periods if (known := period_of(p.header, year=None)) and known[1]}
    year = whole.pop() if len(whole) == 1 else year  # a year's column beside its months says which year they are of
    read = [(place, _headed(place.header, year)) for place in frame.block.periods]
    told = [found for _, found in read if found]
    for place, found in read:
        where = grid.at(frame.block.header_row, place.column)
        if found is None:
            problems.append(error("ingest.month_unreadable", where, found=place.header, column=place.header))
            continue
        day, span, is_year = found
        if span > 1 and not is_year and _repeats(found, told):
            problems.append(info("ingest.stretch_left_out", where, column=place.header))
            continue
        days: list[date | None] = [day] * frame.size
        years, cells = [is_year] * frame.size, list(body.cells(place.column))
        part = _table(frame, items, days=days, years=years, cells=cells, field="", said=[], place=place)
        at = part.value.column_names.index("months")
        parts.append(part.value.set_column(at, "months", pa.array([span] * part.value.num_rows, type=pa.int64())))
        problems.extend(part.problems)
    return Outcome(pa.concat_tables(parts) if parts else OPERATIONS.empty_table(), tuple(problems))


def _headed(header: str, year: int | None) -> tuple[date, int, bool] | None:
    """The first day, the number of months and whether it is a year, of a column's period."""
    if several := stretch_of(header, year=year):
        return (*several, False)
    found = period_of(header, year=year)
    return (found[0], MONTHS if found[1] else 1, found[1]) if found else None


def _repeats(mine: tuple[date, int, bool], others: Sequence[tuple[date, int, bool]]) -> bool:
    """Whether shorter periods cover every month of a longer one."""
    shorter = {(day.year, day.month + i) for day, span, _ in others if span < mine[1] for i in range(span)}
    return {(mine[0].year, mine[0].month + i) for i in range(mine[1])} <= shorter

"""The project sheet and its benefit inputs, in columns (wide) or row by row (long)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import schema
from greenfin.core.problems import Outcome, Problem, error, info
from greenfin.ingest.blocks import Block, Place
from greenfin.ingest.cells import read_cells, shown
from greenfin.ingest.elements import element_of
from greenfin.ingest.frames import Fault, Frame, frame_of
from greenfin.ingest.measured import acceptor, column_unit, kept_unit
from greenfin.ingest.numbers import number_reader
from greenfin.ingest.quantities import quantities
from greenfin.ingest.rows import body_of
from greenfin.ingest.vocabulary import Measure, column_of, mark, measures, names_of, plain
from greenfin.reference.places import province_of

RESULT = "result."
_WIDE = ("input.", RESULT)
_RESULTS_ALONE = ("result.tce", "result.co2", "result.water")
INPUTS = pa.schema(
    [*schema("inputs"), pa.field("reject", pa.string()), pa.field("source_row", pa.int64()), pa.field("source_sheet", pa.string())]
)


def read_projects(block: Block, *, industries: Mapping[str, object]) -> Outcome[tuple[pa.Table, pa.Table]]:
    """Candidate project rows (``projects`` and ``reject``) and the inputs that stand in their columns (``INPUTS``)."""
    frame = _keyed(frame_of(block, industries=industries))
    made = {name: frame.columns[f] for f, name in column_of("projects").items() if f in frame.columns}
    numbers, said = quantities(frame, "projects")
    made |= numbers
    made["region"], placed = _regions(frame)
    made["source_sheet"] = pa.array([block.grid.sheet] * frame.size, type=pa.string())
    made["source_row"] = pa.array(frame.rows + block.grid.first_row, type=pa.int64())
    rejects = pa.array(frame.rejects(), type=pa.string())
    arrays = [made.get(f.name, pa.nulls(frame.size, f.type)).cast(f.type) for f in schema("projects")]
    table = pa.Table.from_arrays(arrays, schema=schema("projects")).append_column("reject", rejects)
    inputs = wide_inputs(frame)
    return Outcome((table, inputs.value), (*frame.problems(), *said, *placed, *inputs.problems))


def _regions(frame: Frame) -> tuple[pa.Array, list[Problem]]:
    """The places of the projects; where none stands, the province at the front of the address."""
    given, addresses = frame.column("proj.region"), frame.column("proj.address")
    left = pc.and_(pc.is_null(given), pc.is_valid(addresses)).to_numpy(zero_copy_only=False)
    found = {row: digits for row in np.nonzero(left)[0].tolist() if (digits := province_of(addresses[row].as_py()))}
    if not found:
        return given, []
    places = [f"{found[row]:0<6}" if row in found else place for row, place in enumerate(given.to_pylist())]
    place = frame.block.places["proj.address"]
    where = frame.block.grid.at(frame.block.header_row, place.column)
    return pa.array(places, pa.string()), [info("ingest.region_of_address", where, column=place.header, count=len(found))]


def _keyed(frame: Frame) -> Frame:
    keys = frame.column("proj.no")
    broken = {int(r) for f in frame.faults if f.field == "proj.no" for r in f.rows}
    empty = [r for r in np.nonzero(pc.is_null(keys).to_numpy(zero_copy_only=False))[0].tolist() if r not in broken]
    if not empty:
        return frame
    fault = frame.fault("proj.no", np.array(empty, dtype=np.int64), error("ingest.key_missing"))
    return Frame(frame.block, frame.rows, frame.columns, (*frame.faults, fault), frame.notes)


def wide_inputs(frame: Frame) -> Outcome[pa.Table]:
    """One row per filled cell of the input columns of a project sheet, and of the columns of the bank's own results."""
    body = body_of(frame.block)
    places = [(f, p) for f, p in (*frame.block.places.items(), *frame.block.more) if f.startswith(_WIDE)]
    parts: list[pa.Table] = []
    problems: list[Problem] = []
    for field, place in places:
        if field.startswith(RESULT) and not _is_result(field, place, places):
            where = frame.block.grid.at(frame.block.header_row, place.column)
            problems.append(info("ingest.column_unknown", where, column=place.header))  # a concentration is no result
            continue
        part = _wide_column(frame, field, place, cells=list(body.cells(place.column)))
        parts.append(part.value)
        problems.extend(part.problems)
    return Outcome(pa.concat_tables(parts) if parts else INPUTS.empty_table(), tuple(problems))


def _is_result(field: str, place: Place, places: list[tuple[str, Place]]) -> bool:
    """Whether a column is the bank's own result: a bare ``氨氮`` is one only beside energy, carbon or water, under no ``进水``."""
    header = plain(place.header)
    if header.endswith(tuple(mark("substances"))) and not place.heading.unit:
        return any(other in _RESULTS_ALONE for other, _ in places) and not any(word in header for word in mark("concentration_words"))
    return kept_unit(measures()[field], place.heading.unit or measures()[field].default_unit) is not None


def _wide_column(frame: Frame, field: str, place: Place, *, cells: list[object]) -> Outcome[pa.Table]:
    grid, measure = frame.block.grid, measures()[field]
    header = grid.at(frame.block.header_row, place.column)
    unit = column_unit(measure, place.heading.unit, cells)  # type: ignore[arg-type]  # cells of a grid
    problems: list[Problem] = []
    if place.heading.doubt:
        return Outcome(
            INPUTS.empty_table(), (error("ingest.unit_of_column_unknown", header, found=place.heading.doubt, column=place.header),)
        )
    if kept_unit(measure, unit) is None:
        return Outcome(
            INPUTS.empty_table(), (error("ingest.unit_wrong", header, found=unit, wanted=measure.default_unit, column=place.header),)
        )
    if not place.heading.unit and unit != "dimensionless":
        problems.append(info("ingest.unit_assumed", header, unit=unit, column=place.header))
    read = read_cells(cells, number_reader(unit, accepted=acceptor(measure), wanted=measure.default_unit), dtype=_NUMBER)  # type: ignore[arg-type]
    problems.extend(
        Problem(p.code, p.severity, grid.at(int(frame.rows[r]), place.column), {**p.params, "column": place.header})
        for rows, p in read.faults
        for r in rows.tolist()
    )
    filled = np.nonzero(pc.is_valid(read.values).to_numpy(zero_copy_only=False))[0]
    basis, said = _basis(frame, place, has_values=bool(len(filled)))
    return Outcome(_input_rows(frame, field, place, values=read.values, filled=filled, basis=basis), (*problems, *said))


_NUMBER = pa.struct([("value", pa.float64()), ("unit", pa.string())])


def _basis(frame: Frame, place: Place, *, has_values: bool) -> tuple[pa.Array, list[Problem]]:
    """Design or actual: the header's word, else the row's column, else design (with a note)."""
    if place.heading.basis:
        return pa.array([place.heading.basis] * frame.size, type=pa.string()), []
    given = frame.column("ben.basis")
    said = []
    if has_values and given.null_count == frame.size:
        said.append(info("ingest.basis_assumed", frame.block.grid.at(frame.block.header_row, place.column), column=place.header))
    return pc.fill_null(given, "design"), said


def _input_rows(
    frame: Frame, field: str, place: Place, *, values: pa.Array, filled: np.ndarray[tuple[int], np.dtype[np.int64]], basis: pa.Array
) -> pa.Table:
    grid, taken = frame.block.grid, pa.array(filled)
    years = frame.column("ben.year", pa.int64())
    if place.heading.year:
        years = pa.array([place.heading.year] * frame.size, type=pa.int64())
    count = len(filled)
    return pa.Table.from_arrays(
        [
            frame.column("proj.no").take(taken),
            pa.array([field.removeprefix("input.")] * count, type=pa.string()),
            pc.struct_field(values, "value").take(taken),
            pc.struct_field(values, "unit").take(taken),
            basis.take(taken),
            years.take(taken),
            pa.array([grid.at(int(frame.rows[r]), place.column) for r in filled.tolist()], type=pa.string()),
            pa.array(frame.rejects(), type=pa.string()).take(taken),
            pa.array(frame.rows[filled] + grid.first_row, type=pa.int64()),
            pa.array([grid.sheet] * count, type=pa.string()),
        ],
        schema=INPUTS,
    )


def read_inputs(block: Block, *, industries: Mapping[str, object]) -> Outcome[pa.Table]:
    """Candidate input rows (``INPUTS``) of a sheet with one input per row, or of a wide sheet without project facts."""
    frame = _keyed(frame_of(block, industries=industries))
    if block.kind == "inputs_wide":
        inputs = wide_inputs(frame)
        return Outcome(inputs.value, (*frame.problems(), *inputs.problems))
    names, faults, unused = _named(frame)
    frame = _spared(frame, unused)
    values, units, more = _long_values(frame, names)
    whole = Frame(
        frame.block, frame.rows, frame.columns, (*frame.faults, *faults, *more), (*frame.notes, *_unit_notes(frame, values, units))
    )
    basis = pc.fill_null(frame.column("ben.basis"), "design")
    cells = [frame.at(r, "row.value") for r in range(frame.size)]
    arrays = [
        frame.column("proj.no"),
        pa.array(names, type=pa.string()),
        pa.array(values, type=pa.float64()),
        pa.array(units, type=pa.string()),
        basis,
        frame.column("ben.year", pa.int64()),
        pa.array(cells, type=pa.string()),
        pa.array(whole.rejects(), type=pa.string()),
        pa.array(frame.rows + block.grid.first_row, type=pa.int64()),
        pa.array([block.grid.sheet] * frame.size, type=pa.string()),
    ]
    table = pa.Table.from_arrays(arrays, schema=INPUTS)
    return Outcome(table.filter(pc.is_valid(table["value"]) if not whole.faults else _worth(table)), tuple(whole.problems()))


def _worth(table: pa.Table) -> pa.Array:
    return pc.or_(pc.is_valid(table["value"]), pc.is_valid(table["reject"]))


def _named(frame: Frame) -> tuple[list[str | None], list[Fault], list[int]]:
    """Indicator names or the regulator's element codes -> method input names; faults; rows of elements that no method uses."""
    pairs = list(zip(frame.column("row.input").to_pylist(), frame.column("row.input_code").to_pylist(), strict=True))
    known = {pair: (_input(pair[0]), _input(pair[1])) for pair in set(pairs)}
    names = [known[pair][1] or known[pair][0] for pair in pairs]
    unused = [row for row, (pair, name) in enumerate(zip(pairs, names, strict=True)) if name is None and any(map(_is_element, pair))]
    field = "row.input" if "row.input" in frame.block.places else "row.input_code"
    faults = []
    for row, (pair, name) in enumerate(zip(pairs, names, strict=True)):
        by_name, by_code = known[pair]
        if by_name and by_code and by_name != by_code:
            faults.append(frame.fault(field, _row(row), error("ingest.input_code_differs", found=shown(pair[0]), element=shown(pair[1]))))
        elif name is None and any(pair) and row not in unused:
            faults.append(frame.fault(field, _row(row), error("ingest.input_unknown", found=shown(pair[0] or pair[1]))))
    return names, faults, unused


def _row(row: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([row], dtype=np.int64)


def _input(text: str | None) -> str | None:
    if not text:
        return None
    element = element_of(text)
    return (element.input if element else "") or names_of("input.").get(text) or _known_header(text) or _result(text)


def _result(text: str) -> str | None:
    """The bank's own result that an indicator names."""
    from greenfin.ingest.headers import read_header

    if found := names_of(RESULT).get(plain(text)):
        return f"{RESULT}{found}"
    return next((field for field in read_header(text).fields if field.startswith(RESULT)), None)


def _is_element(text: str | None) -> bool:
    """Whether a text is a code or a name of the regulator's list, whatever it stands for."""
    return bool(text and element_of(text))


def _spared(frame: Frame, unused: list[int]) -> Frame:
    """The frame without the faults of elements that no method uses: their values are words or other things."""
    if not unused:
        return frame
    place = frame.block.places.get("row.input_code") or frame.block.places["row.input"]
    texts = [frame.column(f).take(pa.array(unused)).to_pylist() for f in ("row.input_code", "row.input")]
    found = [(element_of(code or "") or element_of(name or "")) for code, name in zip(*texts, strict=True)]
    listed = sorted({f"{element.code} {element.name}" for element in found if element})
    where = frame.block.grid.at(int(frame.rows[unused[0]]), place.column)
    said = info("ingest.element_unused", where, count=len(unused), elements=", ".join(listed[:_LISTED]), of=len(listed))
    faults = [Fault(f.field, rows, f.problem, f.rejects) for f in frame.faults if len(rows := np.setdiff1d(f.rows, unused))]
    return Frame(frame.block, frame.rows, frame.columns, tuple(faults), (*frame.notes, said))


_LISTED = 12


def _known_header(text: str) -> str | None:
    from greenfin.ingest.headers import read_header

    fields = [f for f in read_header(text).fields if f.startswith("input.")]
    return fields[0].removeprefix("input.") if fields else names_of("input.").get(plain(text))


def _long_values(frame: Frame, names: list[str | None]) -> tuple[list[float | None], list[str | None], list[Fault]]:
    """The value and kept unit of each row; each pair of input and unit is judged once."""
    numbers = frame.column("row.value", _NUMBER)
    values = pc.struct_field(numbers, "value").to_pylist()
    written = pc.coalesce(_null_if_empty(pc.struct_field(numbers, "unit")), frame.column("row.unit")).to_pylist()
    pairs = list(zip(names, written, strict=True))
    kept = {pair: _kept(pair, [v for v, p in zip(values, pairs, strict=True) if p == pair]) for pair in dict.fromkeys(pairs)}
    wrong = {pair for pair, unit in kept.items() if unit is None and pair[0]}
    field = "row.unit" if "row.unit" in frame.block.places else "row.value"
    faults = [
        frame.fault(
            field,
            np.array([i for i, p in enumerate(pairs) if p == pair], dtype=np.int64),
            error("ingest.unit_wrong", found=pair[1], wanted=_wanted(pair[0])),
        )
        for pair in sorted(wrong, key=str)
    ]
    return [v if kept[p] else None for v, p in zip(values, pairs, strict=True)], [kept[p] for p in pairs], faults


def _unit_notes(frame: Frame, values: list[float | None], units: list[str | None]) -> Iterator[Problem]:
    """Values whose unit stands neither in the cell nor beside it."""
    beside = frame.column("row.unit").to_pylist()
    inside = pc.struct_field(frame.column("row.value", _NUMBER), "unit").to_pylist()
    for row, unit in enumerate(units):
        if values[row] is not None and not beside[row] and not inside[row] and unit != "dimensionless":
            yield info("ingest.unit_assumed", frame.at(row, "row.value"), unit=unit, column=frame.block.places["row.value"].header)


def _null_if_empty(units: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(units, ""), pa.scalar(None, pa.string()), units)


def _kept(pair: tuple[str | None, str | None], values: list[float | None]) -> str | None:
    name, unit = pair
    if name is None:
        return None
    return kept_unit(_measure(name), unit or column_unit(_measure(name), "", values))


def _wanted(name: str | None) -> str:
    return _measure(name or "").default_unit


def _measure(name: str) -> Measure:
    return measures()[name if name.startswith(RESULT) else f"input.{name}"]


def without_results(candidates: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Candidate inputs, and the bank's own results among them (``stated_benefits`` with ``reject`` and the row's place)."""
    is_result = pc.fill_null(pc.starts_with(candidates["input"], pattern=RESULT), False)
    stated = candidates.filter(is_result)
    names = pc.replace_substring_regex(stated["input"], pattern=f"^{re.escape(RESULT)}", replacement="")
    stated = stated.set_column(stated.column_names.index("input"), "output", names)
    return candidates.filter(pc.invert(is_result)), stated


def doubled_inputs(table: pa.Table, *, name: str = "input") -> Iterator[Problem]:
    """Inputs (or stated results) given twice for the same project, name, basis and year: an error where the values differ."""
    keys = ["project_id", name, "basis", "year"]
    counted = table.group_by(keys, use_threads=False).aggregate([("source_cell", "list"), ("value", "count_distinct")])
    for row in counted.filter(pc.greater(pc.list_value_length(counted["source_cell_list"]), 1)).to_pylist():
        first, *_, last = row["source_cell_list"]
        if row["value_count_distinct"] > 1:
            yield error("ingest.input_conflict", last, project=row["project_id"], input=row[name], first=first)
        else:
            yield info("ingest.input_twice", last, project=row["project_id"], input=row[name], first=first)

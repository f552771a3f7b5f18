"""What branches filled in, put into a book: only where something was missing, or where what stood there was asked about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.columns import fitted, schema, table_of
from greenfin.core.problems import Outcome, Problem, Refused, Severity, error, info, warning
from greenfin.core.records import Book, SourceFile
from greenfin.core.units import UnknownUnit, WrongDimension, parse_unit, same_dimension
from greenfin.ingest.answers import fillable, seal, stored
from greenfin.ingest.cells import shown
from greenfin.ingest.dates import read_date, read_year
from greenfin.ingest.files import read_grids
from greenfin.ingest.grids import Grid
from greenfin.ingest.vocabulary import measures, plain

_KEYS = {"loans": "loan_id", "projects": "project_id"}
_TARGETS = ("loans", "projects", "inputs", "evidence")
_MUST = ("target", "key", "field", "value")

Row = dict[str, Any]


def read_supplements(path: Path) -> Outcome[pa.Table]:
    """A file of supplements (schema ``supplements``), as ``collect --merge`` wrote it or as somebody edited it since.

    Rows that say nothing usable are problems with their cell and left out. Raises Refused where the columns are not there.
    """
    grids = read_grids(path)
    found = next(((grid, names) for grid in grids.value if set(_MUST) <= set(names := _header(grid))), None)
    if found is None:
        raise Refused(error("ingest.supplements_unknown", path.name, columns=" ".join(_MUST)))
    grid, names = found
    cells = {name: grid.columns[at][1:] for name, at in names.items()}
    rows = [dict(zip(cells, line, strict=True)) for line in zip(*cells.values(), strict=True)]
    read = [_row(row, grid.at(number)) for number, row in enumerate(rows, 1) if any(cell not in ("", None) for cell in row.values())]
    kept = [row for row, problem in read if problem is None]
    return Outcome(table_of("supplements", kept), (*grids.problems, *(problem for _, problem in read if problem)))


def _header(grid: Grid) -> dict[str, int]:
    from greenfin.core.columns import columns

    known = {plain(word): c.name for c in columns() if c.table == "supplements" for word in (c.name, c.zh)}
    return {known[plain(str(cell))]: at for at, cell in enumerate(grid.row(0)) if plain(str(cell)) in known} if grid.height else {}


def _row(row: Row, at: str) -> tuple[Row, Problem | None]:
    texts = {name: _plain_text(row.get(name)) for name in schema("supplements").names}
    days = {name: read_date(row.get(name)).value for name in ("valid_to", "filled_on")}
    year = read_year(row.get("year")).value
    made: Row = {**texts, **days, "year": year}
    wrong = next((name for name in _MUST if not made[name]), "") or ("target" if made["target"] not in _TARGETS else "")
    if wrong:
        return made, error("ingest.supplement_unreadable", at, column=wrong, found=shown(row.get(wrong)))
    try:
        _check(made)
    except (ValueError, KeyError, UnknownUnit, WrongDimension):
        return made, error("ingest.supplement_unreadable", at, column=str(made["field"]), found=shown(made["value"]))
    made["source_cell"] = made["source_cell"] or at
    return made, None


def _plain_text(cell: object) -> str | None:
    """The cell's text without the apostrophe that keeps a spreadsheet from running it."""
    if cell is None or cell == "":
        return None
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    return text[1:] if text[:1] == "'" and text[1:].lstrip(" '")[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _check(row: Row) -> None:
    """Raises where the value cannot be what the field holds."""
    if row["target"] in _KEYS:
        stored(fillable()[row["target"], row["field"]], row["value"], row["unit"] or "")
    if row["target"] == "inputs":
        measure = measures()[f"input.{row['field']}"]
        if not np.isfinite(float(row["value"])) or row["basis"] not in ("design", "actual"):
            raise ValueError(row["value"])
        if not any(same_dimension(parse_unit(row["unit"] or ""), unit) for unit in (*measure.units, measure.default_unit)):
            raise ValueError(row["unit"])


def supplemented(book: Book, supplements: pa.Table, *, files: Sequence[SourceFile] = ()) -> Outcome[Book]:
    """The book with what branches filled in.

    A value goes where nothing stood, or where the very value stood that was asked about (``replaces``). A differing value is kept
    and told. Every value filled in has its own cell in ``layout``, inputs in ``source_cell``. Answers that differ from each other
    are left out and told. Types are checked: what a column cannot hold is a problem.
    """
    rows, problems = _agreed(supplements)
    places: dict[str, dict[str, str]] = {}
    projects = _with_new_projects(book, rows)
    tables = {"loans": book.loans, "projects": projects}
    for target, key in _KEYS.items():
        mine = [row for row in rows if row["target"] == target]
        for column in sorted({row["field"] for row in mine}):
            answers = [row for row in mine if row["field"] == column]
            tables[target] = _filled(tables[target], key, column, answers, places=places, problems=problems)
    inputs = _inputs(book, [row for row in rows if row["target"] == "inputs"], tables["projects"], problems)
    papers = _papers(book, [row for row in rows if row["target"] == "evidence"])
    layout = {sheet: {**book.layout.get(sheet, {}), **places.get(sheet, {})} for sheet in {**book.layout, **places}}
    made = replace(
        book,
        loans=tables["loans"],
        projects=tables["projects"],
        inputs=inputs,
        evidence=papers,
        layout=layout,
        files=(*book.files, *files),
    )
    return Outcome(made, tuple(problems))


def _agreed(supplements: pa.Table) -> tuple[list[Row], list[Problem]]:
    """One answer for each thing asked; answers that contradict each other are none."""
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in supplements.to_pylist():
        groups.setdefault((row["target"], row["key"], row["field"], row["basis"], row["year"]), []).append(row)
    kept, problems = [], []
    for (_, key, name, *_), rows in groups.items():
        if len({(row["value"], row["unit"], row["valid_to"]) for row in rows}) == 1:
            kept.append(rows[0])
        else:
            problems.append(_conflict(str(key), str(name), rows))
    return kept, problems


def _conflict(key: str, name: str, rows: Sequence[Row]) -> Problem:
    first = rows[0]
    other = next(row for row in rows if any(row[name] != first[name] for name in ("value", "unit", "valid_to")))
    return error("ingest.supplement_conflict", other["source_cell"] or "", key=key, columns=name, first=first["source_cell"] or "-")


def _with_new_projects(book: Book, rows: Iterable[Row]) -> pa.Table:
    """The projects, and a row for each that a loan names, the ledger lacks and a branch has described."""
    known = set(book.projects["project_id"].to_pylist())
    named = set(book.loans["project_id"].drop_null().to_pylist()) | {r["value"] for r in rows if r["field"] == "project_id"}
    new: dict[str, str] = {}
    for row in rows:
        if row["target"] == "projects" and row["key"] in named - known:
            new.setdefault(row["key"], row["source_cell"] or "")
    parted = {key: _parted(cell) for key, cell in new.items()}
    made: list[Row] = [{"project_id": key, "source_sheet": sheet or None, "source_row": number} for key, (sheet, number) in parted.items()]
    return pa.concat_tables([book.projects, table_of("projects", made)]).combine_chunks() if made else book.projects


def _parted(cell: str) -> tuple[str, int | None]:
    """Sheet and row of an address.

    >>> _parted("a.xlsx!Sheet1!H12")
    ('a.xlsx!Sheet1', 12)
    """
    sheet, _, place = cell.rpartition("!")
    digits = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return sheet, int(digits) if digits.isdigit() else None


def _filled(
    table: pa.Table, key: str, column: str, rows: Sequence[Row], *, places: dict[str, dict[str, str]], problems: list[Problem]
) -> pa.Table:
    """The table with the answers of one column put where they belong."""
    at = pc.index_in(pa.array([row["key"] for row in rows], pa.string()), value_set=table[key].combine_chunks()).to_pylist()
    there = pa.array([place for place in at if place is not None], pa.int64())
    old = dict(zip(there.to_pylist(), table[column].combine_chunks().take(there).to_pylist(), strict=True))
    values: dict[int, object] = {}
    cells: dict[int, str] = {}
    for row, place in zip(rows, at, strict=True):
        value, problem = _decided(row, column, place, old)
        if problem:
            problems.append(problem)
        if place is not None and value is not None:
            values[place], cells[place] = value, row["source_cell"] or ""
    if not values:
        return table
    _place(table, column, cells, places)
    taken = pc.index_in(pa.array(np.arange(table.num_rows, dtype=np.int64)), value_set=pa.array(list(values), pa.int64()))
    new = pa.array(list(values.values()), type=table.schema.field(column).type).take(taken)
    merged = pc.if_else(pc.is_valid(taken), new, table[column].combine_chunks())
    return table.set_column(table.column_names.index(column), table.schema.field(column), merged)


def _decided(row: Row, column: str, place: int | None, old: Mapping[int, object]) -> tuple[object, Problem | None]:
    """The value to put in (None: leave what stands there) and what is to be said."""
    where, key = row["source_cell"] or "", row["key"]
    if place is None:
        return None, error("ingest.supplement_stranger", where, key=key)
    try:
        value = stored(fillable()[row["target"], column], row["value"], row["unit"] or "")
    except (ValueError, KeyError):
        return None, error("ingest.supplement_unreadable", where, column=column, found=shown(row["value"]))
    stands = old[place]
    if stands in (None, "") or stands == value:
        return (value if stands != value else None), None
    if row["replaces"] and row["replaces"] == seal(stands):
        return value, info("ingest.supplement_replaces", where, key=key, columns=column)
    return None, warning("ingest.supplement_differs", where, key=key, columns=column)


def _place(table: pa.Table, column: str, cells: Mapping[int, str], places: dict[str, dict[str, str]]) -> None:
    """Remember the cell of each value that came from a branch."""
    rows = table.select(["source_sheet", "source_row"]).take(pa.array(list(cells), pa.int64())).to_pylist()
    for row, cell in zip(rows, cells.values(), strict=True):
        if cell and row["source_sheet"]:
            places.setdefault(row["source_sheet"], {})[f"{column}#{row['source_row']}"] = cell


def _inputs(book: Book, rows: Sequence[Row], projects: pa.Table, problems: list[Problem]) -> pa.Table:
    """The inputs with those that branches gave; one that was asked about gives way to its answer."""
    known = set(projects["project_id"].to_pylist())
    there: dict[tuple[object, ...], list[tuple[int, Row]]] = {}
    for at, row in enumerate(_only_of(book.inputs, {row["key"] for row in rows}).to_pylist()):
        there.setdefault((row["project_id"], row["input"]), []).append((at, row))
    gone: set[str] = set()
    new: list[Row] = []
    for row in rows:
        if row["key"] not in known:
            problems.append(error("ingest.supplement_stranger", row["source_cell"] or "", key=row["key"]))
            continue
        made = _input(row)
        others = [other for _, other in there.get((row["key"], row["field"]), [])]
        asked = [other for other in others if row["replaces"] and input_seal(other) == row["replaces"]]
        same = [o for o in others if o not in asked and (o["basis"], o["year"]) == (made["basis"], made["year"])]
        if same:
            if not any(_equal(o, made) for o in same):
                problems.append(warning("ingest.supplement_differs", row["source_cell"] or "", key=row["key"], columns=row["field"]))
            continue
        gone |= {str(other["source_cell"]) for other in asked}
        new.append(made)
    kept = book.inputs
    if gone:
        kept = kept.filter(pc.invert(pc.fill_null(pc.is_in(kept["source_cell"], value_set=pa.array(sorted(gone))), False)))
    return pa.concat_tables([kept, table_of("inputs", new)]).combine_chunks() if new else kept


def _only_of(inputs: pa.Table, keys: set[str]) -> pa.Table:
    return inputs.filter(pc.is_in(inputs["project_id"], value_set=pa.array(sorted(keys), pa.string()))) if keys else inputs.slice(0, 0)


def input_seal(row: Mapping[str, object]) -> str:
    """The print of an input that stands in the book."""
    return seal(f"{row['value']!r} {row['unit']} {row['basis']} {row['year']}")


def _input(row: Row) -> Row:
    return {
        "project_id": row["key"],
        "input": row["field"],
        "value": float(row["value"]),
        "unit": row["unit"],
        "basis": row["basis"],
        "year": row["year"],
        "source_cell": row["source_cell"],
    }


def _equal(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    from greenfin.core.units import ratio

    try:
        return bool(np.isclose(one["value"] * ratio(one["unit"] or "", other["unit"] or ""), other["value"], rtol=1e-12, atol=0))
    except (UnknownUnit, WrongDimension):
        return False


def _papers(book: Book, rows: Sequence[Row]) -> pa.Table:
    """The evidence with the documents that branches named."""
    loans = set(book.loans["loan_id"].to_pylist()) if rows else set()
    made = []
    for row in rows:
        sheet, number = _parted(row["source_cell"] or "")
        owner = "receipt_no" if row["key"] in loans else "project_id"
        made.append(
            {
                "evidence_id": row["value"],
                "kind": row["field"],
                owner: row["key"],
                "valid_to": row["valid_to"],
                "source_sheet": sheet or None,
                "source_row": number,
            }
        )
    return fitted(pa.concat_tables([book.evidence, table_of("evidence", made)]).combine_chunks(), "evidence") if made else book.evidence


def settled(problems: Iterable[Problem], book: Book) -> tuple[Problem, ...]:
    """The problems met while reading, without those of cells that have been filled in since."""
    answered = {
        f"{sheet}!{letters[column]}{row}"
        for sheet, letters in book.layout.items()
        for column, _, row in (name.partition("#") for name in letters)
        if row and column in letters
    }
    return tuple(p for p in problems if p.severity is Severity.INFO or p.where not in answered)

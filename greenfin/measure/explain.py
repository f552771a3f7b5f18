"""Why a project has its result: the same formula called with that one project, down to cells and documents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.lineage import Source, Trace
from greenfin.core.records import Book
from greenfin.measure.by_entry import by_entry
from greenfin.measure.calculate import Measured
from greenfin.measure.case import NO_CONVENTIONS
from greenfin.measure.choose import choose
from greenfin.measure.slots import Filled, needed
from greenfin.measure.whole_book import run_method
from greenfin.methods.declare import Declaration, Input, Output, Parameter
from greenfin.methods.finding import factor_title
from greenfin.methods.numbers import plain_number, printed
from greenfin.methods.readings import reading
from greenfin.methods.registry import METHODS
from greenfin.methods.show import fingerprint

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

_BRACKETS = re.compile(r"/\((\w+)\)")
_NAME = re.compile(r"[a-z]\w*")


def explain_project(
    book: Book,
    tags: pa.Table,
    reference: Reference,
    *,
    project_id: str,
    output: str,
    on: date,
    conventions: Mapping[str, str] = NO_CONVENTIONS,
    factor_set: str | None = None,
) -> Trace:
    """The lineage of one result: formula, inputs with their cells, factors with their documents.

    The value is the one of the column path, in the printed unit. A project without a result gives a trace with an empty value.
    """
    own = _only(book, project_id)
    grouped, _ = choose(own, tags, reference, on=on)
    for method_id, chosen in grouped.items():
        declaration = METHODS[method_id].declaration
        ((projects, asked),) = by_entry(declaration, chosen, conventions)  # one project is one group
        done = run_method(own, projects, declaration, reference, on=on, conventions=asked, factor_set=factor_set)
        if output in done.has and done.has[output][0]:
            return trace(done, done.case.declaration.output(output), reference=reference, rows=own.inputs)
    return Trace(f"{project_id}!{output}", "", how="measure.how_missing")


def _only(book: Book, project_id: str) -> Book:
    from dataclasses import replace

    return replace(
        book,
        loans=book.loans.filter(pc.equal(book.loans["project_id"], project_id)),
        projects=book.projects.filter(pc.equal(book.projects["project_id"], project_id)),
        inputs=book.inputs.filter(pc.equal(book.inputs["project_id"], project_id)),
    )


def trace(done: Measured, output: Output, *, reference: Reference, rows: pa.Table, row: int = 0) -> Trace:
    """The lineage of one output of one project of a case; ``rows`` is the input table that the case was gathered from."""
    declaration = done.case.declaration
    inputs = [_input(done, spec, rows, row) for spec in declaration.inputs if not np.isnan(done.used[spec.name][row])]
    factors = [_factor(f, reference, row) for f in done.filled.values() if f.needed[row]]
    fixed = [_parameter(p.name, plain_number(p.value), p.unit, p.source) for p in _counting(done, output, rows, row)]
    return Trace(
        f"{done.case.projects.ids[row]}!{output.name}",
        printed(int(done.amounts[output.name][row]), output),
        output.printed,
        "measure.how_formula",
        _note(declaration, output, done.case.choices),
        (*inputs, *factors, *fixed),
        Source("document", declaration.source_zh, declaration.clause),
    )


def _counting(done: Measured, output: Output, rows: pa.Table, row: int) -> list[Parameter]:
    """The numbers of the method that the result rests on: none of other results, inputs or units."""
    declaration, case = done.case.declaration, done.case
    held = [p for p in declaration.parameters_for(case.choices) if needed(case, p)[row]]
    told = {name for o in declaration.outputs for name in _NAME.findall(o.formula)}
    mine, over = _rests_on(declaration, output), _read_through(done, rows, row)
    readings = {reading.over for i in declaration.inputs for reading in i.reads}
    return [p for p in held if p.name in (*mine, *over) or p.name not in (*told, *readings)]


def _rests_on(declaration: Declaration, output: Output) -> set[str]:
    """The names in an output's formula and in those of the outputs it names."""
    formulas = {o.name: {*_NAME.findall(o.formula)} for o in declaration.outputs}
    found, fresh = set[str](), {output.name}
    while fresh:
        found |= fresh
        fresh = {name for each in fresh for name in formulas.get(each, ())} - found
    return found


def _read_through(done: Measured, rows: pa.Table, row: int) -> set[str]:
    """The numbers that a stated unit was read through."""
    found = set[str]()
    for spec in done.case.declaration.inputs:
        at = int(done.case.stated[spec.name].rows[row])
        through = reading(spec, str(rows["unit"][at].as_py() or "")) if 0 <= at < len(rows) else None
        found |= {through.over} if through else set()
    return found


def _note(declaration: Declaration, output: Output, choices: Mapping[str, str]) -> str:
    """The method with the version of its declaration, its formula and choices, and the unit that the amount is a whole number of."""
    chosen = ", ".join(f"{name}={choice}" for name, choice in sorted(choices.items()))
    made = f"{declaration.id}@{fingerprint(declaration)}: {output.name} = {output.formula}"
    return f"{made} [{chosen}] → {output.small}" if chosen else f"{made} → {output.small}"


def _input(done: Measured, spec: Input, rows: pa.Table, row: int) -> Trace:
    at = int(done.case.stated[spec.name].rows[row])
    value = plain_number(float(f"{done.used[spec.name][row]:.12g}"))
    if spec.name in done.assumed and done.assumed[spec.name][row]:
        return Trace(spec.name, value, spec.unit, "measure.how_assumed")
    if not 0 <= at < len(rows):
        return Trace(spec.name, value, spec.unit, "measure.how_input")
    cell, unit = (str(rows[name][at].as_py() or "") for name in ("source_cell", "unit"))
    stated = plain_number(rows["value"][at].as_py())
    spelt = _BRACKETS.sub(r"/\1", unit)
    note = "" if stated == value else f"stated={stated} {spelt}".rstrip().replace(" percent", "%")
    return Trace(spec.name, value, spec.unit, "measure.how_input", note, source=_cell(cell) if cell else None)


def _cell(cell: str) -> Source:
    """A cell address as a file and the place in it."""
    name, _, place = cell.partition("!")
    return Source("file", name, place)


def _parameter(name: str, value: str, unit: str, source: str) -> Trace:
    return Trace(name, value, unit, "measure.how_parameter", source=Source("document", source))


def _factor(filled: Filled, reference: Reference, row: int) -> Trace:
    found, use = filled.found(row), filled.use(row)
    if found is None or found.factor is None:
        value, key = plain_number(float(filled.values[row])), use.key if use else ""
        return Trace(filled.slot.slot, value, filled.slot.unit, "measure.how_user_factor", key)
    factor = found.factor
    note = f"{factor.key} ({'+'.join(found.how)})"
    document = Source("document", factor_title(factor, reference), factor.locator)
    return Trace(filled.slot.slot, plain_number(factor.value), factor.unit, "measure.how_factor", note, source=document)

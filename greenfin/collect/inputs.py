"""Which inputs a project's method needs and lacks, or has in a form that gives no figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.collect.ask import Ask
from greenfin.collect.projects import Owner, named
from greenfin.core.records import Book
from greenfin.ingest.supplements import input_seal
from greenfin.measure.case import Projects, Stated
from greenfin.measure.choose import choose
from greenfin.measure.gather import gather
from greenfin.methods.choices import choices_of
from greenfin.methods.declare import Declaration, Input
from greenfin.methods.readings import shown
from greenfin.methods.registry import METHODS

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

_REFUSED = {"measure.unit_wrong": "unit", "measure.unit_missing": "unit", "measure.input_conflict": "conflict"}


def input_asks(book: Book, tags: pa.Table, reference: Reference, *, on: date, held: Mapping[str, Owner], with_names: bool) -> Iterator[Ask]:
    """The questions about method inputs, of the projects of green loans and of those that may be found green."""
    may = pc.fill_null(pc.is_in(tags["decision"], value_set=pa.array(["green", "review"])), False)
    counted = tags.filter(pc.and_(may, pc.is_valid(tags["code"])))
    green = counted.set_column(counted.column_names.index("decision"), "decision", pa.array(["green"] * len(counted), pa.string()))
    grouped, _ = choose(book, green, reference, on=on)
    names = dict(zip(book.projects["project_id"].to_pylist(), book.projects["project_name"].to_pylist(), strict=True))
    for method, projects in grouped.items():
        for at, spec, reason, row in _open(book, projects, METHODS[method].declaration, on=on):
            project = projects.ids[at]
            owner = held.get(project)
            if owner is None:
                continue
            yield Ask(
                branch=owner.branch,
                sheet="inputs",
                key=project,
                subject=named(names.get(project), owner, with_names=with_names),
                target="inputs",
                field=spec.name,
                reason=reason,
                serves={"method": method},
                method=method,
                is_required=reason != "assumed",
                was=_was(row),
                seal=input_seal(row) if row else "",
                balance_fen=owner.balance_fen,
            )


def _was(row: Mapping[str, object] | None) -> str:
    return "" if row is None else f"{row['value']:,.15g} {shown(str(row['unit'] or ''))} {row['year'] or ''}".strip()


_Found = tuple[int, Input, str, Mapping[str, object] | None]


def _open(book: Book, projects: Projects, declaration: Declaration, *, on: date) -> Iterator[_Found]:
    """Per project (its place) each input that is asked for, why, and the input of the book that it is to replace."""
    choices = choices_of(declaration, {})
    inputs = book.inputs.filter(pc.is_in(book.inputs["project_id"], value_set=pa.array(projects.ids, pa.string())))
    stated, _, said = gather(inputs, projects, declaration=declaration, choices=choices, on=on)
    rows = inputs.to_pylist()
    by_cell = {str(row["source_cell"]): at for at, row in enumerate(rows)}
    broken: dict[int, dict[str, _Found]] = {}
    places = {project: at for at, project in enumerate(projects.ids)}
    for problem in said:
        row = rows[by_cell[problem.where]] if problem.code in _REFUSED and problem.where in by_cell else None
        if row and row["project_id"] in places:
            at, name = places[row["project_id"]], str(row["input"])
            broken.setdefault(at, {})[name] = (at, declaration.input(name), _REFUSED[problem.code], row)
    for spec in declaration.inputs:
        for at, reason in _outside(spec, stated[spec.name]):
            broken.setdefault(at, {}).setdefault(spec.name, (at, spec, reason, rows[int(stated[spec.name].rows[at])]))
    for at in range(len(projects)):
        yield from _of_project(at, declaration, stated, broken.get(at, {}))


def _outside(spec: Input, stated: Stated) -> Iterator[tuple[int, str]]:
    """Values that are impossible, or outside what is plausible."""
    values = stated.values
    above = np.inf if spec.maximum is None else spec.maximum
    impossible = (values < spec.minimum) | (values > above)
    low, high = -np.inf if spec.low is None else spec.low, np.inf if spec.high is None else spec.high
    for at in np.flatnonzero(impossible | (values < low) | (values > high)).tolist():
        yield at, "impossible" if impossible[at] else "unusual"


def _of_project(at: int, declaration: Declaration, stated: Mapping[str, Stated], mine: Mapping[str, _Found]) -> Iterator[_Found]:
    has = {name for name, column in stated.items() if not np.isnan(column.values[at]) and name not in mine}
    yield from mine.values()
    way = min(declaration.ways, key=lambda way: len(set(way.needs) - has - set(mine)))
    wanted = [*(name for name in way.needs if name not in has), *_pairs(declaration, has)]
    for name in dict.fromkeys(wanted):
        if name not in mine:
            yield at, declaration.input(name), "missing", None
    for name in way.refined_by:
        if name not in has and name not in mine and name not in wanted and declaration.input(name).assumed is not None:
            yield at, declaration.input(name), "assumed", None


def _pairs(declaration: Declaration, has: set[str]) -> Iterator[str]:
    """Of inputs that only count in pairs: the missing half of each that was begun, else all of the first pair."""
    pairs: Sequence[tuple[str, ...]] = declaration.any_of
    halves = [name for names in pairs if has & set(names) for name in names if name not in has]
    if halves or not pairs or any(set(names) <= has for names in pairs):
        yield from halves
        return
    yield from pairs[0]

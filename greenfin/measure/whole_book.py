"""Measuring a book: each method called once with the inputs of all its projects as columns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from greenfin.core.columns import empty, schema
from greenfin.core.problems import Outcome, Problem
from greenfin.core.records import Book
from greenfin.measure.by_entry import by_entry
from greenfin.measure.calculate import Measured, run
from greenfin.measure.case import ACTUAL, DESIGN, NO_CONVENTIONS, Case, Flags, Projects
from greenfin.measure.choose import choose
from greenfin.measure.gather import Lines, gather
from greenfin.measure.guard import guard
from greenfin.measure.lists import in_book
from greenfin.measure.stated import invested, of_book, with_claims
from greenfin.methods.choices import choices_of, known_conventions
from greenfin.methods.declare import Declaration
from greenfin.methods.finding import known_set
from greenfin.methods.registry import METHODS
from greenfin.methods.worded import said_of

if TYPE_CHECKING:
    from greenfin.reference.load import Reference


def measure(
    book: Book,
    tags: pa.Table,
    reference: Reference,
    *,
    on: date,
    conventions: Mapping[str, str] = NO_CONVENTIONS,
    factor_set: str | None = None,
) -> Outcome[pa.Table]:
    """The yearly results (``measurements``) of every project that a green-tagged loan belongs to and whose entry has a method.

    Amounts are integers of the output's small unit. Missing, impossible or contradictory inputs and factors that are not there
    are problems with the project's row; such a project has no row here. Raises Refused for an unknown convention or factor set.
    """
    known_set(reference, factor_set)
    known_conventions((m.declaration for m in METHODS.values()), conventions)
    grouped, problems = choose(book, tags, reference, on=on)
    tables, lines = [], Lines.of(book.inputs)
    apart = (
        (METHODS[m].declaration, *each) for m, found in grouped.items() for each in by_entry(METHODS[m].declaration, found, conventions)
    )
    for declaration, projects, asked in apart:
        done = run_method(book, projects, declaration, reference, on=on, conventions=asked, factor_set=factor_set, lines=lines)
        tables.append(_rows(done))
        problems.extend(said_of(declaration, (*done.problems, *guard(done, invested(book, projects)))))
    whole = pa.concat_tables(tables) if tables else empty("measurements")
    problems.extend(of_book(book, whole))
    whole = with_claims(book, whole)
    return Outcome(whole.sort_by([("project_id", "ascending"), ("output", "ascending")]), tuple(_once(problems)))


def run_method(
    book: Book,
    projects: Projects,
    declaration: Declaration,
    reference: Reference,
    *,
    on: date,
    conventions: Mapping[str, str],
    factor_set: str | None,
    lines: Lines | None = None,
) -> Measured:
    """One method over its projects of a book; ``lines`` are the book's inputs where they are at hand."""
    choices, lines = choices_of(declaration, conventions), lines or Lines.of(book.inputs)
    declaration = in_book(declaration, lines.by_name)
    stated, broken, problems = gather(lines, projects, declaration=declaration, choices=choices, on=on)
    done = run(Case(declaration, choices, projects, stated, broken, on, factor_set), reference)
    return done if not problems else _with(done, problems)


def _with(done: Measured, problems: list[Problem]) -> Measured:
    from dataclasses import replace

    return replace(done, problems=(*problems, *done.problems))


def _once(problems: list[Problem]) -> list[Problem]:
    """The problems in their order, each said once."""
    seen: dict[str, Problem] = {f"{p.code}|{p.where}|{sorted(p.params.items(), key=str)}": p for p in reversed(problems)}
    return list(reversed(seen.values()))


def is_actual(done: Measured) -> Flags:
    """Per project whether all inputs used (but nameplate values) are measured ones."""
    inputs = [i for i in done.case.declaration.inputs if not i.nameplate]
    design = [~np.isnan(done.used[i.name]) & ~done.case.stated[i.name].is_actual for i in inputs]
    return np.asarray(~np.logical_or.reduce(design), dtype=np.bool_)


def _rows(done: Measured) -> pa.Table:
    """The rows of one method: outputs under each other."""
    fields = schema("measurements")
    factors, actual = _factor_texts(done), is_actual(done)
    basis = np.where(actual, ACTUAL, DESIGN)
    ids = np.asarray(done.case.projects.ids, dtype=object)
    conventions = json.dumps(dict(done.case.choices), sort_keys=True, ensure_ascii=False)
    parts = []
    for spec in (o for o in done.case.declaration.outputs if o.additive):
        rows = np.flatnonzero(done.has[spec.name])
        columns = {
            "project_id": ids[rows],
            "method": [done.case.declaration.id] * rows.size,
            "output": [spec.name] * rows.size,
            "amount": done.amounts[spec.name][rows],
            "unit": [spec.small] * rows.size,
            "basis": basis[rows],
            "conventions": [conventions] * rows.size,
            "factors": factors[rows],
            "claimed_by": pa.nulls(rows.size),
        }
        parts.append(pa.Table.from_arrays([pa.array(columns[f.name], type=f.type) for f in fields], schema=fields))
    return pa.concat_tables(parts)


def _factor_texts(done: Measured) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Per project the factors as JSON; made once per distinct set of places."""
    filled = list(done.filled.values())
    if not filled:
        return np.asarray(["[]"] * len(done.case.projects), dtype=object)
    signs = np.stack([np.where(f.needed, f.places, -1) for f in filled], axis=1)
    distinct, group = np.unique(signs, axis=0, return_inverse=True)
    texts = []
    for sign in distinct:
        uses = [f.uses[place] for f, place in zip(filled, sign, strict=True) if place >= 0]
        texts.append(json.dumps([{"slot": u.slot, "key": u.key, "found": u.found} for u in uses if u], ensure_ascii=False))
    return np.asarray(texts, dtype=object)[group.reshape(-1)]

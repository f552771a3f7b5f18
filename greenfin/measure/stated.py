"""The stated results of a book against the measured ones and against each other, and what is claimed elsewhere too."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Problem, info, warning
from greenfin.core.records import Book
from greenfin.core.units import FloatColumn, UnknownUnit, WrongDimension, ratio
from greenfin.measure.case import Projects
from greenfin.measure.claims import base_unit, claimed_elsewhere, rules, scale_of, words
from greenfin.measure.differ import EVERY, difference, elsewhere, tolerance
from greenfin.measure.guard import MONEY_UNIT, told_of
from greenfin.methods.bands import odd


def invested(book: Book, projects: Projects) -> FloatColumn:
    """The total investment of projects in CNY as the book has it; NaN where it has none."""
    at = pc.index_in(pa.array(projects.ids, pa.string()), value_set=book.projects["project_id"].combine_chunks())
    fen = book.projects["total_invest_fen"].take(at)
    return np.asarray(fen.to_numpy(zero_copy_only=False), dtype=np.float64) * ratio("fen", MONEY_UNIT)


def of_book(book: Book, measurements: pa.Table) -> Iterator[Problem]:
    """The stated results of a book's projects against the measured ones and against each other, and their other claims."""
    stated = book.stated_benefits
    known = stated.filter(pc.and_(pc.is_in(stated["output"], value_set=pa.array([*words("base")])), pc.is_valid(stated["value"])))
    values = _in_base(known)
    yield from _against_results(known, values, measurements)
    yield from _against_each_other(known, values)
    yield from _other_claims(book, measurements)


def _in_base(stated: pa.Table) -> FloatColumn:
    """The stated values in the indicators' own units; NaN where the unit is of another kind."""
    kinds = [f"{output}\n{unit}" for output, unit in zip(stated["output"].to_pylist(), stated["unit"].to_pylist(), strict=True)]
    distinct, at = np.unique(np.asarray(kinds, dtype=str), return_inverse=True)
    scales = np.asarray([_scale(*kind.split("\n")) for kind in distinct.tolist()], dtype=np.float64)
    return stated["value"].to_numpy(zero_copy_only=False).astype(np.float64) * scales[at] if kinds else np.zeros(0)


def _scale(output: str, unit: str) -> float:
    try:
        return scale_of(output, unit)
    except (UnknownUnit, WrongDimension):
        return float("nan")


def _against_results(stated: pa.Table, values: FloatColumn, measured: pa.Table) -> Iterator[Problem]:
    keys = pc.binary_join_element_wise(stated["project_id"], stated["output"], "\n")
    results = pc.binary_join_element_wise(measured["project_id"], measured["output"], "\n")
    at = pc.index_in(keys, value_set=results.combine_chunks()).to_numpy(zero_copy_only=False).astype(np.float64)
    low, high = tolerance()
    for row in np.flatnonzero(~np.isnan(at) & ~np.isnan(values)).tolist() if len(at) else ():
        result, output = int(at[row]), stated["output"][row].as_py()
        computed = measured["amount"][result].as_py() * ratio(measured["unit"][result].as_py(), base_unit(output))
        if computed and not low <= values[row] / computed <= high:
            where, project = stated["source_cell"][row].as_py() or "", stated["project_id"][row].as_py()
            yield difference(where, output, stated=float(values[row]), computed=computed, unit=base_unit(output), project=project)


def _against_each_other(stated: pa.Table, values: FloatColumn) -> Iterator[Problem]:
    outputs = np.asarray(stated["output"].to_pylist(), dtype=object)
    projects, first, at = np.unique(np.asarray(stated["project_id"].to_pylist(), dtype=str), return_index=True, return_inverse=True)
    columns: dict[str, tuple[FloatColumn, str]] = {}
    for output in sorted(set(outputs.tolist())):
        column, rows = np.full(len(projects), np.nan), np.flatnonzero(outputs == output)[::-1]
        column[at[rows]] = values[rows]
        columns[output] = column, base_unit(output)
    for found in odd(columns, method="", entries=EVERY * len(projects)):
        for row in found.rows:
            where = stated["source_cell"][int(first[row])].as_py() or ""
            yield warning("measure.claim_unlikely", where, project=str(projects[row]), **told_of(found.range, float(found.values[row])))


def _other_claims(book: Book, measured: pa.Table) -> Iterator[Problem]:
    """Measured projects whose result is also claimed through the facility or a bond, or whose scope says it is sold or shared."""
    loans = book.loans.select(["project_id", "is_carbon_tool", "fund_source", "source_sheet", "source_row"])
    loans = loans.filter(pc.is_in(loans["project_id"], value_set=pc.unique(measured["project_id"])))
    facility = pc.fill_null(loans["is_carbon_tool"], False)
    bond = pc.fill_null(pc.match_substring_regex(loans["fund_source"], rf"(?i)\d|{'|'.join(words('funds'))}"), False)  # own funds are none
    for flags, column, place in ((facility, "is_carbon_tool", "facility"), (bond, "fund_source", "green bond")):
        seen: set[str] = set()
        for row in np.flatnonzero(flags.to_numpy(zero_copy_only=False)).tolist() if len(flags) else ():
            project = loans["project_id"][row].as_py()
            if project not in seen:
                seen.add(project)
                where = book.cell(loans["source_sheet"][row].as_py() or "", loans["source_row"][row].as_py() or 0, column)
                yield info(
                    "measure.claimed_elsewhere",
                    where,
                    project=project,
                    place=place,
                    other=_project_cell(book, project),
                    effect=rules()[place].effect,
                )
    yield from _told_in_scope(book, measured)


def _project_cell(book: Book, project: str) -> str:
    row = pc.index(book.projects["project_id"], project).as_py()
    return book.cell(book.projects["source_sheet"][row].as_py() or "", book.projects["source_row"][row].as_py() or 0, "project_id")


def _told_in_scope(book: Book, measured: pa.Table) -> Iterator[Problem]:
    projects = book.projects.filter(pc.is_in(book.projects["project_id"], value_set=pc.unique(measured["project_id"])))
    for row, text in _scopes(projects):
        where = book.cell(projects["source_sheet"][row].as_py() or "", projects["source_row"][row].as_py() or 0, "content")
        yield from elsewhere(text, where, projects["project_id"][row].as_py())


def _scopes(projects: pa.Table) -> Iterator[tuple[int, str]]:
    """Rows of projects with a word for another claim in what is told of them, and that text."""
    texts = pc.binary_join_element_wise(pc.fill_null(projects["content"], ""), pc.fill_null(projects["green_cert"], ""), " ")
    hits = pc.match_substring_regex(texts, "|".join(words("elsewhere")), ignore_case=True)
    yield from ((row, texts[row].as_py()) for row in (np.flatnonzero(hits.to_numpy(zero_copy_only=False)).tolist() if len(hits) else ()))


def with_claims(book: Book, measured: pa.Table) -> pa.Table:
    """The results with the place that has the right to them (``claimed_by``) where the rules keep them apart from what the bank may claim.

    No amount changes: it is a selection. A result that two places have is of the first.
    """
    for place, projects in _by_place(book).items():
        rule = rules()[place]
        mine = pc.and_(
            pc.is_in(measured["project_id"], value_set=pa.array(projects)), pc.is_in(measured["output"], value_set=pa.array(rule.outputs))
        )
        claimed = pc.if_else(pc.and_(mine, pc.is_null(measured["claimed_by"])), place, measured["claimed_by"])
        measured = measured.set_column(measured.column_names.index("claimed_by"), "claimed_by", claimed)
    return measured


def _by_place(book: Book) -> dict[str, list[str]]:
    """The projects whose rights each place has that keeps results apart."""
    found: dict[str, list[str]] = {}
    for row, text in _scopes(book.projects):
        for place in (each for each in claimed_elsewhere(text) if rules()[each].outputs):
            found.setdefault(place, []).append(book.projects["project_id"][row].as_py())
    return found

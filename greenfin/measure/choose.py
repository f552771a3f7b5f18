"""Which projects are measured, and by which method: those of the green-tagged loans, by the entry they are tagged with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.problems import Problem, error, info, warning
from greenfin.core.records import Book
from greenfin.measure.by_scene import methods_by_scene
from greenfin.measure.case import Projects

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

GREEN = "green"
_RUNNING = ("operation", "completed")


def choose(book: Book, tags: pa.Table, reference: Reference, *, on: date) -> tuple[dict[str, Projects], list[Problem]]:
    """Projects by method id: that of the scene a project names, else of its entry.

    Where a project's loans point to several methods the one with the greatest green balance is taken.
    """
    problems: list[Problem] = []
    tagged = _tagged(book, tags)
    methods = _methods(tagged, reference, on)
    by_scene, said = methods_by_scene(book, reference)
    problems.extend(said)
    names = ("project_id", "edition", "code")
    keys = zip(*(tagged[name].to_pylist() for name in names), strict=True)
    entries = np.asarray([by_scene.get(project) or methods.get((edition, code)) for project, edition, code in keys])
    projects = np.asarray(tagged["project_id"].to_pylist(), dtype=object)
    problems.extend(_unmapped(book, projects, entries, tagged))
    rows = np.flatnonzero(np.asarray([m is not None for m in entries], dtype=np.bool_))
    rows = rows[np.lexsort((entries[rows].astype(str), -tagged["balance"].to_numpy()[rows], projects[rows].astype(str)))]
    _, heads = np.unique(projects[rows].astype(str), return_index=True)
    winners = rows[heads]
    problems.extend(_several(book, projects[rows], entries[rows], projects[winners], entries[winners]))
    taken = {m: winners[entries[winners] == m] for m in sorted({str(m) for m in entries[winners]})}
    tagged = tagged.append_column("row", pc.index_in(tagged["project_id"], value_set=book.projects["project_id"].combine_chunks()))
    grouped = {m: _projects(book, tagged.take(pa.array(at)), on, problems) for m, at in taken.items()}
    return {m: found for m, found in grouped.items() if len(found)}, problems


def _tagged(book: Book, tags: pa.Table) -> pa.Table:
    """Project, edition, code and green balance of the green-tagged loans, one row each."""
    green = tags.filter(pc.equal(tags["decision"], GREEN))
    at = pc.index_in(green["loan_id"], value_set=book.loans["loan_id"].combine_chunks())
    green, at = green.filter(pc.is_valid(at)), pc.drop_null(at)
    loans = book.loans.select(["project_id", "balance_fen"]).take(at)
    flat = pa.table(
        {
            "project_id": loans["project_id"],
            "edition": green["edition"],
            "code": green["code"],
            "balance": pc.fill_null(loans["balance_fen"], 0),
        }
    )
    flat = flat.filter(pc.and_(pc.is_valid(flat["project_id"]), pc.not_equal(flat["project_id"], "")))
    keys = ["project_id", "edition", "code"]  # in their order: that of the rows, and of threads, decides nothing
    summed = flat.group_by(keys, use_threads=False).aggregate([("balance", "sum")]).sort_by([(key, "ascending") for key in keys])
    return summed.rename_columns([n.replace("balance_sum", "balance") for n in summed.column_names])


def _methods(tagged: pa.Table, reference: Reference, on: date) -> Mapping[tuple[str, str], str | None]:
    from greenfin.reference.editions import method_for

    pairs = {(str(e), str(c)) for e, c in zip(tagged["edition"].to_pylist(), tagged["code"].to_pylist(), strict=True)}
    return {(e, c): method_for(reference.method_map, e, c, on) for e, c in sorted(pairs)}


def _where(book: Book, rows: pa.Array | pa.ChunkedArray) -> list[str]:
    """Where the projects of some rows stand."""
    columns = (book.projects[name].take(rows).to_pylist() for name in ("project_id", "source_sheet", "source_row"))
    return [book.cell(sheet, at, "project_id") if sheet else str(project) for project, sheet, at in zip(*columns, strict=True)]


def _unmapped(book: Book, projects: np.ndarray, entries: np.ndarray, tagged: pa.Table) -> list[Problem]:
    mapped = {str(p) for p, m in zip(projects, entries, strict=True) if m is not None}
    codes = dict(zip((str(p) for p in projects), tagged["code"].to_pylist(), strict=True))
    left = sorted(set(codes) - mapped)
    rows = pc.index_in(pa.array(left, pa.string()), value_set=book.projects["project_id"].combine_chunks())
    where = iter(_where(book, rows.drop_null()))
    return [
        info("measure.no_method", next(where) if is_there else p, project=p, entry=codes[p])
        for p, is_there in zip(left, rows.is_valid().to_pylist(), strict=True)
    ]


def _several(book: Book, projects: np.ndarray, entries: np.ndarray, winners: np.ndarray, chosen: np.ndarray) -> list[Problem]:
    best = dict(zip(winners.tolist(), chosen.tolist(), strict=True))
    others = sorted({(p, m) for p, m in zip(projects.tolist(), entries.tolist(), strict=True) if best[p] != m})
    return [warning("measure.several_methods", p, project=p, method=best[p], other=m) for p, m in others]


def _projects(book: Book, tagged: pa.Table, on: date, problems: list[Problem]) -> Projects:
    """The project rows of these tags (``row``: of the book), in the order of project ids."""
    strangers = tagged.filter(pc.is_null(tagged["row"]))["project_id"].to_pylist()
    problems.extend(error("measure.project_unknown", stranger, project=stranger) for stranger in strangers)
    tagged = tagged.filter(pc.is_valid(tagged["row"]))
    rows = tagged["row"]
    found = book.projects.select(["project_id", "stage", "operating_on", "region"]).take(rows)
    return Projects(
        tuple(found["project_id"].to_pylist()),
        tuple(_where(book, rows)),
        tuple(str(r or "") for r in found["region"].to_pylist()),
        tuple(zip(tagged["edition"].to_pylist(), tagged["code"].to_pylist(), strict=True)),
        np.asarray(is_running(found, on).to_pylist(), dtype=np.bool_),
    )


def is_running(projects: pa.Table, on: date) -> pa.ChunkedArray:
    """Which projects are in operation: of these actual values come before design values, of the others design values."""
    running = pc.fill_null(pc.is_in(projects["stage"], value_set=pa.array(_RUNNING)), False)
    opened = pc.fill_null(pc.less_equal(projects["operating_on"], pa.scalar(on, pa.date32())), False)
    return pc.or_(running, pc.and_(pc.is_null(projects["stage"]), opened))

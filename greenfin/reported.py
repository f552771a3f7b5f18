"""All tables of a run's report: those that it was asked for, and what stands beside them: the index of the standards, the records of
restatement, the figures of the pictures."""

from __future__ import annotations

from dataclasses import replace

from greenfin import disclose, footprint, restated
from greenfin.core.records import Table
from greenfin.disclose.front import Front, Operating, TargetPath
from greenfin.pipeline import RunResult


def every_table(result: RunResult) -> dict[str, Table]:
    """The tables by id: those asked for, and T37 (index), R01 (restatements) and G01 (figures of pictures) where the run has them."""
    found = list(result.tables.values())
    return {table.id: table for table in (*found, *beside(result, front_of(result, run_id="")))}


def beside(result: RunResult, front: Front) -> tuple[Table, ...]:
    """What stands beside the tables that were asked for."""
    index = disclose.index_tables(result.narrative.chapters, result.options.report_lang)
    records = restated.table_of(result.inputs.restatements, result.tables)
    return (*index, *records, *disclose.table_of_figures(list(result.tables.values()), front))


def front_of(result: RunResult, *, run_id: str) -> Front:
    """What the run's documents say around the tables; they carry this id."""
    told = result.narrative
    front = disclose.front_of(
        result.facts,
        bank=result.inputs.bank,
        run_id=run_id,
        edition=result.edition,
        problems=result.problems,
        tables=list(result.tables.values()),
        shell=result.options.shell,
        told=result.told,
    )
    return replace(front, operating=_operating(result), chapters=told.chapters, prepared_by=told.prepared_by, prepared_on=told.prepared_on)


def _operating(result: RunResult) -> Operating | None:
    """What the report draws of the own footprint; None without one."""
    options = result.options
    case = footprint.Case(result.inputs.book.operations, result.reference, result.as_of, options.factor_set)
    drawn = footprint.drawn(case, footprint.pledges_of(result.inputs.bank.extra).value, year=result.facts.year)
    if not drawn.months:
        return None
    paths = tuple(TargetPath(p.measure, p.unit, p.path, p.actual, p.expected) for p in drawn.paths)
    return Operating(result.facts.year, footprint.PRINTED, drawn.months, paths)

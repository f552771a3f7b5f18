"""What the tables of a report owe to mistakes of their templates: cells that are nowhere, rules that divide by zero."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from greenfin.core.problems import Problem, Severity, warning
from greenfin.core.records import Cell, Table
from greenfin.reference.templates import Template

ZERO_BASE = "zero_base"


def of_templates(wrong: Iterable[Problem], tables: Sequence[Table], templates: Mapping[str, Template]) -> Iterator[Problem]:
    """Errors of the templates with which the report is still written, and rules of the shown tables that divide by zero."""
    yield from (problem for problem in wrong if problem.severity is Severity.ERROR)
    for table in tables:
        yield from _by_zero(table, templates[table.id])


def _by_zero(table: Table, template: Template) -> Iterator[Problem]:
    """Declared quotients of which the divisor is zero: each row of a table by rows, a column without any figure in one by columns.

    A single line of a table by columns may well be empty (no loans of a class), and so may last year: that is told in the table.
    """
    for column in (one for one in template.columns if one.role == "value"):
        cells = [cell for row in table.rows if (cell := table.cell(row.id, column.id)) is not None]
        empty = [cell for cell in cells if cell.value is None and cell.how.reason == ZERO_BASE and len(cell.how.args) > 1]
        if template.by == "columns" and (len({cell.how.args[1] for cell in empty}) > 1 or any(cell.value is not None for cell in cells)):
            continue
        shown = empty if template.by == "rows" else empty[:1]
        yield from (_told(cell) for cell in shown)


def _told(cell: Cell) -> Problem:
    return warning("disclose.divided_by_zero", cell.id, cell=cell.id, by=cell.how.args[1])

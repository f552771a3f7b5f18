"""Cells that print the same figure: a row that only takes over a cell of another table stands for that cell."""

from __future__ import annotations

from collections.abc import Mapping

from greenfin.reference.templates import Template


def same_figures(templates: Mapping[str, Template]) -> Mapping[str, str]:
    """For each cell of the templates that is taken over from another one, the cell that the figure is made in (``T01!x.current`` ->
    ``T02!x.current``), through any number of steps."""
    taken: dict[str, str] = {}
    for template in templates.values():
        for row in template.rows:
            for column in template.columns:
                maker = row.maker or column.maker
                if maker and maker.op == "ref" and column.role == "value":
                    target = template.address(maker.args[0], row=row.id, column=column.id)
                    taken[f"{template.id}!{row.id}.{column.id}"] = "{}!{}.{}".format(*target)
    return {cell: _made_in(cell, taken) for cell in taken}


def _made_in(cell: str, taken: Mapping[str, str]) -> str:
    seen: set[str] = set()
    while cell in taken and cell not in seen:
        seen.add(cell)
        cell = taken[cell]
    return cell


def columns_before(templates: Mapping[str, Template]) -> frozenset[tuple[str, str]]:
    """The columns (table, column) that print figures of the year before the report's own."""
    return frozenset((table.id, column.id) for table in templates.values() for column in table.columns if column.role == "prior")


def is_running(cell: str, templates: Mapping[str, Template]) -> bool:
    """Whether a cell is a total that runs through the year: a flow in a column that its table declares as such (``running``)."""
    table, _, rest = cell.partition("!")
    row, _, column = rest.rpartition(".")
    template = templates.get(table)
    if template is None or column not in template.running:
        return False
    spec = template.row(row) if template.by == "rows" else template.column(column)
    return spec is not None and spec.kind == "flow"

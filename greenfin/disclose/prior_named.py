"""Figures of last year that say what they are by the words of a report: their rows in the tables of today."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from greenfin.core.problems import Outcome, Problem, warning
from greenfin.core.records import PriorCell
from greenfin.core.units import UnknownUnit, WrongDimension
from greenfin.disclose.published import unit_ratio
from greenfin.reference.templates import RowSpec, Template

_ASIDE = re.compile(r"\([^()]*\)|[\s:.,、—-]")


def by_names(prior: Sequence[PriorCell], templates: Mapping[str, Template], year: int) -> Outcome[tuple[PriorCell, ...]]:
    """The same figures, those without a table at every row of that name and kind of unit; a name that no row has is a warning.

    ``year``: of this report; a figure of the year before stood in the current column of last year's, one of two years before in its
    prior column. Other years are passed over.
    """
    found: list[PriorCell] = []
    lost: dict[str, Problem] = {}
    for cell in prior:
        if cell.table:
            found.append(cell)
            continue
        places = [replace(cell, table=t.id, row=row.id, column=c) for t, row in _rows(cell, templates) for c in _column(t, cell, year)]
        found += places
        if not places and cell.column == str(year - 1):
            lost.setdefault(cell.row, warning("disclose.prior_name_unknown", cell.source_cell, name=cell.row, unit=cell.unit))
    return Outcome(tuple(found), tuple(lost.values()))


def _rows(cell: PriorCell, templates: Mapping[str, Template]) -> Iterator[tuple[Template, RowSpec]]:
    name = _plain(cell.row)
    for template in templates.values():
        for row in template.rows if template.by == "rows" and name else ():
            if name in (_plain(row.zh), _plain(row.en)) and _fits(cell, row, template):
                yield template, row


def _fits(cell: PriorCell, row: RowSpec, template: Template) -> bool:
    try:
        unit_ratio(cell.unit, row.unit, template.bridges)
    except (UnknownUnit, WrongDimension):
        return False
    return True


def _column(template: Template, cell: PriorCell, year: int) -> Iterator[str]:
    """The column of last year's report in which the figure stood."""
    prior = next((column for column in template.columns if column.role == "prior" and column.of), None)
    if prior is not None and cell.column == str(year - 1):
        yield prior.of[0]
    elif prior is not None and cell.column == str(year - 2):
        yield prior.id


def _plain(text: str) -> str:
    return _ASIDE.sub("", unicodedata.normalize("NFKC", text)).casefold()

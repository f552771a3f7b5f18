"""Rule X-16: the classes of a table are those of one edition of the catalogue, its own or the run's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from greenfin.core.problems import Problem, error
from greenfin.core.records import Cell, Table
from greenfin.reference.catalogue import Catalogue
from greenfin.reference.templates import Template

RULE = "X-16"
_CLASSES = ("class1", "class2", "code", "entry")
_NONE = "unknown"  # of what stands in no class


def of_one_edition(
    tables: Sequence[Table], templates: Mapping[str, Template], catalogues: Mapping[str, Catalogue], edition: str
) -> Iterator[Problem]:
    """Cells with a value that are of a class which the edition of their table does not have: another edition's. One problem a table."""
    for table in tables:
        own = templates[table.id].edition or edition if table.id in templates else edition
        known = catalogues[own].entries.keys()
        strange = [(cell, code) for cell in table.cells.values() if cell.value is not None for code in _codes(cell) if code not in known]
        if strange:
            cell, code = strange[0]
            yield error("disclose.rule_broken", cell.id, rule=RULE, other=own, found=code, expected=own)


def _codes(cell: Cell) -> Iterator[str]:
    return (code for name in _CLASSES if (code := cell.how.keys.get(name, _NONE)) != _NONE)

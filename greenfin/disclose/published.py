"""Last year's figures as they were published: found by address, taken over or refused, never recomputed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from greenfin.core.problems import Problem, error, warning
from greenfin.core.records import PriorCell
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio
from greenfin.reference.template_sets import Bridge
from greenfin.reference.templates import Template

Address = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Taken:
    """A published figure in the unit asked for, or why there is none (``reason``). ``restated``: why it differs from what was printed."""

    value: Fraction | None
    reason: str = ""
    source: str = ""
    restated: str = ""
    edition_unknown: bool = False


@dataclass(slots=True)
class Published:
    """The prior figures of a report, by address; remembers which were asked for and what was wrong."""

    cells: Mapping[Address, PriorCell]
    same: Mapping[Address, tuple[Address, ...]]  # cells of this report that are one figure
    edition: str
    problems: list[Problem] = field(default_factory=list)
    used: set[Address] = field(default_factory=set)
    absent: list[str] = field(default_factory=list)

    def take(
        self, current: Address, prior: Address, *, unit: str, by_edition: bool, by_class: bool = False, bridges: Sequence[Bridge] = ()
    ) -> Taken:
        """Last year's figure for the cell at ``prior``: last year it stood at ``current``, or in a cell that is the same figure.

        ``by_class``: the row is a class of the catalogue, and the same code is another class in another edition, restated or not.
        """
        where = [current, *(() if current in self.cells else (prior,)), *self.same.get(current, ())]
        found = [(at, self.cells[at]) for at in where if at in self.cells]
        self.used.update(at for at, _ in found)
        name = "{}!{}.{}".format(*prior)
        if not found:
            self.absent.append(name)
            return Taken(None, "no_prior")
        self._must_agree(name, [cell for _, cell in found])
        cell = found[0][1]
        if by_edition and cell.edition and cell.edition != self.edition and (by_class or not cell.restated):
            self._tell(warning("disclose.prior_edition", cell.source_cell or name, cell=name, found=cell.edition, edition=self.edition))
            return Taken(None, "prior_edition", cell.source_cell)
        return self._checked(name, cell, unit, by_edition, bridges)

    def earlier(self, prior: Address, current: Address, here: Address) -> Address:
        """Where the figure of the year before last stands: in last year's report its own prior column, if it has both; else ``here``."""
        return prior if current in self.cells and here not in self.cells else here

    def _tell(self, problem: Problem) -> None:
        """Each thing wrong with a published figure once, however many cells rest on it."""
        if (problem.code, problem.where) not in {(p.code, p.where) for p in self.problems}:
            self.problems.append(problem)

    def _must_agree(self, name: str, cells: Sequence[PriorCell]) -> None:
        first = cells[0]
        for other in cells[1:]:
            same_unit = other.unit == first.unit
            if same_unit and other.value != first.value:
                self._tell(warning("disclose.prior_differs", other.source_cell or name, found=other.source_cell, used=first.source_cell))

    def _checked(self, name: str, cell: PriorCell, unit: str, by_edition: bool, bridges: Sequence[Bridge]) -> Taken:
        try:
            ratio = unit_ratio(cell.unit, unit, bridges)
        except (UnknownUnit, WrongDimension):
            self._tell(error("disclose.prior_unit", cell.source_cell or name, cell=name, found=cell.unit, unit=unit))
            return Taken(None, "prior_unit", cell.source_cell)
        unknown = by_edition and not cell.edition and not cell.restated
        if unknown:
            self._tell(warning("disclose.prior_edition_unknown", cell.source_cell or name, cell=name))
        return Taken(cell.value * ratio, "", cell.source_cell, cell.restated, unknown)

    def leftovers(self, is_known: Callable[[Address], bool]) -> Iterator[Problem]:
        """Published figures at addresses that this report does not have, and cells that found none although others did."""
        for at, cell in self.cells.items():
            if at not in self.used and not is_known(at):
                yield warning("disclose.prior_unused", cell.source_cell, cell="{}!{}.{}".format(*at))
        if self.cells and self.absent:
            yield warning("disclose.prior_absent", self.absent[0], n=len(self.absent))


def unit_ratio(found: str, wanted: str, bridges: Sequence[Bridge] = ()) -> Fraction:
    """How many ``wanted`` one ``found`` is, over a declared equality where the dimensions differ; raises WrongDimension."""
    if found == wanted:
        return Fraction(1)
    for bridge in bridges:
        try:
            return exact_ratio(found, bridge.from_unit) * bridge.ratio * exact_ratio(bridge.to_unit, wanted)
        except WrongDimension:
            continue
    return exact_ratio(found, wanted)


def collect(prior: Sequence[PriorCell], templates: Mapping[str, Template], edition: str) -> Published:
    """The published figures by address; of two for one address the first counts, the second is a problem."""
    cells: dict[Address, PriorCell] = {}
    problems: list[Problem] = []
    for cell in prior:
        at = (cell.table, cell.row, cell.column)
        if at in cells:
            problems.append(error("disclose.prior_twice", cell.source_cell, cell="{}!{}.{}".format(*at)))
        cells.setdefault(at, cell)
    return Published(cells, _same(templates), edition, problems)


def _same(templates: Mapping[str, Template]) -> Mapping[Address, tuple[Address, ...]]:
    """Cells joined by a reference, or held equal by a rule, are one figure, in both directions."""
    found: dict[Address, list[Address]] = {}
    for here, there in (pair for template in templates.values() for pair in _joined(template)):
        found.setdefault(here, []).append(there)
        found.setdefault(there, []).append(here)
    return {at: tuple(others) for at, others in found.items()}


def _joined(template: Template) -> Iterator[tuple[Address, Address]]:
    for row in template.rows:
        if row.maker and row.maker.op == "ref":
            yield (template.id, row.id, "current"), template.address(row.maker.args[0], row=row.id, column="current")
    for rule in template.checks:
        if rule.kind == "equal":
            first, second = (template.address(arg, row="", column="current") for arg in rule.args)
            yield first, second

"""The rules between the cells of a run: which held, which did not, which had nothing to hold. No streamlit here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from greenfin.core.problems import Problem, Severity
from greenfin.core.records import Cell, Table, signed
from greenfin.disclose import check
from greenfin.disclose.checks import declared
from greenfin.messages import Lang, say
from greenfin.pipeline import RunResult
from greenfin.reference.templates import Check, Template
from greenfin.ui.views.said import in_words
from greenfin.ui.views.why import cell_names

PASSED, FAILED, NONE = "passed", "failed", "none"
_COMPUTED = ("ref", "total", "ratio", "diff", "growth", "points")
_ANY = ("@", "*")
_HERE = ("disclose.cell_differs", "disclose.cell_units", "disclose.rule_broken", "disclose.rule_doubtful")  # told with their rules


@dataclass(frozen=True, slots=True)
class Place:
    """A cell that a rule names: its id, and what it is called."""

    cell: str
    words: str


@dataclass(frozen=True, slots=True)
class Held:
    """A rule and what became of it: ``state`` is passed, failed or none; ``says`` the rule, ``problems`` what is wrong (cell, words)."""

    code: str
    table: str
    says: str
    state: str
    severity: str
    places: tuple[Place, ...]
    problems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All checks of a run, failed ones first, and how many are in each state."""

    checks: tuple[Held, ...]
    passed: int
    failed: int
    none: int


def checks_of(result: RunResult, lang: Lang) -> Report:
    """Every cell made from others computed again, every rule of the templates, and what else was found wrong with a cell."""
    tables = list(result.tables.values())
    names = cell_names(result.tables, lang)
    templates = {table.id: result.reference.templates[table.id] for table in tables}
    differing = check(tables)
    again = [_computed(table, [p for p in differing if p.where.startswith(f"{table.id}!")], lang) for table in tables]
    rules = _Rules(tables, result.problems, names, lang)
    ruled = [held for table in tables for held in rules.of(table, templates[table.id])]
    others = _others([p for p in result.problems if p.code not in _HERE], result.tables, names, lang)
    found = sorted((*ruled, *again, *others), key=lambda held: ((FAILED, PASSED, NONE).index(held.state), held.severity != "error"))
    counts = [sum(held.state == state for held in found) for state in (PASSED, FAILED, NONE)]
    return Report(tuple(found), *counts)


def _computed(table: Table, wrong: Sequence[Problem], lang: Lang) -> Held:
    """The cells of a table that are made from other cells."""
    made = sum(cell.how.op in _COMPUTED and cell.value is not None for cell in table.cells.values())
    state = FAILED if wrong else PASSED if made else NONE
    return Held("X-01", table.id, say("ui.check.computed", lang, n=made), state, "error", (), _told(wrong, lang))


@dataclass(slots=True)
class _Rules:
    """The rules that templates declare, over the tables of a run."""

    tables: Sequence[Table]
    problems: Sequence[Problem]
    names: Mapping[str, str]
    lang: Lang
    cells: Mapping[str, Cell] = field(init=False)

    def __post_init__(self) -> None:
        self.cells = {cell.id: cell for each in self.tables for cell in each.cells.values()}

    def of(self, table: Table, template: Template) -> Iterator[Held]:
        for rule in template.checks:
            wrong = self._broken(rule, table, template)
            known = tuple(self._places(rule, template))
            state = FAILED if wrong else PASSED if known and self._has_value(known[0]) else NONE
            severity = wrong[0].severity.value if wrong else rule.severity
            yield Held(rule.id, table.id, rule.says or self._says(rule, template), state, severity, known, _told(wrong, self.lang))

    def _broken(self, rule: Check, table: Table, template: Template) -> list[Problem]:
        """What breaks a rule; one between a cell and a sum was looked at when the tables were made."""
        if rule.kind != "sum":
            return list(declared(self.tables, {table.id: replace(template, checks=(rule,))}))
        cell = _address(rule.args[0], template)
        return [p for p in self.problems if p.where == cell and p.params.get("rule") == rule.id]

    def _has_value(self, place: Place) -> bool:
        cell = self.cells.get(place.cell)
        return cell is not None and cell.value is not None

    def _places(self, rule: Check, template: Template) -> Iterator[Place]:
        """The cells that a rule names and that are there; of a pattern the first that fits."""
        for _, arg in map(signed, rule.args):
            address = _address(arg, template)
            cell = address if address in self.cells else self._first_like(address)
            if cell:
                yield Place(cell, self.names.get(cell, cell))

    def _first_like(self, address: str) -> str:
        mark = next((sign for sign in _ANY if sign in address), "")
        before, _, after = address.partition(mark or address)
        return next((name for name in self.cells if name.startswith(before) and name.endswith(after)), "") if mark else ""

    def _says(self, rule: Check, template: Template) -> str:
        """The rule in words: what it is about, and of how many cells."""
        address = _address(rule.args[0], template) if rule.args else ""
        first = self.names.get(address) or self.names.get(self._first_like(address)) or address
        return say(f"ui.check.{rule.kind}", self.lang, first=first, low=rule.low, high=rule.high)


def _address(arg: str, template: Template) -> str:
    return "{}!{}.{}".format(*template.address(signed(arg)[1], row="", column="current"))


def _told(problems: Sequence[Problem], lang: Lang) -> tuple[tuple[str, str], ...]:
    return tuple((problem.where, in_words(problem, lang)) for problem in problems)


def _others(problems: Sequence[Problem], tables: Mapping[str, Table], names: Mapping[str, str], lang: Lang) -> Iterator[Held]:
    """What else is wrong with a cell: last year's figures, restatements, units, prose."""
    of_code: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        table = problem.where.partition("!")[0]
        if table in tables and problem.severity is not Severity.INFO:
            of_code.setdefault((problem.code, table), []).append(problem)
    for (code, table), found in of_code.items():
        places = tuple(Place(p.where, names.get(p.where, p.where)) for p in found if p.where in names)
        yield Held(code, table, say("ui.check.other", lang), FAILED, found[0].severity.value, places, _told(found, lang))

"""Problems: what is wrong, where, and how bad. The words live in ``greenfin/messages``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")
_LONGEST = 600  # signs of a slot


class Severity(StrEnum):
    """How bad a problem is."""

    ERROR = "error"  # the figure is left out
    WARNING = "warning"  # the figure stands, marked
    INFO = "info"  # logged: a conversion, a fill


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the user's data, with an address.

    ``code`` is stable, dotted by room (``ingest.amount_unreadable``), and has its words in every language.
    ``where`` is ``book.xlsx!sheet!H12``, ``grid.csv:7``, a loan id, a cell id or ``""`` for the whole run.
    ``params`` fill the slots of the words. They never hold a borrower's name.
    """

    code: str
    severity: Severity
    where: str = ""
    params: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "params", _cut(self.params))


def _cut(params: Mapping[str, object]) -> Mapping[str, object]:
    """No text longer than a message can bear: a cell may hold thirty thousand signs."""
    for value in params.values():
        if isinstance(value, str) and len(value) > _LONGEST:
            return {name: f"{one[:_LONGEST]}…" if isinstance(one, str) and len(one) > _LONGEST else one for name, one in params.items()}
    return params


def error(code: str, where: str = "", **params: object) -> Problem:
    """A problem that leaves a figure out."""
    return Problem(code, Severity.ERROR, where, params)


def warning(code: str, where: str = "", **params: object) -> Problem:
    """A problem that leaves the figure standing, marked."""
    return Problem(code, Severity.WARNING, where, params)


def info(code: str, where: str = "", **params: object) -> Problem:
    """Something done on the way that the user may want to know."""
    return Problem(code, Severity.INFO, where, params)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What each step returns: a value and the problems met on the way."""

    value: T
    problems: tuple[Problem, ...] = ()

    def plus(self, problems: Iterable[Problem]) -> Outcome[T]:
        """The same value with more problems."""
        return Outcome(self.value, (*self.problems, *problems))


class Refused(Exception):
    """The whole command cannot be done (misuse, unreadable file): the CLI prints it and exits 2."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class BadReference(Exception):
    """The reference data are broken; all that is wrong with them, together."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(", ".join(sorted({p.code for p in self.problems})))


_ROW = re.compile(r"\d+$")


def by_place(problem: Problem) -> tuple[int, str]:
    """What problems of one code are put in order by: the row of their cell, else the name of what they are about.

    >>> by_place(error("x", "book.xlsx!A12")), by_place(error("x", "P7"))
    ((12, 'book.xlsx!A12'), (0, 'P7'))
    """
    row = _ROW.search(problem.where) if "!" in problem.where else None
    return (int(row.group()) if row else 0), problem.where

"""The span between conventions: what one project's results are under every choice that the documents leave open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from greenfin.measure.calculate import Measured, run
from greenfin.measure.settings import settings
from greenfin.methods.choices import choices_of
from greenfin.methods.declare import Convention, Declaration, applies

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

Choices = Mapping[str, str]
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A result (small unit) under each set of choices that gives one, from the smallest to the greatest."""

    cases: tuple[tuple[int, Choices], ...]

    @property
    def by(self) -> tuple[str, ...]:
        """The conventions that it depends on: those that two cases differ in alone, with different amounts."""
        names = dict.fromkeys(name for _, choices in self.cases for name in choices)
        return tuple(name for name in names if self._depends(name))

    def _depends(self, name: str) -> bool:
        alike: dict[Pairs, int] = {}
        others = ((tuple(sorted((n, c) for n, c in choices.items() if n != name)), amount) for amount, choices in self.cases)
        return any(alike.setdefault(rest, amount) != amount for rest, amount in others)

    @property
    def spread(self) -> float | None:
        """How much greater the greatest is than the smallest, as a share of it; None where the smallest is not above zero."""
        smallest, greatest = self.cases[0][0], self.cases[-1][0]
        return greatest / smallest - 1 if smallest > 0 else None


def spans(done: Measured, reference: Reference) -> dict[str, Span]:
    """Per output (of row 0) its span; outputs that every choice gives alike are left out.

    Conventions that are facts of the project (which fuel was replaced) stay as chosen. Choices that do not go together are no case, and
    those whose factor is not there give nothing.
    """
    found: dict[str, list[tuple[int, Choices]]] = {}
    for choices in _all(done):
        other = done if choices == dict(done.case.choices) else run(replace(done.case, choices=choices), reference)
        for name, has in other.has.items():
            if has[0]:
                found.setdefault(name, []).append((int(other.amounts[name][0]), choices))
    ordered = {name: Span(tuple(sorted(cases, key=lambda case: case[0]))) for name, cases in found.items()}
    return {name: span for name, span in ordered.items() if span.cases[0][0] != span.cases[-1][0]}


def _all(done: Measured) -> list[dict[str, str]]:
    """The sets of choices, each once: every combination, or one convention at a time where those are too many."""
    declaration, chosen = done.case.declaration, dict(done.case.choices)
    free = {c.name: _compared(c, chosen.get(c.name, c.default)) for c in declaration.conventions if not c.only_asked}
    together = prod(len(names) for names in free.values()) <= settings().combinations
    asked = (chosen | each for each in (_together(free) if together else _apart(free)))
    sets = [choices_of(declaration, each) for each in asked if each == chosen or _fit(declaration, each)]
    return list({tuple(sorted(each.items())): each for each in sets}.values())


def _compared(convention: Convention, chosen: str) -> list[str]:
    """The choices to compare: all that are no facts of the project, or the chosen one where it, or the convention, is such a fact."""
    facts = [choice.name for choice in convention.choices if choice.fact or convention.fact]
    return [chosen] if chosen in facts else [choice.name for choice in convention.choices if choice.name not in facts]


def _fit(declaration: Declaration, asked: Choices) -> bool:
    """Whether the choices go together."""
    return all(applies(choice.fits, asked) for c in declaration.conventions for choice in c.choices if choice.name == asked.get(c.name))


def _together(free: Mapping[str, list[str]]) -> Iterator[dict[str, str]]:
    yield from (dict(zip(free, names, strict=True)) for names in product(*free.values()))


def _apart(free: Mapping[str, list[str]]) -> Iterator[dict[str, str]]:
    yield {}
    yield from ({name: choice} for name, choices in free.items() for choice in choices)

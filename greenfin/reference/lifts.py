"""Which documents would lift most of what the strict policy leaves blank."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from greenfin.core.problems import Problem

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

BLANKS = "reference.strict_blanks"
NO_METHOD = "-"


@dataclass(frozen=True, slots=True)
class Lift:
    """A document whose values are blank until they were seen in it: the factors (``id@region``) and the methods that take them."""

    source: str
    factors: tuple[str, ...]
    methods: tuple[str, ...]


def lifts(reference: Reference, problems: Iterable[Problem]) -> tuple[Lift, ...]:
    """The documents of the blank values among ``problems``: those that free most methods first, then those with most values."""
    factors: dict[str, list[str]] = {}
    methods: dict[str, dict[str, None]] = {}
    for problem in problems:
        found = reference.factors.get(str(problem.params["key"])) if problem.code == BLANKS else None
        if found is None:
            continue
        factors.setdefault(found.source, []).append(f"{found.id}@{found.region}")
        stopped = str(problem.params["methods"]).split(", ")
        methods.setdefault(found.source, {}).update(dict.fromkeys(name for name in stopped if name != NO_METHOD))
    ranked = sorted(factors, key=lambda name: (-len(methods[name]), -len(factors[name]), name))
    return tuple(Lift(name, tuple(factors[name]), tuple(methods[name])) for name in ranked)

"""Figures beside what they should be, and a table of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure beside what it should be: ``at_most`` or ``at_least``."""

    name: str
    found: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def is_met(self) -> bool:
        """Whether the figure is as it should be."""
        return (self.at_most is None or self.found <= self.at_most) and (self.at_least is None or self.found >= self.at_least)


def table(found: Sequence[Goal]) -> str:
    """The goals as lines."""
    lines = []
    for goal in found:
        wanted = f"<= {goal.at_most:g}" if goal.at_most is not None else f">= {goal.at_least:g}" if goal.at_least is not None else "-"
        met = "" if wanted == "-" else "yes" if goal.is_met else "NO"
        lines.append(f"{goal.name:55} {goal.found:10.2f}  {wanted:>8}  {met}")
    return "\n".join(lines)

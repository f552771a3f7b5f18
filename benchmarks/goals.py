"""Figures beside what they should be: as JSON lines, and as a table of them."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict, dataclass


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

    @property
    def wanted(self) -> str:
        """What the figure should be; a dash where nothing is asked of it."""
        return f"<= {self.at_most:g}" if self.at_most is not None else f">= {self.at_least:g}" if self.at_least is not None else "-"

    @property
    def met(self) -> str:
        """Whether it is, as a word; empty where nothing is asked of it."""
        return "" if self.wanted == "-" else "yes" if self.is_met else "NO"


def table(found: Sequence[Goal]) -> str:
    """The goals as lines."""
    return "\n".join(f"{goal.name:55} {goal.found:10.2f}  {goal.wanted:>8}  {goal.met}" for goal in found)


def tell(found: Sequence[Goal], asked: Namespace) -> None:
    """Print the goals: a JSON line each with the sizes asked for (``benchmarks/all.py`` gathers them), then the table."""
    sizes = {name: given for name, given in vars(asked).items() if given and isinstance(given, int | list)}
    for goal in found:
        print(json.dumps({"goal": goal.name, **asdict(goal), "is_met": goal.is_met, "sizes": sizes}))
    print(table(found))

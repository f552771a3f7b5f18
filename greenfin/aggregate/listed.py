"""Figures of lists that the bank's own file holds: stress tests, cases, training, carbon accounts, vetoes (``listed.toml``)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from greenfin.core.money import round_half_up
from greenfin.core.problems import Outcome, Problem, error
from greenfin.core.records import Bank, Sum
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio, parse_quantity, same_dimension

TABLE = "stated"
_RATES, _MASS = "percent", "t"


def listed_sums(bank: Bank) -> Outcome[tuple[Sum, ...]]:
    """Of each line of each list its figures (``training_figure``, keys ``training`` and ``item``), that it is there (``training_line``),
    and over all lines the figures that add up; a figure that cannot be read is left out with its address.
    """
    found: list[Sum] = []
    problems: list[Problem] = []
    for name, list_ in _lists().items():
        lines = lines_of(bank, name)
        found += [Sum(f"{name}_line", {name: line}, 1, "count", 1, TABLE, f"{name}.{int(line)}") for line in lines]
        figures: dict[str, list[int]] = {}
        for line, said in lines.items():
            for item, (unit, small) in list_["figures"].items():
                value = _small(said[item], unit, small) if said.get(item) else None
                if said.get(item) and value is None:
                    problems.append(error("aggregate.stated_unreadable", f"{name}.{int(line)}.{item}", found=said[item], unit=unit))
                elif value is not None:
                    found.append(Sum(f"{name}_figure", {name: line, "item": item}, value, small, 1, TABLE, f"{name}.{int(line)}.{item}"))
                    figures.setdefault(item, []).append(value)
        found += _totals(name, figures, list_["figures"], lines=len(lines))
    return Outcome(tuple(found), tuple(problems))


def _totals(name: str, figures: Mapping[str, Sequence[int]], units: Mapping[str, Sequence[str]], *, lines: int) -> Iterator[Sum]:
    """The sums over all lines, marked where some of them do not say it; rates do not add up."""
    for item, values in figures.items():
        unit, small = units[item]
        if unit != _RATES:
            marks = ("incomplete",) if len(values) < lines else ()
            yield Sum(f"{name}_figure", {"item": item}, sum(values), small, len(values), TABLE, name, marks)


def listed_texts(bank: Bank) -> Mapping[str, Mapping[str, str]]:
    """What the lines say in words: ``{"training_event": {"01": …}}``."""
    return {
        f"{name}_{text}": {line: said[text] for line, said in lines_of(bank, name).items() if said.get(text)}
        for name, list_ in _lists().items()
        for text in list_["texts"]
    }


def lines_of(bank: Bank, name: str) -> Mapping[str, Mapping[str, str]]:
    """The lines of a list by their numbers, which sort as they stand; what each says.

    >>> lines_of(Bank(extra={"training.2.people": "30", "training.1.people": "20", "training_hours": "6"}), "training")
    {'01': {'people': '20'}, '02': {'people': '30'}}
    """
    found: dict[int, dict[str, str]] = {}
    for key, value in bank.extra.items():
        if match := re.fullmatch(rf"{name}\.(\d+)\.(\w+)", key):
            found.setdefault(int(match[1]), {})[match[2]] = value
    return {f"{line:02d}": found[line] for line in sorted(found)}


def _small(text: str, unit: str, small: str) -> int | None:
    """A text as an integer of the small unit; a bare mass is one of what the figure is about."""
    try:
        amount, named = parse_quantity(text)
        own = unit if named == "dimensionless" else unit.replace(_MASS, named, 1) if same_dimension(named, _MASS) else named
        return int(round_half_up(Fraction(amount) * exact_ratio(own, small), 0))
    except (UnknownUnit, WrongDimension, ValueError):
        return None


@cache
def _lists() -> Mapping[str, Any]:
    return tomllib.loads(files("greenfin.aggregate").joinpath("listed.toml").read_text("utf-8"))

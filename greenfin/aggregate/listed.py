"""Figures of lists that the bank's own file or its questionnaire holds: stress tests, cases, training, carbon accounts, vetoes
(``listed.toml``)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from greenfin.core.money import round_half_up
from greenfin.core.problems import Outcome, Problem, error
from greenfin.core.records import Answer, Bank, Sum
from greenfin.core.units import UnknownUnit, WrongDimension, exact_ratio, parse_quantity, same_dimension

TABLE = "stated"
_RATES, _MASS = "percent", "t"


def listed_sums(bank: Bank, answers: Sequence[Answer] = ()) -> Outcome[tuple[Sum, ...]]:
    """Of each line of each list its figures (``training_figure``, keys ``training`` and ``item``), that it is there (``training_line``),
    and over all lines the figures that add up; a figure that cannot be read is left out with its address.
    """
    found: list[Sum] = []
    problems: list[Problem] = []
    for name, list_ in _lists().items():
        lines = _lines(bank, name, answers)
        found += [Sum(f"{name}_line", {name: line}, 1, "count", 1, TABLE, one.origin) for line, one in lines.items()]
        figures: dict[str, list[int]] = {}
        for line, one in lines.items():
            for item, (unit, small) in list_["figures"].items():
                text, where = one.said.get(item, ""), f"{one.origin}.{one.columns.get(item, item)}"
                value = _small(text, unit, small) if text else None
                if text and value is None:
                    problems.append(error("aggregate.stated_unreadable", where, found=text, unit=unit))
                elif value is not None:
                    found.append(Sum(f"{name}_figure", {name: line, "item": item}, value, small, 1, TABLE, where))
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


def listed_texts(bank: Bank, answers: Sequence[Answer] = ()) -> Mapping[str, Mapping[str, str]]:
    """What the lines say in words: ``{"training_event": {"01": …}}``."""
    return {
        f"{name}_{text}": {line: one.said[text] for line, one in _lines(bank, name, answers).items() if one.said.get(text)}
        for name, list_ in _lists().items()
        for text in list_["texts"]
    }


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list: what it says, where (``origin``), and what its figures are called there where that is otherwise."""

    said: Mapping[str, str]
    origin: str
    columns: Mapping[str, str] = field(default_factory=dict)


def _lines(bank: Bank, name: str, answers: Sequence[Answer]) -> Mapping[str, Line]:
    """The bank's own lines, and those of the questionnaire below them as far as the list takes them."""
    own = [Line(said, f"{name}.{int(line)}") for line, said in lines_of(bank, name).items()]
    of = _lists()[name].get("answers", {})
    more = list(_answered(of, answers)) if of and (of["adds"] == "always" or not own) else []
    numbers = [int(line) for line in lines_of(bank, name)]
    numbers += range(max(numbers, default=0) + 1, max(numbers, default=0) + 1 + len(more))
    return {f"{number:02d}": line for number, line in zip(numbers, (*own, *more), strict=True)}


def _answered(of: Mapping[str, str], answers: Sequence[Answer]) -> Iterator[Line]:
    """The rows of a register of the questionnaire, in their first language."""
    columns = {item: column for item, column in of.items() if item not in ("register", "adds")}
    rows: dict[int, dict[str, str]] = {}
    for one in answers:
        if one.row and f"{one.item}.{one.field}" == of["register"]:
            rows.setdefault(one.row, {}).setdefault(one.column, one.text)
    for row in sorted(rows):
        said = {item: rows[row][column] for item, column in columns.items() if rows[row].get(column)}
        yield Line(said, f"{of['register']}.{row}", columns)


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

"""Plausible bands of ratios between a project's figures (``bands.csv``): what is a likely size, by which document, what to look at."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from greenfin.core.units import FloatColumn, WrongDimension, magnitude, quantity

Entry = tuple[str, str]
NOTHING: Mapping[str, float] = MappingProxyType({})
Columns = Mapping[str, tuple[FloatColumn, str]]  # a figure's name -> its values and their unit


@dataclass(frozen=True, slots=True)
class Range:
    """A band for some entries of catalogues (none: for all) and some methods (a minus: all but these)."""

    band: str
    above: str
    below: str
    unit: str
    low: float
    high: float
    methods: tuple[str, ...]
    entries: tuple[Entry, ...]
    is_national: bool
    look_at: tuple[str, ...]
    source: str

    @property
    def shown(self) -> str:
        """The ratio as a formula of names."""
        return f"{self.above} / {self.below}" if self.below else self.above

    def covers(self, method: str) -> bool:
        """Whether it speaks about a method; ``""`` is a claim without one."""
        if self.methods[0].startswith("-"):
            return method not in (self.methods[0][1:], *self.methods[1:])
        return method in ("", *self.methods) or self.methods == ("*",)


@dataclass(frozen=True, slots=True)
class Odd:
    """Rows whose ratio is outside of its band."""

    range: Range
    rows: Sequence[int]
    values: FloatColumn


@cache
def ranges() -> tuple[Range, ...]:
    """All of ``bands.csv``; of one band the narrower come first."""
    lines = files("greenfin.methods").joinpath("bands.csv").read_text("utf-8").splitlines()
    return tuple(_range(row) for row in csv.DictReader(lines))


def names_for(method: str) -> frozenset[str]:
    """The figures that the bands of a method look at."""
    return frozenset(name for each in ranges() if each.covers(method) for name in (each.above, each.below))


def _range(row: Mapping[str, str]) -> Range:
    entries = tuple((edition, code) for edition, _, code in (each.partition("/") for each in row["entries"].split()))
    return Range(
        *(row["band"], row["above"], row["below"], row["unit"], float(row["low"]), float(row["high"])),
        *(tuple(row["methods"].split()), entries, row["grid"] == "national", tuple(row["look_at"].split()), row["source"]),
    )


def odd(columns: Columns, *, method: str, entries: Sequence[Entry], slack: Mapping[str, float] = NOTHING) -> Iterator[Odd]:
    """Every band's rows that lie outside of it, among the figures there are (NaN: not given); what is not positive is told elsewhere.

    ``entries`` are the catalogue entries of the rows. ``slack`` widens a figure by a share of itself, for printed digits.
    """
    taken: dict[str, NDArray[np.bool_]] = {}
    distinct = list(dict.fromkeys(entries))
    number = {entry: place for place, entry in enumerate(distinct)}
    places = np.fromiter((number[entry] for entry in entries), dtype=np.int64, count=len(entries))
    for each in ranges():
        values = _ratio(columns, each) if each.covers(method) else None
        if values is None:
            continue
        free = ~taken.get(each.band, np.zeros(len(values), dtype=np.bool_))
        here = free & _belongs(each, places, distinct)
        taken[each.band] = ~free | here
        more = 1 + sum(slack.get(name, 0.0) for name in (each.above, each.below))
        out = here & np.isfinite(values) & (values > 0) & ((values * more < each.low) | (values > each.high * more))
        if out.any():
            yield Odd(each, [int(row) for row in np.flatnonzero(out)], values)


def _belongs(each: Range, places: NDArray[np.int64], distinct: Sequence[Entry]) -> NDArray[np.bool_]:
    """Per row whether the range is for its entry."""
    if not each.entries:
        return np.ones(len(places), dtype=np.bool_)
    fits = [any(entry[0] == edition and f"{entry[1]}.".startswith(f"{code}.") for edition, code in each.entries) for entry in distinct]
    return np.asarray(fits, dtype=np.bool_)[places]


def _ratio(columns: Columns, each: Range) -> FloatColumn | None:
    """The ratio in the band's unit; None where a figure is not there or is of another kind."""
    if any(name and name not in columns for name in (each.above, each.below)):
        return None
    above, of = columns[each.above]
    below, per = columns[each.below] if each.below else (np.ones_like(above), "1")
    scale = _scale(of, per, each.unit)
    with np.errstate(all="ignore"):
        return None if scale is None else above / np.where(below > 0, below, np.nan) * scale


@cache
def _scale(above: str, below: str, unit: str) -> float | None:
    try:
        return float(magnitude(quantity(1.0, above) / quantity(1.0, below), unit))
    except WrongDimension:
        return None

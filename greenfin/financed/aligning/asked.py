"""What the ways of alignment share: their tables, the formulas of the methods over whole columns, names as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from greenfin.core.problems import Outcome, Problem, Refused, error, warning
from greenfin.core.units import FloatColumn, UnknownUnit, WrongDimension, magnitude, quantity, ratio
from greenfin.methods.given import Given
from greenfin.methods.registry import method

ONE = "1"
NO_NAME = ""


class Table(Protocol):
    """A table as read: rows under known names with the ``cell`` of each, the units of its columns, the currencies of its amounts."""

    @property
    def rows(self) -> pl.DataFrame:
        """The rows; columns that the file does not have are not there."""

    @property
    def units(self) -> Mapping[str, str]:
        """The unit that each column's header names."""

    @property
    def currencies(self) -> frozenset[str]:
        """The currencies of its amounts."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """What came out: ``companies`` one row for each company (technology, year), ``sectors`` and the whole ``portfolio`` alike."""

    way: str
    companies: pl.DataFrame
    sectors: pl.DataFrame
    portfolio: pl.DataFrame


class Way(Protocol):
    """One way of alignment."""

    def __call__(self, portfolio: Sequence[Table], scenario: Sequence[Table], *, choices: Mapping[str, str]) -> Outcome[Aligned]:
        """The portfolio against the scenario; raises Refused for what it cannot do without."""


def formula(
    id_: str, lists: Mapping[str, FloatColumn], *, single: Mapping[str, FloatColumn] | None = None, choices: Mapping[str, str] | None = None
) -> dict[str, FloatColumn]:
    """The results of a method's formula over whole lists (rows x places), by name; what is not given is missing."""
    declaration, chosen = method(id_).declaration, dict(choices or {})
    chosen = {c.name: chosen.get(c.name, c.default) for c in declaration.conventions}
    nothing = {i.name: quantity(np.array([np.nan]), ONE) for i in declaration.inputs}
    fixed = {p.name: quantity(float(p.value), p.unit) for p in declaration.parameters_for(chosen)}
    alone = {name: quantity(values, ONE) for name, values in (single or {}).items()}
    whole = {name: quantity(np.atleast_2d(values), ONE) for name, values in lists.items()}
    given = Given(nothing | fixed | alone, {}, chosen, whole)
    return {name: magnitude(found, ONE) for name, found in method(id_).formula(given).items()}


def codes(names: pl.Series) -> FloatColumn:
    """A number for each distinct name, in the order of the names; NaN where there is none."""
    texts = names.fill_null(NO_NAME).to_numpy()
    found = np.unique(texts, return_inverse=True)[1].astype(np.float64)
    return np.where(names.is_null().to_numpy(), np.nan, found)


def words_of(id_: str, name: str) -> dict[str, int]:
    """What a text may say for an input of a method -> the place of that word."""
    spec = next(i for i in method(id_).declaration.inputs if i.name == name)
    return {_plain(word): place for place, group in enumerate(spec.words) for word in group}


def said(texts: pl.Series, known: Mapping[str, int]) -> FloatColumn:
    """The place of each text among the words; NaN for one that is not known."""
    distinct = texts.unique().drop_nulls().to_list()
    places = {text: float(known[_plain(text)]) for text in distinct if _plain(text) in known}
    return reals(texts.replace_strict(places, default=None, return_dtype=pl.Float64))


def _plain(text: str) -> str:
    return "".join(text.casefold().split()).replace("_", "").replace("-", "") if len(text) > LEAST else text


LEAST = 2  # signs of a sign: +1, -1


def reals(column: pl.Series) -> FloatColumn:
    """A column of numbers, NaN where there is none."""
    found: NDArray[np.float64] = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
    return found


def named(rows: pl.DataFrame, *columns: str, kind: type[pl.DataType] = pl.Float64) -> pl.DataFrame:
    """The rows with these columns, empty where the file has none."""
    return rows.with_columns(pl.lit(None, kind).alias(name) for name in columns if name not in rows.columns)


def folded(column: str) -> pl.Expr:
    """A name as names are matched: without blanks, in small letters."""
    return pl.col(column).str.replace_all(r"[\s_]", "").str.to_lowercase().alias(f"{column}_key")


def table_with(tables: Sequence[Table], wanted: Sequence[str], any_of: Sequence[str], *, what: str) -> pl.DataFrame:
    """The rows of all tables that have the wanted columns and any of the others; raises Refused where none has."""
    fits = [one.rows for one in tables if set(wanted) <= set(one.rows.columns) and set(any_of) & set(one.rows.columns)]
    if not fits:
        needs = ", ".join([*wanted, *([" / ".join(any_of)] if any_of else [])])
        raise Refused(error("financed.align_no_table", what, needs=needs))
    return pl.concat(fits, how="diagonal_relaxed")


def one_currency(tables: Sequence[Table]) -> list[Problem]:
    """An error where amounts stand in several currencies: they cannot weigh against each other."""
    found = sorted({code for one in tables for code in one.currencies})
    return [error("financed.align_currencies", "", found=", ".join(found))] if len(found) > 1 else []


def unit_scale(portfolio: Sequence[Table], scenario: Sequence[Table], column: str) -> tuple[float, list[Problem]]:
    """How many of the scenario's unit of a column one of the portfolio's is; 1 where either does not say."""
    mine, theirs = (next((one.units[column] for one in tables if one.units.get(column)), "") for tables in (portfolio, scenario))
    if not (mine and theirs):
        return 1.0, []
    try:
        return ratio(mine, theirs), []
    except (UnknownUnit, WrongDimension):
        return 1.0, [error("financed.align_units", "", found=mine, wanted=theirs)]


@dataclass(frozen=True, slots=True)
class _Scaled:
    """A table whose columns were brought to one unit."""

    rows: pl.DataFrame
    units: Mapping[str, str]
    currencies: frozenset[str]


def in_one_unit(tables: Sequence[Table], *columns: str) -> tuple[Sequence[Table], list[Problem]]:
    """The tables with these columns all in the unit that the first of them says; a column whose unit does not fit is empty, with an error.

    A column without a unit is taken as it is.
    """
    wanted = next((one.units[name] for one in tables for name in columns if one.units.get(name) and name in one.rows.columns), "")
    problems: list[Problem] = []
    return [_scaled(one, columns, wanted, problems) for one in tables], problems


def _scaled(table: Table, columns: Sequence[str], wanted: str, problems: list[Problem]) -> Table:
    units = {name: table.units[name] for name in columns if table.units.get(name) and name in table.rows.columns}
    scales = {name: _ratio(unit, wanted) for name, unit in units.items() if unit != wanted}
    if not scales:
        return table
    problems.extend(error("financed.align_units", "", found=units[name], wanted=wanted) for name, by in scales.items() if by is None)
    rows = table.rows.with_columns((pl.col(name) * pl.lit(by, pl.Float64)).alias(name) for name, by in scales.items())
    return _Scaled(rows, {**table.units, **dict.fromkeys(scales, wanted)}, table.currencies)


def _ratio(unit: str, wanted: str) -> float | None:
    """How many of the one unit the other is, whatever of carbon either names; None where they differ in kind."""
    for one, other in ((unit, wanted), (_bare(unit), _bare(wanted))):
        try:
            return ratio(one, other)
        except (UnknownUnit, WrongDimension):
            continue
    return None


def _bare(unit: str) -> str:
    return unit.replace("CO2e", "").replace("CO2", "")


def from_start(paths: pl.DataFrame, held: pl.DataFrame) -> tuple[pl.DataFrame, list[Problem]]:
    """The scenarios from the portfolio's first year on, where it says one and they have it; a warning where they do not."""
    start = None if held["year"].null_count() else held["year"].min()
    if start is None or (paths["year"] == start).any():
        return (paths if start is None else paths.filter(pl.col("year") >= start)), []
    return paths, [warning("financed.align_start", "", year=str(start), found=str(paths["year"].min()))]


def unmatched(rows: pl.DataFrame, columns: Sequence[str]) -> list[Problem]:
    """What of the portfolio the scenario does not know, by sector and technology."""
    if not len(rows):
        return []
    names = rows.select(pl.concat_str([pl.col(c).fill_null("-") for c in columns], separator="/")).to_series().unique().sort()
    return [warning("financed.align_unmatched", str(rows["cell"][0]), count=len(rows), names=", ".join(names.head(MOST).to_list()))]


MOST = 10  # names in a message

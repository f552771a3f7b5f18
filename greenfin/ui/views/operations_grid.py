"""Month by site of one kind of energy or resource, with what lacks and what is odd marked at its cell. No streamlit here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10
from statistics import median_low
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from greenfin.core.period import MONTHS
from greenfin.core.problems import Problem, Severity
from greenfin.footprint.by_month import Billed, by_month
from greenfin.footprint.items import items
from greenfin.footprint.standing import Case
from greenfin.messages import Lang, codes, say
from greenfin.ui.views.said import tell
from greenfin.ui.views.units import unit_words

MISSING, DOUBT, ODD = "missing", "doubt", "odd"
ENERGY = ("electricity", "natural_gas", "water", "gasoline", "diesel", "heat")  # what people look at first
ABOUT_A_CELL = ("footprint.", "ingest.")
MONTHS_LACK = "ingest.months_missing"
DIGITS = 6  # that count in a figure, as elsewhere (methods.numbers.figure)


@dataclass(frozen=True, slots=True)
class Month:
    """One month at one site: its figure, how it is marked (empty: nothing odd), and what is said of it."""

    text: str
    mark: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """A problem of an item: how bad, at which site and month (0: several), in which cell, in words."""

    severity: str
    site: str
    month: int
    cell: str
    words: str
    is_of_year: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """The months of an item, a row of twelve for each site (with the unit, where a site has another one)."""

    item: str
    words: str
    unit: str
    rows: tuple[tuple[str, tuple[Month, ...]], ...]
    remarks: tuple[Remark, ...]


def word_of(item: str, lang: Lang) -> str:
    """What an item is called."""
    return codes(lang).get(f"item.{item}", item)


def kinds(operations: pa.Table, year: int) -> tuple[str, ...]:
    """The items that there are bills of in a year, energy and water first."""
    dated = operations.filter(pc.equal(pc.year(operations["month_on"]), year))
    found = set(pc.unique(dated["item"]).drop_null().to_pylist())
    known = [name for name in (*ENERGY, *items().known) if name in found]
    return tuple(dict.fromkeys((*known, *sorted(found))))


def years(operations: pa.Table) -> tuple[int, ...]:
    """The years there are bills of, the last first."""
    return tuple(sorted(pc.unique(pc.year(operations["month_on"])).drop_null().to_pylist(), reverse=True))


def grid(
    case: Case, item: str, *, year: int, missing: Mapping[str, Mapping[str, Sequence[int]]], problems: Iterable[Problem], lang: Lang
) -> Grid:
    """The months of an item; ``missing`` as the footprint's coverage has it, ``problems`` those of the file and of the footprint."""
    bills = by_month(case, item, year=year)
    unit = bills[0].unit if bills else ""
    lacking = {site: tuple(found[item]) for site, found in missing.items() if item in found}
    remarks = in_order(_remarks(bills, item, problems, lang))
    remarks = (*_lacking(lacking, remarks, item, lang), *remarks)
    said = {(one.site, one.month): one for one in remarks if one.month}
    names = dict.fromkeys((bill.site, bill.unit) for bill in bills)
    places = {own: _places([bill.quantity for bill in bills if bill.unit == own]) for _, own in names}
    rows = tuple(
        (
            _site(site, own, unit, lang),
            _months([b for b in bills if (b.site, b.unit) == (site, own)], site, said, lacking.get(site, ()), lang, places=places[own]),
        )
        for site, own in names
    )
    return Grid(item, word_of(item, lang), unit_words(unit, lang), rows, remarks)


def _site(site: str, own: str, unit: str, lang: Lang) -> str:
    return site if own == unit else f"{site} ({unit_words(own, lang)})"


def _places(quantities: Sequence[float]) -> int:
    """How many decimals every figure of a unit has: as many as the one in the middle needs for six digits, fewer where all end before."""
    middle = median_low([abs(quantity) for quantity in quantities if quantity] or [1.0])
    most = max(0, DIGITS - 1 - floor(log10(middle)))
    return max(len(f"{quantity:.{most}f}".rstrip("0").partition(".")[2]) for quantity in quantities) if most else 0


def _months(
    bills: Sequence[Billed],
    site: str,
    said: Mapping[tuple[str, int], Remark],
    lacking: Sequence[int],
    lang: Lang,
    *,
    places: int,
) -> tuple[Month, ...]:
    held = {bill.month: bill for bill in bills}
    told = {month: _month(bill, said.get((site, month)), places, lang) for month, bill in held.items()}
    none = {month: Month("", MISSING, say("ui.operations.no_bill", lang)) for month in lacking}
    return tuple(told.get(month) or none.get(month) or Month("") for month in range(1, MONTHS + 1))


def _month(bill: Billed, remark: Remark | None, places: int, lang: Lang) -> Month:
    text, words = f"{bill.quantity:,.{places}f}", remark.words if remark else ""
    if bill.is_in_doubt:
        return Month(text, DOUBT, words or say("ui.operations.in_doubt", lang))
    return Month(text, ODD if remark else "", words)


def _lacking(lacking: Mapping[str, Sequence[int]], told: Iterable[Remark], item: str, lang: Lang) -> Iterator[Remark]:
    """The months that lack at a site of which nobody told it as the file was read."""
    known = {one.site for one in told if one.is_of_year}
    for site, months in ((site, months) for site, months in lacking.items() if site not in known):
        words = say("ui.operations.months_missing", lang, item=item, months=" ".join(map(str, months)))
        yield Remark(Severity.WARNING.value, site, 0, "", words)


def _remarks(bills: Sequence[Billed], item: str, problems: Iterable[Problem], lang: Lang) -> Iterator[Remark]:
    """The problems at a cell of these bills, and those about the item."""
    places = {cell: bill for bill in bills for cell in bill.cells}
    for problem in problems:
        bill = places.get(problem.where)
        if bill and problem.code == MONTHS_LACK:
            yield Remark(problem.severity.value, bill.site, 0, problem.where, tell(problem, lang), is_of_year=True)
        elif bill:
            yield Remark(problem.severity.value, bill.site, bill.month, problem.where, tell(problem, lang))
        elif _is_about(problem, item):
            yield Remark(problem.severity.value, str(problem.params.get("site", "")), 0, _cell(problem), tell(problem, lang))


def _is_about(problem: Problem, item: str) -> bool:
    return problem.params.get("item") == item and problem.code.startswith(ABOUT_A_CELL)


def _cell(problem: Problem) -> str:
    return problem.where if "!" in problem.where else ""


def in_order(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    """The remarks once each, the worst first."""
    order: dict[Any, int] = {severity.value: place for place, severity in enumerate((Severity.ERROR, Severity.WARNING, Severity.INFO))}
    return tuple(sorted(dict.fromkeys(remarks), key=lambda one: order[one.severity]))

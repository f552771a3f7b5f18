"""Which documented factors reproduce a published total, and how well: electricity against all that the other items may add up to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.units import UnknownUnit, WrongDimension
from greenfin.footprint.choices import Amount, Choice, choices_of, declared
from greenfin.footprint.emit import UNIT
from greenfin.methods.declare import Input, Reading
from greenfin.methods.readings import scale

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

PERIMETERS = (("2_location",), ("1", "2_location"), ("1", "2_location", "3"), ("1",))
FITS = ("exact", "close", "near")


@dataclass(frozen=True, slots=True)
class Explained:
    """A set of factors with the total it gives; ``fits``: exact, close, near or none."""

    total: float
    difference: float  # as a share of the published total
    fits: str
    scopes: tuple[str, ...]
    parts: tuple[Choice, ...]
    cost: int
    left_out: tuple[str, ...] = ()  # items of these scopes that are not in the total


@dataclass(frozen=True, slots=True)
class Reverse:
    """The sets that were found, best first, and how many were looked at; ``cut`` items were counted with their first choices only."""

    published: float
    sets: tuple[Explained, ...]
    looked_at: int
    cut: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """A published total in tonnes, and how far rounding may be off (``last_digit``, a share of it): more sets fit a rounder figure."""

    total: float
    last_digit: float = 0.0

    def reach(self, band: str) -> float:
        """How far from the total a band goes, in tonnes."""
        return abs(self.total) * max(float(declared()["within"][band]), self.last_digit)

    @property
    def printed(self) -> float:
        """How far from the total a sum may be that is printed as it, in tonnes; none where the figure is rounder than an exact fit."""
        return abs(self.total) * self.last_digit if self.last_digit < float(declared()["within"]["exact"]) else 0.0


def explain_total(published: Published, activity: pa.Table, emissions: pa.Table, *, reference: Reference, year: int) -> Reverse:
    """The sets of documented factors that reproduce a published total.

    ``activity`` are the usable rows of the year (site, item, unit, quantity, region), ``emissions`` what the default choice gives for them:
    it stands for the items that have no other documented way, and is one of the choices of the rest.
    """
    parts = _parts(activity, emissions, reference, year=year)
    found: list[Explained] = []
    looked_at, cut = 0, set[str]()
    for scopes in dict.fromkeys(_perimeters(parts)):
        chosen = [each for each in parts if each[0].scope in scopes]
        sets, size, less = _searched(published, chosen, scopes, left_out=_left_out(parts, scopes))
        found, looked_at, cut = [*found, *sets], looked_at + size, cut | less
    return Reverse(published.total, _ranked(found), looked_at, tuple(sorted(cut)))


def _perimeters(parts: Sequence[Sequence[Choice]]) -> Iterator[tuple[str, ...]]:
    there = {each[0].scope for each in parts}
    for scopes in PERIMETERS:
        if (held := tuple(scope for scope in scopes if scope in there)) and (held == scopes or set(scopes) >= there):
            yield held


def _left_out(parts: Sequence[Sequence[Choice]], scopes: tuple[str, ...]) -> int:
    out = sum(each[0].scope not in scopes and each[0].scope != "3" for each in parts)
    return int(declared()["costs"]["left_out"] * out + declared()["costs"]["scope3"] * ("3" in scopes))


def _parts(activity: pa.Table, emissions: pa.Table, reference: Reference, *, year: int) -> list[tuple[Choice, ...]]:
    """The choices of each amount; of an item without any, what the default gives."""
    amounts = list(_amounts(activity))
    parts = [found for amount in amounts if (found := choices_of(amount, reference, year=year))]
    done = {each[0].item for each in parts}
    held = [*parts, *((each,) for each in _defaults(emissions) if each.item not in done)]
    return [(*each, _nothing(each[0])) if each[0].item in declared()["may_be_out"] else each for each in held]


def _nothing(choice: Choice) -> Choice:
    """The item left out of the total, as many reports leave out their heat."""
    return Choice(choice.item, choice.scope, 0.0, (), cost=int(declared()["costs"]["left_out"]))


def _amounts(activity: pa.Table) -> Iterator[Amount]:
    """The quantities of the year by item and unit of its forms."""
    raw = declared()
    units = {"electricity": [raw["electricity"]["unit"]], "heat": [raw["heat"]["unit"]], "cooling": [raw["heat"]["unit"]]}
    units.update({item: each["units"] for item, each in raw["fuels"].items()})
    sums: dict[tuple[str, str], dict[str, float]] = {}
    for row in activity.select(["item", "unit", "quantity", "region"]).to_pylist():
        for unit in units.get(row["item"], ()):
            ratio = _ratio(row["item"], str(row["unit"] or ""), unit)
            if ratio is not None and row["quantity"]:
                by_place = sums.setdefault((row["item"], unit), {})
                place = str(row["region"] or "")
                by_place[place] = by_place.get(place, 0.0) + float(row["quantity"]) * ratio
                break
    for (item, unit), by_place in sums.items():
        yield Amount(item, "1" if item in raw["fuels"] else "2_location", unit, by_place)


def _ratio(item: str, unit: str, wanted: str) -> float | None:
    reads = tuple(Reading(each["from"], each["to"]) for each in declared()["fuels"].get(item, {}).get("reads", ()))
    try:
        return scale(Input(item, wanted, "", "", reads=reads), unit, None)
    except (WrongDimension, UnknownUnit):
        return None


def _defaults(emissions: pa.Table) -> Iterator[Choice]:
    """What the default choice gives, by item, of the scopes that may be in a total."""
    counted = emissions.filter(pc.is_in(emissions["scope"], value_set=pa.array(["1", "2_location", "3"])))
    for row in counted.group_by(["item", "scope"], use_threads=False).aggregate([("amount", "sum")]).to_pylist():
        if row["amount_sum"]:
            yield Choice(row["item"], row["scope"], row["amount_sum"] * _TONNE, ())


_TONNE = scale(Input("", "tCO2e", "", ""), UNIT, None)


def _searched(
    published: Published, parts: Sequence[tuple[Choice, ...]], scopes: tuple[str, ...], *, left_out: int
) -> tuple[list[Explained], int, set[str]]:
    """For each choice of the first item (electricity) the best of all sums of the others; one that is printed as the total costs less."""
    first, *others = sorted(parts, key=lambda each: each[0].item != "electricity")
    kept, cut = _bounded(others)
    sums, costs = _sums(kept)
    order = np.argsort(sums)
    found = []
    for choice in first:
        at = _best(published.total - choice.tonnes, sums[order], costs[order], published=published)
        picked = [choice, *_picked(int(order[at]), kept)]
        found.append(_explained(published, picked, scopes, cost=int(costs[order[at]]) + choice.cost + left_out))
    return found, len(first) * len(sums), cut


def _bounded(parts: Sequence[tuple[Choice, ...]]) -> tuple[list[tuple[Choice, ...]], set[str]]:
    """The parts with no more than the declared number of combinations: those that weigh least lose their least likely choices first."""
    kept, cut = list(parts), set[str]()
    while np.prod([float(len(each)) for each in kept]) > declared()["combinations"]:
        wide = [i for i, each in enumerate(kept) if len(each) > 1]
        least = min(wide, key=lambda i: abs(kept[i][0].tonnes))
        kept[least] = kept[least][:-1]
        cut.add(kept[least][0].item)
    return kept, cut


def _sums(parts: Sequence[tuple[Choice, ...]]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """All sums of one choice each, and what makes them less likely: their own costs and the editions that are needed beside one."""
    sums, costs = np.zeros(1), np.zeros(1, np.int64)
    for each in parts:
        sums = np.add.outer(sums, np.array([choice.tonnes for choice in each])).ravel()
        costs = np.add.outer(costs, np.array([choice.cost for choice in each], np.int64)).ravel()
    return sums, costs + int(declared()["costs"]["edition"]) * _strangers(parts)


def _strangers(parts: Sequence[tuple[Choice, ...]]) -> NDArray[np.int64]:
    """How many items of each combination stand outside the edition that most of them share."""
    editions = sorted({edition for each in parts for choice in each for edition in choice.editions})
    size = int(np.prod([len(each) for each in parts], dtype=np.int64)) if parts else 1
    best = np.full(size, 0 if not editions else len(parts), np.int64)
    for edition in editions:
        outside = np.zeros(1, np.int64)
        for each in parts:
            mine = np.array([bool(choice.editions) and edition not in choice.editions for choice in each], np.int64)
            outside = np.add.outer(outside, mine).ravel()
        best = np.minimum(best, outside)
    return best


def _best(wanted: float, sums: NDArray[np.float64], costs: NDArray[np.int64], *, published: Published) -> int:
    """Of the sums nearest to what is wanted the one of the narrowest band, then the likeliest, then the nearest."""
    for band in FITS:
        reach = published.reach(band)
        low, high = np.searchsorted(sums, [wanted - reach, wanted + reach])
        if high > low:
            off = np.abs(sums[low:high] - wanted)
            return int(low) + int(np.lexsort((off, costs[low:high] - int(declared()["printed"]) * (off <= published.printed)))[0])
    return int(np.argmin(np.abs(sums - wanted)))


def _picked(at: int, parts: Sequence[tuple[Choice, ...]]) -> list[Choice]:
    """The choices behind a combination's number."""
    places = np.unravel_index(at, tuple(len(each) for each in parts)) if parts else ()
    return [each[int(place)] for each, place in zip(parts, places, strict=True)]


def _explained(published: Published, parts: Sequence[Choice], scopes: tuple[str, ...], *, cost: int) -> Explained:
    total = sum(choice.tonnes for choice in parts)
    fits = next((band for band in FITS if abs(total - published.total) <= published.reach(band)), "none")
    printed = int(declared()["printed"]) * (abs(total - published.total) <= published.printed)
    counted, out = tuple(each for each in parts if each.tonnes), tuple(each.item for each in parts if not each.tonnes)
    return Explained(total, total / published.total - 1, fits, scopes, counted, max(cost - printed, 0), out)


def _ranked(found: Sequence[Explained]) -> tuple[Explained, ...]:
    """Those that fit, best band first; where none does the nearest few."""
    fitting = sorted((e for e in found if e.fits in FITS), key=lambda e: (FITS.index(e.fits), e.cost, abs(e.difference)))
    if fitting:
        return tuple(fitting[: declared()["listed"]])
    nearest = sorted(found, key=lambda e: abs(e.difference))[: declared()["nearest"]]
    return tuple(replace(each, fits="none") for each in nearest)

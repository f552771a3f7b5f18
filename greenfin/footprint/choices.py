"""Every documented way of counting an amount of electricity, heat or fuel, as declared in ``reverse.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from itertools import product
from typing import TYPE_CHECKING, Any

import yaml

from greenfin.core.units import WrongDimension, magnitude, quantity

if TYPE_CHECKING:
    from greenfin.reference.factors import Factor
    from greenfin.reference.load import Reference

TONNES = ("tCO2", "tCO2e")
UNSOURCED = "unsourced"


@dataclass(frozen=True, slots=True)
class Amount:
    """How much of an item was used over the year at each place, in ``unit``."""

    item: str
    scope: str
    unit: str
    by_place: Mapping[str, float]

    @property
    def whole(self) -> float:
        """The quantity at all places."""
        return sum(self.by_place.values())


@dataclass(frozen=True, slots=True)
class Choice:
    """One way of counting an amount: ``tonnes`` by these factors; ``editions`` it stands in, ``cost``: how unlikely it is."""

    item: str
    scope: str
    tonnes: float
    factors: tuple[Factor, ...]
    editions: frozenset[str] = frozenset()
    cost: int = 0
    alike: tuple[tuple[str, ...], ...] = ()  # keys of other choices of the same value
    amount: Amount | None = None


@cache
def declared() -> Mapping[str, Any]:
    """``reverse.yaml``, read once."""
    found: Mapping[str, Any] = yaml.safe_load(files("greenfin.footprint").joinpath("reverse.yaml").read_text("utf-8"))
    return found


def choices_of(amount: Amount, reference: Reference, *, year: int) -> tuple[Choice, ...]:
    """The choices for an amount, cheapest first, those of the same value as one; empty for an item that is not declared."""
    raw = declared()
    if amount.item in raw["fuels"]:
        found = list(_fuel(amount, reference))
    elif amount.item in ("electricity", "heat", "cooling"):
        found = [*_whole(amount, reference), *_own(amount, reference)]
    else:
        return ()
    costed = sorted((replace(each, cost=each.cost + _cost(each.factors, year)) for each in found), key=lambda each: each.cost)
    return tuple(_merged(costed))


def _merged(found: Sequence[Choice]) -> Iterator[Choice]:
    """Choices of the same value told as one: the cheapest, with the keys of the others and all their editions."""
    close = float(declared()["alike"])
    rest = list(found)
    while rest:
        first, *others = rest
        same = [each for each in others if abs(each.tonnes - first.tonnes) <= close * abs(first.tonnes)]
        rest = [each for each in others if abs(each.tonnes - first.tonnes) > close * abs(first.tonnes)]
        editions = frozenset().union(*(each.editions for each in (first, *same)))
        yield replace(first, editions=editions, alike=tuple(tuple(f.key for f in each.factors) for each in same))


def _cost(factors: Iterable[Factor], year: int) -> int:
    costs, last = declared()["costs"], year + int(declared()["report_after"])
    used = list(factors)
    later = any((f.applies_from is not None and f.applies_from.year > last) or (f.data_year or 0) > last for f in used)
    return int(costs["later"] * later + costs["unsourced"] * sum(f.source == UNSOURCED for f in used))


def _whole(amount: Amount, reference: Reference) -> Iterator[Choice]:
    """One value for all places."""
    raw = declared()["electricity" if amount.item == "electricity" else "heat"]
    for id_ in raw["whole"]:
        for factor in reference.factors.by_id(id_):
            apart = not _holds(factor, amount, reference)
            if apart and (id_ in raw.get("placed", ()) and _places(amount, reference)):
                continue
            cost = _cost_of_place(factor, amount, reference) + declared()["costs"]["purpose"] * (id_ in raw.get("other_purpose", ()))
            yield _choice(amount, (factor,), _tonnes(amount.whole, amount.unit, (factor,)), cost=int(cost))


def _cost_of_place(factor: Factor, amount: Amount, reference: Reference) -> int:
    costs = declared()["costs"]
    if _places(amount, reference):
        return 0 if _holds(factor, amount, reference) else int(costs["place"])
    return int(costs["some_place"]) if reference.regions.province(factor.region) else 0


def _places(amount: Amount, reference: Reference) -> list[str]:
    return [place for place in amount.by_place if reference.regions.find(place)]


def _holds(factor: Factor, amount: Amount, reference: Reference) -> bool:
    """Whether a value is of the place of every site, or where none is known of anywhere."""
    known = _places(amount, reference)
    return all(factor.region in reference.regions.chain(place, factor.data_year or 0) for place in known)


def _own(amount: Amount, reference: Reference) -> Iterator[Choice]:
    """Each place's own value, of one year and publisher: of its province, or of its grid region."""
    if len(_places(amount, reference)) < 2 or len(_places(amount, reference)) < len(amount.by_place):
        return
    for id_ in declared()["electricity"]["own"] if amount.item == "electricity" else ():
        series: dict[tuple[object, ...], dict[str, Factor]] = {}
        for factor in reference.factors.by_id(id_):
            series.setdefault((factor.publisher, factor.edition, factor.data_year), {})[factor.region] = factor
        for of_year in series.values():
            yield from _by_level(amount, of_year, reference)


def _by_level(amount: Amount, values: Mapping[str, Factor], reference: Reference) -> Iterator[Choice]:
    year = next(iter(values.values())).data_year or 0
    chains = {place: reference.regions.chain(place, year) for place in amount.by_place}
    for level in (0, 1):
        chosen = {place: values.get(chain[level]) for place, chain in chains.items() if len(chain) > level + 1}
        factors = [factor for factor in chosen.values() if factor is not None]
        if len(factors) == len(chains) and len({factor.region for factor in factors}) > 1:
            parts = [_tonnes(amount.by_place[place], amount.unit, (factor,)) for place, factor in chosen.items() if factor is not None]
            yield _choice(amount, tuple(dict.fromkeys(factors)), sum(parts))


def _fuel(amount: Amount, reference: Reference) -> Iterator[Choice]:
    for fuel in declared()["fuels"][amount.item]["names"]:
        for form in declared()["forms"]:
            if amount.unit in form["units"]:
                yield from _form(amount, _named(form, fuel), reference)


def _named(form: Mapping[str, Any], fuel: str) -> dict[str, Any]:
    """The form with the fuel's name in its ids."""
    put = {part: [each.format(fuel=fuel) for each in form.get(part, ())] for part in ("joined", "free")}
    return {**form, **put, "gases": [[one.format(fuel=fuel), gwp] for one, gwp in form.get("gases", ())]}


def _form(amount: Amount, form: Mapping[str, Any], reference: Reference) -> Iterator[Choice]:
    factors = reference.factors
    times = [declared()["parameters"][name] for name in form.get("times", ())]
    for joined in _joined([factors.by_id(id_) for id_ in form["joined"]]):
        for free in product(*(factors.by_id(id_) for id_ in form["free"])):
            used = (*joined, *free)
            if not form["gases"]:
                yield _choice(amount, used, _tonnes(amount.whole, amount.unit, used, times))
                continue
            yield from _with_gases(amount, used, form["gases"], reference)


def _joined(lists: Sequence[Sequence[Factor]]) -> Iterator[tuple[Factor, ...]]:
    """Values of several ids that stand in one edition; nothing to join gives one empty choice."""
    for each in product(*lists):
        if len({(factor.edition, factor.region) for factor in each}) <= 1:
            yield each


def _with_gases(amount: Amount, used: tuple[Factor, ...], gases: Sequence[Sequence[str]], reference: Reference) -> Iterator[Choice]:
    """Carbon dioxide with methane and nitrous oxide of the same edition, by each set of warming potentials."""
    factors, energy = reference.factors, used[-1]
    traces = [next((f for f in factors.by_id(trace) if f.edition == energy.edition), None) for trace, _ in gases]
    potentials = [{f.edition: f for f in factors.by_id(gwp)} for _, gwp in gases]
    for edition in potentials[0]:
        pairs = [(trace, warming.get(edition)) for trace, warming in zip(traces, potentials, strict=True)]
        known = [(trace, warming) for trace, warming in pairs if trace is not None and warming is not None]
        if len(known) == len(gases):
            others = [_tonnes(amount.whole, amount.unit, (*used[:-1], *pair)) for pair in known]
            tonnes = _tonnes(amount.whole, amount.unit, used) + sum(others)
            every = (*used, *(factor for pair in known for factor in pair))
            yield _choice(amount, every, tonnes, cost=int(declared()["costs"]["gases"]))


def _choice(amount: Amount, factors: tuple[Factor, ...], tonnes: float, *, cost: int = 0) -> Choice:
    is_fuel = amount.item in declared()["fuels"]
    guides = [f.edition.partition("-")[0] for f in factors if f.edition and ".density" not in f.id and not f.id.startswith("gwp")]
    spread = int(declared()["costs"]["edition"]) * (len(set(guides)) - 1) if is_fuel and guides else 0
    return Choice(amount.item, amount.scope, tonnes, factors, frozenset(guides) if is_fuel else frozenset(), cost + spread, amount=amount)


def _tonnes(value: float, unit: str, factors: Sequence[Factor], times: Sequence[Mapping[str, str]] = ()) -> float:
    """A quantity times factors and numbers, in tonnes of carbon dioxide or its equivalent."""
    whole = quantity(value, unit)
    for factor in factors:
        whole = whole * quantity(float(factor.value), factor.unit)
    for parameter in times:
        whole = whole * quantity(float(ratio_of(parameter["value"])), parameter["unit"])
    for tonne in TONNES:
        try:
            return float(magnitude(whole, tonne))
        except WrongDimension:
            continue
    raise WrongDimension(unit, TONNES[0])


def ratio_of(text: str) -> Fraction:
    """A number, or a ratio such as 44/12."""
    above, _, below = text.partition("/")
    return Fraction(Decimal(above)) / Fraction(Decimal(below or "1"))

"""A borrower's or a project's own emissions: the best of the data there are, in the order of the standard's ladder (PBOC-CA-DQ)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from greenfin.core.money import FEN_PER_10K
from greenfin.core.units import G_PER_T
from greenfin.financed.exact import beyond, part_of
from greenfin.financed.fuels import burnt
from greenfin.financed.products import product_factors
from greenfin.financed.rules import ladder
from greenfin.financed.sector import ENERGY, HEAT, POWER, Asked, Used, factor, joined, sector_factors
from greenfin.financed.view import Flags, Ints, Reals, View

STATED = "reported"  # a figure without a word on where it comes from
NOT_STATED = "estimate"  # a source the ladder does not know
BALANCE = "balance"
YUAN = "CNY"
OWN = json.dumps([{"slot": "own", "key": "file", "found": "user"}])


@dataclass(slots=True)
class Emissions:
    """Whole grams a year of each row's borrower or project by scope, the step of the ladder that gave them, and its factors.

    ``step`` is a place in ``steps`` (one beyond the last: no data). ``rates``: the sector's tonnes per 10 000 yuan of each row's
    ``rate`` (None: not known), for the step that goes straight to the loan. ``impossible``: figures that cannot be true.
    """

    steps: Sequence[str]
    step: Ints
    scope1: Ints
    scope2: Ints
    both: Ints  # scopes 1 and 2, or as much of them as there is
    has1: Flags
    has2: Flags
    rates: Sequence[Used]
    rate: Ints
    texts: list[str] = field(default_factory=lambda: ["[]"])
    text: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    flags: dict[str, Flags] = field(default_factory=dict)
    impossible: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))

    def is_step(self, *names: str) -> Flags:
        """Which rows rest on one of these steps."""
        wanted = [self.steps.index(name) for name in names if name in self.steps]
        found: Flags = np.isin(self.step, wanted)
        return found

    def offer(self, name: str, rows: Flags, *, scope1: Ints, scope2: Ints | None = None, has2: Flags | None = None) -> Flags:
        """Grams for ``rows`` by a step; where a better one has spoken they are passed over. Gives back where they were taken."""
        if name not in self.steps:
            return np.zeros(len(self.step), np.bool_)
        place = self.steps.index(name)
        taken = rows & (self.step > place)
        self.step[taken] = place
        self.scope1[taken], self.has1[taken] = scope1[taken], True
        self.has2[taken] = False if has2 is None else has2[taken]
        self.scope2[taken] = 0 if scope2 is None else np.where(self.has2, scope2, 0)[taken]
        self.both[taken] = self.scope1[taken] + self.scope2[taken]
        return taken

    def used(self, taken: Flags, texts: Sequence[str], at: Ints | None = None) -> None:
        """The factors of the rows taken: of each the one at its place among ``texts``."""
        start = len(self.texts)
        self.texts.extend(texts)
        self.text[taken] = start + (0 if at is None else at[taken])


def emissions_of(view: View, standard: str, *, asked: Asked) -> Emissions:
    """The emissions behind each exposure under a standard's ladder."""
    size = len(view)
    steps = tuple(ladder(standard))
    rates, rate = _rates(view, asked=asked)
    zero = np.zeros(size, np.int64)
    no = np.zeros(size, np.bool_)
    found = Emissions(steps, zero + len(steps), zero.copy(), zero.copy(), zero.copy(), no.copy(), no.copy(), rates, rate)
    found.text, found.impossible = zero.copy(), no.copy()
    bought = _bought(found, view, asked)
    _given(found, view, bought)
    if (found.step > 0).any():
        _energy(found, view, bought, asked=asked)
        _product(found, view, asked=asked)
        _economic(found, view, asked=asked)
        to_balance(found, found.step == len(steps), asked=asked)
        _bought_alone(found, bought)
    return found


@dataclass(frozen=True, slots=True)
class _Bought:
    """Scope 2 from power, heat and steam bought: grams, where there are any, and the factors."""

    grams: Ints
    has: Flags
    texts: Sequence[str]
    at: Ints


def grams_of(found: Emissions, tonnes: Reals) -> Ints:
    """Tonnes as whole grams; what is missing is 0, and what is below zero or no number can hold is 0 and marked impossible."""
    wrong = beyond(np.nan_to_num(tonnes), scale=G_PER_T) | (np.nan_to_num(tonnes) < 0)
    found.impossible |= wrong
    grams: Ints = np.rint(np.where(np.isnan(tonnes) | wrong, 0, tonnes) * G_PER_T).astype(np.int64)
    return grams


def _bought(found: Emissions, view: View, asked: Asked) -> _Bought:
    power, heat, steam = view.reals("energy_mwh"), view.reals("heat_gj"), burnt(view, asked, is_steam=True)
    has = ~np.isnan(power) | ~np.isnan(heat) | steam.has
    if not has.any():
        return _Bought(np.zeros(len(view), np.int64), has, ["[]"], np.zeros(len(view), np.int64))
    regions, of_heat = view.words("region"), factor(HEAT, asked)
    grid = [factor(POWER, asked, place=text or "CN") for text in regions.texts]
    own = view.reals("power_factor")
    per_mwh = np.array([used.number for used in grid])[regions.at]
    per_mwh = np.where(np.isnan(own), per_mwh, own)
    tonnes = np.where(np.isnan(power), 0.0, power * per_mwh) + np.where(np.isnan(heat), 0.0, heat * of_heat.number)
    tonnes = tonnes + np.where(steam.has, steam.tonnes, 0.0)
    has &= ~np.isnan(tonnes)
    by_power = ["[]", *(used.json for used in grid), OWN]
    power_at = np.where(np.isnan(power), 0, np.where(np.isnan(own), regions.at + 1, len(by_power) - 1))
    sides = (by_power, ("[]", of_heat.json), steam.texts)
    return _Bought(grams_of(found, tonnes), has, *_texts_of(sides, (power_at, (~np.isnan(heat)).astype(np.int64), steam.at)))


def _given(found: Emissions, view: View, bought: _Bought) -> None:
    """Figures that stand in the file, at the step their source says; a carbon-market figure covers direct emissions only."""
    sources = view.words("emission_source")
    one, two, both = _stated(view, sources.among(["ets"]))
    known = {name: name for name in found.steps} | {None: STATED}
    step_of = [known.get(text, NOT_STATED) for text in sources.texts]
    has1, has2, has_both = ~np.isnan(one), ~np.isnan(two), ~np.isnan(both)
    has = has1 | has2 | has_both
    grams1, grams2, together = grams_of(found, one), grams_of(found, two), grams_of(found, both)
    from_bought = has1 & ~has2 & bought.has & ~has_both
    grams2 = np.where(from_bought, bought.grams, grams2)
    for name in dict.fromkeys(step_of):
        mine = has & np.array([step == name for step in step_of], np.bool_)[sources.at]
        taken = found.offer(name, mine, scope1=grams1, scope2=grams2, has2=has2 | from_bought)
        found.has1[taken] = has1[taken]
        whole = taken & has_both & ~(has1 & (has2 | from_bought))
        found.both[whole] = together[whole]
        found.used(taken & from_bought, bought.texts, bought.at)
    found.flags["source_not_stated"] = has & ~sources.has
    found.flags["scopes_together"] = has_both & ~has1 & ~has2
    found.flags["scope2_from_energy"] = from_bought
    found.flags["scope2_missing"] = has1 & ~has2 & ~from_bought & ~has_both
    found.flags["scope1_missing"] = has2 & ~has1 & ~has_both


def _stated(view: View, is_direct: Flags) -> tuple[Reals, Reals, Reals]:
    """Scope 1, scope 2 and both together as the file has them; one figure that covers direct emissions only is scope 1."""
    one, two, both = view.reals("emission_s1_t"), view.reals("emission_s2_t"), view.reals("emission_t")
    return np.where(is_direct & np.isnan(one), both, one), two, np.where(is_direct, np.nan, both)


def _energy(found: Emissions, view: View, bought: _Bought, *, asked: Asked) -> None:
    """Fuels one by one, else together in standard coal at one factor; process emissions; power, heat and steam bought."""
    tce, process, own = view.reals("energy_tce"), view.reals("process_t"), view.reals("energy_factor")
    fuels = burnt(view, asked)
    has = ~np.isnan(tce) | ~np.isnan(process) | fuels.has
    if not has.any():
        return
    used = factor(ENERGY, asked)
    together = ~np.isnan(tce) & ~fuels.has
    per_tce = np.where(np.isnan(own), used.number, own)
    tonnes = np.where(fuels.has, fuels.tonnes, np.where(together, tce * per_tce, 0)) + np.nan_to_num(process)
    found.flags["fuel_without_factor"] = fuels.lacking
    taken = found.offer("energy", has & ~np.isnan(tonnes), scope1=grams_of(found, tonnes), scope2=bought.grams, has2=bought.has)
    by_tce = np.where(together, np.where(np.isnan(own), 1, 2), 0)
    sides = (("[]", used.json, OWN), fuels.texts, ("[]", *bought.texts))
    at = (by_tce, fuels.at, np.where(bought.has, bought.at + 1, 0))
    found.used(taken, *_texts_of(sides, at))
    found.flags["scope2_missing"] |= taken & ~bought.has
    found.flags["tce_beside_fuels"] = taken & fuels.has & ~np.isnan(tce)


def _texts_of(sides: Sequence[Sequence[str]], at: Sequence[Ints]) -> tuple[list[str], Ints]:
    """Several lists of factors as one, for each combination that some row has, and the place of each row's."""
    shape = tuple(len(side) for side in sides)
    used, places = np.unique(np.ravel_multi_index(tuple(at), shape), return_inverse=True)
    chosen = zip(*(index.tolist() for index in np.unravel_index(used, shape)), strict=True)
    return [joined(side[place] for side, place in zip(sides, each, strict=True)) for each in chosen], places.astype(np.int64)


def _product(found: Emissions, view: View, *, asked: Asked) -> None:
    """Output times the factor of the product: the file's own, the user's, or one of a document; output without any is marked."""
    output, own = view.reals("output"), view.reals("product_factor")
    if np.isnan(output).all():
        return
    known, texts, at = product_factors(view, asked)
    per_unit = np.where(np.isnan(own), known, own)
    taken = found.offer("product", ~np.isnan(output) & ~np.isnan(per_unit), scope1=grams_of(found, output * per_unit))
    found.used(taken, [*texts, OWN], np.where(np.isnan(own), at, len(texts)))
    found.has1[taken] = False
    found.flags["scopes_together"] |= taken
    place = found.steps.index("product") if "product" in found.steps else len(found.steps)
    found.flags["product_without_factor"] = ~np.isnan(output) & np.isnan(per_unit) & (found.step > place)


def _economic(found: Emissions, view: View, *, asked: Asked) -> None:
    """Revenue, else assets or staff, times a factor of the sector; one of revenue is of scope 1 and of the prices of its year."""
    revenue = view.money("revenue_fen")
    has = revenue.has & (revenue.values > 0) & _known(found.rates)[found.rate]
    above, below = _ratios(found.rates)
    grams = np.zeros(len(view), np.int64)
    grams[has] = part_of(revenue.values[has], above[found.rate][has], below[found.rate][has])
    taken = found.offer("revenue", has, scope1=grams)
    found.used(taken, [used.json for used in found.rates], found.rate)
    _about_sector(found, taken, asked)
    for name, column, own in (("assets", "assets_fen", "assets_factor"), ("staff", "employees", "staff_factor")):
        amounts, per_unit = view.reals(column), view.reals(own)
        tonnes = amounts * per_unit / (FEN_PER_10K if name == "assets" else 1)
        taken = found.offer(name, (tonnes >= 0) & (amounts > 0), scope1=grams_of(found, tonnes))
        found.used(taken, [OWN])
        found.has1[taken] = False
        found.flags["scopes_together"] |= taken


def _bought_alone(found: Emissions, bought: _Bought) -> None:
    """Power, heat and steam bought, where nothing is known of fuels: no step above another one, and scope 2 alone where there is none."""
    found.flags["fuels_missing"] = bought.has & (found.step > found.steps.index("energy"))
    none = np.zeros_like(bought.grams)
    taken = found.offer("energy", bought.has & (found.step == len(found.steps)), scope1=none, scope2=bought.grams, has2=bought.has)
    found.has1[taken] = False
    found.used(taken, bought.texts, bought.at)
    found.flags["scope1_missing"] |= taken
    found.flags["fuels_missing"] &= ~taken


def to_balance(found: Emissions, rows: Flags, *, asked: Asked) -> Flags:
    """The rows made to go straight from the balance at the sector's factor (the last step); gives back which could."""
    if BALANCE not in found.steps:
        return np.zeros(len(rows), np.bool_)
    could = rows & _known(found.rates)[found.rate]
    found.step[could] = found.steps.index(BALANCE)
    found.has1[could], found.has2[could] = True, False
    for name in ("scopes_together", "scope2_missing", "sector_vintage"):
        if name in found.flags:
            found.flags[name][could] = False
    found.used(could, [used.json for used in found.rates], found.rate)
    _about_sector(found, could, asked)
    return could


def _about_sector(found: Emissions, rows: Flags, asked: Asked) -> None:
    of_file = np.array([used.json == OWN for used in found.rates], np.bool_)[found.rate]
    old = np.array([used.data_year not in (None, asked.year) for used in found.rates], np.bool_)[found.rate]
    found.has1[rows & of_file] = False
    for name, mask in (("scope2_missing", ~of_file), ("scopes_together", of_file), ("sector_vintage", old & ~of_file)):
        found.flags[name] = found.flags.get(name, np.zeros(len(rows), np.bool_)) | (rows & mask)


def _known(rates: Sequence[Used]) -> Flags:
    return np.array([used.value is not None for used in rates], np.bool_)


def _ratios(rates: Sequence[Used]) -> tuple[Ints, Ints]:
    values = [used.value if used.value is not None else Fraction(0) for used in rates]
    return np.array([v.numerator for v in values], np.int64), np.array([v.denominator for v in values], np.int64)


def _rates(view: View, *, asked: Asked) -> tuple[Sequence[Used], Ints]:
    """The factors per 10 000 yuan: the file's own where it has one, else that of the sector; and which is each row's."""
    industries, own, currency = view.words("industry"), view.reals("economic_factor"), view.words("currency")
    rates = [*sector_factors(industries.texts, asked=asked), Used(None)]
    places = np.where(currency.has & ~currency.among([YUAN]), len(rates) - 1, industries.at)  # the sectors' are per yuan
    if np.isnan(own).all():
        return rates, places
    values, at = np.unique(own, return_inverse=True)  # NaN is one value, the last
    mine = [Used(Fraction(repr(float(value))) if value >= 0 else None, None, OWN) for value in values.tolist()]
    return [*rates, *mine], np.where(np.isnan(own), places, len(rates) + at)


def straight(found: Emissions, balance: Ints) -> Ints:
    """Grams of balances (fen) at each row's sector factor."""
    above, below = _ratios(found.rates)
    rows = np.flatnonzero(balance)
    grams = np.zeros(len(balance), np.int64)
    grams[rows] = part_of(balance[rows], above[found.rate[rows]], below[found.rate[rows]])
    return grams

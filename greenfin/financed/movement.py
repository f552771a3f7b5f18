"""Financed emissions of one year against those of the year before, split into effects that add up to the change, to the gram.

An exposure's part is numerator × emissions ÷ denominator. The change of an exposure that counts in both years is split among the three:
by the mean over all orders in which they may change (Shapley), or one after the other (balance, emissions, denominator). Where the
step of the data is another one, both years are compared by the best source that both have (``alike``), and what the change of source
itself makes is an effect of data; without such a source, and where the kind of denominator is another one, what would be the borrower's
or the attribution's effect is one of data.
Exposures that are new or gone, and those that only now count or no longer do, stand apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import permutations

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.core.problems import Refused, error
from greenfin.financed.exact import beyond

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]

METHODS = ("shapley", "sequential")
EFFECTS = ("balance", "emissions", "attribution", "data_quality", "new", "gone", "entered", "left")
_BASIS = ("method", "option", "quality")
_GROUPS = ("asset_class", "section", "high_carbon")


@dataclass(frozen=True, slots=True)
class Movement:
    """Per exposure of either year its grams before and now and its effects in grams; ``counts``: exposures by what became of them."""

    method: str
    exposures: Sequence[str]
    before: Ints
    now: Ints
    effects: Mapping[str, Ints]
    groups: Mapping[str, Sequence[str | None]]
    counts: Mapping[str, int]
    by_same_source: int = 0  # exposures whose source changed and that were compared by one that both years have

    def total(self, effect: str) -> int:
        """An effect over all exposures, in grams."""
        return int(self.effects[effect].sum())


@dataclass(frozen=True, slots=True)
class _Year:
    """One year's rows, in the order of the exposures of both; what a year does not have is 0 and not ``there``."""

    there: Flags
    counts: Flags
    grams: Ints
    numerator: Reals
    denominator: Reals

    def taking(self, other: _Year, rows: Flags) -> _Year:
        """The year with some rows of another counting of it."""
        grams = np.where(rows, other.grams, self.grams)
        above, below = np.where(rows, other.numerator, self.numerator), np.where(rows, other.denominator, self.denominator)
        return _Year(self.there, self.counts, grams, above, below)


def movement(before: pa.Table, now: pa.Table, *, method: str = "shapley", alike: Iterable[tuple[pa.Table, pa.Table]] = ()) -> Movement:
    """The movement between two tables ``financed`` of one standard; raises Refused for two standards or an unknown method.

    ``alike``: the same exposures of both years counted from lesser sources, the best first, for those whose source changed.
    """
    standards = sorted({*pc.unique(before["standard"]).to_pylist(), *pc.unique(now["standard"]).to_pylist()})
    if len(standards) > 1:
        raise Refused(error("financed.movement_standards", "", standards=", ".join(standards)))
    if method not in METHODS:
        raise Refused(error("financed.movement_method", method, known=", ".join(METHODS)))
    before, now = _each_its_own(before), _each_its_own(now)
    ids = sorted({*before["exposure_id"].to_pylist(), *now["exposure_id"].to_pylist()})
    at = [pc.index_in(pa.array(ids, pa.string()), value_set=rows["exposure_id"].combine_chunks()) for rows in (before, now)]
    then, current = (_year(rows, place) for rows, place in zip((before, now), at, strict=True))
    both = then.counts & current.counts
    is_other, kinds = _differs(before, now, at, _BASIS), _differs(before, now, at, ("denominator_kind",))
    start, end, same = _by_same_source(then, current, at, is_other & both, alike)
    left = is_other & ~same
    effects = _effects(start, end, both, method=method, is_other=left, kinds=left | kinds)
    effects["data_quality"] = effects["data_quality"] + np.where(both, start.grams - then.grams + current.grams - end.grams, 0)
    apart = {
        "new": ~then.there & current.counts,
        "gone": then.counts & ~current.there,
        "entered": then.there & ~then.counts & current.counts,
        "left": then.counts & current.there & ~current.counts,
    }
    change = current.grams - then.grams
    effects |= {name: np.where(flags, change, 0) for name, flags in apart.items()}
    groups = {name: _latest(before, now, at, name) for name in _GROUPS}
    counts = {"kept": int(both.sum()), **{name: int(flags.sum()) for name, flags in apart.items()}}
    return Movement(method, ids, then.grams, current.grams, effects, groups, counts, int(same.sum()))


def _by_same_source(
    then: _Year, current: _Year, at: Sequence[pa.Array], changed: Flags, alike: Iterable[tuple[pa.Table, pa.Table]]
) -> tuple[_Year, _Year, Flags]:
    """Both years with the exposures whose source changed as the best source has them that both years have; and which those are."""
    same = np.zeros(len(changed), np.bool_)
    for pair in alike if changed.any() else ():
        rows = [_each_its_own(one) for one in pair]
        one, other = (_year(table, place) for table, place in zip(rows, at, strict=True))
        mine = changed & ~same & one.counts & other.counts & ~_differs(rows[0], rows[1], at, _BASIS)
        then, current, same = then.taking(one, mine), current.taking(other, mine), same | mine
        if (same == changed).all():
            break
    return then, current, same


def _each_its_own(rows: pa.Table) -> pa.Table:
    """The rows by ids of one row each: the second of an id is ``id #2``, so that none is lost."""
    ids = pl.DataFrame({"id": rows["exposure_id"]}).with_columns(nth=pl.int_range(1, pl.len() + 1).over("id"))
    if ids.select((pl.col("nth") == 1).all()).item():
        return rows
    apart = pl.when(pl.col("nth") > 1).then(pl.format("{} #{}", "id", "nth")).otherwise(pl.col("id"))
    place = rows.schema.get_field_index("exposure_id")
    return rows.set_column(place, rows.schema.field(place), ids.select(apart).to_series().to_arrow().cast(pa.string()))


def _year(rows: pa.Table, at: pa.Array) -> _Year:
    there = np.asarray(at.is_valid().to_numpy(zero_copy_only=False), dtype=np.bool_)
    taken = rows.take(at)
    grams = pc.is_valid(taken["financed_g"])
    counts = np.asarray(pc.and_(pc.fill_null(taken["included"], False), grams).to_numpy(), dtype=np.bool_)
    whole = np.where(counts, pc.fill_null(taken["financed_g"], 0).to_numpy(), 0).astype(np.int64)
    numerator, denominator = (
        np.asarray(pc.cast(taken[n], pa.float64(), safe=False).to_numpy(), np.float64) for n in ("numerator_fen", "denominator_fen")
    )
    return _Year(there, counts, whole, numerator, denominator)


def _differs(before: pa.Table, now: pa.Table, at: Sequence[pa.Array], names: Sequence[str]) -> Flags:
    """Whether any of these columns says another thing in the two years."""
    found = np.zeros(len(at[0]), dtype=np.bool_)
    for name in names:
        one, other = (pc.fill_null(pc.cast(rows[name], pa.string()), "").take(place) for rows, place in zip((before, now), at, strict=True))
        found |= np.asarray(pc.fill_null(pc.not_equal(one, other), False).to_numpy(), dtype=np.bool_)
    return found


def _latest(before: pa.Table, now: pa.Table, at: Sequence[pa.Array], name: str) -> list[str | None]:
    """The group of each exposure: this year's, else last year's."""
    one, other = (rows[name].take(place) for rows, place in zip((before, now), at, strict=True))
    found: list[str | None] = pc.if_else(at[1].is_valid(), other, one).to_pylist()
    return found


def _effects(then: _Year, current: _Year, both: Flags, *, method: str, is_other: Flags, kinds: Flags) -> dict[str, Ints]:
    """The effects of exposures that count in both years, in whole grams that add up to each one's change."""
    starts, ends = _factors(then, current)
    orders = list(permutations(range(len(starts)))) if method == "shapley" else [tuple(range(len(starts)))]
    parts: Reals = np.sum([_in_order(starts, ends, order) for order in orders], axis=0) / len(orders)
    held = both & np.isfinite(parts).all(axis=0) & ~beyond(parts, scale=1).any(axis=0)
    whole = np.rint(np.where(held, parts, 0)).astype(np.int64)
    change = np.where(both, current.grams - then.grams, 0)
    largest = np.where(held, np.argmax(np.abs(whole), axis=0), EFFECTS.index("emissions"))  # beyond all numbers: all is the borrower's
    whole[largest, np.arange(whole.shape[1])] += change - whole.sum(axis=0)
    balance, emitted, attribution = whole
    found = {"balance": balance, "emissions": np.where(is_other, 0, emitted), "attribution": np.where(kinds, 0, attribution)}
    return found | {"data_quality": np.where(is_other, emitted, 0) + np.where(kinds, attribution, 0)}


def _factors(then: _Year, current: _Year) -> tuple[list[Reals], list[Reals]]:
    """Numerator, emissions and one over the denominator of both years, whose product is the grams.

    Without a denominator the emissions are those per numerator. Nothing owed in a year has no emissions of its own: the other year's stand.
    """
    bare = np.isnan(then.denominator) | np.isnan(current.denominator)
    below = [np.where(bare, 1.0, year.denominator) for year in (then, current)]
    above = [np.where(np.isnan(year.numerator), year.grams, year.numerator) for year in (then, current)]
    with np.errstate(all="ignore"):
        emitted = [year.grams / over * under for year, over, under in zip((then, current), above, below, strict=True)]
    emitted = [np.where(np.isfinite(one), one, other) for one, other in (emitted, emitted[::-1])]
    starts, ends = ([over, each, 1 / under] for over, each, under in zip(above, emitted, below, strict=True))
    return starts, ends


def _in_order(starts: Sequence[Reals], ends: Sequence[Reals], order: Sequence[int]) -> list[Reals]:
    """What each factor changes when they change one after the other."""
    found, values = [np.zeros_like(starts[0]) for _ in starts], list(starts)
    for place in order:
        was = reduce(np.multiply, values)
        values[place] = ends[place]
        found[place] = reduce(np.multiply, values) - was
    return found


def movement_json(found: Movement, standard: str) -> dict[str, object]:
    """Totals, effects and exposures in tonnes, whole and by asset class, section and high-carbon industry; grams beside them."""
    every = np.ones(len(found.exposures), dtype=np.bool_)
    return {
        "standard": standard,
        "method": found.method,
        "unit": "tCO2e",
        **_of(found, every),
        "exposures": dict(found.counts),
        "by_same_source": found.by_same_source,
        "by": {name: list(_by(found, name)) for name in _GROUPS},
        "loans": list(_each(found)),
    }


def _of(found: Movement, chosen: Flags) -> dict[str, object]:
    ends = {"before": int(found.before[chosen].sum()), "now": int(found.now[chosen].sum())}
    effects = {name: int(found.effects[name][chosen].sum()) for name in EFFECTS}
    grams = {**ends, "change": ends["now"] - ends["before"], "effects": effects}
    said: dict[str, object] = {name: _tonnes(value) for name, value in ends.items()}
    said |= {"change": _tonnes(ends["now"] - ends["before"]), "effects": {name: _tonnes(value) for name, value in effects.items()}}
    return {**said, "grams": grams}


def _by(found: Movement, name: str) -> Iterator[dict[str, object]]:
    labels = np.asarray([each or "" for each in found.groups[name]], dtype=object)
    for label in sorted(set(labels.tolist())):
        yield {name: label or None, **_of(found, np.asarray(labels == label, dtype=np.bool_))}


def _each(found: Movement) -> Iterator[dict[str, object]]:
    for at, name in enumerate(found.exposures):
        effects = {effect: _tonnes(int(values[at])) for effect, values in found.effects.items() if values[at]}
        yield {"id": name, "before": _tonnes(int(found.before[at])), "now": _tonnes(int(found.now[at])), "effects": effects}


def _tonnes(grams: int) -> float:
    return float(Fraction(grams, 10**6))

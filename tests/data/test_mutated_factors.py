"""A unit or a decimal point changed in the shipped values is told by check-data, nearly always; the shipped values are not."""

from __future__ import annotations

import csv
import random
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from greenfin.core.units import UnknownUnit, WrongDimension, dimension, ratio
from greenfin.reference.check_numbers import of_numbers
from greenfin.reference.load import Reference, check, load
from greenfin.reference.siblings import broken_identities, identities, siblings, unlike_siblings
from greenfin.reference.values import Factor, Factors

TRIES, ENOUGH, GROUP = 200, 0.95, 4  # a value with three siblings is one of four
OTHER_UNITS = (
    "kgCO2/MWh",
    "tCO2/kWh",
    "tCO2/GJ",
    "tCO2/万kWh",
    "gCO2/kWh",
    "kgce/kWh",
    "gce/MWh",
    "kgce/MWh",
    "MJ/t",
    "MJ/kg",
    "kcal/kg",
    "kJ/t",
    "GJ/kg",
    "tC/GJ",
    "kgC/GJ",
    "%",
    "kgCO2/t",
    "kgCO2/kg",
    "tCO2/Nm3",
    "GJ/Nm3",
    "MJ/Nm3",
    "g/L",
    "t/L",
    "kgCO2e/t",
    "tCO2e/kg",
    "kgCO2e/tCH4",
    "元/kgCO2",
    "kgCO2/万元",
    "tCO2/元",
    "tCO2/亿元",
    "tCO2",
    "万tCO2",
    "kgCO2",
    "gce/kg",
    "kgce/t",
    "tce/万Nm3",
)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


def _in_an_identity(factors: Factors) -> set[str]:
    """Keys of the values that an exact or near identity speaks about."""
    found = {f.key for f in factors.factors for each in identities() if each.result.fullmatch(f.id)}
    for f in factors.factors:
        kind, _, rest = f.id.partition(".")
        editions = {other.edition for other in factors.by_id(f"{f.id.rpartition('.')[0]}.ef")}
        if kind == "fuel" and f.id.rpartition(".")[2] in ("ef", "ncv", "cc", "ox") and f.edition in editions:
            found.add(f.key)
        if kind == "tce" and not f.edition and any(other.publisher == "sac" for other in factors.by_id(f"fuel.{rest}.ncv")):
            found.add(f.key)
    return found


def _tried(factors: Factors) -> list[Factor]:
    sizes, known = Counter(f.id for f in factors.factors), _in_an_identity(factors)
    return [f for f in factors.factors if sizes[f.id] >= GROUP or f.key in known]


def _other_units(unit: str, units: Sequence[str]) -> list[str]:
    found = []
    for other in units:
        try:
            found += [other] if abs(ratio(unit, other) - 1) > 0.01 else []
        except (UnknownUnit, WrongDimension):
            continue
    return found


def _mutated(factor: Factor, units: Sequence[str], chance: random.Random) -> Factor:
    """The point moved by one or two places, or another unit of the same kind (one of another kind is always told)."""
    others = _other_units(factor.unit, units)
    if others and chance.random() < 0.5:
        return replace(factor, unit=chance.choice(others))
    return replace(factor, value=factor.value.scaleb(chance.choice((-2, -1, 1, 2))))


def _told(reference: Reference, old: Factor, new: Factor) -> bool:
    shipped = reference.factors
    factors = Factors(tuple(new if f is old else f for f in shipped.factors), shipped.quantities, shipped.grids)
    found = next(unlike_siblings(factors), None) or next(broken_identities(factors), None)  # neither may stumble over a wrong unit
    numbers = {name: getattr(reference, name) for name in ("sources", "regions", "factor_sets")} | {"factors": factors}
    return bool(found or next(of_numbers(replace(reference, given=numbers)), None))


@pytest.mark.parametrize("seed", [2026])
def test_changed_units_and_points_are_told(reference: Reference, seed: int) -> None:
    chance = random.Random(seed)
    tried = _tried(reference.factors)
    units = sorted({f.unit for f in reference.factors.factors} | set(OTHER_UNITS))
    picks = [chance.choice(tried) for _ in range(TRIES)]
    missed = [f.key for f in picks if not _told(reference, f, _mutated(f, units, chance))]
    assert len(tried) > 800
    assert len(missed) <= TRIES * (1 - ENOUGH), missed


def test_units_of_another_kind_are_told(reference: Reference) -> None:
    chance = random.Random(7)
    for factor in [chance.choice(_tried(reference.factors)) for _ in range(40)]:
        other = chance.choice([unit for unit in OTHER_UNITS if dimension(unit) != dimension(factor.unit)])
        assert _told(reference, factor, replace(factor, unit=other)), (factor.key, other)


def test_the_shipped_values_are_like_their_siblings_and_keep_their_identities(reference: Reference) -> None:
    assert [p.params["key"] for p in (*unlike_siblings(reference.factors), *broken_identities(reference.factors))] == []


def test_each_line_compares_something(reference: Reference) -> None:
    ids = {f.id for f in reference.factors.factors} | {f.key for f in reference.factors.factors}
    assert [line.pattern.pattern for line in siblings() if not any(line.pattern.fullmatch(name) for name in ids)] == []
    for identity in identities():
        fits = [fit for fit in map(identity.result.fullmatch, ids) if fit]
        stars = {fit.group(1) if identity.result.groups else "" for fit in fits}
        assert any(all(term.id.replace("*", star) in ids for term in identity.terms) for star in stars), identity


def test_check_data_tells_the_line_and_the_slip(tmp_path: Path, reference: Reference) -> None:
    data = tmp_path / "data"
    for folder in ("factors", "taxonomy", "disclosure_templates"):
        shutil.copytree(reference.root / folder, data / folder)
    place = data / "factors/values/grid.csv"
    rows = list(csv.reader(place.read_text("utf-8").splitlines()))
    line = next(n for n, row in enumerate(rows) if row[:2] == ["grid.ets", "CN"])
    rows[line][4] = str(float(rows[line][4]) * 1000)
    with place.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(rows)
    found = [p for p in check(data) if p.code == "reference.unlike_siblings"]
    assert [p.where for p in found] == [f"factors/values/grid.csv:{line + 1}"]
    assert str(found[0].params["slip"]).startswith("÷1000 (kWh / MWh")

"""Whole columns give the same figures bit by bit, in one piece or in many; integers are those of the 14 digits."""

from __future__ import annotations

import numpy as np
import pytest

from greenfin.methods import registry
from greenfin.methods.choices import choices_of
from greenfin.methods.declare import Declaration, declarations
from greenfin.methods.numbers import fits, whole
from greenfin.methods.registry import METHODS, Calculated, calculate, counted

SIZE = 60


def _columns(names: list[str], seed: int) -> dict[str, np.ndarray]:
    """A third of the columns hold nothing, some one value, the others numbers and gaps."""
    random = np.random.default_rng(seed)
    found = {}
    for name in names:
        column = random.uniform(1, 100, SIZE)
        column[random.random(SIZE) < 0.2] = np.nan
        kind = random.integers(6)
        found[name] = np.full(SIZE, np.nan) if kind < 2 else np.full(SIZE, column[0]) if kind == 2 else column
    return found


def told(declaration: Declaration, seed: int) -> dict[str, np.ndarray]:
    """A column for each input; those that stand for a text hold its place among the few there are."""
    texts = {i.name for i in declaration.inputs if i.words or i.free}
    return {
        name: column % 2 // 1 if name in texts else column for name, column in _columns([i.name for i in declaration.inputs], seed).items()
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", METHODS)
def test_pieces_give_what_the_whole_gives(name: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    declaration = declarations()[name]
    inputs = told(declaration, seed)
    slots = _columns([s.slot for s in declaration.slots], seed + 10)

    def calculated(rows: int) -> Calculated:
        monkeypatch.setattr(registry, "AT_ONCE", rows)
        with np.errstate(all="ignore"):
            return calculate(declaration, inputs, stated=inputs, slots=slots, choices=choices_of(declaration, {}))

    one, many = calculated(SIZE), calculated(7)
    for of in ("outputs", "indicators"):
        assert list(getattr(one, of)) == list(getattr(many, of))
        for column, values in getattr(one, of).items():
            np.testing.assert_array_equal(np.broadcast_to(values, SIZE), getattr(many, of)[column])


@pytest.mark.parametrize("name", METHODS)
def test_counting_is_rounding_what_is_calculated(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    declaration, choices = declarations()[name], choices_of(declarations()[name], {})
    inputs, slots = told(declaration, 4), _columns([s.slot for s in declaration.slots], 14)
    for spec in declaration.inputs:
        inputs[spec.name][5] *= 1 if spec.words or spec.free else 1e17
    monkeypatch.setattr(registry, "AT_ONCE", 7)
    with np.errstate(all="ignore"):
        floats = calculate(declaration, inputs, stated=inputs, slots=slots, choices=choices)
        done = counted(declaration, inputs, stated=inputs, slots=slots, choices=choices)
    for output, values in floats.outputs.items():
        assert done.amounts[output].tolist() == whole(values).tolist()
        assert done.among[output].tolist() == fits(values).tolist()
        rows = np.flatnonzero(~fits(values) & ~np.isnan(values))
        assert done.beyond[output] == {int(row): values[row] for row in rows}


def _by_digits(value: float) -> int:
    """Every value cut to 14 significant digits, then rounded half away from zero."""
    if not np.isfinite(value) or abs(value) >= 1e17 or value == 0:
        return 0
    digits = float(np.clip(13 - np.floor(np.log10(abs(value))), -300, 300))
    step = float(np.float64(10.0) ** digits)
    cut = float(np.rint(value * step)) / step if digits > 0 else value
    return int(np.copysign(np.floor(abs(cut) + 0.5), cut))


def test_integers_are_those_of_the_digits() -> None:
    random = np.random.default_rng(7)
    near = np.floor(10.0 ** random.uniform(0, 16, 4000)) + random.choice([0, 0.5, 0.49999999, 0.5000001, 0.45, 0.95], 4000)
    values = np.concatenate([near, -near, np.nextafter(near, 0), random.uniform(-2, 2, 2000), [0.0, np.nan, np.inf, -np.inf, 1e17, 1e300]])
    assert whole(values).tolist() == [_by_digits(v) for v in values.tolist()]

"""Flags eight to a byte: those of a row found without unpacking it give the same columns."""

import numpy as np
import pytest

from greenfin.tag.packed import Bits


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 64, 1001])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 1.0])
def test_columns_of_a_row_are_those_with_a_flag(size: int, share: float) -> None:
    flags = np.random.default_rng(size).random((3, size)) < share
    bits = Bits.of(flags)
    assert [bits.columns(row).tolist() for row in bits.packed] == [np.flatnonzero(row).tolist() for row in flags]


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 64, 1001])
def test_every_flag_is_set_and_none_behind_the_last(size: int) -> None:
    every = Bits.of(np.zeros((2, size), dtype=np.bool_)).every()
    assert every.tolist() == np.packbits(np.ones(size, dtype=np.bool_), bitorder="little").tolist()

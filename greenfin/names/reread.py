"""Names that can be read in two ways: what looks like their place is the beginning of their brand.

泰安水务 may be a company of 泰安, or 泰安水务 of a place that is left out; 松原纺织（绥化） is 松原纺织 of 绥化.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.names.joins import equal_pairs
from greenfin.names.parts import Parts, parts_of

Ints = NDArray[np.int64]
_BRACKET = r"^(?P<head>[^()]+)\((?P<place>[^()]+)\)(?P<rest>[^()]*)$"


def reread_pairs(left: Parts, right: Parts) -> tuple[Ints, Ints]:
    """Pairs that are one name where that of one of them is read in the other way; each pair once."""
    found = [
        _without_place(left, right),
        _without_place(right, left)[::-1],
        _moved(left, right),
        _moved(right, left)[::-1],
    ]
    keys = np.unique(np.concatenate([one << 32 | other for one, other in found]))
    return keys >> 32, keys & 0xFFFFFFFF


def _without_place(one: Parts, other: Parts) -> tuple[Ints, Ints]:
    """Names whose place and core together, as they are written, are the core of names with a place of their own."""
    left, right = equal_pairs(
        pc.if_else(pc.equal(one.placed, "before"), one.whole, ""), pc.if_else(pc.not_equal(other.placed, ""), other.core, "")
    )
    names, wholes = (column.take(pa.array(left)).to_pylist() for column in (one.folded, one.whole))
    written = np.array([name.startswith(whole) for name, whole in zip(names, wholes, strict=True)], dtype=np.bool_)
    return left[written], right[written]


def _moved(one: Parts, other: Parts) -> tuple[Ints, Ints]:
    """Names with a place before them and another in brackets, read as if only the latter were one."""
    rows = np.flatnonzero(
        pc.and_(pc.equal(one.placed, "before"), pc.match_substring_regex(one.folded, _BRACKET)).to_numpy(zero_copy_only=False)
    )
    cut = pc.extract_regex(one.folded.take(pa.array(rows)), _BRACKET)
    head, place, rest = (pc.struct_field(cut, name) for name in ("head", "place", "rest"))
    again = parts_of(pc.binary_join_element_wise(place, head, rest, ""))
    left, right = equal_pairs(pc.if_else(pc.equal(again.placed, "before"), again.whole, ""), other.whole)
    return rows[left], right

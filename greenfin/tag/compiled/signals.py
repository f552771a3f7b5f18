"""What the texts of each case say, put together case by case (see signals.mentions_of)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from greenfin.tag.compiled.charts import B1, F4, I8, I8S, U1S, compiled
from greenfin.tag.packed import Bits
from greenfin.tag.reading import Said
from greenfin.tag.signals import PRODUCT, Mentions

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Singles = NDArray[np.float32]


class Groups(NamedTuple):
    """Columns of reading.Said: the groups of text ``t`` are ``first[t]:first[t + 1]`` of ``group`` and ``place``."""

    first: Ints
    group: Ints
    place: Singles


class Columns(NamedTuple):
    """The columns of signals.Mentions."""

    case: Ints
    group: Ints
    place: Singles
    own: Flags


GROUPS = types.BaseTuple.from_types((I8, I8, F4), Groups)
COLUMNS = types.BaseTuple.from_types((I8, I8, F4, B1), Columns)


@compiled(types.i8, GROUPS, I8S, B1, U1S, COLUMNS)
def mentions_in(said: Groups, texts: Ints, speaks: Flags, present: NDArray[np.uint8], found: Columns) -> int:
    """Writes groups x cases, and the mentions of the texts of one source after the other; how many there are. ``speaks``: groups that a
    product's name may name beside other texts."""
    size = 0
    for source in range(len(texts)):
        for case in range(texts.shape[1]):
            text, is_alone = texts[source, case], texts[0, case] == 0 and texts[1, case] == 0
            for at in range(said.first[text], said.first[text + 1]):
                group = said.group[at]
                byte, bit = case >> 3, np.uint8(1 << (case & 7))
                if present[group, byte] & bit or (source == PRODUCT and not (is_alone or speaks[group])):
                    continue
                present[group, byte] |= bit
                found.case[size], found.group[size], found.own[size] = case, group, source == 0
                found.place[size] = -1 if source == PRODUCT else said.place[at]
                size += 1
    return size


def mentions(texts: Sequence[Ints], said: Said, speaks: Flags) -> tuple[Bits, Mentions]:
    """What signals.mentions_of finds."""
    stacked, first = np.stack(texts), said.rows.first
    present = np.zeros((len(speaks), -(-stacked.shape[1] // 8)), dtype=np.uint8)
    room = int((first[stacked + 1] - first[stacked]).sum())
    case, group = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    place, own = np.empty(room, dtype=np.float32), np.empty(room, dtype=np.bool_)
    size = mentions_in(Groups(first, said.group, said.place), stacked, speaks, present, Columns(case, group, place, own))
    return Bits(present, stacked.shape[1]), Mentions(case[:size], group[:size], place[:size], own[:size])

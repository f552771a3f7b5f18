"""Groups of each text, text by text (see reading.said_of)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from greenfin.tag.compiled.charts import B1, B1S, F4, I8, compiled, inlined
from greenfin.tag.lexicon import Lexicon
from greenfin.tag.packed import Rows
from greenfin.tag.reading import Named, Said

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Singles = NDArray[np.float32]
_ABSENT, _NOWHERE = np.float32(-10), np.float32(-1)


class Names(NamedTuple):
    """The columns of reading.Named."""

    text: Ints
    group: Ints
    place: Singles
    in_head: Flags


class Kinds(NamedTuple):
    """The unions of group ``g`` are ``first[g]:first[g + 1]`` of ``union``; groups that are brown, and assets that are certain."""

    first: Ints
    union: Ints
    brown: Flags
    certain: Flags


class Marked(NamedTuple):
    """Groups, and the texts of each as flags."""

    group: Ints
    texts: Flags


class Found(NamedTuple):
    """The columns of reading.Said."""

    first: Ints
    of: Ints
    group: Ints
    place: Singles


NAMES = types.BaseTuple.from_types((I8, I8, F4, B1), Names)
KINDS = types.BaseTuple.from_types((I8, I8, B1, B1), Kinds)
MARKED = types.BaseTuple.from_types((I8, B1S), Marked)
FOUND = types.BaseTuple.from_types((I8, I8, I8, F4), Found)


@inlined
def _added(held: Ints, count: int, places: Singles, group: int, place: np.float32) -> int:
    """Puts a group among those held, which are in order, with the largest of its places; how many they are."""
    if places[group] != _ABSENT:
        places[group] = max(places[group], place)
        return count
    places[group], at = place, count
    while at > 0 and held[at - 1] > group:
        held[at] = held[at - 1]
        at -= 1
    held[at] = group
    return count + 1


@inlined
def _gathered(names: Names, span: tuple[int, int], kinds: Kinds, held: Ints, places: Singles) -> int:
    """Puts the groups of one text and their unions among those held; how many they are."""
    is_certain, count = False, 0
    for at in range(span[0], span[1]):
        is_certain |= names.in_head[at] and kinds.certain[names.group[at]]
    for at in range(span[0], span[1]):
        group, place = names.group[at], names.place[at]
        if names.in_head[at] or not (is_certain and kinds.brown[group]):
            count = _added(held, count, places, group, place)
            for one in range(kinds.first[group], kinds.first[group + 1]):
                count = _added(held, count, places, kinds.union[one], place)
    return count


@compiled(types.i8, NAMES, KINDS, MARKED, FOUND)
def said_in(names: Names, kinds: Kinds, marked: Marked, found: Found) -> int:
    """Writes the groups of the texts, as many as there is room for; how many there are."""
    groups = len(kinds.brown)
    held, places, size, end = np.empty(groups, np.int64), np.full(groups, _ABSENT, np.float32), 0, 0
    for text in range(len(found.first) - 1):
        found.first[text], start = size, end
        while end < len(names.text) and names.text[end] == text:
            end += 1
        count = _gathered(names, (start, end), kinds, held, places)
        for one in range(len(marked.group)):
            if marked.texts[one, text]:
                count = _added(held, count, places, marked.group[one], _NOWHERE)
        for n in range(count):
            if size < len(found.group):
                found.of[size], found.group[size], found.place[size] = text, held[n], places[held[n]]
            places[held[n]] = _ABSENT
            size += 1
    found.first[-1] = size
    return size


def said_of(lexicon: Lexicon, named: Named, *, marked: Mapping[int, Ints], size: int) -> Said:
    """What reading.said_of finds."""
    texts = np.zeros((len(marked), size), dtype=np.bool_)
    for flags, some in zip(texts, marked.values(), strict=True):
        flags[some] = True
    names, groups = Names(named.text, named.group, named.place, named.in_head), Marked(np.array([*marked], dtype=np.int64), texts)
    return _filled(names, _kinds(lexicon), groups, size, 2 * len(named.text) + size)


def _filled(names: Names, kinds: Kinds, marked: Marked, size: int, room: int) -> Said:
    """The columns, which are made again if they have too little room."""
    first, of, group = (np.empty(rows, dtype=np.int64) for rows in (size + 1, room, room))
    place = np.empty(room, dtype=np.float32)
    count = said_in(names, kinds, marked, Found(first, of, group, place))
    return Said(Rows(first, of[:count]), group[:count], place[:count]) if count <= room else _filled(names, kinds, marked, size, count)


@lru_cache(maxsize=4)
def _kinds(lexicon: Lexicon) -> Kinds:
    unions = lexicon.in_unions
    return Kinds(unions.first, unions.to, lexicon.is_kind("brown"), lexicon.is_of("certain_asset"))

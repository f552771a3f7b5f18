"""Short names: business words left out at the end, long words contracted, groups by the name everybody uses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.names.joins import equal_pairs
from greenfin.names.parts import only
from greenfin.names.words import any_of, words

Ints = NDArray[np.int64]
_ROUNDS = 5
_LEAST = 2


def short_pairs(left: pa.Array, right: pa.Array) -> tuple[Ints, Ints]:
    """Pairs of cores of which one is the other without words of business at its end, both contracted; each pair once."""
    ours, theirs = _shorter(contracted(left)), _shorter(contracted(right))
    found = []
    for mine, other in ((ours, theirs[:1]), (ours[:1], theirs)):
        for rows, texts in mine:
            for columns, words_ in other:
                i, j = equal_pairs(texts, words_)
                found.append(rows[i] << 32 | columns[j])
    keys = np.unique(np.concatenate(found))
    return keys >> 32, keys & 0xFFFFFFFF


def contracted(cores: pa.Array) -> pa.Array:
    """Cores with long words in their short way, and well-known groups as they are called."""
    groups, long_words = words()["short_names"], words()["contractions"]
    named = only(cores, f"^{any_of(groups)}", lambda some: _named(some, groups))
    return only(named, any_of(long_words), lambda some: _cut(some, long_words))


def _named(text: pa.Array, groups: Mapping[str, str]) -> pa.Array:
    for long, short in sorted(groups.items(), key=lambda pair: -len(pair[0])):
        text = pc.if_else(pc.starts_with(text, long), pc.replace_substring(text, long, short, max_replacements=1), text)
    return text


def _cut(text: pa.Array, long_words: Mapping[str, str]) -> pa.Array:
    for long, short in sorted(long_words.items(), key=lambda pair: -len(pair[0])):
        text = pc.replace_substring(text, long, short)
    return text


def _shorter(cores: pa.Array) -> list[tuple[Ints, pa.Array]]:
    """The cores, then those without their last word of business, and so on: row and text; never a word of business alone."""
    business = words()["firms"]["business"]
    alone = pa.array([*business, *map(str, words()["contractions"].values())])
    rows, text = np.arange(len(cores)), cores
    found = [(rows, text)]
    for _ in range(_ROUNDS):
        cut = pc.replace_substring_regex(text, f"{any_of(business)}$", "")
        kept = pc.and_(pc.not_equal(cut, text), pc.greater_equal(pc.utf8_length(cut), _LEAST))
        kept = pc.and_(kept, pc.invert(pc.is_in(cut, value_set=alone)))
        rows, text = rows[np.asarray(kept.to_numpy(zero_copy_only=False), dtype=np.bool_)], cut.filter(kept)
        found.append((rows, text))
    return found

"""The class over the leaves, where the leaf is open: two leaves of it nearly alike, or words that reach no further than the class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from greenfin.reference.catalogue import Catalogue
from greenfin.tag.normalise import fold

Flags = NDArray[np.bool_]
Floats = NDArray[np.floating]
Ints = NDArray[np.int64]

NEED = "leaf_open"
NO_CLASS = -1
TIED = 0.03  # within this the first of two leaves was the right one in fewer than half of the labelled texts


@dataclass(frozen=True, slots=True)
class Classes:
    """The entries over the leaves: ``codes`` in catalogue order, ``of_leaf`` the one right above each leaf, ``above`` the one over each
    class (NO_CLASS: top level), ``words`` the folded words of each."""

    codes: tuple[str, ...]
    of_leaf: Ints
    above: Ints
    words: tuple[tuple[str, ...], ...]


def classes_of(catalogue: Catalogue, leaves: Sequence[str], *, weak: Sequence[str]) -> Classes:
    """The classes of an edition. A class has its official names and, where it stands under another one, those of its own words that
    are no leaf's and hold a green word."""
    held = [entry for entry in catalogue.entries.values() if not entry.is_leaf]
    at = {entry.code: n for n, entry in enumerate(held)}
    of_leaves = {fold(w) for code in leaves for e in (catalogue.entries[code],) for w in (*e.words, e.name_zh, e.name_en)}
    words = []
    for entry in held:
        own = [fold(w) for w in entry.words]
        kept = [w for w in own if entry.parent and w not in of_leaves and any(sound in w for sound in weak)]
        words.append(tuple(dict.fromkeys((fold(entry.name_zh), fold(entry.name_en), *kept))))
    parents = [at.get(catalogue.entries[code].parent, NO_CLASS) for code in leaves]
    above = [at.get(entry.parent, NO_CLASS) for entry in held]
    return Classes(tuple(at), np.array(parents, dtype=np.int64), np.array(above, dtype=np.int64), tuple(words))


def tied(classes: Classes, *, leaf: Ints, score: Floats, runner_up: Ints, runner_up_score: Floats) -> Ints:
    """The class of each case whose two best leaves stand under it and are nearly alike; NO_CLASS elsewhere (no leaf: negative)."""
    none = np.append(classes.of_leaf, NO_CLASS)
    own, other = none[np.maximum(leaf, NO_CLASS)], none[np.maximum(runner_up, NO_CLASS)]
    near = (leaf >= 0) & (runner_up >= 0) & (score - runner_up_score < TIED)
    return np.where(near & (own == other), own, NO_CLASS).astype(np.int64)


def only_class(classes: Classes, present: Flags) -> Ints:
    """The one class that the words of a text name (``present``: texts x classes), else the top class over all of them, else NO_CLASS.

    A class that stands under another one that is named as well comes before it.
    """
    named = present.copy()
    for n, above in enumerate(classes.above):
        if above != NO_CLASS:
            named[:, above] &= ~present[:, n]
    tops = np.where(classes.above == NO_CLASS, np.arange(len(classes.codes)), classes.above)
    over = (named[:, :, None] & (tops[:, None] == np.unique(tops))[None]).any(axis=1)
    first = named.argmax(axis=1)
    count = named.sum(axis=1)
    return np.where(count == 1, first, np.where(over.sum(axis=1) == 1, tops[first], NO_CLASS)).astype(np.int64)

"""How like a text is to what is known of each leaf: weights of short runs of signs, fitted beforehand to phrases of our own.

The weights (``taxonomy/<edition>/likeness.parquet``) are made by ``.ci/make_likeness.py``: no one has to trust them blindly, each run
of signs stands there with the leaf it speaks for. An edition without the file has no likeness.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.reference.likeness import BIAS, FILE, GREEN, read_likeness
from greenfin.reference.rules import ACTIVITIES
from greenfin.tag.grams import SLOT_BITS, Grams, Keys, grams, key_of, slot
from greenfin.tag.normalise import Corpus

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Singles = NDArray[np.float32]

_ACTIVITY = 0xE000  # private signs for what the text does with the thing; the first: it does not say


def activity_sign(activity: int) -> str:
    """The sign that stands for an activity (-1: not said) among the runs."""
    return "@" + (ACTIVITIES[activity] if activity >= 0 else "unsaid")


_SIGNS: Mapping[str, int] = {activity_sign(n): _ACTIVITY + n + 1 for n in range(-1, len(ACTIVITIES))}


@dataclass(frozen=True, slots=True)
class Weights:
    """What each run of signs says: ``keys`` in order; what run ``k`` says of leaves is ``first[k]:first[k + 1]`` of ``leaf`` (in order)
    and ``weight``; ``green`` what it adds to being green at all. ``bias`` and ``green_bias`` are what every text starts from. ``known``:
    the slots of the keys."""

    keys: Keys
    first: Ints
    leaf: Ints
    weight: Singles
    green: Singles
    bias: Singles
    green_bias: float
    known: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Likeness:
    """For each row what it is like: ``leaf`` and ``second`` (positions in the codes) and their scores."""

    leaf: Ints
    score: Singles
    second: Ints
    second_score: Singles


@dataclass(frozen=True, slots=True)
class Runs:
    """The known runs of rows, each as often as it stands there: ``row``, ``run`` (place among the keys); per row ``scale``, and
    ``green``: how much speaks for being green at all (above 0: more for than against)."""

    row: Ints
    run: Ints
    scale: Singles
    green: Singles


def read_weights(folder: Path, codes: tuple[str, ...]) -> Weights | None:
    """The weights of an edition's leaves (in the order of ``codes``); None where the edition has none."""
    path = folder / FILE
    return _read(folder, path.stat().st_mtime_ns, codes) if path.is_file() else None


@cache
def _read(folder: Path, _changed: int, codes: tuple[str, ...]) -> Weights | None:
    table = read_likeness(folder, codes)
    if table is None:
        return None
    entry = pc.index_in(table["entry"], value_set=pa.array([*codes, GREEN])).to_numpy().astype(np.int64)
    runs = table["run"].combine_chunks().dictionary_encode()
    texts = runs.dictionary.to_pylist()
    weight = table["weight"].to_numpy().astype(np.float32)
    run = runs.indices.to_numpy().astype(np.int64)
    keys = np.array([_SIGNS.get(t) or key_of(t) for t in texts], dtype=np.uint64)
    order = np.argsort(keys)
    keys, place = keys[order], np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    run = place[run]
    base = int(place[texts.index(BIAS)])
    bias, green = np.zeros(len(codes) + 1, dtype=np.float32), np.zeros(len(keys), dtype=np.float32)
    bias[entry[run == base]] = weight[run == base]
    of_green = (entry == len(codes)) & (run != base)
    green[run[of_green]] = weight[of_green]
    kept = np.flatnonzero((entry < len(codes)) & (run != base))
    kept = kept[np.lexsort((entry[kept], run[kept]))]
    first = np.concatenate(([0], np.cumsum(np.bincount(run[kept], minlength=len(keys))))).astype(np.int64)
    known = np.zeros(1 << SLOT_BITS, dtype=np.bool_)
    known[slot(keys)] = True
    return Weights(keys, first, entry[kept], weight[kept], green, bias[:-1], float(bias[-1]), known)


def known_grams(body: Corpus, texts: Sequence[Ints], *, weights: Weights) -> tuple[Grams, Ints]:
    """The runs of each row's texts (0: none) that have a weight, and the place of each among the keys."""
    found = [grams(body, part, known=weights.known) for part in texts]
    joined = Grams(*(np.concatenate([getattr(g, name) for g in found]) for name in ("row", "key", "start", "end")))
    place, here = _places(joined.key, weights)
    return joined.take(here), place[here]


def _places(keys: Keys, weights: Weights) -> tuple[Ints, Flags]:
    """The place of each among the keys that have a weight, and whether it is there."""
    place = np.minimum(np.searchsorted(weights.keys, keys), len(weights.keys) - 1)
    return place, weights.keys[place] == keys


def read_runs(body: Corpus, texts: Sequence[Ints], activity: Ints, *, weights: Weights) -> Runs:
    """The known runs of each row: ``texts`` are the rows' texts of one kind each (purposes, projects; 0: none)."""
    held, place = known_grams(body, texts, weights=weights)
    size = len(activity)
    sign, here = _places((_ACTIVITY + 1 + activity).astype(np.uint64), weights)
    row, run = np.concatenate((held.row, np.flatnonzero(here))), np.concatenate((place, sign[here]))
    scale = (1 / np.sqrt(np.maximum(np.bincount(row, minlength=size), 1))).astype(np.float32)
    green = np.bincount(row, weights=weights.green[run], minlength=size) * scale + weights.green_bias
    return Runs(row, run, scale, green.astype(np.float32))


def likeness(found: Runs, rows: Ints, *, weights: Weights) -> Likeness:
    """What these of the rows are like."""
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]  # it has no published types

    place = np.full(len(found.scale), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    kept = place[found.row] >= 0
    shape = (len(rows), len(weights.keys))
    counted = csr_matrix((np.ones(int(kept.sum()), dtype=np.float32), (place[found.row[kept]], found.run[kept])), shape=shape)
    says = csr_matrix((weights.weight, weights.leaf, weights.first), shape=(len(weights.keys), len(weights.bias)))
    scores = (counted @ says).toarray() * found.scale[rows, None] + weights.bias
    at = np.arange(len(rows))
    leaf = scores.argmax(axis=1)
    best = scores[at, leaf]
    scores[at, leaf] = -np.inf
    second = scores.argmax(axis=1)
    return Likeness(leaf, best, second, scores[at, second])

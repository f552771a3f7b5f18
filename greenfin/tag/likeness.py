"""How like a text is to what is known of each leaf: weights of short runs of signs, fitted beforehand to phrases of our own.

The weights (``taxonomy/<edition>/likeness.parquet``) are made by ``.ci/make_likeness.py``: no one has to trust them blindly, each run
of signs stands there with the leaf it speaks for. An edition without the file has no likeness.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from greenfin.reference.likeness import BIAS, FILE, GREEN, read_likeness
from greenfin.reference.rules import ACTIVITIES
from greenfin.tag.grams import LATIN_MARK, Grams, Keys, keys_of, signs_of
from greenfin.tag.normalise import Corpus
from greenfin.tag.trie import Trie, trie

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Singles = NDArray[np.float32]
Floats = NDArray[np.float64]

_STANDS = "^(?:[^\\x00 ]*[^\\x00-\\x7f][^\\x00 ]*|[\\x01-\\x7f]{4,7})$"  # what a run of a text may be
_ACTIVITY = 0xE000  # private signs for what the text does with the thing; the first: it does not say


def activity_sign(activity: int) -> str:
    """The sign that stands for an activity (-1: not said) among the runs."""
    return "@" + (ACTIVITIES[activity] if activity >= 0 else "unsaid")


_SIGNS: Mapping[str, str] = {activity_sign(n): chr(_ACTIVITY + n + 1) for n in range(-1, len(ACTIVITIES))}


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What each run of signs says: ``keys`` in order; what run ``k`` says of leaves is ``first[k]:first[k + 1]`` of ``leaf`` (in order)
    and ``weight``; ``cell`` numbers run and leaf together. ``green``: what it adds to being green at all. ``bias`` and ``green_bias`` are
    what every text starts from. ``runs`` finds the keys by their signs."""

    keys: Keys
    first: Ints
    leaf: Ints
    cell: Ints
    weight: Singles
    green: Singles
    bias: Singles
    green_bias: float
    runs: Trie


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
    keys = keys_of([_SIGNS.get(text, text) for text in texts])
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
    stands = pc.if_else(pc.match_substring_regex(runs.dictionary, _STANDS), runs.dictionary, "").take(pa.array(order))
    cell = run[kept] * len(codes) + entry[kept]
    return Weights(keys, first, entry[kept], cell, weight[kept], green, bias[:-1], float(bias[-1]), trie(stands.to_pylist()))


def known_grams(body: Corpus, texts: Ints, *, weights: Weights, leaf: Ints | None = None) -> tuple[Grams, Ints]:
    """The runs of the texts that have a weight, and the place of each among the keys: those with a Chinese sign first, then by length.
    ``leaf``: only those that speak for the leaf of their text."""
    signs = signs_of(body, texts)
    at, last, run = _joined((at, at + size - 1, run) for at, run, size in weights.runs.walk(signs.sign))
    if leaf is not None:
        some = np.flatnonzero(weight_of(run, leaf[signs.row[at]], weights=weights) > 0)
        at, last, run = at[some], last[some], run[some]
    order = np.argsort(weights.keys[run] >= LATIN_MARK, kind="stable")
    at, last, run = at[order], last[order], run[order]
    return Grams(signs.row[at], weights.keys[run], signs.places(at), signs.places(last) + 1), run


def weight_of(run: Ints, leaf: Ints, *, weights: Weights) -> Singles:
    """What each run weighs for a leaf."""
    wanted = run * len(weights.bias) + leaf
    at = np.searchsorted(weights.cell, wanted)
    return np.where(np.append(weights.cell, -1)[at] == wanted, np.append(weights.weight, 0)[at], 0).astype(np.float32)


def _joined(parts: Iterable[tuple[Ints, ...]]) -> Iterator[Ints]:
    """Columns of several parts, each in one piece."""
    return (np.concatenate(columns) for columns in zip(*parts, strict=True))


def _places(keys: Keys, weights: Weights) -> tuple[Ints, Flags]:
    """The place of each among the keys that have a weight, and whether it is there."""
    place = np.minimum(np.searchsorted(weights.keys, keys), len(weights.keys) - 1)
    return place, weights.keys[place] == keys


def activity_runs(activity: Ints, weights: Weights) -> Ints:
    """The run that stands for the activity of each row; -1: it has no weight."""
    place, here = _places((_ACTIVITY + 1 + activity).astype(np.uint64), weights)
    return np.where(here, place, -1)


def read_runs(body: Corpus, texts: Sequence[Ints], activity: Ints, *, weights: Weights) -> Runs:
    """The known runs of each row: ``texts`` are the rows' texts of one kind each (purposes, projects; 0: none)."""
    size = len(activity)
    sign = activity_runs(activity, weights)
    of_texts = ((signs.row[at], run) for signs in (signs_of(body, part) for part in texts) for at, run, _ in weights.runs.walk(signs.sign))
    row, run = _joined((*of_texts, (np.flatnonzero(sign >= 0), sign[sign >= 0])))
    green = np.bincount(row, weights=weights.green[run], minlength=size)
    return weighed(row, run, np.bincount(row, minlength=size), green, weights=weights)


def weighed(row: Ints, run: Ints, counts: Ints, green: Ints | Floats, *, weights: Weights) -> Runs:
    """The runs with what they weigh: ``counts`` of each row, and what they say of being ``green``."""
    return Runs(row, run, *scaled(counts, green, weights=weights))


def scaled(counts: Ints, green: Ints | Floats, *, weights: Weights) -> tuple[Singles, Singles]:
    """The columns ``scale`` and ``green`` of Runs."""
    scale = (1 / np.sqrt(np.maximum(counts, 1))).astype(np.float32)
    return scale, (green * scale + weights.green_bias).astype(np.float32)


def likeness(found: Runs, rows: Ints, *, weights: Weights) -> Likeness:
    """What these of the rows are like."""
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]  # it has no published types

    place = np.full(len(found.scale), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    place = place[found.row]
    kept = np.flatnonzero(place >= 0)
    bits = len(weights.keys).bit_length()
    held = np.sort(place[kept] << bits | found.run[kept])
    opens = np.flatnonzero(np.append(True, held[1:] > held[:-1])[: len(held)])
    counts = np.diff(np.append(opens, len(held))).astype(np.float64)
    row, run = held[opens] >> bits, held[opens] & ((1 << bits) - 1)
    used, says = _said_by(run, weights)
    first = np.searchsorted(row, np.arange(len(rows) + 1))
    counted = csr_matrix((counts, used[run], first), shape=(len(rows), len(says)))
    scores = (counted @ says).astype(np.float32)  # the sums are exact: in which order they are made does not matter
    scores *= found.scale[rows, None]
    scores += weights.bias
    at = np.arange(len(rows))
    leaf = scores.argmax(axis=1)
    best = scores[at, leaf]
    scores[at, leaf] = -np.inf
    second = scores.argmax(axis=1)
    return Likeness(leaf, best, second, scores[at, second])


def _said_by(run: Ints, weights: Weights) -> tuple[Ints, Floats]:
    """For each key its row (those of the runs, in order) in what these say of all leaves (rows x leaves)."""
    used = np.zeros(len(weights.keys), dtype=np.bool_)
    used[run] = True
    keys = np.flatnonzero(used)
    counts = weights.first[keys + 1] - weights.first[keys]
    row = np.repeat(np.arange(len(keys)), counts)
    at = np.arange(len(row)) + np.repeat(weights.first[keys] - (np.cumsum(counts) - counts), counts)
    says = np.zeros((len(keys), len(weights.bias)), dtype=np.float64)
    says[row, weights.leaf[at]] = weights.weight[at]
    return np.cumsum(used) - 1, says

"""What texts are like, one after the other (see likeness.read_runs and likeness.likeness)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from greenfin.tag.compiled.charts import (
    CHART,
    F4,
    F8,
    I4,
    I8,
    I8S,
    TEXTS,
    U2,
    Chart,
    Texts,
    chart,
    compiled,
    inlined,
    onward,
    texts_of,
    word_at,
)
from greenfin.tag.grams import BLANK, FIGURE, all_signs
from greenfin.tag.likeness import Likeness, Weights, activity_runs, scaled
from greenfin.tag.normalise import Corpus

Ints = NDArray[np.int64]
Singles = NDArray[np.float32]


class Rows(NamedTuple):
    """What there is to read and to write: ``texts`` of each kind of each row, the run that stands for its ``activity`` (-1: none);
    ``counts`` of its runs and what they say of being ``green``; ``runs``, one behind the other."""

    texts: Ints
    activity: Ints
    counts: Ints
    green: NDArray[np.float64]
    runs: Ints


ROWS = types.BaseTuple.from_types((I8S, I8, I8, F8, I8), Rows)


@inlined
def _marks_of(known: NDArray[np.int32], sign: NDArray[np.uint16], codes: NDArray[np.uint32], marks: Ints) -> int:
    """Writes the marks (``known`` for each sign) of a text with a blank around it, of figures or blanks in a row only the first; how
    many."""
    last, size = BLANK, min(len(codes), 1)
    marks[0] = known[BLANK]
    for code in codes:
        one = int(sign[code])
        if one != last or one not in (BLANK, FIGURE):
            marks[size] = known[one]
            size += 1
        last = one
    if last != BLANK:
        marks[size] = known[BLANK]
        size += 1
    return size


@compiled(types.i8, CHART, U2, TEXTS, F4, ROWS)
def runs_in(known: Chart, sign: NDArray[np.uint16], texts: Texts, says: Singles, rows: Rows) -> int:
    """Writes the runs of each row, as many as there is room for; how many there are. ``says``: what each run says of being green."""
    marks, size = np.empty(np.max(texts.ends - texts.starts) + 3, np.int64), 0
    for row in range(len(rows.counts)):
        first, total = size, 0.0
        for kind in range(len(rows.texts)):
            text = rows.texts[kind, row]
            signs = _marks_of(known.marks, sign, texts.codes[texts.starts[text] : texts.ends[text]], marks)
            for at in range(signs - 1):
                node, length, reach = marks[at], 1, min(signs - at - 1, len(known.spread)) if marks[at] else 0
                while length <= reach:
                    place = onward(known, length, node, marks[at + length])
                    if place < 0:
                        break
                    run = word_at(known, place)
                    if run >= 0:
                        if size < len(rows.runs):
                            rows.runs[size] = run
                        total += says[run]
                        size += 1
                    node = place - known.cells_from[length - 1]
                    length += 1
        if rows.activity[row] >= 0:
            if size < len(rows.runs):
                rows.runs[size] = rows.activity[row]
            total += says[rows.activity[row]]
            size += 1
        rows.counts[row], rows.green[row] = size - first, total
    return size


class Says(NamedTuple):
    """What each run says of leaves, see likeness.Weights; ``said``: leaf and weight in turn."""

    first: NDArray[np.int32]
    said: Singles
    bias: Singles


class Read(NamedTuple):
    """Columns of likeness.Runs: the runs of row ``r`` are ``first[r]:first[r + 1]`` of ``run``."""

    first: Ints
    run: Ints
    scale: Singles


class Found(NamedTuple):
    """Columns of likeness.Likeness."""

    leaf: Ints
    score: Singles
    second: Ints
    second_score: Singles


SAYS = types.BaseTuple.from_types((I4, F4, F4), Says)
READ = types.BaseTuple.from_types((I8, I8, F4), Read)
FOUND = types.BaseTuple.from_types((I8, F4, I8, F4), Found)


@inlined
def _two_best(total: NDArray[np.float64], bias: Singles, scale: np.float32) -> tuple[int, np.float32, int, np.float32]:
    """The two highest scores, of equal ones the first, and whose they are; the totals are nought afterwards."""
    best, second = -1, -1
    highest = next_highest = np.float32(-np.inf)
    for one in range(len(total)):
        score = np.float32(total[one]) * scale + bias[one]
        total[one] = 0
        if score > highest:
            second, next_highest, best, highest = best, highest, one, score
        elif score > next_highest:
            second, next_highest = one, score
    return best, highest, second, next_highest


@compiled(types.void, SAYS, I8, READ, FOUND)
def leaves_in(says: Says, rows: Ints, found: Read, like: Found) -> None:
    """Writes the two likeliest leaves of some rows, and their scores."""
    total = np.zeros(len(says.bias), np.float64)
    for at in range(len(rows)):
        row = rows[at]
        for n in range(found.first[row], found.first[row + 1]):
            run = found.run[n]
            for one in range(says.first[run], says.first[run + 1]):
                total[int(says.said[2 * one])] += says.said[2 * one + 1]
        like.leaf[at], like.score[at], like.second[at], like.second_score[at] = _two_best(total, says.bias, found.scale[row])


@dataclass(frozen=True, slots=True)
class Packed:
    """likeness.Runs in the order of their rows: those of row ``r`` are ``first[r]:first[r + 1]`` of ``run``."""

    first: Ints
    run: Ints
    scale: Singles
    green: Singles


def read_runs(body: Corpus, texts: Sequence[Ints], activity: Ints, *, weights: Weights) -> Packed:
    """What likeness.read_runs reads, in the order of the rows."""
    size, room = len(activity), 64 * len(activity)
    columns = np.stack(texts), activity_runs(activity, weights), np.empty(size, dtype=np.int64), np.empty(size, dtype=np.float64)

    def read(room: int) -> Ints:
        runs = np.empty(room, dtype=np.int64)
        found = runs_in(chart(weights.runs), all_signs(), texts_of(body), weights.green, Rows(*columns, runs))
        return runs[:found] if found <= room else read(found)

    runs, (_, _, counts, green) = read(room), columns
    return Packed(np.append(0, np.cumsum(counts)), runs, *scaled(counts, green, weights=weights))


def likeness(found: Packed, rows: Ints, *, weights: Weights) -> Likeness:
    """What likeness.likeness finds."""
    leaf, second = np.empty(len(rows), dtype=np.int64), np.empty(len(rows), dtype=np.int64)
    score, second_score = np.empty(len(rows), dtype=np.float32), np.empty(len(rows), dtype=np.float32)
    leaves_in(_says(weights), rows, Read(found.first, found.run, found.scale), Found(leaf, score, second, second_score))
    return Likeness(leaf, score, second, second_score)


@lru_cache(maxsize=4)
def _says(weights: Weights) -> Says:
    said = np.stack([weights.leaf.astype(np.float32), weights.weight], axis=1).reshape(-1)
    return Says(weights.first.astype(np.int32), said, weights.bias)

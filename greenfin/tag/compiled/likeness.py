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
    longest,
    onward,
    texts_of,
    word_at,
)
from greenfin.tag.grams import BLANK, FIGURE, LATIN_MARK, Grams, all_signs
from greenfin.tag.likeness import Likeness, Weights, activity_runs, scaled
from greenfin.tag.normalise import Corpus

Ints = NDArray[np.int64]
Singles = NDArray[np.float32]

_UNIT = 2.0**-27  # all weights are so many of it
_LEAF_BITS, _LEAF = 16, 0xFFFF


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
    marks, size = np.empty(longest(texts) + 3, np.int64), 0
    for row in range(len(rows.counts)):
        first, total = size, 0.0
        for kind in range(len(rows.texts)):
            text = rows.texts[kind, row]
            signs = _marks_of(known.marks, sign, texts.codes[texts.starts[text] : texts.ends[text]], marks)
            for at in range(signs - 1):
                reach = min(signs - at - 1, len(known.spread)) if marks[at] and marks[at + 1] else 0
                node, length = marks[at], 1
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
    """What each run says of leaves, see likeness.Weights; ``said``: leaf and weight (as a whole number of ``_UNIT``) in one."""

    first: NDArray[np.int32]
    said: Ints
    bias: Singles


SAYS = types.BaseTuple.from_types((I4, I8, F4), Says)


@inlined
def _speaks(says: Says, run: int, leaf: int) -> bool:
    """Whether a run speaks for a leaf."""
    at, end = says.first[run], says.first[run + 1]
    while at < end and says.said[at] & _LEAF < leaf:
        at += 1
    return bool(at < end and says.said[at] & _LEAF == leaf and says.said[at] > 0)


class Asked(NamedTuple):
    """Texts and a leaf for each, and what runs say of leaves."""

    text: Ints
    leaf: Ints
    says: Says


class Spoken(NamedTuple):
    """Runs that speak for a leaf: the row, the run, how many signs it has, where it starts and ends in the corpus."""

    row: Ints
    run: Ints
    size: Ints
    start: Ints
    end: Ints


ASKED = types.BaseTuple.from_types((I8, I8, SAYS), Asked)
SPOKEN = types.BaseTuple.from_types((I8, I8, I8, I8, I8), Spoken)


@inlined
def _write_places(sign: NDArray[np.uint16], codes: NDArray[np.uint32], places: Ints) -> None:
    """Writes where each of the signs of a text stands (see _marks_of); what is put around it stands at its edge."""
    last, size = BLANK, 1
    places[0] = 0
    for at in range(len(codes)):
        one = int(sign[codes[at]])
        if one != last or one not in (BLANK, FIGURE):
            places[size] = at
            size += 1
        last = one
    places[size] = len(codes) - 1


@compiled(types.i8, CHART, U2, TEXTS, ASKED, SPOKEN)
def spoken_in(known: Chart, sign: NDArray[np.uint16], texts: Texts, asked: Asked, found: Spoken) -> int:
    """Writes the runs of the texts asked for that speak for the leaf of each, as many as there is room for; how many there are."""
    room = longest(texts) + 3
    marks, places, size = np.empty(room, np.int64), np.empty(room, np.int64), 0
    for row in range(len(asked.text)):
        first = texts.starts[asked.text[row]]
        codes = texts.codes[first : texts.ends[asked.text[row]]]
        signs = _marks_of(known.marks, sign, codes, marks)
        _write_places(sign, codes, places)
        for at in range(signs - 1):
            node, length, reach = marks[at], 1, min(signs - at - 1, len(known.spread)) if marks[at] else 0
            while length <= reach:
                place = onward(known, length, node, marks[at + length])
                if place < 0:
                    break
                run = word_at(known, place)
                if run >= 0 and _speaks(asked.says, run, asked.leaf[row]):
                    if size < len(found.row):
                        found.row[size], found.run[size], found.size[size] = row, run, length + 1
                        found.start[size], found.end[size] = first + places[at], first + places[at + length] + 1
                    size += 1
                node = place - known.cells_from[length - 1]
                length += 1
    return size


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


READ = types.BaseTuple.from_types((I8, I8, F4), Read)
FOUND = types.BaseTuple.from_types((I8, F4, I8, F4), Found)


@inlined
def _two_best(total: Ints, bias: Singles, scale: np.float32, scores: Singles) -> tuple[int, np.float32, int, np.float32]:
    """The two highest scores, of equal ones the first, and whose they are; ``scores`` is room for all; the totals are nought afterwards."""
    for one in range(len(total)):
        scores[one] = np.float32(total[one] * _UNIT) * scale + bias[one]
        total[one] = 0
    best, second = -1, -1
    highest = next_highest = np.float32(-np.inf)
    for one in range(len(total)):
        score = scores[one]
        if score > highest:
            second, next_highest, best, highest = best, highest, one, score
        elif score > next_highest:
            second, next_highest = one, score
    return best, highest, second, next_highest


@compiled(types.void, SAYS, I8, READ, FOUND)
def leaves_in(says: Says, rows: Ints, found: Read, like: Found) -> None:
    """Writes the two likeliest leaves of some rows, and their scores."""
    total, scores = np.zeros(len(says.bias), np.int64), np.empty(len(says.bias), np.float32)
    for at in range(len(rows)):
        row = rows[at]
        for n in range(found.first[row], found.first[row + 1]):
            run = found.run[n]
            for one in range(says.first[run], says.first[run + 1]):
                total[says.said[one] & _LEAF] += says.said[one] >> _LEAF_BITS
        like.leaf[at], like.score[at], like.second[at], like.second_score[at] = _two_best(total, says.bias, found.scale[row], scores)


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


def known_grams(body: Corpus, texts: Ints, *, weights: Weights, leaf: Ints) -> tuple[Grams, Ints]:
    """What likeness.known_grams finds of a leaf."""

    def read(room: int) -> Spoken:
        found = Spoken(*(np.empty(room, dtype=np.int64) for _ in Spoken._fields))
        size = spoken_in(chart(weights.runs), all_signs(), texts_of(body), Asked(texts, leaf, _says(weights)), found)
        return Spoken(*(column[:size] for column in found)) if size <= room else read(size)

    found = read(8 * len(texts))
    order = np.lexsort((found.size, weights.keys[found.run] >= LATIN_MARK))
    row, run, _, start, end = (column[order] for column in found)
    return Grams(row, weights.keys[run], start, end), run


@lru_cache(maxsize=4)
def _says(weights: Weights) -> Says:
    said = (weights.weight / _UNIT).astype(np.int64) << _LEAF_BITS | weights.leaf
    return Says(weights.first.astype(np.int32), said, weights.bias)

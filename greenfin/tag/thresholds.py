"""What the chosen leaf asks in grades and numbers, against what the texts state: met, unmet, unknown, not applicable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from greenfin.core.units import ratio
from greenfin.reference.thresholds import Criterion
from greenfin.reference.words import FactWords
from greenfin.tag.facts import Numbers
from greenfin.tag.normalise import fold

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NOT_APPLICABLE, MET, UNMET, UNKNOWN = range(4)
NO_LINE = -1
REACHED = {"<": np.less, "<=": np.less_equal, ">=": np.greater_equal, ">": np.greater}
_OF_GRADE, _OF_STANDARD = "efficiency_certificate", "standard_conformity"


@dataclass(frozen=True, slots=True)
class Judged:
    """For each case: what the lines of its leaf say together, the line that is missed (NO_LINE: none), whether it is strict, and what
    evidence the lines ask for that the texts say nothing of (``needs``: cases x ``ids``)."""

    ids: tuple[str, ...]
    outcome: NDArray[np.int8]
    missed: Ints
    is_strict: Flags
    needs: Flags

    @classmethod
    def none(cls, size: int, ids: tuple[str, ...] = ()) -> Judged:
        """Nothing asked of any case."""
        flags = np.zeros((size, len(ids)), dtype=np.bool_)
        return cls(ids, np.zeros(size, dtype=np.int8), np.full(size, NO_LINE, dtype=np.int64), np.zeros(size, dtype=np.bool_), flags)


def by_leaf(lines: Sequence[Criterion], codes: Sequence[str]) -> Mapping[int, tuple[int, ...]]:
    """Leaf (index of ``codes``) -> its lines (indexes of ``lines``)."""
    at = {code: n for n, code in enumerate(codes)}
    found: dict[int, tuple[int, ...]] = {}
    for n, line in enumerate(lines):
        found[at[line.entry]] = (*found.get(at[line.entry], ()), n)
    return found


def judge(
    leaf: Ints,
    lines: Sequence[Criterion],
    *,
    of_leaf: Mapping[int, tuple[int, ...]],
    stated: Mapping[str, Numbers],
    facts: Mapping[str, FactWords],
    texts: Callable[[Ints], Sequence[str]],
) -> Judged:
    """The lines of each case's leaf (no leaf: negative) against the numbers stated (fact -> a number per case, NaN not stated).

    ``texts``: the folded texts of some cases, asked only for leaves whose lines are about one of several things. Of one fact a line about
    a thing that the text names comes before those of the whole leaf; the fact is missed where each of its lines is.
    """
    found = Judged.none(len(leaf), tuple(dict.fromkeys(_need(line, facts) for line in lines)))
    for index in np.unique(leaf[np.isin(leaf, list(of_leaf))]):
        rows = np.flatnonzero(leaf == index)
        mine = of_leaf[int(index)]
        values = {fact: stated[fact][rows] for fact in dict.fromkeys(lines[n].fact for n in mine) if fact}
        held = np.stack([_outcome(lines[n], values.get(lines[n].fact), size=len(rows), facts=facts) for n in mine])
        applies = _applies([lines[n] for n in mine], texts(rows) if any(lines[n].scope for n in mine) else [""] * len(rows))
        _gather(found, rows, np.array(mine), np.where(applies, held, NOT_APPLICABLE), lines=lines, facts=facts)
    return found


OUTCOMES = ("not_applicable", "met", "unmet", "unknown")


@dataclass(frozen=True, slots=True)
class LineSaid:
    """A line of a leaf for one case: ``outcome`` of OUTCOMES; ``found`` the number the texts state, in the unit of its fact."""

    line: Criterion
    outcome: str
    found: float | None


def said_of(
    lines: Sequence[Criterion], *, stated: Mapping[str, Numbers], facts: Mapping[str, FactWords], text: str
) -> tuple[LineSaid, ...]:
    """Each line of a leaf against the first case of ``stated``, whose folded text is given."""
    if not lines:
        return ()
    row = np.zeros(1, dtype=np.int64)
    applies = _applies(lines, [text])[:, 0]
    found = []
    for line, on in zip(lines, applies, strict=True):
        value = float(stated[line.fact][row][0]) if line.fact else np.nan
        numbers = np.array([value]) if line.fact else None
        outcome = int(_outcome(line, numbers, size=1, facts=facts)[0]) if on else NOT_APPLICABLE
        found.append(LineSaid(line, OUTCOMES[outcome], None if np.isnan(value) else value))
    return tuple(found)


def _outcome(line: Criterion, value: Floats | None, *, size: int, facts: Mapping[str, FactWords]) -> NDArray[np.int8]:
    """What a line says of so many numbers; None: it asks for none."""
    if value is None:
        return np.full(size, UNKNOWN, dtype=np.int8)
    limit = float(line.value) * ratio(line.unit, facts[line.fact].unit)
    reached = REACHED[line.op](value, limit)
    return np.where(np.isnan(value), UNKNOWN, np.where(reached, MET, UNMET)).astype(np.int8)


def _applies(lines: Sequence[Criterion], texts: Sequence[str]) -> Flags:
    """Where each line applies: one about a thing where the text names it, one of the whole leaf where no such line of its fact does."""
    named = [np.array([fold(line.scope) in text for text in texts]) if line.scope else np.zeros(len(texts), dtype=bool) for line in lines]
    found = []
    for line, own in zip(lines, named, strict=True):
        closer = [n for other, n in zip(lines, named, strict=True) if other.scope and other.fact == line.fact]
        found.append(own if line.scope else ~np.any(closer, axis=0) if closer else np.ones(len(texts), dtype=bool))
    return np.stack(found)


def _gather(
    found: Judged, rows: Ints, mine: Ints, held: NDArray[np.int8], *, lines: Sequence[Criterion], facts: Mapping[str, FactWords]
) -> None:
    """The lines of one leaf (``held``: lines x rows) put together, fact by fact: unmet before unknown before met."""
    of_fact = np.array([lines[n].fact for n in mine])
    strict = np.array([lines[n].is_strict for n in mine])
    column = np.array([found.ids.index(_need(lines[n], facts)) for n in mine])
    worst = np.zeros(len(rows), dtype=np.int8)
    for fact in dict.fromkeys(of_fact.tolist()):
        own, said = np.flatnonzero(of_fact == fact), held[of_fact == fact]
        met, below, unsaid = ((said == which).any(axis=0) for which in (MET, UNMET, UNKNOWN))
        missed, open_ = below & ~met, unsaid & ~met & ~below
        worst = np.maximum(worst, np.where(missed, np.int8(3), np.where(open_, np.int8(2), met.astype(np.int8))))
        at = np.flatnonzero(missed & (found.missed[rows] == NO_LINE))
        new, below = rows[at], said[:, at] == UNMET
        found.missed[new] = mine[own][below.argmax(axis=0)]
        found.is_strict[new] = ~(below & ~strict[own][:, None]).any(axis=0)
        found.needs[np.ix_(rows[open_], column[own])] = True
    found.outcome[rows] = np.array([NOT_APPLICABLE, MET, UNKNOWN, UNMET], dtype=np.int8)[worst]


def _need(line: Criterion, facts: Mapping[str, FactWords]) -> str:
    if line.fact:
        return facts[line.fact].need or _OF_STANDARD
    return _OF_GRADE if line.grade else _OF_STANDARD

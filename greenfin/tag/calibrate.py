"""Scores that say how likely a decision is right: applied as a table, and made from labelled texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from greenfin.reference.calibration import WAYS, Calibration, Curve
from greenfin.reference.rules import VERDICTS

Singles = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

BY_LIKENESS = ("tag.by_likeness", "tag.alike", "tag.unlike")  # reasons
_LEAST = 15  # texts behind a step of a curve


def ways(*, by_rule: Flags, by_likeness: Flags, has_needs: Flags) -> Ints:
    """How each case was decided, as an index of WAYS: by a rule, by likeness, by words with papers still open, by words alone."""
    return np.select([by_rule, by_likeness, has_needs], [WAYS.index(way) for way in ("rule", "likeness", "open")], WAYS.index("words"))


def calibrated(raw: NDArray[np.floating], *, verdict: Ints, way: Ints, table: Calibration) -> Singles:
    """The scores after the table; ``verdict`` is an index of VERDICTS, ``way`` of WAYS. What the table does not know stays raw."""
    found = raw.astype(np.float64)
    for (of, by), curve in table.curves.items():
        rows = (verdict == VERDICTS.index(of)) & (way == WAYS.index(by))
        scores, likely = np.array(curve.points, dtype=np.float64).T
        found[rows] = np.interp(raw[rows], scores, likely)
    return found


@dataclass(frozen=True, slots=True)
class Scored:
    """Labelled texts as the tagger scored them: raw score, verdict, way of deciding and the right answer."""

    raw: Singles
    verdict: NDArray[np.object_]
    way: Ints
    label: NDArray[np.object_]


def curves(found: Scored) -> Iterator[tuple[str, str, Curve]]:
    """The curve of each verdict and way; a way with too few texts of its own has that of all ways, a verdict with too few has none.

    A case that must go to review is not rightly decided.
    """
    for verdict in VERDICTS:
        every = (found.verdict == verdict) & ((verdict != "review") | (found.label != "review"))
        right = found.label == ("green" if verdict == "review" else verdict)
        if every.sum() < _LEAST:
            continue
        for way in WAYS:
            own = every & (found.way == WAYS.index(way))
            rows = own if own.sum() >= _LEAST else every
            yield verdict, way, curve(found.raw[rows], right[rows], falling=verdict == "not_green")


def curve(raw: Singles, right: Flags, *, falling: bool) -> Curve:
    """The isotonic steps of right answers over the raw scores, each of at least fifteen texts; a step of n texts with k right is worth
    (k + raw) / (n + 2) at its first and its last raw score (1 - raw where it falls): none is certain, and a higher score is worth more."""
    from sklearn.isotonic import IsotonicRegression  # type: ignore[import-untyped]

    order = np.argsort(raw, kind="stable")
    raw, right = raw[order], right[order]
    fit = IsotonicRegression(increasing=not falling).fit_transform(raw, right.astype(np.float64))
    starts = np.flatnonzero(np.append(True, np.diff(fit) != 0))
    steps = _merged([right[a:b] for a, b in zip(starts, [*starts[1:], len(raw)], strict=True)])
    ends = np.cumsum([len(s) for s in steps])
    at = np.array([raw[n] for end, step in zip(ends, steps, strict=True) for n in (end - len(step), end - 1)])
    size, held = (np.repeat([count(step) for step in steps], 2).astype(np.float64) for count in (len, np.sum))
    value = (held + (1 - at if falling else at)) / (size + 2)
    likely = IsotonicRegression(increasing=not falling).fit_transform(np.arange(len(at)), value, sample_weight=size)
    points = {round(float(m), 4): round(float(v), 4) for m, v in zip(at, likely, strict=True)}
    return Curve(len(raw), tuple(sorted(points.items())))


def _merged(steps: Sequence[Flags]) -> list[Flags]:
    """Neighbouring steps put together until each has enough texts."""
    found: list[Flags] = []
    for step in steps:
        if found and len(found[-1]) < _LEAST:
            found[-1] = np.concatenate([found[-1], step])
        else:
            found.append(step)
    if len(found) > 1 and len(found[-1]) < _LEAST:
        last = found.pop()
        found[-1] = np.concatenate([found[-1], last])
    return found

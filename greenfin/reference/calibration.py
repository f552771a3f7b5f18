"""What a score is worth (``taxonomy/calibration.yaml``): raw score of the tagger -> how likely, counted on labelled texts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

from greenfin.core.problems import BadReference, Problem, error
from greenfin.reference.rules import VERDICTS
from greenfin.reference.strict_yaml import Block, Reader, read_block

FILE = "calibration.yaml"
WAYS = ("rule", "likeness", "open", "words")
_POINT = re.compile(r"([01](?:\.\d{1,6})?) (0\.\d{1,6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Curve:
    """Points (raw score, likelihood) in the order of the raw score, straight lines between them, flat beyond; ``n`` texts behind it."""

    n: int
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """The curves by verdict and way of deciding (by a rule, by likeness to known texts, by words with papers
    still open, by words alone), and what they were counted
    on. Of green and not green: how likely the verdict is right; of review: how likely the text is green."""

    curves: Mapping[tuple[str, str], Curve] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)
    sets: tuple[Mapping[str, str], ...] = ()


@cache
def read_calibration(folder: Path) -> Calibration:
    """The table of ``taxonomy``; an older folder without the file has none: scores stay raw.

    Raises BadReference with everything wrong in it: unknown verdicts, points out of order, curves that do not rise (green, review) or
    fall (not green).
    """
    path = folder / FILE
    if not path.is_file():
        return Calibration()
    problems: list[Problem] = []
    block = read_block(path, problems)
    found = _calibration(block, problems) if block else Calibration()
    if problems:
        raise BadReference(problems)
    return found


def _calibration(block: Block, problems: list[Problem]) -> Calibration:
    reader = Reader(block, problems)
    made, curves = reader.pairs("made"), {}
    sets = tuple({name: str(value) for name, value in one.items()} for one in reader.blocks("sets"))
    for one in reader.blocks("curves"):
        inner = Reader(one, problems)
        key = inner.choice("verdict", VERDICTS), inner.choice("way", WAYS)
        curve = Curve(inner.whole("n", 0), _points(inner.texts("points"), one, problems))
        inner.done()
        if key in curves or not _is_monotone(curve.points, falling=key[0] == "not_green"):
            problems.append(error("reference.calibration_curve", one.where, verdict=key[0], way=key[1]))
        curves[key] = curve
    reader.done()
    return Calibration(curves, made, sets)


def _points(written: Sequence[str], block: Block, problems: list[Problem]) -> tuple[tuple[float, float], ...]:
    pairs = [_POINT.fullmatch(text) for text in written]
    if not pairs or None in pairs:
        problems.append(error("template.field_wrong", block.where, field="points", found=str(written)[:80]))
        return ()
    return tuple((float(pair[1]), float(pair[2])) for pair in pairs if pair)


def _is_monotone(points: tuple[tuple[float, float], ...], *, falling: bool) -> bool:
    raw, likely = [a for a, _ in points], [b for _, b in points]
    ordered = sorted(likely, reverse=falling)
    return all(a < b for a, b in pairwise(raw)) and likely == ordered

"""Schemes of evaluation, from ``schemes.toml``: weights, directions and the map of values to scores, each with its document."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from greenfin.core.problems import Refused, error

DEFAULT = "pboc-2021"
VERIFIED = "yes"
OWN_FILE = ".toml"
_OF_FILE = {"like": DEFAULT, "weights_verified": "no: as the file has them", "parts_verified": "no: as the file has them"}


@dataclass(frozen=True, slots=True)
class ScoreMap:
    """How many deviations from the mean become a score: ``linear`` or in ``steps`` (``scores`` has one more than ``at``)."""

    kind: str
    base: Fraction
    slope: Fraction
    full: Fraction
    at: tuple[Fraction, ...]
    scores: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """One scheme: shares of 1 as fractions; ``unverified`` is what of it no official document was read for."""

    id: str
    zh: str
    en: str
    document: str
    applies_from: date
    quantitative: Fraction
    qualitative: Fraction
    longitudinal: Fraction
    cross: Fraction
    past: int
    year: int
    business: Mapping[str, Fraction]
    direction: Mapping[str, int]
    marks: Mapping[str, Fraction]
    map: ScoreMap
    unverified: tuple[str, ...]

    @property
    def is_simulated(self) -> bool:
        """Whether its scores rest on anything that no official document was read for."""
        return bool(self.unverified)


def scheme(name: str = DEFAULT) -> Scheme:
    """The scheme of an id, or the first of a file of one's own (``….toml``, laid out as ``schemes.toml``; ``like`` names a shipped one).

    What a file changes counts as read in no official document unless it says so. Raises Refused for an id that is not known and for a file
    that is none.
    """
    if name.endswith(OWN_FILE):
        return _of_file(Path(name))
    if name not in _data():
        raise Refused(error("evaluation.unknown_scheme", "--scheme", found=name, known=", ".join(sorted(_data()))))
    return _scheme(name, _whole(_data()[name]))


def schemes() -> tuple[Scheme, ...]:
    """The schemes that are shipped, the default first."""
    return tuple(sorted(map(scheme, _data()), key=lambda one: one.id != DEFAULT))


def _of_file(path: Path) -> Scheme:
    try:
        said = tomllib.loads(path.read_text("utf-8"))
        name, own = next((key, value) for key, value in said.items() if isinstance(value, dict))
        return _scheme(name, _whole(_OF_FILE | own))
    except (OSError, ValueError, KeyError, TypeError, StopIteration, ZeroDivisionError) as bad:
        raise Refused(error("evaluation.scheme_unreadable", path.name, found=str(bad) or type(bad).__name__)) from bad


@cache
def _data() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files("greenfin.evaluate").joinpath("schemes.toml").read_text("utf-8"))


def _whole(own: Mapping[str, Any]) -> dict[str, Any]:
    """What a scheme says, over what the one it is like says."""
    said = dict(own)
    base = _whole(_data()[said.pop("like")]) if "like" in said else {}
    return base | {key: {**base.get(key, {}), **value} if isinstance(value, dict) else value for key, value in said.items()}


def _scheme(name: str, said: Mapping[str, Any]) -> Scheme:
    doubts = {"weights": said["weights_verified"], "parts": said["parts_verified"]}
    doubts |= {key: said[key]["verified"] for key in ("business", "map")}
    return Scheme(
        id=name,
        zh=said["zh"],
        en=said["en"],
        document=said["document"],
        applies_from=said["from"],
        quantitative=Fraction(said["quantitative"]),
        qualitative=Fraction(said["qualitative"]),
        longitudinal=Fraction(said["longitudinal"]),
        cross=Fraction(said["cross"]),
        past=said["past"],
        year=said["year"],
        business={key: Fraction(value) for key, value in said["business"].items() if key != "verified"},
        direction=said["direction"],
        marks={key: Fraction(value) for key, value in said["marks"].items()},
        map=_map(said["map"]),
        unverified=tuple(key for key, text in doubts.items() if not text.startswith(VERIFIED)),
    )


def _map(said: Mapping[str, Any]) -> ScoreMap:
    base, slope, full = (Fraction(said[key]) for key in ("base", "slope", "full"))
    at, scores = (tuple(Fraction(value) for value in said[key]) for key in ("at", "scores"))
    return ScoreMap(said["kind"], base, slope, full, at, scores)

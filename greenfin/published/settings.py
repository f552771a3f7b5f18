"""The numbers of the rules, from ``rules.toml`` and ``bands.csv``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from greenfin.published.words import rows_of


@cache
def _settings() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files("greenfin.published").joinpath("rules.toml").read_text("utf-8"))


def setting(section: str, name: str) -> float:
    """A number of the rules."""
    return float(_settings()[section][name])


def between(section: str, name: str) -> tuple[float, float]:
    """A lower and an upper number of the rules."""
    low, high = _settings()[section][name]
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Band:
    """A ratio of two indicators that a reader would question outside its ends; ``factor`` brings base units to its unit."""

    id: str
    above: str
    below: str
    unit: str
    factor: float
    low: float
    high: float
    severity: str
    source: str


@cache
def bands() -> tuple[Band, ...]:
    """All bands."""
    return tuple(
        Band(r["id"], r["above"], r["below"], r["unit"], float(r["factor"]), float(r["low"]), float(r["high"]), r["severity"], r["source"])
        for r in rows_of("bands.csv")
    )

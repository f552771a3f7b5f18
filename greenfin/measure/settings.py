"""The settings of intervals, spans and reverse questions (``settings.toml``)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Settings:
    """See the file for what each means."""

    confidence: float
    draws: int
    seed: int
    amplified: float
    grid: int
    same: float
    combinations: int
    steps: int
    nearest: float
    farthest: float
    least_step: float
    digits: int


@cache
def settings() -> Settings:
    """The settings as shipped."""
    return Settings(**tomllib.loads(files("greenfin.measure").joinpath("settings.toml").read_text("utf-8")))

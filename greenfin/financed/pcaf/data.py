"""The tables beside this code: asset classes, options of the data with their quality, fuels, each with its document."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from unicodedata import normalize


@dataclass(frozen=True, slots=True)
class AssetClass:
    """An asset class: the ``group`` of those that work alike, and the id of its method."""

    group: str
    method: str


@dataclass(frozen=True, slots=True)
class Option:
    """What a step of the data is called in the tables of PCAF, and its score (1 best to 5)."""

    option: str
    quality: int


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(files("greenfin.financed.pcaf").joinpath(name).read_text("utf-8").splitlines()))


@cache
def classes() -> Mapping[str, AssetClass]:
    """The asset classes that PCAF covers."""
    return {row["asset_class"]: AssetClass(row["group"], row["method"]) for row in _rows("classes.csv")}


@cache
def groups() -> tuple[str, ...]:
    """The groups of classes that work alike."""
    return tuple(dict.fromkeys(found.group for found in classes().values()))


@cache
def options() -> Mapping[tuple[str, str], Option]:
    """The option of each group's step."""
    return {(row["group"], row["step"]): Option(row["option"], int(row["quality"])) for row in _rows("options.csv")}


@cache
def fuels() -> Mapping[str, str]:
    """The factor per litre of each fuel that is sold by the litre."""
    return {row["fuel"]: row["per_litre"] for row in _rows("vehicles.csv")}


@cache
def _fuel_words() -> Mapping[str, str]:
    return {row["word"]: row["fuel"] for row in _rows("fuels.csv")}


def fuel_of(text: str | None) -> str:
    """The fuel that a text names; empty for one not known.

    >>> fuel_of(" Petrol "), fuel_of("coal"), fuel_of(None)
    ('gasoline', '', '')
    """
    return _fuel_words().get(_plain(text), "")


def _plain(text: str | None) -> str:
    return normalize("NFKC", text or "").strip().casefold()

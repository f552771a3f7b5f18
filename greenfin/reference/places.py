"""Places below a province (``places.toml``): which province a city is in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files("greenfin.reference").joinpath("places.toml").read_text("utf-8"))


def listed_places() -> Mapping[str, str]:
    """The first two digits of GB/T 2260 -> the province and the places in it, blanks between them, without what they are (市, 州, 盟)."""
    listed: Mapping[str, str] = _data()["places"]
    return listed


def bare_place(text: str) -> str:
    """A place without the country before it."""
    for word in _data()["reading"]["before"]:
        text = text.removeprefix(word).strip()
    return text


def province_of(text: str) -> str:
    """The first two digits of the province that a place named by its city is in (``成都市武侯区`` -> ``51``); empty where none is known.

    The longest listed name at the front counts; a street that is named after a city is not in it.
    """
    known, street = _digits(), re.compile(_data()["reading"]["streets"])
    if digits := _data()["reading"]["alone"].get(text):
        return str(digits)
    for length in range(min(len(text), max(map(len, known))), 1, -1):
        digits = known.get(text[:length], "")
        if digits:
            return "" if street.match(text, length) else digits
    return ""


@cache
def _digits() -> Mapping[str, str]:
    return {place: digits for digits, line in listed_places().items() for place in line.split()}

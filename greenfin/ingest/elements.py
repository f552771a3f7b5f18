"""The regulator's elements of benefit measurement (``elements.csv``): each known by code and by name, and the input it is, if any."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from greenfin.ingest.vocabulary import plain


@dataclass(frozen=True, slots=True)
class Element:
    """An element of the lists of 2020 (``E2001…``) and of the second version (``E00…``).

    ``unit`` is empty where it is a choice from a list. ``input`` is the method input it is; empty: no method here takes it.
    """

    code: str
    name: str
    unit: str
    input: str


@cache
def elements() -> Mapping[str, Element]:
    """Every element by code."""
    text = files("greenfin.ingest").joinpath("elements.csv").read_text("utf-8")
    return {row["code"]: Element(row["code"], row["name"], row["unit"], row["input"]) for row in csv.DictReader(text.splitlines())}


@cache
def _by_name() -> Mapping[str, Element]:
    """Elements by plain name; a name that stands for several inputs, or that only one of two uses as an input, is left out."""
    found: dict[str, list[Element]] = {}
    for element in elements().values():
        found.setdefault(plain(element.name), []).append(element)
    return {name: same[0] for name, same in found.items() if len({element.input for element in same}) == 1}


def element_of(text: str) -> Element | None:
    """The element that a code or a name stands for; None where it is none of the lists."""
    return elements().get(text.strip().upper()) or _by_name().get(plain(text))

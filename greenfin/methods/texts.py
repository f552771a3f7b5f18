"""The text of each method's declaration: one YAML file for a family, one entry for a method."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

SHARED = "shared"


def home(id: str) -> str:  # noqa: A002  # the word of the data
    """The file that declares a method, and the module of the same name that has its formula; raises KeyError."""
    return entries()[id][0]


_ENTRY = re.compile(r"^- id: *(\S+) *$", re.MULTILINE)


@cache
def entries() -> Mapping[str, tuple[str, str]]:
    """Each method's file and its own text there: from the line of its id to that of the next."""
    found: dict[str, tuple[str, str]] = {}
    for stem in stems():
        text = files("greenfin.methods").joinpath(f"{stem}.yaml").read_text("utf-8")
        starts = list(_ENTRY.finditer(text))
        ends = [*(start.start() for start in starts[1:]), len(text)]
        found |= {start[1]: (stem, text[start.start() : end]) for start, end in zip(starts, ends, strict=True)}
    return found


@cache
def stems() -> tuple[str, ...]:
    """The files of declarations in this folder, by name; each has its formulas in the module of the same name."""
    names = sorted(e.name.removesuffix(".yaml") for e in files("greenfin.methods").iterdir() if e.name.endswith(".yaml"))
    return tuple(name for name in names if name != SHARED)


@cache
def whole_file(stem: str) -> Any:
    """A file of declarations (or the shared one) as plain data."""
    return yaml.load(files("greenfin.methods").joinpath(f"{stem}.yaml").read_bytes(), Loader=yaml.CSafeLoader)

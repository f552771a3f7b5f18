"""How texts state that only a part is green (``taxonomy/words/shares.yaml``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from greenfin.core.problems import BadReference, Problem, error
from greenfin.reference.strict_yaml import Block, Reader, read_block

KINDS = ("percent", "money", "area")
COUNTED = ("budget", "area", "order")


@dataclass(frozen=True, slots=True)
class ShareWords:
    """``gate``: a pattern of whole columns without which a text states no share. ``quantity`` finds a number with its unit, ``units``
    say what a unit counts and how much of it. ``forward``: the number is about what follows; ``of_what``, ``before``: what makes a
    percentage one of a whole; ``counted``: by kind of whole; ``part``, ``whole``, ``money_of`` (money that is no part of a budget),
    ``green``, ``brown``: words of a label; ``divided``: what follows an amount that is then taken apart."""

    gate: str
    quantity: re.Pattern[str]
    units: Mapping[str, tuple[str, int]]
    forward: re.Pattern[str]
    of_what: re.Pattern[str]
    before: re.Pattern[str]
    counted: Mapping[str, re.Pattern[str]]
    part: re.Pattern[str]
    whole: re.Pattern[str]
    divided: re.Pattern[str]
    money_of: re.Pattern[str]
    green: re.Pattern[str]
    brown: re.Pattern[str]


_PATTERNS = ("quantity", "forward", "of_what", "before", "part", "whole", "divided", "money_of", "green", "brown")


@cache
def read_shares(path: Path) -> ShareWords:
    """The words of a file; raises BadReference with everything wrong in it."""
    problems: list[Problem] = []
    block = read_block(path, problems)
    if block is None:
        raise BadReference(problems)
    reader = Reader(block, problems)
    patterns = {name: _pattern(reader.text(name), block, name, problems) for name in _PATTERNS}
    counted = {kind: _pattern(word, block, "counted", problems) for kind, word in reader.pairs("counted").items()}
    inner = reader.inner("units")
    units = _units(inner, problems) if inner is not None else {}
    gate = _pattern(reader.text("gate"), block, "gate", problems).pattern
    reader.done()
    if set(counted) != set(COUNTED) or inner is None:
        problems.append(error("reference.words_field", block.where, field="counted units", found=", ".join(counted)))
    if problems:
        raise BadReference(problems)
    return ShareWords(gate=gate, units=units, counted=counted, **patterns)


def _pattern(text: str, block: Block, name: str, problems: list[Problem]) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error:
        problems.append(error("reference.words_field", block.where, field=name, found=text[:60]))
        return re.compile("")


def _units(block: Block, problems: list[Problem]) -> Mapping[str, tuple[str, int]]:
    reader = Reader(block, problems)
    found: dict[str, tuple[str, int]] = {}
    for kind in KINDS:
        for word, size in reader.pairs(kind).items():
            if not size.isdigit() or not int(size):
                problems.append(error("reference.words_field", block.where, field=f"units.{kind}", found=size))
            else:
                found[word] = (kind, int(size))
    reader.done()
    return found

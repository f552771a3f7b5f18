"""The declaration of a method: what it takes, which factors and choices it has, what it gives. YAML beside the code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Reading:
    """One ``from_unit`` is read as one ``to_unit``; with ``over`` it is divided by that parameter first."""

    from_unit: str
    to_unit: str
    over: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a method in its ``unit``.

    Outside ``minimum``/``maximum`` there is no figure, outside ``low``/``high`` the figure is marked. ``assumed`` is what
    a reviewer is told was taken where nothing was given. A ``nameplate`` input says nothing about design or actual.
    """

    name: str
    unit: str
    name_zh: str
    name_en: str
    reads: tuple[Reading, ...] = ()
    minimum: float = 0.0
    maximum: float | None = None
    low: float | None = None
    high: float | None = None
    assumed: Decimal | None = None
    nameplate: bool = False
    substance: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """Inputs that together are enough, and those that then may refine them."""

    needs: tuple[str, ...]
    refined_by: tuple[str, ...] = ()


When = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Slot:
    """A factor the formula asks for by ``slot``; ``year`` is same or previous, ``region`` nearest or national."""

    slot: str
    id: str
    unit: str
    year: str
    region: str
    when: When = field(default_factory=dict, hash=False)
    for_inputs: tuple[str, ...] = ()
    edition: str = ""
    publisher: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that belongs to the method itself, with its document."""

    name: str
    value: Decimal
    unit: str
    source: str
    when: When = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a convention and what it means."""

    name: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Convention:
    """A choice that the documents leave open; the default is used unless told."""

    name: str
    default: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Output:
    """A result: kept as an integer of the ``small`` unit, printed in ``printed``.

    One that is not ``additive`` is shown for one project only.
    """

    name: str
    small: str
    printed: str
    name_zh: str
    name_en: str
    formula: str
    additive: bool = True


@dataclass(frozen=True, slots=True)
class Band:
    """A narrower plausible range for some catalogue entries."""

    low: float
    high: float
    entries: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A value that tells whether the inputs are plausible; ``inputs`` are those to look at."""

    name: str
    unit: str
    name_zh: str
    name_en: str
    inputs: tuple[str, ...]
    low: float
    high: float
    bands: tuple[Band, ...] = ()

    def band(self, edition: str, entry: str) -> tuple[float, float]:
        """The range for an entry: that of its nearest band, else the general one."""
        for band in self.bands:
            if any(entry == code or entry.startswith(code + ".") for code in band.entries.get(edition, ())):
                return band.low, band.high
        return self.low, self.high


@dataclass(frozen=True, slots=True)
class Declaration:
    """Everything about a method but its formula."""

    id: str
    name_zh: str
    name_en: str
    source_zh: str
    source_en: str
    clause: str
    evidence: str
    ways: tuple[Way, ...]
    any_of: tuple[tuple[str, ...], ...]
    inputs: tuple[Input, ...]
    parameters: tuple[Parameter, ...]
    conventions: tuple[Convention, ...]
    slots: tuple[Slot, ...]
    outputs: tuple[Output, ...]
    indicators: tuple[Indicator, ...]

    def input(self, name: str) -> Input:
        """An input by name; raises KeyError."""
        return {i.name: i for i in self.inputs}[name]

    def output(self, name: str) -> Output:
        """An output by name; raises KeyError."""
        return {o.name: o for o in self.outputs}[name]

    def slots_for(self, choices: Mapping[str, str]) -> tuple[Slot, ...]:
        """The slots that are asked for under these choices."""
        return tuple(s for s in self.slots if applies(s.when, choices))

    def parameters_for(self, choices: Mapping[str, str]) -> tuple[Parameter, ...]:
        """The parameters that hold under these choices."""
        return tuple(p for p in self.parameters if applies(p.when, choices))


def applies(when: When, choices: Mapping[str, str]) -> bool:
    """Whether every condition holds."""
    return all(choices.get(name) in allowed for name, allowed in when.items())


@cache
def declarations() -> Mapping[str, Declaration]:
    """All declared methods by id, in the order of the files."""
    found: dict[str, Declaration] = {}
    for entry in sorted(files("greenfin.methods").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".yaml"):
            for raw in yaml.safe_load(entry.read_text("utf-8")):
                found[raw["id"]] = _declaration(raw)
    return found


def _declaration(raw: Mapping[str, Any]) -> Declaration:
    words = {name: str(raw[name]) for name in ("id", "name_zh", "name_en", "source_zh", "source_en", "clause", "evidence")}
    return Declaration(
        **words,
        ways=tuple(Way(tuple(w["needs"]), tuple(w.get("with", ()))) for w in raw["ways"]),
        any_of=tuple(tuple(names) for names in raw.get("any_of", ())),
        inputs=tuple(_input(i) for i in raw["inputs"]),
        parameters=tuple(_parameter(p) for p in raw.get("parameters", ())),
        conventions=tuple(_convention(c) for c in raw.get("conventions", ())),
        slots=tuple(_slot(s) for s in raw.get("factors", ())),
        outputs=tuple(Output(**o) for o in raw["outputs"]),
        indicators=tuple(_indicator(i) for i in raw.get("indicators", ())),
    )


def _input(raw: Mapping[str, Any]) -> Input:
    rest = {k: v for k, v in raw.items() if k not in ("reads", "min", "max", "low", "high", "assumed")}
    return Input(
        **rest,
        reads=tuple(Reading(r["from"], r["to"], r.get("over", "")) for r in raw.get("reads", ())),
        minimum=float(raw.get("min", 0)),
        maximum=_number(raw.get("max")),
        low=_number(raw.get("low")),
        high=_number(raw.get("high")),
        assumed=None if raw.get("assumed") is None else Decimal(str(raw["assumed"])),
    )


def _number(raw: object) -> float | None:
    return None if raw is None else float(str(raw))


def _when(raw: Mapping[str, Any]) -> When:
    return {name: tuple(allowed) for name, allowed in raw.get("when", {}).items()}


def _parameter(raw: Mapping[str, Any]) -> Parameter:
    return Parameter(raw["name"], Decimal(str(raw["value"])), raw["unit"], raw["source"], _when(raw))


def _convention(raw: Mapping[str, Any]) -> Convention:
    return Convention(raw["name"], raw["default"], tuple(Choice(**c) for c in raw["choices"]))


def _slot(raw: Mapping[str, Any]) -> Slot:
    rest = {k: v for k, v in raw.items() if k not in ("when", "for_inputs")}
    return Slot(**rest, when=_when(raw), for_inputs=tuple(raw.get("for_inputs", ())))


def _indicator(raw: Mapping[str, Any]) -> Indicator:
    bands = tuple(Band(float(b["low"]), float(b["high"]), {e: tuple(c) for e, c in b["entries"].items()}) for b in raw.get("bands", ()))
    rest = {k: v for k, v in raw.items() if k not in ("bands", "inputs", "low", "high")}
    return Indicator(**rest, inputs=tuple(raw["inputs"]), low=float(raw["low"]), high=float(raw["high"]), bands=bands)

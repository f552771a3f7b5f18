"""The declaration of a method: what it takes, which factors and choices it has, what it gives. YAML beside the code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

import yaml

from greenfin.methods.texts import SHARED, entries, whole_file


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
    a reviewer is told was taken where nothing was given (but one of ``assumed_beside``, where there are any). A ``nameplate``
    input says nothing about design or actual. One of a yearly ``series`` is the ``year``-th of it, oldest first. ``meaning``
    says what belongs in and what does not. A ``list`` holds several values; lists of the same name are as long as each other, one with
    ``gaps`` may lack some, one value is that of all places of one that may be ``alike``, and one that is not given may be ``told_by``
    the words of another. ``words`` are what a text may say (the first of each is its name; the formula sees its place), ``free``: any
    text (the formula sees which of the distinct ones).
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
    assumed_beside: tuple[str, ...] = ()
    nameplate: bool = False
    substance: str = ""
    meaning_zh: str = ""
    meaning_en: str = ""
    series: str = ""
    year: int = 0
    list: str = ""
    gaps: bool = False
    alike: bool = False
    told_by: str = ""
    words: tuple[tuple[str, ...], ...] = ()
    free: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """Inputs that together are enough, and those that then may refine them."""

    needs: tuple[str, ...]
    refined_by: tuple[str, ...] = ()


When = Mapping[str, tuple[str, ...]]
KINDS = ("reduction", "removal", "credit", "emission", "amount")
BASES = ("as_inputs", "capability", "realised")  # as_inputs: capability from design values, realised from measured ones


@dataclass(frozen=True, slots=True)
class Slot:
    """A factor the formula asks for by ``slot``; ``year`` is same or previous, ``region`` nearest or national.

    It is needed where one of ``for_inputs`` is given (always, where there are none) and none of ``unless``, which stand in for it but
    not where one of ``always_for`` is given.
    """

    slot: str
    id: str
    unit: str
    year: str
    region: str
    when: When = field(default_factory=dict, hash=False)
    for_inputs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    edition: str = ""
    publisher: str = ""
    always_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of the method itself with its document; one not ``verified`` is told where it counts, which is as a slot is needed."""

    name: str
    value: Decimal
    unit: str
    source: str
    when: When = field(default_factory=dict, hash=False)
    for_inputs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a convention and what it means; it ``fits`` only these choices of others when conventions are compared.

    One that is a ``fact`` of the project (its fuel is known) is not compared with the others. Projects tagged with one of ``entries``
    (by edition) have it, unless told; those of other entries have the one ``otherwise``. One that goes with ``units`` (by input) is taken
    for one project whose input is given in such a unit, times a power of ten, unless told; one with ``inputs`` where one of them is given.
    """

    name: str
    zh: str
    en: str
    fits: When = field(default_factory=dict, hash=False)
    fact: bool = False
    entries: When = field(default_factory=dict, hash=False)
    otherwise: bool = False
    units: Mapping[str, str] = field(default_factory=dict, hash=False)
    inputs: tuple[str, ...] = ()

    def holds_for(self, edition: str, code: str) -> bool:
        """Whether a project of this entry, or of one under it, has the choice."""
        return any(code == entry or code.startswith(entry + ".") for entry in self.entries.get(edition, ()))


@dataclass(frozen=True, slots=True)
class Convention:
    """A choice that the documents leave open; the default is used unless told. It is there only ``when`` others are chosen so.

    One ``only_asked`` is named beside a result only where it was asked for: its default changes nothing. A ``fact`` is one of the project
    (which fuel was replaced), not of taste: no part of the span between conventions.
    """

    name: str
    default: str
    choices: tuple[Choice, ...]
    when: When = field(default_factory=dict, hash=False)
    only_asked: bool = False
    fact: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """A result: kept as an integer of the ``small`` unit, printed in ``printed``.

    One that is not ``additive`` is shown for one project only. ``kind`` is one of :data:`KINDS`: reductions, removals, credits and
    emissions are never netted, an amount is none of them. ``basis`` is one of :data:`BASES`. ``first_year``: it is of that year anyway.
    A ``list`` has a value for each of the inputs of that ``list``, or for each distinct text of the input of that name. One with
    ``words_of`` is the place of a word among those of that input.
    """

    name: str
    small: str
    printed: str
    name_zh: str
    name_en: str
    formula: str
    additive: bool = True
    kind: str = "reduction"
    basis: str = "as_inputs"
    first_year: bool = False
    list: str = ""
    series: str = ""
    year: int = 0
    words_of: str = ""


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
    """Everything about a method but its formula. Of ``together`` each first input counts only with the others, which then are needed."""

    id: str
    name_zh: str
    name_en: str
    source_zh: str
    source_en: str
    clause: str
    evidence: str
    ways: tuple[Way, ...]
    any_of: tuple[tuple[str, ...], ...]
    together: tuple[tuple[str, ...], ...]
    inputs: tuple[Input, ...]
    parameters: tuple[Parameter, ...]
    conventions: tuple[Convention, ...]
    slots: tuple[Slot, ...]
    outputs: tuple[Output, ...]
    indicators: tuple[Indicator, ...]
    basis: str = "as_inputs"
    scenes: tuple[str, ...] = ()
    applies_zh: str = ""
    applies_en: str = ""

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
    """All declared methods by id, in the order of the files; each is read when first asked for."""
    return _Declarations()


class _Declarations(Mapping[str, Declaration]):
    def __getitem__(self, id: str) -> Declaration:  # noqa: A002  # the word of the data
        return _declared(id)

    def __iter__(self) -> Iterator[str]:
        return iter(entries())

    def __len__(self) -> int:
        return len(entries())


@cache
def _declared(id: str) -> Declaration:  # noqa: A002  # the word of the data
    stem, text = entries()[id]
    try:
        (raw,) = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.composer.ComposerError:  # it takes over something of another method in the file
        raw = next(each for each in whole_file(stem) if each["id"] == id)
    return declaration_of(raw)


def declaration_of(raw: Mapping[str, Any]) -> Declaration:
    """A method from its entry in a file, with what it takes over from ``shared.yaml``."""
    words = {name: str(raw[name]) for name in ("id", "name_zh", "name_en", "source_zh", "source_en", "clause", "evidence")}
    more = {name: str(raw[name]) for name in ("basis", "applies_zh", "applies_en") if name in raw}
    inputs = tuple(each for i in _all(raw, "inputs") for each in _inputs(i))
    return Declaration(
        **words,
        **more,
        ways=tuple(_way(w, inputs) for w in raw["ways"]),
        any_of=tuple(tuple(names) for names in raw.get("any_of", ())),
        together=tuple(tuple(names) for names in raw.get("together", ())),
        inputs=inputs,
        parameters=tuple(_parameter(p) for p in _all(raw, "parameters")),
        conventions=tuple({c["name"]: _convention(c) for c in reversed(_all(raw, "conventions"))}.values())[::-1],
        slots=tuple(_slot(s) for s in _all(raw, "factors")),
        outputs=tuple(Output(**o) for o in raw["outputs"]),
        indicators=tuple(_indicator(i) for i in raw.get("indicators", ())),
        scenes=tuple(str(scene) for scene in raw.get("scenes", ())),
    )


def _all(raw: Mapping[str, Any], part: str) -> list[Mapping[str, Any]]:
    """A part of a method with what its bundles of ``shared.yaml`` add; its ``for_inputs`` and ``unless`` hold for each."""
    found = list(raw.get(part, ()))
    for use in raw.get("uses", ()):
        name = use if isinstance(use, str) else use["bundle"]
        needed = {} if isinstance(use, str) else {k: use[k] for k in _NEEDED if k in use}
        found.extend({**each, **(needed if part == "factors" else {})} for each in whole_file(SHARED)[name].get(part, ()))
    return found


_NEEDED = ("for_inputs", "unless", "always_for")


def _way(raw: Mapping[str, Any], inputs: tuple[Input, ...]) -> Way:
    """A way; a series in it needs its first year, the others are taken where given."""
    years = {i.series: [j.name for j in inputs if j.series == i.series] for i in inputs if i.series}
    needs = tuple(years[name][0] if name in years else name for name in raw["needs"])
    more = tuple(each for name in raw["needs"] for each in years.get(name, ())[1:])
    return Way(needs, (*raw.get("with", ()), *more))


def _inputs(raw: Mapping[str, Any]) -> list[Input]:
    """One input, or those of each year where it is a ``series`` of so many years."""
    rest = {k: v for k, v in raw.items() if k != "series"}
    if "series" not in raw:
        return [_input(rest)]
    each = range(1, raw["series"] + 1)
    return [_input({**rest, "name": f"{raw['name']}_{year}", "series": raw["name"], "year": year}) for year in each]


def _input(raw: Mapping[str, Any]) -> Input:
    rest = {k: v for k, v in raw.items() if k not in ("reads", "min", "max", "low", "high", "assumed", "assumed_beside", "words")}
    words = raw.get("words", {})
    return Input(
        **rest,
        words=() if words == "any" else tuple((str(word), *map(str, also or ())) for word, also in words.items()),
        free=words == "any",
        reads=tuple(Reading(r["from"], r["to"], r.get("over", "")) for r in raw.get("reads", ())),
        minimum=float(raw.get("min", 0)),
        maximum=_number(raw.get("max")),
        low=_number(raw.get("low")),
        high=_number(raw.get("high")),
        assumed_beside=tuple(raw.get("assumed_beside", ())),
        assumed=None if raw.get("assumed") is None else Decimal(str(raw["assumed"])),
    )


def _number(raw: object) -> float | None:
    return None if raw is None else float(str(raw))


def _when(raw: Mapping[str, Any]) -> When:
    return {name: tuple(allowed) for name, allowed in raw.get("when", {}).items()}


def _parameter(raw: Mapping[str, Any]) -> Parameter:
    value, verified = Decimal(str(raw["value"])), raw.get("verified", True)
    return Parameter(raw["name"], value, raw["unit"], raw["source"], _when(raw), *_beside(raw), verified)


def _choice(raw: Mapping[str, Any]) -> Choice:
    fits, entries = ({name: tuple(each) for name, each in raw.get(key, {}).items()} for key in ("fits", "entries"))
    units = dict(raw.get("units", {}))
    flags = {name: bool(raw.get(name)) for name in ("fact", "otherwise")}
    return Choice(raw["name"], raw["zh"], raw["en"], fits, entries=entries, units=units, inputs=tuple(raw.get("inputs", ())), **flags)


def _convention(raw: Mapping[str, Any]) -> Convention:
    return Convention(
        raw["name"],
        raw["default"],
        tuple(_choice(c) for c in raw["choices"]),
        _when(raw),
        bool(raw.get("only_asked")),
        bool(raw.get("fact")),
    )


def _slot(raw: Mapping[str, Any]) -> Slot:
    rest = {k: v for k, v in raw.items() if k not in ("when", *_NEEDED)}
    beside: dict[str, Any] = {name: tuple(raw.get(name, ())) for name in _NEEDED}
    return Slot(**rest, when=_when(raw), **beside)


def _beside(raw: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Inputs that something is needed beside, and those that stand in for it."""
    return tuple(raw.get("for_inputs", ())), tuple(raw.get("unless", ()))


def _indicator(raw: Mapping[str, Any]) -> Indicator:
    bands = tuple(Band(float(b["low"]), float(b["high"]), {e: tuple(c) for e, c in b["entries"].items()}) for b in raw.get("bands", ()))
    rest = {k: v for k, v in raw.items() if k not in ("bands", "inputs", "low", "high")}
    return Indicator(**rest, inputs=tuple(raw["inputs"]), low=float(raw["low"]), high=float(raw["high"]), bands=bands)

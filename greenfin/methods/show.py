"""What ``method show`` tells of a method."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType

from greenfin.core.units import dimension
from greenfin.methods.declare import Convention, Declaration, Indicator, Input, Output, Parameter, Slot

NO_ENTRIES: Mapping[str, Sequence[str]] = MappingProxyType({})


def declaration_json(declaration: Declaration, entries: Mapping[str, Sequence[str]] = NO_ENTRIES) -> dict[str, object]:
    """The whole declaration as plain data, shaped as the CLI contract says; ``entries`` are catalogue entries by edition."""
    required = _required(declaration)
    return {
        "id": declaration.id,
        "name_zh": declaration.name_zh,
        "name_en": declaration.name_en,
        "source": f"{declaration.source_zh} · {declaration.clause}",
        "source_en": declaration.source_en,
        "clause": declaration.clause,
        "evidence": declaration.evidence,
        "basis": declaration.basis,
        "applies": {
            "zh": declaration.applies_zh,
            "en": declaration.applies_en,
            "entries": {edition: list(codes) for edition, codes in entries.items()},
            "scenes": list(declaration.scenes),
        },
        "ways": [[*way.needs] for way in declaration.ways],
        "any_of": [list(names) for names in declaration.any_of],
        "together": [list(names) for names in declaration.together],
        "inputs": [_input(spec, spec.name in required) for spec in declaration.inputs],
        "parameters": [_parameter(p) for p in declaration.parameters],
        "factors": [_slot(slot) for slot in declaration.slots],
        "conventions": {c.name: _convention(c) for c in declaration.conventions},
        "outputs": [_output(o) for o in declaration.outputs],
        "indicators": [_indicator(i) for i in declaration.indicators],
    }


def fingerprint(declaration: Declaration) -> str:
    """What a result names as the version of its method: sixteen digits that change with anything declared."""
    text = json.dumps(declaration_json(declaration), sort_keys=True, ensure_ascii=False)
    return sha256(text.encode()).hexdigest()[:_DIGITS]


_DIGITS = 16


def _required(declaration: Declaration) -> set[str]:
    """Inputs that every way needs."""
    return set.intersection(*(set(way.needs) for way in declaration.ways))


def _input(spec: Input, is_required: bool) -> dict[str, object]:
    also = [reading.from_unit for reading in spec.reads]
    return {
        "name": spec.name,
        "dimension": dimension(spec.unit),
        "unit": spec.unit,
        "also": also,
        "name_zh": spec.name_zh,
        "name_en": spec.name_en,
        "substance": spec.substance,
        "required": is_required,
        "assumed": None if spec.assumed is None else str(spec.assumed),
        "low": spec.low,
        "high": spec.high,
        "meaning_zh": spec.meaning_zh,
        "meaning_en": spec.meaning_en,
        "nameplate": spec.nameplate,
        "series": spec.series,
        "list": spec.list,
        "words": [word[0] for word in spec.words],
    }


def _parameter(of: Parameter) -> dict[str, object]:
    when = {name: list(allowed) for name, allowed in of.when.items()}
    return {"name": of.name, "value": str(of.value), "unit": of.unit, "source": of.source, "when": when, "verified": of.verified}


def _output(of: Output) -> dict[str, object]:
    words = {"name": of.name, "unit": of.printed, "small_unit": of.small, "name_zh": of.name_zh, "name_en": of.name_en}
    return {**words, "formula": of.formula, "kind": of.kind, "basis": of.basis, "additive": of.additive, "list": of.list}


def _slot(slot: Slot) -> dict[str, object]:
    when = {name: list(allowed) for name, allowed in slot.when.items()}
    shown = {"slot": slot.slot, "id": slot.id, "unit": slot.unit, "year": slot.year, "region": slot.region, "edition": slot.edition}
    return {**shown, "when": when}


def _convention(convention: Convention) -> dict[str, object]:
    choices = [{"name": c.name, "zh": c.zh, "en": c.en} for c in convention.choices]
    when = {name: list(allowed) for name, allowed in convention.when.items()}
    return {"default": convention.default, "choices": choices, "when": when}


def _indicator(indicator: Indicator) -> dict[str, object]:
    bands = [{"low": b.low, "high": b.high, "entries": {e: list(c) for e, c in b.entries.items()}} for b in indicator.bands]
    shown: dict[str, object] = {"name": indicator.name, "unit": indicator.unit, "name_zh": indicator.name_zh, "name_en": indicator.name_en}
    return {**shown, "inputs": list(indicator.inputs), "low": indicator.low, "high": indicator.high, "bands": bands}

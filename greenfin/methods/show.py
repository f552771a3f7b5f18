"""What ``method show`` tells of a method."""

from __future__ import annotations

from greenfin.core.units import dimension
from greenfin.methods.declare import Convention, Declaration, Indicator, Input, Slot


def declaration_json(declaration: Declaration) -> dict[str, object]:
    """The whole declaration as plain data, shaped as the CLI contract says."""
    required = _required(declaration)
    return {
        "id": declaration.id,
        "name_zh": declaration.name_zh,
        "name_en": declaration.name_en,
        "source": f"{declaration.source_zh} · {declaration.clause}",
        "source_en": declaration.source_en,
        "evidence": declaration.evidence,
        "ways": [[*way.needs] for way in declaration.ways],
        "any_of": [list(names) for names in declaration.any_of],
        "inputs": [_input(spec, spec.name in required) for spec in declaration.inputs],
        "parameters": [{"name": p.name, "value": str(p.value), "unit": p.unit, "source": p.source} for p in declaration.parameters],
        "factors": [_slot(slot) for slot in declaration.slots],
        "conventions": {c.name: _convention(c) for c in declaration.conventions},
        "outputs": [
            {"name": o.name, "unit": o.printed, "small_unit": o.small, "name_zh": o.name_zh, "name_en": o.name_en, "formula": o.formula}
            for o in declaration.outputs
        ],
        "indicators": [_indicator(i) for i in declaration.indicators],
    }


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
    }


def _slot(slot: Slot) -> dict[str, object]:
    when = {name: list(allowed) for name, allowed in slot.when.items()}
    shown = {"slot": slot.slot, "id": slot.id, "unit": slot.unit, "year": slot.year, "region": slot.region, "edition": slot.edition}
    return {**shown, "when": when}


def _convention(convention: Convention) -> dict[str, object]:
    choices = [{"name": c.name, "zh": c.zh, "en": c.en} for c in convention.choices]
    return {"default": convention.default, "choices": choices}


def _indicator(indicator: Indicator) -> dict[str, object]:
    bands = [{"low": b.low, "high": b.high, "entries": {e: list(c) for e, c in b.entries.items()}} for b in indicator.bands]
    shown: dict[str, object] = {"name": indicator.name, "unit": indicator.unit, "name_zh": indicator.name_zh, "name_en": indicator.name_en}
    return {**shown, "inputs": list(indicator.inputs), "low": indicator.low, "high": indicator.high, "bands": bands}

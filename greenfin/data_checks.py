"""The reference data held against everything that takes them: methods, the bank's own footprint, the regulator's scenes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from greenfin.core.problems import Problem, error
from greenfin.core.units import UnknownUnit, WrongDimension, parse_unit
from greenfin.footprint.items import items
from greenfin.ingest.elements import elements
from greenfin.methods.declare import Input, declarations
from greenfin.methods.readings import reading
from greenfin.reference.lifts import BLANKS
from greenfin.reference.load import Reference, checked

_OWN = "footprint"


def checked_data(data: Path | None = None) -> tuple[Reference, tuple[Problem, ...]]:
    """The data and everything that was found about them. Never raises for what stands in the data."""
    reference, problems = checked(data, uses=uses(), methods=set(declarations()))
    return reference, (*problems, *unfit(reference))


def kept(found: tuple[Problem, ...], *, allow_unverified: bool) -> Iterator[Problem]:
    """What a policy makes of it: one that allows unverified values leaves nothing blank."""
    return (p for p in found if not (allow_unverified and p.code == BLANKS))


def uses() -> dict[str, list[str]]:
    """Factor id -> the methods (and the bank's own footprint) that take it."""
    found: dict[str, list[str]] = {}
    for declared in declarations().values():
        for slot in declared.slots:
            found.setdefault(slot.id, []).append(declared.id)
    for part in (part for of in items().variants.values() for variant in of for part in variant.parts):
        for slot in part.slots:
            found.setdefault(slot.id, []).append(_OWN)
    return found


def unfit(reference: Reference) -> Iterator[Problem]:
    """Scenes whose method there is none of, and elements that are no input of it or whose unit the input cannot take."""
    known, declared = elements(), declarations()
    for scene in reference.scenes.values():
        if not scene.method:
            continue
        if scene.method not in declared:
            yield error("reference.scene_method_unknown", scene.where, scene=scene.code, method=scene.method)
            continue
        inputs = {i.name: i for i in declared[scene.method].inputs}
        for each in scene.elements:
            if each.given_as != "input":
                continue
            element = known.get(each.code)
            spec = inputs.get(element.input) if element else None
            about = {"scene": scene.code, "element": each.code}
            if element is None or spec is None:
                said = {"method": scene.method, "input": element.input if element else "-"}
                yield error("reference.scene_input_unknown", each.where, **about, **said)
            elif not takes(spec, element.unit):
                yield error("reference.scene_unit_wrong", each.where, **about, unit=element.unit, input=spec.name, wanted=spec.unit)


def takes(spec: Input, unit: str) -> bool:
    """Whether an input can be given in an element's unit; of alternatives in brackets the first counts."""
    try:
        reading(spec, parse_unit(unit.partition("（")[0]))
    except (UnknownUnit, WrongDimension):
        return False
    return True

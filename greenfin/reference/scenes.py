"""The regulator's scenes of benefit measurement (statistics of green financing, 2020) and what each of their elements is given as."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from greenfin.core.problems import Problem, error
from greenfin.reference.files import Folder

SCENES = "taxonomy/scenes.csv"
ELEMENTS = "taxonomy/scene_elements.csv"
EDITION = "green-financing-stat-2020"
AS_INPUT, AS_REGION, UNUSED, AS_CONVENTION = "input", "region", "unused", "convention:"
_SCENE = ("scene", "name_zh", "name_en", "entry", "report_code", "method", "reason_zh", "reason_en")
_ELEMENT = ("scene", "element", "given_as", "reason_zh", "reason_en")


@dataclass(frozen=True, slots=True)
class SceneElement:
    """An element of a scene: a method's ``input``, the ``region``, a ``convention:NAME``, or ``unused`` with the reason."""

    code: str
    given_as: str
    reason_zh: str
    reason_en: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene with the class of the form that it belongs to and the method that answers it, or the reason why none can."""

    code: str
    name_zh: str
    name_en: str
    entry: str
    report_code: str
    method: str
    reason_zh: str
    reason_en: str
    elements: tuple[SceneElement, ...]
    where: str = ""

    @property
    def is_computable(self) -> bool:
        """Whether its elements suffice for a result."""
        return bool(self.method)


def read_scenes(folder: Folder) -> Mapping[str, Scene]:
    """All scenes by code, in the order of the form; a line that cannot be is a problem."""
    elements: dict[str, list[SceneElement]] = {}
    for row in folder.rows(ELEMENTS, _ELEMENT):
        made = SceneElement(folder.text(row, "element"), folder.text(row, "given_as"), row["reason_zh"], row["reason_en"], row.where)
        elements.setdefault(folder.text(row, "scene"), []).append(made)
    found: dict[str, Scene] = {}
    for row in folder.rows(SCENES, _SCENE):
        code = folder.text(row, "scene")
        if code in found:
            folder.problems.append(error("reference.key_twice", row.where, key=code))
        words = {name: folder.text(row, name) for name in ("name_zh", "name_en", "entry", "report_code")}
        reasons = {name: row[name] for name in ("method", "reason_zh", "reason_en")}
        found[code] = Scene(code, **words, **reasons, elements=tuple(elements.pop(code, ())), where=row.where)
    strangers = (each[0].where for each in elements.values())
    folder.problems.extend(error("reference.scene_unknown", where, scene=scene) for scene, where in zip(elements, strangers, strict=True))
    return found


def scene_of(scenes: Mapping[str, Scene], text: str) -> Scene | None:
    """The scene that a code or a name stands for; None for an unknown one and for a name that stands for scenes of different methods."""
    wanted = unicodedata.normalize("NFKC", text).strip()
    if wanted in scenes:
        return scenes[wanted]
    same = [scene for scene in scenes.values() if wanted in (unicodedata.normalize("NFKC", scene.name_zh), scene.name_en)]
    return same[0] if len({scene.method for scene in same}) == 1 else None


def of_scenes(scenes: Mapping[str, Scene], entries: Mapping[str, str]) -> Iterator[Problem]:
    """Scenes without an answer or with two, of a class that is not in the form, or with another code than the class reports.

    ``entries`` are the classes of the form with their report codes.
    """
    for scene in scenes.values():
        if bool(scene.method) == bool(scene.reason_zh and scene.reason_en):
            yield error("reference.scene_unanswered", scene.where, scene=scene.code)
        if entries.get(scene.entry) != scene.report_code:
            yield error("reference.scene_entry_unknown", scene.where, scene=scene.code, entry=scene.entry)
        yield from _elements(scene)


def _elements(scene: Scene) -> Iterator[Problem]:
    for element in scene.elements:
        known = element.given_as in (AS_INPUT, AS_REGION, UNUSED) or element.given_as.startswith(AS_CONVENTION)
        lacking = element.given_as == UNUSED and scene.method and not (element.reason_zh and element.reason_en)
        if not known or lacking:
            yield error("reference.scene_element_unanswered", element.where, scene=scene.code, element=element.code)

"""The regulator's benefit scenes with their methods and elements, shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greenfin.cli.session import Session
    from greenfin.reference.load import Reference
    from greenfin.reference.scenes import Scene


def scenes_json(reference: Reference, method: str = "") -> list[dict[str, object]]:
    """Every scene (of one method, where told): class, method or reason, and each element with its unit and what it is given as."""
    chosen = [s for s in reference.scenes.values() if not method or s.method == method]
    return [_scene(scene) for scene in chosen]


def _scene(scene: Scene) -> dict[str, object]:
    from greenfin.ingest.elements import elements

    known = elements()
    told = []
    for each in scene.elements:
        element = known[each.code]
        said = {"element": each.code, "name_zh": element.name, "unit": element.unit, "given_as": each.given_as}
        why = {"reason_zh": each.reason_zh, "reason_en": each.reason_en}
        told.append({**said, "input": element.input if each.given_as == "input" else "", **why})
    words = {"scene": scene.code, "name_zh": scene.name_zh, "name_en": scene.name_en, "entry": scene.entry}
    rest = {"report_code": scene.report_code, "method": scene.method or None, "reason_zh": scene.reason_zh, "reason_en": scene.reason_en}
    return {**words, **rest, "elements": told}


def show_scenes(session: Session) -> None:
    """All scenes, one line each: its code, class and name, and its method or why there is none."""
    shown = scenes_json(session.reference())
    session.dump({"scenes": shown})
    for scene in shown:
        answer = scene["method"] or scene[f"reason_{session.lang}"]
        session.line(f"{scene['scene']}  {scene['entry']:<8} {scene[f'name_{session.lang}']}  {answer}")


def scene_lines(session: Session, shown: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The scenes of a method, each element on a line under it."""
    if shown:
        yield f"[{session.say('method.scenes')}]"
    for scene in shown:
        yield f"  {scene['scene']}  {scene[f'name_{session.lang}']}"
        for each in scene["elements"]:
            told = (each["element"], each["name_zh"], each["unit"], each["input"] or each["given_as"], each[f"reason_{session.lang}"])
            yield "    " + "  ".join(str(part) for part in told if part)

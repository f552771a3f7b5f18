"""The regulator's scene that a project's row names: its method comes before that of the entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from greenfin.core.problems import Problem, info, warning
from greenfin.core.records import Book

if TYPE_CHECKING:
    from greenfin.reference.load import Reference


def methods_by_scene(book: Book, reference: Reference) -> tuple[Mapping[str, str], list[Problem]]:
    """The method of each project whose scene has one, and what is to be said of scenes that are not known or cannot be computed.

    Such a project keeps the method of its entry.
    """
    named = book.projects.filter(pc.fill_null(pc.not_equal(book.projects["scene"], ""), False))
    if not len(named):
        return {}, []
    from greenfin.reference.scenes import scene_of

    found: dict[str, str] = {}
    problems: list[Problem] = []
    texts = named["scene"].to_pylist()
    known = {text: scene_of(reference.scenes, text) for text in set(texts)}
    for project, text in zip(named["project_id"].to_pylist(), texts, strict=True):
        scene = known[text]
        if scene is None:
            problems.append(warning("measure.scene_unknown", project, project=project, scene=text[:_SHOWN]))
        elif scene.is_computable:
            found[project] = scene.method
        else:
            problems.append(info("measure.scene_not_computable", project, project=project, scene=scene.code))
    return found, problems


_SHOWN = 100

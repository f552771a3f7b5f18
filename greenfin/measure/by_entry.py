"""Choices that the entry of a project tells, such as the weights of a combined margin for wind: projects apart by them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from greenfin.measure.case import Projects, Rows
from greenfin.methods.choices import choices_of
from greenfin.methods.declare import Declaration


def by_entry(declaration: Declaration, projects: Projects, asked: Mapping[str, str]) -> list[tuple[Projects, Mapping[str, str]]]:
    """The projects of a method in groups of one set of choices each, with what is asked for in it; mostly one group."""
    distinct = dict.fromkeys(projects.entries)
    told = {entry: {**told_by_entry(declaration, *entry), **asked} for entry in distinct}
    signs = {entry: tuple(choices_of(declaration, each).items()) for entry, each in told.items()}
    if len(set(signs.values())) <= 1:
        return [(projects, told[next(iter(distinct))] if distinct else asked)]
    groups = list(dict.fromkeys(signs.values()))
    group = np.asarray([groups.index(signs[entry]) for entry in projects.entries])
    parts = [np.flatnonzero(group == place) for place in range(len(groups))]
    return [(_taken(projects, rows), told[projects.entries[int(rows[0])]]) for rows in parts]


def told_by_entry(declaration: Declaration, edition: str, code: str) -> dict[str, str]:
    """What the entry tells: the choice that names it, else the one for all others; nothing without an entry."""
    found = {}
    for convention in (c for c in declaration.conventions if code and any(choice.entries for choice in c.choices)):
        named = [choice.name for choice in convention.choices if choice.holds_for(edition, code)]
        others = [choice.name for choice in convention.choices if choice.otherwise]
        found[convention.name] = (*named, *others, convention.default)[0]
    return found


def _taken(projects: Projects, rows: Rows) -> Projects:
    """Some of the projects."""
    at = rows.tolist()
    ids, where, regions = (tuple(column[row] for row in at) for column in (projects.ids, projects.where, projects.regions))
    return Projects(ids, where, regions, tuple(projects.entries[row] for row in at), projects.is_operating[rows])

"""Words that stand in a table beside its figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from greenfin.core.records import Answer, Book, Sum

ANSWERS, PLACES = "answers", "answered at"
ANSWERED = "."  # between the item and the field of an answer


def texts_of(book: Book, sums: Mapping[str, Sum], answers: Sequence[Answer]) -> Mapping[str, Mapping[str, str]]:
    """By what they say, then by project: its entry (``code``), ``scene``, ``year`` of the data, their ``basis`` and ``evidence``; and
    the ``answers`` of the questionnaire by item and field."""
    projects = book.projects
    scenes = zip(projects["project_id"].to_pylist(), projects["scene"].to_pylist(), strict=True)
    return {
        ANSWERS: {f"{one.item}{ANSWERED}{one.field}": one.text for one in answers if not one.row},
        PLACES: {f"{one.item}{ANSWERED}{one.field}": one.where for one in answers if not one.row},
        "code": entry_of_projects(sums),
        **_methods(sums),
        "scene": {project: scene for project, scene in scenes if scene},
        "year": _joined(_pairs(book, "inputs", "year")),
        "basis": _joined(_pairs(book, "inputs", "basis")),
        "evidence": _joined(_pairs(book, "evidence", "evidence_id")),
        **_of_bonds(book, sums),
    }


def _of_bonds(book: Book, sums: Mapping[str, Sum]) -> Mapping[str, Mapping[str, str]]:
    """The catalogue's code and the place of each project that a bond funds, and where the unused funds of each bond are kept."""
    entries = {one.keys["project"]: one.keys["code"] for one in sums.values() if one.name == "bond_class"}
    places = zip(book.projects["project_id"].to_pylist(), book.projects["region"].to_pylist(), strict=True)
    names = ("bond_code", "trade_no", "bond_name", "idle_use")
    bonds = zip(*(book.bonds[name].to_pylist() for name in names), strict=True)
    idle = {code or trade or name or "": use for code, trade, name, use in bonds if use}
    return {"bond_entry": entries, "project_place": {project: place for project, place in places if place}, "bond_idle": idle}


def group_of(keys: Mapping[str, str]) -> str:
    """The name under which a row's words stand: its project, else what it is a group of."""
    return keys.get("project") or " ".join(keys[name] for name in sorted(keys))


def _methods(sums: Mapping[str, Sum]) -> Mapping[str, Mapping[str, str]]:
    """By which methods the financed emissions of each kind of asset and section were counted, under each standard."""
    found: dict[str, dict[str, set[str]]] = {}
    for one in sums.values():
        if one.name == "financed_methods":
            group = group_of({name: value for name, value in one.keys.items() if name not in ("method", "standard")})
            found.setdefault(f"method@{one.keys['standard']}", {}).setdefault(group, set()).add(one.keys["method"])
    return {name: {group: " ".join(sorted(methods)) for group, methods in groups.items()} for name, groups in found.items()}


def _pairs(book: Book, table: str, column: str) -> Iterable[tuple[str | None, object]]:
    rows = getattr(book, table)
    found = rows.select(["project_id", column]).group_by(["project_id", column], use_threads=False).aggregate([])
    return zip(found["project_id"].to_pylist(), found[column].to_pylist(), strict=True)


def _joined(pairs: Iterable[tuple[str | None, object]]) -> Mapping[str, str]:
    """The distinct texts of each project, in their order."""
    found: dict[str, set[str]] = {}
    for project, value in pairs:
        if project and value not in (None, ""):
            found.setdefault(project, set()).add(str(value))
    return {project: " ".join(sorted(values)) for project, values in found.items()}


def entry_of_projects(sums: Mapping[str, Sum]) -> Mapping[str, str]:
    """The catalogue entry of each project: that of most of its green balance."""
    best: dict[str, tuple[int, str]] = {}
    for one in sums.values():
        if one.name == "green_balance" and set(one.keys) == {"code", "project"}:
            found = (one.value or 0, one.keys["code"])
            best[one.keys["project"]] = max(best.get(one.keys["project"], found), found)
    return {project: code for project, (_, code) in best.items()}

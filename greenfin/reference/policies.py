"""Policies: what a figure must rest on before it may stand in a disclosure (``disclosure_templates/policies/*.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from greenfin.core.problems import Problem, error
from greenfin.reference.strict_yaml import Block, Reader, read_block

FOUND = ("exact", "parent_region", "earlier_year", "unverified", "user")


@dataclass(frozen=True, slots=True)
class Policy:
    """What is acceptable: ``allowed_found`` are the ways a factor may have been found, of :data:`FOUND` without ``unverified``.

    ``needs_approval``: a green tag counts only when a checker who is not the maker approved it.
    ``watermark_*`` is printed on every page; empty for a report that may be published.
    """

    id: str
    name_zh: str
    name_en: str
    needs_approval: bool
    allowed_found: frozenset[str]
    allow_unverified: bool
    watermark_zh: str = ""
    watermark_en: str = ""

    def allows(self, found: str) -> bool:
        """Whether a factor found this way may be used (``found`` as one word of :data:`FOUND`)."""
        return self.allow_unverified if found == "unverified" else found in self.allowed_found


def read_policies(root: Path) -> tuple[Mapping[str, Policy], tuple[Problem, ...]]:
    """All policies by id and everything wrong with the files. ``root`` is the data folder. Never raises."""
    problems: list[Problem] = []
    found: dict[str, Policy] = {}
    for path in sorted((root / "disclosure_templates" / "policies").glob("*.yaml")):
        block = read_block(path, problems)
        if block is None:
            continue
        policy = _policy(block, problems)
        if policy.id != path.stem:
            problems.append(error("template.id_differs", block.where, id=policy.id, file=path.name))
        found[policy.id] = policy
    if not found:
        problems.append(error("template.nothing_there", "disclosure_templates/policies"))
    return found, tuple(problems)


def _policy(block: Block, problems: list[Problem]) -> Policy:
    reader = Reader(block, problems)
    name_zh, name_en = reader.words("name")
    mark_zh, mark_en = reader.words("watermark", required=False)
    allowed = reader.texts("allowed_found")
    strange = [word for word in allowed if word not in FOUND or word == "unverified"]
    problems += [error("template.field_wrong", block.where, field="allowed_found", found=word) for word in strange]
    policy = Policy(
        id=reader.text("id"),
        name_zh=name_zh,
        name_en=name_en,
        needs_approval=reader.flag("needs_approval"),
        allowed_found=frozenset(allowed),
        allow_unverified=reader.flag("allow_unverified"),
        watermark_zh=mark_zh,
        watermark_en=mark_en,
    )
    reader.done()
    return policy

"""One wrong number is told once: what only follows from a number that is told already is a note to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from greenfin.published.shapes import Finding

_FIRM = "error"
_OF_TEXT = ("published.text_", "published.told_", "published.share_in_percent")


def without_followers(findings: Sequence[Finding]) -> list[Finding]:
    """Findings of one number at one place as one, and those that rest on a number that does not hold itself as notes."""
    once = _once(findings)
    wrong: dict[str, Finding] = {}
    for finding in once:
        if finding.severity == _FIRM and finding.published is not None:
            wrong.setdefault(_named(finding), finding)
    return [_noted(each, wrong) for each in once]


def _once(findings: Sequence[Finding]) -> list[Finding]:
    """The first error of a number at a place; a warning beside an error of the same number says nothing new."""
    found: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        key: tuple[object, ...] = (finding.where, str(finding.published), finding.code if finding.severity != _FIRM else "")
        if finding.published is None:
            key = (*key, finding.code, str(finding.slots))
        found.setdefault(key, finding)
    return list(found.values())


def _named(finding: Finding) -> str:
    """The place of a number: its cell, or its passage with its print."""
    return f"{finding.where}#{finding.slots['printed']}" if finding.code.startswith(_OF_TEXT) else finding.where


def _noted(finding: Finding, wrong: Mapping[str, Finding]) -> Finding:
    """A finding that rests on a number told elsewhere, where that one does not rest on this."""
    mine = _named(finding)
    root = next((wrong[cell] for cell in finding.cells if cell in wrong and cell != mine and mine not in wrong[cell].cells), None)
    if root is None or finding.severity != _FIRM:
        return finding
    slots = {
        "printed": finding.slots.get("printed", finding.published),
        "of": root.slots.get("printed", root.published),
        "cell": root.where,
    }
    return replace(finding, severity="info", code="published.follows", slots=slots)

"""Trace: where a value comes from. Built by the step that computes, handed down as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """An end of the tree: a document (``locator``: clause, table) or a file of the bank (``locator``: sheet and cell)."""

    kind: str  # "document" | "file"
    title: str
    locator: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """A value, its unit, how it was made (a word key of ``messages``) and what it was made of.

    ``value`` is printed text (exact, not rounded). ``note`` carries what a reader needs beside the value, as data.
    """

    name: str
    value: str
    unit: str = ""
    how: str = ""
    note: str = ""
    parts: tuple[Trace, ...] = ()
    source: Source | None = None

    def as_json(self) -> dict[str, object]:
        """The tree as plain data, shaped as the CLI contract says."""
        out: dict[str, object] = {"cell": self.name, "value": self.value, "unit": self.unit, "how": self.how}
        if self.note:
            out["note"] = self.note
        out["parts"] = [part.as_json() for part in self.parts]
        out["source"] = {self.source.kind: self.source.title, "locator": self.source.locator} if self.source else None
        return out


@dataclass(frozen=True, slots=True)
class FactorUse:
    """A factor as it was used: the row's key and how it was found.

    ``found``: exact, parent_region, earlier_year, unverified, user (several joined by ``+``).
    """

    slot: str
    key: str
    found: str

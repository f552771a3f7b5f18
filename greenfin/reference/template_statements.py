"""What a table says in words beside its figures (``statement``), bound to its cells."""

from __future__ import annotations

from dataclasses import dataclass

from greenfin.core.problems import Problem
from greenfin.reference.strict_yaml import Block, Reader


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with bindings (``{T18!total.year_amount}``). ``needs``, ``without``: it stands only where that cell has a value, or none.

    ``each``: it stands for all rows that the data made of that row; its cells (``{T18!project.year_amount}``) and its name
    (``{T18!project.name}``) are those of each.
    """

    zh: str
    en: str
    needs: str = ""
    without: str = ""
    each: str = ""


def said(block: Block, problems: list[Problem]) -> Said:
    """A sentence of a template's file; what is wrong goes to ``problems``."""
    reader = Reader(block, problems)
    made = Said(reader.text("zh"), reader.text("en"), reader.text("needs", ""), reader.text("without", ""), reader.text("each", ""))
    reader.done()
    return made

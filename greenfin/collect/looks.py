"""How the cells of a workbook for branches look: each look is made once and shared."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import Any

from greenfin.disclose.xlsx_style import ACCENT, FONT, INK, QUIET, RULE, TINT, columns_wide, lines_high, writable

ENTRY, LOCKED, DONE, WRONG, UNFILLED = "FFF9DB", "F5F6F5", "D8EFDF", "F9D9CF", "FFF2CC"
LINE = 14.5
_LONGEST = 32000
_RISKY = ("=", "+", "-", "@", "\t", "\r", "'")

__all__ = ["DONE", "LINE", "UNFILLED", "WRONG", "Look", "Looks", "columns_wide", "lines_high"]


@dataclass(frozen=True, slots=True)
class Look:
    """``entry`` is a cell to fill in: tinted, bordered, not locked."""

    bold: bool = False
    size: float = 10
    color: str = INK
    fill: str = ""
    wrap: bool = False
    align: str = "left"
    number: str = "General"
    edge: bool = False
    entry: bool = False
    quote: bool = False


HEAD = Look(bold=True, color=ACCENT, fill=TINT, wrap=True, edge=True, align="center")
TITLE = Look(bold=True, size=15, color=ACCENT)
NOTE = Look(size=9, color=QUIET, wrap=True)
PLAIN = Look(wrap=True, edge=True)
TEXT_CELL = Look(wrap=True, edge=True, number="@")
QUIET_CELL = Look(size=9, color=QUIET, wrap=True, edge=True)


@dataclass(frozen=True, slots=True)
class Looks:
    """Dresses cells; the styles are built on a cell that is no part of the workbook."""

    pattern: Any
    made: dict[Look, Any] = field(default_factory=dict)

    def dress(self, cell: Any, look: Look) -> None:
        """Give the cell this look."""
        if look not in self.made:
            self.made[look] = _style(self.pattern, look)
        cell._style = self.made[look]  # the library's own way to share a style

    def text(self, cell: Any, text: str, look: Look) -> None:
        """Words as words, whatever they begin with."""
        clean = writable(text)[:_LONGEST]
        if clean:
            cell.value = clean
            cell.data_type = "s"
        self.dress(cell, Look(**{**_fields(look), "quote": True}) if clean[:1] in _RISKY else look)

    def formula(self, cell: Any, text: str, look: Look) -> None:
        """A formula of ours."""
        cell.value = text
        self.dress(cell, look)


def _fields(look: Look) -> dict[str, Any]:
    return {name: getattr(look, name) for name in Look.__slots__}


def _style(pattern: Any, look: Look) -> Any:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side

    fill = ENTRY if look.entry else look.fill
    line = Side("thin", RULE)
    pattern.font = Font(name=FONT, size=look.size, bold=look.bold, color=look.color)
    pattern.fill = PatternFill("solid", start_color=fill) if fill else PatternFill()
    pattern.border = Border(line, line, line, line) if look.edge else Border()
    pattern.alignment = Alignment(look.align, "center", wrap_text=look.wrap)
    pattern.number_format = look.number
    pattern.protection = Protection(locked=not look.entry)
    pattern.quotePrefix = look.quote
    return copy(pattern._style)

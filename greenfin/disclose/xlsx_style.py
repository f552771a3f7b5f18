"""Looks of the workbook: each combination is made once and shared by its cells."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

from greenfin.disclose.typeset import MISSING

ACCENT, TINT, RULE, QUIET, ALERT, INK = "14532D", "EEF4F0", "C9D1CC", "5D6762", "9A3412", "1F2421"
FONT = "Microsoft YaHei"
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LONGEST = 32000  # characters in a cell; the format's limit is 32767


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell looks; ``edge`` is the rule: none, row, total, head."""

    size: float = 10
    bold: bool = False
    color: str = INK
    fill: str = ""
    edge: str = ""
    align: str = "left"
    vertical: str = "center"
    wrap: bool = False
    indent: int = 0
    number: str = "General"
    quote: bool = False


@dataclass(frozen=True, slots=True)
class Stylist:
    """Gives cells their look; the style is built once per look, on a sheet that is no part of the workbook."""

    pattern: Any
    made: dict[Look, Any] = field(default_factory=dict)

    def dress(self, cell: Any, look: Look) -> None:
        """Give the cell this look."""
        if look not in self.made:
            self.made[look] = _style(self.pattern, look)
        cell._style = self.made[look]  # the library's own way to share a style (copying sheets does the same)

    def text(self, cell: Any, text: str, look: Look) -> None:
        """Put words into the cell, as words whatever they begin with."""
        clean = writable(text)
        cell.value = clean if len(clean) <= _LONGEST else clean[:_LONGEST] + "\u2026"
        if clean:
            cell.data_type = "s"
        risky = clean[:1] in ("=", "+", "-", "@", "\t", "\r", "'")
        self.dress(cell, replace(look, quote=True) if risky else look)


def writable(text: str) -> str:
    """The text without signs that the format cannot hold: a mark stands for each."""
    return _FORBIDDEN.sub(MISSING, text)


def _style(pattern: Any, look: Look) -> Any:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    sides: dict[str, dict[str, Any]] = {
        "row": {"bottom": Side("hair", RULE)},
        "total": {"top": Side("thin", ACCENT), "bottom": Side("thin", ACCENT)},
        "head": {"top": Side("medium", ACCENT), "bottom": Side("thin", ACCENT)},
    }
    pattern.font = Font(name=FONT, size=look.size, bold=look.bold, color=look.color)
    pattern.fill = PatternFill("solid", start_color=look.fill) if look.fill else PatternFill()
    pattern.border = Border(**sides.get(look.edge, {}))
    pattern.alignment = Alignment(look.align, look.vertical, wrap_text=look.wrap, indent=look.indent)
    pattern.number_format = look.number
    pattern.quotePrefix = look.quote
    return copy(pattern._style)


def number_format(decimals: int, after: str) -> str:
    """Thousands separators, so many decimals, and words behind the number (a unit, a footnote mark) as they are."""
    digits = "#,##0" + ("." + "0" * decimals if decimals else "")
    return digits + ('"' + after.replace('"', "''") + '"' if after else "")


def columns_wide(text: str) -> float:
    """How many columns of type the longest line of the text takes: nearly two for a Chinese character."""
    return max(sum(1.9 if ord(char) > 0x2E7F else 1.08 for char in line) for line in (text.split("\n") or [""]))


def lines_high(text: str, width: float) -> int:
    """How many lines the text takes in a column so wide (cautiously: a line is rarely full)."""
    return sum(max(1, -(-int(columns_wide(line) * 1.03) // max(1, int(width - 1)))) for line in text.split("\n"))

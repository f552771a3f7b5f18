"""Setting text: the two embedded fonts, widths, line breaking for Chinese and Latin, and characters without a glyph."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import as_file, files
from typing import Any

from greenfin.core.problems import Problem, warning

REGULAR, BOLD = "GreenfinSansSC-Regular", "GreenfinSansSC-Bold"
MISSING = "\N{GETA MARK}"  # what printers set where they lacked the type

_CLOSING = frozenset(
    ",.;:!?)]}%\u2030\u2103\u3001\u3002\uff0c\uff0e\uff1a\uff1b\uff1f\uff01\uff09\u3015\u300b\u3009\u300d\u300f\u3011\u201d\u2019\u2026\u2014"
)
_OPENING = frozenset("([{\uff08\u3014\u300a\u3008\u300c\u300e\u3010\u201c\u2018")
_PIECE = re.compile("\\s|[\u2e80-\uffef\u201c\u201d\u2018\u2019]|[^\\s\u2e80-\uffef\u201c\u201d\u2018\u2019]+")
_SIGNS = re.compile(r"[^@._/\-]*[@._/\-]+|[^@._/\-]+")  # the parts of a code


@cache
def _glyphs(name: str) -> dict[str, float]:
    """Advance of every character of a font, in thousandths of the size; registers the font with the PDF library."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    with as_file(files("greenfin.disclose").joinpath(f"fonts/{name}.ttf")) as path:
        font = TTFont(name, str(path))
    pdfmetrics.registerFont(font)
    return {chr(code): width for code, width in font.face.charWidths.items()}


@cache
def color_of(text: str) -> Any:
    """The colour of a ``#rrggbb`` text, as the PDF library has it."""
    from reportlab.lib.colors import HexColor

    return HexColor(text)


def register() -> None:
    """Make both fonts known to the PDF library, and the default of its drawings, so that no other font is asked for."""
    from reportlab.graphics.shapes import STATE_DEFAULTS

    _glyphs(REGULAR), _glyphs(BOLD)
    STATE_DEFAULTS["fontName"] = REGULAR


@dataclass(frozen=True, slots=True)
class Typesetter:
    """Sets the text of one document and keeps count of the characters that its fonts lack."""

    missing: Counter[str] = field(default_factory=Counter)

    def clean(self, text: str) -> str:
        """The text as it can be printed: blanks for tabs, the missing mark for a character without a glyph (counted)."""
        regular = _glyphs(REGULAR)
        if regular.keys() >= set(text):
            return text
        return "".join(self._printable(char, regular) for char in text)

    def _printable(self, char: str, known: dict[str, float]) -> str:
        if char in known or char == "\n":
            return char
        if char in "\t\r\v\f\u2028\u2029\u3000" or char.isspace():
            return " "
        if char in "\u200b\u200c\u200d\ufeff\u00ad":
            return ""
        self.missing[char] += 1
        return MISSING

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """How wide a line of text is, in points."""
        known = _glyphs(BOLD if bold else REGULAR)
        return sum([known.get(char, 1000.0) for char in text]) * size / 1000

    def wrap(self, text: str, size: float, width: float, *, bold: bool = False) -> tuple[str, ...]:
        """The text in lines no wider than ``width``; no line starts with closing or ends with opening punctuation."""
        clean = self.clean(text)
        if "\n" not in clean and self.width(clean, size, bold=bold) <= width:
            return (clean.strip(),)
        return tuple(line for part in clean.split("\n") for line in self._lines(part, size, width, bold=bold))

    def _lines(self, text: str, size: float, width: float, *, bold: bool) -> Iterator[str]:
        line, used = "", 0.0
        for piece in _pieces(text):
            for part in self._fitting(piece, size, width, bold=bold):
                needed = self.width(part, size, bold=bold)
                if line and used + self.width(part.rstrip(), size, bold=bold) > width + 0.01:
                    yield line.strip()
                    line, used = "", 0.0
                line, used = line + part, used + needed
        yield line.strip()

    def _fitting(self, piece: str, size: float, width: float, *, bold: bool) -> Iterable[str]:
        """A piece cut where it is wider than a whole line (a long code or address): behind its signs where that is enough."""
        if self.width(piece, size, bold=bold) <= width:
            return (piece,)
        parts = _SIGNS.findall(piece)
        return parts if all(self.width(part, size, bold=bold) <= width for part in parts) else tuple(piece)


def _pieces(text: str) -> Iterator[str]:
    """The text between its places where a line may end."""
    held = ""
    for piece in _PIECE.findall(text):
        glued = held and (piece[0] in _CLOSING or piece.isspace() or held[-1] in _OPENING)
        if held and not glued:
            yield held
            held = ""
        held += piece
    if held:
        yield held


def problems_of(typesetter: Typesetter) -> tuple[Problem, ...]:
    """A warning for each character of a document that has been set which the fonts cannot print (it is shown as a mark, never left out)."""
    return tuple(
        warning("render.glyph_missing", "disclosure.pdf", found=char, point=f"U+{ord(char):04X}", count=count)
        for char, count in sorted(typesetter.missing.items())
    )

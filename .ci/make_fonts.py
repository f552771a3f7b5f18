"""Build the two fonts of the PDF report from Debian's ``fonts-noto-cjk`` (Noto Sans CJK SC, SIL Open Font License 1.1).

    python .ci/make_fonts.py [--source /usr/share/fonts/opentype/noto]

The characters: GB 2312, the signs of this field (extra.txt), and whatever the data folders and the message files hold beside them.
Outlines become quadratic (TrueType), because only such fonts can be embedded in a PDF by the library used. Hinting and layout tables are
dropped. The same Debian package gives the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parents[1]
FONTS = ROOT / "greenfin" / "disclose" / "fonts"
SCANNED = ("factors", "taxonomy", "disclosure_templates", "greenfin/messages", "greenfin/core", "greenfin/methods", "examples")
TEXT = {".csv", ".yaml", ".yml", ".toml", ".txt"}
SIMPLIFIED = 2  # number of the SC face in the collection
FAMILY = "Greenfin Sans SC"
MAX_ERROR = 1.5  # thousandths of an em between the cubic outline and its quadratic copy
LOWERED, RAISED = (0.62, -140), (0.62, 330)
DRAWN = {  # the original has no subscript digits and few superscripts: made from another character, scaled and shifted
    **{chr(0x2080 + at): (str(at), *LOWERED) for at in range(10)},
    **{chr(0x2070 + at): (str(at), *RAISED) for at in (0, *range(4, 10))},
    **{char: (model, *LOWERED) for char, model in zip("₊₋ₓ", "+−x", strict=True)},
    **{char: (model, *RAISED) for char, model in zip("⁺⁻ⁿ", "+−n", strict=True)},
    "✕": ("×", 1, 0),
    "\ufffd": ("◇", 1, 0),  # stands for a character that could not be read
}
EPOCH = 3786825600  # 2024-01-01 in the font's own count of seconds since 1904


def gb2312() -> set[str]:
    """All characters of GB 2312."""
    found = set()
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.add(bytes((high, low)).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return found


def scanned() -> set[str]:
    """All characters of the data folders and message files."""
    files = (p for folder in SCANNED for p in (ROOT / folder).rglob("*") if p.suffix in TEXT)
    return {char for path in files for char in path.read_text("utf-8")}


def wanted() -> set[str]:
    """All characters that the fonts should have."""
    latin = {chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100))}
    extra = {line.split("#")[0] for line in (FONTS / "extra.txt").read_text("utf-8").splitlines()}
    return {char for char in latin | gb2312() | set("".join(extra)) | scanned() if char.isprintable() or char == "\u00a0"}


def build(source: Path, style: str) -> Path:
    """Write one font; returns its path."""
    original = TTFont(source / f"NotoSansCJK-{style}.ttc", fontNumber=SIMPLIFIED, lazy=True)
    cmap = original.getBestCmap()
    chars = {ord(char): cmap[ord(char)] for char in sorted(wanted()) if ord(char) in cmap}
    drawn = {char: f"drawn{ord(char):04X}" for char in DRAWN if ord(char) not in chars}
    lacking = "".join(sorted(char for char in wanted() if ord(char) not in chars and char not in drawn))
    print(f"{style}: not in the original: {lacking or 'nothing'}")
    target = FONTS / f"GreenfinSansSC-{style}.ttf"
    assemble(original, style, chars, drawn).save(target)
    return target


def outlines(original: Any, order: list[str], drawn: dict[str, str]) -> tuple[dict[str, Any], dict[str, tuple[int, int]]]:
    """Quadratic outlines, and (advance, left side bearing) of each glyph; ``drawn`` ones are made from another character's."""
    glyph_set, cmap = original.getGlyphSet(), original.getBestCmap()
    glyphs, widths = {}, {}
    made = {name: (cmap[ord(DRAWN[char][0])], *DRAWN[char][1:]) for char, name in drawn.items()}
    for name in order:
        model, scale, shift = made.get(name, (name, 1, 0))
        pen = TTGlyphPen(None)
        glyph_set[model].draw(TransformPen(Cu2QuPen(pen, MAX_ERROR, reverse_direction=True), (scale, 0, 0, scale, 0, shift)))
        glyph = pen.glyph(dropImpliedOnCurves=True)
        glyph.recalcBounds(None)
        glyphs[name] = glyph
        widths[name] = (round(glyph_set[model].width * scale), getattr(glyph, "xMin", 0))
    return glyphs, widths


def assemble(original: Any, style: str, chars: dict[int, str], drawn: dict[str, str]) -> Any:
    """The new font with all its tables."""
    order = [".notdef", *dict.fromkeys(chars.values()), *drawn.values()]
    chars = chars | {ord(char): name for char, name in drawn.items()}
    glyphs, widths = outlines(original, order, drawn)
    metrics = original["hhea"]
    builder = FontBuilder(original["head"].unitsPerEm, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(chars)
    builder.setupGlyf(glyphs, calcGlyphBounds=False)
    builder.setupHorizontalMetrics(widths)
    builder.setupHorizontalHeader(ascent=metrics.ascent, descent=metrics.descent)
    builder.setupNameTable(names(original, style))
    old = original["OS/2"]
    builder.setupOS2(
        sTypoAscender=old.sTypoAscender,
        sTypoDescender=old.sTypoDescender,
        usWinAscent=old.usWinAscent,
        usWinDescent=old.usWinDescent,
        usWeightClass=old.usWeightClass,
        fsType=0,
        sCapHeight=old.sCapHeight,
        sxHeight=old.sxHeight,
    )
    builder.setupPost(keepGlyphNames=False)
    font = builder.font
    font.recalcTimestamp = False
    font["head"].created = font["head"].modified = EPOCH
    font["head"].macStyle = 1 if style == "Bold" else 0
    return font


def names(original: Any, style: str) -> dict[str, str]:
    """The name table: a name of its own (the licence's modified version), the original's copyright and licence."""
    old = original["name"]
    return {
        "copyright": str(old.getName(0, 3, 1, 1033)),
        "familyName": FAMILY,
        "styleName": style,
        "uniqueFontIdentifier": f"greenfin;GreenfinSansSC-{style}",
        "fullName": f"{FAMILY} {style}",
        "version": "Version 1.000; subset of Noto Sans CJK SC, " + str(old.getName(5, 3, 1, 1033)),
        "psName": f"GreenfinSansSC-{style}",
        "licenseDescription": str(old.getName(13, 3, 1, 1033)),
        "licenseInfoURL": "https://openfontlicense.org",
    }


def main() -> int:
    """Build both fonts; 1 when the source fonts are not installed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, default=Path("/usr/share/fonts/opentype/noto"))
    source = parser.parse_args().source
    if not (source / "NotoSansCJK-Regular.ttc").exists():
        print(f"{source}: fonts-noto-cjk is not installed", file=sys.stderr)
        return 1
    for style in ("Regular", "Bold"):
        path = build(source, style)
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())

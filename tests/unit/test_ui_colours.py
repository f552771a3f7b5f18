"""Colours of the front end pass WCAG 2.1 level AA: 4.5 to 1 for text on its ground, 3 to 1 for what carries meaning without words."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from greenfin.ui.frame.host import SETTINGS

UI = Path(__file__).parents[2] / "greenfin" / "ui"
STYLE, LOGIN = (UI / "style.css").read_text("utf-8"), (UI / "page.html").read_text("utf-8")
WHITE, SIDEBAR, INK = "#ffffff", str(SETTINGS["theme.secondaryBackgroundColor"]), str(SETTINGS["theme.textColor"])
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.1, definition)."""
    shades = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (shade / 12.92 if shade <= 0.04045 else ((shade + 0.055) / 1.055) ** 2.4 for shade in shades)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _long(colour: str) -> str:
    return colour.lower() if len(colour) == 7 else "#" + "".join(sign * 2 for sign in colour[1:].lower())


def _colours(body: str, name: str) -> list[str]:
    return [_long(found) for found in re.findall(rf"(?:^|[;\s]){name}:[^;]*?(#[0-9a-fA-F]{{3,6}})\b", body)]


def _pairs(style: str) -> list[tuple[str, str, str]]:
    """Text colour and ground of each rule; what one of them leaves open is ink, and white or the tints that text stands on."""
    found = []
    for selector, body in _RULE.findall(style):
        text, ground = _colours(body, "color"), _colours(body, "background(?:-color)?")
        has_no_text = ".gf-bar" in selector or "::before" in selector
        if has_no_text or not (text or ground):
            continue
        found += [(selector.strip(), one, other) for one, other in product(text or [INK], ground or [WHITE])]
    return found


def test_known_ratios() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize(("selector", "text", "ground"), [*_pairs(STYLE), *_pairs(LOGIN)])
def test_text_stands_out_from_its_ground(selector: str, text: str, ground: str) -> None:
    assert contrast(text, ground) >= 4.5, f"{selector}: {text} on {ground}"


@pytest.mark.parametrize("text", sorted({colour for _, colour, ground in _pairs(STYLE) if ground == WHITE}))
def test_text_stands_out_from_the_sidebar_too(text: str) -> None:
    assert contrast(text, SIDEBAR) >= 4.5


@pytest.mark.parametrize("setting", ["theme.primaryColor", "theme.textColor", "theme.linkColor"])
def test_the_theme_stands_out(setting: str) -> None:
    for ground in (SETTINGS["theme.backgroundColor"], SETTINGS["theme.secondaryBackgroundColor"]):
        assert contrast(_long(str(SETTINGS[setting])), _long(str(ground))) >= 4.5


def test_the_outline_of_what_has_the_focus_is_seen() -> None:
    outline = re.search(r"focus-visible[^{]*\{ outline: 3px solid (#\w+)", LOGIN)
    assert outline is not None
    assert contrast(outline[1], WHITE) >= 3


def test_nothing_is_asked_of_another_place() -> None:
    for style in (STYLE, LOGIN):
        assert not re.search(r"https?:|//|@import|url\(|@font-face", style)

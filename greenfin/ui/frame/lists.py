"""HTML of lists whose lines or words can be clicked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from greenfin.messages import Lang, say
from greenfin.ui.frame import markup


@dataclass(frozen=True, slots=True)
class Item:
    """What stands in a place of a list: words, beside them a coloured word, and where a click on it leads (``cell:T01!a.b``).

    ``href``: another page of the front end that a click leads to. ``more``: what stands below it.
    """

    words: str
    chip: str = ""
    css: str = ""
    go: str = ""
    href: str = ""
    strong: bool = False
    more: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its items; ``go`` where a click anywhere on it leads, ``chosen`` whether it is the one shown beside."""

    items: tuple[Item, ...]
    go: str = ""
    chosen: bool = False


def listing(headings: Sequence[str], lines: Sequence[Line], *, right: Sequence[int] = (), tight: Sequence[int] = ()) -> str:
    """A table of lines; the columns ``right`` hold numbers, the words of those ``tight`` stay on a line."""
    head = "".join(f'<th scope="col"{_aligned(at, right, tight)}>{escape(words)}</th>' for at, words in enumerate(headings))
    body = "".join(_line(line, right, tight) for line in lines)
    table = f'<table class="gf-list"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return markup.element("div", table, "gf-wide")


def _aligned(at: int, right: Sequence[int], tight: Sequence[int]) -> str:
    return ' class="gf-right"' if at in right else ' class="gf-together"' if at in tight else ""


def _line(line: Line, right: Sequence[int], tight: Sequence[int]) -> str:
    to = markup.go(*line.go.split(":", 1)) if line.go else ""
    cells = "".join(f"<td{_aligned(at, right, tight)}>{_item(item)}</td>" for at, item in enumerate(line.items))
    return f'<tr class="{"gf-chosen" if line.chosen else ""}"{to}>{cells}</tr>'


def _item(item: Item) -> str:
    return _said(item) + "".join(markup.element("div", _said(one)) for one in item.more)


def _said(item: Item) -> str:
    chip = markup.chip(item.chip, item.css) if item.chip else ""
    if item.go:
        kind, _, value = item.go.partition(":")
        return " ".join(filter(None, (chip, markup.goes(item.words, kind, value))))
    if item.href:
        return " ".join(filter(None, (chip, markup.link(item.href, item.words))))
    words = markup.element("b", escape(item.words)) if item.strong else escape(item.words)
    return " ".join(filter(None, (chip, words)))


def steps(found: Sequence[tuple[str, str, str]]) -> str:
    """The steps of a way in their order: words, who did it, and whether it is done, now or open."""
    inner = "".join(f'<li class="gf-{escape(state)}">{_step(words, who)}</li>' for words, who, state in found)
    return f'<ol class="gf-steps">{inner}</ol>'


def _step(words: str, who: str) -> str:
    return markup.element("b", escape(words)) + markup.element("span", escape(who or "\u2014"))


def prose(text: str, bound: Sequence[tuple[str, str, bool]]) -> str:
    """A text as the report tells it, places that a reader must not miss marked, and below it each binding with its value."""
    marked = re.sub("\u3010[^\u3011]*\u3011", lambda found: markup.chip(found[0], "error"), escape(text))
    said = "".join(_binding(*one) for one in bound)
    return f'<div class="gf-prose">{marked}</div>' + (f'<div class="gf-bound">{said}</div>' if said else "")


def _binding(written: str, value: str, is_wrong: bool) -> str:
    chip = markup.chip(value, "error" if is_wrong else "passed")
    return f'<span class="gf-binding"><code>{escape(written)}</code> {chip}</span>'


def fold(words: str, go: str, inner: str, *, is_open: bool, chosen: bool) -> str:
    """A branch of a tree that folds (HTML ``inner`` below it), or a leaf; a click on its words leads somewhere."""
    kind, _, value = go.partition(":")
    said = markup.goes(words, kind, value, "gf-chosen" if chosen else "")
    if not inner:
        return markup.element("div", said, "gf-leaf")
    return f"<details{' open' if is_open else ''}><summary>{said}</summary>{inner}</details>"


def folded(inner: str) -> str:
    """The tree that holds branches (HTML of :func:`fold`)."""
    return markup.element("div", inner, "gf-tree gf-folded")


def ways(found: Sequence[tuple[str, str, str]]) -> str:
    """Coloured words in a line, each to be clicked: where it leads, the words, the colour."""
    inner = "".join(
        f'<span class="gf-chip gf-{escape(css)}"{markup.go(*to.split(":", 1))}>{escape(words)}</span>' for to, words, css in found
    )
    return markup.element("div", inner, "gf-ways")


def heads(room: str, names: Iterable[str], lang: Lang) -> list[str]:
    """What columns of a page's lists are called."""
    return [say(f"ui.{room}.column.{name}", lang) for name in names]

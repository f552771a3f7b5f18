"""HTML of tables, texts and trees. Every text is escaped here; nothing else writes HTML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from greenfin.messages import Lang, say

if TYPE_CHECKING:
    from greenfin.ui.views.home import Tile, Trend
    from greenfin.ui.views.loan import Evidence, Segment, Text
    from greenfin.ui.views.runs import Overview, Part
    from greenfin.ui.views.tables import Sheet, SheetCell, SheetRow
    from greenfin.ui.views.why import Branch

_OPEN_DEPTH = 2
_WORDS = ("upload", "upload_here", "enter", "ctrl_enter", "not_given")


def style(lang: Lang) -> str:
    """The style sheet as one element; with it the words of file boxes, fields and failed downloads: streamlit has English alone."""
    words = "".join(f"--gf-{name}: {json.dumps(say(f'ui.{name}', lang), ensure_ascii=False)};" for name in _WORDS)
    return f"<style>:root {{ {words} }}\n{files('greenfin.ui').joinpath('style.css').read_text('utf-8')}</style>"


def filled(template: str, words: Mapping[str, str], html: Mapping[str, str]) -> str:
    """A template of ours (``login.html``) with words, escaped here, and with HTML made here."""
    text = files("greenfin.ui").joinpath(template).read_text("utf-8")
    return Template(text).substitute({name: escape(value) for name, value in words.items()} | dict(html))


def plain_page(lang: Lang, inner: str) -> str:
    """A whole page that stands outside streamlit, around HTML made here."""
    return filled("page.html", {"lang": lang, "title": say("ui.title", lang)}, {"inner": inner})


def field(name: str, label: str, *, value: str = "", kind: str = "text", complete: str = "off") -> str:
    """A field of a form with its label."""
    named = f'<label for="{escape(name)}">{escape(label)}</label>'
    made = f'id="{escape(name)}" name="{escape(name)}" type="{escape(kind)}" value="{escape(value)}" autocomplete="{escape(complete)}"'
    return f'{named}<input {made} required maxlength="256">'


def button_to(action: str, name: str, value: str, words: str) -> str:
    """A form of one button that sends one value."""
    button = f'<button name="{escape(name)}" value="{escape(value)}">{escape(words)}</button>'
    return f'<form method="post" action="{escape(action)}">{button}</form>'


def link(href: str, words: str, css: str = "") -> str:
    """A link within the front end."""
    return f'<a href="{escape(href)}" target="_self" class="{escape(css)}">{escape(words)}</a>'


def reader(name: str, role: str) -> str:
    """Who is logged in."""
    return element("p", element("b", escape(name)) + (f" · {escape(role)}" if role != name else ""), "gf-reader")


def plain(text: str) -> str:
    """A text of the user's so that streamlit's labels (markdown) show it as it is.

    >>> plain("a*b [c] :red[d]")
    'a\\\\*b \\\\[c\\\\] \\\\:red\\\\[d\\\\]'
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))


def element(tag: str, inner: str, css: str = "") -> str:
    """An element around HTML."""
    return f'<{tag} class="{escape(css)}">{inner}</{tag}>' if css else f"<{tag}>{inner}</{tag}>"


def overview(view: Overview, book_note: str) -> str:
    """The balance of the book and its parts, each with a bar of its share."""
    tiles = "".join(_tile(part) for part in (view.book, *view.parts))
    return element("div", tiles, "gf-tiles") + element("p", escape(book_note), "gf-ok" if view.holds else "gf-bad")


def _tile(part: Part) -> str:
    inner = (
        element("span", escape(part.words), "gf-name") + element("b", escape(part.amount)) + element("span", escape(part.share), "gf-share")
    )
    return element("div", inner, f"gf-tile gf-{part.kind}")


def tiles(found: Iterable[Tile]) -> str:
    """Figures with the addresses of where they come from."""
    return element("div", "".join(map(_linked_tile, found)), "gf-tiles")


def _linked_tile(tile: Tile) -> str:
    value = link(tile.href, tile.value, "gf-figure") if tile.href else escape(tile.value)
    inner = element("span", escape(tile.words), "gf-name") + element("b", value) + element("span", escape(tile.below), "gf-share")
    return element("div", inner, f"gf-tile gf-{tile.kind}")


def trend(found: Iterable[Trend]) -> str:
    """Figures over the runs: a row for each date, with a bar."""
    return "".join(_trend(one) for one in found)


def _trend(one: Trend) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(point.day)}</th><td class="gf-bar"><span style="width: {point.bar:.1f}%"></span></td>'
        f'<td class="gf-number">{link(point.href, point.printed, "gf-figure")}</td></tr>'
        for point in one.points
    )
    return f'<table class="gf-trend"><caption>{escape(one.words)}</caption><tbody>{rows}</tbody></table>'


def linked(found: Iterable[tuple[str, str]]) -> str:
    """Words that lead somewhere, one below the other."""
    return element("ul", "".join(element("li", link(href, words)) for words, href in found), "gf-links")


def sheet(view: Sheet, *, chosen: str = "", under: str = "", notes_word: str = "", watermark: str = "") -> str:
    """A disclosure table as it prints, its cells to be clicked; the chosen one is outlined, with the HTML ``under`` below its row.

    A table not for publication says so above itself.
    """
    head = "".join(f'<th scope="col" class="gf-{kind}">{_heading(words)}</th>' for kind, words in view.headings)
    body = "".join(_row(row, chosen, under) for row in view.rows)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    notes = "".join(element("p", escape(note)) for note in view.notes)
    below = element("p", escape(view.basis)) + (element("p", escape(notes_word)) + notes if notes else "")
    above = element("div", chip(watermark, "error"), "gf-watermark") if watermark else ""
    return above + element("div", table, "gf-sheet") + element("div", below, "gf-notes")


def _heading(words: str) -> str:
    """A column's words; the unit in brackets at their end is not broken."""
    return re.sub(r"[(\uff08][^()\uff08\uff09]*[)\uff09]$", lambda unit: element("span", unit[0], "gf-together"), _broken(words))


def _row(row: SheetRow, chosen: str, under: str) -> str:
    line = element("tr", "".join(_cell(cell, row, chosen) for cell in row.cells), f"gf-{row.kind}")
    is_chosen = under and any(cell.id and cell.id == chosen for cell in row.cells)
    return line + (f'<tr class="gf-under"><td colspan="{len(row.cells)}">{under}</td></tr>' if is_chosen else "")


def go(kind: str, value: str) -> str:
    """The attributes of something that can be clicked, by mouse or keyboard (:mod:`greenfin.ui.frame.linked`)."""
    return f' data-go="{escape(kind)}:{escape(value)}" role="button" tabindex="0"'


def goes(words: str, kind: str, value: str, css: str = "") -> str:
    """Words that can be clicked."""
    return f'<span class="gf-link {escape(css)}"{go(kind, value)}>{escape(words)}</span>'


def _cell(cell: SheetCell, row: SheetRow, chosen: str) -> str:
    css = f"gf-{cell.kind}" + (f" gf-level{row.level}" if cell.kind == "label" else "")
    marks = element("sup", escape(cell.marks)) if cell.marks else ""
    css += (" gf-chosen" if cell.id and cell.id == chosen else "") + (" gf-doubtful" if cell.is_doubtful else "")
    to = go("cell", cell.id) if cell.id else ""
    return f'<td class="{css}" title="{escape(cell.id)}"{to}>{_broken(cell.text)}{marks}</td>'


def _broken(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def tree(branch: Branch) -> str:
    """The lineage of a cell; branches below the first ones are folded."""
    return element("div", _branch(branch, 0), "gf-tree")


def _branch(branch: Branch, depth: int) -> str:
    name = branch.words or branch.name
    said = (
        (goes(name, "cell", branch.cell, "gf-strong") if branch.cell and depth else element("b", escape(name)))
        + (element("span", escape(branch.name), "gf-id") if branch.words else "")
        + " = "
        + element("span", escape(branch.value), "gf-value")
    )
    said += element("span", escape(branch.how), "gf-how") if branch.how else ""
    said += element("span", escape(branch.note), "gf-note") if branch.note else ""
    said += element("span", escape(branch.ends_at), "gf-source") if branch.ends_at else ""
    if not branch.parts:
        return element("div", said, "gf-leaf")
    inner = "".join(_branch(part, depth + 1) for part in branch.parts)
    return f"<details{' open' if depth < _OPEN_DEPTH else ''}><summary>{said}</summary>{inner}</details>"


def texts(found: Iterable[Text], outcome: str = "") -> str:
    """The bank's texts with the words that matched marked in the colour of the outcome; the rule stands in the tooltip."""
    return "".join(
        element("div", escape(text.words), "gf-name")
        + element("p", "".join(map(_segment, text.segments)), f"gf-text gf-of-{outcome}" if outcome else "gf-text")
        for text in found
    )


def _segment(segment: Segment) -> str:
    inner = escape(segment.text)
    return f'<mark title="{escape(", ".join(segment.rules))}">{inner}</mark>' if segment.rules else inner


def facts(pairs: Sequence[tuple[str, str]], css: str = "gf-facts") -> str:
    """Names and values; ``gf-facts gf-named`` gives long names the room that their values leave."""
    rows = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in pairs)
    return f'<table class="{escape(css)}"><tbody>{rows}</tbody></table>'


def listing(headings: Sequence[str], rows: Iterable[Sequence[str]], css: str = "gf-list") -> str:
    """A plain table; ``gf-list gf-tight`` breaks no line but in its last column."""
    head = "".join(f'<th scope="col">{escape(words)}</th>' for words in headings)
    body = "".join(element("tr", "".join(element("td", escape(value)) for value in row)) for row in rows)
    return f'<table class="{escape(css)}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def evidence(headings: Sequence[str], found: Iterable[Evidence]) -> str:
    """The evidence of a tag as a table."""
    return listing(headings, ((item.kind, item.text, item.at, item.rule) for item in found), "gf-list gf-tight")


def paragraph(words: str, css: str) -> str:
    """A line of text."""
    return element("p", escape(words), css)


def chip(words: str, css: str) -> str:
    """A word on a coloured ground."""
    return f'<span class="gf-chip gf-{escape(css)}">{escape(words)}</span>'


def heading(words: str, chips: str = "") -> str:
    """A small heading with chips beside it (HTML of :func:`chip`)."""
    return element("h4", f"{escape(words)} {chips}", "gf-heading")

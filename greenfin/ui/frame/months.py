"""A grid of months by site: what lacks is hatched and says so, what is odd has a sign, so that black and white tells it too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from greenfin.ui.frame.markup import element

if TYPE_CHECKING:
    from greenfin.ui.views.operations_grid import Month


def grid(headings: Sequence[str], rows: Iterable[tuple[str, Sequence[Month]]], shown: Callable[[Month], str]) -> str:
    """The grid; ``shown`` gives the words of a cell, what is said of it stands in the tooltip."""
    head = "".join(f'<th scope="col">{escape(words)}</th>' for words in headings)
    body = "".join(
        element("tr", f'<th scope="row">{escape(site)}</th>' + "".join(_cell(month, shown(month)) for month in months))
        for site, months in rows
    )
    return element("div", f'<table class="gf-months"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>', "gf-sheet")


def _cell(month: Month, words: str) -> str:
    css = f"gf-number gf-month-{month.mark}" if month.mark else "gf-number"
    return f'<td class="{css}" title="{escape(month.said)}">{escape(words)}</td>'

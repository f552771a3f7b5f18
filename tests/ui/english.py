"""What a reader of English finds on a page: words of the page that are still Chinese, words that are cut off."""

from __future__ import annotations

from tests.ui.browser import Tab

_WORDS = ", ".join((
    "button, label, th, h1, h2, h3, h4, summary, legend, [role=tab]",
    "[data-testid=stCaptionContainer], [data-testid=stAlert], .gf-reason, .gf-chip",
))  # fmt: skip
_CHINESE = """([selector, data]) => [...document.querySelectorAll('[data-testid=stMain], [data-testid=stSidebarNav], [role=dialog]')]
    .flatMap(root => [...root.querySelectorAll(selector)])
    .filter(e => e.offsetParent && !e.closest(data) && /[\\u4e00-\\u9fff]/.test(e.innerText)).map(e => e.innerText.slice(0, 80))"""
_CUT = """selector => [...document.querySelectorAll('[data-testid=stMain]')].flatMap(root => [...root.querySelectorAll(selector)])
    .filter(e => e.offsetParent && e.clientWidth && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== 'auto'
        && getComputedStyle(e).overflowX !== 'visible')
    .map(e => e.innerText.slice(0, 80))"""


def chinese(tab: Tab, data: str = "noscript") -> list[str]:
    """Words of the page itself (its buttons, labels, headings, hints) that are Chinese; ``data`` selects what the bank wrote."""
    return [str(words) for words in tab.page.evaluate(_CHINESE, [_WORDS, data])]


def cut_off(tab: Tab) -> list[str]:
    """Words of the page that are wider than their place."""
    return [str(words) for words in tab.page.evaluate(_CUT, _WORDS)]

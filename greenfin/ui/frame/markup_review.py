"""HTML of the review page. Every text is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from greenfin.ruled import Ruled
from greenfin.ui.frame.markup import chip, element
from greenfin.ui.views.review_like import Alike
from greenfin.ui.views.review_loan import Candidate, Clause, Need, Past, Review

_OF = {"met": "green", "unmet": "error", "unknown": "review", "open": "review", "expired": "error", "elsewhere": "review"}


def head(receipt: str, chips: Iterable[tuple[str, str]], more: Sequence[str]) -> str:
    """The loan's number, its chips (words, colour) and what stands beside them."""
    shown = "".join(chip(words, css) for words, css in chips if words)
    beside = element("span", escape(" · ".join(part for part in more if part)), "gf-beside")
    return element("div", element("b", escape(receipt), "gf-receipt") + shown + beside, "gf-loan-head")


def said(view: Review) -> str:
    """What waits, and what the machine says."""
    asked = element("p", escape(view.asked), "gf-asked") if view.asked else ""
    return asked + element("p", escape(view.machine), "gf-machine")


def candidates(found: Iterable[Candidate], title: str, empty: str) -> str:
    """The entries on offer with their numbers, each with what its rules say."""
    shown = "".join(_candidate(n, one) for n, one in enumerate(found, 1))
    return section(title, element("ol", shown, "gf-candidates") if shown else element("p", escape(empty), "gf-quiet"))


def _candidate(number: int, one: Candidate) -> str:
    score = element("span", escape(one.score), "gf-score") if one.score else ""
    line = element("span", str(number), "gf-key") + element("b", escape(f"{one.code} {one.name}")) + score
    return element("li", line + element("span", escape(one.why), "gf-why") + rules(one.rules))


def rules(found: Iterable[Ruled]) -> str:
    """Rules as lines: met, unmet or unknown, what they ask, and whose they are."""
    shown = "".join(
        element("li", chip(one.said, _OF.get(one.outcome, "info")) + escape(one.asked) + _aside(f"{one.name} · {one.source}"))
        for one in found
    )
    return element("ul", shown, "gf-rules") if shown else ""


def _aside(words: str) -> str:
    return element("span", escape(words), "gf-aside")


def needs(found: Iterable[Need], papers: Iterable[tuple[str, ...]], title: str, empty: str) -> str:
    """What is asked for and which papers answer it; then the papers that are kept."""
    asked = "".join(
        element("li", chip(one.state_words, _OF.get(one.state, "info")) + escape(one.words) + (_aside(one.answered_by))) for one in found
    )
    kept = "".join(element("li", escape(" · ".join(paper))) for paper in papers)
    inner = (element("ul", asked, "gf-rules") if asked else "") + (element("ul", kept, "gf-papers") if kept else "")
    return section(title, inner or element("p", escape(empty), "gf-quiet"))


def alike(found: Iterable[Alike], title: str, empty: str, unit: str) -> str:
    """Decided loans that read alike."""
    shown = "".join(
        element(
            "li",
            chip(f"{one.decision_words} {one.code if one.decision == 'green' else ''}".strip(), one.decision)
            + escape(one.purpose)
            + _aside(f"{one.receipt} · {one.amount} {unit}"),
        )
        for one in found
    )
    return section(title, element("ul", shown, "gf-rules") if shown else element("p", escape(empty), "gf-quiet"))


def clause(found: Clause | None, title: str, empty: str) -> str:
    """What the catalogue says of an entry, and the bank's own copies of its official words."""
    if found is None:
        return section(title, element("p", escape(empty), "gf-quiet"))
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in found.said)
    copies = "".join(element("blockquote", escape(text) + _aside(heading), "gf-copy") for heading, text in found.copies)
    return section(f"{title} · {found.title}", copies + element("dl", lines, "gf-clause"))


def past(found: Iterable[Past], title: str, empty: str) -> str:
    """What was decided, the newest first."""
    shown = "".join(
        element("li", element("b", escape(one.act)) + escape(f" {one.verdict} {one.reason}") + _aside(f"{one.at} · {one.actor}"))
        for one in found
    )
    return section(title, element("ul", shown, "gf-rules") if shown else element("p", escape(empty), "gf-quiet"))


def section(title: str, inner: str) -> str:
    """A headed part of the page."""
    return element("section", element("h5", escape(title), "gf-part") + inner, "gf-section")

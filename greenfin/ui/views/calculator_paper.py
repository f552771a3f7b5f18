"""A calculation kept with a project, read only: its inputs, factors and result as they were saved, and whether today's are the same.

No streamlit here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from greenfin.core.problems import Refused, error
from greenfin.messages import Lang, say
from greenfin.methods.registry import method as method_of
from greenfin.methods.worded import choices_in_words, names_of
from greenfin.store.calculations import Calculation, Kept
from greenfin.ui.views.calculator import Answer, Asked, answer
from greenfin.ui.views.calculator_choice import offer
from greenfin.ui.views.calculator_form import form
from greenfin.ui.views.calculator_saved import BAD, BASES, RESULT, form_of, opened
from greenfin.ui.views.calculator_told import FactorRow, Result, factors_of, results_of

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

SHA_SHOWN, _MINUTES = 12, 16
SAME, DIFFERS, UNSAVED = "same", "differs", "unsaved"
_COMPARED = ("value", "unit")


@dataclass(frozen=True, slots=True)
class Line:
    """A result: what it is called, the whole and the bank's part as they were saved, and the whole as it comes out today."""

    words: str
    whole: str
    part: str
    today: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A calculation in words. ``compared``: today's results are the ``same``, it ``differs``, or none were saved (``unsaved``), and
    ``results`` and ``factors`` are today's. ``share`` is empty without attribution; ``asked`` fills the form again."""

    title: str
    about: tuple[tuple[str, str], ...]
    inputs: tuple[tuple[str, str], ...]
    share: str
    results: tuple[Line, ...]
    factors: tuple[FactorRow, ...]
    compared: str
    is_covered: bool
    project: str
    asked: Asked
    problems: tuple[str, ...] = field(default=())


def told_moment(at: str) -> str:
    """A moment of the record to the minute.

    >>> told_moment("2026-01-05T12:00:59.000001+00:00")
    '2026-01-05 12:00'
    """
    return at[:_MINUTES].replace("T", " ")


def paper(kept: Kept, of: Calculation, reference: Reference, lang: Lang) -> Paper:
    """A calculation that was kept. Raises Refused for a file that this program did not save."""
    asked, project = opened(kept.data)
    row, told = form_of(kept.data)
    now = answer(asked, reference, lang)
    try:
        before: Mapping[str, Any] = dict(told.get(RESULT) or {})
        shown = before or now.shown or {}
        share, results, factors = _out(shown, now, asked, reference=reference, lang=lang)
        compared = _compared(before, now) if before else UNSAVED
    except BAD as bad:
        raise Refused(error("ui.calculator.not_saved_here")) from bad
    about = _about(asked, row, of, release=str(before.get("release") or ""), reference=reference, lang=lang)
    inputs, title = _inputs(asked, reference, lang), _title(asked, reference, lang)
    words = tuple(words for severity, words in now.problems if severity == "error")
    return Paper(title, about, inputs, share, results, factors, compared, kept.is_covered, project, asked, words)


def _out(
    shown: Mapping[str, Any], now: Answer, asked: Asked, *, reference: Reference, lang: Lang
) -> tuple[str, tuple[Line, ...], tuple[FactorRow, ...]]:
    """The bank's share, the results and the factors."""
    if not shown:
        return "", (), ()
    names = names_of(method_of(asked.method).declaration, lang)
    slots = {used["slot"]: _quantity(used["id"], reference, lang) for used in shown["factors"]}
    today = {one.name: one.whole for one in now.told.results} if now.told else {}
    results = tuple(_line(one, today.get(one.name, "")) for one in results_of(shown, names, lang))
    share = f"{shown['attribution']['share']:.4%}" if shown["attribution"] else ""
    known = {**shown, "factors": [_titled(used, reference, lang) for used in shown["factors"]]}
    return share, results, tuple(factors_of(known, names | slots, {}, reference=reference, lang=lang))


def _titled(used: Mapping[str, Any], reference: Reference, lang: Lang) -> Mapping[str, Any]:
    """A factor with the title of its document in the language of the page, where the document is still known."""
    document = reference.sources.get(str(used["source"]))
    return used if document is None else {**used, "document": document.title_en if lang == "en" else document.title_zh}


def _line(one: Result, today: str) -> Line:
    return Line(one.words, one.whole, one.part, today)


def _quantity(id_: str, reference: Reference, lang: Lang) -> str:
    found = reference.factors.quantities.get(id_)
    return id_ if found is None else found.name_en if lang == "en" else found.name_zh


def _compared(before: Mapping[str, Any], now: Answer) -> str:
    """Whether today's results, and the bank's part of them, are those that were saved."""
    after = now.shown or {"outputs": {}, "attribution": None}
    return SAME if _values(before) == _values(after) else DIFFERS


def _values(shown: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    parts = shown["attribution"]["outputs"] if shown["attribution"] else {}
    return [{name: [out[key] for key in _COMPARED] for name, out in outputs.items()} for outputs in (shown["outputs"], parts)]


def _title(asked: Asked, reference: Reference, lang: Lang) -> str:
    """What was measured, in today's words."""
    key = f"entry:{asked.entry}" if asked.entry else f"method:{asked.method}"
    found = offer(reference, key, lang=lang, on=asked.on) or offer(reference, f"method:{asked.method}", lang=lang, on=asked.on)
    return found.words if found else asked.method


def _about(
    asked: Asked, row: Mapping[str, str], of: Calculation, *, release: str, reference: Reference, lang: Lang
) -> tuple[tuple[str, str], ...]:
    """Whose it is, and when, where and how it was measured; what is not there is left out."""
    region = reference.regions.name(asked.region, lang) or asked.region if asked.region else ""
    basis = row.get("basis") or ""
    named = {
        "project": of.project,
        "by": of.by,
        "at": told_moment(of.at),
        "method": asked.method,
        "year": str(asked.on.year),
        "region": region,
        "basis": say(f"ui.calculator.basis.{basis}", lang) if basis in BASES else "",
        "claim": asked.claim,
        "release": release,
        "file": f"{of.name} \u00b7 {of.sha256[:SHA_SHOWN]}",
    }
    return tuple((say(f"ui.calculator.paper.{name}", lang), value) for name, value in named.items() if value)


def _inputs(asked: Asked, reference: Reference, lang: Lang) -> tuple[tuple[str, str], ...]:
    """What was typed in the order of the form, own factors and the conventions chosen, by what each is called."""
    declaration = method_of(asked.method).declaration
    names, choices = names_of(declaration, lang), choices_in_words(declaration, lang)
    order = [spec.name for spec in declaration.inputs]
    typed = sorted(asked.given.items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order))
    called = {id_: _quantity(id_, reference, lang) for id_ in reference.factors.quantities}
    slots = {one.slot: one.words for one in form(declaration, lang, asked=asked.conventions, names=called).factors}
    own, choice = (say(f"ui.calculator.{name}", lang) for name in ("own", "choices"))
    return (
        *((names.get(name, name), words) for name, words in typed),
        *((f"{slots.get(slot, slot)} ({own})", words) for slot, words in asked.factors.items()),
        *((choice, choices.get(f"{name}={chosen}", f"{name}={chosen}")) for name, chosen in asked.conventions.items()),
    )

"""What is said on a page: its own words where those of the command line name options and commands. No streamlit here.

Beside the words of a code stand those of a page (``<code>.on_page``) and those of a page about one project alone (``<code>.of_one``).
"""

from __future__ import annotations

import re
from dataclasses import replace

from greenfin.core.problems import Problem
from greenfin.messages import Lang, codes, say
from greenfin.messages import tell as _tell
from greenfin.methods import worded
from greenfin.methods.numbers import figure
from greenfin.ui.views.units import unit_words, with_words

ON_PAGE, OF_ONE = ".on_page", ".of_one"
WANTED, NEEDS = "wanted", "needs"  # a unit; ways of giving inputs
AMOUNTS = ("stated", "computed", "value", "low", "high")  # numbers with their units, as problems keep them
_AMOUNT = re.compile(r"([-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)(?: (\S+))?")


def phrase(code: str, lang: Lang) -> str:
    """The words of a code on a page. Raises KeyError for a code without words.

    >>> "--" in phrase("reason.no_factor", "en")
    False
    """
    return codes(lang)[_of_page(code, ON_PAGE)]


def tell(problem: Problem, lang: Lang) -> str:
    """A problem in the words of a page."""
    return _tell(_said(problem, ON_PAGE), lang)


def in_words(problem: Problem, lang: Lang) -> str:
    """A problem in the words of a page; one of a method calls inputs, results and choices by their names alone."""
    return worded.in_words(_said(problem, ON_PAGE), lang, with_ids=False)


def of_one(problem: Problem, lang: Lang) -> str:
    """A problem of the one project that the page is about: beside its field, so neither is named again; units as the fields have them."""
    said, slots = _said(problem, OF_ONE, ON_PAGE), dict(problem.params)
    slots |= {WANTED: unit_words(str(slots[WANTED]), lang)} if WANTED in slots else {}
    slots |= {name: _amount(slots[name], lang) for name in AMOUNTS if isinstance(slots.get(name), str)}
    slots |= {NEEDS: str(slots[NEEDS]).replace(" | ", say("ui.calculator.or", lang))} if NEEDS in slots else {}
    return worded.in_words(replace(said, params=slots), lang, with_ids=False)


def _amount(text: object, lang: Lang) -> str:
    """``90000 tCO2`` as people write it; what is no number with a unit stays as it is."""
    found = _AMOUNT.fullmatch(str(text))
    return with_words(figure(float(found[1])), found[2] or "", lang) if found else str(text)


def _said(problem: Problem, *kinds: str) -> Problem:
    return replace(problem, code=_of_page(problem.code, *kinds))


def _of_page(code: str, *kinds: str) -> str:
    """The code of a page's own words; the code itself where it has none."""
    return next((code + kind for kind in kinds if code + kind in codes("zh")), code)

"""What a project can be measured as: a class of the catalogue, a regulator's scene or a method, by what people type. No streamlit here."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from greenfin.messages import Lang, say
from greenfin.methods.declare import declarations
from greenfin.reference.editions import method_for
from greenfin.reference.search import heard, hits

if TYPE_CHECKING:
    from greenfin.reference.load import Reference

MOST = 40
ENTRY, SCENE, METHOD = "entry", "scene", "method"


@dataclass(frozen=True, slots=True)
class Offer:
    """Something a project can be measured as: ``key`` is kind and id, ``words`` what it is called, ``method`` empty where none is known.

    ``entry`` (``edition:code``) decides what an entry decides in a book; ``reason`` says why there is no method.
    """

    key: str
    words: str
    method: str
    entry: str = ""
    reason: str = ""


def offers(reference: Reference, words: str, *, lang: Lang, on: date) -> tuple[Offer, ...]:
    """What the words may mean, the nearest first: entries of the edition of loans in force, scenes, methods.

    Without words all methods, those of most entries first.

    A word is Chinese or English, pinyin or its initials, a code of an entry, of an industry, of a scene or of a method.
    """
    wanted = unicodedata.normalize("NFKC", words).casefold().split()
    if not wanted:
        used = Counter(rule.method for rule in reference.method_map)
        return tuple(sorted(_methods(wanted, lang), key=lambda one: -used[one.method]))
    measurable = [*_entries(reference, words, lang=lang, on=on), *_scenes(reference, wanted, lang), *_methods(wanted, lang)]
    return tuple(sorted(measurable, key=lambda offer: not offer.method)[:MOST])


def offer(reference: Reference, key: str, *, lang: Lang, on: date) -> Offer | None:
    """What was chosen before, in today's words; None where it is not there any more."""
    kind, _, name = key.partition(":")
    if kind == METHOD:
        return next((one for one in _methods([], lang) if one.method == name), None)
    if kind == SCENE:
        return next((one for one in _scenes(reference, [name], lang) if one.key == key), None)
    edition, _, code = name.partition(":")
    return _entry(reference, edition, code, lang=lang, on=on) if code in _codes(reference, edition) else None


def _codes(reference: Reference, edition: str) -> frozenset[str]:
    return frozenset(reference.catalogues[edition].entries) if edition in reference.catalogues else frozenset()


def _entries(reference: Reference, words: str, *, lang: Lang, on: date) -> Iterator[Offer]:
    edition = reference.editions.for_return(on)
    for hit in hits(reference.catalogues[edition], words):
        yield _entry(reference, edition, hit.entry.code, lang=lang, on=on)


def _entry(reference: Reference, edition: str, code: str, *, lang: Lang, on: date) -> Offer:
    entry = reference.catalogues[edition].entries[code]
    name = entry.name_zh if lang == "zh" else entry.name_en or entry.name_zh
    method = method_for(reference.method_map, edition, code, on) or ""
    reason = "" if method else say("ui.calculator.no_method", lang)
    return Offer(f"{ENTRY}:{edition}:{code}", f"{code} {name}", method, f"{edition}:{code}", reason)


def _scenes(reference: Reference, wanted: list[str], lang: Lang) -> Iterator[Offer]:
    for code, scene in reference.scenes.items():
        name = scene.name_zh if lang == "zh" else scene.name_en
        if all(_holds(word, code, scene.name_zh, scene.name_en) for word in wanted):
            words = say("ui.calculator.scene", lang, id=code, name=name)
            yield Offer(f"{SCENE}:{code}", words, scene.method, reason=scene.reason_zh if lang == "zh" else scene.reason_en)


def _methods(wanted: list[str], lang: Lang) -> Iterator[Offer]:
    for name, declared in declarations().items():
        if all(_holds(word, name, declared.name_zh, declared.name_en) for word in wanted):
            words = declared.name_zh if lang == "zh" else declared.name_en
            yield Offer(f"{METHOD}:{name}", say("ui.calculator.method", lang, id=name, name=words), name)


def _holds(word: str, code: str, name_zh: str, name_en: str) -> bool:
    """Whether a code begins with the word, a name holds it, or the Chinese name is said so."""
    written = word in name_zh.casefold() or any(part.startswith(word) for part in name_en.casefold().split())
    return written or code.casefold().startswith(word) or word in code.casefold().split("-") or _is_said(word, name_zh)


def _is_said(word: str, name: str) -> bool:
    return word.isascii() and word.isalpha() and len(word) > 1 and heard(name, word) is not None


def provinces(reference: Reference, lang: Lang) -> dict[str, str]:
    """The provinces by code, as they are called."""
    return {code: reference.regions.name(code, lang) for code in reference.regions.grids}

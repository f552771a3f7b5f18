"""Which part of a loan is green, where the text says so: parts of a budget, of a floor area or of orders."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from greenfin.reference.shares import ShareWords

PPM = 1_000_000
_STOPS = re.compile(r"[,，。;；、:：\n]| and |\. ")
GREEN, BROWN, WHOLE, UNCLEAR = "green", "brown", "whole", ""
REASONS = {"budget": "tag.share_budget", "area": "tag.share_area", "order": "tag.share_order"}


@dataclass(frozen=True, slots=True)
class Mark:
    """A word of a group in a text: ``start:end`` in the folded text; green, or something that is not."""

    start: int
    end: int
    group: int
    is_green: bool


@dataclass(frozen=True, slots=True)
class Stated:
    """A green share that a text states, in millionths (more than none, less than all), its reason code, and the places it stands on."""

    ppm: int
    reason: str
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """A quantity with what it is about: ``label`` its place, ``what`` green, brown, whole or unclear."""

    start: int
    end: int
    kind: str
    value: Fraction
    label: tuple[int, int]
    what: str
    is_part: bool
    counted: str


def stated_share(text: str, marks: Sequence[Mark], words: ShareWords, *, is_mixed: bool = False) -> Stated | None:
    """The green share a folded text states, or None: nothing is stated, not of a whole, or it does not add up.

    ``is_mixed``: it is known that the rest is something else; otherwise the text must leave room for that.
    """
    parts = _parts(text, marks, words)
    known = [] if is_mixed else marks
    return _by_percent(parts, known) or _by_amount(parts, known, "money") or _by_amount(parts, known, "area")


def _parts(text: str, marks: Sequence[Mark], words: ShareWords) -> list[_Part]:
    found = list(words.quantity.finditer(text))
    ends, starts = [0, *(m.end() for m in found)], [*(m.start() for m in found), len(text)]
    parts = (_part(text, m, marks, words, after=ends[n], until=starts[n + 1]) for n, m in enumerate(found))
    return [part for part in parts if part is not None]


def _part(text: str, found: re.Match[str], marks: Sequence[Mark], words: ShareWords, *, after: int, until: int) -> _Part | None:
    """The quantity with its label: behind it where a word says so, else before it; None for money that is no part of a budget."""
    kind, size = words.units[found["u"]]
    behind = text[found.end() : until]
    forward = re.match(rf"(?:{words.of_what.pattern})?(?: is| are)?[ ,，]?(?:{words.forward.pattern})", behind)
    if forward:
        label = (found.end() + forward.end(), found.end() + forward.end() + _first_stop(behind[forward.end() :]))
    else:
        label = (after + _last_stop(text[after : found.start()]), found.start())
    label = (label[0] + len(text[slice(*label)]) - len(text[slice(*label)].lstrip()), label[1])
    said = text[slice(*label)]
    counted = _counted(said + behind[: _first_stop(behind)], words)
    if kind == "percent" and not (forward or ((words.before.search(said) or words.of_what.match(behind)) and counted)):
        return None
    if kind != "percent" and words.money_of.search(said):
        return None
    value = Fraction(found["n"].replace(",", "")) * size
    is_part = bool(words.part.search(text[: found.start()]))
    is_whole = kind != "percent" and bool(words.whole.search(said) or (words.divided.match(behind) and not is_part))
    return _Part(
        found.start(),
        found.end(),
        kind,
        value,
        label,
        _what(said, label, marks, words, is_whole=is_whole),
        is_part,
        counted or "budget",
    )


def _first_stop(text: str) -> int:
    found = _STOPS.search(text)
    return found.start() if found else len(text)


def _last_stop(text: str) -> int:
    ends = [m.end() for m in _STOPS.finditer(text)]
    return ends[-1] if ends else 0


def _counted(near: str, words: ShareWords) -> str:
    """What a share is one of: orders before floor area before budget; nothing where the words near it do not say."""
    return next((kind for kind in ("order", "area", "budget") if words.counted[kind].search(near)), "")


def _what(said: str, label: tuple[int, int], marks: Sequence[Mark], words: ShareWords, *, is_whole: bool) -> str:
    """What a label names: said in so many words, the whole, or by its head (the last word in Chinese, the first in English)."""
    if words.brown.search(said):
        return BROWN
    if words.green.search(said):
        return GREEN
    if is_whole:
        return WHOLE
    held = [m for m in marks if label[0] <= m.start and m.end <= label[1]]
    if not held:
        return UNCLEAR
    head = min(held, key=lambda m: m.start) if said.isascii() else max(held, key=lambda m: (m.end, m.start))
    return GREEN if head.is_green else BROWN


def _by_percent(parts: Sequence[_Part], marks: Sequence[Mark]) -> Stated | None:
    mine = [p for p in parts if p.kind == "percent" and p.what in (GREEN, BROWN)]
    green, brown = (sum((p.value for p in mine if p.what == what), Fraction(0)) for what in (GREEN, BROWN))
    if green + brown > 100 or not mine or not _is_mixed(mine, marks):
        return None
    return _stated(green / 100 if green else 1 - brown / 100, mine)


def _by_amount(parts: Sequence[_Part], marks: Sequence[Mark], kind: str) -> Stated | None:
    """Green beside other parts, or a part of a stated whole; an amount that nothing is said of leaves it open without a whole."""
    mine = [p for p in parts if p.kind == kind]
    wholes = {p.value for p in mine if p.what == WHOLE}
    named = [p for p in mine if p.what in (GREEN, BROWN)]
    green, brown = (sum((p.value for p in named if p.what == what), Fraction(0)) for what in (GREEN, BROWN))
    whole = max(wholes) if wholes else green + brown
    unclear = any(p.what == UNCLEAR for p in mine)
    if not named or green + brown > whole or (unclear and not wholes):
        return None
    if not (green and brown) and not (wholes and all(p.is_part for p in named) and _is_mixed(named, marks)):
        return None
    return _stated((green if green else whole - brown) / whole, [p for p in mine if p.what])


def _is_mixed(parts: Sequence[_Part], marks: Sequence[Mark]) -> bool:
    """Whether the rest may be something else: the text names such a thing, or no other green one than those of the parts."""
    inside = {m.group for m in marks for p in parts if p.label[0] <= m.start and m.end <= p.label[1]}
    outside = {m.group for m in marks if m.is_green} - inside
    return not outside or any(not m.is_green for m in marks) or any(p.what == BROWN for p in parts)


def _stated(share: Fraction, parts: Sequence[_Part]) -> Stated | None:
    if not 0 < share < 1:
        return None
    reason = REASONS["area" if parts[0].kind == "area" else parts[0].counted]
    return Stated(int(share * PPM + Fraction(1, 2)), reason, tuple((min(p.label[0], p.start), max(p.label[1], p.end)) for p in parts))

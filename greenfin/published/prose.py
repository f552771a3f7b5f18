"""Sentences as mentions: each number with what it is about, whether it is an amount, an increase, a growth or a share, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from greenfin.published.figures import in_text
from greenfin.published.index import indicator_of
from greenfin.published.labels import canonical, period_in, year_of_base
from greenfin.published.shapes import Figure, Passage, Period
from greenfin.published.spans import Span
from greenfin.published.words import pattern, plain

_TAIL = 48  # signs before a number that may say what it is
_FAR = 600  # signs before a number that may say when it is and whose
_MOST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Mention:
    """A number in a sentence. ``role``: level, prior, before, added, grown, share, points, ratio, other; ``noun`` is canonical,
    ``""`` where the sentence goes on about the same; ``is_narrow``: it is about a part of the bank, a project, a plan or everybody.
    """

    figure: Figure
    role: str
    noun: str
    basis: str
    sentence: int
    period: Period | None
    is_narrow: bool
    before: str
    falls: bool = False
    base_year: int = 0  # the year that a change is said to be against
    is_yearly: bool = False  # narrow only by words like "each year", "expected", as the benefits of all loans are told too

    @property
    def span(self) -> Span:
        """The number with its sign, in base units."""
        return self.figure.base.scaled(-1) if self.falls and self.figure.value > 0 else self.figure.base

    @property
    def indicator(self) -> str:
        """The indicator of its noun, else the noun."""
        return indicator_of(self.noun, reach=bool(self.period and self.period.reach)) or self.noun


@dataclass(frozen=True, slots=True)
class Told:
    """A passage with its sentences and their mentions."""

    passage: Passage
    sentences: tuple[str, ...]
    mentions: tuple[Mention, ...]


@cache
def told(passage: Passage) -> Told:
    """The mentions of a passage in order."""
    sentences = tuple(_sentences(plain(passage.text)[:_MOST_TEXT]))
    mentions: list[Mention] = []
    period: Period | None = None
    for number, sentence in enumerate(sentences):
        found = list(_mentions(sentence, number, period))
        mentions += found
        said = period_in(sentence)[0]
        period = next((each.period for each in reversed(found) if each.period), said if said and said.year else period)
        period = replace(period, reach="") if period else None
    return Told(passage, sentences, tuple(mentions))


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for found in pattern("prose.sentence").finditer(text):
        yield text[start : found.start() + 1]
        start = found.end() if found[0].strip() in "。;!?" else found.start() + 1
    yield text[start:]


def _mentions(sentence: str, number: int, period: Period | None) -> Iterator[Mention]:
    end, compared, against = 0, 0, ""
    for figure in in_text(sentence):
        before = sentence[end : figure.start]
        clause = _clause(before)
        role = _role(figure, clause)
        said = sentence[max(0, figure.start - _FAR) : figure.start]
        own = _period(said, period)
        noun = _noun_behind(sentence[figure.end :]) or (_noun(before, clause) if role != "listed" else "")
        about = said[: said.rfind(clause)] if figure.kind == "count" and pattern("prose.counted").search(noun) else said
        narrow, soft = (bool(pattern(f"prose.{name}").search(about)) for name in ("narrow", "narrow_soft"))
        yearly = soft and not narrow and bool(pattern("prose.benefit").search(noun))
        falls = role in ("added", "grown", "points") and bool(
            _last(pattern("prose.sinking"), clause) > _last(pattern("prose.rising"), clause)
        )
        behind = pattern("prose.basis_behind").match(sentence, figure.end) if role in ("added", "grown", "points") else None
        against = behind[0] if behind else _carried(sentence[compared : figure.start], against, role)
        yield Mention(
            figure, role, noun, _basis(against), number, own, narrow or soft, before[-_TAIL:], falls, year_of_base(against), yearly
        )
        end, compared = figure.end, behind.end() if behind else figure.end
        against = against if role in ("before", "added") else ""


def _carried(before: str, against: str, role: str) -> str:
    """What a change is compared with: as said before it, else with the amount or the increase right before it."""
    is_told = _basis(before) or year_of_base(before) or role not in ("added", "grown", "points")
    return before if is_told else f"{against} {before}"


def _clause(before: str) -> str:
    """What stands before a number back to the last comma; a comma right before the number is looked over."""
    parts = pattern("prose.clause").split(before)
    return next((part for part in reversed(parts) if part.strip()), "") if parts[-1].strip() else ""


def _last(words: re.Pattern[str], text: str) -> int:
    return max((found.end() for found in words.finditer(text)), default=-1)


def _role(figure: Figure, clause: str) -> str:
    tail = clause[-_TAIL:]
    if not tail.strip():
        return "listed"
    if figure.kind == "points":
        return "points"
    return "before" if _is_before(tail) else _role_by_words(figure, tail)


def _is_before(tail: str) -> bool:
    """Whether an amount is the one that this year's is compared with: (last year: 3.2), against 3.2 at the start of the year."""
    return bool(pattern("prose.before_said").search(tail) or pattern("prose.compared_with").search(tail))


def _role_by_words(figure: Figure, tail: str) -> str:
    if _last(pattern("prose.to_level"), tail) >= len(tail.rstrip()) - 2:
        return "level"
    if pattern("prose.from_level").search(tail) and not pattern("prose.added").search(tail):
        return "prior"
    if figure.kind == "percent":
        return _percent_role(tail)
    if pattern("prose.more_added").search(tail):
        return "other"
    return "added" if pattern("prose.added").search(tail) else "level"


def _percent_role(tail: str) -> str:
    """What a percentage is: a growth, a share, a rate; of two words the later one decides."""
    grown, shared = pattern("prose.grown").search(tail), pattern("prose.shared").search(tail)
    if grown and shared:
        moves = max(_last(pattern("prose.rising"), tail), _last(pattern("prose.sinking"), tail))
        return "grown" if moves > shared.start() else "share"
    if shared or grown:
        return "share" if shared else "grown"
    return "ratio" if pattern("prose.ratio").search(tail) else "other"


def _basis(before: str) -> str:
    order = ("before", "year", "same", "start")
    found = [(match.start(), rank) for rank, name in enumerate(order) for match in pattern(f"change.basis_{name}").finditer(before)]
    return order[max(found)[1]] if found else ""


def _period(text: str, held: Period | None) -> Period | None:
    """The last period said before a number, in its sentence, else the one the passage is at; a comparison's is none."""
    cleared = text
    for name in ("start", "same", "year", "before"):
        cleared = pattern(f"change.basis_{name}").sub(" ", cleared)
    parts = pattern("prose.clause").split(cleared)
    for part in reversed(parts):
        period, _ = period_in(part)
        if period and (period.year or period.reach):
            return replace(
                period, year=period.year or (held.year if held else 0), part=period.part or (held.part if held and not period.year else "")
            )
    if pattern("period.reach_ytd_text").search(cleared):
        return Period(held.year if held else 0, "", "ytd")
    return held


def _noun(before: str, clause: str) -> str:
    """The noun that a number belongs to: what is left of its clause, or of the clauses before it, without verbs and dates."""
    parts = [part for part in pattern("prose.clause").split(before) if part.strip()]
    for part in reversed(parts or [clause]):
        if noun := bare_noun(part):
            return noun
    return ""


def _noun_behind(behind: str) -> str:
    """A known indicator said behind its number: 48,215 MWh of electricity."""
    found = pattern("prose.noun_behind").match(behind)
    noun = canonical(found["noun"]) if found else ""
    return noun if noun and indicator_of(noun) else ""


@cache
def bare_noun(text: str) -> str:
    """The canonical noun of a piece of a sentence, without verbs, dates and words of comparison."""
    text = pattern("prose.noun_stop").sub(" ", pattern("prose.of_whole").sub(" ", text)).strip()
    _, text = period_in(text)
    text = re.split(r"[(){}\[\]]", text)[0] if text.count("(") != text.count(")") else re.sub(r"\([^()]*\)", "", text)
    while True:
        shorter = pattern("prose.suffix").sub("", pattern("prose.prefix").sub("", text)).strip()
        if shorter == text:
            return canonical(text)
        text = shorter

"""Prose with its bindings filled: every number comes from a cell or from a fact of the bank, and what does not is marked 【…】 (X-15)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from greenfin.core.problems import Problem, error
from greenfin.disclose import printed
from greenfin.disclose.narrative import numerals, unit_words
from greenfin.disclose.narrative.binding import Binding, Broken, Literal, Piece, pieces
from greenfin.messages.words import Lang, say

CHANGES = ("growth", "points", "diff")
OPEN, CLOSE = "\u3010", "\u3011"


@dataclass(frozen=True, slots=True)
class Known:
    """What an address holds: a value with its unit, or words. ``is_change``: the value says how something else moved."""

    value: Fraction | None = None
    unit: str = ""
    decimals: int = 0
    words: str | None = None
    is_change: bool = False


Find = Callable[[str, Lang], Known | None]


@dataclass(slots=True)
class Filler:
    """Fills texts; ``find`` gives what an address holds (None: there is no such place)."""

    find: Find
    problems: list[Problem] = field(default_factory=list)

    def text(self, text: str, *, lang: Lang, where: str, item: str) -> str:
        """The text as it is printed; everything wrong with it is added to the problems."""
        one = _One(self, lang, where, item)
        parts = list(pieces(text))
        for at, piece in enumerate(parts):
            one.add(piece, before=parts[:at], after=parts[at + 1 :])
        return one.done()

    def name(self, text: str, *, lang: Lang, where: str, item: str) -> str:
        """Words that are no prose (a name, an address): only a number with a unit in them is marked; a binding is filled."""
        if "{" in text:
            return self.text(text, lang=lang, where=where, item=item)
        out, at = "", 0
        for start, end in numerals.quantities(text):
            if not text[end - 1].isdecimal():
                out += text[at:start] + self.mark("narrative.number_unbound", lang=lang, where=where, item=item, found=text[start:end])
                at = end
        return out + text[at:]

    def mark(self, code: str, *, lang: Lang, where: str, item: str, **params: object) -> str:
        """An error, and the mark that stands in its place."""
        self.problems.append(error(code, where, item=item, **params))
        return marked(say(f"{code}_mark", lang, item=item, **params))


def marked(text: str) -> str:
    """A place that a reader must not miss."""
    return f"{OPEN}{text}{CLOSE}"


@dataclass(slots=True)
class _One:
    """One text under filling: ``plain`` is what the bank wrote with ``APART`` for each filled place, ``filled`` those places."""

    filler: Filler
    lang: Lang
    where: str
    item: str
    plain: str = ""
    filled: list[str] = field(default_factory=list)

    def add(self, piece: Piece, *, before: Sequence[Piece], after: Sequence[Piece]) -> None:
        if isinstance(piece, Literal):
            self.plain += piece.text
            return
        self.plain += numerals.APART
        if isinstance(piece, Broken):
            self.filled.append(self._mark("narrative.binding_broken", found=piece.text))
        else:
            rest = after[0].text if after and isinstance(after[0], Literal) else ""
            start = before[-1].text if before and isinstance(before[-1], Literal) else ""
            self.filled.append(self._bound(piece, start, rest))

    def done(self) -> str:
        """The text with its places filled and its unbound numbers marked."""
        out, at, places = "", 0, iter(self.filled)
        for start, end, code in self._wrong():
            out += self._with(self.plain[at:start], places)
            found = self._with(self.plain[start:end], places)
            out += self._mark(code, found=found.strip())
            at = end
        return out + self._with(self.plain[at:], places)

    def _wrong(self) -> list[tuple[int, int, str]]:
        numbers = [(start, end, "narrative.number_unbound") for start, end in numerals.quantities(self.plain)]
        empty = [(*found.span(), "narrative.slot_left") for found in numerals.patterns().placeholder.finditer(self.plain)]
        free = [one for one in numbers if not any(start < one[1] and one[0] < end for start, end, _ in empty)]
        return sorted([*free, *empty])

    def _with(self, text: str, places: Iterator[str]) -> str:
        first, *rest = text.split(numerals.APART)
        return first + "".join(next(places) + part for part in rest)

    def _mark(self, code: str, **params: object) -> str:
        return self.filler.mark(code, lang=self.lang, where=self.where, item=self.item, **params)

    # bindings

    def _bound(self, binding: Binding, before: str, after: str) -> str:
        known = self.filler.find(binding.address, self.lang)
        if known is None:
            return self._mark("narrative.cell_unknown", cell=binding.address)
        if known.words is not None:
            return known.words
        if known.value is None:
            return self._mark("narrative.cell_missing", cell=binding.address)
        follows = unit_words.following(after)
        word = unit_words.words().get(binding.unit) if binding.unit else follows[0] if follows else None
        differs = _differs(binding, known, word, follows[0].text if follows else "")
        return self._unit_differs(binding, known, differs) if differs else self._value(binding, known, before, word, follows is not None)

    def _value(self, binding: Binding, known: Known, before: str, word: unit_words.Word | None, is_said: bool) -> str:
        """A value with its unit, unless the text says that already."""
        value = known.value or Fraction(0)
        sign = self._sign(known, before)
        if sign is None:
            return self._mark("narrative.direction", cell=binding.address, found=printed.number(value, known.decimals))
        ratio = word.ratio(known.unit) if word else None
        decimals = binding.decimals if binding.decimals is not None else _decimals(known.decimals, ratio or Fraction(1))
        figure = printed.number(value * (ratio or 1) * sign, decimals)
        return self._with_unit(figure, word if binding.unit else None, known.unit, is_said=is_said)

    def _unit_differs(self, binding: Binding, known: Known, found: str) -> str:
        unit = printed.unit_text(known.unit, self.lang) or known.unit
        return self._mark("narrative.unit_kind", cell=binding.address, unit=unit, found=found)

    def _sign(self, known: Known, before: str) -> int | None:
        """What to multiply with so that the words before it carry the sign; None where they say the contrary."""
        words = numerals.patterns()
        if known.value is None or not known.value:
            return 1
        if words.down.search(before):
            return -1 if known.value < 0 else None if known.is_change else 1
        return None if known.value < 0 and words.up.search(before) else 1

    def _with_unit(self, figure: str, word: unit_words.Word | None, unit: str, *, is_said: bool) -> str:
        if word is not None:
            start = f"{word.before} " if word.before else ""
            return start + (figure if is_said else _joined(figure, word.after, self.lang))
        return figure if is_said else _joined(figure, printed.unit_text(unit, self.lang), self.lang)


def _differs(binding: Binding, known: Known, word: unit_words.Word | None, said: str) -> str:
    """The unit in the text that does not fit the value; empty where all fits. Only a binding may ask for a conversion."""
    if binding.unit and word is None:
        return binding.unit
    if binding.unit and word and said and said != word.after:
        return said
    ratio = word.ratio(known.unit) if word else Fraction(1)
    fits = ratio is not None and (ratio == 1 or bool(binding.unit))
    return "" if fits or word is None else word.text


def _joined(figure: str, unit: str, lang: Lang) -> str:
    """In Chinese a unit follows at once."""
    return figure + unit if lang == "zh" else printed.joined(figure, unit)


def _decimals(decimals: int, ratio: Fraction) -> int:
    """As many digits of the value as before: fewer decimals of a smaller unit, two of a larger one where there were none.

    >>> _decimals(2, Fraction(10000)), _decimals(2, Fraction(100)), _decimals(0, Fraction(1, 10000)), _decimals(1, Fraction(1))
    (0, 0, 2, 1)
    """
    if ratio == 1:
        return decimals
    return max(0, decimals - round(math.log10(ratio))) if ratio > 1 else max(decimals, 2)

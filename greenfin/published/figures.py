"""Printed numbers: in a cell and in running text, with the range that their decimals allow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from greenfin.published.shapes import Figure
from greenfin.published.spans import Span
from greenfin.published.words import KEPT, mapping, pattern, plain, sizes, unit_of, unit_pattern, units

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_CELL = re.compile(rf"(?P<sign>[-+(]|(?<!\d)-\s)?\s?(?P<number>{_NUMBER})\s?(?P<rest>.*)", re.DOTALL)
_TEXT = re.compile(rf"(?:(?<![\d.a-zA-Z])|(?<=[Rr][Mm][Bb])|(?<=[Cc][Nn][Yy]))(?P<sign>[-+](?=\d))?(?P<number>{_NUMBER})(?![\d]|,\d{{3}})")
_WHOLE = ("count", "sheet")
HALF = 0.5


def is_blank(text: str) -> bool:
    """Whether a cell says that there is nothing: empty, a dash, not applicable."""
    return bool(pattern("number.blank").match(plain(text)))


def span_of(number: str, *, sign: int = 1, least: int = 0) -> Span:
    """The range of a printed number: half of its last digit to either side; ``least`` decimals at least.

    >>> span_of("11.60")
    Span(low=11.595, value=11.6, high=11.605)
    """
    clean = number.replace(",", "")
    decimals = max(len(clean.partition(".")[2]), least)
    value, room = sign * float(clean), HALF * 10.0**-decimals
    return Span(round(value - room, decimals + 1), value, round(value + room, decimals + 1))


def decimals_of(text: str) -> int:
    """How many decimals are printed in a cell's number; none where there is no number."""
    found = _CELL.search(plain(text))
    return len(found["number"].partition(".")[2]) if found else 0


@lru_cache(maxsize=KEPT)
def in_cell(text: str, *, unit: str = "", least: int = 0) -> Figure | None:
    """The number of a cell; None where it is empty or holds more than a number with its unit.

    ``unit`` is that of its row or column, used where the cell has none. Brackets around a number make it negative.
    """
    clean = pattern("number.note").sub("", plain(text)).strip()
    falling = pattern("number.down").match(clean)
    rising = None if falling else pattern("number.up").match(clean)
    body = clean[falling.end() :] if falling else clean[rising.end() :] if rising else clean
    found = _CELL.fullmatch(_money(pattern("number.nearly_before").sub("", body) if not body[:1].isdigit() else body).strip(" :"))
    if not found or is_blank(clean):
        return None
    rest = found["rest"].strip()
    negative = bool(falling) or (found["sign"] or "").strip() in ("-", "(")
    if (found["sign"] or "") == "(":
        inside, closed, rest = rest.partition(")")
        if not closed:
            return None
        rest = inside.strip() or rest.strip()
    meant = unit_of(rest) if rest else None
    if rest and meant is None:
        return None
    printed = span_of(found["number"], sign=-1 if negative else 1, least=least)
    return _made(clean, printed, rest or unit, is_own=bool(rest))


def _money(text: str) -> str:
    return re.sub(r"^(?:rmb|cny|¥)\s?", "", text, flags=re.IGNORECASE)


def _made(text: str, span: Span, unit: str, *, is_own: bool) -> Figure:
    meant = unit_of(unit) if unit else None
    figure = Figure(text, span, unit, meant.kind if meant else "", meant.factor if meant else 1.0)
    return _exact(figure) if meant else replace(figure, unit=unit if is_own else "")


def _exact(figure: Figure) -> Figure:
    """A bare whole number of things is exact; a number of ten thousands of them is rounded."""
    if figure.kind in _WHOLE and figure.factor == 1 and figure.value.is_integer():
        return replace(figure, span=Span(figure.value, figure.value, figure.value))
    return figure


def with_unit(figure: Figure, unit: str) -> Figure:
    """The figure in a unit said elsewhere, where it has none of its own."""
    meant = unit_of(unit) if unit and not figure.kind else None
    return _exact(replace(figure, unit=unit, kind=meant.kind, factor=meant.factor)) if meant else figure


_LISTED = re.compile(r"\s?(?:[\u3001\u548c\u53ca\u4e0e,]|and)\s?(?:rmb|cny)?\s?", re.IGNORECASE)


def in_text(text: str) -> list[Figure]:
    """The numbers of a plain text in their order; one without a unit in a list has that of the next. Years, dates, chapters are none."""
    measured = list(_measured(text))
    found = {figure.start: figure for figure in measured}
    starts = {match.start("number"): match for match in _TEXT.finditer(text)}
    found.update({figure.start: figure for figure in _in_signs(text)})
    following: Figure | None = None
    for start in sorted(starts, reverse=True):
        match = starts[start]
        if start not in found and following and _LISTED.fullmatch(text[match.end() : following.start]):
            number = Figure(match["number"], span_of(match["number"]), following.unit, following.kind, following.factor, start, match.end())
            found[start] = _exact(number)
        following = found.get(start, following)
    return [figure for _, figure in sorted(found.items())]


def _in_signs(text: str) -> Iterator[Figure]:
    """Counts of ten and more in Chinese signs; none that are about or more than."""
    for found in pattern("numeral.count").finditer(text):
        behind = unit_pattern().match(text, found.end())
        word = units()[behind["unit"].casefold()] if behind and behind["unit"] and not behind["size"] else None
        if (
            not behind
            or word is None
            or (word.kind, word.factor) != ("count", 1)
            or pattern("number.nearly_before").search(text[: found.start()][-14:])
        ):
            continue
        value = float(_read_signs(found[0]))
        text_of = text[found.start() : behind.end()].strip()
        yield Figure(text_of, Span(value, value, value), behind["unit"], word.kind, word.factor, found.start(), behind.end())


def _read_signs(signs: str) -> int:
    """The number that signs for digits and powers of ten say."""
    digits, powers = mapping("numeral.digits"), mapping("numeral.powers")
    total = digit = 0
    for sign in signs:
        if sign in powers:
            total, digit = total + (digit or 1) * powers[sign], 0
        else:
            digit = digits[sign]
    return total + digit


def _measured(text: str) -> Iterator[Figure]:
    for found in _TEXT.finditer(text):
        behind = unit_pattern().match(text, found.end())
        size, unit = (behind["size"] or "", behind["unit"] or "") if behind else ("", "")
        is_money = bool(pattern("number.currency").search(text[: found.start()][-12:]))
        if not unit and not (size and is_money) and not is_money:
            continue
        end = behind.end() if behind else found.end()
        word = units()[unit.casefold()] if unit else units()["rmb"]
        factor = word.factor * sizes().get(size.casefold(), 1.0)
        sign = -1 if found["sign"] == "-" else 1
        nearly = pattern("number.nearly_before").search(text[: found.start()][-14:])
        more = pattern("number.nearly_behind").match(text[found.end() : end]) or pattern("number.nearly_behind").match(text[end:])
        made = Figure(
            text[found.start() : end].strip(),
            span_of(found["number"], sign=sign),
            f"{size}{unit}".strip(),
            word.kind,
            factor,
            found.start("number"),
            end,
            "nearly" if nearly or more else "",
        )
        yield _exact(made)
